"""Lines of longitude and latitude on a map in plane coordinates, with their degrees at its edges."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyproj

STEPS = (1 / 120, 1 / 60, 1 / 30, 1 / 12, 1 / 6, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)  # degrees
LINES = 4  # there are at most about so many in each direction
POINTS = 50  # of a line, which is bent


def step(extent: float) -> float:
    """The round step in degrees by which about four lines cross an extent in degrees.

    >>> step(1.9), step(0.03)
    (0.5, 0.008333333333333333)
    """
    return next((s for s in STEPS if extent / s <= LINES), STEPS[-1])


def told(degrees: float, marks: str) -> str:
    """A longitude or latitude in degrees and minutes; `marks` are the letters of the positive and the negative side.

    >>> told(114.5, "EW"), told(-0.25, "NS"), told(37.0, "NS")
    ('114°30′E', '0°15′S', '37°N')
    """
    minutes = round(abs(degrees) * 60, 1)
    rest = "" if minutes % 60 == 0 else f"{minutes % 60:02.0f}′" if minutes % 1 == 0 else f"{minutes % 60:04.1f}′"
    return f"{int(minutes // 60)}°{rest}{marks[degrees < 0]}"


def graticule(ax: Any, crs: pyproj.CRS) -> None:
    """Draw the lines over the present limits of an axes whose coordinates are of `crs`; labels at the left and the lower edge."""
    to_plane = pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    (left, right), (low_y, high_y) = ax.get_xlim(), ax.get_ylim()
    west, south, east, north = to_plane.transform_bounds(left, low_y, right, high_y, direction="INVERSE")
    ends = ((west, east), (south, north))
    for axis, (low, high) in enumerate(ends):
        by, along = step(high - low), np.linspace(*ends[1 - axis], POINTS)
        for degrees in np.arange(math.ceil(low / by), math.floor(high / by) + 1) * by:
            fixed = np.full(POINTS, degrees)
            x, y = to_plane.transform(*((fixed, along) if axis == 0 else (along, fixed)))
            ax.plot(x, y, color="#8c8c8c", linewidth=0.35, linestyle=(0, (6, 4)), zorder=1.5)
            label(ax, axis, float(x[0]), float(y[0]), told(float(degrees), "EW" if axis == 0 else "NS"))


def label(ax: Any, axis: int, x: float, y: float, text: str) -> None:
    """The degrees of a line just inside the lower (longitude) or the left (latitude) edge."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    at = (x, low + 0.006 * (high - low)) if axis == 0 else (left + 0.006 * (right - left), y)
    if left <= at[0] <= right and low <= at[1] <= high:
        sides = {"ha": "left", "va": "bottom"}
        ax.annotate(
            text, at, fontsize=6, color="#555555", xytext=(1.5, 1), textcoords="offset points", clip_on=True, **sides
        )
