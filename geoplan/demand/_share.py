"""A total shared out in proportion to weights, without loss."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

PASSES = 8
Values = npt.NDArray[np.float64]


def share_out(total: float, weights: Values) -> Values:
    """total × weight / Σ weights, evenly where all weights are 0; the exact sum of the shares is `total`.

    Exact for a whole number of persons, as in a census; to one unit in the last place of the float for any other.

    What the rounding of floats leaves over (about 1e-16 of the total) goes to the greatest weight, the first of equals, and where
    its own rounding leaves a last bit again, to the next.
    Weights are finite and not negative, and there is at least one.

    >>> share_out(1.0, np.array([1.0, 1.0, 1.0])).tolist(), math.fsum(share_out(0.7, np.ones(7)))
    ([0.3333333333333333, 0.3333333333333333, 0.3333333333333333], 0.7)
    """
    whole = math.fsum(weights)
    shares: Values = total * (weights / whole) if whole > 0 else np.full(len(weights), total / len(weights))
    for at in np.argsort(-weights, kind="stable")[:PASSES]:
        rest = total - math.fsum(shares)
        if not rest or not shares[at]:
            break
        shares[at] += rest
    return shares
