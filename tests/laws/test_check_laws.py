"""Laws of the recount: what is true passes, and no claim can be changed by more than rounding without being named."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import geoplan as gp
from geoplan import CheckFailed, CostMatrix, LocationProblem, check, solve
from geoplan.location._claim import no_plan
from geoplan.location.check import same
from geoplan.study.numbers import check_numbers
from tests.test_location_check import COVER, PROBLEM


def caught(problem: LocationProblem, plan: gp.Plan) -> str:
    """What the recount says of a plan; "" where it passes."""
    try:
        check(problem, plan)
    except CheckFailed as error:
        return str(error)
    return ""


def test_there_is_none_counts_nothing() -> None:
    """The recount of "there is no plan": no sites, no money, nobody served, no objective, no gap; the people are still counted."""
    counted = check(PROBLEM, no_plan(PROBLEM, "programme", "most"))
    assert math.isnan(counted.pop("objective"))
    assert counted == {"sites": 0, "cost": 0.0, "served": 0.0, "demand_total": 18.5, "gap": None}


def test_the_recount_repeats_every_number_of_a_plan() -> None:
    """Sites, money, people served and in all, objective and gap of a true plan come out as it states them."""
    plan = solve(PROBLEM, "programme")
    stated = {"sites": 2, "cost": plan.cost, "served": plan.served, "objective": plan.objective}
    assert check(PROBLEM, plan) == pytest.approx({**stated, "demand_total": plan.demand_total, "gap": plan.gap})


def test_same_is_rounding_and_no_more() -> None:
    """Up to one, a billionth counts as rounding; above, a billionth of the number."""
    for number in (0.0, 1e-3, 1.0, -1.0, 1e6, -1e6):
        slack = 1e-9 * max(1.0, abs(number))
        for sign in (-1, 1):
            assert same(number + sign * 0.5 * slack, number)
            assert not same(number + sign * 1.5 * slack, number)


def test_a_message_names_five_of_what_breaks_a_claim() -> None:
    """Five sites or rows are named, and how many rows there are."""
    plan, many = solve(PROBLEM, "programme"), tuple(f"Q{n}" for n in range(1, 8))
    for said in (
        caught(PROBLEM, replace(plan, sites=many)),
        caught(PROBLEM, replace(no_plan(PROBLEM, "programme", "most"), sites=many)),
    ):
        assert "Q5" in said
        assert "Q6" not in said
    given = pd.DataFrame({"demand_id": many, "place_id": "F", "band": "young", "amount": 1.0})
    said = caught(PROBLEM, replace(plan, assignment=given))
    assert "Q5" in said
    assert "Q6" not in said
    assert "7 that break it" in said


def test_nobody_is_no_amount() -> None:
    """A row of the assignment that sends nobody is refused."""
    given = solve(COVER, "mclp").assignment
    row = pd.DataFrame({"demand_id": ["a"], "place_id": ["F"], "band": ["old"], "amount": [0.0]})
    said = caught(COVER, replace(solve(COVER, "mclp"), assignment=pd.concat([given, row], ignore_index=True)))
    assert said.startswith("amounts are above 0")


def of_size(objective: float) -> tuple[LocationProblem, gp.Plan]:
    """One person and one place at this distance: the p-median of it."""
    cost = CostMatrix.from_pairs([("a", "F", objective)], unit="m")
    problem = LocationProblem(cost, pd.Series({"a": 1.0}), p=1)
    return problem, solve(problem, "p_median")


@pytest.mark.parametrize("objective", [0.25, 1.0, 3e6])
def test_a_bound_may_pass_the_objective_by_rounding_only(objective: float) -> None:
    """A bound on the wrong side of the objective is caught, unless rounding alone put it there; so is "optimal" with a distance."""
    problem, plan = of_size(objective)
    slack = 1e-9 * max(1.0, objective)
    for times, word in ((0.5, ""), (1.5, "no plan can be better"), (-0.5, ""), (-1.5, "status optimal is proven")):
        bound = objective + times * slack
        tampered = replace(plan, bound=bound, gap=abs(bound - objective) / objective)
        assert caught(problem, tampered).startswith(word)
        assert bool(caught(problem, tampered)) == bool(word)


def test_optimal_is_less_than_half_a_thousandth_of_a_person_away() -> None:
    """Plans of whole thousandths cannot differ by less; a bound half a thousandth away or farther proves nothing."""
    plan = solve(PROBLEM, "programme")
    for ahead, word in ((0.0004, ""), (0.0006, "status optimal is proven")):
        bound = plan.objective + ahead
        tampered = replace(plan, bound=bound, gap=ahead / plan.objective)
        said = caught(PROBLEM, tampered)
        assert said.startswith(word)
        assert bool(said) == bool(word)
        assert not caught(PROBLEM, replace(tampered, status="feasible"))


def test_a_stopped_plan_may_know_no_bound() -> None:
    """Without a bound there is no gap, and the plan is no more than the best found."""
    plan = replace(solve(PROBLEM, "programme"), bound=None, gap=None, status="stopped")
    assert check(PROBLEM, plan)["gap"] is None
    assert caught(PROBLEM, replace(plan, gap=0.0)).startswith("gap is unknown")
    for status in ("optimal", "feasible"):
        assert caught(PROBLEM, replace(plan, status=status)).startswith("status needs a bound")  # type: ignore[arg-type]


def test_a_gap_is_stated_where_there_is_a_bound() -> None:
    """A plan with a bound states the gap of it."""
    assert caught(PROBLEM, replace(solve(PROBLEM, "programme"), gap=None)).startswith("gap")


def test_required_places_are_in_the_plan() -> None:
    """A plan without a place that it must open is caught by its name; the fixed places need not be named."""
    plan = solve(PROBLEM, "programme")
    said = caught(replace(PROBLEM, required=["X1"]), plan)
    assert said.startswith("required sites are in the plan")
    assert "X1" in said
    assert not caught(replace(PROBLEM, required=["Y"]), plan)


def test_exactly_p_sites_pass_and_one_more_does_not() -> None:
    """The plan of two sites passes with p = 2 and without p; with p = 1 it is one too many."""
    plan = solve(PROBLEM, "programme")
    assert not caught(replace(PROBLEM, p=None), plan)
    assert caught(replace(PROBLEM, p=1), plan).startswith("at most p sites")


def test_a_point_stays_whole_and_in_one_place_where_it_must() -> None:
    """With a single source a point in two places is told apart from one that is served in part."""
    problem = LocationProblem(
        CostMatrix.from_pairs([("a", "F", 1.0), ("a", "G", 1.0)], unit="m"),
        pd.Series({"a": 4.0}),
        p=2,
        capacity=pd.Series({"F": 4.0, "G": 4.0}),
        single_source=True,
    )
    plan = solve(problem, "p_median_capacitated")
    assert not caught(problem, plan)
    row = plan.assignment.iloc[:1]
    halves = [row.assign(place_id=place, amount=2.0) for place in ("F", "G")]
    both = replace(plan, sites=("F", "G"), assignment=pd.concat(halves, ignore_index=True))
    assert caught(problem, both).startswith("a demand point and band goes to one place")
    assert caught(problem, replace(plan, assignment=row.assign(amount=3.0))).startswith(
        "a demand point and band goes whole"
    )


def test_models_that_count_several_places_count_each_point_as_often() -> None:
    """Where each point counts its two nearest places it stands twice in the assignment, and three times is too often."""
    cost = CostMatrix.from_pairs([("a", "F", 1.0), ("a", "G", 2.0), ("a", "H", 3.0)], unit="m")
    problem = LocationProblem(cost, pd.Series({"a": 4.0}), p=3, neighbours=2)
    plan = solve(problem, "p_median_nearest")
    assert not caught(problem, plan)
    rows = plan.assignment.iloc[:1]
    given = pd.concat([rows.assign(place_id=place) for place in "FGH"], ignore_index=True)
    assert caught(problem, replace(plan, assignment=given)).startswith("people of a demand point")


@pytest.fixture(scope="module")
def found(town_study: Path) -> dict[str, Any]:
    """The numbers of the town, as results.json holds them."""
    return dict(gp.run(gp.load_study(town_study), only=["base"])["base"].numbers)


def first(rows: dict[str, Any]) -> Any:
    """The first of the rows by name."""
    return next(iter(rows.values()))


def add(where: Callable[[Any], Any], key: str, more: float) -> Callable[[Any], None]:
    """A change of one number."""

    def change(numbers: Any) -> None:
        row = where(numbers)
        row[key] = row[key] + more

    return change


WRONG: dict[str, tuple[Callable[[Any], None], str]] = {
    "account": (add(lambda n: n["gap_account"], "served", 0.001), "gap_account adds up"),
    "account after": (add(lambda n: n["gap_after"], "too_far", -0.001), "gap_after adds up"),
    "residents of a unit": (add(lambda n: n["units"][0], "population", 1), "units add up to population_total"),
    "places of a unit": (add(lambda n: n["units"][0], "wanted", 0.5), "units add up to demand_total"),
    "outside": (add(lambda n: n["outside_units"], "wanted", 0.5), "units add up to demand_total"),
    "residents": (add(lambda n: n, "population_total", -1), "units add up to population_total"),
    "cost": (add(lambda n: n["plan"], "cost", 1), "plan.cost adds up"),
    "cost of a kind": (add(lambda n: first(n["plan"]["by_kind"]), "cost", -1), "plan.cost adds up"),
    "options": (add(lambda n: n["options"], "count", 1), "options"),
    "a year": (add(lambda n: first(n["years"])["gap_account"], "served", 1), "do not add up"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_number_that_does_not_add_up_is_named(found: dict[str, Any], name: str) -> None:
    """The numbers of a run pass; any of them changed is caught by the claim that it breaks."""
    check_numbers(found)
    change, claim = WRONG[name]
    changed = copy.deepcopy(found)
    change(changed)
    with pytest.raises(CheckFailed, match=claim):
        check_numbers(changed)


def test_money_within_the_budget_passes_to_the_last_yuan(found: dict[str, Any]) -> None:
    """A plan may cost its whole budget and no yuan more; without a budget it may cost anything, and there may be no plan."""
    numbers = copy.deepcopy(found)
    cost = numbers["plan"]["cost"]
    for budget in (cost, None):
        numbers["plan"]["budget"] = budget
        check_numbers(numbers)
    numbers["plan"]["budget"] = cost - 1
    with pytest.raises(CheckFailed, match="within the budget"):
        check_numbers(numbers)
    numbers["plan"] = None
    check_numbers(numbers)


def test_people_outside_every_unit_are_part_of_the_whole(found: dict[str, Any]) -> None:
    """What is taken from a unit and put outside changes no sum; a service without residents has none to count."""
    numbers = copy.deepcopy(found)
    for column in ("population", "wanted"):
        numbers["units"][0][column] -= 4
        numbers["outside_units"][column] += 4
    check_numbers(numbers)
    numbers["population_total"] = None
    check_numbers(numbers)
    numbers["outside_units"]["wanted"] += 1
    with pytest.raises(CheckFailed, match="demand_total"):
        check_numbers(numbers)
