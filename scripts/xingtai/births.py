"""Births and moves by unit and year: the census, one estimate, and invented years between and after."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .common import generator, shares
from .facts import Facts

# births of the city in the years of which no figure was found: invented, between the census and the estimate and after
INVENTED = {2021: 54_500, 2023: 45_800, 2024: 46_300, 2025: 43_900}
LAST_OBSERVED, LAST = 2025, 2035
YEARLY_CHANGE = {"low": -0.06, "mid": -0.03, "high": 0.0}  # of the projections
MOVES = range(2021, LAST + 1)


def births_by_year(facts: Facts) -> pd.DataFrame:
    """One row a unit and year, 2016 to 2035; the years to 2020 are the children of the census, to the person.

    2020 is age 0 of the census (`census`); 2016–2019 are ages 4 to 1 as a linear fall over its ages 1–4, those who died or
    moved left out, and 2022 is the city's estimate spread over the units (`estimate`); all others are `synthetic`.
    """
    rng = generator("births")
    drift, noise = _drift(rng, facts), rng.lognormal(0, 0.015, (LAST - 2020, len(facts.units)))
    parts = [_observed(facts, 2020 - k, column, "census" if k == 0 else "estimate")
             for k, column in enumerate(_census_ages(facts).T)]  # fmt: skip
    for year in range(2021, LAST + 1):
        weight = facts.units["age_0"].to_numpy() * np.exp(drift * (year - 2020)) * noise[year - 2021]
        parts.append(_after(facts, year, weight))
    frame = pd.concat(parts, ignore_index=True).sort_values(["unit_id", "year"], ignore_index=True)
    numbers = ["births", "births_low", "births_mid", "births_high"]
    return frame.astype(dict.fromkeys(numbers, "Int64"))[["unit_id", "名称", "year", *numbers, "basis"]]


def _drift(rng: np.random.Generator, facts: Facts) -> np.ndarray:
    """A unit's share of the births grows each year with how urban it is."""
    urban = (facts.units["urban"] / facts.units["residents"]).to_numpy()
    return 0.02 * (urban - urban.mean()) + rng.normal(0, 0.003, len(urban))


def _census_ages(facts: Facts) -> np.ndarray:
    """Children (units × ages 0 to 4): ages 1–4 rise from age 0 by equal steps that add to the census."""
    age_0, age_1_4 = facts.units["age_0"].to_numpy(), facts.units["age_1_4"].to_numpy()
    step = (age_1_4 - 4 * age_0) / 10
    older = [shares(int(n), a + s * np.arange(1, 5)) for n, a, s in zip(age_1_4, age_0, step, strict=True)]
    return np.column_stack([age_0, older])


def _observed(facts: Facts, year: int, births: np.ndarray, basis: str) -> pd.DataFrame:
    return pd.DataFrame({
        "unit_id": facts.units.index, "名称": facts.units["name"].to_numpy(), "year": year, "births": births, "basis": basis,
    })  # fmt: skip


def _after(facts: Facts, year: int, weight: np.ndarray) -> pd.DataFrame:
    """A year after the census: the city's births, observed or projected, over the units by weight."""
    if year <= LAST_OBSERVED:
        city = {2022: facts.births_2022, **INVENTED}[year]
        return _observed(facts, year, shares(city, weight), "estimate" if year == 2022 else "synthetic")
    frame = _observed(facts, year, np.zeros(len(weight)), "synthetic").drop(columns="births")
    for level, change in YEARLY_CHANGE.items():
        city = round(INVENTED[LAST_OBSERVED] * (1 + change) ** (year - LAST_OBSERVED))
        frame[f"births_{level}"] = shares(city, weight)
    return frame


def moves_by_year(facts: Facts) -> pd.DataFrame:
    """Children under three who move in less those who move out, by unit and year: to the urban units, out of the others."""
    rng = generator("moves")
    units = facts.units
    rate = 0.035 * (units["urban"] / units["residents"] - units["urban"].sum() / units["residents"].sum()) - 0.003
    young = units["age_0"] + units["age_1_4"] / 2
    rows = [(u, name, y, young[u] * (rate[u] + rng.normal(0, 0.001)) * 0.95 ** (y - MOVES[0]))
            for u, name in units["name"].items() for y in MOVES]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["unit_id", "名称", "year", "net_moves"])
    return frame.assign(net_moves=frame["net_moves"].round().astype(int))
