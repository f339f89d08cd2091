"""New building on idle land, on the ground floor, with its own outdoor ground."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from geoplan.errors import Findings, Text, UsageError
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import build_options, fit_classes
from geoplan.siting.sites import note

NOT_KNOWN = Text("land area not known, smallest size assumed", "用地面积未知，按最小规模测算")
TOO_SMALL = Text("land too small for one class, no option made", "用地不足一个班，未生成方案")


def propose(sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    """As many classes as the land allows, mixed from the eldest band down.

    Land taken = places × land per place. Farmland counts as taken first, so that the quota is never
    understated; where it is not known it stays missing. What the building of one storey leaves of the land is
    the outdoor ground. Raises `UsageError` if the service states no land per place.
    """
    if kind.land_m2 is None or not kind.land_m2.value > 0:
        raise UsageError(f"option kind {kind.id}: the service must state the land per place, above 0")
    floor_m2 = sites["land_m2"] / kind.land_m2.value * kind.floor_m2.value
    classes = fit_classes(floor_m2, sites["outdoor_m2"] * np.nan, kind, service)
    note(findings, sites[sites["land_m2"].isna()], kind.title, NOT_KNOWN)
    note(findings, sites[classes.sum(axis=1) == 0], kind.title, TOO_SMALL)
    options = build_options(sites, classes, kind, service)
    land = options["places"] * kind.land_m2.value
    farmland = sites["farmland_m2"].reindex(options.index)
    return options.assign(
        land_m2=land,
        farmland_m2=farmland.clip(upper=land),
        outdoor_m2=land - options["floor_area_m2"],
        floor_available_m2=options["floor_area_m2"],
        storey=1.0,
    )
