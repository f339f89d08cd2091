"""Premises swapped for other public property in a built-up area."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import fill_building, free_floor, offered, usable

REASON = Text(
    "the premises are to be had by a swap, as the notice asks in built-up areas without a facility",
    "房屋可置换，符合老城区和已建成居住区补建要求",
)


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """What the premises offered for swap hold, by `classes.fill_building`. What is given for them is not a cost here."""
    sites = offered(usable(sites, kind, findings), "swap", kind, findings)
    return fill_building(sites, free_floor(sites), kind, service, findings, REASON)
