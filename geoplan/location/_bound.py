"""What no plan can better: a Lagrangian bound on the people served, by the volume algorithm (Barahona, Anbil 2000).

For any prices 0 <= v <= 1 of a place in a pool and any multiplier m >= 0 of the budget, no plan serves more than

    sum over demand of wanted · max(0, 1 - least v within reach) + sum over fixed of v · room
    + m · budget + sum over sites of max(0, greatest over its options of (sum over bands of v · places - m · cost)).

Every round gives such a bound, whatever the prices; the volume algorithm only looks for good ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geoplan.location._graph import Floats, Graph

SMALLEST_STEP, START_STEP, PATIENCE = 0.02, 1.0, 20


@dataclass(frozen=True, eq=False)
class Bound:
    """`served` (thousandths, proven), the prices by pool that prove it, and the share of each option in the relaxed plan."""

    served: float
    prices: Floats
    share: Floats
    multiplier: float


def purse(graph: Graph) -> tuple[Floats, float]:
    """What an option takes from what is scarce, and how much of that there is: the budget, or else the number of places."""
    if graph.budget is not None:
        return graph.cost.astype(float), float(graph.budget)
    if graph.p is not None:
        return np.ones(len(graph.cost)), float(graph.p)
    return np.zeros(len(graph.cost)), 1.0


def evaluate(graph: Graph, prices: Floats, share: Floats) -> tuple[float, float, Floats]:
    """The bound at these prices, the budget's multiplier, and the places minus the people at each pool; fills `share`."""
    from geoplan.location import _kernels

    start, pool = graph.pairs[0], graph.pairs[1]
    cost, budget = purse(graph)
    load = np.zeros(len(prices))
    served = _kernels.cheapest(start, pool, graph.wanted, prices, load)
    value = (prices[graph.pools] * graph.places).sum(axis=1)
    worth, multiplier = _kernels.relaxed_knapsack(value, cost, graph.site, graph.sites, budget, share)
    spare = graph.room - load
    np.add.at(spare, graph.pools, graph.places * share[:, None])
    return served + float(prices @ graph.room) + worth, multiplier, spare


def lagrangian(graph: Graph, target: float, rounds: int = 600, gap: float = 0.0) -> Bound:
    """The best bound of `rounds` rounds of the volume algorithm; `target` is a number of people known to be served.

    Stops early where the bound is within `gap` of the target, or where steps have become too small to matter.
    """
    share = np.zeros(len(graph.option))
    prices = np.full(len(graph.room), 0.5)
    best = Bound(np.inf, prices, share, 0.0)
    mean: Any = None
    mean_share, step, idle = share, START_STEP, 0
    for _ in range(rounds):
        served, multiplier, spare = evaluate(graph, prices, share)
        mean, mean_share = _blend(mean, spare, mean_share, share)
        better = served < best.served
        idle = 0 if served < best.served * (1 - 1e-5) else idle + 1
        if better:
            best = Bound(served, prices, mean_share, multiplier)
            step = min(step * 1.1, 2.0) if float(spare @ mean) > 0 else step
        if idle >= PATIENCE:
            step, idle = step * 0.66, 0
        if step < SMALLEST_STEP or best.served - target <= gap * target:
            break
        length = float(mean @ mean)
        if length < 1e-9:
            break
        prices = np.clip(best.prices - step * (best.served - target) / length * mean, 0.0, 1.0)
    return Bound(best.served, best.prices, mean_share, best.multiplier)


def _blend(mean: Any, spare: Floats, mean_share: Floats, share: Floats) -> tuple[Floats, Floats]:
    """The running mean of the direction and of the relaxed plan, by the weight that makes the direction shortest."""
    if mean is None:
        return spare, share.copy()
    change = spare - mean
    length = float(change @ change)
    weight = min(max(-float(mean @ change) / length, 0.005), 0.1) if length > 0 else 0.1
    return mean + weight * change, mean_share + weight * (share - mean_share)
