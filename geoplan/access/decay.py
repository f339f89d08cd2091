"""Decay: how much a place counts by what it costs to get there; each factory checks, then returns a function.

The contract: a function from an array of costs (>= 0, in the unit that the factory was given) to weights of
the same shape in [0, 1], that never rises with cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from geoplan.errors import UsageError

Costs = npt.NDArray[np.float64]
Decay = Callable[[Costs], Costs]


def binary(reach: float) -> Decay:
    """Weight 1 up to `reach` (inclusive), 0 beyond; raises `UsageError` unless `reach` is finite and >= 0.

    >>> binary(300)(np.array([0.0, 300.0, 300.1])).tolist()
    [1.0, 1.0, 0.0]
    """
    _finite("reach", reach, lowest=0)

    def weight(cost: Costs) -> Costs:
        return (np.asarray(cost, float) <= reach).astype(float)

    return weight


def linear(reach: float) -> Decay:
    """Weight 1 − cost / reach, 0 from `reach` on; raises `UsageError` unless `reach` is finite and > 0.

    >>> linear(400)(np.array([0.0, 100.0, 400.0, 500.0])).tolist()
    [1.0, 0.75, 0.0, 0.0]
    """
    _above_zero("reach", reach)

    def weight(cost: Costs) -> Costs:
        return np.clip(1.0 - np.asarray(cost, float) / reach, 0.0, 1.0)

    return weight


def gaussian(reach: float) -> Decay:
    """Weight (exp(−½ (cost / reach)²) − exp(−½)) / (1 − exp(−½)): 1 at no cost, 0 from `reach` on.

    Source: Dai 2010, Health & Place 16(5). Raises `UsageError` unless `reach` is finite and > 0.

    >>> gaussian(1000)(np.array([0.0, 500.0, 1000.0])).round(4).tolist()
    [1.0, 0.7014, 0.0]
    """
    _above_zero("reach", reach)
    rest = math.exp(-0.5)

    def weight(cost: Costs) -> Costs:
        curve: Costs = np.exp(-0.5 * (np.asarray(cost, float) / reach) ** 2)
        return np.clip((curve - rest) / (1.0 - rest), 0.0, 1.0)

    return weight


def exponential(rate: float) -> Decay:
    """Weight exp(−rate × cost), `rate` by unit of cost; ln 2 / h halves the weight at cost h.

    Raises `UsageError` unless `rate` is finite and >= 0.

    >>> exponential(np.log(2) / 500)(np.array([0.0, 500.0, 1000.0])).round(4).tolist()
    [1.0, 0.5, 0.25]
    """
    _finite("rate", rate, lowest=0)

    def weight(cost: Costs) -> Costs:
        curve: Costs = np.exp(-rate * np.asarray(cost, float))
        return curve

    return weight


def stepped(steps: Sequence[tuple[float, float]]) -> Decay:
    """The weight of the first step (reach, weight) that the cost is within (inclusive); 0 beyond the last.

    Source: the zones of E2SFCA, Luo & Qi 2009, Health & Place 15(4). Raises `UsageError` unless the reaches
    rise and the weights lie in [0, 1] and do not rise.

    >>> stepped([(300, 1.0), (1000, 0.4)])(np.array([300.0, 301.0, 1001.0])).tolist()
    [1.0, 0.4, 0.0]
    """
    if not steps:
        raise UsageError("a stepped decay needs at least one step (reach, weight)")
    reaches, weights = np.array(steps, float).T
    if not (np.isfinite(reaches).all() and reaches[0] >= 0 and (np.diff(reaches) > 0).all()):
        raise UsageError(f"the reaches of the steps must be finite, >= 0 and rise, not {reaches.tolist()}")
    if not ((weights >= 0) & (weights <= 1)).all() or (np.diff(weights) > 0).any():
        raise UsageError(f"the weights of the steps must lie in [0, 1] and not rise, not {weights.tolist()}")
    table = np.append(weights, 0.0)

    def weight(cost: Costs) -> Costs:
        return table[np.searchsorted(reaches, np.asarray(cost, float), side="left")]

    return weight


def _finite(name: str, value: float, lowest: float) -> None:
    if not (np.isfinite(value) and value >= lowest):
        raise UsageError(f"{name} must be finite and at least {lowest:g}, not {value}")


def _above_zero(name: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise UsageError(f"{name} must be finite and above 0, not {value}")
