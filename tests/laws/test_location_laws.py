"""Laws of where to build: covering, medians, centres and phased plans, on tiny problems drawn at random."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geoplan import CheckFailed, CostMatrix, LocationProblem, check, solve
from geoplan.errors import ResourceError
from geoplan.location.check import check_given
from geoplan.location.greedy import greedy
from tests.laws.examples import tried
from tests.tiny_problems import tiny

SEEDS = st.integers(0, 2**31)
SITES = st.sets(st.integers(0, 5))
CLOSE = 1e-9


def free(seed: int, **changes: Any) -> LocationProblem:
    """A tiny covering problem that only p limits."""
    problem = tiny("mclp", seed)
    none: dict[str, Any] = {"budget": None, "fixed_cost": None, "site": None, "required": (), "refused": ()}
    return replace(problem, **none | {"p": 1} | changes)


def covered(problem: LocationProblem, chosen: Any) -> float:
    """The people within reach of these places, by their rows, and of the fixed ones, added up point by point."""
    ids, pairs = problem.cost.place_ids, problem.reachable().to_frame()
    places = {ids[k] for k in chosen if k < len(ids)} | set(problem.fixed)
    points = set(pairs.loc[pairs["place_id"].isin(places), "demand_id"])
    return math.fsum(problem.weights().loc[sorted(points)].to_numpy().ravel())


def best(problem: LocationProblem, model: str = "mclp") -> float:
    """The proven optimum; infinite where there is no plan."""
    plan = solve(problem, model)
    assert plan.status in ("optimal", "infeasible")
    return plan.objective if plan.status == "optimal" else math.inf


def places_free(problem: LocationProblem) -> int:
    """How many may be opened."""
    return len(problem.cost.place_ids) - len({*problem.fixed, *problem.refused})


@tried(200)
@given(SEEDS, SITES, st.integers(0, 9), st.integers(0, 9))
def test_a_wider_reach_covers_no_fewer(seed: int, chosen: set[int], one: int, other: int) -> None:
    """What a choice of places covers lies between nobody and everybody, and does not fall with the reach."""
    near, far = (covered(replace(free(seed), reach=float(r) + 0.5), chosen) for r in (min(one, other), max(one, other)))
    everybody = free(seed).weights().to_numpy().sum()
    assert 0 <= near <= far + CLOSE
    assert far <= everybody + CLOSE


@tried(200)
@given(SEEDS, SITES, SITES, st.integers(0, 5))
def test_a_place_more_covers_no_fewer_and_adds_less_to_more(
    seed: int, few: set[int], more: set[int], place: int
) -> None:
    """Covering never falls with a place more, and a place adds to a larger choice no more than to a part of it."""
    problem = free(seed)
    small = covered(problem, few | {place}) - covered(problem, few)
    large = covered(problem, few | more | {place}) - covered(problem, few | more)
    assert small >= -CLOSE
    assert large >= -CLOSE
    assert small >= large - CLOSE


@tried(40)
@given(SEEDS, st.integers(1, 9))
def test_the_best_plan_grows_with_number_money_and_reach(seed: int, reach: int) -> None:
    """The optimum does not fall with p, budget or reach; with everything open it is what all places cover."""
    problem = free(seed)
    most = places_free(problem)
    by_p = [best(replace(problem, p=p)) for p in range(most + 1)]
    assert by_p == pytest.approx(sorted(by_p))
    assert by_p[-1] == pytest.approx(covered(problem, range(len(problem.cost.place_ids))))
    price = pd.Series(1.0 + np.arange(len(problem.cost.place_ids)), problem.cost.place_ids)
    money = [best(replace(problem, p=None, fixed_cost=price, budget=float(b))) for b in (1, 3, 6, 50)]
    assert money == pytest.approx(sorted(money))
    assert money[-1] == pytest.approx(by_p[-1])
    by_reach = [best(replace(problem, reach=float(r))) for r in (reach, 2 * reach)]
    assert by_reach[0] <= by_reach[1] + CLOSE


@tried(60)
@given(SEEDS, st.integers(1, 5))
def test_greedy_is_near_the_best_plan(seed: int, p: int) -> None:
    """The optimum covers no fewer than greedy, and greedy adds at least 1 - 1/e of what the optimum adds."""
    problem = free(seed)
    problem = replace(problem, p=min(p, places_free(problem)))
    found, most = greedy(problem), best(problem)
    assert found.by_number
    assert found.base == pytest.approx(covered(problem, ()))
    assert most >= found.covered - CLOSE
    assert found.covered - found.base >= (1 - math.exp(-1)) * (most - found.base) - CLOSE


@tried(60)
@given(SEEDS, st.integers(1, 2000))
def test_a_plan_said_to_be_optimal_below_greedy_is_caught(seed: int, less: int) -> None:
    """A plan of another choice that covers fewer than greedy cannot call itself optimal, whatever its bound says."""
    problem = free(seed)
    found = greedy(problem)
    chosen = [p for p in problem.cost.place_ids if p not in problem.fixed][less % places_free(problem) :][:1]
    worth = covered(problem, [problem.cost.place_ids.get_loc(p) for p in chosen])
    assume(worth < found.covered - 0.01)
    asked = replace(problem, fixed=[*problem.fixed, *chosen], p=0)
    plan = replace(solve(asked), sites=tuple(chosen), bound=worth, gap=0.0, status="optimal")
    with pytest.raises(CheckFailed, match="greedy"):
        check(problem, plan)


@tried(40)
@given(SEEDS, st.permutations(range(6)))
def test_no_plan_of_a_user_is_better(seed: int, order: list[int]) -> None:
    """Whatever sites a user gives that keep the rules: the optimum is no worse, and neither is a plan that begins with them."""
    problem = tiny("mclp", seed)
    given_sites = kept(problem, [problem.cost.place_ids[k] for k in order if k < len(problem.cost.place_ids)])
    worth = covered(problem, [problem.cost.place_ids.get_loc(p) for p in given_sites])
    plan = solve(problem)
    assert plan.objective >= worth - CLOSE
    begun = solve(problem, time_limit_s=1e-6, start=given_sites)
    assert begun.objective >= worth - CLOSE
    check_given(plan, replace(begun, objective=worth))
    with pytest.raises(CheckFailed, match="no given plan"):
        check_given(plan, replace(begun, objective=plan.objective + 0.01))


def kept(problem: LocationProblem, wanted: list[str]) -> list[str]:
    """The required places and as many of these, in their order, as number, money and sites allow."""
    chosen = list(problem.required)
    for place in wanted:
        more = [*chosen, place]
        price = 0 if problem.budget is None else round(10 * problem.fixed_cost[more].sum())
        wrong = place in {*problem.fixed, *problem.refused, *chosen}
        wrong |= problem.p is not None and len(more) > problem.p
        wrong |= problem.budget is not None and price > round(10 * problem.budget)
        wrong |= problem.site is not None and not problem.site[more].is_unique
        chosen = chosen if wrong else more
    return chosen


@pytest.mark.parametrize("model", ["mclp", "mclp_gradual", "p_median", "programme", "cflp"])
@tried(40)
@given(seed=SEEDS, gap=st.sampled_from([0.0, 0.1, 0.5]), seconds=st.sampled_from([1e-6, 1.0]))
def test_bound_optimum_and_plan_stand_in_order(model: str, seed: int, gap: float, seconds: float) -> None:
    """The bound is never on the wrong side of the optimum, nor the plan; the gap is what lies between bound and plan."""
    problem = tiny(model, seed)
    true = solve(problem, model)
    assume(true.status == "optimal")
    try:
        plan = solve(problem, model, gap=gap, time_limit_s=seconds)
    except ResourceError:  # no plan in a millionth of a second is said, not made up
        assert seconds < 1
        return
    assume(plan.status != "infeasible")
    sign = 1 if plan.sense == "most" else -1
    assert sign * (true.objective - plan.objective) >= -1e-6
    if plan.bound is not None:
        assert sign * (plan.bound - true.objective) >= -1e-6
        assert plan.gap == pytest.approx(abs(plan.bound - plan.objective) / max(abs(plan.objective), 1e-9))
        assert plan.status != "optimal" or abs(plan.bound - plan.objective) < 1e-3


def travel(seed: int, rows: int, p: int) -> LocationProblem:
    """Demand points among themselves: each is a site, and no two cost nothing to one another."""
    random = np.random.default_rng(seed)
    at = random.permutation(30)[:rows].astype(float)
    ids = [f"n{i}" for i in range(rows)]
    cost = CostMatrix.from_dense(pd.DataFrame(abs(np.subtract.outer(at, at)), ids, ids))
    return LocationProblem(cost, pd.Series(random.integers(1, 9, rows).astype(float), ids), p=p)


@pytest.mark.parametrize("model", ["p_median", "p_center"])
@tried(40)
@given(seed=SEEDS, rows=st.integers(2, 6))
def test_travel_falls_to_nothing_with_a_place_for_each(model: str, seed: int, rows: int) -> None:
    """The least travel does not rise with p, and is 0 where every demand point has a place, and only there."""
    found = [best(travel(seed, rows, p), model) for p in range(1, rows + 1)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == 0
    assert all(f > 0 for f in found[:-1])


@tried(40)
@given(SEEDS)
def test_the_least_number_is_where_covering_covers_all(seed: int) -> None:
    """Set covering opens as many as the least p at which maximal covering covers all; with one fewer some are left out."""
    problem = replace(tiny("lscp", seed), budget=None, fixed_cost=None, required=(), refused=(), site=None)
    whole = replace(problem, weight=problem.weight + 1.0)  # who is nobody need not be covered
    plan = solve(whole, "lscp")
    everybody = whole.weights().to_numpy().sum()
    most = places_free(whole)
    if plan.status == "infeasible":
        assert best(replace(whole, p=most)) < everybody - CLOSE
        return
    least = len(plan.sites)
    assert best(replace(whole, p=least)) == pytest.approx(everybody)
    if least:
        assert best(replace(whole, p=least - 1)) < everybody - CLOSE
