"""Gap areas: where people without a place live together, ranked by how many they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from geoplan.map.overlay import Class, Column, Features, Overlay
from geoplan.map.overlays._features import column, from_table, named, unit_names
from geoplan.map.palette import CAUSE_COLOURS
from geoplan.map.words import word
from geoplan.result import CAUSES, Result

STEPS = (10, 50)  # the first ten, the next forty, the others


def overlay(result: Result) -> Overlay | None:
    """Outlines by rank; names with their rank."""
    frame = result.gap_areas
    if frame.empty:
        return None
    rank = np.array([int(i) for i in frame.index])
    names = [f"{n}  {name}" for n, name in zip(rank, named(frame), strict=True)]
    columns = (column(word("column.rank"), rank, "count", name="rank"), unit_names(result, frame), *people(frame))
    features = Features("gap_areas", word("gap_areas"), "polygon", frame.geometry, names, columns, 10, True)
    of = np.searchsorted(np.array(STEPS), rank, side="left").astype(np.uint8)
    widths, fills = (2.2, 1.5, 1.0), ("#7a1f3d2e", "#7a1f3d1c", "#7a1f3d10")
    labels = (
        word("rank_first", last=STEPS[0]),
        word("rank_next", first=STEPS[0] + 1, last=STEPS[1]),
        word("rank_others", last=STEPS[1]),
    )
    classes = tuple(Class(t, fill, "#7a1f3d", w) for t, fill, w in zip(labels, fills, widths, strict=True))
    used = classes[: int(of.max()) + 1]
    return Overlay("gap_areas", word("gap_areas"), "points", 30, features, used, of, word("unit.by_people"))


def people(frame: pd.DataFrame) -> list[Column]:
    """People without a place and the four causes, from columns of their own or from one of records."""
    causes = pd.DataFrame(list(frame["causes"]), index=frame.index) if "causes" in frame.columns else frame
    made = from_table(frame, [("people", "amount", "persons"), ("members", "count", "")])
    made = [replace(c, label=word("unserved")) if c.name == "people" else c for c in made]
    return made + [
        column(t, causes[c], "amount", "persons", CAUSE_COLOURS[c], c) for c, t in CAUSES.items() if c in causes.columns
    ]
