"""Residential areas: estates in the blocks of the grids, villages over the land; then people and children, exactly."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from .common import Noise, generator, mountain, shares, smooth_noise, words
from .facts import Facts
from .grids import Grid, Numbers
from .lines import Lines
from .outlines import Outlines

HAMLETS = 530  # new villages (新村) beside old ones, so that there are about 5,400 rural areas
APART_M = 420.0  # least distance between villages
RIDGE_M = 5_500.0  # from ridge to ridge in the mountains
DETACHED_UNITS = ("130503", "130528", "130581")  # one piece of street network in each is not joined to the rest
CHILDREN_A_HEAD = {"urban_old": 0.72, "urban_built": 1.0, "urban_new": 1.42, "rural": 0.95}  # relative
OLD_SHARE, NEW_SHARE = 0.30, 0.24  # of estates: the innermost are old, the outermost new
LANES = [(2, 4), (3, 3), (3, 4), (3, 4), (3, 4), (3, 5), (3, 5)]  # nodes of a village's lanes, 8 to 15

WORDS = words(
    "阳光 锦绣 金泰 翰林 天一 紫金 御景 龙泉 百泉 达活 泉北 泉南 守敬 顺德 钢城 建业 永康 富强 和平 团结 幸福 "
    "东方 新世纪 凤凰 世纪 盛世 鑫都 清华 文苑 育才 银河 华府 荣盛 恒大 碧桂 万和 春天 绿城 滨河 怡园 康乐 兴泰 嘉禾 "
    "光明 朝阳 红星 胜利 中兴 丽景 福泽 祥和 瑞丰 金域 学府 帝都 上城 丽都 香榭 公园 水岸 书香"
)
ENDINGS = {
    "urban_old": words("家属院 宿舍区 小区 里 一区 二区 住宅区"),
    "urban_built": words("小区 花园 家园 佳苑 公寓 新村 苑"),
    "urban_new": words("名邸 府 新城 华府 国际 天境 名苑 公馆 花园"),
}


@dataclass
class Village:
    """A village: its middle, its outline and its lanes (nodes k × m × 2); `detached` if its lanes join no road."""

    code: str
    name: str
    middle: np.ndarray
    outline: shapely.Polygon
    lanes: np.ndarray
    detached: int = 0  # 1, 2, 3: the piece of network it belongs to


@dataclass
class Estate:
    """An estate on a patch of blocks of a grid: rows i to i + high, columns j to j + wide."""

    grid: int
    patch: tuple[int, int, int, int]
    outline: shapely.Polygon
    township: str
    depth: float  # 0 in the middle of the town, 1 at its edge
    cls: str = ""
    code: str = ""
    name: str = ""


@dataclass
class Settlements:
    """Where people live."""

    estates: list[Estate]
    villages: list[Village]
    residents: pd.DataFrame = field(default_factory=pd.DataFrame)


def settle(facts: Facts, outlines: Outlines, lines: Lines, grids: list[Grid], number: Numbers) -> Settlements:
    """Estates, villages, and their people."""
    estates = _estates(facts, outlines, lines, grids, number)
    villages = _villages(facts, outlines, lines, grids)
    settled = Settlements(estates, villages)
    settled.residents = _people(facts, settled, grids)
    return settled


def _estates(facts: Facts, outlines: Outlines, lines: Lines, grids: list[Grid], number: Numbers) -> list[Estate]:
    rng = generator("estates")
    barrier = shapely.union_all([*lines.barriers, *lines.motorways.values()])
    estates: list[Estate] = []
    for k, grid in enumerate(grids):
        middles = grid.middles()
        home = outlines.township_of(middles.reshape(-1, 2)).reshape(middles.shape[:2])
        near = shapely.dwithin(shapely.points(middles), barrier, 130)
        grid.taken |= near
        left = {u: number[u].get("seat" if not grid.is_town else grid.place, 0) for u in grid.units}
        depth = np.hypot(*np.moveaxis(middles - np.array(grid.centre), -1, 0)) / grid.radius
        lumps = smooth_noise(rng, 900)(middles[..., 0], middles[..., 1])
        order = np.argsort(depth + 0.25 * lumps + rng.gumbel(0, 0.40, depth.shape), axis=None)
        for flat in [*order, *order]:
            i, j = np.unravel_index(flat, depth.shape)
            unit = str(home[i, j])[:6]
            if grid.taken[i, j] or left.get(unit, 0) == 0:
                continue
            patch = _patch(rng, grid, int(i), int(j))
            outline = _set_back(rng, grid.ring(*patch))
            if outline is not None and set(outlines.township_of(shapely.get_coordinates(outline))) == {home[i, j]}:
                grid.taken[patch[0] : patch[0] + patch[2], patch[1] : patch[1] + patch[3]] = True
                left[unit] -= 1
                estates.append(Estate(k, patch, outline, home[i, j], float(depth[i, j])))
        if any(left.values()):
            raise RuntimeError(f"no room for the estates of {grid.place}: {left}")
    return _named(rng, estates, facts)


def _patch(rng: np.random.Generator, grid: Grid, i: int, j: int) -> tuple[int, int, int, int]:
    """The blocks that an estate takes round (i, j), 1×1 to 3×3: never across a main street nor over what is taken."""
    high, wide = rng.choice([1, 2, 3], 2, p=[0.12, 0.40, 0.48])
    i0, j0, i1, j1 = i, j, i + 1, j + 1
    for _ in range(2):
        if i1 - i0 < high and i1 < len(grid.taken) and not grid.rank_a[i1] and not grid.taken[i1, j0:j1].any():
            i1 += 1
        if j1 - j0 < wide and j1 < grid.taken.shape[1] and not grid.rank_b[j1] and not grid.taken[i0:i1, j1].any():
            j1 += 1
        if i1 - i0 < high and i0 > 0 and not grid.rank_a[i0] and not grid.taken[i0 - 1, j0:j1].any():
            i0 -= 1
        if j1 - j0 < wide and j0 > 0 and not grid.rank_b[j0] and not grid.taken[i0:i1, j0 - 1].any():
            j0 -= 1
    return i0, j0, i1 - i0, j1 - j0


def _set_back(rng: np.random.Generator, ring: np.ndarray) -> shapely.Polygon | None:
    """The block inside its streets, with four to eight corners."""
    block = shapely.buffer(shapely.polygons(ring), -rng.uniform(12, 24), join_style="mitre")
    block = shapely.simplify(block, 7)
    whole = block.geom_type == "Polygon" and block.area > 2_500 and 4 <= shapely.get_num_coordinates(block) - 1 <= 8
    return block if whole else None


def _named(rng: np.random.Generator, estates: list[Estate], facts: Facts) -> list[Estate]:
    """Class by depth, name from the class, code from the township and a number from 501."""
    estates.sort(key=lambda e: (e.township, e.grid, e.patch))
    community = facts.villages[facts.villages["kind"] == "community"].groupby("township")["name"].apply(list).to_dict()
    used: set[str] = set()
    serial: dict[str, int] = {}
    age = np.array([e.depth for e in estates]) + rng.normal(0, 0.2, len(estates))
    old, new = np.quantile(age, [OLD_SHARE, 1 - NEW_SHARE])
    for e, depth in zip(estates, age, strict=True):
        e.cls = "urban_old" if depth < old else "urban_new" if depth > new else "urban_built"
        serial[e.township] = serial.get(e.township, 500) + 1
        e.code = f"{e.township}{serial[e.township]:03d}"
        stems = community.get(e.township, []) * 3 + WORDS
        e.name = stems[rng.integers(len(stems))] + ENDINGS[e.cls][rng.integers(len(ENDINGS[e.cls]))]
        stem, n = e.name, 1
        while e.township[:6] + e.name in used:
            n += 1
            e.name = f"{stem}{'一二三四五六七八九十'[n - 1]}期" if n <= 10 else f"{stem}{n}号院"
        used.add(e.township[:6] + e.name)
    return estates


def _villages(facts: Facts, outlines: Outlines, lines: Lines, grids: list[Grid]) -> list[Village]:
    """Real names by township at invented places: apart from each other, in valleys where there are mountains."""
    rng = generator("villages")
    closed = [shapely.buffer(g.hull, 330) for g in grids]
    closed = shapely.union_all([*closed, lines.kept_clear()])
    ridge = smooth_noise(rng, RIDGE_M)  # the first draw: the elevation draws it again
    names = facts.villages[facts.villages["kind"] == "village"]
    middles: list[np.ndarray] = []
    villages: list[Village] = []
    for township, rows in names.groupby("township"):
        room = shapely.difference(shapely.buffer(outlines.townships.geometry[township], -260), closed)
        for code, at in zip(rows.index, _scatter(rng, room, len(rows), middles, ridge), strict=False):
            villages.append(_village(rng, code, rows["name"][code], at))
    _hamlets(rng, villages, outlines, closed)
    _detach(villages)
    return sorted(villages, key=lambda v: v.code)


def _scatter(
    rng: np.random.Generator, room: shapely.Geometry, count: int, others: list[np.ndarray], ridge: Noise
) -> list[np.ndarray]:
    """Up to `count` points in the room, apart from the others, which they join."""
    if room.is_empty:
        return []
    shapely.prepare(room)
    low, high = np.array(room.bounds).reshape(2, 2)
    apart = max(APART_M, 0.72 * np.sqrt(room.area / count))
    near = [o for o in others if (o > low - 2_000).all() and (o < high + 2_000).all()]
    start = len(near)
    for _ in range(12):
        tries = rng.uniform(low, high, (40 * count, 2))
        height = np.maximum(0, ridge(*tries.T)) * mountain(*tries.T)
        for at in tries[shapely.contains_xy(room, tries) & (rng.random(len(tries)) < np.exp(-3.5 * height))]:
            if len(near) - start < count and (not near or np.min(np.hypot(*(np.array(near) - at).T)) > apart):
                near.append(at)
        apart = max(APART_M, 0.85 * apart)
    others += near[start:]
    return near[start:]


def _village(rng: np.random.Generator, code: str, name: str, middle: np.ndarray, small: bool = False) -> Village:
    """Lanes on a small turned grid, closer together in the mountains, and an outline round them."""
    high_up = float(mountain(*middle))
    rows, columns = (2, 4) if small else LANES[rng.integers(2 if high_up > 0.5 and rng.random() < 0.6 else len(LANES))]
    step = rng.uniform(48, 82) * (1 - 0.25 * high_up)
    turn = rng.normal(0, 0.12 + 0.6 * high_up)
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    y, x = np.meshgrid(
        (np.arange(rows) - (rows - 1) / 2) * step, (np.arange(columns) - (columns - 1) / 2) * step, indexing="ij"
    )
    lanes = np.stack([x, y], axis=-1) + rng.normal(0, 5, (rows, columns, 2))
    half = np.array([x.max() + rng.uniform(22, 48), y.max() + rng.uniform(22, 48)])
    corners: list[np.ndarray] = []
    for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        corner, cut = half * (sx, sy), rng.uniform(0.2, 0.45, 2) * half
        two = [corner - (0, sy * cut[1]), corner - (sx * cut[0], 0)]
        corners += (two if sx * sy > 0 else two[::-1]) if rng.random() < 0.4 else [corner * rng.uniform(0.9, 1, 2)]
    outline = shapely.polygons(np.array(corners) @ spin + middle)
    return Village(code, name, middle, shapely.orient_polygons(outline), lanes @ spin + middle)


def _hamlets(rng: np.random.Generator, villages: list[Village], outlines: Outlines, closed: shapely.Geometry) -> None:
    """New villages 380 to 520 m from their old one, in the same township."""
    shapely.prepare(closed)
    middles = np.array([v.middle for v in villages])
    serial: dict[str, int] = {}
    for v in [villages[k] for k in rng.permutation(len(villages))]:
        angle, township = rng.uniform(0, 2 * np.pi), v.code[:9]
        at = v.middle + rng.uniform(380, 520) * np.array([np.cos(angle), np.sin(angle)])
        room = shapely.contains_xy(shapely.buffer(outlines.townships.geometry[township], -200), *at)
        if room and not shapely.contains_xy(closed, *at) and np.min(np.hypot(*(middles - at).T)) > 360:
            serial[township] = serial.get(township, 900) + 1
            villages.append(_village(rng, f"{township}{serial[township]}", v.name + "新村", at, small=True))
            middles = np.vstack([middles, at])
        if sum(serial.values()) - 900 * len(serial) == HAMLETS:
            return


def _detach(villages: list[Village]) -> None:
    """In three units, the old and new village farthest from others stand for a piece of network that joins nothing."""
    middles = np.array([v.middle for v in villages])
    third = cKDTree(middles).query(middles, k=3)[0][:, 2]
    stem = {(v.code[:9], v.name): k for k, v in enumerate(villages)}
    pairs = {k: stem[v.code[:9], v.name[:-2]] for k, v in enumerate(villages) if (v.code[:9], v.name[:-2]) in stem}
    for piece, unit in enumerate(DETACHED_UNITS, 1):
        new = max((k for k in pairs if villages[k].code[:6] == unit), key=lambda k: (third[k], k))
        villages[new].detached = villages[pairs[new]].detached = piece


def _people(facts: Facts, settled: Settlements, grids: list[Grid]) -> pd.DataFrame:
    """People by area and class, to the census of each unit; children by people and class, likewise."""
    rng = generator("people")
    rows = [(e.code, e.name, e.township, e.cls, e.outline, grids[e.grid].is_town) for e in settled.estates]
    rows += [(v.code, v.name, v.code[:9], "rural", v.outline, False) for v in settled.villages]
    frame = pd.DataFrame(rows, columns=["code", "名称", "township", "class", "geometry", "town"])
    frame["unit_id"] = frame["township"].str[:6]
    size = shapely.area(frame["geometry"].to_numpy()) ** 0.75 * rng.lognormal(0, 0.30, len(frame))
    middle = shapely.get_coordinates(shapely.centroid(frame["geometry"].to_numpy()))
    rural = (frame["class"] == "rural").to_numpy()
    size *= np.where(rural, 1 - 0.55 * mountain(*middle.T), 1) * np.where(frame["town"], 0.6, 1)
    fertile = frame["class"].map(CHILDREN_A_HEAD).to_numpy() * rng.lognormal(0, 0.14, len(frame))
    people = np.zeros((len(frame), 3), np.int64)
    for unit, fact in facts.units.iterrows():
        own = (frame["unit_id"] == unit).to_numpy()
        people[own & ~rural, 0] = shares(int(fact["urban"]), size[own & ~rural])
        people[own & rural, 0] = shares(int(fact["residents"] - fact["urban"]), size[own & rural])
        young = people[own, 0] * fertile[own]
        for column, name in ((1, "age_0"), (2, "age_1_4")):
            people[own, column] = shares(int(fact[name]), young)
    frame["population"], frame["age_0"], frame["age_1_4"] = people.T
    return frame.drop(columns="town")
