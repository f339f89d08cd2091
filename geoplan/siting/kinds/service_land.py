"""New building on land that is planned for services."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import usable
from geoplan.siting.land import build_on_land, land_role

REASON = Text("the plan keeps this land for services", "国土空间规划确定的服务设施用地")
SERVICES = ("service", "service_rural", "education")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """What the land holds, by `land.build_on_land`: of parcels whose planning code is that of services or of education."""
    sites = usable(sites, kind, findings)
    sites = sites[land_role(sites["planning_code"], "planning", service).isin(SERVICES)]
    return build_on_land(sites, kind, service, findings, REASON)
