"""Datums: GCJ-02 and BD-09 to WGS 84 and back, and any layer to the working CRS.

CGCS2000 and WGS 84 agree to decimetres and are treated as one. GCJ-02 and BD-09 exist inside China only:
points outside the rectangle of `in_china` are not shifted. What would be wrong in silence is refused.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geoplan.errors import Findings
from geoplan.sources._messages import finding

Degrees = npt.NDArray[np.float64]
Pair = tuple[Degrees, Degrees]

DATUMS = {"cgcs2000": "EPSG:4490", "wgs84": "EPSG:4326", "gcj02": "EPSG:4326", "bd09": "EPSG:4326"}
LEGACY = ("xian", "xi'an", "beijing", "北京", "西安")
A = 6378245.0  # Krassowsky 1940, as the public formula of GCJ-02 has it
EE = 0.00669342162296594323
ROUNDS = 12  # each leaves about 1/100 of the error; a fixed number keeps rows independent


def in_china(lon: Any, lat: Any) -> npt.NDArray[np.bool_]:
    """Whether points lie where the public formulas shift: 72.004–137.8347° E, 0.8293–55.8271° N."""
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    return np.asarray((lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271), bool)


def _waves(x: Degrees) -> Degrees:
    return np.asarray(20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3


def _gcj02(lon: Degrees, lat: Degrees) -> Pair:
    pi, x, y = np.pi, lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + _waves(x)
    north += (20 * np.sin(pi * y) + 40 * np.sin(pi / 3 * y)) * 2 / 3
    north += (160 * np.sin(pi / 12 * y) + 320 * np.sin(pi / 30 * y)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + _waves(x)
    east += (20 * np.sin(pi * x) + 40 * np.sin(pi / 3 * x)) * 2 / 3
    east += (150 * np.sin(pi / 12 * x) + 300 * np.sin(pi / 30 * x)) * 2 / 3
    radians = np.radians(lat)
    w2 = 1 - EE * np.sin(radians) ** 2
    degree_north = A * (1 - EE) / (w2 * np.sqrt(w2)) * pi / 180
    degree_east = A / np.sqrt(w2) * np.cos(radians) * pi / 180
    return lon + east / degree_east, lat + north / degree_north


def _bd09(lon: Degrees, lat: Degrees) -> Pair:
    turn = np.pi * 3000 / 180
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * turn)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * turn)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _inverse(shift: Any, lon: Degrees, lat: Degrees) -> Pair:
    """The point whose shift is (lon, lat), by fixed-point iteration."""
    x, y = lon, lat
    for _ in range(ROUNDS):
        there_x, there_y = shift(x, y)
        x, y = x + (lon - there_x), y + (lat - there_y)
    return x, y


def _in_china_only(convert: Any, lon: Any, lat: Any) -> Pair:
    lon, lat = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    inside = in_china(lon, lat)
    x, y = lon.copy(), lat.copy()
    x[inside], y[inside] = convert(lon[inside], lat[inside])
    return x, y


def wgs84_to_gcj02(lon: Any, lat: Any) -> Pair:
    """WGS 84 (or CGCS2000) to GCJ-02, arrays of degrees to arrays of degrees, by the public formula.

    Source: the formula published with the eviltransform code; about 540 m at Xingtai. Outside China nothing
    is shifted.

    >>> lon, lat = wgs84_to_gcj02([114.5], [37.07])
    >>> float(lon[0].round(6)), float(lat[0].round(6))
    (114.505925, 37.070491)
    """
    return _in_china_only(_gcj02, lon, lat)


def gcj02_to_wgs84(lon: Any, lat: Any) -> Pair:
    """GCJ-02 to WGS 84, the exact inverse by iteration (to 1e-12 degrees).

    >>> lon, lat = gcj02_to_wgs84(*wgs84_to_gcj02([114.5], [37.07]))
    >>> float(lon[0].round(9)), float(lat[0].round(9))
    (114.5, 37.07)
    """
    return _in_china_only(lambda x, y: _inverse(_gcj02, x, y), lon, lat)


def gcj02_to_bd09(lon: Any, lat: Any) -> Pair:
    """GCJ-02 to BD-09 by the public formula, arrays of degrees to arrays of degrees.

    >>> lon, lat = gcj02_to_bd09([114.5], [37.07])
    >>> bool(lon[0] > 114.5)
    True
    """
    return _in_china_only(_bd09, lon, lat)


def bd09_to_gcj02(lon: Any, lat: Any) -> Pair:
    """BD-09 to GCJ-02, the exact inverse by iteration.

    >>> lon, lat = bd09_to_gcj02(*gcj02_to_bd09([114.5], [37.07]))
    >>> float(lon[0].round(9)), float(lat[0].round(9))
    (114.5, 37.07)
    """
    return _in_china_only(lambda x, y: _inverse(_bd09, x, y), lon, lat)


def wgs84_to_bd09(lon: Any, lat: Any) -> Pair:
    """WGS 84 to BD-09, through GCJ-02."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: Any, lat: Any) -> Pair:
    """BD-09 to WGS 84, through GCJ-02."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def parse_crs(crs: Any, file: str, findings: Findings) -> Any:
    """A CRS from a code or definition; None and a finding if there is none of this name."""
    try:
        return pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        findings.add(finding("GP-D007", file, "crs", crs))
        return None


def source_crs(datum: str | None, declared: Any, file: str, findings: Findings) -> Any:
    """The CRS that a layer's coordinates are in, from its datum and what it declares; None if unusable.

    Finds a missing or unknown datum, a legacy datum (Xian 1980, Beijing 1954) without parameters, and GCJ-02
    or BD-09 with projected coordinates.
    """
    if datum not in DATUMS:
        findings.add(finding("GP-D002" if datum else "GP-D001", file, "datum", datum or ""))
        return None
    crs = parse_crs(declared or DATUMS[datum], file, findings)
    if crs is None:
        return None
    if not crs.is_bound and not _modern(crs):
        findings.add(finding("GP-D003", file, "crs", crs.to_string(), name=crs.name))
        return None
    if datum in ("gcj02", "bd09") and not crs.is_geographic:
        findings.add(finding("GP-D004", file, "datum", datum, datum=datum))
        return None
    return crs


def _modern(crs: pyproj.CRS) -> bool:
    """Whether a CRS stands on a datum that agrees with WGS 84 to about a metre, as its ellipsoid tells."""
    base = crs.geodetic_crs
    if base is None or base.ellipsoid is None or any(word in base.name.casefold() for word in LEGACY):
        return False
    shape = base.ellipsoid
    return bool(shape.semi_major_metre == 6378137.0 and abs(shape.inverse_flattening - 298.257) < 0.01)


def to_crs(frame: gpd.GeoDataFrame, datum: str, crs: Any, file: str, findings: Findings) -> gpd.GeoDataFrame:
    """The layer in the working CRS; rows that do not come out finite are errors, named by the frame's index.

    `frame` holds lon/lat in `datum` (cgcs2000, wgs84, gcj02, bd09), or is in a projected CRS on CGCS2000 or
    WGS 84. Problems go into `findings`; the frame is returned unmoved if its datum or CRS cannot be used.

    >>> points = gpd.GeoDataFrame(geometry=gpd.points_from_xy([114.505925], [37.070491]), index=["F-1"])
    >>> moved = to_crs(points, "gcj02", "EPSG:4547", "a.csv", Findings())
    >>> moved.geometry.x.round(0).tolist()
    [544465.0]
    """
    source = source_crs(datum, frame.crs, file, findings)
    if source is None:
        return frame
    if frame.crs == crs and not len(broken_rows(frame.geometry.to_numpy())):
        return frame
    unshift = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}.get(datum)
    project = _projection(source, crs)
    shapes = frame.geometry.to_numpy()

    def move(x: Degrees, y: Degrees) -> Any:
        return project(*unshift(x, y)) if unshift else project(x, y)

    if unshift:
        _note_abroad(shapes, datum, file, findings)
    if _not_degrees(frame, source, file, findings):
        return frame
    moved = shapely.transform(shapely.force_2d(shapes), move, interleaved=False) if len(shapes) else shapes
    for row in broken_rows(moved):
        findings.add(finding("GP-D005", file, f"row {frame.index[row]}", coordinates(shapes[row])))
    return frame.set_geometry(gpd.GeoSeries(moved, index=frame.index, crs=crs))


def _projection(source: pyproj.CRS, crs: Any) -> Any:
    """From one CRS to another; by way of WGS 84 if the first holds its own parameters, which lead there only."""
    if not source.is_bound:
        return pyproj.Transformer.from_crs(source, crs, always_xy=True).transform
    to_wgs84 = pyproj.Transformer.from_crs(source, "EPSG:4326", always_xy=True).transform
    onward = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform
    return lambda x, y: onward(*to_wgs84(x, y))


def broken_rows(shapes: Any) -> list[int]:
    """The positions of geometries with a coordinate that is not finite."""
    points, rows = shapely.get_coordinates(shapes, return_index=True)
    return [int(r) for r in np.unique(rows[~np.isfinite(points).all(axis=1)])]


def coordinates(shape: Any) -> str:
    """The first coordinate of a geometry, as a message shows it: "114.5, 37.07"."""
    points = shapely.get_coordinates(shape)
    return f"{points[0][0]:.10g}, {points[0][1]:.10g}" if len(points) else ""


def _note_abroad(shapes: Any, datum: str, file: str, findings: Findings) -> None:
    points, rows = shapely.get_coordinates(shapes, return_index=True)
    abroad = len(np.unique(rows[~in_china(points[:, 0], points[:, 1])]))
    if abroad:
        findings.add(finding("GP-D006", file, f"{abroad} rows", severity="note", count=abroad, datum=datum))


def _not_degrees(frame: gpd.GeoDataFrame, source: pyproj.CRS, file: str, findings: Findings) -> bool:
    """Metres that are labelled as degrees: said once, for they are hardly ever the fault of one row."""
    if not source.is_geographic:
        return False
    points, rows = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    far = np.isfinite(points).all(axis=1) & ((np.abs(points[:, 0]) > 360) | (np.abs(points[:, 1]) > 90))
    wrong = np.unique(rows[far])
    if len(wrong):
        place = f"row {frame.index[wrong[0]]}" + (f" and {len(wrong) - 1} more" if len(wrong) > 1 else "")
        first = coordinates(frame.geometry.iloc[wrong[0]])
        findings.add(finding("GP-D008", file, place, first, count=len(wrong)))
    return bool(len(wrong))
