"""Comparing runs: one row a scenario, one column a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoplan.result import CAUSES, Result


def compare(results: Mapping[str, Result | Mapping[str, Any]]) -> pd.DataFrame:
    """A table of scenarios (rows) by what was set and what came out (columns); takes Results or contents of results.json.

    Columns: demand_total and capacity_counted (places), served and each cause of the gap today, served_after and
    served_more (people), cost (yuan), places and sites of the plan, status, gap; and what the scenario changed.
    """
    found = {name: r.numbers if isinstance(r, Result) else r for name, r in results.items()}
    return pd.DataFrame.from_dict({name: row(n) for name, n in found.items()}, orient="index").rename_axis("scenario")


def row(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The row of one scenario, from the contents of its results.json."""
    plan = numbers["plan"] or {}
    return {
        "demand_total": numbers["demand_total"],
        "capacity_counted": numbers["capacity_counted"],
        **{cause: numbers["gap_account"][cause] for cause in CAUSES},
        "served_after": numbers["gap_after"]["served"],
        "served_more": plan.get("served_more"),
        "cost": plan.get("cost"),
        "places": plan.get("places"),
        "sites": len(plan.get("sites", ())),
        "status": plan.get("status"),
        "gap": plan.get("gap"),
        "changes": "; ".join(f"{c['key']}: {c['old']} → {c['new']}" for c in numbers["changes"]),
    }
