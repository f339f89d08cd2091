"""People by year: how those of the base year were found, the cohorts, places wanted at each level, and every planning year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoplan.report.model import Table
from geoplan.report.tables import UNSERVED, table
from geoplan.report.words import Words
from geoplan.result import CAUSES, Result

ALL = "all"  # the band that stands for all bands in the numbers of a result
LEVELS = ("low", "mid", "high")
COHORTS = ("year", "births", "deaths", "moves", "age_0", "age_1", "age_2", "under_three")
REASONS = ("wrong_not_open", "wrong_filed", "wrong_inclusive", "wrong_hours", "wrong_small", "wrong_age")


def band_title(result: Result, band: str) -> str:
    """The title of an age band; of all bands together: total."""
    titles = {b.id: result.text(b.title) for b in result.service.bands}
    return Words.of(result)("total") if band == ALL else titles.get(band, band)


def served(result: Result) -> str:
    """Who is counted as wanting a place, in words: the people of the service, with the months of its age bands."""
    words, people = Words.of(result), result.text(result.service.people)
    return words("people.aged", people=people, months=words.months) if words.months else people


def base_year(result: Result) -> str:
    """Of which year the residents are, in brackets; nothing where it is not known."""
    base = (result.settings.get("years") or {}).get("base")
    return Words.of(result)("people.base", year=str(base)) if base else ""


def young(result: Result, year: int) -> str:
    """All children under three of a year, as a part of a sentence; nothing where they are not known."""
    words, found = Words.of(result), under_three(result, year)
    return words("people.young", people=words.number(found, "count")) if found is not None else ""


def under_three(result: Result, year: int) -> float | None:
    """All children under three of a year, from the cohorts; None where they are not known."""
    found = {row["year"]: row["under_three"] for row in result.numbers["cohorts"]}
    return found.get(year)


def births_level(result: Result) -> str:
    """Which births the study uses: low, mid or high."""
    return str((result.settings.get("demand") or {}).get("births", "mid"))


def uptake_level(result: Result) -> str:
    """The level of uptake of the study, mid where it sets a share of its own."""
    given = (result.settings.get("demand") or {}).get("uptake", "mid")
    return given if isinstance(given, str) else "mid"


def age_methods(result: Result) -> Table:
    """Children under three of the base year by each way to split the census ages, and which was used."""
    words, basis = Words.of(result), result.numbers["basis"]
    used = basis.get("under_three")
    rows = tuple(
        (words.term("age_method", name), value, used and value / used - 1, name == basis["method"])
        for name, value in (basis.get("by_method") or {}).items()
    )
    columns = words.columns("age_method", "under_three", "difference", "used")
    return Table("age_methods", words("table.age_methods"), columns, rows, words("demand.methods_note"))


def cohorts(result: Result) -> Table:
    """Births, deaths, moves and children by single age, year by year, of the whole study area."""
    return table(
        result, "cohorts", pd.DataFrame(result.numbers["cohorts"]), COHORTS, Words.of(result)("demand.cohorts_note")
    )


def levels(result: Result) -> Table:
    """Places wanted by planning year and band at each uptake for the births used, and the range that the births leave."""
    births, uptake = births_level(result), uptake_level(result)
    found = {(r["births"], r["year"], r["band"]): r for r in result.numbers["demand_levels"]}
    rows = []
    for (level, year, band), row in found.items():
        if level == births:
            ends = {f"births_{b}": found.get((b, year, band), {}).get(uptake) for b in ("low", "high")}
            rows.append(
                {"year": year, "band": band_title(result, band), **{f"uptake_{v}": row[v] for v in LEVELS}, **ends}
            )
    names = ["year", "band", *(f"uptake_{v}" for v in LEVELS), "births_low", "births_high"]
    words = Words.of(result)
    said = {"births": words.term("uptake", births), "uptake": words.term("uptake", uptake)}
    frame = pd.DataFrame(rows, columns=names).dropna(axis="columns", how="all")
    return table(result, "levels", frame, names, words("demand.levels_note", **said))


def demand_levels(result: Result) -> Table:
    """Places wanted by births, year and band at each level of uptake: every combination."""
    words = Words.of(result)
    rows = [
        {"births_level": words.term("uptake", r["births"]), "year": r["year"], "band": band_title(result, r["band"]),
         **{f"uptake_{v}": r[v] for v in LEVELS}}
        for r in result.numbers["demand_levels"]
    ]  # fmt: skip
    names = ["births_level", "year", "band", *(f"uptake_{v}" for v in LEVELS)]
    return table(result, "demand_levels", pd.DataFrame(rows, columns=names), names)


def year_totals(result: Result) -> Table:
    """Every planning year in one row: children, places wanted, places that count, served and not served."""
    rows = []
    for year, n in result.numbers["years"].items():
        whole = {"year": int(year), "under_three": under_three(result, int(year)), "people": n["people_total"]}
        rows.append({**whole, **outcome(n), "fte": n["capacity_total"]})
    names = ["year", "under_three", "people", "wanted", "fte", "served", "unserved", "share"]
    frame = pd.DataFrame(rows, columns=names)
    kept = [c for c in names if c != "under_three" or frame[c].notna().any()]
    return table(
        result, "year_totals", frame, kept, Words.of(result)("years.note") if result.service.supply.modes else ""
    )


def outcome(n: Mapping[str, Any]) -> dict[str, Any]:
    """Places wanted, served, without a place, and the share served, of the numbers of a planning year."""
    served, wanted = n["gap_account"]["served"], n["wanted_total"]
    return {
        "wanted": wanted,
        "served": served,
        "unserved": wanted - served,
        "share": served / wanted if wanted else None,
    }


def years(result: Result) -> Table:
    """Every planning year by age band: people, places wanted, places that count, and the five causes."""
    rows = []
    for year, n in result.numbers["years"].items():
        for band in result.service.band_ids:
            account = {c: n["by_band"][band][c] for c in ("wanted", *CAUSES)}
            own = {"band_people": n["people"][band], "fte": n["capacity"][band]}
            rows.append({"year": int(year), "band": band_title(result, band), **own, **account})
    return table(result, "years", pd.DataFrame(rows), ["year", "band", "band_people", "wanted", "fte", *CAUSES])


def year_units(result: Result) -> Table:
    """Every planning year by county-level unit: places wanted, the five causes and the reasons of the wrong kind."""
    names, rows = dict(result.units["name"]), []
    for year, n in result.numbers["years"].items():
        for unit, row in n["units"].items():
            rows.append({"year": int(year), "unit_id": unit, "unit": names.get(unit, unit), **row})
    frame = pd.DataFrame(rows)
    if len(frame):
        frame["unserved"] = frame[UNSERVED].sum(axis=1)
    return table(result, "year_units", frame, ["year", "unit_id", "unit", "wanted", *CAUSES, "unserved", *REASONS])


def gap_reasons(result: Result) -> Table:
    """Who reaches only places that do not count, by year, band and the reason that is easiest to cure."""
    rows = [
        {"year": int(year), "band": band_title(result, band), **n["by_band"][band]}
        for year, n in result.numbers["years"].items()
        for band in result.service.band_ids
    ]
    return table(result, "gap_reasons", pd.DataFrame(rows), ["year", "band", "wrong_kind", *REASONS])
