"""Options: what could be done at every site, by kind and verdict; areas to search are drawn as areas of their own."""

from __future__ import annotations

import numpy as np

from geoplan.map.overlay import NOT_DRAWN, Overlay
from geoplan.map.overlays._options import OUTCOMES, facets, kind_classes, options, outcomes, outlines, searching
from geoplan.map.words import term, word
from geoplan.result import Result


def overlay(result: Result) -> Overlay | None:
    """A small mark an option: filled where all clauses hold, hollow where some are unknown, crossed where one fails."""
    frame = result.options.sort_index()
    if frame.empty:
        return None
    areal = searching(frame) & outlines(frame).notna()
    classes, rank = kind_classes(result, frame.loc[~areal, "kind"])
    of = np.array(
        [NOT_DRAWN if a else rank.get(k, NOT_DRAWN) for k, a in zip(frame["kind"], areal, strict=True)], np.uint8
    )
    marks = tuple(term("outcome", o) for o in OUTCOMES)
    size = np.full(len(frame), 4.6)
    return Overlay("options", word("options"), "options", 35, options(result), classes, of, size=size, mark=outcomes(frame),
                   marks=marks, facets=facets(result, frame), fanned=True)  # fmt: skip
