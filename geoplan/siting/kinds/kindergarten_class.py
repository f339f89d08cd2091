"""Nursery class in a kindergarten that has spare classrooms.

An option kind takes the sites that it can use (raw host or idle columns), what the service says of it, and a
collector for notes; it gives one option a site, in whole classes, in the columns of the table of options.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from geoplan.errors import Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import build_options
from geoplan.siting.sites import note
from geoplan.supply.kindergartens import spare_classes

NOT_KNOWN = Text("classes, capacity or enrolment not known, no option made", "班数、规模或在园人数未知，未生成方案")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """Spare classes by `supply.kindergartens.spare_classes`, at most `max_classes`.

    They are for the eldest band. The outdoor ground of the option is its share by heads of the kindergarten's.
    Kindergartens of which capacity, enrolment or classes are not known give no option and are counted in a note.
    """
    known = sites[["classes", "capacity", "enrolment"]].notna().all(axis=1) & (sites["capacity"] > 0)
    note(findings, sites[~known], kind.title, NOT_KNOWN)
    sites = sites[known]
    band = next(b for b in reversed(service.bands) if b.id in kind.bands)
    spare = spare_classes(sites["classes"], sites["capacity"], sites["enrolment"], band.class_size)
    classes = pd.DataFrame({band.id: spare.fillna(0).clip(0, kind.max_classes).astype("int64")}, index=sites.index)
    options = build_options(sites, classes, kind, service)
    heads = options["places"] + sites["enrolment"].reindex(options.index)
    return options.assign(outdoor_m2=options["outdoor_m2"] * options["places"] / heads)
