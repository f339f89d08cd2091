"""County-level units: outlines and names, with their indicators."""

from __future__ import annotations

import numpy as np

from geoplan.map.overlay import Class, Overlay
from geoplan.map.overlays._features import units
from geoplan.map.words import word
from geoplan.result import Result


def overlay(result: Result) -> Overlay | None:
    """The outline of every unit; a unit answers a click where nothing else does."""
    features = units(result)
    outline = Class(word("units.outline"), line="#8d95a0", width=1.3)
    of = np.zeros(len(features.names), np.uint8)
    return Overlay("units", word("units"), "base", 20, features, (outline,), of, shown=True)
