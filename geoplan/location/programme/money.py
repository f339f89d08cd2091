"""The other way round: the least money with which the floors, pilots and required options of a programme can be had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from geoplan.location.programme.plan import ProgrammePlan
from geoplan.location.programme.problem import ProgrammeProblem
from geoplan.location.programme.run import solve_programme


@dataclass(frozen=True, eq=False)
class LeastMoney:
    """The least yuan found, what no plan can do with less than (`bound`), the gap between them, and the plan that does it.

    Where the rules and floors cannot be kept with any money, `plan` has status infeasible and the numbers are None.
    """

    yuan: float | None
    bound: float | None
    gap: float | None
    plan: ProgrammePlan

    def summary(self) -> str:
        """One line: the money, and how near to the least possible it is proven to be."""
        if self.yuan is None:
            return "least money: no money can keep all the rules"
        proof = "bound unknown" if self.bound is None else f"at least {self.bound:,.0f} yuan are needed"
        return f"least money: {self.yuan:,.0f} yuan, {proof}"


def least_money(
    problem: ProgrammeProblem,
    *,
    gap: float = 0.0,
    time_limit_s: float = 60,
    start: Any = (),
    progress: Callable[[str], None] | None = None,
) -> LeastMoney:
    """The least yuan in all that reach every floor, pilot and required option; the budget of the problem is set aside.

    Minimise the sum of the costs of what opens, all other rules kept (sources, yearly budget, limits, p, …). The plan returned
    answers the problem without its budget and with weights {"cost": 1}, for which it can be recounted.
    """
    freed = without_budget(problem)
    plan = solve_programme(freed, gap=gap, time_limit_s=time_limit_s, start=start, progress=progress)
    if plan.status == "infeasible":
        return LeastMoney(None, None, None, plan)
    bound = None if plan.bound is None else max(0.0, -plan.bound)
    return LeastMoney(plan.cost, bound, None if bound is None else (plan.cost - bound) / max(plan.cost, 1e-9), plan)


def without_budget(problem: ProgrammeProblem) -> ProgrammeProblem:
    """The problem whose plans are the better the less they cost, with no budget."""
    return replace(problem, budget=None, weights={"cost": 1.0}, fair=False)
