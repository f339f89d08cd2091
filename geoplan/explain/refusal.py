"""What is lost if a site of the plan is refused, and what replaces it."""

from __future__ import annotations

import math
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any

import pandas as pd

from geoplan.errors import Language, Text, UsageError
from geoplan.explain import _asked
from geoplan.location._watch import Watch
from geoplan.location.plan import Plan
from geoplan.location.solve import solve

SENTENCE = Text(
    "{place_id}: alone {lost_alone:,.10g} lose their place; the plan found without it is worse by {lost_found:,.10g}, the best one"
    " by {range}; in: {comes_in}; out: {goes_out}",
    "{place_id}：无替代时 {lost_alone:,.10g} 人失去托位；另求所得计划的目标值变差 {lost_found:,.10g}，最优计划变差 {range}；"
    "替入：{comes_in}；替出：{goes_out}",
)
WORST = Text(
    "; {worst_unit} loses most: {worst_unit_lost:,.10g}", "；损失最大：{worst_unit}，{worst_unit_lost:,.10g} 人"
)
NOTHING = Text("nothing", "无")


@dataclass(frozen=True)
class Refusal:
    """What refusing a place of a plan costs, in the unit of the plan's objective (people, where those served are counted).

    `lost_alone`: people who lose their place if nothing replaces it and the rest stays; exact. `lost_at_least` and
    `lost_at_most`: by how much the best plan without the place is worse than the best plan with it; one number where both
    plans are optimal, a range where they are only within a gap, infinite where no plan is left. `comes_in` and `goes_out`: how
    `replacement`, the plan found with the place refused, differs from the plan, apart from the place; `lost_found`: by how much
    it is worse than the plan (below 0 where it is better, as a plan within a gap may be). `places` and `money`: how
    many places and yuan the replacement has more than the plan (below 0: fewer). `worst_unit` loses most people served,
    `worst_unit_lost`; "" where no units are given or none loses any.
    """

    place_id: str
    lost_alone: float
    lost_at_least: float
    lost_at_most: float
    comes_in: tuple[str, ...]
    goes_out: tuple[str, ...]
    replacement: Plan
    lost_found: float = 0.0
    places: float = 0.0
    money: float = 0.0
    worst_unit: str = ""
    worst_unit_lost: float = 0.0

    def plain(self) -> dict[str, Any]:
        """The refusal as plain data, without the replacement."""
        numbers = {k: v for k, v in self.__dict__.items() if k != "replacement"}
        return {**numbers, "comes_in": list(self.comes_in), "goes_out": list(self.goes_out)}

    def table(self) -> pd.DataFrame:
        """The refusal as one row."""
        return _rows([self])

    def summary(self, language: Language = "en") -> str:
        """The refusal in a sentence."""
        none = NOTHING.to(language)
        low, high = f"{self.lost_at_least:,.10g}", f"{self.lost_at_most:,.10g}"
        lists = {n: ", ".join(getattr(self, n)) or none for n in ("comes_in", "goes_out")}
        said = {**self.plain(), **lists, "range": low if low == high else f"{low} … {high}"}
        text = SENTENCE.to(language) + (WORST.to(language) if self.worst_unit else "")
        return text.format(**said)


@dataclass(frozen=True)
class Refusals:
    """What refusing each site of a plan costs, in the order of the plan."""

    each: tuple[Refusal, ...]

    def table(self) -> pd.DataFrame:
        """One row a site, the dearest to lose first: what is lost, places and money more, the worst unit, what replaces it."""
        table = _rows(self.each)
        return table.sort_values(["lost_at_most", "lost_alone"], ascending=False, kind="stable")

    def summary(self, language: Language = "en") -> str:
        """How many sites were refused in turn, and the dearest to lose."""
        if not self.each:
            return Text("no site to refuse", "没有可排除的场地").to(language)
        worst = max(self.each, key=lambda r: (r.lost_at_most, r.lost_alone))
        text = Text("{n} sites refused in turn; dearest to lose: {worst}", "逐一排除 {n} 个场地；损失最大者：{worst}")
        return text.to(language).format(n=len(self.each), worst=worst.summary(language))


Ask = Callable[[str, float], Refusal]  # a place, and the seconds that the solve without it may take
_asking: list[Ask] = []  # in a process of its own: what each task asks


def refusal(
    problem: Any,
    plan: Plan,
    place_id: str,
    model: str,
    *,
    unit: pd.Series | None = None,
    whole_site: bool = False,
    **options: Any,
) -> Refusal:
    """Solve again without one place of a plan, beginning with the rest of it; `options` go to `solve` (gap, time_limit_s …).

    The first loss serves people again from the other sites of the plan only. The second is bounded honestly: with objective Z
    and bound B of the plan, and Z' and B' of the one without it, the loss lies between Z - B' and B - Z', and is not below 0.
    `unit`: county by demand id. `whole_site`: every option of the place's site is refused with it. Without a `gap` the plan
    without the place is proven where the plan is, else looked for within a little more than the plan's gap.
    Raises `UsageError` if the place is no site of the plan.

    >>> from geoplan.location.problem import LocationProblem
    >>> from geoplan.network.cost import CostMatrix
    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "G", 200.0)], unit="m")
    >>> problem = LocationProblem(cost, pd.Series({"a": 10.0, "b": 20.0}), p=1)
    >>> answer = refusal(problem, solve(problem), "G", "mclp")
    >>> answer.lost_alone, answer.lost_at_most, answer.comes_in
    (20.0, 10.0, ('F',))
    """
    _asked.require_sites(plan, [place_id], "refusal")
    alone = _asked.lost_alone(problem, plan, model)
    return _refusal(problem, plan, model, alone, unit, whole_site, _asked.gap_for(plan, options), place_id)


def refusals(
    problem: Any,
    plan: Plan,
    model: str,
    *,
    sites: list[str] | None = None,
    unit: pd.Series | None = None,
    whole_site: bool = False,
    time_limit_s: float = 60,
    jobs: int = 1,
    progress: Callable[[str], None] | None = None,
    **options: Any,
) -> Refusals:
    """`refusal` for every site of a plan (or for `sites`); `progress` is told each.

    `time_limit_s`: for all in all; a solve may take three times its share of what is left, and then states its true range.
    `jobs`: so many sites are refused at once, each in a process of its own; the answer is the same. As for every process that
    Python starts, a script asks for them under `if __name__ == "__main__":`.
    """
    chosen = list(plan.sites) if sites is None else sites
    _asked.require_sites(plan, chosen, "refusals")
    if jobs < 1:
        raise UsageError(f"refusals: jobs is {jobs}; it must be 1 or more")
    told: list[Refusal] = []
    with Watch(time_limit_s, progress) as watch:
        shares = (max(3 * jobs * watch.left() / (len(chosen) - k), _asked.LEAST_S) for k in range(len(chosen)))
        ask: Ask = partial(
            _refusal,
            problem,
            plan,
            model,
            _asked.lost_alone(problem, plan, model),
            unit,
            whole_site,
            _asked.gap_for(plan, options),
        )
        asked = zip(chosen, shares, strict=True)
        for each in _in_turn(ask, asked, jobs):
            told.append(each)
            watch.tell(f"refusal {len(told)} of {len(chosen)}: {each.summary()}")
    return Refusals(tuple(told))


def _in_turn(ask: Ask, asked: Iterable[tuple[str, float]], jobs: int) -> Iterator[Refusal]:
    """The answers in the order asked; what is asked next is drawn only when there is room for it."""
    if jobs == 1:
        yield from (ask(place, seconds) for place, seconds in asked)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (ask,)) as pool:
        waiting: deque[Future[Refusal]] = deque()
        for place, seconds in asked:
            waiting.append(pool.submit(_answer, place, seconds))
            if len(waiting) > jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _begin(ask: Ask) -> None:
    """In a process of its own: what is asked; Ctrl-C is for the solve under way only."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _asking.append(ask)


def _answer(place_id: str, seconds: float) -> Refusal:
    return _asking[0](place_id, seconds)


def _refusal(
    problem: Any,
    plan: Plan,
    model: str,
    alone: pd.Series,
    unit: pd.Series | None,
    whole_site: bool,
    options: dict[str, Any],
    place_id: str,
    time_limit_s: float | None = None,
) -> Refusal:
    options = options if time_limit_s is None else {**options, "time_limit_s": time_limit_s}
    out = _asked.on_site(problem, place_id) if whole_site else [place_id]
    narrowed = _asked.without(problem, out, model)
    again = _asked.none_left(plan) if narrowed is None else solve(narrowed, model, start=plan, **options)
    lost = float(alone[place_id])
    still = plan.objective - lost if model in ("mclp", "programme") and _asked.counts_people(problem, plan) else None
    least, most = _asked.loss(plan, again, still)
    left = again.status != "infeasible"
    county, county_lost = _asked.worst_unit(plan, again, unit) if left else ("", 0.0)
    return Refusal(
        place_id=place_id,
        lost_alone=lost,
        lost_at_least=least,
        lost_at_most=most,
        comes_in=tuple(s for s in again.sites if s not in plan.sites),
        goes_out=tuple(s for s in plan.sites if s != place_id and s not in again.sites) if left else (),
        replacement=again,
        lost_found=round((plan.objective - again.objective) * (1 if plan.sense == "most" else -1), 9)
        if left
        else math.inf,
        places=_asked.places_of(problem, again.sites) - _asked.places_of(problem, plan.sites) if left else 0.0,
        money=round(again.cost - plan.cost, 6) if left else 0.0,
        worst_unit=county,
        worst_unit_lost=county_lost,
    )


def _rows(told: Any) -> pd.DataFrame:
    table = pd.DataFrame(
        [r.plain() for r in told], columns=[f for f in Refusal.__dataclass_fields__ if f != "replacement"]
    )
    for name in ("comes_in", "goes_out"):
        table[name] = table[name].map(", ".join)
    return table.set_index("place_id")
