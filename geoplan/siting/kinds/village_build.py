"""New building in a village."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import usable
from geoplan.siting.land import build_on_land, land_role

REASON = Text("a village may build on its own land", "支持村居新建婴幼儿照护服务设施")
OF_VILLAGES = ("residential_rural", "service_rural")
FREE = ("new", "stock")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """What the land holds, by `land.build_on_land`: of parcels whose survey or planning class is that of villages, or
    that are new or stock land and whose nearest home is in a village.
    """
    sites = usable(sites, kind, findings)
    codes = (("survey_code", "survey"), ("planning_code", "planning"))
    roles = [land_role(sites[column], system, service).isin(OF_VILLAGES) for column, system in codes]
    free = sites["land_status"].isin(FREE) & (sites["class"] == "rural")
    return build_on_land(sites[roles[0] | roles[1] | free], kind, service, findings, REASON)
