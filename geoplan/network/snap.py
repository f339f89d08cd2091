"""Joining points to streets: the nearest edge, where along it, and how far away; what it then costs to leave and to arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoplan.errors import Finding, InputError, Text
from geoplan.network.graph import Network

NONE = np.int64(2**62)  # larger than any cost, and twice it does not overflow
AT_END_M = 0.001  # within a millimetre of an end a point stands at the node


@dataclass(frozen=True, eq=False)
class Snap:
    """Where each point joins the network.

    `edge` is the nearest edge within the limit (-1: none), `fraction` how far along it (0 at u, 1 at v), `distance_m` the straight
    way there (NaN: none), `xy` where that is, and `joined` whether the edge is found and lies in the main piece of the network.
    """

    edge: npt.NDArray[np.int64]
    fraction: npt.NDArray[np.float64]
    distance_m: npt.NDArray[np.float64]
    xy: npt.NDArray[np.float64]
    joined: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Ends:
    """The nodes through which each point leaves or arrives: `node` and `cost`, both (points, 2); cost NONE = not this way."""

    node: npt.NDArray[np.int32]
    cost: npt.NDArray[np.int64]


def snap(network: Network, points: Any, limit_m: float = 300.0) -> Snap:
    """Join points (shapely points, in the network's CRS) to the nearest edge at most `limit_m` metres away (inclusive).

    Of several nearest edges the first is taken. Joining to edges, not to nodes, keeps a long street from moving a home to its
    far corner. A point whose nearest edge lies in a detached piece is found but not joined.
    """
    points = np.asarray(points, dtype=object)
    edge = np.full(len(points), -1, np.int64)
    distance_m, fraction, xy = (
        np.full(len(points), np.nan),
        np.full(len(points), np.nan),
        np.full((len(points), 2), np.nan),
    )
    # the tree asks for a little more than the limit, so that a point exactly at the limit is never lost to rounding
    pairs, apart = network.tree.query_nearest(points, max_distance=limit_m * (1 + 1e-9) + 1e-9, return_distance=True)
    order = np.lexsort((pairs[1], pairs[0]))
    at, first = np.unique(pairs[0][order], return_index=True)
    chosen, apart = pairs[1][order][first], apart[order][first]
    near = apart <= limit_m
    at, chosen = at[near], chosen[near]
    lines = network.lines[chosen]
    along, length = shapely.line_locate_point(lines, points[at]), shapely.length(lines)
    along = np.where(along < AT_END_M, 0.0, np.where(along > length - AT_END_M, length, along))
    edge[at], distance_m[at] = chosen, apart[near]
    fraction[at] = np.divide(along, length, out=np.zeros_like(along), where=length > 0)
    xy[at] = shapely.get_coordinates(shapely.line_interpolate_point(lines, along))
    joined = (edge >= 0) & (network.piece[network.u[edge]] == 0)
    return Snap(edge, fraction, distance_m, xy, joined)


def positions(frame: gpd.GeoDataFrame, network: Network) -> npt.NDArray[Any]:
    """The representative point of each row; raises `InputError` if the CRS is another one or a row has no position."""
    advice = Text("read the table with the same study area", "请用同一研究区读取该表")
    if frame.crs is None or frame.crs != network.crs:
        given = "none" if frame.crs is None else frame.crs.to_string()
        problem = Text(
            f"the CRS is not that of the streets, {network.crs.to_string()}",
            f"坐标系与路网（{network.crs.to_string()}）不同",
        )
        raise InputError(Finding("GP-N002", "", str(frame.index.name or ""), problem, advice, given))
    points: npt.NDArray[Any] = frame.geometry.representative_point().to_numpy()
    lost = shapely.is_missing(points) | shapely.is_empty(points)
    lost[~lost] = ~np.isfinite(shapely.get_coordinates(points[~lost])).all(axis=1)
    if lost.any():
        problem = Text("a row has no position", "记录没有位置")
        place = f"{frame.index.name or 'index'} {', '.join(map(str, frame.index[lost][:5]))}"
        raise InputError(Finding("GP-N003", "", place, problem, advice, count=int(lost.sum())))
    return points


def leaving(network: Network, at: Snap) -> Ends:
    """What it costs each joined point to get to the ends of its edge, with the way to the street."""
    whole, there, back = _along(network, at)
    to_u = np.where(back >= 0, back, NONE)
    to_v = np.where(there >= 0, whole - there, NONE)
    return _ends(network, at, to_u, to_v)


def arriving(network: Network, at: Snap) -> Ends:
    """What it costs to get to each joined point from the ends of its edge, with the way from the street."""
    _, there, back = _along(network, at)
    from_u = np.where(there >= 0, there, NONE)
    from_v = np.where(back >= 0, network.backward[at.edge].astype(np.int64) - back, NONE)
    return _ends(network, at, from_u, from_v)


def on_one_edge(network: Network, demand: Snap, places: Snap) -> tuple[Any, Any, Any]:
    """The pairs that need no node, because both stand on one edge: demand rows, place rows and costs.

    A one-way edge gives only the pairs whose place lies ahead.
    """
    left = pd.DataFrame({"edge": demand.edge, "demand": np.arange(len(demand.edge))})[demand.joined]
    right = pd.DataFrame({"edge": places.edge, "place": np.arange(len(places.edge))})[places.joined]
    pairs = left.merge(right, on="edge")
    i, j = pairs["demand"].to_numpy(), pairs["place"].to_numpy()
    (_, there, back), (_, there_too, back_too) = _along(network, demand), _along(network, places)
    ahead = np.where((there[i] >= 0) & (there_too[j] >= there[i]), there_too[j] - there[i], NONE)
    behind = np.where((back_too[j] >= 0) & (back[i] >= back_too[j]), back[i] - back_too[j], NONE)
    along = np.minimum(ahead, behind)
    cost = along + network.connector(demand.distance_m[i]) + network.connector(places.distance_m[j])
    possible = along < NONE
    return i[possible], j[possible], cost[possible]


def _along(network: Network, at: Snap) -> tuple[Any, Any, Any]:
    """The forward weight of each point's edge, the part from u to the point, and the part back to u; -1 = not this way."""
    whole, whole_back = network.forward[at.edge].astype(np.int64), network.backward[at.edge].astype(np.int64)
    fraction = np.where(at.joined, at.fraction, 0.0)
    there = np.where(at.joined & (whole > 0), np.rint(fraction * whole).astype(np.int64), -1)
    back = np.where(at.joined & (whole_back > 0), np.rint(fraction * whole_back).astype(np.int64), -1)
    return whole, there, back


def _ends(network: Network, at: Snap, by_u: Any, by_v: Any) -> Ends:
    # a point that stands at a node is there, whichever way its edge may be passed
    by_u = np.where(at.joined & (at.fraction == 0), 0, by_u)
    by_v = np.where(at.joined & (at.fraction == 1), 0, by_v)
    way = network.connector(np.where(at.joined, at.distance_m, 0.0))[:, None]
    cost = np.column_stack([by_u, by_v])
    node = np.column_stack([network.u[at.edge], network.v[at.edge]])
    return Ends(np.where(cost < NONE, node, 0).astype(np.int32), np.where(cost < NONE, cost + way, NONE))
