"""The p-centre recounted: the greatest cost from a point with people to its nearest open place."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from geoplan.location.check import hold, same
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def recount(problem: LocationProblem, plan: Plan) -> float:
    """The greatest cost; exactly p places are opened, and everyone is assigned to a place that is as near as any open one."""
    hold("exactly p sites", len(plan.sites), problem.p, len(plan.sites) == problem.p)
    cost, weights = problem.reachable(), problem.weights()
    is_open = cost.place_ids.isin({*plan.sites, *problem.fixed})[cost.place]
    least = np.full(len(weights), math.inf)
    np.minimum.at(least, cost.demand[is_open], cost.values[is_open])
    wanting = weights.sum(axis=1).to_numpy() > 0
    short = weights.index[wanting & np.isinf(least)]
    hold("every point with people is served", list(short[:5]), f"{len(short)} that are not", not len(short))
    people = math.fsum(weights.to_numpy().ravel())
    hold("all are assigned", plan.served, people, same(plan.served, people))
    _nearest(problem, plan, least)
    return float(least[wanting].max(initial=0.0))


def _nearest(problem: LocationProblem, plan: Plan, least: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    """Each assignment costs what the nearest open place costs."""
    cost, given = problem.reachable(), plan.assignment
    width = len(cost.place_ids)
    keys = cost.demand.astype(np.int64) * width + cost.place
    order = np.argsort(keys)
    demand = cost.demand_ids.get_indexer(pd.Index(given["demand_id"]))
    place = cost.place_ids.get_indexer(pd.Index(given["place_id"]))
    at = order[np.searchsorted(keys[order], demand * width + place)]
    farther = given[cost.values[at] > least[demand]]
    hold("everyone goes to the nearest", farther.head(5).to_dict("records"), "none that do not", farther.empty)
