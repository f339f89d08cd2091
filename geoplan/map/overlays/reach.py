"""The land along the streets from which a facility that counts is reached on foot."""

from __future__ import annotations

import numpy as np
import shapely

from geoplan.map.overlay import Class, Features, Overlay
from geoplan.map.overlays._features import column
from geoplan.map.palette import NEAR_RAMP
from geoplan.map.words import word
from geoplan.result import Result

OUTLINE_M = 4.0  # tolerance of the outlines; half a pixel at zoom 15


def overlay(result: Result) -> Overlay | None:
    """Isochrones of the reaches of the service, the largest below; people are counted by their way, not by this land."""
    frame = result.reach.sort_values("limit", ascending=False)
    frame = frame[~frame.geometry.is_empty]
    if frame.empty:
        return None
    labels = [word("on_foot_within", reach=f"{limit:,.0f}") for limit in frame["limit"]]
    columns = (column(word("column.land_km2"), frame["area_m2"] / 1e6, "amount", "km2"),)
    drawn = frame.geometry.copy()
    drawn[:] = shapely.simplify(frame.geometry.to_numpy(), OUTLINE_M)
    features = Features(
        "reach",
        word("reach"),
        "polygon",
        drawn.set_axis([f"{x:g}" for x in frame["limit"]]),
        [""] * len(frame),
        columns,
    )
    rank = np.argsort(np.argsort(frame["limit"].to_numpy(), kind="stable"))
    colours = [NEAR_RAMP[min(r, len(NEAR_RAMP) - 1)] for r in rank]
    classes = tuple(Class(label, f"{c}73") for label, c in zip(labels, colours, strict=True))
    of = np.arange(len(frame), dtype=np.uint8)
    return Overlay("reach", word("reach"), "base", 8, features, classes, of, word("unit.on_foot"))
