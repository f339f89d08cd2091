"""Severed pairs: who lives or stands near one another in a straight line, and yet far on foot."""

from __future__ import annotations

import numpy as np

from geoplan.errors import Text
from geoplan.map.overlay import Class, Features, Overlay
from geoplan.map.overlays._features import column, from_table, residents, terms, unit_names
from geoplan.map.words import term, word
from geoplan.result import Result

BETWEEN = {"railways": "#43357a", "rivers": "#2c6488", "expressways": "#d55e00", "": "#c4583c"}


def overlay(result: Result) -> Overlay | None:
    """A line a pair, coloured by what lies between."""
    frame = result.severed
    if frame.empty:
        return None
    columns = [
        column(word("column.from_name"), frame["from_name"]),
        column(word("column.to_name"), frame["to_name"]),
        column(word("column.to_role"), terms("what", frame["to_role"])),
        unit_names(result, frame),
        *from_table(frame, [("straight_m", "amount", "m")]),
        column(word("column.way_m"), frame["way_m"], "amount", "m"),
        column(word("column.between"), [between(b) for b in frame["between"]]),
        *residents(result, frame),
    ]
    names = [f"{a} – {b}" for a, b in zip(frame["from_name"], frame["to_name"], strict=True)]
    ids = [f"{a}–{b}" for a, b in zip(frame["from_id"], frame["to_id"], strict=True)]
    features = Features("severed", word("severed"), "line", frame.geometry.set_axis(ids), names, tuple(columns))
    of = np.array([list(BETWEEN).index(b) for b in frame["between"]], np.uint8)
    classes = tuple(Class(between(b), line=colour, width=3.0) for b, colour in BETWEEN.items())
    return Overlay("severed", word("severed"), "points", 46, features, classes, of)


def between(barrier: str) -> Text:
    """What lies between, as a term; nothing known is said so."""
    return term("between", barrier or "unknown")
