"""Posed: the question that the plan answers, from the settings, the people by phase, the facilities and the options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import pandas as pd

from geoplan import tables
from geoplan.errors import Finding, InputError, Text
from geoplan.location.problem import LocationProblem
from geoplan.location.programme import Floor, Limit, Pilots, ProgrammeProblem
from geoplan.network.cost import CostMatrix
from geoplan.profiles.service import ServiceProfile
from geoplan.study.known import Known
from geoplan.study.measured import Measured
from geoplan.study.plan_settings import LimitSettings, PlanSettings
from geoplan.study.schema import Settings
from geoplan.study.serving import no_such

PIN, PILOTS = "pin: ", "pilots: "  # begin the names of these rules


def pose(
    settings: Settings, plan: PlanSettings, known: Known, measured: Measured, service: ServiceProfile
) -> LocationProblem | ProgrammeProblem:
    """The programme in phases; the location problem of the planned year for a classic model.

    Counted facilities are fixed, options that no clause fails are free, those that are refused are left out.
    """
    if plan.model == "programme":
        return programme(settings, plan, known, measured, service)
    facilities, options = known.counted, offered(known.options)
    zero = pd.Series(0.0, index=facilities.index)
    return LocationProblem(
        cost=with_options(measured.cost, facilities, options),
        weight=tables.places(measured.demand, service.band_ids, "wanted"),
        p=plan.p,
        fixed=list(facilities.index),
        refused=named(options, known, [c.refuse for c in settings.changes if c.refuse], "refuse"),
        capacity=capacity_of(facilities, options, service),
        fixed_cost=pd.concat([zero, options["cost"]]),
        budget=sum(plan.budget.values()) if plan.budget else None,
        site=pd.concat([pd.Series(facilities.index, facilities.index), options["site_group"]]),
    )


def programme(
    settings: Settings, plan: PlanSettings, known: Known, measured: Measured, service: ServiceProfile
) -> ProgrammeProblem:
    """The programme in phases: one phase for each year that has a budget, named by it."""
    years = sorted(plan.budget) or [settings.year]
    counted = {y: known.serving[y].index[known.serving[y]["counted"]] for y in years}
    facilities = known.facilities.loc[known.facilities.index.isin(set().union(*map(set, counted.values())))]
    options = offered(known.options, moving=True)
    options = options[~too_late(years, options) & ~unknown(plan, options)]
    zero, demand = pd.Series(0.0, index=facilities.index), measured.demand
    bans = [c.refuse for c in settings.changes if c.refuse] + [d.ban for d in plan.decisions if d.ban]
    worth = {str(c): plan.priority.get(str(c), 1.0) for c in demand["class"].unique()}
    return ProgrammeProblem(
        cost=with_options(measured.cost, facilities, options),
        weight={str(y): tables.places(known.people.in_year(y), service.band_ids, "wanted") for y in years},
        capacity=capacity_of(facilities, options, service),
        fixed=list(facilities.index),
        closes=closings(years, counted),
        fixed_cost=pd.concat([zero, options["cost"]]),
        yearly_cost=pd.concat([zero, options["annual_cost"].fillna(0.0)]),  # what is unknown counts nowhere
        budget=by_phase(plan.budget, years) if plan.budget else None,
        yearly_budget=by_phase(plan.annual_budget, years) if plan.annual_budget else None,
        sources=pd.concat([zero, options["subsidy"].fillna(0.0)]).to_frame("subsidy") if plan.subsidy else None,
        source_budget=pd.DataFrame({"subsidy": by_phase(plan.subsidy, years)}) if plan.subsidy else None,
        site=pd.concat([pd.Series(facilities.index, facilities.index), options["site_group"]]),
        kind=pd.concat([facilities["kind"].fillna("").astype(str), options["kind"]]),
        limits=[limit(rule, facilities, options) for rule in plan.limits],
        pilots=[*pilots(plan, options), *pins(plan, known, options, str(years[-1]))],
        floors=[Floor(f.kind, f.kind, f.least, str(f.by), f.unit) for f in plan.floors],
        replaces=options["replaces"][options["replaces"].isin(facilities.index)].to_dict(),
        opens=first_phases(years, options) | later(years, counted),
        p=plan.p,
        refused=sorted(set(named(options, known, bans, "refuse"))),
        priority=demand["class"].astype(str).map(worth) if plan.priority else None,
        unit=demand["unit_id"].astype(str),
        place_unit=pd.concat([facilities["unit_id"], options["unit_id"]]).astype(str),
        urban=demand["class"].astype(str).str.startswith("urban"),
        population=dict.fromkeys(map(str, years), demand["population"]),
        fair=plan.fair,
        choice=plan.choice,
    )


def by_phase(money: Mapping[int, float], years: list[int]) -> dict[str, float]:
    """What comes in each phase: nothing in one that is not named."""
    return {str(y): float(money.get(y, 0.0)) for y in years}


def pilots(plan: PlanSettings, options: gpd.GeoDataFrame) -> list[Pilots]:
    """The pilots that the settings ask for."""
    every = {rule.kind: list(options.index[options["kind"] == rule.kind]) for rule in plan.pilots}
    return [Pilots(f"{PILOTS}{r.kind}", every[r.kind], r.least, str(r.by)) for r in plan.pilots]


def pins(plan: PlanSettings, known: Known, options: gpd.GeoDataFrame, last: str) -> list[Pilots]:
    """The sites that the planner pins: one of the options of each at least, by the last phase."""
    wanted = [d.pin for d in plan.decisions if d.pin]
    return [Pilots(f"{PIN}{site}", named(options, known, [site], "pin"), 1, last) for site in wanted]


def offered(options: gpd.GeoDataFrame, moving: bool = False) -> gpd.GeoDataFrame:
    """The options that a plan may choose: no clause fails them and they bring places.

    `moving`: those that close or move a facility too, which only a programme in phases can count once.
    """
    free = options["verdict"] != "fail"
    return options[free] if moving else options[free & (options["places"] > 0) & options["replaces"].eq("")]


def unknown(plan: PlanSettings, options: gpd.GeoDataFrame) -> pd.Series:
    """Whether something that the plan limits is not known of an option: it is not 0, and would break the limit unseen."""
    needed: list[str] = [rule.of for rule in plan.limits if rule.of not in ("places", "options")]
    needed += ["annual_cost"] if plan.annual_budget else []
    needed += ["subsidy"] if plan.subsidy else []
    missing: pd.Series = options[needed].isna().any(axis=1)
    return missing


def too_late(phases: list[int], options: gpd.GeoDataFrame) -> pd.Series:
    """Whether an option is possible only after the last phase; in a plan of one phase that is the phase in which its building begins."""
    late: pd.Series = options["first_phase"].fillna(phases[0]).astype(int) > phases[-1]
    return late & (len(phases) > 1)


def first_phases(years: list[int], options: gpd.GeoDataFrame) -> dict[str, str]:
    """The first phase in which each option may open, where that is not the first of all."""
    if len(years) == 1:
        return {}
    first = options["first_phase"].fillna(years[0]).astype(int)
    found = {str(o): next(y for y in years if y >= year) for o, year in first.items()}
    return {o: str(y) for o, y in found.items() if y != years[0]}


def left_out(plan: PlanSettings, known: Known) -> list[Finding]:
    """The options that a programme cannot weigh, counted."""
    if plan.model != "programme":
        return []
    options, phases = offered(known.options, moving=True), sorted(plan.budget) or [known.year]
    told = (
        ("GP-P020", too_late(phases, options), Text("options that are possible only after the last phase are left out", "最后一期之后方可实施的方案未纳入计划"),
         Text("give a later year a budget", "请为更晚的年份设预算")),
        ("GP-P021", unknown(plan, options), Text("options of which a limited quantity is not known are left out", "受限指标未知的方案未纳入计划"),
         Text("give the missing value in the layer, or leave the limit out", "请在图层中补充该值，或删去该限额")),
    )  # fmt: skip
    return [
        Finding(code, "", "plan", problem, advice, str(options.index[rows][0]), "note", int(rows.sum()))
        for code, rows, problem, advice in told
        if rows.any()
    ]


def closings(years: list[int], counted: Mapping[int, pd.Index]) -> dict[str, str]:
    """The first phase in which a facility that counted before does not count any more."""
    return {str(f): str(after) for before, after in pairwise(years) for f in counted[before].difference(counted[after])}


def later(years: list[int], counted: Mapping[int, pd.Index]) -> dict[str, str]:
    """The phase from which a facility counts that does not in the first."""
    found: dict[str, str] = {}
    for year in years[1:]:
        found |= {str(f): str(year) for f in counted[year].difference(counted[years[0]]) if str(f) not in found}
    return found


def limit(rule: LimitSettings, facilities: gpd.GeoDataFrame, options: gpd.GeoDataFrame) -> Limit:
    """A quota of the settings as a limit on the options."""
    amount = pd.Series(1.0, options.index) if rule.of == "options" else options[rule.of].astype(float)
    amount = pd.concat([pd.Series(0.0, facilities.index), amount])
    if not rule.each_unit:
        return Limit(rule.of, amount, {str(year): most for year, most in rule.most.items()})
    units = pd.concat([facilities["unit_id"], options["unit_id"]]).astype(str)
    every = {(str(year), unit): most for year, most in rule.most.items() for unit in sorted(units.unique())}
    return Limit(rule.of, amount, every, group=units)


def capacity_of(facilities: gpd.GeoDataFrame, options: gpd.GeoDataFrame, service: ServiceProfile) -> pd.DataFrame:
    """The places by age band of facilities and options."""
    return pd.concat([tables.capacity(facilities, service.band_ids), tables.capacity(options, service.band_ids)])


def with_options(cost: CostMatrix, facilities: gpd.GeoDataFrame, options: gpd.GeoDataFrame) -> CostMatrix:
    """The costs to facilities and to options, each option at its site."""
    return cost.repeat([*facilities.index, *options["site_id"]], [*facilities.index, *options.index])


def named(options: gpd.GeoDataFrame, known: Known, ids: list[str], change: str) -> list[str]:
    """The options that these ids of sites or options name; raises `InputError` for an id that the layers do not hold.

    An option that fails a clause cannot be pinned: that too is an `InputError`.
    """
    if unknown := sorted(set(ids) - set(known.options.index) - set(known.options["site_id"])):
        raise no_such(unknown, change)
    found = options.index[options.index.isin(ids) | options["site_id"].isin(ids)]
    if change == "pin" and not len(found):
        problem = Text(
            "no option of this site may be built: each fails a clause", "该点的各方案均有条款不符合，不能必选"
        )
        advice = Text("see its verdicts, or pin another", "请查看逐条结论，或改选其他备选点")
        raise InputError(Finding("GP-S026", "", "plan.decisions.pin", problem, advice, ids[0]))
    return [str(i) for i in found]


def without_decisions(problem: ProgrammeProblem, plan: PlanSettings) -> ProgrammeProblem:
    """The same programme as if the planner had pinned and banned nothing: what decisions are priced against."""
    bans = {d.ban for d in plan.decisions if d.ban}
    sites = {} if problem.site is None else problem.site
    kept = [r for r in problem.refused if r not in bans and sites.get(r) not in bans]
    return replace(problem, pilots=tuple(p for p in problem.pilots if not p.name.startswith(PIN)), refused=kept)
