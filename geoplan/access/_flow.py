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
NEAR = 64  # pairs of a demand point that are looked at first


# The tree: a row of whole numbers a node, so that the kernels take one array; half as wide as the flow, which stands apart,
# because a tree that stays in the cache is quicker. NEXT and BEFORE run round all nodes, each followed by those below it.
# UP: 1 where the arc runs from the node to its parent.
PARENT, NEXT, BEFORE, DEPTH, UP, ARC = range(6)
WIDTH = 8


@jit
def follow(tree: Any, one: int, other: int) -> None:
    """Let a node come right after another."""
    tree[one, NEXT] = other
    tree[other, BEFORE] = one


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
def leaving(tree: Any, flow: Any, tail: int, head: int, top: int) -> tuple[int, int, bool]:
    """The node whose arc empties first when flow is pushed round the cycle, how much, and whether it is on the tail's side.

    Among arcs that empty together the last one on the cycle, walked from its apex, keeps the tree strongly feasible.
    """
    least, out, on_tail = np.iinfo(np.int64).max, NONE, True
    node = tail
    while node != top:
        if tree[node, UP] == 1 and flow[node] < least:
            least, out = flow[node], node
        node = tree[node, PARENT]
    node = head
    while node != top:
        if tree[node, UP] == 0 and flow[node] <= least:
            least, out, on_tail = flow[node], node, False
        node = tree[node, PARENT]
    return out, least, on_tail


@jit
def push(tree: Any, flow: Any, tail: int, head: int, top: int, amount: int) -> None:
    """Send an amount round the cycle: tail, head, up to the apex, down to the tail."""
    node = tail
    while node != top:
        flow[node] += amount if tree[node, UP] == 0 else -amount
        node = tree[node, PARENT]
    node = head
    while node != top:
        flow[node] += amount if tree[node, UP] == 1 else -amount
        node = tree[node, PARENT]


@jit
def hang(
    tree: Any, flow: Any, potential: Any, node: int, last: int, parent: int, amount: int, up: int, arc: int, step: int
) -> None:
    """Hang the piece that comes off above `last` below a new parent, with `node` as its top, and add a step to its potentials.

    The way from `node` to `last` turns round. Each node of the way takes what hangs below it, apart from the node before,
    out of the order of all nodes and into the order of the piece.
    """
    top, above, end = node, parent, NONE
    while True:
        old, old_amount, old_up, old_arc = tree[node, PARENT], flow[node], tree[node, UP], tree[node, ARC]
        depth = tree[node, DEPTH]
        deeper = tree[above, DEPTH] + 1 - depth
        at = node
        while True:
            potential[at] += step
            tree[at, DEPTH] += deeper
            after = tree[at, NEXT]
            if tree[after, DEPTH] <= depth:
                break
            at = after
        follow(tree, tree[node, BEFORE], after)
        if end != NONE:
            follow(tree, end, node)
        end = at
        tree[node, PARENT], flow[node], tree[node, UP], tree[node, ARC] = above, amount, up, arc
        if node == last:
            break
        above, amount, up, arc, node = node, old_amount, 1 - old_up, old_arc, old
    follow(tree, end, tree[parent, NEXT])
    follow(tree, parent, top)


@jit
def entering(tail: Any, head: Any, cost: Any, potential: Any, begin: int, block: int, end: int) -> tuple[int, int]:
    """The arc of the most negative reduced cost in the first block of arcs that has one, and where that block ended.

    The blocks run round the arcs 0 … end-1, from `begin` on.
    """
    best, least, at, seen = NONE, 0, begin, 0
    while seen < end:
        for _ in range(min(block, end - seen)):
            reduced = cost[at] + potential[tail[at]] - potential[head[at]]
            if reduced < least:
                best, least = at, reduced
            at = at + 1 if at + 1 < end else 0
            seen += 1
        if best != NONE:
            break
    return best, at


@jit
def pivot(tree: Any, flow: Any, potential: Any, arc: int, tail: int, head: int, reduced: int) -> None:
    """Bring an arc into the basis and take the one that empties first out of it."""
    top = apex(tree, tail, head)
    out, amount, on_tail = leaving(tree, flow, tail, head, top)
    push(tree, flow, tail, head, top, amount)
    if on_tail:
        hang(tree, flow, potential, tail, out, head, amount, 1, arc, -reduced)
    else:
        hang(tree, flow, potential, head, out, tail, amount, 0, arc, reduced)


@jit
def optimise(tree: Any, flow: Any, potential: Any, tail: Any, head: Any, cost: Any, end: int) -> None:
    """Pivot until none of the arcs 0 … end-1 would make the flow cheaper."""
    block, at = max(int(np.sqrt(end)) // 4, 20), 0
    while True:
        arc, at = entering(tail, head, cost, potential, at, block, end)
        if arc == NONE:
            return
        reduced = cost[arc] + potential[tail[arc]] - potential[head[arc]]
        pivot(tree, flow, potential, arc, tail[arc], head[arc], reduced)


@jit
def simplex(tail: Any, head: Any, cost: Any, wanted: Any, room: Any, penalty: int, few: int) -> Any:
    """Flow on each arc (demand to root, root to places, then the pairs) at least cost; every `room` must be above 0.

    The first `few` arcs are brought to the optimum before the others are looked at: an optimum over all is nearly one over
    the pairs of the nearest places, and far pairs are the most.
    """
    points, root = len(wanted), len(wanted) + len(room)
    tree = np.full((root + 1, WIDTH), NONE, np.int32)
    tree[root, DEPTH] = 0
    follow(tree, root, 0)
    potential, flow = np.zeros(root + 1, np.int64), np.zeros(root + 1, np.int64)
    flow[:points], flow[points:root] = wanted, room
    potential[:points] = -penalty
    for node in range(root):
        tree[node, PARENT], tree[node, DEPTH] = root, 1
        tree[node, UP], tree[node, ARC] = 1 if node < points else 0, node
        follow(tree, node, node + 1)
    optimise(tree, flow, potential, tail, head, cost, few)
    optimise(tree, flow, potential, tail, head, cost, len(cost))
    sent = np.zeros(len(cost), np.int64)
    for node in range(root):
        sent[tree[node, ARC]] += flow[node]
    return sent


def transport(demand: Whole, place: Whole, cost: Whole, wanted: Whole, room: Whole) -> Whole:
    """The amount on each pair: as much as possible is sent, and among such flows the one of least total cost.

    `demand` and `place` are the rows of each pair, ordered by demand row and then by cost; `cost` its whole cost; `wanted`
    and `room` whole amounts by row. All exact.
    """
    has_room = room > 0
    number = np.cumsum(has_room) - 1
    used = np.flatnonzero(has_room[place] & (wanted[demand] > 0))
    points, places = len(wanted), int(has_room.sum())
    penalty = int(cost.max(initial=0)) * (2 * min(points, places) + 2) + 1  # dearer than any detour that would save one
    root = points + places
    near = _nearest(demand[used])
    pairs = used[np.argsort(~near, kind="stable")]
    tail = np.concatenate((np.arange(points), np.full(places, root), demand[pairs])).astype(np.int32)
    head = np.concatenate((np.full(points, root), np.arange(points, root), number[place[pairs]] + points)).astype(
        np.int32
    )
    costs = np.concatenate((np.full(points, penalty), np.zeros(places, np.int64), cost[pairs]))
    flow = np.zeros(len(demand), np.int64)
    flow[pairs] = simplex(tail, head, costs, wanted, room[has_room], penalty, root + int(near.sum()))[root:]
    return flow


def _nearest(demand: Whole) -> npt.NDArray[np.bool_]:
    """Which pairs are among the first `NEAR` of their demand row; the rows rise."""
    first = np.searchsorted(demand, demand)
    near: npt.NDArray[np.bool_] = np.arange(len(demand)) - first < NEAR
    return near
