"""Hazards: what a site keeps clear of, as a mark each; colour by what they are, shape by class."""

from __future__ import annotations

import numpy as np

from geoplan.map.overlay import Class, Features, Overlay
from geoplan.map.overlays._features import POLYGONAL, points
from geoplan.map.overlays._hazards import hazard_classes, hazard_columns, hazard_names, hazard_title
from geoplan.map.overlays._options import SHAPES
from geoplan.map.palette import HAZARD_COLOURS, UNKNOWN
from geoplan.map.words import word
from geoplan.result import Result


def overlay(result: Result) -> Overlay | None:
    """A mark for each hazard that is a point or an area."""
    frame = result.hazards
    if frame.empty:
        return None
    frame = frame[frame.geom_type.isin(["Point", "MultiPoint", *POLYGONAL])].sort_index()
    if frame.empty:
        return None
    found, order = hazard_classes(result, frame), list(result.service.hazards)
    colours = {kind: HAZARD_COLOURS.get(kind, UNKNOWN) for kind in [*order, *found]}
    alike = {kind: [k for k in colours if colours[k] == colours[kind]].index(kind) for kind in found}
    classes = tuple(
        Class(hazard_title(result, k), colours[k], "#1f2933", 0.8, shape=SHAPES[(alike[k] + 2) % len(SHAPES)])
        for k in found
    )
    columns = tuple(hazard_columns(result, frame))
    features = Features("hazards", word("hazards"), "point", points(frame), hazard_names(result, frame), columns)
    of = np.array([found.index(str(kind)) for kind in frame["kind"]], np.uint8)
    return Overlay("hazards", word("hazards"), "limits", 32, features, classes, of, size=np.full(len(frame), 4.6))
