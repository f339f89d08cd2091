"""Maximal covering (MCLP): which places cover the most people within reach.

Maximise sum over demand points of weight · covered, where a point is covered if a place within reach is open; `p` places are
opened beside the fixed (or, with a budget, as many as it pays for), at most one a site. Places have no limit: a capacity that
the problem gives is not used. Weights of several age bands are added.

Source: Church, R., ReVelle, C. (1974). The maximal covering location problem. Papers of the Regional Science Association 32.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from geoplan.location._claim import claim
from geoplan.location._maxcover import build_cover, options_of, sites_of
from geoplan.location._maxcover_assign import nearest_open
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
    """The plan that covers the most weight (objective), with a proven bound; each point goes to its nearest open place.

    >>> import pandas as pd
    >>> from geoplan.network.cost import CostMatrix
    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 900.0), ("b", "G", 200.0)], unit="m")
    >>> problem = LocationProblem(cost, pd.Series({"a": 10.0, "b": 20.0}), reach=800, p=1)
    >>> plan = solve(problem)
    >>> plan.sites, plan.objective, plan.status
    (('G',), 20.0, 'optimal')
    """
    with Watch(time_limit_s, progress) as watch:
        cover = build_cover(problem)
        best = best_plan(cover, gap, watch, options_of(problem, cover, start))
        sites = sites_of(problem, cover, tidied(cover, best.chosen, watch))
        bound = cover.people(best.bound + cover.always) + cover.slack
        del cover
        assignment = nearest_open(problem, sites)
        objective = math.fsum(assignment["amount"])
        plan = claim(problem, "mclp", sites, assignment, objective, bound, gap)
        return replace(plan, seconds=watch.seconds)
