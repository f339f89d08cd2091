"""Demand: who needs a place, how they were found, how many there will be, and how many places they want."""

from __future__ import annotations

from typing import Any

from geoplan.report import breakdowns, projections
from geoplan.report.figures import figures
from geoplan.report.model import Block, Bullets, Heading, Paragraph
from geoplan.report.words import Words
from geoplan.result import Result

HARDLY = 0.0005  # a change that is shown as 0.0 %


def section(result: Result) -> list[Block]:
    """The children of the base year, the cohorts, and the places wanted by year, band, level and class."""
    words = Words.of(result)
    return [
        Heading(1, words("demand.title")),
        *(base(result) if result.service.of_residents else []),
        *cohorts(result),
        Heading(2, words("demand.wanted_title")),
        Paragraph(sentence(result)),
        *(Paragraph(text) for text in [change(result)] if text),
        *(Paragraph(uptake_sentence(result)) for _ in [0] if len(set(result.service.uptake.values())) > 1),
        projections.levels(result) if result.numbers["demand_levels"] else projections.years(result).only(*YEARS),
        *([breakdowns.demand_by_band(result)] if len(result.service.bands) > 1 else []),
        breakdowns.demand_by_class(result),
    ]


YEARS = ("year", "band", "band_people", "wanted")


def sentence(result: Result) -> str:
    """People and places wanted of the planned year."""
    words, n = Words.of(result), result.numbers
    return words(
        "demand.sentence" if result.service.of_residents else "demand.sentence_of_points",
        year=str(n["year"]),
        areas=words.number(len(result.demand), "count"),
        population=words.number(n["population_total"], "count"),
        base=projections.base_year(result),
        people=words.number(n["people_total"], "amount"),
        young=projections.young(result, n["year"]),
        demand=words.number(n["demand_total"], "amount"),
        service=projections.served(result),
    )


def base(result: Result) -> list[Block]:
    """How the children of the base year were found, what the other methods would give, and who is counted apart."""
    words, found = Words.of(result), result.numbers["basis"]
    head = Heading(2, words("demand.base_title"))
    if not found.get("method"):
        return [head, Paragraph(words("demand.no_basis"))]
    method = words(
        "demand.base",
        year=str(result.numbers["cohorts"][0]["year"]),
        people=words.number(found["under_three"], "count"),
        method=words.term("age_method", found["method"]),
        rule=found["rule"],
    )
    return [head, Paragraph(method), *tables_of_methods(result), Bullets(counted_apart(result, found))]


def tables_of_methods(result: Result) -> list[Block]:
    """The other methods beside the one used, where the ages had to be estimated."""
    made = projections.age_methods(result)
    return [made] if made.rows else []


def counted_apart(result: Result, found: dict[str, Any]) -> tuple[str, ...]:
    """How a census was spread, the migrant infants, and residents against the registered population."""
    words, lines = Words.of(result), []
    if found.get("spread"):
        lines.append(words("demand.spread", rule=found["spread"]))
    if found["migrants"] is None:
        lines.append(words("demand.no_migrants"))
    else:
        share = found["migrants"] / found["under_three"] if found["under_three"] else None
        lines.append(
            words(
                "demand.migrants", people=words.number(found["migrants"], "count"), share=words.number(share, "share")
            )
        )
    residents = result.numbers["population_total"]
    if found["registered"] is None:
        lines.append(words("demand.no_registered", residents=words.number(residents, "count")))
    else:
        more = found["registered"] - residents
        counts = {"registered": found["registered"], "residents": residents, "more": abs(more)}
        key = "demand.registered" if more >= 0 else "demand.registered_less"
        lines.append(words(key, **{k: words.number(v, "count") for k, v in counts.items()}))
    return tuple(lines)


def cohorts(result: Result) -> list[Block]:
    """Births and children under three, year by year, with the figure; nothing where there are no ages."""
    words, rows = Words.of(result), result.numbers["cohorts"]
    if not rows:
        return []
    born = [row for row in rows if row.get("births") is not None]
    said = words(
        "demand.cohorts",
        base=str(rows[0]["year"]),
        last=str(rows[-1]["year"]),
        before=words.number(rows[0]["under_three"], "count"),
        after=words.number(rows[-1]["under_three"], "count"),
        births=words.term("uptake", projections.births_level(result)),
        first_births=words.number(born[0]["births"] if born else None, "count"),
        first=str(born[0]["year"] if born else rows[0]["year"]),
        last_births=words.number(born[-1]["births"] if born else None, "count"),
    )
    drawn = figures(result)
    picture = [drawn[name] for name in ("years", "pyramid") if name in drawn]
    return [Heading(2, words("demand.years_title")), Paragraph(said), projections.cohorts(result), *picture]


def change(result: Result) -> str:
    """What falling or rising demand asks for, in one plain sentence; nothing with a single planning year."""
    words, share, years = Words.of(result), result.numbers["change_of_demand"], list(result.numbers["years"])
    if share is None:
        return ""
    key = "same" if abs(share) < HARDLY else "fewer" if share < 0 else "more"
    return words(f"demand.{key}", first=years[0], last=years[-1], share=words.number(abs(share), "share"))


def uptake_sentence(result: Result) -> str:
    """Which share of the people is taken to want a place."""
    words = Words.of(result)
    name = (result.settings.get("demand") or {}).get("uptake")
    rates = [f"{words.term('uptake', k)} {words.number(v, 'share')}" for k, v in result.service.uptake.items()]
    listed = ("、" if result.language == "zh" else ", ").join(rates)
    return words("demand.uptake", name=words.term("uptake", name), rates=listed)
