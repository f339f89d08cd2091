"""Indicators: the table of target assessment by county, the goals of each phase, and the pilots."""

from __future__ import annotations

from geoplan.report import targets
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.words import Words
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """The indicators that fit a page (all stand in the workbook), which goals are met, and which pilots are done."""
    if not result.numbers["indicators"]:
        return []
    words = Words.of(result)
    return [
        Heading(1, words("indicators.title")),
        Paragraph(words("indicators.sentence", year=str(result.year))),
        targets.indicators(result, short=True),
        *goals(result),
        *pilots(result),
    ]


def goals(result: Result) -> list[Block]:
    """Which goals are met; nothing for a service without goals."""
    if not result.service.goals:
        return []
    return [Heading(2, Words.of(result)("indicators.goals_title")), targets.goals(result)]


def pilots(result: Result) -> list[Block]:
    """Which pilots are done; nothing for a service without pilots."""
    words, found = Words.of(result), result.numbers["pilots"]
    kinds = [p.kind for p in result.service.pilots]
    if not kinds:
        return []
    done = sum(row[k] == "done" for row in found for k in kinds)
    counts = {"done": words.number(done, "count"), "all": words.number(len(found) * len(kinds), "count")}
    sentence = Paragraph(words("indicators.pilots", **counts))
    return [Heading(2, words("indicators.pilots_title")), sentence, targets.pilots(result)]
