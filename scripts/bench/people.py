"""A grid of people to residential areas: geoplan against rasterstats at its finest, and against plane geometry."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from rasterio.transform import Affine

from bench.table import Row, race, skipped
from geoplan.errors import Findings
from geoplan.sources.rasters import zonal_sum

SEED = 20260101
SIDE, CELL_M = 1_200, 250  # 1.44 million cells
STRIPES, EACH = 84, 84  # 7,056 areas
FINER = 4  # area edges lie on quarters of a cell, so a grid of sixteenths is exact
WEST, NORTH = 400_000, 4_200_000
SECONDS = 5  # what was promised


@dataclass(frozen=True, eq=False)
class Town:
    """A grid as it is, the same people in sixteenths of its cells, and the areas that it is cut into."""

    people: npt.NDArray[np.float64]
    grid: Path
    fine: Path
    areas: gpd.GeoDataFrame


def people() -> Iterator[Row]:
    """1.44 million cells to 7,056 areas, whose edges run through the cells."""
    with tempfile.TemporaryDirectory() as folder:
        town = _town(Path(folder))
        size = f"{town.people.size:,} cells, {len(town.areas):,} areas"
        ours_s, ours = race({"ours": partial(_ours, town)})["ours"]
        kept = abs(ours.sum() / town.people.sum() - 1) < 1e-9
        within = "within" if ours_s < SECONDS else "misses"
        yield Row("people of areas", size, "", None, ours_s, f"{within} 5 s; totals {'kept' if kept else 'lost'}")
        geometry_s, exact = race({"geometry": partial(_by_geometry, town)}, runs=1)["geometry"]
        yield Row("people of areas", size, "shapely, cell by cell", geometry_s, ours_s, _same(ours, exact))
        try:
            from rasterstats import zonal_stats
        except ModuleNotFoundError:
            yield skipped("people of areas", "rasterstats is not installed")
            return
        shapes = list(town.areas.geometry)
        finest = partial(zonal_stats, shapes, str(town.fine), stats=["sum"], nodata=-1)
        theirs_s, theirs = race({"peer": finest}, runs=1)["peer"]
        sums = np.array([zone["sum"] for zone in theirs], float)
        yield Row("people of areas", size, "rasterstats, cells in 16 parts", theirs_s, ours_s, _same(ours, sums))


def _ours(town: Town) -> npt.NDArray[np.float64]:
    sums: npt.NDArray[np.float64] = zonal_sum(town.grid, town.areas, Findings()).to_numpy(float)
    return sums


def _same(ours: npt.NDArray[np.float64], theirs: npt.NDArray[np.float64]) -> bool:
    return np.allclose(ours, theirs, rtol=1e-9, atol=0)


def _town(folder: Path) -> Town:
    random = np.random.default_rng(SEED)
    counts = 16.0 * random.integers(0, 40, (SIDE, SIDE))
    grid = _write(folder / "grid.tif", counts, CELL_M)
    fine = np.repeat(np.repeat(counts / FINER**2, FINER, axis=0), FINER, axis=1)
    quarter = CELL_M / FINER
    rows = _cuts(random, STRIPES)
    shapes = []
    for top, bottom in pairwise(rows):
        cuts = _cuts(random, EACH)
        left, right = WEST + cuts[:-1] * quarter, WEST + cuts[1:] * quarter
        shapes.append(shapely.box(left, NORTH - bottom * quarter, right, NORTH - top * quarter))
    areas = gpd.GeoDataFrame(geometry=np.concatenate(shapes), crs="EPSG:4547")
    return Town(counts, grid, _write(folder / "fine.tif", fine, quarter), areas)


def _cuts(random: np.random.Generator, parts: int) -> npt.NDArray[np.int64]:
    """Where a side of the grid is cut into parts, in quarters of a cell."""
    inner = np.sort(random.choice(np.arange(1, SIDE * FINER), parts - 1, replace=False))
    return np.array([0, *inner, SIDE * FINER])


def _write(path: Path, counts: npt.NDArray[np.float64], cell_m: float) -> Path:
    size = {"height": counts.shape[0], "width": counts.shape[1], "count": 1, "dtype": "float64"}
    transform = Affine(cell_m, 0, WEST, 0, -cell_m, NORTH)
    with rasterio.open(path, "w", driver="GTiff", crs="EPSG:4547", transform=transform, **size) as grid:
        grid.write(counts, 1)
    return path


def _by_geometry(town: Town) -> npt.NDArray[np.float64]:
    """People × share of the cell's area in each area that meets it, by plane geometry."""
    row, column = np.divmod(np.arange(town.people.size), SIDE)
    x, y = WEST + column * CELL_M, NORTH - row * CELL_M
    cells = shapely.box(x, y - CELL_M, x + CELL_M, y)
    shapes = town.areas.geometry.to_numpy()
    area, cell = shapely.STRtree(cells).query(shapes, predicate="intersects")
    share = shapely.area(shapely.intersection(cells[cell], shapes[area])) / CELL_M**2
    return np.bincount(area, share * town.people.ravel()[cell], len(shapes))
