"""Fitting the choice of facilities to enrolment: uptake and half cost by the least Poisson deviance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.access.huff import Market, Values, choose, first_choice

NARROWEST, WIDEST = 1 / 30, 100.0  # the half cost is sought between these parts of the greatest cost
NO_DECAY = 30.0  # a half cost this many times the greatest cost: no weight is below 97 %
STEPS = 13  # half costs tried before the search, so that it starts in the right valley
STARTS = (
    0.0,
    0.05,
    0.1,
    0.2,
    0.3,
    0.5,
    0.8,
    1.2,
)  # as logarithms, how much more than the ratio of sums is tried as the uptake
FURTHEST = 4.0  # the uptake is sought up to exp(4) times the ratio of sums
FINE = {"xatol": 1e-7, "fatol": 1e-9}
COARSE = {"xatol": 1e-4, "fatol": 1e-5}  # for draws, which differ by far more
FLAT = 1e-6  # a deviance that changes by less tells nothing


@dataclass(frozen=True)
class Fit:
    """The best parameters of one form of decay; `told` is False where the half cost makes no difference, `full` is True where the
    model fills all facilities, so that any higher uptake fits as well, `short` where it turns anybody away at first.
    """

    form: str
    half: float
    uptake: float
    deviance: float
    told: bool = True
    full: bool = False
    short: bool = False


def span(market: Market) -> float:
    """The greatest cost of a pair (1 if none costs anything)."""
    return float(market.cost.values.max(initial=0.0)) or 1.0


def poisson_deviance(observed: Values, expected: Values, drawn: Values) -> float:
    """D = 2 Σ drawn · (y ln(y / μ) − (y − μ)), where y ln(y / μ) is 0 for y = 0.

    >>> poisson_deviance(np.array([0.0, 3.0]), np.array([1.0, 3.0]), np.ones(2))
    2.0
    """
    some = observed > 0
    ratio = np.divide(observed, np.maximum(expected, 1e-300), out=np.ones_like(observed), where=some)
    parts = np.where(some, observed * np.log(ratio), 0.0) - (observed - expected)
    return max(2.0 * float((drawn * parts).sum()), 0.0)


@dataclass(frozen=True, eq=False)
class Data:
    """What is fitted: the market, the rows of its places whose enrolment tells something, and that enrolment."""

    market: Market
    rows: npt.NDArray[np.intp]
    enrolled: Values

    def ratio(self, weights: Any, drawn: Values) -> float:
        """The ratio of sums: Σ enrolled / Σ of those who would choose these facilities first at an uptake of 1."""
        load = first_choice(self.market, weights, 1.0)[0].sum(axis=1)[self.rows]
        return float(drawn @ self.enrolled) / float(drawn @ load)

    def at(self, form: str, half: float, drawn: Values, more: float) -> Fit:
        """The fit with this half cost and an uptake of exp(more) times the ratio of sums."""
        weights = self.market.weights(form, half)
        uptake = self.ratio(weights, drawn) * float(np.exp(more))
        made = choose(self.market, weights, uptake)
        taken, short = made.taken[self.rows], bool((made.first - made.taken > FLAT).any())
        full = bool((taken >= self.market.room.sum(axis=1)[self.rows] * (1 - FLAT))[drawn > 0].all())
        return Fit(form, half, uptake, poisson_deviance(self.enrolled, taken, drawn), full=full, short=short)


def fit(data: Data, form: str, drawn: Values, start: Fit | None = None) -> Fit:
    """The half cost and the uptake of the least deviance, both bounded; `drawn` says how often each facility counts.

    The search goes over ln(half cost) and ln(uptake / ratio of sums): where nobody is turned away the best uptake is
    the ratio of sums itself, which is then the estimate of the greatest likelihood. A grid comes first unless `start` is
    a fit to begin from. Source of the search: Nelder & Mead 1965, The Computer Journal 7(4), 308–313.
    """
    low, high = np.log(NARROWEST * span(data.market)), np.log(WIDEST * span(data.market))

    def deviance(point: Sequence[float]) -> float:
        return data.at(form, float(np.exp(point[0])), drawn, float(point[1])).deviance

    if start is not None:
        more = np.log(start.uptake / data.ratio(data.market.weights(form, start.half), drawn))
        best = _search(deviance, (np.log(start.half), more), low, high, COARSE)
        return data.at(form, float(np.exp(best[0])), drawn, best[1])
    begin, told = _grid(data, form, drawn, low, high)
    best = _search(deviance, begin, low, high, FINE)
    best = _search(deviance, best, low, high, FINE)  # again, as a simplex may rest on a fold where a facility fills
    return replace(data.at(form, float(np.exp(best[0])), drawn, best[1]), told=told)


def _grid(data: Data, form: str, drawn: Values, low: float, high: float) -> tuple[tuple[float, float], bool]:
    """The best of a grid of half costs and uptakes, and whether the half cost makes a difference."""
    found = {}
    for half in np.linspace(low, high, STEPS):
        tried = [data.at(form, float(np.exp(half)), drawn, STARTS[0])]
        if tried[0].short:  # else the ratio of sums is the best uptake
            tried += [data.at(form, float(np.exp(half)), drawn, more) for more in STARTS[1:]]
        found[half] = min((fit.deviance, more) for fit, more in zip(tried, STARTS, strict=False))
    best = min(found, key=lambda half: found[half])
    least, most = found[best][0], max(found.values())[0]
    return (float(best), found[best][1]), most - least > FLAT * (1.0 + least)


def _search(
    deviance: Callable[[Sequence[float]], float],
    begin: tuple[float, float],
    low: float,
    high: float,
    options: Mapping[str, float],
) -> tuple[float, float]:
    """The point of the least deviance found from `begin`, with ln(half cost) between `low` and `high`."""
    from scipy.optimize import minimize

    half, more = min(max(begin[0], low), high), min(max(begin[1], -FURTHEST), FURTHEST)
    aside = -0.3 if half - 0.3 > low else 0.3
    simplex = [(half, more), (half + aside, more), (half, more + 0.05 if more + 0.05 < FURTHEST else more - 0.05)]
    bounds = [(low, high), (-FURTHEST, FURTHEST)]
    settings = {"initial_simplex": simplex, "maxfev": 400, **options}
    found = minimize(deviance, simplex[0], method="Nelder-Mead", bounds=bounds, options=settings)
    return float(found.x[0]), float(found.x[1])
