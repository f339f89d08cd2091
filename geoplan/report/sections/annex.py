"""Annex: the tables one row a thing; the full lists stand in the workbook."""

from __future__ import annotations

from geoplan.report import records, tables
from geoplan.report.model import Block, Heading, PageBreak, Paragraph
from geoplan.report.sections._blocks import first_rows, table_or
from geoplan.report.words import Words
from geoplan.result import CAUSES, Result

FACILITY = ("facility_id", "name", "unit", "kind", "filed", "counted", "places")
RESIDENTIAL = ("demand_id", "name", "unit", "wanted", *CAUSES)
OPTION = ("option_id", "name", "unit", "kind", "places", "cost", "verdict")


def section(result: Result) -> list[Block]:
    """Facilities, residential areas with the largest gaps, options, and the verdicts on the options chosen."""
    words = Words.of(result)
    return [
        PageBreak(),
        Heading(1, words("annex.title")),
        Paragraph(words("annex.sentence")),
        Heading(2, words("table.facilities")),
        table_or(result, first_rows(result, tables.facilities(result).only(*FACILITY)), "annex.none"),
        Heading(2, words("table.residential")),
        table_or(result, first_rows(result, tables.residential(result).only(*RESIDENTIAL)), "annex.none"),
        *(options(result) if result.service.options else []),
    ]


def options(result: Result) -> list[Block]:
    """The options, and the verdicts on those chosen (on all where none is)."""
    words, checked = Words.of(result), result.chosen if len(result.chosen) else result.options
    return [
        Heading(2, words("table.options")),
        table_or(result, first_rows(result, tables.options(result).only(*OPTION)), "annex.none"),
        Heading(2, words("table.verdicts")),
        table_or(result, first_rows(result, records.verdicts(result, checked)), "annex.none"),
    ]
