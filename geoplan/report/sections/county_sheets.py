"""County sheets: one page for each county, with its map, its indicators, its gap by year and its largest gap areas."""

from __future__ import annotations

from collections import Counter
from functools import partial

from geoplan.report import targets
from geoplan.report.figures import picture
from geoplan.report.maps import county_map
from geoplan.report.model import Block, Figure, Heading, PageBreak, Paragraph, Table
from geoplan.report.tables import UNSERVED
from geoplan.report.words import Words
from geoplan.result import Result

LARGEST = 5  # gap areas that are named


def section(result: Result) -> list[Block]:
    """The baseline of every county on a page of its own."""
    if not result.numbers["indicators"]:
        return []
    words = Words.of(result)
    units = [r["key"] for r in result.numbers["indicators"] if r["key"] in result.area.units.index]
    pages = [block for unit in units for block in page(result, unit)]
    return [
        Heading(1, words("county_sheets.title")),
        Paragraph(words("county_sheets.sentence")),
        index(result, units),
        *pages,
    ]


def index(result: Result, units: list[str]) -> Table:
    """The counties in the order of their sheets, with what is wanted, what is missing and how many areas it is missing in."""
    words, areas = Words.of(result), Counter(area["unit_id"] for area in result.numbers["gap_areas"])
    gap = result.units[list(UNSERVED)].sum(axis=1)
    rows = [
        (targets.name_of(result, u), result.units["wanted"][u], result.units["served"][u], gap[u], areas[u])
        for u in units
    ]
    columns = words.columns("unit", "wanted", "served", "unserved", "gap_areas")
    return Table("county_index", words("table.county_index"), columns, tuple(rows))


def page(result: Result, unit: str) -> list[Block]:
    """The sheet of one county."""
    words, name = Words.of(result), targets.name_of(result, unit)
    drawn = picture(partial(county_map, result, unit=unit), (6.3, 1.6), trim=False)
    caption = words("figure.county", name=name)
    return [
        PageBreak(),
        Heading(2, name),
        Paragraph(areas_sentence(result, unit), small=True),
        Figure(caption, drawn, caption),
        targets.county_years(result, unit),
        targets.county(result, unit),
    ]


def areas_sentence(result: Result, unit: str) -> str:
    """Where most children of the county have no place, and which pilots are missing."""
    words = Words.of(result)
    found = [a for a in result.numbers["gap_areas"] if a["unit_id"] == unit][:LARGEST]
    comma = "、" if result.language == "zh" else ", "
    named = comma.join(
        words("county_sheets.area", name=a["name"], people=words.number(a["people"], "amount")) for a in found
    )
    row: dict[str, str] = next((r for r in result.numbers["pilots"] if r["key"] == unit), {})
    lacking = comma.join(result.text(p.title) for p in result.service.pilots if row.get(p.kind) == "missing")
    areas = words("county_sheets.areas", areas=named) if named else words("county_sheets.no_areas")
    return areas + (words("county_sheets.pilots", pilots=lacking) if lacking else "")
