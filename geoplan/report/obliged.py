"""Obliged: what must be built and is not (new and old residential areas, employers, pilots), and the best option for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from geoplan.errors import Text
from geoplan.profiles.units import unit_text
from geoplan.report import tables
from geoplan.report.model import Column, Table
from geoplan.report.words import Words, option_kind
from geoplan.result import Result

PILOT = "pilot"
GROUPS = ("new_area", "old_area", "employer", PILOT)
COLUMNS = {
    "new_area": ("unit", "name", "asked_for", "there_is", "short", "behind", "outcome", "best_option"),
    "old_area": ("unit", "name", "outcome", "best_option"),
    "employer": ("unit", "name", "asked_for", "there_is", "outcome", "best_option"),
    PILOT: ("unit", "pilot", "asked_for", "there_is", "outcome", "best_option"),
}  # fmt: skip


def group_of(rule: Any) -> str:
    """The group of a rule: all pilots are one.

    >>> group_of("pilot_community"), group_of("old_area")
    ('pilot', 'old_area')
    """
    return PILOT if str(rule).startswith(PILOT) else str(rule)


def rule_title(result: Result, rule: Any) -> str:
    """What a rule asks for, in words; a pilot by the title that the service gives its kind."""
    kinds = {f"{PILOT}_{p.kind}": p.title for p in result.service.pilots}
    return result.text(kinds[rule]) if rule in kinds else Words.of(result).term("obligation", rule)


def rows(result: Result) -> pd.DataFrame:
    """The obligations in words, those that fail first; within that the largest shortfall, and first what an option would cure."""
    found, words = pd.DataFrame(result.obligations).drop(columns="geometry", errors="ignore"), Words.of(result)
    order = found["outcome"].map({"fail": 0, "unknown": 1, "pass": 2}).fillna(1)
    place = {group: n for n, group in enumerate(GROUPS)}
    groups = found["rule"].map(group_of)
    places, missing = groups.map(place).fillna(len(place)), -found["short"].fillna(0.0)
    frame = found.assign(group=groups, order=order, place=places, missing=missing)
    frame["without"] = frame["option_id"] == ""
    frame = frame.sort_values(["place", "order", "missing", "without", "unit_id", "subject_id"], kind="stable")
    shown = tables.with_titles(result, frame.reset_index(drop=True))
    shown["obligation"] = shown["pilot"] = [rule_title(result, rule) for rule in frame["rule"]]
    shown["outcome"] = [words.term("obliged", o) for o in frame["outcome"]]
    shown["met"] = (frame["outcome"] == "pass").to_numpy()
    shown["best_option"] = [option_title(result, o) for o in frame["option_id"]]
    shown["unit_of_measure"] = [result.text(unit_text(u)) for u in frame["unit"]]
    shown["unit"] = [unit_name(result, u) for u in frame["unit_id"]]
    shown["note"] = [result.text(n) if isinstance(n, Text) else n for n in frame["note"]]
    return shown.rename(columns={"asked": "asked_for", "given": "there_is"})


def unit_name(result: Result, unit: Any) -> Any:
    """The name of a county-level unit by its code."""
    return result.units["name"].get(unit, unit) if "name" in result.units else unit


def option_title(result: Result, option: Any) -> str:
    """Name and kind of an option; nothing where there is none."""
    if option not in result.options.index:
        return ""
    row = result.options.loc[option]
    name, kind = str(row["name"] or row["site_id"]), option_kind(result, row["kind"])
    return Words.of(result)("obligations.option", name=name, kind=kind)


def obligations(result: Result) -> Table:
    """Every obligation, one a row: what is asked, what there is, the shortfall, and the best option."""
    words = Words.of(result)
    if result.obligations.empty:
        return Table("obligations", words("table.obligations"), (), ())
    names = ["obligation", "subject_id", "name", "unit", "asked_for", "there_is", "short", "unit_of_measure", "behind", "outcome",
             "option_id", "best_option", "note", "clause"]  # fmt: skip
    return tables.table(result, "obligations", rows(result), names)


def short_of(result: Result, group: str) -> Table:
    """The obligations of a group that are not met or not known."""
    frame = rows(result)
    frame = frame[(frame["group"] == group) & ~frame["met"]]
    return tables.table(result, f"obliged_{group}", frame, COLUMNS[group])


def counts(result: Result, group: str) -> dict[str, int]:
    """How many obligations of a group there are, and how many are met, not met and unknown."""
    own = result.obligations[result.obligations["rule"].map(group_of) == group]
    found = own["outcome"].value_counts()
    return {"count": len(own), **{o: int(found.get(o, 0)) for o in ("pass", "fail", "unknown")}}


def by_unit(result: Result) -> Table:
    """How many obligations of each group are not met, by county-level unit."""
    words, found = Words.of(result), result.obligations
    groups = [g for g in GROUPS if (found["rule"].map(group_of) == g).any()]
    failing = found[found["outcome"] == "fail"]
    crossed = pd.crosstab(failing["unit_id"], failing["rule"].map(group_of)).reindex(columns=groups, fill_value=0)
    units: Sequence[Any] = [u for u in result.units.index if u in crossed.index]
    columns = (words.column("unit"), *(Column(words(f"obliged.short_{g}"), "", "count", g) for g in groups))
    made = tuple((unit_name(result, u), *crossed.loc[u].tolist()) for u in units)
    return Table("obliged_by_unit", words("table.obliged_by_unit"), columns, made)
