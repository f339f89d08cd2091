"""Full-time equivalents by service mode."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import Findings, InputError, UsageError
from geoplan.supply.modes import by_mode, fte, fte_places, modes_of

LAW = settings(deadline=None, max_examples=30)
FACTOR = {"full_day": 1.0, "half_day": 0.5, "hourly": 0.25, "temporary": 0.125}
BANDS = ["m12_24", "m24_36"]
some_modes = st.lists(st.sampled_from(list(FACTOR)), max_size=3).map(lambda some: ";".join(some) or None)
places = st.none() | st.integers(0, 200)
tables = st.lists(st.tuples(some_modes, places, places), min_size=1, max_size=8).map(
    lambda rows: pd.DataFrame(
        rows, columns=["service_modes", *(f"places_{b}" for b in BANDS)], index=[f"f{i}" for i in range(len(rows))]
    )
)
factors = st.fixed_dictionaries({m: st.just(1.0) if m == "full_day" else st.floats(0, 1) for m in FACTOR})


def frame(*cells: str | None) -> pd.DataFrame:
    """Facilities of 20 places in each of two bands, with these modes."""
    columns = {f"places_{b}": 20.0 for b in BANDS}
    return pd.DataFrame({"service_modes": list(cells), **columns}, index=[f"f{i}" for i in range(len(cells))])


@pytest.mark.parametrize("joint", [";", "；", ",", "，", " ; ", "、"])
def test_several_modes_count_as_the_greatest(joint: str) -> None:
    """However several modes are joined, a place that is also offered all day is a whole place."""
    assert fte(frame(f"hourly{joint}full_day", f"hourly{joint}half_day"), FACTOR, Findings()).tolist() == [1, 0.5]


def test_a_missing_mode_is_a_full_day_and_is_told() -> None:
    """No mode stated: taken as full day, in a note that counts them; and the table keeps them apart."""
    findings = Findings()
    given_ = frame(None, " ", "half_day")
    assert fte(given_, FACTOR, findings).tolist() == [1, 1, 0.5]
    assert [(f.code, f.severity, f.count, f.value) for f in findings] == [("GP-P030", "note", 2, "f0, f1")]
    table = by_mode(given_, BANDS, FACTOR)
    assert table.loc["not_stated", ["facilities", "places", "fte"]].tolist() == [2, 80, 80]
    assert table.loc["half_day", ["facilities", "places", "fte"]].tolist() == [1, 40, 20]


def test_modes_without_a_factor_and_factors_out_of_range_are_refused() -> None:
    """A mode that nobody gave a factor names its facilities; a factor above 1 or none for full days cannot be meant."""
    with pytest.raises(InputError, match=r"GP-P031.*f1"):
        fte(frame("full_day", "night"), FACTOR, Findings())
    for wrong in ({"half_day": 0.5}, {"full_day": 1.2}, {"full_day": math.nan}):
        with pytest.raises(UsageError):
            fte(frame("full_day"), wrong, Findings())


def test_a_share_of_other_facilities_is_refused() -> None:
    """Labels must agree before places are weighted."""
    with pytest.raises(UsageError):
        fte_places(frame("full_day"), BANDS, pd.Series([1.0], index=["other"]))


@LAW
@given(tables, factors)
def test_the_sums_by_mode_are_the_whole(given_: pd.DataFrame, factor: dict[str, float]) -> None:
    """Facilities, places and full-time equivalents by mode add up; none is above its places, unknown places stay NaN."""
    share = fte(given_, factor, Findings())
    counts = fte_places(given_, BANDS, share)
    table = by_mode(given_, BANDS, factor)
    columns = [f"places_{b}" for b in BANDS]
    assert table["facilities"].sum() == len(given_)
    assert table["places"].sum() == given_[columns].astype(float).sum().sum()
    assert math.isclose(table["fte"].sum(), counts.sum().sum(), abs_tol=1e-9)
    assert counts.isna().equals(given_[columns].isna())
    assert not (counts > given_[columns].astype(float)).any().any()
    assert table["unknown"].sum() == given_[columns].isna().any(axis=1).sum()


@LAW
@given(tables, factors)
def test_thousandths_are_whole(given_: pd.DataFrame, factor: dict[str, float]) -> None:
    """Share and product are whole thousandths, so that sums of them are exact."""
    share = fte(given_, factor, Findings())
    counts = fte_places(given_, BANDS, share)
    for value in [*share, *counts.stack().dropna()]:
        assert value == round(value * 1000) / 1000


@LAW
@given(tables)
def test_a_further_mode_never_lowers_the_share(given_: pd.DataFrame) -> None:
    """A facility that offers one mode more counts at least as much as before, if it stated any."""
    more = given_.assign(
        service_modes=given_["service_modes"].where(
            given_["service_modes"].isna(), given_["service_modes"] + ";half_day"
        )
    )
    assert (fte(more, FACTOR, Findings()) >= fte(given_, FACTOR, Findings())).all()
    assert modes_of(given_).map(len).eq(0).equals(given_["service_modes"].isna())
