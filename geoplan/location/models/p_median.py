"""p-median: which p places make the travel of all demand to its nearest open place least.

Minimise sum over demand points of weight · cost to the nearest open place; exactly `p` places are opened beside the fixed, at
most one a site, and every point with people has an open place within reach: a choice that leaves one out is not allowed. Places
have no limit: a capacity that the problem gives is not used. Weights of several age bands are added.

Method: greedy and swaps with gains and losses kept up to date (Whitaker 1983; Resende, Werneck 2007, A fast swap-based local
search procedure for location problems, Annals of Operations Research 150), again after small disturbances; a Lagrangian bound
that settles most places (Beasley 1993); branch and bound on what is left.

Source: Hakimi, S. L. (1964). Optimum locations of switching centers and the absolute centers and medians of a graph. Operations
Research 12.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from geoplan.location._median_solve import solve_medians
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
    """The plan of least weight · cost (objective: people times the unit of the cost), with a proven bound.

    The status is `infeasible` where it is proven that no choice of `p` places reaches every point with people.
    Raises `ResourceError` if neither a plan nor that proof was found in the time given.

    >>> import pandas as pd
    >>> from geoplan.network.cost import CostMatrix
    >>> pairs = [("a", "F", 300.0), ("a", "G", 500.0), ("b", "F", 900.0), ("b", "G", 200.0)]
    >>> plan = solve(LocationProblem(CostMatrix.from_pairs(pairs, unit="m"), pd.Series({"a": 10.0, "b": 20.0}), p=1))
    >>> plan.sites, plan.objective, plan.status
    (('G',), 9000.0, 'optimal')
    """
    return solve_medians(problem, "p_median", 1, gap, time_limit_s, start, progress)
