"""Housing to come: new residential projects on free blocks of the towns, and the renewal of old estates."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .common import PLANE, generator, shares
from .facts import Facts
from .grids import Grid
from .outlines import Outlines
from .settlements import ENDINGS, WORDS
from .spots import numbered, partly, partly_text

PROJECTS, RENEWALS = 60, 40
DELIVERY = (2024, 2025, 2026, 2027, 2028, 2029, 2030)
DELIVERY_SHARES = (0.12, 0.15, 0.20, 0.18, 0.15, 0.11, 0.09)
RENEWAL_YEARS = (2025, 2026, 2027, 2028, 2029, 2030)
FLOOR_RATIO, FLOOR_PER_DWELLING_M2, PERSONS_PER_DWELLING = (2.0, 3.2), 105.0, 2.9
OWED_PER_1000 = 10.0  # places that the invented obligations start from
STEPS = ("planned", "built", "accepted", "delivered")  # the four synchronisations, in order
SIZES = [(3, 2), (2, 3), (2, 2), (2, 1), (1, 2), (1, 1)]  # blocks that a project would take, the largest first
Patch = tuple[int, int, int, int]


def new_residential(facts: Facts, outlines: Outlines, grids: list[Grid], idle: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """About 60 projects, one at least in each unit, on blocks that no estate and no idle lot takes."""
    rng = generator("new residential")
    wanted = dict(zip(facts.units.index, shares(PROJECTS - len(facts.units), facts.units["urban"]) + 1, strict=True))
    rows: list[tuple[str, shapely.Polygon]] = []
    for township, shape in _free_ground(rng, outlines, grids, idle):
        if wanted[township[:6]]:
            wanted[township[:6]] -= 1
            rows.append((township, shape))
    if any(wanted.values()):
        raise RuntimeError(f"no room for new projects: {wanted}")
    frame = pd.DataFrame(rows, columns=["township", "geometry"]).sort_values("township", kind="stable")
    return _projects(rng, frame.reset_index(drop=True))


def _free_ground(
    rng: np.random.Generator, outlines: Outlines, grids: list[Grid], idle: gpd.GeoDataFrame
) -> Iterator[tuple[str, shapely.Polygon]]:
    """Patches of free blocks in drawn order, those at the edge of a town first; with the one township of each."""
    tree = shapely.STRtree(idle.geometry.to_numpy())
    blocks = [(k, int(i), int(j)) for k, g in enumerate(grids) if not g.is_town for i, j in np.argwhere(~g.taken)]
    free = [~g.taken for g in grids]
    depth = [np.hypot(*(grids[k].middles()[i, j] - grids[k].centre)) / grids[k].radius for k, i, j in blocks]
    for n in np.argsort(-np.array(depth) + rng.gumbel(0, 0.25, len(blocks)), kind="stable"):
        k, i, j = blocks[n]
        i, j, high, wide = _patch(rng, grids[k], free[k], i, j)
        if not high:
            continue
        shape = shapely.simplify(
            shapely.buffer(shapely.polygons(grids[k].ring(i, j, high, wide)), -15, join_style="mitre"), 5
        )
        homes = set(outlines.township_of(shapely.get_coordinates(shape)))
        whole = shape.geom_type == "Polygon" and shape.area > 6_000 and len(homes) == 1 and "" not in homes
        if whole and not len(tree.query(shape, predicate="intersects")):
            free[k][i : i + high, j : j + wide] = False
            yield homes.pop(), shape


def _patch(rng: np.random.Generator, grid: Grid, free: np.ndarray, i: int, j: int) -> Patch:
    """The largest of a few sizes of patch from block (i, j) on that is free and crosses no main street; or none."""
    for high, wide in SIZES[int(rng.integers(4)) :]:
        main = grid.rank_a[i + 1 : i + high].any() or grid.rank_b[j + 1 : j + wide].any()
        inside = i + high <= len(free) and j + wide <= free.shape[1]
        if inside and not main and free[i : i + high, j : j + wide].all():
            return i, j, high, wide
    return i, j, 0, 0


def _projects(rng: np.random.Generator, frame: pd.DataFrame) -> gpd.GeoDataFrame:
    n = len(frame)
    floor = shapely.area(frame["geometry"].to_numpy()) * rng.uniform(*FLOOR_RATIO, n)
    dwellings = np.round(floor / FLOOR_PER_DWELLING_M2)
    people = np.round(dwellings * PERSONS_PER_DWELLING * rng.uniform(0.94, 1.06, n))
    owed = people * OWED_PER_1000 / 1000
    how = rng.choice(["met", "short", "none"], n, p=[0.5, 0.22, 0.28])
    given = np.select(
        [how == "met", how == "short"], [owed * rng.uniform(1, 1.3, n), owed * rng.uniform(0.3, 0.9, n)], 0
    )
    year = rng.choice(DELIVERY, n, p=DELIVERY_SHARES)
    stem, ending = rng.choice(WORDS, n), rng.choice(ENDINGS["urban_new"], n)
    table = pd.DataFrame({
        "project_id": [f"N-{k:03d}" for k in range(1, n + 1)],
        "名称": numbered([a + b + "" for a, b in zip(stem, ending, strict=True)]),
        "unit_id": frame["township"].str[:6], "township": frame["township"],
        "population": partly(rng, people, 0.08),
        "dwellings": dwellings.astype(int),
        "delivery_year": year,
        "places_planned": partly(rng, np.ceil(given), 0.08),
        **_milestones(rng, year, given > 0),
    })  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=frame["geometry"].to_numpy(), crs=PLANE)


def _milestones(rng: np.random.Generator, year: np.ndarray, has_places: np.ndarray) -> dict[str, np.ndarray]:
    """How far the housing is (one of STEPS), and for each step whether the facility has done it: done, not_done, unknown.

    The facility is as far as the housing or a step or two behind; where there is none, it has done nothing.
    """
    housing = np.select(
        [year <= 2025, year == 2026, year <= 2028], [4, rng.choice([2, 3], len(year)), rng.choice([1, 2], len(year))], 1
    )
    behind = rng.choice([0, 1, 2], len(year), p=[0.65, 0.25, 0.10])
    reached = np.where(has_places, np.maximum(0, housing - behind), 0)
    columns = {"housing_state": np.array(STEPS, object)[housing - 1]}
    for number, step in enumerate(STEPS, 1):
        columns[f"{step}_state"] = partly_text(rng, np.where(reached >= number, "done", "not_done"), 0.05).to_numpy()
    return columns


def renewal(residents: pd.DataFrame) -> gpd.GeoDataFrame:
    """Forty old estates that are renewed in 2025 to 2030: their outlines and residents."""
    rng = generator("renewal")
    old = residents[residents["class"] == "urban_old"].reset_index(drop=True)
    weight = old["population"].to_numpy(float)
    picked = old.iloc[np.sort(rng.choice(len(old), RENEWALS, replace=False, p=weight / weight.sum()))]
    table = pd.DataFrame({
        "project_id": [f"R-{k:03d}" for k in range(1, RENEWALS + 1)],
        "名称": picked["名称"].to_numpy() + "改造",
        "unit_id": picked["unit_id"].to_numpy(), "township": picked["township"].to_numpy(),
        "demand_id": picked["code"].to_numpy(),
        "year": rng.choice(RENEWAL_YEARS, RENEWALS),
        "residents": picked["population"].to_numpy(),
    })  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=picked["geometry"].to_numpy(), crs=PLANE)
