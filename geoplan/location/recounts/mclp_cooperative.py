"""Cooperative covering recounted: the people of each point times the sum of the decays of open places within reach, at most 1."""

from __future__ import annotations

import math

import numpy as np

from geoplan.location.check import hold, same
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def recount(problem: LocationProblem, plan: Plan) -> float:
    """The people covered by the open places together; so many must be assigned."""
    cost, weights = problem.cost.select([*dict.fromkeys([*problem.fixed, *plan.sites])]), problem.weights()
    near = cost if problem.reach is None else cost.within(problem.reach)
    shares = np.ones(len(near.cost)) if problem.decay is None else np.asarray(problem.decay(near.values), float)
    together = np.bincount(near.demand, weights=shares, minlength=len(weights))
    covered = math.fsum((weights.to_numpy() * np.minimum(together, 1.0)[:, None]).ravel())
    hold("all who are covered are assigned", plan.served, covered, same(plan.served, covered))
    return covered
