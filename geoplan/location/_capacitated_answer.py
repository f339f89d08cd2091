"""From a problem with capacity to its plan: bound, search, patches, what reduced costs leave to branch and bound, and the proof."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import ResourceError
from geoplan.location._capacitated import Case, build_case
from geoplan.location._capacitated_bound import (
    FINE,
    QUICK,
    ROUGH,
    Bound,
    Left,
    Reduced,
    Relaxation,
    Relaxed,
    bound,
    opened_by,
    reduced,
)
from geoplan.location._capacitated_exact import decide, everything, patch
from geoplan.location._capacitated_plans import Found, Service, enough, improve
from geoplan.location._claim import claim_least, no_plan
from geoplan.location._graph import THOUSANDTHS, Floats, Ints
from geoplan.location._watch import Watch
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem

SURE = 0.99  # of the step: objectives that are whole multiples of it differ by more
TRIES = 600  # choices of places looked at by the search beside the bound, fewer where there are many pairs
EVERY = 4  # rounds of the bound between plans made from it, more where there are many pairs
CORE, CORE_EACH = 700, 3  # pairs of least reduced cost that are decided first, in all and for each node
CORE_SECONDS = 12.0
LARGE = 6000  # pairs, above which patches are tried before the whole
PATCHES = (1500, 4000)  # pairs that branch and bound decides at once within seconds
PATCH_SECONDS = 3.0
MODEL = 400_000  # pairs, above which the whole model is not tried


def answer(
    problem: LocationProblem,
    model: str,
    *,
    charged: bool,
    exact: bool,
    gap: float,
    time_limit_s: float,
    start: Sequence[str],
    progress: Callable[[str], None] | None,
) -> Plan:
    """The plan of a model with capacity. `charged`: opening costs count; `exact`: `p` places are opened, not at most.

    Raises `ResourceError` if no plan was found in the time.
    """
    with Watch(time_limit_s, progress) as watch:
        case = build_case(problem, charged, exact)
        if impossible(case):
            return replace(no_plan(problem, model, "least"), seconds=watch.seconds)
        if not len(case.size):
            found, least = _nobody(case), -math.inf
        else:
            found, least = Solver(case, gap, watch).solve(_given(problem, case, start))
        if found is None and least == math.inf:
            return replace(no_plan(problem, model, "least"), seconds=watch.seconds)
        if found is None:
            raise ResourceError(
                f"{model}: no plan was found in {time_limit_s:g} s, nor a proof that none exists; give more time, places or room"
            )
        return replace(as_plan(problem, model, case, found, least, gap, charged), seconds=watch.seconds)


def impossible(case: Case) -> bool:
    """Whether it shows at once that no plan exists: too few places, a node that none can take, or too little room."""
    free = np.flatnonzero(~case.fixed)
    sites = len(np.unique(case.site[free]))
    if case.least > sites or (np.diff(case.first) == 0).any():
        return True
    most = min(case.most, sites)
    for band, load in enumerate(case.load()):
        best = np.zeros(int(case.site.max(initial=-1)) + 1, np.int64)
        np.maximum.at(best, case.site[free], case.rooms()[free, band])
        there = int(case.rooms()[case.fixed, band].sum()) + int(np.sort(best)[::-1][:most].sum())
        if there < load:
            return True
    return False


class Solver:
    """One solve: the bound and the best plan so far."""

    def __init__(self, case: Case, gap: float, watch: Watch) -> None:
        self.case, self.gap, self.watch = case, gap, watch
        self.service, self.relaxation = Service(case), Relaxation(case)
        dearest = np.maximum.reduceat(case.cost, case.first[:-1])
        self.every, self.tries = max(EVERY, len(case.cost) // 10_000), min(TRIES, 30_000_000 // len(case.cost))
        self.ceiling = 2 * float(dearest.sum() + case.price.sum()) + 1.0  # every plan costs less than half of it

    @property
    def best(self) -> float:
        """What the best plan so far costs."""
        return math.inf if self.service.best is None else self.service.best.cost

    def reached(self, least: float) -> bool:
        """Whether a bound will do for the best plan so far, or shows that there is none."""
        if self.service.best is None:
            return least > self.ceiling or not self.watch.going
        room = max(self.gap * abs(self.best), 1e-9 * max(1.0, abs(self.best)), SURE * self.case.step)
        return self.best - least < room or not self.watch.going

    def solve(self, given: Any) -> tuple[Found | None, float]:
        """The best plan, and the bound: infinite if it is proven that no plan exists."""
        if given is not None:
            self.service.serve(given)
        rough = Relaxation(self.case, ROUGH)
        proof = bound(rough, rough.first(), QUICK, self.reached, self.seen)
        self.round_(proof, self.relaxation.evaluate(proof.prices).value)
        if not self.reached(proof.least):
            proof = bound(self.relaxation, proof.prices, FINE, self.reached, self.seen)
        self.watch.tell("search", self.best if self.service.best else None, proof.least)
        worth = self.relaxation.evaluate(proof.prices).value
        least = proof.least
        if self.service.best is None and least > self.ceiling:
            return None, math.inf
        if not self.reached(least):
            least = self.finish(proof, worth)
        return self.service.best, least

    def finish(self, proof: Bound, worth: Floats) -> float:
        """Branch and bound over the pairs of least reduced cost, more and more of them, then patches, then all; the bound."""
        costs, least = reduced(self.relaxation, proof.prices), proof.least
        pairs, cut = max(CORE, CORE_EACH * len(self.case.size)), 0
        while not self.reached(least) and cut < 2 and 2 * pairs < int(costs.left(self.goal).pairs.sum()):
            if (goal := costs.goal(pairs)) > least:
                ended, proven = self.branch(costs, goal)
                least, cut = max(least, proven), cut + (ended == "stopped")
            pairs *= 2
        if not self.reached(least) and int(costs.left(self.goal).pairs.sum()) > LARGE:
            for size in PATCHES:
                self.patches(costs, min(self.goal, costs.goal(pairs)), size, least, worth)
        return least if self.reached(least) else max(least, self.branch(costs, self.goal)[1])

    def seen(self, round_: Relaxed, turn: int) -> float:
        """A plan from one round of the bound; what the best costs by now."""
        if turn % self.every == 0:
            self.service.serve(enough(self.case, round_.picked, np.argsort(round_.value, kind="stable")))
        if turn % 100 == 0:
            self.watch.tell("bound", self.best if self.service.best else None, round_.least)
        return self.best if self.service.best else min(2 * abs(round_.least) + 1.0, 2 * self.ceiling)

    def round_(self, proof: Bound, worth: Floats) -> None:
        """A plan of the places with the greatest share, and better ones near the best."""
        fewest, order = self.relaxation.fewest, opened_by(proof.share, self.case)
        likely = int((proof.share[order] >= 0.5).sum())
        for count in {fewest, likely, likely + 1}:
            opened = self.case.fixed.copy()
            chosen = enough(self.case, opened, order[: max(count, 0)])
            self.service.serve(enough(self.case, chosen, order))
        if self.service.best is not None and not self.reached(proof.least):
            improve(self.service, self.service.best, worth, self.tries, lambda: self.watch.going)

    @property
    def goal(self) -> float:
        """What a plan may cost that is better than the best."""
        return self.best - SURE * self.case.step

    def kept(self, costs: Reduced, goal: float, likely: bool) -> Left:
        """What plans up to a cost may do, or are likely to, and the best plan so far with them."""
        rest = costs.left(goal, likely)
        if self.service.best is None:
            return rest
        used, opened = np.zeros(len(self.case.node), bool), self.service.best.opened
        used[self.case.back] = self.service.best.flow > 0
        return Left(rest.may_open | opened, rest.may_close | ~opened & ~self.case.fixed, rest.pairs | used)

    def branch(self, costs: Reduced, goal: float) -> tuple[str, float]:
        """Branch and bound over what plans up to a cost may do: a better plan if there is one; how it ended, and the bound."""
        whole, best = goal >= self.goal, self.service.best
        rest = self.kept(costs, goal, likely=not whole)
        part = everything(self.case, rest.may_open, rest.may_close, rest.pairs)
        if len(part.pairs) > MODEL or self.watch.left() < 0.5:
            return "stopped", -math.inf
        seconds = self.watch.left() if whole else min(CORE_SECONDS, self.watch.left() / 4)
        reply = decide(self.service, part, best, self.gap, seconds, self.watch)
        if not (whole or self.case.single):
            return reply.ended, -math.inf
        if reply.ended == "infeasible":  # where the best is one of its plans that proves nothing
            return reply.ended, -math.inf if best is not None else math.inf if whole else goal
        return reply.ended, min(reply.bound, goal, self.best)

    def patches(self, costs: Reduced, goal: float, pairs: int, least: float, worth: Floats) -> None:
        """Parts of the plan decided anew by branch and bound, round by round until none gets better."""
        waiting: list[int] = []
        fresh, done = True, set[int]()
        while self.service.best is not None and self.watch.left() > 1.0 and not self.reached(least):
            if fresh:
                rest = self.kept(costs, min(goal, self.goal), likely=True)
                waiting = np.flatnonzero(self.service.best.opened).tolist()
            waiting = [w for w in waiting if w not in done]
            if not waiting:
                return
            seed = waiting.pop(0)
            before = self.service.best
            part = self.around(before, seed, rest, worth, pairs)
            decide(self.service, part, before, 0.0, min(PATCH_SECONDS, self.watch.left() / 2))
            fresh = self.service.best is not before
            done = (done - set(part.places.tolist())) if fresh else done | {seed}
            if fresh:
                self.watch.tell("patches", self.best, least)

    def around(self, found: Found, seed: int, rest: Left, worth: Floats, pairs: int) -> Any:
        """The greatest part about an open place that is small enough: the nearest open places with those that may replace them."""
        inside = np.flatnonzero(found.opened)
        table = nearness(self.service, found, inside)
        column = int(np.flatnonzero(inside == seed)[0])
        order = inside[np.argsort(np.where(inside == seed, -1.0, table[inside, column]), kind="stable")]
        closed = np.flatnonzero(rest.may_open & ~found.opened)
        part = None
        for count in range(2, len(order) + 1):
            columns = np.flatnonzero(np.isin(inside, order[:count]))
            near = closed[np.argsort(table[np.ix_(closed, columns)].min(axis=1), kind="stable")][: 6 * count]
            rich = closed[np.argsort(worth[closed], kind="stable")][:count]
            larger = patch(self.service, found, order[:count], np.union1d(near, rich), rest.pairs)
            if part is not None and len(larger.pairs) > pairs:
                break
            part = larger
        return part if part is not None else patch(self.service, found, order, closed, rest.pairs)


def nearness(service: Service, found: Found, inside: Ints) -> Floats:
    """What it costs on average to serve the nodes of each open place at every place; dear where a node cannot be."""
    case = service.case
    group = np.full(len(found.opened), -1)
    group[inside] = np.arange(len(inside))
    at = group[service.main_bin(found) // case.bands]
    place, own = case.bin_of // case.bands, at[service.pair_node]
    cells, shape = place * len(inside) + own, (len(found.opened), len(inside))
    sums = np.bincount(cells, weights=case.cost, minlength=shape[0] * shape[1]).reshape(shape)
    seen = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    members = np.bincount(at, minlength=len(inside))
    return (sums + (members - seen) * float(case.cost.max()) * 2) / np.maximum(members, 1)


def _given(problem: LocationProblem, case: Case, start: Sequence[str]) -> Any:
    """The places open in a plan to begin with, None if there is none."""
    if not start:
        return None
    return case.fixed | problem.cost.place_ids.isin(list(start))[case.place]


def _nobody(case: Case) -> Found | None:
    """The plan where nobody is to be served: as few places as may be, the cheapest first."""
    opened = enough(case, case.fixed, np.argsort(case.price, kind="stable"))
    return Found(opened, np.zeros(0, np.int64), float(case.price[opened].sum()))


def as_plan(
    problem: LocationProblem, model: str, case: Case, found: Found, least: float, gap: float, charged: bool
) -> Plan:
    """The plan with its assignment, and its objective summed anew over that."""
    cost, opened = problem.cost, np.sort(case.place[found.opened & ~case.fixed])
    sites = tuple(cost.place_ids[opened])
    used = np.flatnonzero(found.flow)
    node = np.repeat(np.arange(len(case.size)), np.diff(case.first))[used]
    demand_ids = np.array(sorted(map(str, cost.demand_ids)), object)
    amount = found.flow[used] * case.unit / THOUSANDTHS
    frame = pd.DataFrame(
        {
            "demand_id": demand_ids[case.row[node]],
            "place_id": cost.place_ids.to_numpy(object)[case.place[case.bin_of[used] // case.bands]],
            "band": np.array(problem.weights().columns, object)[case.band[node]],
            "amount": amount,
        }
    ).astype({"demand_id": object, "place_id": object, "band": object, "amount": float})
    frame = frame.sort_values(["demand_id", "place_id", "band"], kind="stable", ignore_index=True)
    share = case.cost[used] * (found.flow[used] / case.size[node])
    prices = problem.fixed_cost.loc[list(sites)] if charged and problem.fixed_cost is not None else ()
    objective = math.fsum(share) + math.fsum(prices)
    proven = objective if least == -math.inf and not len(case.size) else least
    return claim_least(problem, model, sites, frame, objective, proven, gap, case.step)
