"""How high the land lies: a plain that falls to the east, foothills, mountains with the valleys in which the villages lie."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from .common import PLANE, Noise, generator, mountain, smooth_noise
from .outlines import Outlines
from .settlements import RIDGE_M

CELL_M = 250.0
EAST_M, FOOT_M, WEST_M = 662_000.0, 535_000.0, 480_000.0  # x of the borders and of the foot of the mountains
HIGHEST_M = 1_500.0


@cache
def ridges() -> Noise:
    """Where ridges run (above 0) and valleys (below): the field by which the villages were scattered, drawn anew."""
    return smooth_noise(generator("villages"), RIDGE_M)


@cache
def _swells() -> Noise:
    return smooth_noise(generator("elevation"), 14_000)


def height_m(x: Any, y: Any) -> Any:
    """Metres above the sea at x, y (metres)."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    plain = 24 + 34 * np.clip((EAST_M - x) / (EAST_M - FOOT_M), 0, 1) + 1.5 * _swells()(x, y)
    back = np.clip((FOOT_M - x) / (FOOT_M - WEST_M), 0, 1)  # 0 at the foot of the mountains, 1 at the western border
    valley = 60 + 560 * back**1.1
    ridge = (90 + 330 * back) * np.maximum(0, ridges()(x, y)) + 60 * back * _swells()(x, y)
    return np.clip(plain + mountain(x, y) * (valley + ridge), 15, HIGHEST_M)


def write_elevation(outlines: Outlines, folder: Path) -> None:
    """The heights in cells of 250 m, whole metres, over the whole rectangle round the city."""
    import rasterio
    from rasterio.transform import from_origin

    low, high = np.array(outlines.boundary.bounds).reshape(2, 2)
    west, north = np.floor(low[0] / CELL_M) * CELL_M, np.ceil(high[1] / CELL_M) * CELL_M
    rows, columns = int(np.ceil((north - low[1]) / CELL_M)), int(np.ceil((high[0] - west) / CELL_M))
    x, y = west + (np.arange(columns) + 0.5) * CELL_M, north - (np.arange(rows) + 0.5) * CELL_M
    heights = np.round(height_m(*np.meshgrid(x, y))).astype("int16")
    profile = {"driver": "GTiff", "dtype": "int16", "count": 1, "height": rows, "width": columns, "crs": PLANE,
               "transform": from_origin(west, north, CELL_M, CELL_M), "nodata": -32_768, "tiled": True, "blockxsize": 256,
               "blockysize": 256, "compress": "deflate", "zlevel": 9, "predictor": 2}  # fmt: skip
    with rasterio.open(folder / "elevation.tif", "w", **profile) as out:
        out.write(heights, 1)
