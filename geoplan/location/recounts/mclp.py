"""Maximal covering recounted: the people of the points that have an open place within reach."""

from __future__ import annotations

import math

import numpy as np

from geoplan.location.check import hold, same
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def recount(problem: LocationProblem, plan: Plan) -> float:
    """The people covered; all of them must be assigned."""
    cost, weights = problem.reachable(), problem.weights()
    is_open = cost.place_ids.isin({*plan.sites, *problem.fixed})
    rows = np.unique(cost.demand[is_open[cost.place]])
    covered = math.fsum(weights.to_numpy()[rows].ravel())
    hold("all who are covered are assigned", plan.served, covered, same(plan.served, covered))
    return covered
