"""Good plans: fill the budget greedily, then close options one at a time and spend what that frees better. All counts exact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from geoplan.location._bound import purse
from geoplan.location._graph import Graph, Ints

LOG_ROWS = 1 << 20
NEAR, BEST = 24, 24


class Service:
    """Who is served while options open and close: an exact greatest flow that follows each change."""

    def __init__(self, graph: Graph) -> None:
        from geoplan.location import _kernels

        self.graph, self.kernels = graph, _kernels
        nodes, pools = len(graph.wanted), len(graph.room)
        self.state = (np.zeros(len(graph.pairs[1]), np.int64), graph.wanted.copy(), np.zeros(pools, np.int64))
        numbers = [np.zeros(n, np.int64) for n in (nodes, pools, pools, 2, pools, pools, pools, pools)]
        self.scratch: Any = tuple(numbers)
        self.log, self.no_log = np.empty((LOG_ROWS, 2), np.int64), np.empty((0, 2), np.int64)
        self.open = np.zeros(len(graph.option), bool)
        self.taken = np.zeros(graph.sites, bool)
        self.served, self.spent = 0, 0
        for pool in np.flatnonzero(graph.room):
            self.served += self._open_pool(pool, graph.room[pool])

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

    def _trial(self, kernel: Any, options: Ints) -> Ints:
        result = np.zeros(len(options), np.int64)
        graph = self.graph
        kernel(options, graph.pools, graph.places, graph.pairs, self.state, self.scratch, self.log, result)
        return result

    def gains(self, options: Ints) -> Ints:
        """How many more (thousandths) each would serve if it alone were opened."""
        return self._trial(self.kernels.gains, options)

    def losses(self, options: Ints) -> Ints:
        """How many (thousandths) would lose their place if it alone were closed."""
        return self._trial(self.kernels.losses, options)

    def affordable(self) -> Any:
        """The options that are closed, on a free site, and within what is left of the budget and of p."""
        free = ~self.open & ~self.taken[self.graph.site]
        if self.graph.budget is not None:
            free &= self.graph.cost <= self.graph.budget - self.spent
        if self.graph.p is not None and self.open.sum() >= self.graph.p:
            free[:] = False
        return free


def fill(service: Service, estimate: Any, among: Any = None) -> None:
    """Open the option that serves most for what it takes, as long as one adds anything (lazily: `estimate` by option, updated).

    An estimate is taken for a ceiling; what an option adds only falls as others open, so that the order is the greedy one.
    """
    price = np.maximum(purse(service.graph)[0], 1e-9)
    while True:
        free = service.affordable() if among is None else service.affordable() & among
        score = np.where(free, estimate / price, 0.0)
        option = int(np.argmax(score))
        if score[option] <= 0:
            return
        gain = int(service.gains(np.array([option]))[0])
        if gain < estimate[option]:
            estimate[option] = gain
            if gain / price[option] < np.partition(score, -2)[-2] if len(score) > 1 else False:
                continue
        if gain > 0:
            service.add(option)
        estimate[option] = 0


def start(graph: Graph, share: Any = None) -> Service:
    """A first plan: what the relaxed plan opens for the greater part, in falling order of share, then greedily."""
    service = Service(graph)
    if share is not None:
        for option in np.argsort(-share, kind="stable"):
            if share[option] < 0.6:
                break
            if service.affordable()[option]:
                service.add(int(option))
    everything = np.arange(len(graph.option))
    fill(service, service.gains(everything).astype(float))
    return service


def swap(service: Service, goal: float, near: int = NEAR, best: int = BEST) -> bool:
    """One pass over the open options, least loss for its cost first: close it, refill; keep what serves more, else take it back."""
    graph = service.graph
    price = np.maximum(purse(graph)[0], 1e-9)
    opened = np.flatnonzero(service.open)
    order = opened[np.argsort(service.losses(opened) / price[opened], kind="stable")]
    worth = service.gains(np.arange(len(price))) / price
    better = False
    for option in order:
        if service.served >= goal:
            return better
        if not service.open[option]:
            continue
        before, were = service.served, service.open.copy()
        service.drop(int(option))
        free = np.flatnonzero(service.affordable())
        common = shared_reach(graph, int(option))[free]
        nearest = free[np.argsort(-common, kind="stable")[:near]]
        richest = free[np.argsort(-worth[free], kind="stable")[:best]]
        candidates = np.unique(np.concatenate((nearest, richest)))
        estimate = np.zeros(len(price))
        estimate[candidates] = service.gains(candidates)
        estimate[option] = 0
        fill(service, estimate)
        if service.served > before:
            better = True
            continue
        for other in np.flatnonzero(service.open & ~were):
            service.drop(int(other))
        service.add(int(option))
    return better


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


def opened(graph: Graph, chosen: Iterable[int]) -> Service:
    """The service with exactly these options open."""
    service = Service(graph)
    for option in chosen:
        service.add(int(option))
    return service
