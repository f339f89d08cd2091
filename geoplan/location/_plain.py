"""The loops of the bound in numpy, for computers without numba: slower than `_kernels`, with results equal to the last bit.

Equal, because every sum is taken in the same order: `cumsum` and `bincount` add one after another, unlike `sum`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

NONE = -1


def in_turn(values: Any) -> float:
    """The sum of values, added one after another."""
    return float(np.cumsum(values)[-1]) if len(values) else 0.0


def firsts(values: Any, best: Any, begin: Any) -> Any:
    """Where each run `begin[i]:begin[i+1]` of values first takes its best."""
    at = np.arange(len(values))
    repeated = np.repeat(best, np.diff(np.append(begin, len(values))))
    return np.minimum.reduceat(np.where(values == repeated, at, len(values)), begin)


def cheapest(start: Any, pool: Any, wanted: Any, price: Any, load: Any) -> float:
    """Send each demand node to its pool of least price; the sum of wanted · (1 - price) where the price is below 1."""
    nodes = np.flatnonzero(np.diff(start) > 0)
    if not len(nodes):
        return 0.0
    begin, prices = start[nodes], price[pool]
    least = np.minimum.reduceat(prices, begin)
    at = pool[firsts(prices, least, begin)]
    below = least < 1.0
    load += np.bincount(at[below], weights=wanted[nodes[below]], minlength=len(load))
    return in_turn(wanted[nodes[below]] * (1.0 - least[below]))


def relaxed_knapsack(value: Any, cost: Any, site: Any, sites: int, budget: float, share: Any) -> tuple[float, float]:
    """The linear multiple-choice knapsack: a bound on the value for the budget, its multiplier, and the `share` of each option."""
    order = np.argsort(site, kind="stable")
    begin = np.searchsorted(site[order], np.arange(sites))

    def best_of_sites(multiplier: float) -> tuple[float, float, Any]:
        worth = (value - multiplier * cost)[order]
        gain = np.maximum.reduceat(worth, begin)
        pick = np.where(gain > 0, order[firsts(worth, gain, begin)], NONE)
        return in_turn(np.maximum(gain, 0.0)), in_turn(np.where(pick != NONE, cost[pick], 0.0)), pick

    share[:] = 0.0
    if not sites:
        return 0.0, 0.0
    worth, spent, pick = best_of_sites(0.0)
    if spent <= budget:
        share[pick[pick != NONE]] = 1.0
        return worth, 0.0
    priced = cost > 0.0
    low, high = 0.0, max(0.0, float((value[priced] / cost[priced]).max(initial=0.0)))
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if best_of_sites(middle)[1] > budget else (low, middle)
    _, over, dear = best_of_sites(low)
    worth, under, pick = best_of_sites(high)
    blend = (budget - under) / (over - under) if over > under else 0.0
    share[dear[dear != NONE]] += blend
    share[pick[pick != NONE]] += 1.0 - blend
    return worth + high * budget, high


def pack(start: Any, order: Any, wanted: Any, profit: Any, places: Any, key: Any, value: Any) -> None:  # noqa: ARG001 - key is room for the compiled form
    """What each set of places is worth at its pool: its people of most profit first; keeps `order` sorted by profit."""
    pool = np.repeat(np.arange(len(start) - 1), np.diff(start))
    order[:] = order[np.lexsort((-profit[order], pool))]
    item, node, taken = taking(start, order, wanted, profit, places)
    value[:] = np.bincount(item, weights=taken * profit[node], minlength=len(places))


def unpack(start: Any, order: Any, wanted: Any, profit: Any, places: Any, share: Any, load: Any) -> None:
    """Adds to `load`, by demand node, the people whom `pack` sent, times the share of each set of places."""
    open_ = np.flatnonzero(share > 0.0)
    item, node, taken = taking(start, order, wanted, profit, places[open_])
    load += np.bincount(node, weights=taken * share[open_][item], minlength=len(load))


def taking(start: Any, order: Any, wanted: Any, profit: Any, places: Any) -> tuple[Any, Any, Any]:
    """For each set of places and each node within reach of its pool: the row of the set, the node, and how many it takes."""
    count = (start[1:] - start[:-1])[places[:, 0]]
    item = np.repeat(np.arange(len(places)), count)
    first = np.cumsum(count) - count
    node = order[np.arange(len(item)) - first[item] + start[places[item, 0]]]
    asked = np.where(profit[node] > 0.0, wanted[node], 0)
    running = np.cumsum(asked)
    before = running - asked - np.append(0, running)[first][item]
    return item, node, np.clip(places[item, 1] - before, 0, asked)
