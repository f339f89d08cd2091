"""Decay: how much a place counts by what it costs to get there; each factory checks, then returns a function.

The contract: a function from an array of costs (>= 0, in the unit that the factory was given) to weights of
the same shape in [0, 1], that never rises with cost. Those made here compare equal if they weigh alike, so that
weights computed once can be found again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geoplan.errors import UsageError

Costs = npt.NDArray[np.float64]
Decay = Callable[[Costs], Costs]


@dataclass(frozen=True, repr=False)
class Curve:
    """A decay that knows its form and its parameters.

    >>> gaussian(1000), gaussian(1000) == gaussian(1000.0), gaussian(1000) == linear(1000)
    (gaussian(1000), True, False)
    """

    form: str
    parameters: tuple[float, ...] | tuple[tuple[float, float], ...]

    def __call__(self, cost: npt.ArrayLike) -> Costs:
        """The weights of costs, of the same shape."""
        return FORMS[self.form](np.asarray(cost, float), *self.parameters)

    def __repr__(self) -> str:
        shown = [f"{p:.15g}" if isinstance(p, float) else f"({p[0]:.15g}, {p[1]:.15g})" for p in self.parameters]
        return f"{self.form}([{', '.join(shown)}])" if self.form == "stepped" else f"{self.form}({', '.join(shown)})"


def binary(reach: float) -> Curve:
    """Weight 1 up to `reach` (inclusive), 0 beyond; raises `UsageError` unless `reach` is finite and >= 0.

    >>> binary(300)(np.array([0.0, 300.0, 300.1])).tolist()
    [1.0, 1.0, 0.0]
    """
    _finite("reach", reach, lowest=0)
    return Curve("binary", (float(reach),))


def linear(reach: float) -> Curve:
    """Weight 1 − cost / reach, 0 from `reach` on; raises `UsageError` unless `reach` is finite and > 0.

    >>> linear(400)(np.array([0.0, 100.0, 400.0, 500.0])).tolist()
    [1.0, 0.75, 0.0, 0.0]
    """
    _above_zero("reach", reach)
    return Curve("linear", (float(reach),))


def gaussian(reach: float) -> Curve:
    """Weight (exp(−½ (cost / reach)²) − exp(−½)) / (1 − exp(−½)): 1 at no cost, 0 from `reach` on.

    Source: Dai 2010, Health & Place 16(5). Raises `UsageError` unless `reach` is finite and > 0.

    >>> gaussian(1000)(np.array([0.0, 500.0, 1000.0])).round(4).tolist()
    [1.0, 0.7014, 0.0]
    """
    _above_zero("reach", reach)
    return Curve("gaussian", (float(reach),))


def exponential(rate: float) -> Curve:
    """Weight exp(−rate × cost), `rate` by unit of cost; ln 2 / h halves the weight at cost h.

    Raises `UsageError` unless `rate` is finite and >= 0.

    >>> exponential(np.log(2) / 500)(np.array([0.0, 500.0, 1000.0])).round(4).tolist()
    [1.0, 0.5, 0.25]
    """
    _finite("rate", rate, lowest=0)
    return Curve("exponential", (float(rate),))


def stepped(steps: Sequence[tuple[float, float]]) -> Curve:
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
    return Curve("stepped", tuple((float(reach), float(weight)) for reach, weight in steps))


def _binary(cost: Costs, reach: float) -> Costs:
    return (cost <= reach).astype(float)


def _linear(cost: Costs, reach: float) -> Costs:
    return np.clip(1.0 - cost / reach, 0.0, 1.0)


def _gaussian(cost: Costs, reach: float) -> Costs:
    rest = math.exp(-0.5)
    curve: Costs = np.exp(-0.5 * (cost / reach) ** 2)
    return np.clip((curve - rest) / (1.0 - rest), 0.0, 1.0)


def _exponential(cost: Costs, rate: float) -> Costs:
    curve: Costs = np.exp(-rate * cost)
    return curve


def _stepped(cost: Costs, *steps: tuple[float, float]) -> Costs:
    zone = np.zeros(cost.shape, np.intp)  # few steps: one comparison each is quicker than a search
    for reach, _ in steps:
        zone += cost > reach
    return np.array([*(weight for _, weight in steps), 0.0])[zone]


FORMS: dict[str, Callable[..., Costs]] = {
    "binary": _binary,
    "linear": _linear,
    "gaussian": _gaussian,
    "exponential": _exponential,
    "stepped": _stepped,
}


def _finite(name: str, value: float, lowest: float) -> None:
    if not (np.isfinite(value) and value >= lowest):
        raise UsageError(f"{name} must be finite and at least {lowest:g}, not {value}")


def _above_zero(name: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise UsageError(f"{name} must be finite and above 0, not {value}")
