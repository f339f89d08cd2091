"""A best level by yes and no: the levels run from the hardest to the easiest, and whatever keeps one keeps all after it.

A level is answered quickly where a search finds a plan (yes) or a relaxation proves that there is none (no); what lies between
is asked of branch and bound, the level just before the best plan's first: a no there proves it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from geoplan.location._graph import Floats, Ints
from geoplan.location._watch import Watch

SHARE = 0.5  # of the time that is left, for one level


class Levels(ABC):
    """The best plan found so far (`chosen`, None: none yet) and what is proven: no plan keeps level `barred` or one before it.

    `levels`: the objective at each, of which `scale` make a unit; `best`: the level of the plan, `len(levels)` if there is none.
    """

    def __init__(self, levels: Floats, watch: Watch, gap: float, scale: float = 1.0) -> None:
        self.levels, self.watch, self.gap, self.scale = levels, watch, gap, scale
        self.chosen: Ints | None = None
        self.barred, self.best = -1, len(levels)

    @abstractmethod
    def ask(self, level: int, quick: bool, watch: Watch) -> bool | None:
        """Whether a level can be kept; None if that could not be said. Tells `found` and `barred` what it learns."""

    @property
    def none_exists(self) -> bool:
        """Whether it is proven that no plan keeps the rules."""
        return self.chosen is None and self.barred >= len(self.levels) - 1

    @property
    def bound(self) -> float:
        """What no plan's objective can better."""
        return float(self.levels[min(self.barred + 1, self.best)])

    @property
    def done(self) -> bool:
        """Whether the plan is proven or within the gap asked for, nothing can be found, or there is no more time."""
        if self.chosen is None or self.barred + 1 >= self.best:
            return True
        objective = float(self.levels[self.best])
        near = math.isfinite(objective) and abs(self.bound - objective) <= self.gap * max(abs(objective), 1e-9)
        return near or not self.watch.going

    def found(self, chosen: Ints, level: int) -> None:
        """Take a plan that keeps a level, if it is better than the best."""
        if level < self.best:
            self.chosen, self.best = chosen, level
            self.watch.tell("levels", float(self.levels[level]) / self.scale, self.bound / self.scale)

    def settle(self) -> None:
        """From a first plan on: the quick answers, then branch and bound."""
        self._halve_down()
        self._halve_up()
        self._close()

    def _halve_down(self) -> None:
        """The first level that is quickly kept, by halving; what is not answered is taken for a no."""
        low = self.barred
        while low + 1 < self.best and not self.done:
            middle = (low + self.best) // 2
            if not self.ask(middle, quick=True, watch=self.watch):
                low = middle

    def _halve_up(self) -> None:
        """The last level that is quickly proven, by halving between what is proven and the best plan."""
        high = self.best
        while self.barred + 1 < high and not self.done:
            middle = (self.barred + high) // 2
            if self.ask(middle, quick=True, watch=self.watch) is not False:
                high = middle

    def _close(self) -> None:
        """Branch and bound just before the best plan; where that takes too long, on harder levels, for a better bound at least."""
        high = self.best
        while self.barred + 1 < high and not self.done:
            level = high - 1 if high == self.best else (self.barred + high) // 2
            with Watch(max(self.watch.left() * SHARE, min(1.0, self.watch.left()))) as part:
                answer = self.ask(level, quick=False, watch=part)
            high = level if answer is None else self.best if answer else high
