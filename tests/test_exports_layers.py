"""The exported layers open again, styled, and hold what the result holds."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from geoplan import plugins
from geoplan.exports import csv, geojson
from geoplan.exports.qml import Class, categories
from geoplan.result import CAUSES, Result
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
    "facilities",
}


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
    """All layers, each in the CRS that the study computes in."""
    found = {str(name) for name, kind in pyogrio.list_layers(package) if kind is not None}
    assert found == LAYERS
    assert {pyogrio.read_info(package, layer=name)["crs"] for name in found} == {"EPSG:4547"}


def test_residential_areas_hold_the_gap_account(package: Path, result: Result) -> None:
    """The causes of the layer sum to the account of the result, and its names are the given ones."""
    layer = gpd.read_file(package, layer="residential_areas")
    sums = {cause: round(float(layer[cause].sum()), 3) for cause in CAUSES}
    assert sums == pytest.approx(result.numbers["gap_account"])
    assert layer["population"].sum() == result.numbers["population_total"]
    assert set(HOSTILE) <= set(layer["name"])


def test_the_plan_layer_holds_its_cost_and_its_verdicts_as_json(package: Path, result: Result) -> None:
    """Cost and sites are those of the plan; the list of verdicts can be read back."""
    layer = gpd.read_file(package, layer="plan")
    assert layer["cost"].sum() == result.numbers["plan"]["cost"]
    assert list(layer["option_id"]) == result.numbers["plan"]["sites"]
    assert [v["outcome"] for v in json.loads(layer["verdicts"].iloc[0])] == ["pass", "pass"]


def test_each_layer_has_a_default_style_that_names_columns_it_has(package: Path) -> None:
    """The style table is registered; every style is XML and draws a column of its layer."""
    with sqlite3.connect(package) as connection:
        rows = connection.execute("SELECT f_table_name, styleQML, useAsDefault FROM layer_styles").fetchall()
        kind = connection.execute("SELECT data_type FROM gpkg_contents WHERE table_name='layer_styles'").fetchone()
    connection.close()
    assert kind == ("attributes",)
    assert {name for name, _, _ in rows} == LAYERS
    assert all(default == 1 for _, _, default in rows)
    for name, qml, _ in rows:
        renderer = ElementTree.fromstring(qml).find("renderer-v2")
        assert renderer is not None
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
    assert styled == LAYERS - {"plan"}


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
    assert pd.isna(back.loc["c", "value"])


def test_geojson_is_in_degrees_and_keeps_the_ids(result: Result, tmp_path: Path) -> None:
    """Facilities come back in WGS-84 within a metre of where they are, under their ids."""
    geojson.write(result.facilities, tmp_path / "f.geojson")
    back = gpd.read_file(tmp_path / "f.geojson").to_crs(result.facilities.crs)
    assert list(back["id"]) == list(result.facilities.index)
    assert (back.geometry.distance(result.facilities.geometry.reset_index(drop=True)) < 1).all()
