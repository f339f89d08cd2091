"""Surroundings: how far sites are from what lies around them, how much of them lies inside it, and how wide they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely import STRtree

from geoplan.errors import UsageError

NOISE_M2 = 0.1  # an overlap below this comes of coordinates rounded by another program, not of the ground
SMALLEST_M2 = 1.0  # an area below this is taken as the point that it stands for
BESIDE_M = 1.0  # how much of the polygons round a point on their common edge is looked at

Shapes = npt.NDArray[Any]


def nearest_m(sites: gpd.GeoSeries, around: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.Series:
    """Metres from the whole of each site to the nearest feature; 0 where they touch or overlap.

    Missing for a site without geometry, and for all where there is no feature. Raises `UsageError` if the CRS differ.

    >>> from shapely import Point
    >>> sites = gpd.GeoSeries([Point(0, 0), Point(0, 9)], index=["a", "b"])
    >>> nearest_m(sites, gpd.GeoSeries([Point(3, 4)])).round(2).to_dict()
    {'a': 5.0, 'b': 5.83}
    """
    same_crs(sites, around)
    shapes, found = sites.to_numpy(), np.full(len(sites), np.nan)
    features = present(around.geometry.to_numpy())
    if len(features):
        rows, metres = STRtree(features).query_nearest(shapes, all_matches=False, return_distance=True)
        found[rows[0]] = metres
    return pd.Series(found, index=sites.index)


def share_inside(sites: gpd.GeoSeries, areas: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.Series:
    """The share of each site that lies inside any of the areas, from 0 to 1.

    Area inside ÷ area of the site for polygons (length for lines); 1 or 0 for points, of which one on the outer boundary is outside.
    Less than 0.1 m² inside counts as nothing, less than 0.1 m² outside as all inside. Areas that overlap each other count
    once. Missing for a site without geometry. Raises `UsageError` if the CRS differ.

    >>> from shapely import Point, box
    >>> sites = gpd.GeoSeries([box(0, 0, 10, 10), Point(5, 5), Point(8, 5)], index=["half", "edge", "in"])
    >>> share_inside(sites, gpd.GeoSeries([box(5, 0, 20, 10), box(6, 0, 20, 10)])).to_dict()
    {'half': 0.5, 'edge': 0.0, 'in': 1.0}
    """
    same_crs(sites, areas)
    shapes = _as_judged(sites.to_numpy())
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    share = _share(shapes, present(areas.geometry.to_numpy()))
    return pd.Series(np.where(missing, np.nan, share), index=sites.index)


def width_m(sites: gpd.GeoSeries) -> pd.Series:
    """The shorter side of the smallest rectangle, turned as it may be, round each site, in metres; missing for what has no area.

    >>> from shapely import Point, box
    >>> width_m(gpd.GeoSeries([box(0, 0, 30, 12), Point(0, 0)])).tolist()
    [12.0, nan]
    """
    shapes = sites.to_numpy()
    wide = np.full(len(shapes), np.nan)
    areal = np.flatnonzero(shapely.area(shapes) > 0)
    corners = shapely.get_coordinates(shapely.oriented_envelope(shapes[areal])).reshape(len(areal), 5, 2)
    sides = np.diff(corners[:, :3], axis=1)
    wide[areal] = np.hypot(sides[..., 0], sides[..., 1]).min(axis=1)
    return pd.Series(wide, index=sites.index)


def same_crs(one: gpd.GeoDataFrame | gpd.GeoSeries, other: gpd.GeoDataFrame | gpd.GeoSeries) -> None:
    """Raise `UsageError` if two frames that are to be compared stand in different coordinate systems."""
    if one.crs is not None and other.crs is not None and one.crs != other.crs:
        raise UsageError(f"sites are in {one.crs.name}, what lies around them in {other.crs.name}")


def present(shapes: Shapes) -> Shapes:
    """The shapes that are there: neither missing nor empty."""
    kept: Shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    return kept


def pieces(shapes: Shapes, areas: Shapes) -> Shapes:
    """What each area shares with the shape beside it; the area is first cut to the bounds of the shape, so that one with thousands of
    corners costs little more than one with few.

    >>> from shapely import box
    >>> pieces(np.array([box(0, 0, 2, 2)]), np.array([box(1, 0, 9, 9)]))[0].area
    2.0
    """
    bounds = shapely.bounds(shapes) + BESIDE_M * np.array([-1, -1, 1, 1])
    near = [shapely.clip_by_rect(area, *b) for area, b in zip(areas, bounds, strict=True)]
    shared: Shapes = shapely.intersection(shapes, shapely.make_valid(np.array(near, dtype=object)))
    return shared


def by_row(rows: npt.NDArray[np.int64], shapes: Shapes) -> Iterator[tuple[int, Shapes]]:
    """Each row with the shapes that stand beside it, in the order of the rows.

    >>> [(row, len(mine)) for row, mine in by_row(np.array([5, 2, 5]), np.array([None, None, None]))]
    [(2, 1), (5, 2)]
    """
    order = np.argsort(rows, kind="stable")
    found, start = np.unique(rows[order], return_index=True)
    yield from zip(found.tolist(), np.split(shapes[order], start[1:]), strict=False)


def _as_judged(shapes: Shapes) -> Shapes:
    """The shapes, with areas too small to measure as the point that they stand for."""
    small = (shapely.get_dimensions(shapes) == 2) & (shapely.area(shapes) < SMALLEST_M2)
    judged: Shapes = shapes.copy()
    judged[small] = shapely.point_on_surface(shapes[small])
    return judged


def _share(shapes: Shapes, areas: Shapes) -> npt.NDArray[np.float64]:
    """The shares inside: prepared areas find the sites that they meet, and each site is cut with its own few areas."""
    share = np.zeros(len(shapes))
    area, site = STRtree(shapes).query(areas, predicate="intersects")
    points = shapely.get_dimensions(shapes[site]) == 0
    _cut(share, shapes, areas[area[~points]], site[~points])
    inside = points & shapely.contains(areas[area], shapes[site])
    share[site[inside]] = 1.0
    beside = points & (share[site] == 0)
    _beside(share, shapes, areas[area[beside]], site[beside])
    return share


def _cut(share: npt.NDArray[np.float64], shapes: Shapes, areas: Shapes, site: npt.NDArray[np.int64]) -> None:
    """Sets the shares of sites that have length or area, each with its own few pieces."""
    for row, mine in by_row(site, pieces(shapes[site], areas)):
        inside = mine[0] if len(mine) == 1 else shapely.union_all(mine)
        if shapely.get_dimensions(shapes[row]) == 2:
            share[row] = _clean(shapely.area(inside), shapely.area(shapes[row]))
        else:
            share[row] = min(shapely.length(inside) / shapely.length(shapes[row]), 1.0)


def _clean(inside_m2: float, whole_m2: float) -> float:
    if inside_m2 < NOISE_M2:
        return 0.0
    return 1.0 if whole_m2 - inside_m2 < NOISE_M2 else inside_m2 / whole_m2


def _beside(share: npt.NDArray[np.float64], shapes: Shapes, areas: Shapes, site: npt.NDArray[np.int64]) -> None:
    """Sets the share of points on the common edge of areas, which is inside of them together though of none alone."""
    for row, mine in by_row(site, areas):
        if len(mine) > 1:
            near = pieces(np.full(len(mine), shapely.buffer(shapes[row], BESIDE_M)), mine)
            share[row] = float(shapely.contains(shapely.union_all(near), shapes[row]))
