"""Field checks: which values nobody gave, how much hangs on them, and where the form to fill in is."""

from __future__ import annotations

from geoplan.report import unmeasured
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.sections._blocks import first_rows
from geoplan.report.words import Words
from geoplan.result import Result

SHOWN = 12  # rows on a page; all stand in the form
PAGE = ("site_id", "name", "unit", "what_to_measure", "places_at_stake", "why_it_matters")


def section(result: Result) -> list[Block]:
    """How many values are unknown by what they are, and the first of them; a sentence where nothing is to be measured."""
    words, found = Words.of(result), result.field_checks
    if not len(result.options) and found.empty:
        return []
    if found.empty:
        return [Heading(1, words("field_checks.title")), Paragraph(words("field_checks.none"))]
    sentence = words(
        "field_checks.sentence",
        values=words.number(len(found), "count"),
        sites=words.number(found["site_id"].nunique(), "count"),
    )
    return [
        Heading(1, words("field_checks.title")),
        Paragraph(sentence),
        Paragraph(words("field_checks.form")),
        unmeasured.by_quantity(result),
        first_rows(result, unmeasured.field_checks(result).only(*PAGE), SHOWN),
    ]
