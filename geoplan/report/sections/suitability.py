"""Suitability: which options score best, by what, and whether other weights would choose others."""

from __future__ import annotations

from geoplan.report import weighed
from geoplan.report.figures import figures
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.words import Words
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """The criteria with weights and marks, the best options with the share of each criterion, and how far that hangs on the weights."""
    drawn = figures(result).get("suitability")
    if drawn is None:
        return []
    words = Words.of(result)
    return [
        Heading(1, words("suitability.title")),
        Paragraph(words("suitability.sentence", count=words.number(len(weighed.offered(result)), "count"))),
        weighed.criteria(result),
        Heading(2, words("suitability.top_title")),
        Paragraph(sensitivity(result)),
        drawn,
        weighed.top(result),
        weighed.shares(result),
    ]


def sensitivity(result: Result) -> str:
    """How many of the first options stay among the first with every other set of weights."""
    words, tried = Words.of(result), weighed.variants(result)
    first = min(weighed.TOP, len(weighed.offered(result)))
    if not tried:
        return words("suitability.untested", top=words.number(first, "count"))
    return words(
        "suitability.tested",
        top=words.number(first, "count"),
        variants=words.number(tried, "count"),
        stays=words.number(weighed.staying(result), "count"),
    )
