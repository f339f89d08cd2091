"""Parcels as a land bureau lists them: in blocks of the towns, at their edge, in and beside villages, by rivers and on slopes."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .blocks import Block, FreeBlocks
from .common import PLANE, generator, geometries_in_degrees, mountain, plane
from .facts import Facts
from .hazards import COMPACT_CLASSES
from .lines import Lines
from .outlines import Outlines
from .parcel_codes import described
from .settlements import Settlements, Village
from .spots import numbered, stems

AREA_M2, MEDIAN_M2, SPREAD = (600.0, 6_000.0), 2_300.0, 0.60
SMALL, SMALL_M2 = 0.04, (380.0, 590.0)  # so many are smaller than a nursery needs
NARROW, NARROW_ASPECT = 0.09, (5.0, 9.0)  # so many are strips: this much longer than wide
FRONT_M = 11.0  # from the middle of a street to a parcel that fronts it
LANE_M = 4.0
HAZARD_GAP_M = (4.0, 28.0)  # between a hazard and a parcel beside it
COUNTS = {
    "front": 262, "back": 45, "park": 14, "works": 10, "old quarter": 8, "hazard": 36, "town edge": 45, "river": 12,
    "village": 105, "village edge": 75, "mountain village": 30, "mountain edge": 40, "slide": 12, "goaf": 6,
}  # fmt: skip
TRIES = 400  # a parcel
Shapes = Iterator[shapely.Polygon | None]


class Ground:
    """The ground that is taken, to which accepted parcels add; a parcel lies in one township and on nothing else."""

    def __init__(self, outlines: Outlines, occupied: list[np.ndarray], homes: np.ndarray) -> None:
        self.outlines = outlines
        self.occupied = shapely.STRtree(np.concatenate(occupied))
        self.homes = shapely.STRtree(homes)
        self.parcels: list[shapely.Polygon] = []
        self.categories: list[str] = []

    def accept(self, category: str, shape: shapely.Polygon | None) -> bool:
        """Add the shape if it may lie there; a plot of a village may lie among its homes."""
        if shape is None or not shape.is_valid or not SMALL_M2[0] <= shape.area <= AREA_M2[1] - 2:
            return False
        towns = set(self.outlines.township_of(shapely.get_coordinates(shape)))
        inside = category in {"village", "mountain village"}
        free = not len(self.occupied.query(shape, predicate="intersects"))
        free &= inside or not len(self.homes.query(shape, predicate="intersects"))
        free &= not self.parcels or not shapely.intersects(np.array(self.parcels, object), shape).any()
        if not free or len(towns) != 1 or "" in towns:
            return False
        self.parcels.append(shape)
        self.categories.append(category)
        return True


def parcels(
    facts: Facts,
    outlines: Outlines,
    lines: Lines,
    settled: Settlements,
    controls: dict[str, gpd.GeoDataFrame],
    hazards: gpd.GeoDataFrame,
    occupied: list[np.ndarray],
    free: FreeBlocks,
) -> gpd.GeoDataFrame:
    """Seven hundred parcels with survey and planning class, state, areas and tenure; some of each unknown."""
    ground = Ground(outlines, occupied, settled.residents["geometry"].to_numpy())
    rng = generator("parcels")
    sources = _sources(rng, lines, settled, controls, hazards, free)
    for category, count in COUNTS.items():
        each = sources[category]
        for shapes in each:
            _fill(ground, category, count // len(each), shapes)
    shapes = shapely.transform(geometries_in_degrees(ground.parcels), plane)  # as the layer will have them
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    frame = pd.DataFrame({"category": ground.categories, "geometry": shapes, "x": middle[:, 0]})
    frame["township"] = outlines.township_of(middle)
    frame = frame.sort_values(["township", "x"], ignore_index=True)
    frame["unit_id"] = frame["township"].str[:6]
    frame["名称"] = numbered((stems(facts.townships, frame["township"]) + "地块").tolist())
    frame["site_id"] = [f"D-{k:04d}" for k in range(1, len(frame) + 1)]
    table = described(frame.assign(area=shapely.area(frame["geometry"].to_numpy())))
    return gpd.GeoDataFrame(table, geometry=frame["geometry"].to_numpy(), crs=PLANE)


def _fill(ground: Ground, category: str, count: int, shapes: Shapes) -> None:
    """Take shapes until the category has its number; raise if there is no room."""
    found = 0
    for _, shape in zip(range(count * TRIES), shapes, strict=False):
        found += ground.accept(category, shape)
        if found == count:
            return
    raise RuntimeError(f"no room for the parcels of {category}: {found} of {count}")


def _sources(
    rng: np.random.Generator,
    lines: Lines,
    settled: Settlements,
    controls: dict[str, gpd.GeoDataFrame],
    hazards: gpd.GeoDataFrame,
    free: FreeBlocks,
) -> dict[str, list[Shapes]]:
    """Where the shapes of each category come from, without end; from each source of a category come equally many."""
    old = shapely.union_all(controls["ZiX"].geometry.to_numpy())
    quarter = free.take(rng, COUNTS["old quarter"], lambda b: float(b.ground.intersects(old)))
    large = free.take(rng, 4 * COUNTS["back"], lambda b: float(min(b.sides_m) > 125))
    front = free.take(rng, COUNTS["front"], lambda b: 0.7 if b.is_town else 1.0)
    homes = settled.villages
    high = [v for v in homes if mountain(*v.middle) > 0.7]
    low = [v for v in homes if mountain(*v.middle) < 0.3]
    return {
        "front": [_fronts(rng, front)],
        "back": [_backs(rng, large)],
        "park": [_pieces(rng, controls["LvX"])],
        "works": [_pieces(rng, controls["HuangX"])],
        "old quarter": [_fronts(rng, quarter)],
        "hazard": [_by_hazards(rng, hazards, kind) for kind in COMPACT_CLASSES],
        "town edge": [_outside(rng, controls["CZKFBJ"], (40, 300))],
        "river": [_by_rivers(rng, lines)],
        "village": [_in_villages(rng, low)],
        "village edge": [_by_villages(rng, low, (2, 80))],
        "mountain village": [_in_villages(rng, high)],
        "mountain edge": [_by_villages(rng, high, (5, 160))],
        "slide": [_outside(rng, controls["DZZH"], (-30, 40))],
        "goaf": [_outside(rng, controls["CKQ"], (-250, -20))],
    }


def _size(rng: np.random.Generator) -> tuple[float, float]:
    """Frontage and depth in metres."""
    area = float(np.clip(MEDIAN_M2 * rng.lognormal(0, SPREAD), AREA_M2[0] + 20, AREA_M2[1] - 60))
    narrow, small = rng.random(2) < (NARROW, SMALL)
    area = rng.uniform(*SMALL_M2) if small else area
    aspect = rng.uniform(*NARROW_ASPECT) if narrow else rng.lognormal(0.1, 0.3)
    wide = np.sqrt(area * aspect)
    sides = (wide, area / wide)
    return sides if rng.random() < 0.5 else sides[::-1]


def _fronts(rng: np.random.Generator, blocks: list[Block]) -> Shapes:
    """Plots side by side along one street of each block in turn."""
    while True:
        for block in blocks:
            corners = block.corners if rng.random() < 0.5 else np.roll(block.corners, 2, axis=0)
            turned = Block(corners, block.township, block.depth, block.is_town)
            (length, width), start = block.sides_m, FRONT_M
            while start < length - 2 * FRONT_M and rng.random() < 0.75:
                wide, deep = _size(rng)
                end, far = min(start + wide, length - FRONT_M), min(FRONT_M + deep, width - FRONT_M)
                yield turned.part((start / length, end / length), (FRONT_M / width, far / width))
                start = end + rng.uniform(4, 25)


def _backs(rng: np.random.Generator, blocks: list[Block]) -> Shapes:
    """Plots in the midst of large blocks, away from their streets."""
    while True:
        for block in blocks:
            (length, width), (wide, deep) = block.sides_m, _size(rng)
            s, t = min(wide, length - 90) / length / 2, min(deep, width - 90) / width / 2
            yield block.part((0.5 - s, 0.5 + s), (0.5 - t, 0.5 + t))


def _pieces(rng: np.random.Generator, grounds: gpd.GeoDataFrame) -> Shapes:
    """Plots half on a ground of a layer: over one of its corners."""
    shapes = grounds.geometry.to_numpy()
    while True:
        xy = shapely.get_coordinates(shapes[rng.integers(len(shapes))])
        a, b = xy[0], xy[1]
        yield _plot(rng, a + rng.uniform(0.1, 0.9) * (b - a), np.arctan2(*(b - a)[::-1]))


def _outside(rng: np.random.Generator, grounds: gpd.GeoDataFrame, away_m: tuple[float, float]) -> Shapes:
    """Plots at a distance outward from the border of a ground."""
    shapes = grounds.geometry.to_numpy()
    while True:
        shape = shapes[rng.integers(len(shapes))]
        xy = shapely.get_coordinates(shapely.get_exterior_ring(shape))
        k = rng.integers(len(xy) - 1)
        side = xy[k + 1] - xy[k]
        out = np.array([side[1], -side[0]]) / np.hypot(*side)
        at = xy[k] + rng.uniform(0.2, 0.8) * side
        if shapely.contains_xy(shape, *(at + 2 * out)):
            out = -out
        yield _plot(rng, at + rng.uniform(*away_m) * out, np.arctan2(*side[::-1]))


def _by_hazards(rng: np.random.Generator, hazards: gpd.GeoDataFrame, kind: str) -> Shapes:
    """Plots beside the points or grounds of a class of hazard."""
    shapes = hazards.geometry[hazards["类别"] == kind].to_numpy()
    while True:
        shape = shapes[rng.integers(len(shapes))]
        turn, (wide, deep) = rng.uniform(0, 2 * np.pi), _size(rng)
        out = np.array([np.cos(turn), np.sin(turn)])
        reach = float(((shapely.get_coordinates(shape) - shapely.get_coordinates(shape.centroid)) @ out).max())
        away = reach + rng.uniform(*HAZARD_GAP_M) + deep / 2
        at = shapely.get_coordinates(shape.centroid)[0] + away * out
        yield _rectangle(rng, at, wide * np.array([-out[1], out[0]]), deep * out)


def _by_rivers(rng: np.random.Generator, lines: Lines) -> Shapes:
    """Plots on the banks of the rivers."""
    rivers = [shapely.get_coordinates(line) for line in lines.rivers.values()]
    while True:
        xy = rivers[rng.integers(len(rivers))]
        k = rng.integers(len(xy) - 1)
        side = xy[k + 1] - xy[k]
        out = rng.choice([-1, 1]) * np.array([side[1], -side[0]]) / np.hypot(*side)
        yield _plot(rng, xy[k] + rng.uniform(50, 130) * out, np.arctan2(*side[::-1]))


def _in_villages(rng: np.random.Generator, villages: list[Village]) -> Shapes:
    """Plots between the lanes of villages."""
    while True:
        village = villages[rng.integers(len(villages))]
        i, j = (int(rng.integers(n - 1)) for n in village.lanes.shape[:2])
        p = village.lanes
        cell = Block(np.array([p[i, j], p[i, j + 1], p[i + 1, j + 1], p[i + 1, j]]), "", 0.0, False)
        (length, width), (wide, deep) = cell.sides_m, _size(rng)
        end, far = min(LANE_M + wide, length - LANE_M), min(LANE_M + deep, width - LANE_M)
        yield cell.part((LANE_M / length, end / length), (LANE_M / width, far / width))


def _by_villages(rng: np.random.Generator, villages: list[Village], away_m: tuple[float, float]) -> Shapes:
    """Plots beside villages, parallel to their lanes."""
    while True:
        village = villages[rng.integers(len(villages))]
        along = village.lanes[0, -1] - village.lanes[0, 0]
        along, across = along / np.hypot(*along), np.array([-along[1], along[0]]) / np.hypot(*along)
        out, side = (along, across) if rng.random() < 0.5 else (across, along)
        out = out * rng.choice([-1, 1])
        offset = shapely.get_coordinates(village.outline) - village.middle
        reach, half = float((offset @ out).max()), float(np.abs(offset @ side).max())
        wide, deep = _size(rng)
        at = village.middle + (reach + rng.uniform(*away_m) + deep / 2) * out + rng.uniform(-0.7, 0.7) * half * side
        yield _rectangle(rng, at, wide * side, deep * out)


def _plot(rng: np.random.Generator, at: np.ndarray, turn: float) -> shapely.Polygon:
    wide, deep = _size(rng)
    side = np.array([np.cos(turn), np.sin(turn)])
    return _rectangle(rng, at, wide * side, deep * np.array([-side[1], side[0]]))


def _rectangle(rng: np.random.Generator, at: np.ndarray, side: np.ndarray, depth: np.ndarray) -> shapely.Polygon:
    """A rectangle round a point, its corners a little off."""
    corners = at + np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) @ np.array([side, depth]) / 2
    return shapely.orient_polygons(shapely.polygons(corners + rng.uniform(-1.2, 1.2, (4, 2))))
