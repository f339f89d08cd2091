"""Standards: the rules that were used, each with value, clause, source and how sure that is."""

from __future__ import annotations

from geoplan.report import records
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.words import Words
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """The standards; those to be verified are counted and never cited."""
    words, rules = Words(result.language), records.rules(result)
    open_ones = sum(rule.mark == "G" for _, rule in rules)
    counts = {"count": words.number(len(rules), "count"), "open": words.number(open_ones, "count")}
    sentence = words("standards.sentence", profile=result.text(result.service.title), **counts)
    note = result.text(result.service.note)
    return [
        Heading(1, words("standards.title")),
        Paragraph(sentence),
        *(Paragraph(text) for text in [note] if text),
        records.standards(result),
    ]
