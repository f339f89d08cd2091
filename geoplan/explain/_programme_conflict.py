"""Rules of a programme in conflict, proven on its linear relaxation: each proof is a weighted sum of rules that nothing keeps.

The relaxation has rows a · x <= b with x between bounds. For any weights y >= 0 of the rows and any costs c, no x costs less than

    sum over variables of the least of (c + y · a) · x  -  y · b.

HiGHS proposes the weights and the sum is counted here, so that no status of a solver is believed. With a slack on each rule that
costs 1 a conflict is a sum above 0; a rule whose slack costs nothing is out of the question.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from geoplan.location._graph import Floats, Ints, both_ways
from geoplan.location._highs import _as_lp, quiet
from geoplan.location._watch import Watch
from geoplan.location.programme.layers import Base, Instance, build_instance
from geoplan.location.programme.model import programme_model

FLOWS = 250_000  # up to so many the relaxation keeps every class of demand apart
ROUNDING = 1e-9  # of the greatest part of a sum: far above what doubles lose
MOST_TIMES = 1e4  # how many times the budget is looked at


class Relaxation:
    """The linear relaxation of a programme: paths and flows, a slack for each rule, the `share` of the floors on coverage that
    is asked (1: all) and the multiple of the `budget` that there is (1: the budget).
    """

    def __init__(self, problem: Any, watch: Watch) -> None:
        self.watch = watch
        instance = _small_enough(build_instance(problem))
        none = np.zeros(len(instance.paths.small), bool)
        model, _ = programme_model(instance, none, none, links=False)
        self.rules = [*instance.paths.rule, *(s.name for s in instance.shares)]
        matrix, self.limit = model.matrix.tocsr(), model.upper.copy()
        count, rows, size = len(self.rules), int(matrix.shape[0]), int(matrix.shape[1])
        self.row = rows - count + np.arange(count)
        self.people, scale = np.abs(self.limit[self.row]), np.ones(rows)
        scale[self.row] = 1.0 / np.maximum(self.people, 1e-3)
        matrix, self.limit = sparse.diags(scale) @ matrix, self.limit * scale
        self.of_budget = np.array([name.startswith("budget, ") for name in self.rules], bool)
        self.of_floor = np.arange(count) >= len(instance.paths.rule)
        slack = sparse.csr_matrix((-np.ones(count), (self.row, np.arange(count))), shape=(rows, count))
        share, budget = (np.where(mine, self.limit[self.row], 0.0) for mine in (self.of_floor, self.of_budget))
        self.limit[self.row] -= share + budget
        ends = sparse.csr_matrix(
            (np.concatenate((-share, -budget)), (np.tile(self.row, 2), np.repeat((0, 1), count))), shape=(rows, 2)
        )
        self.matrix = sparse.hstack((matrix, slack, ends)).tocsr()
        self.slack, self.share, self.budget = size + np.arange(count), size + count, size + count + 1
        self.least = np.concatenate((model.least, np.zeros(count), np.ones(2)))
        self.most = np.concatenate((model.most, np.full(count, np.inf), np.ones(2)))
        self.solver = _solver(model, self)

    def order(self) -> list[int]:
        """The rules in the order in which they are tried without: the budget, others, floors from the least people on."""
        rank = np.where(self.of_budget, 0, np.where(self.of_floor, 2, 1))
        return [int(k) for k in np.lexsort((np.arange(len(rank)), np.where(self.of_floor, self.people, 0.0), rank))]

    def conflict(self, kept: Any) -> tuple[bool, Any]:
        """Whether it is proven that these rules (true by rule) cannot be kept together; and the rules that the proof uses."""
        cost = np.zeros(len(self.least))
        cost[self.slack] = np.where(kept, 1.0, 0.0)
        least, weight = self._lowest(cost, np.full(len(self.rules), np.inf), (1.0, 1.0), (1.0, 1.0))
        return least > 0, weight[self.row] > 1e-7

    def least_budget(self) -> float:
        """The multiple of the budget below which no plan keeps the other rules; 0 where no such multiple is proven."""
        cost = np.zeros(len(self.least))
        cost[self.budget] = 1.0
        return max(self._lowest(cost, np.zeros(len(self.rules)), (1.0, 1.0), (0.0, MOST_TIMES))[0], 0.0)

    def greatest_share(self, asked: Any) -> float:
        """The share (0 … 1) of these floors on people served that no plan within the other rules can better."""
        cost = np.zeros(len(self.least))
        cost[self.share] = -1.0
        slack = np.where(self.of_floor & ~asked, np.inf, 0.0)
        return min(-self._lowest(cost, slack, (0.0, 1.0), (1.0, 1.0))[0], 1.0)

    def _lowest(
        self, cost: Floats, slack: Floats, share: tuple[float, float], budget: tuple[float, float]
    ) -> tuple[float, Floats]:
        """What no solution costs less than, and the weights of the rows that prove it."""
        self.most[self.slack] = slack
        for column, (least, most) in ((self.share, share), (self.budget, budget)):
            self.least[column], self.most[column] = least, most
        columns = np.arange(len(cost), dtype=np.int32)
        self.solver.changeColsCost(len(cost), columns, cost)
        self.solver.changeColsBounds(len(cost), columns, self.least, self.most)
        self.solver.setOptionValue("time_limit", self.solver.getRunTime() + max(self.watch.left(), 1.0))
        self.solver.run()
        weight = np.maximum(-np.array(self.solver.getSolution().row_dual), 0.0)
        free = ~np.isfinite(slack)
        weight[self.row[free]] = np.minimum(weight[self.row[free]], cost[self.slack[free]])
        worth = cost + self.matrix.T @ weight
        with np.errstate(invalid="ignore"):
            parts = np.where(worth == 0, 0.0, np.minimum(worth * self.least, worth * self.most))
        against = weight * self.limit
        allowed = ROUNDING * max(
            float(np.abs(parts[np.isfinite(parts)]).max(initial=0.0)), float(np.abs(against).max(initial=0.0))
        )
        return float(parts.sum() - against.sum()) - allowed, weight


def _solver(model: Any, relaxation: Relaxation) -> Any:
    """A solver that keeps its basis from question to question."""
    import highspy

    solver, columns = quiet(), len(relaxation.least)
    whole = replace(
        model,
        value=np.zeros(columns),
        matrix=relaxation.matrix,
        lower=np.full(len(relaxation.limit), -np.inf),
        upper=relaxation.limit,
        least=relaxation.least,
        most=relaxation.most,
        whole=np.zeros(columns, bool),
    )
    lp = _as_lp(whole)
    lp.sense_ = highspy.ObjSense.kMinimize
    solver.passModel(lp)
    return solver


def smallest(relaxation: Relaxation, watch: Watch) -> list[str] | None:
    """The names of a set of rules that are proven in conflict and of which each is needed for the proof; None if there is none.

    Rules are taken out one at a time as long as the rest is proven: money first (what it cannot cure is told without it), then
    the others, then floors, those of the fewest people first, so that few great ones are left.
    """
    proven, used = relaxation.conflict(np.ones(len(relaxation.rules), bool))
    if not proven:
        return None
    kept = used.copy()
    for rule in relaxation.order():
        if not kept[rule] or not watch.going:
            continue
        fewer = kept.copy()
        fewer[rule] = False
        watch.tell(f"conflict: {int(kept.sum())} rules left, without {relaxation.rules[rule]}")
        proven, used = relaxation.conflict(fewer)
        if proven:
            kept = fewer & used
    return [name for name, needed in zip(relaxation.rules, kept, strict=True) if needed]


def _small_enough(instance: Instance) -> Instance:
    """The instance without the people of phases that have no floor; where that has too many flows, a weaker one.

    Weaker: age bands are put together, then classes of demand of the same floors and the same first pool, then all of the same
    floors: a sum of people who can go wherever one of them can. What a weaker one cannot keep, the true one cannot either.
    """
    asked = np.zeros(instance.base.phases, bool)
    asked[[s.phase for s in instance.shares]] = True
    wanted = instance.base.wanted * np.repeat(asked, instance.base.bands)
    instance = replace(instance, base=replace(instance.base, wanted=wanted))
    if _flows(instance.base) > FLOWS and instance.base.bands > 1:
        instance = _one_band(instance)
    base = instance.base
    if _flows(base) <= FLOWS:
        return instance
    parts = np.stack([s.part for s in instance.shares])
    kind = np.unique(parts, axis=1, return_inverse=True)[1].reshape(-1)
    first = np.where(
        np.diff(base.pairs[0]) > 0, base.pairs[1][np.minimum(base.pairs[0][:-1], len(base.pairs[1]) - 1)], 0
    )
    for key in (kind * (base.pools + 1) + first, kind):
        group, head, member = np.unique(key, return_index=True, return_inverse=True)
        coarse = _together(base, member.reshape(-1), head, len(group))
        if _flows(coarse) <= FLOWS:
            break
    shares = tuple(replace(s, part=s.part[head]) for s in instance.shares)
    return replace(instance, base=coarse, shares=shares)


def _one_band(instance: Instance) -> Instance:
    """The instance with its age bands put together."""

    def added(table: Ints) -> Ints:
        return np.asarray(table.reshape(len(table), instance.base.phases, instance.base.bands).sum(axis=2), np.int64)

    base = replace(
        instance.base,
        bands=1,
        wanted=added(instance.base.wanted),
        places=instance.base.places.sum(axis=1, keepdims=True),
    )
    return replace(instance, base=base, room=added(instance.room), add=added(instance.add), leave=added(instance.leave))


def _flows(base: Base) -> int:
    return int((base.wanted[base.pairs[5]] > 0).sum())


def _together(base: Base, member: Ints, head: Ints, groups: int) -> Base:
    """The base with its classes put together in groups."""
    wanted = np.zeros((groups, base.layers), np.int64)
    np.add.at(wanted, member, base.wanted)
    pair = np.unique(member[base.pairs[5]] * base.pools + base.pairs[1])
    node, pool = pair // base.pools, pair % base.pools
    pairs = both_ways(node, pool, groups, base.pools)
    nothing = np.zeros(len(pair))
    return replace(
        base, wanted=wanted, pairs=pairs, travel=nothing, worth=np.zeros(groups), unit=base.unit[head], member=member
    )
