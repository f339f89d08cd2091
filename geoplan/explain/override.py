"""What it costs that a planner pins a site or bans one: the price against the free optimum, for the log of decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from geoplan.errors import Language, Text, UsageError
from geoplan.explain import _asked
from geoplan.location.plan import Plan
from geoplan.location.solve import solve

SUMMARY = Text(
    "{what} ({reason}): the best plan becomes worse by {range} ({model}); money {money:+,.0f} yuan; in: {comes_in}; out: {goes_out}",
    "{what}（{reason}）：最优计划变差 {range}（{model}）；资金 {money:+,.0f} 元；替入：{comes_in}；替出：{goes_out}",
)
NONE_LEFT = Text(
    "{what} ({reason}): no plan is left that keeps all the rules", "{what}（{reason}）：再无满足全部规则的计划"
)
PIN, BAN, NOTHING = (
    Text("pinned {places}", "指定 {places}"),
    Text("banned {places}", "排除 {places}"),
    Text("nothing", "无"),
)


@dataclass(frozen=True)
class Override:
    """A planner's decision and its price.

    `pin` must be in the plan, `ban` must not, for `reason`, which `by` gave on `date` (as they were told; no clock is read).
    `price_at_least`, `price_at_most`: by how much the best plan that obeys is worse than the free best, in the unit of the
    objective; infinite where no plan is left. `plan`: the best found that obeys; `free`: the one it is compared with.
    """

    pin: tuple[str, ...]
    ban: tuple[str, ...]
    reason: str
    by: str
    date: str
    price_at_least: float
    price_at_most: float
    free: Plan
    plan: Plan

    @property
    def comes_in(self) -> tuple[str, ...]:
        """The sites that the free plan has not."""
        return tuple(s for s in self.plan.sites if s not in self.free.sites)

    @property
    def goes_out(self) -> tuple[str, ...]:
        """The sites of the free plan that are not opened now."""
        left = self.plan.status != "infeasible"
        return tuple(s for s in self.free.sites if s not in self.plan.sites) if left else ()

    def entry(self) -> dict[str, Any]:
        """The entry for a log of decisions, as plain data (None for a price without end, as where no plan is left)."""
        prices = [p if p < _asked.NO_PLAN else None for p in (self.price_at_least, self.price_at_most)]
        left = self.plan.status != "infeasible"
        return {
            "pin": list(self.pin),
            "ban": list(self.ban),
            "reason": self.reason,
            "by": self.by,
            "date": self.date,
            "model": self.free.model,
            "free_objective": self.free.objective,
            "free_bound": self.free.bound,
            "objective": self.plan.objective if left else None,
            "bound": self.plan.bound,
            "status": self.plan.status,
            "price_at_least": prices[0],
            "price_at_most": prices[1],
            "money": round(self.plan.cost - self.free.cost, 6) if left else None,
            "comes_in": list(self.comes_in),
            "goes_out": list(self.goes_out),
        }

    def table(self) -> pd.DataFrame:
        """The entry as one row."""
        row = {k: ", ".join(v) if isinstance(v, list) else v for k, v in self.entry().items()}
        return pd.DataFrame([row])

    def summary(self, language: Language = "en") -> str:
        """The decision and its price in a sentence."""
        none = NOTHING.to(language)
        parts = [(PIN, self.pin), (BAN, self.ban)]
        what = ", ".join(text.to(language).format(places=", ".join(ids)) for text, ids in parts if ids)
        said = {"what": what, "reason": self.reason, "model": self.free.model}
        if self.plan.status == "infeasible":
            return NONE_LEFT.to(language).format(**said)
        low, high = f"{self.price_at_least:,.10g}", f"{self.price_at_most:,.10g}"
        said |= {n: ", ".join(getattr(self, n)) or none for n in ("comes_in", "goes_out")}
        money = self.plan.cost - self.free.cost
        return SUMMARY.to(language).format(**said, money=money, range=low if low == high else f"{low} … {high}")


def override(
    problem: Any,
    plan: Plan,
    model: str,
    *,
    pin: str | Sequence[str] | None = None,
    ban: str | Sequence[str] | None = None,
    reason: str,
    by: str = "",
    date: str = "",
    **options: Any,
) -> Override:
    """Solve again with places pinned (opened whatever happens) or banned; `plan` is the free best, `options` go to `solve`.

    The price is bounded like a refusal: with objective Z and bound B of the free plan, Z' and B' of the one that obeys, it
    lies between Z - B' and B - Z' (the other way round where least is best), and is not below 0.
    Raises `UsageError` without a reason, or where nothing is pinned or banned; `InputError` where the problem cannot obey (an
    unknown place, one that is pinned and banned, or that costs more than the budget).

    >>> from geoplan.location.problem import LocationProblem
    >>> from geoplan.network.cost import CostMatrix
    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "G", 200.0)], unit="m")
    >>> problem = LocationProblem(cost, pd.Series({"a": 10.0, "b": 20.0}), p=1)
    >>> decided = override(problem, solve(problem), "mclp", pin="F", reason="the land is given free")
    >>> decided.price_at_least, decided.plan.sites, decided.entry()["goes_out"]
    (10.0, ('F',), ['G'])
    """
    pinned, banned = _asked.listed(pin), _asked.listed(ban)
    if not reason.strip():
        raise UsageError("override: a decision against the plan must have a reason, and none is given")
    if not pinned and not banned:
        raise UsageError("override: name a place to pin or to ban")
    required = [*problem.required, *(p for p in pinned if p not in {*problem.required, *problem.fixed})]
    asked = replace(problem, required=required)
    if set(banned) & {*pinned, *problem.fixed} or set(banned) - set(problem.cost.place_ids):
        replace(asked, refused=[*problem.refused, *banned])  # which says what cannot be
    narrowed = _asked.without(asked, banned, model) if banned else asked
    settings = _asked.gap_for(plan, options)
    again = (
        _asked.none_left(plan) if narrowed is None else solve(narrowed, model, start=_start(plan, pinned), **settings)
    )
    least, most = _asked.loss(plan, again, plan.objective if _obeys(plan, pinned, banned) else None)
    return Override(tuple(pinned), tuple(banned), reason.strip(), by, date, least, most, plan, again)


def price(free: Plan, plan: Plan) -> tuple[float, float]:
    """By how much the best plan that obeys is worse than the free best, at least and at most, in the unit of the objective."""
    return _asked.loss(free, plan)


def _start(plan: Plan, pinned: list[str]) -> Any:
    """What to begin with: the plan; its sites after those that are pinned, where it lacks some."""
    return plan if set(pinned) <= set(plan.sites) or hasattr(plan, "opens") else [*pinned, *plan.sites]


def _obeys(plan: Plan, pinned: list[str], banned: list[str]) -> bool:
    return set(pinned) <= set(plan.sites) and not set(banned) & set(plan.sites)
