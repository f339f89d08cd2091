"""Facility required in a new residential development, delivered with the housing."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import asked, build_options, reach_classes, usable
from geoplan.siting.sites import note

REASON = Text(
    "a new residential area is built with its places for children", "新建居住区同步规划、同步建设、同步验收、同步交付"
)
NOT_KNOWN = Text("future residents not known, no option made", "规划人口未知，未生成方案")
BEGUN = ("built", "accepted", "delivered")  # states of the housing in which the building has begun


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """The whole classes that reach places_per_1000_new × residents / 1000; floor, outdoor ground and land by standard (land is not
    known where the service states none).

    It comes in the year of delivery; that may be sooner than its lead time only where the facility is in the plan and the housing has begun.
    Projects whose residents are not known give no option and are counted.
    """
    sites = usable(sites, kind, findings)
    note(findings, sites[sites["population"].isna()], kind.title, NOT_KNOWN)
    sites = sites[sites["population"].notna()]
    rate = asked(kind, service, "places_per_1000_new")
    rate = service.value(service.places_per_1000["urban_new"]) if rate is None else rate
    need = sites["population"] * rate / 1000
    classes = reach_classes(need, sites, kind, service, findings)
    options = build_options(sites, classes, kind, service, REASON)
    sites = sites.loc[options.index]
    land = options["places"] * (kind.land_m2.value if kind.land_m2 else np.nan)
    return options.assign(
        land_m2=land,
        land_available_m2=land,
        floor_available_m2=options["floor_area_m2"],
        outdoor_m2=options["places"] * kind.outdoor_m2.value,
        storey=1.0,
        project_year=sites["year"],
        under_way=(sites["planned_state"] == "done") & sites["housing_state"].isin(BEGUN),
    )
