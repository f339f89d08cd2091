"""Closing of a facility that stands nearly empty."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import asked, build_options, smallest, usable
from geoplan.siting.sites import note, own_id

REASON = Text("few of its places are taken", "在托率低，可予撤并")
NOT_KNOWN = Text("places or children enrolled not known, no option made", "托位或在托人数未知，未生成方案")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """Every facility whose occupancy, enrolled ÷ places, is at most what the checks ask: no places, no cost; `replaces` is itself.

    Facilities whose occupancy is not known give no option and are counted.
    """
    sites = usable(sites, kind, findings)
    occupancy = sites["enrolled"] / sites["places"].where(sites["places"] > 0)
    note(findings, sites[occupancy.isna()], kind.title, NOT_KNOWN)
    most = asked(kind, service, "occupancy")
    sites = sites[occupancy <= (1.0 if most is None else most)]
    options = build_options(sites, smallest(sites, kind, service) * 0, kind, service, REASON, empty=True)
    names = own_id(sites)
    return options.assign(replaces=names, facility=names, occupancy=occupancy[sites.index])
