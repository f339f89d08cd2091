"""The greedy covering plan, counted with nothing of the models: what every covering plan is held against."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from geoplan.location.problem import LocationProblem


class Greedy(NamedTuple):
    """People covered by the greedy plan, and by the fixed and required places alone; whether only the number of places bounds it."""

    covered: float
    base: float
    by_number: bool


def greedy(problem: LocationProblem) -> Greedy:
    """Open the place that covers most people anew, then the next, as long as number, budget and sites allow and anybody is added.

    >>> import pandas as pd
    >>> from geoplan.network.cost import CostMatrix
    >>> cost = CostMatrix.from_pairs([("a", "F", 1.0), ("b", "F", 2.0), ("b", "G", 2.0), ("c", "G", 1.0)])
    >>> greedy(LocationProblem(cost, pd.Series({"a": 4.0, "b": 2.0, "c": 1.0}), p=1))
    Greedy(covered=6.0, base=0.0, by_number=True)
    """
    near, people = problem.reachable(), problem.weights().to_numpy().sum(axis=1)
    ids = near.place_ids
    price = [Fraction(0)] * len(ids)
    if problem.budget is not None and problem.fixed_cost is not None:
        price = [Fraction(repr(float(c))) for c in problem.fixed_cost.reindex(ids)]
    ground = np.arange(len(ids)) if problem.site is None else problem.site.reindex(ids).astype(str).to_numpy()
    required = ids.isin(problem.required)
    spare = None if problem.budget is None else Fraction(repr(float(problem.budget))) - _sum(price, required)
    left = len(ids) if problem.p is None else problem.p - int(required.sum())
    free = ~(ids.isin([*problem.fixed, *problem.refused]) | np.isin(ground, ground[required]))
    by_number = spare is None and len(set(ground[free])) == int(free.sum())
    start, rows = near.start, near.demand
    covered = np.zeros(len(people), bool)
    for k in np.flatnonzero(required | ids.isin(problem.fixed)):
        covered[rows[start[k] : start[k + 1]]] = True
    base = float(people[covered].sum())
    place = near.place
    while left > 0:
        new = ~covered[rows] & free[place]
        rest = np.bincount(place[new], people[rows[new]], len(ids))
        if spare is not None:
            rest[[c > spare for c in price]] = 0.0
        best = int(np.argmax(rest))
        if rest[best] <= 0:
            break
        covered[rows[start[best] : start[best + 1]]] = True
        free &= ground != ground[best]
        left, spare = left - 1, None if spare is None else spare - price[best]
    return Greedy(float(people[covered].sum()), base, by_number)


def _sum(price: list[Fraction], chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Fraction:
    return sum((c for c, own in zip(price, chosen, strict=True) if own), Fraction(0))
