"""From the sites chosen to a plan: the assignment, the cost, the gap and the words that it justifies."""

from __future__ import annotations

import math

import pandas as pd

from geoplan.access.assignment import assign
from geoplan.location._graph import THOUSANDTHS
from geoplan.location.plan import Plan, Status
from geoplan.location.problem import LocationProblem

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
    """The plan with what it claims; the bound of people is rounded down to the thousandth that could still be served."""
    proven = max(math.floor(bound * THOUSANDTHS + 1e-3) / THOUSANDTHS, objective)
    distance = abs(proven - objective) / max(abs(objective), 1e-9)
    status: Status = "optimal" if proven - objective < HALF else "feasible" if distance <= gap else "stopped"
    cost = 0.0 if problem.fixed_cost is None else math.fsum(problem.fixed_cost.loc[list(sites)])
    total = float(problem.weights().to_numpy().sum())
    return Plan(model, status, sites, assignment, objective, proven, distance, cost, total)
