"""Preference by place: what stands is converted, leased, bought or swapped before new land is taken in old and built-up areas.

`convert_first` counts the convertible sites that pass within reach of new land and says the reason; `straight_pairs` is the `Apart` that needs
no streets. The order of steps: judge all, `convert_first` on what was judged, `judge_again` by `preference_of(service)`, then overall.
"""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import pandas as pd
import shapely
from shapely import STRtree

from geoplan.errors import Language, Text
from geoplan.profiles.service import ServiceProfile
from geoplan.profiles.standard import Standard
from geoplan.siting.ground import Ground
from geoplan.siting.quantities import OLD_AREAS

Apart = Callable[[gpd.GeoDataFrame, gpd.GeoDataFrame, float], pd.DataFrame]

CONVERTIBLE = ("convert", "acquire")
NO_HOMES = Text(
    "class of area not known, because no homes are given: whether conversion comes first here cannot be said",
    "未提供居住区图层，区域类别未知，无法判断是否应优先利用存量",
)
NO_CLASS = Text(
    "class of area not known: whether conversion comes first here cannot be said",
    "区域类别未知，无法判断是否应优先利用存量",
)
ORDER = {
    "rural": Text(
        "village: a new building and the conversion of idle public buildings are both open",
        "村居：新建与利用闲置公共服务资源改扩建均可",
    ),
    "urban_new": Text(
        "new residential area: places built with the housing come first, land of its own adds to them",
        "新建居住区：以与住宅同步配建为先，独立用地作为补充",
    ),
}
REFUSED = Text(
    "not offered: {sites} convertible site(s) within {reach} m pass, the nearest is {name} at {metres} m",
    "不予推荐：{reach}米内有{sites}处可改造、购置、置换或租赁的场所合规，最近为{name}（{metres}米）",
)
OPEN = Text(
    "exception, new land is open: no convertible site passes within {reach} m; {unknown} to be checked on the ground, {fail} fail",
    "例外情形，可考虑新增用地：{reach}米内无合规的可转换利用场所，其中待核查{unknown}处、不合规{fail}处",
)
ALONE = Text(
    "exception, new land is open: there is no convertible site within {reach} m",
    "例外情形，可考虑新增用地：{reach}米内没有可转换利用的场所",
)


def straight_pairs(starts: gpd.GeoDataFrame, ends: gpd.GeoDataFrame, reach_m: float) -> pd.DataFrame:
    """Pairs (from_id, to_id, metres) that lie within a reach of one another in a straight line, reach included.

    >>> from shapely import Point
    >>> starts = gpd.GeoDataFrame(geometry=[Point(0, 0)], index=["a"])
    >>> ends = gpd.GeoDataFrame(geometry=[Point(3, 4), Point(9, 9)], index=["b", "c"])
    >>> straight_pairs(starts, ends, 5).values.tolist()
    [['a', 'b', 5.0]]
    """
    here, there = starts.geometry.to_numpy(), ends.geometry.to_numpy()
    row, column = STRtree(there).query(here, predicate="dwithin", distance=reach_m)
    metres = shapely.distance(here[row], there[column])
    return pd.DataFrame({"from_id": starts.index[row], "to_id": ends.index[column], "metres": metres})


def preference_of(service: ServiceProfile) -> Standard | None:
    """The standard that puts conversion before new land; None where the service has none.

    >>> from geoplan.profiles.load import load_service
    >>> preference_of(load_service("childcare_cn")).id
    'convert_first'
    """
    checks = (service.standards[check] for kind in service.options.values() for check in kind.checks)
    return next((s for s in checks if s.quantity == "convertible_in_reach"), None)


def convert_first(
    options: gpd.GeoDataFrame,
    service: ServiceProfile,
    ground: Ground,
    apart: Apart,
    reach_m: float,
    language: Language,
) -> pd.DataFrame:
    """By option: `measured`, the convertible sites that pass within reach of new land, and `reason`, what that means.

    `options` are judged (column verdict). A convertible site is one on which an option that converts or acquires stands; it passes if any of
    them does. Measured of new land in old and built-up areas, missing elsewhere and where the class of area is not known;
    the reason is given for all new land, "" for other options. `apart` gives the pairs (site ids) within `reach_m`.
    """
    nature = options["kind"].map({kind.id: kind.nature for kind in service.options.values()})
    land = options[nature == "new_land"]
    class_ = land["class"] if "class" in land.columns else pd.Series(None, index=land.index, dtype=object)
    old = land[class_.isin(OLD_AREAS)]
    standing = _by_site(options[nature.isin(CONVERTIBLE)])
    near = _near(old, standing, apart, reach_m)
    counts = {site: _count(rows) for site, rows in near.groupby("from_id")}
    found = pd.DataFrame({"measured": float("nan"), "reason": ""}, index=options.index).astype({"reason": object})
    found.loc[old.index, "measured"] = [float(counts.get(site, {}).get("pass", 0)) for site in old["site_id"]]
    found.loc[land.index, "reason"] = [_elsewhere(value, ground).to(language) for value in class_]
    nearest = near[near["verdict"] == "pass"].sort_values(["metres", "to_id"]).drop_duplicates("from_id")
    best = dict(zip(nearest["from_id"], zip(nearest["name"], nearest["metres"], strict=True), strict=True))
    said = [_reason(counts.get(site, {}), best.get(site), reach_m, language) for site in old["site_id"]]
    found.loc[old.index, "reason"] = said
    return found


def _by_site(options: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One row a site: its best verdict, name and geometry."""
    rank = options["verdict"].map({"pass": 0, "unknown": 1, "fail": 2})
    first = options.assign(rank=rank).sort_values(["rank", "site_id"], kind="stable").drop_duplicates("site_id")
    return first.set_index("site_id").sort_index()


def _near(old: gpd.GeoDataFrame, standing: gpd.GeoDataFrame, apart: Apart, reach_m: float) -> pd.DataFrame:
    """The pairs of new land and convertible site within reach, with name and verdict of the latter."""
    starts = old.drop_duplicates("site_id").set_index("site_id").sort_index()
    if starts.empty or standing.empty:
        return pd.DataFrame(
            {name: pd.Series(dtype=object) for name in ("from_id", "to_id", "metres", "name", "verdict")}
        )
    pairs = apart(starts, standing, reach_m)
    name = standing["name"] if "name" in standing.columns else pd.Series(None, index=standing.index, dtype=object)
    name = name.where(name.notna(), pd.Series(standing.index, index=standing.index))
    to = pairs["to_id"]
    return pairs.assign(name=name.reindex(to).to_numpy(), verdict=standing["verdict"].reindex(to).to_numpy())


def _count(near: pd.DataFrame) -> dict[str, int]:
    return {str(verdict): int(count) for verdict, count in near["verdict"].value_counts().items()}


def _elsewhere(class_: object, ground: Ground) -> Text:
    """What the order is in a class of area where new land needs no exception."""
    if isinstance(class_, str):
        return ORDER.get(class_, Text("", ""))
    return NO_HOMES if ground.homes is None else NO_CLASS


def _reason(count: dict[str, int], best: tuple[str, float] | None, reach_m: float, language: Language) -> str:
    reach = f"{reach_m:,.0f}"
    if best is not None:
        name, metres = best
        sites = count["pass"]
        return REFUSED.to(language).format(sites=sites, reach=reach, name=name, metres=f"{metres:,.0f}")
    if not count:
        return ALONE.to(language).format(reach=reach)
    return OPEN.to(language).format(reach=reach, unknown=count.get("unknown", 0), fail=count.get("fail", 0))
