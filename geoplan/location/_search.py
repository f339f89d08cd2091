"""Good plans: fill the budget greedily, then close options one at a time and spend what that frees better. All counts exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geoplan.location._bound import Bound, prove, purse
from geoplan.location._graph import Graph, Ints

LOG_ROWS = 1 << 20
TRIED = 24  # options tried in place of one, of those near it and of those of most worth
CHEAPEST = 1e-9  # stands for the cost of what costs nothing, so that it comes first
ROUNDINGS = (0.6, 0.85, 0.35)  # which share in the relaxed plan opens an option


class Service:
    """Who is served while options open and close: an exact greatest flow that follows each change."""

    def __init__(self, graph: Graph) -> None:
        from geoplan.location import _kernels

        self.graph, self.kernels = graph, _kernels
        nodes, pools = len(graph.wanted), len(graph.room)
        self.state = (np.zeros(len(graph.pairs[1]), np.int64), graph.wanted.copy(), np.zeros(pools, np.int64))
        numbers = [np.zeros(n, np.int64) for n in (nodes, pools, pools, 3, pools, pools, pools, pools, pools)]
        numbers[3][:] = 1
        self.scratch: Any = tuple(numbers)
        self.log, self.no_log = np.empty((LOG_ROWS, 2), np.int64), np.empty((0, 2), np.int64)
        self.open = np.zeros(len(graph.option), bool)
        self.taken = np.zeros(graph.sites, bool)
        self.served, self.spent = 0, 0
        for pool in np.flatnonzero(graph.room):
            self.served += self._open_pool(int(pool), int(graph.room[pool]))

    def _open_pool(self, pool: int, places: int) -> int:
        none = self.no_log
        return int(self.kernels.open_pool(pool, places, self.graph.pairs, self.state, self.scratch, none, 0)[0])

    def add(self, option: int) -> None:
        """Open an option."""
        for pool, places in zip(self.graph.pools[option], self.graph.places[option], strict=True):
            if places:
                self.served += self._open_pool(pool, places)
        self._note(option, True)

    def drop(self, option: int) -> None:
        """Close an option; its people go elsewhere where they can."""
        for pool, places in zip(self.graph.pools[option], self.graph.places[option], strict=True):
            if places:
                close = self.kernels.close_pool
                self.served -= int(close(pool, places, self.graph.pairs, self.state, self.scratch, self.no_log, 0)[0])
        self._note(option, False)

    def _note(self, option: int, is_open: bool) -> None:
        self.open[option] = is_open
        self.taken[self.graph.site[option]] = is_open
        self.spent += int(self.graph.cost[option]) * (1 if is_open else -1)

    def _trial(self, kernel: Any, options: Ints, places: Ints) -> Ints:
        result, graph = np.zeros(len(options), np.int64), self.graph
        kernel(options, graph.pools, places, graph.pairs, self.state, self.scratch, self.log, result)
        return result

    def gains(self, options: Ints, places: Ints | None = None) -> Ints:
        """How many more (thousandths) each would serve if it alone were opened (with these places instead of its own)."""
        return self._trial(self.kernels.gains, options, self.graph.places if places is None else places)

    def losses(self, options: Ints) -> Ints:
        """How many (thousandths) would lose their place if it alone were closed."""
        return self._trial(self.kernels.losses, options, self.graph.places)

    def affordable(self) -> Any:
        """The options that are closed, on a free site, and within what is left of the budget and of p."""
        free = ~self.open & ~self.taken[self.graph.site]
        if self.graph.budget is not None:
            free &= self.graph.cost <= self.graph.budget - self.spent
        if self.graph.p is not None and self.open.sum() >= self.graph.p:
            free[:] = False
        return free


def fill(service: Service, estimate: Any) -> None:
    """Open the option that serves most for what it takes, as long as one adds anything.

    `estimate` (by option, thousandths; changed) is taken for a ceiling: what an option adds only falls as others open, so
    that only the one on top has to be counted again.
    """
    price = np.maximum(purse(service.graph)[0], CHEAPEST)
    while True:
        score = np.where(service.affordable(), estimate / price, 0.0)
        option = int(np.argmax(score)) if len(score) else 0
        if not len(score) or score[option] <= 0:
            return
        gain = int(service.gains(np.array([option]))[0])
        fell, estimate[option] = gain < estimate[option], gain
        score[option] = 0.0
        if fell and gain / price[option] < score.max():
            continue
        if gain > 0:
            service.add(option)
        estimate[option] = 0


def start(graph: Graph, share: Any, least: float) -> Service:
    """A first plan: what the relaxed plan opens by `least` or more, in falling order of share, then greedily."""
    service = Service(graph)
    for option in np.argsort(-share, kind="stable"):
        if share[option] < least:
            break
        if service.affordable()[option]:
            service.add(int(option))
    fill(service, service.gains(np.arange(len(graph.option))).astype(float))
    return service


def swap(service: Service, goal: float) -> bool:
    """One pass over the open options, least loss for its cost first: close it, refill; keep what serves more, else take it back."""
    price = np.maximum(purse(service.graph)[0], CHEAPEST)
    opened = np.flatnonzero(service.open)
    order = opened[np.argsort(service.losses(opened) / price[opened], kind="stable")]
    worth = service.gains(np.arange(len(price))) / price
    better = False
    for option in order:
        if service.served >= goal:
            break
        if service.open[option]:
            better |= _replace(service, int(option), worth)
    return better


def _replace(service: Service, option: int, worth: Any) -> bool:
    """Close an option and spend what it frees on those near it and on those of most worth; False if that serves no more."""
    before, were = service.served, service.open.copy()
    service.drop(option)
    free = np.flatnonzero(service.affordable())
    common = shared_reach(service.graph, option)[free]
    near = free[np.argsort(-common, kind="stable")[:TRIED]]
    rich = free[np.argsort(-worth[free], kind="stable")[:TRIED]]
    candidates = np.unique(np.concatenate((near, rich)))
    estimate = np.zeros(len(worth))
    estimate[candidates] = service.gains(candidates)
    estimate[option] = 0
    fill(service, estimate)
    if service.served > before:
        return True
    for other in np.flatnonzero(service.open & ~were):
        service.drop(int(other))
    service.add(option)
    return False


def shared_reach(graph: Graph, option: int) -> Any:
    """How many demand nodes each option's pools share with those of one option."""
    start, pool, by_pool, node = graph.pairs[:4]
    common = np.zeros(len(graph.room))
    for at in graph.pools[option]:
        nodes = node[by_pool[at] : by_pool[at + 1]]
        counts = start[nodes + 1] - start[nodes]
        pairs = np.repeat(start[nodes] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        common += np.bincount(pool[pairs], minlength=len(common))
    return common[graph.pools].sum(axis=1)


def tighten(graph: Graph) -> Graph:
    """The same question with no more places than can ever be filled, which makes its bounds tighter.

    Augmenting paths never empty a place that is filled. So some greatest flow of every plan fills of the fixed places what they
    fill today, and of each option no more than it would fill if it alone were opened beside them.
    """
    service = Service(graph)
    places = np.zeros_like(graph.places)
    everything = np.arange(len(graph.option))
    for band in range(places.shape[1]):
        alone = np.zeros_like(places)
        alone[:, band] = graph.places[:, band]
        places[:, band] = service.gains(everything, alone)
    return replace(graph, places=places, room=graph.room - service.state[2])


def opened(graph: Graph, chosen: Iterable[int]) -> Service:
    """The service with exactly these options open."""
    service = Service(graph)
    for option in chosen:
        service.add(int(option))
    return service


@dataclass(frozen=True, eq=False)
class Found:
    """The best plan of a search: which options (rows of the graph's options), the people served and the bound (thousandths)."""

    chosen: Ints
    served: int
    bound: Bound
    tight: Graph

    def reached(self, gap: float) -> bool:
        """Whether the bound is within the gap, or within the thousandth of a person that no plan can do better by."""
        return self.bound.served < self.served + 1 or self.bound.served - self.served <= gap * self.served


def search(graph: Graph, gap: float, on_time: Callable[[], bool]) -> Found:
    """A plan and a bound: greedy, bound, then plans rounded from the relaxed one and improved by swaps, until the gap is reached."""
    tight = tighten(graph)
    first = start(tight, np.zeros(len(graph.option)), 1.0)
    bound = prove(tight, float(first.served), gap)
    best = Found(np.flatnonzero(first.open), first.served, bound, tight)
    for least in ROUNDINGS:
        if best.reached(gap) or not on_time():
            break
        service = start(tight, bound.share, least)
        goal = max(bound.served / (1 + gap), bound.served - gap * service.served)
        while service.served < goal and on_time() and swap(service, goal):
            pass
        if service.served > best.served:
            best = Found(np.flatnonzero(service.open), service.served, bound, tight)
    return best


def pruned(graph: Graph, chosen: Ints) -> tuple[Ints, int]:
    """The plan without the options that serve nobody whom the rest would not serve, dearest first; and the people served."""
    service = opened(graph, chosen)
    for option in chosen[np.lexsort((chosen, -graph.cost[chosen]))]:
        if service.losses(np.array([option]))[0] == 0:
            service.drop(int(option))
    return np.flatnonzero(service.open), service.served
