"""The same question asked a little differently, of one phase or of several: what every explanation needs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import UsageError
from geoplan.location._checks import EXACTLY
from geoplan.location._graph import THOUSANDTHS, build_graph
from geoplan.location._search import opened
from geoplan.location.check import CAPACITATED
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem

NO_PLAN = math.inf  # the loss where no plan is left
LEAST_S = 1.0  # seconds that each of many solves has at least
LOOSE = 0.005  # the gap within which plans are looked for where the plan itself is not proven
LOOSER = 1.5  # times the gap of the plan: so near the plans beside it are looked for


def options_of(problem: Any) -> list[str]:
    """The places that a plan may open: neither fixed nor refused."""
    taken = {*problem.fixed, *problem.refused}
    return [place for place in problem.cost.place_ids if place not in taken]


def without(problem: Any, places: Iterable[str], model: str) -> Any:
    """The question with these places refused; None where so few are left that the model cannot answer it."""
    out = set(places)
    refused = list(dict.fromkeys([*problem.refused, *(p for p in problem.cost.place_ids if p in out)]))
    changes: dict[str, Any] = {"refused": refused, "required": [r for r in problem.required if r not in out]}
    if isinstance(problem, LocationProblem) and problem.p is not None:
        free = len(problem.cost.place_ids) - len({*problem.fixed, *refused})
        if free < problem.p and model in EXACTLY:
            return None
        changes["p"] = min(problem.p, free)
    return replace(problem, **changes)


def on_site(problem: Any, place: str) -> list[str]:
    """The options that stand on the site of a place, itself among them."""
    if problem.site is None or place not in problem.site.index:
        return [place]
    return [p for p in options_of(problem) if p in problem.site.index and problem.site[p] == problem.site[place]]


def none_left(plan: Plan) -> Plan:
    """The answer to a question that has too few places left to be asked."""
    nobody = plan.assignment.iloc[:0]
    return Plan(plan.model, "infeasible", (), nobody, math.nan, None, None, 0.0, plan.demand_total, sense=plan.sense)


def counts_people(problem: Any, plan: Plan) -> bool:
    """Whether the objective is the people assigned, so that losing some is losing as much of the objective."""
    splits = isinstance(problem, LocationProblem) and not problem.single_source
    return splits and abs(plan.objective - plan.served) <= 1e-9 * max(1.0, plan.served)


def only(problem: Any, places: Iterable[str]) -> Any:
    """The question in which exactly these places are opened, and nothing else."""
    kept = [p for p in problem.cost.place_ids if p in set(places)]
    others = [p for p in options_of(problem) if p not in set(kept)]
    changes: dict[str, Any] = {"required": kept, "refused": [*problem.refused, *others]}
    if isinstance(problem, LocationProblem) and problem.p is not None:
        changes["p"] = len(kept)
    return replace(problem, **changes)


def loss(before: Plan, after: Plan | None, still: float | None = None) -> tuple[float, float]:
    """What the best plan of the narrower question is worse by, at least and at most, in the unit of the objective.

    With objective Z and bound B of the plan, and Z' and B' of the one of the narrower question, of which `still` is known to be
    possible too: between Z - B' and B - Z' (for `least` the other way round), and not below 0, for what narrows a question
    makes no plan better.
    """
    if after is None or after.status == "infeasible":
        return NO_PLAN, NO_PLAN
    sign = 1.0 if before.sense == "most" else -1.0
    best = after.objective if still is None else sign * max(sign * after.objective, sign * still)
    bound = before.demand_total if before.bound is None and before.sense == "most" else before.bound
    least = 0.0 if after.bound is None else max(sign * (before.objective - after.bound), 0.0)
    most = math.inf if bound is None else sign * (bound - best)
    return round(least, 9), max(round(most, 9), round(least, 9)) if math.isfinite(most) else most


def gap_for(plan: Plan, options: dict[str, Any]) -> dict[str, Any]:
    """The options for solving again: the gap as asked, else 0 where the plan is proven, else a little more than its own."""
    if "gap" in options:
        return options
    loose = 0.0 if plan.status == "optimal" else max(LOOSE, LOOSER * (plan.gap or 0.0))
    return {**options, "gap": min(loose, 0.5)}


def served_by_unit(plan: Plan, unit: pd.Series | None) -> pd.Series:
    """The people served by unit (and phase, where the plan has phases)."""
    if unit is None:
        return pd.Series(dtype=float)
    rows = plan.assignment
    keys = [rows["demand_id"].map(unit)] + ([rows["phase"]] if "phase" in rows.columns else [])
    return rows["amount"].groupby(keys).sum()


def worst_unit(before: Plan, after: Plan | None, unit: pd.Series | None) -> tuple[str, float]:
    """The unit that loses most people served (in its worst phase), and how many; "" where none loses any. Ties: first id."""
    if unit is None or after is None:
        return "", 0.0
    lost = served_by_unit(before, unit).sub(served_by_unit(after, unit), fill_value=0.0).round(9).sort_index()
    if lost.empty or lost.max() <= 0:
        return "", 0.0
    worst = lost.idxmax()
    return str(worst[0] if isinstance(worst, tuple) else worst), float(lost.max())


def places_of(problem: Any, sites: Iterable[str]) -> float:
    """The places (capacity in all bands) of some sites; 0 where the problem has no capacity."""
    if problem.capacity is None:
        return 0.0
    return math.fsum(problem.capacity.loc[list(sites)].to_numpy(float).ravel())


def listed(places: str | Sequence[str] | None) -> list[str]:
    """One place, or several, or none, as a list."""
    if places is None:
        return []
    return [places] if isinstance(places, str) else list(dict.fromkeys(places))


def require_sites(plan: Plan, places: Iterable[str], who: str) -> None:
    """Raise `UsageError` unless all are sites of the plan."""
    if unknown := [p for p in places if p not in plan.sites]:
        some = ", ".join(plan.sites[:5])
        raise UsageError(f"{who}: {unknown[0]!r} is no site of the plan; its sites are {some} …")


def lost_alone(problem: Any, plan: Plan, model: str) -> pd.Series:
    """By site of the plan: the people who lose their place if it alone is closed and nothing else changes.

    Exact (a greatest flow that follows each closing) where the places of a place count, and summed over the phases; else the
    people who have no other open place within reach.
    """
    if not plan.sites:
        return pd.Series(dtype=float)
    if not isinstance(problem, LocationProblem):
        lost = pd.Series(0.0, index=list(plan.sites))
        for narrowed in _phases(problem, plan):
            lost = lost.add(_flow_losses(narrowed), fill_value=0.0)
        return lost.reindex(list(plan.sites)).round(9)
    if model in CAPACITATED:
        rest = [p for p in problem.cost.place_ids if p not in {*problem.fixed, *plan.sites}]
        return _flow_losses(_counting(problem, rest)).reindex(list(plan.sites))
    return _cover_losses(problem, plan)


def _counting(problem: LocationProblem, rest: list[str]) -> LocationProblem:
    """The problem without money, sites and numbers, in which the rest of the places cannot be opened."""
    return LocationProblem(
        cost=problem.reachable(),
        weight=problem.weights().round(3),
        fixed=problem.fixed,
        refused=rest,
        capacity=problem.capacities(),
    )


def _phases(problem: Any, plan: Any) -> list[LocationProblem]:
    """For each phase of a programme the counting problem with what stands then: the fixed, and the sites opened as options."""
    order = {phase: k for k, phase in enumerate(problem.phases)}
    opens = {site: order[phase] for site, phase in plan.opens.items()}
    replaces = dict(problem.replaces or {})
    asked = []
    for phase, now in order.items():
        gone = {f for f, since in problem.closes.items() if order[since] <= now}
        gone |= {f for f, since in (problem.opens or {}).items() if order[since] > now}
        gone |= {replaces[s] for s, since in opens.items() if s in replaces and since <= now}
        grown = {str(u[0]) for u in problem.upgrades if opens.get(str(u[1]), now + 1) <= now and str(u[0]) in opens}
        standing = [s for s in plan.sites if opens.get(s, now + 1) <= now and s not in grown]
        fixed = [f for f in problem.fixed if f not in gone]
        cost = problem.reachable().select([*fixed, *standing])
        capacity = problem.capacities().loc[[*fixed, *standing]]
        asked.append(LocationProblem(cost, problem.weights_in(phase).round(3), fixed=fixed, capacity=capacity))
    return asked


def _flow_losses(problem: LocationProblem) -> pd.Series:
    """With all options open: the people who lose their place by each that is closed."""
    graph = build_graph(problem)
    service = opened(graph, range(len(graph.option)))
    lost = service.losses(np.arange(len(graph.option))) / THOUSANDTHS
    return pd.Series(lost, index=problem.cost.place_ids[graph.option].to_numpy(), dtype=float)


def _cover_losses(problem: LocationProblem, plan: Plan) -> pd.Series:
    """The people whose only open place within reach is each site."""
    cost, weight = problem.reachable(), problem.weights().sum(axis=1).to_numpy()
    is_open = cost.place_ids.isin([*problem.fixed, *plan.sites])
    used = is_open[cost.place]
    demand, place = cost.demand[used], cost.place[used]
    alone = np.bincount(demand, minlength=len(weight))[demand] == 1
    lost = np.bincount(place[alone], weights=weight[demand[alone]], minlength=len(cost.place_ids))
    return pd.Series(lost, index=cost.place_ids).loc[list(plan.sites)].round(9)
