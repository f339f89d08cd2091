"""The fairest programme: the least share of a county served is made as great as can be, then as many as possible at that level."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from geoplan.errors import ResourceError
from geoplan.location.programme.plan import ProgrammePlan
from geoplan.location.programme.problem import Floor, ProgrammeProblem

FINE = 1e-3  # shares nearer than this are not told apart
TURNS = 12
NAME = "fair share"


def fairest(
    problem: ProgrammeProblem, solve: Callable[..., ProgrammePlan], left: Callable[[], float], gap: float
) -> ProgrammePlan:
    """The plan of most served among those whose least county share is the greatest that was found, with the bound of that share.

    The level is found by halving: each half is either reached by a plan, or proven to be out of reach; where neither is found in
    the time, `share_bound` says how far the level may be from the greatest.
    """
    base = replace(problem, fair=False)
    best = solve(base, gap=gap, time_limit_s=max(left(), 1.0))
    if best.status == "infeasible":
        return best
    low, high = least_share(problem, best), 1.0
    for _ in range(TURNS):
        if high - low <= FINE or left() <= 0:
            break
        middle = (low + high) / 2
        try:
            plan = solve(with_floor(base, middle), gap=max(gap, 0.01), time_limit_s=max(left() / 4, 1.0))
        except ResourceError:
            break
        if plan.status == "infeasible":
            high = middle
        else:
            low, best = max(least_share(problem, plan), middle), plan
    return _at_level(problem, base, solve, left, gap, best, (low, high))


def _at_level(
    problem: ProgrammeProblem,
    base: ProgrammeProblem,
    solve: Any,
    left: Any,
    gap: float,
    best: ProgrammePlan,
    level: Any,
) -> ProgrammePlan:
    """As many as possible at the level that was reached."""
    level_floor = math.floor(level[0] * 1e6) / 1e6
    plan = solve(with_floor(base, level_floor), gap=gap, time_limit_s=max(left(), 1.0), start=best)
    share = least_share(problem, plan)
    status = "feasible" if plan.status == "optimal" and level[1] > share else plan.status
    fair: ProgrammePlan = replace(plan, status=status, least_share=share, share_bound=max(level[1], share))
    return fair


def with_floor(problem: ProgrammeProblem, least: float) -> ProgrammeProblem:
    """The problem with a floor on the coverage of every county in the last phase."""
    return replace(problem, floors=[*problem.floors, Floor(NAME, "coverage", least, problem.phases[-1])])


def least_share(problem: ProgrammeProblem, plan: ProgrammePlan) -> float:
    """The least share of a county that is served in the last phase; 1 where no county has people."""
    last, units = problem.phases[-1], problem.units()
    wanted = (problem.weights_in(last).sum(axis=1) * 1000).round().groupby(units.to_numpy()).sum()
    mine = plan.assignment[(plan.assignment["phase"] == last).to_numpy()]
    got = (mine["amount"] * 1000).round().groupby(units.loc[mine["demand_id"]].to_numpy()).sum()
    shares = (got.reindex(wanted.index).fillna(0.0) / wanted)[wanted > 0]
    return float(shares.min()) if len(shares) else 1.0
