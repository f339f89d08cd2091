"""A generated city of as many cells as are asked for: irregular outlines, holes and parts among them, as a Result."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import Language
from geoplan.result import CAUSES, Result
from tests.sample import sample_result

SIDE_M = 90.0
HOLED, PARTED = 97, 89  # every so many cells has a hole, or a second part


def city(cells: int, corners: int = 12, language: Language = "en", seed: int = 11) -> Result:
    """The sample's facilities and units with `cells` cells in place of its residential areas."""
    full, random = sample_result(language), np.random.default_rng(seed)
    demand = full.demand.iloc[np.zeros(cells, int)].copy()
    demand.index = pd.Index([f"cell_{i:06d}" for i in range(cells)], name=full.demand.index.name)
    demand["name"] = demand.index
    for band in full.service.band_ids:
        demand[f"people_{band}"] = np.round(random.gamma(2.0, 3.0, cells), 3)
        demand[f"wanted_{band}"] = np.round(demand[f"people_{band}"] / 8, 3)
    demand = demand.set_geometry(
        gpd.GeoSeries(outlines(full, cells, corners, random), index=demand.index, crs=full.demand.crs)
    )
    gaps = accounts(full, demand, random)
    return replace(
        full,
        demand=demand,
        gaps=gaps,
        gaps_after=gaps,
        assignment=full.assignment.iloc[:0],
        stability=full.stability.iloc[:0],
    )


def outlines(full: Result, cells: int, corners: int, random: np.random.Generator) -> np.ndarray:
    """Irregular cells on a square lattice; some with a hole, some of two parts."""
    west, south, *_ = full.area.boundary.bounds
    wide = int(np.ceil(np.sqrt(cells)))
    at = np.arange(cells)
    middle = np.stack((west + SIDE_M * (at % wide + 0.5), south + SIDE_M * (at // wide + 0.5)), axis=1)
    angle = np.arange(corners) * 2 * np.pi / corners
    radius = SIDE_M * random.uniform(0.34, 0.49, (cells, corners))
    ring = middle[:, None, :] + radius[:, :, None] * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    made = shapely.polygons(np.concatenate((ring, ring[:, :1]), axis=1))
    holed, parted = at[at % HOLED == 5], at[at % PARTED == 7]
    made[holed] = shapely.difference(
        made[holed], shapely.buffer(shapely.points(middle[holed]), SIDE_M / 5, quad_segs=2)
    )
    halves = [shapely.box(x - SIDE_M / 2, y - SIDE_M / 12, x + SIDE_M / 2, y + SIDE_M / 12) for x, y in middle[parted]]
    made[parted] = shapely.difference(made[parted], np.array(halves, object))
    return np.asarray(made)


def accounts(full: Result, demand: gpd.GeoDataFrame, random: np.random.Generator) -> pd.DataFrame:
    """A gap account in which each cell has one cause, so that its colour is known."""
    tables = []
    for band in full.service.band_ids:
        cause = random.integers(0, len(CAUSES), len(demand))
        wanted = demand[f"wanted_{band}"].to_numpy(float)
        parts = {name: np.where(cause == k, wanted, 0.0) for k, name in enumerate(CAUSES)}
        tables.append(pd.DataFrame({"demand_id": demand.index, "band": band, **parts}))
    extra = [c for c in full.gaps.columns if c not in tables[0].columns]
    return pd.concat(tables, ignore_index=True).assign(**dict.fromkeys(extra, 0.0))
