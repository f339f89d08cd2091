"""Serving: the facilities of a scenario in each planning year, which of them count, and as how many places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from geoplan import tables
from geoplan.errors import Finding, Findings, InputError, Text
from geoplan.profiles.service import ServiceProfile
from geoplan.sources.datum import to_crs
from geoplan.study.given import Given
from geoplan.study.schema import NewFacility, Settings
from geoplan.supply.counted import counted
from geoplan.supply.modes import fte
from geoplan.supply.places import places_by_band


def facilities_by_year(
    settings: Settings, given: Given, service: ServiceProfile, findings: Findings
) -> dict[int, gpd.GeoDataFrame]:
    """The facilities of every planning year with places_<band> and places_from, `fte`, `counted` and the `reason` why not.

    Those that the scenario closes are closed in all years, those that it opens are open in all. Notes are those of the planned year.
    """
    table = given.with_units(_changed(settings, given, service))
    sizes = {band.id: band.class_size for band in service.bands}
    standard = service.supply.floor_m2_per_place
    floor = service.value(standard) if standard else None
    table = places_by_band(table, sizes, floor, findings, serves=_serves(service))
    factors = {mode: service.value(name) for mode, name in service.supply.modes.items()}
    table = table.assign(fte=fte(table, factors, findings) if factors else 1.0)
    rule: dict[str, Any] = {
        "only_filed": settings.supply.only_filed and service.supply.only_filed,
        "only_inclusive": settings.supply.only_inclusive,
        "modes": settings.supply.modes,
        "minimum": {column: service.value(name) for column, name in service.supply.minimum.items()},
    }
    years = {}
    for year in dict.fromkeys((settings.year, *settings.years.phases)):
        told = findings if year == settings.year else Findings()
        years[year] = table.join(counted(table, year, told, **rule))
    return years


NOT_OPEN = ("closed", "not_yet_open", "unknown_opening")  # reasons of facilities that do not stand in a year


def standing(facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The facilities that are open in their year, whether they count or not: one that is not is too far, not of the wrong kind."""
    return facilities[~facilities["reason"].isin(NOT_OPEN)]


# why a place does not count, as the gap account knows it: what is not known has to be cured like what is not so
CURED = {
    "not_filed": "filed", "unknown_filed": "filed", "not_inclusive": "inclusive", "unknown_inclusive": "inclusive",
    "hours": "hours", "unknown_hours": "hours", "too_small": "too_small",
}  # fmt: skip


def reasons(facilities: gpd.GeoDataFrame, bands: Sequence[str]) -> pd.DataFrame:
    """Place × band: "" where a place counts for the band, else why it does not, as the gap account names it."""
    known = {
        code: CURED.get(code, "too_small" if code.startswith("unknown_") else code)
        for code in facilities["reason"].unique()
    }
    known |= {"": "", "unknown_places": "age", "unknown_status": "filed"}
    why = facilities["reason"].map(known)
    counts, none = tables.capacity(facilities, bands) > 0, tables.places(facilities, bands).eq(0)
    other = {
        b: none[b] | (why.eq("") & ~counts[b]) for b in bands
    }  # to file what has no place for a band cures nothing
    return pd.DataFrame({b: why.mask(other[b], "age") for b in bands}, index=facilities.index)


def _serves(service: ServiceProfile) -> Mapping[str, tuple[str, ...]]:
    """The age bands of the kinds of facility that an option kind restricts."""
    return {host: kind.bands for kind in service.options.values() for host in (kind.id,)}


def _changed(settings: Settings, given: Given, service: ServiceProfile) -> gpd.GeoDataFrame:
    """The facilities with those that the scenario closes marked and those that it opens added."""
    columns = [f"places_{b}" for b in service.band_ids]
    table = given.table("facilities")
    if table is None:
        empty = {c: pd.Series(dtype=float) for c in columns}
        empty |= {c: pd.Series(dtype=object) for c in ("name", "kind", "service_modes")}
        index = pd.Index([], name="facility_id", dtype=object)
        shapes = gpd.GeoSeries([], crs=given.area.crs)
        table = gpd.GeoDataFrame(empty, geometry=shapes, index=index).assign(status="", filed=True)
    closing = [c.close for c in settings.changes if c.close]
    if unknown := sorted(set(closing) - set(table.index)):
        raise no_such(unknown, "close")
    table = table.assign(status=table["status"].where(~table.index.isin(closing), "closed"))
    opened = [c.open for c in settings.changes if c.open]
    if not opened:
        return table
    rows = gpd.GeoDataFrame([_opened(o, columns, given) for o in opened], crs=given.area.crs).set_index("facility_id")
    return gpd.GeoDataFrame(pd.concat([table, rows.astype(dict.fromkeys(columns, float))]), crs=given.area.crs)


def _opened(new: NewFacility, columns: list[str], given: Given) -> dict[str, Any]:
    findings, degrees = Findings(), gpd.GeoDataFrame(geometry=[Point(*new.at)])
    point = to_crs(degrees, "cgcs2000", given.area.crs, f"changes.open {new.id}", findings)
    if not findings.errors() and not given.area.boundary.intersects(point.geometry.iloc[0]):
        problem = Text("this position lies outside the study area", "位置在研究范围之外")
        advice = Text("at is [longitude, latitude]", "at 为 [经度, 纬度]")
        findings.add(Finding("GP-S025", "", f"changes.open {new.id}", problem, advice, str(new.at)))
    findings.raise_errors()
    places = {c: float(new.places.get(c.removeprefix("places_"), 0)) for c in columns}
    title = {"facility_id": new.id, "name": new.name or new.id, "kind": "opened", "status": "open", "filed": True}
    mode = {"inclusive": True, "service_modes": "full_day"}
    return {**title, **mode, **places, "geometry": point.geometry.iloc[0]}


def no_such(ids: list[str], change: str) -> InputError:
    """The refusal of ids that a change names and the layers do not hold."""
    problem = Text("the layers hold no such id", "图层中没有该编号")
    advice = Text("give an id of the facilities, hosts or idle layer", "请填写设施、可利用设施或闲置资产图层中的编号")
    return InputError([Finding("GP-S020", "", f"changes.{change}", problem, advice, i) for i in ids])
