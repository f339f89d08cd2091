"""Demand: who needs a place, by age band and by class of residential area."""

from __future__ import annotations

from geoplan.report import breakdowns
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.words import Words
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """People and places wanted, by age band and by class, with the uptake that was used."""
    words, n = Words(result.language), result.numbers
    sentence = words(
        "demand.sentence",
        year=str(n["year"]),
        areas=words.number(len(result.demand), "count"),
        population=words.number(n["population_total"], "count"),
        people=words.number(n["people_under_3"], "amount"),
        demand=words.number(n["demand_total"], "amount"),
        service=result.text(result.service.people),
    )
    return [
        Heading(1, words("demand.title")),
        Paragraph(sentence),
        Paragraph(uptake_sentence(result)),
        breakdowns.demand_by_band(result),
        breakdowns.demand_by_class(result),
    ]


def uptake_sentence(result: Result) -> str:
    """Which share of the people is taken to want a place."""
    words = Words(result.language)
    name = (result.settings.get("demand") or {}).get("uptake")
    rates = [f"{words.term('uptake', k)} {words.number(v, 'share')}" for k, v in result.service.uptake.items()]
    listed = ("、" if result.language == "zh" else ", ").join(rates)
    return words("demand.uptake", name=words.term("uptake", name), rates=listed)
