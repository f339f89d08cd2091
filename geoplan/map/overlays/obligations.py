"""Obligations: new areas short of places, old areas without a facility, employers, and pilots that have a position."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import Text
from geoplan.map.overlay import NO_TEXT, Class, Column, Features, Overlay, Shape
from geoplan.map.overlays._features import column, from_table, named, terms, unit_names
from geoplan.map.overlays._options import OUTCOMES, filled
from geoplan.map.words import catalogue, term, word
from geoplan.profiles.units import unit_text
from geoplan.result import Result

LOOKS: dict[str, tuple[str, Shape]] = {
    "new_area": ("#00805d", "square"),
    "old_area": ("#8a2a12", "triangle"),
    "employer": ("#7a5195", "pentagon"),
    "pilot": ("#8c6d00", "star"),
}


def overlay(result: Result) -> Overlay | None:
    """A mark a subject, by rule and outcome; those without a position are counted in the legend."""
    table = result.obligations
    if table.empty:
        return None
    table = table.reset_index(drop=True).sort_values(["rule", "subject_id"], kind="stable", ignore_index=True)
    places = positions(result, table)
    frame, missing = table[places.notna().to_numpy()], int(places.isna().sum())
    if frame.empty:
        return None
    groups = [group_of(str(rule)) for rule in frame["rule"]]
    found = sorted(set(groups), key=lambda g: (list(LOOKS).index(g) if g in LOOKS else len(LOOKS), g))
    ids = [f"{rule}:{i}" for rule, i in zip(frame["rule"], frame["subject_id"], strict=True)]
    geometry = places.dropna().set_axis(ids)
    features = Features(
        "obligations", word("obligations"), "point", geometry, named(frame), tuple(rows(result, frame)), searched=False
    )
    of = np.array([found.index(g) for g in groups], np.uint8)
    mark = np.array([OUTCOMES.index(o) for o in frame["outcome"]], np.uint8)
    note = word("without_position", count=missing) if missing else NO_TEXT
    return Overlay("obligations", word("obligations"), "options", 42, features, tuple(drawn(g) for g in found), of, note,
                   size=np.full(len(frame), 6.0), mark=mark, marks=tuple(term("outcome", o) for o in OUTCOMES), fanned=True)  # fmt: skip


def group_of(rule: str) -> str:
    """The kind of obligation; pilots of all kinds are one.

    >>> group_of("pilot_community"), group_of("old_area")
    ('pilot', 'old_area')
    """
    return "pilot" if rule.startswith("pilot") else rule


def drawn(group: str) -> Class:
    """The legend entry of a kind of obligation."""
    colour, shape = LOOKS.get(group, ("#59636e", "circle"))
    return Class(term("obligation", group), colour, shape=shape)


def positions(result: Result, table: pd.DataFrame) -> gpd.GeoSeries:
    """Where each subject is: its own geometry, else the demand point, facility or site with its id; missing where none is known."""
    known: dict[str, Any] = {}
    for frame in (result.options.drop_duplicates("site_id").set_index("site_id"), result.facilities, result.demand):
        known |= dict(zip(frame.index.astype(str), frame.geometry, strict=True))
    if "built_from" in result.options.columns:
        origin = result.options["built_from"].astype(str).str.split(":", n=1).str[-1]
        known = dict(zip(origin, result.options.geometry, strict=True)) | known
    found = gpd.GeoSeries([known.get(str(i)) for i in table["subject_id"]], index=table.index, crs=result.area.crs)
    if "geometry" in table.columns:
        own = gpd.GeoSeries(table["geometry"], index=table.index, crs=result.area.crs)
        found = own.where(own.notna(), found)
    return found.representative_point().where(found.notna(), None)


def rows(result: Result, frame: pd.DataFrame) -> list[Column]:
    """What is asked, given and short, and what would cure it."""
    units = [None if pd.isna(u) or u == "" else unit_text(str(u)) for u in frame["unit"]]
    names = dict(zip(result.options.index, named(result.options), strict=True))
    cures = [None if not o else f"{names.get(o, o)}（{o}）" for o in frame["option_id"]]
    made = [
        column(word("column.rule"), [title(result, str(rule)) for rule in frame["rule"]]),
        unit_names(result, frame),
        *(column(word(f"column.{c}"), with_units(result, frame[c], units)) for c in ("asked", "given", "short")),
    ]
    made += from_table(frame, [("behind", "count", "of_four")])
    made.append(column(word("column.outcome"), terms("outcome", frame["outcome"])))
    made += [column(word("column.best_option"), cures), *from_table(filled(frame), [("clause", "text", "")])]
    notes = [None if pd.isna(note) or note == "" else said(result, note) for note in frame["note"]]
    return [*made, column(word("column.note"), notes, "note")]


def said(result: Result, note: Any) -> str:
    """A note in the language of the study."""
    return result.text(note) if isinstance(note, Text) else str(note)


def with_units(result: Result, values: pd.Series, units: list[Text | None]) -> list[str | None]:
    """Numbers with the unit of their own row."""
    return [
        None if pd.isna(v) else f"{float(v):,.10g} {result.text(u) if u else ''}".strip()
        for v, u in zip(values.round(3), units, strict=True)
    ]


def title(result: Result, rule: str) -> Text:
    """The name of a rule; a pilot by the title of the service."""
    for pilot in result.service.pilots:
        if rule == f"pilot_{pilot.kind}":
            return pilot.title
    return catalogue().get(f"obligation.{group_of(rule)}") or Text(rule, rule)
