"""Lists in another datum than the one declared are named, with the metres between; lists that are right are left in peace."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

import geoplan as gp
from geoplan.sources import datum_test
from geoplan.sources.datum import gcj02_to_wgs84
from geoplan.sources.datum_test import FROM_WGS84, TO_WGS84, Ground, Verdict, better_datum

LAYERS = Path(__file__).parents[1] / "layers" / "xingtai"
CRS = pyproj.CRS.from_epsg(4547)
TO_PLANE = pyproj.Transformer.from_crs(4326, CRS, always_xy=True)
LONG = bool(os.environ.get("GEOPLAN_LONG_LAWS"))
TRIALS = 200 if LONG else 6  # correct lists of each size; of the wrong ones a fifth


@cache
def ground() -> Ground:
    """The streets and residential areas of the demonstration."""
    edges = gpd.read_parquet(LAYERS / "streets_edges.parquet").to_crs(CRS)
    return Ground.of(CRS, edges, gpd.read_file(LAYERS / "residents.gpkg").to_crs(CRS))


@cache
def places(layer: str) -> np.ndarray:
    """The true positions of a layer of the demonstration: longitude and latitude in WGS 84."""
    if layer == "facilities":
        table = pd.read_csv(LAYERS / "facilities.csv")
        return np.column_stack(gcj02_to_wgs84(table["经度"], table["纬度"]))
    points = gpd.read_file(LAYERS / f"{layer}.gpkg").to_crs(4326).geometry.representative_point()
    return shapely.get_coordinates(points.to_numpy())


def drawn(layer: str, size: int, seed: int) -> np.ndarray:
    """So many places of a layer by chance."""
    found = places(layer)
    return found[np.random.default_rng(seed).choice(len(found), size, replace=False)]


def read(true: np.ndarray, written: str, declared: str) -> Verdict | None:
    """What is said of places that stand at `true`, are written in one datum and declared in another."""
    given = FROM_WGS84[written](true[:, 0], true[:, 1])
    x, y = TO_PLANE.transform(*TO_WGS84[declared](*given))
    return better_datum(gpd.GeoSeries(gpd.points_from_xy(x, y), crs=CRS), declared, ground())


SIZES = [("facilities", 20), ("facilities", 100), ("hosts", 1000), ("hosts", 20), ("employers", 100)]


@pytest.mark.parametrize(("layer", "size"), SIZES)
@pytest.mark.parametrize("datum", ["wgs84", "gcj02"])
def test_a_list_that_is_right_is_left_in_peace(layer: str, size: int, datum: str) -> None:
    """No list that is declared as it is written gives a finding."""
    assert not [seed for seed in range(TRIALS) if read(drawn(layer, size, seed), datum, datum)]


@pytest.mark.parametrize(("layer", "size"), SIZES)
@pytest.mark.parametrize(("written", "declared"), [("gcj02", "wgs84"), ("wgs84", "gcj02"), ("bd09", "wgs84")])
def test_a_list_in_another_datum_is_named(layer: str, size: int, written: str, declared: str) -> None:
    """The datum in which it is written is named, with the shift in metres: of a hundred places always, of twenty nearly always."""
    trials = max(TRIALS // 5, 4)
    found = [read(drawn(layer, size, seed), written, declared) for seed in range(trials)]
    named = [verdict for verdict in found if verdict and verdict.datum == written]
    assert len(named) >= (trials if size >= 100 else 0.7 * trials)
    expected = (400, 700) if "bd09" not in {written, declared} else (400, 2500)
    assert all(expected[0] < verdict.moved_m < expected[1] for verdict in named)


def test_places_that_have_nothing_to_do_with_streets_are_not_judged() -> None:
    """Of places thrown anywhere nothing is said, in any datum."""
    generator = np.random.default_rng(7)
    west, south, east, north = 114.0, 36.9, 115.6, 37.5
    for _ in range(TRIALS):
        anywhere = np.column_stack([generator.uniform(west, east, 60), generator.uniform(south, north, 60)])
        assert read(anywhere, "wgs84", "wgs84") is None


def test_too_few_places_abroad_or_without_ground_are_not_judged() -> None:
    """Fewer than a dozen places, places outside China and a ground without streets or homes give no verdict."""
    few = drawn("facilities", datum_test.FEWEST - 1, 1)
    assert read(few, "gcj02", "wgs84") is None
    points = gpd.GeoSeries(gpd.points_from_xy(*TO_PLANE.transform(*drawn("facilities", 50, 1).T)), crs=CRS)
    assert better_datum(points, "wgs84", Ground(CRS, ())) is None
    brazil = pyproj.CRS.from_epsg(31982)
    abroad = gpd.GeoSeries(gpd.points_from_xy(np.linspace(4.7e5, 4.9e5, 50), np.full(50, 6.67e6)), crs=brazil)
    assert better_datum(abroad, "wgs84", Ground.of(brazil, gpd.GeoDataFrame(geometry=abroad))) is None


def test_a_study_says_so_and_shifts_nothing(tmp_path: Path) -> None:
    """The note stands in the findings of the results with role, metres and what to write; the positions stay as declared."""
    study = Path(__file__).parents[1] / "scripts" / "xingtai.yaml"
    text = study.read_text(encoding="utf-8").replace("datum: gcj02 ", "datum: wgs84 ")
    loaded = gp.load_study(
        study, text[: text.index("\nscenarios:")].replace("\nplan:", "\nx_plan:").split("\nx_plan:")[0]
    )
    from geoplan.study.given import read_given
    from geoplan.study.memo import Memo
    from geoplan.study.rules import service_of

    scenario = loaded.scenarios["base"]
    given = read_given(loaded, scenario, service_of(scenario.settings), Memo())
    notes = [f for f in given.findings if f.code == "GP-D012"]
    assert [(f.place, f.value, f.severity) for f in notes] == [("layers.facilities.datum", "wgs84", "note")]
    assert "gcj02" in notes[0].advice.en
    table = pd.read_csv(LAYERS / "facilities.csv")
    x, y = TO_PLANE.transform(table["经度"].to_numpy(), table["纬度"].to_numpy())
    read_in = shapely.get_coordinates(given.table("facilities").geometry.to_numpy())
    assert np.abs(read_in - np.column_stack([x, y])).max() < 0.01
