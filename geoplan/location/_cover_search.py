"""Covers with few columns: greedily, then a search by row weights. Exact counts; the same on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np

from geoplan.location._cover import Cover
from geoplan.location._watch import Watch

CHUNK = 400_000  # what a row is worth in one call: pairs looked at, roughly; then the clock is read


class Search:
    """A search for covers that goes on where it stopped: `run` until the goal, `best` (a mask) the least cover found."""

    def __init__(self, cover: Cover, first: Any = None) -> None:
        from geoplan.location import _cover_kernels

        self.cover, self.kernels, self.pairs = cover, _cover_kernels, cover.pairs
        rows, columns = cover.matrix.shape
        inside, free, stamp = np.zeros(columns, np.int64), np.ones(columns, np.int64), np.zeros(columns, np.int64)
        score = np.diff(self.pairs[2]).astype(np.int64)
        count, weight = np.zeros(rows, np.int64), np.ones(rows, np.int64)
        uncovered, where = np.arange(rows), np.arange(rows)
        holder = np.full(int(cover.site.max(initial=-1)) + 1, -1)
        numbers = np.array([0, rows, 1, 0, -1, columns])
        self.state: Any = (inside, score, stamp, free, count, weight, uncovered, where, holder, numbers)
        self.best: Any = None
        for column in np.flatnonzero(first) if first is not None else ():
            if holder[cover.site[column]] < 0:
                self.kernels.enter_column(int(column), self.pairs, cover.need, cover.site, self.state)
        self.kernels.cover_greedily(self.pairs, cover.need, cover.site, self.state)
        if numbers[self.kernels.OPEN] == 0:
            self.best = inside.astype(bool)

    @property
    def size(self) -> int:
        """How many columns the least cover has; more than there are where none was found."""
        return int(self.best.sum()) if self.best is not None else self.cover.matrix.shape[1] + 1

    @property
    def weight(self) -> Any:
        """The weights that the rows have come to: high where a row is hard to cover."""
        return self.state[5]

    @property
    def a_step(self) -> int:
        """How many pairs a step looks at, roughly: the rows of a column times the columns of a row."""
        rows, columns = self.cover.matrix.shape
        return int(1 + self.cover.matrix.nnz**2 // max(1, rows * columns))

    def run(self, goal: int, steps: int, watch: Watch) -> bool:
        """Search for so many steps, or until a cover has at most `goal` columns; whether one has."""
        chunk = max(20, CHUNK // self.a_step)
        best = np.zeros(len(self.cover.columns), np.int64)
        while steps > 0 and self.size > goal and watch.going:
            if (
                self.kernels.press(
                    self.pairs, self.cover.need, self.cover.site, self.state, best, goal, min(chunk, steps)
                )
                >= 0
            ):
                self.best = best.astype(bool)
            steps -= chunk
        return self.size <= goal
