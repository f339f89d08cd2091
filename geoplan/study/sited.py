"""Sited: what could be done at every site, and where the layers allow it."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan.errors import Findings
from geoplan.network.travel import travel_cost
from geoplan.profiles.service import ServiceProfile
from geoplan.siting.ground import Ground
from geoplan.siting.options import propose_options
from geoplan.siting.preference import straight_pairs
from geoplan.siting.search import search_areas
from geoplan.study.given import Given
from geoplan.study.memo import Memo
from geoplan.study.networks import network_of
from geoplan.study.people import People
from geoplan.study.schema import Settings
from geoplan.study.serving import standing
from geoplan.supply.kindergartens import kindergarten_children, projected

PLAIN_LAYERS = ("idle", "premises", "employers", "new_residential", "renewal")


def could_be_done(
    settings: Settings,
    given: Given,
    people: People,
    facilities: gpd.GeoDataFrame,
    service: ServiceProfile,
    memo: Memo,
    findings: Findings,
) -> tuple[gpd.GeoDataFrame, Ground]:
    """The options of the planned year, judged, and the ground that they were judged against."""
    ground = ground_of(settings, given, people, service)
    layers = site_layers(settings, given, people, facilities, ground, service, findings)
    options, notes = propose_options(
        layers,
        service,
        ground,
        kinds=settings.plan.kinds if settings.plan else None,
        year=settings.start_year,
        language=settings.language,
        checks=given.table("field_checks"),
        fees_on=settings.siting.fees,
        reach_m=settings.siting.convert_reach_m,
        apart=lambda starts, ends, reach_m: along_streets(settings, given, memo, starts, ends, reach_m),
    )
    findings.add(*notes)
    return given.with_units(options) if len(options) else options, ground


def ground_of(settings: Settings, given: Given, people: People, service: ServiceProfile) -> Ground:
    """What lies around the sites of a study, as far as its layers tell."""
    return Ground(
        homes=people.in_year(settings.year),
        controls={role: given.table(role) for role in (*service.controls, *service.boundaries) if role in given.tables},
        hazards=given.table("hazards"),
        absent=frozenset(settings.siting.absent),
        streets=given.streets.edges,
    )


def site_layers(
    settings: Settings,
    given: Given,
    people: People,
    facilities: gpd.GeoDataFrame,
    ground: Ground,
    service: ServiceProfile,
    findings: Findings,
) -> dict[str, gpd.GeoDataFrame]:
    """The layers by role from which options are made; each row with its unit where it is known by place."""
    demand, parcels = people.in_year(settings.year), _parcels(given)
    made: dict[str, Any] = {role: given.table(role) for role in PLAIN_LAYERS}
    made |= {
        "hosts": _hosts(settings, given, people, findings),
        "parcels": parcels,
        "facilities": standing(facilities),
        "villages": demand[demand["class"] == "rural"] if service.of_residents else None,
        "public_places": None if service.of_residents else _without_room(demand, facilities, service),
    }
    if settings.siting.search_m and parcels is None:
        made["search_areas"] = search_areas(demand, ground, service, settings.siting.search_m, findings)
    return {role: given.with_units(layer) for role, layer in made.items() if layer is not None}


def _parcels(given: Given) -> gpd.GeoDataFrame | None:
    """The parcels with their slope in percent, where elevation is given."""
    parcels, elevation = given.table("parcels"), given.table("elevation")
    if parcels is None or elevation is None:
        return parcels
    return parcels.assign(slope_percent=elevation.slope_percent(parcels))


def _without_room(demand: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, service: ServiceProfile) -> gpd.GeoDataFrame:
    """The demand points that want a place and have no facility of their own that counts."""
    wanted = demand[[f"wanted_{band}" for band in service.band_ids]].sum(axis=1) > 0
    inside = service.supply.stands_in
    own = facilities.loc[facilities["counted"], inside] if inside and inside in facilities else pd.Series(dtype=object)
    return demand[wanted & ~demand.index.isin(own)]


def along_streets(
    settings: Settings,
    given: Given,
    memo: Memo,
    starts: gpd.GeoDataFrame,
    ends: gpd.GeoDataFrame,
    reach_m: float,
) -> pd.DataFrame:
    """Pairs (from_id, to_id, metres) within a reach of one another on foot along the streets; in a straight line for sites that join none."""
    network = network_of(given, settings, "walk", "m", memo)
    cost = travel_cost(network, starts[["geometry"]], ends[["geometry"]], limit_m=reach_m)
    names = {"demand_id": "from_id", "place_id": "to_id", "cost": "metres"}
    pairs = cost.to_frame().rename(columns=names)[list(names.values())]
    straight = straight_pairs(starts, ends, reach_m)
    lost = straight["from_id"].isin(cost.unjoined) | straight["to_id"].isin(cost.unjoined_places)
    return pd.concat([pairs, straight[lost]], ignore_index=True)


def _hosts(settings: Settings, given: Given, people: People, findings: Findings) -> gpd.GeoDataFrame | None:
    """The hosts with the enrolment that kindergartens will have in the planned year, where the study says of when it is."""
    hosts, rule = given.table("hosts"), settings.supply
    if hosts is None or rule.enrolment_year is None or people.cohorts.empty:
        return hosts
    schools = hosts[hosts["capacity"].notna()]
    if rule.projection_year != settings.year:
        schools = schools.drop(columns="projected_enrolment", errors="ignore")
    now, then = (kindergarten_children(people.cohorts, year) for year in (rule.enrolment_year, settings.year))
    expected = projected(schools, now, then, findings)
    return hosts.assign(enrolment=expected.reindex(hosts.index).where(hosts["capacity"].notna(), hosts["enrolment"]))
