"""Maximal covering as whole numbers: points with the same places within reach are one row, and rows that the fixed cover are out.

Both are exact: points with the same reach are covered together or not at all. The pairs are kept twice, by option and by row, in
32-bit numbers, and are read from the cost matrix place by place, so that a million points need no second copy of the costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csc_array

from geoplan.location._graph import Floats, Ints, whole_costs
from geoplan.location.problem import LocationProblem
from geoplan.network.cost import CostMatrix

UNITS = (1, 1000, 1_000_000)  # people are counted in the first that makes all weights whole, else rounded to the last
NEAR = 1e-6  # of a unit: how far from whole a weight may be written
SALTS = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)


@dataclass(frozen=True, eq=False)
class Cover:
    """Rows to be covered and options that cover them, options in the order of ids.

    `weight` by row: whole units, of which `unit` make one person; `always`: units that the fixed cover. The rows of option i are
    `row[begin[i]:begin[i+1]]`, the options of row j are `option[first[j]:first[j+1]]`. By option: `place` (its row in the
    problem), whole `cost`, `site` (0 … sites - 1). `slack`: people that rounding to units can have lost in all. `step`: units by
    which plans differ at least, or below which nobody minds. `share`, for cooperative covering only: how much of its row each pair
    of `row` covers (0 … 1; a row is covered by the sum of the open ones, at most 1), and the same by row in `share_by_row`.
    """

    weight: Ints
    begin: Ints
    row: Any
    first: Ints
    option: Any
    place: Ints
    cost: Ints
    site: Ints
    sites: int
    budget: int | None
    p: int | None
    always: int
    unit: float
    slack: float
    step: float = 1.0
    share: Any = None
    share_by_row: Any = None

    @property
    def options(self) -> int:
        """How many options there are."""
        return len(self.place)

    @property
    def most(self) -> int:
        """How many options a plan may open: p, or one a site."""
        return self.sites if self.p is None else min(self.p, self.sites)

    def people(self, units: float) -> float:
        """Units as people."""
        return units / self.unit


Rows = Callable[[int], Any]


def build_cover(problem: LocationProblem) -> Cover:
    """The covering question of a problem; weights of several bands are added, capacities are not used."""
    weight, unit, slack = whole_weights(problem.weights().to_numpy())
    stop = prefixes(problem.cost, problem.reach)
    start, demand = problem.cost.start, problem.cost.demand

    def rows(place: int) -> Any:
        return demand[start[place] : stop[place]]

    return cover_of(problem, weight, rows, unit, slack)


def cover_of(problem: LocationProblem, weight: Ints, rows: Rows, unit: float, slack: float) -> Cover:
    """The covering question in which place k covers the items `rows(k)` of these weights (changed: to 0 where the fixed cover)."""
    ids = problem.cost.place_ids
    fixed = np.flatnonzero(ids.isin(list(problem.fixed)))
    free = ~ids.isin([*problem.fixed, *problem.refused])
    in_order = np.argsort(np.asarray(ids, dtype=str), kind="stable")
    place = in_order[free[in_order]]
    total = int(weight.sum())
    for k in fixed:
        weight[rows(int(k))] = 0
    always = total - int(weight.sum())
    group, lead = same_reach(weight, rows, place)
    begin, row = by_option(lead, rows, place)
    first, option = by_row(begin, row, int(lead.max(initial=-1)) + 1)
    people = summed(group, weight, len(first) - 1)
    price = (
        np.zeros(len(place)) if problem.fixed_cost is None else problem.fixed_cost.reindex(ids).to_numpy(float)[place]
    )
    cost, budget = whole_costs(price.tolist(), problem.budget)
    site = np.arange(len(place)) if problem.site is None else numbered(problem.site.reindex(ids).to_numpy(str)[place])
    return Cover(people, begin, row, first, option, place, cost, site,
                 int(site.max(initial=-1)) + 1, budget, problem.p, always, unit, slack)  # fmt: skip


def whole_weights(weights: Floats) -> tuple[Ints, float, float]:
    """The weights of points (bands added) as whole units, how many units make a person, and the people that rounding can lose.

    >>> whole_weights(np.array([[1.5, 1.0], [5.0, 0.0]]))[:2]
    (array([1, 2]), 0.4)
    """
    summed = weights.sum(axis=1)
    fits = [u for u in UNITS if (np.abs(summed * u - np.rint(summed * u)) <= NEAR).all()]
    unit = fits[0] if fits else UNITS[-1]
    whole = np.rint(summed * unit).astype(np.int64)
    common = max(int(np.gcd.reduce(whole)), 1) if len(whole) else 1
    return whole // common, unit / common, 0.0 if fits else 0.5 * len(whole) / unit


def prefixes(cost: CostMatrix, reach: float | None) -> Ints:
    """Where the pairs within reach of each place end: they are the first of each place."""
    if reach is None:
        return cost.start[1:]
    bound = reach if cost.scale == 1 or not np.isfinite(reach) else round(reach * cost.scale)
    pairs = zip(cost.start[:-1].tolist(), cost.start[1:].tolist(), strict=True)
    return np.array([a + np.searchsorted(cost.cost[a:b], bound, side="right") for a, b in pairs], np.int64)


def same_reach(weight: Ints, rows: Rows, place: Ints) -> tuple[Any, Any]:
    """The row of each item (-1: none can cover it), and the row only where the item is the first of it (else -1).

    Items share a row if the same places cover them: two independent 64-bit sums of mixed place numbers stand for the list.
    Rows are numbered by the first place that covers them, so that those of a place lie near one another.
    """
    sums = [np.zeros(len(weight), np.uint64) for _ in SALTS]
    low = np.full(len(weight), len(place), np.int32)
    mixed = [_mixed(len(place), salt) for salt in SALTS]
    for k in range(len(place) - 1, -1, -1):
        at = rows(place[k])
        for total, part in zip(sums, mixed, strict=True):
            total[at] += part[k]
        low[at] = k
    items = np.flatnonzero((low < len(place)) & (weight > 0))
    items = items[np.lexsort((sums[1][items], sums[0][items], low[items]))]
    fresh = np.ones(len(items), bool)
    fresh[1:] = (
        (low[items[1:]] != low[items[:-1]])
        | (sums[0][items[1:]] != sums[0][items[:-1]])
        | (sums[1][items[1:]] != sums[1][items[:-1]])
    )
    group, lead = np.full(len(weight), -1, np.int32), np.full(len(weight), -1, np.int32)
    group[items] = np.cumsum(fresh) - 1
    lead[items[fresh]] = np.arange(int(fresh.sum()))
    return group, lead


def _mixed(count: int, salt: int) -> Any:
    """A scrambled 64-bit number for each of 0 … count - 1 (splitmix)."""
    mixed = (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(salt)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def by_option(lead: Any, rows: Rows, place: Ints) -> tuple[Ints, Any]:
    """The rows of each option, rising: where they begin, and the rows."""
    parts = [np.zeros(0, np.int32)]
    for k in place:
        at = lead[rows(k)]
        parts.append(np.sort(at[at >= 0]))
    begin = np.cumsum([len(p) for p in parts], dtype=np.int64)
    return begin, np.concatenate(parts)


def by_row(begin: Ints, row: Any, rows: int) -> tuple[Ints, Any]:
    """The options of each row, rising: where they begin, and the options."""
    shape = (rows, len(begin) - 1)
    table = csc_array((np.ones(len(row), np.int8), row, begin.astype(np.int32)), shape=shape).tocsr()
    return table.indptr.astype(np.int64), table.indices.astype(np.int32, copy=False)


def summed(group: Any, weight: Ints, rows: int) -> Ints:
    """The weight of each row: the sum of those of its items."""
    people = np.zeros(rows, np.int64)
    np.add.at(people, group[group >= 0], weight[group >= 0])
    return people


def numbered(sites: Any) -> Ints:
    """The sites as numbers 0, 1, … in their order."""
    return np.unique(sites, return_inverse=True)[1].astype(np.int64)


def options_of(problem: LocationProblem, cover: Cover, sites: Sequence[str]) -> Ints:
    """The numbers of the options of these sites, in the given order; those that are none are left out."""
    rank = np.full(len(problem.cost.place_ids) + 1, -1)
    rank[cover.place] = np.arange(cover.options)
    found = rank[problem.cost.place_ids.get_indexer(pd.Index(list(sites), dtype=object))]
    return np.asarray(found[found >= 0], np.int64)


def sites_of(problem: LocationProblem, cover: Cover, chosen: Ints) -> tuple[str, ...]:
    """The ids of options, in the order of the problem."""
    return tuple(problem.cost.place_ids[np.sort(cover.place[chosen])])
