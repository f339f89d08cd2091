"""A hand-made, small but complete Result: what map, report and exports are tested on without running a study."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from shapely.geometry import LineString, Point, box
from shapely.ops import unary_union

from geoplan.area import StudyArea
from geoplan.errors import Finding, Language, Text
from geoplan.location.plan import Plan
from geoplan.profiles.load import load_service
from geoplan.profiles.service import (
    AgeBand,
    Clause,
    Cure,
    Goal,
    Indicator,
    OptionKind,
    Pilot,
    ServiceProfile,
    SupplyRule,
)
from geoplan.profiles.standard import Standard
from geoplan.result import CAUSES, Result, Source, Year
from geoplan.siting.land_table import land_table
from geoplan.study.numbers import numbers
from tests import sample_siting as siting

HOSTILE = (
    "<script>alert(1)</script>",
    "{{7*7}}",
    "${1}",
    '=HYPERLINK("http://x")',
    "光明\x07小区",
)
BANDS = ("m06_12", "m12_24", "m24_36")
PHASES = (2026, 2028, 2030)
UNITS = (("130502", "襄都区"), ("130503", "信都区"), ("130505", "任泽区"))
CLASSES = ("urban_new", "urban_built", "urban_old", "rural")
CRS = pyproj.CRS.from_epsg(4547)
INDICATORS = (
    Indicator(
        "places_per_1000", Text("places for each 1,000 residents", "每千人口托位数"), "places/1,000 residents", "B3"
    ),
    Indicator(
        "coverage_infants_{reach}", Text("children within {reach} m", "{reach}米覆盖的婴幼儿比例"), "share", "C4.1"
    ),
    Indicator("coverage_areas_{reach}", Text("areas within {reach} m", "{reach}米覆盖的居住区比例"), "share", "C4.1"),
    Indicator(
        "unserved_areas", Text("areas without a facility", "未达标配建的婴幼儿照护服务设施数量"), "areas", "C4.1"
    ),
    Indicator("goal_B1", Text("goal of 2020 met", "2020年目标完成情况"), "met", "B1"),
)
PILOTS = (Pilot("community", Text("a community institution", "社区照护机构"), "pilots", 2020, "E2.2"),)
GOALS = (Goal("B1", "B1", Text("a goal", "目标"), 2020, "unserved_areas", "at_most", "pilots", "B1"),)
FILING = Clause("C4.2", Text("filing", "登记备案"), "part")
USES: dict[str, tuple[str, ...]] = {
    "pilots": ("pilots.employer.quota",), "reach": ("reaches", "variants.urban.limit"), "births": ("survival",),
    "storeys": ("options.idle_asset.checks",), "fte_full_day": ("supply.modes.full_day",),
    "fte_half_day": ("supply.modes.half_day",),
    **{f"hazard_{h}": (f"hazards.{h}", "options.idle_asset.checks") for h in siting.HAZARDS},
    **{f"control_{c}": (f"controls.{c}", "options.new_build.checks") for c in siting.CONTROLS},
    **{f"boundary_{b}": (f"boundaries.{b}", "options.new_build.checks") for b in siting.BOUNDARIES},
    **{f"weight_{c}": (f"suitability.{c}.weight",) for c in ("need", "cost", "walk")},
    **{f: (f"fees.{f}.rate",) for f in ("occupation_tax", "deed_tax")},
}  # fmt: skip
WEST, SOUTH, STEP, REACH_M = 543_000.0, 4_102_000.0, 260.0, 600.0


def standard(
    name: str,
    en: str,
    zh: str,
    value: float,
    unit: str,
    sense: str,
    mark: str,
    source: str = "",
    clause: str = "",
) -> Standard:
    """A standard whose clause reads the same in both languages."""
    return Standard(name, Text(en, zh), value, unit, sense, Text(clause, clause), source, mark)  # type: ignore[arg-type]


def kind(
    name: str, en: str, zh: str, hosts: tuple[str, ...], bands: tuple[str, ...], cost: float, clause: str
) -> OptionKind:
    """A kind of option with unit values of its own."""
    return OptionKind(
        name, Text(en, zh), hosts, bands,
        standard(f"{name}.cost", "cost a place", "每托位投资", cost, "yuan/place", "", "local", "本研究设定"),
        standard(f"{name}.annual", "cost a place and year", "每托位年运行费", 6000, "yuan/place", "", "local", "本研究设定"),
        standard(f"{name}.floor", "floor area a place", "每托位建筑面积", 9, "m²/place", "at_least", "G"),
        standard(f"{name}.outdoor", "outdoor area a place", "每托位室外场地", 3, "m²/place", "at_least", "G"),
        None, 1, 6, Text(clause, clause),
        (Text("education bureau", "教育局"), Text("health commission", "卫生健康委")),
        ("reach", "storeys", "hazard_filling_station", "hazard_substation", "control_permanent_farmland"),
        nature="new_land" if name == "new_build" else "convert", pilots=("community",) if name == "idle_asset" else (),
        land_codes={"urban": "0702"} if name == "new_build" else {}, supply_mode=siting.SUPPLY_OF[name],
        paid_by="public" if name == "new_build" else "operator",
    )  # fmt: skip


def service() -> ServiceProfile:
    """A small profile with a standard of every mark."""
    bands = tuple(
        AgeBand(b, Text(f"{low}–{high} months", f"{low}—{high}月龄"), (low, high), {"age_0": 0.5}, size, carers)
        for b, low, high, size, carers in zip(
            BANDS, (6, 12, 24), (12, 24, 36), (10, 15, 20), (3.0, 5.0, 7.0), strict=True
        )
    )
    standards = (
        standard(
            "pilots",
            "pilots in each county",
            "每县（市、区）试点数",
            4,
            "pilots",
            "at_least",
            "S",
            "实施方案",
            "E2",
        ),
        standard(
            "reach",
            "reach of a childcare facility",
            "托育机构服务半径",
            300,
            "m",
            "at_most",
            "F",
            "GB 50180-2018",
            "5.0.3",
        ),
        standard(
            "places_per_1000",
            "places a thousand residents",
            "千人口托位数",
            4.5,
            "places/1,000",
            "at_least",
            "R",
            "十四五规划",
            "",
        ),
        standard("births", "births a year", "年出生人口", 65201, "persons", "", "C", "第七次全国人口普查", ""),
        standard("storeys", "highest storey", "最高楼层", 3, "storey", "at_most", "G", "JGJ 39", "4.1.3B"),
        standard("rooms", "room area a child", "生均用房面积", 2.5, "m²", "at_least", "local", "本研究设定", ""),
    )
    kinds = (
        kind(
            "kindergarten_class",
            "nursery class in a kindergarten",
            "幼儿园托班",
            ("kindergarten",),
            BANDS[2:],
            8000,
            "C3.2",
        ),
        kind("idle_asset", "conversion of an idle asset", "闲置资产改建", ("idle",), BANDS, 18000, "C4.1"),
        kind("new_build", "new building", "新建", ("parcel",), BANDS, 42000, "D2"),
    )
    note = Text("made by hand for tests", "测试用手工样例")
    fte = {f"fte_{mode}": share for mode, share in (("full_day", 1.0), ("half_day", 0.5))}
    standards += tuple(standard(k, k, k, v, "full-time places/place", "", "G") for k, v in fte.items())
    replaced = standards[5]
    standards = (
        *standards[:5],
        replace(replaced, replaces=replace(replaced, value=2.0, mark="F", source="JGJ 39")),
        *standards[6:],
        *siting.siting_standards(),
    )
    by_id = {s.id: s for s in standards}
    return ServiceProfile(
        "childcare_cn", Text("childcare for under-threes", "3岁以下婴幼儿照护"), Text("children under three", "3岁以下婴幼儿"),
        bands, {"low": 0.2, "mid": 0.3, "high": 0.45}, (300, 500, 1000),
        by_id, {k.id: k for k in kinds}, note, **siting.siting_fields(by_id),
        indicators=INDICATORS, pilots=PILOTS, goals=GOALS, words=load_service().words,
        supply=SupplyRule({"full_day": "fte_full_day", "half_day": "fte_half_day"}), clauses={"C4.2": FILING},
        cures={"filed": Cure("filed", Text("help it to file", "指导备案"), "C4.2")}, uses=USES,
    )  # fmt: skip


def study_area(columns: int, rows: int) -> StudyArea:
    """Three units side by side."""
    edges = np.linspace(WEST, WEST + columns * STEP, len(UNITS) + 1)
    top = SOUTH + rows * STEP
    shapes = [box(left, SOUTH, right, top) for left, right in pairwise(edges)]
    index = pd.Index([u for u, _ in UNITS], name="unit_id", dtype=object)
    units = gpd.GeoDataFrame({"name": [n for _, n in UNITS]}, geometry=shapes, index=index, crs=CRS)
    towns = [box(s.bounds[0], SOUTH, s.bounds[2], (SOUTH + top) / 2) for s in shapes]
    towns += [box(s.bounds[0], (SOUTH + top) / 2, s.bounds[2], top) for s in shapes]
    names = [f"{n}{part}" for part in ("南街道", "北街道") for _, n in UNITS]
    townships = gpd.GeoDataFrame({"name": names}, geometry=towns, crs=CRS)
    townships.index = pd.Index([f"T{i}" for i in range(len(towns))], name="township_id", dtype=object)
    return StudyArea(unary_union(shapes), units, CRS, townships)


def demand_table(area: StudyArea, count: int, columns: int) -> gpd.GeoDataFrame:
    """Square residential areas on a grid; the first ones bear hostile names."""
    at = np.arange(count)
    x, y = WEST + (at % columns) * STEP, SOUTH + (at // columns) * STEP
    shapes = [box(a + 30, b + 30, a + 230, b + 230) for a, b in zip(x, y, strict=True)]
    names = [HOSTILE[i] if i < len(HOSTILE) else f"幸福里{i}号小区" for i in at]
    index = pd.Index([f"R{i:05d}" for i in at], name="demand_id", dtype=object)
    frame = gpd.GeoDataFrame({"name": names}, geometry=shapes, index=index, crs=CRS)
    frame["unit_id"] = area.unit_of(frame)
    frame["township"] = frame["unit_id"].map(dict(UNITS)) + np.where(at // columns % 2 == 0, "南街道", "北街道")
    frame["class"] = [CLASSES[i % 4] for i in at]
    frame["population"] = (400 + 37 * (at % 29)).astype(float)
    for band, per_1000 in zip(BANDS, (4, 9, 11), strict=True):
        frame[f"people_{band}"] = np.round(frame["population"] * per_1000 / 1000, 3)
        frame[f"wanted_{band}"] = np.round(frame[f"people_{band}"] * 0.3, 3)
    return frame


def facility_table(area: StudyArea, count: int, columns: int, rows: int) -> gpd.GeoDataFrame:
    """Facilities along a diagonal; each fourth is not filed and so not counted, each third has one band only."""
    at = np.arange(count)
    share = (at + 0.5) / count
    points = [Point(WEST + s * columns * STEP, SOUTH + (s * 1.7 % 1) * rows * STEP) for s in share]
    filed = at % 4 != 3
    frame = gpd.GeoDataFrame(
        {
            "name": [HOSTILE[i % 5] if i < 2 else f"启蒙托育园{i}" for i in at],
            "kind": [("nursery", "kindergarten_class", "community")[i % 3] for i in at],
            "status": "open",
            "filed": filed,
            "inclusive": at % 2 == 0,
            "service_modes": ["half_day" if i % 5 == 4 else "full_day" for i in at],
            "operation_mode": [None if i % 7 == 6 else "民办" for i in at],
            "opened": 2015 + at % 8,
            "counted": filed,
            "reason": np.where(filed, "", "not_filed"),
            "fte": np.where(at % 5 == 4, 0.5, 1.0),
            "places_from": "stated",
            "places_m06_12": np.where(at % 3 == 0, 2.0, 0.0),
            "places_m12_24": np.where(at % 3 == 0, 6.0, 0.0),
            "places_m24_36": 10.0,
        },
        geometry=points,
        index=pd.Index([f"F-{i:04d}" for i in at], name="facility_id", dtype=object),
        crs=CRS,
    )
    frame["unit_id"] = area.unit_of(frame)
    return frame


def option_table(area: StudyArea, profile: ServiceProfile, count: int, columns: int, rows: int) -> gpd.GeoDataFrame:
    """Options on sites of their own, of each kind in turn; pass, unknown and fail in turn."""
    at = np.arange(count)
    share = (at + 0.5) / count
    points = [Point(WEST + (s * 3.3 % 1) * columns * STEP, SOUTH + s * rows * STEP) for s in share]
    kinds = [list(profile.options.values())[i % 3] for i in at]
    outcomes = [("pass", "pass", "unknown", "pass", "fail")[i % 5] for i in at]
    frame = gpd.GeoDataFrame({"site_id": [f"S-{i:04d}" for i in at]}, geometry=points, crs=CRS)
    frame["name"] = [HOSTILE[i] if i < len(HOSTILE) else f"备选点{i}" for i in at]
    frame["kind"] = [k.id for k in kinds]
    frame["unit_id"] = area.unit_of(frame)
    for band in BANDS:
        frame[f"places_{band}"] = [{0: 5.0, 1: 10.0, 2: 20.0}[BANDS.index(band)] * (band in k.bands) for k in kinds]
    frame["places"] = frame[[f"places_{b}" for b in BANDS]].sum(axis=1)
    frame["cost"] = frame["places"] * [k.cost_yuan.value for k in kinds]
    frame["annual_cost"] = frame["places"] * 6000
    frame["floor_area_m2"], frame["outdoor_m2"] = frame["places"] * 9, frame["places"] * 3
    frame["land_m2"] = np.where(frame["kind"] == "new_build", frame["places"] * 15, 0.0)
    frame["farmland_m2"] = np.where((frame["kind"] == "new_build") & (at % 2 == 1), 120.0, 0.0)
    frame["lead_time_years"] = [1 + (k.id == "new_build") for k in kinds]
    frame["first_phase"] = [PHASES[i % 3] for i in at]
    frame["clause"] = [k.clause.zh for k in kinds]
    frame["departments"] = ["、".join(d.zh for d in k.departments) for k in kinds]
    frame["verdict"] = outcomes
    frame["verdicts"] = [siting.judged(profile, outcome, i) for i, outcome in enumerate(outcomes)]
    siting.land_and_money(frame)
    return frame.set_index(pd.Index(frame["site_id"] + ":" + frame["kind"], name="option_id", dtype=object))


def gap_account(demand: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each wanted place in exactly one cause, first come first served by id; and who was served where."""
    centre, at = demand.centroid, facilities.geometry
    distance = np.hypot(
        centre.x.to_numpy()[:, None] - at.x.to_numpy()[None],
        centre.y.to_numpy()[:, None] - at.y.to_numpy()[None],
    )
    joined = np.arange(len(demand)) % 30 != 29
    rows, assigned = [], []
    for band in BANDS:
        left = facilities[f"places_{band}"].to_numpy(float).copy()
        offers = left > 0
        for i, wanted in enumerate(demand[f"wanted_{band}"]):
            account = dict.fromkeys(CAUSES, 0.0)
            near = np.flatnonzero(distance[i] <= REACH_M)
            fit = near[offers[near]]
            served = 0.0
            for k in fit[np.argsort(distance[i, fit], kind="stable")] if joined[i] else ():
                take = round(min(wanted - served, left[k]), 3)
                if take > 0:
                    assigned.append((demand.index[i], facilities.index[k], band, take))
                    left[k], served = left[k] - take, served + take
            cause = (
                "not_joined" if not joined[i] else "too_far" if not len(near) else "full" if len(fit) else "wrong_kind"
            )
            account["served"] = served
            account[cause] = round(wanted - served, 3)
            wrong = account["wrong_kind"]
            reasons = {"wrong_filed": wrong, "wrong_age": 0.0} if i % 2 else {"wrong_filed": 0.0, "wrong_age": wrong}
            rows.append({"demand_id": demand.index[i], "band": band, **account, **reasons})
    return pd.DataFrame(rows), pd.DataFrame(assigned, columns=["demand_id", "place_id", "band", "amount"])


def measures(demand: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> None:
    """Add nearest, two_step_fca and coverage_<reach> to the demand table."""
    centre, at = demand.centroid, facilities[facilities["counted"]].geometry
    nearest = np.hypot(
        centre.x.to_numpy()[:, None] - at.x.to_numpy()[None],
        centre.y.to_numpy()[:, None] - at.y.to_numpy()[None],
    ).min(axis=1)
    metres = np.where(np.arange(len(demand)) % 30 == 29, np.nan, nearest)
    demand["nearest"] = np.round(metres / 75, 2)  # minutes at 4.5 km/h
    demand["two_step_fca"] = np.round(np.clip(1 - nearest / 3000, 0, 1), 4)
    for reach in (300, 500, 1000):
        demand[f"coverage_{reach}"] = (metres <= reach).astype(float)


def after_served(demand: gpd.GeoDataFrame, after: pd.DataFrame) -> pd.Series:
    """People served with the plan by demand point."""
    return after.groupby("demand_id")["served"].sum().reindex(demand.index)


def gap_area_table(demand: gpd.GeoDataFrame, gaps: pd.DataFrame) -> gpd.GeoDataFrame:
    """One gap area a unit: the residential areas in which nobody is served, ranked by people."""
    sums = gaps.groupby("demand_id")[list(CAUSES)].sum().reindex(demand.index)
    hit = demand[sums["served"] == 0]
    rows = []
    for unit, part in hit.groupby("unit_id"):
        causes = sums.loc[part.index].sum().drop("served").round(3)
        shape = unary_union(part.geometry.buffer(60))
        names = {
            "name": f"{part['name'].iloc[0]}一带",
            "unit_id": unit,
            "people": round(float(causes.sum()), 3),
        }
        rows.append({**names, **causes, "members": len(part), "geometry": shape})
    rows.sort(key=lambda row: (-row["people"], row["unit_id"]))
    ids = pd.Index([str(n + 1) for n in range(len(rows))], name="gap_area_id", dtype=object)
    return gpd.GeoDataFrame(rows, index=ids, geometry="geometry", crs=CRS)


def street_audit(
    demand: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Three demand points that join badly, a severed pair of each cause, and the land within three reaches."""
    bad = demand.iloc[[0, 1, 2]]
    columns = {"role": "demand", "name": bad["name"], "unit_id": bad["unit_id"], "population": bad["population"]}
    states = {"state": ["moved", "detached", "no_street"], "distance_m": [140.0, 20.0, None]}
    joins = gpd.GeoDataFrame({**columns, **states}, geometry=bad.geometry.representative_point(), crs=CRS)
    pairs = []
    for k, between in enumerate(("railways", "rivers", "expressways", "")):
        here, there = demand.iloc[2 * k], demand.iloc[2 * k + 1]
        line = LineString([here.geometry.centroid, there.geometry.centroid])
        ends = {"from_id": here.name, "to_id": there.name, "to_role": "demand", "from_name": here["name"]}
        ways = {"to_name": there["name"], "straight_m": 180.0, "way_m": None if k == 0 else 1100.0 + k}
        more = {"population": here["population"] + there["population"], "unit_id": here["unit_id"], "between": between}
        pairs.append({**ends, **ways, **more, "geometry": line})
    severed = gpd.GeoDataFrame(pairs, geometry="geometry", crs=CRS).astype({"way_m": float})
    limits = [300.0, 500.0, 1000.0]
    land = gpd.GeoSeries([unary_union(facilities.geometry.buffer(0.6 * r)) for r in limits], crs=CRS)
    return joins, severed, gpd.GeoDataFrame({"limit": limits, "area_m2": land.area}, geometry=land, crs=CRS)


def planning_years(demand: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, gaps: pd.DataFrame) -> tuple[object, ...]:
    """Two planning years (the second wants nine tenths), cohorts, levels, and how the people were found."""
    columns = [f"{what}_{b}" for what in ("people", "wanted") for b in BANDS]
    later, fewer = (demand[columns] * 0.9).round(3), gaps.copy()
    fewer[[*CAUSES, "wrong_filed", "wrong_age"]] = 0.0
    fewer["too_far"] = later[columns[3:]].to_numpy().ravel()
    years = {2026: Year(demand[columns], facilities, gaps), 2030: Year(later, facilities, fewer)}
    index = pd.MultiIndex.from_product([[u for u, _ in UNITS], [2020, 2026, 2030]], names=["unit_id", "year"])
    births = np.tile([90.0, 70.0, 60.0], 3)
    cohorts = pd.DataFrame({f"age_{k}": births * (1 + 0.1 * k) for k in range(5)}, index)
    account = pd.DataFrame(
        {"before": 0.0, "births": births, "deaths": 0.5, "grown_out": 100.0, "moves": -1.0, "after": 0.0}, index
    )
    triples = [(births, y, b) for births in ("low", "mid", "high") for y in (2026, 2030) for b in BANDS]
    rows = pd.MultiIndex.from_tuples(triples, names=["births", "year", "band"])
    levels = pd.DataFrame({"low": 60.0, "mid": 150.0, "high": 300.0}, rows)
    basis = {"method": "linear", "rule": Text("a straight line", "按直线递减"), "spread": None, "under_three": 900.0,
             "by_method": {"linear": 900.0, "flat": 1000.0}, "migrants": 40.0, "registered": None}  # fmt: skip
    stable = pd.DataFrame({"gap_in": 3.0, "variants": 9.0, "stability": 1 / 3}, index=demand.index)
    units = [*(u for u, _ in UNITS), "all"]
    named = [i.id for i in service().indicators_at([300, 500, 1000])]
    indicators = pd.DataFrame({name: [0.5, 2.0, None, 1.0] for name in named}, index=units)
    goals = pd.DataFrame({"B1": ["met", "not_met", "unknown", "not_met"]}, index=units)
    kinds = [p.kind for p in service().pilots]
    pilots = pd.DataFrame({kind: ["done", "missing", "unknown"] for kind in kinds}, index=units[:-1])
    towns = pd.DataFrame({name: [0.25, 1.0] for name in named}, index=["T0", "all"])
    return years, cohorts, account, levels, basis, stable, indicators, towns, goals, pilots


def unit_table(
    demand: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    gaps: pd.DataFrame,
    after: pd.DataFrame,
    chosen: gpd.GeoDataFrame,
) -> pd.DataFrame:
    """The indicators of each unit."""
    unit = demand["unit_id"]
    wanted = demand[[f"wanted_{b}" for b in BANDS]].sum(axis=1)
    frame = pd.DataFrame({"name": dict(UNITS)})
    frame.index.name = "unit_id"
    frame["population"] = demand.groupby("unit_id")["population"].sum()
    frame["people"] = demand[[f"people_{b}" for b in BANDS]].sum(axis=1).groupby(unit).sum()
    frame["wanted"] = wanted.groupby(unit).sum()
    open_places = facilities[facilities["counted"]]
    frame["places"] = open_places[[f"places_{b}" for b in BANDS]].sum(axis=1).groupby(open_places["unit_id"]).sum()
    frame["places"] = frame["places"].fillna(0.0)
    frame[list(CAUSES)] = gaps.groupby(gaps["demand_id"].map(unit))[list(CAUSES)].sum()
    for reach in (300, 500, 1000):
        covered = (wanted * demand[f"coverage_{reach}"]).groupby(unit).sum()
        frame[f"coverage_{reach}"] = (covered / frame["wanted"]).round(4)
    frame["facilities"] = open_places.groupby("unit_id").size().reindex(frame.index).fillna(0)
    frame["places_per_1000"] = 1000 * frame["places"] / frame["population"]
    frame["new_places"] = chosen.groupby("unit_id")["places"].sum().reindex(frame.index).fillna(0.0)
    frame["served_after"] = after.groupby(after["demand_id"].map(unit))["served"].sum()
    frame["cost"] = chosen.groupby("unit_id")["cost"].sum().reindex(frame.index).fillna(0.0)
    frame["sites"] = chosen.groupby("unit_id").size().reindex(frame.index).fillna(0).astype(int)
    return frame.round(4)


def findings() -> tuple[Finding, ...]:
    """A repair and a note, as reading the layers gives them."""
    return (
        Finding("GP-F012", "layers/facilities.csv", "row 12, column 托位", Text("the number of places is missing", "托位数缺失"),
                Text("left out; give the number", "已剔除，请补充托位数"), "六十\x07", "repair", 3),
        Finding("GP-S003", "layers/residents.gpkg", "", Text("does not join the street network", "未接入路网"),
                Text("check the streets near it", "请检查附近道路"), HOSTILE[0], "note", 2),
    )  # fmt: skip


def sources() -> tuple[Source, ...]:
    """Where the layers come from: all synthetic, one with a hostile title."""
    return (
        Source("residents", "layers/residents.gpkg", 60, "cgcs2000", "a" * 64, "邢台示意居住区", "geoplan 生成", "CC0-1.0", "2024-01-01", "persons", True),
        Source("facilities", "layers/facilities.csv", 8, "gcj02", "b" * 64, HOSTILE[3], "geoplan 生成", "CC0-1.0", "2024-01-01", "places", True),
        Source("streets", "layers/edges.parquet", 1200, "cgcs2000", "c" * 64, "OpenStreetMap", "OSM contributors", "ODbL-1.0", "", "m", False),
    )  # fmt: skip


def base_layers(area: StudyArea) -> dict[str, gpd.GeoDataFrame]:
    """A river, a railway and two streets."""
    west, south, east, north = area.boundary.bounds

    def lines(*paths: list[tuple[float, float]]) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame({"name": ["七里河"] * len(paths)}, geometry=[LineString(p) for p in paths], crs=CRS)

    middle = (south + north) / 2
    return {
        "rivers": lines([(west, south + 300), ((west + east) / 2, south + 150), (east, south + 420)]),
        "railways": lines([(west + 600, south), (west + 700, north)]),
        "streets": lines([(west, middle), (east, middle)], [((west + east) / 2, south), ((west + east) / 2, north)]),
    }


def sample_result(
    language: Language = "zh", areas: int = 60, facilities: int = 8, options: int = 20, planned: bool = True
) -> Result:
    """A complete Result made by hand: squares on a grid in three units, the first five with hostile names."""
    columns = 10 if areas <= 60 else 100
    rows = -(-areas // columns)
    profile, area = service(), study_area(columns, rows)
    demand = demand_table(area, areas, columns)
    standing = facility_table(area, facilities, columns, rows)
    measures(demand, standing)
    offered = option_table(area, profile, options, columns, rows)
    offered["reason"] = [why.to(language) for why in offered["reason"]]
    chosen = offered[offered["verdict"] != "fail"].iloc[: max(5, options // 6) if planned else 0].copy()
    supply = standing[standing["counted"]]
    gaps, _ = gap_account(demand, supply)
    after, assignment = gap_account(demand, pd.concat([supply, chosen.rename_axis("facility_id")]))
    gain = assignment[assignment["place_id"].isin(chosen.index)].groupby("place_id")["amount"].sum()
    chosen["served"] = gain.reindex(chosen.index).fillna(0.0).round(3)
    chosen["travel"] = 3.0 + 0.2 * np.arange(len(chosen))  # minutes
    for reach in (300, 500, 1000):
        demand[f"coverage_{reach}_after"] = np.where(after_served(demand, after) > 0, 1.0, demand[f"coverage_{reach}"])
    wanted = float(demand[[f"wanted_{b}" for b in BANDS]].to_numpy().sum())
    served = float(after["served"].sum())
    plan = Plan(
        "programme", "feasible", tuple(chosen.index), assignment, served, served * 1.004, 0.004,
        float(chosen["cost"].sum()), wanted,
    ) if planned else None  # fmt: skip
    settings = {
        "years": {"base": 2020, "phases": [2026, 2030]},
        "demand": {"uptake": "mid"},
        "travel": {"urban": {"mode": "walk", "limit_m": 1000}, "rural": {"mode": "drive", "limit_min": 15}},
        "plan": {
            "model": "programme",
            "budget": {2026: 2_000_000, 2028: 2_000_000, 2030: 1_000_000},
            "gap": 0.005,
        },
    }
    draft = Result(
        "邢台市3岁以下婴幼儿照护设施布局", "base", language, 2026, profile, area, demand, standing, offered, gaps, after,
        *planning_years(demand, standing, gaps), gap_area_table(demand, gaps), *street_audit(demand, standing), unit_table(demand, standing, gaps, after, chosen), plan, assignment, chosen,
        base_layers(area), findings(), sources(), settings,
        (("plan.budget.2026", 3_000_000, 2_000_000), ("demand.uptake", "low", "mid")), (),
        refusals=siting.refusals(offered, profile), field_checks=siting.field_checks(offered, profile),
        suitability=siting.suitability(offered, profile), obligations=siting.obligations(demand, offered, UNITS),
        land=land_table(offered, chosen.index), controls=siting.control_layers(area, CRS),
        hazards=siting.hazard_layer(area, CRS, HOSTILE[0]),
    )  # fmt: skip
    return replace(draft, numbers=numbers(draft))
