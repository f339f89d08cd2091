"""Small location problems for tests: drawn by hypothesis, and laid out on a plane from a seed."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow

from geoplan import CostMatrix, LocationProblem

BANDS = ["young", "old"]


@st.composite
def tiny_problems(draw: Any) -> LocationProblem:
    """Up to 6 demand points, 2 fixed facilities and 5 options at 3 sites; two age bands, capacity and a budget."""
    demand, options = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    fixed = draw(st.integers(0, 2))
    demand_ids = [f"D{i}" for i in range(demand)]
    place_ids = [f"F{i}" for i in range(fixed)] + [f"S{i}" for i in range(options)]
    cells = st.one_of(st.none(), st.integers(1, 50))
    table = draw(
        st.lists(st.lists(cells, min_size=len(place_ids), max_size=len(place_ids)), min_size=demand, max_size=demand)
    )
    matrix = pd.DataFrame(np.array(table, dtype=float), demand_ids, place_ids)
    people = draw(st.lists(st.integers(0, 3000), min_size=2 * demand, max_size=2 * demand))
    places = draw(st.lists(st.integers(0, 6), min_size=2 * len(place_ids), max_size=2 * len(place_ids)))
    costs = draw(st.lists(st.integers(0, 9), min_size=len(place_ids), max_size=len(place_ids)))
    site = [f"g{draw(st.integers(0, 2))}" if p[0] == "S" else p for p in place_ids]
    return LocationProblem(
        cost=CostMatrix.from_dense(matrix),
        weight=pd.DataFrame(np.reshape(people, (demand, 2)) / 1000, demand_ids, BANDS),
        fixed=place_ids[:fixed],
        capacity=pd.DataFrame(np.reshape(places, (-1, 2)).astype(float), place_ids, BANDS),
        fixed_cost=pd.Series(np.array(costs) / 10, place_ids),
        budget=draw(st.integers(1, 20)) / 10,
        site=pd.Series(site, place_ids),
        p=draw(st.one_of(st.none(), st.integers(0, options))),
    )


def most_served(problem: LocationProblem, sites: Any) -> int:
    """The thousandths that these sites and the fixed places can serve, by scipy's maximum flow."""
    total = 0
    weights, capacity, cost = problem.weights(), problem.capacities(), problem.reachable()
    is_open = cost.place_ids.isin([*problem.fixed, *sites])
    points, places = len(cost.demand_ids), len(cost.place_ids)
    for band in weights.columns:
        want = np.rint(weights[band].to_numpy() * 1000).astype(np.int32)
        room = want.sum() * np.ones(places) if capacity is None else capacity[band].to_numpy() * 1000
        room = np.where(is_open, np.rint(room), 0).astype(np.int32)
        ends = (points + places, points + places + 1)
        keep = is_open[cost.place]
        tail = np.concatenate((np.full(points, ends[0]), cost.demand[keep], points + np.arange(places)))
        head = np.concatenate((np.arange(points), points + cost.place[keep], np.full(places, ends[1])))
        flow = np.concatenate((want, want[cost.demand[keep]], room))
        total += maximum_flow(csr_matrix((flow, (tail, head)), shape=(ends[1] + 1,) * 2), *ends).flow_value
    return int(total)


def allowed(problem: LocationProblem) -> list[tuple[str, ...]]:
    """Every choice of sites that keeps p, the budget, one place a site and the refused."""
    free = [p for p in problem.cost.place_ids if p not in {*problem.fixed, *problem.refused}]
    choices = [c for k in range(len(free) + 1) for c in combinations(free, k)]
    if problem.p is not None:
        choices = [c for c in choices if len(c) <= problem.p]
    if problem.site is not None:
        choices = [c for c in choices if problem.site[list(c)].is_unique]
    if problem.budget is not None and problem.fixed_cost is not None:
        cents = (problem.fixed_cost * 100).round()
        choices = [c for c in choices if cents[list(c)].sum() <= round(problem.budget * 100)]
    return choices


def plane(seed: int = 0, demand: int = 150, fixed: int = 8, options: int = 24, **changes: Any) -> LocationProblem:
    """Demand, facilities and options (two at each site) scattered in a square of 4 km; reach 1 km in a straight line."""
    rng = np.random.default_rng(seed)
    at, there = rng.uniform(0, 4000, (demand, 2)), rng.uniform(0, 4000, (fixed + options // 2, 2))
    sites = [f"F{i:02d}" for i in range(fixed)] + [f"S{i:02d}" for i in range(options // 2)]
    distance = np.hypot(*(at[:, None] - there[None]).transpose(2, 0, 1)).round(3)
    base = CostMatrix.from_dense(
        pd.DataFrame(distance, [f"D{i:03d}" for i in range(demand)], sites), unit="m", limit=1000.0
    )
    places = [*sites[:fixed], *(f"{s}:{kind}" for s in sites[fixed:] for kind in ("large", "small"))]
    cost = base.repeat([p.split(":")[0] for p in places], places)
    room = np.where([p.endswith("large") for p in places], 12.0, 5.0)
    price = np.where([p.endswith("large") for p in places], 2.2, 1.0) * rng.uniform(0.8, 1.2, len(places)) * 1e6
    people = rng.integers(0, 2500, (demand, 2)) / 1000
    given: dict[str, Any] = {
        "cost": cost,
        "weight": pd.DataFrame(people, cost.demand_ids, BANDS),
        "fixed": places[:fixed],
        "capacity": pd.DataFrame({"young": room, "old": np.roll(room, 1)}, index=cost.place_ids),
        "fixed_cost": pd.Series(np.where(np.arange(len(places)) < fixed, 0.0, price.round(2)), cost.place_ids),
        "budget": 6e6,
        "site": pd.Series([p.split(":")[0] for p in places], cost.place_ids),
    }
    return LocationProblem(**(given | changes))


def shuffled(problem: LocationProblem, seed: int) -> LocationProblem:
    """The same problem with its demand points and places in another order."""
    rng = np.random.default_rng(seed)
    demand, places = rng.permutation(problem.cost.demand_ids), rng.permutation(problem.cost.place_ids)
    pairs = problem.cost.to_frame().sample(frac=1.0, random_state=seed)
    cost = CostMatrix.from_pairs(pairs, problem.cost.unit, problem.cost.limit, demand_ids=demand, place_ids=places)
    given = {name: getattr(problem, name) for name in problem.__dataclass_fields__}
    given["weight"] = problem.weight.loc[rng.permutation(problem.weight.index)]
    for name in ("capacity", "fixed_cost", "site"):
        given[name] = None if given[name] is None else given[name].loc[places]
    return LocationProblem(**(given | {"cost": cost, "fixed": list(problem.fixed)[::-1]}))
