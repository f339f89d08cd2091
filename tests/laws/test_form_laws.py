"""Laws of form: CRS, settings and scenarios, faults in tables, and outputs that tell a number that is not the result's."""

from __future__ import annotations

import copy
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from shapely import Point

import geoplan as gp
from geoplan import CheckFailed
from geoplan.errors import InputError
from geoplan.exports import checker as layers_checker
from geoplan.exports import gpkg
from geoplan.map import checker as map_checker
from geoplan.map import page
from geoplan.map.packed import read as read_page
from geoplan.network.graph import build_network
from geoplan.network.snap import join
from geoplan.network.travel import travel_cost
from geoplan.profiles.mode import load_mode
from geoplan.study.numbers import check_numbers
from geoplan.study.scenarios import load_study
from geoplan.study.variants import merge
from tests import smallest, town
from tests.laws.examples import tried
from tests.sample import sample_result

TEXT = town.STUDY.replace("LON", "114.5").replace("LAT", "37.0")
CRSS = {"EPSG:4326": "wgs84", "EPSG:4547": "cgcs2000", "EPSG:4526": "cgcs2000", "EPSG:32650": "wgs84"}
PLACES = st.lists(st.tuples(st.integers(0, 3300), st.integers(0, 900)), min_size=1, max_size=12, unique=True)
LIMIT_M = 700.0


@pytest.fixture(scope="module")
def area(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The study area of the town."""
    path = town.build(tmp_path_factory.mktemp("town"))
    return gp.read_area(path.parent / "layers" / "area.gpkg", crs=town.CRS)


@tried(40)
@given(PLACES, st.sampled_from(sorted(CRSS)))
def test_the_crs_of_a_layer_changes_no_coverage(area: Any, tmp_path: Path, spots: list[Any], crs: str) -> None:
    """Homes and facilities in degrees, in zones of 3 or 6 degrees or in UTM: the same people are covered, to a thousandth."""
    homes = gpd.GeoDataFrame(
        {"demand_id": [f"h{k}" for k in range(len(spots))], "population": 100.0},
        geometry=[Point(town.WEST + x, town.STREET_Y + y / 20) for x, y in spots],
        crs=town.CRS,
    )
    path = tmp_path / "homes.parquet"
    homes.to_crs(crs).to_parquet(path)
    read = gp.read_demand(path, area, datum=CRSS[crs])

    edge = [abs(x - f) + y / 20 + 10 for x, y in spots for f in (0, 1200, 2400)]
    assume(not any(abs(way - LIMIT_M) < 0.01 for way in edge))  # millimetres of projection decide there
    assert covered(read) == pytest.approx(covered(homes.set_index("demand_id")), abs=1e-3)


@cache
def reached() -> tuple[Any, Any]:
    """The town's streets on foot, and its facilities joined to them."""
    nodes, edges = town.streets()
    streets = build_network(nodes.set_index("node_id"), edges, load_mode("walk"), "m")
    return streets, join(streets, town.facilities().set_index("id"), name="place_id")


def covered(homes: gpd.GeoDataFrame) -> float:
    """The share of people with a facility of the town within reach."""
    streets, places = reached()
    near = homes.index.isin(travel_cost(streets, homes, places, limit_m=LIMIT_M).to_frame()["demand_id"])
    return float(homes["population"].where(near, 0.0).sum() / homes["population"].sum())


LEAVES = {
    "years": st.fixed_dictionaries({}, optional={"base": st.just(2020), "phases": st.just([2026])}),
    "demand": st.fixed_dictionaries({}, optional={"uptake": st.sampled_from([0.25, 1.0, "mid", "low"])}),
    "travel": st.fixed_dictionaries({"all": st.fixed_dictionaries({"mode": st.just("walk"), "limit_m": st.integers(100, 2000)})}),
    "access": st.fixed_dictionaries({"measures": st.lists(st.sampled_from(["nearest", "coverage", "two_step_fca"]), min_size=1, unique=True)}),
    "supply": st.fixed_dictionaries({}, optional={"only_filed": st.booleans()}),
    "plan": st.fixed_dictionaries({"budget": st.fixed_dictionaries({2026: st.integers(1, 10**9)}), "gap": st.sampled_from([0, 0.01])}),
}  # fmt: skip
PATCHES = st.fixed_dictionaries({}, optional=LEAVES)


def text_of(data: Any) -> str:
    """Plain data as the text of a study file."""
    from io import StringIO

    out = StringIO()
    YAML().dump(data, out)
    return out.getvalue()


@tried(50)
@given(PATCHES)
def test_settings_written_out_are_those_settings(patch: dict[str, Any]) -> None:
    """What results.json keeps of a scenario is a study file with just its settings, and written out again it is the same."""
    study = load_study("study.yaml", text_of(merge(plain(), {"scenarios": {"s": patch}})))
    settings = study.scenarios["s"].settings
    once = load_study("study.yaml", text_of(years_as_numbers(settings.plain()))).scenarios["base"].settings
    twice = load_study("study.yaml", text_of(years_as_numbers(once.plain()))).scenarios["base"].settings
    assert once == settings
    assert twice.plain() == once.plain() == settings.plain()


def plain() -> dict[str, Any]:
    """The study of the town as plain data, without its scenarios."""
    found = json.loads(json.dumps(YAML(typ="safe").load(TEXT)))
    return {k: years_as_numbers(v) for k, v in found.items() if k != "scenarios"}


def years_as_numbers(item: Any) -> Any:
    """Plain data whose keys that are years are numbers again, as JSON cannot hold them."""
    if isinstance(item, dict):
        return {int(k) if str(k).isdigit() else k: years_as_numbers(v) for k, v in item.items()}
    return item


@tried(200)
@given(PATCHES, PATCHES)
def test_patches_laid_one_over_another_are_one_patch(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Base, patch and patch: it does not matter which two are laid together first; nothing is laid over nothing."""
    base = plain()
    whole = copy.deepcopy(base)
    assert merge(merge(base, one), other) == merge(base, merge(one, other))
    assert merge(base, {}) == base == whole
    assert merge({}, one) == one
    assert merge(merge(base, one), one) == merge(base, one)


@tried(2)
@given(st.sampled_from([0.25, 0.5, 1.0]), st.sampled_from([300, 715]))
def test_a_run_of_exported_settings_is_the_same_run(tmp_path_factory: Any, uptake: float, limit: int) -> None:
    """A study made of nothing but the settings in results.json has the same results.json."""
    path = smallest.build(tmp_path_factory.mktemp("own"))
    text = path.read_text(encoding="utf-8").replace("uptake: 1.0", f"uptake: {uptake}")
    path.write_text(text.replace("limit_m: 700", f"limit_m: {limit}"), encoding="utf-8")
    first = gp.run(gp.load_study(path))["base"].numbers
    path.write_text(text_of(years_as_numbers(first["settings"])), encoding="utf-8")
    assert gp.run(gp.load_study(path))["base"].numbers == first


BROKEN = {"places_m24_36": ("some", "-5", "6 to 8"), "lon": ("east", "1e9x"), "id": ("",)}
FAULTS = st.dictionaries(st.integers(0, 29), st.sampled_from([(c, v) for c in BROKEN for v in BROKEN[c]]), max_size=8)


@tried(30)
@given(FAULTS)
def test_so_many_faults_are_so_many_messages(area: Any, tmp_path: Path, faults: dict[int, tuple[str, str]]) -> None:
    """Each broken cell of a register is named by its row, in one go; a whole one is accepted without a word."""
    rows = town.facilities().iloc[[0] * 30].to_crs(4326)
    table = pd.DataFrame(rows.drop(columns="geometry")).assign(lon=rows.geometry.x, lat=rows.geometry.y)
    table = table.assign(id=[f"F{k}" for k in range(30)]).astype(object).reset_index(drop=True)
    for row, (column, value) in faults.items():
        table.loc[row, column] = value
    path = tmp_path / "facilities.csv"
    table.to_csv(path, index=False)

    def read() -> Any:
        told: dict[str, Any] = {"columns": {"facility_id": "id"}, "bands": ("m06_12", "m12_24", "m24_36")}
        return gp.read_facilities(path, area, datum="wgs84", **told)

    if not faults:
        assert len(read()) == 30
        return
    with pytest.raises(InputError) as caught:
        read()
    assert sum(f.count for f in caught.value.findings) == len(faults)
    told = " ".join(f"{f.place} " for f in caught.value.findings)
    assert all(f"row {row + 2} " in told.replace(",", " ") for row in faults), told


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A result with its map and its layers."""
    result, folder = sample_result("en"), tmp_path_factory.mktemp("whole")
    page.write(result, folder / "map.html")
    gpkg.write(result, folder / "layers.gpkg")
    return result, folder


@tried(50)
@given(st.data())
def test_a_map_that_tells_another_number_is_caught(whole: tuple[Any, Path], data: st.DataObject) -> None:
    """Whichever number of the panel is not the one in results.json, the map does not pass; and as written it does."""
    result, folder = whole
    told = [key for key, _ in map_checker.named(read_page((folder / "map.html").read_text("utf-8"))["scenarios"][0])]
    assert len(told) > 10
    key = data.draw(st.sampled_from([k for k in told if k != "plan.sites"]))
    numbers = copy.deepcopy(dict(result.numbers))
    *way, last = key.split(".")
    part: Any = numbers
    for step in way:
        part = part[int(step) if isinstance(part, list) else step]
    part[last] += data.draw(st.sampled_from([-1, 0.01, 7]))
    with pytest.raises(CheckFailed, match=key):
        map_checker.check(replace(result, numbers=numbers), folder / "map.html")


@tried(50)
@given(st.data())
def test_layers_that_hold_another_sum_are_caught(whole: tuple[Any, Path], data: st.DataObject) -> None:
    """Whichever sum of the layers differs from results.json, by a cell or a row, they do not pass; and as written they do."""
    result, folder = whole
    path = folder / "layers.gpkg"
    layers_checker.check(result, path)
    map_checker.check(result, folder / "map.html")
    claim = data.draw(st.sampled_from([c for c in layers_checker.claims(result) if c.amount]))
    with closing(sqlite3.connect(":memory:")) as copied, closing(sqlite3.connect(path)) as file:
        file.backup(copied)
        first = copied.execute(f'SELECT MIN(rowid) FROM "{claim.layer}"').fetchone()[0]
        for (trigger,) in copied.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            copied.execute(f'DROP TRIGGER "{trigger}"')
        change = f'UPDATE "{claim.layer}" SET "{claim.column}" = COALESCE("{claim.column}", 0) + 1'
        copied.execute((f'DELETE FROM "{claim.layer}"' if claim.column == "*" else change) + f" WHERE rowid = {first}")
        copied.commit()
        wrong = folder / "wrong.gpkg"
        wrong.unlink(missing_ok=True)
        with closing(sqlite3.connect(wrong)) as out:
            copied.backup(out)
    with pytest.raises(CheckFailed, match=claim.layer):
        layers_checker.check(result, wrong)


IMPOSSIBLE: list[tuple[str, Any]] = [
    ("coverage.300", 1.2), ("coverage.300", -0.1), ("coverage.1000", 0.01), ("coverage_after.500", 7), ("straight_coverage.1000", 0.2),
    ("gap_account.served", -8), ("gap_account.served", 9), ("gap_after.full", 500), ("demand_total", 97), ("population_total", 0),
    ("plan.gap", 0.1), ("plan.gap", None), ("plan.bound", None), ("plan.bound", 30), ("plan.cost", 10**9), ("plan.budget", 1),
    ("gap_areas.0.people", 71), ("gap_areas.0.full", 25), ("gap_areas.1.not_joined", 17), ("units.0.wanted", 90),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), IMPOSSIBLE)
def test_numbers_that_cannot_be_are_not_published(town_run: Path, key: str, value: Any) -> None:
    """A share beyond 1 or that falls with the reach, a part below 0, a gap that is not that of the bound: none passes the last check."""
    found = json.loads((town_run / "base" / "results.json").read_text(encoding="utf-8"))
    check_numbers(found)
    *way, last = key.split(".")
    part: Any = found
    for step in way:
        part = part[int(step) if isinstance(part, list) else step]
    assert last in part
    part[last] = value
    with pytest.raises(CheckFailed):
        check_numbers(found)
