"""Balanced floating catchment area: level of service, where every person and every place is counted exactly once."""

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
    """The balanced level of service, A_i = Σ_j w_ij^j R_j, R_j = S_j / Σ_k w_kj^i P_k.

    w_ij^i = f_ij / Σ_l f_il divides the people of point i among the places with supply that it reaches; w_ij^j = f_ij /
    Σ_k f_kj divides the level of service of place j among the points that reach it; f is the decay, 1 if none is given.
    Range: >= 0; a point without a place gets 0. Nobody and nothing is counted twice: Σ_j D_j = Σ_i P_i over those who
    reach a place, and Σ_i A_i = Σ_j R_j, or `CheckFailed` is raised. (Σ_i P_i A_i is not the supply: the levels of
    service are conserved, not the places.) Source: Paez, Higgins & Vivona 2019, PLOS ONE 14(6).

    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 300.0), ("b", "G", 500.0)])
    >>> measure(cost, pd.Series({"a": 30, "b": 10}), pd.Series({"F": 14, "G": 5})).tolist()
    [0.2, 1.2]
    """
    weight = weights(cost, reach, decay)
    people, places = by_id(demand, cost.demand_ids), by_id(supply, cost.place_ids)
    has_supply = (places > 0).astype(float)

    # Step 1: people divided among the places, D_j = Σ_i P_i w_ij^i, and the level of service R_j = S_j / D_j
    choices = weight @ has_supply
    reached = (weight.T @ divided(people, choices)) * has_supply
    ratio = divided(places, reached)

    # Step 2: the level of service divided among the points, A_i = Σ_j w_ij^j R_j
    shares = weight.sum(axis=0)
    access = weight @ divided(ratio, shares)

    conserved("balanced_fca, people", reached, people[choices > 0])
    conserved("balanced_fca, level of service", access, ratio)
    return on_demand(access, cost, demand, "balanced_fca")
