"""What else is known of the facilities: planned and closed ones, classes, areas, children, pilots; and the list of 2024."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import enrolment
from .care import BRANDS, KINDS
from .common import degrees, gcj02, generator, shares
from .facts import Facts
from .outlines import Outlines
from .settlements import Settlements
from .spots import beside, partly, partly_text, sample, stems, township_of, with_middles

PLANNED, CLOSED = 12, 12  # closed: since 2024; the older half is no longer on today's list
CLOSING = 8
THEN = 2024  # the older list is of the first day of this year
PLACES = ["托位6_12月", "托位12_24月", "托位24_36月"]
CLASSES = {"乳儿班数": 10, "托小班数": 15, "托大班数": 20}  # children a class
ATTENDING = ["在托6_12月", "在托12_24月", "在托24_36月"]
NO_COUNTY = "130571"  # a development zone: no pilots are owed there
MODES_OF_OPERATION = {
    "独立托育机构": {"民办": 0.72, "民办公助": 0.20, "公办民营": 0.08},
    "幼儿园托班": {"公办公营": 0.42, "民办": 0.40, "民办公助": 0.18},
    "社区托育点": {"公办民营": 0.35, "民办公助": 0.25, "民办": 0.40},
    "家庭托育点": {"民办": 1.0},
    "用人单位托育": {"公办公营": 0.5, "公办民营": 0.2, "民办": 0.3},
    "托育综合服务中心": {"公办公营": 0.6, "公办民营": 0.4},
}
SHARED_MODES = ("公办民营", "民办公助")
PILOTS = {  # pilot: the kind that may be it, the share of counties that would have it
    "品牌连锁机构": ("独立托育机构", 0.75),
    "社区机构": ("社区托育点", 0.70),
    "幼儿园托班": ("幼儿园托班", 0.80),
    "用人单位机构": ("用人单位托育", 0.70),
}


@dataclass(frozen=True)
class Serving:
    """Today's list, the list of 2024, and the children by facility of last year."""

    today: pd.DataFrame
    then: pd.DataFrame
    enrolment: pd.DataFrame


def describe_facilities(
    facts: Facts, outlines: Outlines, settled: Settlements, births: pd.DataFrame, facilities: pd.DataFrame
) -> Serving:
    """The facilities with planned and closed ones added, described; their first columns stay as they were."""
    frame = pd.concat([facilities, _others(facts, settled)], ignore_index=True)
    frame["unit_id"] = township_of(outlines, frame).str[:6]
    frame = _described(frame)
    where, places = frame[["x", "y"]].to_numpy(), frame[PLACES].to_numpy()
    people = enrolment.children(settled.residents, births)
    serves = (frame["状态"] == "在营").to_numpy()
    last = serves | (frame["停办年份"] == enrolment.YEAR).fillna(False).to_numpy(bool)
    count = {name: enrolment.enrolled(name, settled.residents, people, where[rows], places[rows], growth)
             for name, rows, growth in (("attending", serves, enrolment.GROWTH), ("last year", last, 1.0))}  # fmt: skip
    frame = _with_children(frame, serves, count["attending"])
    then = _list_of_2024(frame)
    gone = (frame["停办年份"] <= THEN).fillna(False) & (frame["状态"] == "停办")
    hidden = ["x", "y", "township", "unit_id"]
    return Serving(
        frame[~gone].drop(columns=hidden), then.drop(columns=hidden), _last_year(frame[last], count["last year"])
    )


def _others(facts: Facts, settled: Settlements) -> pd.DataFrame:
    """Twelve planned facilities and twelve that have closed, beside estates; numbered on from the others."""
    rng = generator("other facilities")
    count = PLANNED + CLOSED
    urban = with_middles(settled.residents[settled.residents["class"] != "rural"])
    rows = sample(rng, urban, count)
    rows = rows[rng.permutation(count)]
    at = beside(rng, urban, rows)
    lon, lat = gcj02(*degrees(at).T)
    planned = np.arange(count) < PLANNED
    kind = np.where(
        planned,
        rng.choice(["社区托育点", "托育综合服务中心", "独立托育机构"], count),
        rng.choice(["独立托育机构", "社区托育点"], count),
    )
    bands = np.array([shares(int(rng.uniform(*KINDS[k][1])), KINDS[k][2]) for k in kind])
    town = stems(facts.townships, urban["township"].iloc[rows]).to_numpy()
    ending = pd.Series(kind).replace({"独立托育机构": "托育园"}).to_numpy()
    return pd.DataFrame({
        "编号": [f"F-{n:04d}" for n in range(331, 331 + count)],
        "名称": town + rng.choice(BRANDS, count) + ending,
        "类型": kind,
        "经度": np.round(lon, 6), "纬度": np.round(lat, 6),
        **dict(zip(PLACES, bands.T, strict=True)),
        "已备案": np.where(planned, "否", "是"),
        "普惠": np.where(planned, "是", rng.choice(["是", "否"], count)),
        "服务方式": "全日托",
        "开办年份": np.where(planned, rng.choice([2026, 2027, 2028, 2030], count), rng.integers(2014, 2022, count)),
        "状态": np.where(planned, "规划", "停办"),
        "x": at[:, 0], "y": at[:, 1], "township": urban["township"].to_numpy()[rows],
    })  # fmt: skip


def _described(frame: pd.DataFrame) -> pd.DataFrame:
    """Classes, areas, years, modes of operation, demonstration and pilots."""
    rng = generator("described facilities")
    n, total = len(frame), frame[PLACES].sum(axis=1).to_numpy()
    for (name, size), column in zip(CLASSES.items(), PLACES, strict=True):
        frame[name] = -(-frame[column] // size)
    floor = np.round(total * rng.uniform(7.0, 14.0, n))
    frame["建筑面积"] = partly(rng, floor, 0.08)
    frame["使用面积"] = partly(rng, np.round(floor * rng.uniform(0.66, 0.78, n)), 0.15)
    frame["停办年份"] = _closing_years(rng, frame)
    frame["计划开办年份"] = frame["开办年份"].astype("Int64").where(frame["状态"] == "规划")
    mode = [rng.choice(list(MODES_OF_OPERATION[k]), p=list(MODES_OF_OPERATION[k].values())) for k in frame["类型"]]
    frame["运营模式"] = mode
    filed = (frame["已备案"] == "是") & (frame["状态"] == "在营")
    frame["示范"] = partly_text(rng, np.where(filed & (rng.random(n) < 0.10), "是", "否"), 0.04)
    frame["试点类型"] = _pilots(rng, frame)
    known = frame["试点类型"].notna() | (rng.random(n) >= 0.04)
    return frame.assign(运营模式=frame["运营模式"].where(known, None))


def _closing_years(rng: np.random.Generator, frame: pd.DataFrame) -> pd.Series:
    """The year in which the closed ones closed, and in which a few of those that serve will."""
    years = pd.Series(pd.NA, index=frame.index, dtype="Int64")
    closed = np.flatnonzero(frame["状态"] == "停办")
    years.iloc[closed] = np.where(np.arange(len(closed)) < CLOSED // 2, 2024, 2025)
    going = np.sort(rng.choice(np.flatnonzero(frame["状态"] == "在营"), CLOSING, replace=False))
    years.iloc[going] = rng.choice([2026, 2027, 2028, 2029], CLOSING)
    return years


def _pilots(rng: np.random.Generator, frame: pd.DataFrame) -> pd.Series:
    """At most one facility a county and pilot, of the kind that the notice asks; some counties have none."""
    pilot = pd.Series(None, index=frame.index, dtype=object)
    serves = (frame["状态"] == "在营") & (frame["已备案"] == "是") & frame["停办年份"].isna()
    for name, (kind, share) in PILOTS.items():
        fit = serves & (frame["类型"] == kind)
        fit &= frame["普惠"] == "是" if name == "幼儿园托班" else True
        fit &= frame["运营模式"].isin(SHARED_MODES) if name == "社区机构" else True
        for unit, rows in frame[fit].groupby("unit_id"):
            chosen, wanted = rng.choice(rows.index), rng.random() < share
            if wanted and unit != NO_COUNTY:
                pilot[chosen] = name
    return pilot


def _with_children(frame: pd.DataFrame, serves: np.ndarray, count: np.ndarray) -> pd.DataFrame:
    """Children of the facilities that serve; not known of some."""
    known = generator("known children").random(int(serves.sum())) >= enrolment.UNKNOWN
    for column, values in zip(ATTENDING, count.T, strict=True):
        frame[column] = pd.Series(pd.array(values, "Int64"), frame.index[serves]).where(known).reindex(frame.index)
    return frame


def _list_of_2024(frame: pd.DataFrame) -> pd.DataFrame:
    """The list as it stood on the first day of 2024: what had opened, with somewhat fewer places, not all filed yet."""
    rng = generator("list of 2024")
    then = frame[(frame["开办年份"] < THEN) & (frame["状态"] != "规划")].copy()
    fewer = (rng.random(len(then)) < 0.18)[:, None] & (then["类型"] != "家庭托育点").to_numpy()[:, None]
    places = then[PLACES].to_numpy()
    then[PLACES] = np.where(fewer, np.ceil(0.75 * places), places).astype(int)
    for (name, size), column in zip(CLASSES.items(), PLACES, strict=True):
        then[name] = -(-then[column] // size)
    later = rng.random(len(then)) < 0.12
    then["已备案"] = then["已备案"].where(~later, "否")
    then["普惠"] = then["普惠"].where(then["已备案"] == "是", "否")
    children = then[ATTENDING].astype("Float64") * rng.uniform(0.7, 1.0, len(then))[:, None]
    then[ATTENDING] = children.round().clip(upper=then[PLACES].to_numpy()).astype("Int64")
    then["试点类型"] = then["试点类型"].where(rng.random(len(then)) >= 0.4, None)
    return then.assign(状态="在营", 停办年份=pd.Series(pd.NA, then.index, dtype="Int64"))


def _last_year(frame: pd.DataFrame, count: np.ndarray) -> pd.DataFrame:
    """Children by facility of last year, all known."""
    table = frame[["编号", "名称"]].reset_index(drop=True)
    for column, values in zip(ATTENDING, count.T, strict=True):
        table[column] = values
    return table.assign(在托人数=count.sum(axis=1), 年份=enrolment.YEAR)
