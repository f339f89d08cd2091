"""Planned: a plan in phases in numbers, and what was asked of it beside what it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoplan.errors import CheckFailed
from geoplan.location.programme import ProgrammePlan
from geoplan.result import CAUSES, Result


def in_phases(result: Result) -> dict[str, Any]:
    """The phases, the rules with what the plan reaches of each, who is served if families choose, and the decisions; nothing else has them."""
    plan = result.plan
    if not isinstance(plan, ProgrammePlan):
        return {}
    return {
        "phases": [phase(result, plan, int(y)) for y in plan.phases],
        "rules": list(result.rules),
        "by_families_choice": None if plan.families is None else plan.families.iloc[-1].sum(),
        "decisions": [dict(d) for d in result.decisions],
    }


def phase(result: Result, plan: ProgrammePlan, year: int) -> dict[str, Any]:
    """One phase: the money that came and that is spent, what opens, what stands, who is served, places that stand empty."""
    budget = (result.settings.get("plan") or {}).get("budget") or {}
    opened = result.chosen[result.chosen["phase"] == year]
    standing = result.chosen[result.chosen["phase"] <= year]
    gaps = result.gaps_by_year[year]
    return {
        "year": year,
        "budget": budget.get(str(year), budget.get(year)),
        "cost": plan.spent[str(year)],
        "opened": len(opened),
        "opened_places": opened["places"].sum(),
        "standing": len(standing),
        "standing_places": standing["places"].sum(),
        "annual_cost": standing["annual_cost"].sum(skipna=False),
        "wanted": gaps[list(CAUSES)].to_numpy().sum(),
        "served": gaps["served"].sum(),
        "served_today": result.years[year].gaps["served"].sum(),
        "stranded": plan.stranded[str(year)],
        "account": {cause: gaps[cause].sum() for cause in CAUSES},
    }


def check_phases(made: Mapping[str, Any]) -> None:
    """The phases add up: their cost is the plan's, and no sum of money spent up to a phase exceeds what had come by then; raises `CheckFailed`."""
    rows = pd.DataFrame(made.get("phases", []))
    if rows.empty:
        return
    if abs(rows["cost"].sum() - made["cost"]) > 0.01:
        raise CheckFailed(f"plan.phases: their cost is {rows['cost'].sum()}, the plan's {made['cost']}")
    over = rows["cost"].cumsum() - rows["budget"].cumsum()
    if rows["budget"].notna().all() and over.max() > 0.01:
        raise CheckFailed(f"plan.phases: {over.max():,.2f} yuan more are spent by some phase than had come")
