"""What no plan can cover more than: the linear relaxation of maximal covering by a primal-dual method, and its proof.

For any multipliers 0 <= u_j <= 1 of the rows and v_s >= 0 of the sites, no plan covers more than

    sum over rows of weight · (1 - u) + the best choice of options whose worths are the sums of weight · u over their rows,

where the best choice is the linear knapsack of the budget or the p greatest, with at most one a site. The method is PDHG
with diagonal steps, averages and restarts (Chambolle, Pock 2011; Applegate and others 2021, PDLP). What it reports is computed
again from multipliers rounded to whole parts of a unit, so that the sums of the proof are exact in doubles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geoplan.location import _maxcover_kernels as kernels
from geoplan.location._graph import Floats
from geoplan.location._maxcover import Cover

EXACT = 1 << 51  # whole numbers up to here, and the sum of any two, are exact in doubles
MARGIN = 1e-12  # of the bound, where a budget's multiplier or the parts of rows are no whole numbers
SUFFICIENT, NECESSARY, ARTIFICIAL = 0.2, 0.8, 0.36  # when to restart, as in PDLP


@dataclass(frozen=True, eq=False)
class Bound:
    """`units` (proven), the multipliers `part` by row that prove it, the `share` of each option in the relaxed plan with the
    units that it covers (`relaxed`), and what each option is worth beyond the price of a place in the plan (`surplus`).
    """

    units: float
    part: Floats
    share: Floats
    relaxed: float
    surplus: Floats


def worths(cover: Cover, value: Floats) -> Floats:
    """What each option is worth: the sum of the values of its rows, each times the part that it covers."""
    worth = np.zeros(cover.options)
    if cover.share is None:
        kernels.worths(cover.begin, cover.row, value, worth)
    else:
        kernels.shared_worths(cover.begin, cover.row, cover.share, value, worth)
    return worth


def loads(cover: Cover, share: Floats) -> Floats:
    """How far each row is covered by options that are open by these shares: a sum that may exceed 1."""
    load = np.zeros(len(cover.weight))
    if cover.share is None:
        kernels.loads(cover.begin, cover.row, share, load)
    else:
        kernels.shared_loads(cover.begin, cover.row, cover.share, share, load)
    return load


def takes(cover: Cover) -> tuple[Floats, float]:
    """What an option takes from what is scarce, and how much there is: money, or else the number of places."""
    if cover.budget is not None:
        return cover.cost.astype(float), float(cover.budget)
    return np.ones(cover.options), float(cover.most)


def choice(cover: Cover, worth: Floats) -> tuple[float, Floats]:
    """The most that options of these worths add up to, at most one a site, within money or number; and each one's surplus.

    The surplus is worth less than the price of what the option takes: an option that is not in the best choice and is opened
    anyway lowers the sum by at least what its surplus falls short of that of its site's best.
    """
    value = _best_of_site(cover, worth)
    if cover.budget is not None:
        return _knapsack(cover, worth)
    if cover.most >= len(value):
        return float(value.sum()), worth
    if cover.most == 0:
        return 0.0, worth - (float(value.max(initial=0.0)) + 1.0)
    price = float(np.partition(value, len(value) - cover.most)[len(value) - cover.most])
    return float(np.maximum(value - price, 0.0).sum()) + price * cover.most, worth - price


def _best_of_site(cover: Cover, worth: Floats) -> Floats:
    value = np.zeros(cover.sites)
    np.maximum.at(value, cover.site, worth)
    return value


def _knapsack(cover: Cover, worth: Floats) -> tuple[float, Floats]:
    """The Lagrangian bound of the budget at its best multiplier, by halving; a little more for the rounding of sums."""
    cost, budget = takes(cover)
    low, high = 0.0, float((worth / np.maximum(cost, 1.0)).max(initial=0.0))
    best, price = np.inf, 0.0
    for _ in range(60):
        first, second = low + (high - low) / 3, high - (high - low) / 3
        sums = [float(_best_of_site(cover, worth - m * cost).sum()) + m * budget for m in (first, second)]
        low, high = (low, second) if sums[0] <= sums[1] else (first, high)
        if min(sums) < best:
            best, price = min(sums), first if sums[0] <= sums[1] else second
    free = float(_best_of_site(cover, worth).sum())
    if free <= best:
        return free, worth
    return best * (1 + MARGIN), worth - price * cost


def prove(cover: Cover, part: Floats) -> tuple[float, Floats]:
    """The bound of these multipliers in units, and the options' surplus, from multipliers rounded so that sums are exact."""
    total = int(cover.weight.sum())
    parts = 2.0 ** np.floor(np.log2(EXACT / max(total, 1)))
    value = np.rint(cover.weight * part * parts)
    worth = worths(cover, value)
    chosen, surplus = choice(cover, worth)
    units = (total * parts - float(value.sum()) + chosen) / parts
    return units if cover.share is None else units + total * MARGIN, surplus / parts


class Relaxation:
    """The primal-dual method on one covering question, some rounds at a time.

    `share`: the relaxed plan by option; `part`: the multipliers by row, as shares of the weight; `held`: a multiplier for each
    site with several options. `best` is the least bound so far with its proof, and the relaxed plan that covers most.
    """

    def __init__(self, cover: Cover, share: Floats, part: Floats) -> None:
        self.cover, self.share, self.part = cover, share.astype(float), part.copy()
        self.weight, self.degree = cover.weight.astype(float), loads(cover, np.ones(cover.options))
        self.value, self.held = self.weight * part, np.zeros(cover.sites)
        self.reach = worths(cover, self.weight)
        self.several = np.bincount(cover.site, minlength=cover.sites) > 1
        self.scale = np.maximum(self.reach, 1e-9) * (2.0 if self.several.any() else 1.0)
        self.takes, self.scarce = takes(cover)
        self.load = loads(cover, self.share)
        first, surplus = prove(cover, part)
        self.best = Bound(first, self.part.copy(), self.share, self._covered(self.load), surplus)
        spread, plan = float((self.weight * self.degree).sum()), float((self.reach * self.share).sum())
        self.balance = max(0.3 * float(np.sqrt(spread / max(plan, 1.0))), 1e-6)
        self.rounds, self.gap_before, self.gap_at_restart = 0, np.inf, np.inf
        self._begin()

    def _covered(self, load: Floats) -> float:
        return float((self.weight * np.minimum(load, 1.0)).sum())

    def _begin(self) -> None:
        """Forget the averages; begin anew from here."""
        self.anchor = self.share.copy(), self.part.copy()
        self.sums = np.zeros_like(self.share), np.zeros_like(self.part), np.zeros_like(self.load)
        self.length = 0

    def run(self, rounds: int) -> Bound:
        """Some more rounds; the best bound so far."""
        for _ in range(rounds):
            self._round()
        if rounds:
            self._judge()
        return self.best

    def _round(self) -> None:
        """One step of the plan, then one of the multipliers."""
        cover = self.cover
        slope = worths(cover, self.value) - self.held[cover.site]
        share = np.zeros_like(slope)
        wanted = self.share + slope / (self.scale * self.balance)
        kernels.nearest_plan(wanted, self.takes / self.scale, self.takes, self.scarce, share)
        before, load = self.load, loads(cover, share)
        if self.several.any():
            ahead = np.bincount(cover.site, weights=2 * share - self.share, minlength=cover.sites) - 1.0
            size = np.bincount(cover.site, weights=self.reach, minlength=cover.sites) / np.bincount(cover.site)
            step = self.balance * size / np.bincount(cover.site)
            self.held = np.where(self.several, np.maximum(self.held + step * ahead, 0.0), 0.0)
        kernels.turn(
            self.weight, self.balance / self.degree, before, load, self.part, self.value, self.sums[1], self.sums[2]
        )
        self.sums[0][:] += share
        self.share, self.load = share, load
        self.length, self.rounds = self.length + 1, self.rounds + 1

    def _judge(self) -> None:
        """Prove bounds from here and from the averages; restart from the better where that has come far enough."""
        here = (self.share, self.part, self.load)
        mean = tuple(s / self.length for s in self.sums)
        judged = [
            (*prove(self.cover, part), self._covered(load), share, part, load) for share, part, load in (here, mean)
        ]
        for units, surplus, covered, share, part, _ in judged:
            if units < self.best.units:
                self.best = replace(self.best, units=units, part=part.copy(), surplus=surplus)
            if covered > self.best.relaxed:
                self.best = replace(self.best, relaxed=covered, share=share)
        _, _, _, *point = min(judged, key=lambda j: j[0] - j[2])
        gap = min(j[0] - j[2] for j in judged)
        far = gap <= SUFFICIENT * self.gap_at_restart or self.length >= ARTIFICIAL * self.rounds
        if far or (gap <= NECESSARY * self.gap_at_restart and gap > self.gap_before):
            self.share, self.part, self.load = (p.copy() for p in point)
            self.value, self.gap_at_restart = self.weight * self.part, gap
            self._rebalance()
            self._begin()
        self.gap_before = gap

    def _rebalance(self) -> None:
        """Steps of the plan and of the multipliers in the ratio in which they moved since the last restart (PDLP)."""
        plan = float((self.reach * (self.share - self.anchor[0]) ** 2).sum())
        rows = float((self.weight * self.degree * (self.part - self.anchor[1]) ** 2).sum())
        if plan > 1e-12 and rows > 1e-12:
            self.balance = float(np.sqrt(self.balance * np.sqrt(rows / plan)))
