"""Area in which land for a new building is to be looked for."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import usable
from geoplan.siting.land import build_on_land

REASON = Text("no parcels are given: land is to be looked for in this area", "未提供地块资料，建议在此范围内选址")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """What the land of the area would hold, by `land.build_on_land`; it is no site, and what is not known of it stays so."""
    return build_on_land(usable(sites, kind, findings), kind, service, findings, REASON)
