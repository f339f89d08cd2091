"""Who goes where once the paths are chosen: what counts most, then the least travel, in whole thousandths; floors kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from geoplan.location._graph import THOUSANDTHS, Ints
from geoplan.location._highs import maximise
from geoplan.location.programme.layers import Instance
from geoplan.location.programme.model import flow_model, room_with
from geoplan.location.programme.paths import NONE, fixed_standing
from geoplan.location.programme.problem import ProgrammeProblem

FAVOURS = 4  # times that counties short of their floor are put first, before a linear programme settles who is served
FINEST = 1 << 31  # costs that are no whole numbers are rounded to this many steps below the greatest


@dataclass(frozen=True, eq=False)
class Pairs:
    """The pairs within reach by demand rank, cost and place rank (ranks count the ids in order); `place` as rows of the matrix."""

    demand: Ints
    place: Ints
    cost: Ints
    exact: Any
    wanted: Ints
    demand_ids: Any
    place_rank: Ints
    worth: Ints
    levels: int


@dataclass(frozen=True, eq=False)
class Assigned:
    """The people (thousandths) of each pair that has any: demand rank, place row, phase and band."""

    demand: Ints
    place: Ints
    phase: Ints
    band: Ints
    amount: Ints
    travel: Any


def pairs_of(problem: ProgrammeProblem) -> Pairs:
    """The pairs of a problem, sorted for the assignment."""
    cost = problem.reachable()
    order = np.argsort(np.asarray(cost.demand_ids, dtype=str), kind="stable")
    rank, place_rank = np.empty(len(order), np.int64), np.empty(len(cost.place_ids), np.int64)
    rank[order] = np.arange(len(order))
    place_rank[np.argsort(np.asarray(cost.place_ids, dtype=str), kind="stable")] = np.arange(len(place_rank))
    whole = _whole(cost.cost)
    demand, place = rank[cost.demand], cost.place
    by = np.lexsort((place_rank[place], whole, demand))
    people = [np.rint(problem.weights_in(t).to_numpy()[order] * THOUSANDTHS).astype(np.int64) for t in problem.phases]
    worth = np.zeros(len(order), np.int64)
    if problem.priority is not None:
        worth = np.unique(problem.priority.reindex(cost.demand_ids).to_numpy(float)[order], return_inverse=True)[1]
    ids = np.asarray(cost.demand_ids, object)[order]
    levels = int(worth.max(initial=0))
    return Pairs(
        demand[by], place[by], whole[by], cost.values[by], np.stack(people), ids, place_rank, levels - worth, levels + 1
    )


def _whole(values: Any) -> Ints:
    """Costs as whole numbers: as they are where they are whole, else in steps of the greatest / 2^31."""
    if not len(values) or np.issubdtype(values.dtype, np.integer):
        return np.asarray(values, np.int64)
    greatest = float(values.max())
    if greatest < FINEST and (values == np.rint(values)).all():
        return np.asarray(values, np.int64)
    return np.asarray(np.rint(values / greatest * FINEST), np.int64)


def places_standing(problem: ProgrammeProblem, instance: Instance, chosen: Ints, phase: int) -> Ints:
    """Thousandths of places by place row and band in a phase, once these paths are chosen."""
    paths, base = instance.paths, instance.base
    standing = fixed_standing(problem)[:, phase]
    for path in chosen[paths.moves[chosen] != NONE]:
        standing[paths.moves[path]] &= paths.away[path] > phase
    stands = paths.standing(base.phases)[chosen, phase]
    standing[stands[stands != NONE]] = True
    return np.asarray(base.places * standing[:, None])


def assign_all(problem: ProgrammeProblem, instance: Instance, pairs: Pairs, chosen: Ints) -> Assigned | None:
    """The assignment of every phase; None if the floors cannot be kept with these paths."""
    parts = []
    for phase in range(instance.base.phases):
        part = assign_phase(problem, instance, pairs, chosen, phase)
        if part is None:
            return None
        parts.append(part)
    return Assigned(*(np.concatenate([getattr(p, name) for p in parts]) for name in Assigned.__dataclass_fields__))


def assign_phase(
    problem: ProgrammeProblem, instance: Instance, pairs: Pairs, chosen: Ints, phase: int
) -> Assigned | None:
    """One phase: at once where the floors hold by themselves, else first who is served and then where."""
    places = places_standing(problem, instance, chosen, phase)
    weighs_travel = bool((problem.weights or {}).get("travel"))
    if not weighs_travel:
        found = _least_travel(pairs, pairs.wanted[phase], places, phase)
        favoured = np.zeros(len(pairs.wanted[phase]), bool)
        for _ in range(FAVOURS):
            broken = _broken(instance, found, phase)
            if not broken:
                return found
            if pairs.levels > 1 or any(s.least <= 0 for s in broken):
                break
            for share in broken:  # who has a place is as many whoever comes first
                favoured |= (share.part > 0)[instance.base.member] & (instance.base.member != NONE)
            order = replace(pairs, worth=(~favoured).astype(np.int64), levels=2)
            found = _least_travel(order, pairs.wanted[phase], places, phase)
    served = _served(instance, room_with(instance, chosen), phase)
    if served is None:
        return None
    if weighs_travel:
        return _as_sent(instance, pairs, served, phase)
    return _least_travel(pairs, _split(instance, pairs.wanted[phase], served[1]), places, phase)


def _least_travel(pairs: Pairs, wanted: Ints, places: Ints, phase: int) -> Assigned:
    """Most served, those of highest priority first, then least travel: the network simplex, band by band."""
    from geoplan.access import _flow

    parts = []
    for band in range(places.shape[1]):
        keep = np.flatnonzero((places[pairs.place, band] > 0) & (wanted[pairs.demand, band] > 0))
        rows, demand = np.unique(pairs.demand[keep], return_inverse=True)
        open_, at = np.unique(pairs.place_rank[pairs.place[keep]], return_inverse=True)
        row_of = np.argsort(pairs.place_rank)
        cost = pairs.cost[keep]
        if pairs.levels > 1:  # a higher priority is worth more than any change of travel
            detour = (int(cost.max(initial=0)) + 1) * (2 * min(len(rows), len(open_)) + 2)
            cost = _coarse(cost, detour * pairs.levels) + pairs.worth[pairs.demand[keep]] * detour
        want, room = wanted[rows, band], places[row_of[open_], band]
        flow = _flow.transport(demand, at, cost, want, room) if len(keep) else np.zeros(0, np.int64)
        used = np.flatnonzero(flow)
        used = used[np.lexsort((at[used], demand[used]))]
        kept = keep[used]
        same = np.full(len(used), phase), np.full(len(used), band)
        parts.append(Assigned(pairs.demand[kept], pairs.place[kept], *same, flow[used], pairs.exact[kept]))
    return Assigned(*(np.concatenate([getattr(p, name) for p in parts]) for name in Assigned.__dataclass_fields__))


def _coarse(cost: Ints, top: int) -> Ints:
    """Costs as they are; they and what stands above them fit 64 bits many times over for all sizes that fit memory."""
    if top > 1 << 52:  # pragma: no cover - hundreds of priorities times millions of points
        return cost >> 12
    return cost


def _broken(instance: Instance, found: Assigned, phase: int) -> list[Any]:
    """The floors of a phase that an assignment breaks."""
    served = np.zeros(len(instance.base.wanted), np.int64)
    np.add.at(served, instance.base.member[found.demand], found.amount)
    return [s for s in instance.shares if s.phase == phase and not s.kept(served)]


def _served(instance: Instance, room: Ints, phase: int) -> tuple[Any, Ints] | None:
    """Who is served with the floors kept: the flows, and thousandths by class and band; None if that cannot be."""
    base = instance.base
    model, flows = flow_model(instance, room, phase)
    answer = maximise(model, gap=0.0, absolute=0.0, time_limit_s=60.0)
    if answer.x is None or answer.ended != "optimal":
        return None
    sent = np.floor(answer.x + 1e-5).astype(np.int64)
    served = np.zeros((len(base.wanted), base.layers), np.int64)
    np.add.at(served, (flows.node, flows.layer), sent)
    return _lowered(instance, flows, sent, served, phase)


def _lowered(instance: Instance, flows: Any, sent: Ints, served: Ints, phase: int) -> tuple[Any, Ints] | None:
    """What rounding down took from a ratio is mended by serving a few thousandths fewer of those who weigh against it."""
    layers = slice(phase * instance.base.bands, (phase + 1) * instance.base.bands)
    for share in (s for s in instance.shares if s.phase == phase):
        against = np.flatnonzero((share.part[flows.node] < 0) & (sent > 0))
        while not share.kept(served[:, layers].sum(axis=1)):
            if not len(against):
                return None
            sent[against[0]] -= 1
            served[flows.node[against[0]], flows.layer[against[0]]] -= 1
            against = against[int(sent[against[0]] == 0) :]
    return (flows, sent), served[:, layers]


def _split(instance: Instance, wanted: Ints, served: Ints) -> Ints:
    """Thousandths served of each demand point: those of a class in the order of ids."""
    member, result = instance.base.member, np.zeros_like(wanted)
    order = np.argsort(member, kind="stable")
    order = order[member[order] != NONE]
    for band in range(wanted.shape[1]):
        people, group = wanted[order, band], member[order]
        before = np.cumsum(people) - people
        first = np.concatenate(([True], group[1:] != group[:-1])) if len(group) else np.zeros(0, bool)
        before -= np.repeat(before[first], np.diff(np.append(np.flatnonzero(first), len(group))))
        result[order, band] = np.clip(served[group, band] - before, 0, people)
    return result


def _as_sent(instance: Instance, pairs: Pairs, served: tuple[Any, Ints], phase: int) -> Assigned:
    """The flows of a graph in which nothing is put together, as an assignment."""
    base, (flows, sent) = instance.base, served[0]
    used = np.flatnonzero(sent)
    demand_of = np.zeros(len(base.wanted), np.int64)
    known = base.member != NONE
    demand_of[base.member[known]] = np.flatnonzero(known)
    row_of = np.zeros(base.pools, np.int64)
    row_of[base.pool[base.pool != NONE]] = np.flatnonzero(base.pool != NONE)
    demand, place, band = demand_of[flows.node[used]], row_of[flows.pool[used]], flows.layer[used] % base.bands
    key = pd.MultiIndex.from_arrays([pairs.demand, pairs.place])
    travel = pairs.exact[key.get_indexer(pd.MultiIndex.from_arrays([demand, place]))]
    order = np.lexsort((pairs.place_rank[place], demand, band))
    same = np.full(len(used), phase)
    return Assigned(demand[order], place[order], same, band[order], sent[used][order], travel[order])


def worth_of(problem: ProgrammeProblem, instance: Instance, found: Assigned, chosen: Ints) -> float:
    """What a plan counts, in thousandths: worth of the people served, less travel and cost where they are weighed."""
    base = instance.base
    by_class = np.zeros(len(base.wanted), np.int64)
    np.add.at(by_class, base.member[found.demand], found.amount)
    travel = (problem.weights or {}).get("travel", 0.0) * float((found.amount * found.travel).sum())
    return float((base.worth * by_class).sum()) - float(instance.charge[chosen].sum()) - travel


def frame(problem: ProgrammeProblem, pairs: Pairs, found: Assigned) -> pd.DataFrame:
    """The assignment as a table, in the order of phases, bands and ids."""
    columns = {
        "phase": np.array(problem.phases, object)[found.phase],
        "demand_id": pairs.demand_ids[found.demand],
        "place_id": np.asarray(problem.cost.place_ids, object)[found.place],
        "band": np.array(problem.bands, object)[found.band],
        "amount": found.amount / THOUSANDTHS,
    }
    return pd.DataFrame(columns)
