"""A second service by data files alone: rooms in public places, on a small town whose account follows from arithmetic."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

import geoplan
import geoplan as gp
from geoplan.errors import CheckFailed, Text
from geoplan.map.packed import read
from geoplan.plugins import names
from geoplan.profiles.load import load_service
from geoplan.profiles.service import WORDS
from geoplan.result import Result
from geoplan.study.kinds import check_kinds
from geoplan.study.numbers import check_numbers
from tests import town

SERVICE = "nursing_room_cn"

# Along the street of the town, at metres from its west end: what a place is, its floor area (m²) and its visitors a day. A place is to
# have a room from 10,000 m² or 10,000 visitors on; a room counts from 10 m² on; within 100 m it counts as standing in the same place.
PLACES: dict[str, tuple[float, str, float | None, float | None]] = {
    "A": (0, "商业中心", 12_000, None),  # its own room counts: served
    "B": (400, "医院", 5_000, 15_000),  # its own room has 6 m²: wrong kind, too small
    "C": (800, "交通枢纽", 10_000, 100),  # the area of its own room is not known: wrong kind
    "D": (1200, "旅游景点", 20_000, 900),  # the room of E, 70 m off, counts: served
    "E": (1250, "社区卫生服务中心", 900, 300),  # need not have one
    "I": (1600, "乡镇卫生院", None, None),  # nothing is known: a note, not counted
    "L": (2000, "旅游景点", 15_000, 100),  # its own room counts: served
    "M": (2040, "商业中心", 15_000, 100),  # reaches the room of L only, which serves L: full
    "F": (2600, "商业中心", 11_000, 100),  # none within reach: too far
    "J": (3000, "商业中心", 9_000, None),  # below what is known, and the visitors are not known: a note, not counted
    "K": (3300, "其他", 100, 10_000),  # its room opens in 2028: too far in 2026, served in 2028
}
NORTH = {
    "G": (-90, "医院", 30_000, 9_000),
    "H": (90, "医院", 30_000, 9_000),
}  # on a detached street; H has a room of its own
ROOMS = [
    ("A", 12, 2019),
    ("B", 6, 2019),
    ("C", None, 2019),
    ("E", 10, 2019),
    ("L", 30, 2019),
    ("K", 12, 2028),
    ("H", 12, 2019),
]
ACCOUNT = {
    "2026": {"served": 4, "too_far": 2, "full": 1, "wrong_kind": 2, "not_joined": 1},
    "2028": {"served": 5, "too_far": 1, "full": 1, "wrong_kind": 2, "not_joined": 1},
}
KINDS = {  # places, those of which it is not known, to have a room, having one (in 2026)
    "transport_hub": (1, 0, 1, 0), "commercial": (4, 0, 3, 1), "tourist": (2, 0, 2, 2), "hospital": (3, 0, 3, 1),
    "township_health": (1, 1, 0, 0), "community_health": (1, 0, 0, 0), "other": (1, 0, 1, 0),
}  # fmt: skip

STUDY = f"""\
version: 1
name: 小镇母婴室
service: {SERVICE}
language: zh
area: {{ path: layers/area.gpkg, crs: EPSG:4547 }}
years: {{ base: 2020, phases: [2026, 2028] }}
layers:
  public_places: {{ path: layers/places.gpkg, datum: cgcs2000, columns: {{ demand_id: place_id }} }}
  facilities: {{ path: layers/rooms.gpkg, datum: cgcs2000, columns: {{ places_room: places }} }}
  streets: {{ path: {{ nodes: layers/nodes.parquet, edges: layers/edges.parquet }}, datum: cgcs2000 }}
demand: {{ source: public_places }}
travel:
  all: {{ mode: walk, limit_m: 100 }}
access: {{ measures: [coverage] }}
scenarios:
  strict: {{ standards: {{ room_usable_area: 12.5 }} }}
  english: {{ language: en, name: Rooms of the town }}
"""


def places() -> gpd.GeoDataFrame:
    """The public places, 10 m north of their street."""
    rows = [(i, *row, town.STREET_Y) for i, row in PLACES.items()] + [
        (i, *row, town.NORTH_Y) for i, row in NORTH.items()
    ]
    frame = pd.DataFrame(rows, columns=["place_id", "x", "kind", "floor_area_m2", "visitors_per_day", "y"])
    at = [Point(town.WEST + x, y + 10) for x, y in zip(frame["x"], frame["y"], strict=True)]
    named = frame.assign(name=[f"场所{i}" for i in frame["place_id"]]).drop(columns=["x", "y"])
    return gpd.GeoDataFrame(named, geometry=at, crs=town.CRS)


def rooms() -> gpd.GeoDataFrame:
    """The rooms, each 10 m south of the street, so that the way from its place is 20 m."""
    every = PLACES | NORTH
    frame = pd.DataFrame(ROOMS, columns=["place_id", "usable_area_m2", "opened"])
    y = [town.NORTH_Y if i in NORTH else town.STREET_Y for i in frame["place_id"]]
    at = [Point(town.WEST + every[i][0], b - 10) for i, b in zip(frame["place_id"], y, strict=True)]
    state = ["规划" if year > 2026 else "在营" for year in frame["opened"]]
    extra = {"facility_id": "R" + frame["place_id"], "name": "母婴室", "kind": "母婴室", "places": 1, "status": state}
    return gpd.GeoDataFrame(frame.assign(**extra), geometry=at, crs=town.CRS)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study of the town with its layers beside it."""
    folder = tmp_path_factory.mktemp("rooms")
    path = town.build(folder, STUDY)
    places().to_file(folder / "layers" / "places.gpkg", driver="GPKG")
    rooms().to_file(folder / "layers" / "rooms.gpkg", driver="GPKG")
    return path


@pytest.fixture(scope="module")
def results(study: Path) -> dict[str, Result]:
    """The scenarios, computed and not written."""
    return gp.run(gp.load_study(study))


@pytest.fixture(scope="module")
def base(results: dict[str, Result]) -> Any:
    """The numbers of the base."""
    return results["base"].numbers


def test_the_account_of_the_town_follows_from_arithmetic(base: Any) -> None:
    """Each place that is to have a room stands in the one cause that the street gives, in both years."""
    assert {year: found["gap_account"] for year, found in base["years"].items()} == ACCOUNT
    assert base["demand_total"] == base["people_total"] == 10


def test_each_place_stands_in_its_own_cause(results: dict[str, Result]) -> None:
    """Not only the sums are right."""
    gaps = results["base"].gaps.set_index("demand_id")
    causes = {c: set(gaps.index[gaps[c] > 0]) for c in ACCOUNT["2026"]}
    assert causes == {
        "served": set("ADHL"), "too_far": set("FK"), "full": {"M"}, "wrong_kind": set("BC"), "not_joined": {"G"}
    }  # fmt: skip


def test_a_room_that_is_too_small_or_of_unknown_area_is_the_reason(base: Any) -> None:
    """Both wrong kinds are to be cured by enlarging the room."""
    reasons = base["years"]["2026"]["reasons"]
    assert {k: v for k, v in reasons.items() if v} == {"wrong_small": 2}


def test_a_larger_minimum_takes_rooms_away(results: dict[str, Result]) -> None:
    """With 12.5 m² only the room of L is left; those of A, E and H are too small."""
    account = results["strict"].numbers["gap_account"]
    assert account == {"served": 1, "too_far": 2, "full": 1, "wrong_kind": 5, "not_joined": 1}


def test_what_is_not_known_of_a_place_is_noted_and_not_counted(base: Any) -> None:
    """A place without floor area and visitors, and one below by its floor area alone, are a note each."""
    notes = {f["code"]: (f["count"], f["value"], f["severity"]) for f in base["findings"]}
    assert notes["GP-D081"] == (1, "I", "note")
    assert notes["GP-D085"] == (1, "J", "note")


def test_the_rates_by_kind_of_place(base: Any) -> None:
    """Of each kind and of its one unit: places, to have a room, having one, and the rate; none is asked of, none is given."""
    found = base["by_kind_of_place"]
    assert list(found) == list(KINDS)
    for kind, (points, unknown, wanted, served) in KINDS.items():
        row = found[kind]
        assert (row["demand_points"], row["unknown"], row["wanted"], row["served"]) == (points, unknown, wanted, served)
        assert row["rate"] == (pytest.approx(served / wanted, abs=1e-6) if wanted else None)
        assert row["units"] == {"130599": {k: v for k, v in row.items() if k not in {"unknown", "units"}}}


def test_kinds_that_do_not_add_up_are_refused(base: Any) -> None:
    """A rate over places that went missing is never printed."""
    check_numbers(base)
    kinds = {**base["by_kind_of_place"]}
    kinds["hospital"] = {**kinds["hospital"], "served": 2}
    with pytest.raises(CheckFailed, match="by_kind_of_place"):
        check_kinds({**base, "by_kind_of_place": kinds})


def test_nobody_lives_at_a_public_place(base: Any) -> None:
    """Residents are not known, which is not zero: no number says how many there are."""
    assert base["population_total"] is None
    assert not [row for row in base["units"] if "population" in row or "places_per_1000" in row]


def test_one_place_without_a_room_is_a_gap_area(results: dict[str, Result]) -> None:
    """Where each point wants one place, an area of one point is not left out."""
    areas = results["base"].gap_areas
    assert areas["people"].sum() == 6


@pytest.mark.parametrize("name", names("services"))
def test_a_service_says_its_own_words_in_both_languages(name: str) -> None:
    """Every word has a Chinese and an English form without braces, and a text takes them."""
    service = load_service(name)
    assert set(service.words) == set(WORDS)
    for word in service.words.values():
        assert word.en.isascii()
        assert re.fullmatch(r"[\u4e00-\u9fff]+", word.zh)
        assert "{" not in word.en
    said = service.worded(Text("{words.Places} there are, {words.place}", "现有{words.places}"))
    assert said.en == f"{service.words['places'].en.capitalize()} there are, {service.words['place'].en}"
    assert said.zh == f"现有{service.words['places'].zh}"


def test_the_service_is_known_by_its_data_files_alone() -> None:
    """It is found as a profile, and no line of code names it or what it is about."""
    assert SERVICE in names("services")
    code = Path(geoplan.__file__).parent.rglob("*.py")
    assert not [file for file in code if re.search("nursing|母婴", file.read_text(encoding="utf-8"), re.IGNORECASE)]


CARE = re.compile(
    "托|婴幼儿|幼儿|儿童|月龄|入园|居住区|常住|乳儿|child|(?<!mother-)infant|nursery|nurseries|kindergarten|residen|under.three|{words",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def published(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the base in Chinese and of a scenario in English."""
    out = tmp_path_factory.mktemp("published")
    gp.run(gp.load_study(study), out, only=["base", "english"])
    return out


def words_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Every text that the files of a scenario show, with the file."""
    import docx
    import openpyxl
    import pypdf

    file = docx.Document(str(folder / "report.docx"))
    yield from (("report.docx", p.text) for p in file.paragraphs)
    yield from (("report.docx", c.text) for t in file.tables for r in t.rows for c in r.cells)
    yield from (
        ("report.pdf", page.extract_text().replace("-\n", "-")) for page in pypdf.PdfReader(folder / "report.pdf").pages
    )
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    yield from (("tables.xlsx", name) for name in book.sheetnames)
    yield from (
        ("tables.xlsx", str(c)) for s in book for row in s.iter_rows(values_only=True) for c in row if c is not None
    )
    yield from (("map.html", text) for text in texts(read((folder / "map.html").read_text(encoding="utf-8"))))
    with sqlite3.connect(folder / "layers.gpkg") as layers:
        yield from (
            ("layers.gpkg", line) for line in layers.iterdump() if "INSERT" not in line or "layer_styles" in line
        )
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    yield from (("results.json", text) for text in texts(found, keys=False))


def texts(data: Any, keys: bool = False) -> Iterator[str]:
    """All texts inside plain data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        yield from (k for k in data if keys)
        for value in data.values():
            yield from texts(value, keys)
    elif isinstance(data, list):
        for value in data:
            yield from texts(value, keys)


@pytest.mark.parametrize("scenario", ["base", "english"])
def test_no_file_speaks_of_childcare(published: Path, scenario: str) -> None:
    """Map, report, workbook, layers and results of the service say its own words, in both languages."""
    found = {(file, text) for file, text in words_of(published / scenario) if CARE.search(text)}
    assert not found


def test_the_rate_of_the_demonstration_is_that_of_its_layers() -> None:
    """Counted from the two layers alone, without streets: no two places of the demonstration share a room."""
    root = Path(__file__).parents[1]
    found = gp.run(gp.load_study(root / "scripts" / "nursing_rooms.yaml"), only=["base"])["base"].numbers
    given = gpd.read_file(root / "layers" / "xingtai" / "public_places.gpkg", ignore_geometry=True).set_index(
        "place_id"
    )
    given = given[(given["floor_area_m2"] >= 10_000) | (given["visitors_per_day"] >= 10_000)]
    built = gpd.read_file(root / "layers" / "xingtai" / "nursing_rooms.gpkg", ignore_geometry=True)
    there = built["status"].isin(["在营", "规划"]) & ~(built["opened"] > 2026)
    has = given.index.isin(built.loc[there & (built["usable_area_m2"] >= 10), "place_id"])
    small = given.index.isin(built.loc[there, "place_id"]) & ~has
    account = found["gap_account"]
    assert (found["demand_total"], account["served"], account["wrong_kind"]) == (len(given), has.sum(), small.sum())
    by_kind = {kind: row["served"] for kind, row in found["by_kind_of_place"].items() if row["wanted"]}
    assert by_kind == pd.Series(has, given.index).groupby(given["kind"]).sum().to_dict()
