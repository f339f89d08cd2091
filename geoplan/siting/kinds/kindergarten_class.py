"""Nursery class in a kindergarten that has spare classrooms.

An option kind takes all sites, what the service says of the kind, and a collector for notes. It picks the sites that it can use and
gives at most one option each, in whole classes, with the columns of `classes.build_options`.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import build_options, class_sizes, usable
from geoplan.siting.sites import note
from geoplan.supply.kindergartens import spare_classes

REASON = Text(
    "the kindergarten has classrooms to spare in the planned year", "规划年幼儿园有富余班额，开设托班无需新增用地"
)
NOT_KNOWN = Text("classes, capacity or enrolment not known, no option made", "班数、规模或在园人数未知，未生成方案")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """Spare classes by `supply.kindergartens.spare_classes` for the eldest band, at most `max_classes`.

    The outdoor ground of the option is its share by heads of the kindergarten's. Kindergartens of which capacity, enrolment or classes
    are not known give no option and are counted in a note.
    """
    sites = usable(sites, kind, findings)
    known = sites[["classes", "capacity", "enrolment"]].notna().all(axis=1) & (sites["capacity"] > 0)
    note(findings, sites[~known], kind.title, NOT_KNOWN)
    sites = sites[known]
    band, size = next(iter(class_sizes(kind, service).items()))
    spare = spare_classes(sites["classes"], sites["capacity"], sites["enrolment"], size)
    classes = pd.DataFrame({band: spare.fillna(0).clip(0, kind.max_classes).astype("int64")}, index=sites.index)
    options = build_options(sites, classes, kind, service, REASON)
    heads = options["places"] + sites["enrolment"].reindex(options.index)
    return options.assign(outdoor_m2=options["outdoor_m2"] * options["places"] / heads)
