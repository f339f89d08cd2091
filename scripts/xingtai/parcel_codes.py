"""What a parcel is in the land survey and what it shall be in the plan; its state, areas and tenure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .common import generator
from .spots import partly, partly_text

UNKNOWN_CODE, UNKNOWN_STATE, UNKNOWN_LAND, UNKNOWN_FARMLAND, UNKNOWN_TENURE = 0.06, 0.03, 0.03, 0.05, 0.07
Weights = dict[str, float]
TOWN_SURVEY: Weights = {"0701": 0.20, "05H1": 0.20, "0601": 0.20, "1201": 0.22, "08H2": 0.08, "0102": 0.10}
TOWN_PLAN: Weights = {
    "0702": 0.20, "0704": 0.02, "080404": 0.10, "0701": 0.22, "0901": 0.18, "1001": 0.10, "1401": 0.06, "16": 0.06, "0801": 0.06,
}  # fmt: skip
MOUNTAIN_PLAN: Weights = {"0704": 0.38, "0703": 0.37, "0301": 0.15, "0103": 0.10}
# category: classes of the survey, classes of the plan
CODES: dict[str, tuple[Weights, Weights]] = {
    "park": ({"0810": 0.6, "1201": 0.4}, {"1401": 0.8, "0702": 0.2}),
    "works": ({"0809": 0.6, "1201": 0.4}, {"1309": 0.4, "1303": 0.3, "0702": 0.3}),
    "town edge": ({"0102": 0.50, "0103": 0.13, "1202": 0.12, "1201": 0.15, "0601": 0.10},
                  {"0701": 0.15, "1001": 0.20, "16": 0.20, "0102": 0.25, "0704": 0.20}),
    "river": ({"1106": 0.5, "0102": 0.5}, {"1401": 0.4, "0702": 0.4, "16": 0.2}),
    "village": ({"0702": 0.55, "1201": 0.28, "08H2": 0.10, "05H1": 0.07}, {"0704": 0.48, "0703": 0.52}),
    "village edge": ({"0103": 0.32, "0102": 0.23, "1202": 0.15, "1201": 0.17, "0702": 0.13},
                     {"0704": 0.38, "0703": 0.40, "0103": 0.22}),
    "mountain village": ({"0702": 0.62, "1201": 0.28, "08H2": 0.10}, {"0704": 0.5, "0703": 0.5}),
    "mountain edge": ({"0103": 0.30, "0301": 0.28, "1201": 0.17, "0702": 0.25}, MOUNTAIN_PLAN),
    "goaf": ({"0102": 0.4, "1201": 0.3, "0601": 0.3}, {"0704": 0.4, "0703": 0.3, "1001": 0.3}),
    "slide": ({"0103": 0.4, "0301": 0.3, "1201": 0.3}, MOUNTAIN_PLAN),
}  # fmt: skip
STATES = ("闲置", "低效", "存量", "新增")
STATE_SHARES = {  # survey classes: shares of the states
    ("1201",): (0.70, 0.00, 0.30, 0.00),
    ("0601", "05H1"): (0.20, 0.55, 0.25, 0.00),
    ("0701", "0702", "08H2", "0809", "0810"): (0.25, 0.25, 0.50, 0.00),
    ("0102", "0103", "0301", "1106", "1202"): (0.04, 0.00, 0.06, 0.90),
}
FARMLAND, FACILITIES, FACILITIES_SHARE = ("0101", "0102", "0103"), "1202", 0.3
STRIP, STRIP_SHARE = 0.15, (0.05, 0.3)  # so many other parcels of the country hold a strip of farmland; its share
COUNTRY = ("town edge", "village edge", "mountain edge", "slide", "goaf")


def described(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of the layer, from the category, area and names of each parcel."""
    rng = generator("parcel codes")
    survey = _drawn(rng, frame["category"], 0)
    plan = _drawn(rng, frame["category"], 1)
    land = np.floor(frame["area"].to_numpy())
    return pd.DataFrame({
        "site_id": frame["site_id"], "名称": frame["名称"], "unit_id": frame["unit_id"],
        "DLBM": partly_text(rng, survey, UNKNOWN_CODE),
        "GHYT": partly_text(rng, plan, UNKNOWN_CODE),
        "状态": partly_text(rng, _states(rng, survey), UNKNOWN_STATE),
        "land_m2": partly(rng, land, UNKNOWN_LAND),
        "farmland_m2": partly(rng, _farmland(rng, frame["category"], survey, land), UNKNOWN_FARMLAND),
        "权属": partly_text(rng, _tenure(rng, frame["category"]), UNKNOWN_TENURE),
    })  # fmt: skip


def _drawn(rng: np.random.Generator, category: pd.Series, which: int) -> np.ndarray:
    codes = np.empty(len(category), object)
    for name in dict.fromkeys(category):
        weights = CODES.get(name, (TOWN_SURVEY, TOWN_PLAN))[which]
        rows = (category == name).to_numpy()
        chances = np.array(list(weights.values()))
        codes[rows] = rng.choice(list(weights), int(rows.sum()), p=chances / chances.sum())
    return codes


def _states(rng: np.random.Generator, survey: np.ndarray) -> np.ndarray:
    states = np.empty(len(survey), object)
    for classes, weights in STATE_SHARES.items():
        rows = np.isin(survey.astype(str), classes)
        states[rows] = rng.choice(STATES, int(rows.sum()), p=weights)
    return states


def _farmland(rng: np.random.Generator, category: pd.Series, survey: np.ndarray, land: np.ndarray) -> np.ndarray:
    """All of a field, part of a farm yard, a strip of some other parcels of the country, none elsewhere."""
    strip = (rng.random(len(land)) < STRIP) & category.isin(COUNTRY).to_numpy()
    share = np.where(strip, rng.uniform(*STRIP_SHARE, len(land)), 0.0)
    share = np.where(survey == FACILITIES, FACILITIES_SHARE, share)
    return np.asarray(np.round(land * np.where(np.isin(survey.astype(str), FARMLAND), 1.0, share)))


def _tenure(rng: np.random.Generator, category: pd.Series) -> np.ndarray:
    country = category.isin([*COUNTRY, "village", "mountain village"]).to_numpy()
    return np.where(rng.random(len(category)) < np.where(country, 0.06, 0.78), "国有", "集体")
