"""Premises bought in a built-up area."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import fill_building, free_floor, offered, usable

REASON = Text(
    "the premises are for sale, as the notice asks in built-up areas without a facility",
    "房屋可购置，符合老城区和已建成居住区补建要求",
)


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """What the premises offered for sale hold, by `classes.fill_building`. The price of the floor is part of the cost (`money`)."""
    sites = offered(usable(sites, kind, findings), "sale", kind, findings)
    return fill_building(sites, free_floor(sites), kind, service, findings, REASON)
