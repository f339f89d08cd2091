"""Three-step floating catchment area: as the two-step one, but people divide themselves among the places they reach."""

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
    """Places for each person, A_i = Σ_j G_ij f(c_ij) R_j, R_j = S_j / Σ_k G_kj f(c_kj) P_k, G_ij = f(c_ij) / Σ_l f(c_il).

    G is the share of its people that a demand point sends to each place that has supply, by the decay f (1 if none is
    given): who has several places near by burdens each of them less than the two-step method says. Range: >= 0; a point
    without a place gets 0. What people reach is shared out exactly, Σ_i P_i A_i = Σ_j S_j over the places that anyone
    reaches, or `CheckFailed` is raised. Source: Wan, Zou & Sternberg 2012, International Journal of Geographical
    Information Science 26(6).

    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 300.0), ("b", "G", 500.0)])
    >>> measure(cost, pd.Series({"a": 30, "b": 10}), pd.Series({"F": 14, "G": 5})).tolist()
    [0.4, 0.7]
    """
    people, places = by_id(demand, cost.demand_ids), by_id(supply, cost.place_ids)

    # Step 1: the choice of each point among the places with supply, G_ij f_ij = f_ij² / Σ_l f_il
    squared = weights(cost, reach, decay, power=2)
    choices = weights(cost, reach, decay) @ (places > 0).astype(float)

    # Step 2: for each place j, its places over the people who choose it, R_j = S_j / Σ_k G_kj f_kj P_k
    reached = squared.T @ divided(people, choices)
    ratio = divided(places, reached)

    # Step 3: for each demand point i, A_i = Σ_j G_ij f_ij R_j
    access = divided(squared @ ratio, choices)

    conserved("three_step_fca", people * access, places[reached > 0])
    return on_demand(access, cost, demand, "three_step_fca")
