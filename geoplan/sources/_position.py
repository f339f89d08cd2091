"""Where a layer's rows stand: into the working CRS, mended, and checked against the study area."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geoplan.area import StudyArea
from geoplan.errors import Findings
from geoplan.sources._given import Given
from geoplan.sources._messages import finding
from geoplan.sources._zones import wrong_zone
from geoplan.sources.datum import coordinates, parse_crs, source_crs, to_crs

NEAR_M = 1000.0  # further out than this is a wrong place, not a rough boundary
Rows = npt.NDArray[np.intp]


def locate(
    given: Given, datum: str | None, crs: Any, area: StudyArea, findings: Findings, *, through: bool = False
) -> gpd.GeoDataFrame | None:
    """The geometries of a layer in `area.crs`, one row each as given; None if its datum or CRS is unusable.

    Rows whose geometry is missing, whose axes are swapped or that lie more than 1 km outside the study area
    are errors, and are absent from what is returned; invalid outlines are mended and counted. With `through`
    (rivers, railways) rows may lie outside as long as one touches the area.
    """
    source = declared(given, datum, crs, findings)
    if source is None:
        return None
    shapes = present(given, findings)
    shapes = shapes.set_crs(source, allow_override=True)
    if wrong_zone(shapes, given.file, findings):
        return None
    shapes = _not_swapped(shapes, given, area, findings)
    before = len(findings)
    moved = to_crs(shapes, datum or "", area.crs, given.file, findings)
    if len(findings.items[before:]) and any(f.severity == "error" for f in findings.items[before:]):
        return None
    moved = mend(moved, given, findings)
    shapes = shapes.loc[moved.index]
    _check_inside(moved, shapes, given, area, findings, through)
    if not through:
        _check_size(moved, given, area, findings)
        _note_doubts(moved, shapes, given, findings)
    return moved


def declared(given: Given, datum: str | None, crs: Any, findings: Findings) -> Any:
    stated = parse_crs(crs, given.file, findings) if crs else None
    if crs and stated is None:
        return None
    if given.crs is None and stated is None and given.word == "feature":
        findings.add(finding("GP-V005", given.file))
        return None
    if stated is not None and given.crs is not None and stated != given.crs:
        names = (stated.name, given.crs.name)
        findings.add(finding("GP-D009", given.file, "crs", severity="note", crs=names[0], given=names[1]))
    return source_crs(datum, stated or given.crs, given.file, findings)


def present(given: Given, findings: Findings) -> gpd.GeoDataFrame:
    """The rows that have a geometry; a table's missing coordinates were named when it was read."""
    shapes = given.frame.geometry
    empty = (shapes.isna() | shapes.is_empty).to_numpy()
    if given.word == "feature":
        for row in np.flatnonzero(empty):
            findings.add(finding("GP-V001", given.file, given.place(int(row))))
    return gpd.GeoDataFrame(geometry=shapes[~empty])


def _say(code: str, given: Given, shapes: gpd.GeoDataFrame, rows: Rows, findings: Findings, **fields: Any) -> None:
    """One finding a row; a fault of every row is said once."""
    if len(rows) == len(shapes) > 1:
        first = coordinates(shapes.geometry.iloc[0])
        findings.add(finding(code, given.file, f"all {len(rows)} rows", first, count=len(rows), **fields))
        return
    for row in rows:
        place = f"{given.word} {shapes.index[row]}"
        findings.add(finding(code, given.file, place, coordinates(shapes.geometry.iloc[row]), **fields))


def _not_swapped(shapes: gpd.GeoDataFrame, given: Given, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """The rows whose axes are not swapped: those that lie in the area's bounds, or do not if turned over."""
    back = pyproj.Transformer.from_crs(area.crs, shapes.crs, always_xy=True)
    pad = 0.03 if shapes.crs.is_geographic else 3000.0
    left, low, right, high = back.transform_bounds(*area.boundary.bounds)
    bounds = shapes.bounds.to_numpy()
    x, y = (
        bounds[:, 0] / 2 + bounds[:, 2] / 2,
        bounds[:, 1] / 2 + bounds[:, 3] / 2,
    )  # halves first: 1e308 does not overflow

    def inside(east: Any, north: Any) -> Any:
        across = (left - pad <= east) & (east <= right + pad)
        return across & (low - pad <= north) & (north <= high + pad)

    swapped = ~inside(x, y) & inside(y, x)
    _say("GP-V003", given, shapes, np.flatnonzero(swapped), findings)
    return shapes[~swapped]


def mend(shapes: gpd.GeoDataFrame, given: Given, findings: Findings) -> gpd.GeoDataFrame:
    """Invalid geometries made valid by `shapely.make_valid`, each a repair with its area before and after.

    Of a polygon only polygons are kept; one of which nothing is left is an error.
    """
    values = shapes.geometry.to_numpy().copy()
    for row in np.flatnonzero(~shapely.is_valid(values)):
        place, old = f"{given.word} {shapes.index[row]}", values[row]
        values[row] = new = _polygons(shapely.make_valid(old)) if old.area or "Polygon" in old.geom_type else old
        if new.is_empty:
            findings.add(finding("GP-V001", given.file, place))
            continue
        before, after = f"{old.area:.1f}", f"{new.area:.1f}"
        findings.add(finding("GP-V002", given.file, place, severity="repair", before=before, after=after))
    mended = shapes.set_geometry(gpd.GeoSeries(values, index=shapes.index, crs=shapes.crs))
    return mended[~shapely.is_empty(values)]


def _polygons(shape: Any) -> Any:
    parts = [p for p in shapely.get_parts(shapely.get_parts(shape)) if p.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _check_inside(
    moved: gpd.GeoDataFrame,
    shapes: gpd.GeoDataFrame,
    given: Given,
    area: StudyArea,
    findings: Findings,
    through: bool,
) -> None:
    places = moved.geometry.to_numpy() if through else shapely.point_on_surface(moved.geometry.to_numpy())
    shapely.prepare(area.boundary)
    far = np.flatnonzero(~shapely.dwithin(area.boundary, places, NEAR_M))
    if through and len(far) < len(moved):
        return
    distances = shapely.distance(area.boundary, places[far])
    if len(far) == len(moved) > 1:
        _say("GP-V004", given, shapes, far, findings, km=f"{distances.min() / 1000:.0f}")
        return
    for row, distance in zip(far, distances, strict=True):
        _say("GP-V004", given, shapes, np.array([row]), findings, km=f"{distance / 1000:.0f}")


def _check_size(moved: gpd.GeoDataFrame, given: Given, area: StudyArea, findings: Findings) -> None:
    for row in np.flatnonzero(moved.area.to_numpy() > area.boundary.area * 1.001):
        value = f"{moved.area.iloc[row]:.0f} m²"
        findings.add(finding("GP-V007", given.file, f"{given.word} {moved.index[row]}", value))


def _note_doubts(moved: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame, given: Given, findings: Findings) -> None:
    """What may be right but looks wrong: two rows at one place, coordinates rounded to a kilometre."""
    again = np.flatnonzero(moved.geometry.to_wkb().duplicated().to_numpy())
    if len(again):
        place = f"{given.word} {moved.index[again[0]]}"
        findings.add(finding("GP-V008", given.file, place, severity="note", count=len(again)))
    points = shapely.get_coordinates(shapes.geometry.to_numpy())
    coarse = shapes.crs.is_geographic and len(points) > 2 and np.array_equal(points, points.round(2))
    if coarse:
        findings.add(finding("GP-V009", given.file, severity="note", count=len(shapes)))
