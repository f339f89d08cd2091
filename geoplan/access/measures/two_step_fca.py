"""Two-step floating catchment area: places for each person, where places are shared by all who reach them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from geoplan.access.decay import Decay
from geoplan.errors import CheckFailed
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

    f is the decay, 1 if none is given. Range: >= 0; a point without a place gets 0, a place without people
    gives nothing. What people reach is shared out exactly, Σ_i P_i A_i = Σ_j S_j over the places that anyone
    reaches, or `CheckFailed` is raised. Source: Luo & Wang 2003, Environment and Planning B 30(6).

    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 300.0), ("b", "G", 500.0)])
    >>> measure(cost, pd.Series({"a": 30, "b": 10}), pd.Series({"F": 20, "G": 5})).tolist()
    [0.5, 1.0]
    """
    near = cost if reach is None else cost.within(reach)
    people = demand.reindex(near.demand_ids).to_numpy(float)
    places = supply.reindex(near.place_ids).to_numpy(float)
    place = near.place
    weight = np.ones(len(place)) if decay is None else decay(near.values)

    # Step 1: for each place j, its places over the people in its catchment, R_j = S_j / Σ_k f(c_kj) P_k
    reached = np.bincount(place, weight * people[near.demand], len(places))
    ratio = np.divide(places, reached, out=np.zeros(len(places)), where=reached > 0)

    # Step 2: for each demand point i, the sum over the places within its reach, A_i = Σ_j f(c_ij) R_j
    access = np.bincount(near.demand, weight * ratio[place], len(people)).astype(float)

    shared, given = math.fsum(people * access), math.fsum(places[reached > 0])
    if not math.isclose(shared, given, rel_tol=1e-9, abs_tol=1e-9):
        raise CheckFailed(f"two_step_fca shares out {shared} of {given} places")
    return pd.Series(access, index=near.demand_ids).reindex(demand.index).rename("two_step_fca")
