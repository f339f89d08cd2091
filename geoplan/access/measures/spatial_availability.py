"""Spatial availability: how many of the places within reach are left for the people of a demand point."""

from __future__ import annotations

import pandas as pd

from geoplan.access._weights import by_id, conserved, divided, on_demand, weights
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
    """Places available to all people of a point together, V_i = Σ_j S_j F_ij, F_ij = P_i f_ij / Σ_k P_k f_kj.

    F is the product of the two factors of the paper (people and impedance), balanced by place; f is the decay, 1 if
    none is given. Unit: places. Range: 0 to all places; a point without people or without a place gets 0. Every place
    that anyone reaches is given to somebody, Σ_i V_i = Σ_j S_j, or `CheckFailed` is raised. V_i / P_i are places for
    each person, which is the two-step measure. Source: Soukhov, Páez, Higgins & Mohamed 2023, PLOS ONE 18(1).

    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 300.0), ("b", "G", 500.0)])
    >>> measure(cost, pd.Series({"a": 30, "b": 10}), pd.Series({"F": 20, "G": 5})).tolist()
    [15.0, 10.0]
    """
    weight = weights(cost, reach, decay)
    people, places = by_id(demand, cost.demand_ids), by_id(supply, cost.place_ids)
    reached = weight.T @ people
    available = people * (weight @ divided(places, reached))
    conserved("spatial_availability", available, places[reached > 0])
    return on_demand(available, cost, demand, "spatial_availability")
