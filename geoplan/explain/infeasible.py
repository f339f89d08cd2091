"""Why no plan can keep all the rules: the fewest rules in conflict, and what would do instead, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import Language, Text, UsageError
from geoplan.explain._one_by_one import Question, Relief, in_conflict, reliefs, rules_of, unreachable, without
from geoplan.location._watch import Watch
from geoplan.location.problem import LocationProblem

LISTED = 8  # names in a sentence
PART = 0.05  # of the time, for each county whose floor may be out of reach
TRIED = (1.01, 1.05, 1.15, 1.35, 1.75, 2.5)  # times the least money, until a plan is found with it
HEAD = Text("these rules cannot be kept together: {rules}", "以下规则不能同时满足：{rules}")
NO_RULE = Text(
    "no rule is to blame: {n} demand points reach no place at all: {points}",
    "并非规则所致：{n} 个需求点不可达任何设施：{points}",
)
UNKNOWN = Text("no conflict could be proven in the time that was given", "在给定时间内未能证明冲突")
NO_MONEY = Text("no money can keep {rules}", "任何资金都无法满足：{rules}")
APART = Text("apart from these", "除此之外")
CHINESE = {
    "coverage": "覆盖率",
    "urban_rural": "城乡比",
    "per_1000": "每千人托位",
    "yearly budget": "年度运营费",
    "budget": "预算",
    "pilots": "试点",
    "required": "必选",
    "p": "数量上限",
}


@dataclass(frozen=True)
class Conflict:
    """Rules that cannot be kept together, and what would do.

    `rules`: their names in both languages; each is needed: without it the proof fails. None in conflict and `points` given: these
    demand points reach no place whatever is opened. `reliefs`: rules that give way, and how far. `floors` (programmes): by
    floor, the share of what it asks that the money could reach at most if it were the only floor. `certain`: a conflict is
    proven (where time ran out before it was, there are no rules). `alone`: floors that no money can keep, each by itself; the
    rest is said of the question without them.
    """

    rules: tuple[Text, ...]
    reliefs: tuple[Relief, ...]
    points: tuple[str, ...] = ()
    floors: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))
    certain: bool = True
    alone: tuple[Text, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row for each way out: the rule that gives way, what is given, what is needed, in both languages."""
        rows = [
            {"rule": r.rule, "given": r.given, "needed": r.needed, "en": r.words.en, "zh": r.words.zh}
            for r in self.reliefs
        ]
        return pd.DataFrame(rows, columns=["rule", "given", "needed", "en", "zh"])

    def summary(self, language: Language = "en") -> str:
        """The conflict and the ways out, in a sentence."""
        if self.alone:
            return self._without_alone(language)
        if not self.certain:
            return UNKNOWN.to(language)
        if not self.rules:
            return NO_RULE.to(language).format(n=len(self.points), points=_some(self.points))
        and_, stop = ("；", "。") if language == "zh" else ("; ", ". ")
        rules = [r.to(language) for r in self.rules]
        head = HEAD.to(language).format(rules=and_.join(rules[:LISTED]) + (" …" if len(rules) > LISTED else ""))
        return stop.join([head, *(r.words.to(language) for r in self.reliefs)])

    def _without_alone(self, language: Language) -> str:
        """The floors that no money can keep, then what is in conflict apart from them."""
        stop = "。" if language == "zh" else ". "
        head = NO_MONEY.to(language).format(rules=_some([r.to(language) for r in self.alone]))
        rest = replace(self, alone=()).summary(language) if self.rules else ""
        return head + (f"{stop}{APART.to(language)}: {rest}" if rest else "")


def infeasible(
    problem: Any,
    model: str = "programme",
    *,
    time_limit_s: float = 60,
    progress: Callable[[str], None] | None = None,
) -> Conflict:
    """The fewest rules in conflict, and the cheapest ways out.

    A programme is judged by its linear relaxation first, where a weighted sum of rules proves the conflict; then, and for
    other problems always, rules are left out one at a time and the rest is solved again: what stays proven goes on without.
    "Fewest" is meant so: none of the rules that are named can be spared. Money: what no plan can do with less of, and, where
    one is found in the time, what a plan needs.
    Raises `UsageError` if a plan exists.

    >>> from geoplan.network.cost import CostMatrix
    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "G", 200.0)], unit="m")
    >>> infeasible(LocationProblem(cost, pd.Series({"a": 1.0, "b": 2.0}), p=1), "p_median").summary()
    'these rules cannot be kept together: p = 1. p = 2 would do'
    """
    with Watch(time_limit_s, progress) as watch:
        if not isinstance(problem, LocationProblem):
            hopeless = _hopeless(problem, Question(model, watch))
            found = _by_relaxation(_apart_from(problem, hopeless), watch)
            alone = tuple(_words(f"{f.name}, {f.phase}, {f.unit}") for f in hopeless)
            if found is not None or hopeless:
                return replace(found or Conflict((), ()), alone=alone)
        return _by_solving(problem, model, Question(model, watch))


def _by_solving(problem: Any, model: str, question: Question) -> Conflict:
    plan = question.plan(problem)
    if plan is None:
        return Conflict((), (), certain=False)
    if plan.status != "infeasible":
        raise UsageError(f"infeasible: there is a plan: {plan.summary()}")
    rules = rules_of(problem, model)
    if question.none_exists(without(problem, rules)):
        return Conflict((), (), tuple(unreachable(problem)))
    blamed = in_conflict(problem, rules, question)
    return Conflict(tuple(r.words for r in blamed), tuple(reliefs(problem, blamed, question)))


def _hopeless(problem: Any, question: Question) -> list[Any]:
    """The floors on coverage, each of one county, that no money can keep, each by itself."""
    free = replace(problem, budget=None)
    if not question.none_exists(free):
        return []
    hopeless = []
    for floor in _each_county(problem):
        question.watch.tell(f"conflict: whether any money keeps {floor.name}, {floor.unit}")
        plan = question.plan(replace(free, floors=[floor]), PART) if floor.kind == "coverage" else None
        if plan is not None and plan.status == "infeasible":
            hopeless.append(floor)
    return hopeless


def _each_county(problem: Any) -> list[Any]:
    """The floors with one county each."""
    return [replace(floor, unit=unit) for floor in problem.floors for unit in problem.units_of(floor)]


def _apart_from(problem: Any, hopeless: Sequence[Any]) -> Any:
    """The problem without these floors of single counties."""
    gone = {(f.name, f.phase, f.unit) for f in hopeless}
    kept = [f for f in _each_county(problem) if (f.name, f.phase, f.unit) not in gone]
    return replace(problem, floors=kept) if hopeless else problem


def _by_relaxation(problem: Any, watch: Watch) -> Conflict | None:
    from geoplan.explain._programme_conflict import Relaxation, smallest

    watch.tell("conflict: relaxation")
    relaxation = Relaxation(problem, watch)
    names = smallest(relaxation, watch)
    if names is None:
        return None
    least, shares = _money(problem, relaxation, names, watch), _shares(relaxation, watch)
    floors = pd.Series(
        {
            relaxation.rules[k]: relaxation.greatest_share(np.arange(len(relaxation.rules)) == k)
            for k in np.flatnonzero(relaxation.of_floor)
            if watch.left() > watch.time_limit_s / 2
        },
        dtype=float,
    )
    enough = [way for relief in least if relief.needed for way in _enough(problem, relief.needed, watch)]
    return Conflict(tuple(_words(n) for n in names), (*least, *enough, *shares), floors=floors)


def _money(problem: Any, relaxation: Any, names: Sequence[str], watch: Watch) -> list[Relief]:
    """What money no plan can do with less of, and what is known to do."""
    if problem.budget is None:
        return []
    if not any(name.startswith("budget, ") for name in names):
        words = Text("no money would do, for the budget is not among them", "增加预算也无济于事：预算不在其中")
        return [Relief("budget", words, sum(problem.budget.values()))]
    watch.tell("conflict: least money")
    given, times = sum(problem.budget.values()), relaxation.least_budget()
    least = given * times
    words = Text(
        f"at least {least:,.0f} yuan are needed, {times:,.2f} times the {given:,.0f} that there are",
        f"至少需 {least:,.0f} 元，为现有 {given:,.0f} 元的 {times:,.2f} 倍",
    )
    return [Relief("budget", words, given, least)]


def _enough(problem: Any, least: float, watch: Watch) -> list[Relief]:
    """The money of a plan that keeps all other rules: tried with little more than the least, then with more."""
    question, given = Question("programme", watch), sum(problem.budget.values())
    for more in TRIED:
        times = least * more / given
        watch.tell(f"conflict: whether {least * more:,.0f} would do")
        if not watch.going:
            break
        plan = question.plan(
            replace(problem, budget={phase: times * part for phase, part in problem.budget.items()}), 0.4
        )
        if plan is not None and plan.status != "infeasible":
            words = Text(f"{plan.cost:,.0f} yuan would do", f"{plan.cost:,.0f} 元即可")
            return [Relief("budget", words, given, plan.cost)]
    return []


def _shares(relaxation: Any, watch: Watch) -> list[Relief]:
    """How far all floors on people served could be kept together, as a share of what each asks."""
    if not relaxation.of_floor.any() or not watch.going:
        return []
    watch.tell("conflict: how far floors can be kept")
    share = relaxation.greatest_share(relaxation.of_floor)
    words = Text(
        f"as things are, floors can be kept to at most {share:.1%} of what each asks",
        f"在现有条件下，各底线至多能达到其要求的 {share:.1%}",
    )
    return [Relief("floors", words, 1.0, share)]


def _words(name: str) -> Text:
    """The name of a rule in both languages: its kind is translated, names stay as they are."""
    for en, zh in CHINESE.items():
        if name == en or name.startswith((en + ",", en + " ")):
            return Text(name, zh + name.removeprefix(en).replace(", ", "，"))
    return Text(name, name.replace(", ", "，"))


def _some(names: Sequence[str]) -> str:
    more = f" … ({len(names)})" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more
