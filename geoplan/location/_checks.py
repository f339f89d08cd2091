"""What is wrong with a location problem, all at once, before any solver runs: one finding for each mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from geoplan.errors import Finding, Text

if TYPE_CHECKING:
    from geoplan.location.problem import LocationProblem

SHOWN = 5  # ids that a finding names
SAMPLED = 100_000  # costs on which a decay is tried
ADVICE = Text("give a complete problem; nothing is filled in", "请给出完整的问题，系统不会代填")
BY_ID = Text("name places by their id, not by their position", "请用设施编号，不要用位置序号")
LISTS = ("fixed", "required", "refused")


def findings(problem: LocationProblem) -> Iterator[Finding]:
    """Every mistake of a problem, in the order of its fields."""
    yield from _costs(problem)
    for name in ("weight", "capacity", "fixed_cost", "site"):
        values = getattr(problem, name)
        if values is not None or name == "weight":
            ids = problem.cost.demand_ids if name == "weight" else problem.cost.place_ids
            yield from labels(name, values, ids)
            yield from _sites(values) if name == "site" else amounts(name, values)
    yield from _bands(problem)
    yield from _reach(problem)
    for name in LISTS:
        yield from chosen(name, getattr(problem, name), problem.cost.place_ids)
    yield from _at_once(problem)
    yield from _counts(problem)
    yield from _budget(problem)
    yield from _required(problem)
    yield from _decay(problem)


def _found(
    code: str, place: str, en: str, zh: str, value: object = "", count: int = 1, advice: Text = ADVICE
) -> Finding:
    return Finding(code, "", place, Text(en, zh), advice, str(value), count=count)


def shown(ids: Iterable[Any]) -> str:
    """At most five ids, and how many more there are.

    >>> shown("abcdefg")
    'a, b, c, d, e and 2 more'
    """
    listed = [str(i) for i in ids]
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more


def whole(value: object) -> bool:
    """Whether a value is a whole number: True and 2.5 are none, 2.0 is one.

    >>> whole(2), whole(2.0), whole(np.int64(2)), whole(2.5), whole(True), whole(float("nan"))
    (True, True, True, False, False, False)
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        return False
    return isinstance(value, Integral) or float(value).is_integer()


def number(value: object) -> bool:
    """Whether a value is a number that is no NaN and no truth value."""
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_) and not np.isnan(float(value))


def labels(name: str, values: Any, ids: pd.Index) -> Iterator[Finding]:
    """Values must stand under exactly the ids, each once: those that are missing, unknown and repeated, apart."""
    if not isinstance(values, pd.Series | pd.DataFrame):
        yield _found("GP-L001", name, "must be a table by id", "须为按编号排列的表", type(values).__name__)
        return
    twice = values.index[values.index.duplicated()].unique()
    if len(twice):
        yield _found("GP-L001", name, "these ids stand more than once", "编号重复", shown(twice), len(twice))
    if values.index.equals(ids):
        return
    if len(missing := ids[~ids.isin(values.index)]):
        en, zh = f"{len(missing)} of the {len(ids)} ids are missing", f"{len(ids)} 个编号中缺 {len(missing)} 个"
        yield _found("GP-L001", name, en, zh, shown(missing), len(missing))
    if len(unknown := values.index[~values.index.isin(ids)].unique()):
        en, zh = f"{len(unknown)} ids are unknown to the cost matrix", f"{len(unknown)} 个编号不在成本矩阵中"
        yield _found("GP-L001", name, en, zh, shown(unknown), len(unknown))


def amounts(name: str, values: Any) -> Iterator[Finding]:
    """Numbers must be there, finite and not negative: the first row that is not, its value, and how many."""
    if not isinstance(values, pd.Series | pd.DataFrame):
        return
    table = values.to_frame("") if isinstance(values, pd.Series) else values
    numbers = table.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    wrong = np.argwhere(~(np.isfinite(numbers) & (numbers >= 0)))
    if len(wrong):
        row, column = wrong[0]
        place = f"{name}, {table.index[row]}" + (f", column {table.columns[column]}" if table.columns[column] else "")
        rest = len(wrong) - 1
        en = "must be a finite number that is not negative" + (f" ({rest} more like it)" if rest else "")
        zh = "须为非负有限数" + (f"（另有 {rest} 处）" if rest else "")
        yield _found("GP-L002", place, en, zh, table.iloc[row, column], len(wrong))


def _costs(problem: LocationProblem) -> Iterator[Finding]:
    """A cost matrix checks itself when it is built; this catches one whose arrays were changed afterwards."""
    cost = problem.cost
    if len(cost.cost) and not (cost.cost.min() >= 0 and cost.cost.max() < np.inf):
        pair = int(np.flatnonzero(~((cost.cost >= 0) & (cost.cost < np.inf)))[0])
        place = f"cost, {cost.demand_ids[cost.demand[pair]]} to {cost.place_ids[cost.place[pair]]}"
        yield _found("GP-L011", place, "must be finite and not negative", "须为非负有限数", cost.cost[pair])


def _sites(values: Any) -> Iterator[Finding]:
    if isinstance(values, pd.Series) and values.isna().any():
        none = values.index[values.isna()]
        yield _found("GP-L002", f"site, {none[0]}", "names no site", "缺场地编号", shown(none), len(none))


def bands(table: Any) -> list[str]:
    """The age bands of a table of people or places; one called "all" where it has no columns."""
    return [str(c) for c in table.columns] if isinstance(table, pd.DataFrame) else ["all"]


def _bands(problem: LocationProblem) -> Iterator[Finding]:
    for name in ("weight", "capacity"):
        if twice := sorted(b for b, n in Counter(bands(getattr(problem, name))).items() if n > 1):
            yield _found("GP-L008", name, "these age bands stand more than once", "月龄段重复", shown(twice))
    if problem.capacity is not None and set(bands(problem.capacity)) != set(bands(problem.weight)):
        other = sorted(set(bands(problem.capacity)) ^ set(bands(problem.weight)))
        yield _found("GP-L008", "capacity", "must have the age bands of the weight", "月龄段须与需求一致", shown(other))


def _reach(problem: LocationProblem) -> Iterator[Finding]:
    limit = problem.cost.limit
    if problem.reach is not None and not (number(problem.reach) and 0 < problem.reach <= limit):
        en = f"must be above 0 and at most the limit of the cost, {limit:g}"
        yield _found("GP-L007", "reach", en, f"须大于 0 且不超过成本上限 {limit:g}", problem.reach)


def chosen(name: str, given: Any, ids: pd.Index) -> Iterator[Finding]:
    """A list of places must name places of the problem by id, each once."""
    if isinstance(given, str):
        yield _found("GP-L003", name, "must be a list of ids, not one text", "须为编号列表，而非单个文本", given)
        return
    if positions := [g for g in given if isinstance(g, Integral)]:
        en, zh = "these are positions, not ids of places", "这些是位置序号，而非设施编号"
        yield _found("GP-L012", name, en, zh, shown(positions), len(positions), BY_ID)
    listed = [g for g in given if not isinstance(g, Integral)]
    if unknown := [g for g in dict.fromkeys(listed) if g not in ids]:
        en, zh = "these are no places of the problem", "不在备选范围内"
        yield _found("GP-L003", name, en, zh, shown(unknown), len(unknown))
    if twice := [g for g, n in Counter(listed).items() if n > 1]:
        yield _found("GP-L003", name, "these are named more than once", "重复列出", shown(twice), len(twice))


def _at_once(problem: LocationProblem) -> Iterator[Finding]:
    """Of fixed, required and refused a place may be one."""
    pairs = (("fixed", "refused"), ("fixed", "required"), ("required", "refused"))
    names = {"fixed": "固定", "required": "必选", "refused": "排除"}
    for one, other in pairs:
        if both := sorted(_ids(problem, one) & _ids(problem, other)):
            en, zh = f"these are {other} too", f"同时又被{names[other]}"
            yield _found("GP-L004", one, en, zh, shown(both), len(both))


def _ids(problem: LocationProblem, name: str) -> set[str]:
    """The places that a list names, as far as they are any."""
    given = getattr(problem, name)
    return set() if isinstance(given, str) else {g for g in given if g in problem.cost.place_ids}


def _counts(problem: LocationProblem) -> Iterator[Finding]:
    """`p` and `neighbours` are whole, and not more than there is to choose from."""
    p, near = problem.p, problem.neighbours
    free = len(problem.cost.place_ids) - len(_ids(problem, "fixed") | _ids(problem, "refused"))
    if p is not None and not whole(p):
        yield _found("GP-L005", "p", "must be a whole number", "须为整数", p)
    elif p is not None and not 0 <= p <= free:
        en, zh = f"must be between 0 and {free}, the number of places that are free", f"须在 0 与可选数量 {free} 之间"
        yield _found("GP-L005", "p", en, zh, p)
    if not whole(near) or near < 1:
        yield _found("GP-L013", "neighbours", "must be a whole number of at least 1", "须为不小于 1 的整数", near)


def _budget(problem: LocationProblem) -> Iterator[Finding]:
    budget = problem.budget
    if budget is None:
        return
    if not (number(budget) and 0 < budget < np.inf):
        yield _found("GP-L006", "budget", "must be finite and above 0", "须为大于 0 的有限数", budget)
    if problem.fixed_cost is None:
        en, zh = "needs the cost of each place (fixed_cost)", "需给出各设施的费用（fixed_cost）"
        yield _found("GP-L006", "budget", en, zh, budget)


def _required(problem: LocationProblem) -> Iterator[Finding]:
    """What is required must be possible in itself: no more than p, within the budget, one a site."""
    required = sorted(_ids(problem, "required"))
    if not required:
        return
    if problem.p is not None and whole(problem.p) and len(required) > problem.p:
        en, zh = f"names {len(required)} places, more than p", f"共 {len(required)} 个，超过 p"
        yield _found("GP-L014", "required", en, zh, problem.p)
    if isinstance(problem.site, pd.Series) and problem.site.index.is_unique:
        ground = problem.site.reindex(required)
        if both := ground.index[ground.duplicated(keep=False) & ground.notna()].tolist():
            en, zh = "these stand on one site, where only one can be opened", "位于同一场地，只能建其一"
            yield _found("GP-L014", "required", en, zh, shown(both), len(both))
    if number(problem.budget) and isinstance(problem.fixed_cost, pd.Series) and problem.fixed_cost.index.is_unique:
        prices = pd.to_numeric(problem.fixed_cost.reindex(required), errors="coerce").dropna()
        prices = prices[np.isfinite(prices)]
        spent = sum((written(c) for c in prices), Fraction(0))
        if np.isfinite(float(problem.budget or 0)) and spent > written(float(problem.budget or 0)):
            en, zh = f"costs {float(spent):,.10g}, more than the budget", f"需 {float(spent):,.10g}，超过预算"
            yield _found("GP-L014", "required", en, zh, problem.budget)


def _decay(problem: LocationProblem) -> Iterator[Finding]:
    """The decay never rises and stays in 0 … 1, on the costs of the matrix (on 100,000 of them where there are more)."""
    if problem.decay is None:
        return
    if not callable(problem.decay):
        yield _found("GP-L015", "decay", "must be a function of costs", "须为成本的函数", problem.decay)
        return
    values = problem.cost.cost
    costs = np.unique(values[:: max(1, len(values) // SAMPLED)]) / float(problem.cost.scale)
    shares = np.asarray(problem.decay(costs), float)
    if shares.shape != costs.shape:
        en, zh = f"must give one share for each of {len(costs)} costs", f"须对 {len(costs)} 个成本各给出一个比例"
        yield _found("GP-L015", "decay", en, zh, shares.shape)
        return
    if len(off := np.flatnonzero(~((shares >= 0) & (shares <= 1)))):
        at = f"decay, at cost {costs[off[0]]:g}"
        yield _found("GP-L015", at, "must stay between 0 and 1", "须在 0 与 1 之间", shares[off[0]], len(off))
    if len(up := np.flatnonzero(np.diff(shares) > 1e-12)):
        at, rise = f"decay, at cost {costs[up[0] + 1]:g}", f"{shares[up[0]]:g} → {shares[up[0] + 1]:g}"
        yield _found("GP-L015", at, "must not rise with cost", "不得随成本上升", rise, len(up))


def written(money: float) -> Fraction:
    """Money exactly as it is written: 0.1 is a tenth."""
    return Fraction(repr(float(money)))


class Needs(NamedTuple):
    """What a model cannot do without (`every`, and one of `either`), and which rules it keeps besides."""

    every: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


# `capacity` and `fixed_cost` are facts about the places, which a plan may state without its model using them; these are rules:
RULES = {"p": None, "budget": None, "single_source": False, "neighbours": 1, "decay": None}
# models that open exactly p places, no fewer
EXACTLY = frozenset({"p_center", "p_dispersion", "p_median", "p_median_capacitated", "p_median_nearest"})
NEEDS: dict[str, Needs] = {
    "cflp": Needs(every=("capacity", "fixed_cost"), keeps=("p", "budget", "single_source")),
    "lscp": Needs(),
    "lscp_backup": Needs(keeps=("neighbours",)),
    "mclp": Needs(either=("p", "budget"), keeps=("p", "budget")),
    "mclp_cooperative": Needs(every=("decay",), either=("p", "budget"), keeps=("p", "budget")),
    "mclp_gradual": Needs(every=("decay",), either=("p", "budget"), keeps=("p", "budget")),
    "p_center": Needs(every=("p",)),
    "p_dispersion": Needs(every=("p",)),
    "p_median": Needs(every=("p",)),
    "p_median_capacitated": Needs(every=("p", "capacity"), keeps=("single_source",)),
    "p_median_nearest": Needs(every=("p",), keeps=("neighbours",)),
    "programme": Needs(keeps=("p", "budget", "single_source")),
}


def needed(problem: LocationProblem, model: str) -> Iterator[Finding]:
    """What a model lacks, and the rules of a problem that it would pass over in silence."""
    needs = NEEDS.get(model)
    if needs is None:
        return
    for name in needs.every:
        if getattr(problem, name) is None:
            yield _found("GP-L016", name, f"{model} cannot do without it", f"{model} 必须给出此项")
    if needs.either and all(getattr(problem, name) is None for name in needs.either):
        both = " or ".join(needs.either)
        yield _found("GP-L016", both, f"{model} cannot do without one of them", f"{model} 必须给出其中一项")
    for name, silent in RULES.items():
        value = getattr(problem, name)
        if name not in {*needs.every, *needs.keeps} and value != silent:
            advice = Text("leave it out, or ask a model that keeps it", "请去掉此项，或改用支持它的模型")
            said = "" if name == "decay" else value
            yield _found("GP-L017", name, f"{model} does not keep this rule", f"{model} 不支持此规则", said, 1, advice)
