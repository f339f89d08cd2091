"""The loop of the programme's bound in numpy, for computers without numba: the same pools, and sums to rounding."""

from __future__ import annotations

from typing import Any

import numpy as np


def cheapest(start: Any, pool: Any, travel: Any, wanted: Any, profit: Any, price: Any, load: Any, served: Any) -> float:
    """The sum of wanted · (profit - price - travel) where that is above 0; adds to `load` by pool, fills `served` by class."""
    served[:] = 0.0
    nodes = np.flatnonzero(np.diff(start) > 0)
    if not len(nodes):
        return 0.0
    total = 0.0
    for k in range(wanted.shape[1]):
        cost = price[pool, k] + travel
        least = np.minimum.reduceat(cost, start[nodes])
        same = np.where(cost == np.repeat(least, np.diff(start)[nodes]), np.arange(len(cost)), len(cost))
        at = pool[np.minimum.reduceat(same, start[nodes])]
        below = least < profit[nodes, k]
        people = wanted[nodes[below], k]
        load[:, k] += np.bincount(at[below], weights=people, minlength=len(load))
        served[nodes[below], k] = people
        total += float((people * (profit[nodes[below], k] - least[below])).sum())
    return total
