"""The compiled network simplex for transportation in whole numbers: imported only when it is used (numba takes seconds).

Demand points are the nodes 0 … n-1, places n … n+m-1, and the root stands for "without a place". Beside the pairs there is an
arc from each demand point to the root (people without a place, at a penalty above any detour) and one from the root to each
place (places left empty, free of cost). So no arc needs an upper bound, and the star of these arcs is the first basis. The
basis is kept strongly feasible (Cunningham 1976): an empty arc of the tree points to the root, which rules out cycling.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.network._kernel import jit

Whole = npt.NDArray[np.int64]

NONE = -1


# The tree: a row of whole numbers a node, so that the kernels take one array.
PARENT, CHILD, NEXT, BEFORE, DEPTH, FLOW, UP, ARC = range(8)  # UP: 1 where the arc runs from the node to its parent


@jit
def detach(tree: Any, node: int) -> None:
    """Take a node out of the list of its parent's children."""
    before, after = tree[node, BEFORE], tree[node, NEXT]
    if before == NONE:
        tree[tree[node, PARENT], CHILD] = after
    else:
        tree[before, NEXT] = after
    if after != NONE:
        tree[after, BEFORE] = before


@jit
def attach(tree: Any, node: int, parent: int, flow: int, up: int, arc: int) -> None:
    """Hang a node below a parent by an arc."""
    first = tree[parent, CHILD]
    tree[node, PARENT] = parent
    tree[node, BEFORE] = NONE
    tree[node, NEXT] = first
    tree[node, FLOW] = flow
    tree[node, UP] = up
    tree[node, ARC] = arc
    if first != NONE:
        tree[first, BEFORE] = node
    tree[parent, CHILD] = node


@jit
def apex(tree: Any, one: int, other: int) -> int:
    """The node where the ways of two nodes to the root meet."""
    while one != other:
        if tree[one, DEPTH] >= tree[other, DEPTH]:
            one = tree[one, PARENT]
        else:
            other = tree[other, PARENT]
    return one


@jit
def leaving(tree: Any, tail: int, head: int, top: int) -> tuple[int, int, bool]:
    """The node whose arc empties first when flow is pushed round the cycle, how much, and whether it is on the tail's side.

    Among arcs that empty together the last one on the cycle, walked from its apex, keeps the tree strongly feasible.
    """
    least, out, on_tail = np.iinfo(np.int64).max, NONE, True
    node = tail
    while node != top:
        if tree[node, UP] == 1 and tree[node, FLOW] < least:
            least, out = tree[node, FLOW], node
        node = tree[node, PARENT]
    node = head
    while node != top:
        if tree[node, UP] == 0 and tree[node, FLOW] <= least:
            least, out, on_tail = tree[node, FLOW], node, False
        node = tree[node, PARENT]
    return out, least, on_tail


@jit
def push(tree: Any, tail: int, head: int, top: int, amount: int) -> None:
    """Send an amount round the cycle: tail, head, up to the apex, down to the tail."""
    node = tail
    while node != top:
        tree[node, FLOW] += amount if tree[node, UP] == 0 else -amount
        node = tree[node, PARENT]
    node = head
    while node != top:
        tree[node, FLOW] += amount if tree[node, UP] == 1 else -amount
        node = tree[node, PARENT]


@jit
def hang(tree: Any, node: int, last: int, parent: int, flow: int, up: int, arc: int) -> None:
    """Hang the piece that comes off above `last` below a new parent, with `node` as its top: the way between turns round."""
    while True:
        old, old_flow, old_up, old_arc = tree[node, PARENT], tree[node, FLOW], tree[node, UP], tree[node, ARC]
        detach(tree, node)
        attach(tree, node, parent, flow, up, arc)
        if node == last:
            return
        parent, flow, up, arc, node = node, old_flow, 1 - old_up, old_arc, old


@jit
def shift(tree: Any, potential: Any, top: int, step: int) -> None:
    """Add a step to the potentials below a node, and renew the depths."""
    node = top
    while True:
        potential[node] += step
        tree[node, DEPTH] = tree[tree[node, PARENT], DEPTH] + 1
        if tree[node, CHILD] != NONE:
            node = tree[node, CHILD]
            continue
        while node != top and tree[node, NEXT] == NONE:
            node = tree[node, PARENT]
        if node == top:
            return
        node = tree[node, NEXT]


@jit
def entering(tail: Any, head: Any, cost: Any, potential: Any, begin: int, block: int) -> tuple[int, int]:
    """The arc of the most negative reduced cost in the first block of arcs, from `begin` on, that has one; and where it ended."""
    arcs = len(cost)
    best, least, at, seen = NONE, 0, begin, 0
    while seen < arcs:
        for _ in range(min(block, arcs - seen)):
            reduced = cost[at] + potential[tail[at]] - potential[head[at]]
            if reduced < least:
                best, least = at, reduced
            at = at + 1 if at + 1 < arcs else 0
            seen += 1
        if best != NONE:
            break
    return best, at


@jit
def pivot(tree: Any, potential: Any, arc: int, tail: int, head: int, reduced: int) -> None:
    """Bring an arc into the basis and take the one that empties first out of it."""
    top = apex(tree, tail, head)
    out, amount, on_tail = leaving(tree, tail, head, top)
    push(tree, tail, head, top, amount)
    if on_tail:
        hang(tree, tail, out, head, amount, 1, arc)
        shift(tree, potential, tail, -reduced)
    else:
        hang(tree, head, out, tail, amount, 0, arc)
        shift(tree, potential, head, reduced)


@jit
def simplex(tail: Any, head: Any, cost: Any, wanted: Any, room: Any, penalty: int) -> Any:
    """Flow on each arc (the pairs, then demand to root, then root to places) at least cost; every `room` must be above 0."""
    points, places = len(wanted), len(room)
    root, arcs = points + places, len(cost)
    tree = np.full((root + 1, 8), NONE, np.int64)
    tree[root, DEPTH] = 0
    potential = np.zeros(root + 1, np.int64)
    for node in range(root):
        is_demand = node < points
        flow = wanted[node] if is_demand else room[node - points]
        attach(tree, node, root, flow, 1 if is_demand else 0, arcs - root + node)
        tree[node, DEPTH] = 1
        potential[node] = -penalty if is_demand else 0
    block, at = max(int(np.sqrt(arcs)), 20), 0
    while True:
        arc, at = entering(tail, head, cost, potential, at, block)
        if arc == NONE:
            break
        reduced = cost[arc] + potential[tail[arc]] - potential[head[arc]]
        pivot(tree, potential, arc, tail[arc], head[arc], reduced)
    flow = np.zeros(arcs, np.int64)
    for node in range(root):
        flow[tree[node, ARC]] += tree[node, FLOW]
    return flow


def transport(demand: Whole, place: Whole, cost: Whole, wanted: Whole, room: Whole) -> Whole:
    """The amount on each pair: as much as possible is sent, and among such flows the one of least total cost.

    `demand` and `place` are the rows of each pair, `cost` its whole cost; `wanted` and `room` whole amounts by row. All exact.
    """
    has_room = room > 0
    number = np.cumsum(has_room) - 1
    used = has_room[place] & (wanted[demand] > 0)
    points, places = len(wanted), int(has_room.sum())
    penalty = int(cost.max(initial=0)) * (2 * min(points, places) + 2) + 1  # dearer than any detour that would save one
    root = points + places
    tail = np.concatenate((demand[used], np.arange(points), np.full(places, root)))
    head = np.concatenate((number[place[used]] + points, np.full(points, root), np.arange(points, root)))
    costs = np.concatenate((cost[used], np.full(points, penalty), np.zeros(places, np.int64)))
    flow = np.zeros(len(demand), np.int64)
    flow[used] = simplex(tail, head, costs, wanted, room[has_room], penalty)[: int(used.sum())]
    return flow
