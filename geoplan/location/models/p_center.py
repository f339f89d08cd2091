"""p-centre: which p places to open so that the one who is farthest has the least way.

Minimise the greatest cost from a demand point of weight above 0 to its nearest open place; exactly `p` places are opened beside
the fixed, at most one a site. Only pairs within reach count: where p places cannot serve everyone within reach there is no
plan. Places have no limit. Of the places that change nothing the lowest ids are opened.

Source: Hakimi, S. L. (1964). Optimum locations of switching centers and the absolute centers and medians of a graph. Operations
Research 12. Minieka, E. (1970). The m-center problem. SIAM Review 12. Reduction to covers with bounds from their relaxation:
Elloumi, S., Labbé, M., Pochet, Y. (2004). A new formulation and resolution method for the p-center problem. INFORMS Journal on
Computing 16.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from geoplan.errors import ResourceError, UsageError
from geoplan.location._centre import Centre
from geoplan.location._claim import claim_least, no_plan
from geoplan.location._cover_ground import ground_of
from geoplan.location._maxcover_assign import nearest_open
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
    """The plan with the least greatest cost (objective, in the unit of the costs) and a proven bound.

    Raises `UsageError` without `p`, `ResourceError` where the time ran out before any plan was found.

    >>> import pandas as pd
    >>> from geoplan.network.cost import CostMatrix
    >>> pairs = [("a", "F", 300.0), ("b", "F", 700.0), ("b", "G", 200.0), ("c", "F", 600.0), ("c", "G", 500.0)]
    >>> cost = CostMatrix.from_pairs(pairs, unit="m")
    >>> people = pd.Series({"a": 10.0, "b": 20.0, "c": 5.0})
    >>> plan = solve(LocationProblem(cost, people, p=1))
    >>> plan.sites, plan.objective, plan.status
    (('F',), 700.0, 'optimal')
    """
    if problem.p is None:
        raise UsageError("p_center: give p, the number of places to open")
    with Watch(time_limit_s, progress) as watch:
        ground = ground_of(problem)
        scale = float(problem.cost.scale)
        centre = Centre(ground, problem.p, watch, gap, scale)
        centre.run(ground.columns_of(problem, start))
        if centre.none_exists:
            return replace(no_plan(problem, "p_center", "least"), seconds=watch.seconds)
        if centre.chosen is None:
            raise ResourceError(f"p_center: no plan was found in {time_limit_s:g} s; allow more time")
        sites = ground.names(problem, centre.chosen)
        objective, bound = centre.levels[centre.best] / scale, centre.bound / scale
        plan = claim_least(problem, "p_center", sites, nearest_open(problem, sites), float(objective), bound, gap)
        return replace(plan, seconds=watch.seconds)
