"""Gaps: who has no place, why, and in which areas."""

from __future__ import annotations

from geoplan.report import breakdowns, tables
from geoplan.report.figures import figures
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.sections._blocks import first_rows, table_or
from geoplan.report.sections.summary import gap_sentence
from geoplan.report.words import Words
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """The five causes, on the map, by age band and unit, and the ranked gap areas."""
    words = Words(result.language)
    return [
        Heading(1, words("gaps.title")),
        Heading(2, words("gaps.account_title")),
        Paragraph(gap_sentence(result)),
        Paragraph(words("gaps.causes")),
        breakdowns.gap_account(result, planned=False),
        breakdowns.gaps_by_band(result),
        figures(result)["causes"],
        Heading(2, words("gaps.map_title")),
        figures(result)["gaps"],
        Heading(2, words("gaps.areas_title")),
        table_or(result, first_rows(result, tables.gap_areas(result), 30), "gaps.no_areas"),
    ]
