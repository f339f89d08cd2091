"""Set covering with backup: the fewest places so that everyone has several within reach, should one be full or closed.

Minimise the number of places opened beside the fixed, where every demand point of weight above 0 has at least
max(2, neighbours) open places within reach (the fixed count), at most one place a site. Places have no limit. Where a point
with people has too few places within reach there is no plan.

Source: Hogan, K., ReVelle, C. (1986). Concepts and applications of backup coverage. Management Science 32.
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
    >>> pairs = [("a", "F", 300.0), ("a", "G", 400.0), ("b", "F", 700.0), ("b", "G", 200.0), ("b", "H", 500.0)]
    >>> cost = CostMatrix.from_pairs(pairs, unit="m")
    >>> plan = solve(LocationProblem(cost, pd.Series({"a": 10.0, "b": 20.0}), reach=600))
    >>> plan.sites, plan.objective, plan.status
    (('F', 'G', 'H'), 3.0, 'optimal')
    """
    needs = max(2, problem.neighbours)
    return fewest(problem, "lscp_backup", needs, gap=gap, time_limit_s=time_limit_s, start=start, progress=progress)
