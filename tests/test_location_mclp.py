"""Maximal covering against brute force, an independent solver and published optima."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack, identity

from geoplan import CostMatrix, LocationProblem, check, solve
from geoplan.location import _maxcover_kernels
from geoplan.location._maxcover import build_cover
from geoplan.location._maxcover_bound import prove
from geoplan.location._maxcover_exact import reduced
from geoplan.location._maxcover_search import Draws, plan_of
from tests.location_problems import allowed, plane, shuffled

DATA = Path(__file__).parents[1] / "../shared/data/mclp_sjc"


def covered(problem: LocationProblem, sites: tuple[str, ...]) -> float:
    """The weight of the points that have one of these sites or a fixed place within reach."""
    cost = problem.reachable()
    is_open = cost.place_ids.isin([*problem.fixed, *sites])
    return float(problem.weights().iloc[np.unique(cost.demand[is_open[cost.place]])].to_numpy().sum())


def village(seed: int) -> LocationProblem:
    """25 points, up to 2 fixed places and 3 sites with two options each; a budget, and p in every second one."""
    p = None if seed % 2 else seed // 2 % 4
    return plane(seed, demand=25, fixed=seed % 3, options=6, p=p, budget=(1 + seed % 7) * 0.9e6)


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


@given(st.integers(0, 100_000))
@settings(max_examples=30, deadline=None)
def test_equals_brute_force(seed: int) -> None:
    """No choice of sites that keeps p, the budget and one place a site covers more; the plan is proven optimal."""
    problem = village(seed)
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


def test_more_money_or_reach_never_covers_less() -> None:
    """Covered weight rises with the budget and with the reach."""
    problem = replace(plane(2, demand=80), p=None)
    for name, values in (("budget", (1.0, 2e6, 4e6, 8e6)), ("reach", (200.0, 500.0, 1000.0))):
        objectives = [solve(replace(problem, **{name: v}), "mclp").objective for v in values]
        assert objectives == sorted(objectives)


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_covering_is_submodular(seed: int) -> None:
    """What an option adds never grows when others are open, whatever was opened and closed before: gains and losses are exact."""
    cover = build_cover(replace(plane(seed, demand=40, options=12), p=None, budget=None, site=None))
    draws, plan = Draws(seed), plan_of(cover)
    for _ in range(12):
        option, before = draws.below(cover.options), plan.state[2].copy()
        if plan.is_open[option]:
            plan.drop(option)
            assert (plan.state[2] >= before).all()
        else:
            plan.add(option)
            assert (plan.state[2] <= before).all()
    anew = plan_of(cover, plan.chosen)
    assert plan.units == anew.units
    assert all(np.array_equal(a, b) for a, b in zip(plan.state, anew.state, strict=True))


@given(st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_any_multipliers_bound_every_plan(seed: int) -> None:
    """Whatever the multipliers are, no plan covers more than the bound that they prove."""
    problem = village(seed)
    cover, draws = build_cover(problem), Draws(seed)
    part = np.array([draws.below(1001) / 1000 for _ in cover.weight])
    most = max(covered(problem, c) for c in allowed(problem))
    if cover.options:
        assert cover.people(prove(cover, part)[0] + cover.always) >= most - 1e-9


@pytest.mark.parametrize("changes", [{"budget": None, "p": 6, "site": None}, {"p": None}, {"p": 5}])
def test_bound_plan_start(changes: dict[str, Any]) -> None:
    """However early the clock stops: bound >= optimum >= plan >= the plan given, and the word is optimal only at gap 0."""
    problem = replace(plane(9, demand=900, options=120, fixed=4), **changes)
    sites = problem.cost.place_ids[[10, 30, 50, 70]].tolist()
    least, best = covered(problem, tuple(sites)), solve(problem).objective
    for limit in (1e-6, 0.02, 0.05, 0.1, 0.2):
        plan = solve(problem, time_limit_s=limit, start=sites)
        check(problem, plan)
        assert plan.bound is not None
        assert plan.bound >= best >= plan.objective >= least - 1e-9
        assert (plan.status == "optimal") == (plan.gap == 0)
        assert plan.status in ("optimal", "stopped")


def test_a_gap_ends_the_work() -> None:
    """A plan within the gap that was asked says so, or is proven, and its gap is no more than that."""
    plan = solve(replace(plane(3, demand=900, options=120), budget=None, p=12), gap=0.05)
    assert plan.status in ("feasible", "optimal")
    assert plan.gap is not None
    assert plan.gap <= 0.05


def test_points_of_equal_reach_are_one_row() -> None:
    """A row is a set of places: points that the same places cover are put together, those that the fixed cover are out."""
    cost = CostMatrix.from_dense(np.array([[1.0, 1.0, np.nan], [1.0, 1.0, np.nan], [np.nan, 1.0, 1.0], [np.nan] * 3]))
    problem = LocationProblem(cost, pd.Series([2.0, 3.0, 4.0, 5.0], cost.demand_ids), p=1)
    cover = build_cover(problem)
    assert (sorted(cover.weight.tolist()), cover.always) == ([4, 5], 0)
    cover = build_cover(replace(problem, fixed=["0"]))
    assert (cover.weight.tolist(), cover.always) == ([4], 5)


def test_a_question_that_shrinks_stays_the_same() -> None:
    """Opening options first and solving what is left covers what the whole plan covers."""
    cover = build_cover(replace(plane(5), p=None))
    chosen = np.arange(0, cover.options, 5)
    left = reduced(cover, np.ones(cover.options, bool), chosen[:2])
    inner = plan_of(left, np.flatnonzero(np.isin(left.place, chosen[2:])))
    assert inner.units + left.always == plan_of(cover, chosen).units + cover.always


def test_without_numba_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loops uncompiled give the same plan and bound."""
    problem = replace(plane(6, demand=40, options=10), p=3)
    compiled = solve(problem)
    for name, loop in vars(_maxcover_kernels).copy().items():
        if hasattr(loop, "py_func"):
            monkeypatch.setattr(_maxcover_kernels, name, loop.py_func)
    plain = solve(problem)
    assert (plain.sites, plain.objective, plain.bound) == (compiled.sites, compiled.objective, compiled.bound)
