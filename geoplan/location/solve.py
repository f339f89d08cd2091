"""One door to every location model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from geoplan import plugins
from geoplan.errors import InputError, UsageError
from geoplan.location import _checks
from geoplan.location._claim import no_plan
from geoplan.location.plan import Plan, Sense
from geoplan.location.problem import LocationProblem


def solve(
    problem: Any,
    model: str = "mclp",
    *,
    gap: float = 0.0,
    time_limit_s: float = 60,
    threads: int = 1,
    start: Sequence[str] | Plan = (),
    progress: Callable[[str], None] | None = None,
) -> Plan:
    """Solve a `LocationProblem` with one of the models in `location/models/`, or a `ProgrammeProblem` with "programme".

    `gap`: how far (share of the objective) the proven bound may stay from the plan; 0 asks for the optimum. `time_limit_s`:
    seconds after which the best plan so far is given with status `stopped`; so does Ctrl-C. `start`: a plan, or its sites, to
    begin with; the answer is no worse than that plan where it keeps the rules. `progress` is told each step, with the best
    plan and the bound.
    Raises `UsageError` if there is no such model, or gap, time or threads make no sense; `InputError` if a place of `start` is
    none of the problem, if the model needs what the problem does not give, or would pass over a rule that it gives.

    >>> import pandas as pd
    >>> from geoplan.network.cost import CostMatrix
    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "G", 200.0)], unit="m")
    >>> solve(LocationProblem(cost, pd.Series({"a": 10.0, "b": 20.0}), p=1), "mclp").summary()
    'mclp: 1 sites, 66.7% served, optimal'
    """
    run, limits = plugins.find("models", model), {"gap": gap, "time_limit_s": time_limit_s, "threads": threads}
    _sensible(gap, time_limit_s, threads)
    if not isinstance(problem, LocationProblem):
        if model != "programme":
            raise UsageError(f"solve: {model} answers a LocationProblem, not a {type(problem).__name__}")
        planned: Plan = run(problem, **limits, start=start, progress=progress)
        return planned
    sites = list(dict.fromkeys(start.sites if isinstance(start, Plan) else start))
    wrong = [*_checks.chosen("start", start if isinstance(start, str) else sites, problem.cost.place_ids)]
    wrong += _checks.needed(problem, model)
    if wrong:
        raise InputError(wrong)
    inner = problem.settled()
    if model in _checks.EXACTLY and inner.p != (problem.p or 0) - len(problem.required):
        sense: Sense = "most" if model == "p_dispersion" else "least"
        return no_plan(problem, model, sense)  # so many places cannot be opened beside the required ones
    begin = tuple(s for s in sites if s not in {*inner.fixed, *inner.refused})
    plan: Plan = run(inner, **limits, start=begin, progress=progress)
    return _with_required(problem, plan)


def _sensible(gap: float, time_limit_s: float, threads: int) -> None:
    if not 0 <= gap < 1 or not time_limit_s > 0:
        raise UsageError(
            f"solve: gap must be at least 0 and below 1, time_limit_s above 0, not {gap} and {time_limit_s}"
        )
    if not _checks.whole(threads) or threads < 1:
        raise UsageError(f"solve: threads must be a whole number of at least 1, not {threads}")


def _with_required(problem: LocationProblem, plan: Plan) -> Plan:
    """The plan of the settled question as one of the question with its required places: their cost counts."""
    if not problem.required or plan.status == "infeasible":
        return plan
    order = [p for p in problem.cost.place_ids if p in {*problem.required, *plan.sites}]
    cost = 0.0 if problem.fixed_cost is None else math.fsum(problem.fixed_cost.loc[order])
    whole = replace(plan, sites=tuple(order), cost=cost)
    objective = plugins.find("recounts", plan.model)(problem, whole)
    if objective == plan.objective:
        return whole
    bound = None if plan.bound is None else plan.bound + (objective - plan.objective)
    gap = None if bound is None else abs(bound - objective) / max(abs(objective), 1e-9)
    return replace(whole, objective=objective, bound=bound, gap=gap)
