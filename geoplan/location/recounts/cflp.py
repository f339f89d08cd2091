"""Facility location with fixed costs recounted: what the opened places cost, and people times the cost of where they go."""

from __future__ import annotations

import math

from geoplan.location.check import hold, same
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def recount(problem: LocationProblem, plan: Plan) -> float:
    """The opening costs of the plan's sites and the travel of all people; everybody is served."""
    total = math.fsum(problem.weights().to_numpy().ravel())
    hold("everybody is served", plan.served, total, same(plan.served, total))
    pairs = problem.reachable().to_frame().set_index(["demand_id", "place_id"])["cost"]
    cost = pairs.reindex(list(zip(plan.assignment["demand_id"], plan.assignment["place_id"], strict=True)))
    travel = cost.to_numpy(float) * plan.assignment["amount"].to_numpy(float)
    opening = () if problem.fixed_cost is None else problem.fixed_cost.loc[list(plan.sites)]
    return math.fsum(travel) + math.fsum(opening)
