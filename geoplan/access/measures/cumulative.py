"""Cumulative opportunities: all places within reach, whoever else wants them."""

from __future__ import annotations

import pandas as pd

from geoplan.access._weights import by_id, on_demand, weights
from geoplan.access.decay import Decay
from geoplan.network.cost import CostMatrix


def measure(
    cost: CostMatrix,
    demand: pd.Series,
    supply: pd.Series,
    *,
    reach: float | None = None,
    decay: Decay | None = None,
) -> pd.Series:
    """The places within reach, A_i = Σ_j S_j f(c_ij) over c_ij <= reach; f is the decay, 1 if none is given.

    Unit: places. Range: 0 to all places; a point without a place gets 0. It never falls as reach or supply grows.
    Places are not shared: what several points reach is counted for each. Source: Wachs & Kumagai 1973,
    Socio-Economic Planning Sciences 7(5).

    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 300.0), ("b", "G", 500.0)])
    >>> measure(cost, pd.Series({"a": 30, "b": 10}), pd.Series({"F": 20, "G": 5}), reach=500).tolist()
    [20.0, 25.0]
    """
    within = weights(cost, reach, decay) @ by_id(supply, cost.place_ids)
    return on_demand(within, cost, demand, "cumulative")
