"""Registers with gaps: rows without a position, and places that nobody stated."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, box

import geoplan as gp
from geoplan.area import StudyArea
from geoplan.errors import Findings, InputError, UsageError
from geoplan.supply.places import places_by_band
from tests import town

BANDS = ("m12_24", "m24_36")


@pytest.fixture(scope="module")
def area() -> StudyArea:
    """The outline of the town."""
    outline = box(town.WEST - 2000, town.STREET_Y - 2000, town.WEST + 6000, town.NORTH_Y + 2000)
    units = gpd.GeoDataFrame({"unit_id": ["130599"], "name": ["小镇"]}, geometry=[outline], crs=town.CRS)
    return gp.read_area(units, crs=town.CRS)


def register(folder: Path, *rows: str) -> Path:
    """A CSV of facilities with these rows."""
    path = folder / "register.csv"
    path.write_text("\n".join(["编号,经度,纬度,托位12_24月,托位24_36月,classes_m24_36,备案", *rows]), encoding="utf-8")
    return path


def test_a_row_without_a_position_is_left_out_with_its_places(area: StudyArea, tmp_path: Path) -> None:
    """Of three rows one lacks a coordinate and one both: each is a repair with row, id and places; the third stays."""
    path = register(tmp_path, "001,114.24,37.04,15,20,,是", "002,114.24,,0,40,,是", "003,,,,20,,否")
    findings = Findings()
    found = gp.read_facilities(path, area, datum="cgcs2000", bands=BANDS, findings=findings, unplaced="leave_out")
    assert found.index.tolist() == ["001"]
    left = [(f.code, f.place, f.value, f.severity, f.count) for f in findings if f.code == "GP-V012"]
    assert left == [
        ("GP-V012", "row 3", "002: places_m12_24 0, places_m24_36 40", "repair", 1),
        ("GP-V012", "row 4", "003: places_m12_24 unknown, places_m24_36 20", "repair", 1),
    ]


def test_the_ids_of_rows_left_out_are_ids_all_the_same(area: StudyArea, tmp_path: Path) -> None:
    """A row that is left out may not hide that its id stands twice."""
    path = register(tmp_path, "001,114.24,37.04,15,20,,是", "001,,,0,40,,是")
    with pytest.raises(InputError, match="GP-T113"):
        gp.read_facilities(path, area, datum="cgcs2000", bands=BANDS, unplaced="leave_out")


def test_a_table_without_any_position_is_refused(area: StudyArea, tmp_path: Path) -> None:
    """Leaving out every row would be an empty layer that looks like no supply."""
    path = register(tmp_path, "001,,,15,20,,是", "002,,,0,40,,是")
    with pytest.raises(InputError) as refused:
        gp.read_facilities(path, area, datum="cgcs2000", bands=BANDS, unplaced="leave_out")
    assert [(f.code, f.place, f.count) for f in refused.value.findings] == [("GP-V006", "all 2 rows", 2)]


def test_a_feature_without_a_geometry_is_left_out_too(area: StudyArea, tmp_path: Path) -> None:
    """The same policy holds for layers with geometries, and for a single band under the plain name of places."""
    shapes = [Point(town.WEST, town.STREET_Y), None]
    frame = gpd.GeoDataFrame({"id": ["a", "b"], "places": [20, 35]}, geometry=shapes, crs=town.CRS)
    frame.to_file(tmp_path / "f.gpkg", driver="GPKG")
    with pytest.raises(InputError, match="GP-V001"):
        gp.read_facilities(tmp_path / "f.gpkg", area, datum="cgcs2000", bands=("m24_36",))
    findings = Findings()
    found = gp.read_facilities(
        tmp_path / "f.gpkg", area, datum="cgcs2000", bands=("m24_36",), findings=findings, unplaced="leave_out"
    )
    assert found["places_m24_36"].to_dict() == {"a": 20}
    assert [(f.code, f.value) for f in findings if f.code == "GP-V012"] == [("GP-V012", "b: places_m24_36 35")]


def test_demand_without_a_position_says_its_people(area: StudyArea) -> None:
    """Homes that stand nowhere are left out by the same policy, and the finding tells how many people live there."""
    homes = pd.DataFrame({"id": ["a", "b"], "lon": [114.24, None], "lat": [37.04, None], "population": [300, 160]})
    findings = Findings()
    found = gp.read_demand(homes, area, datum="cgcs2000", findings=findings, unplaced="leave_out")
    assert found["population"].sum() == 300
    assert [f.value for f in findings if f.code == "GP-V012"] == ["b: population 160"]


def test_places_that_nobody_stated_stay_unknown(area: StudyArea, tmp_path: Path) -> None:
    """By default a blank place is refused; kept, it is NaN with a note, and classes can still give it."""
    path = register(tmp_path, "001,114.24,37.04,15,,2,是", "002,114.25,37.04,0,40,,是", "003,114.26,37.04,,,,是")
    with pytest.raises(InputError, match="GP-T121"):
        gp.read_facilities(path, area, datum="cgcs2000", bands=BANDS)
    findings = Findings()
    found = gp.read_facilities(path, area, datum="cgcs2000", bands=BANDS, findings=findings, unknown="keep")
    told = [(f.place, f.severity, f.count) for f in findings if f.code == "GP-T127"]
    assert told == [("column 托位12_24月", "note", 1), ("column 托位24_36月", "note", 2)]
    known = places_by_band(found, {"m12_24": 15, "m24_36": 20}, 10.0, Findings())
    assert known["places_from"].tolist() == ["stated", "stated", "unknown"]
    assert known["places_m24_36"].fillna(-1).tolist() == [40, 40, -1]


def test_whole_registers_read_the_same_under_any_policy(area: StudyArea, tmp_path: Path) -> None:
    """Where nothing is missing, the policies change nothing and find nothing."""
    path = register(tmp_path, "001,114.24,37.04,15,20,,是", "002,114.25,37.04,0,40,,否")
    strict, kind = Findings(), Findings()
    one = gp.read_facilities(path, area, datum="cgcs2000", bands=BANDS, findings=strict)
    other = gp.read_facilities(
        path, area, datum="cgcs2000", bands=BANDS, findings=kind, unplaced="leave_out", unknown="keep"
    )
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other))
    assert list(strict) == list(kind)


@pytest.mark.parametrize("policy", [{"unplaced": "drop"}, {"unknown": "zero"}])
def test_a_policy_that_there_is_not_is_refused(area: StudyArea, policy: dict[str, str]) -> None:
    """Nothing is dropped or set to zero by a word that geoplan does not know."""
    with pytest.raises(UsageError, match="refuse or"):
        gp.read_facilities("register.csv", area, datum="cgcs2000", **policy)
