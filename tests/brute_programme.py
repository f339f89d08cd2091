"""The optimum of a tiny programme by trying every phase of every option: exact numbers, and nothing of geoplan's solvers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import accumulate, pairwise, product
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

NEVER = 99
When = Mapping[str, int]


def best(problem: Any) -> Fraction | None:
    """The most people served, times their priority, summed over the phases; None if no choice keeps the rules."""
    phases = range(len(problem.phases))

    @cache
    def served(phase: int, places: frozenset[str]) -> Fraction:
        return _served(problem, phase, places)

    found = [sum((served(k, standing(problem, w, k)) for k in phases), Fraction(0)) for w in choices(problem)]
    return max(found, default=None)


def choices(problem: Any) -> Iterator[When]:
    """The phase (NEVER: not at all) of each option, in every way that keeps the rules."""
    options = [p for p in problem.cost.place_ids if p not in set(problem.fixed)]
    for phases in product([*range(len(problem.phases)), NEVER], repeat=len(options)):
        when = dict(zip(options, phases, strict=True))
        if _may_open(problem, when) and _fit_sites(problem, when) and _paid(problem, when) and _within(problem, when):
            yield when


def standing(problem: Any, when: When, phase: int) -> frozenset[str]:
    """The places that stand in a phase."""
    gone = {f for f, since in problem.closes.items() if problem.phases.index(since) <= phase}
    gone |= {f for option, f in (problem.replaces or {}).items() if when[option] <= phase}
    gone |= {small for small, large in _grown(problem, when) if when[large] <= phase}
    return frozenset(p for p in problem.cost.place_ids if p not in gone and when.get(p, 0) <= phase)


def _grown(problem: Any, when: When) -> list[tuple[str, str]]:
    """The upgrades that are made."""
    return [(u[0], u[1]) for u in problem.upgrades if NEVER not in (when[u[0]], when[u[1]])]


def _may_open(problem: Any, when: When) -> bool:
    """Not before its phase; required, refused, p and the pilots."""
    early = any(when[o] < problem.phases.index(first) for o, first in (problem.opens or {}).items())
    listed = all(when[o] != NEVER for o in problem.required) and all(when[o] == NEVER for o in problem.refused)
    opened = sum(phase != NEVER for phase in when.values()) - len(_grown(problem, when))
    pilots = all(
        sum(when[o] <= problem.phases.index(rule.phase) for o in rule.options) >= rule.least for rule in problem.pilots
    )
    return not early and listed and pilots and opened <= (NEVER if problem.p is None else problem.p)


def _fit_sites(problem: Any, when: When) -> bool:
    """One option a site but for upgrades, which are later; each fixed place is replaced once (and again by an upgrade)."""
    grown = _grown(problem, when)
    opened = [o for o, phase in when.items() if phase != NEVER and o not in {large for _, large in grown}]
    sites = [problem.site[o] for o in opened]
    replaced = [f for o, f in (problem.replaces or {}).items() if o in opened]
    later = all(when[small] < when[large] for small, large in grown)
    return later and len(set(sites)) == len(sites) and len(set(replaced)) == len(replaced)


def _paid(problem: Any, when: When) -> bool:
    """The money of each phase and of each source, what is left carries over; and the money of each year."""
    phases = range(len(problem.phases))
    spent = [sum((_price(problem, when, o) for o, phase in when.items() if phase == k), Fraction(0)) for k in phases]
    kept = _carried(spent, [problem.budget[p] for p in problem.phases])
    for source in [] if problem.sources is None else problem.sources.columns:
        drawn = [sum(_of(problem.sources.loc[o, source]) for o, phase in when.items() if phase == k) for k in phases]
        kept &= _carried(drawn, [problem.source_budget.loc[p, source] for p in problem.phases])
    if problem.yearly_budget is not None:
        for k, phase in enumerate(problem.phases):
            options = [p for p in standing(problem, when, k) if p in when]
            kept &= sum(_of(problem.yearly_cost[o]) for o in options) <= _of(problem.yearly_budget[phase])
    return kept


def _price(problem: Any, when: When, option: str) -> Fraction:
    """What an option costs: the difference where it takes the place of a smaller one."""
    full = _of(problem.fixed_cost[option])
    smaller = [small for small, large in _grown(problem, when) if large == option]
    return max(full - _of(problem.fixed_cost[smaller[0]]), Fraction(0)) if smaller else full


def _carried(spent: Any, money: Any) -> bool:
    """No sum up to a phase is above the money up to it."""
    return all(a <= b for a, b in zip(accumulate(spent), accumulate(map(_of, money)), strict=True))


def _within(problem: Any, when: When) -> bool:
    """The limits on what stands, or on what opens, in each group."""
    for limit in problem.limits:
        for (phase, group), most in limit.most.items():
            now = problem.phases.index(phase)
            counted = standing(problem, when, now) if limit.cumulative else [o for o in when if when[o] == now]
            mine = [o for o in counted if o in when and limit.group[o] == group]
            if sum(_of(limit.amount[o]) for o in mine) > _of(most):
                return False
    return True


def _of(number: float) -> Fraction:
    """A number as it is written."""
    return Fraction(repr(float(number)))


def _served(problem: Any, phase: int, places: frozenset[str]) -> Fraction:
    """The most people served times their priority: level by level of priority, by greatest flows.

    Served sets of people are a matroid, so those of the greatest priority are served first: sum over levels of (level - next
    level) · flow of the people of at least that level.
    """
    priority = dict.fromkeys(problem.cost.demand_ids, 1.0) if problem.priority is None else dict(problem.priority)
    levels = sorted({float(v) for v in priority.values()} | {0.0}, reverse=True)
    total = Fraction(0)
    for level, lower in pairwise(levels):
        points = [d for d in problem.cost.demand_ids if priority[d] >= level]
        flow = sum(_flow(problem, problem.phases[phase], band, points, places) for band in problem.bands)
        total += (_of(level) - _of(lower)) * Fraction(flow, 1000)
    return total


def _flow(problem: Any, phase: str, band: str, points: list[str], places: frozenset[str]) -> int:
    """The greatest flow of the people of some points to some places, in thousandths."""
    want = [round(problem.weight[phase].loc[d, band] * 1000) for d in points]
    order = sorted(places)
    room = [round(problem.capacity.loc[f, band] * 1000) for f in order]
    first, last = 1 + len(points), 1 + len(points) + len(order)
    edges = [(0, 1 + k, n) for k, n in enumerate(want)] + [(first + k, last, n) for k, n in enumerate(room)]
    for row in problem.cost.to_frame().itertuples():
        if row.demand_id in points and row.place_id in places:
            k = points.index(row.demand_id)
            edges.append((1 + k, first + order.index(row.place_id), want[k]))
    tail, head, most = np.array(edges, np.int32).reshape(-1, 3).T
    return int(maximum_flow(csr_array((most, (tail, head)), shape=(last + 1,) * 2), 0, last).flow_value)
