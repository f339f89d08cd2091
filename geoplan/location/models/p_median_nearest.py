"""p-median over several nearest places: which p places make the travel of all demand to its nearest few least.

Minimise sum over demand points of weight · (cost to the nearest open place + … + cost to the `neighbours`-th nearest): for
services that people choose among, or that must have a second place at hand. Exactly `p` places are opened beside the fixed, at
most one a site, and every point with people has `neighbours` open places within reach. The people of a point are assigned to each
of those places. Places have no limit; weights of several age bands are added. With `neighbours` 1 it is the p-median.

Method: that of `p_median`, with gains, losses and the bound taken over the nearest few.

Source: Weaver, J. R., Church, R. L. (1985). A median location model with nonclosest facility service. Transportation Science 19
(here with equal shares of the nearest few).
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
    """The plan of least weight · cost over each point's nearest places (objective: people times the unit of the cost).

    The status is `infeasible` where it is proven that no choice of `p` places puts `neighbours` of them within reach of every
    point with people. Raises `ResourceError` if neither a plan nor that proof was found in the time given.

    >>> import pandas as pd
    >>> from geoplan.network.cost import CostMatrix
    >>> pairs = [("a", "F", 300.0), ("a", "G", 500.0), ("b", "F", 900.0), ("b", "G", 200.0), ("a", "H", 1.0), ("b", "H", 2000.0)]
    >>> cost, people = CostMatrix.from_pairs(pairs, unit="m"), pd.Series({"a": 10.0, "b": 20.0})
    >>> plan = solve(LocationProblem(cost, people, p=2, neighbours=2))
    >>> plan.sites, plan.objective, len(plan.assignment)
    (('F', 'G'), 30000.0, 4)
    """
    return solve_medians(problem, "p_median_nearest", problem.neighbours, gap, time_limit_s, start, progress)
