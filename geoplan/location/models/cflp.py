"""Facility location with capacity and fixed costs (CFLP): how many places to open, and which, for the least cost in all.

Minimise sum over opened places of fixed_cost + sum over demand points and bands of amount · cost, where all people are served
within reach and no place takes more than its capacity in any band; at most one place a site is opened, at most `p` beside the
fixed, for at most the budget. Fixed places cost nothing more. People of one point may go to several places, unless
`single_source` keeps each point and band together. Money and travel are added: `cost` has to be in yuan a person.

Source: Holmberg, K., Rönnqvist, M., Yuan, D. (1999). An exact algorithm for the capacitated facility location problems with
single sourcing. European Journal of Operational Research 113.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
    """The plan of least opening cost and people · cost (objective: yuan), with a proven bound.

    Raises `InputError` if people are no whole thousandths, and `ResourceError` if the time ran out before a plan or a proof
    that there is none.

    >>> import pandas as pd
    >>> from geoplan.network.cost import CostMatrix
    >>> pairs = [("a", "F", 3.0), ("b", "F", 2.0), ("a", "G", 5.0), ("b", "G", 9.0)]
    >>> price = pd.Series({"F": 100.0, "G": 70.0})
    >>> problem = LocationProblem(CostMatrix.from_pairs(pairs), pd.Series({"a": 10.0, "b": 20.0}), fixed_cost=price)
    >>> plan = solve(problem)
    >>> plan.sites, plan.objective, plan.status
    (('F',), 170.0, 'optimal')
    """
    limits = {"gap": gap, "time_limit_s": time_limit_s}
    return answer(problem, "cflp", charged=True, exact=False, start=start, progress=progress, **limits)
