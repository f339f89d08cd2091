"""The dispersion recounted: the least cost between two open places, the fixed among them."""

from __future__ import annotations

import math

import numpy as np

from geoplan.location.check import hold
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def recount(problem: LocationProblem, plan: Plan) -> float:
    """The least cost, either way; exactly p places are opened, and nobody is assigned."""
    hold("exactly p sites", len(plan.sites), problem.p, len(plan.sites) == problem.p)
    hold("nobody is assigned", len(plan.assignment), 0, plan.assignment.empty)
    cost, is_open = problem.cost, {*plan.sites, *problem.fixed}
    demand, place = np.asarray(cost.demand_ids), np.asarray(cost.place_ids)
    both = np.isin(demand, list(is_open))[cost.demand] & np.isin(place, list(is_open))[cost.place]
    both &= demand[cost.demand] != place[cost.place]
    far = cost.limit if math.isfinite(cost.limit) else float(cost.values.max(initial=0.0))
    return float(cost.values[both].min(initial=far))
