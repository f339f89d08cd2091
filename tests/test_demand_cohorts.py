"""Cohorts: everyone is accounted for, from the census to the last planning year."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.demand.cohorts import base_table, project
from geoplan.errors import Findings, InputError

AGES = [f"age_{k}" for k in range(5)]
ONES = [1.0] * 5
number = st.floats(0, 1e5)
rate = st.floats(0.9, 1)


def base(rows: dict[str, list[float]], year: int = 2020) -> pd.DataFrame:
    """The CohortTable of one year."""
    index = pd.MultiIndex.from_product([list(rows), [year]], names=["unit_id", "year"])
    return pd.DataFrame(list(rows.values()), index, AGES[: len(next(iter(rows.values())))], dtype=float)


def births(first: int = 2021, **columns: list[float]) -> pd.DataFrame:
    """Births of the whole area from a year on."""
    years = range(first, first + len(next(iter(columns.values()))))
    return pd.DataFrame({"year": list(years), **columns})


@given(st.lists(st.lists(number, min_size=5, max_size=5), min_size=1, max_size=4), st.lists(number, min_size=6, max_size=6),
       st.lists(rate, min_size=5, max_size=5), st.floats(-0.5, 0.5))  # fmt: skip
@settings(deadline=None, max_examples=40)
def test_everyone_is_accounted_for(
    rows: list[list[float]], born: list[float], survival: list[float], moving: float
) -> None:
    """In each unit and year: before + births - deaths - grown out + moves = after, and after is what the table says."""
    units = {f"u{i}": row for i, row in enumerate(rows)}
    young = sum(sum(row[:3]) for row in rows)
    moves = births(net_moves=[moving * 0.2 * young if year < 2 else 0.0 for year in range(6)])
    kept = births(births=[max(b, young) for b in born])
    ages, account = project(
        base(units), kept, [2023, 2026], survival=survival, moves=moves if moving > 0 else None, findings=Findings()
    )
    assert ages.index.names == ["unit_id", "year"]
    assert sorted(set(ages.index.get_level_values("year"))) == list(range(2020, 2027))
    a = account
    left = a["before"] + a["births"] - a["deaths"] - a["grown_out"] + a["moves"]
    assert np.allclose(left, a["after"], rtol=1e-9, atol=1e-6)
    assert np.allclose(ages.sum(axis=1).loc[a.index], a["after"])
    assert np.allclose(a["births"].groupby("year").sum(), kept["births"], rtol=1e-9)
    assert (ages >= 0).all().all()


def test_a_cohort_grows_older_as_found_by_hand() -> None:
    """Two units, births shared by age 0 (1 : 3), one child in ten lost at birth and one in a hundred later."""
    table = base({"a": [10, 20, 30, 40, 50], "b": [30, 20, 10, 0, 0]})
    ages, account = project(
        table, births(births=[80.0]), [2021], survival=[0.9, 0.99, 0.99, 0.99, 0.99], findings=Findings()
    )
    assert ages.loc[("a", 2021)].tolist() == pytest.approx([18, 9.9, 19.8, 29.7, 39.6])
    assert ages.loc[("b", 2021)].tolist() == pytest.approx([54, 29.7, 19.8, 9.9, 0])
    assert account.loc[("a", 2021)].tolist() == pytest.approx([150, 20, 2 + 0.1 + 0.2 + 0.3 + 0.4, 50, 0, 117])


def test_falling_births_show() -> None:
    """Births that fall each year leave fewer children under three in 2030 than in 2026."""
    given_ = births(births=[50_000.0 - 2_000 * k for k in range(10)])
    ages, _ = project(base({"a": [65_000, 84_000, 94_000, 105_000, 120_000]}), given_, [2026, 2030], survival=[0.996, 1], findings=Findings())  # fmt: skip
    young = ages[AGES[:3]].sum(axis=1).xs("a")
    assert young[2030] < young[2026] < young[2020]
    assert young[2030] == pytest.approx(0.996 * (32_000 + 34_000 + 36_000))


@given(st.lists(st.tuples(number, number, number), min_size=3, max_size=3))
@settings(deadline=None, max_examples=20)
def test_levels_of_births_are_ordered(rows: list[tuple[float, ...]]) -> None:
    """With low <= mid <= high births every year's children are so too, in all ages."""
    low, mid, high = np.sort(np.array(rows), axis=1).T
    given_ = births(births_low=list(low), births_mid=list(mid), births_high=list(high))
    tables = [
        project(base({"a": [9, 8, 7], "b": [1, 0, 0]}), given_, [2023], level=level, survival=[1], findings=Findings())[
            0
        ]
        for level in ("low", "mid", "high")
    ]
    assert (tables[0] <= tables[1]).all().all()
    assert (tables[1] <= tables[2]).all().all()


def test_observed_births_come_before_a_scenario() -> None:
    """A year with observed births takes them at every level; the next takes its level."""
    given_ = births(births=[40, None], births_low=[1, 10], births_mid=[1, 20], births_high=[1, 30])
    for level, expected in (("low", 10), ("mid", 20), ("high", 30)):
        ages, _ = project(base({"a": [5, 5, 5]}), given_, [2022], level=level, survival=[1], findings=Findings())
        assert ages["age_0"].xs("a").tolist() == [5, 40, expected]


def test_without_births_age_0_stays_and_is_noted() -> None:
    """No table of births: age 0 stays as in the base year whatever survival says, with a note for births and for moves."""
    findings = Findings()
    ages, account = project(base({"a": [50, 5, 5]}), None, [2023], survival=[0.8, 1, 1], findings=findings)
    assert ages["age_0"].xs("a").tolist() == pytest.approx([50] * 4)
    assert account["births"].tolist() == pytest.approx([62.5] * 3)
    assert [(f.code, f.severity) for f in findings] == [("GP-D047", "note"), ("GP-D049", "note")]


def test_missing_years_are_named_and_not_filled_in() -> None:
    """Years between and after those given are an error that names them, for births and for moves at once."""
    gap = pd.DataFrame({"year": [2021, 2023], "births": [10, 10]})
    with pytest.raises(InputError) as caught:
        project(base({"a": [5, 5, 5]}), gap, [2024], survival=[1], moves=births(net_moves=[0]), findings=Findings())
    assert [(f.code, f.file, f.value) for f in caught.value.findings] == [
        ("GP-D044", "births", "2022, 2024"),
        ("GP-D044", "moves", "2022, 2023, 2024"),
    ]


def test_a_scenario_column_covers_years_that_were_not_observed() -> None:
    """A gap in the observed births is none where the level's column has a number."""
    given_ = births(births=[10, None, 10], births_mid=[None, 9, None])
    ages, _ = project(base({"a": [5, 5, 5]}), given_, [2023], survival=[1], findings=Findings())
    assert ages["age_0"].xs("a").tolist() == [5, 10, 9, 10]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("a", 2021, 5), ("b", 2021, 5), ("x", 2021, 5)], "GP-D041"),
        ([("a", 2021, 5), ("b", 2021, 5), ("a", 2021, 5)], "GP-D042"),
        ([("a", 2021, 5), ("b", 2021, 5), (None, 2021, 5)], "GP-D043"),
        ([("a", 2021, 5)], "GP-D044"),
        ([("a", 2021, 5), ("b", 2021, -5)], "GP-D002"),
    ],
)
def test_births_that_cannot_be_told_apart_are_refused(rows: list[tuple[object, ...]], code: str) -> None:
    """An unknown unit, a unit twice, the area beside units, a unit without births, negative births: refused by code."""
    given_ = pd.DataFrame(rows, columns=["unit_id", "year", "births"])
    with pytest.raises(InputError) as caught:
        project(base({"a": [5, 5], "b": [5, 5]}), given_, [2021], survival=[1], findings=Findings())
    assert code in {f.code for f in caught.value.findings}


def test_moves_come_and_go_by_share() -> None:
    """Arrivals join ages 0 to 2 by their share of the unit's children under three, evenly where it has none."""
    moves = pd.DataFrame({"unit_id": ["a", "b"], "year": 2021, "net_moves": [-30, 9]})
    ages, _ = project(
        base({"a": [20, 10, 99, 40], "b": [0, 0, 7, 0]}),
        pd.DataFrame({"unit_id": ["a", "b"], "year": 2021, "births": [30, 0]}), [2021],
        survival=[1], moves=moves, findings=Findings(),
    )  # fmt: skip
    assert ages.loc[("a", 2021)].tolist() == [15, 10, 5, 99]
    assert ages.loc[("b", 2021)].tolist() == [3, 3, 3, 7]


def test_no_more_children_leave_than_there_are() -> None:
    """More moving away than there are children is refused with the unit and the year."""
    with pytest.raises(InputError, match=r"GP-D051 moves: year 2021.*'a'"):
        project(base({"a": [2, 2, 2]}), None, [2021], survival=[1], moves=births(net_moves=[-7]), findings=Findings())


@pytest.mark.parametrize("survival", [[], [0.0], [1.1], [float("nan")], [0.9, -0.1]])
def test_survival_is_a_share(survival: list[float]) -> None:
    """None, zero, above one, missing or negative survival is refused."""
    with pytest.raises(InputError, match="GP-D046"):
        project(base({"a": [5, 5]}), None, [2021], survival=survival, findings=Findings())


def test_the_base_is_one_year_of_ages_from_0_on() -> None:
    """Two base years, ages with a hole or a child that is no number are refused."""
    for wrong in (
        pd.concat([base({"a": [1, 1]}), base({"b": [1, 1]}, 2021)]),
        base({"a": [1, 1, 1]})[["age_0", "age_2"]],
    ):
        with pytest.raises(InputError, match="GP-D040"):
            project(wrong, None, [2022], survival=[1], findings=Findings())
    with pytest.raises(InputError, match="GP-D002"):
        project(base({"a": [1, float("nan")]}), None, [2022], survival=[1], findings=Findings())


def test_the_base_table_adds_up_the_points_of_each_unit() -> None:
    """Single years by point become one row a unit; other columns and points without a unit are left out."""
    ages = pd.DataFrame({"age_0": [1.0, 2, 4], "age_1": [8.0, 16, 32], "name": "x"}, index=list("abc"))
    table = base_table(ages, pd.Series(["U", "U", None], index=list("abc")), 2020)
    assert table.loc[("U", 2020)].to_dict() == {"age_0": 3, "age_1": 24}
    with pytest.raises(InputError, match="labels"):
        base_table(ages, pd.Series(["U"], index=["a"]), 2020)
    assert ages.index.tolist() == list("abc")
