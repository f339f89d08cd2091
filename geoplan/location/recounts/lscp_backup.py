"""Set covering with backup recounted: everyone has as many open places within reach as asked; how many places are opened."""

from __future__ import annotations

import math

import numpy as np

from geoplan.location.check import hold, same
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def recount(problem: LocationProblem, plan: Plan) -> float:
    """The number of places opened beside the fixed; every point with people has max(2, neighbours) of them or of the fixed."""
    cost, weights, needs = problem.reachable(), problem.weights(), max(2, problem.neighbours)
    is_open = cost.place_ids.isin({*plan.sites, *problem.fixed})
    near = np.bincount(cost.demand[is_open[cost.place]], minlength=len(weights))
    short = weights.index[(weights.sum(axis=1).to_numpy() > 0) & (near < needs)]
    claim = f"every point with people has {needs} open places within reach"
    hold(claim, list(short[:5]), f"{len(short)} that have fewer", not len(short))
    people = math.fsum(weights.to_numpy().ravel())
    hold("all are assigned", plan.served, people, same(plan.served, people))
    return float(len(plan.sites))
