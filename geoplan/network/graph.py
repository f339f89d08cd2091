"""Network: the streets of one mode as a graph whose weights are whole numbers, its nodes in Hilbert order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geoplan.errors import Finding, InputError, Text
from geoplan.network._index import EdgeIndex
from geoplan.network.ways import directions, slowness, speeds_kph, waits_s
from geoplan.profiles.mode import Mode

SCALE = 1000  # whole numbers in one unit: millimetres in a metre, milliseconds in a second
LARGEST = 2**32 - 1  # of a uint32: 4,294 km or 49 days


class Arcs(NamedTuple):
    """Directed arcs by node: those of node `i` are `indptr[i]:indptr[i + 1]`, each to `indices[k]` at `weight[k]` (uint32)."""

    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]
    weight: npt.NDArray[np.uint32]


class Basis(NamedTuple):
    """The arcs of the network that a changed one was made from, and the nodes whose arcs are others since (numbers)."""

    arcs: Arcs
    arcs_reversed: Arcs
    touched: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Network:
    """The streets that one mode may use.

    Node `i` has the id `node_ids[i]` and stands at `xy[i]` (metres, in `crs`). Edge `k` runs along `lines[k]` from node `u[k]` to
    node `v[k]`, u <= v; `forward[k]` is what it costs from u to v and `backward[k]` from v to u, as whole thousandths of `unit`
    (uint32; 0 = may not be passed; an edge that may be passed neither way is closed). Edges that run between the same two nodes
    are all kept, so that points join the street where they stand; a search takes the cheapest. Build one with `build_network`,
    and change it with the functions of `edits`.
    """

    mode: Mode
    unit: Literal["m", "s"]
    crs: pyproj.CRS
    node_ids: npt.NDArray[np.int64]
    xy: npt.NDArray[np.float64]
    u: npt.NDArray[np.int32]
    v: npt.NDArray[np.int32]
    forward: npt.NDArray[np.uint32]
    backward: npt.NDArray[np.uint32]
    lines: npt.NDArray[Any]
    basis: Basis | None = None

    def __post_init__(self) -> None:
        nodes, edges = len(self.node_ids), len(self.u)
        problem = ""
        if self.xy.shape != (nodes, 2) or not np.isfinite(self.xy).all():
            problem = f"positions must be finite and ({nodes}, 2), not {self.xy.shape}"
        elif not pd.Index(self.node_ids).is_unique:
            problem = "node ids must be unique"
        elif {len(self.v), len(self.forward), len(self.backward), len(self.lines)} != {edges}:
            problem = (
                f"{edges} edges, but {len(self.v)}, {len(self.forward)}, {len(self.backward)}, {len(self.lines)} values"
            )
        elif edges and not (self.u.min() >= 0 and self.v.max() < nodes and (self.u <= self.v).all()):
            problem = f"edges must run from a lower to a higher of the {nodes} nodes"
        elif not self.forward.dtype == self.backward.dtype == np.uint32:
            problem = "weights must be uint32"
        if problem:
            raise ValueError(f"Network: {problem}")

    @cached_property
    def arcs(self) -> Arcs:
        """What can be left from each node: the cheapest arc to each neighbour."""
        return self._arcs(self.forward, self.backward, self.basis and self.basis.arcs)

    @cached_property
    def arcs_reversed(self) -> Arcs:
        """The same arcs turned round: from where each node can be reached."""
        if (self.forward == self.backward).all():
            return self.arcs
        return self._arcs(self.backward, self.forward, self.basis and self.basis.arcs_reversed)

    def _arcs(self, forward: Any, backward: Any, before: Arcs | None) -> Arcs:
        nodes = len(self.node_ids)
        if self.basis is None or before is None:
            return _arcs(nodes, self.u, self.v, forward, backward)
        touched = np.zeros(nodes, dtype=bool)
        touched[self.basis.touched] = True
        near = touched[self.u] | touched[self.v]
        return _patched(before, _arcs(nodes, self.u[near], self.v[near], forward[near], backward[near]), touched)

    @cached_property
    def index(self) -> EdgeIndex:
        """The spatial index of the edges' lines."""
        return EdgeIndex((shapely.STRtree(self.lines),))

    @cached_property
    def open(self) -> npt.NDArray[np.bool_]:
        """Whether each edge may be passed at all."""
        return np.asarray((self.forward > 0) | (self.backward > 0))

    @cached_property
    def extent_m2(self) -> float:
        """The area of the box around all nodes."""
        (left, right), (low, high) = ((axis.min(), axis.max()) for axis in self.xy.T)
        return float((right - left) * (high - low))

    @cached_property
    def piece(self) -> npt.NDArray[np.int32]:
        """The connected piece of each node, one-way signs apart: 0 is the main (largest) piece, then by falling size."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        nodes = len(self.node_ids)
        u, v = self.u[self.open], self.v[self.open]
        graph = coo_array((np.ones(len(u), np.int8), (u, v)), shape=(nodes, nodes))
        count, label = connected_components(graph, directed=False)
        sizes, first = np.bincount(label, minlength=count), np.full(count, np.iinfo(np.int64).max)
        np.minimum.at(
            first, label, self.node_ids
        )  # of equal pieces that with the lowest id, however nodes are numbered
        rank = np.empty(count, np.int32)
        rank[np.lexsort((first, -sizes))] = np.arange(count, dtype=np.int32)
        return np.asarray(rank[label], np.int32)

    @cached_property
    def cheapest_metre(self) -> tuple[float, float]:
        """What a metre of the cheapest street costs at least (thousandths), and how far a line ends from its node at most (metres).

        A street is as long as its line and the way from the ends of it to its nodes, so no way is shorter than this times the
        straight line.
        """
        back, ahead = self.backward[self.open].astype(float), self.forward[self.open].astype(float)
        cost = np.minimum(np.where(back > 0, back, np.inf), np.where(ahead > 0, ahead, np.inf))
        if not len(cost):
            return 0.0, 0.0
        lines = self.lines[self.open]
        ends = [(0, self.u), (-1, self.v)]
        off = [
            np.hypot(*(shapely.get_coordinates(shapely.get_point(lines, k)) - self.xy[n[self.open]]).T) for k, n in ends
        ]
        length = shapely.length(lines) + off[0] + off[1]
        rate = (cost + 0.5) / np.maximum(length, 1e-9)  # as if each had been rounded up
        return float(rate.min()), float(np.max(off))

    def whole(self, amount: float) -> int:
        """An amount of `unit` as the whole number that weights are counted in, rounded to the nearest."""
        return round(amount * SCALE)

    def connector(self, distance_m: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """What the straight line from a point to its street costs: at the slowest speed of the mode where time is counted."""
        seconds_per_m = 3.6 / self.mode.slowest_kph
        return np.rint(distance_m * (SCALE if self.unit == "m" else SCALE * seconds_per_m)).astype(np.int64)


def build_network(
    nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, mode: Mode, unit: Literal["m", "s"] | None = None
) -> Network:
    """The network of a mode from street tables, in metres or seconds (by default what the mode counts).

    `nodes` are points with the integer index `node_id`; `edges` have `u`, `v`, a LineString from u to v and, where known,
    `highway`, `oneway` (yes, no), access tags and `length_m` (else the line's length counts). Weight of an edge: its length in
    millimetres, or in milliseconds length / speed × `slowness` + `waits_s`, rounded to the nearest whole number and at least 1. Streets that the mode may
    not use are left out. Raises `InputError` if lengths or end nodes are wrong, or nothing is left.
    """
    _check(nodes, edges)
    unit = unit or mode.unit
    speed = speeds_kph(edges, mode)
    ahead, back = directions(edges, mode)
    used = speed > 0
    if not used.any():
        classes = ", ".join(sorted({str(h) for h in edges.get("highway", ["no highway column"])})[:8])
        problem = Text(f"no street may be used by the mode {mode.id}", f"没有可供“{mode.title.zh}”使用的街道")
        advice = Text(
            "give the column highway with OpenStreetMap classes", "请提供 highway 字段（OpenStreetMap 道路等级）"
        )
        raise InputError(Finding("GP-N005", "", "edges", problem, advice, classes))
    length_m = edges["length_m"].to_numpy(float) if "length_m" in edges else edges.geometry.length.to_numpy()
    amount = length_m if unit == "m" else _seconds(nodes, edges, mode, length_m, np.where(used, speed, 1))
    cost = np.maximum(np.rint(amount * SCALE), 1)
    if (cost[used] > LARGEST).any():
        place = f"edge {edges.index[used & (cost > LARGEST)][0]}"
        problem = Text("an edge is longer than 4,294 km or 49 days", "路段长度超过 4294 km 或 49 天")
        raise InputError(Finding("GP-N004", "", place, problem, Text("lengths must be in metres", "长度单位须为米")))
    table = pd.DataFrame({"u": edges["u"].to_numpy(), "v": edges["v"].to_numpy(), "line": edges.geometry.to_numpy()})
    table["forward"], table["backward"] = np.where(ahead, cost, 0), np.where(back, cost, 0)
    return _assemble(nodes, table[used], mode, unit)


def _seconds(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, mode: Mode, length_m: Any, speed: Any) -> Any:
    """The time along each edge at its speed, with what slows it and half of the waits at its ends."""
    return length_m * 3.6 / speed * slowness(edges, mode) + waits_s(nodes, edges, mode)


def _check(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> None:
    problem = Text("", "")
    if nodes.crs is None or not nodes.crs.is_projected or edges.crs != nodes.crs:
        problem = Text(
            "nodes and edges must share one projected CRS in metres", "节点与路段须使用同一以米为单位的投影坐标系"
        )
    elif not (edges["u"].isin(nodes.index).all() and edges["v"].isin(nodes.index).all()):
        problem = Text("an edge names a node that is not in the nodes", "路段引用了不存在的节点")
    elif edges.geometry.isna().any() or not np.isfinite(nodes.get_coordinates().to_numpy()).all():
        problem = Text("an edge has no line, or a node no position", "路段缺少线形或节点缺少坐标")
    elif "length_m" in edges and not (np.isfinite(edges["length_m"]).all() and (edges["length_m"] >= 0).all()):
        problem = Text("a length is missing, infinite or negative", "路段长度缺失、无穷或为负")
    if problem.en:
        raise InputError(
            Finding("GP-N001", "", "streets", problem, Text("read them with read_streets", "请用 read_streets 读取"))
        )


def _assemble(nodes: gpd.GeoDataFrame, table: pd.DataFrame, mode: Mode, unit: Literal["m", "s"]) -> Network:
    ids = np.unique(table[["u", "v"]].to_numpy())
    xy = shapely.get_coordinates(nodes.geometry.loc[ids].to_numpy())
    order = np.lexsort((ids, hilbert_key(xy)))  # near nodes get near numbers: three times quicker searches
    rank = np.empty(len(ids), np.int32)
    rank[order] = np.arange(len(ids), dtype=np.int32)
    u, v = (rank[np.searchsorted(ids, table[end].to_numpy())] for end in ("u", "v"))
    merged = _merge_twins(_turned(table.assign(u=u, v=v)))
    weights = {c: merged[c].to_numpy(np.uint32) for c in ("forward", "backward")}
    ends = {c: merged[c].to_numpy(np.int32) for c in ("u", "v")}
    arrays: Any = {**ends, **weights, "lines": merged["line"].to_numpy()}
    return Network(mode, unit, nodes.crs, ids[order], xy[order], **arrays)


def _turned(table: pd.DataFrame) -> pd.DataFrame:
    """Each edge from its lower to its higher node."""
    turn = (table["u"] > table["v"]).to_numpy()
    line = table["line"].to_numpy(copy=True)
    line[turn] = shapely.reverse(line[turn])
    ends: Any = {"u": table[["u", "v"]].min(axis=1), "v": table[["u", "v"]].max(axis=1), "line": line}
    ahead, back = table["forward"].to_numpy(), table["backward"].to_numpy()
    return table.assign(**ends, forward=np.where(turn, back, ahead), backward=np.where(turn, ahead, back))


def _merge_twins(table: pd.DataFrame) -> pd.DataFrame:
    """One edge for the two arcs that some sources give of one street; in an order that no row order can change."""
    columns = ["u", "v", "forward", "backward", "line"]
    several = table.duplicated(["u", "v"], keep=False)
    some = table[several]
    closed = np.iinfo(np.int64).max
    weights = {c: some[c].astype(np.int64).where(some[c] > 0, closed) for c in ("forward", "backward")}
    same = some.assign(**weights, shape=shapely.to_wkb(some["line"].to_numpy())).groupby(["u", "v", "shape"], sort=True)
    merged = same[["forward", "backward"]].min().replace(closed, 0).join(same[["line"]].first()).reset_index()
    return pd.concat([table.loc[~several, columns], merged[columns]]).sort_values(["u", "v"], kind="stable")


def _arcs(nodes: int, u: Any, v: Any, forward: Any, backward: Any) -> Arcs:
    """Compressed rows of the passable directions; of several arcs between two nodes the cheapest."""
    tail, head = np.concatenate([u, v]), np.concatenate([v, u])
    weight = np.concatenate([forward, backward])
    real = (weight > 0) & (tail != head)  # no shortest path goes round a loop
    tail, head, weight = tail[real], head[real], weight[real]
    order = np.lexsort((weight, head, tail))
    tail, head, weight = tail[order], head[order], weight[order]
    cheapest = np.ones(len(tail), dtype=bool)
    cheapest[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    return Arcs(_indptr(tail[cheapest], nodes), head[cheapest].astype(np.int32), weight[cheapest].astype(np.uint32))


def _patched(before: Arcs, near: Arcs, touched: npt.NDArray[np.bool_]) -> Arcs:
    """The arcs of touched nodes as they are in `near`, all others as they were before."""
    parts = []
    for arcs, rows in ((before, ~touched), (near, touched)):
        tail = np.repeat(np.arange(len(arcs.indptr) - 1), np.diff(arcs.indptr))
        stays = rows[tail]
        parts.append((tail[stays], arcs.indices[stays], arcs.weight[stays]))
    tail, indices, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(tail, kind="stable")  # two sorted runs: merged rather than sorted
    return Arcs(_indptr(tail, len(touched)), indices[order], weight[order])


def _indptr(tail: Any, nodes: int) -> npt.NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(np.bincount(tail, minlength=nodes)))).astype(np.int64)


def hilbert_key(xy: npt.NDArray[np.float64], bits: int = 16) -> npt.NDArray[np.int64]:
    """The place of each point along a Hilbert curve through their extent (Hilbert 1891), on a grid of 2^bits a side.

    >>> hilbert_key(np.array([[0.0, 0], [0, 1], [1, 1], [1, 0]]), bits=1).tolist()
    [0, 1, 2, 3]
    """
    side = 2**bits
    low, extent = xy.min(axis=0), max(float(np.ptp(xy, axis=0).max()), 1e-9)
    x, y = np.minimum(((xy - low) / extent * side).astype(np.int64), side - 1).T
    key = np.zeros(len(xy), np.int64)
    half = side // 2
    while half:
        right, upper = (x & half) > 0, (y & half) > 0
        key += half * half * ((3 * right) ^ upper)
        flip = right & ~upper
        x, y = np.where(flip, side - 1 - x, x), np.where(flip, side - 1 - y, y)
        x, y = np.where(upper, x, y), np.where(upper, y, x)
        half //= 2
    return key
