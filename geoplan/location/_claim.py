"""From the sites chosen to a plan: the assignment, the cost, the gap and the words that it justifies."""

from __future__ import annotations

import math

import pandas as pd

from geoplan.access.assignment import assign
from geoplan.location._graph import THOUSANDTHS
from geoplan.location.plan import Plan, Sense, Status
from geoplan.location.problem import LocationProblem

RELATIVE = 1e-9  # what rounding in sums of doubles can explain
HALF = 0.5 / THOUSANDTHS  # people: no plan of whole thousandths can be better by so little


def open_places(problem: LocationProblem, sites: tuple[str, ...]) -> list[str]:
    """The fixed places and the sites of a plan."""
    return [*dict.fromkeys(problem.fixed), *sites]


def assign_to(problem: LocationProblem, sites: tuple[str, ...]) -> pd.DataFrame:
    """The assignment to the fixed places and these sites that serves the most people, with the least travel."""
    weights, given, places = problem.weights(), problem.capacities(), open_places(problem, sites)
    unbound = pd.DataFrame([weights.sum()] * len(places), index=places, columns=weights.columns)
    return assign(problem.reachable().select(places), weights, unbound if given is None else given.loc[places])


def claim(
    problem: LocationProblem,
    model: str,
    sites: tuple[str, ...],
    assignment: pd.DataFrame,
    objective: float,
    bound: float,
    gap: float,
) -> Plan:
    """The plan with what it claims; where people are whole thousandths the bound is rounded down to what could still be served."""
    scaled = problem.weights().to_numpy() * THOUSANDTHS
    whole = bool((abs(scaled - scaled.round()) <= 1e-6).all())
    proven = max(math.floor(bound * THOUSANDTHS + 1e-3) / THOUSANDTHS if whole else bound, objective)
    return _claimed(problem, model, sites, assignment, objective, proven, gap, proven - objective < HALF, "most")


def claim_least(
    problem: LocationProblem,
    model: str,
    sites: tuple[str, ...],
    assignment: pd.DataFrame,
    objective: float,
    bound: float,
    gap: float,
    step: float = 0.0,
) -> Plan:
    """The plan of a model that makes its objective least.

    `step`: where every plan's objective is a whole multiple of it (whole costs and weights: 1), the bound is rounded up to the
    next; 0 where there is no such step, and then a distance that rounding of doubles alone explains counts as none.
    """
    allowed = RELATIVE * max(1.0, abs(objective))
    proven = (
        math.ceil(bound / step - RELATIVE * max(1.0, abs(bound / step))) * step
        if step and math.isfinite(bound)
        else bound
    )
    proven = objective if proven > objective - allowed else proven
    return _claimed(problem, model, sites, assignment, objective, proven, gap, proven == objective, "least")


def no_plan(problem: LocationProblem, model: str, sense: Sense) -> Plan:
    """The answer where it is proven that no plan keeps all the rules: status `infeasible`, no sites, nobody assigned.

    The objective is not a number, for there is none; bound and gap are unknown. To be given only after a proof that stood
    with presolve off; where the time ran out before a plan was found, raise `ResourceError` instead.

    >>> from geoplan.network.cost import CostMatrix
    >>> far = LocationProblem(CostMatrix.from_pairs([("a", "F", 900.0)]), pd.Series({"a": 3.0}), reach=100.0)
    >>> no_plan(far, "lscp", "least").summary()
    'lscp: no plan can keep all the rules'
    """
    nobody = pd.DataFrame({"demand_id": [], "place_id": [], "band": [], "amount": []}).astype(
        {"demand_id": object, "place_id": object, "band": object, "amount": float}
    )
    total = float(problem.weights().to_numpy().sum())
    return Plan(model, "infeasible", (), nobody, math.nan, None, None, 0.0, total, sense=sense)


def _claimed(
    problem: LocationProblem,
    model: str,
    sites: tuple[str, ...],
    assignment: pd.DataFrame,
    objective: float,
    proven: float,
    gap: float,
    settled: bool,
    sense: Sense,
) -> Plan:
    known = math.isfinite(proven)
    distance = abs(proven - objective) / max(abs(objective), 1e-9) if known else None
    within = distance is not None and distance <= gap
    status: Status = "optimal" if settled else "feasible" if within else "stopped"
    cost = 0.0 if problem.fixed_cost is None else math.fsum(problem.fixed_cost.loc[list(sites)])
    total = float(problem.weights().to_numpy().sum())
    bound = proven if known else None
    return Plan(model, status, sites, assignment, objective, bound, distance, cost, total, sense=sense)
