"""What a planner's decision costs: never less than nothing, exact where both plans are proven, and never without a reason."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from geoplan import check, solve
from geoplan.errors import InputError, UsageError
from geoplan.explain.override import override
from tests.location_problems import plane

PROBLEM = plane(1, demand=80, fixed=4, options=12, budget=4e6)
PLAN = solve(PROBLEM, "programme")
LEFT_OUT = next(p for p in PROBLEM.cost.place_ids if p not in {*PROBLEM.fixed, *PLAN.sites})


def test_a_pin_costs_the_difference_of_two_optima() -> None:
    """The price of a pin is what the best plan with it serves less, and the plan that obeys passes the recount."""
    told = override(PROBLEM, PLAN, "programme", pin=LEFT_OUT, reason="the village gave the land")
    asked = replace(PROBLEM, required=[LEFT_OUT])
    check(asked, told.plan)
    best = solve(asked, "programme").objective
    assert told.price_at_least == told.price_at_most == pytest.approx(PLAN.objective - best)
    assert LEFT_OUT in told.comes_in


def test_a_ban_costs_the_difference_of_two_optima() -> None:
    """The price of a ban is what refusing the site costs."""
    told = override(PROBLEM, PLAN, "programme", ban=PLAN.sites[0], reason="flood risk")
    best = solve(replace(PROBLEM, refused=[PLAN.sites[0]]), "programme").objective
    assert told.price_at_most == pytest.approx(PLAN.objective - best)
    assert PLAN.sites[0] in told.goes_out


def test_what_the_plan_does_anyway_is_free() -> None:
    """To pin a site of the plan and to ban one that it leaves out costs nothing."""
    told = override(PROBLEM, PLAN, "programme", pin=PLAN.sites[:1], ban=[LEFT_OUT], reason="as it is")
    assert (told.price_at_least, told.price_at_most) == (0.0, 0.0)


def test_the_entry_is_plain_data_for_a_log() -> None:
    """The entry can be written as JSON, holds the reason, who and when as told, and the price; no clock is read."""
    entry = override(PROBLEM, PLAN, "programme", pin=LEFT_OUT, reason=" gift ", by="Li", date="2026-11-26").entry()
    assert json.loads(json.dumps(entry)) == entry
    assert (entry["pin"], entry["reason"], entry["by"], entry["date"]) == ([LEFT_OUT], "gift", "Li", "2026-11-26")
    assert entry["price_at_most"] >= entry["price_at_least"] >= 0


def test_summary_says_it_in_two_languages() -> None:
    """What is pinned, why and at which price stands in one sentence."""
    told = override(PROBLEM, PLAN, "programme", pin=LEFT_OUT, ban=PLAN.sites[0], reason="gift")
    assert told.summary().startswith(f"pinned {LEFT_OUT}, banned {PLAN.sites[0]} (gift)")
    assert "指定" in told.summary("zh")
    assert len(told.table()) == 1


def test_where_no_plan_is_left_the_price_has_no_end() -> None:
    """A ban that leaves too few places for p has an infinite price, which the entry writes as none."""
    problem = replace(plane(2, demand=30, fixed=0, options=4, budget=None), p=2, site=None, capacity=None)
    plan = solve(problem, "mclp")
    told = override(replace(problem, required=[]), plan, "mclp", ban=plan.sites[0], reason="no")
    assert told.price_at_most >= 0
    gone = override(replace(problem, p=4), solve(replace(problem, p=4), "mclp"), "mclp", ban=plan.sites[0], reason="no")
    assert gone.price_at_most < float("inf")  # mclp opens at most p
    assert gone.entry()["price_at_most"] is not None


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_decision_needs_a_reason(reason: str) -> None:
    """A decision without a reason is refused."""
    with pytest.raises(UsageError, match="must have a reason"):
        override(PROBLEM, PLAN, "programme", pin=LEFT_OUT, reason=reason)


def test_a_decision_is_about_a_place() -> None:
    """Nothing pinned or banned, or an unknown place, or one place both ways, is refused."""
    with pytest.raises(UsageError, match="name a place"):
        override(PROBLEM, PLAN, "programme", reason="why")
    for wrong in ({"pin": "Q"}, {"ban": "Q"}, {"pin": LEFT_OUT, "ban": LEFT_OUT}, {"ban": "F00"}):
        with pytest.raises(InputError):
            override(PROBLEM, PLAN, "programme", reason="why", **wrong)
