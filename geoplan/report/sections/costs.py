"""Costs: what the plan costs by phase, kind and who pays, between which values, and to run each year."""

from __future__ import annotations

import pandas as pd

from geoplan.report import breakdowns
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.words import Words
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """The investment against the budget, by phase and by kind, and the cost of running it."""
    words, plan = Words.of(result), result.numbers["plan"]
    if not plan or not len(result.chosen):
        return [Heading(1, words("costs.title")), Paragraph(words("costs.none"))]
    running = pd.to_numeric(result.chosen.reindex(columns=["annual_cost"])["annual_cost"])
    sentence = words(
        "costs.sentence",
        cost=words.number(plan["cost"], "yuan"),
        budget=words.number(plan["budget"], "yuan"),
        per_place=words.number(plan["cost"] / plan["places"] if plan["places"] else None, "yuan"),
        annual=words.number(running.sum(skipna=False), "yuan"),
        low=words.number(total(result, "cost_low"), "yuan"),
        high=words.number(total(result, "cost_high"), "yuan"),
    )
    return [
        Heading(1, words("costs.title")),
        Paragraph(sentence),
        Paragraph(words("costs.note")),
        breakdowns.cost_by_phase(result),
        breakdowns.cost_by_kind(result),
        *([breakdowns.cost_by_source(result)] if "paid_by" in result.chosen else []),
    ]


def total(result: Result, column: str) -> float | None:
    """The sum of a column over the options chosen; unknown where one of them has none."""
    return float(result.chosen[column].astype(float).sum(skipna=False)) if column in result.chosen else None
