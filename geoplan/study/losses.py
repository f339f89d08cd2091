"""Losses: what refusing each option of the plan costs, where the study asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from geoplan.explain.refusal import refusals
from geoplan.location.plan import Plan
from geoplan.result import Result
from geoplan.study.plan_settings import PlanSettings


def losses(problem: Any, plan: Plan, asked: PlanSettings, unit: pd.Series, say: Callable[[str], None]) -> pd.DataFrame:
    """One row an option of the plan, as `Refusal.plain`; empty where it is not asked for.

    All solves together may take the time that the study allows the plan; each states the range that it reached.
    """
    if not asked.losses:
        return pd.DataFrame()
    told = refusals(problem, plan, asked.model, unit=unit, time_limit_s=asked.time_limit_s, progress=say)
    return pd.DataFrame([each.plain() for each in told.each]).set_index("place_id") if told.each else pd.DataFrame()


def plain_losses(result: Result) -> list[dict[str, Any]]:
    """The losses as results.json holds them, the dearest to lose first; endless where no plan is left is null."""
    if result.losses.empty:
        return []
    table = result.losses.rename_axis("id").reset_index()
    rows = table.sort_values(["lost_at_most", "lost_alone", "id"], ascending=[False, False, True])
    return [{str(k): v for k, v in row.items()} for row in rows.to_dict("records")]
