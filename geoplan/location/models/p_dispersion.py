"""p-dispersion: which p places to open so that the two that are nearest to each other are as far apart as can be.

Maximise the least cost between two open places (the fixed count too; of both ways the lesser); exactly `p` places are opened
beside the fixed, at most one a site. The demand points of the problem are its places. A pair that `cost` does not list counts as
its limit, or as the greatest cost listed where it has none; so does a plan without any pair. Nobody is assigned, and weights and
reach are not used.

Source: Erkut, E. (1990). The discrete p-dispersion problem. European Journal of Operational Research 46. By levels, each an
independent set: Sayah, D., Irnich, S. (2017). A new compact formulation for the discrete p-dispersion problem. European Journal
of Operational Research 256.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from geoplan.errors import UsageError
from geoplan.location._centre_apart import Apart, between
from geoplan.location._claim import no_plan
from geoplan.location._watch import Watch
from geoplan.location.plan import Plan, Status
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
    """The plan with the greatest least cost between open places (objective, in the unit of the costs) and a proven bound.

    Raises `UsageError` without `p`, or where the demand points are not the places.

    >>> import pandas as pd
    >>> from geoplan.network.cost import CostMatrix
    >>> pairs = [("F", "G", 300.0), ("G", "H", 400.0), ("F", "H", 600.0)]
    >>> cost = CostMatrix.from_pairs(pairs, unit="m", demand_ids=["F", "G", "H"], place_ids=["F", "G", "H"])
    >>> plan = solve(LocationProblem(cost, pd.Series(1.0, ["F", "G", "H"]), p=2))
    >>> plan.sites, plan.objective, plan.status
    (('F', 'H'), 600.0, 'optimal')
    """
    if problem.p is None:
        raise UsageError("p_dispersion: give p, the number of places to open")
    if set(problem.cost.demand_ids) != set(problem.cost.place_ids):
        raise UsageError(
            "p_dispersion: the demand points must be the places: their costs to one another are what counts"
        )
    with Watch(time_limit_s, progress) as watch:
        pairs = between(problem)
        apart = Apart(pairs, problem.p, watch, gap)
        names = problem.cost.place_ids[pairs.row[pairs.option]]
        apart.run(names.isin(list(start)).nonzero()[0])
        if apart.chosen is None:
            return replace(no_plan(problem, "p_dispersion", "most"), seconds=watch.seconds)
        sites = tuple(problem.cost.place_ids[sorted(pairs.row[pairs.option[apart.chosen]])])
        plan = _claimed(problem, sites, float(apart.levels[apart.best]), apart.bound, gap)
        return replace(plan, seconds=watch.seconds)


def _claimed(problem: LocationProblem, sites: tuple[str, ...], objective: float, bound: float, gap: float) -> Plan:
    """The plan with what it claims; distances have no smallest step, so that only an equal bound proves it."""
    nobody = no_plan(problem, "p_dispersion", "most")
    distance = abs(bound - objective) / max(abs(objective), 1e-9)
    status: Status = "optimal" if bound <= objective else "feasible" if distance <= gap else "stopped"
    cost = 0.0 if problem.fixed_cost is None else math.fsum(problem.fixed_cost.loc[list(sites)])
    held = replace(nobody, status=status, sites=sites, cost=cost)
    return replace(held, objective=objective, bound=bound, gap=distance)
