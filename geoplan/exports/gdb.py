"""Layers as a file geodatabase (FileGDB), with titles for layers and columns, in the working CRS."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio

from geoplan.exports import gpkg
from geoplan.exports.words import aliases, layer_title
from geoplan.result import Result

NAME = "layers.gdb"
TITLE = b"GDAL:OGR:alternative_name"  # the key by which GDAL takes the title of a column from Arrow
SMALL = np.iinfo(np.int32)
LONGEST = 60  # characters of a column's name, of the 64 that the format has
RESERVED = {
    "add", "alter", "and", "between", "by", "column", "create", "delete", "drop", "exists", "for", "from", "group", "in", "insert",
    "into", "is", "like", "not", "null", "objectid", "or", "order", "select", "set", "shape", "table", "update", "values", "where",
}  # fmt: skip
MANY = {"Point": "Point", "LineString": "MultiLineString", "Polygon": "MultiPolygon"}


def write_layers(result: Result, folder: Path) -> None:
    """Write `layers.gdb` with every layer and table of the GeoPackage.

    The format knows no yes and no: 1 and 0 stand for them; a column named as a word of SQL gets a _ after it. It keeps no clock here, and its ids are counted, not drawn, so that the
    same result gives the same bytes.
    """
    path = folder / NAME
    shutil.rmtree(path, ignore_errors=True)
    pyogrio.set_gdal_config_options({"OPENFILEGDB_REPRODUCIBLE_UUID": "YES"})
    try:
        for name, frame in {**gpkg.drawn(result), **gpkg.listed(result)}.items():
            _write_layer(result, name, frame, path)
    finally:
        pyogrio.set_gdal_config_options({"OPENFILEGDB_REPRODUCIBLE_UUID": None})


def _write_layer(result: Result, name: str, frame: pd.DataFrame, path: Path) -> None:
    placed = isinstance(frame, gpd.GeoDataFrame)
    table = pa.table(pd.DataFrame(frame.drop(columns="geometry", errors="ignore")).apply(_typed))
    titles = aliases(result, name, table.column_names)
    fields = [field.with_metadata({TITLE: titles[field.name].encode()}) for field in table.schema]
    table = table.cast(pa.schema(fields)).rename_columns(named(table.column_names))
    about = {"LAYER_ALIAS": layer_title(result, name, gpkg.demand_layer(result))}
    if placed:
        table = table.append_column("geometry", pa.array(frame.geometry.to_wkb(), pa.binary()))
        sort = frame.geom_type.str.removeprefix("Multi").iloc[0]
        about |= {"geometry_name": "geometry", "geometry_type": MANY[sort], "crs": frame.crs.to_wkt()}
    pyogrio.write_arrow(table, path, layer=name, driver="OpenFileGDB", **about)


def named(columns: list[str]) -> list[str]:
    """Names that the format takes: letters, digits and _, no word of SQL, no two the same; titles keep what was said.

    >>> named(["between", "名称", "1 a/b", "a", "A"])
    ['between_', '名称', '_1_a_b', 'a', 'A_2']
    """
    made: list[str] = []
    for column in columns:
        name = re.sub(r"\W", "_", column)[:LONGEST]
        name = f"_{name}" if not name or name[0].isdigit() else name
        name = f"{name}_" if name.lower() in RESERVED else name
        again = sum(name.lower() == other.lower() for other in made)
        made.append(f"{name}_{again + 1}" if again else name)
    return made


def _typed(column: pd.Series) -> pd.Series:
    """A column as the format has it: whole numbers of 32 bits where they fit, else real numbers; all that is mixed as text."""
    if pd.api.types.is_bool_dtype(column) and not column.hasnans:
        return column.astype("int32")
    if pd.api.types.is_integer_dtype(column):
        fits = column.dropna().between(SMALL.min, SMALL.max).all()
        return column.astype("Int32" if fits else "Float64")
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("Float64") if pd.api.types.is_extension_array_dtype(column) else column
    known = column[column.notna()]
    if len(known) and known.map(lambda v: isinstance(v, (bool, np.bool_))).all():
        return column.map(lambda v: None if pd.isna(v) else int(v)).astype("Int32")
    return column.astype(object).map(lambda v: None if pd.isna(v) else str(v)).astype("string")
