"""Elevation: the slope of land, from a grid of heights in any CRS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geoplan.area import StudyArea
from geoplan.errors import Findings
from geoplan.sources import budgets
from geoplan.sources._grids import Window, check_plain, opened
from geoplan.sources._messages import finding, refuse
from geoplan.sources.datum import source_crs

METRES = ("", "m", "metre", "metres", "meter", "meters", "米")
HEIGHTS = (-500.0, 9000.0)  # metres: nothing on land is lower or higher
MARGIN = 3  # cells beyond the study area, so that a slope at its edge has neighbours
COVERED = 0.999  # share of a site; what the cells of its edge lose to rounding is less

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Elevation:
    """Heights (metres; NaN where not known) on a grid; `transform` turns column and row into its CRS (WKT).

    Six numbers a, b, c, d, e, f: x = a·column + b·row + c, y = d·column + e·row + f.
    """

    heights: Array
    transform: tuple[float, float, float, float, float, float]
    crs: str

    def __len__(self) -> int:
        """The cells whose height is known."""
        return int(np.isfinite(self.heights).sum())

    def slope_percent(self, sites: gpd.GeoDataFrame) -> pd.Series:
        """The mean slope of each site in percent (100 · rise ÷ run): over a polygon by area, else at its point.

        The gradient of a cell is Horn's, of its eight neighbours, in metres of the sites' CRS (projected). Missing where
        the grid does not cover a site whole.

        >>> heights = np.add.outer(np.zeros(9), np.arange(9) * 3.0)  # 3 m up for 30 m to the east
        >>> ground = Elevation(heights, (30, 0, 500_000, 0, -30, 4_100_000), "EPSG:4547")
        >>> sites = gpd.GeoDataFrame(geometry=[shapely.box(500_100, 4_099_850, 500_150, 4_099_900), shapely.Point(0, 0)], crs=4547)
        >>> ground.slope_percent(sites).round(6).tolist()
        [10.0, nan]
        """
        there = pyproj.Transformer.from_crs(sites.crs, self.crs, always_xy=True).transform
        back = pyproj.Transformer.from_crs(self.crs, sites.crs, always_xy=True).transform
        windows = windows_of(sites.bounds.to_numpy(), self.transform, self.heights.shape, there, margin=1)
        slopes = [self._slope(*pair, back) for pair in zip(sites.geometry, windows, strict=True)]
        return pd.Series(slopes, sites.index, dtype=float, name="slope_percent")

    def _slope(self, shape: Any, window: Array, back: Any) -> float:
        """The mean over the cells that a shape covers; NaN unless the slope of all of them is known."""
        if shape is None or shape.is_empty:
            return np.nan
        rows, columns = np.arange(*window[:2]), np.arange(*window[2:])
        heights = self._cut(rows, columns)
        if not np.isfinite(heights).any():
            return np.nan
        slopes = slope(heights, *self._positions(rows + 0.5, columns + 0.5, back)).ravel()
        # the outermost cells are neighbours only: those within have corners at the numbers of all rows and columns but the first
        shares = _shares(shape, _cells(*self._positions(rows[1:], columns[1:], back)))
        touched = shares > 1e-9 * shares.sum()
        whole = shares.sum() >= COVERED * shape.area and touched.any()
        return float(np.average(slopes[touched], weights=shares[touched])) if whole else np.nan

    def _cut(self, rows: Array, columns: Array) -> Array:
        """The heights of a window, NaN where it reaches beyond the grid."""
        here = [(at >= 0) & (at < count) for at, count in zip((rows, columns), self.heights.shape, strict=True)]
        heights = np.full((len(rows), len(columns)), np.nan)
        heights[np.ix_(*here)] = self.heights[np.ix_(rows[here[0]], columns[here[1]])]
        return heights

    def _positions(self, rows: Array, columns: Array, back: Any) -> tuple[Array, Array]:
        a, b, c, d, e, f = self.transform
        column, row = np.meshgrid(columns, rows)
        x, y = back((a * column + b * row + c).ravel(), (d * column + e * row + f).ravel())
        return x.reshape(column.shape), y.reshape(column.shape)


def slope(heights: Array, x: Array, y: Array) -> Array:
    """The slope in percent of the inner cells of a window, whose centres stand at `x` and `y` (metres), by Horn's method (1981).

    The gradient by column and row is turned into metres by that of the positions, so that the grid may be of any CRS, or turned.
    """
    (z_column, z_row), (x_column, x_row), (y_column, y_row) = (_horn(v) for v in (heights, x, y))
    turned = x_column * y_row - y_column * x_row
    east = (z_column * y_row - z_row * y_column) / turned
    north = (z_row * x_column - z_column * x_row) / turned
    steep = 100 * np.hypot(east, north)
    return np.where(np.isnan(heights[1:-1, 1:-1]), np.nan, steep)


def _horn(values: Array) -> tuple[Array, Array]:
    """The change from one column and from one row to the next, of the eight neighbours, the near ones counted twice."""
    across, down = values[:, 2:] - values[:, :-2], values[2:] - values[:-2]
    by_column = (across[:-2] + 2 * across[1:-1] + across[2:]) / 8
    by_row = (down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]) / 8
    return by_column, by_row


def windows_of(bounds: Array, transform: Sequence[float], size: Sequence[int], there: Any, margin: int) -> Array:
    """The cells around each of the `bounds` (n, 4): first row, row after the last, first column, column after the last.

    There are `margin` cells and one more on each side, and at least three in all. `there` leads into the CRS of the grid, whose `size`
    is rows and columns: what lies farther outside than the margins is cut off.
    """
    shares = np.linspace(0, 1, 5)
    west, south, east, north = (side[:, None, None] for side in bounds.T)
    x, y = np.broadcast_arrays(
        west + (east - west) * shares[None, :, None], south + (north - south) * shares[None, None, :]
    )
    x, y = (v.reshape(len(bounds), -1) for v in there(x.ravel(), y.ravel()))
    a, b, c, d, e, f = transform
    turned = a * e - b * d
    row, column = (a * (y - f) - d * (x - c)) / turned, (e * (x - c) - b * (y - f)) / turned
    spans = []
    for at, count in zip((row, column), size, strict=True):
        outside = -2.0 * margin  # a place that the CRS of the grid has not
        low, high = (
            np.nan_to_num(v, nan=outside, posinf=outside, neginf=outside) for v in (at.min(axis=1), at.max(axis=1))
        )
        first = np.clip(np.floor(low) - margin, -margin - 1, count)
        spans += [first, np.clip(np.floor(high) + margin + 1, first + 3, count + margin + 4)]
    return np.stack(spans, axis=1).astype(int)


def _cells(x: Array, y: Array) -> Array:
    """The cells between corners at `x` and `y` (rows + 1, columns + 1), as polygons in order of row and column."""
    rings = [np.stack([v[:-1, :-1], v[:-1, 1:], v[1:, 1:], v[1:, :-1]], axis=-1).reshape(-1, 4) for v in (x, y)]
    return np.asarray(shapely.polygons(np.stack(rings, axis=-1)))


def _shares(shape: Any, cells: Array) -> Array:
    """How much of a shape lies in each cell, m²; of what has no area, 1 for each cell that it touches."""
    if not shape.area:
        return np.asarray(shapely.intersects(cells, shape), float)
    return np.asarray(shapely.area(shapely.intersection(cells, shape)), float)


def read_elevation(path: str | Path, area: StudyArea, findings: Findings, datum: str | None = "cgcs2000") -> Elevation:
    """The heights of a one-band GeoTIFF (metres above the sea) around the study area.

    Raises `InputError`: no GeoTIFF, several bands, scaled values, no CRS, a datum that shifts (gcj02, bd09), another unit, values
    that are no heights (an undeclared nodata), a grid that does not reach the area.
    """
    file = str(path)
    with opened(path, lambda grid, name: _check_header(grid, name, datum, findings)) as grid:
        a, b, c, d, e, f = tuple(grid.transform)[:6]
        crs = grid.crs.to_wkt()
        there = pyproj.Transformer.from_crs(area.crs, crs, always_xy=True).transform
        bounds = np.array([area.boundary.bounds])
        top, bottom, left, right = windows_of(bounds, (a, b, c, d, e, f), grid.shape, there, MARGIN)[0].clip(0).tolist()
        bottom, right = min(bottom, grid.height), min(right, grid.width)
        if top >= bottom or left >= right:
            refuse("GP-R016", file)
        if (cells := (bottom - top) * (right - left)) > budgets.ELEVATION_CELLS:
            refuse("GP-F008", file, given=f"{cells} cells", limit=budgets.ELEVATION_CELLS)
        heights = _strips(grid, Window(left, top, right - left, bottom - top))
    _check_heights(heights, file)
    corner = (a, b, a * left + b * top + c, d, e, d * left + e * top + f)
    return Elevation(heights, corner, crs)


def _strips(grid: Any, window: Window) -> Array:
    """The heights of a window, NaN where there are none, read some rows at a time."""
    left, top, width, height = window
    heights = np.empty((height, width), np.float32)
    step = max(1, budgets.GRID_WINDOW_CELLS // width)
    for row in range(0, height, step):
        strip = Window(left, top + row, width, min(step, height - row))
        here = heights[row : row + step]
        here[:] = grid.read(1, window=strip).astype(np.float32)
        here[grid.read_masks(1, window=strip) == 0] = np.nan
    return heights


def _check_header(grid: Any, file: str, datum: str | None, findings: Findings) -> None:
    problems = Findings()
    check_plain(grid, file, problems)
    if datum in ("gcj02", "bd09"):
        problems.add(finding("GP-R014", file, "datum", datum))
    else:
        source_crs(datum, grid.crs.to_wkt(), file, problems)
    unit = (grid.units[0] or "").strip().casefold()
    if unit not in METRES:
        problems.add(finding("GP-R015", file, given=unit))
    problems.raise_errors()
    findings.add(*problems)


def _check_heights(heights: Array, file: str) -> None:
    low, high = HEIGHTS
    wrong = heights[np.isfinite(heights) & ((heights < low) | (heights > high))]
    if len(wrong) or np.isinf(heights).any():
        given = f"{len(wrong)} cells, {wrong[0]:g}" if len(wrong) else "infinite"
        refuse("GP-R015", file, given=given)
    if not np.isfinite(heights).any():
        refuse("GP-R016", file)
