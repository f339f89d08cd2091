"""Summary: what was found, what is proposed, and what was repaired in the data."""

from __future__ import annotations

from geoplan.report import breakdowns, projections
from geoplan.report.model import Block, Bullets, Heading, Paragraph
from geoplan.report.sections.demand import change
from geoplan.report.sections.plan import verdict_of_plan
from geoplan.report.words import Words
from geoplan.result import CAUSES, Result


def section(result: Result) -> list[Block]:
    """The findings in plain sentences, the key numbers, and the repairs that were made."""
    words = Words.of(result)
    return [
        Heading(1, words("summary.title")),
        *(Paragraph(words("synthetic.body")) for _ in [0] if result.synthetic),
        Paragraph(demand_sentence(result)),
        Paragraph(gap_sentence(result)),
        *(Paragraph(text) for text in [change(result)] if text),
        Paragraph(verdict_of_plan(result)),
        breakdowns.key_numbers(result),
        projections.year_totals(result),
        Heading(2, words("summary.repairs_title")),
        *repairs(result),
    ]


def demand_sentence(result: Result) -> str:
    """Who needs a place, and what there is."""
    words, n = Words.of(result), result.numbers
    return words(
        "summary.demand" if result.service.of_residents else "summary.demand_of_points",
        points=words.number(len(result.demand), "count"),
        year=str(n["year"]),
        service=projections.served(result),
        population=words.number(n["population_total"], "count"),
        base=projections.base_year(result),
        people=words.number(n["people_total"], "amount"),
        young=projections.young(result, n["year"]),
        demand=words.number(n["demand_total"], "amount"),
        facilities=words.number(n["facilities"], "count"),
        counted=words.number(n["facilities_counted"], "count"),
        capacity=words.number(n["capacity_counted"], "number"),
    )


def gap_sentence(result: Result) -> str:
    """How many have no place, and the largest cause; or that all have one."""
    words, account = Words.of(result), result.numbers["gap_account"]
    unserved = {cause: account[cause] for cause in CAUSES if cause != "served"}
    if not any(unserved.values()):
        return words("summary.no_gap", served=words.number(account["served"], "amount"))
    worst = max(unserved, key=lambda cause: unserved[cause])
    total = sum(account.values())
    return words(
        "summary.gap",
        served=words.number(account["served"], "amount"),
        share=words.number(account["served"] / total if total else None, "share"),
        unserved=words.number(sum(unserved.values()), "amount"),
        worst=CAUSES[worst].to(result.language),
        people=words.number(unserved[worst], "amount"),
        areas=words.number(len(result.gap_areas), "count"),
    )


def repairs(result: Result) -> list[Block]:
    """Each repair and each row left out, in words; or that there was none."""
    words = Words.of(result)
    made = [f for f in result.findings if f.severity == "repair"]
    if not made:
        return [Paragraph(words("summary.no_repairs"))]
    count = words.number(sum(f.count for f in made), "count")
    lines = [
        words("summary.repair", sentence=f.sentence(result.language), count=words.number(f.count, "count"))
        for f in made
    ]
    more = [words("summary.more_repairs", count=words.number(len(lines) - 10, "count"))] if len(lines) > 10 else []
    return [Paragraph(words("summary.repairs", count=count)), Bullets((*lines[:10], *more))]
