"""The p-median as arrays in the order of ids, and plans for it: greedy, swaps, and swaps after a disturbance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from geoplan.location import _median_kernels as kernels
from geoplan.location._claim import open_places
from geoplan.location._graph import Floats, Ints
from geoplan.location.problem import LocationProblem

ROUNDING = 5e-10  # of the objective: half of what `claim_least` counts as none
DECIMALS = 1_000_000  # costs and weights with more decimals than six are taken for any numbers
FIRST_SEED = 20_177
FAR = 4.0  # times the dearest pair: what a point that nothing reaches costs at first


@dataclass(frozen=True, eq=False)
class Medians:
    """A p-median problem as arrays, in the order of ids.

    `points`: start, place, cost (by point, rising), weight and `far` (the cost where no place is near); `places`: start, point and
    cost by place. `row`: the places' rows in the problem; `movable`: the places that are not fixed; `site`: 0 … `sites`-1, those
    of the fixed are their own. `p`: how many to open beside the fixed; `k`: how many of the nearest count. `step`: every plan's
    cost is a whole multiple of it; 0 where there is no such step.
    """

    points: tuple[Any, ...]
    places: tuple[Any, ...]
    row: Ints
    movable: Any
    site: Ints
    sites: int
    p: int
    k: int
    step: float

    def tolerance(self, cost: float, gap: float = 0.0) -> float:
        """How much a plan must better this cost to be worth looking for."""
        return max(self.step * (1 - 1e-6), ROUNDING * max(1.0, cost), gap * cost * (1 - 1e-9))


def build_medians(problem: LocationProblem, neighbours: int) -> Medians:
    """The arrays of a problem: points with people, places that may be used."""
    cost, weight = problem.reachable(), problem.weights().sum(axis=1)
    ids = np.asarray(cost.place_ids, dtype=str)
    order = np.argsort(ids, kind="stable")
    order = order[~np.isin(ids[order], list(problem.refused))]
    wanted = weight.to_numpy() > 0
    point_of = np.full(len(wanted), -1, np.int64)
    by_id = np.argsort(np.asarray(cost.demand_ids, dtype=str), kind="stable")
    by_id = by_id[wanted[by_id]]
    point_of[by_id] = np.arange(len(by_id))
    chosen = cost.select(cost.place_ids[order])
    keep = wanted[chosen.demand]
    begin = np.concatenate(([0], np.cumsum(keep)))[chosen.start]
    start, place, values = kernels.turned(begin, point_of[chosen.demand[keep]], chosen.values[keep], len(by_id))
    kernels.sort_rows(start, place, values)
    weights = weight.to_numpy()[by_id]
    movable = ~np.isin(ids[order], list(problem.fixed))
    return Medians(
        points=(
            start,
            place,
            values,
            weights,
            far_costs(start, values, weights, FAR * dearest(start, values, weights)),
        ),
        places=kernels.turned(start, place, values, len(order)),
        row=order,
        movable=movable,
        site=sites_of(problem, order, movable),
        sites=len(order),
        p=int(problem.p or 0),
        k=neighbours,
        step=_step(values) * _step(weights),
    )


def sites_of(problem: LocationProblem, order: Ints, movable: Any) -> Ints:
    """The site of each place as a number; one of its own where it is fixed, or no site is given."""
    own = np.arange(len(order))
    if problem.site is None:
        return own
    names = problem.site.reindex(problem.cost.place_ids).to_numpy(str)[order]
    first: dict[str, int] = {}
    numbers = [
        first.setdefault(name, at) if free else at for at, (name, free) in enumerate(zip(names, movable, strict=True))
    ]
    return np.array(numbers, np.int64)


def far_costs(start: Ints, cost: Floats, weight: Floats, penalty: float) -> Floats:
    """For each point a cost beyond all of its pairs, at which leaving it out costs `penalty` more than its dearest pair."""
    return np.asarray(_most(start, cost) + penalty / weight, float)


def dearest(start: Ints, cost: Floats, weight: Floats) -> float:
    """The greatest weighted cost of a pair."""
    return max(float((_most(start, cost) * weight).max(initial=0.0)), 1.0)


def _most(start: Ints, cost: Floats) -> Floats:
    """The cost of each point's dearest pair; 0 where it has none."""
    return np.where(np.diff(start) > 0, np.append(cost, 0.0)[start[1:] - 1], 0.0)


def _step(values: Floats) -> float:
    """The greatest of 1, 0.1 … 0.000001 of which all values are whole multiples; 0 if there is none."""
    unit = 1
    while unit <= DECIMALS:
        scaled = values * unit
        if (np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.maximum(np.abs(scaled), 1.0)).all():
            return float(Fraction(1, unit))
        unit *= 10
    return 0.0


class Search:
    """A plan and what its changes are worth: `cost` is what the open places cost all points."""

    def __init__(self, medians: Medians) -> None:
        self.medians = medians
        count, places = len(medians.points[3]), len(medians.movable)
        near = np.full((count, medians.k + 1), kernels.NONE, np.int32), np.zeros((count, medians.k + 1))
        flags = np.zeros(places, np.bool_), np.zeros(places), np.zeros(places, np.bool_), np.zeros(places)
        self.state = (*near, *flags)
        self.taken = np.full(medians.sites, kernels.NONE)
        self.points, self.seed = medians.points, FIRST_SEED
        self.put(np.zeros(0, np.int64))

    @property
    def cost(self) -> float:
        """The weighted cost of the plan, points that are not reached at the cost `far`."""
        return float(kernels.total_cost(self.points, self.state))

    @property
    def unreached(self) -> int:
        """How many points have too few open places within reach."""
        return int(kernels.unreached(self.state))

    @property
    def chosen(self) -> Ints:
        """The open places beside the fixed."""
        return np.flatnonzero(self.state[2] & self.medians.movable)

    def put(self, chosen: Any) -> None:
        """Open exactly these places beside the fixed."""
        self.state[2][:] = ~self.medians.movable
        self.state[2][chosen] = True
        self.state[4][:] = True
        self.taken[:] = kernels.NONE
        self.taken[self.medians.site[chosen]] = chosen
        kernels.renew(self.points, self.state)

    def fill(self) -> int:
        """Open greedily until there are p; how many could not be opened."""
        medians = self.medians
        left = medians.p - len(self.chosen)
        return int(kernels.fill(self.points, medians.places, self.state, medians.site, self.taken, left))

    def descend(self) -> None:
        """Swap until no swap betters the plan."""
        medians, moved = self.medians, 1
        while moved:
            self.state[4][:] = True
            least = medians.tolerance(self.cost)
            rules = (medians.movable, medians.site, self.taken, least)
            moved = kernels.descend(self.points, medians.places, self.state, *rules)

    def shake(self, rounds: int) -> None:
        """Disturb and descend, so many times."""
        medians = self.medians
        if not len(self.chosen) or not len(self.points[3]):
            return
        most = max(2, min(6, medians.p // 3))
        near = max(4, 4 * len(medians.movable) // medians.p)
        rules = (medians.movable, medians.site, self.taken, most, near, medians.tolerance(self.cost))
        answer = kernels.shake(self.points, medians.places, self.state, *rules, rounds, self.seed)
        self.seed = int(answer[1])

    def push_away(self, penalty: float) -> None:
        """Make points that are not reached dearer (or cheaper): `penalty` each beyond their dearest pair."""
        start, place, cost, weight, _ = self.points
        self.points = (start, place, cost, weight, far_costs(start, cost, weight, penalty))
        self.put(self.chosen)


def nearest_few(problem: LocationProblem, sites: tuple[str, ...], neighbours: int) -> pd.DataFrame:
    """All people of each point at each of its nearest open places (ties: lowest id), by band."""
    nearest = problem.reachable().select(sorted(open_places(problem, sites))).nearest(neighbours)
    weights = problem.weights()
    amounts = weights.loc[nearest["demand_id"]].to_numpy(float)
    row, band = np.nonzero(amounts > 0)
    frame = nearest[["demand_id", "place_id"]].iloc[row].reset_index(drop=True)
    frame = frame.assign(band=np.array(weights.columns, object)[band], amount=amounts[row, band])
    return frame.sort_values(["demand_id", "place_id", "band"], kind="stable", ignore_index=True)


def exact_cost(search: Search) -> float:
    """The cost of a plan that reaches every point, rounded once."""
    near, weight = search.state[1][:, :-1], search.points[3]
    return math.fsum((near * weight[:, None]).ravel())
