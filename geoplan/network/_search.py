"""Bounded many-to-many search, by two engines that give equal whole numbers: compiled (numba) and scipy.

Costs are whole numbers below 2^32, so the float64 of scipy holds them and their sums exactly.
"""

from __future__ import annotations

import os
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
BLOCK_BYTES = 64_000_000  # of one dense block of scipy


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


def _compiled(arcs: Arcs, sources: Ends, targets: Ends, together: Pairs, limit: int, order: Any) -> list[Any]:
    from geoplan.network._kernel import search_block

    point, end = np.nonzero(targets.cost < NONE)
    node = targets.node[point, end]
    by_node = np.argsort(node, kind="stable")
    at_start = _starts(np.bincount(node, minlength=len(arcs.indptr) - 1))
    at = (at_start, point[by_node].astype(np.int32), targets.cost[point, end][by_node], len(targets.cost))
    pairs = (together.start, together.target, together.cost.astype(np.int64))
    run = partial(search_block, *arcs, sources.node, sources.cost, *at, *pairs)
    threads = min(os.cpu_count() or 1, 16)
    parts = np.array_split(order, max(1, min(len(order) // 16, 8 * threads)))
    with ThreadPoolExecutor(threads) as pool:
        work = [pool.submit(run, part, limit) for part in parts]
        return [task.result() for task in work]


def _with_scipy(arcs: Arcs, sources: Ends, targets: Ends, together: Pairs, limit: int, order: Any) -> list[Any]:
    from scipy.sparse import csr_array

    nodes = len(arcs.indptr) - 1
    graph = csr_array((arcs.weight.astype(float), arcs.indices, arcs.indptr), shape=(nodes, nodes))
    rows = max(1, min(64, BLOCK_BYTES // (8 * (nodes + len(targets.cost)))))
    blocks = np.array_split(order, max(1, -(-len(order) // rows)))
    return [_one_block(graph, sources, targets, together, limit, block) for block in blocks]


def _one_block(graph: Any, sources: Ends, targets: Ends, together: Pairs, limit: int, block: Any) -> Any:
    """Search from near sources inside the part of the graph that any of them can reach."""
    best = np.full((len(block), len(targets.cost)), float(NONE))
    near, dist = _distances(graph, sources, limit, block)
    local = np.full(graph.shape[0], -1)
    local[near] = np.arange(len(near))
    for end in range(2):
        at = local[targets.node[:, end]]
        here = np.flatnonzero((at >= 0) & (targets.cost[:, end] < NONE))
        best[:, here] = np.minimum(best[:, here], dist[:, at[here]] + targets.cost[here, end])
    counts = np.diff(together.start)[block]
    pair = _slices(together.start[block], counts)
    np.minimum.at(best, (np.repeat(np.arange(len(block)), counts), together.target[pair]), together.cost[pair])
    row, target = np.nonzero(best <= limit)
    cost = best[row, target].astype(np.uint32)
    by_cost = np.lexsort((target, cost, row))
    found = np.bincount(row, minlength=len(block))
    return found, target[by_cost].astype(np.int32), cost[by_cost]


def _distances(graph: Any, sources: Ends, limit: int, block: Any) -> tuple[Any, Any]:
    """The nodes near a block of sources, and the costs from each source to them, shape (sources, near nodes)."""
    from scipy.sparse import block_array, csr_array
    from scipy.sparse.csgraph import dijkstra

    source, end = np.nonzero(sources.cost[block] <= limit)
    if not len(source):
        return np.empty(0, np.int64), np.empty((len(block), 0))
    node, cost = sources.node[block][source, end], sources.cost[block][source, end]
    near = np.flatnonzero(np.isfinite(dijkstra(graph, indices=np.unique(node), min_only=True, limit=limit)))
    part, seeds = graph[near][:, near], np.searchsorted(near, node)
    # each source becomes a node; 1 is added to its arcs, because scipy takes an arc of 0 for no arc
    doors = _doors(source, seeds, cost + 1.0, (len(block), len(near)))
    whole = block_array([[part, csr_array((len(near), len(block)))], [doors, None]], format="csr")
    dist = dijkstra(whole, indices=len(near) + np.arange(len(block)), limit=limit + 1)
    return near, dist[:, : len(near)] - 1


def _doors(source: Any, node: Any, cost: Any, shape: tuple[int, int]) -> Any:
    """Arcs from sources to nodes; of two to one node (a loop street) the cheaper."""
    from scipy.sparse import csr_array

    order = np.lexsort((cost, node, source))
    source, node, cost = source[order], node[order], cost[order]
    first = np.ones(len(source), dtype=bool)
    first[1:] = (source[1:] != source[:-1]) | (node[1:] != node[:-1])
    return csr_array((cost[first], (source[first], node[first])), shape=shape)


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
