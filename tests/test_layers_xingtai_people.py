"""Laws of what the demonstration place knows beside streets and today's care: births, moves, households, housing to come."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.errors import Findings
from geoplan.sources.layers import LayerSpec
from geoplan.sources.read import read_area
from geoplan.sources.roles import read_role
from tests.xingtai_layers import FOLDER, ROOT, births, facts, layer, table, units, write


@pytest.mark.parametrize(
    ("role", "file", "columns"),
    [
        ("residents", "residents.gpkg", {"demand_id": "code"}),
        ("facilities", "facilities.csv", {}),
        ("facilities", "facilities_2024.csv", {}),
        ("facilities", "nursing_rooms.gpkg", {}),
        ("hosts", "hosts.gpkg", {}),
        ("census", "facts/units.csv", {"unit_id": "code", "population": "residents"}),
        ("births", "births.csv", {}),
        ("moves", "moves.csv", {}),
        ("new_residential", "new_residential.gpkg", {}),
        ("renewal", "renewal.gpkg", {}),
        ("employers", "employers.gpkg", {}),
        ("public_places", "public_places.gpkg", {"demand_id": "place_id"}),
    ],
)
def test_each_layer_reads_without_a_finding(role: str, file: str, columns: dict[str, str]) -> None:
    """The reader of its role takes every row of the file and has nothing to repair or to note."""
    area, findings = read_area(FOLDER / "area.gpkg", crs="EPSG:4547"), Findings()
    bands = ["room"] if file.startswith("nursing") else ["m06_12", "m12_24", "m24_36"]
    known = datum_of(role, file)
    frame = read_role(role, LayerSpec(FOLDER / file, role, known, columns=columns), area, bands, findings)
    given = gpd.read_file(FOLDER / file) if file.endswith("gpkg") else pd.read_csv(FOLDER / file)
    assert [f.code for f in findings] == []
    assert len(frame) == len(given)


def datum_of(role: str, file: str) -> str | None:
    """The datum of a layer: none without positions, GCJ-02 as a web map gives it, else CGCS2000."""
    if role in {"census", "births", "moves"}:
        return None
    return "gcj02" if file.endswith("csv") else "cgcs2000"


# births and moves


def test_births_are_the_census_to_the_person() -> None:
    """In each unit the births of 2020 are age 0 of the census, and those of 2016 to 2019 add to its ages 1 to 4."""
    by_year = table("births").pivot(index="unit_id", columns="year", values="births")
    assert by_year[2020].to_dict() == units()["age_0"].to_dict()
    assert by_year[[2016, 2017, 2018, 2019]].sum(axis=1).to_dict() == units()["age_1_4"].to_dict()
    assert by_year[2020].sum() == 65_201


def test_births_after_the_census_are_the_estimate_and_as_many_as_thought() -> None:
    """2022 is Hebei's births in Xingtai's share of its age 0, to the hundred; three years to 2023, 2024, 2025 hold 130,000 to 150,000."""
    known = table("facts/births").set_index(["name", "year"])["persons"]
    city = table("births").groupby("year")["births"].sum()
    share = known["邢台市", 2020] / known["河北省", 2020]
    assert share == pytest.approx(0.1073, abs=5e-5)
    assert city[2022] == round(known["河北省", 2022] * share, -2) == 48_600
    assert all(130_000 <= city.loc[y - 2 : y].sum() <= 150_000 for y in (2023, 2024, 2025))


def test_every_unit_and_year_has_births_observed_or_projected_and_says_which() -> None:
    """One row a unit and year, observed to 2025 and projected after; low < mid < high; only 2020 is called a census."""
    series = table("births")
    observed = series["year"] <= 2025
    assert not series.duplicated(["unit_id", "year"]).any()
    assert series.groupby("unit_id")["year"].apply(list).map(lambda y: y == list(range(2016, 2036))).all()
    assert series.loc[observed, "births"].notna().all()
    assert series.loc[~observed, "births"].isna().all()
    later = series[~observed]
    assert (later["births_low"] < later["births_mid"]).all()
    assert (later["births_mid"] < later["births_high"]).all()
    assert series.groupby("basis")["year"].unique().map(sorted).to_dict() == {
        "census": [2020], "estimate": [2016, 2017, 2018, 2019, 2022], "synthetic": [2021, *range(2023, 2036)]
    }  # fmt: skip


@pytest.mark.parametrize(("level", "change"), [("low", -0.06), ("mid", -0.03), ("high", 0.0)])
def test_projections_fall_by_their_rate(level: str, change: float) -> None:
    """The city's projected births change by 6, 3 or 0 % less a year, to half a child."""
    city = table("births").groupby("year")[["births", f"births_{level}"]].sum()
    for year in range(2026, 2036):
        assert abs(city.loc[year, f"births_{level}"] - city.loc[2025, "births"] * (1 + change) ** (year - 2025)) <= 0.5


def test_fewer_move_away_than_there_are() -> None:
    """Net moves of a year are less than a twentieth of the children under three, and some units gain."""
    moves = table("moves")
    young = moves["unit_id"].map(units()["age_0"] + units()["age_1_4"] / 2)
    assert (moves["net_moves"].abs() < young / 20).all()
    assert (moves["net_moves"] > 0).any()
    assert set(moves["unit_id"]) == set(units().index)


def test_births_and_moves_are_the_same_bytes_again(tmp_path: Path) -> None:
    """The committed tables are what the generator writes."""
    known = facts.read_facts()
    for name, made in (("births", births.births_by_year(known)), ("moves", births.moves_by_year(known))):
        write.write_table(made, tmp_path / f"{name}.csv")
        assert (tmp_path / f"{name}.csv").read_bytes() == (FOLDER / f"{name}.csv").read_bytes()


@pytest.mark.skipif(
    "GEOPLAN_REMAKE" not in os.environ, reason="takes two minutes: set GEOPLAN_REMAKE to make the place again"
)
def test_the_place_is_the_same_bytes_again(tmp_path: Path) -> None:
    """A run of the generator writes every committed layer, byte for byte."""
    subprocess.run([sys.executable, str(ROOT / "scripts" / "make_xingtai.py"), str(tmp_path)], check=True)
    made = {f.relative_to(tmp_path).as_posix() for f in tmp_path.rglob("*") if f.is_file()}
    kept = {f.relative_to(FOLDER).as_posix() for f in FOLDER.rglob("*") if f.is_file()}
    assert made == {f for f in kept if not f.startswith("facts/")} - {"sources.yaml"}
    assert [n for n in sorted(made) if (tmp_path / n).read_bytes() != (FOLDER / n).read_bytes()] == []


# residential areas, units, projects


def test_former_poverty_counties_are_those_of_the_list() -> None:
    """The flag of a unit says whether the list of facts names it: six national and four provincial ones."""
    listed = table("facts/former_poverty").set_index("code")
    drawn = layer("area").set_index("unit_id")["former_poverty"].astype(bool)
    assert set(drawn.index[drawn]) == set(listed.index)
    assert listed["level"].value_counts().to_dict() == {"national": 6, "provincial": 4}
    assert (listed["name"] == units().loc[listed.index, "name"]).all()


def test_households_are_those_of_the_census() -> None:
    """The households of all areas add to the census's 2,304,757, and none has fewer people than households."""
    homes = layer("residents")
    assert homes["households"].sum() == 2_304_757
    assert (homes["population"] / homes["households"]).between(1.5, 5).all()


def test_people_leave_the_villages_for_the_towns() -> None:
    """More are registered than live in the villages, fewer in new estates, where most migrant infants are; grades are partly unknown."""
    homes = layer("residents")
    sums = homes.groupby("class")[["population", "registered", "migrant_under_3", "age_0", "age_1_4"]].sum()
    ratio = sums["registered"] / sums["population"]
    migrants = sums["migrant_under_3"] / (sums["age_0"] + sums["age_1_4"])
    assert ratio["rural"] > 1 > ratio["urban_new"]
    assert migrants.idxmax() == "urban_new"
    assert (homes["migrant_under_3"] <= homes["age_0"] + homes["age_1_4"]).all()
    assert set(homes["grade"].dropna()) == set("ABCD")
    assert 0.03 < homes["grade"].isna().mean() < 0.15


@pytest.mark.parametrize("name", ["new_residential", "renewal", "employers", "public_places", "nursing_rooms"])
def test_each_stands_in_the_unit_and_township_that_it_names(name: str) -> None:
    """The representative point of each row lies in its unit and township, and ids and names are its own."""
    frame, towns = layer(name), gpd.read_file(FOLDER / "area.gpkg", layer="townships").set_index("township_id")
    inner = frame.representative_point()
    assert (frame["township"].str[:6] == frame["unit_id"]).all()
    assert inner.within(towns.geometry.loc[frame["township"]].set_axis(inner.index)).all()
    assert frame.iloc[:, 0].is_unique
    assert frame.iloc[:, 0].str.fullmatch(r"[A-Z]-\d{3}").all()
    assert frame["名称"].notna().all()


def test_new_projects_stand_on_free_land() -> None:
    """About 60 valid polygons, one at least in each unit, that overlap neither homes nor idle lots nor each other."""
    projects = layer("new_residential")
    shapes = projects.geometry.to_numpy()
    assert 55 <= len(projects) <= 65
    assert set(projects["unit_id"]) == set(units().index)
    assert shapely.is_valid(shapes).all()
    for others in (layer("residents"), layer("idle")):
        assert shapely.STRtree(others.geometry.to_numpy()).query(shapes, predicate="intersects").size == 0
    near = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert (near[0] == near[1]).all()


def test_new_projects_plan_places_or_do_not() -> None:
    """Some plan no places, of some it is unknown; each has people or dwellings, and delivery in 2024 to 2030."""
    projects = layer("new_residential")
    places = projects["places_planned"]
    assert 0.1 < (places == 0).mean() < 0.4
    assert 0 < places.isna().mean() < 0.2
    assert (places / projects["population"] * 1000 >= 10).any()
    assert (projects["population"].notna() | projects["dwellings"].notna()).all()
    assert (projects["population"] / projects["dwellings"]).dropna().between(2.5, 3.3).all()
    assert set(projects["delivery_year"]) == set(range(2024, 2031))


def test_a_milestone_is_not_reached_before_the_one_before_it() -> None:
    """The facility's states come in order, are not ahead of the housing's, and are not done where nothing is planned."""
    projects = layer("new_residential")
    steps = ["planned", "built", "accepted", "delivered"]
    done = np.array([projects[f"{s}_state"] == "done" for s in steps]).T
    not_done = np.array([projects[f"{s}_state"] == "not_done" for s in steps]).T
    reached = projects["housing_state"].map(steps.index).to_numpy()
    assert not (not_done[:, :-1] & done[:, 1:]).any()
    assert all(not row[housing + 1 :].any() for row, housing in zip(done, reached, strict=True))
    assert not done[(projects["places_planned"] == 0).to_numpy()].any()
    assert (~done & ~not_done).any()
    assert any(row[housing] for row, housing in zip(not_done, reached, strict=True))


def test_renewal_is_of_old_estates() -> None:
    """Each project has the outline and the residents of the old estate that it names, and a year from 2025 to 2030."""
    projects = layer("renewal").set_index("demand_id")
    homes = layer("residents").set_index("code").loc[projects.index]
    assert len(projects) == 40
    assert (homes["class"] == "urban_old").all()
    assert (homes["population"] == projects["residents"]).all()
    assert shapely.equals_exact(homes.geometry.to_numpy(), projects.geometry.to_numpy(), 1e-6).all()
    assert projects["year"].between(2025, 2030).all()
