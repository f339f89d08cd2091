"""The least cover: reductions, a search, the relaxed cover's bound, then branch and bound over what these leave open."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from geoplan.location._cover import Cover, reduced
from geoplan.location._cover_relaxed import Relaxed, relaxed
from geoplan.location._cover_search import Search
from geoplan.location._graph import Ints
from geoplan.location._highs import Answer, Model, minimise
from geoplan.location._watch import Watch

STEPS = (3_000, 60_000)  # of the search: before the relaxed cover is known, and after
MANY, WORK, MOST = (
    1_000,
    2_000_000_000,
    400_000,
)  # so many columns are searched longer, by pairs looked at; steps at most
BELOW_ONE = 0.999  # sizes are whole: a bound nearer than this to a cover proves it
ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class Least:
    """`columns` of the least cover found (None: none found), and what every cover has at least (inf: there is none)."""

    columns: Ints | None
    bound: float

    @property
    def size(self) -> float:
        """How many columns it has."""
        return math.inf if self.columns is None else len(self.columns)


def least(
    cover: Cover, watch: Watch, gap: float = 0.0, goal: int = 0, first: Ints | None = None, quick: bool = False
) -> Least:
    """The least cover, with a proven bound.

    Ends once a cover is within `gap` of the bound or has at most `goal` columns, once the bound is above `goal` (if that is
    above 0), or when the watch says so; `quick`: before branch and bound. `first`: columns to begin with.
    """
    cover = reduced(cover)
    if not cover.possible:
        return Least(None, math.inf)
    work = _Work(cover, watch, gap, goal)
    relax = work.run(first)
    if relax is not None and not quick:
        work.branch(relax)
    return work.found()


class _Work:
    """One least cover in the making: the search, and the bound in whole columns of the reduced cover."""

    def __init__(self, cover: Cover, watch: Watch, gap: float, goal: int) -> None:
        self.cover, self.watch, self.gap = cover, watch, gap
        self.taken = len(cover.always)
        self.goal = goal - self.taken  # may be negative: then no cover is small enough
        self.asked = goal > 0
        self.bound = 0.0
        self.best: Any = None if len(cover.need) else np.zeros(len(cover.columns), bool)

    def found(self) -> Least:
        bound = self.bound + self.taken
        if self.best is None:
            return Least(None, bound)
        return Least(np.sort(np.concatenate((self.cover.always, self.cover.columns[self.best]))), bound)

    @property
    def size(self) -> int:
        return int(self.best.sum()) if self.best is not None else len(self.cover.columns) + 1

    def done(self) -> bool:
        """Whether what was asked is answered, or there is no more time."""
        if not self.asked and self.best is not None:
            self.watch.tell("cover", float(self.size + self.taken), self.bound + self.taken)
        if self.asked and (self.size <= self.goal or self.bound > self.goal):
            return True
        near = self.best is not None and self.size - self.bound <= self.gap * (self.size + self.taken)
        return near or not self.watch.going

    def keep(self, mask: Any) -> None:
        if mask is not None and (self.best is None or mask.sum() < self.size):
            self.best = mask.copy()

    def raise_bound(self, bound: float) -> None:
        """Sizes are whole: a bound is rounded up, apart from what rounding explains."""
        self.bound = max(self.bound, float(math.ceil(bound - ROUNDING)) if math.isfinite(bound) else bound)

    def run(self, first: Ints | None) -> Relaxed | None:
        """The search and the relaxed cover; None once there is nothing left to do."""
        if not len(self.cover.need):
            return None
        self.raise_bound(1.0)
        if self.asked and self.bound > self.goal:
            return None
        search = Search(self.cover, None if first is None else np.isin(self.cover.columns, first))
        self.keep(search.best)
        target = max(self.goal, 1) if self.asked else 1
        search.run(target, STEPS[0], self.watch)
        self.keep(search.best)
        if self.done():
            return None
        relax = relaxed(self.cover, search.weight, self.goal + ROUNDING if self.asked else math.inf, self.watch)
        self.raise_bound(relax.bound)
        if self.done():
            return None
        long = not self.asked and len(self.cover.columns) > MANY  # branch and bound will hardly better such a cover
        steps = min(max(STEPS[1], WORK // search.a_step), MOST) if long else STEPS[1]
        search.run(max(target, int(self.bound)), steps, self.watch)
        self.keep(search.best)
        return None if self.done() else relax

    def branch(self, relax: Relaxed) -> None:
        """Branch and bound with the rows that were needed so far; those that its answer leaves short are added, as long as any."""
        rows = np.zeros(len(self.cover.need), bool)
        rows[relax.rows] = True
        while not self.done():
            open_ = self._open(relax)
            answer = self._branched(rows, open_)
            if answer.ended == "infeasible":  # no cover among the columns that one better than the best could have
                self.raise_bound(float(self.size) if self.best is not None else math.inf)
                return
            self.raise_bound(min(answer.bound, float(self.size)))
            if answer.x is None:
                return
            chosen = np.zeros(len(open_), bool)
            chosen[open_] = answer.x > 0.5
            short = np.flatnonzero(self.cover.uncovered(chosen) > 0)
            if not len(short):
                self.keep(chosen)
                return
            rows[short] = True

    def _open(self, relax: Relaxed) -> Any:
        """The columns that a cover with fewer columns than the best may have: the others' reduced costs are too high."""
        reduced_cost = 1.0 - self.cover.matrix.T @ relax.price
        if self.best is None:
            return np.ones(len(reduced_cost), bool)
        open_: Any = relax.bound + np.maximum(reduced_cost, 0.0) < self.size - 1 + ROUNDING
        return open_ | self.best

    def _branched(self, rows: Any, open_: Any) -> Answer:
        cover, columns = self.cover, np.flatnonzero(open_)
        part = cover.matrix[np.flatnonzero(rows)][:, columns]
        site = np.unique(cover.site[columns], return_inverse=True)[1]
        shared = np.bincount(site) > 1
        one = sparse.csr_matrix((np.ones(len(columns)), (site, np.arange(len(columns)))))[np.flatnonzero(shared)]
        needs, sites = part.shape[0], one.shape[0]
        model = Model(
            value=np.ones(len(columns)),
            matrix=sparse.vstack((part.astype(float), one)).tocsr(),
            lower=np.concatenate((cover.need[rows].astype(float), np.full(sites, -np.inf))),
            upper=np.concatenate((np.full(needs, np.inf), np.ones(sites))),
            least=np.zeros(len(columns)),
            most=np.ones(len(columns)),
            whole=np.ones(len(columns), bool),
        )
        first = None if self.best is None else self.best[columns].astype(float)
        limits: dict[str, Any] = {"gap": self.gap, "absolute": BELOW_ONE, "watch": self.watch}
        answer = minimise(model, **limits, first=first, time_limit_s=self.watch.left())
        if first is None or answer.x is None or answer.ended != "optimal" or self.gap:
            return answer
        if answer.x.sum() < answer.bound + 0.5:
            return answer
        return minimise(
            model, **limits, time_limit_s=self.watch.left()
        )  # it gave the start back with another's objective
