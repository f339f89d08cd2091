"""The line itself: given → known → measured → decided, each a pure function of the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point

from geoplan import tables
from geoplan.access import assignment, gap_areas, gaps
from geoplan.access.measure import measure_access
from geoplan.demand.population import people_by_band
from geoplan.demand.uptake import places_wanted
from geoplan.errors import Finding, Findings, InputError, Text
from geoplan.location.check import check
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem
from geoplan.location.solve import solve
from geoplan.network.cost import CostMatrix, stack
from geoplan.network.graph import Network, build_network
from geoplan.network.repair import report_pieces
from geoplan.network.travel import travel_cost
from geoplan.profiles.mode import load_mode
from geoplan.profiles.service import ServiceProfile
from geoplan.result import CAUSES, Result
from geoplan.siting.options import propose_options
from geoplan.sources.datum import to_crs
from geoplan.study.given import Given, Memo, layer_key
from geoplan.study.scenarios import Scenario
from geoplan.study.schema import NewFacility, PlanSettings, Settings

Progress = Callable[[str], None]

GAP_AREA_M = 3000.0  # half the width of a gap area at most: what one new facility could serve by car
GAP_AREA_PEOPLE = 5.0  # fewer people without a place are no area; they stay in the account


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


@dataclass(frozen=True, eq=False)
class Decided:
    """The plan, the problem that it answers, and the gap account with the plan carried out."""

    problem: LocationProblem | None
    plan: Plan | None
    gaps_after: pd.DataFrame
    covered_after: pd.DataFrame


# ------------------------------------------------------------------------------------------------------------- known


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
        raise _no_such(unknown, "close")
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


def _no_such(ids: list[str], change: str) -> InputError:
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


# ---------------------------------------------------------------------------------------------------------- measured


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
    today = known.facilities[known.facilities["counted"]]
    reach_today = cost.select(known.standing.index)
    demand = known.demand.copy()
    for name in settings.access.measures:
        for column, values in _columns(name, reach_today, walk, demand, known.standing, reaches).items():
            demand[column] = values
    wanted, bands = tables.places(demand, service.band_ids, "wanted"), service.band_ids
    account = account_gap(reach_today, wanted, tables.places(today, bands))
    areas = gap_areas.gap_areas(demand, account, join_m=GAP_AREA_M, least=GAP_AREA_PEOPLE, language=settings.language)
    return Measured(cost, walk, demand, account, areas, tuple(_street_notes(settings, given, cost, demand, memo)))


def _street_notes(
    settings: Settings, given: Given, cost: CostMatrix, demand: gpd.GeoDataFrame, memo: Memo
) -> Iterator[Finding]:
    """What the planner should know of the streets: detached pieces, and people and places that do not join them."""
    for journey in {j.mode: j for j in settings.travel.values()}.values():
        network = _network(given, settings, journey.mode, "m" if journey.limit_m else "s", memo)
        yield from report_pieces(network, "layers.streets")
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
    name: str, cost: CostMatrix, walk: CostMatrix, demand: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, reaches: Any
) -> dict[str, pd.Series]:
    """The columns that a measure adds: coverage on foot, one for each reach; the others over the study's travel."""
    total = facilities.filter(regex="^places_").sum(axis=1).where(facilities["counted"], 0.0)
    supply = facilities.assign(places=total)
    people = demand.assign(all_wanted=demand.filter(regex="^wanted_").sum(axis=1))
    if name == "coverage":
        feet = walk.select(facilities.index)
        return {
            f"coverage_{r:g}": measure_access(feet, people, supply, name, reach=float(r), weight="all_wanted")
            for r in reaches
        }
    values = measure_access(cost, people, supply, name, weight="all_wanted")
    return {name: values / 60 if name == "nearest" else values}


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
    key = [layer_key(settings)["layers"]["streets"], settings.area.model_dump(), mode, unit]
    return memo("network", key, lambda: build_network(given.streets.nodes, given.streets.edges, load_mode(mode), unit))


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


# ----------------------------------------------------------------------------------------------------------- decided


def decide(settings: Settings, known: Known, measured: Measured, service: ServiceProfile, say: Progress) -> Decided:
    """The plan for the settings' budget, and who is served with it."""
    facilities = known.facilities[known.facilities["counted"]]
    if settings.plan is None:
        return Decided(None, None, measured.gaps, coverage_by_reach(measured, settings, service, facilities.index))
    say("plan")
    problem = pose(settings, settings.plan, known, measured, service)
    plan = solve(problem, settings.plan.model, gap=settings.plan.gap, time_limit_s=settings.plan.time_limit_s)
    check(problem, plan)
    say("gaps with the plan")
    open_options = known.options.loc[list(plan.sites)]
    capacity = pd.concat([tables.places(facilities, service.band_ids), tables.places(open_options, service.band_ids)])
    cost = _with_options(measured.cost, known.standing, open_options)
    after = account_gap(cost, tables.places(measured.demand, service.band_ids, "wanted"), capacity)
    sites = [*facilities.index, *open_options["site_id"]]
    return Decided(problem, plan, after, coverage_by_reach(measured, settings, service, sites))


def _with_options(cost: CostMatrix, facilities: gpd.GeoDataFrame, options: gpd.GeoDataFrame) -> CostMatrix:
    """The costs to facilities and to options, each option at its site."""
    return cost.repeat([*facilities.index, *options["site_id"]], [*facilities.index, *options.index])


def pose(
    settings: Settings, plan: PlanSettings, known: Known, measured: Measured, service: ServiceProfile
) -> LocationProblem:
    """The location problem: counted facilities fixed, options that no clause fails free, those that are refused left out."""
    facilities = known.facilities[known.facilities["counted"]]
    options = known.options[known.options["verdict"] != "fail"]
    refused = [c.refuse for c in settings.changes if c.refuse]
    if unknown := sorted(set(refused) - set(known.options.index) - set(known.options["site_id"])):
        raise _no_such(unknown, "refuse")
    cost = _with_options(measured.cost, facilities, options)
    capacity = pd.concat([tables.places(facilities, service.band_ids), tables.places(options, service.band_ids)])
    zero = pd.Series(0.0, index=facilities.index)
    return LocationProblem(
        cost=cost,
        weight=tables.places(measured.demand, service.band_ids, "wanted"),
        p=plan.p,
        fixed=list(facilities.index),
        refused=list(options.index[options.index.isin(refused) | options["site_id"].isin(refused)]),
        capacity=capacity,
        fixed_cost=pd.concat([zero, options["cost"]]),
        budget=sum(plan.budget.values()) if plan.budget else None,
        site=pd.concat([pd.Series(facilities.index, facilities.index), options["site_id"]]),
    )


def coverage_by_reach(measured: Measured, settings: Settings, service: ServiceProfile, places: Any) -> pd.DataFrame:
    """1 where a demand point has one of these places within a walking reach, else 0; one column a reach."""
    walk = measured.walk.select(list(dict.fromkeys(places)))
    columns = {}
    for reach in settings.access.reaches_m or service.reaches_m:
        covered = np.zeros(len(measured.demand))
        covered[walk.within(float(reach)).demand] = 1
        columns[f"coverage_{reach:g}"] = covered
    return pd.DataFrame(columns, index=measured.demand.index)


# ----------------------------------------------------------------------------------------------------------- results


def unit_table(
    given: Given, known: Known, measured: Measured, decided: Decided, service: ServiceProfile
) -> pd.DataFrame:
    """Indicators by county-level unit: people, wanted, places, causes, coverage, and what the plan adds."""
    demand, bands = measured.demand, service.band_ids
    wanted, unit = tables.places(demand, bands, "wanted").sum(axis=1), demand["unit_id"]
    causes = measured.gaps.groupby("demand_id")[list(CAUSES)].sum().reindex(demand.index)
    after = decided.gaps_after.groupby("demand_id")["served"].sum().reindex(demand.index)
    counted = known.facilities[known.facilities["counted"]]
    columns = {
        "population": demand["population"].groupby(unit).sum(),
        "people": tables.places(demand, bands, "people").sum(axis=1).groupby(unit).sum(),
        "wanted": wanted.groupby(unit).sum(),
        "facilities": counted.groupby("unit_id").size(),
        "places": tables.places(counted, bands).sum(axis=1).groupby(counted["unit_id"]).sum(),
        **{cause: causes[cause].groupby(unit).sum() for cause in CAUSES},
        "served_after": after.groupby(unit).sum(),
    }
    for column in demand.filter(regex="^coverage_"):
        columns[column] = (demand[column] * wanted).groupby(unit).sum() / wanted.groupby(unit).sum()
    if decided.plan:
        chosen = known.options.loc[list(decided.plan.sites)]
        columns |= {"sites": chosen.groupby("unit_id").size(), "cost": chosen.groupby("unit_id")["cost"].sum()}
        columns |= {"new_places": chosen.groupby("unit_id")["places"].sum()}
    table = pd.DataFrame(columns).reindex(given.area.units.index)
    counts = [c for c in table.columns if not c.startswith("coverage_")]
    table[counts] = table[counts].fillna(0.0)
    table.insert(0, "name", given.area.units.get("name", given.area.units.index))
    return table.assign(places_per_1000=table["places"] / table["population"].where(table["population"] > 0) * 1000)


def chosen_options(known: Known, decided: Decided) -> gpd.GeoDataFrame:
    """The options of the plan with the people whom each serves and their mean travel cost in minutes."""
    if decided.plan is None or decided.problem is None:
        return known.options.iloc[:0].assign(served=0.0, travel=0.0)
    chosen = known.options.loc[list(decided.plan.sites)]
    given = decided.plan.assignment.merge(
        decided.problem.cost.select(chosen.index).to_frame(), on=["demand_id", "place_id"], validate="many_to_one"
    )
    served = given.groupby("place_id")["amount"].sum().reindex(chosen.index, fill_value=0.0)
    minutes = (given["amount"] * given["cost"] / 60).groupby(given["place_id"]).sum().reindex(chosen.index)
    return chosen.assign(served=served, travel=minutes / served.where(served > 0))


def main_streets(given: Given) -> gpd.GeoDataFrame:
    """The streets that a map shows from afar, for the base map."""
    edges = given.streets.edges
    main = ("motorway", "trunk", "primary", "secondary", "tertiary")
    return edges.loc[edges["highway"].str.removesuffix("_link").isin(main), ["highway", "geometry"]]


@dataclass(frozen=True, eq=False)
class Stages:
    """What a scenario's line computed, stage by stage."""

    known: Known
    measured: Measured
    decided: Decided


def compute(settings: Settings, given: Given, service: ServiceProfile, memo: Memo, say: Progress) -> Stages:
    """One scenario from its layers to its plan."""
    say("demand, facilities, options")
    edits = [c.model_dump(mode="json") for c in settings.changes if not c.refuse]
    used = settings.model_dump(mode="json", include={"demand", "supply", "standards", "years", "travel", "access"})
    key = [layer_key(settings), used, edits, settings.plan.kinds if settings.plan else None]
    known = memo("known", key, lambda: know(settings, given, service))
    measured = memo("measured", key, lambda: measure(settings, given, known, service, memo, say))
    return Stages(known, measured, decide(settings, known, measured, service, say))


def result_of(scenario: Scenario, given: Given, service: ServiceProfile, stages: Stages) -> Result:
    """Everything that the outputs may read (without `numbers`)."""
    settings, known, measured, decided = scenario.settings, stages.known, stages.measured, stages.decided
    after = {f"{c}_after": decided.covered_after[c] for c in decided.covered_after}
    return Result(
        study=settings.name,
        scenario=scenario.name,
        language=settings.language,
        year=settings.year,
        service=service,
        area=given.area,
        demand=measured.demand.assign(**after),
        facilities=known.facilities,
        options=known.options,
        gaps=measured.gaps,
        gaps_after=decided.gaps_after,
        gap_areas=measured.gap_areas,
        units=unit_table(given, known, measured, decided, service),
        plan=decided.plan,
        chosen=chosen_options(known, decided),
        base={**given.base, "streets": main_streets(given)},
        findings=given.findings + known.findings + measured.findings,
        sources=given.sources,
        settings=settings.plain(),
        changes=scenario.changes,
        sections=settings.report.sections or (),
    )
