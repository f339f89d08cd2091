"""Facility attached to the renewal of an old residential area."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import TOO_SMALL, build_options, class_sizes, fit_classes, free_floor, reach_classes, usable
from geoplan.siting.sites import note

REASON = Text(
    "the renewal of the estate adapts its public rooms and grounds", "结合老旧小区改造，同步改造公共活动区域设施和部位"
)
NOT_KNOWN = Text("residents not known, no option made", "居民人数未知，未生成方案")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """The whole classes that reach the places per 1,000 residents of old areas; fewer where the floor that the project gives is known.

    It comes in the year of the project. Projects whose residents are not known give no option and are counted.
    """
    sites = usable(sites, kind, findings)
    note(findings, sites[sites["population"].isna()], kind.title, NOT_KNOWN)
    sites = sites[sites["population"].notna()]
    need = sites["population"] * service.value(service.places_per_1000["urban_old"]) / 1000
    classes = reach_classes(need, sites, kind, service, findings)
    floor = free_floor(sites)
    room = fit_classes(floor, sites["outdoor_m2"], kind, service)
    sizes = pd.Series(class_sizes(kind, service))
    less = floor.notna() & (room @ sizes < classes @ sizes)
    classes = classes.where(~less, room, axis=0)
    note(findings, sites[less & (classes.sum(axis=1) == 0)], kind.title, TOO_SMALL)
    options = build_options(sites, classes, kind, service, REASON)
    return options.assign(project_year=sites["year"].reindex(options.index), under_way=True)
