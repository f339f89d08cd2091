"""What is lost if a site of the plan is refused, and what replaces it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from geoplan.errors import UsageError
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem
from geoplan.location.solve import solve


@dataclass(frozen=True)
class Refusal:
    """What refusing a place of a plan costs, in the unit of the plan's objective (people).

    `lost_alone`: people who lose their place if nothing replaces it and the rest stays; exact. `lost_at_least` and
    `lost_at_most`: what the best plan without the place serves less than the best plan with it; one number where both plans
    are optimal, a range where they are only within a gap. `comes_in` and `goes_out`: how `replacement`, the plan found with
    the place refused, differs from the plan, apart from the place.
    """

    place_id: str
    lost_alone: float
    lost_at_least: float
    lost_at_most: float
    comes_in: tuple[str, ...]
    goes_out: tuple[str, ...]
    replacement: Plan


def refusal(problem: LocationProblem, plan: Plan, place_id: str, model: str, **options: Any) -> Refusal:
    """Solve again without one place of a plan; `options` go to `solve` (gap, time_limit_s …).

    The first loss serves people again from the other sites of the plan only. The second is bounded honestly: with objective Z
    and bound B of the plan, and Z' (the better of the two without the place) and B' without it, the loss lies between Z - B' and B - Z', and is not below 0.
    Raises `UsageError` if the place is no site of the plan.

    >>> import pandas as pd
    >>> from geoplan.network.cost import CostMatrix
    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "G", 200.0)], unit="m")
    >>> problem = LocationProblem(cost, pd.Series({"a": 10.0, "b": 20.0}), p=1)
    >>> answer = refusal(problem, solve(problem), "G", "mclp")
    >>> answer.lost_alone, answer.lost_at_most, answer.comes_in
    (20.0, 10.0, ('F',))
    """
    if place_id not in plan.sites:
        raise UsageError(f"refusal: {place_id!r} is no site of the plan; its sites are {', '.join(plan.sites[:5])} …")
    rest = [s for s in plan.sites if s != place_id]
    alone = solve(_frozen(problem, rest), model, **options)
    again = solve(replace(problem, refused=[*problem.refused, place_id], p=_p(problem, place_id)), model, **options)
    least, most = _range(plan, again, max(again.objective, alone.objective))
    return Refusal(
        place_id=place_id,
        lost_alone=round(plan.objective - alone.objective, 9),
        lost_at_least=least,
        lost_at_most=most,
        comes_in=tuple(s for s in again.sites if s not in plan.sites),
        goes_out=tuple(s for s in rest if s not in again.sites),
        replacement=again,
    )


def _frozen(problem: LocationProblem, rest: list[str]) -> LocationProblem:
    """The problem in which the rest of the plan is there anyway and nothing else may be opened."""
    kept = {*problem.fixed, *rest}
    return replace(
        problem, fixed=[*problem.fixed, *rest], refused=[p for p in problem.cost.place_ids if p not in kept], p=0
    )


def _p(problem: LocationProblem, place_id: str) -> int | None:
    """The number of places to open, where there are still so many to choose from."""
    free = len(problem.cost.place_ids) - len({*problem.fixed, *problem.refused, place_id})
    return None if problem.p is None else min(problem.p, free)


def _range(plan: Plan, again: Plan, still: float) -> tuple[float, float]:
    """The least and the most that the best plan can lose, where `still` can be served without the place."""
    bound, bound_again = plan.bound, again.bound
    least = 0.0 if bound_again is None else max(plan.objective - bound_again, 0.0)
    most = (plan.demand_total if bound is None else bound) - still
    return round(least, 9), round(max(most, least), 9)
