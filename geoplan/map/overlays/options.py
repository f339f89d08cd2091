"""Options: what could be done at every site, by kind and verdict."""

from __future__ import annotations

import numpy as np

from geoplan.map.overlay import Class, Overlay
from geoplan.map.overlays._features import options
from geoplan.map.palette import KIND_COLOURS
from geoplan.map.words import term, word
from geoplan.result import Result

OUTCOMES = ("pass", "unknown", "fail")


def overlay(result: Result) -> Overlay | None:
    """A small mark an option: filled where all clauses hold, hollow where some are unknown, crossed where one fails."""
    frame = result.options.sort_index()
    if frame.empty:
        return None
    found = [k for k in result.service.options.values() if (frame["kind"] == k.id).any()]
    rank = {k.id: i for i, k in enumerate(found)}
    of = np.array([rank.get(k, 255) for k in frame["kind"]], np.uint8)
    classes = tuple(Class(k.title, KIND_COLOURS[i % len(KIND_COLOURS)]) for i, k in enumerate(found))
    mark = np.array([OUTCOMES.index(v) for v in frame["verdict"]], np.uint8)
    marks = tuple(term("outcome", o) for o in OUTCOMES)
    size = np.full(len(frame), 3.4)
    return Overlay(
        "options", word("options"), "points", 35, options(result), classes, of, size=size, mark=mark, marks=marks
    )
