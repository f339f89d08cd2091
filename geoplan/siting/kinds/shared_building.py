"""Shared public building: classes in the spare floor of a community centre, clinic or school."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import build_options, fit_classes
from geoplan.siting.sites import note

NOT_KNOWN = Text("spare floor not known, smallest size assumed", "富余面积未知，按最小规模测算")
TOO_SMALL = Text("spare floor too small for one class, no option made", "富余面积不足一个班，未生成方案")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """As many classes as the spare floor and the outdoor ground allow, mixed from the eldest band down.

    Where the spare floor is not known, the smallest size: one class of the eldest band, its verdict unknown.
    """
    classes = fit_classes(sites["spare_floor_m2"], sites["outdoor_m2"], kind, service)
    note(findings, sites[sites["spare_floor_m2"].isna()], kind.title, NOT_KNOWN)
    note(findings, sites[classes.sum(axis=1) == 0], kind.title, TOO_SMALL)
    return build_options(sites, classes, kind, service)
