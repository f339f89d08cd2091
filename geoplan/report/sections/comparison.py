"""Scenario comparison: the key numbers of this scenario beside those of the base, and what was changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from geoplan.report import breakdowns, records
from geoplan.report.model import Block, Cell, Heading, Paragraph, Table
from geoplan.report.numbers import missing
from geoplan.report.words import Words
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """Nothing in the base itself, or where the base was not run together with the scenario."""
    if not result.beside:
        return []
    words = Words.of(result)
    years = {"base": str(result.beside["year"]), "here": str(result.year)}
    return [
        Heading(1, words("comparison.title")),
        Paragraph(words("comparison.sentence", scenario=result.scenario, **years)),
        against_base(result),
        *([table] if (table := records.changes(result)).rows else []),
    ]


def against_base(result: Result) -> Table:
    """The key numbers that both scenarios have, and their difference."""
    words, base = Words.of(result), replace(result, numbers=result.beside, beside={})
    known = {row[0]: row[1] for row in breakdowns.key_numbers(base).rows}
    rows = tuple(
        (title, known[title], here, difference(known[title], here), unit)
        for title, here, unit in breakdowns.key_numbers(result).rows
        if title in known
    )
    columns = words.columns("indicator", "base_figure", "figure", "difference_of", "unit_of_measure")
    return Table("against_base", words("table.against_base"), columns, rows)


def difference(base: Any, here: Any) -> Cell:
    """How much more there is here; not known where either is not."""
    values = [cell.value for cell in (base, here)]
    return Cell(None if any(map(missing, values)) else values[1] - values[0], here.kind)
