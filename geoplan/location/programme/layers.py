"""The programme as whole numbers: demand of the same reach put together, and one layer for each phase and band.

All layers share one graph of demand classes and pools (places of the same reach); only people and places differ between them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import sparse

from geoplan.location._checks import written
from geoplan.location._graph import THOUSANDTHS, Floats, Ints, _rank, both_ways, classes, thousandths
from geoplan.location.programme.paths import NONE, Paths, build_paths, fixed_standing
from geoplan.location.programme.problem import Floor, ProgrammeProblem


@dataclass(frozen=True, eq=False)
class Share:
    """A floor on people served: in `phase`, sum over demand classes of `part` · served at least `least` (thousandths).

    `times`: classes (a mask) and the whole number that each of them counts, for the exact comparison.
    """

    name: str
    phase: int
    part: Floats
    least: int
    times: Any

    def kept(self, served: Ints) -> bool:
        """Whether the thousandths served by class keep the floor, exactly."""
        return bool(sum(times * int(served[mask].sum()) for times, mask in self.times) >= self.least)


@dataclass(frozen=True, eq=False)
class Base:
    """What does not depend on the options chosen: demand classes, pools, pairs.

    `member`: the class of each demand point in the order of ids (NONE: reaches nothing or nobody is there); `wanted`: class ×
    layer, `worth`: of a person served, by class; `unit`: county by class. `pairs` as in `_kernels`, `travel`: what a person on a
    pair takes from the objective. `pool`: by place row (NONE: none), `places`: place row × band, thousandths. `room`: places of
    the fixed, pool × layer; `most`: the places of each place row that any plan need fill, place row × layer.
    """

    phases: int
    bands: int
    member: Ints
    wanted: Ints
    worth: Floats
    unit: Any
    pairs: tuple[Any, ...]
    travel: Floats
    pool: Ints
    pools: int
    places: Ints
    room: Ints
    most: Ints

    @property
    def layers(self) -> int:
        """Phases times bands."""
        return self.phases * self.bands


@dataclass(frozen=True, eq=False)
class Instance:
    """A programme ready to be solved: the base graph, the paths with their rules, the room of the fixed and the floors.

    `room`: pool × layer (thousandths); `add`: path × layer, the places it brings to pool `at` (path × phase, NONE: none);
    `leave`: path × layer, the places of the facility it moves, in pool `left`; `charge`: what a path takes from the objective.
    """

    base: Base
    paths: Paths
    room: Ints
    at: Ints
    add: Ints
    left: Ints
    leave: Ints
    shares: tuple[Share, ...]
    charge: Floats


def build_base(problem: ProgrammeProblem) -> Base:
    """The graph of a problem, in the order of ids; it does not depend on what is refused or on any money."""
    cost = problem.reachable()
    bands, phases = len(problem.bands), len(problem.phases)
    order = np.argsort(np.asarray(cost.demand_ids, dtype=str), kind="stable")
    people = [thousandths(problem.weights_in(t).iloc[order], f"weight, {t}") for t in problem.phases]
    wanted = np.concatenate(people, axis=1)
    places = thousandths(problem.capacities(), "capacity", down=True)
    demand = _rank(cost.demand_ids)[cost.demand]
    travels = (problem.weights or {}).get("travel", 0.0)
    keys = _keys(problem, order)
    pool = classes(cost.start, demand) if not travels else _rank(cost.place_ids)
    useful = (places.sum(axis=1) > 0) & (np.diff(cost.start) > 0)
    pool = np.unique(np.where(useful, pool, NONE), return_inverse=True)[1].reshape(-1) - int(not useful.all())
    pools, keep = int(pool.max(initial=NONE)) + 1, useful[cost.place] & (wanted[demand].sum(axis=1) > 0)
    pair, first = np.unique(demand[keep] * max(pools, 1) + pool[cost.place[keep]], return_index=True)
    begin = np.searchsorted(pair // max(pools, 1), np.arange(len(order) + 1))
    group = classes(begin, pair % max(pools, 1))
    group = np.arange(len(order)) if travels else group
    reaching = np.diff(begin) > 0
    member = np.full(len(order), NONE)
    member[reaching] = np.unique(np.column_stack((group, keys))[reaching], axis=0, return_inverse=True)[1].reshape(-1)
    head = np.unique(member, return_index=True)[1][int(not reaching.all()) :]
    sums = np.zeros((len(head), bands * phases), np.int64)
    np.add.at(sums, member[reaching], wanted[reaching])
    counts = np.diff(begin)[head]
    take = np.repeat(begin[head] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    node, at = np.repeat(np.arange(len(head)), counts), (pair % max(pools, 1))[take]
    worth, units = _worth(problem, order), problem.units().to_numpy()[order]
    travel = cost.values[keep][first][take] * travels if travels else np.zeros(len(take))
    none = np.zeros((0, 0), np.int64)
    pairs, by_place = both_ways(node, at, len(head), pools), np.where(useful, pool, NONE)
    base = Base(
        phases, bands, member, sums, worth[head], units[head], pairs, travel, by_place, pools, places, none, none
    )
    return with_room(problem, base)


def _worth(problem: ProgrammeProblem, order: Ints) -> Floats:
    """What a person served counts, by demand point in the order of ids."""
    served = 1.0 if problem.weights is None else problem.weights.get("served", 0.0)
    if problem.priority is None:
        return np.full(len(order), served)
    return np.asarray(problem.priority.reindex(problem.cost.demand_ids).to_numpy(float)[order] * served)


def _keys(problem: ProgrammeProblem, order: Ints) -> Ints:
    """What else must be equal for demand points to be put together: worth, and county and kind where a floor needs them."""
    kinds = {f.kind for f in problem.floors}
    columns: list[Any] = [_worth(problem, order)]
    if problem.fair or kinds & {"coverage", "urban_rural"}:
        columns.append(problem.units().to_numpy()[order].astype(str))
    if "urban_rural" in kinds and problem.urban is not None:
        columns.append(problem.urban.reindex(problem.cost.demand_ids).to_numpy(bool)[order])
    return np.column_stack([np.unique(c, return_inverse=True)[1].reshape(-1) for c in columns])


def with_room(problem: ProgrammeProblem, base: Base) -> Base:
    """The base with the room of the fixed, and with no more places of an option than there are people within reach of it."""
    room = np.zeros((base.pools, base.layers), np.int64)
    stands = np.repeat(fixed_standing(problem), base.bands, axis=1)
    for row in np.flatnonzero(problem.cost.place_ids.isin(list(problem.fixed))):
        if base.pool[row] != NONE:
            room[base.pool[row]] += np.tile(base.places[row], base.phases) * stands[row]
    reach = np.vstack((reachable_people(base), np.zeros((1, base.layers), np.int64)))
    return replace(base, room=room, most=np.minimum(np.tile(base.places, base.phases), reach[base.pool]))


def build_instance(problem: ProgrammeProblem, base: Base | None = None) -> Instance:
    """The problem ready to be solved; `base`: of a problem with the same people, places, fixed and costs."""
    base = base or build_base(problem)
    paths = build_paths(problem)
    fixed, layer_phase = (
        fixed_standing(problem)[:, np.repeat(np.arange(base.phases), base.bands)],
        np.repeat(np.arange(base.phases), base.bands),
    )
    stands = paths.standing(base.phases)
    at = np.where(stands == NONE, NONE, base.pool[stands])
    add = np.zeros((len(stands), base.layers), np.int64)
    for phase in range(base.phases):
        layers = slice(phase * base.bands, (phase + 1) * base.bands)
        add[:, layers] = np.where(at[:, phase, None] == NONE, 0, base.most[stands[:, phase], layers])
    moved = paths.moves != NONE
    left = np.where(moved, base.pool[paths.moves], NONE)
    gone_now = (left[:, None] != NONE) & (paths.away[:, None] <= layer_phase) & fixed[paths.moves]
    leave = np.where(gone_now, np.tile(base.places[paths.moves], base.phases), 0)
    spend = (problem.weights or {}).get("cost", 0.0)
    charge = paths.cost * spend * THOUSANDTHS
    return Instance(base, paths, base.room, at, add, left, leave, tuple(shares(problem, base)), charge)


def reachable_people(base: Base) -> Ints:
    """The people within reach of each pool, pool × layer: no plan fills more places there."""
    pairs = sparse.csr_matrix(
        (np.ones(len(base.pairs[1]), np.int64), base.pairs[1], base.pairs[0]), shape=(len(base.wanted), base.pools)
    )
    return np.asarray(pairs.T @ base.wanted)


def shares(problem: ProgrammeProblem, base: Base) -> list[Share]:
    """The floors on people served; those of counties without people are left out."""
    found = []
    for floor in problem.floors:
        for unit in problem.units_of(floor) if floor.kind != "per_1000" else []:
            share = (
                coverage(problem, base, floor, unit) if floor.kind == "coverage" else ratio(problem, base, floor, unit)
            )
            found += [share] if share is not None else []
    return found


def coverage(problem: ProgrammeProblem, base: Base, floor: Floor, unit: str) -> Share | None:
    """Served in a county at least so many."""
    people = people_of(problem, floor.phase, (problem.units() == unit).to_numpy())
    needed = written(floor.least) * people
    least = -(-needed.numerator // needed.denominator)
    here, name = base.unit == unit, f"{floor.name}, {floor.phase}, {unit}"
    return Share(name, problem.phases.index(floor.phase), here.astype(float), least, [(1, here)]) if least else None


def ratio(problem: ProgrammeProblem, base: Base, floor: Floor, unit: str) -> Share | None:
    """Rural served · urban people / rural people - least · urban served, in a county, at least 0."""
    assert problem.urban is not None
    here, urban = (problem.units() == unit).to_numpy(), problem.urban.reindex(problem.cost.demand_ids).to_numpy(bool)
    town, country = (people_of(problem, floor.phase, here & side) for side in (urban, ~urban))
    if not town or not country:
        return None
    by_class = np.zeros(len(base.wanted), bool)
    order = np.argsort(np.asarray(problem.cost.demand_ids, dtype=str), kind="stable")
    by_class[base.member[base.member != NONE]] = urban[order][base.member != NONE]
    mine = base.unit == unit
    part = np.where(by_class, -floor.least, town / country) * mine
    scale = max(float(np.abs(part).max(initial=0.0)), 1e-9)
    least: Fraction = written(floor.least)
    times = [(town * least.denominator, mine & ~by_class), (-country * least.numerator, mine & by_class)]
    return Share(f"{floor.name}, {floor.phase}, {unit}", problem.phases.index(floor.phase), part / scale, 0, times)


def people_of(problem: ProgrammeProblem, phase: str, rows: Any) -> int:
    """Thousandths of people at these demand points in a phase."""
    return int(np.rint(problem.weights_in(phase).to_numpy()[rows] * THOUSANDTHS).sum())
