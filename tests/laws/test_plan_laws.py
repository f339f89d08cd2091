"""Laws of plans: the unit of cost and money, phases, and rules that are broken, on tiny problems drawn at random."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geoplan import CheckFailed, CostMatrix, LocationProblem, check, solve
from geoplan.location.plan import Plan
from tests.laws.examples import tried
from tests.laws.test_location_laws import best
from tests.tiny_problems import phased, tiny

SEEDS = st.integers(0, 2**31)


@pytest.mark.parametrize("model", ["mclp", "p_median", "programme"])
@tried(40)
@given(seed=SEEDS, far=st.sampled_from([1 / 1000, 60.0, 1000.0]), money=st.sampled_from([1e-4, 1e4]))
def test_the_unit_of_cost_and_money_changes_no_plan(model: str, seed: int, far: float, money: float) -> None:
    """Kilometres or metres, minutes or seconds, yuan or 10,000 yuan: the same sites and people; travel in its unit."""
    problem = whole_costs(tiny(model, seed))
    pairs = problem.cost.to_frame()
    ids: dict[str, Any] = {"demand_ids": problem.cost.demand_ids, "place_ids": problem.cost.place_ids}
    given_: dict[str, Any] = {"cost": CostMatrix.from_pairs(pairs.assign(cost=pairs["cost"] * far), **ids)}
    given_["reach"] = None if problem.reach is None else problem.reach * far
    if problem.budget is not None:
        given_["fixed_cost"] = (problem.fixed_cost * 10).round() * money
        given_["budget"] = (round(problem.budget * 10) + 0.5) * money
    one, other = solve(problem, model), solve(replace(problem, **given_), model)
    assert one.status == other.status
    if one.sites != other.sites:  # of plans that count the same either may be chosen
        assert best(replace(problem, required=other.sites), model) == pytest.approx(one.objective)
    scale = far if model == "p_median" else 1.0
    assert other.objective == pytest.approx(one.objective * scale, nan_ok=True)


def whole_costs(problem: LocationProblem) -> LocationProblem:
    """The same problem with all costs whole, and half a unit more of reach, so that no rounding decides."""
    pairs = problem.cost.to_frame()
    pairs["cost"] = pairs["cost"].round()
    ids: dict[str, Any] = {"demand_ids": problem.cost.demand_ids, "place_ids": problem.cost.place_ids}
    reach = None if problem.reach is None else problem.reach + 0.5
    return replace(problem, cost=CostMatrix.from_pairs(pairs, **ids), reach=reach)


@tried(40)
@given(SEEDS, st.sampled_from([0.5, 0.8]))
def test_phases_are_nested_their_money_adds_up_and_a_worse_case_is_no_better(seed: int, worse: float) -> None:
    """What stood in a phase stands in the next, or its upgrade does; the phases' money is the plan's; fewer places serve no more."""
    problem = phased(seed)
    plan: Any = solve(problem, "programme")
    assume(plan.status == "optimal")
    check(problem, plan)
    order = {phase: k for k, phase in enumerate(problem.weight)}
    larger = {small: large for small, large, *_ in problem.upgrades}
    standing = [{o for o, t in plan.opens.items() if order[t] <= k} for k in range(len(order))]
    used = plan.assignment[["phase", "place_id"]].drop_duplicates()
    for phase, place in used.itertuples(index=False):
        assert place in problem.fixed or place in standing[order[phase]]
        later = larger.get(place)
        assert later not in plan.opens or order[plan.opens[later]] > order[phase]
    assert math.fsum(plan.spent) == pytest.approx(plan.cost)
    fewer = replace(problem, capacity=(problem.capacity * worse).round(3))
    poorer = solve(fewer, "programme")
    assert poorer.status == "infeasible" or poorer.objective <= plan.objective + 1e-6


@tried(40)
@given(SEEDS, st.sampled_from(["over budget", "unknown", "twice", "refused", "too many", "away", "overfull"]))
def test_a_plan_that_breaks_a_rule_is_caught(seed: int, how: str) -> None:
    """Over its budget, at no site or a refused one, twice, over p, or people sent twice or anywhere: never passes."""
    problem = tiny("programme", seed)
    plan = solve(problem, "programme")
    assume(plan.sites and len(plan.assignment))
    asked, told = broken(problem, plan, how)
    check(problem, plan)
    with pytest.raises(CheckFailed):
        check(asked, told)


def broken(problem: LocationProblem, plan: Plan, how: str) -> tuple[LocationProblem, Plan]:
    """A problem and a plan that does not keep its rules in one way."""
    rows, site = plan.assignment, plan.sites[0]
    if how == "over budget":
        price = pd.Series(1.0, problem.cost.place_ids)
        asked = replace(problem, fixed_cost=price, budget=len(plan.sites) - 0.01, required=())
        return asked, replace(plan, cost=float(len(plan.sites)))
    if how == "refused":
        return replace(problem, refused=[*problem.refused, site], required=(), p=None), plan
    if how == "too many":
        return replace(problem, p=len(plan.sites) - 1, required=()), plan
    sites = {"unknown": (*plan.sites, "nowhere"), "twice": (*plan.sites, site)}.get(how, plan.sites)
    if how == "away":
        rows = rows.assign(place_id="nowhere")
    if how == "overfull":
        rows = rows.assign(amount=rows["amount"] + problem.weights().to_numpy().sum())
    return problem, replace(plan, sites=sites, assignment=rows)
