"""One door to every location model."""

from __future__ import annotations

from collections.abc import Callable

from geoplan import plugins
from geoplan.errors import UsageError
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem


def solve(
    problem: LocationProblem,
    model: str = "mclp",
    *,
    gap: float = 0.0,
    time_limit_s: float = 60,
    threads: int = 1,
    progress: Callable[[str], None] | None = None,
) -> Plan:
    """Solve a location problem with one of the models in `location/models/`.

    `gap`: how far (share of the objective) the proven bound may stay from the plan; 0 asks for the optimum. `time_limit_s`:
    seconds after which the best plan so far is given with status `stopped`. `progress` is told each step in a word.
    Raises `UsageError` if there is no such model, or gap or time make no sense.

    >>> import pandas as pd
    >>> from geoplan.network.cost import CostMatrix
    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "G", 200.0)], unit="m")
    >>> solve(LocationProblem(cost, pd.Series({"a": 10.0, "b": 20.0}), p=1), "mclp").summary()
    'mclp: 1 sites, 66.7% served, optimal'
    """
    if not 0 <= gap < 1 or not time_limit_s > 0:
        raise UsageError(
            f"solve: gap must be at least 0 and below 1, time_limit_s above 0, not {gap} and {time_limit_s}"
        )
    run = plugins.find("models", model)
    plan: Plan = run(problem, gap=gap, time_limit_s=time_limit_s, threads=threads, progress=progress)
    return plan
