"""Obligations: what must be built and is not yet, the pilots that are missing, and the best option for each."""

from __future__ import annotations

from geoplan.report import obliged
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.sections._blocks import first_rows
from geoplan.report.words import Words
from geoplan.result import Result

SHOWN = 15  # rows of each group; all stand in the workbook


def section(result: Result) -> list[Block]:
    """New residential areas, old areas, employers and pilots: how many are short, where, and what would cure it; nothing where none is asked."""
    if result.obligations.empty:
        return []
    words, by_unit = Words.of(result), obliged.by_unit(result)
    return [
        Heading(1, words("obligations.title")),
        Paragraph(words("obligations.sentence")),
        *([by_unit] if by_unit.rows else []),
        *(block for group in obliged.GROUPS for block in group_blocks(result, group)),
    ]


def group_blocks(result: Result, group: str) -> list[Block]:
    """One group: how many are met, not met and unknown, and the first of those that are not met; nothing where there is none."""
    words, counts = Words.of(result), obliged.counts(result, group)
    if not counts["count"]:
        return []
    shown = {name: words.number(value, "count") for name, value in counts.items()}
    made = obliged.short_of(result, group)
    return [
        Heading(2, words(f"obligations.{group}_title")),
        Paragraph(words(f"obligations.{group}", **shown)),
        *([first_rows(result, made, SHOWN, "obligations")] if made.rows else []),
    ]
