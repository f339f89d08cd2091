"""Options in numbers: by kind and verdict, what refuses them, what is to be measured, what must be built, and the land."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoplan.errors import CheckFailed
from geoplan.result import Result
from geoplan.siting.compliance import failed
from geoplan.siting.land_table import KEYS, land_totals
from geoplan.siting.obligations import counts

OUTCOMES = ("pass", "fail", "unknown")
SUMMED = ("places", "cost", "annual_cost", "land_m2", "farmland_m2", "new_land_m2")
TOP = 20


def options(result: Result) -> dict[str, Any]:
    """How many options there are, by verdict and kind, how many each standard refuses, and how many no plan may choose for another reason."""
    frame, outcomes = result.options, result.options["verdict"].value_counts()
    kinds = pd.crosstab(frame["kind"], frame["verdict"]).reindex(columns=list(OUTCOMES), fill_value=0)
    found = by_kind(frame)
    return {
        "count": len(frame),
        **{o: int(outcomes.get(o, 0)) for o in OUTCOMES},
        "by_kind": {kind: {**sums, **kinds.loc[kind].to_dict()} for kind, sums in found.items()},
        "refused": int((failed(frame).map(len) > 0).sum()) if len(frame) else 0,
        "refusals": result.refusals.to_dict("index"),
        "verdicts": int(frame["verdicts"].map(len).sum()) if len(frame) else 0,
        "without_places_or_replacing": int(((frame["places"] == 0) | (frame["replaces"] != "")).sum()),
    }


def by_kind(frame: pd.DataFrame, column: str = "kind") -> dict[str, Any]:
    """Number, places, cost, yearly cost and land of options by kind (or another column); a sum with an unknown part is unknown."""
    groups = frame.groupby(column)
    return {str(k): {"count": len(g), **{c: g[c].sum(skipna=False) for c in SUMMED}} for k, g in groups}


def field_checks(result: Result) -> dict[str, Any]:
    """How many values are to be measured, on how many sites, and how many of each."""
    rows = result.field_checks
    by_quantity = rows["quantity"].value_counts().sort_index().to_dict() if len(rows) else {}
    return {"count": len(rows), "sites": rows["site_id"].nunique() if len(rows) else 0, "by_quantity": by_quantity}


def obligations(result: Result) -> dict[str, Any]:
    """By rule: how many are kept, not kept and unknown, what is short in all, and for how many an option is named."""
    rows = result.obligations
    if rows.empty:
        return {}
    table = counts(rows).to_dict("index")
    for rule, part in rows.groupby("rule"):
        open_ = part[part["outcome"] != "pass"]
        more = {"short": part["short"].sum(), "with_option": int((open_["option_id"] != "").sum())}
        table[rule] |= more | {"unit": part["unit"].iloc[0], "clause": part["clause"].iloc[0]}
    return {str(rule): row for rule, row in table.items()}


def suitability(result: Result) -> dict[str, Any]:
    """The criteria with their weights, and the options that come first, with the rank that other weights would give them."""
    rows = result.suitability
    if rows.empty:
        return {}
    first = rows.nsmallest(TOP, "rank", keep="all").sort_values("rank")
    shown = [
        c
        for c in ("score", "rank", "unknown_weight", "times_in_top", "variants", "best_rank", "worst_rank")
        if c in rows
    ]
    return {
        "criteria": {c.id: c.weight.value for c in result.service.suitability},
        "top": first[shown].rename_axis("option_id").reset_index().to_dict("records"),
    }


def land(result: Result) -> dict[str, Any]:
    """The land, farmland, new construction land and money of the plan, in all and by phase."""
    if result.land.empty:
        return {}
    keys = [k for k in KEYS if k == "first_phase"]
    totals = land_totals(result.land)
    phases = land_totals(result.land, keys)
    plan = totals[totals["of"] == "plan"].drop(columns="of")
    return {
        "all": plan.to_dict("records")[0] if len(plan) else {},
        "by_phase": phases[phases["of"] == "plan"].drop(columns="of").to_dict("records"),
    }


def check_options(found: Mapping[str, Any]) -> None:
    """Recount the options: the verdicts and the kinds add up to all, every one that fails is refused by a clause; raises `CheckFailed`."""
    counted = found["options"]
    for claim, parts in (
        ("verdicts", [counted[o] for o in OUTCOMES]),
        ("kinds", [k["count"] for k in counted["by_kind"].values()]),
    ):
        if sum(parts) != counted["count"]:
            raise CheckFailed(f"options.{claim} add up to the options: {sum(parts)} of {counted['count']}")
    if counted["refused"] != counted["fail"]:
        raise CheckFailed(f"options that fail are those that a clause refuses: {counted['fail']}, {counted['refused']}")
    judged = sum(rule["judged"] for rule in counted["refusals"].values())
    if counted["refusals"] and judged != counted["verdicts"]:
        raise CheckFailed(f"options.refusals count every verdict: {judged} of {counted['verdicts']}")
