"""The capacitated p-median recounted: people times the cost of the place that they go to."""

from __future__ import annotations

import math

from geoplan.location.check import hold, same
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def recount(problem: LocationProblem, plan: Plan) -> float:
    """The travel of all people; `p` places are opened and everybody is served."""
    hold("p sites are opened", len(plan.sites), problem.p, len(plan.sites) == problem.p)
    total = math.fsum(problem.weights().to_numpy().ravel())
    hold("everybody is served", plan.served, total, same(plan.served, total))
    pairs = problem.reachable().to_frame().set_index(["demand_id", "place_id"])["cost"]
    cost = pairs.reindex(list(zip(plan.assignment["demand_id"], plan.assignment["place_id"], strict=True)))
    return math.fsum(cost.to_numpy(float) * plan.assignment["amount"].to_numpy(float))
