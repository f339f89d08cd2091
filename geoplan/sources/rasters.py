"""Population grids: each populated cell becomes a polygon; no person is made or lost by resampling."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoplan.area import StudyArea
from geoplan.errors import Findings
from geoplan.sources import _grids, budgets
from geoplan.sources._messages import finding, refuse
from geoplan.sources.datum import source_crs, to_crs
from geoplan.sources.elevation import read_elevation

__all__ = ["read_elevation", "read_grid", "zonal_sum"]

LARGEST = 1e12  # people in one cell
DENSITY = re.compile(r"per|/|km|density|密度|每", re.IGNORECASE)

Array = npt.NDArray[Any]


def read_grid(path: str | Path, area: StudyArea, findings: Findings, datum: str | None = "wgs84") -> gpd.GeoDataFrame:
    """The populated cells of a one-band GeoTIFF of counts (persons) whose centre lies in the study area.

    Index `demand_id` "r<row>c<column>" (from 0, as GDAL counts), geometry the cell in `area.crs`,
    `population` the stored value: what is in the area + what is left out (a finding) = the grid's total. Raises `InputError`: not a GeoTIFF, over 200 million cells, no CRS, negative or infinite values,
    densities, no people.
    """
    file = str(path)
    with opened(path, datum, findings) as grid:
        rows, columns, people = _populated(grid, file)
        corners = _corners(grid.transform, rows, columns)
        crs = grid.crs.to_wkt()
    found = Findings()
    names = [f"r{r}c{c}" for r, c in zip(rows, columns, strict=True)]
    points = gpd.GeoDataFrame(geometry=shapely.points(corners.mean(axis=1)), index=names, crs=crs)
    centres = to_crs(points, datum or "", area.crs, file, found)
    found.raise_errors()
    shapely.prepare(area.boundary)
    inside = shapely.intersects(area.boundary, centres.geometry.to_numpy())
    if not inside.any():
        refuse("GP-R007", file)
    if not inside.all():
        count, lost = int((~inside).sum()), f"{math.fsum(people[~inside]):.10g}"
        findings.add(finding("GP-R008", file, severity="repair", count=count, given=count, people=lost))
    index = pd.Index(np.array(names, dtype=object)[inside], name="demand_id")
    shapes = shapely.polygons(corners[inside])
    cells = gpd.GeoDataFrame({"population": people[inside]}, geometry=shapes, index=index, crs=crs)
    moved = to_crs(cells, datum or "", area.crs, file, found)
    found.raise_errors()
    return moved


def zonal_sum(path: str | Path, zones: gpd.GeoDataFrame, findings: Findings) -> pd.Series:
    """The people of a one-band GeoTIFF of counts in each zone; a cell that is cut is shared by area.

    The sum over zones + people outside all zones (a finding) = the grid's total; cells that the zones cover
    wholly are shared out whole. A zone beyond the grid is missing, not 0. Zones may be in any CRS: they are
    turned into the grid's. Raises `InputError` as `read_grid`.
    """
    from exactextract import exact_extract
    from exactextract.raster import RasterioRasterSource

    file = str(path)
    with opened(path, "wgs84", findings) as grid:
        total = math.fsum(_populated(grid, file)[2])
        turned = zones[["geometry"]].reset_index(drop=True).to_crs(grid.crs)
        source = RasterioRasterSource(grid)
        parts = exact_extract(
            source, turned, ["cell_id", "coverage", "values"], output="pandas", strategy="raster-sequential"
        )
        reach = shapely.box(*grid.bounds)
    sizes = parts["cell_id"].map(len).to_numpy()
    cell, share, value = (np.concatenate([*parts[c], []]) for c in ("cell_id", "coverage", "values"))
    people = np.where(np.isfinite(value) & (value > 0), value, 0.0) * _whole(cell.astype(np.int64), share)
    sums = np.bincount(np.repeat(np.arange(len(zones)), sizes), people, len(zones))
    beyond = ~shapely.intersects(reach, turned.geometry.to_numpy())
    for label in zones.index[beyond]:
        findings.add(finding("GP-R012", file, f"zone {label}", severity="note"))
    _note_balance(total - sums.sum(), total, file, findings)
    return pd.Series(np.where(beyond, np.nan, sums), zones.index, name="population")


def _whole(cell: Array, share: Array) -> Array:
    """Shares of cells, those of a cell that is covered to within rounding made to add up to 1."""
    _, row = np.unique(cell, return_inverse=True)
    covered = np.bincount(row, share)[row] if len(row) else share
    return np.where(np.abs(covered - 1) < 1e-5, share / np.where(covered == 0, 1, covered), share)


def _note_balance(rest: float, total: float, file: str, findings: Findings) -> None:
    if rest < -1e-9 * total:
        refuse("GP-R011", file, people=f"{-rest:.10g}")
    if rest > 1e-9 * total:
        findings.add(finding("GP-R010", file, severity="repair", people=f"{rest:.10g}"))


@contextmanager
def opened(path: str | Path, datum: str | None, findings: Findings) -> Iterator[Any]:
    """A GeoTIFF of counts, open, its header checked before anything is read from it."""
    with _grids.opened(path, lambda grid, file: _check_header(grid, file, datum, findings)) as grid:
        yield grid


def _check_header(grid: Any, file: str, datum: str | None, findings: Findings) -> None:
    problems = Findings()
    _grids.check_plain(grid, file, problems)
    units = [grid.units[0] or "", *(v for k, v in grid.tags().items() if "unit" in k.lower())]
    density = next((u for u in units if DENSITY.search(u)), None)
    if density:
        problems.add(finding("GP-R005", file, given=density))
    source_crs(datum, grid.crs.to_wkt(), file, problems)
    problems.raise_errors()
    if grid.width * grid.height == 1:
        findings.add(finding("GP-R009", file, severity="note"))


def _populated(grid: Any, file: str) -> tuple[Array, Array, Array]:
    """Row, column and people of the cells with people, read in strips; raises on what cannot be counts."""
    step, kept, troubles = max(1, budgets.GRID_WINDOW_CELLS // grid.width), [], Findings()
    negative = infinite = 0
    for top in range(0, grid.height, step):
        window = _grids.Window(0, top, grid.width, min(step, grid.height - top))
        values = grid.read(1, window=window).astype(np.float64)
        values[(grid.read_masks(1, window=window) == 0) | np.isnan(values)] = 0
        negative += int((values < 0).sum())
        infinite += int((np.abs(values) > LARGEST).sum())
        rows, columns = np.nonzero(values > 0)
        kept.append((rows + top, columns, values[rows, columns]))
        if (found := sum(len(part[0]) for part in kept)) > budgets.POPULATED_CELLS:
            refuse("GP-F008", file, given=f"{found} populated cells", limit=budgets.POPULATED_CELLS)
    if negative:
        code = "GP-R002" if grid.nodata is None else "GP-R003"
        troubles.add(finding(code, file, given=negative, count=negative))
    if infinite:
        troubles.add(finding("GP-R004", file, given=infinite, count=infinite))
    troubles.raise_errors()
    rows, columns, people = (np.concatenate(part) for part in zip(*kept, strict=True))
    if not len(people):
        refuse("GP-R006", file)
    return rows, columns, people


def _corners(transform: Any, rows: Array, columns: Array) -> Array:
    """The four corners of each cell, shape (cells, 4, 2), by the grid's own transform (it may be rotated)."""
    column = columns[:, None] + np.array([0, 1, 1, 0])
    row = rows[:, None] + np.array([0, 0, 1, 1])
    x = transform.a * column + transform.b * row + transform.c
    y = transform.d * column + transform.e * row + transform.f
    return np.stack([x, y], axis=2)
