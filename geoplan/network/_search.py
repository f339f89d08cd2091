"""Bounded many-to-many search, by two engines that give equal whole numbers: compiled (numba) and scipy.

Pairs come as a stream of blocks of near sources, always the same blocks in the same order, so that what only sums them up never
holds them all, and gets the same sum from every engine and number of threads. Costs are whole numbers below 2^32, so the float64
of scipy holds them and their sums exactly.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from queue import SimpleQueue
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from geoplan.errors import UsageError
from geoplan.network.graph import Arcs
from geoplan.network.snap import Ends

Engine = Literal["auto", "numba", "scipy"]

WORTH_COMPILING = 200_000_000  # expected node visits: scipy takes about 4 s, compiling for the first time 8 s
BLOCK_SOURCES = 64  # near sources that are searched together
BLOCK_BYTES = 64_000_000  # at most, of scipy's dense table of costs


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of source and target with a cost, by source: those of source `s` are `start[s]:start[s + 1]`."""

    start: npt.NDArray[np.int64]
    target: npt.NDArray[np.int32]
    cost: npt.NDArray[Any]


class Block(NamedTuple):
    """The pairs of some sources: how many each has, then target and cost of all, by source, cost and target."""

    sources: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    target: npt.NDArray[np.int32]
    cost: npt.NDArray[np.uint32]


class Task(NamedTuple):
    """A search: along `arcs` from `sources` (what each node is entered at), to the `targets` of each node (what is added there),
    or `together` on one edge; up to `limit` (inclusive).
    """

    arcs: Arcs
    sources: Ends
    targets: Ends
    target_count: int
    together: Pairs
    limit: int


def by_source(sources: int, source: Any, target: Any, cost: Any) -> Pairs:
    """Pairs from three equally long arrays, in order of source, cost and target."""
    order = np.lexsort((target, cost, source))
    return Pairs(_starts(np.bincount(source, minlength=sources)), target[order].astype(np.int32), cost[order])


def compiled(engine: Engine, visits: float) -> bool:
    """Whether the compiled engine is to be used: as asked, or where so many node visits are worth it. Raises `UsageError`."""
    if engine not in ("auto", "numba", "scipy"):
        raise UsageError(f"no engine is called {engine!r}; there are: auto, numba, scipy")
    there = find_spec("numba") is not None
    if engine == "numba" and not there:
        raise UsageError("the engine numba is not installed; use scipy")
    return engine == "numba" or (engine == "auto" and there and visits >= WORTH_COMPILING)


def stream(task: Task, quick: bool, threads: int | None = None) -> Iterator[Block]:
    """The pairs of every source within the limit, a block of near sources at a time, by either engine."""
    starts, nodes = task.sources.start, np.append(task.sources.node, 0)
    order = np.argsort(nodes[starts[:-1]], kind="stable")  # near sources together: their nodes stay in the cache
    parts = np.array_split(order, max(1, -(-len(order) // BLOCK_SOURCES)))
    yield from _compiled(task, parts, threads) if quick else _with_scipy(task, parts)


def search(task: Task, quick: bool, threads: int | None = None) -> Pairs:
    """All pairs of a search, by source, cost and target, with the sources in the order in which they were given."""
    blocks = list(stream(task, quick, threads))
    counts = np.zeros(len(task.sources.start) - 1, np.int64)
    for block in blocks:
        counts[block.sources] = block.counts
    start = _starts(counts)
    target, cost = np.empty(start[-1], np.int32), np.empty(start[-1], np.uint32)
    for block in blocks:
        if quick:
            from geoplan.network._kernel import put

            put(block.counts, block.target, block.cost, start[block.sources], target, cost)
        else:
            into = _slices(start[block.sources], block.counts)
            target[into], cost[into] = block.target, block.cost
    return Pairs(start, target, cost)


def _compiled(task: Task, parts: list[Any], threads: int | None) -> Iterator[Block]:
    from numba import get_num_threads

    from geoplan.network._kernel import FAR, search_block

    arcs, pairs, nodes = task.arcs, task.together, len(task.arcs.indptr) - 1
    threads = max(1, min(threads or get_num_threads(), len(parts)))
    ways = (
        *arcs,
        *_arrays(task.sources),
        *_arrays(task.targets),
        pairs.start,
        pairs.target,
        pairs.cost.astype(np.int64),
    )
    benches: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
    for _ in range(threads):
        dist, best = np.full(nodes, FAR, np.uint32), np.full(task.target_count, FAR, np.uint32)
        heap, reached = np.empty(len(arcs.indices) + 8, np.int64), np.empty(nodes + 2, np.int64)
        touched, spare = (np.empty(task.target_count + 1, np.int64) for _ in range(2))
        benches.put((dist, heap, reached, best, touched, spare))

    def run(part: Any) -> Block:
        bench = benches.get()
        found = search_block(*ways, *bench, part, task.limit)
        benches.put(bench)
        return Block(part, *found)

    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[Future[Block]] = deque()
        for part in parts:
            ahead.append(pool.submit(run, part))
            if len(ahead) > 4 * threads:  # so many blocks at most wait to be used
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _arrays(ends: Ends) -> tuple[Any, ...]:
    return ends.start, ends.node, ends.cost


def _with_scipy(task: Task, parts: list[Any]) -> Iterator[Block]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    arcs, nodes, limit = task.arcs, len(task.arcs.indptr) - 1, task.limit
    graph = csr_array((arcs.weight.astype(float), arcs.indices, arcs.indptr), shape=(nodes, nodes))
    for block in parts:
        # near sources share the part of the graph that any of them can reach: the rest is looked at once a block only
        _, node, cost = _seeds(task, block)
        seeds = np.unique(node[cost <= limit])
        reach = dijkstra(graph, indices=seeds, min_only=True, limit=limit) if len(seeds) else np.full(nodes, np.inf)
        near = np.flatnonzero(np.isfinite(reach))
        part = graph[near][:, near]
        rows = max(1, BLOCK_BYTES // (8 * (len(near) + len(block) + 1)))
        found = [_reached(task, part, near, few) for few in np.array_split(block, max(1, -(-len(block) // rows)))]
        yield Block(block, *(np.concatenate(c) for c in zip(*found, strict=True)))


def _seeds(task: Task, block: Any) -> tuple[Any, Any, Any]:
    """Where the sources of a block enter: number within the block, node and cost."""
    counts = np.diff(task.sources.start)[block]
    take = _slices(task.sources.start[block], counts)
    return np.repeat(np.arange(len(block)), counts), task.sources.node[take], task.sources.cost[take]


def _distances(task: Task, part: Any, near: Any, block: Any) -> Any:
    """The costs from each source of a block to the near nodes, shape (sources, near nodes)."""
    from scipy.sparse import block_array, csr_array
    from scipy.sparse.csgraph import dijkstra

    source, node, cost = _seeds(task, block)
    source, node, cost = source[cost <= task.limit], node[cost <= task.limit], cost[cost <= task.limit]
    if not len(source):
        return np.full((len(block), len(near)), np.inf)
    # each source becomes a node; 1 is added to its arcs, because scipy takes an arc of 0 for no arc
    doors = _doors(source, np.searchsorted(near, node), cost + 1.0, (len(block), len(near)))
    whole = block_array([[part, csr_array((len(near), len(block)))], [doors, None]], format="csr")
    dist = dijkstra(whole, indices=len(near) + np.arange(len(block)), limit=task.limit + 1)
    return dist[:, : len(near)] - 1


def _reached(task: Task, part: Any, near: Any, block: Any) -> tuple[Any, Any, Any]:
    """The targets of each source of a block: their counts, and target and cost by source, cost and target."""
    dist, at, together, limit = _distances(task, part, near, block), task.targets, task.together, task.limit
    row, column = np.nonzero(dist <= limit)
    counts = (at.start[near + 1] - at.start[near])[column]
    door = _slices(at.start[near[column]], counts)
    through = np.repeat(dist[row, column].astype(np.int64), counts) + at.cost[door]
    pair_counts = np.diff(together.start)[block]
    pair = _slices(together.start[block], pair_counts)
    rows = np.concatenate([np.repeat(row, counts), np.repeat(np.arange(len(block)), pair_counts)])
    target = np.concatenate([at.node[door], together.target[pair]])
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


def _starts(counts: Any) -> npt.NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def _slices(first: Any, counts: Any) -> npt.NDArray[np.int64]:
    """first[0], first[0] + 1, … counts[0] of them, then those of first[1], …"""
    inside = np.arange(int(counts.sum())) - np.repeat(_starts(counts)[:-1], counts)
    return np.asarray(np.repeat(first, counts) + inside, np.int64)
