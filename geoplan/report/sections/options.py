"""Options: what could be done, what it would cost, and which clauses refuse how much of it."""

from __future__ import annotations

from geoplan.report import breakdowns, refused
from geoplan.report.figures import figures
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.sections._blocks import first_rows, table_or
from geoplan.report.words import Words
from geoplan.result import Result

SHOWN = 15  # rules on a page; all stand in the workbook


def section(result: Result) -> list[Block]:
    """The options by kind with how many pass, fail or are unknown; their cost; and what refuses them."""
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
        *(Paragraph(text) for text in [search_areas(result)] if text),
        table_or(result, breakdowns.options_by_kind(result), "options.none"),
        *(costs(result) if len(result.options) else []),
        *(refusals(result) if len(result.refusals) else []),
    ]


def search_areas(result: Result) -> str:
    """How many options are areas to search and not yet sites; nothing where none is."""
    words = Words.of(result)
    found = int(result.options["search_area"].eq(True).sum()) if "search_area" in result.options else 0
    return words("options.search_areas", count=words.number(found, "count")) if found else ""


def costs(result: Result) -> list[Block]:
    """What the options offered would cost, with lower and upper value."""
    made = breakdowns.option_costs(result)
    return [Heading(2, Words.of(result)("options.costs_title")), made] if made.rows else []


def refusals(result: Result) -> list[Block]:
    """Which rules refuse how many options, in a sentence, a chart and a table."""
    words, found = Words.of(result), refused.counts(result)
    alone = int(found["only"].sum())
    sentence = words(
        "options.refusals",
        refused=words.number(result.numbers["options"]["fail"], "count"),
        rules=words.number(int((found["refused"] > 0).sum()), "count"),
        alone=words.number(alone, "count"),
    )
    drawn = figures(result).get("refusals")
    made = refused.page(result)
    return [
        Heading(2, words("options.refusals_title")),
        Paragraph(sentence),
        *([drawn] if drawn else []),
        *([first_rows(result, made, SHOWN)] if made.rows else []),
    ]
