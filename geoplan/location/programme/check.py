"""Recount a phased plan from the problem alone: every rule and every claim, in whole numbers and fractions, without any solver.

Nothing of the models, the graph or the paths is used here: what they get wrong, this must find.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from geoplan.location.check import HALF, STATUSES, TOLERANCE, exact, hold, rows, same
from geoplan.location.programme.plan import ProgrammePlan
from geoplan.location.programme.problem import Floor, Limit, ProgrammeProblem

COLUMNS = ["phase", "demand_id", "place_id", "band", "amount"]


def check_programme(problem: ProgrammeProblem, plan: ProgrammePlan) -> dict[str, Any]:
    """Recount every claim of a plan; the recount as a dict, or `CheckFailed` with the claim, what is stated and the recount.

    Counted: the options and their phases (known, not refused or fixed, required ones there, not too early, one a site but for
    upgrades, each fixed place replaced once, at most p), yuan by phase and source, yearly cost, limits, pilots; each assignment
    (a place that stands in that phase, within reach, no more than the people and the places, whole thousandths); floors; served,
    stranded, spent, travel, the objective, the bound's side, the gap and the word of the status.
    """
    hold("status is a known word", plan.status, STATUSES, plan.status in STATUSES)
    if plan.status == "infeasible":
        hold("status infeasible has no plan", plan.sites, (), not plan.sites and plan.assignment.empty)
        return {"status": plan.status}
    book = _Book(problem, plan)
    for rule in (_options, _sites, _money, _yearly, _sources, _limits, _pilots):
        rule(book)
    people = _assignment(book)
    for floor in problem.floors:
        _floor(book, floor, people)
    return _claims(book, people)


def _none(claim: str, wrong: Iterable[Any]) -> None:
    found = sorted(map(str, wrong))
    hold(claim, found[:5], "none that break it", not found)


def _total(values: pd.Series | None, names: Iterable[str]) -> Fraction:
    """The exact sum of what these options take."""
    return Fraction(0) if values is None else sum((exact(values[n]) for n in names), Fraction(0))


class _Book:
    """The problem and the plan side by side: who stands when, by plain dictionaries."""

    def __init__(self, problem: ProgrammeProblem, plan: ProgrammePlan) -> None:
        self.problem, self.plan = problem, plan
        self.at = {name: k for k, name in enumerate(problem.weight)}
        _none("phases are phases of the problem", {t for t in plan.opens.values() if t not in self.at})
        self.opens = {option: self.at[phase] for option, phase in plan.opens.items()}
        self.price = {(str(u[0]), str(u[1])): u for u in problem.upgrades}
        self.grown = {
            b: a for a, b in self.price if a in self.opens and b in self.opens
        }  # the large one: the small one
        self.until = {a: self.opens[b] for b, a in self.grown.items()}
        self.moved = {f: o for o, f in (problem.replaces or {}).items() if o in self.opens}

    def stands(self, phase: int) -> list[str]:
        """The options that stand in a phase."""
        last = len(self.at)
        return [o for o, t in self.opens.items() if t <= phase < self.until.get(o, last)]

    def opened(self, phase: int) -> list[str]:
        """The options that open in a phase."""
        return [o for o, t in self.opens.items() if t == phase]

    def fixed(self, phase: int) -> list[str]:
        """The fixed places that stand in a phase: open by then, neither closed nor replaced."""
        closed = {f for f, t in (self.problem.opens or {}).items() if self.at[t] > phase}
        closed |= {f for f, t in self.problem.closes.items() if self.at[t] <= phase}
        closed |= {f for f, o in self.moved.items() if self.opens[o] <= phase}
        return [f for f in dict.fromkeys(self.problem.fixed) if f not in closed]

    def extra(self, values: pd.Series, option: str) -> Fraction:
        """What an option takes when it opens; an upgrade only what it takes beyond the small one."""
        small = self.grown.get(option)
        return (
            exact(values[option]) if small is None else max(exact(values[option]) - exact(values[small]), Fraction(0))
        )

    def yuan(self, option: str) -> Fraction:
        """The cost of opening an option."""
        given = self.price.get((self.grown.get(option, ""), option), ())
        if len(given) == 3:
            return exact(given[2])
        return Fraction(0) if self.problem.fixed_cost is None else self.extra(self.problem.fixed_cost, option)


def _options(book: _Book) -> None:
    problem, plan, known = book.problem, book.plan, set(book.problem.cost.place_ids)
    hold("sites are the options that open", list(plan.sites), list(plan.opens), set(plan.sites) == set(plan.opens))
    hold("sites are named once", len(plan.sites), len(set(plan.sites)), len(plan.sites) == len(set(plan.sites)))
    _none("sites are places of the problem", set(plan.sites) - known)
    _none("sites stand beside the fixed", set(plan.sites) & set(problem.fixed))
    _none("sites are not refused", set(plan.sites) & set(problem.refused))
    _none("required sites are in the plan", set(problem.required) - set(plan.sites))
    first = {o: book.at[t] for o, t in (problem.opens or {}).items()}
    _none("no option opens too early", {o for o, t in book.opens.items() if t < first.get(o, 0)})
    places = len(plan.sites) - len(book.grown)
    hold("at most p places", places, problem.p, problem.p is None or places <= problem.p)


def _sites(book: _Book) -> None:
    """One option a site, or a small one and its upgrade in a later phase; each fixed place replaced once."""
    problem = book.problem
    ground: dict[str, list[str]] = {}
    for option in book.plan.sites:
        site = option if problem.site is None else str(problem.site[option])
        ground.setdefault(site, []).append(option)
    for site, options in ground.items():
        pair = len(options) == 2 and any(
            (a, b) in book.price and book.opens[a] < book.opens[b] for a, b in (options, options[::-1])
        )
        hold("at most one option a site, but for upgrades", options, site, len(options) == 1 or pair)
    _none("upgrades come later", {b for b, a in book.grown.items() if book.opens[a] >= book.opens[b]})
    by_site: dict[tuple[str, str], str] = {}
    for option, facility in (problem.replaces or {}).items():
        if option in book.opens:
            other = by_site.setdefault((facility, ""), option)
            linked = other == option or book.grown.get(option) == other or book.grown.get(other) == option
            hold("a fixed place is replaced once", [other, option], facility, linked)
            if linked and book.opens[option] < book.opens[other]:
                other = by_site[facility, ""] = option
            book.moved[facility] = other


def _money(book: _Book) -> None:
    problem, plan = book.problem, book.plan
    had = used = Fraction(0)
    for phase, k in book.at.items():
        spent = sum((book.yuan(o) for o in book.opened(k)), Fraction(0))
        stated = float(plan.spent[phase])
        hold(f"spent, {phase}", stated, float(spent), same(stated, float(spent)))
        used += spent
        if problem.budget is not None:
            had += exact(problem.budget[phase])
            hold(f"spent is within the budget, {phase}", float(used), float(had), used <= had)
    hold("cost", plan.cost, float(used), same(plan.cost, float(used)))


def _yearly(book: _Book) -> None:
    problem = book.problem
    for phase, k in book.at.items() if problem.yearly_budget is not None else []:
        assert problem.yearly_budget is not None
        used, most = _total(problem.yearly_cost, book.stands(k)), exact(problem.yearly_budget[phase])
        hold(f"yearly cost is within its budget, {phase}", float(used), float(most), used <= most)


def _sources(book: _Book) -> None:
    problem = book.problem
    if problem.sources is None or problem.source_budget is None:
        return
    for source in problem.sources.columns:
        had = used = Fraction(0)
        for phase, k in book.at.items():
            had += exact(problem.source_budget.loc[phase, source])
            used += sum((book.extra(problem.sources[source], o) for o in book.opened(k)), Fraction(0))
            hold(f"{source} is within its budget, {phase}", float(used), float(had), used <= had)


def _limits(book: _Book) -> None:
    for limit in book.problem.limits:
        for key, most in limit.most.items():
            phase, group = key if limit.group is not None and isinstance(key, tuple) else (key, None)
            used = _taken(book, limit, book.at[str(phase)], group)
            hold(f"limit {limit.name}, {key}", float(used), most, used <= exact(most))


def _taken(book: _Book, limit: Limit, phase: int, group: Any) -> Fraction:
    def inside(option: str) -> bool:
        return limit.group is None or limit.group[option] == group

    if limit.cumulative:
        return _total(limit.amount, [o for o in book.stands(phase) if inside(o)])
    total = Fraction(0)
    for option in book.opened(phase):
        small = book.grown.get(option)
        base = exact(limit.amount[small]) if small is not None and inside(small) else Fraction(0)
        own = exact(limit.amount[option]) if inside(option) else Fraction(0)
        total += max(own - base, Fraction(0)) if small is not None else own
    return total


def _pilots(book: _Book) -> None:
    for pilot in book.problem.pilots:
        count = sum(book.opens.get(o, len(book.at)) <= book.at[pilot.phase] for o in set(pilot.options))
        hold(f"pilots {pilot.name}", count, pilot.least, count >= pilot.least)


def _assignment(book: _Book) -> dict[str, pd.DataFrame]:
    """The rules of the assignment; people served by phase, as demand × band in whole thousandths."""
    given, problem = book.plan.assignment, book.problem
    hold("assignment has its columns", list(given.columns), COLUMNS, list(given.columns) == COLUMNS)
    rows("assignments name known phases", given, ~given["phase"].isin(list(book.at)).to_numpy())
    rows("assignments stand once", given, given.duplicated(COLUMNS[:4]).to_numpy())
    amount = given["amount"].to_numpy(float)
    rows("amounts are above 0", given, ~(np.isfinite(amount) & (amount > 0)))
    rows("amounts are whole thousandths", given, np.abs(amount * 1000 - np.rint(amount * 1000)) > 1e-6)
    pairs = _within_reach(problem, given)
    rows("assignments are within reach", given, np.isnan(pairs))
    counted = math.fsum(pairs * np.rint(amount * 1000) / 1000)
    hold("travel", book.plan.travel, counted, same(book.plan.travel, counted))
    return {phase: _in_phase(book, phase, given[(given["phase"] == phase).to_numpy()]) for phase in book.at}


def _within_reach(problem: ProgrammeProblem, given: pd.DataFrame) -> Any:
    """The travel cost of each assignment; NaN where the pair is not within reach."""
    cost, size = problem.cost, len(problem.cost.place_ids)
    keys = cost.demand.astype(np.int64) * size + np.repeat(np.arange(size), np.diff(cost.start))
    travel = pd.Series(cost.values, index=keys)
    if problem.reach is not None:
        travel = travel[travel <= problem.reach * (1 + 1e-12)]
    demand = pd.Index(cost.demand_ids).get_indexer(pd.Index(given["demand_id"]))
    place = pd.Index(cost.place_ids).get_indexer(pd.Index(given["place_id"]))
    wanted = np.where((demand < 0) | (place < 0), -1, demand * size + place)
    return travel.reindex(wanted).to_numpy(float)


def _in_phase(book: _Book, phase: str, given: pd.DataFrame) -> pd.DataFrame:
    problem, k = book.problem, book.at[phase]
    standing = {*book.fixed(k), *book.stands(k)}
    rows(f"assignments go to places that stand, {phase}", given, ~given["place_id"].isin(standing).to_numpy())
    bands = [b for b in problem.bands if b in set(given["band"])]
    _none(f"assignments name known bands, {phase}", set(given["band"]) - set(bands))
    people, places = problem.weights_in(phase), problem.capacities()
    counted = {}
    for name, limit in (("demand_id", people), ("place_id", places)):
        table = _table(given, name, limit)
        wrong = np.argwhere(table.to_numpy() > np.floor(limit.to_numpy() * 1000 + 1e-6))
        label = [f"{table.index[i]}, {table.columns[j]}" for i, j in wrong]
        _none(f"no more than {'people' if name == 'demand_id' else 'places'}, {phase}", label)
        counted[name] = table
    return counted["demand_id"]


def _table(given: pd.DataFrame, name: str, limit: pd.DataFrame) -> pd.DataFrame:
    """The thousandths assigned, by id and band."""
    table = np.zeros(limit.shape, np.int64)
    row, column = limit.index.get_indexer(pd.Index(given[name])), limit.columns.get_indexer(pd.Index(given["band"]))
    np.add.at(table, (row, column), np.rint(given["amount"].to_numpy(float) * 1000).astype(np.int64))
    return pd.DataFrame(table, limit.index, limit.columns)


def _floor(book: _Book, floor: Floor, people: dict[str, pd.DataFrame]) -> None:
    for unit in problem_units(book.problem, floor):
        reached = _reached(book, floor, unit, people[floor.phase])
        if reached is not None:
            share, least = reached
            hold(f"floor {floor.name}, {floor.phase}, {unit}", float(share), float(least), share >= least)


def problem_units(problem: ProgrammeProblem, floor: Floor) -> list[str]:
    """The counties of a floor."""
    if floor.unit is not None:
        return [str(floor.unit)]
    return ["all"] if problem.unit is None else sorted(set(problem.unit.astype(str)))


def _reached(book: _Book, floor: Floor, unit: str, served: pd.DataFrame) -> tuple[Fraction, Fraction] | None:
    """What is reached and what must be; None where a county has nobody to count."""
    problem, least = book.problem, exact(floor.least)
    ids = problem.cost.demand_ids
    here = (
        np.ones(len(ids), bool) if problem.unit is None else (problem.unit.reindex(ids).astype(str) == unit).to_numpy()
    )
    wanted = np.rint(problem.weights_in(floor.phase).to_numpy() * 1000).sum(axis=1)
    got = served.to_numpy().sum(axis=1)
    if floor.kind == "coverage":
        total = int(wanted[here].sum())
        return (Fraction(int(got[here].sum()), total), least) if total else None
    if floor.kind == "urban_rural":
        assert problem.urban is not None
        urban = problem.urban.reindex(ids).to_numpy(bool)
        town, country = int(wanted[here & urban].sum()), int(wanted[here & ~urban].sum())
        if not town or not country:
            return None
        rural = Fraction(int(got[here & ~urban].sum()), country)
        return rural, least * Fraction(int(got[here & urban].sum()), town)
    return _per_1000(book, floor, unit, here), least


def _per_1000(book: _Book, floor: Floor, unit: str, here: Any) -> Fraction:
    problem, k = book.problem, book.at[floor.phase]
    assert problem.population is not None
    population = problem.population[floor.phase].reindex(problem.cost.demand_ids).to_numpy(float)[here]
    people = Fraction(int(np.rint(population * 1000).sum()), 1000)
    capacity = problem.capacities()
    names = [*book.fixed(k), *book.stands(k)]
    names = names if problem.place_unit is None else [n for n in names if str(problem.place_unit[n]) == unit]
    places = Fraction(int(np.floor(capacity.loc[names].to_numpy() * 1000 + 1e-6).sum()), 1000)
    return places / (people / 1000) if people else Fraction(10**12)


def _claims(book: _Book, people: dict[str, pd.DataFrame]) -> dict[str, Any]:
    plan, problem = book.plan, book.problem
    served = {phase: table.sum(axis=0) / 1000 for phase, table in people.items()}
    for phase, row in served.items():
        for band, count in row.items():
            stated = float(plan.served_by[band][phase])
            hold(f"served, {phase}, {band}", stated, count, same(stated, count))
    _stranded(book)
    total = math.fsum(math.fsum(problem.weights_in(t).to_numpy().ravel()) for t in book.at)
    hold("demand_total", plan.demand_total, total, same(plan.demand_total, total))
    objective = _objective(book, people)
    hold("objective", plan.objective, objective, same(plan.objective, objective))
    if problem.fair and plan.least_share is not None:
        least = _least_share(book, people)
        hold("least share", plan.least_share, least, same(plan.least_share, least))
    counted: dict[str, Any] = {
        "sites": len(plan.sites),
        "cost": plan.cost,
        "objective": objective,
        "demand_total": total,
    }
    counted["served"] = math.fsum(float(row.sum()) for row in served.values())
    counted["gap"] = _proof(plan, objective)
    return counted


def _least_share(book: _Book, people: dict[str, pd.DataFrame]) -> float:
    last, problem = list(book.at)[-1], book.problem
    wanted = np.rint(problem.weights_in(last).to_numpy() * 1000).sum(axis=1)
    unit = (
        np.full(len(wanted), "all")
        if problem.unit is None
        else problem.unit.reindex(problem.cost.demand_ids).to_numpy(str)
    )
    got = people[last].to_numpy().sum(axis=1)
    shares = [got[unit == u].sum() / wanted[unit == u].sum() for u in set(unit) if wanted[unit == u].sum()]
    return float(min(shares, default=1.0))


def _objective(book: _Book, people: dict[str, pd.DataFrame]) -> float:
    problem, plan = book.problem, book.plan
    ids = problem.cost.demand_ids
    worth = np.ones(len(ids)) if problem.priority is None else problem.priority.reindex(ids).to_numpy(float)
    each = [
        float(w) * int(n) for t in people.values() for w, n in zip(worth, t.to_numpy().sum(axis=1), strict=True) if n
    ]
    served = math.fsum(each) / 1000
    if problem.weights is None:
        return served
    weight = {name: problem.weights.get(name, 0.0) for name in ("served", "travel", "cost")}
    return weight["served"] * served - weight["travel"] * plan.travel - weight["cost"] * plan.cost


def _stranded(book: _Book) -> None:
    """Places of options that opened in an earlier phase and still stand, less the people who use them."""
    capacity = book.problem.capacities().sum(axis=1)
    given = book.plan.assignment
    for phase, k in book.at.items():
        names = [o for o in book.stands(k) if book.opens[o] < k]
        use = given[(given["phase"] == phase).to_numpy() & given["place_id"].isin(names).to_numpy()]["amount"]
        empty = math.fsum(capacity[names]) - math.fsum(use)
        stated = float(book.plan.stranded[phase])
        hold(f"stranded, {phase}", stated, empty, abs(stated - empty) <= 0.0006 + TOLERANCE * abs(empty))


def _proof(plan: ProgrammePlan, objective: float) -> float | None:
    """The bound is not below the objective, the gap is theirs, and the status says no more than they do."""
    if plan.bound is None:
        hold("gap is unknown where the bound is", plan.gap, None, plan.gap is None)
        hold("status needs a bound", plan.status, "stopped", plan.status == "stopped")
        return None
    ahead, allowed = plan.bound - objective, TOLERANCE * max(1.0, abs(objective))
    hold("no plan can be better than the bound", plan.bound, objective, math.isfinite(plan.bound) and ahead >= -allowed)
    gap = abs(ahead) / max(abs(objective), 1e-9)
    hold("gap", plan.gap, gap, plan.gap is not None and abs(plan.gap - gap) <= TOLERANCE)
    hold(
        "status optimal is proven",
        plan.status,
        f"a gap of {gap:.3g}",
        plan.status != "optimal" or ahead < max(HALF, allowed),
    )
    return gap
