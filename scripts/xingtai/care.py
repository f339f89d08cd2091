"""Care: facilities that serve now, hosts that could take a nursery, idle buildings and lots."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .common import PLANE, degrees, gcj02, generator, shares, words
from .facts import Facts
from .grids import Grid
from .outlines import Outlines
from .settlements import Settlements
from .spots import beside, partly, points, sample, township_of, with_middles

FACILITIES, PLACES = 330, 20_000
FILED_SHARE, INCLUSIVE_SHARE, TOWN_SHARE = 0.80, 0.42, 0.13
CLUSTER_M = 380.0  # facilities crowd: most of a group stand within this of its middle
GROUP = 4.3  # facilities in a group, on average
# kind: share, places (low, high), shares of the places by age band 6–12, 12–24, 24–36 months
KINDS = {
    "独立托育机构": (0.44, (40, 130), (0.12, 0.38, 0.50)),
    "幼儿园托班": (0.27, (20, 60), (0.0, 0.0, 1.0)),
    "社区托育点": (0.15, (20, 50), (0.0, 0.35, 0.65)),
    "家庭托育点": (0.06, (4, 6), (0.2, 0.4, 0.4)),
    "用人单位托育": (0.05, (20, 60), (0.1, 0.4, 0.5)),
    "托育综合服务中心": (0.03, (100, 160), (0.2, 0.4, 0.4)),
}
MODES = ("全日托", "全日托;半日托", "全日托;半日托;计时托", "半日托;计时托", "全日托;临时托")
BRANDS = words("小太阳 贝贝 金色摇篮 爱心 启蒙 童乐 宝贝 蓝天 七彩 未来星 红缨 安安 康乃馨 春芽 小天使 育苗 嘟嘟 乐乐")

# kind of host: number, name ending, share that is public
HOSTS = {
    "kindergarten": (900, "幼儿园", 0.42),
    "community_service": (210, "社区服务中心", 1.0),
    "community_health": (150, "社区卫生服务站", 0.9),
    "elder_day_care": (110, "日间照料中心", 0.8),
    "women_children_centre": (19, "妇女儿童活动中心", 1.0),
    "childrens_home": (31, "儿童之家", 1.0),
    "primary_school": (80, "小学", 0.95),
}
IDLE_BUILDINGS, IDLE_LOTS = 200, 100
LEFT_IN_2030 = 0.76  # of a kindergarten's children: invented births of 2025–2027 to those of 2020–2022
FORMER = words("小学 仓库 供销社 粮站 厂房 商铺 办公楼 招待所 村委会 医院门诊部 国企宿舍 培训中心")
FORMER_WEIGHT = np.array([0.16, 0.12, 0.10, 0.07, 0.14, 0.12, 0.11, 0.04, 0.06, 0.03, 0.03, 0.02])
LOT_USES = {
    "空闲地": "1201",
    "拆迁空地": "1201",
    "闲置厂院": "0601",
    "停用市场": "05H1",
    "农用设施地": "1202",
    "旱地": "0103",
}
OWNERS = ("国有", "集体", "私有")


def place_care(facts: Facts, outlines: Outlines, grids: list[Grid], settled: Settlements) -> dict[str, pd.DataFrame]:
    """The tables `facilities`, `hosts` and `idle`."""
    urban = with_middles(settled.residents[settled.residents["class"] != "rural"])
    rural = with_middles(settled.residents[settled.residents["class"] == "rural"])
    towns = {g.place for g in grids if g.is_town}
    return {
        "facilities": _facilities(facts, urban, towns),
        "hosts": _with_projected(_hosts(facts, outlines, urban, rural)),
        "idle": _idle(facts, outlines, grids, rural),
    }


def _facilities(facts: Facts, urban: pd.DataFrame, towns: set[str]) -> pd.DataFrame:
    """Crowded in the seats, some in towns; about 80 % filed; coordinates GCJ-02 as a web map gives them, and x, y in metres."""
    rng = generator("facilities")
    urban = urban.assign(town=urban["township"].isin(towns), young=urban["age_0"] + urban["age_1_4"])
    rows = np.concatenate([_crowd(rng, urban[urban["town"]], round(FACILITIES * TOWN_SHARE), 1.2),
                           _crowd(rng, urban[~urban["town"]], FACILITIES - round(FACILITIES * TOWN_SHARE), GROUP)])  # fmt: skip
    order = np.argsort(urban["code"].to_numpy()[rows], kind="stable")
    rows, at = rows[order], urban.loc[rows[order]]
    xy = beside(rng, urban, rows)
    lon, lat = gcj02(*degrees(xy).T)
    kind = rng.choice(list(KINDS), len(rows), p=[k[0] for k in KINDS.values()])
    size = np.array([rng.uniform(*KINDS[k][1]) for k in kind])
    places = np.where(kind == "家庭托育点", np.round(size), shares(PLACES, size)).astype(int)
    bands = np.array([shares(int(n), KINDS[k][2]) for n, k in zip(places, kind, strict=True)])
    filed = rng.random(len(rows)) < FILED_SHARE
    return pd.DataFrame({
        "编号": [f"F-{n:04d}" for n in range(1, len(rows) + 1)],
        "名称": _facility_names(rng, facts, at, kind),
        "类型": kind,
        "经度": np.round(lon, 6), "纬度": np.round(lat, 6),
        "托位6_12月": bands[:, 0], "托位12_24月": bands[:, 1], "托位24_36月": bands[:, 2],
        "已备案": np.where(filed, "是", "否"),
        "普惠": np.where(filed & (rng.random(len(rows)) < INCLUSIVE_SHARE), "是", "否"),
        "服务方式": rng.choice(MODES, len(rows), p=[0.46, 0.24, 0.12, 0.08, 0.10]),
        "开办年份": rng.choice(np.arange(2014, 2026), len(rows), p=np.r_[np.full(5, 0.04), np.full(7, 0.8 / 7)]),
        "状态": "在营",
        "x": xy[:, 0], "y": xy[:, 1], "township": at["township"].to_numpy(),
    })  # fmt: skip


def _crowd(rng: np.random.Generator, frame: pd.DataFrame, count: int, group: float) -> np.ndarray:
    """Labels of estates: groups start where children are and take further estates near their start."""
    young, xy = frame["young"].to_numpy(float), frame[["x", "y"]].to_numpy()
    chosen: list[int] = []
    while len(chosen) < count:
        start = rng.choice(len(frame), p=young / young.sum())
        far = np.hypot(*(xy - xy[start]).T)
        size = min(rng.geometric(1 / group), count - len(chosen))
        chosen += [int(start), *rng.choice(len(frame), size - 1, p=_pull(far)).tolist()]
    return frame.index.to_numpy()[chosen]


def _pull(far: np.ndarray) -> np.ndarray:
    weight = np.exp(-((far / CLUSTER_M) ** 2))
    return weight / weight.sum()


def _facility_names(rng: np.random.Generator, facts: Facts, at: pd.DataFrame, kind: np.ndarray) -> list[str]:
    ending = {"独立托育机构": "托育园", "幼儿园托班": "幼儿园托班", "社区托育点": "社区托育点", "家庭托育点": "家庭托育点",
              "用人单位托育": "职工托育点", "托育综合服务中心": "托育综合服务中心"}  # fmt: skip
    names, number = [], {}
    for township, k in zip(at["township"], kind, strict=True):
        stem = facts.townships["name"][township].removesuffix("街道").removesuffix("镇").removesuffix("乡")
        key = (stem, k, township[:6])
        number[key] = number.get(key, 0) + 1
        brand = (
            f"第{'一二三四五六七八九'[number[key] - 1]}"
            if number[key] < 10 and rng.random() < 0.4
            else BRANDS[rng.integers(len(BRANDS))]
        )
        names.append(stem + brand + ending[k])
    return names


def _hosts(facts: Facts, outlines: Outlines, urban: pd.DataFrame, rural: pd.DataFrame) -> gpd.GeoDataFrame:
    """Buildings that could take a nursery; areas, storeys and rolls partly unknown, as in real lists."""
    rng = generator("hosts")
    parts = []
    for kind, (count, ending, public) in HOSTS.items():
        country = {"kindergarten": 0.42, "primary_school": 0.45, "childrens_home": 0.5}.get(kind, 0.12)
        here = sample(rng, urban, count - round(country * count))
        there = sample(rng, rural, round(country * count))
        at = pd.concat([urban.iloc[here], rural.iloc[there]])
        xy = np.vstack([beside(rng, urban, here), beside(rng, rural, there, 0.1, 0.7)])
        stem = np.where(
            at["class"] == "rural",
            at["名称"],
            at["township"].map(facts.townships["name"]).str.replace("街道|镇$|乡$", "", regex=True),
        )
        part = pd.DataFrame({"名称": _numbered(rng, stem, ending), "kind": kind, "township": at["township"].to_numpy()})
        part["ownership"] = np.where(rng.random(count) < public, "public", "private")
        parts.append(part.assign(x=xy[:, 0], y=xy[:, 1]))
    frame = pd.concat(parts, ignore_index=True)
    frame["unit_id"] = township_of(outlines, frame).str[:6].to_numpy()
    _host_sizes(rng, frame)
    frame.insert(0, "host_id", [f"H-{n:04d}" for n in range(1, len(frame) + 1)])
    return points(frame.drop(columns="township"))


def _numbered(rng: np.random.Generator, stems: np.ndarray, ending: str) -> list[str]:
    names, seen = [], {}
    for stem in stems:
        seen[stem] = seen.get(stem, 0) + 1
        middle = BRANDS[rng.integers(len(BRANDS))] if ending == "幼儿园" and rng.random() < 0.5 else ""
        count = "" if seen[stem] == 1 or middle else f"第{'一二三四五六七八九十'[min(seen[stem], 10) - 1]}"
        names.append(f"{stem}{middle}{count}{ending}")
    return names


def _host_sizes(rng: np.random.Generator, frame: pd.DataFrame) -> None:
    n, kinder = len(frame), (frame["kind"] == "kindergarten").to_numpy()
    classes = np.where(kinder, rng.choice([3, 4, 6, 9, 12], n, p=[0.2, 0.22, 0.33, 0.17, 0.08]), 0)
    capacity = classes * 30
    roll = np.round(capacity * np.clip(rng.beta(5, 2.6, n), 0.15, 1.0))
    spare = np.where(kinder, np.maximum(0, (capacity - roll) * rng.uniform(3.0, 6.0, n)), rng.lognormal(5.1, 0.6, n))
    outdoor = np.where(kinder, capacity * rng.uniform(2.0, 5.0, n), rng.lognormal(4.6, 0.8, n))
    frame["classes"] = partly(rng, np.where(kinder, classes, np.nan), 0.02)
    frame["capacity"] = partly(rng, np.where(kinder, capacity, np.nan), 0.03)
    frame["enrolment"] = partly(rng, np.where(kinder, roll, np.nan), 0.06)
    frame["spare_floor_m2"] = partly(rng, np.round(spare), 0.15)
    frame["outdoor_m2"] = partly(rng, np.round(outdoor), 0.12)
    storey = rng.choice([1, 2, 3, 4], n, p=[0.62, 0.22, 0.11, 0.05])
    frame["storey"] = partly(rng, np.where(kinder, np.minimum(storey, 3), storey), 0.10)
    frame["inclusive"] = np.where(rng.random(n) < np.where(frame["ownership"] == "public", 0.95, 0.4), "是", "否")
    frame.loc[rng.random(n) < 0.05, "inclusive"] = None
    frame.loc[rng.random(n) < 0.03, "ownership"] = None


def _with_projected(hosts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Kindergartens with the children that they expect in 2030: fewer, as births fall."""
    rng = generator("projected enrolment")
    left = np.clip(rng.normal(LEFT_IN_2030, 0.06, len(hosts)), 0, 1)
    return hosts.assign(projected_enrolment=(hosts["enrolment"].astype("Float64") * left).round().astype("Int64"))


def _idle(facts: Facts, outlines: Outlines, grids: list[Grid], rural: pd.DataFrame) -> gpd.GeoDataFrame:
    """Idle buildings in blocks of the towns and in villages, idle lots in blocks that no estate takes."""
    rng = generator("idle")
    blocks = _free_blocks(rng, grids, outlines)
    buildings = _idle_buildings(rng, blocks[: IDLE_BUILDINGS - 50], rural)
    lots = _idle_lots(rng, blocks[IDLE_BUILDINGS - 50 :][:IDLE_LOTS])
    frame = pd.concat([buildings, lots], ignore_index=True)
    frame["township"] = outlines.township_of(
        shapely.get_coordinates(shapely.point_on_surface(frame["geometry"].to_numpy()))
    )
    frame["unit_id"] = frame["township"].str[:6]
    towns = frame["township"].map(facts.townships["name"]).str.replace("街道|镇$|乡$", "", regex=True)
    frame["名称"] = towns + "原" + frame["former_use"] + np.where(frame["kind"] == "idle_land", "地块", "")
    frame["owner"] = rng.choice(OWNERS, len(frame), p=[0.45, 0.40, 0.15])
    frame.loc[rng.random(len(frame)) < 0.08, "owner"] = None
    frame["site_id"] = [f"S-{n:04d}" for n in range(1, len(frame) + 1)]
    columns = "site_id 名称 kind unit_id former_use floor_area_m2 land_m2 outdoor_m2 storey survey_code farmland_m2 owner geometry"
    return gpd.GeoDataFrame(frame[words(columns)], geometry="geometry", crs=PLANE)


def _free_blocks(rng: np.random.Generator, grids: list[Grid], outlines: Outlines) -> list[shapely.Polygon]:
    """Blocks without an estate, in the town more than in the country, in drawn order."""
    free = [(g, i, j) for g in grids for i, j in np.argwhere(~g.taken)]
    weight = np.array([0.6 if g.is_town else 1.0 for g, _, _ in free])
    picked = rng.choice(len(free), 600, replace=False, p=weight / weight.sum())
    rings = [shapely.buffer(shapely.polygons(free[k][0].ring(*free[k][1:])), -18, join_style="mitre") for k in picked]
    middle = shapely.get_coordinates(shapely.centroid(np.array(rings, object)))
    home = outlines.township_of(middle)
    return [r for r, h in zip(rings, home, strict=True) if h and r.geom_type == "Polygon" and r.area > 2_000]


def _part_of(block: shapely.Polygon, area: float, rng: np.random.Generator) -> shapely.Polygon:
    """A smaller copy of the block inside it."""
    middle, scale = np.array(block.centroid.coords[0]), np.sqrt(min(0.9, area / block.area))
    slack = (1 - scale) * rng.uniform(-0.5, 0.5, 2) * np.sqrt(block.area) * 0.6
    return shapely.transform(block, lambda p: middle + slack + scale * (p - middle))


def _idle_buildings(rng: np.random.Generator, blocks: list[shapely.Polygon], rural: pd.DataFrame) -> pd.DataFrame:
    n, village = IDLE_BUILDINGS, IDLE_BUILDINGS - len(blocks)
    floor, storeys = rng.lognormal(6.6, 0.6, n), rng.choice([1, 2, 3, 4], n, p=[0.45, 0.3, 0.17, 0.08])
    shape = [_part_of(b, a / s, rng) if k % 2 else shapely.centroid(_part_of(b, a, rng))
             for k, (b, a, s) in enumerate(zip(blocks, floor, storeys, strict=False))]  # fmt: skip
    shape += list(shapely.points(beside(rng, rural, sample(rng, rural, village), 0.2, 0.8)))
    use = rng.choice(FORMER, n, p=FORMER_WEIGHT)
    return pd.DataFrame({
        "kind": "idle_building", "former_use": use,
        "floor_area_m2": partly(rng, np.round(floor), 0.06),
        "land_m2": partly(rng, np.round(floor / storeys * rng.uniform(1.3, 3.0, n)), 0.15),
        "outdoor_m2": partly(rng, np.round(floor / storeys * rng.uniform(0.1, 1.2, n)), 0.15),
        "storey": partly(rng, rng.choice([1, 2, 3, 4, 5], n, p=[0.6, 0.18, 0.12, 0.06, 0.04]), 0.12),
        "survey_code": np.where(np.arange(n) < len(blocks), "05H1", "0702"),
        "farmland_m2": pd.array([0] * n, "Int64"),
        "geometry": shape,
    })  # fmt: skip


def _idle_lots(rng: np.random.Generator, blocks: list[shapely.Polygon]) -> pd.DataFrame:
    n = len(blocks)
    shape = [_part_of(b, rng.uniform(1_200, 9_000), rng) for b in blocks]
    land = np.round(shapely.area(np.array(shape, object)))
    use = rng.choice(list(LOT_USES), n, p=[0.38, 0.2, 0.14, 0.1, 0.1, 0.08])
    farm = np.where(use == "旱地", land, np.where(use == "农用设施地", np.round(0.3 * land), 0))
    return pd.DataFrame({
        "kind": "idle_land", "former_use": use,
        "floor_area_m2": pd.array([pd.NA] * n, "Int64"),
        "land_m2": partly(rng, land, 0.04),
        "outdoor_m2": partly(rng, np.round(0.6 * land), 0.2),
        "storey": pd.array([pd.NA] * n, "Int64"),
        "survey_code": pd.Series([LOT_USES[u] for u in use], dtype=object).where(rng.random(n) > 0.08, None),
        "farmland_m2": partly(rng, farm, 0.10),
        "geometry": shape,
    })  # fmt: skip
