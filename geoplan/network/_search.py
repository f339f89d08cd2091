"""Bounded many-to-many search, by two engines that give equal whole numbers: compiled (numba) and scipy.

Costs are whole numbers below 2^32, so the float64 of scipy holds them and their sums exactly.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from geoplan.errors import UsageError
from geoplan.network.graph import Arcs
from geoplan.network.snap import NONE, Ends

Engine = Literal["auto", "numba", "scipy"]

WORTH_COMPILING = 200_000_000  # expected node visits: scipy takes about 4 s, compiling for the first time 8 s
BLOCK_SOURCES = 64  # near sources that scipy searches together
BLOCK_BYTES = 64_000_000  # at most, of their dense table of costs


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of source and target with a cost, by source: those of source `s` are `start[s]:start[s + 1]`."""

    start: npt.NDArray[np.int64]
    target: npt.NDArray[np.int32]
    cost: npt.NDArray[Any]


def by_source(sources: int, source: Any, target: Any, cost: Any) -> Pairs:
    """Pairs from three equally long arrays, in order of source, cost and target."""
    order = np.lexsort((target, cost, source))
    return Pairs(_starts(np.bincount(source, minlength=sources)), target[order].astype(np.int32), cost[order])


def search(
    arcs: Arcs, sources: Ends, targets: Ends, together: Pairs, limit: int, engine: Engine, visits: float
) -> Pairs:
    """The cheapest cost of every source and target up to `limit` (inclusive): through the arcs, or `together` on one edge.

    `sources` say at what cost each node is entered, `targets` what is added at each node; `visits` is how many node visits are
    expected, by which `auto` chooses the engine. Both engines give the same pairs in the same order: by cost, then target.
    """
    if engine not in ("auto", "numba", "scipy"):
        raise UsageError(f"no engine is called {engine!r}; there are: auto, numba, scipy")
    compiled = find_spec("numba") is not None
    if engine == "numba" and not compiled:
        raise UsageError("the engine numba is not installed; use scipy")
    quick = engine == "numba" or (engine == "auto" and compiled and visits >= WORTH_COMPILING)
    order = np.lexsort((sources.node[:, 1], sources.node[:, 0]))  # near sources together: their nodes stay in the cache
    run = _compiled if quick else _with_scipy
    blocks = run(arcs, sources, targets, together, limit, order)
    return _in_given_order(order, blocks)


@dataclass(frozen=True, eq=False)
class Attached:
    """Targets by node: those at node `i` are `start[i]:start[i + 1]`, each with what it costs from there."""

    start: npt.NDArray[np.int64]
    target: npt.NDArray[np.int32]
    cost: npt.NDArray[np.int64]


def _by_node(targets: Ends, nodes: int) -> Attached:
    point, end = np.nonzero(targets.cost < NONE)
    node = targets.node[point, end]
    order = np.argsort(node, kind="stable")
    start = _starts(np.bincount(node, minlength=nodes))
    return Attached(start, point[order].astype(np.int32), targets.cost[point, end][order])


def _compiled(arcs: Arcs, sources: Ends, targets: Ends, together: Pairs, limit: int, order: Any) -> list[Any]:
    from geoplan.network._kernel import search_block

    at = _by_node(targets, len(arcs.indptr) - 1)
    pairs = (together.start, together.target, together.cost.astype(np.int64))
    ways = (*arcs, sources.node, sources.cost, at.start, at.target, at.cost, len(targets.cost), *pairs)
    run = partial(search_block, *ways)
    parts = np.array_split(order, max(1, min(len(order) // 16, 64)))
    with ThreadPoolExecutor() as pool:
        work = [pool.submit(run, part, limit) for part in parts]
        return [task.result() for task in work]


def _with_scipy(arcs: Arcs, sources: Ends, targets: Ends, together: Pairs, limit: int, order: Any) -> list[Any]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    nodes = len(arcs.indptr) - 1
    graph = csr_array((arcs.weight.astype(float), arcs.indices, arcs.indptr), shape=(nodes, nodes))
    at = _by_node(targets, nodes)
    found = []
    for block in np.array_split(order, max(1, -(-len(order) // BLOCK_SOURCES))):
        # near sources share the part of the graph that any of them can reach: the rest is looked at once a block only
        seeds = np.unique(sources.node[block][sources.cost[block] <= limit])
        reach = dijkstra(graph, indices=seeds, min_only=True, limit=limit) if len(seeds) else np.full(nodes, np.inf)
        near = np.flatnonzero(np.isfinite(reach))
        part = graph[near][:, near]
        rows = max(1, BLOCK_BYTES // (8 * (len(near) + len(block) + 1)))
        for few in np.array_split(block, max(1, -(-len(block) // rows))):
            dist = _distances(part, near, sources, limit, few)
            found.append(_reached(dist, near, at, together, limit, few))
    return found


def _distances(part: Any, near: Any, sources: Ends, limit: int, block: Any) -> Any:
    """The costs from each source of a block to the near nodes, shape (sources, near nodes)."""
    from scipy.sparse import block_array, csr_array
    from scipy.sparse.csgraph import dijkstra

    source, end = np.nonzero(sources.cost[block] <= limit)
    if not len(source):
        return np.full((len(block), len(near)), np.inf)
    node, cost = sources.node[block][source, end], sources.cost[block][source, end]
    # each source becomes a node; 1 is added to its arcs, because scipy takes an arc of 0 for no arc
    doors = _doors(source, np.searchsorted(near, node), cost + 1.0, (len(block), len(near)))
    whole = block_array([[part, csr_array((len(near), len(block)))], [doors, None]], format="csr")
    dist = dijkstra(whole, indices=len(near) + np.arange(len(block)), limit=limit + 1)
    return dist[:, : len(near)] - 1


def _reached(dist: Any, near: Any, at: Attached, together: Pairs, limit: int, block: Any) -> tuple[Any, Any, Any]:
    """The targets of each source of a block: their counts, and target and cost by source, cost and target."""
    row, column = np.nonzero(dist <= limit)
    counts = (at.start[near + 1] - at.start[near])[column]
    door = _slices(at.start[near[column]], counts)
    through = np.repeat(dist[row, column].astype(np.int64), counts) + at.cost[door]
    pair_counts = np.diff(together.start)[block]
    pair = _slices(together.start[block], pair_counts)
    rows = np.concatenate([np.repeat(row, counts), np.repeat(np.arange(len(block)), pair_counts)])
    target = np.concatenate([at.target[door], together.target[pair]])
    cost = np.concatenate([through, together.cost[pair]]).astype(np.int64)
    rows, target, cost = _cheapest(rows[cost <= limit], target[cost <= limit], cost[cost <= limit])
    order = np.lexsort((target, cost, rows))
    return np.bincount(rows, minlength=len(block)), target[order], cost[order].astype(np.uint32)


def _cheapest(row: Any, column: Any, cost: Any) -> tuple[Any, Any, Any]:
    """Of entries with one row and column the cheapest."""
    order = np.lexsort((cost, column, row))
    row, column, cost = row[order], column[order], cost[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    return row[first], column[first], cost[first]


def _doors(source: Any, node: Any, cost: Any, shape: tuple[int, int]) -> Any:
    """Arcs from sources to nodes; of two to one node (a loop street) the cheaper."""
    from scipy.sparse import csr_array

    source, node, cost = _cheapest(source, node, cost)
    return csr_array((cost, (source, node)), shape=shape)


def _in_given_order(order: Any, blocks: list[Any]) -> Pairs:
    """The blocks, which follow `order`, put back into the order in which the sources were given."""
    counts, target, cost = (np.concatenate([block[k] for block in blocks]) for k in range(3))
    was = np.argsort(order)
    take = _slices(_starts(counts)[:-1][was], counts[was])
    return Pairs(_starts(counts[was]), target[take], cost[take])


def _starts(counts: Any) -> npt.NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def _slices(first: Any, counts: Any) -> npt.NDArray[np.int64]:
    """first[0], first[0] + 1, … counts[0] of them, then those of first[1], …"""
    inside = np.arange(int(counts.sum())) - np.repeat(_starts(counts)[:-1], counts)
    return np.asarray(np.repeat(first, counts) + inside, np.int64)
