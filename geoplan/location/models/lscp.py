"""Set covering (LSCP): the fewest places so that everyone has one within reach.

Minimise the number of places opened beside the fixed, where every demand point of weight above 0 has an open place within
reach, at most one place a site. Places have no limit: a capacity that the problem gives is not used. What the places cost is
not minimised; it is the plan's `cost`. Where a point with people cannot be reached at all there is no plan.

Source: Toregas, C., Swain, R., ReVelle, C., Bergman, L. (1971). The location of emergency service facilities. Operations
Research 19. Reductions: Toregas, C., ReVelle, C. (1972). Optimal location under time or distance constraints. Papers of the
Regional Science Association 28. Search: Gao, C., Weise, T., Li, J. (2015). An efficient local search heuristic with row
weighting for the unicost set covering problem. European Journal of Operational Research 246.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from geoplan.location._cover_plan import fewest
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
    """The plan with the fewest places (objective) and a proven bound; each point goes to its nearest open place.

    Raises `ResourceError` where the time ran out before any plan was found.

    >>> import pandas as pd
    >>> from geoplan.network.cost import CostMatrix
    >>> pairs = [("a", "F", 300.0), ("b", "F", 700.0), ("b", "G", 200.0), ("c", "G", 500.0)]
    >>> cost = CostMatrix.from_pairs(pairs, unit="m")
    >>> people = pd.Series({"a": 10.0, "b": 20.0, "c": 5.0})
    >>> plan = solve(LocationProblem(cost, people, reach=600))
    >>> plan.sites, plan.objective, plan.status
    (('F', 'G'), 2.0, 'optimal')
    """
    return fewest(problem, "lscp", 1, gap=gap, time_limit_s=time_limit_s, start=start, progress=progress)
