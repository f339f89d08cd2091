"""Whole classes: how a site's room is shared among the age bands, and the option that follows from it."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.supply.class_mix import ROUNDING, mix_classes


def class_sizes(kind: OptionKind, service: ServiceProfile) -> dict[str, int]:
    """The class size of each age band that the kind serves, the eldest first."""
    return {band.id: band.class_size for band in reversed(service.bands) if band.id in kind.bands}


def fit_classes(floor_m2: pd.Series, outdoor_m2: pd.Series, kind: OptionKind, service: ServiceProfile) -> pd.DataFrame:
    """Classes by site and band: as many as the floor allows, and the outdoor ground where that is known.

    Where the outdoor ground does not allow a single class, the floor decides alone, so that the check shows
    the failure. Where the floor is not known: the smallest size, one class of the eldest band. None fits:
    all 0.
    """
    sizes = class_sizes(kind, service)
    smallest = {band: int(band == next(iter(sizes))) for band in sizes}
    room = floor_m2 / kind.floor_m2.value
    outdoor = (outdoor_m2 / kind.outdoor_m2.value).where(lambda r: r + ROUNDING >= min(sizes.values()))
    room = room.where(outdoor.isna() | (room <= outdoor), outdoor).where(room.notna())
    rows = [smallest if pd.isna(r) else mix_classes(r, sizes, kind.max_classes) for r in room]
    return pd.DataFrame(rows, index=floor_m2.index, columns=list(sizes)).astype("int64")


def build_options(
    sites: gpd.GeoDataFrame, classes: pd.DataFrame, kind: OptionKind, service: ServiceProfile
) -> gpd.GeoDataFrame:
    """One option a site that has a class: places = classes × class size, cost = places × cost per place.

    The outdoor area is that of the site; `floor_available_m2`, `storey` and `land_available_m2` are what is
    judged.
    """
    some = classes.sum(axis=1) > 0
    sites, classes = sites[some], classes[some].reindex(columns=list(service.band_ids), fill_value=0)
    places = classes * pd.Series({band.id: band.class_size for band in service.bands})
    total = places.sum(axis=1)
    columns = {
        "site_id": sites.index,
        "name": sites["name"],
        "kind": kind.id,
        "unit_id": sites["unit_id"],
        "places": total,
        "cost": total * kind.cost_yuan.value,
        "annual_cost": total * kind.annual_yuan.value,
        "floor_area_m2": total * kind.floor_m2.value,
        "outdoor_m2": sites["outdoor_m2"],
        "land_m2": 0.0,
        "farmland_m2": 0.0,
        "lead_time_years": kind.lead_time_years,
        "classes": classes.sum(axis=1),
        "floor_available_m2": sites["spare_floor_m2"].fillna(sites["floor_area_m2"]),
        "land_available_m2": sites["land_m2"],
        "storey": sites["storey"],
        **{f"places_{band}": places[band] for band in service.band_ids},
    }
    return gpd.GeoDataFrame(columns, index=sites.index, geometry=sites.geometry, crs=sites.crs)
