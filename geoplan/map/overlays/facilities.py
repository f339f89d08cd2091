"""Facilities that serve now: by kind; hollow where their places do not count."""

from __future__ import annotations

import numpy as np

from geoplan.map.overlay import Class, Overlay
from geoplan.map.overlays._features import codes, facilities, kinds
from geoplan.map.palette import KIND_COLOURS
from geoplan.map.words import word
from geoplan.result import Result


def overlay(result: Result) -> Overlay | None:
    """A circle a facility, coloured by kind."""
    frame = result.facilities.sort_index()
    if frame.empty:
        return None
    of, found = codes(kinds(result, frame["kind"]))
    classes = tuple(
        Class(word("unknown") if k is None else k, KIND_COLOURS[i % len(KIND_COLOURS)]) for i, k in enumerate(found)
    )
    mark = np.where(frame["counted"].astype(bool), 0, 1).astype(np.uint8)
    marks = (word("counted"), word("not_filed" if result.service.supply.only_filed else "not_counted"))
    return Overlay(
        "facilities",
        word("facilities"),
        "points",
        40,
        facilities(result),
        classes,
        of,
        shown=True,
        mark=mark,
        marks=marks,
    )
