"""What the measures share: values in the order of a cost matrix, and its pairs as a sparse matrix of weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.access.decay import Curve, Decay
from geoplan.errors import CheckFailed, UsageError
from geoplan.network.cost import CostMatrix

Values = npt.NDArray[np.float64]

LEAST = 1e-100  # a weight below is none: squares and quotients of such numbers lose their digits


def same_order(index: pd.Index, ids: pd.Index) -> bool:
    """Whether two lists of labels are the same in the same order; the very same list is told at once."""
    return bool(index.is_(ids) or index.equals(ids))


def by_id(values: pd.Series, ids: pd.Index) -> Values:
    """The values in the order of the ids of a cost matrix; labels that are in that order already are not looked up."""
    return (values if same_order(values.index, ids) else values.reindex(ids)).to_numpy(float)


def on_demand(values: npt.NDArray[Any], cost: CostMatrix, demand: pd.Series, name: str) -> pd.Series:
    """Values in the order of a cost matrix as a Series on the index of the demand."""
    if same_order(demand.index, cost.demand_ids):
        return pd.Series(values, index=demand.index, name=name)
    return pd.Series(values, index=cost.demand_ids).reindex(demand.index).rename(name)


def weights(cost: CostMatrix, reach: float | None, decay: Decay | None, power: int = 1) -> Any:
    """f(c_ij)^power as a sparse matrix, demand × place, of the pairs within `reach`; f is 1 without a decay.

    The matrix shares the demand rows of the pairs. Weights of the decays of `geoplan.access.decay` are computed once for
    a cost matrix; a decay of one's own may answer otherwise the next time, so its weights are not kept. Raises
    `UsageError` if a weight lies outside [0, 1] or is missing.
    """
    if decay is not None and not isinstance(decay, Curve):
        return _weights(cost, reach, decay, power)
    return cost.remember(("weights", reach, decay, power), lambda: _weights(cost, reach, decay, power))


def _weights(cost: CostMatrix, reach: float | None, decay: Decay | None, power: int) -> Any:
    from scipy.sparse import csc_array

    near = cost if reach is None else cost.within(reach)
    weight = np.ones(len(near.demand)) if decay is None else np.array(decay(near.values), float)
    if len(weight) and not (weight.min() >= 0 and weight.max() <= 1):
        raise UsageError(f"the weights of a decay must lie in [0, 1], not from {weight.min()} to {weight.max()}")
    weight[weight < LEAST] = 0.0
    few = len(weight) <= np.iinfo(np.int32).max
    start = near.start.astype(np.int32) if few else near.start  # as the rows are, or scipy copies them
    values = weight if power == 1 else weight**power
    return csc_array((values, near.demand, start), shape=(len(cost.demand_ids), len(cost.place_ids)))


def divided(one: Values, other: Values) -> Values:
    """One over the other; 0 where the other is 0: what nobody reaches is shared with nobody."""
    return np.divide(one, other, out=np.zeros(len(one)), where=other > 0)


def conserved(name: str, stated: Values, given: Values) -> None:
    """Raise `CheckFailed` unless two sums agree to one part in a thousand million."""
    one, other = float(stated.sum()), float(given.sum())
    if not math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9):
        raise CheckFailed(f"{name}: {one} of {other} is shared out")
