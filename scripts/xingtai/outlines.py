"""Invented outlines: irregular cells of about 1 km, dealt to units and to townships, so that both partition the city."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, cKDTree

from .common import PLANE, generator, plane, smooth_noise, words
from .facts import Facts

CELL_M, FINE_CELL_M, FINE_RADIUS_M = 1_000.0, 480.0, 5_000.0
CORE = (114.495, 37.065)  # the middle of the city's built-up core, shared by 襄都 and 信都
CORE_UNITS = ("130502", "130503")
CORE_M, CORE_SPLIT = 5_200.0, 114.504  # radius of the core; the longitude east of which it is 襄都
Places = dict[str, tuple[float, float]]  # a position in metres by code
SMOOTH_M = 90.0  # tolerance of the outlines' simplification

# A rough ring, guessed from the city's extent (113.75–115.84°E, 36.75–37.81°N) and where its neighbours lie.
CITY_RING = [
    (113.77, 37.02), (113.80, 37.13), (113.88, 37.26), (113.95, 37.38), (114.06, 37.45), (114.18, 37.51), (114.32, 37.50),
    (114.44, 37.57), (114.60, 37.56), (114.68, 37.62), (114.78, 37.63), (114.87, 37.71), (114.98, 37.75), (115.10, 37.81),
    (115.20, 37.75), (115.26, 37.68), (115.23, 37.60), (115.34, 37.58), (115.45, 37.52), (115.42, 37.44), (115.55, 37.37),
    (115.66, 37.30), (115.76, 37.20), (115.84, 37.06), (115.79, 36.95), (115.72, 36.85), (115.60, 36.79), (115.45, 36.76),
    (115.33, 36.78), (115.28, 36.85), (115.16, 36.87), (115.09, 36.94), (114.92, 36.95), (114.78, 36.91), (114.66, 36.90),
    (114.57, 36.83), (114.42, 36.84), (114.25, 36.84), (114.09, 36.85), (114.00, 36.92), (113.88, 36.98),
]  # fmt: skip

# Points beside the seats that give each unit its rough extent (longitude, latitude); "130503" reaches into the mountains.
REACH = {
    "130502": [(114.53, 37.01), (114.54, 37.13), (114.535, 37.07)],
    "130503": [(114.42, 37.07), (114.42, 37.15), (114.33, 37.05), (114.30, 37.17), (114.20, 37.10), (114.10, 37.22), (114.05, 37.08),
               (113.93, 37.25), (113.87, 37.10), (114.18, 37.24)],
    "130505": [(114.82, 37.18), (114.62, 37.20), (114.88, 37.13)],
    "130506": [(114.80, 36.99), (114.74, 37.05)],
    "130522": [(114.20, 37.46), (114.35, 37.46), (114.55, 37.50), (114.11, 37.42)],
    "130523": [(114.10, 37.37), (114.25, 37.35), (114.38, 37.31), (114.03, 37.36), (114.58, 37.36)],
    "130524": [(114.70, 37.56)],
    "130525": [(114.63, 37.36), (114.92, 37.40), (114.78, 37.27), (114.84, 37.43)],
    "130528": [(114.85, 37.55), (115.05, 37.65), (115.13, 37.74), (115.02, 37.48), (115.18, 37.66)],
    "130529": [(114.96, 37.30), (115.14, 37.31), (115.08, 37.38), (114.95, 37.18), (115.15, 37.23)],
    "130530": [(115.38, 37.52), (115.14, 37.48)],
    "130531": [(115.20, 37.20), (115.12, 36.93), (115.20, 37.27)],
    "130532": [(114.94, 37.03), (115.02, 37.12)],
    "130533": [(115.36, 37.14), (115.46, 36.98), (115.32, 37.22), (115.28, 36.90), (115.45, 37.08), (115.215, 36.98)],
    "130534": [(115.76, 37.08), (115.60, 36.98), (115.70, 37.14)],
    "130535": [(115.40, 36.84), (115.65, 36.88), (115.55, 36.80)],
    "130571": [(114.60, 36.99), (114.59, 37.12)],
    "130581": [(115.30, 37.39), (115.55, 37.30), (115.68, 37.20), (115.42, 37.27)],
    "130582": [(114.40, 36.91), (114.25, 36.93), (114.10, 36.94), (113.99, 36.99), (114.55, 36.93)],
}  # fmt: skip

# The townships of the mountain units as they lie, from the seat outward (names are facts, their order roughly so).
OUTWARD = {
    "130503": "南大郭镇 李村镇 会宁镇 羊范镇 南石门镇 皇寺镇 西黄村镇 太子井乡 龙泉寺乡 北小庄乡 城计头乡 路罗镇 冀家村乡 将军墓镇 浆水镇 白岸乡 宋家庄镇",
    "130522": "临城镇 鸭鸽营乡 东镇镇 黑城镇 西竖镇 石城乡 赵庄乡 郝庄镇",
    "130523": "内丘镇 大孟村镇 官庄镇 金店镇 五郭店乡 柳林镇 南赛乡 獐獏乡 侯家庄乡",
    "130582": "新城镇 十里亭镇 白塔镇 綦村镇 册井镇 刘石岗镇 柴关乡 蝉房乡",
}


@dataclass(frozen=True)
class Outlines:
    """Boundary, units and townships in metres; `centres` (x, y) of townships; `seats` (x, y) of units."""

    units: gpd.GeoDataFrame
    townships: gpd.GeoDataFrame
    centres: Places
    seats: Places
    core: tuple[float, float]

    @property
    def boundary(self) -> shapely.Geometry:
        """The outline of the whole city."""
        return shapely.coverage_union_all(self.units.geometry.to_numpy())

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.townships.geometry.to_numpy())

    def township_of(self, points: np.ndarray) -> np.ndarray:
        """The township of each point (n, 2), "" where none."""
        at, which = self._tree.query(shapely.points(points), predicate="intersects")
        found = np.full(len(points), "", dtype=object)
        found[at[::-1]] = self.townships.index.to_numpy()[which[::-1]]
        return found


def draw_outlines(facts: Facts) -> Outlines:
    """Deal cells to units by a power diagram that meets their areas, and to townships within each unit."""
    rng = generator("outlines")
    seats = dict(zip(facts.units.index, map(tuple, plane(facts.units[["seat_lon", "seat_lat"]])), strict=True))
    core = tuple(plane([CORE])[0])
    centres, cells = _cells(rng, np.array([*seats.values(), core]))
    near = _neighbours(centres, cells)
    area = shapely.area(cells)
    unit = _deal_units(rng, centres, area, near, facts, seats)
    township, middles = _deal_townships(rng, centres, area, near, unit, facts, seats, core)
    outlines = shapely.coverage_simplify(
        [shapely.coverage_union_all(cells[township == t]) for t in facts.townships.index], SMOOTH_M
    )
    towns = gpd.GeoDataFrame(
        facts.townships[["name", "unit_id"]].rename_axis("township_id"), geometry=outlines, crs=PLANE
    )
    whole = {u: shapely.coverage_union_all(g.to_numpy()) for u, g in towns.geometry.groupby(towns["unit_id"])}
    frame = facts.units.rename_axis("unit_id")
    units = gpd.GeoDataFrame(frame, geometry=[whole[u] for u in frame.index], crs=PLANE)
    return Outlines(units, towns, middles, seats, core)


def _cells(rng: np.random.Generator, seats: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres of cells inside the city and their Voronoi polygons, finer round the seats."""
    ring = plane(shapely.segmentize(shapely.linearrings(CITY_RING), 0.01).coords)
    warp = [smooth_noise(rng, 14_000), smooth_noise(rng, 14_000), smooth_noise(rng, 5_000), smooth_noise(rng, 5_000)]
    x, y = ring.T
    ring = ring + np.column_stack(
        [1_300 * warp[0](x, y) + 600 * warp[2](x, y), 1_300 * warp[1](x, y) + 600 * warp[3](x, y)]
    )
    city = shapely.make_valid(shapely.polygons(ring))
    tree = cKDTree(seats)
    coarse, fine = _lattice(rng, ring, CELL_M), _lattice(rng, ring, FINE_CELL_M)
    points = np.vstack([coarse[tree.query(coarse)[0] > FINE_RADIUS_M], fine[tree.query(fine)[0] <= FINE_RADIUS_M]])
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), ordered=True))
    inside = shapely.contains_xy(city, points)
    return points[inside], cells[inside]


def _lattice(rng: np.random.Generator, ring: np.ndarray, step: float) -> np.ndarray:
    low, high = ring.min(0) - 4 * CELL_M, ring.max(0) + 4 * CELL_M
    x, y = np.meshgrid(np.arange(low[0], high[0], step), np.arange(low[1], high[1], step * 0.87))
    x = x + step / 2 * (np.arange(len(x)) % 2)[:, None]
    return np.column_stack([x.ravel(), y.ravel()]) + rng.uniform(-0.33 * step, 0.33 * step, (x.size, 2))


def _neighbours(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Pairs (n, 2) of cells that share more border than the smoothing may take."""
    triangles = Delaunay(points).simplices
    pairs = np.unique(
        np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), axis=1), axis=0
    )
    pairs = pairs[np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T) < 2.2 * CELL_M]
    return pairs[shapely.length(shapely.intersection(cells[pairs[:, 0]], cells[pairs[:, 1]])) > 2 * SMOOTH_M]


def _whole(label: np.ndarray, near: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Give cells that are cut off from the body of their label to the label beside them, until none are."""
    label = label.copy()
    for _ in range(40):
        same = label[near[:, 0]] == label[near[:, 1]]
        a, b = near[same].T
        graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(label), len(label)))
        part = connected_components(graph, directed=False)[1]
        size = pd.Series(weight).groupby([label, part]).sum()
        body = size.groupby(level=0).idxmax().map(lambda pair: pair[1])
        loose = part != body.loc[label].to_numpy()
        if not loose.any():
            return label
        for one, other in np.vstack([near, near[:, ::-1]]):
            if loose[one] and not loose[other]:
                label[one] = label[other]
    raise RuntimeError("the outlines do not become whole")


def _deal_units(
    rng: np.random.Generator, points: np.ndarray, area: np.ndarray, near: np.ndarray, facts: Facts, seats: Places
) -> np.ndarray:
    """Power diagram on warped points; the weights move until each unit has its area."""
    codes = facts.units.index.to_numpy()
    warp = [smooth_noise(rng, 9_000), smooth_noise(rng, 9_000)]
    bent = points + 1_100 * np.column_stack([w(*points.T) for w in warp])
    squared = np.empty((len(points), len(codes)))
    for k, code in enumerate(codes):
        own = np.vstack([[seats[code]], plane(REACH[code])])
        squared[:, k] = cKDTree(own).query(bent)[0] ** 2
    core = np.hypot(*(bent - plane([CORE])).T) < CORE_M
    east = bent[:, 0] > plane([(CORE_SPLIT, CORE[1])])[0, 0]
    for code, side in zip(CORE_UNITS, (east, ~east), strict=True):
        squared[np.ix_(core & side, codes == code)] = -1e12  # the core is dealt by a north-south street, not by weight
    goal = facts.units["area_km2"].to_numpy(float)
    goal = goal * area.sum() / goal.sum()
    weight, home = np.zeros(len(codes)), np.zeros(len(points), int)
    for turn in range(300):
        home = np.argmin(squared - weight, axis=1)
        have = np.bincount(home, area, len(codes))
        weight += (0.12 if turn < 200 else 0.04) * (goal - have)
    return _whole(codes[home], near, area)


def _deal_townships(
    rng: np.random.Generator, points: np.ndarray, area: np.ndarray, near: np.ndarray, unit: np.ndarray, facts: Facts,
    seats: Places, core: tuple[float, float],
) -> tuple[np.ndarray, Places]:  # fmt: skip
    """Townships of each unit: those of the seat share its surroundings, the others the rest."""
    label, centres = np.full(len(points), "", dtype=object), {}
    uneven = 1 + 0.16 * smooth_noise(rng, 5_000)(*points.T)
    for code, names in facts.townships.groupby("unit_id")["name"]:
        own = np.flatnonzero(unit == code)
        seat = np.array(core if code in CORE_UNITS else seats[code])
        inner = [t for t, name in names.items() if name.endswith("街道")] or [names.index[0]]
        outer = [t for t in names.index if t not in inner]
        away = np.hypot(*(points[own] - seat).T) * uneven[own]
        radius = (
            np.sort(away)[int(0.6 * len(own))]
            if code in CORE_UNITS
            else _seat_radius(area[own], away, len(inner), len(outer))
        )
        if code == "130503":
            radius = 5_600.0
        for townships, chosen in ((inner, own[away <= radius]), (outer, own[away > radius])):
            middle = _spread(rng, points[chosen], area[chosen], len(townships))
            middle = middle[np.argsort(np.hypot(*(middle - seat).T))]
            order = _outward(code, townships, names)
            label[chosen] = np.array(order, dtype=object)[cKDTree(middle).query(points[chosen])[1]]
        label[own] = _whole_within(label, own, near, area)
    for township in facts.townships.index:
        mine = points[label == township]
        middle = mine.mean(0)
        centres[township] = tuple(mine[np.argmin(np.hypot(*(mine - middle).T))])
    return label, centres


def _seat_radius(area: np.ndarray, away: np.ndarray, inner: int, outer: int) -> float:
    """The radius round a seat that holds its townships: a fair share of the unit, less for city subdistricts."""
    share = inner / (inner + outer) * (0.95 if inner == 1 else 0.6)
    order = np.argsort(away)
    return float(away[order][np.searchsorted(np.cumsum(area[order]), share * area.sum())])


def _outward(code: str, townships: list[str], names: pd.Series) -> list[str]:
    known = words(OUTWARD.get(code, ""))
    return sorted(townships, key=lambda t: (known.index(names[t]) if names[t] in known else -1, t))


def _spread(rng: np.random.Generator, points: np.ndarray, area: np.ndarray, count: int) -> np.ndarray:
    """`count` centres spread over the points: farthest first, then a few rounds of k-means."""
    middle = points[[rng.integers(len(points))]]
    while len(middle) < count:
        middle = np.vstack(
            [middle, points[np.argmax(cKDTree(middle).query(points)[0] * rng.uniform(0.75, 1, len(points)))]]
        )
    for _ in range(6):
        home = cKDTree(middle).query(points)[1]
        weight = np.bincount(home, area, count)
        middle = np.column_stack([np.bincount(home, area * points[:, k], count) / weight for k in (0, 1)])
    return middle


def _whole_within(label: np.ndarray, own: np.ndarray, near: np.ndarray, area: np.ndarray) -> np.ndarray:
    position = np.full(len(label), -1)
    position[own] = np.arange(len(own))
    pairs = position[near]
    return _whole(label[own], pairs[(pairs >= 0).all(1)], area[own])
