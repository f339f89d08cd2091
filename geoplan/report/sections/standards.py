"""Standards: the rules that were used, each with value, clause, source and how sure that is, and the numbers behind which it stands."""

from __future__ import annotations

from geoplan.report import rule_tables
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.rules import profile_rules
from geoplan.report.topics import USES, tables_of
from geoplan.report.words import Words
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """Which rules stand behind which number, what the study replaced, and the rules by topic; what is to be verified is never cited."""
    words, rules = Words.of(result), [rule for _, rule, _ in profile_rules(result)]
    counts = {"count": len(rules), "open": sum(rule.mark == "G" for rule in rules)}
    shown = {name: words.number(value, "count") for name, value in counts.items()}
    note = result.text(result.service.note)
    return [
        Heading(1, words("standards.title")),
        Paragraph(words("standards.sentence", profile=result.text(result.service.title), **shown)),
        *(Paragraph(text) for text in [note] if text),
        Heading(2, words("standards.numbers_title")),
        Paragraph(words("standards.numbers")),
        rule_tables.number_rules(result, together=True),
        *replaced(result),
        Heading(2, words("standards.rules_title")),
        Paragraph(words("standards.note")),
        *(block for topic in USES for block in rules_of(result, topic)),
    ]


def replaced(result: Result) -> list[Block]:
    """The values that the study replaced, old and new; nothing where it replaced none."""
    words, made = Words.of(result), rule_tables.overrides(result)
    return [Heading(2, words("standards.replaced_title")), made] if made.rows else []


def rules_of(result: Result, topic: str) -> list[Block]:
    """What a topic decides, and its rules; nothing where the profile has none."""
    words, made = Words.of(result), rule_tables.behind(result, topic)
    none = words("standards.no_number") if topic != "unused" and not tables_of(topic) else ""
    return [Paragraph(words(f"topic_what.{topic}") + none), made] if made.rows else []
