"""Vector layers: GeoPackage, GeoJSON, Shapefile, GeoParquet, and tables with coordinate columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geoplan.errors import Findings
from geoplan.sources import budgets
from geoplan.sources._aliases import LATITUDES, LONGITUDES
from geoplan.sources._child import ask
from geoplan.sources._columns import check_unpacked
from geoplan.sources._files import TABLES, VECTORS, local, reading
from geoplan.sources._given import Given
from geoplan.sources._messages import finding, nearest, refuse
from geoplan.sources._parse import numbers
from geoplan.sources._shapefile import check_parts, encoding_of
from geoplan.sources.tables import read_table

AXES = {"lon": LONGITUDES, "lat": LATITUDES}
FORMS = {".gpkg": "GeoPackage", ".shp": "Shapefile", ".parquet": "GeoParquet"}


def read_vector(
    path: str | Path,
    findings: Findings,
    layer: str | None = None,
    encoding: str | None = None,
    crs: Any = None,
) -> Given:
    """The layer in a GeoPackage, GeoJSON, Shapefile, GeoParquet, CSV or XLSX file, as given.

    The frame has the file's own columns and, but for tables (see `place_points`), a `geometry`; its index
    counts features from 1. `layer` names the layer or sheet if there are several; `encoding` that of a
    Shapefile or CSV; `crs` stands in for a CRS that the file does not declare. Drivers are chosen by ending
    and checked by content. Raises `InputError` for whatever cannot be read.
    """
    where, file = local(path, VECTORS + TABLES), str(path)
    ending = where.suffix.lower()
    if ending in TABLES:
        return read_table(path, findings, layer, encoding)
    if ending == ".parquet":
        frame = _read_parquet(where, file)
    else:
        options = open_options(where, file, layer, encoding, crs, findings)
        frame = _read_ogr(where, file, options, findings)
    if not isinstance(frame, gpd.GeoDataFrame):
        refuse("GP-V011", file, value=layer or "")
    return as_given(frame, file)


def as_given(frame: gpd.GeoDataFrame, file: str) -> Given:
    """A GeoDataFrame as a file would give it: features counted from 1, the geometry in a column of that name."""
    if frame.empty:
        refuse("GP-T105", file)
    named = frame if frame.active_geometry_name == "geometry" else frame.rename_geometry("geometry")
    counted = named.set_axis(pd.RangeIndex(1, len(named) + 1), axis=0)
    return Given(file, counted, "feature", frame.crs)


def open_options(
    where: Path, file: str, layer: str | None, encoding: str | None, crs: Any, findings: Findings
) -> dict[str, Any]:
    """What GDAL is to be told, after the checks that each format needs."""
    ending = where.suffix.lower()
    if ending == ".shp":
        check_parts(where, file, crs is not None)
        return {"encoding": encoding_of(where, file, encoding, findings)}
    if ending == ".gpkg":
        return {"layer": choose_layer(where, file, layer)}
    _check_json(where, file)
    return {}


def _read_ogr(where: Path, file: str, options: dict[str, Any], findings: Findings) -> Any:
    with reading(file, FORMS.get(where.suffix.lower(), "GeoJSON")):
        found = ask("layer", where, file, options)
    findings.add(*(finding("GP-F018", file, severity="note", remark=text) for text in found["remarks"]))
    return found["frame"]


def layers_of(path: str | Path) -> list[str]:
    """The names of the spatial layers of a GeoPackage."""
    where = local(path, (".gpkg",))
    with reading(str(path), "GeoPackage"):
        return [name for name, kind in ask("layers", where, str(path)) if kind is not None]


def choose_layer(where: Path, file: str, layer: str | None) -> str:
    """The layer of a GeoPackage that is meant; raises if it is not there, or several and none named."""
    names = layers_of(where)
    if layer is None and len(names) > 1:
        refuse("GP-F015", file, value=", ".join(names), things="layers", things_zh="图层")
    if not names:
        refuse("GP-V011", file)
    if layer is not None and layer not in names:
        refuse("GP-F016", file, value=layer, thing="layer", thing_zh="图层", **nearest(layer, names))
    return layer or names[0]


def _check_json(where: Path, file: str) -> None:
    """Whole GeoJSON with features: GDAL would open other JSON through drivers that are not on the list."""
    if (size := where.stat().st_size) > budgets.TEXT_BYTES:
        refuse("GP-F008", file, given=f"{size} bytes", limit=budgets.TEXT_BYTES)
    with reading(file, "GeoJSON"):
        data = where.read_bytes()
        if (lists := data.count(b"[")) > budgets.JSON_LISTS:
            refuse("GP-F008", file, given=f"{lists} lists", limit=budgets.JSON_LISTS)
        content = json.loads(data.decode("utf-8-sig"), object_hook=_outline)
    if not isinstance(content, tuple) or content[0] not in ("FeatureCollection", "Feature"):
        refuse("GP-F006", file, format="GeoJSON")
    if content == ("FeatureCollection", False):
        refuse("GP-T105", file)


def _outline(thing: dict[str, Any]) -> tuple[Any, bool]:
    """Of an object its type, and whether it holds features: its positions are let go of as soon as they are read."""
    return thing.get("type"), bool(thing.get("features"))


def _read_parquet(where: Path, file: str) -> Any:
    import pyarrow.parquet as pq

    with reading(file, "GeoParquet"):
        head = pq.read_metadata(where)
        count, spatial = head.num_rows, b"geo" in (head.metadata or {})
        if count > budgets.FEATURES:
            refuse("GP-F008", file, given=f"{count} features", limit=budgets.FEATURES)
        if not spatial:
            refuse("GP-V011", file)
        check_unpacked(where, file)
        frame = gpd.read_parquet(where)
        for column in frame.columns.drop(frame.active_geometry_name):
            frame[column].to_numpy(object)  # broken text would otherwise show only where it is used
        return frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)


def place_points(given: Given, columns: Mapping[str, str], findings: Findings, *, all_placed: bool = True) -> Given:
    """A table's rows as points, from the columns that `columns` names lon and lat, else from a known pair.

    Known pairs: 经度/纬度, lon/lat, lng/lat, longitude/latitude, x/y. Cells must be numbers; a row without a
    coordinate gets no geometry, and is an error if `all_placed`.
    """
    lon, lat = (_axis(given, columns, axis, findings) for axis in AXES)
    if lon is None or lat is None:
        return given
    x, y = (numbers(given, name, findings, None) for name in (lon, lat))
    for i, cells in enumerate(zip(given.texts(lon), given.texts(lat), strict=True)):
        if None in cells and all_placed:
            findings.add(finding("GP-V006", given.file, given.place(i, f"{lon}, {lat}")))
    points = gpd.GeoSeries(gpd.points_from_xy(x, y), index=given.frame.index)
    points[x.isna() | y.isna()] = None
    frame = gpd.GeoDataFrame(given.frame.drop(columns=list({lon, lat})), geometry=points)
    return replace(given, frame=frame)


def _axis(given: Given, columns: Mapping[str, str], axis: str, findings: Findings) -> str | None:
    """The column of an axis; an error with the nearest name if there is none."""
    named = columns.get(axis, "")
    found = [named] if named else [n for k in AXES[axis] for n in given.names if n.casefold() == k]
    if found and found[0] in given.names:
        return found[0]
    hint = nearest(named or axis, given.names, *AXES[axis])
    findings.add(finding("GP-T104", given.file, "row 1", named or axis, **hint))
    return None
