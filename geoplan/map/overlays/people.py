"""People in each demand point, and the places that they want."""

from __future__ import annotations

import numpy as np

from geoplan.map.overlay import Class, Overlay
from geoplan.map.overlays._features import areas, by_band
from geoplan.map.overlays._grades import grades, round_breaks
from geoplan.map.palette import PEOPLE_RAMP, UNKNOWN
from geoplan.map.words import word
from geoplan.result import Result
from geoplan.tables import places


def overlay(result: Result) -> Overlay | None:
    """People of all bands, in classes with round limits near the quantiles; where points want one place or none, which do."""
    frame = result.demand.sort_index()
    people = places(frame, result.service.band_ids, "people").sum(axis=1, skipna=False)
    if result.service.of_residents:
        of, classes = grades(people, round_breaks(people, 5), PEOPLE_RAMP, word("unknown"))
    else:
        of = (people > 0).to_numpy().astype(np.uint8)
        classes = (
            Class(word("no_demand"), UNKNOWN, "#ffffff", 0.5),
            Class(word("people"), PEOPLE_RAMP[-1], "#ffffff", 0.5),
        )
    columns = (*by_band(result, frame, "people", "persons"), *by_band(result, frame, "wanted", "places"))
    return Overlay("people", word("people"), "indicator", 10, areas(result), classes, of, word("unit.persons"), columns)
