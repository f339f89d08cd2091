"""Employer nursery: care at the workplace, where enough children of the workers are under three."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import asked, build_options, fit_room, free_floor, usable
from geoplan.siting.sites import note

REASON = Text("enough children of its workers are under three", "职工3岁以下子女达到设置规模")
NOT_KNOWN = Text("children under three of the workers not known, no option made", "职工3岁以下子女数未知，未生成方案")
TOO_FEW = Text(
    "too few children under three or too little floor, no option made", "职工3岁以下子女或建筑面积不足，未生成方案"
)


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """As many classes as the children fill, from the least number that the checks ask; fewer where the spare floor is known and less.

    Employers whose children are not known, or too few, give no option and are counted in notes.
    """
    sites = usable(sites, kind, findings)
    children = sites["children_under_3"]
    note(findings, sites[children.isna()], kind.title, NOT_KNOWN)
    floor = free_floor(sites) / kind.floor_m2.value
    room = children.where(~(floor < children), floor)
    enough = children >= (asked(kind, service, "least_children") or 0.0)
    classes = fit_room(room.where(enough, 0.0), kind, service)
    note(findings, sites[children.notna() & (classes.sum(axis=1) == 0)], kind.title, TOO_FEW)
    return build_options(sites, classes, kind, service, REASON)
