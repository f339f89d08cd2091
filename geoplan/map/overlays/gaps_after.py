"""Why places are still missing once the plan is carried out."""

from __future__ import annotations

from geoplan.map.overlay import Overlay
from geoplan.map.overlays._causes import cause_overlay
from geoplan.map.words import word
from geoplan.result import Result


def overlay(result: Result) -> Overlay | None:
    """The gap account with what stands in each phase of the plan; nothing where there is no plan."""
    if result.plan is None:
        return None
    return cause_overlay(
        result,
        result.gaps_by_year or {result.year: result.gaps_after},
        "gaps_after",
        word("gaps_after"),
        14,
        shown=False,
    )
