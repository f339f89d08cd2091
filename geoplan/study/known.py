"""Known: the three tables of a scenario, with its changes made and their contracts checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from geoplan import tables
from geoplan.demand.population import people_by_band
from geoplan.demand.uptake import places_wanted
from geoplan.errors import Finding, Findings, InputError, Text
from geoplan.profiles.service import ServiceProfile
from geoplan.siting.options import propose_options
from geoplan.sources.datum import to_crs
from geoplan.study.given import Given
from geoplan.study.schema import NewFacility, Settings


@dataclass(frozen=True, eq=False)
class Known:
    """The three tables of a scenario, checked against their contracts."""

    demand: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    options: gpd.GeoDataFrame
    findings: tuple[Finding, ...]

    @property
    def standing(self) -> gpd.GeoDataFrame:
        """The facilities that are open, whether they count or not: a closed one is too far, not of the wrong kind."""
        return self.facilities[self.facilities["status"].eq("open").fillna(False)]

    @property
    def counted(self) -> gpd.GeoDataFrame:
        """The facilities whose places count as supply."""
        return self.facilities[self.facilities["counted"]]


def know(settings: Settings, given: Given, service: ServiceProfile) -> Known:
    """Tables of demand, facilities and options from the layers, with the scenario's changes made."""
    findings = Findings()
    people = people_by_band(given.residents, service, settings.demand.share)
    demand = _with_units(people.join(places_wanted(people, service, settings.demand.uptake)), given)
    facilities = _counted(_with_units(_facilities(settings, given, service), given), settings, findings)
    kinds = settings.plan.kinds if settings.plan else None
    options, notes = propose_options(
        given.hosts, given.idle, service, kinds=kinds, year=settings.year, language=settings.language
    )
    options = _with_units(options, given)
    findings.add(*notes)
    findings.raise_errors()
    tables.check(demand, tables.DEMAND, service.band_ids)
    tables.check(facilities, tables.FACILITIES, service.band_ids)
    tables.check(options, tables.OPTIONS, service.band_ids)
    return Known(demand, facilities, options, tuple(findings))


def _with_units(frame: gpd.GeoDataFrame, given: Given) -> gpd.GeoDataFrame:
    """The frame with the unit of each row, from its own column or by place."""
    if "unit_id" not in frame.columns:
        return frame.assign(unit_id=given.area.unit_of(frame))
    lost = frame["unit_id"].isna()
    return frame.assign(unit_id=frame["unit_id"].where(~lost, given.area.unit_of(frame))) if lost.any() else frame


def _facilities(settings: Settings, given: Given, service: ServiceProfile) -> gpd.GeoDataFrame:
    """The facilities with those that the scenario closes marked and those that it opens added."""
    columns = [f"places_{b}" for b in service.band_ids]
    table = given.facilities
    if table is None:
        empty = {c: pd.Series(dtype=float) for c in columns} | {
            "name": pd.Series(dtype=object),
            "kind": pd.Series(dtype=object),
        }
        index = pd.Index([], name="facility_id", dtype=object)
        table = gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=given.area.crs), index=index).assign(
            status="", filed=True
        )
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
    return {**title, **places, "geometry": point.geometry.iloc[0]}


def no_such(ids: list[str], change: str) -> InputError:
    """The refusal of ids that a change names and the layers do not hold."""
    problem = Text("the layers hold no such id", "图层中没有该编号")
    advice = Text("give an id of the facilities, hosts or idle layer", "请填写设施、可利用设施或闲置资产图层中的编号")
    return InputError([Finding("GP-S020", "", f"changes.{change}", problem, advice, i) for i in ids])


def _counted(facilities: gpd.GeoDataFrame, settings: Settings, findings: Findings) -> gpd.GeoDataFrame:
    """Which facilities count as supply: open, and filed unless the study counts all. Unknown does not count."""
    is_open = facilities["status"].eq("open").fillna(False)
    if not settings.supply.only_filed:
        return facilities.assign(counted=is_open)
    if "filed" not in facilities.columns:
        problem = Text(
            "only filed facilities count, but the layer has no column filed",
            "仅计入已备案设施，但图层没有 filed（备案）列",
        )
        advice = Text("name the column, or set supply.only_filed: false", "请指明该列，或设 supply.only_filed: false")
        findings.add(Finding("GP-S021", "", "layers.facilities", problem, advice))
        return facilities.assign(counted=False)
    unknown = int(facilities["filed"].isna().sum())
    if unknown:
        problem = Text(
            "it is not known whether these are filed, so their places do not count", "备案情况未知，其托位未计入"
        )
        findings.add(
            Finding(
                "GP-S022",
                "",
                "layers.facilities",
                problem,
                Text("ask for the filing list", "请核对备案名单"),
                severity="note",
                count=unknown,
            )
        )
    return facilities.assign(counted=is_open & facilities["filed"].fillna(False).astype(bool))
