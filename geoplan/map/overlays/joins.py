"""Points that join the streets only after a long move, on a detached piece, or not at all."""

from __future__ import annotations

import numpy as np

from geoplan.map.overlay import Class, Features, Overlay
from geoplan.map.overlays._features import column, from_table, named, residents, terms, unit_names
from geoplan.map.words import term, word
from geoplan.result import Result

STATES = {"moved": "#eeb23a", "detached": "#c4583c", "no_street": "#43357a"}


def overlay(result: Result) -> Overlay | None:
    """A circle a demand point, facility or site that is not near a street of the main piece."""
    frame = result.joins
    if frame.empty:
        return None
    columns = [
        column(word("column.id"), frame.index),
        column(word("column.role"), terms("what", frame["role"])),
        unit_names(result, frame),
        column(word("column.state"), terms("joining", frame["state"])),
        *from_table(frame, [("distance_m", "amount", "m")]),
        *residents(result, frame),
    ]
    ids = [f"{role}:{i}" for role, i in zip(frame["role"], frame.index, strict=True)]
    features = Features("joins", word("joins"), "point", frame.geometry.set_axis(ids), named(frame), tuple(columns))
    of = np.array([list(STATES).index(s) for s in frame["state"]], np.uint8)
    classes = tuple(Class(term("joining", s), colour) for s, colour in STATES.items())
    return Overlay("joins", word("joins"), "points", 45, features, classes, of)
