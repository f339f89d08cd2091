"""How much more is served with more money or more sites, and what fairness between counties costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pandas as pd

from geoplan.errors import CheckFailed, Language, Text, UsageError
from geoplan.explain import _asked
from geoplan.location._watch import Watch
from geoplan.location.check import check
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem
from geoplan.location.solve import solve

SUMMARY = Text(
    "{n} plans from {first} to {last} {what}: objective {low:,.10g} to {high:,.10g}, gap at most {gap:.2%}",
    "{n} 个计划，{what}从 {first} 到 {last}：目标值 {low:,.10g} 至 {high:,.10g}，差距不超过 {gap:.2%}",
)
MARGINAL = Text(
    "; one person more costs {first:,.0f} yuan in the first step, {last:,.0f} in the last",
    "；多服务一人，首段需 {first:,.0f} 元，末段需 {last:,.0f} 元",
)
FAIR = Text(
    "the least share of a county that is served rises from {free:.1%} ({free_unit}) to {fair:.1%} ({fair_unit});"
    " for it between {least:,.10g} and {most:,.10g} of the objective are given up",
    "服务比例最低的县由 {free:.1%}（{free_unit}）升至 {fair:.1%}（{fair_unit}）；为此目标值减少 {least:,.10g} 至 {most:,.10g}",
)
SHARE = 0.95  # of the time that is left for each: a solve ends a little after its time
UNITS = {"budget": Text("yuan", "预算"), "p": Text("sites", "场地数")}


@dataclass(frozen=True)
class Front:
    """The curve: a plan for each budget (`given` "budget") or number of sites ("p"), rising; no plan is worse than one before.

    Bounds are those of the questions, made as tight as the curve allows: what no plan with more can better, none with less can.
    """

    given: str
    amounts: tuple[float, ...]
    plans: tuple[Plan, ...]

    def table(self) -> pd.DataFrame:
        """One row a plan: what was given, sites, money spent, served, objective, bound, gap, and yuan for each person more.

        `marginal`: money more / people more than the row before; missing where none more is served.
        """
        rows = [
            {
                self.given: amount,
                "sites": len(p.sites),
                "money": p.cost,
                "served": p.served,
                "objective": p.objective,
                "bound": p.bound,
                "gap": p.gap,
                "status": p.status,
            }
            for amount, p in zip(self.amounts, self.plans, strict=True)
        ]
        return pd.DataFrame(rows).assign(marginal=[float("nan"), *(_marginal(a, b) for a, b in pairwise(self.plans))])

    def summary(self, language: Language = "en") -> str:
        """The curve in a sentence."""
        plans = [p for p in self.plans if p.status != "infeasible"]
        if not plans:
            return Text("no plan on the whole curve", "整条曲线上没有可行计划").to(language)
        gap = max((p.gap if p.gap is not None else 1.0) for p in plans)
        said = {"n": len(self.plans), "what": UNITS[self.given].to(language), "gap": gap}
        ends = {"first": f"{self.amounts[0]:,.10g}", "last": f"{self.amounts[-1]:,.10g}"}
        text = SUMMARY.to(language).format(**said, **ends, low=plans[0].objective, high=plans[-1].objective)
        steps = self.table()["marginal"].dropna()
        if len(steps):
            text += MARGINAL.to(language).format(first=steps.iloc[0], last=steps.iloc[-1])
        return text


def front(
    problem: Any,
    model: str,
    *,
    budgets: Sequence[float | Mapping[str, float]] | None = None,
    sites: Sequence[int] | None = None,
    time_limit_s: float = 90,
    progress: Callable[[str], None] | None = None,
    **options: Any,
) -> Front:
    """Solve for each budget (yuan) or number of sites, least first, each beginning with the plan before.

    (A programme begins anew: with more money, a plan made for less takes longer to mend than a new one to make.)
    A programme's budget is stretched over its phases as the problem has it, or given by phase. A plan that the one before it
    beats is replaced by that one, where it keeps the rules of the question. `time_limit_s`: for all in all; what one leaves the
    others may use. `options` go to `solve`; without a `gap`, 0.005.
    Raises `UsageError` unless either budgets or sites are given.

    >>> from geoplan.network.cost import CostMatrix
    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "G", 200.0)], unit="m")
    >>> front(LocationProblem(cost, pd.Series({"a": 10.0, "b": 20.0})), "mclp", sites=[2, 1]).table()["served"].tolist()
    [20.0, 30.0]
    """
    if (budgets is None) == (sites is None) or not (budgets or sites):
        raise UsageError("front: give either budgets or sites, at least one")
    asked = _questions(problem, budgets, sites)
    settings = {"gap": _asked.LOOSE, **options}
    plans: list[Plan] = []
    with Watch(time_limit_s, progress) as watch:
        for k, (amount, question) in enumerate(asked):
            seconds = max(SHARE * watch.left() / (len(asked) - k), _asked.LEAST_S)
            start = plans[-1] if plans and isinstance(question, LocationProblem) else ()
            plan = solve(question, model, start=start, time_limit_s=seconds, **settings)
            plans.append(_better(question, plans[-1], plan, settings["gap"]) if plans else plan)
            watch.tell(f"front {k + 1} of {len(asked)}: {amount:,.10g}: {plans[-1].summary()}")
    name = "p" if budgets is None else "budget"
    return Front(name, tuple(a for a, _ in asked), tuple(_tightened(plans, settings["gap"])))


def _questions(
    problem: Any, budgets: Sequence[float | Mapping[str, float]] | None, sites: Sequence[int] | None
) -> list[tuple[float, Any]]:
    """The questions with what is given in each, least first."""
    if sites is not None:
        return [(float(p), replace(problem, p=p)) for p in sorted(set(sites))]
    asked = []
    for budget in budgets or ():
        whole = sum(budget.values()) if isinstance(budget, Mapping) else budget
        asked.append((float(whole), replace(problem, budget=_by_phase(problem, budget))))
    return sorted(asked, key=lambda a: a[0])


def _by_phase(problem: Any, budget: Any) -> Any:
    """A budget as the problem takes it: one number, or by phase in the proportions that the problem has (else in the first)."""
    if isinstance(problem, LocationProblem) or isinstance(budget, Mapping):
        return budget
    had = problem.budget or {phase: float(k == 0) for k, phase in enumerate(problem.phases)}
    whole = sum(had.values())
    return {phase: budget * part / whole for phase, part in had.items()}


def _better(question: Any, before: Plan, plan: Plan, gap: float) -> Plan:
    """The plan before where it beats the new one and keeps the rules of the question, with the new bound."""
    sign = 1.0 if plan.sense == "most" else -1.0
    if before.status == "infeasible" or (
        plan.status != "infeasible" and sign * (plan.objective - before.objective) >= 0
    ):
        return plan
    kept = _restated(before, plan.bound, gap)
    try:
        check(question, kept)
    except CheckFailed:
        return plan
    return kept


def _tightened(plans: list[Plan], gap: float) -> list[Plan]:
    """The plans with bounds that never rise towards less: what no plan with more can better, none with less can."""
    tight: list[Plan] = []
    known: float | None = None
    for plan in reversed(plans):
        bound = plan.bound
        if plan.status != "infeasible" and known is not None and _monotone(plans):
            bound = known if bound is None else min(bound, known) if plan.sense == "most" else max(bound, known)
        tight.append(plan if plan.status == "infeasible" or bound == plan.bound else _restated(plan, bound, gap))
        known = bound if bound is not None else known
    return tight[::-1]


def _monotone(plans: list[Plan]) -> bool:
    """Whether more never makes the best worse: true of all models but p_dispersion, where places must stand apart."""
    return plans[0].model != "p_dispersion"


def _restated(plan: Plan, bound: float | None, gap: float) -> Plan:
    """The plan with another true bound, and the gap and word that follow from it."""
    if bound is None:
        return replace(plan, bound=None, gap=None, status="stopped")
    proven = max(bound, plan.objective) if plan.sense == "most" else min(bound, plan.objective)
    distance = abs(proven - plan.objective) / max(abs(plan.objective), 1e-9)
    if distance == 0:
        return replace(plan, bound=proven, gap=0.0, status="optimal")
    return replace(plan, bound=proven, gap=distance, status="feasible" if distance <= gap else "stopped")


def _marginal(before: Plan, after: Plan) -> float:
    """Yuan for each person more; not a number where no more are served."""
    more = after.served - before.served
    return (after.cost - before.cost) / more if more > 1e-9 else float("nan")


@dataclass(frozen=True)
class Fairness:
    """What it costs that the worst-served county is served as well as can be.

    `given_up_at_least`, `given_up_at_most`: how much less the best fair plan reaches of the objective than the best plan.
    `shares`: by county, the share served (in the last phase) by the `free` plan and by the `fair` one.
    """

    free: Plan
    fair: Plan
    given_up_at_least: float
    given_up_at_most: float
    shares: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """The shares served by county, without and with fairness, the least served of the free plan first."""
        return self.shares.sort_values("free", kind="stable")

    def summary(self, language: Language = "en") -> str:
        """What fairness gives and takes, in a sentence."""
        least, units = self.shares.min(), self.shares.idxmin()
        said = {"free": least["free"], "fair": least["fair"], "free_unit": units["free"], "fair_unit": units["fair"]}
        return FAIR.to(language).format(**said, least=self.given_up_at_least, most=self.given_up_at_most)


def price_of_fairness(problem: Any, model: str = "programme", **options: Any) -> Fairness:
    """Solve a ProgrammeProblem with fairness between counties and without.

    Raises `UsageError` if the problem has no counties (`unit`).
    """
    if getattr(problem, "unit", None) is None or not hasattr(problem, "fair"):
        raise UsageError(
            "price_of_fairness: the problem must be a ProgrammeProblem with the county of each demand id (unit)"
        )
    settings = {"gap": _asked.LOOSE, **options}
    free = solve(replace(problem, fair=False), model, **settings)
    fair = solve(replace(problem, fair=True), model, start=free, **settings)
    least, most = _asked.loss(free, fair)
    shares = pd.DataFrame({"free": _shares(problem, free), "fair": _shares(problem, fair)})
    return Fairness(free, fair, least, most, shares)


def _shares(problem: Any, plan: Plan) -> pd.Series:
    """The share of the people of each county that is served in the last phase."""
    last, unit = problem.phases[-1], problem.units()
    wanted = problem.weights_in(last).sum(axis=1).groupby(unit).sum()
    rows = plan.assignment[plan.assignment["phase"] == last]
    served = rows["amount"].groupby(rows["demand_id"].map(unit)).sum()
    share: pd.Series = (served.reindex(wanted.index).fillna(0.0) / wanted)[wanted > 0]
    return share.rename_axis("unit")
