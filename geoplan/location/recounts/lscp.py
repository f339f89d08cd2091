"""Set covering recounted: everyone has an open place within reach; how many places are opened."""

from __future__ import annotations

import math

import numpy as np

from geoplan.location.check import hold, same
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def recount(problem: LocationProblem, plan: Plan) -> float:
    """The number of places opened beside the fixed; every point with people is covered and assigned."""
    cost, weights = problem.reachable(), problem.weights()
    is_open = cost.place_ids.isin({*plan.sites, *problem.fixed})
    near = np.bincount(cost.demand[is_open[cost.place]], minlength=len(weights))
    short = weights.index[(weights.sum(axis=1).to_numpy() > 0) & (near < 1)]
    hold("every point with people is covered", list(short[:5]), f"{len(short)} that are not", not len(short))
    people = math.fsum(weights.to_numpy().ravel())
    hold("all are assigned", plan.served, people, same(plan.served, people))
    return float(len(plan.sites))
