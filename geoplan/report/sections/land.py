"""Land: what the land-use bureau has to provide, by phase, planning code and way of supply; taxes and fees."""

from __future__ import annotations

import pandas as pd

from geoplan.report import land_use
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.sections._blocks import first_rows
from geoplan.report.words import Words
from geoplan.result import Result

SHOWN = 30  # sites on a page; all stand in the workbook
# what the notice calls the catalogue, which is probably a slip, and the one that governs allocation
AS_WRITTEN, MEANT = "规划用地目录", "划拨用地目录"


def section(result: Result) -> list[Block]:
    """The land of the plan, farmland conversion and quota, ways of supply with their conditions, fees, and the land of the options offered."""
    words = Words.of(result)
    return [
        Heading(1, words("land.title")),
        *(plan(result) if len(result.chosen) else [Paragraph(words("land.none"))]),
        *fees(result),
        *offered(result),
    ]


def plan(result: Result) -> list[Block]:
    """What the options chosen take, by phase and code, how it is supplied, and at which sites."""
    words = Words.of(result)
    by_phase, modes, sites = (f(result) for f in (land_use.by_phase, land_use.supply_modes, land_use.sites))
    made: list[Block] = [Paragraph(sentence(result)), Paragraph(words("land.note"))]
    made += [by_phase] if by_phase.rows else []
    made += [Heading(2, words("land.supply_title")), modes]
    made += [Paragraph(text) for text in [slip(result)] if text]
    if sites.rows:
        made += [Heading(2, words("land.sites_title")), first_rows(result, sites, SHOWN)]
    return made


def sentence(result: Result) -> str:
    """How much land, farmland and new construction land the options chosen take."""
    words, frame = Words.of(result), land_use.planned(result)
    return words(
        "land.sentence",
        land=words.number(frame["land_m2"].sum(skipna=False), "count"),
        farmland=words.number(frame["farmland_m2"].sum(skipna=False), "count"),
        new=words.number(frame["new_land_m2"].sum(skipna=False), "count"),
        without=words.number(int((frame["land_m2"] == 0).sum()), "count"),
        sites=words.number(len(frame), "count"),
        unknown=words.number(int(pd.isna(frame["land_m2"]).sum()), "count"),
    )


def slip(result: Result) -> str:
    """That the catalogue is quoted as written, where a way of supply of this plan names it and does not say so itself."""
    modes = result.service.supply_modes
    used = {mode for mode in land_use.planned(result)["supply_mode"] if mode in modes}
    conditions = [result.text(modes[mode][1]) for mode in sorted(used)]
    unsaid = any(AS_WRITTEN in text and MEANT not in text for text in conditions)
    return Words.of(result)("land.catalogue") if unsaid else ""


def fees(result: Result) -> list[Block]:
    """Taxes and fees, on or off; nothing for a service that has none."""
    words = Words.of(result)
    if not result.service.fees:
        return []
    return [Heading(2, words("land.fees_title")), Paragraph(words("land.fees")), land_use.fees(result)]


def offered(result: Result) -> list[Block]:
    """The land of all the options offered; nothing where none takes land."""
    made = land_use.offered(result)
    return [Heading(2, Words.of(result)("land.offered_title")), made] if made.rows else []
