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
TRIED = (1.01, 1.1, 1.3, 1.75, 4.0, 20.0)  # times the least money, until a plan is found with it
HEAD = Text("these rules cannot be kept together: {rules}", "以下规则不能同时满足：{rules}")
NO_RULE = Text(
    "no rule is to blame: {n} demand points reach no place at all: {points}",
    "并非规则所致：{n} 个需求点不可达任何设施：{points}",
)
UNKNOWN = Text("no conflict could be proven in the time that was given", "在给定时间内未能证明冲突")
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
    proven (where time ran out before it was, there are no rules).
    """

    rules: tuple[Text, ...]
    reliefs: tuple[Relief, ...]
    points: tuple[str, ...] = ()
    floors: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))
    certain: bool = True

    def table(self) -> pd.DataFrame:
        """One row for each way out: the rule that gives way, what is given, what is needed, in both languages."""
        rows = [
            {"rule": r.rule, "given": r.given, "needed": r.needed, "en": r.words.en, "zh": r.words.zh}
            for r in self.reliefs
        ]
        return pd.DataFrame(rows, columns=["rule", "given", "needed", "en", "zh"])

    def summary(self, language: Language = "en") -> str:
        """The conflict and the ways out, in a sentence."""
        if not self.certain:
            return UNKNOWN.to(language)
        if not self.rules:
            return NO_RULE.to(language).format(n=len(self.points), points=_some(self.points))
        and_, stop = ("；", "。") if language == "zh" else ("; ", ". ")
        rules = [r.to(language) for r in self.rules]
        head = HEAD.to(language).format(rules=and_.join(rules[:LISTED]) + (" …" if len(rules) > LISTED else ""))
        return stop.join([head, *(r.words.to(language) for r in self.reliefs)])


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
            found = _by_relaxation(problem, watch)
            if found is not None:
                return found
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
    """The money of a plan that keeps all other rules: tried with little more than the least, then with more.

    Where it is proven of the most that was tried that it would not do either, that is said.
    """
    question, given, never = Question("programme", watch), sum(problem.budget.values()), 0.0
    for more in TRIED:
        if not watch.going:
            break
        yuan = least * more
        watch.tell(f"conflict: whether {yuan:,.0f} would do")
        richer = {phase: yuan * part / given for phase, part in problem.budget.items()}
        plan = question.plan(replace(problem, budget=richer), 0.4)
        if plan is not None and plan.status != "infeasible":
            words = Text(f"{plan.cost:,.0f} yuan would do", f"{plan.cost:,.0f} 元即可")
            return [Relief("budget", words, given, plan.cost)]
        never = yuan if plan is not None else never
    if not never:
        return []
    words = Text(f"even {never:,.0f} yuan would not do: lower the floors", f"{never:,.0f} 元亦不能满足，须降低底线")
    return [Relief("budget", words, given, None)]


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
