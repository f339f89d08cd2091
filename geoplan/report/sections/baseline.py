"""Baseline: the facilities that serve now, what counts, how far they are, and how the units compare."""

from __future__ import annotations

from geoplan.report import breakdowns, inequality, kinds_of_place
from geoplan.report.figures import figures
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.sections._blocks import table_or
from geoplan.report.words import Words
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """Facilities by kind, coverage by reach, distance to the nearest, inequality, and supply against demand by unit."""
    words = Words.of(result)
    return [
        Heading(1, words("baseline.title")),
        Heading(2, words("baseline.facilities_title")),
        Paragraph(facilities_sentence(result)),
        breakdowns.facilities_by_kind(result),
        Heading(2, words("baseline.reach_title")),
        *(Paragraph(nearest_sentence(result)) for _ in [0] if result.numbers["nearest"]),
        table_or(result, breakdowns.coverage(result), "baseline.no_coverage"),
        *inequality_blocks(result),
        Heading(2, words("baseline.units_title")),
        breakdowns.unit_gaps(result),
        figures(result)["supply"],
        *kinds_of_place.blocks(result),
    ]


def inequality_blocks(result: Result) -> list[Block]:
    """How unevenly access is shared, in one sentence a measure and a table of the whole and the classes."""
    if not result.numbers["inequality"]:
        return []
    heading = Heading(2, Words.of(result)("baseline.inequality_title"))
    sentences = [Paragraph(text) for text in inequality.sentences(result)]
    drawn = figures(result)
    curves = [drawn["lorenz"]] if "lorenz" in drawn else []
    return [heading, *sentences, inequality.inequality(result, units=False), *curves]


def facilities_sentence(result: Result) -> str:
    """How many facilities there are, how many count and how many places a thousand residents have."""
    words, n = Words.of(result), result.numbers
    return words(
        "baseline.facilities" if result.service.of_residents else "baseline.facilities_of_points",
        facilities=words.number(n["facilities"], "count"),
        counted=words.number(n["facilities_counted"], "count"),
        capacity=words.number(n["capacity_total"], "number"),
        counted_capacity=words.number(n["capacity_counted"], "number"),
        per_1000=words.number(breakdowns.per_1000(n["capacity_counted"], n["population_total"]), "number"),
    )


def nearest_sentence(result: Result) -> str:
    """How far the nearest facility is, on average and for nine in ten."""
    words, nearest = Words.of(result), result.numbers["nearest"]
    mean, p90 = words.number(nearest["mean"], "amount"), words.number(nearest["p90"], "amount")
    return words("baseline.nearest", mean=mean, p90=p90, unit=words.unit(nearest["unit"]))
