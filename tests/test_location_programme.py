"""The programme serves as many as brute force and an independent solver say is possible, and proves it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_matrix

from geoplan import CostMatrix, InputError, LocationProblem, check, solve
from geoplan.location import _bound
from geoplan.location._graph import build_graph
from geoplan.location._search import opened, tighten
from tests.location_problems import allowed, most_served, plane, shuffled, tiny_problems


def by_milp(problem: LocationProblem) -> float:
    """The most people served, by scipy's MILP over demand × place × band; with `single_source` the pairs are 0 or 1."""
    cost, weights, capacity = problem.reachable(), problem.weights(), problem.capacities()
    assert capacity is not None
    points, places, bands = len(weights), len(capacity), weights.shape[1]
    pairs = [(d, p, b) for d, p in zip(cost.demand, cost.place, strict=True) for b in range(bands)]
    rows, whole = lil_matrix((points * bands + places * bands + places + 1, places + len(pairs))), problem.single_source
    sites = pd.factorize(problem.site.loc[cost.place_ids])[0]
    limit = np.concatenate(
        (np.ones(points * bands) if whole else weights.to_numpy().ravel(), np.zeros(places * bands), np.ones(places))
    )
    for k, (d, p, b) in enumerate(pairs):
        size = weights.iloc[d, b] if whole else 1.0
        rows[d * bands + b, places + k] = 1
        rows[points * bands + p * bands + b, places + k] = size
    for p in range(places):
        for b in range(bands):
            rows[points * bands + p * bands + b, p] = -capacity.iloc[p, b]
        rows[(points + places) * bands + sites[p], p] = 1
        rows[rows.shape[0] - 1, p] = problem.fixed_cost[cost.place_ids[p]]
    value = np.array([weights.iloc[d, b] if whole else 1.0 for d, _, b in pairs])
    fixed = cost.place_ids.isin(list(problem.fixed))
    lower = np.concatenate((fixed.astype(float), np.zeros(len(pairs))))
    upper = np.concatenate((np.ones(places), np.full(len(pairs), 1.0 if whole else np.inf)))
    integer = np.concatenate((np.ones(places), np.full(len(pairs), float(whole))))
    constraint = LinearConstraint(rows.tocsr(), ub=np.append(limit, problem.budget))
    answer = milp(-np.concatenate((np.zeros(places), value)), constraints=constraint, bounds=Bounds(lower, upper),
                  integrality=integer, options={"mip_rel_gap": 0.0})  # fmt: skip
    assert answer.status == 0
    return float(-answer.fun)


@given(tiny_problems())
@settings(max_examples=60, deadline=None)
def test_equals_brute_force(problem: LocationProblem) -> None:
    """No choice of sites that keeps the rules serves more people than the plan, which is proven optimal."""
    plan = solve(problem, "programme")
    assert plan.status == "optimal"
    assert round(plan.objective * 1000) == max(most_served(problem, c) for c in allowed(problem))
    check(problem, plan)


@given(tiny_problems())
@settings(max_examples=60, deadline=None)
def test_no_site_is_opened_for_nothing(problem: LocationProblem) -> None:
    """Leaving any one site out of a plan serves fewer people."""
    plan = solve(problem, "programme")
    for site in plan.sites:
        assert most_served(problem, [s for s in plan.sites if s != site]) < round(plan.objective * 1000)


@given(tiny_problems(), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_the_flow_that_follows_is_the_greatest(problem: LocationProblem, seed: int) -> None:
    """Opening and closing options in any order, the served are those of a maximum flow from scratch; trials change nothing."""
    graph = build_graph(problem)
    service, rng = opened(graph, []), np.random.default_rng(seed)
    for option in rng.integers(0, len(graph.option), 12):
        everything = np.arange(len(graph.option))
        service.gains(everything[~service.open])
        service.losses(everything[service.open])
        (service.drop if service.open[option] else service.add)(int(option))
        chosen = problem.cost.place_ids[graph.option[service.open]]
        assert service.served == most_served(problem, chosen)


@given(tiny_problems(), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_tightening_changes_no_answer_and_any_multiplier_is_a_bound(problem: LocationProblem, seed: int) -> None:
    """Every choice serves as many with the places that can be filled as with all, and never more than any bound."""
    graph = build_graph(problem)
    tight, rng = tighten(graph), np.random.default_rng(seed)
    linked = _bound.Linked(tight, np.zeros(len(tight.wanted)))
    pooled = _bound.Pooled(tight)
    share = np.zeros(len(graph.option))
    bounds = [
        linked.evaluate(rng.random(len(tight.wanted)), share)[0],
        pooled.evaluate(rng.random(len(tight.room)), share)[0],
    ]
    row = {place: k for k, place in enumerate(problem.cost.place_ids[graph.option])}
    for choice in allowed(problem):
        served = opened(tight, [row[c] for c in choice]).served
        assert served == most_served(problem, choice)
        assert served <= min(bounds) + 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_equals_an_independent_solver(seed: int) -> None:
    """On problems of 150 demand points and 24 options the plan serves what scipy's MILP serves, and says so."""
    problem = plane(seed)
    plan = solve(problem, "programme")
    assert plan.objective == pytest.approx(by_milp(problem), abs=2e-3)
    assert plan.status == "optimal"
    check(problem, plan)


@pytest.mark.parametrize("seed", range(2))
def test_single_source_equals_an_independent_solver(seed: int) -> None:
    """With whole demand points the plan serves what scipy's MILP serves, and splits nobody."""
    problem = replace(plane(seed, demand=30, fixed=3, options=8), single_source=True)
    plan = solve(problem, "programme")
    assert plan.objective == pytest.approx(by_milp(problem), abs=2e-3)
    assert not plan.assignment.duplicated(["demand_id", "band"]).any()
    check(problem, plan)


def test_a_gap_is_kept() -> None:
    """A plan within a gap has a bound that no plan betters: the optimum lies between."""
    problem = plane(7, demand=400, fixed=10, options=60, budget=2e7)
    plan, best = solve(problem, "programme", gap=0.05), solve(problem, "programme", gap=0.001)
    assert plan.gap is not None
    assert plan.gap <= 0.05
    assert plan.bound is not None
    assert best.bound is not None
    assert plan.objective <= best.bound
    assert best.objective <= plan.bound
    check(problem, plan)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_row_order_does_not_matter(seed: int, order: int) -> None:
    """The same problem in another row order has the same sites, assignment and bound."""
    problem = plane(seed, demand=60, fixed=4, options=12)
    one, other = solve(problem, "programme", gap=0.01), solve(shuffled(problem, order), "programme", gap=0.01)
    assert sorted(one.sites) == sorted(other.sites)
    assert (one.objective, one.bound, one.status) == (other.objective, other.bound, other.status)
    pd.testing.assert_frame_equal(one.assignment, other.assignment)


def test_more_budget_never_serves_fewer() -> None:
    """Served people rise with the budget, from what the fixed places serve to what all sites could."""
    problem = plane(3)
    served = [solve(replace(problem, budget=b), "programme").objective for b in (1.0, 1e6, 3e6, 9e6, 1e9)]
    assert served == sorted(served)
    assert round(served[0] * 1000) == most_served(problem, [])


def test_refused_sites_stay_closed_and_money_is_exact() -> None:
    """A refused option is not opened; a budget of 0.3 pays for options of 0.1 and 0.2."""
    cost = CostMatrix.from_pairs([("a", "F", 1.0), ("b", "G", 1.0), ("c", "H", 1.0)])
    weight, capacity = pd.Series({"a": 1.0, "b": 1.0, "c": 9.0}), pd.Series({"F": 5.0, "G": 5.0, "H": 9.0})
    price = pd.Series({"F": 0.1, "G": 0.2, "H": 0.1})
    problem = LocationProblem(cost, weight, capacity=capacity, fixed_cost=price, budget=0.3, refused=["H"])
    plan = solve(problem, "programme")
    assert plan.sites == ("F", "G")
    check(problem, plan)


def test_bands_of_people_and_places_must_agree() -> None:
    """Places that lack an age band, or have one that nobody is in, are a finding."""
    cost = CostMatrix.from_pairs([("a", "F", 1.0)])
    with pytest.raises(InputError, match="GP-L008"):
        LocationProblem(
            cost, pd.DataFrame({"young": [1.0], "old": [1.0]}, ["a"]), capacity=pd.DataFrame({"old": [1.0]}, ["F"])
        )


def test_parts_of_a_thousandth_are_refused() -> None:
    """People who are no whole thousandths are a finding, not a rounding in silence."""
    cost = CostMatrix.from_pairs([("a", "F", 1.0)])
    with pytest.raises(InputError, match="GP-L010"):
        solve(LocationProblem(cost, pd.Series({"a": 0.0004}), capacity=pd.Series({"F": 1.0}), p=1), "programme")
