"""The contract of every location model, old or new: what any file in location/models/ must do."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geoplan import CostMatrix, LocationProblem, Plan, check, solve
from geoplan.access.decay import linear
from geoplan.errors import InputError, ResourceError, UsageError
from geoplan.location._checks import NEEDS
from geoplan.plugins import names, title
from tests.location_problems import shuffled

MODELS = names("models")
WITH_P = [m for m in MODELS if "p" in {*NEEDS[m].every, *NEEDS[m].either}]
EXACT = [m for m in MODELS if "p" in NEEDS[m].every]  # these open exactly p places
LEAST = ["cflp", "lscp", "lscp_backup", *(m for m in EXACT if m != "p_dispersion")]  # nobody may stay unserved
BANDS = ["young", "old"]
P = 3


def problem(model: str, demand: int = 40, sites: int = 7, seed: int = 3, **changes: Any) -> LocationProblem:
    """A problem that a model can answer: two fixed places, two options a site, and the fields that the model needs and keeps."""
    rng = np.random.default_rng(seed)
    at, there = rng.uniform(0, 4000, (demand, 2)), rng.uniform(0, 4000, (sites + 2, 2))
    places = ["F0", "F1", *(f"S{k:02d}{kind}" for k in range(sites) for kind in "ab")]
    ground = np.array([0, 1, *np.repeat(np.arange(2, sites + 2), 2)])
    spots = there[ground] + np.where([p.endswith("b") for p in places], 40.0, 0.0)[:, None]
    if model == "p_dispersion":
        at, demand = spots, len(places)
    ids = places if model == "p_dispersion" else [f"D{k:03d}" for k in range(demand)]
    distance = np.hypot(*(at[:, None] - spots[None]).transpose(2, 0, 1)).round(3)
    people = rng.integers(1, 2500, (demand, 2)) / 1000
    total = people.sum(axis=0)
    fields: dict[str, Any] = {
        "p": P,
        "neighbours": 2,
        "decay": linear(3000.0),
        "capacity": pd.DataFrame(np.tile(np.ceil(total * 0.4), (len(places), 1)), places, BANDS),
        "fixed_cost": pd.Series([0.0, 0.0, *rng.integers(10, 90, 2 * sites) / 10], places),
    }
    needs = NEEDS[model]
    used = {*needs.every, *needs.keeps, *needs.either} & {*fields}
    given: dict[str, Any] = {
        "cost": CostMatrix.from_dense(pd.DataFrame(distance, ids, places), unit="m"),
        "weight": pd.DataFrame(people, ids, BANDS),
        "fixed": places[:2],
        "site": pd.Series([f"g{g}" for g in ground], places),
        "reach": {"mclp": 900.0, "programme": 900.0, "lscp": 2000.0, "lscp_backup": 3000.0}.get(model),
    }
    given |= {name: fields[name] for name in fields if name in used}
    if "capacity" not in used and model == "programme":
        given["capacity"] = pd.DataFrame(np.tile(np.ceil(total * 0.1), (len(places), 1)), places, BANDS)
    return LocationProblem(**(given | changes))


@cache
def solved(model: str) -> Plan:
    """The plan of the plain problem, solved once for all tests of a model."""
    return solve(problem(model), model)


def test_every_model_has_its_recount_and_its_needs() -> None:
    """A model without a recount, a recount without a model, or one whose needs are not stated, cannot be."""
    assert names("recounts") == MODELS == tuple(sorted(NEEDS))


@pytest.mark.parametrize("model", MODELS)
def test_a_plan_holds_what_it_claims(model: str) -> None:
    """The plan carries its model's name, its sites in the order of the problem, is proven, and passes the recount."""
    asked, plan = problem(model), solved(model)
    check(asked, plan)
    order = {place: k for k, place in enumerate(asked.cost.place_ids)}
    assert (plan.model, plan.status, plan.gap) == (model, "optimal", 0.0)
    assert len(plan.sites) == P if model in EXACT else len(plan.sites) <= len(order)
    assert list(plan.sites) == sorted(plan.sites, key=order.__getitem__)
    assert model in plan.summary()
    assert "nan" not in str(plan)
    assert set(plan.table(asked).index) >= set(plan.sites)


@pytest.mark.parametrize("model", MODELS)
def test_twice_the_same(model: str) -> None:
    """A second run, two threads, and any row order give equal plans."""
    first, asked = solved(model), problem(model)
    again, other = solve(asked, model, threads=2), solve(shuffled(asked, 1), model)
    assert (first.sites, first.objective, first.bound) == (again.sites, again.objective, again.bound)
    assert sorted(first.sites) == sorted(other.sites)
    assert first.objective == pytest.approx(other.objective, rel=1e-12)
    pd.testing.assert_frame_equal(first.assignment, again.assignment)
    keys = ["demand_id", "place_id", "band"]
    one, two = (p.assignment.sort_values(keys, ignore_index=True) for p in (first, other))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize("model", MODELS)
def test_a_start_never_makes_it_worse(model: str) -> None:
    """Begun with its own plan, or with any sites, a model ends with as good a plan; a start that breaks rules is no harm."""
    asked, plan = problem(model), solved(model)
    others = [s for s in asked.cost.place_ids if s not in {*plan.sites, *asked.fixed}][: len(plan.sites)]
    for start in (plan, plan.sites, others, list(asked.cost.place_ids)):
        begun = solve(asked, model, start=start)
        check(asked, begun)
        assert begun.objective == pytest.approx(plan.objective, rel=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_fixed_required_and_refused_are_kept(model: str) -> None:
    """No model opens a refused place, leaves out a required one, or names a fixed one among its sites."""
    plan = solved(model)
    required = next(s for s in problem(model).cost.place_ids if s[0] == "S" and s not in plan.sites)
    refused = next(s for s in plan.sites[::-1] if s[:3] != required[:3])
    asked = problem(model, refused=[refused], required=[required])
    changed = solve(asked, model)
    check(asked, changed)
    assert required in changed.sites
    assert not set(changed.sites) & {refused, *asked.fixed}
    assert (
        changed.objective <= plan.objective + 1e-9
        if plan.sense == "most"
        else changed.objective >= plan.objective - 1e-9
    )


@pytest.mark.parametrize("model", MODELS)
def test_a_gap_is_honest(model: str) -> None:
    """Asked for a gap of a tenth the plan is within it of its bound, and the bound is not below the optimum."""
    plan = solve(problem(model), model, gap=0.1)
    best = solved(model).objective
    check(problem(model), plan)
    assert plan.status in ("optimal", "feasible")
    assert plan.gap is not None
    assert plan.bound is not None
    assert plan.gap <= 0.1
    sign = 1 if plan.sense == "most" else -1
    assert sign * plan.bound >= sign * best - 1e-6 * abs(best)


@pytest.mark.parametrize("model", MODELS)
def test_a_moment_is_no_excuse(model: str) -> None:
    """With next to no time a plan is handed over with its true gap, or it is said that none was found: never a false word."""
    asked = problem(model, demand=150, sites=30)
    if model not in ("lscp", "lscp_backup", "cflp"):
        asked = replace(asked, p=10)
    try:
        plan = solve(asked, model, time_limit_s=0.01)
    except ResourceError as nothing:
        assert "time" in str(nothing)  # noqa: PT017 - either way is right
        return
    check(asked, plan)
    assert plan.status != "infeasible"


@pytest.mark.parametrize("model", WITH_P)
def test_more_places_than_there_are_is_refused(model: str) -> None:
    """p over the number of free places is refused before anything is solved."""
    with pytest.raises(InputError, match="GP-L005 p"):
        problem(model, p=15)


@pytest.mark.parametrize("model", MODELS)
def test_nothing_to_open(model: str) -> None:
    """Where all places are fixed the plan has no sites, and is proven."""
    asked = problem(model)
    changes: dict[str, Any] = {"fixed": list(asked.cost.place_ids), "site": None}
    plan = solve(replace(asked, **changes, p=None if asked.p is None else 0), model)
    assert (plan.sites, plan.status) == ((), "optimal")


@pytest.mark.parametrize("model", [m for m in MODELS if m != "p_dispersion"])
def test_somebody_out_of_reach(model: str) -> None:
    """Who reaches nothing stays unserved where people are counted; where all must be served it is proven that no plan exists."""
    asked = problem(model)
    people = pd.concat([asked.weights(), pd.DataFrame({b: [1.0] for b in BANDS}, index=["far"])])
    cost = asked.cost
    ids = [*cost.demand_ids, "far"]
    far = CostMatrix.from_pairs(cost.to_frame(), unit="m", demand_ids=ids, place_ids=cost.place_ids)
    changed = replace(asked, cost=far, weight=people)
    plan = solve(changed, model)
    check(changed, plan)
    if model in LEAST:
        assert plan.status == "infeasible"
        assert "no plan can keep all the rules" in plan.summary()
        assert "nan" not in plan.summary()
    else:
        assert "far" not in set(plan.assignment["demand_id"])
        assert plan.objective == pytest.approx(solved(model).objective)


@pytest.mark.parametrize("model", MODELS)
def test_progress_is_told(model: str) -> None:
    """Whoever listens hears lines of text; to listen changes nothing."""
    heard: list[str] = []
    plan = solve(problem(model), model, progress=heard.append)
    assert all(isinstance(line, str) for line in heard)
    assert (plan.sites, plan.objective) == (solved(model).sites, solved(model).objective)


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
        solve(problem("mclp"), "mclp", **given)  # type: ignore[arg-type]


def test_an_unknown_model_names_the_nearest() -> None:
    """A model that does not exist is refused with the nearest name."""
    with pytest.raises(UsageError, match="did you mean mclp"):
        solve(problem("mclp"), "mlcp")


def test_a_programme_of_phases_is_no_question_for_other_models() -> None:
    """What is no LocationProblem is refused by all models but the programme."""
    with pytest.raises(UsageError, match="mclp answers a LocationProblem, not a str"):
        solve("a problem", "mclp")
