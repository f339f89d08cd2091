"""Plans nearly as good: different, recounted, as near the best as they say; and what they have in common."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geoplan import check, solve
from geoplan.errors import UsageError
from geoplan.explain.substitutes import substitutes
from tests.location_problems import plane

PROBLEM = plane(3, demand=100, fixed=4, options=30, budget=9e6)
PLAN = solve(PROBLEM, "programme")
ANSWER = substitutes(PROBLEM, PLAN, "programme", within=0.1, count=4)


def test_each_is_another_plan_within_the_distance() -> None:
    """No two plans of the set open the same sites; each passes the recount and is no farther from the best than it says."""
    assert len(ANSWER.others) == 4
    sets = {frozenset(p.sites) for p in (PLAN, *(s.plan for s in ANSWER.others))}
    assert len(sets) == 5
    for other in ANSWER.others:
        check(replace(PROBLEM), other.plan)
        assert other.plan.objective >= PLAN.objective * (1 - 0.1) - 1e-9
        assert PLAN.objective - other.plan.objective <= other.behind * other.plan.objective + 1e-9
        assert set(other.plan.sites) == (set(PLAN.sites) - set(other.goes_out)) | set(other.comes_in)


def test_core_and_swaps_are_those_of_the_set() -> None:
    """The core is in every plan, what is needed is in the core, and a swap leads from one plan of the set to another."""
    plans = [PLAN, *(s.plan for s in ANSWER.others)]
    assert set(ANSWER.core) == set.intersection(*(set(p.sites) for p in plans))
    assert set(ANSWER.needed) <= set(ANSWER.core)
    for out, into in ANSWER.swaps:
        pairs = [(set(a.sites) - set(b.sites), set(b.sites) - set(a.sites)) for a in plans for b in plans]
        assert ({out}, {into}) in pairs


def test_needed_sites_are_in_every_plan_that_near() -> None:
    """A site that is said to be needed cannot be refused without losing more than the distance."""
    problem = plane(3, demand=80, fixed=4, options=16, budget=4e6)
    plan = solve(problem, "programme")
    near = substitutes(problem, plan, "programme", within=0.05, count=6)
    assert near.needed
    for site in near.needed:
        best = solve(replace(problem, refused=[site]), "programme").objective
        assert best < plan.objective * (1 - 0.05) + 1e-9


def test_tables_and_summaries() -> None:
    """The table has a row a plan, the other a row a place; the summary counts both in two languages."""
    assert len(ANSWER.table()) == 4
    assert set(ANSWER.by_site().index) >= set(PLAN.sites)
    assert ANSWER.summary().startswith("4 other plans")
    assert "4 个计划" in ANSWER.summary("zh")


def test_models_that_make_the_least_of_something_have_substitutes_too() -> None:
    """Plans nearly as short are found where least is best; p is kept."""
    problem = replace(plane(2, demand=60, fixed=0, options=16, budget=None), p=4, capacity=None, reach=None)
    far = replace(problem, cost=problem.cost, refused=[], site=None)
    plan = solve(replace(far, weight=_reached(far)), "p_median")
    answer = substitutes(replace(far, weight=_reached(far)), plan, "p_median", within=0.2, count=3)
    assert answer.others
    for other in answer.others:
        assert len(other.plan.sites) == 4
        assert other.plan.objective <= plan.objective * 1.2 + 1e-6


def _reached(problem):  # type: ignore[no-untyped-def]
    """The people of the points that the first three places reach, so that four places can serve all."""
    near = problem.cost.select(list(problem.cost.place_ids[:3]))
    weight = problem.weight.copy()
    weight[~weight.index.isin(near.demand_ids[near.demand])] = 0.0
    return weight


def test_a_plan_farther_than_the_distance_has_none() -> None:
    """Where the plan itself is not proven so near, nothing can be said, and that is said."""
    with pytest.raises(UsageError, match="proven within"):
        substitutes(PROBLEM, replace(PLAN, bound=PLAN.objective * 1.1, gap=0.1), "programme")
