"""Maximal covering from a question in whole numbers to a plan and a bound: search, relaxation, rounding, regions, branch and bound."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from geoplan.location._graph import Ints
from geoplan.location._maxcover import Cover
from geoplan.location._maxcover_bound import Bound, Relaxation
from geoplan.location._maxcover_exact import branch, reduced, settled
from geoplan.location._maxcover_search import Draws, Opened, Regions, plan_of, recreate, rounded
from geoplan.location._watch import Watch

LEAST_SHARES = (0.9, 0.6, 0.4, 0.2, 0.05)  # which share in the relaxed plan opens an option
STEPS, FEW_STEPS, MOST_STEPS = (
    20,
    300,
    3000,
)  # rounds of the relaxation between two looks, and in all (few: small questions)
KEPT = 0.5  # what being open in the best plan adds to a share in the relaxed one, when another plan is begun
CLOSE = 1e-4  # of the relaxed plan: a bound as near as this to what it tends to need not be bettered
TURNS, PATIENCE = 100, 4  # regions between two looks; looks without a better plan before something else is tried
SMALL, MANY_PAIRS = (
    20_000,
    200_000,
)  # pairs: up to here branch and bound is tried soon;  # more are no work for branch and bound


@dataclass(eq=False)
class Best:
    """The best plan so far and the bound, in units of the question (those that the fixed cover apart)."""

    chosen: Ints
    units: float
    bound: float

    def reached(self, gap: float, cover: Cover) -> bool:
        """Whether no plan covers a step more, or the bound is within the gap."""
        return self.bound < self.units + cover.step or self.bound - self.units <= gap * (self.units + cover.always)

    def take(self, plan: Opened) -> None:
        """Keep a plan that covers more."""
        if plan.units > self.units:
            self.chosen, self.units = plan.chosen, plan.units


def best_plan(cover: Cover, gap: float, watch: Watch, first: Any = ()) -> Best:
    """A plan and a bound, until they are within `gap` or the watch stops; no worse than `first` (options)."""
    if not cover.options or not len(cover.weight) or not cover.most:
        return Best(np.zeros(0, np.int64), 0, 0.0)
    run = _Run(cover, gap, watch)
    run.begin(first)
    run.relax()
    run.round()
    run.regions()
    whole = cover.share is None  # plans cover whole units
    run.best.bound = max(math.floor(run.best.bound) if whole else run.best.bound, run.best.units)
    return run.best


class _Run:
    """One question on its way: each step leaves `best` no worse."""

    def __init__(self, cover: Cover, gap: float, watch: Watch) -> None:
        self.cover, self.gap, self.watch = cover, gap, watch
        self.every = np.arange(cover.options)
        self.best = Best(np.zeros(0, np.int64), -1, float(cover.weight.sum()))
        self.bound: Bound | None = None
        self.small = len(cover.row) <= SMALL

    @property
    def going(self) -> bool:
        """Whether there is something left to do, and time."""
        return self.watch.going and not self.best.reached(self.gap, self.cover)

    def tell(self, stage: str) -> None:
        """Tell the watch where the work is."""
        people, always = self.cover.people, self.cover.always
        self.watch.tell(stage, people(self.best.units + always), people(self.best.bound + always))

    def begin(self, first: Any) -> None:
        """The plan given, and the greedy one, both improved by exchanges."""
        for given in ((), first) if len(first) else ((),):
            plan = plan_of(self.cover)
            for option in given:
                if plan.may(int(option)):
                    plan.add(int(option))
            self.best.take(plan)
            plan.improve(self.every, self.watch)
            self.best.take(plan)
        self.tell("search")

    def relax(self) -> None:
        """The relaxation, from the multipliers that the plan suggests, until it is near enough to be of use."""
        plan = plan_of(self.cover, self.best.chosen)
        self.relaxation = Relaxation(self.cover, plan.is_open.astype(float), 1.0 / (1.0 + plan.times))
        self.relaxed(0)
        while self.going and self.relaxable(max(CLOSE, self.gap / 10)):
            self.relaxed()
        self.tell("bound")

    def relaxable(self, close: float) -> bool:
        """Whether more rounds could still better the bound by a share that matters."""
        bound, rounds = self.relaxation.best, self.relaxation.rounds
        ahead = bound.units - bound.relaxed > close * bound.relaxed
        return ahead and rounds < (FEW_STEPS if self.small else MOST_STEPS)

    def relaxed(self, rounds: int = STEPS) -> None:
        """Some more rounds."""
        self.bound = self.relaxation.run(rounds)
        self.best.bound = min(self.best.bound, self.bound.units)

    def round(self) -> None:
        """Plans rounded from the relaxed one."""
        for least in LEAST_SHARES:
            if self.bound is None or not self.going:
                return
            plan = rounded(self.cover, self.bound.share, least)
            plan.improve(self.every, self.watch)
            self.best.take(plan)
        self.tell("rounding")

    def regions(self) -> None:
        """Regions closed and filled again, from another plan when that finds no more; and the relaxation goes on between.

        Branch and bound takes over where what is left open to it has become small enough.
        """
        if self.bound is None or not self.going:
            return
        plan, regions, draws, idle = plan_of(self.cover, self.best.chosen), Regions(self.cover), Draws(), 0
        patience = 1 if self.small else max(PATIENCE, self.cover.options // (2 * TURNS))
        while self.going:
            before = plan.units
            recreate(plan, regions, self.bound.share, draws, TURNS, self.watch)
            self.best.take(plan)
            if self.relaxable(CLOSE):
                self.relaxed()
            self.tell("regions")
            idle = 0 if plan.units > before else idle + 1
            if idle >= patience and self.going:
                idle = 0
                if self.prove():
                    return
                luck = 0.3 + draws.many(self.cover.options)
                wanted = self.bound.share + KEPT * plan_of(self.cover, self.best.chosen).is_open
                plan = rounded(self.cover, wanted * luck, 0.1)
                plan.improve(self.every, self.watch)

    def prove(self) -> bool:
        """Branch and bound on what reduced costs leave open; whether it was small enough to be tried."""
        if self.bound is None:
            return False
        closed, needed = settled(self.cover, self.bound, self.best.units)
        closed[self.best.chosen] = False
        opened = np.flatnonzero(needed)
        unseen = (
            self.best.units + self.cover.step - 1
        )  # reduced costs shut out plans that are better by less than a step
        if not keeps(self.cover, opened):  # no better plan can keep the rules
            self.best.bound = min(self.best.bound, unseen)
            return True
        sub = reduced(self.cover, ~closed, opened)
        if len(sub.row) > MANY_PAIRS:
            return False
        self.tell("branch and bound")
        fixed = sub.always - self.cover.always
        first = np.isin(sub.place, self.best.chosen) if np.isin(opened, self.best.chosen).all() else None
        gap = self.gap * (self.best.units + self.cover.always) / max(self.best.units - fixed, 1)
        chosen, bound = branch(sub, first, min(gap, 0.5), self.watch.left(), self.watch)
        if chosen is not None and keeps(self.cover, plan := np.concatenate((opened, sub.place[chosen]))):
            self.best.take(plan_of(self.cover, plan))
        self.best.bound = min(self.best.bound, max(bound + fixed, unseen))
        return True


def keeps(cover: Cover, chosen: Ints) -> bool:
    """Whether a plan keeps the number, the money and one option a site."""
    spent, sites = int(cover.cost[chosen].sum()), len(np.unique(cover.site[chosen]))
    return sites == len(chosen) <= cover.most and (cover.budget is None or spent <= cover.budget)


def tidied(cover: Cover, chosen: Ints, watch: Watch) -> Ints:
    """A plan that covers as much: without options that nobody needs, dearest and highest id first; ties by the lowest ids.

    Where there is no budget it has as many options as may be opened: what is missing are the lowest ids whose sites are free.
    """
    plan = plan_of(cover, chosen)
    if watch.going:
        plan.exchange(np.arange(cover.options), level=True)
    for option in chosen_last(cover, plan.chosen):
        if plan.loss(int(option)) <= 0:
            plan.drop(int(option))
    if cover.budget is None:
        for option in range(cover.options):
            if plan.free <= 0:
                break
            if plan.may(option):
                plan.add(option)
    return plan.chosen


def chosen_last(cover: Cover, chosen: Ints) -> Ints:
    """Options by falling cost, then falling id."""
    return chosen[np.lexsort((-chosen, -cover.cost[chosen]))]
