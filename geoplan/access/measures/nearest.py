"""Cost to the nearest place: how far people have to go.

A measure takes a cost matrix, the demand (people by demand id) and the supply (places by place id) and gives
one value for each demand point, on the index of the demand. `reach` keeps the pairs that cost at most that
much.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.access._weights import by_id, on_demand
from geoplan.access.decay import Decay
from geoplan.network.cost import CostMatrix


def measure(
    cost: CostMatrix,
    demand: pd.Series,
    supply: pd.Series,
    *,
    reach: float | None = None,
    decay: Decay | None = None,  # noqa: ARG001 - every measure takes the same arguments
) -> pd.Series:
    """The cost of the cheapest place that has supply, in the unit of `cost`; missing where there is none.

    nearest_i = min over j with S_j > 0 of c_ij. Range: [0, reach]. A further place never raises it.

    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("a", "G", 200.0), ("b", "G", 900.0)])
    >>> measure(cost, pd.Series({"a": 5, "b": 5}), pd.Series({"F": 9, "G": 0})).tolist()
    [300.0, nan]
    """
    near = cost if reach is None else cost.within(reach)
    open_ = (by_id(supply, cost.place_ids) > 0)[near.place]
    best = np.full(len(cost.demand_ids), np.inf)
    np.minimum.at(best, near.demand[open_], near.values[open_])
    return on_demand(np.where(np.isinf(best), np.nan, best), cost, demand, "nearest")
