"""Decided: the plan, the problem that it answers, and the gap account with the plan carried out."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geoplan import tables
from geoplan.location.check import check
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem
from geoplan.location.solve import solve
from geoplan.network.cost import CostMatrix
from geoplan.profiles.service import ServiceProfile
from geoplan.study.known import Known
from geoplan.study.measured import Measured, Progress, account_gap, coverage_by_reach
from geoplan.study.schema import PlanSettings, Settings
from geoplan.study.serving import no_such, reasons


@dataclass(frozen=True, eq=False)
class Decided:
    """The plan, the problem that it answers, and the gap account with the plan carried out."""

    problem: LocationProblem | None
    plan: Plan | None
    gaps_after: pd.DataFrame
    covered_after: pd.DataFrame


def decide(settings: Settings, known: Known, measured: Measured, service: ServiceProfile, say: Progress) -> Decided:
    """The plan for the settings' budget, and who is served with it."""
    facilities = known.counted
    if settings.plan is None:
        capacity = tables.capacity(facilities, service.band_ids)
        covered = _covered(settings, measured, service, capacity, facilities.index.to_series())
        return Decided(None, None, measured.gaps, covered)
    say("plan")
    problem = pose(settings, settings.plan, known, measured, service)
    plan = solve(problem, settings.plan.model, gap=settings.plan.gap, time_limit_s=settings.plan.time_limit_s)
    check(problem, plan)
    say("gaps with the plan")
    open_options = known.options.loc[list(plan.sites)]
    capacity = pd.concat(
        [tables.capacity(facilities, service.band_ids), tables.capacity(open_options, service.band_ids)]
    )
    cost = _with_options(measured.cost, known.standing, open_options)
    wanted, why = tables.places(measured.demand, service.band_ids, "wanted"), reasons(known.standing, service.band_ids)
    after = account_gap(cost, wanted, capacity, why)
    site = pd.concat([facilities.index.to_series(), open_options["site_id"]])
    return Decided(problem, plan, after, _covered(settings, measured, service, capacity, site))


def _with_options(cost: CostMatrix, facilities: gpd.GeoDataFrame, options: gpd.GeoDataFrame) -> CostMatrix:
    """The costs to facilities and to options, each option at its site."""
    return cost.repeat([*facilities.index, *options["site_id"]], [*facilities.index, *options.index])


def pose(
    settings: Settings, plan: PlanSettings, known: Known, measured: Measured, service: ServiceProfile
) -> LocationProblem:
    """The location problem: counted facilities fixed, options that no clause fails free, those that are refused left out."""
    facilities = known.counted
    options = offered(known.options)
    refused = [c.refuse for c in settings.changes if c.refuse]
    if unknown := sorted(set(refused) - set(known.options.index) - set(known.options["site_id"])):
        raise no_such(unknown, "refuse")
    cost = _with_options(measured.cost, facilities, options)
    capacity = pd.concat([tables.capacity(facilities, service.band_ids), tables.capacity(options, service.band_ids)])
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
        site=pd.concat([pd.Series(facilities.index, facilities.index), options["site_group"]]),
    )


def offered(options: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The options that a plan may choose: no clause fails them, they bring places, and they leave every facility as it is.

    A location model of today adds places; what closes or moves a facility would be counted twice.
    """
    return options[(options["verdict"] != "fail") & (options["places"] > 0) & options["replaces"].eq("")]


def _covered(
    settings: Settings, measured: Measured, service: ServiceProfile, capacity: pd.DataFrame, site: pd.Series
) -> pd.DataFrame:
    """Coverage by reach of the places in `capacity`, each at its `site`."""
    supply = capacity.sum(axis=1).groupby(site).sum()
    reaches = settings.access.reaches_m or service.reaches_m
    return pd.DataFrame(coverage_by_reach(measured.walk, supply, measured.demand, reaches))
