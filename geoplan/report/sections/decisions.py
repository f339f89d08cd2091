"""Decision log: what the planner pinned and banned against the free plan, why, and what that costs."""

from __future__ import annotations

from geoplan.report import phased
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.words import Words
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """The decisions with their reasons and their price together; nothing where there are none."""
    if not (result.numbers["plan"] or {}).get("decisions"):
        return []
    words = Words.of(result)
    return [Heading(1, words("decisions.title")), Paragraph(phased.price(result)), phased.decisions(result)]
