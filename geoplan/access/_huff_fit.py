"""Fitting the choice of facilities to enrolment: the half cost by the least Poisson deviance, the uptake by the sum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.access.huff import Market, Values, choose, first_choice

NARROWEST, WIDEST = 1 / 30, 100.0  # the half cost is sought between these parts of the greatest cost
NO_DECAY = 30.0  # a half cost this many times the greatest cost: no weight is below 97 %
STEPS = 13  # half costs tried before the search, so that it starts in the right valley
BESIDE = 2.5  # draws search ln(half cost) no further than this from the fit to all
FINE, COARSE = 1e-6, 1e-3  # how exactly ln(half cost) is found, for the fit and for draws
STEP, FURTHEST = 0.5, 4.0  # ln(uptake / ratio of sums) is sought in steps of the one, up to the other
SAME = 1e-9  # sums that differ by so little of themselves are the same
FLAT = 1e-6  # a deviance that changes by less tells nothing


@dataclass(frozen=True)
class Fit:
    """The best parameters of one form of decay; `told` is False where the half cost makes no difference, `full` is True where all
    facilities are full, so that the uptake is a lower bound.
    """

    form: str
    half: float
    uptake: float
    deviance: float
    told: bool = True
    full: bool = False


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

    def uptake(self, weights: Any, drawn: Values) -> float:
        """The uptake at which as many are expected in these facilities as are enrolled, Σ taken = Σ enrolled.

        Where no place is short this is the ratio of sums, which is also the estimate of the greatest Poisson likelihood; else it
        is higher, as some are turned away. Where not even the highest uptake fills so many, the lowest that fills as many.
        """
        from scipy.optimize import brentq

        ratio, enrolled = self.ratio(weights, drawn), float(drawn @ self.enrolled)

        def taken(more: float) -> float:
            return float(drawn @ choose(self.market, weights, ratio * np.exp(more)).taken[self.rows])

        low = high = 0.0
        reached = taken(0.0)
        if abs(reached - enrolled) <= SAME * enrolled:
            return ratio
        while reached < enrolled and high < FURTHEST:
            low, high = high, high + STEP
            reached = taken(high)
        target = min(enrolled, reached * (1 - SAME)) if high else enrolled
        while taken(low) > target:  # also where the highest uptakes fill no more than this
            low -= STEP
        more = brentq(lambda at: taken(at) - target, low, high, xtol=SAME)
        return ratio * float(np.exp(more))

    def at(self, form: str, half: float, drawn: Values) -> Fit:
        """The fit with this half cost."""
        weights = self.market.weights(form, half)
        uptake = self.uptake(weights, drawn)
        taken = choose(self.market, weights, uptake).taken[self.rows]
        return Fit(form, half, uptake, poisson_deviance(self.enrolled, taken, drawn))


def fit(data: Data, form: str, drawn: Values, start: Fit | None = None) -> Fit:
    """The half cost of the least deviance, bounded, with the uptake that gives the sum; `drawn` says how often each facility counts.

    A grid of half costs comes first, unless `start` is a fit to search beside. Source of the search: Brent 1973, Algorithms for
    Minimization without Derivatives, chapters 4 and 5.
    """
    low, high = np.log(NARROWEST * span(data.market)), np.log(WIDEST * span(data.market))
    if start is not None:
        near = np.log(start.half)
        return _search(data, form, drawn, max(low, near - BESIDE), min(high, near + BESIDE), COARSE)
    grid = np.linspace(low, high, STEPS)
    found = [data.at(form, float(np.exp(half)), drawn).deviance for half in grid]
    best = int(np.argmin(found))
    told = max(found) - min(found) > FLAT * (1.0 + min(found))
    again = _search(data, form, drawn, grid[max(best - 1, 0)], grid[min(best + 1, STEPS - 1)], FINE)
    return replace(again, told=told)


def _search(data: Data, form: str, drawn: Values, low: float, high: float, exact: float) -> Fit:
    """The best fit with ln(half cost) between `low` and `high`."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda half: data.at(form, float(np.exp(half)), drawn).deviance,
        bounds=(low, high),
        method="bounded",
        options={"xatol": exact},
    )
    return data.at(form, float(np.exp(found.x)), drawn)
