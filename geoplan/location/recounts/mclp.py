"""Maximal covering recounted: the people of the points that have an open place within reach."""

from __future__ import annotations

import math

import numpy as np

from geoplan.location.check import hold, same
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def recount(problem: LocationProblem, plan: Plan) -> float:
    """The people covered; all of them must be assigned."""
    cost, weights = problem.cost.select([*dict.fromkeys([*problem.fixed, *plan.sites])]), problem.weights()
    near = cost if problem.reach is None else cost.within(problem.reach)
    within = np.zeros(len(weights), bool)
    within[near.demand] = True
    covered = math.fsum(weights.to_numpy()[within].ravel())
    hold("all who are covered are assigned", plan.served, covered, same(plan.served, covered))
    return covered
