"""What no plan can better: a Lagrangian bound on the people served, by the volume algorithm (Barahona, Anbil 2000).

For any multipliers 0 <= u <= 1 of the demand nodes and m >= 0 of the budget, no plan serves more than

    sum over demand of u · wanted + sum over fixed pools of pack + m · budget
    + sum over sites of max(0, greatest over its options of (sum over bands of pack - m · cost)),

where pack is the greatest sum of (1 - u) · people over those within reach of a pool, at most its places in all and at most
those wanted of each node: a fractional knapsack. So an option that is opened by a share x serves at most x of each node, which
is what makes the bound strong (Holmberg, Rönnqvist, Yuan 1999). Every round gives a bound, whatever the multipliers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geoplan.location._graph import Floats, Graph

ROUNDS, SMALLEST_STEP, PATIENCE = 400, 0.02, 12
SAFETY = 1e-9  # of the bound: far above what rounding in sums of doubles can do, far below one thousandth of a person


@dataclass(frozen=True, eq=False)
class Bound:
    """`served` (thousandths, proven), the multipliers or `prices` that prove it, the share of each option in the relaxed plan,
    and what an option adds beyond its cost (`surplus`, by option) with the budget's `multiplier`.
    """

    served: float
    prices: Floats
    share: Floats
    surplus: Floats
    multiplier: float


def loops() -> Any:
    """The inner loops: compiled where numba is installed, else in numpy; both give equal results."""
    from geoplan.location import _kernels, _plain
    from geoplan.network import _kernel

    return _plain if _kernel.numba is None else _kernels  # type: ignore[attr-defined]


def dot(one: Any, other: Any) -> float:
    """The inner product by numpy's own sum: the same on any number of threads, and quick on a busy machine, unlike BLAS."""
    return float((one * other).sum())


def purse(graph: Graph) -> tuple[Floats, float]:
    """What an option takes from what is scarce, and how much of that there is: the budget, or else the number of places."""
    if graph.budget is not None:
        return graph.cost.astype(float), float(graph.budget)
    if graph.p is not None:
        return np.ones(len(graph.cost)), float(graph.p)
    return np.zeros(len(graph.cost)), 1.0


class Pooled:
    """The weak relaxation, with a price v for a place in each pool: quick, and a good start for `Linked`."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.first = graph, np.full(len(graph.room), 0.5)
        self.cost, self.budget = purse(graph)

    def evaluate(self, prices: Floats, share: Floats) -> tuple[float, Floats, float, Floats]:
        """The bound, what each option is worth, the budget's multiplier, and places minus people by pool; fills `share`."""
        kernels, graph, load = loops(), self.graph, np.zeros(len(prices))
        served = kernels.cheapest(graph.pairs[0], graph.pairs[1], graph.wanted, prices, load)
        worth = (prices[graph.pools] * graph.places).sum(axis=1)
        free, multiplier = kernels.relaxed_knapsack(worth, self.cost, graph.site, graph.sites, self.budget, share)
        spare = graph.room - load
        np.add.at(spare, graph.pools, graph.places * share[:, None])
        return float(served + dot(prices, graph.room) + free), worth, multiplier, spare

    def by_demand(self, prices: Floats) -> Floats:
        """The multipliers of the demand nodes that these prices imply: 1 less the least price within reach."""
        start, pool = self.graph.pairs[:2]
        least = np.minimum.reduceat(np.append(prices[pool], 1.0), start[:-1])
        return np.clip(np.where(np.diff(start) > 0, 1.0 - least, 0.0), 0.0, 1.0)


class Linked:
    """The strong relaxation, with multipliers of the demand nodes."""

    def __init__(self, graph: Graph, first: Floats) -> None:
        self.graph, self.first = graph, first
        self.cost, self.budget = purse(graph)
        fixed = np.flatnonzero(graph.room)
        options, bands = np.nonzero(graph.places)
        pool = np.concatenate((fixed, graph.pools[options, bands]))
        places = np.concatenate((graph.room[fixed], graph.places[options, bands]))
        owner = np.concatenate((np.full(len(fixed), len(graph.option)), options))
        order = np.lexsort((owner, pool))
        self.sets, self.owner = np.stack((pool, places), axis=1)[order], owner[order]
        self.start, node = graph.pairs[2], graph.pairs[3]
        at = np.repeat(np.arange(len(graph.room)), np.diff(self.start))
        self.order = node[np.lexsort((node, first[node], at))]
        self.key = np.zeros(int(np.diff(self.start).max(initial=0)) + 1)

    def evaluate(self, by_demand: Floats, share: Floats) -> tuple[float, Floats, float, Floats]:
        """The bound, what each option is worth, the budget's multiplier, and people minus those sent by node; fills `share`."""
        kernels, graph, profit, value = loops(), self.graph, 1.0 - by_demand, np.zeros(len(self.sets))
        pairs = (self.start, self.order, graph.wanted, profit, self.sets)
        kernels.pack(*pairs, self.key, value)
        worth = np.bincount(self.owner, weights=value, minlength=len(graph.option) + 1)
        options: Any = worth[:-1].copy()
        free, multiplier = kernels.relaxed_knapsack(options, self.cost, graph.site, graph.sites, self.budget, share)
        load = np.zeros(len(graph.wanted))
        kernels.unpack(*pairs, np.append(share, 1.0)[self.owner], load)
        served = dot(by_demand, graph.wanted) + float(worth[-1]) + free
        return served, options, multiplier, graph.wanted - load


def lagrangian(relaxation: Pooled | Linked, target: float, rounds: int, gap: float = 0.0) -> Bound:
    """The best bound of `rounds` rounds of the volume algorithm; `target` is a number of people known to be served.

    Stops early where the bound is within `gap` of the target, or where steps have become too small to matter.
    """
    graph, at = relaxation.graph, relaxation.first
    share = np.zeros(len(graph.option))
    best = Bound(np.inf, at, share, share, 0.0)
    mean: Any = None
    mean_share, step, idle = share, 1.0, 0
    for _ in range(rounds):
        exact, worth, multiplier, short = relaxation.evaluate(at, share)
        served = exact * (1 + SAFETY)
        mean, mean_share = _blend(mean, short, mean_share, share)
        idle = 0 if served < best.served * (1 - 1e-5) else idle + 1
        if served < best.served:
            best = Bound(served, at, mean_share, worth - multiplier * relaxation.cost, multiplier)
            step = min(step * 1.1, 2.0) if dot(short, mean) > 0 else step
        if idle >= PATIENCE:
            step, idle = step * 0.66, 0
        length = dot(mean, mean)
        if step < SMALLEST_STEP or best.served - target <= gap * target or length < 1e-9:
            break
        at = np.clip(best.prices - step * (best.served - target) / length * mean, 0.0, 1.0)
    return replace(best, share=mean_share)


def _blend(mean: Any, short: Floats, mean_share: Floats, share: Floats) -> tuple[Floats, Floats]:
    """The running mean of the direction and of the relaxed plan, by the weight that makes the direction shortest."""
    if mean is None:
        return short, share.copy()
    change = short - mean
    length = dot(change, change)
    weight = min(max(-dot(mean, change) / length, 0.005), 0.1) if length > 0 else 0.1
    return mean + weight * change, mean_share + weight * (share - mean_share)


def prove(graph: Graph, target: float, gap: float = 0.0) -> Bound:
    """A proven bound: prices by pool first, then multipliers of the demand nodes from there (or from one half, if better)."""
    pooled, share = Pooled(graph), np.zeros(len(graph.option))
    weak = lagrangian(pooled, target, ROUNDS, gap)
    firsts = [pooled.by_demand(weak.prices), np.full(len(graph.wanted), 0.5)]
    starts = [Linked(graph, first) for first in firsts]
    return lagrangian(min(starts, key=lambda s: s.evaluate(s.first, share)[0]), target, ROUNDS, gap)


def settled(graph: Graph, bound: Bound, served: int) -> tuple[Any, Any]:
    """The options that no plan better than `served` can open, and those that every such plan opens (reduced costs)."""
    gain = np.zeros(graph.sites)
    np.maximum.at(gain, graph.site, bound.surplus)
    room = bound.served - (served + 1)
    closed = gain[graph.site] - bound.surplus > room
    others = np.zeros((graph.sites, 2))
    for option in np.argsort(bound.surplus, kind="stable"):
        at = others[graph.site[option]]
        at[0], at[1] = max(bound.surplus[option], 0.0), at[0]
    best, second = others[graph.site].T
    return closed, (bound.surplus >= best) & (best > 0) & (best - second > room)
