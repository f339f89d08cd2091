"""Branch and bound on places by the Lagrangian bound: the node of the least bound first, so that the bound rises all the time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from heapq import heappop, heappush
from typing import Any

import numpy as np

from geoplan.location._graph import Ints
from geoplan.location._median import Medians, Search
from geoplan.location._median_bound import Bound, ascend, first_status, opened, reduced, settle
from geoplan.location._watch import Watch

ROUNDS, PACE, CHUNKS = 60, 0.3, 4


@dataclass(eq=False)
class Tree:
    """The nodes that are left of a problem, and the best plan so far: `chosen` places at `cost`."""

    medians: Medians
    gap: float
    chosen: Ints
    cost: float
    nodes: int = 0

    @property
    def goal(self) -> float:
        """What a plan must cost less than to be worth looking for."""
        return self.cost - self.medians.tolerance(self.cost, self.gap)

    def offer(self, search: Search, picked: Any) -> None:
        """Take a plan, with swaps, if it is better than the best."""
        search.put(picked)
        search.descend()
        if search.cost < self.cost and not search.unreached:
            self.cost, self.chosen = search.cost, search.chosen


def branch(medians: Medians, bound: Bound, chosen: Ints, cost: float, gap: float, watch: Watch) -> tuple[Ints, float, float]:  # fmt: skip
    """The best plan, its cost, and a bound: the plan's own cost less the tolerance where the tree was searched to its end."""
    tree = Tree(medians, gap, chosen, cost)
    status = settle(medians, first_status(medians), bound, tree.goal)
    smaller, keep = reduced(medians, status, bound, tree.goal)
    inner = replace(bound, worth=bound.worth[keep], picked=bound.picked[keep], share=bound.share[keep])
    place_of = {int(place): at for at, place in enumerate(keep)}
    tree = Tree(smaller, gap, np.array([place_of.get(int(c), -1) for c in chosen]), cost)
    before = tree.chosen
    least = search_tree(tree, inner, status[keep], watch)
    return (chosen if tree.chosen is before else keep[tree.chosen]), tree.cost, least


def search_tree(tree: Tree, bound: Bound, status: Any, watch: Watch) -> float:
    """Branch until no node is left below the goal, or time is out; the bound."""
    heap: list[Any] = [(bound.cost, 0, bound, status)]
    search, number = Search(tree.medians), 1
    while heap and heap[0][0] < tree.goal and watch.going:
        _, _, bound, status = heappop(heap)
        tree.nodes += 1
        for child in children(tree, search, bound, status, watch):
            heappush(heap, (child[0].cost, number, *child))
            number += 1
        if tree.nodes % 50 == 0:
            watch.tell("branch and bound", tree.cost, heap[0][0] if heap else tree.goal)
    return min(heap[0][0], tree.goal) if heap else tree.goal


def children(tree: Tree, search: Search, bound: Bound, status: Any, watch: Watch) -> list[tuple[Bound, Any]]:
    """The node split in two, on the place that the relaxed plans agree on least; nothing where it holds no better plan.

    Where the time is out, the node as it is.
    """
    medians, pace = tree.medians, np.array([PACE])
    for _ in range(CHUNKS):
        if not watch.going:
            return [(bound, status)]
        bound = ascend(medians, status, bound, tree.goal, tree.cost, ROUNDS, pace)
        if bound.cost >= tree.goal:
            return []
        known = int((status != 0).sum())
        status = settle(medians, status, bound, tree.goal)
        if ended(tree, search, status):
            return []
        if int((status != 0).sum()) == known:
            break
    tree.offer(search, np.flatnonzero(bound.picked & medians.movable))
    free = np.flatnonzero(status == 0)
    place = int(free[np.argmin(np.abs(bound.share[free] - 0.5))])
    with_it, without = status.copy(), status.copy()
    opened(medians, with_it, place)
    without[place] = -1
    return [(bound, s) for s in (with_it, without) if not ended(tree, search, s)]


def ended(tree: Tree, search: Search, status: Any) -> bool:
    """Whether nothing is left to choose; the plan that is left, if there is one, is offered."""
    medians, is_open = tree.medians, (status > 0) & tree.medians.movable
    left = medians.p - int(is_open.sum())
    free = np.flatnonzero(status == 0)
    if left > 0 and len(np.unique(medians.site[free])) > left:
        return False
    if left == 0:
        tree.offer(search, np.flatnonzero(is_open))
    elif len(free) == left:
        tree.offer(search, np.flatnonzero(is_open | (status == 0)))
    else:
        return len(np.unique(medians.site[free])) < left
    return True
