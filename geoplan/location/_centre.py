"""The p-centre by levels: for each distinct cost, can p places cover everyone within it? (Minieka 1970)"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from geoplan.location._centre_levels import Levels
from geoplan.location._cover import cover_of
from geoplan.location._cover_ground import Ground
from geoplan.location._cover_least import Least, least
from geoplan.location._graph import Ints
from geoplan.location._watch import Watch

STRIDE = 1.25  # of the first levels that are asked, upwards from the least that could be


class Centre(Levels):
    """The levels of a p-centre: the distinct costs that the greatest cost can have, the least first."""

    def __init__(self, ground: Ground, p: int, watch: Watch, gap: float, scale: float = 1.0) -> None:
        self.ground, self.p = ground, p
        self.by_fixed: Any = np.full(ground.points, math.inf)
        np.minimum.at(self.by_fixed, ground.fixed_row, ground.fixed_cost)
        nearest = self.by_fixed.copy()
        if p > 0:
            np.minimum.at(nearest, ground.row, ground.cost)
        self.lowest = float(nearest.max(initial=0))
        levels = np.unique(np.concatenate((ground.cost, ground.fixed_cost, [0]))).astype(float)
        super().__init__(levels[levels >= self.lowest], watch, gap, scale)

    def run(self, first: Ints) -> None:
        """All of it: a start, the quick answers, then the levels between them."""
        if self.ground.sites < self.p or not len(self.levels):  # too few sites, or a point that nothing reaches
            self.barred = len(self.levels) - 1
            return
        if len(first) <= self.p and len(np.unique(self.ground.site[first])) == len(first):
            self.keep(first)
        if self.p == 0:
            self.keep(np.zeros(0, np.int64))
            self.barred = (self.best if self.chosen is not None else len(self.levels)) - 1
            return
        self.climb()
        self.settle()

    def keep(self, columns: Ints) -> None:
        """Take a plan, filled up to p, if its greatest cost is below the best so far."""
        filled = self.ground.filled(columns, self.p)
        self.found(filled, int(np.searchsorted(self.levels, self.radius(filled))))

    def radius(self, columns: Ints) -> float:
        """The greatest cost to the nearest of these columns or a fixed place."""
        inside = np.zeros(len(self.ground.site), bool)
        inside[columns] = True
        used, near = inside[self.ground.column], self.by_fixed.copy()
        np.minimum.at(near, self.ground.row[used], self.ground.cost[used])
        return float(near.max(initial=0))

    def ask(self, level: int, quick: bool, watch: Watch) -> bool | None:
        """Whether p places cover everyone at a level."""
        most, ground = self.levels[level], self.ground
        need = (self.by_fixed > most).astype(np.int64)
        used = ground.cost <= most
        used &= need[ground.row] > 0
        cover = cover_of(ground.row[used], ground.column[used], need, ground.site)
        answer: Least = least(cover, watch, goal=self.p, quick=quick)
        if answer.columns is not None and answer.size <= self.p:
            self.keep(answer.columns)
            return True
        if answer.bound > self.p:
            self.barred = max(self.barred, level)
            return False
        return None

    def climb(self) -> None:
        """Levels from the least upwards, in growing strides, until one is covered; the last of them in full."""
        last, cost = len(self.levels) - 1, self.levels[0]
        level = 0
        while self.chosen is None and self.barred < last and self.watch.going:
            if self.ask(level, quick=level < last, watch=self.watch) is None and level == last:
                return
            cost = max(cost * STRIDE, self.levels[min(level + 1, last)])
            level = int(min(max(np.searchsorted(self.levels, cost), level + 1), last))
