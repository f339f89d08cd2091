"""Refused: which rule refuses how many options, how many by itself, and of how many it is not known."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from geoplan.profiles.standard import Standard
from geoplan.report.model import Cell, Table
from geoplan.report.rule_tables import asked
from geoplan.report.rules import as_rule, valued
from geoplan.report.words import Words
from geoplan.result import Result

COUNTS = ("judged", "failed", "refused", "only", "unknown")
PAGE = ("standard", "force", "asked_value", "refused", "refused_only", "failed", "unknown", "basis")


def counts(result: Result) -> pd.DataFrame:
    """The counts by standard, those that refuse most first, then by how many fail and are unknown; then in the order of the profile."""
    found = result.refusals.reindex(columns=list(COUNTS)).astype(float)
    return found.sort_values(["refused", "failed", "unknown"], ascending=False, kind="stable")


def refusals(result: Result) -> Table:
    """Every standard that was judged: what it asks, whether it must or should hold, and how many options fail it."""
    words, found, rows = Words.of(result), counts(result), []
    for name, row in found.iterrows():
        rule = result.service.standards.get(str(name))
        head = said(result, rule) if rule else (str(name), *[None] * 7)
        rows.append((*head, *(row[c] for c in COUNTS)))
    names = ["standard", "force", "asked_value", "value", "unit_of_measure", "clause", "source", "mark"]
    columns = words.columns(*names, "judged", "failed", "refused", "refused_only", "unknown")
    return Table("refusals", words("table.refusals"), columns, tuple(rows), words("options.refusals_note"))


def said(result: Result, standard: Standard) -> tuple[str | Cell, ...]:
    """A standard in words; one that may not be cited names no clause and no source."""
    rule = as_rule(result, result.text(standard.title), standard, ())
    force = Words.of(result).term("force", standard.force)
    return (rule.title, force, asked(rule, result), valued(standard.value, standard.unit), rule.unit, rule.clause, rule.source,
            rule.mark)  # fmt: skip


def page(result: Result) -> Table:
    """The standards that some option fails or of which something is not known, as a page shows them."""
    full = refusals(result)
    at = {column.name: place for place, column in enumerate(full.columns)}
    rows = tuple(
        (*row[:3], row[at["refused"]], row[at["refused_only"]], row[at["failed"]], row[at["unknown"]], basis(row, at))
        for row in full.rows
        if row[at["failed"]] or row[at["unknown"]]
    )
    return replace(full, columns=Words.of(result).columns(*PAGE), rows=rows)


def basis(row: tuple[object, ...], at: dict[str, int]) -> str:
    """The clause of a standard (its source where it names none) and how sure it is, or the mark alone where they may not be cited."""
    cited, mark = str(row[at["clause"]] or row[at["source"]] or ""), str(row[at["mark"]] or "")
    return f"{cited} [{mark}]" if cited else mark
