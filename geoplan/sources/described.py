"""What a file holds, before anyone has said what it is for: its layers, shapes, columns, rows, and the datum if it can be known."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from geoplan.errors import Finding, Findings, InputError, Text
from geoplan.sources import _grids
from geoplan.sources._aliases import LATITUDES, LONGITUDES
from geoplan.sources._child import ask
from geoplan.sources._files import FORMATS, GRIDS, TABLES, local, reading
from geoplan.sources._given import Given
from geoplan.sources._messages import refuse
from geoplan.sources._parse import numbers
from geoplan.sources._zones import three_degree_zone
from geoplan.sources.datum import source_crs
from geoplan.sources.tables import read_table
from geoplan.sources.vectors import layers_of, open_options, read_vector

Bounds = tuple[float, float, float, float]
SAMPLE = 200  # rows are looked at; all are counted
STREET_GRAPHS = {".pbf": "osm", ".osm": "osm", ".graphml": "graph"}
KINDS = {"Point": "point", "LineString": "line", "LinearRing": "line", "Polygon": "polygon"}


@dataclass(frozen=True, eq=False)
class Described:
    """One layer of a file. `shapes` are point, line, polygon, or one of table, grid, osm and graph; `given` holds its first rows.

    `rows` is None where they are not counted; `declared` says whether the file itself says its CRS; `bounds` are in its own
    coordinates; `trouble` is what must be mended or stated before it can be read.
    """

    path: Path
    shapes: frozenset[str]
    given: Given
    layer: str | None = None
    rows: int | None = None
    crs: Any = None
    declared: bool = False
    bounds: Bounds | None = None
    trouble: Finding | None = None

    @property
    def name(self) -> str:
        """What tells its role: the name of the layer where a file holds several, else that of the file."""
        return self.layer or self.path.stem.removesuffix(".osm")

    @property
    def degrees(self) -> bool:
        """Whether its coordinates can only be degrees."""
        if self.crs is not None:
            return bool(self.crs.is_geographic)
        return self.bounds is not None and bool(np.abs(self.bounds).max() <= 180)


def describe(path: Path) -> list[Described]:
    """Every layer of a file; raises `InputError` with the reason where it cannot be used.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "a.csv").write_text("编号,经度,纬度\\n1,114.5,37.1\\n", encoding="utf-8")
    ...     found = describe(Path(folder) / "a.csv")[0]
    >>> sorted(found.shapes), found.rows, found.bounds, known_datum(found)[0]
    (['point'], 1, (114.5, 37.1, 114.5, 37.1), None)
    """
    where = local(path, tuple(FORMATS))
    ending = where.suffix.lower()
    if ending in STREET_GRAPHS:
        return [Described(path, frozenset({STREET_GRAPHS[ending]}), Given(str(path), pd.DataFrame()))]
    if ending in GRIDS:
        return [_grid(path)]
    if ending in TABLES:
        return [_table(path, read_table(path, Findings()))]
    if ending == ".parquet":
        return [_parquet(path)]
    names = layers_of(path) if ending == ".gpkg" else [None]
    if not names:
        refuse("GP-V011", str(path))
    several = len(names) > 1
    return [_vector(path, name, several) for name in names]


def _grid(path: Path) -> Described:
    with _grids.opened(path, lambda _grid, _file: None) as grid:
        crs, bounds, cells = pyproj.CRS(grid.crs.to_wkt()), _plain(grid.bounds), grid.width * grid.height
    return Described(path, frozenset({"grid"}), Given(str(path), pd.DataFrame()), None, cells, crs, True, bounds)


def _table(path: Path, given: Given) -> Described:
    """A table: points where it has a pair of coordinate columns."""
    axes = axes_of(given)
    if not axes:
        return Described(path, frozenset({"table"}), given, rows=len(given.frame))
    x, y = (numbers(given, name, Findings(), None).dropna() for name in axes)
    bounds = _plain((x.min(), y.min(), x.max(), y.max())) if len(x) and len(y) else None
    return Described(path, frozenset({"point"}), given, rows=len(given.frame), bounds=bounds)


def axes_of(given: Given) -> tuple[str, ...]:
    """The two columns of a table that hold longitude and latitude (or easting and northing), if it has both."""
    pairs = [[n for k in known for n in given.names if n.casefold() == k] for known in (LONGITUDES, LATITUDES)]
    return (pairs[0][0], pairs[1][0]) if given.word == "row" and all(pairs) else ()


def _parquet(path: Path) -> Described:
    import pyarrow.parquet as pq

    with reading(str(path), "Parquet"):
        said = (pq.read_metadata(path).metadata or {}).get(b"geo")
    if said is None:
        return _table(path, read_table(path, Findings()))
    given = read_vector(path, Findings())
    with reading(str(path), "GeoParquet"):
        about = json.loads(said)
        declared = bool(about["columns"][about["primary_column"]].get("crs"))
    frame = given.frame
    bounds = _plain(frame.total_bounds)
    return Described(path, _shapes(path, frame), given, None, len(frame), given.crs, declared, bounds)


def _plain(bounds: Iterable[float]) -> Bounds:
    west, south, east, north = map(float, bounds)
    return west, south, east, north


def _vector(path: Path, layer: str | None, several: bool) -> Described:
    """A layer that GDAL reads: counted whole, looked at in its first rows."""
    file, trouble, crs = str(path), None, None
    try:
        options = open_options(path, file, layer, None, None, Findings())
    except InputError as error:
        if [f.code for f in error.findings] != ["GP-F020"]:
            raise
        trouble, crs = error.findings[0], "EPSG:4490"  # only the .prj is missing: the study can state the CRS
        options = open_options(path, file, layer, None, crs, Findings())
    with reading(file, path.suffix[1:]):
        info = ask("first_rows", path, file, options, SAMPLE)
    sample = info["frame"]
    if not info["features"]:
        refuse("GP-T105", file)
    if not isinstance(sample, gpd.GeoDataFrame):
        refuse("GP-V011", file, value=layer or "")
    given = Given(file, sample.set_axis(pd.RangeIndex(1, len(sample) + 1), axis=0), "feature", sample.crs)
    named = layer if several else None
    declared = sample.crs is not None and not _by_default(path)
    bounds = _plain(info["bounds"])
    return Described(path, _shapes(path, sample), given, named, info["features"], sample.crs, declared, bounds, trouble)


def _by_default(path: Path) -> bool:
    """Whether a GeoJSON says no CRS: then it counts as WGS 84, whatever it was made from."""
    if path.suffix.lower() not in (".geojson", ".json"):
        return False
    with reading(str(path), "GeoJSON"):
        return "crs" not in json.loads(path.read_text(encoding="utf-8-sig"))


def _shapes(path: Path, frame: gpd.GeoDataFrame) -> frozenset[str]:
    kinds = {KINDS[k] for t in frame.geom_type.dropna().unique() if (k := str(t).removeprefix("Multi")) in KINDS}
    if not kinds:
        refuse("GP-V011", str(path))
    return frozenset(kinds)


def known_datum(layer: Described) -> tuple[str | None, Text]:
    """The datum of a layer and how it is known; None where only whoever made it can say.

    Degrees without a declared CRS may be CGCS2000, WGS 84, GCJ-02 or BD-09, which lie up to 700 m apart.
    """
    if "osm" in layer.shapes:
        return "wgs84", Text("OpenStreetMap is in WGS 84", "OpenStreetMap 采用 WGS 84")
    if layer.crs is None and layer.bounds is not None and not layer.degrees:
        return "cgcs2000", Text("metres, as GCJ-02 and BD-09 never are", "坐标以米计，不会是 GCJ-02 或 BD-09")
    if layer.crs is None or not layer.declared:
        return None, Text(
            "degrees, and the file does not say on which datum: from a survey cgcs2000, from GPS wgs84, picked from "
            "Amap or Tencent gcj02, from Baidu bd09",
            "坐标为经纬度，而文件未注明基准：测绘成果为 cgcs2000，GPS 为 wgs84，取自高德、腾讯为 gcj02，取自百度为 bd09",
        )
    base = (layer.crs.geodetic_crs or layer.crs).name.casefold()
    name = layer.crs.to_string() if len(layer.crs.to_string()) < 20 else layer.crs.name
    said = Text(f"the file says {name}", f"文件注明 {name}")
    if "2000" in base or not layer.crs.is_geographic:
        return ("cgcs2000" if "2000" in base else "wgs84"), said
    doubt = Text(
        "; if it was picked from a web map after all, write gcj02 or bd09", "；若实际取自网络地图，请改为 gcj02 或 bd09"
    )
    return "wgs84", Text(said.en + doubt.en, said.zh + doubt.zh)


def unusable_crs(layer: Described) -> Iterator[Finding]:
    """Why a declared CRS cannot be used as it is, such as Xian 1980 without parameters."""
    found = Findings()
    if layer.crs is not None:
        source_crs("cgcs2000", layer.crs, str(layer.path), found)
    yield from found


def working_crs(layer: Described) -> tuple[str | None, Text]:
    """A projected CRS in metres to work in, for the area: its own, else the Gauss-Krüger or UTM zone of its middle.

    None where the area does not say where it lies.
    """
    crs = layer.crs
    metric = crs is not None and crs.is_projected and all(a.unit_name == "metre" for a in crs.axis_info)
    if metric and crs.to_epsg():
        return f"EPSG:{crs.to_epsg()}", Text(f"that of the area: {crs.name}", f"边界图层的坐标系：{crs.name}")
    if layer.bounds is None or (crs is not None and not crs.is_geographic) or not layer.degrees:
        return None, Text("projected, in metres, such as EPSG:4547", "须为以米计的投影坐标系，如 EPSG:4547")
    west, south, east, north = layer.bounds
    code, middle = three_degree_zone((west + east) / 2), f"{(west + east) / 2:.2f}"
    if code:
        central = 75 + 3 * (code - three_degree_zone(75.0))
        return f"EPSG:{code}", Text(
            f"3-degree Gauss-Krüger CM {central}E on CGCS2000: the area's middle is {middle}° E",
            f"CGCS2000 三度带，中央经线 {central}°E：边界中心经度为 {middle}°",
        )
    utm = (32600 if south + north >= 0 else 32700) + int(((west + east) / 2 + 180) // 6) % 60 + 1
    return f"EPSG:{utm}", Text(f"UTM zone of the area's middle, {middle}°", f"边界中心（经度 {middle}°）所在的 UTM 带")
