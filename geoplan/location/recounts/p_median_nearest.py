"""The p-median over several nearest places recounted: people times the costs to as many of the nearest as count."""

from __future__ import annotations

import math

import pandas as pd

from geoplan.location.check import hold, same
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def recount(problem: LocationProblem, plan: Plan) -> float:
    """People times the costs to their nearest open places; all go to each of them, and p places are opened."""
    hold("exactly p sites", len(plan.sites), problem.p, len(plan.sites) == problem.p)
    weights, count = problem.weights().sum(axis=1), problem.neighbours
    people = weights[weights > 0]
    pairs = problem.reachable().select(sorted({*plan.sites, *problem.fixed})).to_frame()
    pairs = pairs[pairs["demand_id"].isin(people.index)]
    pairs = pairs.sort_values("cost", kind="stable")
    near = pairs[pairs.groupby("demand_id").cumcount() < count]
    has = near.groupby("demand_id").size().reindex(people.index, fill_value=0)
    hold("every point has its open places within reach", has[has < count].to_dict(), count, bool((has == count).all()))
    total = count * math.fsum(people)
    hold("everyone is assigned to each of the nearest", plan.served, total, same(plan.served, total))
    _nearest(pairs, plan, near.groupby("demand_id")["cost"].max())
    return math.fsum(people.loc[near["demand_id"]].to_numpy() * near["cost"].to_numpy())


def _nearest(pairs: pd.DataFrame, plan: Plan, last: pd.Series) -> None:
    """Nobody is assigned farther than the last of the nearest places of the point."""
    sent = pairs.merge(plan.assignment[["demand_id", "place_id"]].drop_duplicates(), on=["demand_id", "place_id"])
    farther = sent[sent["cost"].to_numpy() > last.loc[sent["demand_id"]].to_numpy()].head(5).to_dict("records")
    hold("everyone goes to the nearest open places", farther, "none farther", not farther)
