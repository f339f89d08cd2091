"""Small tables that a section shows: the key numbers, the gap account, and sums by kind, class, unit, phase, department."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from geoplan.report.model import Cell, Table
from geoplan.report.projections import served, under_three
from geoplan.report.tables import UNSERVED, cause_title
from geoplan.report.tables import table as frame_table
from geoplan.report.words import Words, option_kind
from geoplan.result import CAUSES, Result

SUMS = frozenset({"count", "amount", "yuan"})
TEN_THOUSAND = 10_000.0
PLACES = frozenset({"places", "places_counted"})


def with_total(result: Result, built: Table, also: Collection[str] = (), but: Collection[str] = ()) -> Table:
    """The table with a last row that sums its counts, people, places and money; `also` and `but` name more and fewer columns."""
    words = Words.of(result)
    rows = list(built.rows)
    if len(rows) < 2:
        return built
    total: list[Any] = [words("total")]
    for place, column in enumerate(built.columns[1:], start=1):
        values = [row[place] for row in rows]
        is_sum = column.kind in SUMS or column.name in {*PLACES, *also}
        total.append(sum(values) if is_sum and column.name not in but else None)
    return replace(built, rows=(*rows, tuple(total)))


def key_numbers(result: Result) -> Table:
    """The numbers of the summary, each with its unit."""
    words, n = Words.of(result), result.numbers
    rows: list[tuple[Any, ...]] = []

    def row(name: str, value: Any, kind: Any, unit: str = "") -> None:
        rows.append((words(f"key.{name}"), Cell(value, words.kind(kind, unit)), words.unit(unit)))

    of_residents = result.service.of_residents
    if of_residents:
        row("population_total", n["population_total"], "count", "persons")
    title, age = words("key.people_total", people=served(result)), under_three(result, n["year"])
    rows.append((title, Cell(n["people_total"], words.kind("amount", "persons")), words.unit("persons")))
    if age is not None:
        rows.append((words("key.under_three", year=str(n["year"])), Cell(age, "amount"), words.unit("persons")))
    row("demand_total", n["demand_total"], "amount", "places")
    row("facilities", n["facilities"], "count", "facilities")
    row("facilities_counted", n["facilities_counted"], "count", "facilities")
    row("capacity_total", n["capacity_total"], "number", "places")
    row("capacity_counted", n["capacity_counted"], "number", "places")
    if of_residents:
        row("places_per_1000", per_1000(n["capacity_counted"], n["population_total"]), "number", "places/1,000")
    for cause in CAUSES:
        title = words("key.cause", cause=cause_title(words, cause))
        rows.append((title, Cell(n["gap_account"][cause], words.kind("amount", "persons")), words.unit("persons")))
    if n["nearest"]:
        row("nearest_mean", n["nearest"]["mean"], "amount", n["nearest"]["unit"])
        row("nearest_p90", n["nearest"]["p90"], "amount", n["nearest"]["unit"])
    if result.service.options:
        row("options", n["options"]["count"], "count")
    if n["plan"]:
        row("plan_sites", len(n["plan"]["sites"]), "count")
        row("plan_places", n["plan"]["places"], "number", "places")
        row("plan_cost", n["plan"]["cost"], "yuan", "yuan")
        row("served_more", n["plan"]["served_more"], "amount", "persons")
    columns = words.columns("indicator", "figure", "unit_of_measure")
    return Table("summary", words("table.summary"), columns, tuple(rows))


def per_1000(places: float, people: float) -> float | None:
    """Places a thousand residents; unknown without residents."""
    return round(1000 * places / people, 2) if people else None


def gap_account(result: Result, planned: bool) -> Table:
    """The five causes with their shares, and the same with the plan if `planned`; they add up to the demand."""
    words, n = Words.of(result), result.numbers
    before, after = n["gap_account"], n["gap_after"]
    total = sum(before.values()) or None
    rows = []
    for cause in [*CAUSES, ""]:
        now, then = (before[cause], after[cause]) if cause else (sum(before.values()), sum(after.values()))
        title = cause_title(words, cause) if cause else words("total")
        rows.append((title, now, total and now / total, *((then, total and then / total) if planned else ())))
    names = ["cause", "before", "share", *(["after", "share_after"] if planned else [])]
    return Table(
        "gap_account",
        words("table.gap_account"),
        words.columns(*names),
        tuple(rows),
        words("gaps.account_note"),
    )


def gaps_by_band(result: Result) -> Table:
    """Demand and the five causes by age band."""
    sums = records(result.numbers["by_band"])[["wanted", *CAUSES]]
    sums.insert(0, "band", [result.text(band.title) for band in result.service.bands])
    return with_total(result, frame_table(result, "gaps_by_band", sums, map(str, sums.columns)))


def records(found: Mapping[str, Any]) -> pd.DataFrame:
    """Numbers by key and name as a table; what is unknown is missing."""
    return pd.DataFrame.from_dict(dict(found), orient="index")


def coverage(result: Result) -> Table:
    """The share of the places wanted within each reach, before and after the plan, and by straight line before it."""
    words, n = Words.of(result), result.numbers
    shown = {"coverage": n["coverage"]}
    shown |= {"coverage_after": n["coverage_after"]} if n["plan"] else {}
    shown |= {"straight_coverage": n["straight_coverage"]} if n.get("straight_coverage") else {}
    rows = [
        (words("coverage.within", reach=reach), *(by_reach.get(reach) for by_reach in shown.values()))
        for reach in n["coverage"]
    ]
    note = words("coverage.straight_note") if "straight_coverage" in shown else ""
    return Table("coverage", words("table.coverage"), words.columns("reach", *shown), tuple(rows), note)


def facilities_by_kind(result: Result) -> Table:
    """Facilities and their places by kind, and how many count as supply."""
    sums = records(result.numbers["facilities_by_kind"]).rename(columns={"counted": "counted_number"})
    sums.insert(0, "kind", [option_kind(result, k) for k in sums.index])
    return with_total(result, frame_table(result, "facilities_by_kind", sums, map(str, sums.columns)))


def demand_by_band(result: Result) -> Table:
    """People and places wanted by age band."""
    sums = records(result.numbers["by_band"])[["people", "wanted"]].rename(columns={"people": "band_people"})
    sums.insert(0, "band", [result.text(band.title) for band in result.service.bands])
    return with_total(result, frame_table(result, "demand_by_band", sums, map(str, sums.columns)))


def demand_by_class(result: Result) -> Table:
    """Residents, people and places wanted by class of residential area, and the share served."""
    sums = records(result.numbers["by_class"]).rename(columns={"demand_points": "areas"})
    sums.insert(0, "class", [Words.of(result).term("class", c) for c in sums.index])
    sums["share"] = sums["served"] / sums["wanted"].where(sums["wanted"] > 0)
    return with_total(result, frame_table(result, "demand_by_class", sums, map(str, sums.columns)))


def unit_gaps(result: Result) -> Table:
    """Demand, supply, the gap and coverage by unit."""
    frame = result.units.reset_index(drop=True)
    frame["unit"], frame["unserved"] = frame["name"], frame[UNSERVED].sum(axis=1)
    frame["share"] = frame["served"] / frame["wanted"].where(frame["wanted"] > 0)
    names = ["unit", "people", "wanted", "places", "served", "unserved", "share"]
    return with_total(result, frame_table(result, "unit_gaps", frame, names))


def unit_plan(result: Result) -> Table:
    """What the plan does in each unit."""
    frame = result.units.reset_index(drop=True)
    frame["unit"] = frame["name"]
    frame["change"] = frame["served_after"] - frame["served"]
    frame["unserved_after"] = frame["wanted"] - frame["served_after"]
    names = ["unit", "sites", "cost", "served", "served_after", "change", "unserved_after"]
    return with_total(result, frame_table(result, "unit_plan", frame, names))


def options_by_kind(result: Result) -> Table:
    """Options by kind: how many pass, fail or are unknown, and the places that they would give."""
    groups = result.options.groupby("kind")
    sums = groups[["places"]].sum()
    outcomes = pd.crosstab(result.options["kind"], result.options["verdict"])
    for place, outcome in enumerate(("pass", "unknown", "fail")):
        sums.insert(place, outcome, outcomes.get(outcome, 0))
    sums.insert(0, "count", groups.size())
    sums.insert(0, "kind", [option_kind(result, k) for k in sums.index])
    return with_total(result, frame_table(result, "options_by_kind", sums, map(str, sums.columns)))


def option_costs(result: Result) -> Table:
    """What the options offered of each kind would cost: lower, middle and upper value, and the mean for a place."""
    offered = result.options[result.options["verdict"] != "fail"]
    groups = offered.reindex(columns=["kind", "places", "cost_low", "cost", "cost_high"]).groupby("kind")
    sums = groups.agg(lambda values: values.astype(float).sum(skipna=False))
    sums["mean_cost"] = sums["cost"] / sums["places"].where(sums["places"] > 0)
    for name, column in (("wan_low", "cost_low"), ("wan_mid", "cost"), ("wan_high", "cost_high")):
        sums[name] = sums[column] / TEN_THOUSAND
    sums.insert(0, "offered", groups.size())
    sums.insert(0, "kind", [option_kind(result, k) for k in sums.index])
    names = ["kind", "offered", "places", "wan_low", "wan_mid", "wan_high", "mean_cost"]
    return replace(frame_table(result, "option_costs", sums, names), note=Words.of(result)("options.costs_note"))


def chosen_by(
    result: Result, name: str, found: Mapping[str, Any], column: str, titles: Sequence[str] | None = None
) -> Table:
    """The options chosen, counted and summed by a key; `titles` word the keys in their order."""
    sums = records(found)
    if sums.empty:
        sums = pd.DataFrame(columns=["count", "places", "cost", "annual_cost", "land_m2", "farmland_m2"])
    sums.insert(0, column, list(sums.index) if titles is None else list(titles))
    return with_total(result, frame_table(result, name, sums, map(str, sums.columns)))


def plan_by_kind(result: Result) -> Table:
    """The options chosen by kind."""
    found = (result.numbers["plan"] or {}).get("by_kind", {})
    return chosen_by(result, "plan_by_kind", found, "kind", [option_kind(result, k) for k in found])


def plan_by_phase(result: Result) -> Table:
    """The options chosen by phase; a phase is written as text, for the total stands below it."""
    found = (result.numbers["plan"] or {}).get("by_phase", {})
    return chosen_by(result, "plan_by_phase", found, "phase_name")


def cost_by_phase(result: Result) -> Table:
    """Budget and cost by phase; the budget is unknown where the study gives none by phase."""
    built = plan_by_phase(result).only("phase_name", "places", "cost", "annual_cost")
    given = (result.settings.get("plan") or {}).get("budget")
    budget = {str(k): v for k, v in given.items()} if isinstance(given, dict) else {}
    column = Words.of(result).column("budget")
    rows = tuple((row[0], budget.get(row[0]), *row[1:]) for row in built.rows)
    columns = (built.columns[0], column, *built.columns[1:])
    caption = Words.of(result)("table.cost_by_phase")
    return replace(built, name="cost_by_phase", caption=caption, columns=columns, rows=rows)


def cost_by_kind(result: Result) -> Table:
    """Cost by kind, in all, a place, and a year."""
    built = plan_by_kind(result).only("kind", "places", "cost", "annual_cost")
    columns = (*built.columns, Words.of(result).column("cost_per_place"))
    rows = tuple((*row, row[2] / row[1] if row[1] else None) for row in built.rows)
    caption = Words.of(result)("table.cost_by_kind")
    return replace(built, name="cost_by_kind", caption=caption, columns=columns, rows=rows)


def cost_by_source(result: Result) -> Table:
    """Who bears the cost of the plan: the central subsidy, and the rest by who pays it; a sum with an unknown part is unknown."""
    words, payers = Words.of(result), result.service.payers
    frame = pd.DataFrame(result.chosen).reindex(columns=["cost", "subsidy", "paid_by"])
    subsidy, rest = frame["subsidy"].astype(float), (frame["cost"] - frame["subsidy"]).astype(float)
    by_payer = rest.groupby(frame["paid_by"].fillna("").astype(str)).agg(lambda values: values.sum(skipna=False))
    rows = [(words("costs.central"), subsidy.sum(skipna=False))]
    rows += [
        (result.text(payers[p]) if p in payers else p or words("costs.no_payer"), by_payer[p]) for p in by_payer.index
    ]
    columns = words.columns("source_of_money", "cost")
    return with_total(result, Table("cost_by_source", words("table.cost_by_source"), columns, tuple(rows)))
