"""Tallies: columns summed by label and as a whole, where an unknown makes its sums unknown and the parts must make the whole."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import CheckFailed, UsageError

ALL = "all"


def labels_of(groups: Iterable[pd.Series], units: Iterable[str]) -> list[object]:
    """Every label in order, those of `units` too, then None if a row has none; raises `UsageError` if one is called "all"."""
    columns = list(groups)
    found: set[str] = set(units).union(*(set(c.dropna()) for c in columns))
    if ALL in found:
        raise UsageError("a group is called 'all', which is the name of the row for the whole")
    return [*sorted(found), *([None] if any(c.isna().any() for c in columns) else [])]


def rows_of(group: pd.Series, labels: list[object]) -> dict[object, npt.NDArray[np.intp]]:
    """The rows of each label, then all of them under "all"."""
    at = _codes(group, labels)
    return {label: np.flatnonzero(at == n) for n, label in enumerate(labels)} | {ALL: np.arange(len(group))}


def tally(table: pd.DataFrame, group: pd.Series, labels: list[object]) -> pd.DataFrame:
    """The sum of each column by label, then of the whole; index: the labels and "all". A missing value makes its sums missing.

    Raises `CheckFailed` if the labels do not add up to the whole (to one part in a thousand million).

    >>> places = pd.DataFrame({"places": [3.0, 4.0, None]}, ["F", "G", "H"])
    >>> tally(places, pd.Series(["U", "U", "V"], places.index), ["U", "V"])["places"].tolist()
    [7.0, nan, nan]
    """
    values = table.to_numpy(float)
    sums = np.zeros((len(labels), values.shape[1]))
    np.add.at(sums, _codes(group, labels), values)
    whole = values.sum(axis=0)
    if not np.allclose(sums.sum(axis=0), whole, rtol=1e-9, atol=1e-9, equal_nan=True):
        wrong = table.columns[~np.isclose(sums.sum(axis=0), whole, rtol=1e-9, atol=1e-9, equal_nan=True)]
        raise CheckFailed(f"indicators: the units do not add up to the whole: {', '.join(map(str, wrong))}")
    index = pd.Index([*labels, ALL], dtype=object, name=group.name)
    return pd.DataFrame(np.vstack([sums, whole]), index, table.columns)


def _codes(group: pd.Series, labels: list[object]) -> npt.NDArray[np.intp]:
    """The number of the label of each row; a missing one is the last, None."""
    at = pd.Index([label for label in labels if label is not None], dtype=object).get_indexer(
        pd.Index(group, dtype=object)
    )
    return np.where(at < 0, len(labels) - 1, at)
