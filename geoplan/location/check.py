"""Recount a plan without any solver and without anything of the models: every claim that it makes, in whole numbers."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from geoplan import plugins
from geoplan.errors import CheckFailed
from geoplan.location.greedy import greedy
from geoplan.location.plan import REPEATED, Plan
from geoplan.location.problem import LocationProblem

THOUSANDTHS = 1000
HALF = 0.0005  # people
TOLERANCE = 1e-9
STATUSES = ("optimal", "feasible", "stopped", "infeasible")
CAPACITATED = ("programme", "p_median_capacitated", "cflp")  # models in which the places of a place count
OF_PEOPLE = ("mclp", "mclp_gradual", "mclp_cooperative", "programme")  # models whose objective counts people
COLUMNS = ["demand_id", "place_id", "band", "amount"]


def check(problem: Any, plan: Plan) -> dict[str, Any]:
    """Recount every claim of a plan; the recount as a dict, or `CheckFailed` with the claim, the value stated and the recount.

    Counted: the sites (known, free, not refused, one a site, at most p), the cost and the budget (exactly, money as it is
    written), each assignment (to an open place, within reach, no more than the people and the places, in whole thousandths),
    the objective, the bound, the gap and the word of the status. Whether the bound is true cannot be recounted; that it is not
    below the objective, nor below a greedy plan, can.

    >>> from geoplan.network.cost import CostMatrix
    >>> from geoplan.location.solve import solve
    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "G", 200.0)], unit="m")
    >>> problem = LocationProblem(cost, pd.Series({"a": 10.0, "b": 20.0}), p=1)
    >>> check(problem, solve(problem))["objective"]
    20.0
    """
    if not isinstance(problem, LocationProblem):
        from geoplan.location.programme.check import check_programme

        return check_programme(problem, plan)  # type: ignore[arg-type]
    hold("status is a known word", plan.status, "one of " + ", ".join(STATUSES), plan.status in STATUSES)
    if plan.status == "infeasible":
        return _nothing(problem, plan)
    counted: dict[str, Any] = {"sites": _sites(problem, plan)}
    counted["cost"] = _cost(problem, plan)
    counted["served"] = _assignment(problem, plan)
    counted["objective"] = plugins.find("recounts", plan.model)(problem, plan)
    hold("objective", plan.objective, counted["objective"], same(plan.objective, counted["objective"]))
    counted["demand_total"] = _total(problem, plan)
    if plan.model in OF_PEOPLE:
        check_people(counted["objective"], counted["demand_total"])
    if plan.model == "mclp":
        check_greedy(problem, plan)
    counted["gap"] = _proof(plan, counted["objective"])
    return counted


def _nothing(problem: LocationProblem, plan: Plan) -> dict[str, Any]:
    """What a plan that says "there is none" may hold: nothing. That there is none cannot be recounted."""
    hold("infeasible plans open nothing", list(plan.sites)[:5], "no sites", not plan.sites)
    hold("infeasible plans assign nobody", len(plan.assignment), "no rows", plan.assignment.empty)
    columns = list(plan.assignment.columns)
    hold("assignment has its columns", columns, COLUMNS, columns == COLUMNS)
    hold("infeasible plans have no objective", plan.objective, "nan", math.isnan(plan.objective))
    hold("infeasible plans have no bound", (plan.bound, plan.gap), "none", plan.bound is None and plan.gap is None)
    hold("infeasible plans cost nothing", plan.cost, 0.0, plan.cost == 0)
    empty = {"sites": 0, "cost": 0.0, "served": 0.0, "objective": math.nan}
    return {**empty, "demand_total": _total(problem, plan), "gap": None}


def _total(problem: LocationProblem, plan: Plan) -> float:
    """The people of the problem, which the plan must state."""
    total = math.fsum(problem.weights().to_numpy().ravel())
    hold("demand_total", plan.demand_total, total, same(plan.demand_total, total))
    return total


def check_people(served: float, everybody: float) -> None:
    """Nobody is covered twice: as many as are covered lie between none and all people."""
    holds = -TOLERANCE <= served <= everybody + TOLERANCE * max(1.0, everybody)
    hold("covered people lie between nobody and everybody", served, f"{everybody} in all", holds)


def check_greedy(problem: LocationProblem, plan: Plan) -> None:
    """A covering plan beside the greedy one: its bound is not below it; if optimal, neither is the plan, nor beyond what greedy allows.

    Where only the number of places is limited, greedy places add at least 1 - 1/e of what the best would add to the fixed ones.
    Source: Nemhauser, G. L., Wolsey, L. A. & Fisher, M. L. (1978), Mathematical Programming 14, 265-294.
    """
    least, base, free = greedy(problem)
    slack = TOLERANCE * max(1.0, least)
    hold("the bound is not below a greedy plan", plan.bound, least, plan.bound is None or plan.bound >= least - slack)
    if plan.status != "optimal":
        return
    hold("optimal is not below a greedy plan", plan.objective, least, plan.objective >= least - HALF)
    most = base + (least - base) / (1 - math.exp(-1))
    hold("greedy adds 1 - 1/e of the optimum", plan.objective, most, not free or plan.objective <= most + slack)


def check_given(plan: Plan, given: Plan) -> None:
    """A plan that keeps the rules, from whoever, is no better than the bound, nor than what is called optimal; else `CheckFailed`."""
    sign = 1.0 if plan.sense == "most" else -1.0
    slack = HALF + TOLERANCE * abs(given.objective)
    best = plan.objective if plan.status == "optimal" else plan.bound
    holds = best is None or sign * (best - given.objective) >= -slack
    hold("no given plan is better than the best", best, f"{given.objective} of the given one", holds)


def hold(claim: str, stated: Any, recounted: Any, holds: bool) -> None:
    """Raise `CheckFailed` with what the plan states and what the recount gives, unless the claim holds."""
    if not holds:
        raise CheckFailed(f"{claim}: the plan states {stated}, the recount gives {recounted}")


def same(stated: float, recounted: float) -> bool:
    """Whether two numbers differ by no more than rounding."""
    return abs(stated - recounted) <= TOLERANCE * max(1.0, abs(recounted))


def exact(value: Any) -> Fraction:
    """A number exactly as it is written: 0.1 is a tenth."""
    return Fraction(repr(float(value)))


def _sites(problem: LocationProblem, plan: Plan) -> int:
    """The rules of the sites; how many there are."""
    sites, known = list(plan.sites), set(problem.cost.place_ids)

    def none(claim: str, wrong: list[str]) -> None:
        hold(claim, wrong[:5], "none that break it", not wrong)

    none("sites are places of the problem", [s for s in sites if s not in known])
    none("sites are named once", sorted({s for s in sites if sites.count(s) > 1}))
    none("sites stand beside the fixed", sorted(set(sites) & set(problem.fixed)))
    none("required sites are in the plan", sorted(set(problem.required) - set(sites)))
    none("sites are not refused", sorted(set(sites) & set(problem.refused)))
    if problem.site is not None:
        ground = problem.site.loc[sites]
        none("at most one place a site", ground.index[ground.duplicated(keep=False)].tolist())
    if problem.p is not None:
        hold("at most p sites", len(sites), problem.p, len(sites) <= problem.p)
    return len(sites)


def _cost(problem: LocationProblem, plan: Plan) -> float:
    """The cost of the sites, exactly; it is what the plan states and within the budget."""
    costs = [] if problem.fixed_cost is None else problem.fixed_cost.loc[list(plan.sites)].tolist()
    spent = sum((exact(c) for c in costs), Fraction(0))
    hold("cost", plan.cost, float(spent), same(plan.cost, float(spent)))
    if problem.budget is not None:
        hold("cost is within the budget", float(spent), problem.budget, spent <= exact(problem.budget))
    return float(spent)


def _assignment(problem: LocationProblem, plan: Plan) -> float:
    """The rules of the assignment; the people assigned."""
    given, weights, cost = plan.assignment, problem.weights(), problem.reachable()
    hold("assignment has its columns", list(given.columns), COLUMNS, list(given.columns) == COLUMNS)
    demand, place = _at(cost.demand_ids, given["demand_id"]), _at(cost.place_ids, given["place_id"])
    band = _at(weights.columns, given["band"])
    rows("assignments name known ids and bands", given, (demand < 0) | (place < 0) | (band < 0))
    rows("assignments go to open places", given, ~given["place_id"].isin({*plan.sites, *problem.fixed}).to_numpy())
    pairs = np.sort(cost.demand.astype(np.int64) * len(cost.place_ids) + cost.place)
    rows("assignments are within reach", given, ~np.isin(demand * len(cost.place_ids) + place, pairs))
    rows("assignments stand once", given, given.duplicated(COLUMNS[:3]).to_numpy())
    amount = given["amount"].to_numpy(float)
    rows("amounts are above 0", given, ~(np.isfinite(amount) & (amount > 0)))
    sent = pd.DataFrame(0.0, index=weights.index, columns=weights.columns).to_numpy()
    np.add.at(sent, (demand, band), amount)
    _below("people of a demand point", sent, weights * (problem.neighbours if plan.model in REPEATED else 1))
    capacity = problem.capacities()
    if capacity is not None and plan.model in CAPACITATED:
        whole = np.rint(amount * THOUSANDTHS)
        rows("amounts are whole thousandths", given, np.abs(amount * THOUSANDTHS - whole) > 1e-6)
        taken = np.zeros(capacity.shape)
        np.add.at(taken, (place, band), whole / THOUSANDTHS)
        _below("places of a place", taken, capacity)
    if problem.single_source and plan.model in CAPACITATED:
        rows(
            "a demand point and band goes to one place",
            given,
            given.duplicated(["demand_id", "band"], keep=False).to_numpy(),
        )
        rows("a demand point and band goes whole", given, np.abs(amount - weights.to_numpy()[demand, band]) > TOLERANCE)
    return math.fsum(amount)


def _at(ids: pd.Index, values: Any) -> Any:
    """The position of each value among the ids; -1 where it is none of them."""
    return ids.get_indexer(pd.Index(values))


def rows(claim: str, given: pd.DataFrame, wrong: Any) -> None:
    """Hold that no row of an assignment is wrong."""
    if wrong.any():
        hold(claim, given[wrong].head(5).to_dict("records"), f"{int(wrong.sum())} that break it", False)


def _below(claim: str, counted: Any, limit: pd.DataFrame) -> None:
    """No sum may exceed its limit; sums of thousandths in doubles are far nearer than the tolerance to what they stand for."""
    most = limit.to_numpy()
    for row, band in np.argwhere(counted > most + TOLERANCE * np.maximum(1.0, most))[:1]:
        label = f"{claim} ({limit.index[row]}, {limit.columns[band]})"
        hold(label, float(counted[row, band]), f"a limit of {most[row, band]}", False)


def _proof(plan: Plan, objective: float) -> float | None:
    """The bound is not below the objective, the gap is theirs, and the status says no more than they do."""
    if plan.bound is None:
        hold("gap is unknown where the bound is", plan.gap, None, plan.gap is None)
        hold("status needs a bound", plan.status, "stopped", plan.status not in ("optimal", "feasible"))
        return None
    ahead = plan.bound - objective if plan.sense == "most" else objective - plan.bound
    allowed = TOLERANCE * max(1.0, abs(objective))
    hold("no plan can be better than the bound", plan.bound, objective, math.isfinite(plan.bound) and ahead >= -allowed)
    gap = abs(plan.bound - objective) / max(abs(objective), 1e-9)
    hold("gap", plan.gap, gap, plan.gap is not None and abs(plan.gap - gap) <= TOLERANCE)
    proven = ahead < (HALF if plan.sense == "most" else allowed)
    hold("status optimal is proven", plan.status, f"a gap of {gap:.3g}", plan.status != "optimal" or proven)
    return gap
