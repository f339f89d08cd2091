"""Gradual and cooperative covering against brute force, an independent solver and each other."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack, identity

from geoplan import CostMatrix, LocationProblem, check, decay, solve
from geoplan.errors import GeoplanError
from geoplan.location.models import mclp_cooperative, mclp_gradual
from tests.location_problems import allowed, plane, shuffled
from tests.test_location_mclp import village

MODELS = ["mclp_gradual", "mclp_cooperative"]
CURVES = [
    decay.linear(1200),
    decay.gaussian(800),
    decay.stepped([(200, 1.0), (500, 0.6), (900, 0.2)]),
    decay.exponential(0.002),
]


def covered(problem: LocationProblem, sites: Any, model: str) -> float:
    """The people whom these sites and the fixed places cover, point by point."""
    cost = problem.reachable()
    is_open = cost.place_ids.isin([*problem.fixed, *sites])
    total = 0.0
    for row, people in enumerate(problem.weights().sum(axis=1)):
        shares = problem.decay(cost.values[(cost.demand == row) & is_open[cost.place]])  # type: ignore[misc]
        total += people * (max(shares, default=0.0) if model == "mclp_gradual" else min(1.0, sum(shares)))
    return total


def by_milp(problem: LocationProblem, model: str) -> float:
    """The most people covered by p places, by scipy's MILP."""
    cost, people = problem.reachable(), problem.weights().sum(axis=1).to_numpy()
    points, places, pairs = len(cost.demand_ids), len(cost.place_ids), len(cost.demand)
    shares = problem.decay(cost.values)  # type: ignore[misc]
    if model == "mclp_cooperative":
        reach = csr_matrix((shares, (cost.demand, cost.place)), shape=(points, places))
        rules = [LinearConstraint(hstack((-reach, identity(points))), ub=np.zeros(points))]
        value, size = people, points
    else:
        one = csr_matrix((np.ones(pairs), (np.arange(pairs), cost.place)), shape=(pairs, places))
        each = csr_matrix((np.ones(pairs), (cost.demand, np.arange(pairs))), shape=(points, pairs))
        rules = [
            LinearConstraint(hstack((-one, identity(pairs))), ub=np.zeros(pairs)),
            LinearConstraint(hstack((csr_matrix((points, places)), each)), ub=np.ones(points)),
        ]
        value, size = people[cost.demand] * shares, pairs
    count = np.concatenate((np.ones(places), np.zeros(size)))
    rules.append(LinearConstraint(count, ub=[problem.p]))
    objective = -np.concatenate((np.zeros(places), value))
    answer = milp(objective, constraints=rules, bounds=Bounds(0, 1), integrality=count, options={"mip_rel_gap": 0.0})
    return float(-answer.fun)


def town(seed: int, demand: int, options: int, **changes: Any) -> LocationProblem:
    """Demand and options scattered in a square of 4 km, reach 1 km, a decay that is 0 there."""
    base = plane(seed, demand=demand, fixed=2, options=options)
    return replace(
        base, **({"budget": None, "site": None, "decay": decay.linear(1000), "p": 4, "capacity": None} | changes)
    )


@pytest.mark.parametrize("model", MODELS)
@given(seed=st.integers(0, 100_000), curve=st.sampled_from(CURVES))
@settings(max_examples=15, deadline=None)
def test_equals_brute_force(model: str, seed: int, curve: Any) -> None:
    """No choice of sites that keeps p, the budget and one place a site covers more; the plan is proven optimal."""
    asked = replace(village(seed), decay=curve, capacity=None)
    plan = solve(asked, model)
    assert plan.objective == pytest.approx(max(covered(asked, c, model) for c in allowed(asked)), abs=1e-6)
    assert (plan.status, plan.gap) == ("optimal", 0.0)
    check(asked, plan)


@pytest.mark.parametrize("model", MODELS)
def test_equals_an_independent_solver(model: str) -> None:
    """On 200 points and 30 places the plan covers what scipy's MILP covers."""
    asked = town(3, 200, 60, fixed=[], p=6)
    plan = solve(asked, model)
    assert plan.objective == pytest.approx(by_milp(asked, model), rel=1e-7)
    assert plan.status == "optimal"
    check(asked, plan)


@pytest.mark.parametrize("model", MODELS)
def test_proven_on_500_points(model: str) -> None:
    """500 points and 60 places are proven."""
    plan = solve(town(5, 500, 58, p=8), model)
    assert plan.status == "optimal"


@pytest.mark.parametrize("model", MODELS)
def test_a_decay_of_one_is_maximal_covering(model: str) -> None:
    """Where every place within reach covers a point fully, the three models are one."""
    asked = town(1, 80, 20, decay=decay.binary(1000))
    assert solve(asked, model).objective == pytest.approx(solve(replace(asked, decay=None), "mclp").objective)


def test_together_is_never_less_than_the_nearest() -> None:
    """Places together cover at least what the nearest covers, and no more than all within reach."""
    asked = town(2, 80, 20)
    near, together = (solve(asked, model).objective for model in MODELS)
    assert near <= together <= solve(replace(asked, decay=None), "mclp").objective


@pytest.mark.parametrize("model", MODELS)
def test_more_never_covers_less(model: str) -> None:
    """More places, more money or more reach never cover less."""
    asked = town(4, 60, 16)
    for name, values in (("p", (1, 3, 5)), ("reach", (300.0, 600.0, 1000.0)), ("budget", (2e6, 5e6, 9e6))):
        found = [solve(replace(asked, **{name: v}), model).objective for v in values]
        assert all(b >= a - 1e-9 for a, b in pairwise(found))


@pytest.mark.parametrize("model", MODELS)
@given(st.integers(0, 10_000))
@settings(max_examples=6, deadline=None)
def test_row_order_does_not_matter(model: str, seed: int) -> None:
    """The same problem in another row order has the same sites, assignment and bound."""
    asked = town(seed, 60, 16)
    one, other = solve(asked, model), solve(shuffled(asked, seed), model)
    assert sorted(one.sites) == sorted(other.sites)
    assert (one.objective, one.bound) == (other.objective, other.bound)
    pd.testing.assert_frame_equal(one.assignment, other.assignment)


@pytest.mark.parametrize("model", MODELS)
def test_bound_plan_start(model: str) -> None:
    """However early the clock stops: bound >= optimum >= plan >= the plan given, and the word is stopped unless proven."""
    asked = town(7, 300, 60, p=6)
    begin = asked.cost.place_ids[[5, 11, 17, 23, 29, 35]].tolist()
    least, best = covered(asked, begin, model), solve(asked, model).objective
    for limit in (1e-6, 0.01, 0.05, 0.2):
        plan = solve(asked, model, time_limit_s=limit, start=begin)
        check(asked, plan)
        assert least - 1e-9 <= plan.objective <= best + 1e-6
        assert plan.bound is not None
        assert plan.bound >= best - 1e-6
        assert (plan.status == "optimal") == (plan.gap == 0)


@pytest.mark.parametrize("run", [mclp_gradual.solve, mclp_cooperative.solve])
def test_a_decay_that_rises_is_refused(run: Any) -> None:
    """A decay above 1, or one that rises with cost, is refused with the value."""
    cost = CostMatrix.from_dense(np.array([[1.0], [2.0]]))
    people = pd.Series(1.0, cost.demand_ids)
    for curve in (lambda c: c + 0.5, lambda c: c / 4):
        with pytest.raises(GeoplanError, match="decay"):
            run(LocationProblem(cost, people, p=1, decay=curve))
