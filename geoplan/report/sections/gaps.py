"""Gaps: who has no place, why, and in which areas."""

from __future__ import annotations

from geoplan.report import breakdowns, causes, tables
from geoplan.report.figures import figures
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.sections._blocks import first_rows, table_or
from geoplan.report.sections.summary import gap_sentence
from geoplan.report.tables import UNSERVED
from geoplan.report.words import Words
from geoplan.result import Result

AREA = ("rank", "name", "unit", "unserved", *(c for c in UNSERVED if c != "not_joined"), "stability", "confidence")


def section(result: Result) -> list[Block]:
    """The five causes by age band, unit and planning year, what would cure each, the map, and the ranked gap areas."""
    words, drawn = Words.of(result), figures(result)
    return [
        Heading(1, words("gaps.title")),
        Heading(2, words("gaps.account_title")),
        Paragraph(gap_sentence(result)),
        Paragraph(words("gaps.causes")),
        breakdowns.gap_account(result, planned=False),
        *([breakdowns.gaps_by_band(result)] if len(result.service.bands) > 1 else []),
        *([drawn["causes"]] if "causes" in drawn else []),
        Heading(2, words("gaps.years_title")),
        Paragraph(words("gaps.years")),
        causes.account_by_year(result),
        Heading(2, words("gaps.cures_title")),
        Paragraph(words("gaps.cures")),
        causes.causes(result),
        Heading(2, words("gaps.map_title")),
        drawn["gaps"],
        Heading(2, words("gaps.areas_title")),
        *(Paragraph(text) for text in [confidence(result)] if text),
        table_or(result, first_rows(result, tables.gap_areas(result).only(*AREA), 30), "gaps.no_areas"),
    ]


def confidence(result: Result) -> str:
    """What confidence and stability of a gap area mean; nothing where there are none or they have neither."""
    words = Words.of(result)
    if not len(result.gap_areas):
        return ""
    return "".join(words(f"gaps.{name}") for name in ("confidence", "stability") if name in result.gap_areas)
