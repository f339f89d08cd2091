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
    words, found = Words.of(result), result.numbers["pilots"]
    kinds = [p.kind for p in result.service.pilots]
    done = sum(row[k] == "done" for row in found for k in kinds)
    counts = {"done": words.number(done, "count"), "all": words.number(len(found) * len(kinds), "count")}
    return [
        Heading(1, words("indicators.title")),
        Paragraph(words("indicators.sentence", year=str(result.year))),
        targets.indicators(result, short=True),
        Heading(2, words("indicators.goals_title")),
        targets.goals(result),
        Heading(2, words("indicators.pilots_title")),
        Paragraph(words("indicators.pilots", **counts)),
        targets.pilots(result),
    ]
