"""Confidence: how far the data of a group of demand points can be trusted, by their grades."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.errors import UsageError

GRADES = ("A", "B", "C", "D")  # of the data of a demand point, the best first
QUARTER = 0.25
NEARLY = 1e-9  # a share that a sum in binary may miss


def worst_quartile(grade: pd.Series, people: pd.Series, group: pd.Series) -> pd.Series:
    """The grade of a group's data that a quarter of its people may fall short of: "A" … "D", or None where it is unknown.

    The people of the group stand in line by the grade of their demand point, those whose grade is missing first, then D,
    C, B, A; the grade is that of the person at a quarter of the line. One bad point in a large area does not spoil it, and a
    mean would hide a bad quarter. A missing grade is unknown: so is the group if more than a quarter of its people have
    none, and with any such people at all it is never A. Points in no group (missing) are left out; a group without people
    is unknown. Raises `UsageError` if the labels differ or a grade is none of `GRADES`.

    >>> ids = ["a", "b", "c"]
    >>> grade, people = pd.Series(["A", "C", None], ids), pd.Series([70.0, 30.0, 5.0], ids)
    >>> worst_quartile(grade, people, pd.Series(["U", "U", "V"], ids)).to_dict()
    {'U': 'C', 'V': None}
    """
    if not (set(grade.index) == set(people.index) == set(group.index)):
        raise UsageError("worst_quartile: the labels of grades, people and groups differ")
    known = grade.reindex(group.index).astype(object)
    strange = sorted({str(g) for g in known[known.notna()]} - set(GRADES))
    if strange:
        raise UsageError(f"worst_quartile: grades are {', '.join(GRADES)}, not {', '.join(strange[:5])}")
    # a column a grade, the worst first: unknown, D, C, B, A
    column = np.where(known.isna(), 0, len(GRADES) - pd.Index(GRADES).get_indexer(pd.Index(known)))
    labels = sorted(group.dropna().unique())
    row = pd.Index(labels, dtype=object).get_indexer(pd.Index(group, dtype=object))
    line = np.zeros((len(labels), len(GRADES) + 1))
    inside = row >= 0
    np.add.at(line, (row[inside], column[inside]), people.reindex(group.index).to_numpy(float)[inside])
    return pd.Series([_grade(own) for own in line], pd.Index(labels, dtype=object), dtype=object, name="confidence")


def _grade(people: np.ndarray) -> str | None:
    """The grade at a quarter of a line of people: unknown, D, C, B, A."""
    total = people.sum()
    if not total > 0:
        return None
    at = int(np.searchsorted(np.cumsum(people) / total, QUARTER + NEARLY, side="right"))
    if at == 0:
        return None
    best = GRADES[len(GRADES) - min(at, len(GRADES))]
    return "B" if best == "A" and people[0] > 0 else best
