"""Room fitted in a place that is to have one and has none."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import build_options, smallest, usable

REASON = Text("the place is to have one and has none: {words.place}", "应配置而未配置：{words.place}")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """One room in each place, at the size that the standard asks."""
    sites = usable(sites, kind, findings)
    options = build_options(sites, smallest(sites, kind, service), kind, service, REASON)
    return options.assign(floor_available_m2=options["floor_area_m2"])
