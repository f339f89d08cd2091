"""Gradual covering: which places cover the most people, where a place covers less of those who are farther away.

Maximise sum over demand points of weight · decay(cost to the nearest open place); `p` places are opened beside the fixed (or,
with a budget, as many as it pays for), at most one a site. `decay` (1 … 0, falling) is that of the problem, and 1 up to the
reach where it gives none: then this is maximal covering. Places have no limit. Weights of several age bands are added.

A point whose places have k different decays is k rows of maximal covering: row l is covered by the places with one of the l
greatest decays and weighs what that decay is more than the next. The sum is the same for every plan, so the search, the
bound and the proof of maximal covering hold. Weights are rounded up to whole parts so small that their sum is about 2^50:
the bound stays above every plan.

Source: Berman, O., Krass, D., Drezner, Z. (2003). The gradual covering decay location problem on a network. European Journal of
Operational Research 151, 474-480.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from geoplan.location._maxcover import options_of, sites_of
from geoplan.location._maxcover_assign import nearest_open
from geoplan.location._maxcover_decay import claim_people
from geoplan.location._maxcover_levels import build_levels
from geoplan.location._maxcover_solve import best_plan, tidied
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
    """The plan that covers the most people by their decay (objective), with a proven bound; amounts are the people covered.

    Raises `UsageError` if the decay leaves 0 … 1 or rises with cost.

    >>> import pandas as pd
    >>> from geoplan import decay
    >>> from geoplan.network.cost import CostMatrix
    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 600.0), ("b", "G", 0.0)], unit="m")
    >>> problem = LocationProblem(cost, pd.Series({"a": 10.0, "b": 20.0}), p=1, decay=decay.linear(1200))
    >>> plan = solve(problem)
    >>> plan.sites, plan.objective, plan.status
    (('G',), 20.0, 'optimal')
    """
    with Watch(time_limit_s, progress) as watch:
        cover = build_levels(problem, "mclp_gradual")
        best = best_plan(cover, gap, watch, options_of(problem, cover, start))
        sites = sites_of(problem, cover, tidied(cover, best.chosen, watch))
        bound = cover.people(best.bound + cover.always) + cover.slack
        del cover
        assignment = nearest_open(problem, sites, decayed=True)
        objective = math.fsum(assignment["amount"])
        plan = claim_people(problem, "mclp_gradual", sites, assignment, objective, bound, gap)
        return replace(plan, seconds=watch.seconds)
