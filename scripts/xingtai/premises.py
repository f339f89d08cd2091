"""Premises on the market in the towns: to let, for sale, to be swapped; much of what a tenant must know is not in the list."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .common import generator, words
from .facts import Facts
from .hazards import COMPACT_CLASSES
from .outlines import Outlines
from .rooms import areas, entrances, ratings, storeys, sunlight
from .settlements import Settlements
from .spots import beside, numbered, partly, points, sample, stems, township_of, with_middles

PREMISES = 260
OFFERS = {  # how a place is offered, and how often: 1.8 ways each
    "出租": 0.28, "出售": 0.07, "置换": 0.06, "出租、出售": 0.29, "出租、置换": 0.08, "出售、置换": 0.03, "出租、出售、置换": 0.19,
}  # fmt: skip
KINDS = words("临街商铺 底商 办公楼层 培训机构旧址 商业综合体二层 社区配套用房 原超市 原银行网点 写字楼裙房")
RENT, PRICE = (260.0, 0.35), (5_200.0, 0.32)  # median, spread: yuan a m² and year; yuan a m²
DEARER = {"130502": 1.35, "130503": 1.3, "130571": 1.2}  # in the city's core
BY_HAZARDS, HAZARD_M = 36, (4.0, 40.0)  # so many stand beside a hazard, as near as this
LEASES, LEASE_SHARES = (1, 2, 3, 5, 8, 10), (0.08, 0.12, 0.32, 0.30, 0.10, 0.08)  # years


def premises(facts: Facts, outlines: Outlines, settled: Settlements, hazards: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """About 260 premises beside estates, their area, price and term mostly known, sunlight seldom."""
    rng = generator("premises")
    urban = with_middles(settled.residents[settled.residents["class"] != "rural"])
    rows = sample(rng, urban, PREMISES)
    at = beside(rng, urban, rows, 0.6, 1.15)
    at[rng.choice(PREMISES, BY_HAZARDS, replace=False)] = _by_hazards(rng, hazards)
    frame = pd.DataFrame({"township": urban["township"].to_numpy()[rows], "x": at[:, 0], "y": at[:, 1]})
    frame["township"] = township_of(outlines, frame)
    frame["unit_id"] = frame["township"].str[:6]
    names = stems(facts.townships, frame["township"]) + rng.choice(KINDS, PREMISES)
    frame.insert(0, "site_id", [f"L-{k:04d}" for k in range(1, PREMISES + 1)])
    frame.insert(1, "名称", numbered(names.tolist()))
    return points(frame.assign(**_rooms(rng), **_terms(rng, frame["unit_id"])).drop(columns="township"))


def _by_hazards(rng: np.random.Generator, hazards: gpd.GeoDataFrame) -> np.ndarray:
    """Points beside hazards of each class in turn."""
    points = []
    for k in range(BY_HAZARDS):
        shapes = hazards.geometry[hazards["类别"] == COMPACT_CLASSES[k % len(COMPACT_CLASSES)]].to_numpy()
        ring = shapely.get_exterior_ring(shapely.buffer(shapes[rng.integers(len(shapes))], rng.uniform(*HAZARD_M)))
        points.append(shapely.get_coordinates(shapely.line_interpolate_point(ring, rng.random(), normalized=True))[0])
    return np.array(points)


def _rooms(rng: np.random.Generator) -> dict[str, pd.Series]:
    return {
        "建筑面积": areas(rng, PREMISES, 420, 0.5, 0.05),
        "楼层": storeys(rng, PREMISES, 0.06),
        "耐火等级": ratings(rng, PREMISES, 0.12),
        "室外面积": areas(rng, PREMISES, 130, 0.9, 0.16),
        "独立出入口": entrances(rng, PREMISES, 0.78, 0.10),
        "日照时数": sunlight(rng, PREMISES, 0.75),
    }


def _terms(rng: np.random.Generator, unit: pd.Series) -> dict[str, pd.Series]:
    """How it is offered; rent and term of what is to let, price of what is for sale or to be swapped."""
    offer = pd.Series(rng.choice(list(OFFERS), PREMISES, p=list(OFFERS.values())))
    dearer = unit.map(DEARER).fillna(1.0).to_numpy()
    rent = partly(rng, np.round(RENT[0] * dearer * rng.lognormal(0, RENT[1], PREMISES), -1), 0.08)
    price = partly(rng, np.round(PRICE[0] * dearer * rng.lognormal(0, PRICE[1], PREMISES), -2), 0.08)
    term = partly(rng, rng.choice(LEASES, PREMISES, p=LEASE_SHARES), 0.10)
    let, sold = offer.str.contains("出租"), offer.str.contains("出售|置换")
    return {
        "方式": offer,
        "年租金元每平米": rent.where(let),
        "售价元每平米": price.where(sold),
        "租期年": term.where(let),
    }
