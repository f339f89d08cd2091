"""How far each residential area is from the nearest facility that counts."""

from __future__ import annotations

from geoplan.map.overlay import Overlay
from geoplan.map.overlays._features import areas, column, from_table, in_minutes
from geoplan.map.overlays._grades import grades
from geoplan.map.palette import NEAR_RAMP
from geoplan.map.words import word
from geoplan.result import Result

MINUTES, METRES = (3.0, 6.0, 10.0, 15.0), (300.0, 500.0, 1000.0, 2000.0)


def overlay(result: Result) -> Overlay | None:
    """Travel cost to the nearest facility along the streets; grey where there is none within the limit of the study."""
    frame = result.demand.sort_index()
    if "nearest" not in frame.columns:
        return None
    unit, breaks = ("min", MINUTES) if in_minutes(result) else ("m", METRES)
    of, classes = grades(frame["nearest"], breaks, NEAR_RAMP, word("not_reached"))
    columns = [
        column(word("column.nearest"), frame["nearest"], "amount", unit, name="nearest"),
        *from_table(frame, [("two_step_fca", "number", "")]),
    ]
    return Overlay(
        "access", word("access"), "indicator", 11, areas(result), classes, of, word(f"unit.{unit}"), tuple(columns)
    )
