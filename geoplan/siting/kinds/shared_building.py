"""Shared public building: classes in the spare floor of a community centre, clinic or school."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import fill_building, usable

REASON = Text(
    "a public building that serves the place already has floor to spare", "已有公共服务设施有富余面积，可复合利用"
)


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """What the spare floor and the outdoor ground hold, by `classes.fill_building`."""
    sites = usable(sites, kind, findings)
    return fill_building(sites, sites["spare_floor_m2"], kind, service, findings, REASON)
