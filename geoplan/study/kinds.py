"""Kinds of place: of the places that are to have a facility of their own, how many have one, by kind of place and by unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoplan import tables
from geoplan.errors import CheckFailed
from geoplan.result import Result

SUMS = ("demand_points", "wanted", "served")


def by_kind_of_place(result: Result) -> dict[str, Any]:
    """By kind of demand point, in the order of the profile: `demand_points`, those `unknown` (they may want a place, nobody knows), places
    `wanted`, `served` and the `rate` served ÷ wanted (None where nothing is wanted), and the same sums of each of its `units`.

    Empty for a service whose demand knows no kinds. A point whose kind is missing or unknown to the profile has a kind of its own: "" or
    what the layer says. The sums over the kinds are those of the whole (`check_kinds`).
    """
    rule = result.service.demand
    if not rule.kinds:
        return {}
    points = _points(result)
    strange = sorted(set(points["kind"]) - set(rule.kinds))
    found = {}
    for kind in (*rule.kinds, *strange):
        rows = points[points["kind"] == kind]
        units = {str(unit): _sums(part) for unit, part in rows.groupby("unit_id")}
        found[kind] = {**_sums(rows), "unknown": int(rows["unknown"].sum()), "units": units}
    return found


def _points(result: Result) -> pd.DataFrame:
    """One row a demand point: its kind and unit ("" where it has none), what it wants and gets, and whether that is not known."""
    demand, rule = result.demand, result.service.demand
    nothing = pd.Series(None, demand.index, dtype=object)
    measured = pd.DataFrame({c: pd.to_numeric(demand.get(c, nothing), errors="coerce") for c in rule.thresholds})
    return pd.DataFrame(
        {
            "kind": demand.get("kind", nothing).fillna("").astype(str),
            "unit_id": demand["unit_id"].fillna("").astype(str),
            "wanted": tables.places(demand, result.service.band_ids, "wanted").sum(axis=1),
            "served": result.gaps.groupby("demand_id")["served"].sum().reindex(demand.index),
            "unknown": measured.isna().all(axis=1) if rule.thresholds else False,
        },
        index=demand.index,
    )


def _sums(rows: pd.DataFrame) -> dict[str, Any]:
    wanted, served = rows["wanted"].sum(), rows["served"].sum()
    return {"demand_points": len(rows), "wanted": wanted, "served": served, "rate": served / wanted if wanted else None}


def check_kinds(found: Mapping[str, Any]) -> None:
    """Recount the kinds of place: they, and the units of each, add up to the whole; raises `CheckFailed`."""
    kinds = found["by_kind_of_place"]
    if not kinds:
        return
    whole = {
        "demand_points": found["demand_points"],
        "wanted": found["demand_total"],
        "served": found["gap_account"]["served"],
    }
    for name in SUMS:
        by_kind = sum(k[name] for k in kinds.values())
        by_unit = sum(u[name] for k in kinds.values() for u in k["units"].values())
        if any(abs(total - whole[name]) > 5e-4 for total in (by_kind, by_unit)):
            raise CheckFailed(f"by_kind_of_place: {name}: {by_kind} by kind, {by_unit} by unit, {whole[name]} in all")
