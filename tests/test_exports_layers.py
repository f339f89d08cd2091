"""The exported layers open again, styled, and hold what the result holds."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from geoplan import plugins
from geoplan.exports import csv, geojson, tables
from geoplan.exports.qml import Class, categories
from geoplan.result import CAUSES, Result
from tests.browser.many import many_options
from tests.sample import HOSTILE, sample_result

LAYERS = {
    "reach_on_foot",
    "severed_pairs",
    "joining",
    "units",
    "residential_areas",
    "gap_areas",
    "options",
    "plan",
    "recommended_sites",
    "facilities",
    "controls",
    "hazards",
}
TABLES = {"compliance", "refusals", "suitability", "obligations", "field_checks", "land"}


@pytest.fixture(scope="module")
def result() -> Result:
    """The sample in Chinese."""
    return sample_result("zh")


@pytest.fixture(scope="module")
def package(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The GeoPackage, written once."""
    path = tmp_path_factory.mktemp("layers") / "layers.gpkg"
    plugins.output("layers.gpkg")(result, path)
    return path


def test_all_layers_are_there_in_the_working_crs(package: Path, result: Result) -> None:
    """All layers, each in the CRS that the study computes in, and the tables without a place."""
    listed = [(str(name), kind) for name, kind in pyogrio.list_layers(package)]
    found = {name for name, kind in listed if kind is not None}
    assert found == LAYERS
    assert {name for name, kind in listed if kind is None} == {*TABLES, "layer_styles"}
    assert {pyogrio.read_info(package, layer=name)["crs"] for name in found} == {"EPSG:4547"}


def test_residential_areas_hold_the_gap_account(package: Path, result: Result) -> None:
    """The causes of the layer sum to the account of the result, and its names are the given ones."""
    layer = gpd.read_file(package, layer="residential_areas")
    sums = {cause: round(float(layer[cause].sum()), 3) for cause in CAUSES}
    assert sums == pytest.approx(result.numbers["gap_account"])
    assert layer["population"].sum() == result.numbers["population_total"]
    assert set(HOSTILE) <= set(layer["name"])


def test_the_plan_layer_holds_its_cost(package: Path, result: Result) -> None:
    """Cost and sites are those of the plan."""
    layer = gpd.read_file(package, layer="plan")
    assert layer["cost"].sum() == result.numbers["plan"]["cost"]
    assert list(layer["option_id"]) == result.numbers["plan"]["sites"]


def test_options_name_what_they_fail_and_what_is_not_known(package: Path, result: Result) -> None:
    """The texts of an option name as many standards as its verdicts have, by title; no cell holds a record."""
    layer = gpd.read_file(package, layer="options").set_index("option_id")
    for option, verdicts in result.options["verdicts"].items():
        for column, outcome in (("failed", "fail"), ("unknown", "unknown")):
            expected = [
                result.text(result.service.standards[v.standard].title) for v in verdicts if v.outcome == outcome
            ]
            assert [x for x in layer.loc[option, column].split("; ") if x] == expected
    assert (
        not layer.astype(str)
        .apply(lambda c: c.str.startswith(("[", "(")) & c.str.contains("standard"))
        .to_numpy()
        .any()
    )


def test_the_compliance_table_is_every_verdict(package: Path, result: Result) -> None:
    """One row a verdict, with its outcome; what is not known has no measured value, and nothing that may not be cited a clause."""
    table = pyogrio.read_dataframe(package, layer="compliance")
    expected = [(o, v.standard, v.outcome, v.force) for o, many in result.options["verdicts"].items() for v in many]
    assert list(table[["option_id", "standard", "outcome", "force"]].itertuples(index=False, name=None)) == expected
    assert (table["measured"].isna() == (table["outcome"] == "unknown")).all()
    cited = {s.id: s.cited for s in result.service.standards.values()}
    assert (table["clause"].fillna("") == "")[~table["standard"].map(cited)].all()


def test_tables_without_a_place_hold_the_rows_of_the_result(package: Path, result: Result) -> None:
    """As many rows as the result's tables have, in the language of the study, registered as attributes."""
    for name in TABLES - {"compliance"}:
        assert len(pyogrio.read_dataframe(package, layer=name)) == len(getattr(result, name)), name
    assert set(pyogrio.read_dataframe(package, layer="field_checks")["title"]) <= {
        "所在楼层",
        "与加油站距离",
        "独立出入口",
    }
    with sqlite3.connect(package) as connection:
        kinds = dict(connection.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall())
    connection.close()
    assert {name for name, kind in kinds.items() if kind == "attributes"} == {*TABLES, "layer_styles"}


def test_missing_stays_missing_in_the_tables(package: Path, result: Result) -> None:
    """A value that the result does not know is empty in the file, never 0."""
    table = pyogrio.read_dataframe(package, layer="obligations")
    assert list(table["given"].isna()) == list(result.obligations["given"].isna())
    assert table["given"].isna().any()


def test_each_sort_of_geometry_has_a_layer_of_its_own(tmp_path: Path) -> None:
    """Areas to search and hazards that are lines or areas are layers beside the points, each with a style; all options stay points."""
    many = many_options(options=180, farmland=9)
    plugins.output("layers.gpkg")(many, tmp_path / "layers.gpkg")
    kinds = {str(name): kind for name, kind in pyogrio.list_layers(tmp_path / "layers.gpkg") if kind is not None}
    assert kinds["options"] == kinds["plan"] == kinds["hazards"] == "Point"
    assert kinds["hazard_lines"] == "LineString"
    assert kinds["search_areas"] == kinds["hazard_areas"] == kinds["controls"] == "Polygon"
    assert pyogrio.read_info(tmp_path / "layers.gpkg", layer="options")["features"] == len(many.options)
    with sqlite3.connect(tmp_path / "layers.gpkg") as connection:
        styles = dict(connection.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall())
    connection.close()
    assert {name for name, qml in styles.items() if "<renderer-v2" in qml} == set(kinds)
    looks = [looks_of(symbol) for symbol in ElementTree.fromstring(styles["options"]).iter("symbol")]
    assert len(set(looks)) == len(looks) == len(many.service.options)


def looks_of(symbol: ElementTree.Element) -> tuple[str | None, ...]:
    """The colour and shape of a marker."""
    options = {o.get("name"): o.get("value") for o in symbol.iter("Option")}
    return options["color"], options["name"]


def test_the_verdicts_of_a_prefecture_are_written_in_seconds(tmp_path: Path) -> None:
    """100,000 verdicts become one table, and writing them takes less than 20 s on a busy office computer."""
    table = tables.compliance(many_options(options=3000))
    start = time.perf_counter()
    pyogrio.write_dataframe(table, tmp_path / "c.gpkg", layer="compliance", driver="GPKG", use_arrow=True)
    assert time.perf_counter() - start < 20
    assert pyogrio.read_info(tmp_path / "c.gpkg")["features"] == len(table) > 99_000


def test_each_layer_has_a_default_style_that_names_columns_it_has(package: Path) -> None:
    """The style table is registered; every style is XML and draws a column of its layer; a table's style has titles only."""
    with sqlite3.connect(package) as connection:
        rows = connection.execute("SELECT f_table_name, styleQML, useAsDefault FROM layer_styles").fetchall()
        kind = connection.execute("SELECT data_type FROM gpkg_contents WHERE table_name='layer_styles'").fetchone()
    connection.close()
    assert kind == ("attributes",)
    assert {name for name, _, _ in rows} == LAYERS | TABLES
    assert all(default == 1 for _, _, default in rows)
    for name, qml, _ in rows:
        renderer = ElementTree.fromstring(qml).find("renderer-v2")
        assert (renderer is None) == (name in TABLES)
        if renderer is None:
            continue
        columns = set(pyogrio.read_info(package, layer=name)["fields"])
        attribute = renderer.get("attr")
        assert attribute is None or attribute in columns or "wanted" in columns & set(attribute.split('"'))


def test_the_same_result_gives_the_same_bytes(package: Path, result: Result, tmp_path: Path) -> None:
    """Writing twice gives equal files."""
    plugins.output("layers.gpkg")(result, tmp_path / "layers.gpkg")
    assert (tmp_path / "layers.gpkg").read_bytes() == package.read_bytes()


def test_a_study_without_a_plan_has_no_plan_layer(tmp_path: Path) -> None:
    """An empty table is left out, with its style."""
    plugins.output("layers.gpkg")(sample_result(planned=False), tmp_path / "layers.gpkg")
    with sqlite3.connect(tmp_path / "layers.gpkg") as connection:
        styled = {row[0] for row in connection.execute("SELECT f_table_name FROM layer_styles")}
    connection.close()
    assert styled == (LAYERS | TABLES) - {"plan", "recommended_sites"}


def test_labels_of_a_style_are_data() -> None:
    """A label that looks like markup stays a label."""
    qml = categories("kind", [Class('a"b', "</category><x>", "0,0,0")], "marker")
    category = ElementTree.fromstring(qml).find(".//category")
    assert category is not None
    assert (category.get("value"), category.get("label")) == ('a"b', "</category><x>")


def test_csv_has_a_byte_order_mark_and_no_formula(result: Result, tmp_path: Path) -> None:
    """Excel reads the Chinese, and a name that looks like a formula is guarded; numbers stay numbers."""
    frame = pd.DataFrame({"name": [*HOSTILE[:4], "-1+2"], "value": [-1.5, 2.0, None, 0.0, 1.0]}, index=list("abcde"))
    csv.write(frame.rename_axis("id"), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(tmp_path / "t.csv", index_col="id")
    assert back.loc["d", "name"] == "'" + HOSTILE[3]
    assert back.loc["e", "name"] == "'-1+2"
    assert back["value"].tolist()[:2] == [-1.5, 2.0]
    assert back["value"].isna()["c"]


def test_geojson_is_in_degrees_and_keeps_the_ids(result: Result, tmp_path: Path) -> None:
    """Facilities come back in WGS-84 within a metre of where they are, under their ids."""
    geojson.write(result.facilities, tmp_path / "f.geojson")
    back = gpd.read_file(tmp_path / "f.geojson").to_crs(result.facilities.crs)
    assert list(back["id"]) == list(result.facilities.index)
    assert (back.geometry.distance(result.facilities.geometry.reset_index(drop=True)) < 1).all()
