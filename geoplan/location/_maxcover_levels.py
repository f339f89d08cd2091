"""Gradual covering as maximal covering: a row for each point and each of the decays that its places have."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geoplan.location._graph import Floats, Ints
from geoplan.location._maxcover import Cover, cover_of
from geoplan.location._maxcover_decay import decays
from geoplan.location.problem import LocationProblem

BITS = 50  # of the sum of all weights: whole numbers below 2^53 are exact in doubles
NEGLIGIBLE = 1e-9  # of all people
MANY = 40_000_000  # pairs of rows and places; with more, decays are rounded up to coarser steps
COARSER = (1000, 200, 100, 50, 20, 10)  # steps from 0 to 1


@dataclass(frozen=True, eq=False)
class Levels:
    """The rows of each pair: point by point, its decays from the greatest down. A pair covers its own row and those after it.

    By pair, in the order of the cost matrix's prefixes: its first row and the row after the last (`begin` = `end`: none).
    `weight`: by row, whole.
    """

    weight: Ints
    begin: Ints
    end: Ints

    @property
    def pairs(self) -> int:
        """How many pairs of rows and places there are."""
        return int((self.end - self.begin).sum())


def build_levels(problem: LocationProblem, model: str) -> Cover:
    """The covering question of a problem with a decay; its weights are never below the people that they stand for."""
    refused = problem.cost.place_ids.isin(list(problem.refused))
    shares = [s * (not out) for s, out in zip(decays(problem, model), refused, strict=True)]
    bounds = np.concatenate(([0], np.cumsum([len(s) for s in shares])))
    start = problem.cost.start
    demand = np.concatenate([problem.cost.demand[a : a + len(s)] for a, s in zip(start, shares, strict=False)])
    share, people = np.concatenate(shares), problem.weights().to_numpy().sum(axis=1)
    total = math.fsum(people)
    unit = 2.0 ** (BITS - max(0, int(np.ceil(np.log2(max(total, 1.0))))))
    levels = levels_of(demand, share, people, unit)
    for steps in COARSER:
        if levels.pairs <= MANY:
            break
        levels = levels_of(demand, np.ceil(share * steps) / steps, people, unit)

    def rows(place: int) -> Any:
        here = slice(bounds[place], bounds[place + 1])
        return runs(levels.begin[here], levels.end[here])

    return replace(cover_of(problem, levels.weight, rows, unit, 0.0), step=total * unit * NEGLIGIBLE)


def levels_of(demand: Any, share: Floats, people: Floats, unit: float) -> Levels:
    """The rows of all points.

    >>> levels = levels_of(np.array([0, 0, 1]), np.array([1.0, 0.5, 0.25]), np.array([4.0, 8.0]), 1.0)
    >>> levels.weight.tolist(), levels.begin.tolist(), levels.end.tolist()
    ([2, 2, 2], [0, 1, 2], [2, 2, 3])
    """
    whole = np.ceil(people[demand] * share * unit).astype(np.int64)
    order = np.lexsort((-whole, demand))
    order = order[whole[order] > 0]
    point, value = demand[order], whole[order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (point[1:] != point[:-1]) | (value[1:] != value[:-1])
    row = np.cumsum(fresh) - 1
    lead = np.flatnonzero(fresh)
    last = np.append(point[lead][1:] != point[lead][:-1], True)[: len(lead)]
    level = value[lead]
    weight = level - np.where(last, 0, np.append(level[1:], 0))
    after = np.cumsum(np.bincount(point[lead], minlength=len(people)))
    begin, end = np.zeros(len(demand), np.int64), np.zeros(len(demand), np.int64)
    begin[order], end[order] = row, after[point]
    return Levels(weight, begin, end)


def runs(begin: Ints, end: Ints) -> Ints:
    """The numbers begin[k] … end[k] - 1 of every k, one run after another.

    >>> runs(np.array([0, 5]), np.array([2, 6])).tolist()
    [0, 1, 5]
    """
    count = end - begin
    offset = np.cumsum(count) - count
    return np.asarray(np.repeat(begin - offset, count) + np.arange(int(count.sum())), np.int64)
