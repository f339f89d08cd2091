"""Near-term projects: what is to be built or converted, year by year, by whom and with whose money, as a list that can be filed."""

from __future__ import annotations

from geoplan.report import tables
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.sections._blocks import first_rows
from geoplan.report.words import Words
from geoplan.result import Result

COLUMNS = ("phase", "name", "unit", "kind", "places", "cost", "supply_mode", "departments")


def section(result: Result) -> list[Block]:
    """One row a project of the plan; nothing where there is none."""
    if not len(result.chosen):
        return []
    words, table = Words.of(result), tables.programme(result)
    listed = tables.renamed(result, table.only(*COLUMNS), "projects")
    return [
        Heading(1, words("projects.title")),
        Paragraph(words("projects.sentence", count=words.number(len(table.rows), "count"))),
        first_rows(result, listed, sheet="plan"),
    ]
