"""What may not be built on, and where building ends: a layer for each control and boundary, under names as bureaux give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .blocks import Block, FreeBlocks
from .common import PLANE, generator, mountain, smooth_noise
from .elevation import ridges
from .facts import Facts
from .grids import Grid
from .lines import Lines
from .outlines import Outlines
from .settlements import Settlements
from .spots import numbered, stems

# layer: the role it has in a study
ROLES = {
    "YJJBNT": "permanent_farmland", "STBHHX": "ecological_red_line", "CZKFBJ": "development_boundary", "CZJSBJ": "village_boundary",
    "LanX": "blue_line", "LvX": "green_line", "ZiX": "purple_line", "HuangX": "yellow_line", "DZZH": "geological_hazard",
    "HSFX": "flood", "CKQ": "mining",
}  # fmt: skip
FIELD_M, FIELD_GAP_M, LEAST_FIELD_M2 = 1_050.0, 14.0, 30_000.0  # fields: from middle to middle, the track between two
FIELD_SHARE = 0.58  # of the fields of the plain are permanent: with what settlements take, about half of the plain
VILLAGE_CLEAR_M, TOWN_CLEAR_M, LINE_CLEAR_M = 75.0, 120.0, 70.0  # from farmland to villages, towns, rivers and railway
RED_CELL_M, RED_RIDGE = 620.0, 0.1  # red line: above this much ridge
PARKS, WORKS, SLIDES, GOAFS, HISTORIC = 170, 55, 190, 16, 22
UNDER_HOSTS = 5  # of the slides, and of the mined grounds, lie under a building that could take a nursery
BLUE_M, FLOOD_M = {"滏阳河": 85.0, "七里河": 60.0}, {"滏阳河": 620.0, "七里河": 330.0}
GOAF_UNITS = ("130503", "130582")
WORK_KINDS = ("污水处理厂", "自来水厂", "公交场站", "变电站用地", "热力站", "消防站")
SLIDE_KINDS = ("滑坡", "崩塌", "泥石流", "地面塌陷")


@dataclass(frozen=True)
class Settled:
    """The ground on which people live: homes, and the grounds of towns with their streets."""

    homes: np.ndarray
    villages: np.ndarray
    towns: np.ndarray


def settled_ground(settled: Settlements, grids: list[Grid]) -> Settled:
    """Outlines of homes and villages, and for each grid the ground of its blocks with a strip round it."""
    homes = settled.residents["geometry"].to_numpy()
    rural = (settled.residents["class"] == "rural").to_numpy()
    towns = [shapely.simplify(shapely.buffer(_ground(g), 60, join_style="mitre"), 40) for g in grids]
    return Settled(homes, homes[rural], np.array(towns, object))


def _ground(grid: Grid) -> shapely.Geometry:
    blocks = [shapely.polygons(grid.ring(int(i), int(j))) for i, j in np.argwhere(grid.blocks_inside())]
    return shapely.union_all(blocks)


def draw_controls(
    facts: Facts,
    outlines: Outlines,
    lines: Lines,
    grids: list[Grid],
    settled: Settlements,
    hosts: gpd.GeoDataFrame,
    free: FreeBlocks,
) -> dict[str, gpd.GeoDataFrame]:
    """Every control and boundary by its layer name, in metres; parks and works take free blocks."""
    ground = settled_ground(settled, grids)
    layers = {
        "YJJBNT": _farmland(outlines, lines, ground),
        "STBHHX": _red_line(outlines, ground),
        "CZKFBJ": _parts(np.array([shapely.union_all(ground.towns)], object)),
        "CZJSBJ": _village_boundary(ground),
        "LanX": _along(lines, BLUE_M, ground.homes),
        "LvX": _on_blocks(generator("parks"), free, PARKS),
        "ZiX": _historic(grids),
        "HuangX": _on_blocks(generator("works"), free, WORKS),
        "DZZH": _slides(settled, hosts),
        "HSFX": _along(lines, FLOOD_M, np.array([], object)),
        "CKQ": _goafs(settled, hosts),
    }
    return {name: _named(facts, outlines, name, shapes) for name, shapes in layers.items()}


def _named(facts: Facts, outlines: Outlines, layer: str, shapes: np.ndarray) -> gpd.GeoDataFrame:
    """Rows in the order of their places, with a number and the unit in which their middle is."""
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes))
    home = pd.Series(outlines.township_of(middle))
    frame = pd.DataFrame({"BSM": "", "名称": "", "unit_id": home.str[:6], "geometry": shapes, "township": home})
    frame = frame[frame["township"] != ""].sort_values("township", kind="stable", ignore_index=True)
    frame["BSM"] = [f"{layer}{k:05d}" for k in range(1, len(frame) + 1)]
    frame["名称"] = _names(facts, layer, frame["township"])
    frame["面积"] = np.round(shapely.area(frame["geometry"].to_numpy())).astype(int)
    columns = ["BSM", "名称", "unit_id", "面积"] if layer not in {"YJJBNT", "CZJSBJ"} else ["BSM", "unit_id"]
    return gpd.GeoDataFrame(frame[columns], geometry=frame["geometry"].to_numpy(), crs=PLANE)


def _names(facts: Facts, layer: str, townships: pd.Series) -> list[str]:
    rng, stem = generator(f"names of {layer}"), stems(facts.townships, townships)
    ending: dict[str, Any] = {
        "STBHHX": "生态保护红线", "CZKFBJ": "城镇开发边界", "LanX": "河道蓝线", "LvX": "公园绿线", "ZiX": "历史文化街区紫线",
        "HuangX": rng.choice(WORK_KINDS, len(stem)), "DZZH": rng.choice(SLIDE_KINDS, len(stem)), "HSFX": "行洪区",
        "CKQ": "采空区", "YJJBNT": "永久基本农田", "CZJSBJ": "村庄建设边界",
    }  # fmt: skip
    return numbered((stem + ending[layer]).tolist())


def _parts(shapes: np.ndarray, least_m2: float = 1_000.0) -> np.ndarray:
    """The polygons of geometries, small slivers left out."""
    parts = shapely.get_parts(shapely.get_parts(shapes))
    return np.asarray(parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) >= least_m2)])


def _without(shapes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Shapes less those of the others that touch them."""
    at, which = shapely.STRtree(others).query(shapes, predicate="intersects")
    result = shapes.copy()
    for k in np.unique(at):
        result[k] = shapely.difference(shapes[k], shapely.union_all(others[which[at == k]]))
    return result


def _lattice(rng: np.random.Generator, outlines: Outlines, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Crooked cells over the city, their corners shaken; and their middles."""
    low, high = np.array(outlines.boundary.bounds).reshape(2, 2)
    x, y = np.meshgrid(np.arange(low[0], high[0] + step, step), np.arange(low[1], high[1] + step, step))
    at = np.stack([x, y], axis=-1) + rng.uniform(-0.22 * step, 0.22 * step, (*x.shape, 2))
    ring = np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]], axis=2).reshape(-1, 4, 2)
    inside = outlines.township_of(ring.mean(1)) != ""
    return shapely.polygons(ring[inside]), ring[inside].mean(1)


def _farmland(outlines: Outlines, lines: Lines, ground: Settled) -> np.ndarray:
    """Fields of the plain and the valleys' mouths, between settlements, rivers and lines, which they leave free."""
    rng = generator("permanent farmland")
    cells, middle = _lattice(rng, outlines, FIELD_M)
    hilly = mountain(*middle.T)
    lumps = smooth_noise(rng, 7_000)(*middle.T)
    chance = FIELD_SHARE * (1 - hilly) ** 2 + 0.10 * lumps
    fields = cells[rng.random(len(cells)) < chance]
    fields = shapely.buffer(fields, -FIELD_GAP_M / 2, join_style="mitre")
    closed = [shapely.buffer(ground.villages, VILLAGE_CLEAR_M, join_style="mitre"),
              shapely.buffer(ground.towns, TOWN_CLEAR_M, join_style="mitre"),
              shapely.buffer(_pieces(lines), LINE_CLEAR_M, quad_segs=2)]  # fmt: skip
    parts = _parts(_without(fields, np.concatenate(closed)), LEAST_FIELD_M2)
    return np.asarray(shapely.simplify(parts, 12), object)


def _pieces(lines: Lines) -> np.ndarray:
    """Rivers, railway and motorways in pieces of about 2 km."""
    pieces = []
    for line in [*lines.barriers, *lines.motorways.values()]:
        xy = shapely.get_coordinates(shapely.simplify(line, 10))
        pieces += [shapely.linestrings(xy[k : k + 9]) for k in range(0, len(xy) - 1, 8)]
    return np.array(pieces, object)


def _red_line(outlines: Outlines, ground: Settled) -> np.ndarray:
    """The ridges of the western mountains, less the homes and their surroundings."""
    rng = generator("red line")
    cells, middle = _lattice(rng, outlines, RED_CELL_M)
    high = (mountain(*middle.T) > 0.75) & (ridges()(*middle.T) + 0.15 * rng.normal(0, 1, len(middle)) > RED_RIDGE)
    whole = shapely.simplify(shapely.buffer(shapely.union_all(cells[high]), 30, join_style="mitre"), 60)
    closed = np.concatenate([shapely.buffer(ground.villages, 40, join_style="mitre"), shapely.buffer(ground.towns, 60)])
    return _parts(_without(_parts(np.array([whole], object)), closed), 200_000)


def _village_boundary(ground: Settled) -> np.ndarray:
    """Villages with a strip round them; neighbours that meet share one boundary."""
    rng = generator("village boundaries")
    wide = rng.uniform(18, 60, len(ground.villages))
    round_them = shapely.buffer(ground.villages, wide, join_style="mitre", mitre_limit=2)
    return np.asarray(shapely.simplify(_parts(np.array([shapely.union_all(round_them)], object)), 4), object)


def _along(lines: Lines, wide_m: dict[str, float], spared: np.ndarray) -> np.ndarray:
    """Land on both sides of the rivers, wider here than there, less what is spared."""
    rng, pieces = generator(f"along rivers {sorted(wide_m.values())}"), []
    for name, wide in wide_m.items():
        xy = shapely.get_coordinates(lines.rivers[name])
        uneven = smooth_noise(rng, 5_000)
        for k in range(0, len(xy) - 1, 24):
            run = xy[k : k + 25]
            width = wide * (1 + 0.35 * float(uneven(*run[0])))
            pieces.append(shapely.buffer(shapely.linestrings(run), width, cap_style="flat", quad_segs=3))
    shapes = np.asarray(shapely.simplify(np.array(pieces, object), 6), object)
    return _parts(_without(shapes, shapely.buffer(spared, 8)) if len(spared) else shapes)


def _on_blocks(rng: np.random.Generator, free: FreeBlocks, count: int) -> np.ndarray:
    """The grounds of free blocks, those of the seats twice as likely as those of small towns."""

    def weight(block: Block) -> float:
        return 1.0 if block.is_town else 2.0

    return _parts(np.array([b.ground for b in free.take(rng, count, weight)], object))


def _historic(grids: list[Grid]) -> np.ndarray:
    """Old quarters of 2 to 16 ha near the middles of the seats, more than one in the core."""
    rng = generator("historic quarters")
    seats = [g for g in grids if not g.is_town]
    chosen = [seats[0]] * (HISTORIC - len(seats) + 1) + seats[1:]
    shapes = []
    for grid in chosen:
        angle, half = rng.uniform(0, 2 * np.pi), rng.uniform(70, 200, 2)
        away = rng.uniform(0.05, 0.35) * min(grid.radius, 2_500)
        x, y = np.array(grid.centre) + away * np.array([np.cos(angle), np.sin(angle)])
        shapes.append(shapely.box(x - half[0], y - half[1], x + half[0], y + half[1]))
    return _parts(np.array([shapely.union_all(shapes)], object))


def _slides(settled: Settlements, hosts: gpd.GeoDataFrame) -> np.ndarray:
    """Slopes that may slide, by the villages of the mountains: a few reach a village and its school, most lie beside it."""
    rng = generator("slides")
    middles = np.array([v.middle for v in settled.villages])
    high = middles[mountain(*middles.T) > 0.7]
    at = high[rng.choice(len(high), SLIDES - UNDER_HOSTS, replace=False)]
    angle, away = rng.uniform(0, 2 * np.pi, len(at)), rng.uniform(90, 420, len(at))
    beside = at + away[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return _ovals(rng, np.vstack([beside, _some_hosts(rng, hosts, (0.6, 1.0))]), (55, 170))


def _goafs(settled: Settlements, hosts: gpd.GeoDataFrame) -> np.ndarray:
    """Mined ground of 沙河 and 信都, in the foothills, with the villages above it."""
    rng = generator("goafs")
    middles = np.array([v.middle for v in settled.villages if v.code[:6] in GOAF_UNITS])
    height = mountain(*middles.T)
    foot = middles[(height > 0.15) & (height < 0.9)]
    at = foot[rng.choice(len(foot), GOAFS - UNDER_HOSTS, replace=False)] + rng.normal(0, 300, (GOAFS - UNDER_HOSTS, 2))
    here = hosts[hosts["unit_id"].isin(GOAF_UNITS)]
    return _ovals(rng, np.vstack([at, _some_hosts(rng, here, (0.1, 0.9))]), (450, 1_100))


def _some_hosts(rng: np.random.Generator, hosts: gpd.GeoDataFrame, between: tuple[float, float]) -> np.ndarray:
    """Positions of hosts where it is so mountainous."""
    xy = shapely.get_coordinates(hosts.geometry.to_numpy())
    height = mountain(*xy.T)
    there = xy[(height > between[0]) & (height < between[1])]
    return np.asarray(there[rng.choice(len(there), UNDER_HOSTS, replace=False)])


def _ovals(rng: np.random.Generator, middles: np.ndarray, half_m: tuple[float, float]) -> np.ndarray:
    """Uneven ovals of twelve corners."""
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    rings = []
    for middle in middles:
        half, lean = rng.uniform(*half_m, 2), rng.uniform(0, np.pi)
        flat = half * np.column_stack([np.cos(turn), np.sin(turn)]) * rng.uniform(0.8, 1.15, (12, 1))
        spin = np.array([[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]])
        rings.append(flat @ spin + middle)
    return _parts(np.array([shapely.union_all(shapely.polygons(np.array(rings)))], object))
