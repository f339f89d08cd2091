"""Travelled: what it costs to get from every demand point to every place, by the way that its group travels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from geoplan.errors import Finding, Findings, InputError, Text
from geoplan.network.cost import CostMatrix, stack
from geoplan.network.graph import SCALE
from geoplan.network.repair import report_pieces
from geoplan.network.travel import travel_cost
from geoplan.profiles.mode import load_mode
from geoplan.sources.matrix import note_missing, note_street_changes
from geoplan.study.given import Given
from geoplan.study.known import Known
from geoplan.study.matrices import given_cost
from geoplan.study.memo import Memo
from geoplan.study.networks import edited_network, network_of
from geoplan.study.schema import Settings


def places_of(known: Known) -> gpd.GeoDataFrame:
    """Facilities, then each site once (by the id of its first option): everything that is travelled to."""
    sites = known.options.drop_duplicates("site_id").set_index("site_id")
    both = pd.concat([known.facilities[["geometry"]], sites[["geometry"]]])
    if twice := sorted(both.index[both.index.duplicated()]):
        problem = Text("a facility and a site have the same id", "设施与备选点编号重复")
        raise InputError(
            Finding(
                "GP-S023",
                "",
                "layers",
                problem,
                Text("give each an id of its own", "请使编号唯一"),
                twice[0],
                count=len(twice),
            )
        )
    return gpd.GeoDataFrame(both, geometry="geometry", crs=known.demand.crs).rename_axis("place_id")


def travel_all(
    settings: Settings, given: Given, demand: gpd.GeoDataFrame, places: gpd.GeoDataFrame, memo: Memo
) -> CostMatrix:
    """Seconds from demand to places, each group of demand by its own mode and within its own limit."""
    parts = []
    for group, rows in travel_groups(settings, demand).items():
        journey = settings.travel[group]
        mode = load_mode(journey.mode)
        if group in given.matrices:
            cost = given_cost(given.matrices[group], rows, places.index, journey.limit, SCALE)
        else:
            network = network_of(given, settings, journey.mode, "m" if journey.limit_m else "s", memo)
            limits = {"limit_m": journey.limit_m} if journey.limit_m else {"limit_min": journey.limit_min}
            cost = travel_cost(network, demand.loc[rows], places, **limits, snap_limit_m=journey.snap_limit_m)
        parts.append(cost.in_seconds(mode.speed_kph) if cost.unit == "m" else cost)
    return stack(parts, demand.index)


def travel_groups(settings: Settings, demand: gpd.GeoDataFrame) -> dict[str, pd.Index]:
    """Demand points by travel group: `all` where the study gives it, else urban classes and the rest."""
    if "all" in settings.travel:
        return {"all": demand.index}
    urban = demand["class"].str.startswith("urban")
    groups = {"urban": demand.index[urban], "rural": demand.index[~urban]}
    missing = [g for g, rows in groups.items() if len(rows) and g not in settings.travel]
    if missing:
        problem = Text("demand points of this group have no way to travel", "该类需求点未设出行方式")
        advice = Text("add travel.<group>, or travel.all", "请补充 travel.<组>，或 travel.all")
        raise InputError(
            [Finding("GP-S024", "", f"travel.{g}", problem, advice, f"{len(groups[g])} points") for g in missing]
        )
    return {g: rows for g, rows in groups.items() if len(rows)}


def street_notes(
    settings: Settings, given: Given, cost: CostMatrix, demand: gpd.GeoDataFrame, memo: Memo
) -> Iterator[Finding]:
    """What the planner should know of the streets: detached pieces, and people and places that do not join them."""
    counted = {j.mode: "m" if j.limit_m else "s" for j in settings.travel.values() if not j.matrix}
    for mode, unit in (counted or {"walk": "m"}).items():  # coverage on foot uses the streets in any case
        network, notes = edited_network(given, settings, mode, unit, memo)
        yield from (*notes, *report_pieces(network, "layers.streets"))
    advice = Text("check the streets near them", "请核对其附近道路")
    by_street = [
        i for group, rows in travel_groups(settings, demand).items() if group not in given.matrices for i in rows
    ]
    lost = cost.unjoined[cost.unjoined.isin(by_street)]
    if len(lost):
        people = demand.loc[lost, "population"].sum()  # none where nobody lives at the points
        problem = Text("demand points do not join the streets", "需求点未接入路网")
        if people:
            problem = Text(
                f"demand points with {people:,.0f} residents do not join the streets",
                f"需求点（常住人口 {people:,.0f}）未接入路网",
            )
        shown = ", ".join(lost[:5])
        yield Finding("GP-N007", "layers.streets", "demand", problem, advice, shown, "note", len(lost))
    if len(cost.unjoined_places) and by_street:
        problem = Text(
            "facilities or sites do not join the streets, so nobody reaches them", "设施或备选点未接入路网，无人可达"
        )
        shown = ", ".join(cost.unjoined_places[:5])
        yield Finding("GP-N008", "layers.streets", "places", problem, advice, shown, "note", len(cost.unjoined_places))


def matrix_notes(
    settings: Settings, given: Given, demand: gpd.GeoDataFrame, places: gpd.GeoDataFrame
) -> Iterator[Finding]:
    """What the planner should know of given matrices: whom and what they do not name, and changes that do not reach them."""
    changed = any(change.of_streets for change in settings.changes)
    for group, rows in travel_groups(settings, demand).items():
        if group in given.matrices:
            found = Findings()
            note_missing(given.matrices[group], rows, places.index, found)
            if changed:
                note_street_changes(given.matrices[group], found)
            yield from (replace(f, place=f"travel.{group}") for f in found)
