"""Coverage: whether any place is within reach."""

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
    """1 where a place that has supply is within reach (inclusive), else 0.

    coverage_i = max over j with S_j > 0 of [c_ij <= reach]. Range: {0, 1}. It never falls as reach grows.

    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 301.0)])
    >>> measure(cost, pd.Series({"a": 5, "b": 5}), pd.Series({"F": 9}), reach=300).tolist()
    [1, 0]
    """
    near = cost if reach is None else cost.within(reach)
    open_ = (by_id(supply, cost.place_ids) > 0)[near.place]
    covered = np.zeros(len(cost.demand_ids), np.int64)
    covered[near.demand[open_]] = 1
    return on_demand(covered, cost, demand, "coverage")
