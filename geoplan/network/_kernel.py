"""The compiled search: imported only when it is used, because numba takes seconds to load.

A cost and a node share one 64-bit key (cost << 31 | node), so that a heap of whole numbers orders by cost, then node.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np

try:
    import numba
except ImportError:  # the same functions run uncompiled: slower, with equal results
    numba = None  # type: ignore[assignment]

SHIFT = 31
LOW = (1 << SHIFT) - 1
MANY = 48  # keys that are sorted by comparing; fewer are quicker put in place one by one
FAR = (1 << 32) - 1  # beyond every limit; fits the uint32 in which costs are kept


def jit(function: Callable[..., Any], inline: Literal["never", "always"] = "never") -> Any:
    """Compile without the interpreter lock; keep the machine code on disk where a folder can be written.

    Without numba the function is left as it is.
    """
    if numba is None:
        return function
    try:
        return numba.njit(nogil=True, cache=True, inline=inline)(function)
    except RuntimeError:  # no folder for the cache
        return numba.njit(nogil=True, inline=inline)(function)


inlined = partial(jit, inline="always")


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


@inlined
def smallest_child(heap: Any, size: int, at: int) -> int:
    """Where the smallest of the up to four keys below a place of the heap stands; `size` where there is none."""
    child = 4 * at + 1
    if child + 3 < size:  # two halves, then the better of both: less to guess for the processor than one by one
        first, second, third, fourth = heap[child], heap[child + 1], heap[child + 2], heap[child + 3]
        least, smallest = (child + 1, second) if second < first else (child, first)
        other, smaller = (child + 3, fourth) if fourth < third else (child + 2, third)
        return other if smaller < smallest else least
    least = min(child, size)
    for other in range(child + 1, size):
        if heap[other] < heap[least]:
            least = other
    return least


@jit
def pop(heap: Any, size: int) -> int:
    """Take the smallest key, heap[0], out of a 4-ary heap; the new size."""
    size -= 1
    key = heap[size]
    at = 0
    while True:
        least = smallest_child(heap, size, at)
        if least >= size or heap[least] >= key:
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
            further, neighbour = cost + np.int64(weight[k]), np.int64(indices[k])
            so_far = dist[neighbour]
            if further < so_far and further <= limit:
                if so_far == FAR:
                    reached[count] = neighbour
                    count += 1
                dist[neighbour] = further
                size = push(heap, size, (further << SHIFT) | neighbour)
    return count


@jit
def enter(dist: Any, heap: Any, reached: Any, nodes: Any, costs: Any, limit: int) -> tuple[int, int]:
    """Seed a search at nodes that are entered at a cost; the sizes of the heap and of `reached`."""
    size, count = 0, 0
    for k in range(len(nodes)):
        node, cost = nodes[k], costs[k]
        if cost <= limit and cost < dist[node]:
            if dist[node] == FAR:
                reached[count] = node
                count += 1
            dist[node] = cost
            size = push(heap, size, (cost << SHIFT) | np.int64(node))
    return size, count


@jit
def offer(best: Any, touched: Any, count: int, target: int, cost: int, limit: int) -> int:
    """Keep the cheapest cost of a target within the limit; how many targets are touched."""
    so_far = best[target]
    if cost < so_far and cost <= limit:
        if so_far == FAR:
            touched[count] = target
            count += 1
        best[target] = cost
    return count


@jit
def sort_keys(keys: Any, limit: int, spare: Any) -> None:
    """Sort keys whose costs are at most `limit`: spread them over slots of equal width by cost, about four in each, then put each
    in its place; `spare` is as long as the keys or longer.
    """
    shift = SHIFT
    while limit >> (shift - SHIFT) >= max(1, len(keys) // 4):
        shift += 1
    slots = (limit >> (shift - SHIFT)) + 1
    first = np.zeros(slots + 1, np.int64)
    for key in keys:
        first[(key >> shift) + 1] += 1
    for slot in range(slots):
        first[slot + 1] += first[slot]
    spare[: len(keys)] = keys
    for key in spare[: len(keys)]:
        keys[first[key >> shift]] = key
        first[key >> shift] += 1
    begin = 0
    for end in first[:slots]:
        if end - begin > MANY:
            keys[begin:end].sort()
        begin = end
    for k in range(1, len(keys)):
        key, at = keys[k], k
        while at > 0 and keys[at - 1] > key:
            keys[at] = keys[at - 1]
            at -= 1
        keys[at] = key


@jit
def search_block(
    indptr: Any, indices: Any, weight: Any,
    seed_start: Any, seed_node: Any, seed_cost: Any,
    at_start: Any, at_target: Any, at_cost: Any,
    pair_start: Any, pair_target: Any, pair_cost: Any,
    dist: Any, heap: Any, reached: Any, best: Any, touched: Any, spare: Any,
    sources: Any, limit: int,
) -> Any:  # fmt: skip
    """All targets within the limit of each source: the counts, and target and cost by source, in order of cost, then target.

    `dist` (by node) and `best` (by target) are FAR before and after.
    """
    counts = np.zeros(len(sources), np.int64)
    found, used = np.empty(4096, np.int64), 0
    for row in range(len(sources)):
        source = sources[row]
        first, last, met = seed_start[source], seed_start[source + 1], 0
        size, near = enter(dist, heap, reached, seed_node[first:last], seed_cost[first:last], limit)
        near = settle(indptr, indices, weight, limit, dist, heap, size, reached, near)
        for k in range(pair_start[source], pair_start[source + 1]):
            met = offer(best, touched, met, pair_target[k], pair_cost[k], limit)
        for k in range(near):
            node = reached[k]
            there = np.int64(dist[node])
            dist[node] = FAR
            for a in range(at_start[node], at_start[node + 1]):
                met = offer(best, touched, met, at_target[a], there + at_cost[a], limit)
        if used + met > len(found):
            longer = np.empty(max(2 * len(found), used + met), np.int64)
            longer[:used] = found[:used]
            found = longer
        for k in range(met):
            target = touched[k]
            found[used + k] = (np.int64(best[target]) << SHIFT) | target
            best[target] = FAR
        sort_keys(found[used : used + met], limit, spare)
        used += met
        counts[row] = met
    target, cost = np.empty(used, np.int32), np.empty(used, np.uint32)
    for k in range(used):
        target[k], cost[k] = found[k] & LOW, found[k] >> SHIFT
    return counts, target, cost


@jit
def put(counts: Any, target: Any, cost: Any, at: Any, all_target: Any, all_cost: Any) -> None:
    """Write the pairs of a block's sources to where each source's begin."""
    done = 0
    for row in range(len(counts)):
        begin, end = at[row], at[row] + counts[row]
        all_target[begin:end] = target[done : done + counts[row]]
        all_cost[begin:end] = cost[done : done + counts[row]]
        done += counts[row]


@jit
def nearest_labels(indptr: Any, indices: Any, weight: Any, seed_node: Any, seed_cost: Any, seed_place: Any, k: int, limit: int) -> Any:  # fmt: skip
    """The k cheapest places of every node, shape (nodes, k): their costs (FAR: none) and places, by cost, then place.

    Each node keeps the k best places that it has heard of; what enters the list is told on when its turn comes.
    """
    nodes = len(indptr) - 1
    cost, place = np.full((nodes, k), FAR, np.uint32), np.full((nodes, k), -1, np.int32)
    heap, label = np.empty(1024, np.int64), np.empty(1024, np.int32)
    size = 0
    for s in range(len(seed_node)):
        if seed_cost[s] <= limit and improve(cost[seed_node[s]], place[seed_node[s]], seed_cost[s], seed_place[s]):
            heap, label, size = push_label(
                heap, label, size, (seed_cost[s] << SHIFT) | np.int64(seed_node[s]), seed_place[s]
            )
    while size > 0:
        key, who = heap[0], label[0]
        size = pop_label(heap, label, size)
        so_far, node = key >> SHIFT, key & LOW
        if not holds(cost[node], place[node], so_far, who):
            continue  # a cheaper way, or k better places, have come since
        for a in range(indptr[node], indptr[node + 1]):
            further, neighbour = so_far + np.int64(weight[a]), indices[a]
            if further <= limit and improve(cost[neighbour], place[neighbour], further, who):
                heap, label, size = push_label(heap, label, size, (further << SHIFT) | np.int64(neighbour), who)
    return cost, place


@jit
def holds(cost: Any, place: Any, at: int, who: int) -> bool:
    """Whether a node's list has this place at this cost."""
    for k in range(len(cost)):
        if place[k] == who:
            return bool(cost[k] == at)
    return False


@jit
def improve(cost: Any, place: Any, at: int, who: int) -> bool:
    """Put a place into a node's list, ordered by cost, then place, if it is among the best; whether it is."""
    last = len(cost) - 1
    if at > cost[last] or (at == cost[last] and who >= place[last]):
        return False
    for k in range(len(cost)):
        if place[k] == who:
            if at >= cost[k]:
                return False
            last = k  # its dearer entry makes room
            break
    while last > 0 and (cost[last - 1] > at or (cost[last - 1] == at and place[last - 1] > who)):
        cost[last], place[last] = cost[last - 1], place[last - 1]
        last -= 1
    cost[last], place[last] = at, who
    return True


@jit
def push_label(heap: Any, label: Any, size: int, key: int, who: int) -> Any:
    """Put a key with its place into a 4-ary heap that grows; the heap, its places and the new size."""
    if size == len(heap):
        heap, label = np.concatenate((heap, np.empty_like(heap))), np.concatenate((label, np.empty_like(label)))
    at = size
    while at > 0:
        above = (at - 1) >> 2
        if heap[above] <= key:
            break
        heap[at], label[at] = heap[above], label[above]
        at = above
    heap[at], label[at] = key, who
    return heap, label, size + 1


@jit
def pop_label(heap: Any, label: Any, size: int) -> int:
    """Take the smallest key with its place out of the heap; the new size."""
    size -= 1
    key, who = heap[size], label[size]
    at = 0
    while True:
        least = smallest_child(heap, size, at)
        if least >= size or heap[least] >= key:
            break
        heap[at], label[at] = heap[least], label[least]
        at = least
    heap[at], label[at] = key, who
    return size


@jit
def combine(
    start: Any, node: Any, leave: Any, label_cost: Any, label_place: Any, row: Any, place: Any, along: Any, k: int, limit: int
) -> Any:  # fmt: skip
    """The k best places of each point, from the lists of the nodes that it leaves through and from its own street."""
    points = len(start) - 1
    best, which = np.full((points, k), FAR, np.uint32), np.full((points, k), -1, np.int32)
    for point in range(points):
        for end in range(start[point], start[point + 1]):
            for rank in range(k):
                who = label_place[node[end], rank]
                if who < 0:
                    break
                total = leave[end] + np.int64(label_cost[node[end], rank])
                if total <= limit:
                    improve(best[point], which[point], total, who)
    for pair in range(len(row)):
        if along[pair] <= limit:
            improve(best[row[pair]], which[row[pair]], along[pair], np.int32(place[pair]))
    return best, which
