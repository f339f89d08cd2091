"""What no plan with capacity can do better: a Lagrangian bound on the assignment of demand, by the volume algorithm.

For any prices u >= 0 of the nodes and m >= 0 of the budget, no plan costs less than

    sum over nodes of u - m · budget + least over the allowed choices of places of
    sum over opened of (price + m · money - sum over their bins of pack),

where pack is the most of sum(u - cost) over nodes that fit into the room of a bin: a 0-1 knapsack where a node goes to one
place, which makes the bound as strong as that of column generation (Ceselli, Righini 2005), a fractional one where it may be
split. At least as many places are opened as the rooms of the greatest places demand. Every round gives a bound.

Source: Barahona, F., Anbil, R. (2000). The volume algorithm. Mathematical Programming 87; Beasley, J. E. (1993). Lagrangean
heuristics for location problems. European Journal of Operational Research 65.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geoplan.location import _capacitated_kernels as kernels
from geoplan.location._bound import dot
from geoplan.location._capacitated import Case
from geoplan.location._graph import Floats, Ints

ROUNDS = 1500
ROUGH, WORK = 40_000_000, 400_000_000  # steps of the knapsacks in a round at most, above which items may be cut
CELLS = 4_000_000  # numbers in the tables of a knapsack
SAFETY = 1e-10  # of the sums: above what rounding in sums of doubles can do


@dataclass(frozen=True, eq=False)
class Relaxed:
    """One round: `least` (proven), the places picked, what each place is worth opening (`value`), the share of each pair in
    the picked places, and the nodes' and the budget's shortfall.
    """

    least: float
    picked: Any
    value: Floats
    worth: Floats
    flow: Floats
    short: Floats
    count: int
    last: int
    following: int


@dataclass(frozen=True, eq=False)
class Bound:
    """The best bound, the prices that prove it (nodes, then the budget), and the mean share of places and pairs."""

    least: float
    prices: Floats
    share: Floats
    flow: Floats


class Relaxation:
    """The relaxation of a case, with whole items in its knapsacks if that takes no more than so much `work`."""

    def __init__(self, case: Case, work: int = WORK) -> None:
        self.case = case
        bins = np.diff(case.start)
        self.exact = case.single and int((bins * (case.room + 1)).sum()) <= work
        self.fewest = max(case.least, fewest(case))
        self.budget = 0.0 if case.budget is None else float(case.budget)

    def first(self) -> Floats:
        """Prices to begin with: the least cost of a node with its share in opening the place."""
        case = self.case
        room = np.maximum(case.room[case.bin_of], 1)
        node = np.repeat(np.arange(len(case.size)), np.diff(case.first))
        each = case.cost + case.price[case.bin_of // case.bands] * case.size[node] / room
        return np.append(np.minimum.reduceat(each, case.first[:-1]), 0.0)

    def evaluate(self, prices: Floats) -> Relaxed:
        """One round at these prices."""
        case, money = self.case, float(prices[-1])
        take, worth = np.empty(len(case.node)), np.empty(len(case.room))
        kernels.pack(*case.pairs, prices[:-1], self.exact, take, worth)
        value = case.price + money * case.money - worth.reshape(-1, case.bands).sum(axis=1)
        picked = np.zeros(len(value), bool)
        order = np.argsort(value, kind="stable")
        count, last, following = kernels.choose(order, value, case.site, case.fixed, self.fewest, case.most, picked)
        parts = (prices[:-1], value[picked], np.array([-money * self.budget]))
        least = sum(float(p.sum()) for p in parts) - SAFETY * sum(float(np.abs(p).sum()) for p in parts)
        take *= np.repeat(case.bins(picked), np.diff(case.start))
        served = np.bincount(case.node, weights=take, minlength=len(case.size))
        spent = float(case.money[picked].sum()) - self.budget if case.budget is not None else 0.0
        short = np.append(1.0 - served, spent)
        return Relaxed(least, picked, value, worth, take, short, count, last, following)


def fewest(case: Case) -> int:
    """How many places have to be opened for room enough: those with the most room first, by band."""
    free = np.flatnonzero(~case.fixed)
    missing = case.load() - case.rooms()[case.fixed].sum(axis=0)
    most = 0
    for band in np.flatnonzero(missing > 0):
        best = np.zeros(int(case.site.max(initial=-1)) + 1, np.int64)
        np.maximum.at(best, case.site[free], case.rooms()[free, band])
        sums = np.cumsum(np.sort(best)[::-1])
        most = max(most, int(np.searchsorted(sums, missing[band])) + 1)
    return most


@dataclass(frozen=True)
class Pace:
    """The steps of the volume algorithm: the first, the least, and after how many idle rounds it is cut by which factor."""

    step: float
    smallest: float
    patience: int
    factor: float


QUICK, FINE = Pace(1.0, 2e-3, 8, 0.8), Pace(0.1, 2e-4, 15, 0.85)


def bound(
    relaxation: Relaxation,
    first: Floats,
    pace: Pace,
    reached: Callable[[float], bool],
    seen: Callable[[Relaxed, int], float],
) -> Bound:
    """The best bound of the volume algorithm from some prices on.

    `reached` says whether a bound will do; `seen` is told each round and gives what the best plan costs by now.
    """
    case, at = relaxation.case, first
    best = Bound(-np.inf, first, np.zeros(len(case.price)), np.zeros(len(case.node)))
    scale = np.append(np.ones(len(case.size)), 1.0 / max(relaxation.budget, 1.0))
    mean, means, step, idle = np.zeros(len(scale)), np.zeros(0), pace.step, 0
    for turn in range(ROUNDS):
        round_ = relaxation.evaluate(at)
        short, used = round_.short * scale, np.concatenate((round_.picked, round_.flow))
        share = _share(mean, short) if turn else 1.0
        mean = mean + share * (short - mean)
        means = means + share * (used - means) if turn else used
        idle += 1
        if round_.least > best.least:
            step = min(step * 1.1, 2.0) if dot(short, mean) > 0 else step
            best, idle = replace(best, least=round_.least, prices=at), 0
        if idle >= pace.patience:
            step, idle = step * pace.factor, 0
        target, length = seen(round_, turn), dot(mean, mean)
        if step < pace.smallest or reached(best.least) or length < 1e-9:
            break
        gap = max(target - best.least, 1e-4 * abs(target))
        at = np.maximum(best.prices + step * gap / length * mean * scale, 0.0)
    return replace(best, share=means[: len(case.price)], flow=means[len(case.price) :])


def _share(mean: Floats, short: Floats) -> float:
    """The weight of the newest round in the mean that makes the mean shortest, within bounds."""
    change = short - mean
    length = dot(change, change)
    return min(max(-dot(mean, change) / length, 0.05), 0.5) if length > 0 else 0.5


@dataclass(frozen=True, eq=False)
class Left:
    """What a better plan may still do: places that may be open, that may be closed, and pairs (by bin) that may be used."""

    may_open: Any
    may_close: Any
    pairs: Any


@dataclass(frozen=True, eq=False)
class Reduced:
    """Reduced costs: what every plan costs at least that opens a place, that closes it, or that uses a pair (by bin) at all.

    `likely`: what using a pair for its whole node adds to the relaxed plan; the same where nodes are not split, else no proof.
    """

    opening: Floats
    closing: Floats
    pair: Floats
    likely: Floats

    def left(self, most: float, likely: bool = False) -> Left:
        """What plans that cost no more than `most` may do, or are `likely` to."""
        reach = most + 1e-9 * abs(most)
        return Left(self.opening <= reach, self.closing <= reach, (self.likely if likely else self.pair) <= reach)

    def goal(self, pairs: int) -> float:
        """The cost up to which plans are likely to use no more than so many pairs in all."""
        return float(np.partition(self.likely, pairs)[pairs]) if pairs < len(self.likely) else np.inf


def reduced(relaxation: Relaxation, prices: Floats) -> Reduced:
    """The reduced costs at some prices. Where a node may be split a pair costs what opening its place costs."""
    case, at = relaxation.case, relaxation.evaluate(prices)
    opening = at.least + _opening(relaxation, at)
    pair = np.repeat(np.repeat(opening, case.bands), np.diff(case.start))
    likely = pair + np.maximum(case.value - prices[case.node], 0.0)
    if case.single:
        loss = np.empty(len(case.node))
        kernels.forced(*case.pairs, prices[:-1], CELLS if relaxation.exact else 0, at.worth, loss)
        pair = likely = pair + loss
    closing = np.where(case.fixed, np.inf, at.least + _closing(relaxation, at))
    return Reduced(opening, closing, pair, likely)


def _closing(relaxation: Relaxation, at: Relaxed) -> Floats:
    """By how much the bound rises where a place has to be closed: 0 for those not picked."""
    case = relaxation.case
    mates = np.full(int(case.site.max(initial=-1)) + 1, np.inf)
    np.minimum.at(mates, case.site[~at.picked], at.value[~at.picked])
    rest = at.value[at.following] if at.following >= 0 else np.inf
    instead = np.minimum(mates[case.site], rest)
    if at.count > relaxation.fewest:
        instead = np.minimum(instead, 0.0)
    rise = np.zeros(len(at.value))
    inside = at.picked & ~case.fixed
    rise[inside] = np.maximum(instead[inside] - at.value[inside], 0.0)
    return rise


def _opening(relaxation: Relaxation, at: Relaxed) -> Floats:
    """By how much the bound rises where a place has to be open: 0 for those picked."""
    case = relaxation.case
    dropped = np.zeros(len(at.value))
    if at.last >= 0 and (at.count >= case.most or at.value[at.last] > 0):
        dropped[:] = at.value[at.last]
    elif case.most == 0:
        dropped[:] = -np.inf
    picked_free = np.flatnonzero(at.picked & ~case.fixed)
    mate = np.full(int(case.site.max(initial=-1)) + 1, np.nan)
    mate[case.site[picked_free]] = at.value[picked_free]
    own = mate[case.site]
    dropped = np.where(np.isnan(own), dropped, own)
    return np.where(at.picked, 0.0, at.value - dropped)


def opened_by(share: Floats, case: Case) -> Ints:
    """The free places in falling order of their share in the relaxed plan."""
    order: Ints = np.argsort(-share, kind="stable")
    free: Ints = order[~case.fixed[order]]
    return free
