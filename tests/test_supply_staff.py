"""Carers and health staff needed."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import UsageError
from geoplan.supply.staff import carers, health_staff, in_total

LAW = settings(deadline=None, max_examples=30)
RATIO = {"m06_12": 3, "m12_24": 5, "m24_36": 7}
children = st.lists(st.tuples(*[st.none() | st.integers(0, 100)] * 3), min_size=1, max_size=6).map(
    lambda rows: pd.DataFrame(rows, columns=list(RATIO), dtype=float)
)


def test_full_classes_of_the_standard() -> None:
    """Classes of 10, 15 and 20 need 4, 3 and 3 carers: 10 in all; half a child more than 15 needs a fourth."""
    found = carers(pd.DataFrame([[10, 15, 20], [0, 15.5, 0]], columns=list(RATIO)), RATIO)
    assert found.values.tolist() == [[4, 3, 3, 10], [0, 4, 0, 4]]


@LAW
@given(children)
def test_carers_are_enough_and_none_too_many(frame: pd.DataFrame) -> None:
    """Each band has carers for all its children and one fewer would be too few; by band they add up to the facility's."""
    found = carers(frame, RATIO)
    for band, ratio in RATIO.items():
        needed, there = found[f"carers_{band}"], frame[band]
        assert needed.isna().equals(there.isna())
        assert (needed * ratio >= there)[there.notna()].all()
        assert ((needed - 1) * ratio < there)[there > 0].all()
    parts = found[[f"carers_{b}" for b in RATIO]]
    assert found["carers"].dropna().equals(parts.dropna().sum(axis=1))


@LAW
@given(children)
def test_the_total_is_the_sum_of_what_is_known(frame: pd.DataFrame) -> None:
    """Known and unknown facilities are all facilities, and only the known ones add carers."""
    found = in_total(carers(frame, RATIO))
    assert (found["known"] + found["unknown"]).eq(len(frame)).all()
    by_hand = sum(math.ceil(c / 7) for c in frame["m24_36"] if not np.isnan(c))
    assert found.loc["carers_m24_36", "persons"] == by_hand


def test_health_staff_by_size() -> None:
    """From 150 children one full time; below one of either kind; none for nobody; NaN for an unknown number."""
    found = health_staff(pd.Series([0, 1, 149, 150, 400, np.nan]), 150)
    assert found["health_full_time"].tolist()[:5] == [0, 0, 0, 1, 1]
    assert found["health_any"].tolist()[:5] == [0, 1, 1, 0, 0]
    assert found.iloc[5].isna().all()


def test_ratios_that_cannot_be_meant_are_refused() -> None:
    """No ratio for a band, one for a band that is not there, a ratio of 0."""
    frame = pd.DataFrame({"m06_12": [10]})
    for ratio in ({}, {"m12_24": 5}, {"m06_12": 0}, {"m06_12": math.inf}):
        with pytest.raises(UsageError):
            carers(frame, ratio)
