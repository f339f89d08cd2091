"""Departments: who has to do what, by lead department."""

from __future__ import annotations

from typing import Any

from geoplan.report import breakdowns
from geoplan.report.model import Block, Heading, Paragraph, Table
from geoplan.report.words import Words, option_kind
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """The options chosen by lead department, and the departments of each kind of option."""
    words = Words.of(result)
    head = [Heading(1, words("departments.title")), Paragraph(words("departments.sentence"))]
    tasks = [tasks_by_department(result)] if len(result.chosen) else [Paragraph(words("departments.none"))]
    return [*head, *tasks, duties(result)]


def lead(result: Result, kind: str) -> str:
    """The lead department of a kind of option; a dash where the profile names none."""
    known = result.service.options.get(kind)
    return result.text(known.departments[0]) if known and known.departments else Words.of(result).number(None, "text")


def tasks_by_department(result: Result) -> Table:
    """What each lead department has to carry out: the kinds of option that it leads, put together."""
    kinds = breakdowns.records(result.numbers["plan"]["by_kind"]).astype(float)
    groups: Any = kinds.groupby([lead(result, kind) for kind in kinds.index])
    sums = groups.agg(lambda values: values.sum(skipna=False))  # a sum with an unknown part is unknown
    return breakdowns.chosen_by(result, "tasks_by_department", sums.to_dict("index"), "department")


def duties(result: Result) -> Table:
    """Lead and supporting departments of each kind of option, with the clause that it serves."""
    words = Words.of(result)
    stop = "、" if result.language == "zh" else ", "
    rows = [
        (
            option_kind(result, k.id),
            lead(result, k.id),
            stop.join(result.text(d) for d in k.departments[1:]),
            result.text(k.clause),
        )
        for k in result.service.options.values()
    ]
    columns = words.columns("kind", "department", "supporting", "clause")
    return Table("duties", words("table.duties"), columns, tuple(rows))
