"""Spread: how far the children of a unit have to go, and how unevenly places are in their reach."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.access._tally import rows_of
from geoplan.access.equity import gini

TENTH = 0.1
NEARLY = 1e-9  # a share of people that a sum in binary may miss

Values = npt.NDArray[np.float64]


def spread(demand: pd.DataFrame, people: pd.Series, group: pd.Series, labels: list[object]) -> pd.DataFrame:
    """nearest_mean, nearest_p90, worst_decile and gini of each label and of the whole ("all"), weighted by `people`.

    nearest_mean and nearest_p90: minutes to the nearest place over the people who reach one (`demand` column nearest): the
    mean, and the least value that nine tenths of them do not exceed. worst_decile: places a person (column two_step_fca) in
    the mean over the tenth of the people who have least; gini: Gini of the same. Missing where a column, a number of people or
    any person is. Source of two_step_fca: Luo & Wang 2003, Environment and Planning B 30(6); of Gini see `geoplan.access.equity`.

    >>> demand = pd.DataFrame({"nearest": [2.0, 4.0, None], "two_step_fca": [0.5, 0.5, 0.0]}, ["a", "b", "c"])
    >>> people = pd.Series([90.0, 10.0, 25.0], demand.index)
    >>> table = spread(demand, people, pd.Series(["U", "U", "V"], demand.index), ["U", "V"])
    >>> table.loc["all"].round(3).tolist()
    [2.2, 2.0, 0.0, 0.2]
    """
    known = pd.DataFrame({c: _column(demand, c) for c in ("nearest", "two_step_fca")})
    rows = [
        [
            *_nearest(known["nearest"].iloc[at], people.loc[demand.index[at]]),
            *_shared(known["two_step_fca"].iloc[at], people.loc[demand.index[at]]),
        ]
        for at in rows_of(group, labels).values()
    ]
    index = pd.Index([*labels, "all"], dtype=object, name=group.name)
    return pd.DataFrame(rows, index, ["nearest_mean", "nearest_p90", "worst_decile", "gini"])


def quantile(values: Values, weight: Values, share: float) -> float:
    """The least of the values that a share of the weight does not exceed; missing without weight.

    >>> quantile(np.array([3.0, 1.0, 2.0]), np.array([1.0, 8.0, 1.0]), 0.9)
    2.0
    """
    if not weight.sum() > 0:
        return float("nan")
    rising, at = np.unique(values, return_inverse=True)
    held = np.cumsum(np.bincount(at, weight)) / weight.sum()
    return float(rising[np.searchsorted(held, share - NEARLY)])


def least_tenth(values: Values, weight: Values) -> float:
    """The mean of the values over the tenth of the weight that has least; a point on the edge counts with a part.

    >>> least_tenth(np.array([0.0, 1.0]), np.array([5.0, 95.0]))
    0.5
    """
    if not weight.sum() > 0:
        return float("nan")
    order = np.argsort(values, kind="stable")
    end = np.minimum(np.cumsum(weight[order]) / weight.sum() / TENTH, 1.0)
    return float(np.diff(end, prepend=0.0) @ values[order])


def _column(demand: pd.DataFrame, name: str) -> pd.Series:
    return demand[name].astype(float) if name in demand else pd.Series(np.nan, demand.index)


def _nearest(minutes: pd.Series, people: pd.Series) -> tuple[float, float]:
    reaches = minutes.notna().to_numpy()
    values, weight = minutes.to_numpy()[reaches], people.to_numpy(float)[reaches]
    if not weight.sum() > 0:
        return float("nan"), float("nan")
    return float(values @ weight / weight.sum()), quantile(values, weight, 1 - TENTH)


def _shared(places: pd.Series, people: pd.Series) -> tuple[float, float]:
    if places.isna().any() or people.isna().any():
        return float("nan"), float("nan")
    return least_tenth(places.to_numpy(float), people.to_numpy(float)), gini(places, people)
