"""Land: what it is by its codes, how many classes it holds, and what an option takes of farmland and of new construction land."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import Findings, Text, UsageError
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.classes import build_options, fit_room
from geoplan.siting.quantities import role_of_land
from geoplan.siting.sites import note

# Roles of land in the survey that are not construction land yet: agricultural land (with the ground of farm buildings, which the
# survey counts as such) and unused land. Vacant land (空闲地) lies inside towns and villages and is construction land already.
NOT_BUILT = frozenset({"farmland", "garden", "forest", "grass", "wetland", "water", "rural_facility"})
BUILT_FIRST = ("idle", "low_efficiency", "stock")  # states of parcels that are construction land out of use
NOT_KNOWN = Text("land area not known, smallest size assumed", "用地面积未知，按最小规模测算")
TOO_SMALL = Text("land too small for one class, no option made", "用地不足一个班，未生成方案")


def land_role(codes: pd.Series, system: str, service: ServiceProfile) -> pd.Series:
    """The role of each land code in a system (survey, planning): that of the longest prefix; missing where none is known.

    >>> from geoplan.profiles.load import load_service
    >>> land_role(pd.Series(["", None]), "survey", load_service()).isna().tolist()
    [True, True]
    """
    return role_of_land(codes.where(codes.notna(), None).astype(object), service.land_use.get(system, {}))


def build_on_land(
    sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings, reason: Text
) -> gpd.GeoDataFrame:
    """As many classes as the land allows, mixed from the eldest band down, in a building of one storey.

    Land taken = places × land per place; what the building leaves of it is the outdoor ground. Where the land is not known, the
    smallest size. Raises `UsageError` if the service states no land per place.
    """
    per_place = land_per_place(kind)
    classes = fit_room(sites["land_m2"] / per_place, kind, service)
    note(findings, sites[sites["land_m2"].isna()], kind.title, NOT_KNOWN)
    note(findings, sites[classes.sum(axis=1) == 0], kind.title, TOO_SMALL)
    options = build_options(sites, classes, kind, service, reason)
    land = options["places"] * per_place
    return options.assign(
        land_m2=land,
        outdoor_m2=(land - options["floor_area_m2"]).clip(lower=0),
        floor_available_m2=options["floor_area_m2"],
        storey=1.0,
    )


def land_per_place(kind: OptionKind) -> float:
    """The land of a place, m²; raises `UsageError` if the service states none."""
    if kind.land_m2 is None or not kind.land_m2.value > 0:
        raise UsageError(f"option kind {kind.id}: the service must state the land per place, above 0")
    return kind.land_m2.value


def add_land(options: gpd.GeoDataFrame, service: ServiceProfile) -> None:
    """Adds farmland_m2, new_land_m2 (m²), land_code and supply_mode to options that say land_m2 and the columns of their site.

    Farmland = the least of the farmland of the site and the land taken, so that the quota is never understated; where the site
    does not say, all the land or none of it by its survey class. New construction land = all the land taken where its
    survey class is not construction land yet, else the farmland taken as far as it is known. Missing where
    nothing tells; 0 for what takes no land, and for what comes with the housing, whose own land it stands on and is counted with.
    """
    kinds = {kind.id for kind in service.options.values() if kind.nature == "with_housing"}
    land = options["land_m2"].mask(options["kind"].isin(kinds), 0.0)
    role = land_role(options["survey_code"], "survey", service)
    by_class = land.where(role == "farmland", 0.0).where(role.notna())
    farmland = np.minimum(options["site_farmland_m2"], land).where(options["site_farmland_m2"].notna(), by_class)
    options["farmland_m2"] = farmland.where(land != 0, 0.0)
    new = land.where(role.isin(NOT_BUILT), options["farmland_m2"].fillna(0.0)).where(role.notna())
    options["new_land_m2"] = new.where(land != 0, 0.0)
    options["land_code"] = _land_codes(options, service)
    options["supply_mode"] = options["kind"].map({k.id: k.supply_mode for k in service.options.values()})


def _land_codes(options: gpd.GeoDataFrame, service: ServiceProfile) -> pd.Series:
    """The planning code of the parcel where its use suits the kind, else that of the kind for town or village; missing if neither."""
    role = land_role(options["planning_code"], "planning", service)
    codes = pd.Series(None, index=options.index, dtype=object)
    for kind, rows in options.groupby("kind"):
        given = service.options[str(kind)].land_codes
        area = rows["class"].map(lambda c: None if pd.isna(c) else "rural" if c == "rural" else "urban")
        ours = area.map(given).astype(object)
        if len(set(given.values())) == 1:  # where town and village take the same code, the class need not be known
            ours = pd.Series(next(iter(given.values())), index=rows.index, dtype=object)
        suits = role[rows.index].isin(service.options[str(kind)].land_uses)
        codes[rows.index] = rows["planning_code"].where(suits, ours)
    return codes.where(codes.notna(), None)
