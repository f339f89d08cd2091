"""The contract of every location model, old or new: what any file in location/models/ must do."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from geoplan import CostMatrix, LocationProblem, check, solve
from geoplan.errors import UsageError
from geoplan.plugins import names, title
from tests.location_problems import plane, shuffled

MODELS = names("models")


def problem(**changes: object) -> LocationProblem:
    """A problem that every model can answer: p places, room for everyone."""
    base = plane(4, demand=60, fixed=2, options=12)
    return replace(base, budget=None, p=3, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("model", MODELS)
def test_a_plan_holds_what_it_claims(model: str) -> None:
    """The plan carries its model's name, at most p sites in the order of the problem, and passes the recount."""
    asked = problem()
    plan = solve(asked, model)
    check(asked, plan)
    order = {place: k for k, place in enumerate(asked.cost.place_ids)}
    assert plan.model == model
    assert len(plan.sites) <= 3
    assert list(plan.sites) == sorted(plan.sites, key=order.__getitem__)
    assert model in plan.summary()


@pytest.mark.parametrize("model", MODELS)
def test_twice_the_same(model: str) -> None:
    """Two runs, and any row order, give equal plans."""
    first, again, other = solve(problem(), model), solve(problem(), model), solve(shuffled(problem(), 1), model)
    assert (first.sites, first.objective, first.bound) == (again.sites, again.objective, again.bound)
    assert sorted(first.sites) == sorted(other.sites)
    pd.testing.assert_frame_equal(first.assignment, again.assignment)
    pd.testing.assert_frame_equal(first.assignment, other.assignment)


@pytest.mark.parametrize("model", MODELS)
def test_fixed_and_refused_are_kept(model: str) -> None:
    """No model opens a refused place, or names a fixed one among its sites."""
    asked = problem()
    refused = solve(asked, model).sites[:1]
    plan = solve(replace(asked, refused=refused), model)
    assert not set(plan.sites) & {*refused, *asked.fixed}


@pytest.mark.parametrize("model", MODELS)
def test_nothing_to_open(model: str) -> None:
    """Where all places are fixed the plan has no sites, and is proven."""
    asked = problem()
    plan = solve(replace(asked, fixed=list(asked.cost.place_ids), p=0, site=None), model)
    assert (plan.sites, plan.status) == ((), "optimal")


@pytest.mark.parametrize("model", MODELS)
def test_nobody_within_reach(model: str) -> None:
    """Demand that reaches nothing is served by nobody; that is an answer, not a failure."""
    cost = CostMatrix.from_pairs([("a", "F", 900.0)], unit="m")
    asked = LocationProblem(cost, pd.Series({"a": 3.0}), reach=100.0, capacity=pd.Series({"F": 5.0}), p=1)
    plan = solve(asked, model)
    check(asked, plan)
    assert plan.assignment.empty


@pytest.mark.parametrize("model", MODELS)
def test_every_model_says_what_it_is(model: str) -> None:
    """The first line of a model's docstring is its title in `geoplan list`."""
    assert title("models", model).endswith(".")


@pytest.mark.parametrize(
    ("given", "message"), [({"gap": -0.1}, "gap"), ({"gap": 1.0}, "gap"), ({"time_limit_s": 0}, "time_limit_s")]
)
def test_senseless_settings_are_refused(given: dict[str, float], message: str) -> None:
    """A negative gap or no time at all is a misuse, and says so."""
    with pytest.raises(UsageError, match=message):
        solve(problem(), "mclp", **given)  # type: ignore[arg-type]


def test_an_unknown_model_names_the_nearest() -> None:
    """A model that does not exist is refused with the nearest name."""
    with pytest.raises(UsageError, match="did you mean mclp"):
        solve(problem(), "mlcp")
