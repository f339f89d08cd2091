"""How unevenly places are within reach inside each county-level unit."""

from __future__ import annotations

from typing import Any

import numpy as np

from geoplan.map.overlay import Column, Overlay
from geoplan.map.overlays._features import column, units
from geoplan.map.overlays._grades import grades
from geoplan.map.palette import SHARE_RAMP
from geoplan.map.words import word
from geoplan.result import Result

BREAKS = (0.2, 0.4, 0.6, 0.8)
TOLD = ("mean", "gini", "palma", "theil")


def overlay(result: Result) -> Overlay | None:
    """The Gini index of access (two-step floating catchment area, else the way to the nearest facility) among the people of each unit."""
    known = result.numbers.get("inequality") or {}
    measure = next((m for m in ("two_step_fca", "nearest") if m in known), None)
    if measure is None:
        return None
    features, rows = units(result), known[measure]["by_unit"]
    index = [str(i) for i in features.geometry.index]
    gini = [value(rows.get(i), "gini") for i in index]
    of, classes = grades(np.array([np.nan if g is None else g for g in gini]), BREAKS, SHARE_RAMP, word("unknown"))
    columns = [told(rows, index, measure, name) for name in TOLD]
    title = word(f"inequality.{measure}")
    return Overlay("inequality", title, "indicator", 16, features, classes, of, word("unit.gini"), tuple(columns))


def told(rows: dict[str, Any], index: list[str], measure: str, name: str) -> Column:
    """One figure of every unit."""
    return column(
        word(f"inequality.{name}"),
        [value(rows.get(i), name) for i in index],
        "number",
        name=f"inequality.{measure}.{name}",
    )


def value(row: dict[str, Any] | None, name: str) -> float | None:
    """A figure of a unit; None where it is unknown."""
    return None if row is None else row.get(name)
