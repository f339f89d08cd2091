"""Front: how many are served with less or more money, where the study asks for it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geoplan.explain.front import front
from geoplan.result import Result
from geoplan.study.measured import Progress
from geoplan.study.plan_settings import PlanSettings


def front_of(problem: Any, asked: PlanSettings, say: Progress) -> pd.DataFrame:
    """One row a budget, as `Front.table`; empty where it is not asked for.

    All solves together may take as long as the study allows one plan for each of them.
    """
    if not asked.front:
        return pd.DataFrame()
    whole = sum(asked.budget.values())
    budgets = [float(round(whole * share)) for share in asked.front]
    limits: dict[str, Any] = {"gap": asked.gap, "time_limit_s": asked.time_limit_s * len(budgets)}
    return front(problem, asked.model, budgets=budgets, progress=say, **limits).table()


def plain_front(result: Result) -> list[dict[str, Any]]:
    """The front as results.json holds it, the least money first."""
    return [{str(k): v for k, v in row.items()} for row in result.front.to_dict("records")]
