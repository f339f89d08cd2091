"""Spare classes of kindergartens, today and with the enrolment that is projected."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import Findings, InputError, UsageError
from geoplan.supply.kindergartens import kindergarten_children, projected, spare_classes
from tests import town

LAW = settings(deadline=None, max_examples=30)
maybe = st.none() | st.integers(0, 400)
rows = st.lists(st.tuples(st.none() | st.integers(0, 15), maybe, st.none() | st.floats(0, 500)), min_size=1, max_size=8)
sizes = st.integers(1, 40)


def spare(records: list[tuple[object, object, object]], size: int) -> tuple[pd.DataFrame, pd.Series]:
    """The columns and the spare classes of kindergartens given as (classes, capacity, enrolment)."""
    frame = pd.DataFrame(records, columns=["classes", "capacity", "enrolment"], dtype=float)
    frame["enrolment"] = frame["enrolment"].round(3)
    return frame, spare_classes(frame["classes"], frame["capacity"], frame["enrolment"], size)


def test_the_town_has_one_spare_class() -> None:
    """K1 has 3 classes for 60 children and 40 of them: one class-room of 20 stands free."""
    k = town.hosts().set_index("host_id")
    assert spare_classes(k["classes"], k["capacity"], k["enrolment"], 20).to_dict() == {"K1": 1.0}


def test_fewer_children_free_more_classes() -> None:
    """When the unit's children of kindergarten age halve, K1 has 20 children and two spare classes."""
    k = town.hosts().set_index("host_id").assign(unit_id="130599")
    then = projected(k, pd.Series({"130599": 600}), pd.Series({"130599": 300}), Findings())
    assert then.tolist() == [20]
    assert spare_classes(k["classes"], k["capacity"], then, 20).to_dict() == {"K1": 2.0}


def test_a_class_room_is_not_shared() -> None:
    """50 free places in class-rooms of 30 are one spare class, although two classes of 20 would find places."""
    assert spare([(6, 180, 130)], 20)[1].tolist() == [1]


def test_a_small_class_room_does_not_hold_a_larger_class() -> None:
    """Two free class-rooms of 15 hold 30 children: one class of 20, not two."""
    assert spare([(4, 60, 30)], 20)[1].tolist() == [1]


def test_unknown_is_not_zero() -> None:
    """Without classes, capacity or enrolment the spare classes are not known; a full kindergarten has 0."""
    found = spare([(None, 90, 0), (3, None, 0), (3, 90, None), (0, 0, 0), (3, 90, 95)], 20)[1]
    assert found.isna().tolist() == [True, True, True, True, False]
    assert found.iloc[4] == 0


@LAW
@given(rows, sizes)
def test_spare_classes_fit(records: list[tuple[object, object, object]], size: int) -> None:
    """Whole, never negative, no more than the classes; spare × class size + enrolment never exceeds the capacity."""
    frame, found = spare(records, size)
    known = found.dropna()
    assert (known % 1 == 0).all()
    assert known.between(0, frame["classes"][known.index]).all()
    some = known[known > 0].index
    assert (found[some] * size + frame["enrolment"][some] <= frame["capacity"][some] + 1e-9).all()


@LAW
@given(rows, sizes)
def test_no_further_class_would_fit(records: list[tuple[object, object, object]], size: int) -> None:
    """One class more would need a class-room or places that are taken: the formula gives away nothing."""
    frame, found = spare(records, size)
    for i in found.dropna().index:
        classes, capacity, enrolment = frame.loc[i]
        more = found[i] + 1
        assert more * max(capacity / classes, size) + enrolment > capacity - 1e-6


@LAW
@given(rows, sizes, st.floats(0, 1))
def test_falling_enrolment_never_takes_a_class_away(
    records: list[tuple[object, object, object]], size: int, ratio: float
) -> None:
    """With a part of the children there are at least as many spare classes."""
    before = spare(records, size)[1]
    after = spare([(c, k, e if e is None else e * ratio) for c, k, e in records], size)[1]  # type: ignore[operator]
    assert (after >= before)[before.notna()].all()


def test_projection_keeps_the_share_of_each_kindergarten() -> None:
    """By unit, the projected enrolment is the enrolment times the ratio of the children; what is stated wins."""
    hosts = pd.DataFrame(
        {
            "unit_id": ["u", "u", "v", "v", "w", None],
            "enrolment": [90, 60, 100, None, 50, 50],
            "projected_enrolment": [None, None, None, 10, None, None],
        },
        index=list("abcdef"),
    )
    findings = Findings()
    now, then = pd.Series({"u": 300, "v": 90, "w": 0}), pd.Series({"w": 5, "v": 30, "u": 250})
    found = projected(hosts, now, then, findings)
    assert found.loc[["a", "b", "c", "d"]].tolist() == [75, 50, 33.333, 10]
    assert found.loc[["e", "f"]].isna().all()
    assert [(f.code, f.value, f.count) for f in findings] == [("GP-P040", "d", 1), ("GP-P041", "e, f", 2)]


def test_children_of_other_units_are_refused() -> None:
    """Now and then must be of the same units, each once; enrolments must be numbers."""
    hosts = pd.DataFrame({"unit_id": ["u"], "enrolment": [90]}, index=["a"])
    one = pd.Series({"u": 3.0})
    for now, then in ((one, pd.Series({"v": 3.0})), (pd.concat([one, one]), one)):
        with pytest.raises(UsageError):
            projected(hosts, now, then, Findings())
    with pytest.raises(InputError, match="GP-P010"):
        projected(hosts.assign(enrolment="many"), one, one, Findings())


def test_children_of_kindergarten_age_come_from_the_cohorts() -> None:
    """Ages 3, 4 and 5 of the year, by unit; an age that is not known leaves them unknown; another year is refused."""
    index = pd.MultiIndex.from_product([["u", "v"], [2020, 2026]], names=["unit_id", "year"])
    ages = pd.DataFrame({f"age_{a}": [10.0 * a, a, 1.0, np.nan if a == 5 else 1.0] for a in range(6)}, index=index)
    assert kindergarten_children(ages, 2020).to_dict() == {"u": 120, "v": 3}
    found = kindergarten_children(ages, 2026)
    assert found["u"] == 12
    assert np.isnan(found["v"])
    with pytest.raises(UsageError, match="2028"):
        kindergarten_children(ages, 2028)


def test_columns_must_share_their_labels() -> None:
    """Classes of one kindergarten are not divided by the capacity of another."""
    a, b = pd.Series([3.0], ["a"]), pd.Series([90.0], ["b"])
    with pytest.raises(UsageError):
        spare_classes(a, b, a, 20)
    with pytest.raises(UsageError):
        spare_classes(a, a, a, 0)
