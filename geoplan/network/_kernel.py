"""The compiled search: imported only when it is used, because numba takes seconds to load.

A cost and a node share one 64-bit key (cost << 31 | node), so that a heap of whole numbers orders by cost, then node.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

try:
    import numba
except ImportError:  # the same functions run uncompiled: slower, with equal results
    numba = None  # type: ignore[assignment]

SHIFT = 31
LOW = (1 << SHIFT) - 1
FAR = 1 << 62


def jit(function: Callable[..., Any]) -> Any:
    """Compile without the interpreter lock; keep the machine code on disk where a folder can be written.

    Without numba the function is left as it is.
    """
    if numba is None:
        return function
    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder for the cache
        return numba.njit(nogil=True)(function)


@jit
def push(heap: Any, size: int, key: int) -> int:
    """Put a key into a 4-ary heap; the new size."""
    at = size
    while at > 0:
        above = (at - 1) >> 2
        if heap[above] <= key:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = key
    return size + 1


@jit
def pop(heap: Any, size: int) -> int:
    """Take the smallest key, heap[0], out of a 4-ary heap; the new size."""
    size -= 1
    key = heap[size]
    at = 0
    while True:
        child = 4 * at + 1
        if child >= size:
            break
        least = child
        for other in range(child + 1, min(child + 4, size)):
            if heap[other] < heap[least]:
                least = other
        if heap[least] >= key:
            break
        heap[at] = heap[least]
        at = least
    heap[at] = key
    return size


@jit
def settle(
    indptr: Any, indices: Any, weight: Any, limit: int, dist: Any, heap: Any, size: int, reached: Any, count: int
) -> int:
    """Dijkstra (1959) from the keys in the heap, up to the limit; nodes met are added to `reached`; how many they are."""
    while size > 0:
        key = heap[0]
        size = pop(heap, size)
        cost, node = key >> SHIFT, key & LOW
        if cost > dist[node]:
            continue
        for k in range(indptr[node], indptr[node + 1]):
            further, neighbour = cost + np.int64(weight[k]), indices[k]
            if further <= limit and further < dist[neighbour]:
                if dist[neighbour] == FAR:
                    reached[count] = neighbour
                    count += 1
                dist[neighbour] = further
                size = push(heap, size, (further << SHIFT) | np.int64(neighbour))
    return count


@jit
def offer(best: Any, touched: Any, count: int, target: int, cost: int, limit: int) -> int:
    """Keep the cheapest cost of a target within the limit; how many targets are touched."""
    if cost <= limit and cost < best[target]:
        if best[target] == FAR:
            touched[count] = target
            count += 1
        best[target] = cost
    return count


@jit
def search_block(
    indptr: Any, indices: Any, weight: Any,
    seed_node: Any, seed_cost: Any,
    at_start: Any, at_target: Any, at_cost: Any, targets: int,
    pair_start: Any, pair_target: Any, pair_cost: Any,
    sources: Any, limit: int,
) -> Any:  # fmt: skip
    """All targets within the limit of each source: the counts, and target and cost by source, in order of cost, then target."""
    nodes = len(indptr) - 1
    dist, best = np.full(nodes, FAR, np.int64), np.full(targets, FAR, np.int64)
    heap, reached = np.empty(len(indices) + 8, np.int64), np.empty(nodes + 2, np.int64)
    touched, counts = np.empty(targets + 1, np.int64), np.zeros(len(sources), np.int64)
    found, used = np.empty(1024, np.int64), 0
    for row in range(len(sources)):
        source = sources[row]
        size, near, met = 0, 0, 0
        for k in range(2):
            node, cost = seed_node[source, k], seed_cost[source, k]
            if cost <= limit and cost < dist[node]:
                if dist[node] == FAR:
                    reached[near] = node
                    near += 1
                dist[node] = cost
                size = push(heap, size, (cost << SHIFT) | np.int64(node))
        near = settle(indptr, indices, weight, limit, dist, heap, size, reached, near)
        for k in range(pair_start[source], pair_start[source + 1]):
            met = offer(best, touched, met, pair_target[k], pair_cost[k], limit)
        for k in range(near):
            node = reached[k]
            for a in range(at_start[node], at_start[node + 1]):
                met = offer(best, touched, met, at_target[a], dist[node] + at_cost[a], limit)
            dist[node] = FAR
        while used + met > len(found):
            longer = np.empty(2 * len(found), np.int64)
            longer[:used] = found[:used]
            found = longer
        for k in range(met):
            target = touched[k]
            found[used + k] = (best[target] << SHIFT) | target
            best[target] = FAR
        found[used : used + met].sort()
        used += met
        counts[row] = met
    keys = found[:used]
    return counts, (keys & LOW).astype(np.int32), (keys >> SHIFT).astype(np.uint32)
