"""Mobile or part-time point in a village."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import asked, build_options, smallest, usable
from geoplan.siting.sites import note

REASON = Text(
    "the village has enough children for a mobile or part-time point", "村内婴幼儿达到设点规模，可设流动或定时服务点"
)
NOT_KNOWN = Text("children of the village not known, no option made", "村内婴幼儿数未知，未生成方案")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """One class of the eldest band in each village that has at least the children that the checks ask.

    Villages whose children are not known give no option and are counted; those with fewer are passed over.
    """
    sites = usable(sites, kind, findings)
    children = sites["children_under_3"]
    note(findings, sites[children.isna()], kind.title, NOT_KNOWN)
    sites = sites[children >= (asked(kind, service, "least_children") or 0.0)]
    return build_options(sites, smallest(sites, kind, service), kind, service, REASON)
