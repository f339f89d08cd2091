"""Capacitated p-median: which p places serve everybody with the least travel where a place has a limit.

Minimise sum over demand points and bands of amount · cost, where `p` places are opened beside the fixed, at most one a site, all
people are served within reach, and no place takes more than its capacity in any band. People of one point may go to several
places, unless `single_source` keeps each point and band together.

Source: Ceselli, A., Righini, G. (2005). A branch-and-price algorithm for the capacitated p-median problem. Networks 45.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from geoplan.errors import UsageError
from geoplan.location._capacitated_answer import answer
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
    """The plan of least people · cost (objective: people times the unit of `cost`), with a proven bound.

    Raises `UsageError` if there is no `p`, `InputError` if people are no whole thousandths, and `ResourceError` if the time ran
    out before a plan or a proof that there is none.

    >>> import pandas as pd
    >>> from geoplan.network.cost import CostMatrix
    >>> pairs = [("a", "F", 300.0), ("b", "F", 200.0), ("a", "G", 500.0), ("b", "G", 900.0)]
    >>> people, places = pd.Series({"a": 10.0, "b": 20.0}), pd.Series({"F": 25.0, "G": 25.0})
    >>> problem = LocationProblem(CostMatrix.from_pairs(pairs, unit="m"), people, p=2, capacity=places)
    >>> plan = solve(problem)
    >>> plan.sites, plan.objective, plan.status
    (('F', 'G'), 8000.0, 'optimal')
    """
    if problem.p is None:
        raise UsageError("p_median_capacitated: give p, the number of places to open")
    limits = {"gap": gap, "time_limit_s": time_limit_s}
    return answer(problem, "p_median_capacitated", charged=False, exact=True, start=start, progress=progress, **limits)
