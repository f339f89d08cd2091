"""The optimum of every location model by trying every choice of places: exact numbers, and nothing of geoplan's solvers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import inf, isfinite
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

Open = tuple[str, ...]
Near = Mapping[str, Fraction]


@dataclass(frozen=True)
class Town:
    """A problem in plain words: what each point reaches at which cost, its people by band, and the rules of a choice.

    `room` by place and band; None where there is no bound. `share`: how much of a point a place covers, by their cost. `far`:
    what two places count that have no way to each other: the limit of the costs, or the greatest cost.
    """

    near: list[Near]
    people: list[list[Fraction]]
    fixed: Open
    free: Open
    required: Open
    ground: Mapping[str, Any]
    price: Mapping[str, Fraction]
    p: int | None
    budget: Fraction | None
    room: Mapping[str, list[Fraction]] | None
    one_source: bool
    neighbours: int
    share: Callable[[Fraction], Fraction]
    far: Fraction

    def total(self, point: int) -> Fraction:
        """The people of a point in all bands."""
        return sum(self.people[point], Fraction(0))

    @property
    def wanting(self) -> list[int]:
        """The points that have people."""
        return [d for d in range(len(self.near)) if self.total(d) > 0]


def best(model: str, problem: Any) -> Fraction | None:
    """The best objective that any choice of places has, or None if no choice keeps the rules."""
    town, (sense, exact, value) = plain(problem), MODELS[model]
    found = [v for c in choices(town, exact) if (v := value(town, (*town.fixed, *c), c)) is not None]
    return (max if sense == "most" else min)(found, default=None)


def plain(problem: Any) -> Town:
    """A LocationProblem read row by row."""
    frame = problem.cost.to_frame()
    near: dict[str, dict[str, Fraction]] = {d: {} for d in problem.cost.demand_ids}
    for row in frame.itertuples():
        if problem.reach is None or row.cost <= problem.reach:
            near[row.demand_id][row.place_id] = Fraction(float(row.cost))
    weight = problem.weight.to_frame() if problem.weight.ndim == 1 else problem.weight
    places, room = list(problem.cost.place_ids), problem.capacity
    if room is not None:
        table = room.to_frame() if room.ndim == 1 else room[list(weight.columns)]
        room = {i: [_written(v) for v in table.loc[i]] for i in places}
    taken = {*problem.fixed, *problem.refused}
    return Town(
        near=list(near.values()),
        people=[[_written(v) for v in weight.loc[d]] for d in near],
        fixed=tuple(problem.fixed),
        free=tuple(i for i in places if i not in taken),
        required=tuple(problem.required),
        ground={i: i if problem.site is None else problem.site[i] for i in places},
        price={i: Fraction(0) if problem.fixed_cost is None else _written(problem.fixed_cost[i]) for i in places},
        p=problem.p,
        budget=None if problem.budget is None else _written(problem.budget),
        room=room,
        one_source=problem.single_source,
        neighbours=problem.neighbours,
        far=Fraction(float(problem.cost.limit if isfinite(problem.cost.limit) else frame["cost"].max()))
        if len(frame)
        else Fraction(0),
        share=lambda cost: Fraction(float(problem.decay(np.array([float(cost)]))[0])),
    )


def choices(town: Town, exact: bool) -> Iterator[Open]:
    """Every choice of places to open that keeps p (exactly, or at most), the budget, the required and one place a site."""
    for count in range(len(town.free) + 1):
        if town.p is not None and (count > town.p or (exact and count != town.p)):
            continue
        for chosen in combinations(town.free, count):
            money = sum((town.price[i] for i in chosen), Fraction(0))
            ground = {town.ground[i] for i in chosen}
            if set(town.required) <= set(chosen) and len(ground) == count and money <= (town.budget or money):
                yield chosen


def _written(number: float) -> Fraction:
    """A number as it is written: 0.1 is a tenth."""
    return Fraction(repr(float(number)))


def _costs(town: Town, point: int, places: Open) -> list[Fraction]:
    """The costs from a point to those of the places that it reaches, the least first."""
    return sorted(town.near[point][i] for i in places if i in town.near[point])


# the models: what a choice is worth, None where it breaks a rule


def _covered(town: Town, places: Open, _: Open) -> Fraction | None:
    return sum((town.total(d) for d in town.wanting if _costs(town, d, places)), Fraction(0))


def _gradual(town: Town, places: Open, _: Open) -> Fraction | None:
    least = {d: costs[0] for d in town.wanting if (costs := _costs(town, d, places))}
    return sum((town.total(d) * town.share(c) for d, c in least.items()), Fraction(0))


def _cooperative(town: Town, places: Open, _: Open) -> Fraction | None:
    shares = {d: sum(map(town.share, _costs(town, d, places)), Fraction(0)) for d in town.wanting}
    return sum((town.total(d) * min(Fraction(1), s) for d, s in shares.items()), Fraction(0))


def _all_covered(town: Town, places: Open, chosen: Open, times: int = 1) -> Fraction | None:
    covered = all(len(_costs(town, d, places)) >= times for d in town.wanting)
    return Fraction(len(chosen)) if covered else None


def _backed_up(town: Town, places: Open, chosen: Open) -> Fraction | None:
    return _all_covered(town, places, chosen, max(2, town.neighbours))


def _travel(town: Town, places: Open, _: Open, nearest: int = 1) -> Fraction | None:
    costs = {d: _costs(town, d, places)[:nearest] for d in town.wanting}
    if any(len(c) < nearest for c in costs.values()):
        return None
    return sum((town.total(d) * sum(c) for d, c in costs.items()), Fraction(0))


def _travel_nearest(town: Town, places: Open, chosen: Open) -> Fraction | None:
    return _travel(town, places, chosen, town.neighbours)


def _centre(town: Town, places: Open, _: Open) -> Fraction | None:
    costs = [_costs(town, d, places) for d in town.wanting]
    return None if not all(costs) else max((c[0] for c in costs), default=Fraction(0))


def _dispersion(town: Town, places: Open, _: Open) -> Fraction | None:
    """The lesser of both ways between two open places; a pair without any way is `far` apart."""
    row = {i: k for k, i in enumerate(town.ground)}  # the points are the places, in the same order
    ways = [(town.near[row[a]].get(b), town.near[row[b]].get(a)) for a, b in combinations(places, 2)]
    apart = [min(w for w in both if w is not None) for both in ways if both != (None, None)]
    return min([*apart, town.far])


def _capacitated(town: Town, places: Open, _: Open) -> Fraction | None:
    bands = range(len(town.people[0]))
    found = [(_one_source if town.one_source else _split)(town, places, b) for b in bands]
    return None if None in found else sum(found, Fraction(0))  # type: ignore[arg-type]


def _fixed_charge(town: Town, places: Open, chosen: Open) -> Fraction | None:
    travel = _capacitated(town, places, chosen)
    return None if travel is None else travel + sum((town.price[i] for i in chosen), Fraction(0))


def _served(town: Town, places: Open, _: Open) -> Fraction | None:
    bands = range(len(town.people[0]))
    return sum(((_most_whole if town.one_source else _most)(town, places, b) for b in bands), Fraction(0))


# one band served by open places


def _band(town: Town, places: Open, band: int) -> tuple[list[int], list[int], list[list[int | None]]]:
    """People by point and room by place in whole thousandths, and costs (None: out of reach) in whole thousandths."""
    points = [d for d in town.wanting if town.people[d][band] > 0]
    people = [_whole(town.people[d][band]) for d in points]
    room = [sum(people) if town.room is None else _whole(town.room[i][band]) for i in places]
    costs = [
        [_whole(town.near[d][i].limit_denominator(1000)) if i in town.near[d] else None for i in places] for d in points
    ]
    return people, room, costs


def _whole(number: Fraction) -> int:
    """Thousandths, of which a number must be a whole number."""
    assert (number * 1000).denominator == 1
    return int(number * 1000)


def _split(town: Town, places: Open, band: int) -> Fraction | None:
    """The least travel that serves all, people split as one likes: a transport problem, whose optimum is whole."""
    people, room, costs = _band(town, places, band)
    pairs = [(d, k) for d, row in enumerate(costs) for k, cost in enumerate(row) if cost is not None]
    if not people:
        return Fraction(0)
    if not pairs or sum(room) < sum(people):
        return None
    at = np.arange(len(pairs))
    points, sites = np.array(pairs).T
    serve = csr_array((np.ones(len(at)), (points, at)), shape=(len(people), len(at)))
    fill = csr_array((np.ones(len(at)), (sites, at)), shape=(len(room), len(at)))
    price = [costs[d][k] for d, k in pairs]
    answer = linprog(price, A_ub=fill, b_ub=room, A_eq=serve, b_eq=people, method="highs")
    if answer.status == 2:
        return None
    assert answer.status == 0
    amounts = [round(x) for x in answer.x]
    assert np.allclose(amounts, answer.x, atol=1e-6)
    return Fraction(sum(c * a for c, a in zip(price, amounts, strict=True) if c is not None), 10**6)


def _one_source(town: Town, places: Open, band: int) -> Fraction | None:
    """The least travel that serves all, each point whole at one place: every way is tried, the largest points first."""
    people, room, costs = _band(town, places, band)
    order = sorted(range(len(people)), key=lambda d: -people[d])
    if any(not [c for c in row if c is not None] for row in costs):
        return None
    after = [
        sum(people[d] * min(c for c in costs[d] if c is not None) for d in order[k:]) for k in range(len(order) + 1)
    ]
    least = inf

    def place(k: int, spent: int) -> None:
        nonlocal least
        if spent + after[k] >= least:
            return
        if k == len(order):
            least = spent
            return
        for i, cost in enumerate(costs[order[k]]):
            if cost is not None and room[i] >= people[order[k]]:
                room[i] -= people[order[k]]
                place(k + 1, spent + people[order[k]] * cost)
                room[i] += people[order[k]]

    place(0, 0)
    return None if least == inf else Fraction(int(least), 10**6)


def _most(town: Town, places: Open, band: int) -> Fraction:
    """The most people served, split as one likes: a maximum flow."""
    people, room, costs = _band(town, places, band)
    edges = [(0, 1 + d, n) for d, n in enumerate(people)]
    last = 1 + len(people) + len(room)
    edges += [(1 + len(people) + k, last, n) for k, n in enumerate(room)]
    edges += [
        (1 + d, 1 + len(people) + k, people[d])
        for d, row in enumerate(costs)
        for k, c in enumerate(row)
        if c is not None
    ]
    tail, head, most = np.array(edges, np.int32).reshape(-1, 3).T
    return Fraction(int(maximum_flow(csr_array((most, (tail, head)), shape=(last + 1,) * 2), 0, last).flow_value), 1000)


def _most_whole(town: Town, places: Open, band: int) -> Fraction:
    """The most people served, each point whole at one place or not at all: every way is tried, the largest points first."""
    people, room, costs = _band(town, places, band)
    order = sorted(range(len(people)), key=lambda d: -people[d])
    after = [sum(people[d] for d in order[k:]) for k in range(len(order) + 1)]
    most = 0

    def place(k: int, served: int) -> None:
        nonlocal most
        most = max(most, served)
        if served + after[k] <= most:
            return
        for i, cost in enumerate(costs[order[k]]):
            if cost is not None and room[i] >= people[order[k]]:
                room[i] -= people[order[k]]
                place(k + 1, served + people[order[k]])
                room[i] += people[order[k]]
        place(k + 1, served)

    place(0, 0)
    return Fraction(most, 1000)


# which sense, whether exactly p places are opened (or at most), and what a choice is worth
MODELS: dict[str, tuple[str, bool, Callable[[Town, Open, Open], Fraction | None]]] = {
    "cflp": ("least", False, _fixed_charge),
    "lscp": ("least", False, _all_covered),
    "lscp_backup": ("least", False, _backed_up),
    "mclp": ("most", False, _covered),
    "mclp_cooperative": ("most", False, _cooperative),
    "mclp_gradual": ("most", False, _gradual),
    "p_center": ("least", True, _centre),
    "p_dispersion": ("most", True, _dispersion),
    "p_median": ("least", True, _travel),
    "p_median_capacitated": ("least", True, _capacitated),
    "p_median_nearest": ("least", True, _travel_nearest),
    "programme": ("most", False, _served),
}
