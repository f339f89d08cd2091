"""Straight lines: the distance as the crow flies, to be held against the way along the streets."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geoplan.errors import Finding, InputError, Text, UsageError
from geoplan.network.cost import CostMatrix, unique_ids
from geoplan.network.graph import SCALE


def straight_cost(demand: gpd.GeoDataFrame, places: gpd.GeoDataFrame, limit_m: float) -> CostMatrix:
    """Straight-line distance from each demand point to each place, metres (whole millimetres), up to a limit (inclusive).

    c_ij = round(√((x_i − x_j)² + (y_i − y_j)²)) in millimetres between representative points in a projected CRS. Streets
    are longer (unless their table states shorter lengths), so coverage by straight lines overstates. Any measure takes the result as it takes
    a travel cost. Raises `UsageError` for a wrong limit, `InputError` if the tables do not share a projected CRS in metres.

    >>> from shapely import Point
    >>> homes = gpd.GeoDataFrame(geometry=[Point(0, 0), Point(300, 400)], index=["a", "b"], crs="EPSG:4547")
    >>> nurseries = gpd.GeoDataFrame(geometry=[Point(0, 500)], index=["F"], crs="EPSG:4547")
    >>> straight_cost(homes, nurseries, limit_m=500).to_frame().values.tolist()
    [['b', 'F', 316.228], ['a', 'F', 500.0]]
    """
    from scipy.spatial import KDTree

    if not (math.isfinite(limit_m) and 0 <= limit_m <= np.iinfo(np.uint32).max / SCALE):
        raise UsageError(f"limit_m must be finite, not negative and at most 4,294,967 m, not {limit_m}")
    _check_crs(demand, places)
    names = unique_ids(demand.index, "demand_id"), unique_ids(places.index, "place_id")
    limit = round(limit_m * SCALE)
    home, place = KDTree(_points(demand)), KDTree(_points(places))
    # a millimetre more than the limit, so that the rounded distance decides
    near = place.sparse_distance_matrix(home, (limit + 1) / SCALE, output_type="ndarray")
    millimetres = np.rint(near["v"] * SCALE)
    kept = millimetres <= limit
    pairs = near["j"][kept], near["i"][kept], millimetres[kept].astype(np.uint32)
    return CostMatrix.from_arrays(*names, *pairs, unit="m", scale=SCALE, limit=limit / SCALE)


def _points(frame: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    points = frame.geometry.representative_point()
    at = np.column_stack([points.x.to_numpy(float), points.y.to_numpy(float)])
    lost = frame.index[~np.isfinite(at).all(axis=1)]
    if len(lost):
        problem, advice = Text("a row has no position", "记录没有位置"), Text("give it one", "请补充位置")
        place = f"{frame.index.name or 'index'} {', '.join(map(str, lost[:5]))}"
        raise InputError(Finding("GP-N003", "", place, problem, advice, count=len(lost)))
    return at


def _check_crs(demand: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> None:
    crs = demand.crs
    if crs is None or not crs.is_projected or crs.axis_info[0].unit_name != "metre" or places.crs != crs:
        problem = Text("straight lines need one projected CRS in metres", "直线距离须采用同一以米为单位的投影坐标系")
        advice = Text("project both tables, for example to EPSG:4547", "请将两表投影到同一坐标系，如 EPSG:4547")
        given = f"{crs.to_string() if crs else 'none'}, {places.crs.to_string() if places.crs else 'none'}"
        raise InputError(Finding("GP-N030", "", "crs", problem, advice, given))
