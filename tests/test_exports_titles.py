"""Every layer, table and column of the GIS files has a title in the language of the study, and no text in them breaks a file."""

from __future__ import annotations

import csv as csv_reader
import hashlib
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

import geoplan as gp
from geoplan import plugins
from geoplan.errors import CheckFailed
from geoplan.exports import csv as layers_csv
from geoplan.exports import gdb, geojson, gpkg, qgs, recommended, words
from geoplan.result import Result
from geoplan.study import manifest
from tests import town
from tests.browser.many import many_options
from tests.sample import sample_result

CHINESE = re.compile(r"[\u4e00-\u9fff]")
LONG = "长" * 40_000
NAMES = ("=1+1", "<script>alert(1)</script>", "光明\x07小区", LONG, "甲\u202e乙\u202c", "a\x00b", "]]>&amp;\"'")
SPOKEN = [*NAMES[:5], "a\ufffdb", NAMES[6]]


@pytest.fixture(scope="module")
def hostile() -> Result:
    """The sample with hostile names for areas, facilities and options, in its plan too."""
    result = sample_result("zh")

    def named(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.assign(name=[NAMES[i % len(NAMES)] for i in range(len(frame))])

    return replace(
        result, study="a\x07<b>&\u202e", demand=named(result.demand), facilities=named(result.facilities),
        options=named(result.options), chosen=named(result.chosen),
    )  # fmt: skip


def write_all(result: Result, folder: Path) -> Path:
    """Every GIS file of a result, those on request too."""
    for name in ("layers.gpkg", "layers.qgs", "recommended_sites.csv"):
        plugins.output(name)(result, folder / name)
    (folder / "layers").mkdir()
    for form in plugins.ON_REQUEST:
        plugins.on_request(form)(result, folder / "layers")
    return folder


@pytest.fixture(scope="module")
def folder(hostile: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the hostile result, written once."""
    return write_all(hostile, tmp_path_factory.mktemp("gis"))


def rows_of(package: Path, sql: str) -> list[tuple[str, ...]]:
    """The rows of a query."""
    with closing(sqlite3.connect(package)) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("many", [False, True])
def test_every_column_has_a_title_of_its_own(language: str, many: bool) -> None:
    """In each layer and table every column is called something else than its short name, and no two the same."""
    result = many_options(options=180, farmland=9) if many else sample_result("zh")
    result = replace(result, language=language)  # type: ignore[arg-type]
    titles = gpkg.columns(result)
    assert len(titles) > 15
    for layer, own in titles.items():
        assert len(set(own.values())) == len(own), layer
        for column, title in own.items():
            assert title != column, f"{layer}.{column}"
            assert "{" not in title, f"{layer}.{column}"
            assert "[" not in title, f"{layer}.{column}"
            assert bool(CHINESE.search(title)) == (language == "zh"), f"{layer}.{column}: {title}"


def test_a_column_of_the_users_own_keeps_its_name() -> None:
    """A column that the catalogue does not know is called as the user calls it."""
    result = sample_result("zh")
    own = replace(result, facilities=result.facilities.assign(计划开办年份=2030))
    assert gpkg.columns(own)["facilities"]["计划开办年份"] == "计划开办年份"


def test_titles_of_layers_are_in_the_language_and_differ() -> None:
    """Each layer has a title; no two the same."""
    for language in ("zh", "en"):
        result = replace(many_options(options=180, farmland=9), language=language)
        names = list(gpkg.columns(result))
        titles = [words.layer_title(result, name, gpkg.demand_layer(result)) for name in names]
        assert len(set(titles)) == len(names)
        assert all(bool(CHINESE.search(title)) == (language == "zh") for title in titles)


def test_the_package_holds_the_titles_twice(folder: Path, hostile: Result) -> None:
    """Titles stand in the extension gpkg_schema, which GDAL reads, and in the aliases of every style, which old QGIS reads."""
    package = folder / "layers.gpkg"
    stored: dict[str, dict[str, str]] = {}
    for table, column, title in rows_of(package, "SELECT table_name, column_name, title FROM gpkg_data_columns"):
        stored.setdefault(table, {})[column] = title
    assert stored == gpkg.columns(hostile)
    for layer, qml in rows_of(package, "SELECT f_table_name, styleQML FROM layer_styles"):
        found = {a.get("field"): a.get("name") for a in ElementTree.fromstring(qml).iter("alias")}
        assert found == stored[layer]
    extensions = rows_of(package, "SELECT table_name FROM gpkg_extensions WHERE extension_name = 'gpkg_schema'")
    assert sorted(extensions) == [("gpkg_data_column_constraints",), ("gpkg_data_columns",)]
    assert arrow_titles(package, "facilities") == stored["facilities"]


def arrow_titles(path: Path, layer: str) -> dict[str, str]:
    """The titles of columns as GDAL hands them out."""
    _, table = pyogrio.read_arrow(path, layer=layer)
    return {f.name: f.metadata[gdb.TITLE].decode() for f in table.schema if f.metadata and gdb.TITLE in f.metadata}


def test_the_geodatabase_keeps_titles(folder: Path, hostile: Result) -> None:
    """FileGDB has the layers and tables of the package with the titles of layers and columns; a reserved name gets a mark."""
    path = folder / "layers" / gdb.NAME
    titles = gpkg.columns(hostile)
    assert {str(name) for name, _ in pyogrio.list_layers(path)} == set(titles)
    for layer, own in titles.items():
        found = dict(zip(gdb.named(list(own)), own.values(), strict=True))
        assert arrow_titles(path, layer) == found
        about = pyogrio.read_info(path, layer=layer)["layer_metadata"]
        assert about["ALIAS_NAME"] == words.layer_title(hostile, layer, gpkg.demand_layer(hostile))
        assert pyogrio.read_info(path, layer=layer)["features"] > 0
    assert "between_" in pyogrio.read_info(path, layer="severed_pairs")["fields"]


def expected(count: int) -> list[str]:
    """The names that a file of so many rows is to give back."""
    return [SPOKEN[i % len(SPOKEN)] for i in range(count)]


@pytest.mark.parametrize("file", ["layers.gpkg", "layers/layers.gdb"])
@pytest.mark.parametrize("layer", ["residential_areas", "facilities", "options", "recommended_sites"])
def test_hostile_names_come_back(folder: Path, file: str, layer: str) -> None:
    """Formulas, markup, control signs, 40,000 letters and turned writing are data; only the sign 0 becomes U+FFFD."""
    names = list(pyogrio.read_dataframe(folder / file, layer=layer)["name"])
    assert names == expected(len(names))


def test_hostile_names_come_back_from_geojson(folder: Path) -> None:
    """GeoJSON holds the same names, in degrees, and has no member crs, as RFC 7946 asks."""
    path = folder / "layers" / "residential_areas.geojson"
    names = list(gpd.read_file(path)["name"])
    assert names == expected(len(names))
    assert '"crs"' not in path.read_text(encoding="utf-8")
    west, south, east, north = gpd.read_file(path).total_bounds
    assert 114 < west < east < 115
    assert 36 < south < north < 38


def csv_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV with their titles."""
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    csv_reader.field_size_limit(10**6)
    return list(csv_reader.DictReader(raw.decode("utf-8-sig").splitlines(keepends=True)))


def test_hostile_names_come_back_from_csv_without_a_formula(folder: Path) -> None:
    """CSV has Chinese titles, the names as they are, and a ' before what would compute."""
    names = [row["名称"] for row in csv_rows(folder / "layers" / "residential_areas.csv")]
    assert names == [layers_csv.guarded(name) for name in expected(len(names))]
    for path in (folder / "layers").glob("*.csv"):
        for row in csv_rows(path):
            assert not any(v.startswith(("=", "@")) for v in row.values()), path.name


def test_the_project_is_xml_and_finds_its_layers(folder: Path, hostile: Result) -> None:
    """Every layer of the package stands once in the project, by a relative path, with its renderer and the CRS in full."""
    root = ElementTree.fromstring((folder / "layers.qgs").read_text(encoding="utf-8"))
    assert root.findtext("title") == f"a\ufffd<b>&\ufffd · {hostile.scenario_title}"
    sources = [layer.findtext("datasource") or "" for layer in root.iter("maplayer")]
    there = {str(name) for name, _ in pyogrio.list_layers(folder / "layers.gpkg")} - {"layer_styles"}
    assert sorted(sources) == sorted(f"./layers.gpkg|layername={name}" for name in there)
    assert {e.get("source") for e in root.iter("layer-tree-layer")} == set(sources)
    assert root.findtext("properties/Paths/Absolute") == "false"
    assert root.findtext("projectCrs/spatialrefsys/authid") == "EPSG:4547"
    assert "4547" in (root.findtext("projectCrs/spatialrefsys/wkt") or "")
    styles = dict(rows_of(folder / "layers.gpkg", "SELECT f_table_name, styleQML FROM layer_styles"))
    for layer in root.iter("maplayer"):
        own, stored = (
            layer.find("renderer-v2"),
            ElementTree.fromstring(styles[(layer.findtext("id") or "").removeprefix("geoplan_")]).find("renderer-v2"),
        )
        assert canonical(own) == canonical(stored)


def canonical(element: ElementTree.Element | None) -> str | None:
    """An element as text whose indents do not matter."""
    return None if element is None else ElementTree.canonicalize(ElementTree.tostring(element), strip_text=True)


def test_points_stand_above_areas(folder: Path) -> None:
    """In the order of the project no layer of areas covers recommended sites or facilities, and the units lie lowest."""
    root = ElementTree.fromstring((folder / "layers.qgs").read_text(encoding="utf-8"))
    order = [e.get("id", "").removeprefix("geoplan_") for e in root.iter("layer-tree-layer")]
    sorts = {(e.findtext("id") or "").removeprefix("geoplan_"): e.get("geometry") for e in root.iter("maplayer")}
    placed = [name for name in order if sorts[name] != "No geometry"]
    first_area = next(i for i, name in enumerate(placed) if sorts[name] == "Polygon")
    assert max(placed.index(name) for name in ("recommended_sites", "facilities", "options")) < first_area
    assert placed[-1] == "units"


def hashes(folder: Path) -> dict[str, str]:
    """The hash of every file below a folder."""
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_two_writes_give_the_same_bytes(folder: Path, hostile: Result, tmp_path: Path) -> None:
    """Package, project, table, GeoJSON, CSV and even the geodatabase are byte for byte the same."""
    assert hashes(write_all(hostile, tmp_path)) == hashes(folder)


def test_recommended_sites_are_the_plan(folder: Path, hostile: Result) -> None:
    """Ids, places and money of the table are those of the plan; what is unknown is empty, never 0."""
    table = pyogrio.read_dataframe(folder / "layers.gpkg", layer="recommended_sites")
    plan = hostile.plan
    assert plan is not None
    assert list(table["id"]) == list(plan.sites)
    assert table["cost"].sum() == pytest.approx(hostile.numbers["plan"]["cost"])
    assert table["places"].sum() == pytest.approx(hostile.numbers["plan"]["places"])
    bands = [f"places_{band}" for band in hostile.service.band_ids]
    assert list(table[bands].sum(axis=1)) == list(table["places"])
    assert table["county"].notna().all()
    rows = csv_rows(folder / "recommended_sites.csv")
    assert [row["项目编号"] for row in rows] == list(plan.sites)
    assert sum(float(row["一次性投资（元）"]) for row in rows) == pytest.approx(plan.cost)


def test_an_area_that_is_not_known_stays_empty() -> None:
    """Land of unknown size is missing in the table of recommended sites."""
    result = sample_result("zh")
    table = recommended.sites(replace(result, chosen=result.chosen.assign(land_m2=float("nan"))))
    assert table["land_m2"].isna().all()


def test_the_year_is_the_phase_in_which_a_site_opens() -> None:
    """Where the plan has phases the year is the phase, not the first one possible."""
    result = sample_result("zh")
    table = recommended.sites(replace(result, chosen=result.chosen.assign(phase=2031)))
    assert set(table["year"]) == {2031}


def test_a_plan_that_builds_nothing_gives_titles_only(tmp_path: Path) -> None:
    """Without a plan the table has its titles and no row, and the project no such layer."""
    result = sample_result("zh", planned=False)
    recommended.write(result, tmp_path / "r.csv")
    assert csv_rows(tmp_path / "r.csv") == []
    assert "项目编号" in (tmp_path / "r.csv").read_text(encoding="utf-8-sig")
    qgs.write(result, tmp_path / "layers.qgs")
    assert "recommended_sites" not in (tmp_path / "layers.qgs").read_text(encoding="utf-8")


def test_further_formats_hold_every_row(folder: Path, hostile: Result) -> None:
    """A file for each layer with as many rows as the layer has; for tables CSV too."""
    for name, frame in gpkg.drawn(hostile).items():
        assert pyogrio.read_info(folder / "layers" / f"{name}.geojson")["features"] == len(frame)
    for name, frame in {**gpkg.drawn(hostile), **gpkg.listed(hostile)}.items():
        assert len(csv_rows(folder / "layers" / f"{name}.csv")) == len(frame)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town run with all further formats asked for."""
    base = tmp_path_factory.mktemp("asked")
    text = town.STUDY.split("scenarios:")[0] + "report: { also: [geojson, gdb, csv] }\n"
    gp.run(gp.load_study(town.build(base, text)), out=base / "out", only=["base"])
    return base / "out" / "base"


def test_a_study_that_asks_for_further_formats_gets_them(asked: Path) -> None:
    """The folder layers holds the three formats; the manifest lists every file of it by its path, and verify agrees."""
    files = manifest.read_manifest(asked)["files"]
    assert {"layers/facilities.geojson", "layers/facilities.csv", "layers/layers.gdb/gdb"} <= set(files)
    assert set(files) == set(hashes(asked)) - {"manifest.json"}
    assert manifest.verify(asked)["facilities"] == 3


def test_verify_sees_what_was_changed_in_a_folder(asked: Path) -> None:
    """A changed, an added and a lost file below a folder are each found."""
    path = asked / "layers" / "facilities.csv"
    before = path.read_bytes()
    path.write_bytes(before + b"x")
    with pytest.raises(CheckFailed, match="changed"):
        manifest.verify(asked)
    path.unlink()
    with pytest.raises(CheckFailed, match=r"layers/facilities\.csv"):
        manifest.verify(asked)
    path.write_bytes(before)
    (asked / "layers" / "layers.gdb" / "odd").write_bytes(b"")
    with pytest.raises(CheckFailed, match=r"layers/layers\.gdb/odd"):
        manifest.verify(asked)
    (asked / "layers" / "layers.gdb" / "odd").unlink()
    manifest.verify(asked)


def test_a_layer_alone_is_geojson(tmp_path: Path) -> None:
    """A frame whose index has no name is written too."""
    result = sample_result("zh")
    geojson.write(result.reach, tmp_path / "reach.geojson")
    assert len(gpd.read_file(tmp_path / "reach.geojson")) == len(result.reach)


def test_a_table_under_its_titles_loses_no_column() -> None:
    """Titles replace short names one for one."""
    result = sample_result("zh")
    table = pd.DataFrame(gpkg.drawn(result)["options"].drop(columns="geometry"))
    assert len(set(layers_csv.titled(result, "options", table).columns)) == len(table.columns)
