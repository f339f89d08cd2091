"""The compiled inner loop of the programme's bound: every class of demand to the cheapest pool, in all layers at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from geoplan.network._kernel import jit

NONE = -1


@jit
def cheapest(start: Any, pool: Any, travel: Any, wanted: Any, profit: Any, price: Any, load: Any, served: Any) -> float:
    """The sum of wanted · (profit - price - travel) where that is above 0; adds to `load` by pool, fills `served` by class."""
    layers = wanted.shape[1]
    best, at, total = np.empty(layers), np.empty(layers, np.int64), 0.0
    for node in range(len(wanted)):
        for k in range(layers):
            best[k], at[k] = profit[node, k], NONE
        for pair in range(start[node], start[node + 1]):
            here, far = pool[pair], travel[pair]
            for k in range(layers):
                cost = price[here, k] + far
                if cost < best[k]:
                    best[k], at[k] = cost, here
        for k in range(layers):
            served[node, k] = 0.0
            if at[k] != NONE:
                total += wanted[node, k] * (profit[node, k] - best[k])
                load[at[k], k] += wanted[node, k]
                served[node, k] = wanted[node, k]
    return total
