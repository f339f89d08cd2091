"""The hand-made Result with as many options, kinds, clauses and exclusion areas as a prefecture has."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point, box

from geoplan.errors import Language, Text
from geoplan.location.plan import Plan
from geoplan.profiles.service import Nature, OptionKind
from geoplan.profiles.standard import Standard, Verdict
from geoplan.result import Result
from tests.sample import CRS, HOSTILE, sample_result

NATURES: dict[str, tuple[Nature, str, str]] = {
    "kindergarten_class": ("convert", "nursery class in a kindergarten", "幼儿园托班"),
    "shared_building": ("convert", "share a public building", "公共用房复合利用"),
    "idle_building": ("convert", "convert an idle building", "闲置用房改建"),
    "employer_nursery": ("convert", "employer nursery", "用人单位托育点"),
    "renewal_project": ("convert", "with a renewal project", "结合城市更新配建"),
    "fitted_room": ("convert", "nursing room", "母婴室"),
    "lease_premises": ("acquire", "lease premises", "租赁用房"),
    "purchase_premises": ("acquire", "purchase premises", "购置用房"),
    "swap_premises": ("acquire", "swap premises", "置换用房"),
    "new_development": ("with_housing", "in a new development", "新建住宅配建"),
    "idle_land": ("new_land", "build on idle land", "闲置低效用地新建"),
    "service_land": ("new_land", "build on service land", "社区服务设施用地新建"),
    "village_build": ("new_land", "new village build", "村庄新建"),
    "search_area": ("new_land", "search area", "选址范围"),
    "rural_point": ("mobile", "part-time rural point", "乡村流动（半日）托育点"),
    "expand_facility": ("facility", "expand a facility", "现有机构扩建"),
    "move_facility": ("facility", "move a facility", "现有机构迁建"),
    "close_facility": ("facility", "close a facility", "现有机构撤并"),
}


def rules(count: int) -> list[Standard]:
    """Standards of every mark and force, in metres, shares and numbers; one with a hostile title."""
    units = ("m", "share", "m²/place", "storey")
    return [
        Standard(
            f"rule_{n}", Text(f"rule {n}", f"第{n}项核对内容") if n else Text(HOSTILE[0], HOSTILE[0]), 50.0 if n % 4 == 0 else 0.0 if n % 4 == 1 else 2.0,
            units[n % 4], "at_least" if n % 4 in {0, 2} else "at_most", Text(f"clause 4.{n}", f"第4.{n}条"), "GB 50180-2018",
            ("F", "S", "G", "local")[n % 4], force="must" if n % 3 else "should",
        )
        for n in range(count)
    ]  # fmt: skip


def judged(rule: Standard, rng: np.random.Generator) -> Verdict:
    """A verdict on a value that is about what is asked; one in five is not known."""
    draw = rng.random()
    share = round(float(max(rng.random() - 0.9, 0) * 5), 4)
    value = (
        share
        if rule.unit == "share"
        else float(rng.integers(1, 5))
        if rule.unit == "storey"
        else rng.gamma(3, max(rule.value, 1))
    )
    return rule.judge(None if draw < 0.2 else float(value))


def many_options(
    language: Language = "zh", options: int = 3000, clauses: int = 35, farmland: int = 2000, full: Result | None = None
) -> Result:
    """The sample with options of 18 kinds, three at each site, every tenth an area to search; exclusion areas and hazards of all sorts."""
    rng = np.random.default_rng(7)
    full = full or sample_result(language, areas=60, options=options)
    first = next(iter(full.service.options.values()))
    kinds = {k: replace_kind(first, k, *given) for k, given in NATURES.items()}
    standards = rules(clauses)
    service = replace(full.service, options=kinds, standards={**full.service.standards, **{s.id: s for s in standards}})
    frame = full.options.copy()
    at = np.arange(len(frame))
    frame["kind"] = [list(NATURES)[i % len(NATURES)] for i in at]
    frame["search_area"] = frame["kind"] == "search_area"
    frame["site_id"] = [f"S-{i // 3:04d}" for i in at]
    frame["excludes"] = [[f"X{i}:idle_land"] * (i % 4) for i in at]
    frame.index = pd.Index(
        [f"{s}:{k}" for s, k in zip(frame["site_id"], frame["kind"], strict=True)], name="option_id", dtype=object
    )
    sites = frame.geometry.iloc[3 * (at // 3)].to_numpy()
    frame["geometry"] = [
        Point(p).buffer(250, quad_segs=2) if s else p for p, s in zip(sites, frame["search_area"], strict=True)
    ]
    frame["verdicts"] = [
        tuple(judged(s, rng) for s in standards if (i + int(s.id[5:])) % 18 or clauses < 18) for i in at
    ]
    frame["verdict"] = [worst(v) for v in frame["verdicts"]]
    rows = full.options.index.get_indexer(full.chosen.index)
    chosen = full.chosen.set_index(frame.index[rows]).assign(kind=frame["kind"].iloc[rows].to_numpy())
    return replace(full, service=service, options=frame, chosen=chosen, refusals=refused(frame), suitability=scored(full, frame),
                   controls=control_layers(full, farmland), hazards=hazard_layer(full), plan=planned(full, chosen))  # fmt: skip


def replace_kind(first: OptionKind, name: str, nature: Nature, en: str, zh: str) -> OptionKind:
    """A kind of another name and nature."""
    return replace(first, id=name, title=Text(en, zh), nature=nature)


def worst(verdicts: tuple[Verdict, ...]) -> str:
    """Fail for every third option that fails something, else unknown if anything is, so that all outcomes are there."""
    failing = sum(v.outcome == "fail" and v.force == "must" for v in verdicts)
    return "fail" if failing > 6 else "unknown" if failing > 4 else "pass"


def refused(options: pd.DataFrame) -> pd.DataFrame:
    """The table of refusals, by counting."""
    rows = [(v.standard, v.outcome, v.force) for many in options["verdicts"] for v in many]
    flat = pd.DataFrame(rows, columns=["standard", "outcome", "force"])
    fails = flat["outcome"] == "fail"
    table = pd.DataFrame({"standard": flat["standard"], "failed": fails, "refused": fails & (flat["force"] == "must"),
                          "only": False, "unknown": flat["outcome"] == "unknown", "judged": True})  # fmt: skip
    return table.groupby("standard").sum().astype(int)


def scored(full: Result, options: pd.DataFrame) -> pd.DataFrame:
    """A score for each option that is not refused."""
    kept = options.index[options["verdict"] != "fail"]
    part = np.linspace(0, 0.3, len(kept))
    shares = {f"share_{c.id}": part for c in full.service.suitability}
    return pd.DataFrame(
        {"score": part * 3, "rank": np.arange(len(kept))[::-1] + 1, **shares, "unknown_weight": 0.1}, index=kept
    )


def control_layers(full: Result, farmland: int) -> dict[str, gpd.GeoDataFrame]:
    """Permanent farmland in many pieces with wavy outlines, and one area of each other role of the sample."""
    west, south, east, north = full.area.boundary.bounds
    side = int(np.ceil(np.sqrt(max(farmland, 1))))
    step_x, step_y = (east - west) / side, (north - south) / side
    pieces = [
        Point(west + (i % side + 0.5) * step_x, south + (i // side + 0.5) * step_y).buffer(0.4 * step_x, quad_segs=20)
        for i in range(farmland)
    ]
    return {**full.controls, "permanent_farmland": gpd.GeoDataFrame(geometry=pieces, crs=CRS)}


def hazard_layer(full: Result) -> gpd.GeoDataFrame:
    """A station, a power line with a hostile name and the ground of a substation."""
    west, south, east, north = full.area.boundary.bounds
    shapes = [
        Point(west + 500, south + 420),
        LineString([(west, north), (east, south)]),
        box(east - 300, north - 250, east - 220, north - 200),
    ]
    frame = {"kind": ["filling_station", "power_line_110", "substation"], "name": [HOSTILE[1], HOSTILE[0], None]}
    index = pd.Index(["H-1", "H-2", "H-3"], name="hazard_id", dtype=object)
    return gpd.GeoDataFrame(frame, geometry=shapes, index=index, crs=CRS)


def planned(full: Result, chosen: gpd.GeoDataFrame) -> Plan | None:
    """The plan with the new ids of its options."""
    if full.plan is None:
        return None
    renamed = dict(zip(full.chosen.index, chosen.index, strict=True))
    assignment = full.plan.assignment.assign(place_id=full.plan.assignment["place_id"].replace(renamed))
    return replace(full.plan, sites=tuple(chosen.index), assignment=assignment)
