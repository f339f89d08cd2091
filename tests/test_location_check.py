"""The recount passes true plans and catches every kind of tampered one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from geoplan import CheckFailed, CostMatrix, LocationProblem, Plan, check, solve
from geoplan.location._claim import no_plan

# two options at site X, one at Y, one at Z (refused); F is there; b lies within reach of X and F, c of Y and Z
COST = CostMatrix.from_pairs(
    [
        ("a", "F", 5.0),
        ("b", "F", 9.0),
        ("b", "X1", 4.0),
        ("b", "X2", 4.0),
        ("c", "Y", 3.0),
        ("c", "Z", 3.0),
        ("a", "Y", 99.0),
    ],
    unit="m",
)
PROBLEM = LocationProblem(
    cost=COST,
    weight=pd.DataFrame({"young": [4.0, 6.0, 5.0], "old": [0.0, 1.5, 2.0]}, index=["a", "b", "c"]),
    reach=50.0,
    p=2,
    fixed=["F"],
    refused=["Z"],
    capacity=pd.DataFrame(
        {"young": [5.0, 3.0, 6.0, 4.0, 9.0], "old": [1.0, 1.0, 2.0, 2.0, 9.0]}, index=["F", "X1", "X2", "Y", "Z"]
    ),
    fixed_cost=pd.Series({"F": 0.0, "X1": 0.1, "X2": 0.2, "Y": 0.1, "Z": 0.1}),
    budget=0.3,
    site=pd.Series({"F": "F", "X1": "X", "X2": "X", "Y": "Y", "Z": "Z"}),
)
COVER = replace(PROBLEM, budget=None)


def with_row(plan: Plan, row: int, **changes: Any) -> Plan:
    """The plan with one row of its assignment changed."""
    given = plan.assignment.copy()
    for name, value in changes.items():
        given.loc[row, name] = value
    return replace(plan, assignment=given)


def more(plan: Plan, row: int, amount: float) -> Plan:
    """The plan with more people in one row, and an objective that says so."""
    changed = with_row(plan, row, amount=plan.assignment.loc[row, "amount"] + amount)
    objective = plan.objective + amount
    return replace(changed, objective=objective, bound=objective)


TAMPERED: dict[str, tuple[Callable[[Plan], Plan], str]] = {
    "unknown site": (lambda p: replace(p, sites=("Q",)), "places of the problem"),
    "site twice": (lambda p: replace(p, sites=("Y", "Y")), "named once"),
    "fixed site": (lambda p: replace(p, sites=("F",)), "beside the fixed"),
    "refused site": (lambda p: replace(p, sites=("Z",)), "not refused"),
    "two at a site": (lambda p: replace(p, sites=("X1", "X2")), "one place a site"),
    "too many sites": (lambda p: replace(p, sites=("X1", "X2", "Y")), "site|at most p"),
    "cost misstated": (lambda p: replace(p, cost=0.2), "^cost"),
    "closed place": (lambda p: with_row(p, 0, place_id="X1"), "open places"),
    "unknown place": (lambda p: with_row(p, 0, place_id="Q"), "known ids"),
    "unknown demand": (lambda p: with_row(p, 0, demand_id="q"), "known ids"),
    "unknown band": (lambda p: with_row(p, 0, band="q"), "known ids"),
    "beyond reach": (lambda p: with_row(p, 0, place_id="Y"), "within reach"),
    "row twice": (
        lambda p: replace(p, assignment=pd.concat([p.assignment, p.assignment], ignore_index=True)),
        "stand once",
    ),
    "negative amount": (lambda p: with_row(p, 0, amount=-1.0), "above 0"),
    "missing amount": (lambda p: with_row(p, 0, amount=float("nan")), "above 0"),
    "part of a thousandth": (lambda p: with_row(p, 0, amount=0.0004), "whole thousandths"),
    "more people than live there": (lambda p: more(p, 0, 0.001), "people of a demand point"),
    "overfull place": (lambda p: more(p, 1, 0.001), "places of a place|people of a demand"),
    "objective raised": (lambda p: replace(p, objective=p.objective + 0.001), "objective"),
    "bound below": (lambda p: replace(p, bound=p.objective - 0.001), "bound"),
    "bound infinite": (lambda p: replace(p, bound=float("inf")), "bound"),
    "gap misstated": (lambda p: replace(p, gap=0.01), "^gap"),
    "optimal without proof": (lambda p: replace(p, bound=p.objective * 1.01, gap=0.01), "status optimal is proven|gap"),
    "optimal without bound": (lambda p: replace(p, bound=None, gap=None), "needs a bound"),
    "unknown status": (lambda p: replace(p, status="best"), "known word"),  # type: ignore[arg-type]
    "infeasible with sites": (lambda p: replace(p, status="infeasible"), "infeasible plans open nothing"),
    "total misstated": (lambda p: replace(p, demand_total=p.demand_total + 1), "demand_total"),
    "column missing": (lambda p: replace(p, assignment=p.assignment.drop(columns="band")), "columns"),
}


def test_true_plans_pass() -> None:
    """The recount of a true plan repeats its numbers."""
    plan = solve(PROBLEM, "programme")
    assert plan.sites == ("X2", "Y")
    counted = check(PROBLEM, plan)
    assert (counted["objective"], counted["sites"], counted["gap"]) == (plan.objective, 2, 0.0)
    assert counted["cost"] == pytest.approx(0.3)
    cover = solve(COVER, "mclp")
    assert check(COVER, cover)["objective"] == cover.objective == 18.5


@pytest.mark.parametrize("name", TAMPERED)
def test_tampered_plans_are_caught(name: str) -> None:
    """Each kind of tampering is caught, and the message names the claim."""
    tamper, message = TAMPERED[name]
    plan = tamper(solve(PROBLEM, "programme"))
    with pytest.raises(CheckFailed, match=message):
        check(PROBLEM, plan)


def test_a_place_may_not_be_overfull() -> None:
    """A thousandth more than a place holds is caught, where the people are there."""
    problem = replace(PROBLEM, capacity=PROBLEM.capacity * 0.5)  # type: ignore[operator]
    plan = solve(problem, "programme")
    row = int(plan.assignment.index[(plan.assignment["demand_id"] == "c") & (plan.assignment["band"] == "young")][0])
    with pytest.raises(CheckFailed, match=r"places of a place \(Y, young\)"):
        check(problem, more(plan, row, 0.001))


def test_a_plan_over_the_budget_is_caught_exactly() -> None:
    """0.1 + 0.2 is within 0.3 and not within 0.29999."""
    plan = solve(PROBLEM, "programme")
    check(PROBLEM, plan)
    with pytest.raises(CheckFailed, match="budget"):
        check(replace(PROBLEM, budget=0.29999), plan)


def test_split_demand_is_caught_where_it_must_stay_whole() -> None:
    """With single_source a point in two places, or in part of one, is caught."""
    with pytest.raises(CheckFailed, match=r"goes to one place|goes whole"):
        check(replace(PROBLEM, single_source=True), solve(PROBLEM, "programme"))


def test_covering_without_assignment_is_caught() -> None:
    """A covering plan that leaves a covered point out of its assignment is caught, as is one that claims more."""
    plan = solve(COVER, "mclp")
    with pytest.raises(CheckFailed, match="assigned"):
        check(COVER, replace(plan, assignment=plan.assignment.iloc[1:]))
    with pytest.raises(CheckFailed, match="objective"):
        check(COVER, replace(plan, objective=plan.objective + 1, bound=plan.objective + 1))


def test_that_there_is_no_plan_holds_nothing() -> None:
    """The answer that no plan exists passes the recount; with a site, people, an objective, a bound or a cost it does not."""
    nothing = no_plan(PROBLEM, "programme", "most")
    assert check(PROBLEM, nothing)["sites"] == 0
    row = pd.DataFrame({"demand_id": ["a"], "place_id": ["F"], "band": ["young"], "amount": [1.0]})
    wrong: list[dict[str, Any]] = [{"sites": ("Y",)}, {"assignment": row}, {"objective": 0.0}, {"bound": 1.0}]
    wrong += [{"cost": 1.0}, {"demand_total": 0.0}, {"assignment": row.iloc[:0].drop(columns="band")}, {"gap": 0.0}]
    for changes in wrong:
        with pytest.raises(CheckFailed):
            check(PROBLEM, replace(nothing, **changes))


def test_a_plan_prints_itself() -> None:
    """In one line, in a table by place with money and places, and in a notebook, where ids are escaped."""
    plan = solve(PROBLEM, "programme")
    table = plan.table(PROBLEM)
    assert table.loc[["X2", "Y"], "opened"].all()
    assert table["served"].sum() == pytest.approx(plan.served)
    assert table["cost"].to_dict() == {"X2": 0.2, "Y": 0.1, "F": 0.0}
    assert table["places"].to_dict() == {"X2": 8.0, "Y": 6.0, "F": 6.0}
    assert str(plan).splitlines()[0] == plan.summary()
    assert "X2" in str(plan)
    given = plan.assignment.replace({"place_id": {"Y": "<b>Y</b>"}})
    shown = replace(plan, sites=("X2", "<b>Y</b>"), assignment=given, model="<i>")._repr_html_()
    assert "&lt;b&gt;Y" in shown
    assert "<b>" not in shown
    assert "<i>" not in shown
    nothing = no_plan(PROBLEM, "lscp", "least")
    assert str(nothing) == nothing.summary() == "lscp: no plan can keep all the rules"
    assert "nan" not in nothing._repr_html_()


def test_the_line_says_what_the_objective_is() -> None:
    """Where the objective is no number of people the line says what it is, and that a bound is unknown where it is."""
    plan = replace(solve(COVER, "mclp"), model="p_center", objective=127.0, sense="least")
    assert "nobody farther than 127" in plan.summary()
    assert "bound unknown" in replace(plan, bound=None, gap=None, status="stopped").summary()
