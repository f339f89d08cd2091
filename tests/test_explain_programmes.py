"""The same explanations for a programme of several phases: refusals, substitutes, overrides, the front, fairness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geoplan import CostMatrix, check, solve
from geoplan.errors import UsageError
from geoplan.explain.front import front, price_of_fairness
from geoplan.explain.override import override
from geoplan.explain.refusal import refusal, refusals
from geoplan.explain.substitutes import substitutes
from geoplan.location.programme import ProgrammeProblem

BANDS = ["young", "old"]
PHASES = ["2026", "2028"]


def programme(seed: int = 1, demand: int = 24, sites: int = 6, **changes: Any) -> ProgrammeProblem:
    """Points and sites in a square of 3 km, two counties, a small and a large option a site, money in both phases."""
    rng = np.random.default_rng(seed)
    at, there = rng.uniform(0, 3000, (demand, 2)), rng.uniform(0, 3000, (sites + 2, 2))
    names = ["F0", "F1", *(f"S{k}" for k in range(sites))]
    distance = np.hypot(*(at[:, None] - there[None]).transpose(2, 0, 1)).round(2)
    ids = [f"D{k:02d}" for k in range(demand)]
    base = CostMatrix.from_dense(pd.DataFrame(distance, ids, names), unit="m", limit=900.0)
    places = ["F0", "F1", *(f"{n}:{kind}" for n in names[2:] for kind in ("large", "small"))]
    cost = base.repeat([p.split(":")[0] for p in places], places)
    people = rng.integers(200, 2500, (demand, 2)) / 1000
    room = np.where([p.endswith("large") for p in places], 9.0, 4.0)
    price = np.where([p.endswith("large") for p in places], 2.1e6, 1e6) + rng.integers(0, 200, len(places)) * 1e3
    given: dict[str, Any] = {
        "cost": cost,
        "weight": {p: pd.DataFrame((people * 0.8**k).round(3), ids, BANDS) for k, p in enumerate(PHASES)},
        "capacity": pd.DataFrame(dict.fromkeys(BANDS, room), index=places),
        "fixed": places[:2],
        "fixed_cost": pd.Series(np.where(np.arange(len(places)) < 2, 0.0, price), places),
        "budget": {"2026": 3e6, "2028": 2e6},
        "site": pd.Series([p.split(":")[0] for p in places], places),
        "unit": pd.Series(np.where(at[:, 0] < 1500, "west", "east"), ids),
    }
    return ProgrammeProblem(**(given | changes))


PROBLEM = programme()
PLAN = solve(PROBLEM, "programme")


def test_each_refusal_is_the_difference_of_two_optima() -> None:
    """For each site of the plan the range holds the loss, the plan without it passes the recount, and the county that loses most is one."""
    told = refusals(PROBLEM, PLAN, "programme", unit=PROBLEM.unit)
    assert [r.place_id for r in told.each] == list(PLAN.sites)
    for r in told.each:
        asked = replace(PROBLEM, refused=[r.place_id])
        check(asked, r.replacement)
        best = solve(asked, "programme").objective
        assert r.lost_at_least - 1e-6 <= PLAN.objective - best <= r.lost_at_most + 1e-6
        assert r.lost_alone >= 0
        assert r.money == pytest.approx(r.replacement.cost - PLAN.cost)
        assert r.worst_unit in ("", "east", "west")


def test_sites_refused_at_once_are_those_refused_in_turn() -> None:
    """Two processes answer as one does, in the order of the plan; none at all is refused with the number."""
    told = [refusals(PROBLEM, PLAN, "programme", unit=PROBLEM.unit, jobs=jobs).each for jobs in (1, 2)]
    assert [r.plain() for r in told[0]] == [r.plain() for r in told[1]]
    assert [r.replacement.sites for r in told[0]] == [r.replacement.sites for r in told[1]]
    with pytest.raises(UsageError, match="jobs is 0"):
        refusals(PROBLEM, PLAN, "programme", jobs=0)


def test_closing_alone_loses_those_whom_nobody_else_takes() -> None:
    """What is lost alone is what the plan serves beyond the best assignment to its other sites, in all phases."""
    site = PLAN.sites[0]
    told = refusal(PROBLEM, PLAN, site, "programme")
    rest = [s for s in PLAN.sites if s != site]
    others = [p for p in PROBLEM.options if p not in rest]
    opens = {s: PLAN.opens[s] for s in rest}  # type: ignore[attr-defined]
    frozen = solve(replace(PROBLEM, refused=others, required=rest, opens=opens), "programme")
    assert told.lost_alone == pytest.approx(PLAN.objective - frozen.objective)


def test_a_whole_site_can_be_refused() -> None:
    """With the whole site refused no other option of it comes in."""
    told = refusal(PROBLEM, PLAN, PLAN.sites[0], "programme", whole_site=True)
    ground = PLAN.sites[0].split(":")[0]
    assert not [s for s in told.replacement.sites if s.split(":")[0] == ground]


def test_refusals_are_a_table_and_a_sentence() -> None:
    """The table has a row a site, dearest first; the sentence names the dearest, in both languages; progress is told each."""
    heard: list[str] = []
    told = refusals(PROBLEM, PLAN, "programme", sites=list(PLAN.sites[:2]), progress=heard.append)
    table = told.table()
    assert sorted(table.index) == sorted(PLAN.sites[:2])
    assert table["lost_at_most"].is_monotonic_decreasing
    assert table.index[0] in told.summary()
    assert "损失最大者" in told.summary("zh")
    assert len([line for line in heard if line.startswith("refusal ")]) == 2


def test_substitutes_of_a_programme() -> None:
    """Other programmes a little worse are found, each recounted."""
    answer = substitutes(PROBLEM, PLAN, "programme", within=0.15, count=2, unit=PROBLEM.unit)
    assert len(answer.others) == 2
    for other in answer.others:
        check(PROBLEM, other.plan)
        assert other.plan.objective >= PLAN.objective * 0.85


def test_a_pin_and_a_ban_in_a_programme() -> None:
    """A pinned option is opened, a banned one is not, and the price is not below nothing."""
    out = next(o for o in PROBLEM.options if o.split(":")[0] not in {s.split(":")[0] for s in PLAN.sites})
    told = override(PROBLEM, PLAN, "programme", pin=out, ban=PLAN.sites[0], reason="moved")
    assert out in told.plan.sites
    assert PLAN.sites[0] not in told.plan.sites
    assert 0 <= told.price_at_least <= told.price_at_most


def test_the_front_of_a_programme_never_falls() -> None:
    """More money in the same proportions by phase never serves fewer; the last plan is that of the problem."""
    curve = front(PROBLEM, "programme", budgets=[2.5e6, 5e6, {"2026": 6e6, "2028": 0.0}], gap=0.0)
    objectives = [p.objective for p in curve.plans]
    assert objectives == sorted(objectives)
    assert objectives[1] == pytest.approx(PLAN.objective)


def test_fairness_lifts_the_county_that_is_served_least() -> None:
    """With fairness the least share does not fall, and what is given up is not below nothing."""
    told = price_of_fairness(PROBLEM, gap=0.0)
    least = told.shares.min()
    assert least["fair"] >= least["free"] - 1e-9
    assert 0 <= told.given_up_at_least <= told.given_up_at_most + 1e-9
    assert told.free.objective >= told.fair.objective - 1e-9
    assert "least share of a county" in told.summary()
    assert list(told.table().index) == list(told.shares.sort_values("free").index)
