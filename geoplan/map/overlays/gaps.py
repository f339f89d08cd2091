"""Why places are missing today: the largest cause in each residential area."""

from __future__ import annotations

from geoplan.map.overlay import Overlay
from geoplan.map.overlays._causes import cause_overlay
from geoplan.map.words import word
from geoplan.result import Result


def overlay(result: Result) -> Overlay | None:
    """The gap account of today."""
    return cause_overlay(result, {result.year: result.gaps}, "gaps", word("gaps"), 13, shown=True)
