"""Hazards that are lines, such as power lines and pipelines, and the outlines of those that are areas."""

from __future__ import annotations

import numpy as np

from geoplan.map.overlay import Class, Features, Overlay
from geoplan.map.overlays._features import POLYGONAL
from geoplan.map.overlays._hazards import hazard_classes, hazard_columns, hazard_names, hazard_title
from geoplan.map.palette import HAZARD_COLOURS, UNKNOWN
from geoplan.map.words import word
from geoplan.result import Result

LINES = ("LineString", "MultiLineString", "LinearRing")
LINE_M = 4.0  # tolerance; half a pixel at zoom 14
DASHES: tuple[tuple[float, ...], ...] = ((), (9.0, 3.0), (4.0, 3.0), (1.5, 3.0))


def overlay(result: Result) -> Overlay | None:
    """A line for each, coloured by what it is, dashed by class."""
    frame = result.hazards
    if frame.empty:
        return None
    frame = frame[frame.geom_type.isin([*LINES, *POLYGONAL])].sort_index()
    if frame.empty:
        return None
    found = hazard_classes(result, frame)
    colours = {kind: HAZARD_COLOURS.get(kind, UNKNOWN) for kind in [*result.service.hazards, *found]}
    alike = {kind: [k for k in colours if colours[k] == colours[kind]].index(kind) for kind in found}
    classes = tuple(
        Class(
            hazard_title(result, k),
            "",
            colours[k],
            1.4 + 0.4 * (alike[k] // len(DASHES)),
            DASHES[alike[k] % len(DASHES)],
        )
        for k in found
    )
    columns = tuple(hazard_columns(result, frame))
    shapes = frame.geometry.simplify(LINE_M)
    features = Features("hazard_lines", word("hazard_lines"), "line", shapes, hazard_names(result, frame), columns)
    of = np.array([found.index(str(kind)) for kind in frame["kind"]], np.uint8)
    return Overlay("hazard_lines", word("hazard_lines"), "limits", 31, features, classes, of)
