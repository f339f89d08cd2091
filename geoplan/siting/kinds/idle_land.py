"""New building on idle, low-efficiency or stock land."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import usable
from geoplan.siting.land import BUILT_FIRST, build_on_land

REASON = Text("the land lies idle or is used poorly, and comes before new land", "低效或闲置土地，优先于新增用地利用")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """What the land holds, by `land.build_on_land`: of idle sites, and of parcels that are idle, low_efficiency or stock."""
    sites = usable(sites, kind, findings)
    sites = sites[(sites["role"] != "parcels") | sites["land_status"].isin(BUILT_FIRST)]
    return build_on_land(sites, kind, service, findings, REASON)
