"""The gap account of each residential area as classes: the largest of its five parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Text
from geoplan.map.overlay import NOT_DRAWN, Class, Overlay
from geoplan.map.overlays._features import areas, by_cause, column
from geoplan.map.palette import CAUSE_COLOURS
from geoplan.map.words import word
from geoplan.result import CAUSES, Result


def cause_overlay(
    result: Result, by_year: Mapping[int, pd.DataFrame], name: str, title: Text, order: int, shown: bool
) -> Overlay:
    """Each area in the colour of its largest part (the first of `CAUSES` in a tie), as the account stands in the last of the years."""
    features = areas(result)
    parts = {year: by_cause(gaps, features.geometry.index) for year, gaps in sorted(by_year.items())}
    last = parts[max(parts)]
    of = {year: largest(table) for year, table in parts.items()}
    several = len(parts) > 1
    columns = []
    for cause, label in CAUSES.items():
        made = column(label, last[cause], "amount", "persons", CAUSE_COLOURS[cause], cause + name.removeprefix("gaps"))
        phases = {year: list(table[cause]) for year, table in parts.items()} if several else {}
        columns.append(replace(made, by_phase=phases))
    classes = tuple(Class(t, CAUSE_COLOURS[c], "#ffffff", 0.5) for c, t in CAUSES.items())
    return Overlay(name, title, "indicator", order, features, classes, of[max(of)], word("unit.largest"), tuple(columns), shown,
                   by_phase=of if several else {})  # fmt: skip


def largest(parts: pd.DataFrame) -> npt.NDArray[np.uint8]:
    """The number of the largest cause of each row; not drawn where nothing is wanted or a part is unknown."""
    values = parts.to_numpy(float)
    nothing = np.isnan(values).any(axis=1) | (values.sum(axis=1) <= 0)
    of: npt.NDArray[np.uint8] = np.where(nothing, NOT_DRAWN, np.nan_to_num(values).argmax(axis=1)).astype(np.uint8)
    return of
