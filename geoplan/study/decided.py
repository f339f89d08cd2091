"""Decided: the plan, the question that it answers, and the gap account with the plan carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan import tables
from geoplan.errors import CheckFailed, Finding, InfeasibleError, Language
from geoplan.explain.infeasible import infeasible
from geoplan.explain.override import price
from geoplan.location.check import check, check_given
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem
from geoplan.location.programme import ProgrammePlan, ProgrammeProblem
from geoplan.location.programme.rules import rules
from geoplan.location.solve import solve
from geoplan.profiles.service import ServiceProfile
from geoplan.study.fronts import front_of
from geoplan.study.known import Known
from geoplan.study.losses import losses
from geoplan.study.measured import Measured, Progress, account_gap, coverage_by_reach
from geoplan.study.plan_settings import PlanSettings
from geoplan.study.posed import PILOTS, PIN, left_out, pose, with_options, without_decisions
from geoplan.study.schema import Settings
from geoplan.study.serving import reasons


@dataclass(frozen=True, eq=False)
class Decided:
    """The plan, the question that it answers, and the gap account of the planned year with the plan carried out.

    `by_year` is that account for every phase of the plan; `decisions` is the log of what the planner pinned and banned, with
    its price; `rules` what was asked and what is reached; `losses` what refusing each option costs; `front` what less or more money would do; `findings` count the options that the plan could not weigh.
    """

    problem: LocationProblem | ProgrammeProblem | None
    plan: Plan | None
    gaps_after: pd.DataFrame
    covered_after: pd.DataFrame
    by_year: Mapping[int, pd.DataFrame] = field(default_factory=dict)
    decisions: tuple[Mapping[str, Any], ...] = ()
    rules: tuple[Mapping[str, Any], ...] = ()
    findings: tuple[Finding, ...] = ()
    losses: pd.DataFrame = field(default_factory=pd.DataFrame)
    front: pd.DataFrame = field(default_factory=pd.DataFrame)


def decide(settings: Settings, known: Known, measured: Measured, service: ServiceProfile, say: Progress) -> Decided:
    """The plan for the settings' budget, and who is served with it.

    Raises `InfeasibleError` with the rules in conflict where no plan can keep all that was asked.
    """
    asked, nothing = settings.plan, known.options.iloc[:0]
    if asked is None:
        return Decided(None, None, measured.gaps, _covered(settings, known, measured, service, nothing))
    say("plan")
    problem = pose(settings, asked, known, measured, service)
    plan = solve_asked(problem, asked, settings.language, say)
    check(problem, plan)
    say("gaps with the plan")
    by_year = {
        year: account_with(known, measured, service, known.options.loc[sites], year)
        for year, sites in sites_by_year(plan, known.year).items()
    }
    check_served(plan, by_year)
    log = decision_log(problem, plan, asked, settings.language, say)
    covered = _covered(settings, known, measured, service, known.options.loc[list(plan.sites)])
    told = rules_of(problem, plan)
    lost = losses(problem, plan, asked, measured.demand["unit_id"].astype(str), say)
    front, missing = front_of(problem, asked, say), tuple(left_out(asked, known))
    return Decided(problem, plan, by_year[known.year], covered, by_year, log, told, missing, lost, front)


def solve_asked(
    problem: LocationProblem | ProgrammeProblem, asked: PlanSettings, language: Language, say: Progress, **more: Any
) -> Plan:
    """The plan that the settings ask for; raises `InfeasibleError` with the rules in conflict where there is none."""
    limits: dict[str, Any] = {"gap": asked.gap, "time_limit_s": asked.time_limit_s}
    plan = solve(problem, asked.model, **limits, progress=lambda told: say(f"plan: {told}"), **more)
    if plan.status == "infeasible":
        say("rules in conflict")
        raise InfeasibleError(
            infeasible(problem, asked.model, time_limit_s=asked.time_limit_s, progress=say).summary(language)
        )
    return plan


def sites_by_year(plan: Plan, year: int) -> dict[int, list[str]]:
    """The options that stand in each phase of the plan; all of them in the planned year where it has no phases."""
    if not isinstance(plan, ProgrammePlan):
        return {year: list(plan.sites)}
    return {int(phase): [s for s in plan.sites if int(plan.opens[s]) <= int(phase)] for phase in plan.phases}


def account_with(
    known: Known, measured: Measured, service: ServiceProfile, options: gpd.GeoDataFrame, year: int
) -> pd.DataFrame:
    """The gap account of a planning year with these options standing; a facility that one of them replaces is gone."""
    standing = known.standing_in(year)
    standing = standing[~standing.index.isin(options["replaces"])]
    counted, bands = standing[standing["counted"]], service.band_ids
    capacity = pd.concat([tables.capacity(counted, bands), tables.capacity(options, bands)])
    wanted = tables.places(known.people.in_year(year), bands, "wanted")
    return account_gap(with_options(measured.cost, standing, options), wanted, capacity, reasons(standing, bands))


def rules_of(problem: LocationProblem | ProgrammeProblem, plan: Plan) -> tuple[Mapping[str, Any], ...]:
    """Floors, pilots, pins and quotas as the outputs show them: kind, what it is of, unit, phase, asked, reached, kept."""
    if not isinstance(problem, ProgrammeProblem) or not isinstance(plan, ProgrammePlan):
        return ()
    found = []
    for row in rules(problem, plan).to_dict("records"):
        name = str(row["name"])
        kind = "pin" if name.startswith(PIN) else str(row["rule"])
        of = name.removeprefix(PIN).removeprefix(PILOTS) if kind in ("pin", "pilots", "limit") else ""
        unit = "" if row["unit"] == "all" else row["unit"]
        found.append(
            {
                "kind": kind,
                "of": of,
                "unit": unit,
                "phase": int(row["phase"]),
                **{k: row[k] for k in ("asked", "reached", "kept")},
            }
        )
    return tuple(found)


def check_served(plan: Plan, by_year: Mapping[int, pd.DataFrame]) -> None:
    """The gap account serves as many as the programme says, phase by phase; raises `CheckFailed`."""
    if not isinstance(plan, ProgrammePlan):
        return
    for phase, table in by_year.items():
        stated, counted = plan.served_by.loc[str(phase)].sum(), table["served"].sum()
        if counted < stated - 5e-4:
            raise CheckFailed(f"the plan serves {stated} in {phase}, the gap account {counted}")


def decision_log(
    problem: LocationProblem | ProgrammeProblem, plan: Plan, asked: PlanSettings, language: Language, say: Progress
) -> tuple[Mapping[str, Any], ...]:
    """Each decision of the planner with its reason, and what all of them together cost against the free optimum."""
    if not asked.decisions or not isinstance(problem, ProgrammeProblem):
        return ()
    say("the price of the planner's decisions")
    free = solve_asked(without_decisions(problem, asked), asked, language, say, start=plan)
    check_given(free, plan)
    least, most = price(free, plan)
    return tuple(
        {"pin": d.pin, "ban": d.ban, "reason": d.reason, "lost_at_least": least, "lost_at_most": most}
        for d in asked.decisions
    )


def _covered(
    settings: Settings, known: Known, measured: Measured, service: ServiceProfile, options: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Coverage by reach of the facilities that count in the planned year and of these options, each at its site."""
    bands = service.band_ids
    counted = known.counted[~known.counted.index.isin(options["replaces"])]
    supply = pd.concat([tables.capacity(counted, bands), tables.capacity(options, bands)]).sum(axis=1)
    site = pd.concat([counted.index.to_series(), options["site_id"]])
    reaches = settings.access.reaches_m or service.reaches_m
    return pd.DataFrame(coverage_by_reach(measured.walk, supply.groupby(site).sum(), measured.demand, reaches))
