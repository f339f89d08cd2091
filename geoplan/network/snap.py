"""Joining points to streets: the nearest edge, where along it, and how far away; what it then costs to leave and to arrive."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoplan.errors import Finding, InputError, Text, UsageError
from geoplan.network._index import nearest_edges
from geoplan.network.cost import unique_ids
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
    """The nodes through which points leave or arrive: those of point `i` are `start[i]:start[i + 1]`, each a `node` at a `cost`."""

    start: npt.NDArray[np.int64]
    node: npt.NDArray[np.int32]
    cost: npt.NDArray[np.int64]

    def by_node(self, nodes: int) -> Ends:
        """The same turned round: for each node the points (as `node`) and what is added to get from it to them."""
        from scipy.sparse import csr_array

        number = np.arange(len(self.node))
        table = csr_array((number, self.node, self.start), shape=(len(self.start) - 1, nodes)).tocsc()
        return Ends(table.indptr.astype(np.int64), table.indices.astype(np.int32), self.cost[table.data])


@dataclass(frozen=True, eq=False)
class Joined:
    """The rows of a table, joined to a network: made once, it serves every travel cost from or to them.

    `ids` are the rows' ids as text. A row has one entrance or several: entrance `e` belongs to row `row[e]` (rising) and joins the
    network at `at`. A row is joined if any of its entrances is.
    """

    network: Network
    ids: pd.Index
    row: npt.NDArray[np.int64]
    at: Snap

    @cached_property
    def joined(self) -> npt.NDArray[np.bool_]:
        """Whether each row joins the main piece of the network."""
        return np.bincount(self.row[self.at.joined], minlength=len(self.ids)) > 0

    @property
    def unjoined(self) -> pd.Index:
        """The ids of the rows that do not."""
        return self.ids[~self.joined]

    @cached_property
    def leaving(self) -> Ends:
        """What it costs each row to get to the ends of its street, with the way to the street."""
        whole, _, there, back = _along(self.network, self.at, self.at.joined)
        return self._ends(np.where(back >= 0, back, NONE), np.where(there >= 0, whole - there, NONE))

    @cached_property
    def arriving(self) -> Ends:
        """What it costs to get from the ends of its street to each row, with the way from the street."""
        _, whole_back, there, back = _along(self.network, self.at, self.at.joined)
        return self._ends(np.where(there >= 0, there, NONE), np.where(back >= 0, whole_back - back, NONE))

    @cached_property
    def leaving_by_node(self) -> Ends:
        """`leaving`, by node."""
        return self.leaving.by_node(len(self.network.node_ids))

    @cached_property
    def arriving_by_node(self) -> Ends:
        """`arriving`, by node."""
        return self.arriving.by_node(len(self.network.node_ids))

    def _ends(self, by_u: Any, by_v: Any) -> Ends:
        """The ways of the joined entrances through the two ends of their edges, at these costs."""
        # a point that stands at a node is there, whichever way its street may be passed; it needs no other end
        row, edge, fraction = self.row[self.at.joined], self.at.edge[self.at.joined], self.at.fraction[self.at.joined]
        at_u, at_v = fraction == 0, fraction == 1
        cost = np.column_stack(
            [np.where(at_u, 0, np.where(at_v, NONE, by_u)), np.where(at_v, 0, np.where(at_u, NONE, by_v))]
        )
        cost += self.network.connector(self.at.distance_m[self.at.joined])[:, None]
        node, real = np.column_stack([self.network.u[edge], self.network.v[edge]]), cost < NONE
        counts = np.bincount(row, real.sum(axis=1), len(self.ids)).astype(np.int64)
        return Ends(np.concatenate(([0], np.cumsum(counts))), node[real], cost[real])

    @cached_property
    def inside(self) -> npt.NDArray[np.int64]:
        """The entrances that stand between the ends of their street."""
        return np.flatnonzero(self.at.joined & (self.at.fraction > 0) & (self.at.fraction < 1))


def join(network: Network, frame: gpd.GeoDataFrame | Joined, limit_m: float = 300.0, name: str = "id") -> Joined:
    """Join the rows of a table to the streets, each entrance to its nearest one at most `limit_m` metres away.

    A row with several points (MultiPoint) has as many entrances; any other geometry one, its representative point. What is
    joined already passes as it is. Raises `InputError` for a table in another CRS or without positions, `UsageError` if it was
    joined to another network.
    """
    if isinstance(frame, Joined):
        if frame.network is not network:
            raise UsageError("these points were joined to another network; join them to this one")
        return frame
    points, row = entrances(frame, network)
    return Joined(network, unique_ids(frame.index, name), row, snap(network, points, limit_m))


def snap(network: Network, points: Any, limit_m: float = 300.0) -> Snap:
    """Join points (shapely points, in the network's CRS) to the nearest open edge at most `limit_m` metres away (inclusive).

    Of several nearest edges the first is taken. Joining to edges, not to nodes, keeps a long street from moving a home to its
    far corner. A point whose nearest edge lies in a detached piece is found but not joined.
    """
    points = np.asarray(points, dtype=object)
    edge, distance_m = nearest_edges(network, points, limit_m)
    at = np.flatnonzero(edge >= 0)
    fraction, xy = np.full(len(points), np.nan), np.full((len(points), 2), np.nan)
    lines = network.lines[edge[at]]
    along, length = shapely.line_locate_point(lines, points[at]), shapely.length(lines)
    along = np.where(along < AT_END_M, 0.0, np.where(along > length - AT_END_M, length, along))
    fraction[at] = np.divide(along, length, out=np.zeros_like(along), where=length > 0)
    xy[at] = shapely.get_coordinates(shapely.line_interpolate_point(lines, along))
    joined = (edge >= 0) & (network.piece[network.u[edge]] == 0)
    return Snap(edge, fraction, distance_m, xy, joined)


def entrances(frame: gpd.GeoDataFrame, network: Network) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """The points through which each row is entered, and the row of each; raises `InputError` if the CRS is another one or a row
    has no position.
    """
    advice = Text("read the table with the same study area", "请用同一研究区读取该表")
    if frame.crs is None or frame.crs != network.crs:
        given = "none" if frame.crs is None else frame.crs.to_string()
        problem = Text(
            f"the CRS is not that of the streets, {network.crs.to_string()}",
            f"坐标系与路网（{network.crs.to_string()}）不同",
        )
        raise InputError(Finding("GP-N002", "", str(frame.index.name or ""), problem, advice, given))
    shapes = frame.geometry.to_numpy().copy()
    lost = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    several = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT
    areas = ~several & ~lost & (shapely.get_type_id(shapes) != shapely.GeometryType.POINT)
    shapes[areas] = frame.geometry[areas].representative_point()
    points, row = shapely.get_parts(shapes[~lost], return_index=True)
    row = np.flatnonzero(~lost)[row]
    lost[row[~np.isfinite(shapely.get_coordinates(points)).all(axis=1)]] = True
    if lost.any():
        problem = Text("a row has no position", "记录没有位置")
        place = f"{frame.index.name or 'index'} {', '.join(map(str, frame.index[lost][:5]))}"
        raise InputError(Finding("GP-N003", "", place, problem, advice, count=int(lost.sum())))
    return points, row


def on_one_edge(demand: Joined, places: Joined) -> tuple[Any, Any, Any]:
    """The pairs that need no node, because both stand within one edge: demand rows, place rows and costs.

    A one-way edge gives only the pairs whose place lies ahead. A pair with several entrances may stand there more than once.
    """
    network, home, place = demand.network, demand.at, places.at
    has_place = np.zeros(len(network.u), dtype=bool)
    has_place[place.edge[places.inside]] = True
    some, every = demand.inside[has_place[home.edge[demand.inside]]], places.inside
    left = pd.DataFrame({"edge": home.edge[some], "demand": some})
    pairs = left.merge(pd.DataFrame({"edge": place.edge[every], "place": every}), on="edge")
    i, j = pairs["demand"].to_numpy(), pairs["place"].to_numpy()
    (_, _, there, back), (_, _, there_too, back_too) = _along(network, home, i), _along(network, place, j)
    ahead = np.where((there >= 0) & (there_too >= there), there_too - there, NONE)
    behind = np.where((back_too >= 0) & (back >= back_too), back - back_too, NONE)
    along = np.minimum(ahead, behind)
    cost = along + network.connector(home.distance_m[i]) + network.connector(place.distance_m[j])
    possible = along < NONE
    return demand.row[i][possible], places.row[j][possible], cost[possible]


def _along(network: Network, at: Snap, rows: Any) -> tuple[Any, Any, Any, Any]:
    """The weights of these points' edges forward and back, the part from u to the point, and the part back to u; -1 = not this
    way.
    """
    edge, fraction = at.edge[rows], at.fraction[rows]
    whole, whole_back = network.forward[edge].astype(np.int64), network.backward[edge].astype(np.int64)
    there = np.where(whole > 0, np.rint(fraction * whole).astype(np.int64), -1)
    back = np.where(whole_back > 0, np.rint(fraction * whole_back).astype(np.int64), -1)
    return whole, whole_back, there, back
