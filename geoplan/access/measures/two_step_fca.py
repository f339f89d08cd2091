"""Two-step floating catchment area: places for each person, where places are shared by all who reach them."""

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
    """Places for each person, A_i = Σ_j f(c_ij) S_j / Σ_k f(c_kj) P_k over the places j within reach of i.

    f is the decay, 1 if none is given; a stepped decay makes it E2SFCA (Luo & Qi 2009, Health & Place 15(4)), a
    Gaussian one that of Dai 2010 (Health & Place 16(5)). Range: >= 0; a point without a place gets 0, a place
    without people gives nothing. What people reach is shared out exactly, Σ_i P_i A_i = Σ_j S_j over the places
    that anyone reaches, or `CheckFailed` is raised. Source: Luo & Wang 2003, Environment and Planning B 30(6).

    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 300.0), ("b", "G", 500.0)])
    >>> measure(cost, pd.Series({"a": 30, "b": 10}), pd.Series({"F": 20, "G": 5})).tolist()
    [0.5, 1.0]
    """
    weight = weights(cost, reach, decay)
    people, places = by_id(demand, cost.demand_ids), by_id(supply, cost.place_ids)

    # Step 1: for each place j, its places over the people in its catchment, R_j = S_j / Σ_k f(c_kj) P_k
    reached = weight.T @ people
    ratio = divided(places, reached)

    # Step 2: for each demand point i, the sum over the places within its reach, A_i = Σ_j f(c_ij) R_j
    access = weight @ ratio

    conserved("two_step_fca", people * access, places[reached > 0])
    return on_demand(access, cost, demand, "two_step_fca")
