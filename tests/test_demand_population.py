"""People by age band, and places wanted."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geoplan.demand.ages import single_years, under_three
from geoplan.demand.population import migrants_apart, note_registered, people_by_band, people_of_ages
from geoplan.demand.uptake import places_wanted, uptake_rates
from geoplan.errors import Findings, InputError
from geoplan.profiles.load import load_service

SERVICE = load_service()
BANDS = SERVICE.band_ids
counts = st.lists(st.integers(0, 50_000), min_size=1, max_size=12)
rates = st.floats(0, 1)


def residents(**columns: list[float]) -> gpd.GeoDataFrame:
    """Residents with these columns, ids r0, r1 …"""
    size = len(next(iter(columns.values())))
    ids = pd.Index([f"r{i}" for i in range(size)], name="demand_id")
    return gpd.GeoDataFrame(columns, index=ids, geometry=[Point(i, 0) for i in range(size)], crs=4547)


def people(values: list[float]) -> pd.DataFrame:
    """Demand with the same people in every band."""
    ids = pd.Index([f"d{i:02}" for i in range(len(values))], name="demand_id")
    return pd.DataFrame({f"people_{b}": np.array(values, float) for b in BANDS}, index=ids)


@given(counts)
def test_no_child_is_lost_between_census_and_bands(ages: list[int]) -> None:
    """A band's total is its coefficients times the census totals, and the rows keep their index and columns."""
    given_ = residents(age_0=ages, age_1_4=[4 * a for a in ages])
    found = people_by_band(given_, SERVICE)
    assert math.isclose(found["people_m06_12"].sum(), sum(ages) / 2)
    assert math.isclose(found["people_m24_36"].sum(), sum(ages))
    assert found.index.equals(given_.index)
    assert set(given_.columns) <= set(found.columns)


def test_a_stated_share_takes_the_place_of_the_census() -> None:
    """With a share, people = population × share, and no census column is needed."""
    found = people_by_band(residents(population=[160.0]), SERVICE, {"m06_12": 0, "m12_24": 0, "m24_36": 0.1})
    assert found[[f"people_{b}" for b in BANDS]].iloc[0].tolist() == [0, 0, 16]


def test_the_layer_that_was_given_is_not_changed() -> None:
    """The result is a new frame."""
    given_ = residents(population=[160.0])
    people_by_band(given_, SERVICE, dict.fromkeys(BANDS, 0.01))
    assert "people_m24_36" not in given_.columns


def test_all_columns_that_are_missing_are_named_at_once() -> None:
    """Without census columns or a share, one error names both columns and what to do."""
    with pytest.raises(InputError) as caught:
        people_by_band(residents(population=[1.0]), SERVICE)
    assert [f.place for f in caught.value.findings] == ["column age_0", "column age_1_4"]
    assert "share" in caught.value.findings[0].advice.en


@given(counts)
def test_flat_single_years_give_the_bands_of_the_census_coefficients(ages: list[int]) -> None:
    """By months from flat single years a band has the people that the profile's census coefficients give."""
    given_ = residents(age_0=ages, age_1_4=[7 * a + 3 for a in ages])
    by_months = people_of_ages(single_years(given_, "flat"), SERVICE)
    pd.testing.assert_frame_equal(by_months, pd.DataFrame(people_by_band(given_, SERVICE)[list(by_months.columns)]))


def test_registered_people_are_never_taken_for_residents() -> None:
    """Rows with only the registered population are noted, and their residents stay missing."""
    findings = Findings()
    given_ = residents(registered=[900, 800, None], population=[850, None, None])
    note_registered(given_, findings)
    assert [(f.severity, f.value, f.count) for f in findings] == [("note", "r1", 1)]
    assert given_["population"].isna().tolist() == [False, True, True]
    note_registered(residents(registered=[900]), findings)
    assert len(findings) == 2


def test_migrant_infants_are_part_of_the_residents() -> None:
    """They are told apart and never added; unknown stays unknown; more of them than children is refused."""
    given_ = residents(age_0=[10, 10, 10], age_1_4=[50, 50, 50], migrant_under_3=[3, None, 99])
    children, findings = under_three(given_), Findings()
    parts = migrants_apart(given_, children, findings)
    assert parts["under_three"].equals(children.rename("under_three"))
    assert parts["local"].tolist()[0] == children.iloc[0] - 3
    assert parts["migrant"].isna().tolist() == [False, True, False]
    assert [(f.code, f.value) for f in findings.errors()] == [("GP-D075", "r2")]


@pytest.mark.parametrize("bad", [float("nan"), -1.0, float("inf"), "many", None])
def test_people_that_are_no_number_are_refused(bad: object) -> None:
    """A missing, negative or endless number of people is refused with its id; it never becomes 0."""
    with pytest.raises(InputError, match="r1"):
        people_by_band(residents(age_0=[1, bad], age_1_4=[1, 1]), SERVICE)  # type: ignore[list-item]
    with pytest.raises(InputError, match="d01"):
        places_wanted(people([1, 2]).astype(object).replace(2, bad), SERVICE, "mid")


@pytest.mark.parametrize(
    "share", [{}, {"m06_12": 0.1}, dict.fromkeys(BANDS, 1.1), dict.fromkeys((*BANDS, "m36_48"), 0.1)]
)
def test_a_share_is_needed_for_each_band_and_no_other(share: dict[str, float]) -> None:
    """Bands without a share, unknown bands and shares above 1 are refused."""
    with pytest.raises(InputError, match="share"):
        people_by_band(residents(population=[1.0]), SERVICE, share)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), rates)
@settings(deadline=None)
def test_rounding_loses_no_place(values: list[float], rate: float) -> None:
    """In thousandths a band's total equals round(total × rate, 3), and no point is off by a thousandth or more."""
    demand = people(values)
    wanted = places_wanted(demand, SERVICE, rate)["wanted_m24_36"]
    thousandths = (wanted * 1000).round().astype("int64")
    assert (thousandths / 1000 == wanted).all()
    assert thousandths.sum() == round(round(math.fsum(values) * rate, 3) * 1000)
    assert (abs(wanted - demand["people_m24_36"] * rate) < 0.001 + 1e-6).all()


@given(st.lists(st.integers(0, 5), min_size=2, max_size=12), st.randoms(use_true_random=False), rates)
@settings(deadline=None)
def test_the_order_of_rows_changes_nothing(values: list[int], random: object, rate: float) -> None:
    """Rows in another order want the same, point by point, ties included."""
    demand = people(values)
    ids = list(demand.index)
    random.shuffle(ids)  # type: ignore[attr-defined]
    other = places_wanted(demand.loc[ids], SERVICE, rate)
    pd.testing.assert_frame_equal(other.loc[demand.index], places_wanted(demand, SERVICE, rate))


def test_uptake_is_a_level_a_share_or_a_share_for_each_band() -> None:
    """The three ways to state uptake agree where they state the same."""
    by_band = dict.fromkeys(BANDS, 0.15)
    assert uptake_rates(SERVICE, "mid") == uptake_rates(SERVICE, 0.15) == uptake_rates(SERVICE, by_band) == by_band


@pytest.mark.parametrize(
    "uptake", ["hihg", 1.5, -0.1, float("nan"), {"m24_36": 0.1}, {**dict.fromkeys(BANDS, 0.1), "x": 0.1}]
)
def test_an_uptake_that_makes_no_sense_is_refused(uptake: object) -> None:
    """An unknown level, a share outside [0, 1], a band missing or too many: refused."""
    with pytest.raises(InputError, match=r"demand\.uptake"):
        places_wanted(people([1]), SERVICE, uptake)  # type: ignore[arg-type]


def test_an_unknown_level_names_the_nearest() -> None:
    """A misspelt level is refused with the nearest one."""
    with pytest.raises(InputError, match="use high"):
        uptake_rates(SERVICE, "hihg")
