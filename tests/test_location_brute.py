"""Every location model finds and proves what trying every choice of places finds, on tiny problems of all kinds."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import isnan
from typing import Any

import pytest

from geoplan import check, solve
from geoplan.plugins import names
from tests import brute, brute_programme
from tests.tiny_problems import MADE, phased, tiny

SEEDS = 60  # of each model; the benchmark asks 500
BOTH_WAYS = [(model, seed) for model in names("models") for seed in range(SEEDS)]


def faults(model: str, seed: int) -> Iterator[str]:
    """In what the plan for a tiny problem differs from the best that there is: nothing, as it should be."""
    problem = tiny(model, seed)
    yield from _differences(problem, model, brute.best(model, problem))


def phased_faults(seed: int) -> Iterator[str]:
    """The same for a tiny programme in phases."""
    problem = phased(seed)
    yield from _differences(problem, "programme", brute_programme.best(problem))


def _differences(problem: Any, model: str, truth: Fraction | None) -> Iterator[str]:
    plan = solve(problem, model)
    if truth is None:
        if plan.status != "infeasible" or plan.sites or not isnan(plan.objective):
            yield f"no plan exists, but it says {plan.status} with {plan.sites} and {plan.objective}"
        return
    if plan.status != "optimal":
        yield f"the status is {plan.status}, gap {plan.gap}"
    if not abs(plan.objective - float(truth)) <= 1e-9 * max(1.0, abs(float(truth))):
        yield f"the objective is {plan.objective!r}, the best is {float(truth)!r}"
    check(problem, plan)


@pytest.mark.parametrize("model", names("models"))
def test_every_model_has_its_tiny_problems(model: str) -> None:
    """A model that is added brings what draws its tiny problems and what tries all choices."""
    assert model in MADE
    assert model in brute.MODELS


@pytest.mark.parametrize(("model", "seed"), BOTH_WAYS)
def test_equals_brute_force(model: str, seed: int) -> None:
    """The plan is optimal with the objective of the best of all choices, passes the recount, and none is given where none exists."""
    assert list(faults(model, seed)) == []


@pytest.mark.parametrize("seed", range(SEEDS))
def test_phases_equal_brute_force(seed: int) -> None:
    """In one to three phases, with every rule that binds the choice of options, the programme is as good as the best choice."""
    assert list(phased_faults(seed)) == []


def kinds(problem: Any) -> set[str]:
    """What is odd about a problem."""
    seen = {name for name in ("fixed", "refused", "required") if getattr(problem, name)}
    seen |= {name for name in ("reach", "p", "budget", "site") if getattr(problem, name) is not None}
    seen |= {"bands"} if problem.weight.ndim == 2 else set()
    seen |= {"nobody"} if (problem.weights().sum(axis=1) == 0).any() else set()
    reached = set(problem.cost.demand)
    seen |= {"unreachable"} if len(reached) < len(problem.cost.demand_ids) else set()
    seen |= {"ties"} if len(set(problem.cost.values)) < len(problem.cost.cost) else set()
    return seen | ({"one source"} if problem.single_source else set())


def test_the_tiny_problems_are_odd() -> None:
    """Among those of a model are all kinds of oddity that it can have."""
    common = {"fixed", "refused", "required", "site", "nobody", "ties"}
    for model in MADE:
        drawn = [tiny(model, seed) for seed in range(SEEDS)]
        seen = set.union(*(kinds(p) for p in drawn))
        assert common <= seen, model
        some = {brute.best(model, p) is None for p in drawn}
        assert False in some, model
