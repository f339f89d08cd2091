"""The line itself: given → known → measured → decided → Result, each a pure function of the one before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan import tables
from geoplan.location.programme import ProgrammePlan
from geoplan.profiles.service import ServiceProfile
from geoplan.result import CAUSES, Result, Year
from geoplan.siting.land_table import land_table
from geoplan.study.appraised import Appraised, appraise
from geoplan.study.decided import Decided, decide
from geoplan.study.given import Given, layer_key
from geoplan.study.known import Known, know
from geoplan.study.measured import Measured, Progress, measure
from geoplan.study.memo import Memo
from geoplan.study.scenarios import Scenario
from geoplan.study.schema import Settings
from geoplan.study.targets import Targets, assess


def unit_table(
    given: Given, known: Known, measured: Measured, decided: Decided, service: ServiceProfile
) -> pd.DataFrame:
    """Indicators by county-level unit: people, wanted, places, causes, coverage, and what the plan adds."""
    demand, bands = measured.demand, service.band_ids
    wanted, unit = tables.places(demand, bands, "wanted").sum(axis=1), demand["unit_id"]
    causes = measured.gaps.groupby("demand_id")[list(CAUSES)].sum().reindex(demand.index)
    after = decided.gaps_after.groupby("demand_id")["served"].sum().reindex(demand.index)
    counted = known.counted
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


def assignment_of(decided: Decided, year: int) -> pd.DataFrame:
    """Who goes where in a phase of the plan: demand_id, place_id, band, amount."""
    if decided.plan is None:
        return pd.DataFrame({"demand_id": [], "place_id": [], "band": [], "amount": []})
    every = decided.plan.assignment
    return every[every["phase"] == str(year)].drop(columns="phase") if "phase" in every else every


def chosen_options(known: Known, decided: Decided) -> gpd.GeoDataFrame:
    """The options of the plan with the `phase` in which each opens, the people whom it serves and their mean travel cost in minutes."""
    plan, problem = decided.plan, decided.problem
    if plan is None or problem is None:
        return known.options.iloc[:0].assign(served=0.0, travel=0.0)
    chosen = known.options.loc[list(plan.sites)]
    if isinstance(plan, ProgrammePlan):
        chosen = chosen.assign(phase=pd.Series(plan.opens, dtype=object).reindex(chosen.index).astype(int))
    given = assignment_of(decided, known.year).merge(
        problem.cost.select(chosen.index).to_frame(), on=["demand_id", "place_id"], validate="many_to_one"
    )
    served = given.groupby("place_id")["amount"].sum().reindex(chosen.index, fill_value=0.0)
    minutes = (given["amount"] * given["cost"] / 60).groupby(given["place_id"]).sum().reindex(chosen.index)
    return chosen.assign(served=served, travel=minutes / served.where(served > 0))


def by_phase(known: Known, decided: Decided) -> gpd.GeoDataFrame:
    """The options with the phase in which the plan opens them in place of the first that is possible."""
    if not isinstance(decided.plan, ProgrammePlan):
        return known.options
    opens = pd.Series(decided.plan.opens, dtype=object).reindex(known.options.index).map(int, na_action="ignore")
    return known.options.assign(first_phase=opens.fillna(known.options["first_phase"]))


def years_of(known: Known, measured: Measured) -> dict[int, Year]:
    """Every planning year with its demand, supply and gap account."""
    people = known.people.by_year
    return {y: Year(people[y], known.serving[y], measured.by_year[y]) for y in people}


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
    targets: Targets
    appraised: Appraised


def known_by(settings: Settings) -> list[Any]:
    """What everything before the plan depends on: scenarios that agree in it share layers, people, travel costs and access."""
    edits = [c.model_dump(mode="json") for c in settings.changes if not c.refuse]
    used = settings.model_dump(
        mode="json", include={"demand", "supply", "standards", "years", "travel", "access", "siting"}
    )
    kinds = settings.plan.kinds if settings.plan else None
    return [layer_key(settings), used, edits, settings.year, settings.start_year, kinds]


def compute(settings: Settings, given: Given, service: ServiceProfile, memo: Memo, say: Progress) -> Stages:
    """One scenario from its layers to its plan."""
    say("demand, facilities, options")
    key = known_by(settings)
    known = memo("known", key, lambda: know(settings, given, service, memo))
    measured = memo("measured", key, lambda: measure(settings, given, known, service, memo, say))
    reaches = [float(r) for r in settings.access.reaches_m or service.reaches_m]
    targets = memo("targets", key, lambda: assess(given, known, measured, service, reaches))
    say("options weighed")
    appraised = memo("appraised", key, lambda: appraise(settings, given, known, measured, targets, service))
    return Stages(known, measured, decide(settings, known, measured, service, say), targets, appraised)


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
        years=years_of(known, measured),
        cohorts=known.people.cohorts,
        cohort_account=known.people.account,
        levels=known.people.levels,
        basis=known.people.basis,
        stability=measured.stability,
        indicators=stages.targets.units,
        township_indicators=stages.targets.townships,
        goals=stages.targets.goals,
        pilots=stages.targets.pilots,
        gap_areas=measured.gap_areas,
        joins=measured.streets.joins,
        severed=measured.streets.severed,
        reach=measured.reach,
        units=unit_table(given, known, measured, decided, service),
        plan=decided.plan,
        assignment=assignment_of(decided, known.year),
        gaps_by_year=decided.by_year,
        decisions=decided.decisions,
        rules=decided.rules,
        losses=decided.losses,
        front=decided.front,
        template=given.template,
        chosen=chosen_options(known, decided),
        base={**given.base, "streets": main_streets(given)},
        findings=given.findings + known.findings + measured.findings + decided.findings,
        sources=given.sources,
        settings=settings.plain(),
        changes=scenario.changes,
        sections=settings.report.sections or (),
        refusals=stages.appraised.refusals,
        field_checks=stages.appraised.field_checks,
        suitability=stages.appraised.suitability,
        obligations=stages.appraised.obligations,
        land=land_table(by_phase(known, decided), decided.plan.sites if decided.plan else ()),
        controls=known.ground.controls,
        hazards=gpd.GeoDataFrame() if known.ground.hazards is None else known.ground.hazards,
    )
