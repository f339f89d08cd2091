"""Townships: their borders and names, with the indicators of each."""

from __future__ import annotations

import numpy as np

from geoplan.map.overlay import Class, Overlay
from geoplan.map.overlays._features import townships
from geoplan.map.words import word
from geoplan.result import Result


def overlay(result: Result) -> Overlay | None:
    """A thin dashed border; nothing where the study area holds no townships."""
    features = townships(result)
    if features is None:
        return None
    of = np.zeros(len(features.geometry), np.uint8)
    border = (Class(word("townships.outline"), "", "#8a949e", 0.8, (3, 3), zoom=9),)
    return Overlay("townships", word("townships"), "base", 8, features, border, of)
