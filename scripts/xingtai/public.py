"""Places of work and public places, invented: employers with their workers, public places with and without nursing rooms."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from .common import generator, words
from .facts import Facts
from .outlines import Outlines
from .settlements import Settlements
from .spots import beside, numbered, partly, partly_text, points, sample, stems, township_of, with_middles

# kind: number, workers (median, spread), share of young ones, under-threes to a young worker, name endings
EMPLOYERS: dict[str, tuple[int, tuple[float, float], float, float, list[str]]] = {
    "hospital": (45, (320, 0.7), 0.48, 0.16, words("人民医院 中医院 妇幼保健院 第二医院 骨科医院")),
    "school": (70, (110, 0.5), 0.38, 0.14, words("中学 第一中学 实验中学 职教中心 实验小学")),
    "enterprise": (95, (260, 0.9), 0.45, 0.11, words("机械有限公司 纺织有限公司 食品有限公司 轴承厂 羊绒制品公司 自行车配件公司")),
    "public": (40, (130, 0.5), 0.35, 0.13, words("政务服务中心 供电公司 税务局 水务局 邮政分公司")),
}  # fmt: skip
# kind: number, floor area (median, spread) in m², visitors a day to a m², name endings; health centres come one a township
PUBLIC_PLACES: dict[str, tuple[int, tuple[float, float], float, list[str]]] = {
    "transport_hub": (20, (7_000, 0.8), 0.55, words("客运站 火车站 汽车东站 公交枢纽")),
    "commercial": (42, (14_000, 0.7), 0.45, words("购物广场 商贸城 百货大楼 万达广场")),
    "tourist": (16, (5_000, 0.8), 0.60, words("风景区 古镇 博物馆 森林公园")),
    "hospital": (38, (16_000, 0.7), 0.09, words("人民医院门诊楼 中医院门诊楼 妇幼保健院门诊楼")),
    "township_health": (0, (2_200, 0.5), 0.05, ["卫生院"]),
    "community_health": (0, (1_400, 0.5), 0.08, ["社区卫生服务中心"]),
}
WITHOUT_CENTRE = 0.02  # of townships: their health centre is not on the list
LARGE_M2, BUSY = (
    10_000,
    10_000,
)  # a place larger or busier than this must have a room (two thresholds, ten ministries 2016)
EQUIPPED, EQUIPPED_BY_CHOICE = 0.60, 0.18
ROOM_M2 = 10.0


def employers(facts: Facts, outlines: Outlines, settled: Settlements) -> gpd.GeoDataFrame:
    """About 250 employers in the towns; the infants of their workers are partly unknown."""
    rng = generator("employers")
    urban = with_middles(settled.residents[settled.residents["class"] != "rural"])
    parts = []
    for kind, (count, (median, spread), young, infants, endings) in EMPLOYERS.items():
        rows = sample(rng, urban, count)
        part = _at(rng, facts, outlines, urban, rows, kind, endings)
        workers = np.maximum(12, np.round(median * rng.lognormal(0, spread, count))).astype(int)
        under_40 = rng.binomial(workers, np.clip(young + rng.normal(0, 0.08, count), 0.1, 0.8))
        part["workers"], part["young_workers"] = workers, partly(rng, under_40, 0.08)
        part["children_under_3"] = partly(rng, rng.binomial(under_40, infants), 0.20)
        opens = np.where(rng.random(count) < 0.35, "是", "否")
        part["open_to_public"] = partly_text(rng, opens, 0.12).to_numpy()
        parts.append(part)
    return _listed(pd.concat(parts, ignore_index=True), "employer_id", "E")


def public_places(facts: Facts, outlines: Outlines, settled: Settlements) -> gpd.GeoDataFrame:
    """About 310 public places: hubs, shops, sights and hospitals in the towns, a health centre in nearly every township."""
    rng = generator("public places")
    homes = with_middles(settled.residents)
    urban = homes[homes["class"] != "rural"]
    centres = homes.loc[homes.groupby("township")["population"].idxmax()]
    centres = centres[rng.random(len(centres)) >= WITHOUT_CENTRE]
    street = centres["township"].map(facts.townships["name"]).str.contains("街道$|区$|场$")
    fixed = {"community_health": centres[street], "township_health": centres[~street]}
    parts = []
    for kind, (count, (median, spread), visitors, endings) in PUBLIC_PLACES.items():
        among = fixed.get(kind, urban)
        rows = np.arange(len(among)) if kind in fixed else sample(rng, among, count)
        part = _at(rng, facts, outlines, among, rows, kind, endings).assign(
            **{"class": among["class"].to_numpy()[rows]}
        )
        floor = median * rng.lognormal(0, spread, len(part))
        part["floor_area_m2"] = partly(rng, np.round(floor, -1), 0.07)
        part["visitors_per_day"] = partly(rng, np.round(floor * visitors * rng.lognormal(0, 0.4, len(part)), -1), 0.18)
        parts.append(part)
    return _listed(pd.concat(parts, ignore_index=True), "place_id", "P")


def _at(
    rng: np.random.Generator, facts: Facts, outlines: Outlines, areas: pd.DataFrame, rows: np.ndarray, kind: str, endings: list[str]
) -> pd.DataFrame:  # fmt: skip
    """A point beside each chosen area, still in its township, with a name from the township."""
    at = beside(rng, areas, rows)
    frame = pd.DataFrame({"kind": kind, "township": areas["township"].to_numpy()[rows], "x": at[:, 0], "y": at[:, 1]})
    frame["township"] = township_of(outlines, frame)
    frame["unit_id"] = frame["township"].str[:6]
    frame["名称"] = stems(facts.townships, frame["township"]) + rng.choice(endings, len(rows))
    return frame


def _listed(frame: pd.DataFrame, index: str, letter: str) -> gpd.GeoDataFrame:
    frame["名称"] = numbered(frame["名称"].tolist())
    frame.insert(0, index, [f"{letter}-{k:03d}" for k in range(1, len(frame) + 1)])
    first = [index, "名称", "kind", "unit_id", "township"]
    return points(frame[[*first, *frame.columns.difference(first, sort=False)]])


def must_have_room(places: pd.DataFrame) -> np.ndarray:
    """Whether a public place is known to pass one of the two thresholds."""
    large, busy = places["floor_area_m2"] > LARGE_M2, places["visitors_per_day"] > BUSY
    return (large.fillna(False) | busy.fillna(False)).to_numpy(bool)


def nursing_rooms(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rooms in about 60 % of the places that must have one and in some of the others; some are smaller than 10 m²."""
    rng = generator("nursing rooms")
    must = must_have_room(places)
    has = places[rng.random(len(places)) < np.where(must, EQUIPPED, EQUIPPED_BY_CHOICE)].reset_index(drop=True)
    area = np.where(
        must_have_room(has), rng.lognormal(np.log(13.5), 0.32, len(has)), rng.lognormal(np.log(9.5), 0.3, len(has))
    )
    status = rng.choice(["在营", "停办", "规划"], len(has), p=[0.90, 0.05, 0.05])
    opened = np.where(status == "规划", 2026, rng.integers(2017, 2026, len(has)))
    return gpd.GeoDataFrame({
        "facility_id": [f"M-{k:03d}" for k in range(1, len(has) + 1)],
        "名称": has["名称"] + "母婴室", "kind": "母婴室", "place_id": has["place_id"],
        "unit_id": has["unit_id"], "township": has["township"],
        "usable_area_m2": pd.Series(np.round(np.clip(area, 3, 40), 1)).where(rng.random(len(has)) >= 0.06),
        "places": 1,
        "status": status,
        "opened": partly(rng, opened, 0.08),
    }, geometry=has.geometry, crs=has.crs)  # fmt: skip
