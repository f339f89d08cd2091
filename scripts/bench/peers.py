"""Other libraries doing the same bounded many-to-many search on the same arcs, each as well as it can be used.

All take a graph of whole weights and source nodes, and give `Found`: every node within the limit of each source.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

TILE_M = 12_000.0  # of the tiles of sources: the best of 0.5 to 20 km for 1,250 m and for 10 km
SCALE = 1000  # whole numbers in a metre or second
DENSE_BYTES = 64_000_000  # of a table of sources × nodes at most


@dataclass(frozen=True, eq=False)
class Found:
    """Row of a source, node and cost of every pair, in any order."""

    source: npt.NDArray[Any]
    node: npt.NDArray[Any]
    cost: npt.NDArray[Any]

    def ordered(self) -> tuple[npt.NDArray[Any], ...]:
        """Source, node and cost by source and node, whole numbers: equal for equal pairs."""
        order = np.lexsort((self.node, self.source))
        return tuple(np.asarray(c, np.int64)[order] for c in (self.source, self.node, self.cost))

    def of_first(self, sources: int) -> Found:
        """The pairs of the first sources."""
        few = self.source < sources
        return Found(self.source[few], self.node[few], self.cost[few])

    def equals(self, other: Found) -> bool:
        """Whether both hold the same pairs at the same cost."""
        pairs = zip(self.ordered(), other.ordered(), strict=True)
        return len(self.cost) == len(other.cost) and all(np.array_equal(a, b) for a, b in pairs)


def matrix(arcs: Any) -> csr_array:
    """The arcs as scipy's matrix, in the float64 that scipy works in."""
    nodes = len(arcs.indptr) - 1
    return csr_array((arcs.weight.astype(float), arcs.indices, arcs.indptr.astype(np.int32)), shape=(nodes, nodes))


def scipy_plain(graph: csr_array, sources: npt.NDArray[Any], limit: int) -> Found:
    """One call a block of sources, as many as fit in the memory of a table of all nodes."""
    rows = max(1, DENSE_BYTES // (8 * graph.shape[0]))
    return _joined([_dense(graph, sources[k : k + rows], limit, k) for k in range(0, len(sources), rows)])


def _dense(graph: csr_array, sources: npt.NDArray[Any], limit: int, first: int) -> Found:
    dist = dijkstra(graph, indices=sources, limit=limit)
    within = np.isfinite(dist)
    flat = np.flatnonzero(within)  # three times quicker than np.nonzero of a table
    row = np.repeat(np.arange(len(sources)), within.sum(axis=1))
    return Found(row + first, flat - row * graph.shape[0], dist.ravel()[flat])


def _joined(parts: list[Found]) -> Found:
    return Found(*(np.concatenate([getattr(p, c) for p in parts]) for c in ("source", "node", "cost")))


class ScipyTiles:
    """Sources by tiles of the plane; each tile is searched in the part of the graph that lies within reach of its sources.

    The nodes are numbered by tiles once (the build), so that the part is a few slices. No street is shorter than the straight line, so
    what lies further than `reach_m` (metres) from a source cannot be within the limit.
    """

    def __init__(self, arcs: Any, xy: npt.NDArray[np.float64], reach_m: float, tile_m: float = TILE_M) -> None:
        self.reach_m, self.tile_m, self.low = reach_m, tile_m, xy.min(axis=0)
        column, row = np.floor((xy - self.low) / tile_m).astype(np.int64).T
        self.across, self.down = int(column.max()) + 1, int(row.max()) + 1
        tile = row * self.across + column
        self.order = np.argsort(tile, kind="stable")
        self.rank = np.empty(len(xy), np.int64)
        self.rank[self.order] = np.arange(len(xy))
        self.graph = matrix(arcs)[self.order][:, self.order].tocsr()
        self.xy, self.tile = xy[self.order], tile[self.order]
        self.first = np.searchsorted(self.tile, np.arange(self.across * self.down + 1))
        self.local = np.full(len(xy), -1, np.int32)

    def search(self, sources: npt.NDArray[Any], limit: int) -> Found:
        """Every node within the limit of each source."""
        at = self.rank[sources]
        row = np.argsort(at, kind="stable")
        at = at[row]
        cuts = np.concatenate([[0], np.flatnonzero(np.diff(self.tile[at])) + 1, [len(at)]])
        return _joined([found for a, b in pairwise(cuts) for found in self._tile(at[a:b], row[a:b], limit)])

    def _tile(self, at: npt.NDArray[Any], row: npt.NDArray[Any], limit: int) -> Iterator[Found]:
        """What the sources of one tile reach."""
        near = self._near(at)
        self.local[near] = np.arange(len(near), dtype=np.int32)
        part, local = self._part(near), self.local[at]
        self.local[near] = -1
        rows = max(1, DENSE_BYTES // (8 * len(near)))
        for k in range(0, len(at), rows):
            one = _dense(part, local[k : k + rows], limit, k)
            yield Found(row[one.source], self.order[near[one.node]], one.cost)

    def _near(self, at: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The nodes within reach of the box round the sources."""
        low, high = self.xy[at].min(axis=0) - self.reach_m, self.xy[at].max(axis=0) + self.reach_m
        (left, bottom), (right, top) = ((p - self.low) // self.tile_m for p in (low, high))
        left, right = int(max(left, 0)), int(min(right, self.across - 1))
        rows = self.across * np.arange(int(max(bottom, 0)), int(min(top, self.down - 1)) + 1)
        near = np.concatenate([np.arange(self.first[r + left], self.first[r + right + 1]) for r in rows])
        return near[((self.xy[near] >= low) & (self.xy[near] <= high)).all(axis=1)]

    def _part(self, near: npt.NDArray[Any]) -> csr_array:
        """The graph among the near nodes, in as many steps as it has arcs."""
        start, count = self.graph.indptr[near], np.diff(self.graph.indptr)[near]
        tail = np.repeat(np.arange(len(near)), count)
        arc = np.arange(len(tail)) + (start - np.cumsum(count) + count)[tail]
        head = self.local[self.graph.indices[arc]]
        stays = head >= 0
        indptr = np.concatenate([[0], np.cumsum(np.bincount(tail[stays], minlength=len(near)))]).astype(np.int32)
        return csr_array((self.graph.data[arc[stays]], head[stays], indptr), shape=(len(near),) * 2)


def networkx_graph(arcs: Any) -> nx.DiGraph:
    """The arcs as a networkx graph."""
    graph = nx.DiGraph()
    tail = np.repeat(np.arange(len(arcs.indptr) - 1), np.diff(arcs.indptr))
    graph.add_weighted_edges_from(zip(tail.tolist(), arcs.indices.tolist(), arcs.weight.tolist(), strict=True))
    return graph


def networkx_cutoff(graph: nx.DiGraph, sources: npt.NDArray[Any], limit: int) -> Found:
    """One search a source."""
    each = [nx.single_source_dijkstra_path_length(graph, s, cutoff=limit) for s in sources.tolist()]
    row = np.repeat(np.arange(len(each)), [len(e) for e in each])
    return Found(
        row, np.concatenate([[*e] for e in each]), np.concatenate([np.fromiter(e.values(), np.int64) for e in each])
    )


class Pandana:
    """pandana (AGPL; never a dependency of geoplan): contraction hierarchies, built once.

    It counts whole thousandths and cuts off what is beyond, so each weight is given half a thousandth more than it is.
    """

    def __init__(self, arcs: Any, xy: npt.NDArray[np.float64]) -> None:
        import pandana

        tail = np.repeat(np.arange(len(arcs.indptr) - 1), np.diff(arcs.indptr))
        weight = pd.DataFrame({"cost": (arcs.weight + 0.5) / SCALE})
        x, y = (pd.Series(c) for c in xy.T)
        with _quiet():
            self.network = pandana.Network(x, y, pd.Series(tail), pd.Series(arcs.indices), weight, twoway=False)

    def search(self, sources: npt.NDArray[Any], limit: int) -> Found:
        """Every node within the limit of each source: its range query."""
        table = self.network.nodes_in_range(sources, (limit + 0.5) / SCALE)
        cost = np.rint(table["cost"].to_numpy() * SCALE)
        row = np.empty(len(self.network.node_ids), np.int64)
        row[sources] = np.arange(len(sources))
        return Found(row[table["source"].to_numpy()], table["destination"].to_numpy(), cost)

    def place(self, nodes: npt.NDArray[Any], limit: int, count: int) -> None:
        """Put places at nodes, of which up to `count` are asked for: part of the build."""
        at = self.network.nodes_df.iloc[nodes]
        self.network.set_pois("places", (limit + 0.5) / SCALE, count, at["x"], at["y"])

    def nearest(self, limit: int, count: int) -> npt.NDArray[np.float64]:
        """Whole thousandths to the nearest places of each node, shape (nodes, count); inf where there are fewer."""
        far = limit / SCALE
        found = self.network.nearest_pois(far, "places", num_pois=count, max_distance=np.inf).to_numpy()
        return np.asarray(np.rint(found * SCALE))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Nothing is printed, by compiled code neither."""
    sys.stdout.flush()
    kept = os.dup(1)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
