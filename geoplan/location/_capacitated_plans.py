"""Plans with capacity: who goes where once it is known what is open, and better choices of what to open nearby."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from geoplan.location import _capacitated_kernels as kernels
from geoplan.location._capacitated import Case
from geoplan.location._graph import Floats, Ints

FINES = 12  # times that the fine for overload is raised before a choice of places is given up
GREATEST = 2**36  # whole cost of the dearest pair in a transportation problem
SLIGHT = 1e-9


@dataclass(frozen=True, eq=False)
class Found:
    """A plan: what is open, how much of each node goes over each pair (by node), and what it costs in all."""

    opened: Any
    flow: Ints
    cost: float

    def better(self, other: Found | None) -> bool:
        """Whether it costs less than another, by more than rounding."""
        return other is None or self.cost < other.cost - SLIGHT * max(1.0, abs(other.cost))


class Service:
    """Finds the assignment to any choice of open places, and remembers the best plan of all."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.best: Found | None = None
        self.known: dict[bytes, float] = {}
        self.pair_node = np.repeat(np.arange(len(case.size)), np.diff(case.first))
        each = case.cost / case.size[self.pair_node] if len(case.cost) else case.cost
        self.order = np.lexsort((case.bin_of, each, self.pair_node))
        dearest = float(each.max(initial=0.0))
        self.whole = np.rint(each * (GREATEST / dearest if dearest else 0.0)).astype(np.int64)

    def allowed(self, opened: Any) -> bool:
        """Whether a choice of places keeps the number, the budget, one place a site, and has room enough."""
        case, free = self.case, np.flatnonzero(opened & ~self.case.fixed)
        if not case.least <= len(free) <= case.most or len(np.unique(case.site[free])) < len(free):
            return False
        if case.budget is not None and case.money[free].sum() > case.budget:
            return False
        return bool((case.rooms()[opened].sum(axis=0) >= case.load()).all())

    def serve(self, opened: Any) -> float:
        """What the plan costs that opens these places; infinite where none was found. The best is kept."""
        key = np.packbits(opened).tobytes()
        if key not in self.known:
            self.known[key] = self._serve(opened) if self.allowed(opened) else np.inf
        return self.known[key]

    def _serve(self, opened: Any) -> float:
        flow = (self._whole(opened) if self.case.single else self._split(opened)) if opened.any() else None
        if flow is None:
            return np.inf
        return self.take(opened, flow)

    def take(self, opened: Any, flow: Ints) -> float:
        """Keep a plan if it is the best so far; what it costs."""
        case = self.case
        used = np.flatnonzero(flow)
        share = case.cost[used] * (flow[used] / case.size[self.pair_node[used]])
        plan = Found(opened.copy(), flow, float(share.sum() + case.price[opened].sum()))
        if plan.better(self.best):
            self.best = plan
        return plan.cost

    def _whole(self, opened: Any) -> Ints | None:
        """Each node to one bin: seats by regret, then shifts and swaps with a rising fine for overload."""
        case = self.case
        at, left, is_open = np.zeros(len(case.size), np.int64), case.room.copy(), case.bins(opened)
        if not kernels.seat(*case.lists, case.size, left, is_open, at):
            return None
        fine = max(float(case.cost.mean()), 1e-9) / max(float(case.size.mean()), 1.0)
        for _ in range(FINES):
            kernels.settle(*case.lists, case.size, left, is_open, at, fine)
            if (left >= 0).all():
                return self.flow_of(at)
            fine *= 3.0
        return None

    def flow_of(self, at: Ints) -> Ints:
        """The flow that sends each node whole to its bin."""
        return np.where(self.case.bin_of == at[self.pair_node], self.case.size[self.pair_node], 0)

    def _split(self, opened: Any) -> Ints | None:
        """The transportation problem, exactly (up to one part in 2^36 of the dearest pair)."""
        from geoplan.access import _flow

        case = self.case
        used = self.order[case.bins(opened)[case.bin_of[self.order]]]
        flow = np.zeros(len(case.cost), np.int64)
        room = np.where(case.bins(opened), case.room, 0)
        flow[used] = _flow.transport(self.pair_node[used], case.bin_of[used], self.whole[used], case.size, room)
        sent = np.bincount(self.pair_node, weights=flow, minlength=len(case.size))
        return flow if (sent == case.size).all() else None

    def main_bin(self, found: Found) -> Ints:
        """The bin that takes most of each node."""
        order = np.lexsort((-self.case.bin_of, found.flow, self.pair_node))
        last = np.searchsorted(self.pair_node, np.arange(len(self.case.size)), side="right") - 1
        return self.case.bin_of[order[last]]


def enough(case: Case, picked: Any, order: Ints) -> Any:
    """A choice of places made allowed as far as possible: more of `order` while there are too few or too little room."""
    opened = picked.copy()
    free = np.flatnonzero(opened & ~case.fixed)
    used, count, spent = set(case.site[free].tolist()), len(free), int(case.money[free].sum())
    room, load = case.rooms()[opened].sum(axis=0), case.load()
    for place in order:
        if (count >= case.least and (room >= load).all()) or count >= case.most:
            break
        cost = int(case.money[place])
        if opened[place] or case.site[place] in used or (case.budget is not None and spent + cost > case.budget):
            continue
        opened[place] = True
        used.add(int(case.site[place]))
        count, spent, room = count + 1, spent + cost, room + case.rooms()[place]
    return opened


def improve(service: Service, found: Found, worth: Floats, tries: int, going: Callable[[], bool]) -> Found:
    """Better choices of places: new centres for the groups of a plan, then one place closed, opened or exchanged at a time."""
    best = found
    while going() and tries > 0:
        better = False
        for opened in _neighbours(service, best, worth):
            tries -= 1
            before = service.best
            cost = service.serve(opened)
            if cost < best.cost - SLIGHT * max(1.0, abs(best.cost)):
                best = (
                    service.best if service.best is not before and service.best is not None else _again(service, opened)
                )
                better = True
                break
            if tries <= 0 or not going():
                break
        if not better:
            break
    return best


def _again(service: Service, opened: Any) -> Found:
    """The plan of a choice that is better than one plan, though not than the best of all."""
    kept, service.best = service.best, None
    service._serve(opened)
    found, service.best = service.best, kept
    assert found is not None
    return found


def _neighbours(service: Service, found: Found, worth: Floats) -> Iterator[Any]:
    """Choices of places next to a plan's, the likeliest first."""
    case = service.case
    inside = np.flatnonzero(found.opened)
    group = np.full(len(found.opened), -1)
    group[inside] = np.arange(len(inside))
    at = service.main_bin(found)
    table = np.empty((len(found.opened), len(inside)))
    kernels.serving_all(
        *case.pairs[:3], at, group[at // case.bands], len(inside), case.bands, case.size, case.room, table
    )
    table += case.price[:, None]
    centred = _centred(case, found, inside, table)
    if (centred != found.opened).any():
        yield centred
    free = inside[~case.fixed[inside]]
    outside = np.flatnonzero(~found.opened)
    if case.least < len(free):
        for place in free[np.argsort(worth[free], kind="stable")[::-1]]:
            yield _changed(found.opened, place, None)
    if len(free) < case.most:
        for place in outside[np.argsort(worth[outside], kind="stable")][:20]:
            yield _changed(found.opened, None, place)
    rank = np.argsort(table[np.ix_(outside, group[free])], axis=0, kind="stable")
    rich = outside[np.argsort(worth[outside], kind="stable")]
    for turn in range(min(len(outside), 12)):
        for column, place in enumerate(free):
            near = outside[rank[turn, column]]
            yield _changed(found.opened, place, near)
            if rich[turn] != near:
                yield _changed(found.opened, place, rich[turn])


def _changed(opened: Any, close: Any, open_: Any) -> Any:
    after = opened.copy()
    if close is not None:
        after[close] = False
    if open_ is not None:
        after[open_] = True
    return after


def _centred(case: Case, found: Found, inside: Ints, table: Floats) -> Any:
    """Each group at the place that serves it all at least cost, the greatest gains first; the fixed stay."""
    opened = found.opened.copy()
    now = table[inside, np.arange(len(inside))]
    best = table.argmin(axis=0)
    gain = np.zeros(len(inside))
    known = np.flatnonzero(np.isfinite(now))
    gain[known] = now[known] - table[best[known], known]
    for column in np.argsort(-gain, kind="stable"):
        place, own = best[column], inside[column]
        if gain[column] <= 0 or case.fixed[own] or opened[place]:
            continue
        opened[own], opened[place] = False, True
    return opened
