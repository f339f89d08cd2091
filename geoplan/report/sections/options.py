"""Options: what could be done, and what the clauses say of it."""

from __future__ import annotations

from geoplan.report import breakdowns
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.sections._blocks import table_or
from geoplan.report.words import Words
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """The options by kind, with how many pass, fail or are unknown."""
    words, counts = Words.of(result), result.numbers["options"]
    sentence = words(
        "options.sentence",
        count=words.number(counts["count"], "count"),
        passed=words.number(counts["pass"], "count"),
        failed=words.number(counts["fail"], "count"),
        unknown=words.number(counts["unknown"], "count"),
    )
    return [
        Heading(1, words("options.title")),
        Paragraph(sentence),
        Paragraph(words("options.unknown")),
        table_or(result, breakdowns.options_by_kind(result), "options.none"),
    ]
