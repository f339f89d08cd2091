"""A grid of people to areas: exact against plane geometry, and against rasterstats on a finer grid where it is installed."""

from __future__ import annotations

import warnings
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine

from geoplan.demand.dasymetric import spread
from geoplan.errors import Findings
from geoplan.sources.rasters import zonal_sum

CELL_M, SIDE = 100, 12
GRID = Affine(CELL_M, 0, 540_000, 0, -CELL_M, 4_100_000)
BOUNDS = shapely.box(540_000, 4_100_000 - SIDE * CELL_M, 540_000 + SIDE * CELL_M, 4_100_000)
inside = st.floats(1, SIDE * CELL_M - 1)


def write(folder: Path, people: np.ndarray, transform: Affine = GRID, name: str = "people.tif") -> Path:
    """The grid as a GeoTIFF of counts."""
    size = {"height": people.shape[0], "width": people.shape[1], "count": 1, "dtype": "float64"}
    with rasterio.open(folder / name, "w", driver="GTiff", crs="EPSG:4547", transform=transform, **size) as grid:
        grid.write(people, 1)
    return folder / name


def areas(seeds: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    """The grid cut into the cells nearest to each of these points: areas that meet without overlap."""
    at = shapely.MultiPoint([(540_000 + x, 4_100_000 - y) for x, y in seeds])
    cells = [c.intersection(BOUNDS) for c in shapely.voronoi_polygons(at, extend_to=BOUNDS.buffer(5_000)).geoms]
    return gpd.GeoDataFrame(geometry=cells, index=[f"z{i}" for i in range(len(cells))], crs="EPSG:4547")


def by_geometry(people: np.ndarray, zones: gpd.GeoDataFrame) -> np.ndarray:
    """People × share of the cell's area in the zone, cell by cell, by plane geometry."""
    row, column = np.divmod(np.arange(people.size), people.shape[1])
    x, y = 540_000 + column * CELL_M, 4_100_000 - row * CELL_M
    cells = shapely.box(x, y - CELL_M, x + CELL_M, y)
    share = shapely.area(shapely.intersection(cells[None, :], zones.geometry.to_numpy()[:, None])) / CELL_M**2
    return share @ people.ravel()


@given(st.lists(st.tuples(inside, inside), min_size=3, max_size=9, unique=True), st.integers(0, 2**31))
@settings(deadline=None, max_examples=30)
def test_areas_get_the_people_of_the_cells_they_cover(
    tmp_path_factory: pytest.TempPathFactory, seeds: list[tuple[float, float]], seed: int
) -> None:
    """Every area's people are those found by plane geometry, and together they are the grid's total to 1e-9."""
    people = np.random.default_rng(seed).integers(0, 500, (SIDE, SIDE)).astype(float)
    people[0, 0] = 1
    zones, findings = areas(seeds), Findings()
    sums = zonal_sum(write(tmp_path_factory.mktemp("z"), people), zones, findings)
    assert np.allclose(sums, by_geometry(people, zones), rtol=1e-6, atol=people.sum() * 1e-6)  # its shares are float32
    assert sums.sum() == pytest.approx(people.sum(), rel=1e-9)
    assert not list(findings)


def test_areas_are_exact_against_rasterstats_on_a_finer_grid(tmp_path: Path) -> None:
    """Areas whose edges cut cells in quarters: rasterstats gives the same people on a grid of sixteenths of a cell."""
    stats = pytest.importorskip("rasterstats", reason="rasterstats is not installed")
    people = 16.0 * np.random.default_rng(7).integers(0, 500, (SIDE, SIDE))
    cuts = np.array([0, 175, 425, 750, 1_200])
    boxes = [
        shapely.box(540_000 + a, 4_100_000 - d, 540_000 + b, 4_100_000 - c)
        for a, b in pairwise(cuts)
        for c, d in pairwise(cuts)
    ]
    zones = gpd.GeoDataFrame(geometry=boxes, index=[f"z{i}" for i in range(16)], crs="EPSG:4547")
    fine = np.repeat(np.repeat(people / 16, 4, axis=0), 4, axis=1)
    path = write(tmp_path, fine, Affine(CELL_M / 4, 0, 540_000, 0, -CELL_M / 4, 4_100_000), "fine.tif")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own use of affine
        theirs = [z["sum"] for z in stats.zonal_stats(boxes, str(path), stats=["sum"], nodata=-1)]
    assert zonal_sum(write(tmp_path, people), zones, Findings()).tolist() == pytest.approx(theirs, rel=1e-9)


def test_a_grid_can_be_the_weight_of_a_census(tmp_path: Path) -> None:
    """The grid says where people live, the census how many: units keep their census, areas the grid's proportions."""
    people = np.full((SIDE, SIDE), 2.0)
    zones = areas([(300, 600), (900, 300), (900, 900)])
    zones["population"] = zonal_sum(write(tmp_path, people), zones, Findings())
    zones["unit_id"] = ["U", "U", "V"]
    census = pd.DataFrame({"age_0": [900, 100]}, index=["U", "V"])
    found = spread(census, zones, ["age_0"], Findings())["age_0"]
    assert found.groupby(zones["unit_id"]).sum().to_dict() == {"U": 900, "V": 100}
    assert found.iloc[0] / found.iloc[1] == pytest.approx(zones.area.iloc[0] / zones.area.iloc[1], rel=1e-6)
