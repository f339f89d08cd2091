"""Land: what the plan takes, and how much of it is farmland."""

from __future__ import annotations

import pandas as pd

from geoplan.report import breakdowns, tables
from geoplan.report.model import Block, Heading, Paragraph, Table
from geoplan.report.sections._blocks import first_rows
from geoplan.report.words import Words
from geoplan.result import Result


def section(result: Result) -> list[Block]:
    """Land and farmland by kind, and the options that take land."""
    words = Words.of(result)
    if not len(result.chosen):
        return [Heading(1, words("land.title")), Paragraph(words("land.none"))]
    chosen = result.chosen.reindex(columns=["land_m2", "farmland_m2"]).astype(float)
    sentence = words(
        "land.sentence",
        land=words.number(chosen["land_m2"].sum(skipna=False), "count"),
        farmland=words.number(chosen["farmland_m2"].sum(skipna=False), "count"),
        without=words.number(int((chosen["land_m2"] == 0).sum()), "count"),
        sites=words.number(len(chosen), "count"),
        unknown=words.number(int(chosen["land_m2"].isna().sum()), "count"),
    )
    head: list[Block] = [Heading(1, words("land.title")), Paragraph(sentence), Paragraph(words("land.note"))]
    return [
        *head,
        breakdowns.land_by_kind(result),
        *(first_rows(result, t) for t in [land_sites(result)] if t.rows),
    ]


def land_sites(result: Result) -> Table:
    """The options chosen that take land, or whose land is unknown."""
    frame = tables.option_words(result, result.chosen).reset_index(drop=True)
    taking = ~(pd.to_numeric(frame["land_m2"]) == 0) if "land_m2" in frame else pd.Series(True, index=frame.index)
    names = ["option_id", "name", "unit", "kind", "land_m2", "farmland_m2", "verdict"]
    return tables.table(result, "land_sites", frame[taking].sort_values("option_id"), names)
