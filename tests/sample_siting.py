"""The siting part of the hand-made Result: land, money and verdicts of its options, and the tables that follow from them."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point, box

from geoplan.errors import Text
from geoplan.profiles.service import Criterion, Fee, ServiceProfile
from geoplan.profiles.standard import Standard, Verdict

HAZARDS, CONTROLS, BOUNDARIES = (
    ("filling_station", "substation"),
    ("permanent_farmland", "flood"),
    ("village_boundary",),
)
PAYERS = {"public": Text("public budget", "财政资金"), "operator": Text("operator", "举办者自筹")}
SUPPLY_MODES = {
    "existing_building": (Text("existing building", "利用既有房屋"), Text("the right of use is proven", "取得房屋使用权证明")),
    "allocated": (
        Text("allocated", "划拨"),
        Text("non-profit, in the list that the notice calls 《规划用地目录》", "非营利性，属通知所称《规划用地目录》范围"),
    ),
    "granted": (Text("granted", "出让"), Text("by open bidding", "公开招拍挂")),
}  # fmt: skip
SUPPLY_OF = {"kindergarten_class": "existing_building", "idle_asset": "existing_building", "new_build": "allocated"}
CONVERTED = Text("standing buildings come first in a built-up area", "建成区优先利用存量房屋")
REASONS = {"new_build": Text("nothing within reach can be converted", "服务半径内无可改建场所，可新增用地")}
UNKNOWN = float("nan")


def siting_standards() -> tuple[Standard, ...]:
    """Distances, control lines, a fee and the weights of suitability: found, stated, to be verified and local ones."""
    rows = [
        ("hazard_filling_station", "distance to a filling station", "与加油站距离", 50, "m", "at_least", "F", "GB 50156", "4.0.4", "distance_filling_station", "must"),
        ("hazard_substation", "distance to a substation", "与变电站距离", 30, "m", "at_least", "G", "DL/T 5218", "5.2", "distance_substation", "should"),
        ("control_permanent_farmland", "inside permanent farmland", "占永久基本农田比例", 0, "share", "at_most", "S", "实施方案", "C4.3", "overlap_permanent_farmland", "must"),
        ("control_flood", "inside a flood zone", "在洪涝风险区比例", 0, "share", "at_most", "local", "", "", "overlap_flood", "should"),
        ("boundary_village_boundary", "outside the village boundary", "村庄建设边界外比例", 0, "share", "at_most", "R", "村庄规划", "", "outside_village_boundary", "must"),
        ("occupation_tax", "tax on farmland taken", "耕地占用税", 25, "yuan/m²", "", "G", "", "", "", "must"),
        ("deed_tax", "deed tax", "契税", 0.03, "share", "", "F", "契税法", "三", "", "must"),
        ("weight_need", "weight of unmet need", "缺口权重", 0.5, "share", "", "local", "", "", "", "must"),
        ("weight_cost", "weight of cost", "投资权重", 0.3, "share", "", "local", "", "", "", "must"),
        ("weight_walk", "weight of the walk", "步行权重", 0.2, "share", "", "local", "", "", "", "must"),
    ]  # fmt: skip
    return tuple(
        Standard(i, Text(en, zh), value, unit, sense, Text(clause, clause), source, mark, quantity, force)  # type: ignore[arg-type]
        for i, en, zh, value, unit, sense, mark, source, clause, quantity, force in rows
    )


def siting_fields(standards: dict[str, Standard]) -> dict[str, Any]:
    """What a service profile knows of siting: distances, lines, payers, ways of supply, fees, criteria, obligations."""
    kinds = ("new_build",)
    criteria = (("need", "unmet need", "缺口", 0.0, 40.0, "persons"), ("cost", "cost a place", "每托位投资", 42000.0, 8000.0, "yuan/place"),
                ("walk", "metres to the nearest home", "到最近居住区", 300.0, 0.0, "m"))  # fmt: skip
    return {
        "hazards": {h: f"hazard_{h}" for h in HAZARDS},
        "controls": {c: f"control_{c}" for c in CONTROLS},
        "boundaries": {b: f"boundary_{b}" for b in BOUNDARIES},
        "payers": PAYERS,
        "supply_modes": SUPPLY_MODES,
        "fees": (
            Fee("occupation_tax", standards["occupation_tax"].title, standards["occupation_tax"], "farmland_m2", kinds, "C2.2"),
            Fee("deed_tax", standards["deed_tax"].title, standards["deed_tax"], "cost", kinds, "C2.2"),
        ),
        "suitability": tuple(
            Criterion(i, Text(en, zh), standards[f"weight_{i}"], worst, best, unit) for i, en, zh, worst, best, unit in criteria
        ),
        "obligations": {"new_area": "places_per_1000"},
    }  # fmt: skip


def judged(profile: ServiceProfile, outcome: str, at: int) -> tuple[Verdict, ...]:
    """Verdicts that make an outcome: an unknown one lacks storey and distance; one that fails is too high, and each second too near."""
    storey = {"pass": 2.0, "fail": 5.0, "unknown": None}[outcome]
    distance = {"pass": 80.0, "fail": 20.0 if at % 2 else 80.0, "unknown": None}[outcome]
    inside = None if outcome == "unknown" and at % 2 else 0.25 if outcome == "fail" and at % 10 == 4 else 0.0
    values = {"reach": 240.0, "storeys": storey, "hazard_filling_station": distance,
              "hazard_substation": 20.0 if at % 4 == 1 else 45.0, "control_permanent_farmland": inside}  # fmt: skip
    return tuple(profile.standards[name].judge(value) for name, value in values.items())


def land_and_money(frame: gpd.GeoDataFrame) -> None:
    """Add to options what they take, cost and say: class, source, ranges, fees, land, supply, exclusions, reason, soft score."""
    at, new = np.arange(len(frame)), (frame["kind"] == "new_build").to_numpy()
    frame["class"] = [("urban_new", "urban_built", "urban_old", "rural")[i % 4] for i in at]
    role = {"kindergarten_class": "hosts", "idle_asset": "idle", "new_build": "parcels"}
    frame["built_from"] = [f"{role[k]}:{s}" for k, s in zip(frame["kind"], frame["site_id"], strict=True)]
    frame["site_group"] = frame["site_id"]
    frame["search_area"] = new & (at % 6 == 5)
    frame["classes"], frame["fte"] = (frame["places"] / 10).round(), 1.0
    frame["new_land_m2"] = np.where(new & (at % 4 == 1), frame["land_m2"], 0.0)
    frame["fee_occupation_tax"] = np.where(new, frame["farmland_m2"] * 25.0, 0.0)
    frame["fee_deed_tax"] = 0.0
    frame["fees"] = frame["fee_occupation_tax"]
    frame["cost"] = frame["cost"] + frame["fees"]
    frame["cost_low"], frame["cost_high"] = frame["cost"] * 0.8, frame["cost"] * 1.25
    frame["subsidy"] = frame["places"] * 1000.0 * (frame["cost"] > 0)
    frame["paid_by"] = np.where(new, "public", "operator")
    frame["land_code"] = np.where(new, "0702", "")
    frame["supply_mode"] = frame["kind"].map(SUPPLY_OF)
    frame["excludes"] = [[] for _ in at]
    frame["replaces"] = ""
    frame["reason"] = [REASONS.get(kind, CONVERTED) for kind in frame["kind"]]
    frame["soft_score"] = np.where(at % 4 == 1, 0.0, 1.0)


def refusals(options: pd.DataFrame, profile: ServiceProfile) -> pd.DataFrame:
    """By standard: how many fail it, are refused by it, by it alone, are unknown, are judged."""
    rows = [
        (v.standard, v.outcome, v.force, sum(w.outcome == "fail" and w.force == "must" for w in many))
        for many in options["verdicts"]
        for v in many
    ]
    flat = pd.DataFrame(rows, columns=["standard", "outcome", "force", "hard"])
    fails, hard = flat["outcome"] == "fail", flat["force"] == "must"
    counted = pd.DataFrame(
        {"standard": flat["standard"], "failed": fails, "refused": fails & hard, "only": fails & hard & (flat["hard"] == 1),
         "unknown": flat["outcome"] == "unknown", "judged": True}
    )  # fmt: skip
    sums = counted.groupby("standard").sum().astype(int)
    return sums.reindex([name for name in profile.standards if name in sums.index])


def field_checks(options: gpd.GeoDataFrame, profile: ServiceProfile) -> pd.DataFrame:
    """One row a site and quantity that some verdict needs and does not know, most places first."""
    asked = {"storey": ("storeys", Text("storey", "所在楼层"), "storey"),
             "distance_filling_station": ("hazard_filling_station", Text("distance to a filling station", "与加油站距离"), "m"),
             "own_entrance": ("reach", Text("entrance of its own", "独立出入口"), "")}  # fmt: skip
    points = options.geometry.centroid.to_crs(4490)
    rows = []
    for (_, row), point in zip(options.iterrows(), points, strict=True):
        for quantity, (standard, title, unit) in asked.items() if row["verdict"] == "unknown" else ():
            why = Text(
                f"{row['places']:g} places hang on it: {title.en}", f"{row['places']:g}个托位取决于此项：{title.zh}"
            )
            rows.append((row["site_id"], row["name"], row["unit_id"], quantity, title, unit, standard, row["places"], why,
                         round(point.x, 6), round(point.y, 6)))  # fmt: skip
    names = ["site_id", "name", "unit_id", "quantity", "title", "unit", "standards", "places", "why", "lon", "lat"]
    found = pd.DataFrame(rows, columns=names)
    return found.sort_values(["places", "site_id", "quantity"], ascending=[False, True, True], ignore_index=True)


def suitability(options: pd.DataFrame, profile: ServiceProfile) -> pd.DataFrame:
    """The score of each option not refused, by criterion, and in how many variants it stays among the first."""
    kept = options[options["verdict"] != "fail"]
    at = np.arange(len(kept))
    values = pd.DataFrame(
        {"need": 5.0 + at % 35, "cost": kept["cost"] / kept["places"], "walk": 40.0 + at % 9 * 25}, index=kept.index
    )
    values.loc[values.index[1::7], "walk"] = UNKNOWN
    table, score, unknown = pd.DataFrame(index=kept.index), 0.0, 0.0
    for c in profile.suitability:
        part = ((values[c.id] - c.worst) / (c.best - c.worst)).clip(0, 1)
        table[f"value_{c.id}"], table[f"share_{c.id}"] = values[c.id], (part * c.weight.value).fillna(0.0)
        score, unknown = score + table[f"share_{c.id}"], unknown + values[c.id].isna() * c.weight.value
    table.insert(0, "score", score)
    table["unknown_weight"] = unknown
    table.insert(1, "rank", table["score"].rank(ascending=False, method="first").astype(int))
    variants = 2 * len(profile.suitability)
    table["times_in_top"] = (variants - (table["rank"] - 16).clip(0, variants)).astype(int)
    table["variants"] = variants
    table["best_rank"], table["worst_rank"] = (table["rank"] - 2).clip(1), table["rank"] + 3
    return table.sort_values("rank")  # fmt: skip


def obligations(demand: gpd.GeoDataFrame, options: pd.DataFrame, units: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """New areas short of places, old areas without a facility, an employer, and the pilots of each unit."""
    names = ["rule", "subject_id", "name", "unit_id", "asked", "given", "short", "unit", "behind", "outcome", "note", "option_id",
             "clause"]  # fmt: skip
    best = str(options.index[0])
    new, old = demand.iloc[[0, 4, 8]], demand.iloc[[2, 6]]
    rows: list[tuple[Any, ...]] = [
        ("new_area", i, name, unit, 12.0, given, short, "places", behind, outcome, "", best if outcome == "fail" else "", "C4.1")
        for (i, name, unit), (given, short, behind, outcome) in zip(
            new[["name", "unit_id"]].itertuples(name=None),
            [(4.0, 8.0, 2.0, "fail"), (12.0, 0.0, 0.0, "pass"), (UNKNOWN, UNKNOWN, UNKNOWN, "unknown")], strict=True)
    ]  # fmt: skip
    rows += [
        ("old_area", i, name, unit, 1.0, 0.0, 1.0, "institutions", UNKNOWN, "fail", "", best, "C4.1")
        for i, name, unit in old[["name", "unit_id"]].itertuples(name=None)
    ]
    rows.append(
        ("employer", "E-1", "示意机械厂", units[1][0], 1.0, 0.0, 1.0, "institutions", UNKNOWN, "fail", "", "", "C3.3")
    )
    rows += [
        ("pilot_community", unit, name, unit, 1.0, given, 1.0 - given, "pilots", UNKNOWN, outcome, "", option, "E2.2")
        for (unit, name), (given, outcome, option) in zip(
            units, [(1.0, "pass", ""), (0.0, "fail", best), (UNKNOWN, "unknown", "")], strict=True
        )
    ]
    return pd.DataFrame(rows, columns=names)


def control_layers(area: Any, crs: Any) -> dict[str, gpd.GeoDataFrame]:
    """A strip of permanent farmland, a flood zone and a village boundary."""
    west, south, east, north = area.boundary.bounds
    middle = (west + east) / 2
    shapes = {
        "permanent_farmland": [box(west, south, west + 400, south + 300), box(west, north - 250, west + 200, north)],
        "flood": [box(west, south + 150, middle, south + 350)],
        "village_boundary": [box(middle, south, east, (south + north) / 2)],
    }
    return {
        role: gpd.GeoDataFrame({"name": [f"示意{role}{n}" for n in range(len(some))]}, geometry=some, crs=crs)
        for role, some in shapes.items()
    }


def hazard_layer(area: Any, crs: Any, hostile: str) -> gpd.GeoDataFrame:
    """A filling station with a hostile name, and a substation."""
    west, south, east, north = area.boundary.bounds
    points = [Point(west + 500, south + 420), Point(east - 300, north - 200)]
    index = pd.Index(["H-1", "H-2"], name="hazard_id", dtype=object)
    return gpd.GeoDataFrame(
        {"kind": list(HAZARDS), "name": [hostile, "城东变电站"]}, geometry=points, index=index, crs=crs
    )
