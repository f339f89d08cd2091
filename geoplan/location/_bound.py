"""What no plan can better: a Lagrangian bound on the people served, by the volume algorithm (Barahona, Anbil 2000).

For any multipliers 0 <= u <= 1 of the demand nodes and m >= 0 of the budget, no plan serves more than

    sum over demand of u · wanted + sum over fixed pools of pack + m · budget
    + sum over sites of max(0, greatest over its options of (sum over bands of pack - m · cost)),

where pack is the greatest sum of (1 - u) · people over those within reach of a pool, at most its places in all and at most
those wanted of each node: a fractional knapsack. So an option that is opened by a share x serves at most x of each node, which
is what makes the bound strong (Holmberg, Rönnqvist, Yuan 1999). Every round gives a bound, whatever the multipliers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geoplan.location._graph import Floats, Graph

SMALLEST_STEP, PATIENCE = 0.02, 12
SAFETY = 1e-9  # of the bound: far above what rounding in sums of doubles can do, far below one thousandth of a person


@dataclass(frozen=True, eq=False)
class Bound:
    """`served` (thousandths, proven), the multipliers that prove it, the share of each option in the relaxed plan, and what
    an option adds beyond its cost (`surplus`, by option) with the budget's `multiplier`.
    """

    served: float
    by_demand: Floats
    share: Floats
    surplus: Floats
    multiplier: float


def purse(graph: Graph) -> tuple[Floats, float]:
    """What an option takes from what is scarce, and how much of that there is: the budget, or else the number of places."""
    if graph.budget is not None:
        return graph.cost.astype(float), float(graph.budget)
    if graph.p is not None:
        return np.ones(len(graph.cost)), float(graph.p)
    return np.zeros(len(graph.cost)), 1.0


class Relaxation:
    """The relaxed problem: each round of `evaluate` solves it for other multipliers."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.cost, self.budget = purse(graph)
        fixed = np.flatnonzero(graph.room)
        options, bands = np.nonzero(graph.places)
        pool = np.concatenate((fixed, graph.pools[options, bands]))
        places = np.concatenate((graph.room[fixed], graph.places[options, bands]))
        owner = np.concatenate((np.full(len(fixed), len(graph.option)), options))
        order = np.lexsort((owner, pool))
        self.sets = np.stack((pool, places), axis=1)[order]
        self.owner = owner[order]
        self.start = graph.pairs[2]
        self.order: Any = None
        self.key = np.zeros(int(np.diff(self.start).max(initial=1)) + 1)
        self.wanted = graph.wanted.astype(float)

    def evaluate(self, by_demand: Floats, share: Floats) -> tuple[float, Floats, float, Floats]:
        """The bound, what each option is worth, the budget's multiplier, and people minus those sent by node; fills `share`."""
        from geoplan.location import _kernels

        graph, profit = self.graph, 1.0 - by_demand
        value = np.zeros(len(self.sets))
        if self.order is None:
            pool = np.repeat(np.arange(len(graph.room)), np.diff(self.start))
            self.order = graph.pairs[3][np.lexsort((-profit[graph.pairs[3]], pool))]
        pairs = (self.start, self.order, graph.wanted, profit, self.sets)
        _kernels.pack(*pairs, self.key, value)
        worth = np.bincount(self.owner, weights=value, minlength=len(graph.option) + 1)
        free, multiplier = _kernels.relaxed_knapsack(worth[:-1], self.cost, graph.site, graph.sites, self.budget, share)
        load = np.zeros(len(self.wanted))
        _kernels.unpack(*pairs, np.append(share, 1.0)[self.owner], load)
        served = float(by_demand @ self.wanted) + worth[-1] + free
        return served * (1 + SAFETY), worth[:-1], multiplier, self.wanted - load


class Weak:
    def __init__(self, graph):
        self.graph=graph; self.cost,self.budget=purse(graph)
    def evaluate(self, prices, share):
        from geoplan.location import _kernels
        graph=self.graph
        start, pool = graph.pairs[0], graph.pairs[1]
        load = np.zeros(len(prices))
        served = _kernels.cheapest(start, pool, graph.wanted, prices, load)
        value = (prices[graph.pools] * graph.places).sum(axis=1)
        worth, multiplier = _kernels.relaxed_knapsack(value, self.cost, graph.site, graph.sites, self.budget, share)
        spare = graph.room - load
        np.add.at(spare, graph.pools, graph.places * share[:, None])
        return served + float(prices @ graph.room) + worth, value, multiplier, spare
    def by_demand(self, prices):
        g=self.graph
        least=np.minimum.reduceat(np.append(prices[g.pairs[1]],1.0), g.pairs[0][:-1])
        return np.clip(1-least,0,1)


def lagrangian(graph: Graph, target: float, rounds: int = 400, gap: float = 0.0, first: Any = None, relaxation=None) -> Bound:
    """The best bound of `rounds` rounds of the volume algorithm; `target` is a number of people known to be served.

    Stops early where the bound is within `gap` of the target, or where steps have become too small to matter.
    """
    relaxation, share = relaxation or Relaxation(graph), np.zeros(len(graph.option))
    by_demand = np.full(len(graph.room) if isinstance(relaxation,Weak) else len(graph.wanted), 0.5) if first is None else first
    best = Bound(np.inf, by_demand, share, share, 0.0)
    mean: Any = None
    mean_share, step, idle = share, 1.0, 0
    for _ in range(rounds):
        served, worth, multiplier, short = relaxation.evaluate(by_demand, share)
        mean, mean_share = _blend(mean, short, mean_share, share)
        idle = 0 if served < best.served * (1 - 1e-5) else idle + 1
        if served < best.served:
            best = Bound(served, by_demand, mean_share, worth - multiplier * relaxation.cost, multiplier)
            step = min(step * 1.1, 2.0) if float(short @ mean) > 0 else step
        if idle >= PATIENCE:
            step, idle = step * 0.66, 0
        length = float(mean @ mean)
        if step < SMALLEST_STEP or best.served - target <= gap * target or length < 1e-9:
            break
        by_demand = np.clip(best.by_demand - step * (best.served - target) / length * mean, 0.0, 1.0)
    return Bound(best.served, best.by_demand, mean_share, best.surplus, best.multiplier)


def _blend(mean: Any, short: Floats, mean_share: Floats, share: Floats) -> tuple[Floats, Floats]:
    """The running mean of the direction and of the relaxed plan, by the weight that makes the direction shortest."""
    if mean is None:
        return short, share.copy()
    change = short - mean
    length = float(change @ change)
    weight = min(max(-float(mean @ change) / length, 0.005), 0.1) if length > 0 else 0.1
    return mean + weight * change, mean_share + weight * (share - mean_share)
