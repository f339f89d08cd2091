"""Back-test: uptake and distance decay estimated again from last year's enrolment, and how far the last forecast was wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.random import Generator

from geoplan.access import huff
from geoplan.access._backtest_data import Told, notes, told
from geoplan.access._backtest_notes import note
from geoplan.access._huff_fit import NO_DECAY, Data, Fit, fit, span
from geoplan.access.backtest_result import BackTest, Interval, accuracy
from geoplan.access.huff import choose
from geoplan.errors import Finding, UsageError
from geoplan.network.cost import CostMatrix

PERCENTILES = (0.025, 0.975)
FORMS = tuple(huff.FORMS)


def backtest(
    enrolled: pd.Series,
    demand: pd.Series | pd.DataFrame,
    cost: CostMatrix,
    places: pd.Series | pd.DataFrame,
    *,
    forecast: pd.Series | None = None,
    forms: Sequence[str] = FORMS,
    draws: int = 0,
    generator: Generator | None = None,
) -> BackTest:
    """Estimate uptake and distance decay from `enrolled` (people by facility_id; missing is unknown, left out and counted).

    `demand`: people of each demand point, and `places`: places of each facility that competed; both Series, or both
    frames with the same bands as columns; labels are those of `cost`. The model is Huff's, limited by places (`huff.choose`):

        expected_j = Σ_i uptake · people_i · places_j f(c_ij) / Σ_k places_k f(c_ik),   surplus of full ones sent on to others,

    f(c) = 2^(−c/h) (exponential) or 2^(−(c/h)²) (gaussian), h the half cost. h is that of the least Poisson deviance
    2 Σ (y ln(y/μ) − (y − μ)), and of `forms` the one with the least. The uptake is the ratio of sums, Σ enrolled / Σ expected at an
    uptake of 1, where no place is short (the estimate of the greatest likelihood); else that at which the model's enrolment has the sum
    of the given one. A full facility (enrolled ≥ places − ½) is censored: its demand is at least its enrolment. As what the model
    expects there is cut at its places too, demand beyond them costs no deviance. If all are full only Σ enrolled / Σ people reached
    is told, a lower bound. `forecast`: places used by facility as predicted.
    With `draws`, facilities are drawn again with replacement by `generator` for intervals (percentiles; the form is kept).

    Raises `InputError` if labels differ, a number is negative, or no enrolment is known; `UsageError` for draws without generator.

    Sources: Huff 1964, Journal of Marketing 28(3), 34–38; Wilson 1971, Environment and Planning 3(1), 1–32; Efron 1979, Annals
    of Statistics 7(1), 1–26 (draws); McCullagh & Nelder 1989, Generalized Linear Models, 2.3 (deviance).

    >>> pairs = [("a", "F", 0.0), ("a", "G", 600.0), ("b", "F", 600.0), ("b", "G", 0.0)]
    >>> children, places = pd.Series({"a": 200.0, "b": 100.0}), pd.Series({"F": 60.0, "G": 60.0})
    >>> test = backtest(pd.Series({"F": 18.0, "G": 12.0}), children, CostMatrix.from_pairs(pairs, unit="s"), places)
    >>> round(test.uptake, 4), round(test.half_cost, 2), test.unit, float(round(test.error["difference"].abs().max(), 3))
    (0.1, 5.0, 'min', 0.0)
    """
    if draws and generator is None:
        raise UsageError("backtest: draws need a generator, such as numpy.random.default_rng(1)")
    if unknown := sorted(set(forms) - set(FORMS)):
        raise UsageError(f"backtest: no form of decay is called {unknown[0]!r}; there are: {', '.join(FORMS)}")
    data = told(enrolled, demand, cost, places, forecast)
    findings = notes(data, demand, forecast is not None)
    fits = _fits(data, forms)
    best = _best(fits)
    findings.add(*(note(code, place="estimate") for code in _said(data, best)))
    drawn = _draws(data, best, draws, generator) if generator is not None and draws else []
    return _result(data, best, {fit.form: fit.deviance for fit in fits}, drawn, tuple(findings))


def _fits(data: Told, forms: Sequence[str]) -> list[Fit]:
    """The fit of each form; where only a lower bound of the uptake, or nothing, can be told, that alone."""
    rows, market = data.rows, data.market
    enrolled, full = data.enrolled[rows], bool(data.full[rows].all())
    if not enrolled.any() or full:
        return [Fit(forms[0], np.inf, float(enrolled.sum() / market.people.sum()), 0.0, told=False, full=full)]
    return [fit(Data(market, rows, enrolled), form, np.ones(len(rows))) for form in forms]


def _best(fits: Sequence[Fit]) -> Fit:
    """The fit of the least deviance; of equals the first."""
    return min(fits, key=lambda fit: round(fit.deviance, 6))


def _said(data: Told, best: Fit) -> Iterator[str]:
    """The codes of what the estimate itself has to tell."""
    if not data.enrolled[data.rows].any():
        yield "GP-B021"
    elif best.full:
        yield "GP-B014"
    elif not best.told:
        yield "GP-B017"
    elif np.isinf(half_cost(data, best)):
        yield "GP-B018"
    if best.uptake > 1:
        yield "GP-B019"


def _draws(data: Told, best: Fit, draws: int, generator: Generator) -> list[Fit]:
    """The fit of the best form to facilities drawn again; where all that are drawn are full, any uptake is possible."""
    rows, found = data.rows, []
    if best.full or not data.enrolled[rows].any():
        return []
    for _ in range(draws):
        drawn = generator.multinomial(len(rows), np.full(len(rows), 1 / len(rows))).astype(float)
        if not (drawn @ data.enrolled[rows]):
            found.append(Fit(best.form, best.half, 0.0, 0.0, told=False))
        elif data.full[rows][drawn > 0].all():
            found.append(Fit(best.form, best.half, np.inf, 0.0, told=False))
        else:
            found.append(fit(Data(data.market, rows, data.enrolled[rows]), best.form, drawn, best))
    return found


def half_cost(data: Told, best: Fit) -> float:
    """The half cost in minutes or metres: infinite where the fit ran to no decay, NaN where it told nothing."""
    if not best.told:
        return np.nan
    if best.half >= NO_DECAY * span(data.market):
        return np.inf
    return best.half / 60 if data.market.cost.unit == "s" else best.half


def _interval(values: list[float]) -> Interval | None:
    """The percentiles of the draws that tell something; each is one of them, so that an infinite one may be an end."""
    known = np.array([v for v in values if not np.isnan(v)])
    if not len(known):
        return None
    low, high = np.quantile(known, PERCENTILES, method="inverted_cdf")
    return float(low), float(high)


def _result(
    data: Told, best: Fit, deviances: Mapping[str, float], drawn: list[Fit], findings: tuple[Finding, ...]
) -> BackTest:
    market, half = data.market, half_cost(data, best)
    made = choose(market, market.weights(best.form, best.half), best.uptake)
    ids = market.cost.place_ids.rename("facility_id")
    columns = {
        "enrolled": data.enrolled,
        "places": data.places,
        "full": data.full,
        "forecast": data.forecast,
        "expected": np.where(np.isnan(data.places), np.nan, made.taken),
    }
    error = pd.DataFrame(columns, index=ids)
    error["forecast_difference"] = error["forecast"] - error["enrolled"]
    error["difference"] = error["expected"] - error["enrolled"]
    return BackTest(
        uptake=best.uptake,
        uptake_interval=_interval([f.uptake for f in drawn]),
        lower_bound=best.full,
        decay_form=best.form,
        half_cost=half,
        half_cost_interval=_interval([half_cost(data, f) for f in drawn]),
        unit="min" if market.cost.unit == "s" else market.cost.unit,
        deviance=best.deviance,
        deviances=deviances,
        people=data.people,
        reached=float(market.people.sum()),
        turned_away=made.turned_away,
        expected=error["expected"],
        error=error,
        measures=pd.DataFrame({name: accuracy(error[name], error["enrolled"]) for name in ("forecast", "expected")}).T,
        findings=findings,
    )
