"""Counts for target assessment: forms by unit, and the pilots."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.supply.forms import ATTRIBUTES, UNKNOWN, by_unit, forms, pilots, variety

LAW = settings(deadline=None, max_examples=30)
UNITS = pd.Index([f"u{i}" for i in range(18)], name="unit_id")
QUOTA = {"brand_chain": 1, "community": 1, "kindergarten": 1, "employer": 1}
flag = st.sampled_from([True, False, None])
rows = st.lists(
    st.fixed_dictionaries(
        {
            "unit_id": st.sampled_from(list(UNITS)),
            "kind": st.sampled_from(["nursery", "kindergarten", None]),
            "filed": flag,
            "inclusive": flag,
            "ownership": st.sampled_from(["public", "private", None]),
            "demonstration": flag,
            "pilot": st.sampled_from([*QUOTA, None]),
            "places": st.none() | st.integers(0, 100),
        }
    ),
    min_size=1,
    max_size=12,
)


def table(records: list[dict[str, object]]) -> pd.DataFrame:
    """Facilities with nullable flags, as a layer gives them."""
    frame = pd.DataFrame(records, index=[f"f{i}" for i in range(len(records))])
    return frame.assign(**{c: frame[c].astype("boolean") for c in ("filed", "inclusive", "demonstration")})


@LAW
@given(rows)
def test_each_facility_stands_once_in_each_table(records: list[dict[str, object]]) -> None:
    """Every attribute's table has all units and adds up to all facilities, and with places as weight to the known places."""
    frame = table(records)
    places = frame["places"].astype(float)
    for counts, weights in ((forms(frame, UNITS), None), (forms(frame, UNITS, places), places)):
        assert set(counts) == set(ATTRIBUTES)
        for name, found in counts.items():
            assert found.index.equals(UNITS)
            assert found.to_numpy().sum() == (len(frame) if weights is None else places.sum())
            if name in frame and weights is None:
                assert found[UNKNOWN].sum() == frame[name].isna().sum()
    assert forms(frame, UNITS)["filed"]["yes"].sum() == frame["filed"].sum()


def test_yes_and_no_stand_in_the_table_even_where_all_is_unknown() -> None:
    """A column that the layer does not have is unknown throughout, not no."""
    found = by_unit(pd.DataFrame({"unit_id": ["u0"]}), "filed", UNITS)
    assert found.columns.tolist() == ["yes", "no", UNKNOWN]
    assert found.loc["u0"].tolist() == [0, 0, 1]


def test_a_facility_in_no_unit_is_refused() -> None:
    """One with an unknown unit and one with none: named together, so that no place vanishes from a county's table."""
    frame = pd.DataFrame({"unit_id": ["u0", "130571", None]}, index=["a", "b", "c"])
    with pytest.raises(InputError) as refused:
        by_unit(frame, "kind", UNITS)
    assert [(f.code, f.value, f.count) for f in refused.value.findings] == [("GP-P050", "b, c", 2)]


@LAW
@given(rows)
def test_variety_is_the_number_of_kinds(records: list[dict[str, object]]) -> None:
    """By unit, the number of distinct kinds that are known, as pandas counts it."""
    frame = table(records)
    expected = frame.groupby("unit_id")["kind"].nunique().reindex(UNITS, fill_value=0)
    assert variety(frame, UNITS).tolist() == expected.tolist()


@LAW
@given(rows)
def test_eighteen_counties_have_seventy_two_pilots(records: list[dict[str, object]]) -> None:
    """One row a county and type; done are the facilities with that pilot; missing is what the quota still lacks."""
    frame = table(records)
    found = pilots(frame, UNITS, QUOTA)
    assert len(found) == 72
    assert found["done"].sum() == frame["pilot"].notna().sum()
    assert (found["missing"] == (found["quota"] - found["done"]).clip(lower=0)).all()
    assert found["met"].sum() == len(frame.dropna(subset="pilot").drop_duplicates(["unit_id", "pilot"]))


def test_a_pilot_of_no_type_is_refused() -> None:
    """A type that the notice does not have names its facilities."""
    frame = pd.DataFrame({"unit_id": ["u0"], "pilot": ["school"]}, index=["a"])
    with pytest.raises(InputError, match=r"GP-P051.*'a'"):
        pilots(frame, UNITS, QUOTA)


def test_without_pilots_all_are_missing() -> None:
    """A layer that says nothing of pilots leaves 72 of 72 missing."""
    found = pilots(pd.DataFrame({"unit_id": ["u0"]}), UNITS, QUOTA)
    assert found["missing"].sum() == 72
