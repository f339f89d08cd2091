"""What buildings offer beyond their size: fire rating, an entrance of their own, sunlight; rooms that employers and projects spare."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from .common import generator
from .spots import partly, partly_text

RATINGS, RATING_SHARES = ("一级", "二级", "三级", "四级"), (0.10, 0.60, 0.24, 0.06)
STOREYS, STOREY_SHARES = (-1, 1, 2, 3, 4, 5), (0.03, 0.56, 0.22, 0.11, 0.05, 0.03)  # -1: basement
SUN_H, SUN_SPREAD_H = 3.7, 1.2  # of the longest-lit room at the winter solstice


def ratings(rng: np.random.Generator, count: int, unknown: float) -> pd.Series:
    """Fire ratings as bureaux write them, some unknown."""
    return partly_text(rng, rng.choice(RATINGS, count, p=RATING_SHARES), unknown)


def entrances(rng: np.random.Generator, count: int, share: float, unknown: float) -> pd.Series:
    """Whether there is an entrance of its own: 是, 否, or unknown."""
    return partly_text(rng, np.where(rng.random(count) < share, "是", "否"), unknown)


def storeys(rng: np.random.Generator, count: int, unknown: float) -> pd.Series:
    """The storey on which the rooms are, some unknown."""
    return partly(rng, rng.choice(STOREYS, count, p=STOREY_SHARES), unknown)


def sunlight(rng: np.random.Generator, count: int, unknown: float) -> pd.Series:
    """Hours of sun at the winter solstice to half an hour, mostly unknown."""
    hours = np.round(2 * np.clip(rng.normal(SUN_H, SUN_SPREAD_H, count), 0, 8)) / 2
    return pd.Series(hours).where(rng.random(count) >= unknown)


def areas(rng: np.random.Generator, count: int, median: float, spread: float, unknown: float) -> pd.Series:
    """Areas in whole m², spread evenly to both sides of their median in proportion, some unknown."""
    return partly(rng, np.round(median * rng.lognormal(0, spread, count)), unknown)


def of_hosts(hosts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Hosts with fire rating, entrance and sunlight; kindergartens all but always have their own entrance."""
    rng, n = generator("rooms of hosts"), len(hosts)
    share = np.where(hosts["kind"] == "kindergarten", 0.95, 0.72)
    own = np.where(rng.random(n) < share, "是", "否")
    return hosts.assign(
        fire_rating=ratings(rng, n, 0.08),
        own_entrance=partly_text(rng, own, 0.10),
        sunlight_h=sunlight(rng, n, 0.62),
    )


def of_idle(idle: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Idle buildings with fire rating, entrance and sunlight; lots have none of them."""
    rng, n = generator("rooms of idle buildings"), len(idle)
    built = idle["kind"] == "idle_building"
    rating, entrance = ratings(rng, n, 0.15), entrances(rng, n, 0.88, 0.12)
    return idle.assign(
        fire_rating=rating.where(built, None),
        own_entrance=entrance.where(built, None),
        sunlight_h=sunlight(rng, n, 0.7).where(built),
    )


def of_employers(employers: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Employers with the rooms and the ground that they could spare; zero where they have none."""
    rng, n = generator("rooms of employers"), len(employers)
    spare = areas(rng, n, 320, 0.55, 0.14)
    outdoor = areas(rng, n, 160, 0.8, 0.18)
    return employers.assign(
        spare_floor_m2=spare.mask(rng.random(n) < 0.10, 0),
        outdoor_m2=outdoor,
        storey=storeys(rng, n, 0.12),
        fire_rating=ratings(rng, n, 0.10),
        own_entrance=entrances(rng, n, 0.7, 0.15),
    )


def of_renewal(projects: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Renewal projects with the public rooms and ground that they free."""
    rng, n = generator("rooms of renewal projects"), len(projects)
    return projects.assign(
        floor_area_m2=areas(rng, n, 380, 0.45, 0.08),
        outdoor_m2=areas(rng, n, 190, 0.6, 0.12),
        storey=partly(rng, rng.choice([1, 2, 3], n, p=[0.75, 0.2, 0.05]), 0.08),
        fire_rating=ratings(rng, n, 0.08),
        own_entrance=entrances(rng, n, 0.85, 0.08),
    )


def of_facilities(facilities: pd.DataFrame) -> pd.DataFrame:
    """Facilities with the outdoor ground that they have, and with storey, fire rating and entrance of their rooms."""
    rng, n = generator("rooms of facilities"), len(facilities)
    places = facilities[["托位6_12月", "托位12_24月", "托位24_36月"]].sum(axis=1).to_numpy()
    return facilities.reset_index(drop=True).assign(
        室外面积=partly(rng, np.round(places * rng.uniform(1.6, 6.0, n)), 0.10),
        楼层=partly(rng, rng.choice([1, 2, 3], n, p=[0.80, 0.15, 0.05]), 0.06),
        耐火等级=ratings(rng, n, 0.08),
        独立出入口=entrances(rng, n, 0.93, 0.06),
    )
