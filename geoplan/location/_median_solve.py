"""From a p-median problem to a plan with its proof: swaps from below, a Lagrangian bound from above, branches for what is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from geoplan.errors import ResourceError
from geoplan.location._claim import claim_least, no_plan
from geoplan.location._graph import Ints
from geoplan.location._median import FAR, Medians, Search, build_medians, dearest, exact_cost, nearest_few
from geoplan.location._median_bound import FIRST_PACE, ascend, first_bound, first_status, nearest_of_all
from geoplan.location._median_branch import branch
from geoplan.location._median_reach import reaching, surely_none
from geoplan.location._watch import Watch
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem

SHAKES, PATIENCE = 20, 6  # disturbances at a time, and how many times in a row may be in vain
ROUNDS, FEW, MANY = 100, 25, 5_000_000  # rounds of the bound at a time; few where there are many pairs
SETTLED = 1 - 5e-7  # steps: a bound so near leaves no room for a better plan; the search stops a little nearer
FAST = 0.2  # share of the gap that rounds close when they are worth more than other plans
SLOW = 0.01  # a pace at which the bound hardly rises


def solve_medians(
    problem: LocationProblem,
    model: str,
    neighbours: int,
    gap: float,
    time_limit_s: float,
    start: Sequence[str],
    progress: Callable[[str], None] | None,
) -> Plan:
    """The plan of least weighted cost to the `neighbours` nearest open places, with a proven bound."""
    with Watch(time_limit_s, progress) as watch:
        medians = build_medians(problem, neighbours)
        begin = rows_of(problem, medians, start)
        search = None if surely_none(medians) else first_plan(medians, begin, watch)
        if search is None:
            return replace(no_plan(problem, model, "least"), seconds=watch.seconds)
        begin_with(search, begin)
        bound = Solution(search, gap, watch).proven()
        sites = tuple(problem.cost.place_ids[np.sort(medians.row[search.chosen])])
        cost, step = exact_cost(search), 1.0 if medians.step == 1 else 0.0
        bound = cost if bound >= cost - medians.step * SETTLED else bound
        plan = claim_least(problem, model, sites, nearest_few(problem, sites, neighbours), cost, bound, gap, step)
        return replace(plan, seconds=watch.seconds)


def rows_of(problem: LocationProblem, medians: Medians, start: Sequence[str]) -> Ints:
    """The places of a start that are in the problem and may be opened."""
    wanted = np.isin(problem.cost.place_ids[medians.row].to_numpy(str), list(start))
    return np.flatnonzero(wanted & medians.movable)


def first_plan(medians: Medians, start: Ints, watch: Watch) -> Search | None:
    """A plan that leaves no point out: greedy and swaps, at rising penalties, else the start or a set cover; None if there is none."""
    search = Search(medians)
    search.fill()
    penalty = FAR * dearest(*medians.points[:1], *medians.points[2:4])
    for times in (1.0, 1e2, 1e4):
        if times > 1:
            search.push_away(times * penalty)
        search.descend()
        if not search.unreached or not watch.going:
            break
    if search.unreached and keeps_rules(medians, start):
        search.put(start)
        search.fill()
    if search.unreached:
        chosen = reaching(medians, watch)
        if chosen is None:
            return None
        search.put(chosen)
    search.push_away(max(search.cost, penalty))  # so that to leave a point out is worth it nowhere
    search.descend()
    if search.unreached:
        raise ResourceError("no plan was found that reaches every point: give a larger p or more reach")
    return search


def keeps_rules(medians: Medians, start: Ints) -> bool:
    """Whether a start has no more than p places, one a site."""
    return 0 < len(start) <= medians.p and len(np.unique(medians.site[start])) == len(start)


def begin_with(search: Search, start: Ints) -> None:
    """Take the start, filled up to p places and bettered by swaps, if it keeps the rules and is better."""
    if not keeps_rules(search.medians, start):
        return
    cost, before = search.cost, search.chosen
    search.put(start)
    search.fill()
    search.descend()
    if search.unreached or search.cost > cost:
        search.put(before)


class Solution:
    """The best plan (in `search`) and the best bound, drawn together."""

    def __init__(self, search: Search, gap: float, watch: Watch) -> None:
        self.search, self.gap, self.watch = search, gap, watch
        self.medians = replace(search.medians, points=search.points)
        self.bound, self.pace = first_bound(search), np.array([FIRST_PACE])
        self.rounds = FEW if len(search.points[1]) > MANY else ROUNDS
        self.dual, self.offered = Search(self.medians), np.zeros(0, np.int64)

    @property
    def goal(self) -> float:
        """What the bound must reach."""
        return self.search.cost - self.medians.tolerance(self.search.cost, self.gap)

    @property
    def reached(self) -> bool:
        """Whether the gap is reached."""
        return self.bound.cost >= self.goal

    def proven(self) -> float:
        """Work until the gap is reached or time is out; the bound."""
        if not self.medians.p or not len(self.medians.points[3]):
            return self.search.cost  # nothing to choose, or nobody to choose for
        self.draw_together()
        if self.reached or not self.watch.going:
            return max(self.bound.cost, nearest_of_all(self.medians))
        chosen, cost = self.search.chosen, self.search.cost
        best, _, least = branch(self.medians, self.bound, chosen, cost, self.gap, self.watch)
        if best is not chosen:
            self.search.put(best)
        return max(least, self.bound.cost)

    def draw_together(self) -> None:
        """Raise the bound and better the plan in turn, until neither moves; as long as the bound rises fast, only the bound."""
        vain, rise = 0, 1.0
        while self.watch.going and not self.reached and (vain < PATIENCE or rise > 0):
            rise = self.raise_bound()
            before = self.search.cost
            if rise < FAST and vain < PATIENCE:
                self.better()
                vain = vain + 1 if self.search.cost >= before else 0
            self.watch.tell("search", self.search.cost, self.bound.cost if np.isfinite(self.bound.cost) else None)

    def better(self) -> None:
        """Swap from what the relaxed plan opens, then disturb the best plan."""
        self.try_dual()
        if not self.reached and self.watch.going:
            self.search.shake(SHAKES)

    def raise_bound(self) -> float:
        """Some more rounds of the bound; how much of the gap they closed, 0 if no more is to be expected."""
        if self.pace[0] <= SLOW:
            return 0.0
        status, top, before = first_status(self.medians), self.search.cost, self.bound.cost
        self.bound = ascend(self.medians, status, self.bound, self.goal, top, self.rounds, self.pace)
        rise = (self.bound.cost - before) / max(top - before, 1e-9)
        return 1.0 if np.isinf(before) else rise if self.pace[0] > SLOW else 0.0

    def try_dual(self) -> None:
        """Swap from what the relaxed plan opens; keep the plan if it is better."""
        picked = np.flatnonzero(self.bound.picked & self.medians.movable)
        if self.reached or not self.watch.going or np.array_equal(picked, self.offered):
            return
        self.offered = picked
        self.dual.put(picked)
        self.dual.descend()
        if self.dual.cost < self.search.cost and not self.dual.unreached:
            self.search.put(self.dual.chosen)
