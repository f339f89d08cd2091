"""Vector layers: GeoPackage, GeoJSON, Shapefile, GeoParquet, and tables with coordinate columns."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pyproj
import shapely

from geoplan.errors import Findings
from geoplan.sources._aliases import LATITUDES, LONGITUDES
from geoplan.sources._files import TABLES, VECTORS, local, reading
from geoplan.sources._given import Given
from geoplan.sources._messages import finding, nearest, refuse
from geoplan.sources._parse import numbers
from geoplan.sources._shapefile import check_parts, encoding_of
from geoplan.sources.tables import read_table

MAX_FEATURES = 5_000_000
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
    counts features from 1. `layer` names the layer or sheet if there are several; `encoding` the encoding of
    a Shapefile or CSV; `crs` stands in for a CRS that the file does not declare. Drivers are chosen by ending
    and checked by content. Raises `InputError` for whatever cannot be read.
    """
    where, file = local(path, VECTORS + TABLES), str(path)
    ending = where.suffix.lower()
    if ending in TABLES:
        return read_table(path, findings, layer, encoding)
    if ending == ".parquet":
        frame = _read_parquet(where, file)
    else:
        frame = _read_ogr(where, file, layer, encoding, crs, findings)
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


def _read_ogr(
    where: Path, file: str, layer: str | None, encoding: str | None, crs: Any, findings: Findings
) -> Any:
    form = FORMS.get(where.suffix.lower(), "GeoJSON")
    options: dict[str, Any] = {}
    if form == "Shapefile":
        check_parts(where, file, crs is not None)
        options["encoding"] = encoding_of(where, file, encoding, findings)
    elif form == "GeoPackage":
        options["layer"] = choose_layer(where, file, layer)
    else:
        _check_json(where, file)
    with reading(file, form), warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        count = pyogrio.read_info(where, layer=options.get("layer"), force_feature_count=True)["features"]
        if count > MAX_FEATURES:
            refuse("GP-F008", file, given=f"{count} features", limit=MAX_FEATURES)
        frame = pyogrio.read_dataframe(where, force_2d=True, on_invalid="ignore", use_arrow=False, **options)
    texts = {str(r.message) for r in remarks if "on_invalid" not in str(r.message)}
    findings.add(*(finding("GP-F018", file, severity="note", remark=t) for t in sorted(texts)))
    return frame


def layers_of(path: str | Path) -> list[str]:
    """The names of the spatial layers of a GeoPackage."""
    where = local(path, (".gpkg",))
    with reading(str(path), "GeoPackage"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [str(name) for name, kind in pyogrio.list_layers(where) if kind is not None]


def choose_layer(where: Path, file: str, layer: str | None) -> str:
    """The layer of a GeoPackage that is meant; raises if there is none of this name, or several and none named."""
    names = layers_of(where)
    if layer is None and len(names) > 1:
        refuse("GP-F015", file, value=", ".join(names), things="layers", things_zh="图层")
    if not names:
        refuse("GP-V011", file)
    if layer is not None and layer not in names:
        refuse("GP-F016", file, value=layer, thing="layer", thing_zh="图层", **nearest(layer, names))
    return layer or names[0]


def _check_json(where: Path, file: str) -> None:
    """Whole JSON with features: GDAL reads the first part of a file that is cut short and stays silent."""
    with reading(file, "GeoJSON"):
        content = json.loads(where.read_text(encoding="utf-8-sig"))
    if not isinstance(content, dict) or content.get("type") not in ("FeatureCollection", "Feature"):
        refuse("GP-F006", file, format="GeoJSON")
    if content["type"] == "FeatureCollection" and not content.get("features"):
        refuse("GP-T105", file)


def _read_parquet(where: Path, file: str) -> Any:
    import pyarrow.parquet as pq

    with reading(file, "GeoParquet"):
        head = pq.read_metadata(where)
        count, spatial = head.num_rows, b"geo" in (head.metadata or {})
        if count > MAX_FEATURES:
            refuse("GP-F008", file, given=f"{count} features", limit=MAX_FEATURES)
        if not spatial:
            refuse("GP-V011", file)
        frame = gpd.read_parquet(where)
        return frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)


def place_points(given: Given, columns: Mapping[str, str], crs: Any, findings: Findings) -> Given:
    """A table's rows as points, from the columns that `columns` names lon and lat, else from a known pair.

    Known pairs: 经度/纬度, lon/lat, lng/lat, longitude/latitude, x/y. Cells must be numbers; a row without a
    coordinate is an error and gets an empty geometry.
    """
    names = [_axis(given, columns, axis, known, findings) for axis, known in AXES.items()]
    if None in names:
        return given
    x, y = (numbers(given, str(name), findings, None) for name in names)
    blank = [any(given.texts(str(n))[i] is None for n in names) for i in range(len(x))] if _has_gaps(x, y) else []
    for i in (i for i, missing in enumerate(blank) if missing):
        findings.add(finding("GP-V006", given.file, given.place(i, f"{names[0]}, {names[1]}")))
    points = gpd.GeoSeries(gpd.points_from_xy(x, y), index=given.frame.index)
    points[x.isna() | y.isna()] = None
    frame = gpd.GeoDataFrame(given.frame.drop(columns=list(dict.fromkeys(names))), geometry=points)
    return Given(given.file, frame, given.word, pyproj.CRS.from_user_input(crs) if crs else None)


AXES = {"lon": LONGITUDES, "lat": LATITUDES}


def _has_gaps(x: pd.Series, y: pd.Series) -> bool:
    return bool((x.isna() | y.isna()).any())


def _axis(
    given: Given, columns: Mapping[str, str], axis: str, known: tuple[str, ...], findings: Findings
) -> str | None:
    """The column of an axis; an error with the nearest name if there is none."""
    if axis in columns and columns[axis] in given.names:
        return columns[axis]
    found = [n for k in known for n in given.names if n.casefold() == k]
    if axis in columns or not found:
        wanted = columns.get(axis, axis)
        findings.add(finding("GP-T104", given.file, "row 1", wanted, **nearest(wanted, given.names)))
        return None
    return found[0]
