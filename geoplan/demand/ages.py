"""Single years of age from census bands: an estimate that keeps the count of every band, with its method named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import takewhile

import numpy as np
import pandas as pd

from geoplan.demand._age_columns import AgeValues, Values, age_values, ages_must_add_up
from geoplan.demand._age_methods import METHODS, choose
from geoplan.errors import CheckFailed, Finding, Findings, InputError, Text

__all__ = ["ages_must_add_up", "by_month", "single_years", "under_three"]

LAST_AGE = 5
TOLERANCE = 1e-9


def single_years(frame: pd.DataFrame, method: str | None = None) -> pd.DataFrame:
    """The children of each single year, columns `age_0` … `age_5` as far as the data say (persons), on the index of `frame`.

    Read are columns `age_<year>` and `age_<first>_<last>`, both ends included, from age 0 on without a break: a single year
    where there is one, else the band that starts there, else what a band leaves after its first years (`age_0_4` less
    `age_0`). Single years stay as they are. A band of n years f … l with the total T is split by a method:

    * `flat`: a_k = T / n. For ages 0 and 1–4, a_0 + 0.5·a_1_4 children are under three.
    * `linear`: a straight line on from the year before, p = a_(f-1): a_(f-1+i) = p + i·d with n·p + d·n(n+1)/2 = T. For ages 0
      and 1–4: a_k = a_0 + k·d with 4·a_0 + 10·d = a_1_4, so 1.8·a_0 + 0.3·a_1_4 are under three. Needs `age_0`.
    * `sprague`: Sprague's multipliers, from the five-year bands 0–4, 5–9, 10–14 and 15–19.
    * `smooth`: the years that keep every band's total with the least Σ (a_(k+1) - a_k)²; for one band alone this is `flat`.

    Without a `method` it is `linear` where age 0 is given, `sprague` where those four bands are, else `smooth`. A year that comes
    out negative is set to 0 and the other years of its band are scaled down to the band's total. `attrs["method"]` names what
    was used (`single` where nothing had to be estimated), `attrs["rule"]` says it in both languages, `attrs["clipped"]` counts
    the rows with a year that was set to 0. In every row each band keeps its total to 1e-9, or `CheckFailed` is raised. Raises `InputError`:
    no column begins at age 0, a value is missing or negative, years exceed their band, the method does not fit the bands.

    Source: Shryock, H. S., Siegel, J. S. (1976). The Methods and Materials of Demography, appendix C (Sprague); Tobler, W. R.
    (1979). Smooth pycnophylactic interpolation for geographical regions. JASA 74 (367), 519-530 (the principle of `smooth`).

    >>> homes = pd.DataFrame({"age_0": [10], "age_1_4": [60]}, index=["A"])
    >>> single_years(homes).loc["A"].tolist(), single_years(homes, "flat").loc["A"].tolist()
    ([10.0, 12.0, 14.0, 16.0, 18.0], [10.0, 15.0, 15.0, 15.0, 15.0])
    >>> single_years(homes).attrs["method"]
    'linear'
    """
    values = age_values(frame)
    chosen = choose(method, values.parts)
    years, clipped = _not_negative(METHODS[chosen].split(values), values)
    _check_bands(years, values)
    columns = [f"age_{k}" for k in range(min(years.shape[1], LAST_AGE + 1))]
    estimated = any(p.count > 1 and p.first < len(columns) for p in values.parts)
    name = chosen if estimated else "single"
    result = pd.DataFrame(years[:, : len(columns)], frame.index, columns)
    result.attrs = {"method": name, "rule": METHODS[name].rule, "clipped": clipped}
    return result


def under_three(frame: pd.DataFrame, method: str | None = None) -> pd.Series:
    """The children under three of each row (persons): ages 0, 1 and 2 of `single_years`, whose `attrs` it carries.

    Raises `InputError` as `single_years`, and where the data end below age two.

    >>> homes = pd.DataFrame({"age_0": [10], "age_1_4": [60]}, index=["A"])
    >>> under_three(homes).tolist(), under_three(homes, "flat").tolist()
    ([36.0], [40.0])
    """
    ages = single_years(frame, method)
    if "age_2" not in ages.columns:
        raise InputError(_beyond("under_three", "0–36", len(ages.columns)))
    total: pd.Series = ages[["age_0", "age_1", "age_2"]].sum(axis=1).rename("under_three")
    total.attrs = dict(ages.attrs)
    return total


def by_month(ages: pd.DataFrame, bands: Mapping[str, tuple[int, int]]) -> pd.DataFrame:
    """The children of each age band, columns `people_<band>` (persons), from the single years `age_0`, `age_1` …

    people = Σ age_k × (months of the band in year k) / 12: the months of a year are taken to be equally full, so 6–12 months
    are half of `age_0`. `bands` maps an id to months [from, to). Bands that hold each month below 12·K once add
    up to the children under K; each band's total equals the same sum over the totals of the years, or `CheckFailed` is
    raised. Raises `InputError` if a band is empty or reaches beyond the ages.

    >>> ages = pd.DataFrame({"age_0": [10.0], "age_1": [12.0]}, index=["A"])
    >>> by_month(ages, {"m06_12": (6, 12), "m06_18": (6, 18)}).loc["A"].tolist()
    [5.0, 11.0]
    """
    years = list(takewhile(ages.columns.__contains__, (f"age_{k}" for k in range(LAST_AGE + 1))))
    findings = Findings()
    for band, (start, stop) in bands.items():
        if not 0 <= start < stop <= 12 * len(years):
            findings.add(_beyond(f"bands.{band}", f"{start}–{stop}", len(years)))
    findings.raise_errors()
    people = {}
    for band, (start, stop) in bands.items():
        share = [max(0, min(12 * k + 12, stop) - max(12 * k, start)) / 12 for k in range(len(years))]
        people[f"people_{band}"] = ages[years].to_numpy(float) @ np.array(share)
        total = math.fsum(math.fsum(ages[c]) * s for c, s in zip(years, share, strict=True))
        if not math.isclose(math.fsum(people[f"people_{band}"]), total, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            raise CheckFailed(f"people_{band}: the rows do not add up to the years of age")
    return pd.DataFrame(people, ages.index)


def _not_negative(years: Values, values: AgeValues) -> tuple[Values, int]:
    """Negative years set to 0 and the others of their band scaled to its total; and in how many rows."""
    rows = (years < 0).any(axis=1)
    kept = years.copy()
    for part, total in zip(values.parts, values.totals.T, strict=True):
        band = np.clip(years[rows, part.years], 0, None)
        if band.shape[1] == part.count:
            whole = band.sum(axis=1)
            kept[rows, part.years] = band * (total[rows] / np.where(whole > 0, whole, 1))[:, None]
    return kept, int(rows.sum())


def _check_bands(years: Values, values: AgeValues) -> None:
    for part, total in zip(values.parts, values.totals.T, strict=True):
        band = years[:, part.years]
        if band.shape[1] == part.count and not np.allclose(band.sum(axis=1), total, rtol=TOLERANCE, atol=TOLERANCE):
            raise CheckFailed(f"ages {part.first}–{part.last}: the single years do not add up to the band")


def _beyond(place: str, months: str, years: int) -> Finding:
    problem = Text(f"these months are none of those known, 0 to {12 * years}", f"超出已知月龄范围（0至{12 * years}）")
    advice = Text("give older ages, or other months", "请补充更大年龄人口，或改用其他月龄")
    return Finding("GP-D024", "", place, problem, advice, months)
