"""Gravity: all places, each counted less the more it costs to get there (Hansen)."""

from __future__ import annotations

import pandas as pd

from geoplan.access._weights import by_id, on_demand, weights
from geoplan.access.decay import Decay
from geoplan.errors import UsageError
from geoplan.network.cost import CostMatrix


def measure(
    cost: CostMatrix,
    demand: pd.Series,
    supply: pd.Series,
    *,
    reach: float | None = None,
    decay: Decay | None = None,
) -> pd.Series:
    """The potential of the places, A_i = Σ_j S_j f(c_ij), with the decay f that the measure cannot do without.

    Unit: places, weighted. Range: 0 to all places; a point without a place gets 0. Only the pairs of `cost` count, so
    its limit should lie where the decay has gone down. Raises `UsageError` without a decay. Source: Hansen 1959,
    Journal of the American Institute of Planners 25(2), with f for his power of the cost, which has no value at 0.

    >>> from geoplan.access.decay import linear
    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 300.0), ("b", "G", 500.0)])
    >>> measure(cost, pd.Series({"a": 30, "b": 10}), pd.Series({"F": 20, "G": 8}), decay=linear(1000)).tolist()
    [14.0, 18.0]
    """
    if decay is None:
        raise UsageError("gravity needs a decay: without one every place counts alike, which is the measure cumulative")
    potential = weights(cost, reach, decay) @ by_id(supply, cost.place_ids)
    return on_demand(potential, cost, demand, "gravity")
