"""What the clauses say of options: each rule once, and the verdicts by its number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from geoplan.errors import Text
from geoplan.map.overlay import NO_TEXT, Column, Rule
from geoplan.map.words import term, word
from geoplan.profiles.service import ServiceProfile
from geoplan.profiles.source_words import source_text
from geoplan.profiles.standard import Standard, Verdict
from geoplan.profiles.units import unit_text

KINDS: dict[str, Literal["number", "share", "flag"]] = {
    "share": "share",
    "met": "flag",
}  # by unit; other units are numbers


def verdict_column(service: ServiceProfile, verdicts: Iterable[Any]) -> Column:
    """The verdicts of each option as (number of the rule, outcome, value measured); none where there are none."""
    numbers: dict[tuple[Any, ...], int] = {}
    rules: list[Rule] = []
    rows = []
    for many in verdicts:
        row = []
        for verdict in many if isinstance(many, (list, tuple)) else ():
            key = (verdict.standard, verdict.asked, verdict.unit, verdict.force)
            if key not in numbers:
                numbers[key] = len(rules)
                rules.append(rule_of(verdict, service.standards.get(verdict.standard)))
            row.append((numbers[key], verdict.outcome, verdict.measured))
        rows.append(row)
    return Column(word("column.verdicts"), rows, "verdicts", rules=tuple(rules))


def rule_of(verdict: Verdict, standard: Standard | None) -> Rule:
    """What was asked by a verdict; its clause stands there only if the standard may be cited, else how sure it is."""
    title = standard.title if standard else Text(verdict.standard, verdict.standard)
    sense = term("sense", (standard.sense if standard else "") or "given")
    reference = cited(standard) if standard else verdict.clause
    kind = KINDS.get(verdict.unit, "number")
    unit = NO_TEXT if kind != "number" else unit_text(verdict.unit)
    return Rule(verdict.standard, title, sense, float(verdict.asked), unit, kind, reference, verdict.force == "must")


def cited(standard: Standard) -> Text:
    """Source and clause of a standard, or how sure its value is where it may not be cited.

    >>> rule = Standard("reach", Text("reach", ""), 300, "m", "at_most", Text("5.0.3", "第5.0.3条"), "GB 50180", "F")
    >>> cited(rule).zh
    'GB 50180 第5.0.3条'
    """
    if not standard.cited:
        return term("reference", standard.mark)
    pairs = zip(source_text(standard.source), standard.clause, strict=True)
    en, zh = (" ".join(part for part in pair if part) for pair in pairs)
    return Text(en, zh)
