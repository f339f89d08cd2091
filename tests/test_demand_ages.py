"""Single years of age: every band keeps its count, whatever the method, and the method is named."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from geoplan.demand.ages import ages_must_add_up, by_month, single_years, under_three
from geoplan.errors import Findings, InputError

UNITS = Path(__file__).parents[1] / "layers" / "xingtai" / "facts" / "units.csv"
FIVE = ["age_0_4", "age_5_9", "age_10_14", "age_15_19"]
count = st.integers(0, 100_000)
CENSUS = {"age_0": (0, 0), "age_1_4": (1, 4), "age_5_9": (5, 9)}


def table(**columns: list[float]) -> pd.DataFrame:
    """A table with these columns, ids r0, r1 …"""
    size = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=pd.Index([f"r{i}" for i in range(size)], name="demand_id"))


def test_xingtai_has_the_children_under_three_that_the_standards_page_says() -> None:
    """For the census of 2020 the estimate runs from 238,583 (linear) to 267,236 (flat), with the method named."""
    units = pd.read_csv(UNITS, dtype={"code": str}).set_index("code")
    lower, upper = under_three(units), under_three(units, "flat")
    assert (round(lower.sum()), round(upper.sum())) == (238_583, 267_236)
    assert (lower.attrs["method"], upper.attrs["method"]) == ("linear", "flat")
    assert (lower <= upper).all()


@given(st.lists(st.tuples(count, count), min_size=1, max_size=8))
@settings(deadline=None)
def test_linear_and_flat_are_the_published_formulas(rows: list[tuple[int, int]]) -> None:
    """Where no year would be negative, under three are 1.8·a0 + 0.3·a1_4 (linear) and a0 + 0.5·a1_4 (flat)."""
    a, b = np.array(rows, float).T
    frame = table(age_0=list(a), age_1_4=list(b))
    plain = a + 4 * (b - 4 * a) / 10 >= 0
    assert np.allclose(under_three(frame)[plain], (1.8 * a + 0.3 * b)[plain])
    assert np.allclose(under_three(frame, "flat"), a + 0.5 * b)
    assert single_years(frame).attrs["clipped"] == (~plain).sum()


@given(st.lists(st.tuples(*[count] * 3), min_size=1, max_size=8), st.sampled_from(["flat", "linear", "smooth"]))
@settings(deadline=None)
def test_every_band_keeps_its_count_in_every_row(rows: list[tuple[int, ...]], method: str) -> None:
    """The years of a band add up to it, none is negative, and single years stay as they are."""
    frame = pd.DataFrame(rows, columns=list(CENSUS), index=[f"r{i}" for i in range(len(rows))])
    ages = single_years(frame, method)
    assert list(ages.columns) == [f"age_{k}" for k in range(6)]
    assert (ages >= 0).all().all()
    assert np.allclose(ages["age_0"], frame["age_0"], rtol=1e-9, atol=1e-9)
    assert np.allclose(ages[["age_1", "age_2", "age_3", "age_4"]].sum(axis=1), frame["age_1_4"], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", ["flat", "linear", "smooth"])
def test_a_row_whose_years_would_be_negative_keeps_its_count(method: str) -> None:
    """Ten newborn and one older child: no year below 0, one older child in all, and the row is counted."""
    ages = single_years(table(age_0=[10.0, 5], age_1_4=[1.0, 20]), method)
    assert (ages >= 0).all().all()
    assert ages.sum(axis=1).tolist() == pytest.approx([11, 25], rel=1e-12)
    assert ages.attrs["clipped"] == (0 if method == "flat" else 1)


@given(st.lists(st.integers(1_000, 100_000), min_size=4, max_size=4))
@settings(deadline=None)
def test_sprague_is_the_quartic_through_the_cumulated_counts(bands: list[int]) -> None:
    """Sprague's first panel equals the steps of the polynomial of degree 4 through the counts below 0, 5, 10, 15, 20."""
    below = np.polynomial.Polynomial.fit([0, 5, 10, 15, 20], [0, *np.cumsum(bands)], 4)
    steps = np.diff(below(np.arange(11)))
    ages = single_years(pd.DataFrame([bands], columns=FIVE, index=["A"]))
    assert ages.attrs["method"] == "sprague"
    if (steps >= 0).all():
        assert np.allclose(ages.loc["A"], steps[:6], rtol=1e-6)
    assert math.isclose(ages.loc["A", :"age_4"].sum(), bands[0], rel_tol=1e-9)


def test_smooth_is_the_smoothest() -> None:
    """No other years with the same band totals have a smaller sum of squared steps: scipy finds the same ones."""
    totals = np.array([40.0, 130, 90])
    ages = single_years(pd.DataFrame([totals], columns=list(CENSUS), index=["A"]), "smooth")
    bands = [{"type": "eq", "fun": lambda x, s=s, t=t: x[s[0] : s[1] + 1].sum() - t}
             for s, t in zip(CENSUS.values(), totals, strict=True)]  # fmt: skip
    best = minimize(lambda x: (np.diff(x) ** 2).sum(), np.full(10, 26.0), constraints=bands, options={"ftol": 1e-12})
    assert np.allclose(ages.loc["A"], best.x[:6], atol=1e-3)


def test_single_years_stay_and_are_not_called_an_estimate() -> None:
    """Given single years come back as they are, and the method says that nothing was estimated."""
    ages = single_years(table(age_0=[1.0], age_1=[2.0], age_2=[4.0], age_1_4=[20.0]), "flat")
    assert ages.loc["r0"].tolist() == [1, 2, 4, 7, 7]  # what 1–4 leave after 1 and 2
    assert ages.attrs["method"] == "flat"
    assert single_years(table(age_0=[1.0], age_1=[2.0])).attrs["method"] == "single"


def test_the_method_follows_the_data_where_none_is_asked_for() -> None:
    """Age 0: linear; four five-year bands: Sprague; fewer: smooth, which for one band alone is flat."""
    one = single_years(table(age_0_4=[50.0]))
    assert (one.attrs["method"], one.loc["r0"].tolist()) == ("smooth", pytest.approx([10] * 5))
    two = single_years(table(age_0_4=[50.0], age_5_9=[100.0]))
    assert two.attrs["method"] == "smooth"
    assert two.loc["r0"].is_monotonic_increasing
    assert single_years(table(age_0=[8.0], age_0_4=[50.0])).loc["r0"].tolist() == pytest.approx(
        [8, 9, 10, 11, 12 + 0.0]
    )


@pytest.mark.parametrize(
    ("columns", "method", "code"),
    [
        ({"population": [5]}, None, "GP-D001"),
        ({"age_1_4": [5]}, None, "GP-D001"),
        ({"age_0": [None], "age_1_4": [5]}, None, "GP-D002"),
        ({"age_0": [-1], "age_1_4": [5]}, None, "GP-D002"),
        ({"age_0": [6], "age_0_4": [5]}, None, "GP-D020"),
        ({"age_0_4": [5]}, "linear", "GP-D023"),
        ({"age_0_4": [5], "age_5_9": [5]}, "sprague", "GP-D023"),
        ({"age_0": [5], "age_1_4": [5]}, "karup", "GP-D023"),
    ],
)
def test_ages_that_cannot_be_told_are_refused(columns: dict[str, list[float]], method: str | None, code: str) -> None:
    """No age 0, a missing or negative number, years beyond their band, a method that does not fit: refused by code."""
    with pytest.raises(InputError) as caught:
        single_years(table(**columns), method)
    assert {f.code for f in caught.value.findings} == {code}


def test_under_three_needs_the_age_of_two() -> None:
    """Where the data end at age one nothing is made up for age two."""
    with pytest.raises(InputError, match="GP-D024"):
        under_three(table(age_0=[1.0], age_1=[1.0]))


def test_ages_that_disagree_are_named_with_their_excess() -> None:
    """Which rows and by how much: more ages than people, years that are not their band; what agrees is not named."""
    frame = table(
        age_0=[10, 10, 10, 10], age_1=[1] * 4, age_2=[1] * 4, age_3=[1] * 4, age_4=[1, 1, 4, 0], age_1_4=[4] * 4,
        population=[14, 9, 30, 30],
    )  # fmt: skip
    findings = Findings()
    ages_must_add_up(frame, findings)
    assert [(f.place, f.value, f.count) for f in findings] == [
        ("column age_1_4", "r2: 3, r3: 1", 2),
        ("column population", "r1: 5", 1),
    ]
    with pytest.raises(InputError):
        findings.raise_errors()


def test_a_band_may_hold_more_than_the_years_that_are_given() -> None:
    """Part of a band's years may be fewer than the band, never more; a missing value is not judged here."""
    findings = Findings()
    ages_must_add_up(table(age_1=[3, 7, None], age_1_4=[5, 5, 5]), findings)
    assert [(f.value, f.problem.en[:28]) for f in findings] == [("r1: 2", "the band is smaller than its")]


@given(st.lists(st.tuples(*[count] * 3), min_size=1, max_size=6), st.lists(st.integers(1, 35), max_size=4, unique=True))
@settings(deadline=None)
def test_bands_that_share_the_months_share_the_children(rows: list[tuple[int, ...]], cuts: list[int]) -> None:
    """Cut 0–36 months anywhere: the bands add up to the children under three."""
    ages = pd.DataFrame(rows, columns=["age_0", "age_1", "age_2"], index=[f"r{i}" for i in range(len(rows))])
    edges = [0, *sorted(cuts), 36]
    bands = {f"b{i}": (edges[i], edges[i + 1]) for i in range(len(edges) - 1)}
    people = by_month(ages, bands)
    assert list(people.columns) == [f"people_{b}" for b in bands]
    assert np.allclose(people.sum(axis=1), ages.sum(axis=1), rtol=1e-12)


@pytest.mark.parametrize("months", [(12, 12), (24, 12), (-6, 6), (30, 42)])
def test_months_that_are_not_known_are_refused(months: tuple[int, int]) -> None:
    """An empty band, and one that reaches beyond the ages, are refused."""
    with pytest.raises(InputError, match="GP-D024"):
        by_month(table(age_0=[1.0], age_1=[1.0], age_2=[1.0]), {"b": months})


def test_a_hole_in_the_ages_is_not_closed() -> None:
    """Ages 0 and 2 without 1 say nothing about the second year of life."""
    with pytest.raises(InputError, match="GP-D024"):
        by_month(table(age_0=[1.0], age_2=[5.0]), {"m12_24": (12, 24)})
