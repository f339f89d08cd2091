"""Equity: how unevenly access is shared, among people and among units."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.errors import UsageError


def gini(values: pd.Series, weight: pd.Series) -> float:
    """The Gini coefficient of `values` among people: 0 if equal, towards 1 if one has all.

    `values` are >= 0, `weight` is persons.
    G = 1 − Σ (F_k − F_{k−1}) (L_k + L_{k−1}) over the Lorenz curve L of the values in rising order, F the
    share of people. It does not change if all values are scaled; NaN where there are no people or nothing to
    share. Raises `UsageError` if labels differ, or a value or weight is missing or negative.

    >>> gini(pd.Series({"a": 0.0, "b": 1.0}), pd.Series({"a": 50, "b": 50}))
    0.5
    """
    _same_labels(values, weight)
    value, people = values.to_numpy(float), weight.reindex(values.index).to_numpy(float)
    if not (np.isfinite(value).all() and np.isfinite(people).all() and (value >= 0).all() and (people >= 0).all()):
        raise UsageError("gini: values and weights must be finite and not negative")
    order = np.argsort(value, kind="stable")
    share = np.concatenate(([0.0], np.cumsum(people[order])))
    lorenz = np.concatenate(([0.0], np.cumsum((people * value)[order])))
    if share[-1] == 0 or lorenz[-1] == 0:
        return float("nan")
    area = np.sum(np.diff(share) * (lorenz[1:] + lorenz[:-1])) / (share[-1] * lorenz[-1])
    return float(np.clip(1.0 - area, 0.0, 1.0))


def share_by_unit(flag: pd.Series, weight: pd.Series, group: pd.Series) -> pd.Series:
    """The share of people (`weight`) for whom `flag` holds (1 or 0), by group, in order of the groups.

    share_g = Σ w_i flag_i / Σ w_i over i in g; NaN for a group without people. Points that are in no group
    (missing) are left out. Raises `UsageError` if labels differ or a flag or weight is missing.

    >>> ids = ["a", "b", "c"]
    >>> flag, weight = pd.Series([1, 0, 1], ids), pd.Series([30, 10, 5], ids)
    >>> share_by_unit(flag, weight, pd.Series(["U1", "U1", "U2"], ids)).to_dict()
    {'U1': 0.75, 'U2': 1.0}
    """
    _same_labels(flag, weight)
    _same_labels(flag, group)
    people = weight.reindex(flag.index).astype(float)
    if flag.isna().any() or people.isna().any():
        raise UsageError("share_by_unit: a flag or weight is missing")
    unit = group.reindex(flag.index)
    total = people.groupby(unit).sum().sort_index()
    held = (people * flag.astype(float)).groupby(unit).sum().sort_index()
    return (held / total.where(total > 0)).rename("share")


def _same_labels(first: pd.Series, second: pd.Series) -> None:
    if not (first.index.is_unique and second.index.is_unique and set(first.index) == set(second.index)):
        other = sorted(map(str, set(first.index) ^ set(second.index)))[:5]
        raise UsageError(f"labels differ or stand more than once: {', '.join(other)}")
