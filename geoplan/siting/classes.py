"""Whole classes: which sites a kind can use, how their room is shared among the age bands, and the option that follows."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import Finding, Findings, Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.sites import SHOWN, note
from geoplan.supply.class_mix import ROUNDING, mix_classes

FREE = ("idle", "premises", "renewal")  # layers of floors that nobody else uses
AREAS = 4  # classes of area; a kind that may stand in all of them does not ask for the class
NOT_KNOWN = Text("floor area not known, smallest size assumed", "建筑面积未知，按最小规模测算")
TOO_SMALL = Text("floor area too small for one class, no option made", "建筑面积不足一个班，未生成方案")
NO_TENURE = Text(
    "not known whether it is to let, for sale or to swap, no option made", "出租、出售或置换方式未知，未生成方案"
)
CAPPED = Text(
    "more classes asked than one facility may have, the most are proposed", "所需班数超过单个设施上限，按上限测算"
)


def usable(sites: gpd.GeoDataFrame, kind: OptionKind, findings: Findings) -> gpd.GeoDataFrame:
    """The sites of the kind's hosts in the classes of area where it may stand; one of unknown class stays, and is noted."""
    here, unknown = sites["kind"].isin(kind.hosts), sites["class"].isna()
    found = sites[here & (unknown | sites["class"].isin(kind.areas))]
    unknown = found["class"].isna()
    if len(kind.areas) < AREAS and unknown.any():
        problem = Text(
            f"{kind.title.en}: class of area not known, taken as suitable",
            f"{kind.title.zh}：区域类别未知，暂按可用处理",
        )
        advice = Text(
            "give the layer residents, whose classes sites take", "请提供居住区图层，备选点取最近居住区的类别"
        )
        shown = ", ".join(map(str, found.index[unknown][:SHOWN]))
        role = ", ".join(sorted(set(found["role"][unknown])))
        findings.add(Finding("GP-O006", role, "", problem, advice, shown, "note", int(unknown.sum())))
    return found


def offered(sites: gpd.GeoDataFrame, tenure: str, kind: OptionKind, findings: Findings) -> gpd.GeoDataFrame:
    """The sites whose `tenure`, which may name several ways, offers one; those that do not say it are counted in a note."""
    note(findings, sites[sites["tenure"].isna()], kind.title, NO_TENURE)
    offers = [tenure in re.findall(r"\w+", str(said)) for said in sites["tenure"].fillna("")]
    return sites[pd.Series(offers, index=sites.index, dtype=bool)]


def asked(kind: OptionKind, service: ServiceProfile, quantity: str) -> float | None:
    """What the checks of a kind ask of a quantity: the value of the first standard that bounds it, None where none does."""
    standards = (service.standards[check] for check in kind.checks)
    return next((s.value for s in standards if s.quantity == quantity), None)


def free_floor(sites: pd.DataFrame) -> pd.Series:
    """The floor that can be used, m²: what is to spare, or the whole of what stands free; missing where only the size of a building
    in use is known.
    """
    return sites["spare_floor_m2"].fillna(sites["floor_area_m2"].where(sites["role"].isin(FREE)))


def class_sizes(kind: OptionKind, service: ServiceProfile) -> dict[str, int]:
    """The class size of each age band that the kind serves, the eldest first."""
    return {band.id: band.class_size for band in reversed(service.bands) if band.id in kind.bands}


def smallest(sites: pd.DataFrame, kind: OptionKind, service: ServiceProfile) -> pd.DataFrame:
    """One class of the eldest band at each site."""
    sizes = class_sizes(kind, service)
    eldest = next(iter(sizes))
    return pd.DataFrame({band: int(band == eldest) for band in sizes}, index=sites.index, dtype="int64")


def fit_room(room: pd.Series, kind: OptionKind, service: ServiceProfile) -> pd.DataFrame:
    """Classes by site and band that `room` places hold, mixed from the eldest down; where it is not known the smallest size."""
    sizes = class_sizes(kind, service)
    least = {band: int(band == next(iter(sizes))) for band in sizes}
    mixes = {r: least if pd.isna(r) else mix_classes(r, sizes, kind.max_classes) for r in room.unique()}
    rows = [least if pd.isna(r) else mixes[r] for r in room]
    return pd.DataFrame(rows, index=room.index, columns=list(sizes)).astype("int64")


def fit_classes(floor_m2: pd.Series, outdoor_m2: pd.Series, kind: OptionKind, service: ServiceProfile) -> pd.DataFrame:
    """Classes by site and band: as many as the floor allows, and the outdoor ground where that is known.

    Where the outdoor ground does not allow a single class, the floor decides alone, so that the check shows
    the failure. Where the floor is not known: the smallest size, one class of the eldest band. None fits:
    all 0.
    """
    room = floor_m2 / kind.floor_m2.value
    smallest_class = min(class_sizes(kind, service).values())
    outdoor = outdoor_m2 / kind.outdoor_m2.value if kind.outdoor_m2.value > 0 else outdoor_m2 * np.nan
    outdoor = outdoor.where(lambda r: r + ROUNDING >= smallest_class)
    return fit_room(room.where(outdoor.isna() | (room <= outdoor), outdoor).where(room.notna()), kind, service)


def reach_classes(
    need: pd.Series, sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings
) -> pd.DataFrame:
    """The classes that reach `need` places: what fits it, and one of the smallest band where that falls short.

    So the places are at least the need and less than one smallest class above it, unless the kind may not have so many classes,
    which is noted.
    """
    sizes = class_sizes(kind, service)
    classes = fit_room(need, kind, service)
    short = need - classes @ pd.Series(sizes) > ROUNDING
    full = classes.sum(axis=1) >= kind.max_classes
    classes[min(sizes, key=lambda band: sizes[band])] += (short & ~full).astype("int64")
    note(findings, sites[short & full], kind.title, CAPPED)
    return classes


def fill_building(
    sites: gpd.GeoDataFrame,
    floor_m2: pd.Series,
    kind: OptionKind,
    service: ServiceProfile,
    findings: Findings,
    reason: Text,
) -> gpd.GeoDataFrame:
    """As many classes as a floor and its outdoor ground allow, mixed from the eldest band down.

    Where the floor is not known, the smallest size: one class of the eldest band, its verdict unknown.
    """
    classes = fit_classes(floor_m2, sites["outdoor_m2"], kind, service)
    note(findings, sites[floor_m2.isna()], kind.title, NOT_KNOWN)
    note(findings, sites[classes.sum(axis=1) == 0], kind.title, TOO_SMALL)
    return build_options(sites, classes, kind, service, reason)


def build_options(
    sites: gpd.GeoDataFrame,
    classes: pd.DataFrame,
    kind: OptionKind,
    service: ServiceProfile,
    reason: Text,
    *,
    empty: bool = False,
) -> gpd.GeoDataFrame:
    """One option a site that has a class (with `empty`: every site): places = classes × class size, floor by the standard.

    The outdoor area is that of the site, no land is taken. `floor_available_m2` and `land_available_m2` are what is judged;
    `facility` is the facility that is changed; `project_year` the year of a project that it is part of, `under_way` whether that
    has begun.
    """
    some = classes.sum(axis=1) > 0
    sites, classes = (sites, classes) if empty else (sites[some], classes[some])
    classes = classes.reindex(columns=list(service.band_ids), fill_value=0)
    places = classes * pd.Series({band.id: band.class_size for band in service.bands})
    total = places.sum(axis=1)
    columns = {
        "site_id": sites.index,
        "kind": kind.id,
        "places": total,
        "classes": classes.sum(axis=1),
        "floor_area_m2": total * kind.floor_m2.value,
        "outdoor_m2": sites["outdoor_m2"],
        "land_m2": 0.0,
        "floor_available_m2": free_floor(sites),
        "land_available_m2": sites["land_m2"],
        "storey": sites["storey"],
        "replaces": "",
        "facility": "",
        "project_year": np.nan,
        "under_way": False,
        "reason": [reason] * len(sites),
        **{f"places_{band}": places[band] for band in service.band_ids},
    }
    return gpd.GeoDataFrame(columns, index=sites.index, geometry=sites.geometry, crs=sites.crs)
