"""Beginning a study from a planner's layers: the roles, what is asked, what stays blank, and that nothing else is changed."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import geopandas as gpd
import openpyxl
import osmium
import pandas as pd
import pytest
import typer
from osmium.osm.mutable import Node, Way
from ruamel.yaml import YAML
from shapely.geometry import LineString, Point, box

from geoplan import load_study, run
from geoplan.console.starting import ask
from geoplan.errors import GeoplanError, InputError, UsageError
from geoplan.sources.described import describe, known_datum, unusable_crs, working_crs
from geoplan.sources.recognised import CONTRACTS
from geoplan.sources.roles import ROLES
from geoplan.study.begin import Begun, Question, begin
from geoplan.study.given import read_given
from geoplan.study.guess import guess_folder, label
from geoplan.study.known import know
from geoplan.study.measured import account_of_year
from geoplan.study.role_score import score
from geoplan.study.role_words import role_words
from geoplan.study.schema import Role, study_schema
from geoplan.study.starter import words
from geoplan.study.travelled import places_of, travel_all
from tests import smallest, town, xingtai_study
from tests.test_cli import geoplan
from tests.xingtai_layers import FOLDER, ROOT

BANDS = ("m06_12", "m12_24", "m24_36")
CHINESE = {
    "residents.gpkg": "居住区.gpkg",
    "facilities.csv": "现状托育机构.csv",
    "hosts.gpkg": "幼儿园.gpkg",
    "idle.gpkg": "闲置资产.gpkg",
    "streets_nodes.parquet": "道路_节点.parquet",
    "streets_edges.parquet": "道路_路段.parquet",
    "parcels.gpkg": "存量用地.gpkg",
    "area.gpkg": "行政区划.gpkg",
    "births.csv": "出生人口.csv",
    "hazards.gpkg": "危险源.gpkg",
}


def fill(study: Path, **answers: Any) -> Path:
    """The study with values under dotted keys (dots written as __), None takes a key away; as a person would fill it in."""
    yaml = YAML()
    data = yaml.load(study.read_text(encoding="utf-8"))
    for dotted, value in answers.items():
        *above, key = dotted.split("__")
        place = data
        for step in above:
            place = place.setdefault(step, {})
        if value is None:
            place.pop(key, None)
        else:
            place[key] = value
    with study.open("w", encoding="utf-8") as file:
        yaml.dump(data, file)
    return study


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def xingtai(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """A study begun from a copy of the demonstration layers under other names, without what says where they come from."""
    folder = tmp_path_factory.mktemp("office")
    shutil.copytree(FOLDER, folder / "数据")
    (folder / "数据" / "sources.yaml").unlink()
    for old, new in CHINESE.items():
        (folder / "数据" / old).rename(folder / "数据" / new)
    return begin(folder, folder / "数据", "zh")


def test_xingtai_needs_four_answers_and_gives_the_account_of_the_study_written_by_hand(xingtai: Begun) -> None:
    """Filled in, what was begun from renamed layers has the places wanted, the facilities and the gap account of scripts/xingtai.yaml."""
    assert [key for key, _, _ in xingtai.blanks] == [
        "years.base",
        "layers.facilities.datum",
        "layers.parcels.columns.survey_code",
        "layers.parcels.columns.planning_code",
    ]
    by_hand = xingtai_study.case("base")
    spread = by_hand.settings.demand.model_dump(mode="json", exclude_unset=True)
    supply = by_hand.settings.supply.model_dump(mode="json", exclude_unset=True)
    path = shutil.copyfile(xingtai.study, xingtai.study.with_name("filled.yaml"))
    fill(path, years__base=2020, layers__facilities__datum="gcj02", demand=spread, supply=supply)
    fill(path, layers__parcels__columns__survey_code="DLBM", layers__parcels__columns__planning_code="GHYT")
    study = load_study(path)
    scenario, service = study.scenarios["base"], by_hand.service
    given = read_given(study, scenario, service, xingtai_study.memo)
    known = know(scenario.settings, given, service, xingtai_study.memo)
    assert not [f for f in (*given.findings, *known.findings) if f.severity == "error"]
    pd.testing.assert_frame_equal(known.demand, by_hand.known.demand)
    pd.testing.assert_frame_equal(known.facilities, by_hand.known.facilities)
    assert set(known.options.index) == set(by_hand.known.options.index)
    cost = travel_all(scenario.settings, given, known.demand, places_of(known), xingtai_study.memo)
    pd.testing.assert_frame_equal(account_of_year(cost, known, service, 2026), by_hand.account(2026))


def test_every_role_of_xingtai_is_found_under_its_new_name(xingtai: Begun) -> None:
    """All layers of the study written by hand are found but the population grid, which a study with residents does not read."""
    by_hand = xingtai_study.case("base").settings.layers
    assert set(xingtai.draft.layers) == {*by_hand, "area"} - {"population"}
    facilities = xingtai.draft.layers["facilities"].columns.columns
    wanted = by_hand["facilities"].columns
    assert {name: facilities[name] for name in wanted} == wanted
    left = dict(xingtai.draft.left_out)
    assert "backtest" in left["enrolment_2025.csv"].en
    assert "facilities too" in left["facilities_2024.csv"].en
    assert "census" in left["facts/units.csv"].en
    assert "demand.source: population" in left["population.tif"].en


def test_each_blank_is_told_by_line_and_column(xingtai: Begun) -> None:
    """Checking what was begun names each blank where it stands, says what to write, and nothing else."""
    with pytest.raises(InputError) as error:
        load_study(xingtai.study)
    told = {f.place: (f.code, f.file) for f in error.value.findings}
    assert told == {key: ("GP-S015", f"{xingtai.study}:{line}:{column}") for key, line, column in xingtai.blanks}
    lines = xingtai.study.read_text(encoding="utf-8").splitlines()
    for _, line, column in xingtai.blanks:
        assert lines[line - 1][column - 1 :].startswith("???")
    assert "gcj02" in next(f for f in error.value.findings if f.place.endswith("datum")).advice.en


def test_init_fill_run_equals_the_study_written_by_hand(tmp_path: Path) -> None:
    """The numbers of the smallest study are those of the one begun from its layers, with the same settings."""
    by_hand = smallest.build(tmp_path / "hand", "en")
    shutil.copytree(tmp_path / "hand" / "layers", tmp_path / "begun" / "layers")
    layers = tmp_path / "begun" / "layers"
    for old, new in (("homes.gpkg", "居住区.gpkg"), ("facilities.csv", "托育园.csv"), ("area.gpkg", "边界.gpkg")):
        (layers / old).rename(layers / new)
    begun = begin(tmp_path / "begun", layers, "en")
    wanted = YAML(typ="safe").load(by_hand.read_text(encoding="utf-8"))
    assert [key for key, _, _ in begun.blanks] == [
        "years.base",
        "layers.facilities.datum",
        *(f"demand.share.{band}" for band in BANDS),
    ]
    same = {key: wanted[key] for key in ("years", "demand", "travel")}
    fill(begun.study, layers__facilities__datum="wgs84", plan=None, scenarios=None, **same)
    numbers = [run(load_study(p), tmp_path / f"maps{n}")["base"].numbers for n, p in enumerate((by_hand, begun.study))]
    for key in ("demand_total", "population_total", "facilities", "capacity_total", "gap_account"):
        assert numbers[0][key] == numbers[1][key], key
    assert numbers[0]["gap_account"]["served"] > 0


def test_every_role_has_words_shapes_and_a_contract() -> None:
    """Each role of the study file can be told by a name, and each that is read as a table by its columns."""
    assert set(role_words()) == {*get_args(Role), "area"}
    assert set(ROLES) <= set(CONTRACTS)
    for role, told in role_words().items():
        assert told.words, role
        assert told.shapes, role


@pytest.mark.parametrize("role", sorted(role_words()))
def test_a_word_tells_its_role_better_than_any_other(role: str, tmp_path: Path) -> None:
    """A file called by a word of a role, with nothing else to tell it, is not taken for another role of the same shape."""
    shape = min(role_words()[role].shapes - {"osm", "graph"})
    if shape in ("table", "grid"):
        rivals = {other for other, told in role_words().items() if shape in told.shapes}
        own = set(role_words()[role].words)
        assert all(own.isdisjoint(role_words()[other].words) for other in rivals - {role})
        return
    drawn = {"point": Point(1, 1), "line": LineString([(0, 0), (1, 1)]), "polygon": box(0, 0, 1, 1)}[shape]
    for word in role_words()[role].words:
        path = tmp_path / f"{word}.gpkg"
        gpd.GeoDataFrame({"a": [1]}, geometry=[drawn], crs=4490).to_file(path)
        (layer,) = describe(path)
        scored = {r: guess.points for r in role_words() if (guess := score(r, layer))}
        lacking = len(score(role, layer).columns.needed)  # type: ignore[union-attr]
        best = max(points for r, points in scored.items() if r != role) if len(scored) > 1 else 0
        assert scored[role] + min(2, lacking) > best, (word, scored)


def write_area(folder: Path, crs: Any = 4490, west: float = 114.4) -> Path:
    """An area of one unit, a tenth of a degree wide."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = gpd.GeoDataFrame(
        {"unit_id": ["130599"], "name": ["县"]}, geometry=[box(west, 37, west + 0.1, 37.1)], crs=4490
    )
    frame.to_crs(crs).to_file(folder / "边界.gpkg", driver="GPKG")
    return folder


@pytest.mark.parametrize(
    ("west", "wanted"),
    [(114.4, "EPSG:4547"), (115.44, "EPSG:4547"), (115.46, "EPSG:4548"), (74.9, "EPSG:4534"), (134.9, "EPSG:4554"), (-51.3, "EPSG:32622")],
)  # fmt: skip
def test_the_working_crs_of_degrees_is_the_zone_of_the_middle(west: float, wanted: str, tmp_path: Path) -> None:
    """An area in degrees is worked on in the 3-degree zone of its middle longitude; outside China in its UTM zone."""
    (layer,) = describe(write_area(tmp_path, west=west) / "边界.gpkg")
    assert working_crs(layer)[0] == wanted


def test_the_working_crs_of_metres_is_that_of_the_area(tmp_path: Path) -> None:
    """An area that is projected in metres keeps its CRS."""
    (layer,) = describe(write_area(tmp_path, crs=4548) / "边界.gpkg")
    assert working_crs(layer)[0] == "EPSG:4548"


def test_a_datum_is_known_only_where_the_file_says_it(tmp_path: Path) -> None:
    """Degrees without a declared CRS have no datum; CGCS2000, WGS 84 and OpenStreetMap are what they say; metres are never shifted."""
    points = gpd.GeoDataFrame({"a": [1]}, geometry=[Point(114.5, 37)], crs=4490)
    points.to_file(tmp_path / "a.gpkg")
    points.to_crs(4326).to_file(tmp_path / "b.gpkg")
    points.to_crs(4326).to_file(tmp_path / "c.geojson")
    bare = json.loads((tmp_path / "c.geojson").read_text(encoding="utf-8"))
    bare.pop("crs", None)
    (tmp_path / "d.geojson").write_text(json.dumps(bare), encoding="utf-8")
    (tmp_path / "e.csv").write_text("id,lon,lat\n1,114.5,37\n", encoding="utf-8")
    (tmp_path / "f.csv").write_text("id,x,y\n1,520000,4100000\n", encoding="utf-8")
    (tmp_path / "g.osm").write_text("<osm version='0.6'></osm>", encoding="utf-8")
    wanted = {
        "a.gpkg": "cgcs2000",
        "b.gpkg": "wgs84",
        "d.geojson": None,
        "e.csv": None,
        "f.csv": "cgcs2000",
        "g.osm": "wgs84",
    }
    assert {name: known_datum(describe(tmp_path / name)[0])[0] for name in wanted} == wanted


def test_streets_of_openstreetmap_are_told_by_their_form(tmp_path: Path) -> None:
    """An extract called 道路.osm.pbf is the streets, in WGS 84, with nothing left to fill in."""
    write_area(tmp_path)
    with osmium.SimpleWriter(str(tmp_path / "道路.osm.pbf")) as writer:
        for n in (1, 2):
            writer.add_node(Node(id=n, location=(114.4 + n / 100, 37.05)))
        writer.add_way(Way(id=1, nodes=[1, 2], tags={"highway": "residential"}))
    streets = guess_folder(tmp_path, BANDS).layers["streets"]
    assert (streets.layer.path.name, streets.datum[0], streets.sure) == ("道路.osm.pbf", "wgs84", "sure")


def test_a_legacy_datum_is_left_out_with_the_reason(tmp_path: Path) -> None:
    """A layer on Xian 1980 cannot be used as it is, and is named with why."""
    write_area(tmp_path)
    gpd.GeoDataFrame({"a": [1]}, geometry=[Point(500000, 4100000)], crs=2383).to_file(tmp_path / "幼儿园.gpkg")
    draft = guess_folder(tmp_path, BANDS)
    assert "hosts" not in draft.layers
    assert "Xian 1980" in dict(draft.left_out)["幼儿园.gpkg"].en or "1980" in dict(draft.left_out)["幼儿园.gpkg"].en
    assert list(unusable_crs(describe(tmp_path / "幼儿园.gpkg")[0]))


def test_of_two_files_the_better_is_taken_and_the_other_named(tmp_path: Path) -> None:
    """The file with more known columns plays the role, whatever the order of the names; the other stands as a comment."""
    folder = write_area(tmp_path / "layers")
    (folder / "托育机构.csv").write_text("编号,名称,经度,纬度\n1,甲,114.45,37.05\n", encoding="utf-8")
    (folder / "托育机构2023.csv").write_text(
        "编号,名称,经度,纬度,托位6_12月,托位12_24月,托位24_36月\n1,甲,114.45,37.05,1,2,3\n", encoding="utf-8"
    )
    begun = begin(tmp_path, folder, "en")
    assert label(begun.draft.layers["facilities"].layer, folder) == "托育机构2023.csv"
    assert "#   托育机构.csv: looks like facilities too" in begun.study.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "column", "year"), [
    ("居住区2020.gpkg", None, 2020), ("居住区.gpkg", [2021, 2021], 2021), ("居住区.gpkg", [2020, 2021], None), ("居住区.gpkg", None, None),
    ("居住区130502.gpkg", None, None),
])  # fmt: skip
def test_the_base_year_is_told_by_name_or_column_or_not_at_all(
    name: str, column: list[int] | None, year: int | None, tmp_path: Path
) -> None:
    """A year in the file's name, or one year in a column of years, is that of the people; two years, or a code, are not."""
    homes = gpd.GeoDataFrame(
        {"code": ["a", "b"], "人口": [10, 20]}, geometry=[Point(114.41, 37.01), Point(114.42, 37.02)], crs=4490
    )
    (homes if column is None else homes.assign(年份=column)).to_file(tmp_path / name)
    assert guess_folder(tmp_path, BANDS).base[0] == year


def bad_folder(folder: Path, case: str) -> Path:
    """A folder, or a path, that gives no study."""
    if case == "file":
        folder.write_text("x", encoding="utf-8")
        return folder
    folder.mkdir(parents=True)
    if case == "pdf":
        (folder / "规划说明.pdf").write_bytes(b"%PDF-1.7")
    if case == "sheets":
        book = openpyxl.Workbook()
        for sheet in (book.active, book.create_sheet("第二页")):
            sheet.append(["编号", "托位24_36月"])
            sheet.append(["1", 20])
        book.save(folder / "托育机构.xlsx")
    return folder


@pytest.mark.parametrize(("case", "said"), [
    ("missing", "there is no folder"), ("file", "is a file; give the folder"), ("empty", "no file that could be a layer"),
    ("pdf", "files with this ending are not read here (.pdf)"), ("sheets", "several sheets and none is named (Sheet, 第二页)"),
])  # fmt: skip
def test_a_folder_that_gives_no_study_is_refused_in_one_sentence(case: str, said: str, tmp_path: Path) -> None:
    """An absent or empty folder, a file, a PDF, a workbook of two sheets: one message each, and nothing is written."""
    layers = tmp_path / "data" if case == "missing" else bad_folder(tmp_path / "data", case)
    before = tree(tmp_path)
    with pytest.raises(GeoplanError) as error:
        begin(tmp_path, layers, "en")
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) == 1
    assert tree(tmp_path) == before
    assert not (tmp_path / "scripts").exists()


def test_a_shapefile_without_prj_leaves_a_blank_for_its_crs(tmp_path: Path) -> None:
    """The role of a Shapefile without .prj is told all the same; its CRS stays blank, with what its eastings say."""
    folder = write_area(tmp_path / "layers")
    land = gpd.GeoDataFrame({"GHYT": ["0804"]}, geometry=[box(39_500_000, 4_100_000, 39_500_100, 4_100_100)], crs=4527)
    land.to_file(folder / "地块.shp", encoding="utf-8")
    (folder / "地块.prj").unlink()
    begun = begin(tmp_path, folder, "en")
    assert "crs" in begun.left(begun.draft.layers["parcels"])
    assert "zone number 39, so it may be EPSG:4527" in begun.study.read_text(encoding="utf-8")


def test_layers_outside_are_refused_with_the_way_or_copied(tmp_path: Path) -> None:
    """Layers outside the project are refused with both ways out; with copy they come in byte by byte, and the study reads them there."""
    outside = write_area(tmp_path / "share" / "图层")
    (outside / "托育机构.csv").write_text("编号,经度,纬度,托位24_36月\n1,114.45,37.05,20\n", encoding="utf-8")
    (outside / "说明.pdf").write_bytes(b"%PDF-1.7")
    before = tree(outside)
    with pytest.raises(UsageError, match=r"--copy") as error:
        begin(tmp_path / "new", outside, "en")
    assert f"geoplan init {outside.parent}" in str(error.value)
    assert not (tmp_path / "new").exists()
    begun = begin(tmp_path / "new", outside, "en", copy=True)
    assert tree(outside) == before
    assert tree(tmp_path / "new" / "layers") == {name: before[name] for name in ("边界.gpkg", "托育机构.csv")}
    text = begun.study.read_text(encoding="utf-8")
    assert "path: ../layers/托育机构.csv" in text
    assert (begun.study.parent / "../layers/托育机构.csv").is_file()


def test_a_folder_that_the_office_allows_is_referred_to_as_it_is(tmp_path: Path) -> None:
    """Layers outside the project, in a folder that `layers/outside.yaml` names, are read where they are."""
    outside = write_area(tmp_path / "share")
    (tmp_path / "new" / "layers").mkdir(parents=True)
    (tmp_path / "new" / "layers" / "outside.yaml").write_text("- ../share\n", encoding="utf-8")
    begun = begin(tmp_path / "new", outside, "en")
    assert "path: ../../share/边界.gpkg" in begun.study.read_text(encoding="utf-8")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A second init, and a copy onto a layer that is there, are refused and change no byte."""
    layers = write_area(tmp_path / "layers")
    begin(tmp_path, layers, "en")
    before = tree(tmp_path)
    with pytest.raises(UsageError, match="not overwritten"):
        begin(tmp_path, layers, "en")
    write_area(tmp_path / "other" / "layers")
    with pytest.raises(UsageError, match="not overwritten"):
        begin(tmp_path / "other", layers, "en", copy=True)
    assert {name: data for name, data in tree(tmp_path).items() if not name.startswith("other")} == before
    assert not (tmp_path / "other" / "scripts").exists()


def test_what_the_planner_answers_is_written_and_what_not_stays_blank(tmp_path: Path) -> None:
    """Questions are the datum and the year, no more; an answer takes the place of the blank, silence leaves it."""
    folder = write_area(tmp_path / "layers")
    (folder / "托育机构.csv").write_text("编号,经度,纬度,托位24_36月\n1,114.45,37.05,20\n", encoding="utf-8")
    asked: list[str] = []

    def answer(question: Question) -> str:
        asked.append(question.key)
        return {"layers.facilities.datum": "gcj02"}.get(question.key, "")

    begun = begin(tmp_path, folder, "en", answer)
    assert asked == ["layers.facilities.datum", "years.base"]
    left = [key for key, _, _ in begun.blanks]
    assert "years.base" in left
    assert "layers.facilities.datum" not in left
    assert "    datum: gcj02\n" in begun.study.read_text(encoding="utf-8")


def test_the_terminal_asks_again_until_an_answer_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is none of the choices is asked again; Enter alone is an answer."""
    said = iter(["wgs85", "wgs84", ""])
    monkeypatch.setattr(typer, "prompt", lambda *_words, **_more: next(said))
    question = Question("layers.hosts.datum", words()["layers"], ("wgs84", "gcj02"))
    assert ask(question, "en") == "wgs84"
    assert ask(question, "zh") == ""


def test_hostile_names_of_files_and_columns_give_a_study_that_can_be_read(tmp_path: Path) -> None:
    """Names with colons, hashes, quotes, line ends and words of YAML stand in the study as they are."""
    folder = write_area(tmp_path / 'lay: "ers" #1')
    table = pd.DataFrame(
        {"编号": ["1"], "经度": [114.45], "纬度": [37.05], "托位24_36月": [20], "a\n: {{b}} # c": ["x"], "no": ["y"]}
    )
    table.to_csv(folder / "托育机构: no #2 ${1}.csv", index=False)
    begun = begin(tmp_path, folder, "en")
    study = YAML(typ="safe").load(begun.study.read_text(encoding="utf-8"))
    assert study["layers"]["facilities"]["path"] == '../lay: "ers" #1/托育机构: no #2 ${1}.csv'
    assert study["layers"]["facilities"]["columns"]["places_m24_36"] == "托位24_36月"


def test_the_comments_are_those_of_the_starter() -> None:
    """What a key means is said in the same words as in the study that init writes without layers."""
    starter = (ROOT / "geoplan" / "study" / "starter.yaml").read_text(encoding="utf-8")
    fixed = (
        "check",
        "service",
        "language",
        "area.path",
        "layers",
        "uptake",
        "births",
        "modes",
        "model",
        "budget",
        "gap",
        "schema",
    )
    for key in fixed:
        assert words()[key].en in starter, key
    for key, said in words().items():
        assert said.zh, key


def test_a_folder_without_homes_streets_or_area_asks_for_them(tmp_path: Path) -> None:
    """What a study cannot do without and the folder does not hold stands as blanks."""
    (tmp_path / "托育机构.csv").write_text("编号,经度,纬度,托位24_36月\n1,114.45,37.05,20\n", encoding="utf-8")
    left = [key for key, _, _ in begin(tmp_path, tmp_path, "en").blanks]
    assert {"area.path", "area.crs", "layers.residents.path", "layers.streets.path"} <= set(left)


def test_the_command_prints_a_table_or_json_and_asks_nothing_of_a_pipe(tmp_path: Path) -> None:
    """A script gets one document, a person the table, the blanks and the next command."""
    town.build(tmp_path / "a")
    done = geoplan("init", tmp_path / "a", "--layers", tmp_path / "a" / "layers", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {one["role"] for one in told["layers"]} == {"area", "residents", "facilities", "hosts", "streets"}
    assert next(one for one in told["layers"] if one["role"] == "facilities")["left"] == ["datum"]
    assert told["next"].startswith("geoplan check ")
    checked = geoplan("check", told["study"])
    assert checked.returncode == 3
    assert checked.stderr.count("GP-S015") == len(told["blanks"]) == len(checked.stderr.splitlines())
    shutil.rmtree(tmp_path / "a" / "scripts")
    done = geoplan("init", tmp_path / "a", "--layers", tmp_path / "a" / "layers", "--language", "zh")
    assert done.returncode == 0, done.stderr
    assert "下一步：geoplan check" in done.stdout
    assert "facilities.csv" in done.stdout
    assert geoplan("init", tmp_path / "b", "--copy").returncode == 2


def keys_without_words(node: Any, at: str) -> Iterator[str]:
    """Properties that say nothing of themselves."""
    for key, said in node.get("properties", {}).items():
        if not said.get("description"):
            yield f"{at}.{key}"


def test_the_schema_says_what_every_key_means() -> None:
    """Draft 2020-12, a title or description for every key, and each role of the layers by name."""
    schema = study_schema()
    assert schema["$schema"].endswith("draft/2020-12/schema")
    silent = [k for name, node in schema["$defs"].items() for k in keys_without_words(node, name)]
    assert not [*silent, *keys_without_words(schema, "study")]
    assert set(schema["properties"]["layers"]["properties"]) == set(get_args(Role))


TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def misfits(schema: Any, node: Any, value: Any, at: str) -> list[str]:  # noqa: PLR0911 - one return a keyword
    """Where a value breaks a schema, by the keywords that the schema of studies uses."""
    if "$ref" in node:
        target = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
        return misfits(schema, target, value, at) + misfits(
            schema, {k: v for k, v in node.items() if k != "$ref"}, value, at
        )
    if "anyOf" in node:
        tried = [misfits(schema, option, value, at) for option in node["anyOf"]]
        return [] if not all(tried) else min(tried, key=len)
    if "type" in node and (
        not isinstance(value, TYPES[node["type"]]) or (isinstance(value, bool) and node["type"] != "boolean")
    ):
        return [f"{at}: {value!r} is no {node['type']}"]
    if ("enum" in node and value not in node["enum"]) or ("const" in node and value != node["const"]):
        return [f"{at}: {value!r}"]
    if isinstance(value, dict):
        known, rest = node.get("properties", {}), node.get("additionalProperties", True)
        found = [f"{at}.{key} is missing" for key in node.get("required", ()) if key not in value]
        for key, held in value.items():
            inside = known.get(str(key), rest)
            if inside is False:
                found.append(f"{at}.{key} is not known")
            elif isinstance(inside, dict):
                found += misfits(schema, inside, held, f"{at}.{key}")
        return found
    if isinstance(value, list):
        heads = node.get("prefixItems", [])
        parts = [*heads, *[node.get("items", {})] * max(0, len(value) - len(heads))]
        return [
            m
            for n, (part, held) in enumerate(zip(parts, value, strict=False))
            for m in misfits(schema, part or {}, held, f"{at}[{n}]")
        ]
    return []


@pytest.mark.parametrize("study", sorted((ROOT / "scripts").glob("*.yaml")), ids=lambda p: p.name)
def test_every_study_fits_the_schema_and_a_wrong_key_does_not(study: Path) -> None:
    """The schema that editors use knows every key of every study here, and refuses what is misspelt."""
    schema, data = study_schema(), YAML(typ="safe").load(study.read_text(encoding="utf-8"))
    assert misfits(schema, schema, data, "study") == []
    assert misfits(schema, schema, {**data, "langauge": "zh"}, "study") == ["study.langauge is not known"]
    assert misfits(schema, schema, {**data, "layers": {**data["layers"], "hoasts": {}}}, "study")
    assert misfits(schema, schema, {**data, "layers": {"streets": {"path": "a.gpkg"}}}, "study") == [
        "study.layers.streets.datum is missing"
    ]
    if importlib.util.find_spec("jsonschema"):
        import jsonschema

        plain = json.loads(json.dumps(data))
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator(schema).validate(plain)


def test_the_schema_is_written_to_a_file(tmp_path: Path) -> None:
    """`--out` writes what is printed without it."""
    done = geoplan("schema", "--out", tmp_path / "study.schema.json")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "study.schema.json").read_text(encoding="utf-8")) == study_schema()
