"""What can be done on each site, phase by phase, as paths; and the rules that join the paths, as rows of whole numbers.

A path is an option with the phase in which it opens, or a small option and the large one that takes its place in a later phase.
A plan takes at most one path a site. Every rule on money, land, pilots and places standing is a row: sum of use · taken <= most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from geoplan.location._checks import written
from geoplan.location._graph import THOUSANDTHS, Ints, thousandths
from geoplan.location.programme.problem import Limit, ProgrammeProblem

NONE = -1
FINEST = 10**6  # money and land finer than a millionth are rounded, uses up and limits down


@dataclass(frozen=True, eq=False)
class Paths:
    """By path: `small` and its `opens` phase, `large` and its `grows` phase (NONE if there is none), `site` (0 … sites-1), the
    fixed place that it `moves` and the phase `away` from which that is gone; places as rows of the cost matrix. `use` (rows ×
    paths) and `most` are the rules, `rule` their names. `cost`: yuan in all, by path.
    """

    small: Ints
    opens: Ints
    large: Ints
    grows: Ints
    site: Ints
    sites: int
    moves: Ints
    away: Ints
    use: Any
    most: Ints
    rule: tuple[str, ...]
    cost: Any

    def standing(self, phases: int) -> Ints:
        """The place of each path that stands in each phase (NONE: none yet), paths × phases."""
        phase = np.arange(phases)
        stands = np.where(phase >= self.opens[:, None], self.small[:, None], NONE)
        grown = (self.large[:, None] != NONE) & (phase >= self.grows[:, None])
        return np.asarray(np.where(grown, self.large[:, None], stands))


def whole(values: Iterable[float], limits: Iterable[float]) -> tuple[Ints, list[int]]:
    """Values and limits as whole numbers of one unit; what is finer than a millionth is rounded against the plan.

    >>> whole([0.1, 0.2], [0.3])
    (array([1, 2]), [3])
    """
    given, bounds = np.asarray(list(values), float), np.asarray(list(limits), float)
    if (given == np.rint(given)).all() and (bounds == np.rint(bounds)).all():  # the usual case, at once
        return given.astype(np.int64), [int(b) for b in bounds]
    exact, most = [written(v) for v in given], [written(v) for v in bounds]
    fine = max((f.denominator for f in exact + most), default=1)
    unit = 1
    while unit < min(fine, FINEST) and any((f * unit).denominator != 1 for f in exact + most):
        unit *= 10
    up = [-(-(f * unit).numerator // (f * unit).denominator) for f in exact]
    return np.array(up, np.int64), [(f * unit).numerator // (f * unit).denominator for f in most]


def build_paths(problem: ProgrammeProblem) -> Paths:
    """Every path that the problem allows, in the order of ids, and the rows of its rules."""
    rows = {place: k for k, place in enumerate(problem.cost.place_ids)}
    phase = {name: k for k, name in enumerate(problem.phases)}
    refused, first = set(problem.refused), problem.opens or {}
    free = sorted(o for o in problem.options if o not in refused)
    earliest = {o: phase[first[o]] if o in first else 0 for o in free}
    steps: list[tuple[Any, ...]] = [(o, t, NONE, NONE) for o in free for t in range(earliest[o], len(phase))]
    steps += sorted(
        (str(u[0]), t, str(u[1]), later)
        for u in problem.upgrades
        if u[0] in earliest and u[1] in earliest
        for t in range(earliest[str(u[0])], len(phase))
        for later in range(max(t + 1, earliest[str(u[1])]), len(phase))
    )
    site = dict(zip(free, free if problem.site is None else map(str, problem.site.reindex(free).tolist()), strict=True))
    number = {name: k for k, name in enumerate(sorted(set(site.values())))}
    moved = [_moved(problem, phase, *step) for step in steps]
    plain = Paths(
        small=np.array([rows[s[0]] for s in steps], np.int64),
        opens=np.array([s[1] for s in steps], np.int64),
        large=np.array([rows.get(str(s[2]), NONE) for s in steps], np.int64),
        grows=np.array([s[3] for s in steps], np.int64),
        site=np.array([number[site[s[0]]] for s in steps], np.int64),
        sites=len(number),
        moves=np.array([rows.get(m[0], NONE) for m in moved], np.int64),
        away=np.array([m[1] for m in moved], np.int64),
        use=None,
        most=np.zeros(0, np.int64),
        rule=(),
        cost=None,
    )
    return _with_rules(problem, plain)


def _moved(
    problem: ProgrammeProblem, phase: Mapping[str, int], small: str, opens: int, large: Any, grows: int
) -> tuple[str, int]:
    """The fixed place that a path closes, and from which phase; a facility that is gone by then is not moved."""
    replaces = problem.replaces or {}
    for option, since in ((small, opens), (large, grows)):
        if option in replaces:
            return replaces[option], since
    return "", len(phase)


class _Rules:
    """Collects rows: the use of each path and the most of all."""

    def __init__(self, paths: Paths) -> None:
        self.paths, self.use, self.most, self.names = paths, list[Any](), list[int](), list[str]()

    def add(self, name: str, use: Any, most: int) -> None:
        """A row, unless no choice of paths can break it."""
        if int(np.maximum(use, 0).sum()) > most:
            self.use.append(sparse.csr_matrix(use[None, :]))
            self.most.append(most)
            self.names.append(name)

    def opened(self, amount: Ints, extra: Ints, phase: int) -> Ints:
        """What has opened by a phase: the amount of the small option, and the extra of the large one once it stands."""
        paths = self.paths
        grown = (paths.large != NONE) & (paths.grows <= phase)
        return np.asarray(amount[paths.small] * (paths.opens <= phase) + extra * grown)

    def standing(self, amount: Ints, phase: int) -> Ints:
        """What stands in a phase."""
        stands = self.paths.standing(phase + 1)[:, phase]
        return np.asarray(np.where(stands == NONE, 0, amount[stands]))

    def difference(self, amount: Ints) -> Ints:
        """What the large option takes beyond the small one, at least nothing."""
        paths = self.paths
        return np.asarray(np.where(paths.large == NONE, 0, np.maximum(amount[paths.large] - amount[paths.small], 0)))


def _by_place(problem: ProgrammeProblem, values: pd.Series) -> list[float]:
    """A number for each place, 0 where none is given (the fixed)."""
    return list(values.reindex(problem.cost.place_ids).fillna(0.0).astype(float))


def _with_rules(problem: ProgrammeProblem, paths: Paths) -> Paths:
    rules = _Rules(paths)
    cost = _capital(problem, rules)
    for part in (_yearly, _sources, _limits, _pilots, _required, _standing, _moves):
        part(problem, rules)
    if problem.p is not None:
        rules.add("p", np.ones(len(paths.small), np.int64), int(problem.p))
    use = sparse.vstack(rules.use).tocsr() if rules.use else sparse.csr_matrix((0, len(paths.small)), dtype=np.int64)
    given = dict(vars(paths))
    return Paths(
        **given | {"use": use, "most": np.array(rules.most, np.int64), "rule": tuple(rules.names), "cost": cost}
    )


def upgrade_costs(problem: ProgrammeProblem) -> dict[tuple[str, str], Fraction]:
    """Yuan of each upgrade: as given, or the difference of the two costs, at least nothing."""

    prices: dict[Any, float] = {} if problem.fixed_cost is None else problem.fixed_cost.to_dict()

    def price(option: str) -> Fraction:
        return written(prices.get(option, 0.0))

    return {
        (str(u[0]), str(u[1])): written(u[2]) if len(u) == 3 else max(price(u[1]) - price(u[0]), Fraction(0))
        for u in problem.upgrades
    }


def _capital(problem: ProgrammeProblem, rules: _Rules) -> Any:
    """The rows of the budget, what is not spent carrying over; the yuan of each path."""
    paths, ids = rules.paths, problem.cost.place_ids
    if problem.fixed_cost is None and not any(len(u) == 3 for u in problem.upgrades):
        return np.zeros(len(paths.small))
    prices = [0.0] * len(ids) if problem.fixed_cost is None else _by_place(problem, problem.fixed_cost)
    grown = upgrade_costs(problem)
    pairs = zip(paths.small, paths.large, strict=True)
    steps = [float(grown[ids[small], ids[large]]) if large != NONE else 0.0 for small, large in pairs]
    given = problem.budget or dict.fromkeys(problem.phases, 0.0)
    all_costs, budget = whole([*prices, *steps], [given[t] for t in problem.phases])
    price, extra = all_costs[: len(ids)], all_costs[len(ids) :]
    if problem.budget is not None:
        for t, name in enumerate(problem.phases):
            rules.add(f"budget, {name}", rules.opened(price, extra, t), sum(budget[: t + 1]))
    return np.asarray(prices)[paths.small] + np.asarray(steps)


def _yearly(problem: ProgrammeProblem, rules: _Rules) -> None:
    if problem.yearly_budget is None or problem.yearly_cost is None:
        return
    amount, most = whole(_by_place(problem, problem.yearly_cost), [problem.yearly_budget[t] for t in problem.phases])
    for t, name in enumerate(problem.phases):
        rules.add(f"yearly budget, {name}", rules.standing(amount, t), most[t])


def _sources(problem: ProgrammeProblem, rules: _Rules) -> None:
    if problem.sources is None or problem.source_budget is None:
        return
    for source in problem.sources.columns:
        limits = problem.source_budget.loc[problem.phases, source]
        amount, most = whole(_by_place(problem, problem.sources[source]), limits)
        for t, name in enumerate(problem.phases):
            use = rules.opened(amount, rules.difference(amount), t)
            rules.add(f"{source}, {name}", use, sum(most[: t + 1]))


def _limits(problem: ProgrammeProblem, rules: _Rules) -> None:
    for limit in problem.limits:
        keys = list(limit.most)
        amount, most = whole(_by_place(problem, limit.amount), [limit.most[k] for k in keys])
        groups = None if limit.group is None else limit.group.reindex(problem.cost.place_ids).to_numpy(object)
        for key, bound in zip(keys, most, strict=True):
            name, group = key if limit.group is not None and isinstance(key, tuple) else (key, None)
            counted = amount if group is None else np.where(groups == group, amount, 0)
            use = _limited(rules, limit, counted, problem.phases.index(str(name)))
            rules.add(f"{limit.name}, {name}" + ("" if group is None else f", {group}"), use, bound)


def _limited(rules: _Rules, limit: Limit, amount: Ints, phase: int) -> Ints:
    """What a path takes of a limit in a phase."""
    if limit.cumulative:
        return rules.standing(amount, phase)
    paths, extra = rules.paths, rules.difference(amount)
    return np.asarray(amount[paths.small] * (paths.opens == phase) + extra * (paths.grows == phase))


def _pilots(problem: ProgrammeProblem, rules: _Rules) -> None:
    paths, ids = rules.paths, problem.cost.place_ids
    for pilot in problem.pilots:
        chosen, phase = ids.isin(list(pilot.options)), problem.phases.index(pilot.phase)
        small = chosen[paths.small] & (paths.opens <= phase)
        large = (paths.large != NONE) & chosen[paths.large] & (paths.grows <= phase)
        rules.add(f"pilots {pilot.name}", -(small.astype(np.int64) + large), -int(pilot.least))


def _required(problem: ProgrammeProblem, rules: _Rules) -> None:
    paths = rules.paths
    for place in sorted(set(problem.required)):
        row = problem.cost.place_ids.get_loc(place)
        rules.add(f"required {place}", -((paths.small == row) | (paths.large == row)).astype(np.int64), -1)


def _standing(problem: ProgrammeProblem, rules: _Rules) -> None:
    """The floors on places per 1,000 of the population, in thousandths of places."""
    for floor in problem.floors:
        if floor.kind == "per_1000":
            places = thousandths(problem.capacities(), "capacity", down=True).sum(axis=1)
            for unit in problem.units_of(floor):
                _stands_in(problem, rules, floor, unit, np.where(problem.places_by_unit() == unit, places, 0))


def _stands_in(problem: ProgrammeProblem, rules: _Rules, floor: Any, unit: str, places: Ints) -> None:
    phase, paths = problem.phases.index(floor.phase), rules.paths
    needed = places_needed(problem, floor, unit)
    fixed = fixed_standing(problem)[:, phase]
    use = -rules.standing(places, phase)
    leaves = (paths.moves != NONE) & (paths.away <= phase) & fixed[paths.moves]
    use = use + np.where(leaves, places[paths.moves], 0)
    if needed:
        rules.add(f"{floor.name}, {floor.phase}, {unit}", use, int(places[fixed].sum()) - needed)


def places_needed(problem: ProgrammeProblem, floor: Any, unit: str) -> int:
    """Thousandths of places that a floor per 1,000 of the population asks for in a county."""
    assert problem.population is not None
    people = problem.population[floor.phase].reindex(problem.cost.demand_ids)[(problem.units() == unit).to_numpy()]
    exact = written(floor.least) * int(np.rint(people.to_numpy(float) * THOUSANDTHS).sum()) / THOUSANDTHS
    return -(-exact.numerator // exact.denominator)


def fixed_standing(problem: ProgrammeProblem) -> Any:
    """Whether each place is a fixed one that stands in each phase (place rows × phases), if no option replaces it."""
    phase, ids = {name: k for k, name in enumerate(problem.phases)}, problem.cost.place_ids
    first = np.array([phase.get((problem.opens or {}).get(p, ""), 0) for p in ids], np.int64)
    gone = np.array([phase.get(problem.closes.get(p, ""), len(phase)) for p in ids], np.int64)
    now = np.arange(len(phase))
    return ids.isin(list(problem.fixed))[:, None] & (first[:, None] <= now) & (now < gone[:, None])


def _moves(problem: ProgrammeProblem, rules: _Rules) -> None:
    """A fixed place is replaced at most once."""
    paths = rules.paths
    for row in np.unique(paths.moves[paths.moves != NONE]):
        rules.add(f"{problem.cost.place_ids[row]} is replaced once", (paths.moves == row).astype(np.int64), 1)
