"""Move of a facility that is too small, or stands too near a hazard, to a better building nearby."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from shapely import STRtree

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import asked, build_options, class_sizes, fit_classes, free_floor, usable
from geoplan.siting.sites import own_id

REASON = Text(
    "the facility is too small or stands too near a hazard; it moves here", "原机构面积不足或邻近危险源，迁建至此"
)
BUILDINGS = ("idle_building", "premises")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """Each such facility to the nearest building within the largest reach that holds its places and has the least floor.

    The option stands at the building's site, its places are those that the building holds, at least the present ones;
    `replaces` is the facility. A building takes one facility, the nearest pair first.
    """
    least = asked(kind, service, "floor_m2") or 0.0
    facilities = usable(sites, kind, findings)
    bad = (facilities["floor_area_m2"] < least) | (facilities["near_hazard"] == 1)
    facilities = facilities[bad & facilities["places"].notna()]
    buildings = sites[sites["kind"].isin(BUILDINGS) & (free_floor(sites) >= least)]
    classes = fit_classes(free_floor(buildings), buildings["outdoor_m2"], kind, service)
    held = classes @ pd.Series(class_sizes(kind, service), dtype="int64")
    pairs = _pairs(facilities, buildings, max(service.reaches_m))
    fits = held[pairs["building"]].to_numpy() >= facilities["places"][pairs["facility"]].to_numpy()
    moved = _nearest_first(pairs[fits])
    chosen = buildings.loc[list(moved)]
    options = build_options(chosen, classes.loc[chosen.index], kind, service, REASON)
    names = own_id(facilities)[[moved[site] for site in options.index]].to_numpy()
    return options.assign(replaces=names, facility=names)


def _pairs(facilities: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, reach_m: float) -> pd.DataFrame:
    """Facility and building that lie within a reach of one another in a straight line, the nearest first."""
    found = STRtree(buildings.geometry.array).query(facilities.geometry.array, predicate="dwithin", distance=reach_m)
    ends = facilities.geometry.array[found[0]], buildings.geometry.array[found[1]]
    ids = {"facility": facilities.index[found[0]], "building": buildings.index[found[1]]}
    return pd.DataFrame({**ids, "metres": ends[0].distance(ends[1])}).sort_values(["metres", "facility", "building"])


def _nearest_first(pairs: pd.DataFrame) -> dict[str, str]:
    """The facility that each building takes, so that every facility and every building stands in one pair at most."""
    taken: dict[str, str] = {}
    moved: set[str] = set()
    for facility, building in zip(pairs["facility"], pairs["building"], strict=True):
        if facility not in moved and building not in taken:
            taken[building] = facility
            moved.add(facility)
    return taken
