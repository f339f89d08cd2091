"""Controls: land that must or should be kept free, and boundaries of building, by role."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import Text
from geoplan.map.overlay import Class, Column, Features, Overlay
from geoplan.map.overlays._features import column, named
from geoplan.map.overlays._verdicts import cited
from geoplan.map.palette import CONTROL_COLOURS, UNKNOWN
from geoplan.map.words import term, word
from geoplan.profiles.standard import Standard
from geoplan.result import Result

OUTLINE_M = 8.0  # tolerance of the outlines; a pixel at zoom 14


def overlay(result: Result) -> Overlay | None:
    """Lightly tinted and hatched areas by role; what must lie inside a boundary has a dashed outline only."""
    frames = {role: frame for role, frame in result.controls.items() if frame is not None and len(frame)}
    known = [*result.service.controls, *result.service.boundaries]
    roles = sorted(frames, key=lambda role: (known.index(role) if role in known else len(known), role))
    if not roles:
        return None
    frame = pd.concat([simple(frames[role], role) for role in roles])
    columns = tuple(rows(result, frame))
    features = Features("controls", word("controls"), "polygon", frame.geometry, list(frame["name"]), columns)
    of = np.array([roles.index(role) for role in frame["role"]], np.uint8)
    classes = tuple(drawn(result, role) for role in roles)
    return Overlay("controls", word("controls"), "limits", 9, features, classes, of)


def simple(frame: gpd.GeoDataFrame, role: str) -> gpd.GeoDataFrame:
    """The areas of a role with few corners, under ids that tell the role; their size is that of the layer."""
    frame = frame[frame.geometry.notna() & ~frame.geometry.is_empty]
    title = term("control", role).zh
    names = [title if name == str(i) else name for i, name in zip(frame.index, named(frame), strict=True)]
    ids = [f"{role}:{i}" for i in frame.index]
    outline = shapely.simplify(frame.geometry.to_numpy(), OUTLINE_M)
    columns = {"role": role, "name": names, "area_ha": frame.geometry.area.to_numpy() / 1e4}
    return gpd.GeoDataFrame(columns, geometry=outline, index=pd.Index(ids, dtype=object), crs=frame.crs)


def standard_of(result: Result, role: str) -> Standard | None:
    """The standard that says how much of a site may lie in, or outside, the layer of a role."""
    name = {**result.service.controls, **result.service.boundaries}.get(role)
    return result.service.standards.get(name) if name else None


def rows(result: Result, frame: gpd.GeoDataFrame) -> list[Column]:
    """What the area is, how large, and whether it must be kept free."""
    rules = {role: standard_of(result, role) for role in frame["role"].unique()}
    forces: dict[str, Text | None] = {r: term("force", s.force) if s else None for r, s in rules.items()}
    references: dict[str, Text | None] = {r: cited(s) if s else None for r, s in rules.items()}
    return [
        column(word("column.kind"), [term("control", role) for role in frame["role"]]),
        column(word("column.area_ha"), frame["area_ha"], "amount", "ha"),
        column(word("column.force"), [forces[role] for role in frame["role"]]),
        column(word("column.reference"), [references[role] for role in frame["role"]]),
    ]


def drawn(result: Result, role: str) -> Class:
    """How a role is drawn."""
    colour = CONTROL_COLOURS.get(role, UNKNOWN)
    if role in result.service.boundaries:
        return Class(term("control", role), "", colour, 1.8, (8.0, 4.0))
    return Class(term("control", role), f"{colour}24", colour, 0.8, hatch=True)
