"""Cooperative covering: which places together cover the most people, each a part of those within reach.

Maximise sum over demand points of weight · min(1, sum over open places of decay(cost)); `p` places are opened beside the fixed
(or, with a budget, as many as it pays for), at most one a site. `decay` (1 … 0, falling) is that of the problem, and 1 up to
the reach where it gives none: then this is maximal covering. Places have no limit. Weights of several age bands are added.

The bound is that of the linear relaxation, proven from multipliers, or that of branch and bound. People count in whole parts so
small that their sum is about 2^50, rounded up, and sums of doubles have a margin: the bound stays above every plan.

Source: Berman, O., Drezner, Z., Krass, D. (2010). Cooperative cover location problems: the planar case. IIE Transactions 42,
232-246; in its discrete form and with partial coverage up to 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from geoplan.location._claim import open_places
from geoplan.location._maxcover import options_of, sites_of
from geoplan.location._maxcover_assign import assigned
from geoplan.location._maxcover_decay import claim_people, decays
from geoplan.location._maxcover_solve import best_plan, tidied
from geoplan.location._maxcover_together import build_together
from geoplan.location._watch import Watch
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def solve(
    problem: LocationProblem,
    *,
    gap: float = 0.0,
    time_limit_s: float = 60,
    threads: int = 1,  # noqa: ARG001 - one thread, so that the answer is the same on every machine
    start: Sequence[str] = (),
    progress: Callable[[str], None] | None = None,
) -> Plan:
    """The plan that covers the most people together (objective), with a proven bound.

    Amounts are the people covered; where several places cover a point each has its share by decay.
    Raises `UsageError` if the decay leaves 0 … 1 or rises with cost.

    >>> from geoplan import decay
    >>> from geoplan.network.cost import CostMatrix
    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("a", "G", 300.0), ("b", "G", 600.0)], unit="m")
    >>> problem = LocationProblem(cost, pd.Series({"a": 10.0, "b": 20.0}), p=2, decay=decay.linear(1200))
    >>> plan = solve(problem)
    >>> plan.sites, plan.objective, plan.status
    (('F', 'G'), 20.0, 'optimal')
    """
    with Watch(time_limit_s, progress) as watch:
        cover = build_together(problem, "mclp_cooperative")
        best = best_plan(cover, gap, watch, options_of(problem, cover, start))
        sites = sites_of(problem, cover, tidied(cover, best.chosen, watch))
        bound = cover.people(best.bound + cover.always) + cover.slack
        del cover
        assignment = shared(problem, sites)
        objective = math.fsum(assignment["amount"])
        plan = claim_people(problem, "mclp_cooperative", sites, assignment, objective, bound, gap)
        return replace(plan, seconds=watch.seconds)


def shared(problem: LocationProblem, sites: tuple[str, ...]) -> pd.DataFrame:
    """The people of each point whom the open places cover together, spread over them by decay."""
    places = problem.cost.place_ids.get_indexer(pd.Index(sorted(open_places(problem, sites)), dtype=object))
    cost = problem.cost
    parts = decays(problem, "mclp_cooperative")
    demand = np.concatenate(
        [np.zeros(0, np.int32), *(cost.demand[cost.start[k] : cost.start[k] + len(parts[k])] for k in places)]
    )
    place = np.repeat(places, [len(parts[k]) for k in places])
    part = np.concatenate([np.zeros(0), *(parts[k] for k in places)])
    together = np.bincount(demand, weights=part, minlength=len(cost.demand_ids))
    share = part / np.maximum(together, 1.0)[demand]
    return assigned(problem, demand[part > 0], place[part > 0], share[part > 0])
