"""Rules in conflict found by solving without them, one at a time; and how far each would have to give way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import InputError, ResourceError, Text
from geoplan.explain._asked import options_of
from geoplan.location._checks import EXACTLY
from geoplan.location._watch import Watch
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem
from geoplan.location.solve import solve

ANY_PLAN = 0.9  # the gap: whether there is a plan is all that is asked
HALVINGS = 12


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule of a problem that can be left out: its name, its words, and the problem without it."""

    name: str
    words: Text
    drop: Callable[[Any], Any]


@dataclass(frozen=True)
class Relief:
    """What would do: the rule that gives way, what is `given` and what is `needed` at least (None where it is no number)."""

    rule: str
    words: Text
    given: float | None = None
    needed: float | None = None


class Question:
    """Whether there is a plan, asked of many problems with the same model within one limit of time."""

    def __init__(self, model: str, watch: Watch) -> None:
        self.model, self.watch = model, watch

    def plan(self, problem: Any, part: float = 1.0) -> Plan | None:
        """A plan, or the proof that there is none (status infeasible); None where neither was found in `part` of the time."""
        left = self.watch.left() * part
        if left <= 0:
            return None
        try:
            return solve(problem, self.model, gap=ANY_PLAN, time_limit_s=max(left, 0.1))
        except (InputError, ResourceError):
            return None

    def none_exists(self, problem: Any) -> bool:
        """Whether it is proven that no plan keeps all rules."""
        plan = self.plan(problem)
        return plan is not None and plan.status == "infeasible"

    def exists(self, problem: Any) -> bool:
        """Whether a plan is known."""
        plan = self.plan(problem)
        return plan is not None and plan.status != "infeasible"


def rules_of(problem: Any, model: str) -> list[Rule]:
    """The rules that a problem gives, in the order in which they are tried without."""
    return _of_location(problem, model) if isinstance(problem, LocationProblem) else _of_programme(problem)


def in_conflict(problem: Any, rules: Sequence[Rule], question: Question) -> list[Rule]:
    """Of these rules a set that is proven in conflict; each was tried without, and the rest could not be proven then."""
    left_out: list[Rule] = []
    for rule in rules:
        question.watch.tell(f"conflict: without {rule.name}")
        if question.none_exists(without(problem, [*left_out, rule])):
            left_out.append(rule)
    return [rule for rule in rules if rule not in left_out]


def without(problem: Any, rules: Sequence[Rule]) -> Any:
    """The problem without these rules."""
    for rule in rules:
        problem = rule.drop(problem)
    return problem


def _of_location(problem: LocationProblem, model: str) -> list[Rule]:
    free = [p for p in problem.cost.place_ids if p not in set(problem.fixed)]
    total = problem.weights().sum()

    def rule(name: str, given: bool, en: str, zh: str, **changes: Any) -> list[Rule]:
        return [Rule(name, Text(en, zh), lambda asked: replace(asked, **changes))] if given else []

    def more_places(asked: LocationProblem) -> LocationProblem:
        return replace(asked, p=_most_places(asked) if model in EXACTLY else None)

    roomy = pd.DataFrame([total] * len(problem.cost.place_ids), index=problem.cost.place_ids, columns=total.index)
    capacity = roomy if isinstance(problem.capacity, pd.DataFrame) else roomy.sum(axis=1)
    kept_whole = "nobody's demand is split"
    return [
        *rule("single_source", problem.single_source, kept_whole, "同一需求点不得拆分", single_source=False),
        *rule("neighbours", problem.neighbours > 1, f"{problem.neighbours} places near each point", f"每点附近 {problem.neighbours} 处", neighbours=1),
        *rule("site", problem.site is not None, "one place a site", "同一场地只建一处", site=None),
        *rule("required", bool(problem.required), f"required: {', '.join(problem.required)}", f"必选：{', '.join(problem.required)}", required=()),
        *rule("capacity", problem.capacity is not None and bool(free), "the places of each place", "各设施容量", capacity=capacity),
        *rule("refused", bool(problem.refused), f"{len(problem.refused)} refused places", f"{len(problem.refused)} 处被排除", refused=()),
        *rule("reach", problem.reach is not None, f"reach {problem.reach}", f"服务半径 {problem.reach}", reach=None),
        *rule("budget", problem.budget is not None, f"budget {problem.budget or 0:,.10g}", f"预算 {problem.budget or 0:,.10g}", budget=None),
        *([Rule("p", Text(f"p = {problem.p}", f"数量 p = {problem.p}"), more_places)] if problem.p is not None else []),
    ]  # fmt: skip


def _most_places(problem: LocationProblem) -> int:
    """How many places could be opened: one a site of those that are free."""
    free = options_of(problem)
    return len(free) if problem.site is None else int(problem.site.loc[free].nunique())


def _of_programme(problem: Any) -> list[Rule]:
    """Every rule of a programme, floors county by county."""
    rules: list[Rule] = []

    def rule(name: str, zh: str, **changes: Any) -> None:
        rules.append(Rule(name, Text(name, zh), lambda asked: replace(asked, **changes)))

    def one_less(field: str, name: str, zh: str, gone: Any) -> None:
        def drop(asked: Any) -> Any:
            return replace(asked, **{field: [x for x in getattr(asked, field) if x is not gone]})

        rules.append(Rule(name, Text(name, zh), drop))

    for limit in problem.limits:
        one_less("limits", limit.name, f"限额 {limit.name}", limit)
    for pilot in problem.pilots:
        one_less("pilots", f"pilots {pilot.name}", f"试点 {pilot.name}", pilot)
    rules.extend(_not_required(place) for place in problem.required)
    if problem.refused:
        rule("refused", f"{len(problem.refused)} 处被排除", refused=())
    if problem.p is not None:
        rule("p", f"数量 p = {problem.p}", p=None)
    for name, zh in (("yearly_budget", "年度运营费"), ("source_budget", "各来源资金"), ("budget", "预算")):
        if getattr(problem, name) is not None:
            changes = {name: None, **({"sources": None} if name == "source_budget" else {})}
            rule(name.replace("_", " "), zh, **changes)
    for floor in problem.floors:
        one_less("floors", f"{floor.name}, {floor.phase}", f"底线 {floor.name}，{floor.phase}", floor)
    return rules


def _not_required(place: str) -> Rule:
    return Rule(
        f"required {place}",
        Text(f"required {place}", f"必选 {place}"),
        lambda asked: replace(asked, required=[r for r in asked.required if r != place]),
    )


def reliefs(problem: Any, rules: Sequence[Rule], question: Question) -> list[Relief]:
    """For each rule in conflict that alone could give way: how far it must, where that is a number."""
    found = []
    for rule in rules:
        plan = question.plan(rule.drop(problem))
        if plan is not None and plan.status != "infeasible":
            question.watch.tell(f"conflict: how far {rule.name} must give way")
            found.append(_relief(problem, rule, plan, question))
    return found


def _relief(problem: Any, rule: Rule, plan: Plan, question: Question) -> Relief:
    measured = isinstance(problem, LocationProblem)
    if measured and rule.name == "p":
        needed = _least_p(problem, question, _most_places(problem))
        return Relief("p", Text(f"p = {needed} would do", f"p = {needed} 即可"), problem.p, needed)
    if measured and rule.name == "budget":
        yuan = _least(lambda b: question.exists(replace(problem, budget=b)), float(problem.budget or 0), plan.cost)
        return Relief("budget", Text(f"{yuan:,.10g} yuan would do", f"{yuan:,.10g} 元即可"), problem.budget, yuan)
    if measured and rule.name == "reach":
        far = _least_reach(problem, question)
        return Relief(
            "reach", Text(f"a reach of {far:,.10g} would do", f"服务半径 {far:,.10g} 即可"), problem.reach, far
        )
    if rule.name == "refused":
        back = [s for s in plan.sites if s in set(problem.refused)]
        names = ", ".join(back[:5]) + (" …" if len(back) > 5 else "")
        return Relief("refused", Text(f"taking back {names} would do", f"恢复 {names} 即可"), None, len(back))
    words = Text(f"without this rule there is a plan: {rule.words.en}", f"去掉此规则即有计划：{rule.words.zh}")
    return Relief(rule.name, words)


def _least_p(problem: LocationProblem, question: Question, most: int) -> int:
    """The least number of places with which a plan is known, by halving."""
    low, high = problem.p or 0, most  # none with `low`, one with `high`
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if question.exists(replace(problem, p=middle)) else (middle, high)
    return high


def _least(holds: Callable[[float], bool], low: float, high: float) -> float:
    """An amount that does, by halving between one that does not and one that does; rounded up to whole units if those are large."""
    for _ in range(HALVINGS):
        middle = round((low + high) / 2, 0 if high > 1000 else 6)
        if not low < middle < high:
            break
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _least_reach(problem: LocationProblem, question: Question) -> float:
    """The least reach with which a plan is known: one of the costs of the matrix."""
    needed = problem.weights().sum(axis=1).to_numpy() > 0
    usable = ~problem.cost.place_ids.isin(list(problem.refused))[problem.cost.place]
    nearest = np.full(len(needed), np.inf)
    np.minimum.at(nearest, problem.cost.demand[usable], problem.cost.values[usable])
    least = float(nearest[needed].max(initial=0.0))
    steps = np.unique(problem.cost.values[problem.cost.values >= max(least, problem.reach or 0.0)])
    low, high = -1, len(steps) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if question.exists(replace(problem, reach=float(steps[middle]))) else (middle, high)
    return float(steps[high])


def unreachable(problem: Any) -> list[str]:
    """Demand points with people that no place reaches, whatever is opened."""
    people = problem.weights().sum(axis=1) if isinstance(problem, LocationProblem) else None
    if people is None:
        return []
    reached = np.zeros(len(people), bool)
    reached[problem.cost.demand] = True
    return [str(i) for i in people.index[~reached & (people.to_numpy() > 0)]]
