"""Conversion of an idle public building: a closed school, village office or clinic."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import fill_building, free_floor, usable

REASON = Text("the building stands idle and can be converted without new land", "建筑闲置，改造利用无需新增用地")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """What the building and its outdoor ground hold, by `classes.fill_building`."""
    sites = usable(sites, kind, findings)
    return fill_building(sites, free_floor(sites), kind, service, findings, REASON)
