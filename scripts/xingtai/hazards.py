"""Hazards: stations, lines, works and venues from which children's rooms keep a distance; one table of points, lines and grounds."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from .blocks import Block, FreeBlocks
from .common import PLANE, generator, words
from .facts import Facts
from .outlines import Outlines
from .settlements import Settlements
from .spots import beside, numbered, sample, stems, with_middles
from .streets import Streets
from .wires import cables, pipes

FILLING_STATIONS, IN_TOWN = 180, 0.62  # of them so many stand at the streets of towns
ROADSIDE_M = 26.0  # from the middle of a road to the pumps
ROADS = ("primary", "secondary", "tertiary")
BLOCK_CLASSES = {  # class: number, names, share of the block that it takes, whether it is at the edge of town
    "甲乙类厂房": (62, words("化工厂 油漆库 溶剂厂 液化气站 粮食筒仓"), 0.9, True),
    "易燃建筑": (48, words("木材市场棚房 棉花堆场 秸秆堆场 旧家具库"), 0.5, True),
    "大型商场": (18, words("购物中心 百货商场 家居广场"), 0.8, False),
    "批发市场": (46, words("农贸批发市场 小商品批发市场 果蔬批发市场 皮毛批发市场"), 0.85, False),
}
POINT_CLASSES = {  # class: number, names, how far from the middle of an estate (shares of its radius)
    "娱乐场所": (150, words("歌舞厅 网吧 量贩歌厅 游戏厅 酒吧"), (0.75, 1.15)),
    "垃圾转运站": (150, words("垃圾转运站"), (0.8, 1.25)),
    "变电站": (110, words("变电站"), (0.9, 1.3)),
}
COMPACT_CLASSES = (*BLOCK_CLASSES, *POINT_CLASSES, "加油站", "传染病区")  # all but lines
WARDS, WARD_CLEAR_M, WARD_TRIES = 24, 15.0, 60  # of the hospitals among the public places have an infectious ward


def hazards(
    facts: Facts, outlines: Outlines, settled: Settlements, streets: Streets, places: gpd.GeoDataFrame, free: FreeBlocks
) -> gpd.GeoDataFrame:
    """Every hazard with its class (类别) and a name; grounds take free blocks."""
    substations = _beside_homes(settled, "变电站")
    grounds = {name: _on_blocks(name, free) for name in BLOCK_CLASSES}
    shops = places.geometry[places["kind"] == "commercial"].to_numpy()
    shapes = {
        "加油站": _filling_stations(settled, streets),
        "变电站": substations,
        **{name: _beside_homes(settled, name) for name in POINT_CLASSES if name != "变电站"},
        **grounds,
        "大型商场": np.concatenate([grounds["大型商场"], shops]),
        "传染病区": _wards(places, settled),
        **cables(outlines, shapely.get_coordinates(substations), settled),
        "油气管线": pipes(outlines),
        "城市主干道": _wide_roads(streets),
    }
    frame = pd.concat([_named(facts, outlines, name, np.asarray(s, object)) for name, s in shapes.items()])
    frame = frame.reset_index(drop=True)
    frame.insert(0, "hazard_id", [f"W-{k:04d}" for k in range(1, len(frame) + 1)])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=PLANE)


def _named(facts: Facts, outlines: Outlines, kind: str, shapes: np.ndarray) -> pd.DataFrame:
    """Rows with names from the township in which they stand, those out of the city left out."""
    home = pd.Series(outlines.township_of(shapely.get_coordinates(shapely.point_on_surface(shapes))))
    frame = pd.DataFrame({"类别": kind, "geometry": shapes, "township": home})[home != ""]
    endings = {**{k: v[1] for k, v in BLOCK_CLASSES.items()}, **{k: v[1] for k, v in POINT_CLASSES.items()}}
    endings |= {"传染病区": ["医院感染楼"]}
    rng = generator(f"names of {kind}")
    names = stems(facts.townships, frame["township"]) + rng.choice(endings.get(kind, [kind]), len(frame))
    frame.insert(1, "名称", numbered(names.tolist()))
    return frame.drop(columns="township").sort_values("名称", kind="stable")


def _filling_stations(settled: Settlements, streets: Streets) -> np.ndarray:
    """Beside main streets of towns and main roads between them, never in a home."""
    rng = generator("filling stations")
    roads = np.asarray(streets.lines(np.array([k for k in streets.kept() if streets.highway[k] in ROADS])), object)
    middle, ahead = (
        shapely.get_coordinates(shapely.line_interpolate_point(roads, at, normalized=True)) for at in (0.5, 0.51)
    )
    along = ahead - middle
    aside = np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)[:, None]
    at = middle + ROADSIDE_M * rng.choice([-1, 1], len(middle))[:, None] * aside
    homes = settled.residents["geometry"].to_numpy()
    tree = shapely.STRtree(homes)
    free = np.ones(len(at), bool)
    free[tree.query(shapely.points(at), predicate="intersects")[0]] = False
    urban = homes[(settled.residents["class"] != "rural").to_numpy()]
    near = cKDTree(shapely.get_coordinates(shapely.centroid(urban))).query(at)[0] < 350
    rows: list[int] = []
    for here, count in ((near & free, round(IN_TOWN * FILLING_STATIONS)), (~near & free, FILLING_STATIONS)):
        missing = min(count, FILLING_STATIONS - len(rows))
        rows += rng.choice(np.flatnonzero(here), missing, replace=False).tolist()
    return np.asarray(shapely.points(at[np.sort(rows)]), object)


def _beside_homes(settled: Settlements, kind: str) -> np.ndarray:
    """Points of a class beside estates, outside their outlines where there is room."""
    rng = generator(kind)
    count, _, (low, high) = POINT_CLASSES[kind]
    urban = with_middles(settled.residents[settled.residents["class"] != "rural"])
    return np.asarray(shapely.points(beside(rng, urban, sample(rng, urban, count), low, high)), object)


def _on_blocks(kind: str, free: FreeBlocks) -> np.ndarray:
    """Grounds of a class on free blocks, at the edge of a town or anywhere in it."""
    rng = generator(kind)
    count, _, share, edge = BLOCK_CLASSES[kind]

    def weight(block: Block) -> float:
        return max(block.depth - 0.45, 0) ** 2 if edge else 1.0

    return np.array([_part(rng, b, share) for b in free.take(rng, count, weight)], object)


def _part(rng: np.random.Generator, block: Block, share: float) -> shapely.Polygon:
    """The front of a block: as much of its length as it needs."""
    length, width = block.sides_m
    edge = (18 / length, 18 / width)
    far = edge[0] + (1 - 2 * edge[0]) * share * rng.uniform(0.6, 1.0)
    return block.part((edge[0], far), (edge[1], 1 - edge[1]))


def _wards(places: gpd.GeoDataFrame, settled: Settlements) -> np.ndarray:
    """A point beside each of some hospitals, outside the homes round it."""
    rng = generator("infectious wards")
    hospitals = shapely.get_coordinates(places.geometry[places["kind"] == "hospital"].to_numpy())
    homes = shapely.STRtree(settled.residents["geometry"].to_numpy())
    wards = []
    for at in hospitals:
        turn, far = rng.uniform(0, 2 * np.pi, WARD_TRIES), np.linspace(20, 220, WARD_TRIES)
        tries = shapely.points(at + far[:, None] * np.column_stack([np.cos(turn), np.sin(turn)]))
        taken = homes.query(tries, predicate="dwithin", distance=WARD_CLEAR_M)[0]
        free = np.setdiff1d(np.arange(WARD_TRIES), taken)
        if len(free):
            wards.append(tries[free[0]])
    return np.array(wards[:WARDS], object)


def _wide_roads(streets: Streets) -> np.ndarray:
    """The primary streets and roads, joined to long lines."""
    kept = [k for k in streets.kept() if streets.highway[k] == "primary"]
    merged = shapely.line_merge(shapely.union_all(np.asarray(streets.lines(np.array(kept)), object)))
    return np.asarray(shapely.simplify(shapely.get_parts(merged), 3), object)
