"""The problem as whole numbers: demand of the same reach put together, options of the same reach in one pool; exact for counting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.errors import Finding, InputError, Text
from geoplan.location.problem import LocationProblem

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

THOUSANDTHS = 1000
TOLERANCE = 1e-6  # of a thousandth


def thousandths(values: Any, name: str, down: bool = False) -> Ints:
    """People as whole thousandths; raises `InputError` if they are none (`down`: rounds down instead, for capacities)."""
    scaled = np.asarray(values, dtype=float) * THOUSANDTHS
    whole = np.rint(scaled)
    off = np.abs(scaled - whole) > TOLERANCE
    if down:
        whole = np.where(off, np.floor(scaled), whole)
    elif off.any():
        problem = Text("people must be whole thousandths", "人数须为千分之一的整数倍")
        advice = Text("round them to three decimals, keeping their sum", "请保留三位小数并保持合计不变")
        raise InputError(
            Finding(
                "GP-L010", "", name, problem, advice, str(float(scaled[off][0]) / THOUSANDTHS), count=int(off.sum())
            )
        )
    return np.asarray(whole, np.int64)


def whole_costs(costs: Iterable[float], budget: float | None) -> tuple[Ints, int | None]:
    """Costs and budget as whole numbers of one unit, read as they are written (0.1 is a tenth): sums are exact then.

    >>> costs, budget = whole_costs([0.1, 0.2], 0.3)
    >>> costs.tolist(), budget
    ([1, 2], 3)
    """
    written = [Fraction(repr(float(c))) for c in costs]
    last = [] if budget is None else [Fraction(repr(float(budget)))]
    unit = max((f.denominator for f in written + last), default=1)
    unit = 10 ** min(len(str(unit)), 6) if unit > 1 else 1
    while unit > 1 and all((f * unit / 10).denominator == 1 for f in written + last):
        unit //= 10
    whole = [-(-(f * unit).numerator // (f * unit).denominator) for f in written]  # up, where finer than a millionth
    limit = None if budget is None else (last[0] * unit).numerator // (last[0] * unit).denominator
    return np.array(whole, np.int64), limit


def classes(start: Ints, members: Ints) -> Ints:
    """The class of each list `members[start[i]:start[i+1]]`: lists with the same members, in any order, share one.

    Two independent 64-bit sums of mixed members and the length stand for a list.

    >>> classes(np.array([0, 2, 4, 5]), np.array([7, 9, 9, 7, 7])).tolist()
    [1, 1, 0]
    """
    keys = [np.diff(start).astype(np.uint64)]
    for salt in (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03):
        mixed = (members.astype(np.uint64) + np.uint64(1)) * np.uint64(salt)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(31)
        sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)))
        keys.append(sums[start[1:]] - sums[start[:-1]])
    return np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Graph:
    """Demand nodes and pools with the pairs between them, both ways; and the options, each with its pools.

    `wanted` (thousandths), `row` (its first demand point, in order of ids) and `band` by demand node; `room` by pool: places of
    the fixed; `pairs` as in `_kernels`. By option, in order of ids: its row among the places, `pools` and `places`
    (thousandths) by band, whole `cost`, `site` (0 … sites-1).
    """

    wanted: Ints
    row: Ints
    band: Ints
    room: Ints
    pairs: tuple[Any, ...]
    option: Ints
    pools: Ints
    places: Ints
    cost: Ints
    site: Ints
    sites: int
    budget: int | None
    p: int | None


def build_graph(problem: LocationProblem, merge: bool = True) -> Graph:
    """The counting graph of a problem: built in the order of ids, so that the order of its rows does not matter.

    `merge=False` keeps every demand point and place apart, for models in which people cannot be split.
    """
    cost = problem.reachable()
    wanted = thousandths(problem.weights().sort_index(), "weight")
    total, given = wanted.sum(axis=0), problem.capacities()
    places = np.tile(total, (len(cost.place_ids), 1)) if given is None else thousandths(given, "capacity", down=True)
    places = np.minimum(places, total)
    fixed, refused = cost.place_ids.isin(list(problem.fixed)), cost.place_ids.isin(list(problem.refused))
    in_order = np.argsort(np.asarray(cost.place_ids, dtype=str), kind="stable")
    option = in_order[~(fixed | refused)[in_order]]
    demand = _rank(cost.demand_ids)[cost.demand]
    pool = classes(cost.start, demand) if merge else _rank(cost.place_ids)
    pools, bands = int(pool.max(initial=-1)) + 1, wanted.shape[1]
    used = ~refused[cost.place]
    pair = np.unique(demand[used] * pools + pool[cost.place[used]])
    room, most = np.zeros((pools, bands), np.int64), np.zeros((pools, bands), np.int64)
    np.add.at(room, pool[fixed], places[fixed])
    np.add.at(most, pool[~refused], places[~refused])
    parts = (
        [_band(wanted[:, b], pair // pools, pair % pools, most[:, b] > 0, merge) for b in range(bands)] if pools else []
    )
    nodes = np.cumsum([0, *(len(p[0]) for p in parts)])
    none = [np.zeros(0, np.int64)]
    node = np.concatenate(none + [p[2] + nodes[b] for b, p in enumerate(parts)])
    at = np.concatenate(none + [p[3] + b * pools for b, p in enumerate(parts)])
    site = _sites(problem, option)
    spending = (
        np.zeros(len(pool))
        if problem.fixed_cost is None
        else problem.fixed_cost.reindex(cost.place_ids).to_numpy(float)
    )
    whole, budget = whole_costs(spending[option], problem.budget)
    return Graph(
        wanted=np.concatenate(none + [p[0] for p in parts]),
        row=np.concatenate(none + [p[1] for p in parts]),
        band=np.repeat(np.arange(len(parts)), np.diff(nodes)),
        room=np.ascontiguousarray(room.T).reshape(-1),
        pairs=both_ways(node, at, int(nodes[-1]), pools * bands),
        option=option,
        pools=pool[option][:, None] + np.arange(bands) * pools,
        places=places[option],
        cost=whole,
        site=site,
        sites=int(site.max(initial=-1)) + 1,
        budget=budget,
        p=problem.p,
    )


def _rank(ids: Any) -> Ints:
    """The place of each id in their order."""
    order = np.argsort(np.asarray(ids, dtype=str), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _sites(problem: LocationProblem, option: Ints) -> Ints:
    """The site of each option as a number; a site of its own where none is given."""
    if problem.site is None:
        return np.arange(len(option))
    sites = problem.site.reindex(problem.cost.place_ids).to_numpy(str)[option]
    return np.unique(sites, return_inverse=True)[1].astype(np.int64)


def _band(wanted: Ints, demand: Ints, pool: Ints, usable: Any, merge: bool) -> tuple[Ints, Ints, Ints, Ints]:
    """One band: people wanted and first demand point by class of demand, and the class and pool of each pair."""
    keep = usable[pool] & (wanted[demand] > 0)
    demand, pool = demand[keep], pool[keep]
    rows = np.unique(demand)
    begin = np.concatenate((np.searchsorted(demand, rows), [len(demand)]))
    group = classes(begin, pool) if merge else np.arange(len(rows))
    people = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
    np.add.at(people, group, wanted[rows])
    first = np.unique(group, return_index=True)[1]
    counts = np.diff(begin)[first]
    take = np.repeat(begin[first] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    return people, rows[first], np.repeat(np.arange(len(first)), counts), pool[take]


def both_ways(node: Ints, pool: Ints, nodes: int, pools: int) -> tuple[Any, ...]:
    """Pairs sorted by node as (start, pool), by pool as (start, node, pair), and the node of each pair."""
    order = np.argsort(pool, kind="stable").astype(np.int32)
    by_node = np.searchsorted(node, np.arange(nodes + 1))
    by_pool = np.searchsorted(pool[order], np.arange(pools + 1))
    small = np.int32
    return by_node, pool.astype(small), by_pool, node[order].astype(small), order, node.astype(small)
