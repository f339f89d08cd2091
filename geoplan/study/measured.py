"""Measured: who reaches what, the measures by demand point, and the gap account of today."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan import tables
from geoplan.access import assignment, gap_areas, gaps
from geoplan.access.measure import measure_access
from geoplan.errors import Finding, InputError, Text
from geoplan.network.cost import CostMatrix, stack
from geoplan.network.graph import Network, build_network
from geoplan.network.repair import report_pieces
from geoplan.network.straight import straight_cost
from geoplan.network.travel import travel_cost
from geoplan.profiles.mode import load_mode
from geoplan.profiles.service import ServiceProfile
from geoplan.study import cache
from geoplan.study.given import Given, Memo, layer_key
from geoplan.study.known import Known
from geoplan.study.schema import WITHOUT_DECAY, Settings
from geoplan.study.street_changes import Edited, edit

Progress = Callable[[str], None]

GAP_AREA_M = 3000.0  # half the width of a gap area at most: what one new facility could serve by car
GAP_AREA_PEOPLE = 5.0  # fewer people without a place are no area; they stay in the account


@dataclass(frozen=True, eq=False)
class Measured:
    """Who reaches what: `cost` in seconds from demand to facilities and options, `walk` in metres to facilities and options
    for coverage; the demand table with its measures; the gap account of today.
    """

    cost: CostMatrix
    walk: CostMatrix
    demand: gpd.GeoDataFrame
    gaps: pd.DataFrame
    gap_areas: gpd.GeoDataFrame
    findings: tuple[Finding, ...]


def measure(
    settings: Settings, given: Given, known: Known, service: ServiceProfile, memo: Memo, say: Progress
) -> Measured:
    """Travel cost, the measures by demand point, and the gap account."""
    places = _places(known)
    say("travel cost")
    cost = _travel(settings, given, known.demand, places, memo)
    reaches = settings.access.reaches_m or service.reaches_m
    network = _network(given, settings, "walk", "m", memo)
    walk = travel_cost(network, known.demand, places, limit_m=float(max(reaches)))
    say("access and gaps")
    today = known.counted
    reach_today = cost.select(known.standing.index)
    demand = known.demand.copy()
    demand = demand.assign(**_columns(settings, reach_today, walk, demand, known.standing, service.band_ids, reaches))
    wanted, bands = tables.places(demand, service.band_ids, "wanted"), service.band_ids
    account = account_gap(reach_today, wanted, tables.places(today, bands))
    areas = gap_areas.gap_areas(demand, account, join_m=GAP_AREA_M, least=GAP_AREA_PEOPLE, language=settings.language)
    return Measured(cost, walk, demand, account, areas, tuple(_street_notes(settings, given, cost, demand, memo)))


def _street_notes(
    settings: Settings, given: Given, cost: CostMatrix, demand: gpd.GeoDataFrame, memo: Memo
) -> Iterator[Finding]:
    """What the planner should know of the streets: detached pieces, and people and places that do not join them."""
    for journey in {j.mode: j for j in settings.travel.values()}.values():
        network, notes = _edited(given, settings, journey.mode, "m" if journey.limit_m else "s", memo)
        yield from (*notes, *report_pieces(network, "layers.streets"))
    advice = Text("check the streets near them", "请核对其附近道路")
    if len(cost.unjoined):
        people = demand.loc[cost.unjoined, "population"].sum()
        problem = Text(
            f"demand points with {people:,.0f} residents do not join the streets",
            f"需求点（常住人口 {people:,.0f}）未接入路网",
        )
        shown = ", ".join(cost.unjoined[:5])
        yield Finding("GP-N007", "layers.streets", "demand", problem, advice, shown, "note", len(cost.unjoined))
    if len(cost.unjoined_places):
        problem = Text(
            "facilities or sites do not join the streets, so nobody reaches them", "设施或备选点未接入路网，无人可达"
        )
        shown = ", ".join(cost.unjoined_places[:5])
        yield Finding("GP-N008", "layers.streets", "places", problem, advice, shown, "note", len(cost.unjoined_places))


def account_gap(cost: CostMatrix, wanted: pd.DataFrame, capacity: pd.DataFrame) -> pd.DataFrame:
    """The gap account of places: those in `capacity` count, the others in `cost` are of the wrong kind."""
    given = assignment.assign(cost.select(capacity.index), wanted, capacity)
    return gaps.gap_account(cost, wanted, capacity, given)


def _columns(
    settings: Settings,
    cost: CostMatrix,
    walk: CostMatrix,
    demand: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    bands: Sequence[str],
    reaches: Sequence[float],
) -> dict[str, pd.Series]:
    """The columns that the measures add: coverage on foot and by straight line, one for each reach; the others by travel."""
    supply = tables.places(facilities, bands).sum(axis=1).where(facilities["counted"], 0.0)
    people = pd.DataFrame({"wanted": tables.places(demand, bands, "wanted").sum(axis=1)})
    curve = settings.access.decay.in_seconds() if settings.access.decay else None
    columns: dict[str, pd.Series] = {}
    for name in settings.access.measures:
        if name == "coverage":
            line = straight_cost(demand, facilities, float(max(reaches)))
            columns |= coverage_by_reach(walk, supply, demand, reaches)
            columns |= {f"straight_{n}": v for n, v in coverage_by_reach(line, supply, demand, reaches).items()}
        else:
            by = None if name in WITHOUT_DECAY else curve
            values = measure_access(cost, people, supply.to_frame("places"), name, decay=by, weight="wanted")
            columns[name] = values / 60 if name == "nearest" else values
    return columns


def coverage_by_reach(
    cost: CostMatrix, supply: pd.Series, demand: pd.DataFrame, reaches: Sequence[float]
) -> dict[str, pd.Series]:
    """1 where a demand point has one of these places, with supply, within a reach in metres, else 0; one column a reach."""
    near, one = cost.select(supply.index), pd.DataFrame({"one": 1.0}, index=demand.index)
    places = supply.to_frame("places")
    return {
        f"coverage_{r:g}": measure_access(near, one, places, "coverage", reach=float(r), weight="one") for r in reaches
    }


def _places(known: Known) -> gpd.GeoDataFrame:
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


def _network(given: Given, settings: Settings, mode: str, unit: Any, memo: Memo) -> Network:
    return _edited(given, settings, mode, unit, memo)[0]


def _edited(given: Given, settings: Settings, mode: str, unit: Any, memo: Memo) -> Edited:
    """The network of a mode with the street changes of the scenario, and a note on each."""
    key = [layer_key(settings)["layers"]["streets"], settings.area.model_dump(), mode, unit]

    def build() -> Network:
        return build_network(given.streets.nodes, given.streets.edges, load_mode(mode), unit)

    base = memo("network", key, lambda: cache.network(given.streets_key, mode, unit, build))
    changes = [change for change in settings.changes if change.of_streets]
    said = [change.model_dump(mode="json") for change in changes]
    return memo("edited network", [key, said], lambda: edit(base, changes, given))


def _travel(
    settings: Settings, given: Given, demand: gpd.GeoDataFrame, places: gpd.GeoDataFrame, memo: Memo
) -> CostMatrix:
    """Seconds from demand to places, each group of demand by its own mode and within its own limit."""
    parts = []
    for group, rows in _groups(settings, demand).items():
        journey = settings.travel[group]
        mode = load_mode(journey.mode)
        unit = "m" if journey.limit_m else "s"
        network = _network(given, settings, journey.mode, unit, memo)
        limits = {"limit_m": journey.limit_m} if journey.limit_m else {"limit_min": journey.limit_min}
        cost = travel_cost(network, demand.loc[rows], places, **limits, snap_limit_m=journey.snap_limit_m)
        parts.append(cost.in_seconds(mode.speed_kph) if unit == "m" else cost)
    return stack(parts, demand.index)


def _groups(settings: Settings, demand: gpd.GeoDataFrame) -> dict[str, pd.Index]:
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
