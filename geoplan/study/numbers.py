"""The numbers of a Result: what `results.json` holds, and so what any output may print."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from geoplan import tables
from geoplan.access import equity
from geoplan.errors import CheckFailed
from geoplan.result import CAUSES, Result
from geoplan.study import options, planned, sound, yearly
from geoplan.study.fronts import plain_front
from geoplan.study.kinds import by_kind_of_place, check_kinds
from geoplan.study.losses import plain_losses

PLACES_OF_DECIMALS = 6


def numbers(result: Result) -> dict[str, Any]:
    """Every number that an output shows, as plain JSON data; unknown is null."""
    bands = result.service.band_ids
    demand, facilities = result.demand, result.facilities
    places = tables.places(facilities, bands).sum(axis=1)
    found = {
        "study": result.study,
        "scenario": result.scenario,
        "year": result.year,
        "service": result.service.id,
        "synthetic": result.synthetic,
        "demand_layer": result.service.demand.layer,
        "population_total": demand["population"].sum(),
        "people_total": tables.places(demand, bands, "people").to_numpy().sum(),
        "demand_total": tables.places(demand, bands, "wanted").to_numpy().sum(),
        "demand_points": len(demand),
        "facilities": len(facilities),
        "facilities_counted": int(facilities["counted"].sum()),
        "capacity_total": places.sum(),
        "capacity_counted": places[facilities["counted"]].sum(),
        "gap_account": account(result.gaps),
        "gap_after": account(result.gaps_after),
        "by_band": by_band(result),
        "years": yearly.years(result),
        "demand_levels": yearly.levels(result),
        "cohorts": yearly.cohorts(result),
        "basis": yearly.basis(result),
        "change_of_demand": yearly.falls(result),
        "supply": yearly.supply(result),
        **yearly.targets(result),
        "by_class": by_class(result),
        "by_kind_of_place": by_kind_of_place(result),
        "facilities_by_kind": facilities_by_kind(result, places),
        "outside_units": outside_units(result),
        "coverage": coverage(result, ""),
        "coverage_after": coverage(result, "_after"),
        "straight_coverage": coverage(result, "", "straight_coverage_"),
        "nearest": nearest(result),
        "streets": streets(result),
        "reach_land_m2": {f"{r.limit:g}": r.area_m2 for r in result.reach.itertuples()},
        "inequality": {name: inequality(result, name) for name in SHARED if name in demand},
        "two_step_fca": demand["two_step_fca"].mean() if "two_step_fca" in demand else None,
        "options": options.options(result),
        "field_checks": options.field_checks(result),
        "obligations": options.obligations(result),
        "suitability": options.suitability(result),
        "land": options.land(result),
        "plan": plan(result),
        "units": result.units.reset_index().to_dict("records"),
        "gap_areas": result.gap_areas.drop(columns="geometry").reset_index().to_dict("records"),
        "findings": [_finding(f, result) for f in result.findings],
        "sources": [vars(s) for s in result.sources],
        "settings": result.settings,
        "changes": [{"key": k, "old": o, "new": n} for k, o, n in result.changes],
    }
    if not result.service.of_residents:
        forget_residents(found)
    return plain(found)  # type: ignore[no-any-return]


def forget_residents(found: dict[str, Any]) -> None:
    """Take out the residents of a service whose demand points are not homes: nobody lives there, and how many live near is not known."""
    found["population_total"] = None
    for row in (found["outside_units"], *found["by_class"].values(), *found["streets"].values(), *found["units"]):
        row.pop("population", None)
        row.pop("places_per_1000", None)
    for row in (*found["indicators"], *found["township_indicators"]):
        row.pop("residents", None)
        row.pop("under_three", None)


def account(gaps: pd.DataFrame) -> dict[str, float]:
    """The five parts of the gap account, in exact thousandths of a person."""
    return {cause: thousandths(gaps[cause]) / 1000 for cause in CAUSES}


def by_band(result: Result) -> dict[str, Any]:
    """People, places wanted and the gap account of each age band."""
    groups, demand = dict(iter(result.gaps.groupby("band"))), result.demand
    return {
        band: {
            "people": demand[f"people_{band}"].sum(),
            "wanted": demand[f"wanted_{band}"].sum(),
            **account(groups[band]),
        }
        for band in result.service.band_ids
    }


def by_class(result: Result) -> dict[Any, Any]:
    """Demand points, residents, people, places wanted and people served of each class of residential area."""
    bands = result.service.band_ids
    sums = pd.DataFrame(
        {
            "demand_points": 1,
            "population": result.demand["population"],
            "people": tables.places(result.demand, bands, "people").sum(axis=1),
            "wanted": tables.places(result.demand, bands, "wanted").sum(axis=1),
            "served": result.gaps.groupby("demand_id")["served"].sum().reindex(result.demand.index),
        }
    )
    return sums.groupby(result.demand["class"]).sum().to_dict("index")


def facilities_by_kind(result: Result, places: pd.Series) -> dict[Any, Any]:
    """Number and places of the facilities of each kind, in all and of those that count."""
    counted = result.facilities["counted"].astype(bool)
    sums = {"count": 1, "counted": counted, "places": places, "places_counted": places.where(counted, 0.0)}
    return (
        pd.DataFrame(sums, index=result.facilities.index)
        .groupby(result.facilities["kind"].fillna("other"))
        .sum()
        .to_dict("index")
    )


def outside_units(result: Result) -> dict[str, float]:
    """Residents and places wanted of demand points that lie in no unit; the units and these make the whole."""
    lost = result.demand[~result.demand["unit_id"].isin(result.area.units.index)]
    wanted = tables.places(lost, result.service.band_ids, "wanted").to_numpy().sum()
    return {"population": lost["population"].sum(), "wanted": wanted}


def thousandths(values: pd.Series) -> int:
    """The sum of values that are whole thousandths, as a whole number."""
    return int(np.rint(values.to_numpy(float) * 1000).astype(np.int64).sum())


def coverage(result: Result, suffix: str, prefix: str = "coverage_") -> dict[str, float | None]:
    """Share of the places wanted that lies within each reach of a counted facility: on foot, or by straight line."""
    wanted = tables.places(result.demand, result.service.band_ids, "wanted").sum(axis=1)
    names = [c for c in result.demand if c.startswith(prefix) and c.endswith("_after") == bool(suffix)]
    share = {c: (result.demand[c] * wanted).sum() / wanted.sum() if wanted.sum() else None for c in names}
    return {c.removeprefix(prefix).removesuffix("_after"): v for c, v in share.items()}


def nearest(result: Result) -> dict[str, Any] | None:
    """Minutes to the nearest counted facility over the people who reach one: mean and ninth decile."""
    if "nearest" not in result.demand:
        return None
    people = tables.places(result.demand, result.service.band_ids, "people").sum(axis=1)
    known = result.demand["nearest"].notna() & (people > 0)
    minutes, weight = result.demand.loc[known, "nearest"].sort_values(), people[known]
    if minutes.empty:
        return {"mean": None, "p90": None, "unit": "min", "reached": 0.0}
    rising = weight.reindex(minutes.index).cumsum()
    p90 = minutes[rising >= 0.9 * rising.iloc[-1]].iloc[0]
    mean = (minutes * weight).sum() / weight.sum()
    return {"mean": mean, "p90": p90, "unit": "min", "reached": weight.sum() / people.sum()}


def streets(result: Result) -> dict[str, Any]:
    """The audit of the streets: demand points (with their residents) and places that join badly, and severed pairs."""
    demand = result.joins[result.joins["role"] == "demand"]
    states = {}
    for state in ("moved", "detached", "no_street"):
        people = demand.loc[demand["state"] == state, "population"]
        every = int((result.joins["state"] == state).sum())
        states[state] = {"demand_points": len(people), "population": people.sum(), "places": every - len(people)}
    ends = pd.concat([result.severed["from_id"], result.severed.loc[result.severed["to_role"] == "demand", "to_id"]])
    people = result.demand["population"].reindex(ends.unique()).sum()
    return {**states, "severed": {"pairs": len(result.severed), "population": people}}


TWENTIETHS = 20
# the measures that give each person a value, and whether more of it is better; coverage is a share already
SHARED: dict[str, equity.Sense] = {
    "nearest": "bad",
    "two_step_fca": "good",
    "three_step_fca": "good",
    "balanced_fca": "good",
    "cumulative": "good",
    "gravity": "good",
}


def inequality(result: Result, name: str) -> dict[str, Any]:
    """How unevenly a measure is shared among the people: of the whole, by county-level unit and by class.

    Theil's T is split into what lies between the groups and within them. People whose value is unknown (they reach no
    facility) are left out and counted as `unknown`.
    """
    values = result.demand[name]
    people = tables.places(result.demand, result.service.band_ids, "people").sum(axis=1)
    known = values.notna()
    found: dict[str, Any] = {"unit": "min" if name == "nearest" else "", "sense": SHARED[name]}
    found["lorenz"] = curve(values[known], people[known])
    for key, column in (("by_unit", "unit_id"), ("by_class", "class")):
        group = result.demand[column]
        table = equity.inequality(values, people, group, sense=SHARED[name])
        rows = table.to_dict("index")
        found |= {"epsilon": table.attrs["epsilon"], "kappa": table.attrs["kappa"], "all": rows.pop("all"), key: rows}
        found[f"theil_{key}"] = equity.theil_by_group(values[known], people[known], group[known])
    return found


def curve(values: pd.Series, people: pd.Series) -> list[list[float]]:
    """The Lorenz curve at every twentieth of the people; it is straight between its points, so these lie on it. Empty where nothing is shared."""
    points, at = equity.lorenz(values, people), np.linspace(0, 1, TWENTIETHS + 1)
    return np.stack([at, np.interp(at, points["people"], points["share"])], axis=1).tolist() if len(points) else []


def plan(result: Result) -> dict[str, Any] | None:
    """The plan and its proof."""
    if result.plan is None:
        return None
    made, chosen = result.plan, result.chosen
    budget = (result.settings.get("plan") or {}).get("budget")
    more = thousandths(result.gaps_after["served"]) - thousandths(result.gaps["served"])
    return {
        "model": made.model,
        "status": made.status,
        "objective": made.objective,
        "bound": made.bound,
        "gap": made.gap,
        "cost": chosen["cost"].sum(),
        "annual_cost": chosen["annual_cost"].sum(skipna=False),
        "budget": sum(budget.values()) if budget else None,
        "places": chosen["places"].sum(),
        "sites": list(made.sites),
        "served_more": more / 1000,
        "land_m2": chosen["land_m2"].sum(skipna=False),
        "farmland_m2": chosen["farmland_m2"].sum(skipna=False),
        "by_kind": options.by_kind(chosen),
        "by_phase": options.by_kind(chosen, "phase" if "phase" in chosen else "first_phase"),
        "losses": plain_losses(result),
        "front": plain_front(result),
        **planned.in_phases(result),
    }


def _finding(finding: Any, result: Result) -> dict[str, Any]:
    texts = {"problem": result.text(finding.problem), "advice": result.text(finding.advice)}
    return {**{k: v for k, v in vars(finding).items() if k not in texts}, **texts}


def plain(item: Any) -> Any:
    """Plain JSON data: numbers rounded to six decimals so that the last bits of a sum do not show, missing as None."""
    if isinstance(item, Mapping):
        return {str(k): plain(v) for k, v in item.items()}
    if isinstance(item, list | tuple):
        return [plain(v) for v in item]
    if isinstance(item, np.generic):
        item = item.item()
    if item is None or item is pd.NA or (isinstance(item, float) and not math.isfinite(item)):
        return None
    if isinstance(item, float):
        return int(item) if item == int(item) else round(item, PLACES_OF_DECIMALS)
    return item if isinstance(item, str | int | bool) else str(item)


def to_json(found: Mapping[str, Any]) -> str:
    """The numbers as the text of `results.json`."""
    return json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def check_numbers(found: Mapping[str, Any]) -> None:
    """Recount what must add up; raises `CheckFailed` naming the claim.

    The five parts of both gap accounts add up to `demand_total` exactly; the units add up to the whole; shares are shares, gap
    areas hold people without a place; the plan's cost is within its budget and what its kinds add up to, its gap that of its bound.
    """

    def same(claim: str, stated: float, counted: float, slack: float = 5e-4) -> None:
        if abs(stated - counted) > slack:
            raise CheckFailed(f"{claim}: stated {stated}, recounted {counted}")

    for name in ("gap_account", "gap_after"):
        whole = sum(round(v * 1000) for v in found[name].values())
        same(f"{name} adds up to demand_total", whole / 1000, found["demand_total"])
    for key, column in (("population_total", "population"), ("demand_total", "wanted")):
        if found[key] is None:
            continue  # a service without residents
        lost = found["outside_units"][column]
        same(
            f"units add up to {key}",
            sum(u[column] for u in found["units"]) + lost,
            found[key],
            1e-9 * found[key] + 1e-3,
        )
    sound.check_account(found)
    sound.check_shares(found)
    sound.check_areas(found)
    check_kinds(found)
    options.check_options(found)
    yearly.check_years(found)
    made = found["plan"]
    if made:
        same("plan.cost adds up over the kinds", made["cost"], sum(k["cost"] for k in made["by_kind"].values()), 0.01)
        if made["budget"] is not None and made["cost"] > made["budget"]:
            raise CheckFailed(f"plan.cost is within the budget: {made['cost']} > {made['budget']}")
        planned.check_phases(made)
        sound.check_proof(made)
