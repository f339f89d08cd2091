"""Supply: the facilities and their places, what counts and why the rest does not, by service mode, and the carers needed."""

from __future__ import annotations

from geoplan.report import supplies
from geoplan.report.model import Block, Heading, Paragraph, Table
from geoplan.report.rules import only_filed
from geoplan.report.words import Words
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """Both figures of the clause on filing, why places do not count, service modes, how places are known, staff, and the years."""
    words = Words.of(result)
    return [
        Heading(1, words("supply.title")),
        Heading(2, words("supply.filed_title")),
        Paragraph(filing_sentence(result)),
        *(kept(supplies.filing(result)) if result.service.supply.only_filed else []),
        *kept(supplies.by_reason(result)),
        *(modes(result) if result.service.supply.modes else []),
        Heading(2, words("supply.places_title")),
        Paragraph(words("supply.places")),
        *kept(supplies.places_from(result)),
        *staff(result),
        Heading(2, words("supply.years_title")),
        Paragraph(words("supply.years")),
        *kept(supplies.by_year(result)),
    ]


def kept(*made: Table) -> list[Block]:
    """Those of the tables that have a row."""
    return [table for table in made if table.rows]


def modes(result: Result) -> list[Block]:
    """The service modes and what else is known of the facilities."""
    words, made = Words.of(result), kept(supplies.by_mode(result))
    heading, none = Heading(2, words("supply.mode_title")), Paragraph(words("supply.no_modes"))
    return [heading, *(made or [none]), *kept(supplies.attributes(result))]


def staff(result: Result) -> list[Block]:
    """The carers that the facilities need; nothing for a service that asks for none."""
    words, made = Words.of(result), supplies.carers(result)
    return [Heading(2, words("supply.carers_title")), made] if made.rows else []


def filing_sentence(result: Result) -> str:
    """Facilities and places that are open, filed and not; by which rule they count, and how many do."""
    words, n, frame = Words.of(result), result.numbers, supplies.by_filing(result)
    cure = result.service.cures.get("filed")
    shown = {f"{code}_facilities": words.number(frame.loc[code, "facility_count"], "count") for code in frame.index}
    shown |= {f"{code}_places": words.number(frame.loc[code, "places"], "number") for code in frame.index}
    return words(
        "supply.filed" if result.service.supply.only_filed else "supply.counted",
        year=str(n["year"]),
        open=words.number(frame["facility_count"].sum(), "count"),
        open_places=words.number(frame["places"].sum(), "number"),
        rule=words("supply.only_filed" if only_filed(result) else "supply.all_counted"),
        clause=words("supply.clause", clause=cure.clause) if cure else "",
        counted=words.number(n["facilities_counted"], "count"),
        places=words.number(n["capacity_counted"], "number"),
        fte=words.number(n["years"][str(n["year"])]["capacity_total"], "number"),
        **shown,
    )
