"""A location problem with capacity as whole sizes and rooms: built in the order of ids, so that the order of rows does not matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geoplan.location._graph import Floats, Ints, thousandths, whole_costs
from geoplan.location.problem import LocationProblem

WHOLE = 1e-9  # so near to a whole number is one


@dataclass(frozen=True, eq=False)
class Case:
    """Nodes (a demand point in one band), places and bins (a place in one band: `place · bands + band`), and their pairs.

    `row` (the demand point in the order of ids), `band` and `size` by node; `room` by bin; `place` (its row in the problem),
    `price` (what it adds to the objective), `money` (whole, for the budget), `site` and `fixed` by place, in the order of ids
    without the refused. The pairs by bin: `start`, `node`, `value`; the same by node: `first`, `bin_of`, `cost`, with `back`
    leading from there to the pairs by bin. `single`: a node goes to one place. `step`: 1 where every objective is whole.
    """

    row: Ints
    band: Ints
    size: Ints
    unit: int
    bands: int
    room: Ints
    place: Ints
    price: Floats
    money: Ints
    budget: int | None
    site: Ints
    fixed: Any
    least: int
    most: int
    start: Ints
    node: Ints
    value: Floats
    first: Ints
    bin_of: Ints
    cost: Floats
    back: Ints
    single: bool
    step: float

    @property
    def pairs(self) -> tuple[Any, ...]:
        """By bin, as the knapsacks take them."""
        return self.start, self.node, self.value, self.size, self.room

    @property
    def lists(self) -> tuple[Any, ...]:
        """By node, as the moves take them."""
        return self.first, self.bin_of, self.cost

    def bins(self, opened: Any) -> Any:
        """Which bins belong to open places."""
        return np.repeat(opened, self.bands)

    def load(self) -> Ints:
        """What all nodes together take, by band."""
        return np.bincount(self.band, weights=self.size, minlength=self.bands).astype(np.int64)

    def rooms(self) -> Ints:
        """The room as place × band."""
        return self.room.reshape(-1, self.bands)


def build_case(problem: LocationProblem, charged: bool, exact: bool) -> Case:
    """The case of a problem. `charged`: opening a place costs its `fixed_cost`; `exact`: `p` is the number of places, not the most."""
    cost, single = problem.reachable(), problem.single_source
    demand_rank, by_id = _rank(cost.demand_ids), _order(cost.place_ids)
    weights = problem.weights().iloc[_order(cost.demand_ids)]
    amount = thousandths(weights, "weight")
    place = by_id[~cost.place_ids.isin(list(problem.refused))[by_id]]
    room = _room(problem, amount)[place]
    row, band = np.nonzero(amount)
    unit = int(np.gcd.reduce(amount[row, band])) if single and len(row) else 1
    size, room = amount[row, band] // unit, room // unit
    fixed = cost.place_ids.isin(list(problem.fixed))[place]
    price, money, budget = _money(problem, place, fixed)
    free = int((~fixed).sum())
    most = free if problem.p is None else problem.p
    number = np.full(amount.shape, -1)
    number[row, band] = np.arange(len(row))
    where = np.full(len(cost.place_ids), -1)
    where[place] = np.arange(len(place))
    node, at, value = _pairs(cost, weights.to_numpy(float), number, where, demand_rank, amount.shape[1])
    fits = (size[node] <= room.reshape(-1)[at]) if single else room.reshape(-1)[at] > 0
    node, at, value = node[fits], at[fits], value[fits]
    prices = price if charged else np.zeros(len(place))
    step = 1.0 if single and _is_whole(value) and _is_whole(prices) else 0.0
    if step:
        value, prices = np.rint(value), np.rint(prices)
    by_bin, by_node = np.lexsort((node, at)), np.lexsort((at, node))
    back = np.empty(len(by_bin), np.int64)
    back[by_bin] = np.arange(len(by_bin))
    return Case(
        row=row,
        band=band,
        size=size,
        unit=unit,
        bands=amount.shape[1],
        room=np.ascontiguousarray(room.reshape(-1)),
        place=place,
        price=prices,
        money=money,
        budget=budget,
        site=_site(problem, place),
        fixed=fixed,
        least=most if exact else 0,
        most=most,
        start=np.searchsorted(at[by_bin], np.arange(room.size + 1)),
        node=node[by_bin],
        value=value[by_bin],
        first=np.searchsorted(node[by_node], np.arange(len(row) + 1)),
        bin_of=at[by_node],
        cost=value[by_node],
        back=back[by_node],
        single=single,
        step=step,
    )


def _order(ids: Any) -> Ints:
    order: Ints = np.argsort(np.asarray(ids, dtype=str), kind="stable")
    return order


def _rank(ids: Any) -> Ints:
    rank = np.empty(len(ids), np.int64)
    rank[_order(ids)] = np.arange(len(ids))
    return rank


def _is_whole(values: Floats) -> bool:
    return bool((np.abs(values - np.rint(values)) <= WHOLE).all() and values.sum() < 2**50)


def _room(problem: LocationProblem, amount: Ints) -> Ints:
    """The room by place and band in thousandths, no more than everybody takes."""
    given, total = problem.capacities(), amount.sum(axis=0)
    if given is None:
        return np.tile(total, (len(problem.cost.place_ids), 1))
    room: Ints = np.minimum(thousandths(given, "capacity", down=True), total)
    return room


def _money(problem: LocationProblem, place: Ints, fixed: Any) -> tuple[Floats, Ints, int | None]:
    """What each place costs, 0 for the fixed, as it is and in whole numbers; and the budget in the same unit."""
    if problem.fixed_cost is None:
        return np.zeros(len(place)), np.zeros(len(place), np.int64), None
    price = problem.fixed_cost.reindex(problem.cost.place_ids).to_numpy(float)[place]
    price = np.where(fixed, 0.0, price)
    money, budget = whole_costs(price, problem.budget)
    return price, money, budget


def _site(problem: LocationProblem, place: Ints) -> Ints:
    """The site of each place as a number; one of its own where none is given, and for the fixed, which may share theirs."""
    fixed = problem.cost.place_ids.isin(list(problem.fixed))[place]
    own = np.arange(len(place))
    if problem.site is None:
        return own
    names = problem.site.reindex(problem.cost.place_ids).to_numpy(str)[place]
    number = np.unique(names, return_inverse=True)[1].astype(np.int64)
    return np.unique(np.where(fixed, len(place) + own, number), return_inverse=True)[1].astype(np.int64)


def _pairs(cost: Any, weight: Floats, number: Ints, where: Ints, rank: Ints, bands: int) -> tuple[Ints, Ints, Floats]:
    """The node, the bin and the cost of every pair of a node with a place that is not refused."""
    demand, place = rank[cost.demand], where[cost.place]
    parts = []
    for band in range(bands):
        used = np.flatnonzero((place >= 0) & (number[demand, band] >= 0))
        value = weight[demand[used], band] * np.asarray(cost.values)[used]
        parts.append((number[demand[used], band], place[used] * bands + band, value))
    node, at, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    return node, at, value
