"""What is checked of a ProgrammeProblem before any solver runs: everything at once, each with its value, in both languages."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.errors import Finding, InputError, Text

if TYPE_CHECKING:
    from geoplan.location.programme.problem import ProgrammeProblem

ADVICE = Text("give a complete problem; nothing is filled in", "请给出完整的问题，系统不会代填")
GOALS = ("served", "travel", "cost")
SHARES = ("coverage", "urban_rural")


class _Checks:
    """Collects what is wrong with one problem."""

    def __init__(self, problem: ProgrammeProblem) -> None:
        self.problem, self.found = problem, list[Finding]()
        self.places, self.demand = (set(ids.to_numpy()) for ids in (problem.cost.place_ids, problem.cost.demand_ids))
        self.options = self.places - set(problem.fixed)
        self.phases = list(problem.weight)

    def add(self, code: str, place: str, en: str, zh: str, value: object = "") -> None:
        """One finding; a list of values is cut to five."""
        shown = value[:5] if isinstance(value, list) else value
        self.found.append(Finding(code, "", place, Text(en, zh), ADVICE, str(shown)))

    def numbers(self, name: str, values: Any, rows: Iterable[Any]) -> None:
        """Finite numbers, not negative; the first rows that are none are named."""
        table = pd.DataFrame(values)
        wrong = ~_fine(table).all(axis=1)
        if wrong.any():
            bad = [f"{row}: {table.to_numpy()[k].tolist()}" for k, row in enumerate(rows) if wrong[k]]
            self.add("GP-L102", name, "must be finite and not negative", "须为非负有限数", bad)

    def table(self, name: str, values: Any, ids: set[Any], numbers: bool = True, part: bool = False) -> None:
        """One row for each id (`part`: at least for these), known and named once; with numbers in it."""
        if values is None:
            return
        cost = self.problem.cost
        whole = cost.demand_ids if ids is self.demand else cost.place_ids
        rows = ids if values.index.equals(whole) else set(values.index)  # sets are slow to make
        unknown = rows - (self.places if part else ids)
        other = unknown | (ids - rows)
        if not values.index.is_unique or other:
            twice = list(values.index[values.index.duplicated()])
            self.add(
                "GP-L101",
                name,
                f"must have one row for each of the {len(ids)} ids",
                f"须与 {len(ids)} 个编号一一对应",
                sorted(map(str, other)) or twice,
            )
        elif numbers:
            self.numbers(name, values, values.index)

    def known(self, name: str, chosen: Iterable[Any], ids: Iterable[Any], en: str, zh: str) -> bool:
        """Whether all are among the ids; a finding otherwise."""
        unknown = sorted(map(str, set(chosen) - set(ids)))
        if unknown:
            self.add("GP-L103", name, en, zh, unknown)
        return not unknown

    def by_phase(self, name: str, amounts: Mapping[str, float] | None) -> None:
        """One amount for each phase, finite, not negative, not all 0."""
        if amounts is None:
            return
        if list(amounts) != self.phases and set(amounts) != set(self.phases):
            self.add("GP-L104", name, "must have one amount for each phase", "须与各期一一对应", list(amounts))
            return
        self.numbers(name, pd.Series(amounts), list(amounts))
        if not any(amounts.values()):
            self.add("GP-L105", name, "is 0 in all phases", "各期均为 0", 0)


def _fine(table: pd.DataFrame) -> Any:
    try:
        values = table.to_numpy(float)
    except (TypeError, ValueError):
        return np.zeros((len(table), 1), bool)
    return np.isfinite(values) & (values >= 0)


def require(problem: ProgrammeProblem) -> None:
    """Raise `InputError` with everything that is wrong."""
    checks = _Checks(problem)
    for part in (_people, _places, _choices, _pairs_of_options, _money, _limits, _pilots, _floors, _goals):
        part(problem, checks)
    if checks.found:
        raise InputError(checks.found)


def _people(problem: ProgrammeProblem, checks: _Checks) -> None:
    if not checks.phases:
        checks.add("GP-L104", "weight", "must have at least one phase", "至少须有一期")
    if any(isinstance(w, pd.Series) != isinstance(problem.capacity, pd.Series) for w in problem.weight.values()):
        checks.add("GP-L108", "capacity", "must have the age bands of the weight", "月龄段须与需求一致")
    for phase, table in problem.weight.items():
        checks.table(f"weight, {phase}", table, checks.demand)
        if isinstance(table, pd.DataFrame) and isinstance(problem.capacity, pd.DataFrame):
            other = set(table.columns) ^ set(problem.capacity.columns)
            if other:
                checks.add(
                    "GP-L108",
                    f"weight, {phase}",
                    "must have the age bands of the capacity",
                    "月龄段须与学位一致",
                    sorted(map(str, other)),
                )
    checks.table("priority", problem.priority, checks.demand)
    checks.table("unit", problem.unit, checks.demand, numbers=False)
    checks.table("urban", problem.urban, checks.demand, numbers=False)
    if problem.population is not None:
        if set(problem.population) != set(checks.phases):
            checks.add("GP-L104", "population", "must have each phase", "须含各期", list(problem.population))
        for phase, people in problem.population.items():
            checks.table(f"population, {phase}", people, checks.demand)


def _places(problem: ProgrammeProblem, checks: _Checks) -> None:
    checks.table("capacity", problem.capacity, checks.places)
    for name in ("fixed_cost", "yearly_cost", "sources"):
        checks.table(name, getattr(problem, name), checks.options, part=True)
    for name in ("site", "kind"):
        checks.table(name, getattr(problem, name), checks.options, numbers=False, part=True)
    checks.table("place_unit", problem.place_unit, checks.places, numbers=False)
    limit = problem.cost.limit
    if problem.reach is not None and not 0 < problem.reach <= limit:
        checks.add(
            "GP-L107",
            "reach",
            f"must be above 0 and at most the limit of the cost, {limit:g}",
            f"须大于 0 且不超过成本上限 {limit:g}",
            problem.reach,
        )


def _choices(problem: ProgrammeProblem, checks: _Checks) -> None:
    for name in ("fixed", "required", "refused"):
        chosen = getattr(problem, name)
        checks.known(name, chosen, checks.places, "these are no places of the problem", "不在备选范围内")
    for name, one, other in (
        ("fixed", problem.fixed, problem.refused),
        ("required", problem.required, [*problem.fixed, *problem.refused]),
    ):
        if both := sorted(set(one) & set(other)):
            checks.add(
                "GP-L106", name, "cannot be fixed, required and refused at once", "不能同时固定、必选或排除", both
            )
    if problem.p is not None and not (
        isinstance(problem.p, int | np.integer) and 0 <= problem.p <= len(checks.options)
    ):
        checks.add(
            "GP-L109",
            "p",
            "must be a whole number from 0 to the number of options",
            "须为 0 至可选数量的整数",
            problem.p,
        )
    checks.known("closes", problem.closes, problem.fixed, "only fixed places close", "只有固定设施可以关闭")
    checks.known("closes", problem.closes.values(), checks.phases, "there is no such phase", "没有这一期")
    opens = problem.opens or {}
    checks.known("opens", opens, checks.places, "these are no places of the problem", "不在备选范围内")
    checks.known("opens", opens.values(), checks.phases, "there is no such phase", "没有这一期")


def _pairs_of_options(problem: ProgrammeProblem, checks: _Checks) -> None:
    replaces = problem.replaces or {}
    checks.known("replaces", replaces, checks.options, "these are no options", "不是备选项")
    checks.known("replaces", replaces.values(), problem.fixed, "only fixed places are replaced", "只能替代固定设施")
    pairs = {(str(u[0]), str(u[1])) for u in problem.upgrades if len(u) >= 2}
    checks.known("upgrades", {o for pair in pairs for o in pair}, checks.options, "these are no options", "不是备选项")
    for upgrade in problem.upgrades:
        if len(upgrade) not in (2, 3) or upgrade[0] == upgrade[1] or (len(upgrade) == 3 and not _amount(upgrade[2])):
            checks.add(
                "GP-L110", "upgrades", "must be (small, large) or (small, large, yuan)", "须为（小，大[，元]）", upgrade
            )
    two = [f"{a}, {b}" for a, b in sorted(pairs) if replaces.get(a, "") and replaces.get(b, replaces[a]) != replaces[a]]
    if two:
        checks.add(
            "GP-L110",
            "replaces",
            "an option and its upgrade replace one place at most",
            "扩建前后只能替代同一设施",
            two,
        )
    site = problem.site
    if site is not None and pairs:
        apart = [f"{a}, {b}" for a, b in sorted(pairs) if site.get(a) != site.get(b)]
        if apart:
            checks.add("GP-L110", "upgrades", "both must stand on one site", "两者须在同一用地上", apart)
    if site is not None and site.index.is_unique:
        required = [r for r in sorted(set(problem.required)) if r in site.index]
        for name, count in sorted(Counter(site.loc[required]).items(), key=str):
            rivals = [r for r in required if site[r] == name]
            linked = count == 2 and (tuple(rivals) in pairs or tuple(rivals[::-1]) in pairs)
            if count > 1 and not linked:
                checks.add("GP-L111", "required", "only one of these fits on their site", "同一用地只能建一个", rivals)


def _amount(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and math.isfinite(value) and bool(value >= 0)


def _money(problem: ProgrammeProblem, checks: _Checks) -> None:
    checks.by_phase("budget", problem.budget)
    checks.by_phase("yearly_budget", problem.yearly_budget)
    for budget, costs in (
        ("budget", "fixed_cost"),
        ("yearly_budget", "yearly_cost"),
        ("source_budget", "sources"),
        ("sources", "source_budget"),
    ):
        if getattr(problem, budget) is not None and getattr(problem, costs) is None:
            checks.add("GP-L112", budget, f"needs {costs}", f"须同时给出 {costs}")
    given, sources = problem.source_budget, problem.sources
    if given is not None:
        if set(given.index) != set(checks.phases) or not given.index.is_unique:
            checks.add(
                "GP-L104", "source_budget", "must have one row for each phase", "须与各期一一对应", list(given.index)
            )
        else:
            checks.numbers("source_budget", given, given.index)
        if sources is not None and set(given.columns) != set(sources.columns):
            checks.add(
                "GP-L112", "source_budget", "must have the sources of `sources`", "资金来源须一致", list(given.columns)
            )


def _limits(problem: ProgrammeProblem, checks: _Checks) -> None:
    for limit in problem.limits:
        name = f"limit {limit.name}"
        checks.table(name, limit.amount, checks.options, part=True)
        keys = [k[0] if limit.group is not None and isinstance(k, tuple) else k for k in limit.most]
        checks.known(name, keys, checks.phases, "there is no such phase", "没有这一期")
        checks.numbers(name, pd.Series(list(limit.most.values()), dtype=float), list(limit.most))
        if limit.group is not None:
            checks.table(name, limit.group, checks.options, numbers=False, part=True)
            shape = [k for k in limit.most if not (isinstance(k, tuple) and len(k) == 2)]
            if shape:
                checks.add("GP-L113", name, "most must be given by (phase, group)", "须按（期，组）给出", shape)
            else:
                groups = {k[1] for k in limit.most if isinstance(k, tuple)}
                checks.known(name, groups, set(limit.group), "there is no such group", "没有这一组")


def _pilots(problem: ProgrammeProblem, checks: _Checks) -> None:
    for pilot in problem.pilots:
        name = f"pilots {pilot.name}"
        checks.known(name, pilot.options, checks.options, "these are no options", "不是备选项")
        checks.known(name, [pilot.phase], checks.phases, "there is no such phase", "没有这一期")
        whole = isinstance(pilot.least, int | np.integer)
        if not whole or not 0 <= pilot.least <= len(set(pilot.options)):
            checks.add(
                "GP-L114",
                name,
                "least must be a whole number from 0 to the number of its options",
                "须为 0 至其数量的整数",
                pilot.least,
            )


def _floors(problem: ProgrammeProblem, checks: _Checks) -> None:
    counties = set(problem.units()) if problem.unit is None or problem.unit.index.is_unique else set()
    for floor in problem.floors:
        name = f"floor {floor.name}"
        if floor.kind not in (*SHARES, "per_1000"):
            checks.add("GP-L115", name, "kind must be coverage, urban_rural or per_1000", "类型不明", floor.kind)
        if not _amount(floor.least) or (floor.kind in SHARES and floor.least > 1):
            checks.add(
                "GP-L115",
                name,
                "least must be from 0 to 1 (a number per 1,000: not negative)",
                "须为 0 至 1（千人指标：非负）",
                floor.least,
            )
        checks.known(name, [floor.phase], checks.phases, "there is no such phase", "没有这一期")
        if floor.unit is not None:
            checks.known(name, [str(floor.unit)], counties, "there is no such county", "没有这一县区")
        needs = {"urban_rural": ["urban"], "per_1000": ["population"]}.get(floor.kind, [])
        needs += ["place_unit"] if floor.kind == "per_1000" and problem.unit is not None else []
        for need in needs:
            if getattr(problem, need) is None:
                checks.add("GP-L112", name, f"needs {need}", f"须同时给出 {need}")


def _goals(problem: ProgrammeProblem, checks: _Checks) -> None:
    if problem.weights is not None:
        checks.known("weights", problem.weights, GOALS, "must be served, travel or cost", "须为 served、travel 或 cost")
        checks.numbers("weights", pd.Series(problem.weights, dtype=float), list(problem.weights))
    if problem.choice not in ("planner", "nearest"):
        checks.add("GP-L116", "choice", "must be planner or nearest", "须为 planner 或 nearest", problem.choice)
