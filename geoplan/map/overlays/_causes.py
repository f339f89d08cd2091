"""The gap account of each residential area as classes: the largest of its five parts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.errors import Text
from geoplan.map.overlay import NOT_DRAWN, Class, Overlay
from geoplan.map.overlays._features import areas, by_cause, column
from geoplan.map.palette import CAUSE_COLOURS
from geoplan.map.words import word
from geoplan.result import CAUSES, Result


def cause_overlay(result: Result, gaps: pd.DataFrame, name: str, title: Text, order: int, shown: bool) -> Overlay:
    """Each area in the colour of its largest part (the first of `CAUSES` in a tie); not drawn where nothing is wanted."""
    features = areas(result)
    parts = by_cause(gaps, features.geometry.index)
    values = parts.to_numpy(float)
    of = np.where(
        np.isnan(values).any(axis=1) | (values.sum(axis=1) <= 0), NOT_DRAWN, np.nan_to_num(values).argmax(axis=1)
    )
    classes = tuple(Class(t, CAUSE_COLOURS[c], "#ffffff", 0.5) for c, t in CAUSES.items())
    columns = tuple(column(t, parts[c], "amount", "persons", CAUSE_COLOURS[c]) for c, t in CAUSES.items())
    return Overlay(
        name, title, "indicator", order, features, classes, of.astype(np.uint8), word("unit.largest"), columns, shown
    )
