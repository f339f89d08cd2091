"""Maximal covering against brute force, an independent solver and published optima."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack, identity

from geoplan import CostMatrix, LocationProblem, check, solve
from tests.location_problems import allowed, plane, shuffled, tiny_problems

DATA = Path(__file__).parents[1] / "../shared/data/mclp_sjc"


def covered(problem: LocationProblem, sites: tuple[str, ...]) -> float:
    """The weight of the points that have one of these sites or a fixed place within reach."""
    cost = problem.reachable()
    is_open = cost.place_ids.isin([*problem.fixed, *sites])
    return float(problem.weights().iloc[np.unique(cost.demand[is_open[cost.place]])].to_numpy().sum())


def by_milp(problem: LocationProblem) -> float:
    """The most weight covered by p places, by scipy's MILP."""
    cost = problem.reachable()
    points, places = len(cost.demand_ids), len(cost.place_ids)
    reach = csr_matrix((np.ones(len(cost.demand)), (cost.demand, cost.place)), shape=(points, places))
    count = np.concatenate((np.ones(places), np.zeros(points)))
    rules = [
        LinearConstraint(hstack((-reach, identity(points))), ub=np.zeros(points)),
        LinearConstraint(count, ub=[problem.p]),
    ]
    value = -np.concatenate((np.zeros(places), problem.weights().sum(axis=1)))
    whole = np.concatenate((np.ones(places), np.zeros(points)))
    answer = milp(value, constraints=rules, bounds=Bounds(0, 1), integrality=whole, options={"mip_rel_gap": 0.0})
    return float(-answer.fun)


@given(tiny_problems())
@settings(max_examples=60, deadline=None)
def test_equals_brute_force(problem: LocationProblem) -> None:
    """No choice of sites that keeps p, the budget and one place a site covers more; the plan is proven optimal."""
    plan = solve(problem, "mclp")
    assert plan.objective == pytest.approx(max(covered(problem, c) for c in allowed(problem)))
    assert plan.status == "optimal"
    check(problem, plan)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("p", [1, 4, 9])
def test_equals_an_independent_solver(seed: int, p: int) -> None:
    """On 300 points and 30 sites the plan covers what scipy's MILP covers, with weights that are no whole thousandths."""
    rng = np.random.default_rng(seed)
    at, there = rng.uniform(0, 5000, (300, 2)), rng.uniform(0, 5000, (30, 2))
    distance = np.hypot(*(at[:, None] - there[None]).transpose(2, 0, 1))
    cost = CostMatrix.from_dense(distance, limit=900.0)
    problem = LocationProblem(cost, pd.Series(rng.gamma(2.0, 3.0, 300), cost.demand_ids), p=p)
    plan = solve(problem)
    assert plan.objective == pytest.approx(by_milp(problem), rel=1e-6)
    assert len(plan.sites) == p
    check(problem, plan)


@pytest.mark.skipif(not DATA.exists(), reason="the São José dos Campos instances are not beside the checkout")
@pytest.mark.parametrize("row", range(13))
def test_published_instances(row: int) -> None:
    """The proven optima of the real instances of Lorena and Pereira (2002) are reached and proven."""
    case = pd.read_csv(DATA / "optima.csv").iloc[row]
    nodes = pd.read_csv(DATA / f"{case['instance']}.csv")
    at = nodes[["x_m", "y_m"]].to_numpy(float)
    cost = CostMatrix.from_dense(np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)), limit=float(case["radius"]))
    plan = solve(LocationProblem(cost, pd.Series(nodes["demand"].to_numpy(float), cost.demand_ids), p=int(case["p"])))
    assert (plan.objective, plan.status) == (case["covered_demand"], "optimal")


def test_fixed_places_cover_first() -> None:
    """What the fixed places cover counts, and the sites are chosen for what they add to it."""
    cost = CostMatrix.from_dense(np.array([[1.0, 1.0, np.nan], [1.0, np.nan, np.nan], [np.nan, np.nan, 1.0]]))
    problem = LocationProblem(cost, pd.Series([10.0, 9.0, 1.0], cost.demand_ids), fixed=["0"], p=1)
    plan = solve(problem)
    assert (plan.sites, plan.objective) == (("2",), 20.0)


def test_more_places_never_cover_less() -> None:
    """Covered weight rises with p and ends at all that can be covered."""
    problem = replace(plane(1), budget=None, site=None)
    objectives = [solve(replace(problem, p=p), "mclp").objective for p in range(0, 20, 3)]
    assert objectives == sorted(objectives)
    assert objectives[0] == pytest.approx(covered(problem, ()))


@given(st.integers(0, 10_000), st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_row_order_does_not_matter(seed: int, order: int) -> None:
    """The same problem in another row order has the same sites, assignment and bound."""
    problem = replace(plane(seed, demand=60, fixed=2, options=12), budget=None, p=3)
    one, other = solve(problem), solve(shuffled(problem, order))
    assert sorted(one.sites) == sorted(other.sites)
    assert (one.objective, one.bound) == (other.objective, other.bound)
    pd.testing.assert_frame_equal(one.assignment, other.assignment)


def test_ties_fall_to_the_lowest_id() -> None:
    """Of places that cover the same the one with the lowest id is opened."""
    cost = CostMatrix.from_dense(pd.DataFrame(1.0, ["a", "b"], ["z", "m", "k"]))
    problem = LocationProblem(cost, pd.Series({"a": 1.0, "b": 2.0}), p=1)
    plans = [solve(problem).sites, solve(replace(problem, refused=["k"])).sites]
    assert plans == [("k",), ("m",)]
    assert all(covered(problem, c) == 3.0 for c in combinations("zmk", 1))
