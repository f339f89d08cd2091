"""Good covering plans: greedy or rounded from the relaxed plan, exchanges, and regions closed and filled again. All counts exact."""

from __future__ import annotations

from typing import Any

import numpy as np

from geoplan.location import _maxcover_kernels as kernels
from geoplan.location._graph import Floats, Ints
from geoplan.location._maxcover import Cover
from geoplan.location._watch import Watch

NONE = -1
PLENTY = 1 << 62  # money, where there is no budget
ROUNDS = 30  # times through the list of exchanges before the clock is looked at
SAMPLE = 48  # rows of an option by which its neighbours are found
LITTLE = 0.02  # a share in the relaxed plan that counts for nothing
REGION = 1000  # options in a region at most
SIZES = (4, 8, 14, 6, 20)  # open options that a region closes, in turn


class Opened:
    """A plan that follows each change: which options are open, what each closed one would gain and each open one would lose."""

    def __init__(self, cover: Cover, chosen: Any = ()) -> None:
        self.cover, rows, options = cover, len(cover.weight), cover.options
        self.pairs = (cover.begin, cover.row, cover.first, cover.option)
        gain = np.zeros(options)
        kernels.worths(cover.begin, cover.row, cover.weight.astype(float), gain)
        counts = np.zeros(rows, np.int32), np.zeros(rows, np.int64), gain.astype(np.int64), np.zeros(options, np.int64)
        self.is_open, self.at_site = np.zeros(options, np.int8), np.full(cover.sites, NONE, np.int64)
        self.state = (*counts, self.is_open, self.at_site)
        self.times: Any = counts[0]
        self.common = np.zeros(options, np.int64)
        self.units: float = 0
        self.spare = PLENTY if cover.budget is None else cover.budget
        for option in chosen:
            self.add(int(option))

    @property
    def chosen(self) -> Ints:
        """The open options, rising."""
        return np.flatnonzero(self.is_open)

    @property
    def free(self) -> int:
        """How many more may be opened by number."""
        return self.cover.most - int(self.is_open.sum())

    def may(self, option: int) -> bool:
        """Whether an option can be opened beside those that are open."""
        free = not self.is_open[option] and self.at_site[self.cover.site[option]] == NONE
        return bool(free and self.cover.cost[option] <= self.spare and self.free > 0)

    def loss(self, option: int) -> float:
        """What closing an open option would lose."""
        return float(self.state[3][option])

    def add(self, option: int) -> None:
        """Open an option."""
        self.units += int(kernels.add(option, self.cover.weight, self.pairs, self.cover.site, self.state))
        self.spare -= int(self.cover.cost[option])

    def drop(self, option: int) -> None:
        """Close an option."""
        self.units -= int(kernels.drop(option, self.cover.weight, self.pairs, self.cover.site, self.state))
        self.spare += int(self.cover.cost[option])

    def become(self, chosen: Ints) -> None:
        """Open exactly these."""
        now, wanted = set(self.chosen.tolist()), set(chosen.tolist())
        for option in sorted(now - wanted):
            self.drop(option)
        for option in sorted(wanted - now):
            self.add(option)

    def fill(self, order: Ints) -> None:
        """Open of these what gains most (for its cost, where money is scarce) while something gains."""
        cover = self.cover
        priced = cover.budget is not None
        _, self.spare = kernels.fill(
            order, self.free, cover.weight, self.pairs, cover.site, cover.cost, self.spare, priced, self.state
        )
        self.units = int(cover.weight[self.times > 0].sum())

    def exchange(self, order: Ints, level: bool = False) -> bool:
        """Exchange open options for those of the order while that covers more; whether it did."""
        cover = self.cover
        given = (
            cover.weight,
            self.pairs,
            cover.site,
            cover.cost,
            self.spare,
            self.chosen,
            self.state,
            self.common,
            level,
        )
        more, self.spare = kernels.exchange(order, ROUNDS, *given)
        self.units += int(more)
        return bool(more > 0)

    def improve(self, order: Ints, watch: Watch) -> None:
        """Fill and exchange until neither covers more."""
        self.fill(order)
        while watch.going and self.exchange(order):
            self.fill(order)


def plan_of(cover: Cover, chosen: Any = ()) -> Opened:
    """The plan that opens these options, of the kind that the question asks for."""
    from geoplan.location._maxcover_together import Together

    return Opened(cover, chosen) if cover.share is None else Together(cover, chosen)


def rounded(cover: Cover, share: Floats, least: float) -> Opened:
    """A plan of the options that the relaxed plan opens by `least` or more, those of greatest share first, then greedy."""
    plan = plan_of(cover)
    for option in np.argsort(-share, kind="stable"):
        if share[option] < least:
            break
        if plan.may(int(option)):
            plan.add(int(option))
    plan.fill(np.arange(cover.options))
    return plan


class Regions:
    """The options near each option: those that share rows with it, most first; found once, by a sample of rows."""

    def __init__(self, cover: Cover) -> None:
        options = cover.options
        pairs = (cover.begin, cover.row, cover.first, cover.option)
        self.start = np.zeros(options + 1, np.int64)
        spare = np.zeros(options, np.int32), np.zeros(options, np.int64)
        size = int(kernels.neighbours(*pairs, SAMPLE, self.start, *spare, np.zeros(0, np.int32)))
        self.near = np.zeros(size, np.int32)
        kernels.neighbours(*pairs, SAMPLE, self.start, *spare, self.near)
        self.seen = np.zeros(options, np.int8)
        self.found = np.zeros(options, np.int64)

    def around(self, plan: Opened, centre: int, wanted: int, most: int) -> Ints:
        """Options near a centre until `wanted` open ones, or `most` in all, are met; the centre first."""
        count = kernels.around(centre, wanted, most, self.start, self.near, plan.is_open, self.seen, self.found)
        return self.found[:count].copy()


class Draws:
    """Numbers without a pattern, the same in every run (a linear congruence of 64 bits)."""

    def __init__(self, seed: int = 1) -> None:
        self.state = seed

    def below(self, count: int) -> int:
        """A number from 0 to count - 1."""
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) * count >> 31

    def many(self, count: int) -> Floats:
        """As many numbers from 0 to 1."""
        return np.array([self.below(1 << 20) for _ in range(count)], float) / (1 << 20)


def recreate(plan: Opened, regions: Regions, share: Floats, draws: Draws, turns: int, watch: Watch) -> None:
    """Close the open options of a region, open some of those that the relaxed plan opens there, fill up greedily and by exchanges.

    What covers no less is kept. Regions are drawn, and so is which of the relaxed plan's options come first.
    """
    for turn in range(turns):
        if not watch.going:
            return
        centre, size = draws.below(plan.cover.options), SIZES[turn % len(SIZES)]
        region = regions.around(plan, centre, size, REGION)
        before, units = plan.chosen, plan.units
        closed = region[plan.is_open[region] > 0]
        for option in closed:
            plan.drop(int(option))
        some = region[share[region] > LITTLE]
        luck = share[some] * (0.3 + draws.many(len(some)))
        for option in some[np.argsort(-luck, kind="stable")][: max(1, len(closed) * (2 + draws.below(3)) // 5)]:
            if plan.may(int(option)):
                plan.add(int(option))
        region.sort()
        plan.improve(region, watch)
        if plan.units < units:
            plan.become(before)
