"""The p-median recounted: people times the cost to the nearest open place."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from geoplan.location.check import hold, same
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def recount(problem: LocationProblem, plan: Plan) -> float:
    """People times the cost to the nearest open place, over all points; everyone goes there, and p places are opened."""
    hold("exactly p sites", len(plan.sites), problem.p, len(plan.sites) == problem.p)
    cost, weights = problem.reachable().select(sorted({*plan.sites, *problem.fixed})), problem.weights()
    nearest = np.full(len(cost.demand_ids), np.inf)
    np.minimum.at(nearest, cost.demand, cost.values)
    people = weights.sum(axis=1).to_numpy()
    left_out = cost.demand_ids[(people > 0) & np.isinf(nearest)].tolist()
    hold("every point with people reaches an open place", left_out[:5], "none left out", not left_out)
    hold("everyone is assigned", plan.served, math.fsum(people), same(plan.served, math.fsum(people)))
    pairs = plan.assignment[["demand_id", "place_id"]].drop_duplicates()
    sent = cost.to_frame().merge(pairs, on=["demand_id", "place_id"])
    least = nearest[cost.demand_ids.get_indexer(pd.Index(sent["demand_id"]))]
    farther = sent[sent["cost"].to_numpy() > least].head(5).to_dict("records")
    hold("everyone goes to the nearest open place", farther, "none farther", not farther)
    with_people = people > 0
    return math.fsum(people[with_people] * nearest[with_people])
