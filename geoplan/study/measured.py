"""Measured: who reaches what, the measures by demand point, and the gap account of today."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geoplan import tables
from geoplan.access import assignment, gap_areas, gaps
from geoplan.access.measure import measure_access
from geoplan.access.stability import stability
from geoplan.demand.uptake import places_wanted
from geoplan.errors import Finding
from geoplan.network.cost import CostMatrix
from geoplan.network.isochrones import isochrones
from geoplan.network.straight import straight_cost
from geoplan.network.travel import travel_cost
from geoplan.profiles.service import DemandKind, ServiceProfile
from geoplan.study.given import Given
from geoplan.study.known import Known
from geoplan.study.memo import Memo
from geoplan.study.networks import network_of
from geoplan.study.own import strangers, with_own
from geoplan.study.schema import WITHOUT_DECAY, Settings
from geoplan.study.serving import reasons
from geoplan.study.street_audit import Group, StreetAudit, audit
from geoplan.study.travelled import matrix_notes, places_of, street_notes, travel_all, travel_groups

Progress = Callable[[str], None]

GAP_AREA_M = 3000.0  # half the width of a gap area at most: what one new facility could serve by car
# fewer people without a place are no area, they stay in the account; where each point wants one, each point counts
GAP_AREA_LEAST: Mapping[DemandKind, float] = {"ages": 5.0, "thresholds": 1.0}


@dataclass(frozen=True, eq=False)
class Measured:
    """Who reaches what: `cost` in seconds from demand to facilities and options, `walk` in metres to facilities and options
    for coverage; the demand table of the planned year with its measures; the gap account of it and `by_year`; in how many variants
    each demand point is a gap; what the streets leave out; and the land from which
    a facility that counts is reached on foot.
    """

    cost: CostMatrix
    walk: CostMatrix
    demand: gpd.GeoDataFrame
    gaps: pd.DataFrame
    by_year: Mapping[int, pd.DataFrame]
    stability: pd.DataFrame
    gap_areas: gpd.GeoDataFrame
    streets: StreetAudit
    reach: gpd.GeoDataFrame
    findings: tuple[Finding, ...]


def measure(
    settings: Settings, given: Given, known: Known, service: ServiceProfile, memo: Memo, say: Progress
) -> Measured:
    """Travel cost, the measures by demand point, and the gap account."""
    places = places_of(known)
    say("travel cost")
    inside = service.supply.stands_in
    cost = with_own(travel_all(settings, given, known.demand, places, memo), known.facilities, inside)
    reaches = settings.access.reaches_m or service.reaches_m
    on_foot = network_of(given, settings, "walk", "m", memo)
    walk = travel_cost(on_foot, known.demand, places, limit_m=float(max(reaches)))
    walk = with_own(walk, known.facilities, inside)
    say("access and gaps")
    demand, bands = known.demand, service.band_ids
    demand = demand.assign(
        **_columns(settings, cost.select(known.standing.index), walk, demand, known.standing, bands, reaches)
    )
    accounts = {year: account_of_year(cost, known, service, year) for year in known.people.by_year}
    stable = _stability(walk, known, service, reaches)
    account, today = accounts[known.year], known.counted
    areas = gap_areas.gap_areas(
        demand, account, join_m=GAP_AREA_M, least=GAP_AREA_LEAST[service.demand.kind], language=settings.language,
        townships=_townships(given), stability=stable["stability"],
    )  # fmt: skip
    say("streets")
    streets = audit(known, given, _by_streets(settings, given, known, memo), on_foot)
    land = isochrones(on_foot, today, limits_m=[float(r) for r in reaches], together=True)
    notes = (*street_notes(settings, given, cost, demand, memo), *streets.findings)
    notes += tuple(strangers(known.facilities, demand, inside))
    return Measured(
        cost,
        walk,
        demand,
        account,
        accounts,
        stable,
        areas,
        streets,
        land,
        (*notes, *matrix_notes(settings, given, demand, places)),
    )


def _by_streets(settings: Settings, given: Given, known: Known, memo: Memo) -> dict[str, Group]:
    """The groups of demand points that travel along streets, each with its network."""
    found = {}
    for name, rows in travel_groups(settings, known.demand).items():
        if name not in given.matrices:
            way = settings.travel[name]
            network = network_of(given, settings, way.mode, "m" if way.limit_m else "s", memo)
            found[name] = Group(network, rows, way.snap_limit_m)
    return found


def account_of_year(cost: CostMatrix, known: Known, service: ServiceProfile, year: int) -> pd.DataFrame:
    """The gap account of a planning year: its demand, and the facilities that are open and count in it."""
    standing = known.standing_in(year)
    wanted = tables.places(known.people.in_year(year), service.band_ids, "wanted")
    capacity = tables.capacity(standing[standing["counted"]], service.band_ids)
    return account_gap(cost.select(standing.index), wanted, capacity, reasons(standing, service.band_ids))


def account_gap(cost: CostMatrix, wanted: pd.DataFrame, capacity: pd.DataFrame, why: pd.DataFrame) -> pd.DataFrame:
    """The gap account of places: those in `capacity` count, the others in `cost` are of the wrong kind, for the reasons `why`."""
    given = assignment.assign(cost.select(capacity.index), wanted, capacity)
    return gaps.gap_account(cost, wanted, capacity, given, why)


def _townships(given: Given) -> dict[str, str] | None:
    """The names of the townships by id, where the study area has any."""
    towns = given.area.townships
    return None if towns is None or "name" not in towns else {str(i): str(n) for i, n in towns["name"].items()}


def _stability(walk: CostMatrix, known: Known, service: ServiceProfile, reaches: Sequence[float]) -> pd.DataFrame:
    """In how many variants of reach on foot and uptake each demand point is a gap."""
    bands, counted = service.band_ids, known.counted
    wanted = {
        level: places_wanted(known.demand, service, level).set_axis(list(bands), axis=1) for level in service.uptake
    }
    return stability(walk.select(counted.index), wanted, tables.capacity(counted, bands), [float(r) for r in reaches])


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
    supply = tables.capacity(facilities, bands).sum(axis=1).where(facilities["counted"], 0.0)
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
