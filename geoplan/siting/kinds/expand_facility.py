"""More classes in the spare floor of a facility that is open."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import build_options, fit_classes, usable
from geoplan.siting.sites import note, own_id

REASON = Text("the facility has floor for more classes", "现有机构建筑面积有余，可增设班级")
NOT_KNOWN = Text("floor area or places not known, no option made", "建筑面积或托位数未知，未生成方案")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """The classes that fit into floor area − places × floor per place; its places are those that are added.

    Facilities whose floor or places are not known give no option and are counted.
    """
    sites = usable(sites, kind, findings)
    spare = sites["floor_area_m2"] - sites["places"] * kind.floor_m2.value
    note(findings, sites[spare.isna()], kind.title, NOT_KNOWN)
    sites, spare = sites[spare.notna()], spare[spare.notna()].clip(lower=0)
    outdoor = sites["outdoor_m2"] - sites["places"] * kind.outdoor_m2.value
    classes = fit_classes(spare, outdoor.clip(lower=0), kind, service)
    options = build_options(sites, classes, kind, service, REASON)
    sites = sites.loc[options.index]
    share = options["places"] / (options["places"] + sites["places"])
    return options.assign(
        facility=own_id(sites), floor_available_m2=sites["floor_area_m2"], outdoor_m2=options["outdoor_m2"] * share
    )
