"""Conversion of an idle building: a closed school, village office or clinic."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import build_options, fit_classes
from geoplan.siting.sites import note

NOT_KNOWN = Text("floor area not known, smallest size assumed", "建筑面积未知，按最小规模测算")
TOO_SMALL = Text("floor area too small for one class, no option made", "建筑面积不足一个班，未生成方案")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """As many classes as the building and its outdoor ground allow, mixed from the eldest band down.

    Where the floor area is not known, the smallest size: one class of the eldest band, its verdict unknown.
    """
    classes = fit_classes(sites["floor_area_m2"], sites["outdoor_m2"], kind, service)
    note(findings, sites[sites["floor_area_m2"].isna()], kind.title, NOT_KNOWN)
    note(findings, sites[classes.sum(axis=1) == 0], kind.title, TOO_SMALL)
    return build_options(sites, classes, kind, service)
