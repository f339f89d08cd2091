"""Children in each residential area, and the places that they want."""

from __future__ import annotations

from geoplan.map.overlay import Overlay
from geoplan.map.overlays._features import areas, by_band
from geoplan.map.overlays._grades import grades, round_breaks
from geoplan.map.palette import PEOPLE_RAMP
from geoplan.map.words import word
from geoplan.result import Result
from geoplan.tables import places


def overlay(result: Result) -> Overlay | None:
    """Children of all age bands, in classes with round limits near the quantiles."""
    frame = result.demand.sort_index()
    children = places(frame, result.service.band_ids, "people").sum(axis=1, skipna=False)
    of, classes = grades(children, round_breaks(children, 5), PEOPLE_RAMP, word("unknown"))
    columns = (*by_band(result, frame, "people", "persons"), *by_band(result, frame, "wanted", "places"))
    return Overlay("people", word("people"), "indicator", 10, areas(result), classes, of, word("unit.persons"), columns)
