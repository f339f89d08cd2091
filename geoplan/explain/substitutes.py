"""Which other plans are nearly as good, which options are in all of them, and which can be swapped for which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pandas as pd

from geoplan.errors import Language, Text, UsageError
from geoplan.explain import _asked
from geoplan.location._watch import Watch
from geoplan.location.check import check
from geoplan.location.plan import Plan
from geoplan.location.solve import solve

SUMMARY = Text(
    "{plans} other plans at most {within:.2%} worse than the best that can be; {core} of {sites} sites are in all of them"
    " ({needed} of these are proven to be in every such plan); {swaps} pairs can be swapped",
    "另有 {plans} 个计划，与可能的最优相差不超过 {within:.2%}；{sites} 个场地中 {core} 个为各计划共有"
    "（其中 {needed} 个已证明不可缺）；可互换 {swaps} 对",
)


@dataclass(frozen=True)
class Substitute:
    """A plan nearly as good: `behind` is how much worse than the best it can be at most, as a share of its objective."""

    plan: Plan
    behind: float
    comes_in: tuple[str, ...]
    goes_out: tuple[str, ...]


@dataclass(frozen=True)
class Substitutes:
    """Different plans within `within` of the best, all recounted.

    `core`: sites of the plan that are in every plan found; `needed`: those of them of which it is proven that no plan within
    `within` does without. `swaps`: (out, in), pairs of plans of the set that differ by just these two places.
    """

    plan: Plan
    within: float
    others: tuple[Substitute, ...]
    core: tuple[str, ...]
    needed: tuple[str, ...]
    swaps: tuple[tuple[str, str], ...]

    def table(self) -> pd.DataFrame:
        """One row a plan: objective, how far behind the best at most, money, served, what comes in and goes out."""
        rows = [
            {
                "objective": s.plan.objective,
                "behind_at_most": s.behind,
                "served": s.plan.served,
                "money": s.plan.cost,
                "comes_in": ", ".join(s.comes_in),
                "goes_out": ", ".join(s.goes_out),
            }
            for s in self.others
        ]
        return pd.DataFrame(rows, columns=["objective", "behind_at_most", "served", "money", "comes_in", "goes_out"])

    def by_site(self) -> pd.DataFrame:
        """One row a place of any of the plans: in how many of them it is, and what it can be swapped for."""
        plans = [self.plan, *(s.plan for s in self.others)]
        places = list(dict.fromkeys(site for plan in plans for site in plan.sites))
        partner: dict[str, list[str]] = {place: [] for place in places}
        for out, into in self.swaps:
            partner[out].append(into)
            partner[into].append(out)
        rows = [
            {
                "plans": sum(place in plan.sites for plan in plans),
                "core": place in self.core,
                "needed": place in self.needed,
                "swaps_with": ", ".join(sorted(partner[place])),
            }
            for place in places
        ]
        return pd.DataFrame(
            rows, index=pd.Index(places, name="place_id"), columns=["plans", "core", "needed", "swaps_with"]
        )

    def summary(self, language: Language = "en") -> str:
        """The set in a sentence."""
        counts = {
            "plans": len(self.others),
            "core": len(self.core),
            "needed": len(self.needed),
            "swaps": len(self.swaps),
        }
        return SUMMARY.to(language).format(**counts, within=self.within, sites=len(self.plan.sites))


def substitutes(
    problem: Any,
    plan: Plan,
    model: str,
    within: float = 0.01,
    count: int = 10,
    *,
    unit: pd.Series | None = None,
    time_limit_s: float = 60,
    progress: Callable[[str], None] | None = None,
    **options: Any,
) -> Substitutes:
    """At most `count` plans that differ from `plan` and from each other, each at most `within` worse than the best that can be.

    Sites that all plans so far have are refused in turn, least loss first and on top of those refused before, and the last
    plan is repaired. How far a plan is from the best follows from the bound of `plan`, so that none has to be proven again.
    `unit`: county by demand id; then plans are only taken where no county loses more than `within` of all who are served.
    `time_limit_s`: for all in all.
    Raises `UsageError` where `plan` has no bound, or is itself farther from it than `within`.
    """
    if plan.bound is None or plan.gap is None or plan.gap > within:
        raise UsageError(f"substitutes: the plan must be proven within {within:.2%}, its gap is {plan.gap}")
    settings = {"gap": max(0.75 * within, plan.gap), **options}
    found: list[Plan] = []
    needed: list[str] = []
    with Watch(time_limit_s, progress) as watch:
        for tried, again in _tried(problem, plan, model, found, watch, settings):
            narrowed = _asked.loss(plan, again)[0] / max(abs(plan.objective), 1e-9)
            if again is not None and _near(plan, again, within, unit):
                if not any(set(again.sites) == set(p.sites) for p in [plan, *found]):
                    check(problem, again)
                    found.append(again)
            elif len(tried) == 1 and narrowed > within:
                needed.append(tried[0])
            watch.tell(f"substitutes: {len(found)} of {count}, {len(needed)} sites needed")
            if len(found) >= count:
                break
    return _gathered(plan, within, found, needed)


def _tried(
    problem: Any, plan: Plan, model: str, found: list[Plan], watch: Watch, options: dict[str, Any]
) -> Iterator[tuple[list[str], Plan | None]]:
    """Sites refused, and the plan without them; the caller puts those it takes into `found`.

    First the sites that all plans so far have; where that gives too few plans, what came in instead is refused as well.
    """
    alone = _asked.lost_alone(problem, plan, model)
    queue = sorted(plan.sites, key=lambda s: (float(alone[s]), s))
    refused: list[list[str]] = []  # of each plan found

    def attempt(tried: list[str], first: Plan) -> Plan | None:
        narrowed, limit = _asked.without(problem, tried, model), max(watch.left() / 4, _asked.LEAST_S)
        return None if narrowed is None else solve(narrowed, model, start=first, time_limit_s=limit, **options)

    for site in queue:
        if any(site not in p.sites for p in found):
            continue
        chain = refused[-1] if refused else []
        for tried, first in [([*chain, site], found[-1]), ([site], plan)] if chain else [([site], plan)]:
            if not watch.going:
                return
            yield tried, attempt(tried, first)
            if len(found) > len(refused):
                refused.append(tried)
                break
    for k, again in enumerate(found):  # which grows meanwhile
        for site in [s for s in again.sites if s not in plan.sites]:
            if not watch.going:
                return
            yield [*refused[k], site], attempt([*refused[k], site], again)
            if len(found) > len(refused):
                refused.append([*refused[k], site])


def _near(plan: Plan, again: Plan, within: float, unit: pd.Series | None) -> bool:
    """Whether a plan is certain to be within so much of the best, and takes no more than that of all served from one county."""
    if again.status == "infeasible" or _behind(plan, again) > within:
        return False
    return _asked.worst_unit(plan, again, unit)[1] <= within * max(plan.served, 1e-9)


def _behind(plan: Plan, again: Plan) -> float:
    """How much worse than the best a plan is at most, by the bound of the first plan."""
    bound = plan.objective if plan.bound is None else plan.bound
    ahead = bound - again.objective if plan.sense == "most" else again.objective - bound
    return max(ahead, 0.0) / max(abs(again.objective), 1e-9)


def _gathered(plan: Plan, within: float, found: list[Plan], needed: list[str]) -> Substitutes:
    others = [
        Substitute(
            plan=again,
            behind=_behind(plan, again),
            comes_in=tuple(s for s in again.sites if s not in plan.sites),
            goes_out=tuple(s for s in plan.sites if s not in again.sites),
        )
        for again in found
    ]
    core = tuple(s for s in plan.sites if all(s in p.sites for p in found))
    swaps = set()
    for one, other in combinations([plan, *found], 2):
        out, into = set(one.sites) - set(other.sites), set(other.sites) - set(one.sites)
        if len(out) == len(into) == 1:
            swaps.add((min(out), min(into)))
    return Substitutes(
        plan, within, tuple(others), core, tuple(s for s in plan.sites if s in needed), tuple(sorted(swaps))
    )
