"""Why nothing can keep all the rules: the rules that are named cannot be kept together, none can be spared, and the cure works."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geoplan import CostMatrix, LocationProblem, solve
from geoplan.errors import UsageError
from geoplan.explain.infeasible import Conflict, infeasible
from geoplan.location.programme import Floor, Limit, Pilots, ProgrammeProblem

# a line of five points, a place at each; a place reaches its neighbours
POINTS = [f"D{k}" for k in range(5)]
PLACES = [f"S{k}" for k in range(5)]
NEAR = [(f"D{i}", f"S{j}", 100.0 * abs(i - j)) for i in range(5) for j in range(5)]
LINE = CostMatrix.from_pairs(NEAR, unit="m", limit=1000.0)
WEIGHT = pd.Series(2.0, POINTS)


def line(**changes: Any) -> LocationProblem:
    """Five points, five places, reach to the next point."""
    return LocationProblem(**({"cost": LINE, "weight": WEIGHT, "reach": 100.0} | changes))


def counties(money: float, floor: float = 0.9, **changes: Any) -> ProgrammeProblem:
    """Two counties of ten points; an option at each point takes 4 people and costs a million; 2 people a point."""
    points = [f"D{k:02d}" for k in range(20)]
    options = [f"S{k:02d}" for k in range(20)]
    pairs = [
        (p, o, float(abs(i - j)))
        for i, p in enumerate(points)
        for j, o in enumerate(options)
        if i // 10 == j // 10 and abs(i - j) <= 1
    ]
    unit = pd.Series([f"C{k // 10}" for k in range(20)], points)
    given: dict[str, Any] = {
        "cost": CostMatrix.from_pairs(pairs),
        "weight": {"2030": pd.Series(2.0, points)},
        "capacity": pd.Series(4.0, options),
        "fixed_cost": pd.Series(1e6, options),
        "budget": {"2030": money},
        "unit": unit,
        "floors": (Floor("coverage", "coverage", floor, "2030"),),
    }
    return ProgrammeProblem(**(given | changes))


@cache
def poor() -> Conflict:
    """The conflict where there is a fifth of the money that the floors need."""
    return infeasible(counties(2e6))


def test_p_and_reach_are_to_blame_for_a_line_too_long() -> None:
    """One place cannot reach five points at 100 m; two can, and so can a reach of 200 m."""
    told = infeasible(line(p=1), "p_median")
    assert {r.en for r in told.rules} == {"p = 1", "reach 100.0"}
    needed = {r.rule: r.needed for r in told.reliefs}
    assert needed == {"p": 2, "reach": 200.0}
    assert solve(line(p=2), "p_median").status == solve(line(p=1, reach=200.0), "p_median").status == "optimal"


def test_what_is_named_cannot_be_spared() -> None:
    """Rules that have nothing to do with it are not named: leaving any named one out makes a plan possible."""
    asked = line(p=1, refused=["S0"], site=pd.Series(PLACES, PLACES))
    told = infeasible(asked, "p_median")
    assert {r.en for r in told.rules} == {"p = 1", "reach 100.0"}
    refusing = line(p=2, refused=["S3", "S4"])
    told = infeasible(refusing, "p_median")
    assert {r.en for r in told.rules} == {"2 refused places", "reach 100.0"}
    assert "taking back S" in told.summary()


def test_money_is_named_with_what_would_do() -> None:
    """Five points that need two places at 3 yuan each cannot be served for 5; 6 would do."""
    asked = line(capacity=pd.Series(10.0, PLACES), fixed_cost=pd.Series(3.0, PLACES), budget=5.0)
    told = infeasible(asked, "cflp")
    assert "budget 5" in {r.en for r in told.rules}
    needed = next(r.needed for r in told.reliefs if r.rule == "budget")
    assert needed == pytest.approx(6.0, abs=0.01)
    assert solve(replace(asked, budget=needed), "cflp").status == "optimal"


def test_points_that_nothing_reaches_are_named() -> None:
    """Where no rule is to blame the points that no place reaches are named."""
    cost = CostMatrix.from_pairs([("a", "F", 1.0)], demand_ids=["a", "b"], place_ids=["F"])
    told = infeasible(LocationProblem(cost, pd.Series({"a": 1.0, "b": 1.0})), "lscp")
    assert (told.rules, told.points) == ((), ("b",))
    assert "b" in told.summary()
    assert "不可达" in told.summary("zh")


def test_a_problem_with_a_plan_is_none_to_explain() -> None:
    """Where there is a plan, that is said, with the plan."""
    with pytest.raises(UsageError, match="there is a plan"):
        infeasible(line(p=2), "p_median")
    with pytest.raises(UsageError, match="there is a plan"):
        infeasible(counties(40e6))


def test_floors_and_money_are_named_with_the_money_that_would_do() -> None:
    """Nine tenths in each county take 18 people of 20, so 5 options a county; a fifth of that money is in conflict with a floor."""
    told = poor()
    names = [r.en for r in told.rules]
    assert names[0] == "budget, 2030"
    assert len(names) == 2  # one county is enough
    assert names[1].startswith("coverage, 2030, C")
    least = next(r for r in told.reliefs if r.rule == "budget")
    assert least.given == 2e6
    assert least.needed is not None
    assert 9e6 - 1 <= least.needed <= 10e6  # 2 · 18 / 4 options at least; whole ones: 10
    share = next(r.needed for r in told.reliefs if r.rule == "floors")
    assert share == pytest.approx(2 * 4 / (2 * 18), abs=1e-6)
    assert told.floors["coverage, 2030, C0"] == pytest.approx(8 / 18, abs=1e-6)
    assert "9,000,000" in told.summary()
    assert "预算" in told.summary("zh")


def test_the_money_that_would_do_does() -> None:
    """With the money that is said to do there is a plan; with less than what is needed at least there is none."""
    told = poor()
    enough = [r.needed for r in told.reliefs if r.rule == "budget"][-1]
    assert enough is not None
    assert solve(counties(float(np.ceil(enough))), "programme").status in ("optimal", "feasible")
    assert solve(counties(8.5e6), "programme").status == "infeasible"


def test_where_no_money_would_do_that_is_said() -> None:
    """A floor that land forbids is not cured by money: the limit and the floor are named, not the budget."""
    land = Limit("land", pd.Series(1.0, [f"S{k:02d}" for k in range(20)]), {"2030": 3.0})
    told = infeasible(counties(40e6, limits=[land]))
    names = [r.en for r in told.rules]
    assert "land, 2030" in names
    assert not any(n.startswith("budget") for n in names)
    assert "no money would do" in told.summary()


def test_rules_that_only_whole_options_break_are_found_by_solving() -> None:
    """Two pilots of options on one site: half of each would do on paper, no plan does; both rules are named."""
    asked = counties(
        40e6,
        floor=0.1,
        site=pd.Series(["g"] * 2 + [f"S{k:02d}" for k in range(2, 20)], [f"S{k:02d}" for k in range(20)]),
    )
    asked = replace(asked, pilots=[Pilots("both", ["S00", "S01"], 2, "2030")])
    told = infeasible(asked)
    assert [r.en for r in told.rules] == ["pilots both"]


def test_a_conflict_is_a_table_too() -> None:
    """The table has a row for each way out, in both languages."""
    table = infeasible(line(p=1), "p_median").table()
    assert table["rule"].tolist() == ["reach", "p"]
    assert table["zh"].str.contains("即可").all()
