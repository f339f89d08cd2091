"""Measures of inequality: their laws, and the same formulas written out person by person."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.access.equity import (
    concentration,
    ede,
    gini,
    inequality,
    kappa,
    lorenz,
    palma,
    share_by_unit,
    theil,
    theil_by_group,
)
from geoplan.errors import Language, UsageError
from geoplan.report import inequality as tables
from geoplan.report.breakdowns import coverage
from geoplan.study.numbers import numbers
from tests.sample import sample_result

# value, people, group: whole numbers, so that people can be written out one by one
ROWS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 9), st.sampled_from(["U", "V", "W"])), min_size=1, max_size=9
)
Row = tuple[int, int, str]
RELATIVE = {"gini": gini, "palma": palma, "theil": theil}


def table(rows: list[Row]) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Values, people and groups with ids."""
    ids = [f"d{i}" for i in range(len(rows))]
    values, people, groups = zip(*rows, strict=True)
    return pd.Series(values, ids, dtype=float), pd.Series(people, ids, dtype=float), pd.Series(groups, ids)


def one_by_one(values: pd.Series, people: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Every person a row."""
    each = np.repeat(values.to_numpy(), people.to_numpy().astype(int))
    ids = [f"p{i}" for i in range(len(each))]
    return pd.Series(each, ids), pd.Series(1.0, ids)


@settings(deadline=None)
@given(ROWS, st.integers(1, 9))
def test_relative_measures_see_neither_scale_nor_size(rows: list[Row], factor: int) -> None:
    """Gini, Palma and Theil keep their value if all values are scaled, if the population is copied, or written out."""
    values, people, _ = table(rows)
    for name, measure in RELATIVE.items():
        found = measure(values, people)
        expected = pytest.approx(found, abs=1e-9, nan_ok=True)
        assert measure(factor * values, people) == expected, name
        assert measure(values, factor * people) == expected, name
        assert measure(*one_by_one(values, people)) == expected, name


@settings(deadline=None)
@given(ROWS)
def test_measures_stay_in_their_range_and_are_least_for_equals(rows: list[Row]) -> None:
    """Gini in [0, 1], Palma from one quarter, Theil in [0, ln N]; all the same gives 0, one quarter and 0."""
    values, people, _ = table(rows)
    if values.sum() == 0:
        assert all(math.isnan(measure(values, people)) for measure in RELATIVE.values())
        return
    assert 0 <= gini(values, people) <= 1
    assert math.isnan(ratio := palma(values, people)) or ratio >= 0.25 - 1e-9
    assert 0 <= theil(values, people) <= math.log(people.sum()) + 1e-9
    same = values * 0 + 7
    assert gini(same, people) == pytest.approx(0, abs=1e-9)
    assert palma(same, people) == pytest.approx(0.25)
    assert theil(same, people) == pytest.approx(0, abs=1e-9)
    assert ede(same, people, 0.3) == pytest.approx(7)


@settings(deadline=None)
@given(ROWS, st.data())
def test_giving_to_who_has_less_lowers_inequality(rows: list[Row], data: st.DataObject) -> None:
    """The transfer principle, person by person: less for one with more, as much more for one with less, their order kept."""
    values, people = one_by_one(*table(rows)[:2])
    values = values + 1  # so that there is something to share
    two = data.draw(st.lists(st.sampled_from(list(values.index)), min_size=2, max_size=2))
    poor, rich = sorted(two, key=lambda i: float(values[i]))
    given_up = data.draw(st.floats(0, 1)) * (values[rich] - values[poor]) / 2
    moved = values.copy()
    moved[rich] -= given_up
    moved[poor] += given_up
    for name in ("gini", "theil"):
        assert RELATIVE[name](moved, people) <= RELATIVE[name](values, people) + 1e-9
    assert ede(moved, people, 0.2) >= ede(values, people, 0.2) - 1e-9
    assert ede(moved, people, -0.2) <= ede(values, people, -0.2) + 1e-9


@settings(deadline=None)
@given(ROWS)
def test_the_lorenz_curve_is_convex_below_the_diagonal(rows: list[Row]) -> None:
    """It runs from 0 to 1, bends upwards only, and twice the area above it is Gini."""
    values, people, _ = table(rows)
    curve = lorenz(values, people)
    if values.sum() == 0:
        assert curve.empty
        return
    assert curve.iloc[0].tolist() == [0, 0]
    assert curve.iloc[-1].tolist() == [1, 1]
    assert (curve["share"] <= curve["people"] + 1e-12).all()
    slope = np.diff(curve["share"]) / np.diff(curve["people"])
    assert (np.diff(slope) >= -1e-9).all()
    assert 1 - 2 * np.trapezoid(curve["share"], curve["people"]) == pytest.approx(gini(values, people), abs=1e-9)


@settings(deadline=None)
@given(ROWS)
def test_palma_is_the_tenth_over_the_four_tenths(rows: list[Row]) -> None:
    """Ten copies of everybody: the last tenth of the row of people over the first four tenths, as counted."""
    values, people, _ = table(rows)
    each = np.sort(one_by_one(values, 10 * people)[0].to_numpy())
    n = len(each)
    least = each[: 4 * n // 10].sum()
    expected = each[9 * n // 10 :].sum() / least if least else float("nan")
    assert palma(values, people) == pytest.approx(expected, nan_ok=True)


@settings(deadline=None)
@given(ROWS)
def test_theil_adds_up_over_groups(rows: list[Row]) -> None:
    """Between and within make the whole; with one value a group nothing lies within, with one group nothing between."""
    values, people, group = table(rows)
    parts = theil_by_group(values, people, group)
    if values.sum() == 0:
        assert all(math.isnan(v) for v in parts.values())
        return
    assert parts["between"] + parts["within"] == pytest.approx(parts["total"], abs=1e-9)
    assert min(parts.values()) >= -1e-9
    assert theil_by_group(values, people, values)["within"] == pytest.approx(0, abs=1e-9)
    assert theil_by_group(values, people, group.where(group == "X"))["between"] == pytest.approx(0, abs=1e-9)
    each, one = one_by_one(values, people)
    share = each / each.mean()
    assert parts["total"] == pytest.approx(float((share * np.log(share.where(share > 0, 1))).mean()), abs=1e-9)
    assert one.sum() == people.sum()


@settings(deadline=None)
@given(ROWS, st.lists(st.integers(0, 5), min_size=9, max_size=9))
def test_concentration_is_twice_the_covariance_with_rank(rows: list[Row], ranks: list[int]) -> None:
    """As counted person by person; between −1 and 1; the other way round with its sign turned; by the values it is Gini."""
    values, people, _ = table(rows)
    rank_by = pd.Series(ranks[: len(rows)], values.index)
    found = concentration(values, people, rank_by)
    if values.sum() == 0:
        assert math.isnan(found)
        return
    each = np.repeat(values.to_numpy(), people.astype(int))
    order = pd.Series(np.repeat(rank_by.to_numpy(), people.astype(int)))
    rank = (order.rank(method="average") - 0.5) / len(order)
    assert found == pytest.approx(2 * np.cov(each, rank, bias=True)[0, 1] / each.mean(), abs=1e-9)
    assert -1 <= found <= 1
    assert concentration(values, people, -rank_by) == pytest.approx(-found, abs=1e-9)
    assert concentration(values, people, values) == pytest.approx(gini(values, people), abs=1e-9)


@settings(deadline=None)
@given(ROWS, st.floats(0.01, 2), st.integers(0, 50))
def test_kolm_pollak_moves_with_a_constant_and_lies_on_its_side_of_the_mean(
    rows: list[Row], factor: float, more: int
) -> None:
    """EDE(x + c) = EDE(x) + c; a good is worth at most its mean, a bad at least; the formula written out gives the same."""
    values, people, _ = table(rows)
    mean = (values * people).sum() / people.sum()
    for k in (factor, -factor):
        found = ede(values, people, k)
        assert ede(values + more, people, k) == pytest.approx(found + more, abs=1e-6)
        assert ede(values, 3 * people, k) == pytest.approx(found, abs=1e-6)
        assert math.copysign(1, k) * (mean - found) >= -1e-6
        each = one_by_one(values, people)[0]
        assert found == pytest.approx(-np.log(np.exp(-k * each).mean()) / k, abs=1e-6)


def test_kolm_pollak_does_not_overflow() -> None:
    """A thousand minutes at κ = −10 is far beyond what a power can hold, and is still told."""
    homes = pd.Series({"a": 0.0, "b": 1000.0}), pd.Series({"a": 1.0, "b": 1.0})
    assert ede(*homes, -10.0) == pytest.approx(1000 - math.log(2) / 10)
    assert ede(*homes, 10.0) == pytest.approx(math.log(2) / 10)
    assert kappa(*homes, -0.5) == -0.5 * 1000 / 1000**2


@settings(deadline=None)
@given(ROWS)
def test_the_table_holds_what_the_functions_say(rows: list[Row]) -> None:
    """Each row is its group measured alone, with the κ of the whole; the groups' people add up."""
    values, people, group = table(rows)
    found = inequality(values, people, group, sense="bad")
    assert found.index.tolist() == ["all", *sorted(set(group))]
    assert found["people"].iloc[1:].sum() == found["people"]["all"]
    for label, row in found.iterrows():
        inside = group.notna() if label == "all" else group == label
        assert row["gini"] == pytest.approx(gini(values[inside], people[inside]), nan_ok=True)
        assert row["theil"] == pytest.approx(theil(values[inside], people[inside]), nan_ok=True)
        if values[inside].sum() > 0:
            assert row["ede"] == pytest.approx(ede(values[inside], people[inside], found.attrs["kappa"]))
            assert row["kolm_pollak"] == pytest.approx(row["ede"] - row["mean"])
        else:
            assert (row["mean"], row["ede"], row["kolm_pollak"]) == (0, 0, 0)


def test_unknown_is_left_out_and_counted_never_zero() -> None:
    """Who reaches nothing has no distance: they are counted as unknown, and where nobody is known everything is unknown."""
    ids = list("abc")
    values, people = pd.Series([100.0, np.nan, np.nan], ids), pd.Series([5.0, 3.0, 2.0], ids)
    found = inequality(values, people, pd.Series(["U", "U", "V"], ids), sense="bad")
    assert found.loc["all", ["people", "unknown", "mean"]].tolist() == [5, 5, 100]
    assert found.loc["V", ["people", "unknown"]].tolist() == [0, 2]
    assert found.loc["V"].drop(["people", "unknown"]).isna().all()
    nobody = inequality(values * np.nan, people)
    assert nobody.loc["all", ["people", "unknown"]].tolist() == [0, 10]
    assert nobody.loc["all"].drop(["people", "unknown"]).isna().all()


def test_points_in_no_group_count_for_the_whole_only() -> None:
    """A point outside every county is in the first row and in no other, whatever the order of the rows."""
    ids = list("abc")
    values, people = pd.Series([1.0, 2.0, 3.0], ids), pd.Series(1.0, ids)
    group = pd.Series(["V", None, "U"], ids)
    found = inequality(values, people.iloc[::-1], group.iloc[::-1])
    assert found["people"].to_dict() == {"all": 3, "U": 1, "V": 1}
    assert found["mean"].to_dict() == {"all": 2, "U": 3, "V": 1}


def test_what_makes_no_sense_is_refused() -> None:
    """Missing and negative values, other labels, a κ of 0, an aversion of the wrong sign, a group called all."""
    ids = list("ab")
    values, people = pd.Series([1.0, 2.0], ids), pd.Series([1.0, 1.0], ids)
    for measure in (gini, palma, theil, lorenz):
        for wrong in (values * np.nan, -values):
            with pytest.raises(UsageError, match="finite and not negative"):
                measure(wrong, people)
        with pytest.raises(UsageError, match="labels differ"):
            measure(values, people.set_axis(list("ac")))
    for k in (0.0, float("nan"), float("inf")):
        with pytest.raises(UsageError, match="kappa"):
            ede(values, people, k)
    with pytest.raises(UsageError, match="epsilon must be below 0"):
        inequality(values, people, sense="bad", epsilon=0.5)
    with pytest.raises(UsageError, match="good or bad"):
        inequality(values, people, sense="worse")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="called 'all'"):
        inequality(values, people, pd.Series(["all", "U"], ids))
    with pytest.raises(UsageError, match="rank_by"):
        concentration(values, people, values * np.nan)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=9), st.integers(1, 9))
def test_gini_is_between_0_and_1_and_does_not_see_scale(rows: list[tuple[int, int]], factor: int) -> None:
    """Gini lies in [0, 1], does not change with scale, is 0 when all have the same, and equals the mean difference."""
    values, people = pd.Series([float(v) for v, _ in rows]), pd.Series([float(w) for _, w in rows])
    if values.sum() == 0:
        assert np.isnan(gini(values, people))
        return
    found = gini(values, people)
    assert 0 <= found <= 1
    assert gini(factor * values, people) == pytest.approx(found)
    assert gini(values * 0 + factor, people) == pytest.approx(0, abs=1e-12)
    each = np.repeat(values, people.astype(int))
    difference = abs(np.subtract.outer(each.to_numpy(), each.to_numpy())).mean() / (2 * each.mean())
    assert found == pytest.approx(difference)


def test_a_share_by_unit_leaves_out_who_is_in_no_unit() -> None:
    """Shares weigh by people; a unit without people has no share; labels that differ are refused."""
    ids = list("abcd")
    flag, people = pd.Series([1, 0, 1, 1], ids), pd.Series([30, 10, 0, 99], ids)
    unit = pd.Series(["V", "V", "U", None], ids)
    found = share_by_unit(flag, people, unit)
    assert found.index.tolist() == ["U", "V"]
    assert np.isnan(found["U"])
    assert found["V"] == 0.75
    with pytest.raises(UsageError, match="labels differ"):
        share_by_unit(flag, people, unit.drop("a"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_report_says_inequality_of_the_whole_and_the_classes_and_the_workbook_all(language: Language) -> None:
    """The page shows the whole and the classes; the workbook the units too, every digit; all people stand in one class."""
    result = sample_result(language)
    found = result.numbers["inequality"]
    assert list(found) == ["nearest", "two_step_fca"]
    for row in found.values():
        for groups in ("by_class", "by_unit"):
            everyone = sum(g["people"] + g["unknown"] for g in row[groups].values())
            assert everyone == pytest.approx(row["all"]["people"] + row["all"]["unknown"])
        parts = row["theil_by_class"]
        assert parts["between"] + parts["within"] == pytest.approx(parts["total"], abs=1e-5)
    short, full = tables.inequality(result, units=False), tables.inequality(result)
    assert len(short.rows) == sum(1 + len(row["by_class"]) for row in found.values())
    assert len(full.rows) == len(short.rows) + sum(len(row["by_unit"]) for row in found.values())
    assert full.only("mean").rows[0] == (found["nearest"]["all"]["mean"],)
    said = tables.sentences(result)
    assert len(said) == 2
    assert f"{found['nearest']['all']['gini']:.3g}" in said[0]


def test_what_cannot_be_computed_is_said_in_words() -> None:
    """Where the four tenths with least have nothing the Palma ratio is unknown: null in the numbers, a reason in the text."""
    result = sample_result("en")
    demand = result.demand.assign(
        two_step_fca=np.where(np.arange(len(result.demand)) % 3 == 0, 0.5, 0.0), nearest=np.nan
    )
    told = numbers(replace(result, demand=demand))
    assert told["inequality"]["two_step_fca"]["all"]["palma"] is None
    assert told["inequality"]["nearest"]["all"]["gini"] is None
    said = tables.sentences(replace(result, demand=demand, numbers=told))
    assert len(said) == 1
    assert "cannot be computed" in said[0]


def test_coverage_by_straight_line_stands_beside_that_on_foot() -> None:
    """The table of coverage has a column for straight lines, with a note, where the study measures it."""
    result = sample_result("en")
    assert not coverage(result).note
    demand = result.demand.assign(straight_coverage_300=1.0, straight_coverage_500=1.0)
    shown = coverage(replace(result, numbers=numbers(replace(result, demand=demand))))
    assert shown.columns[-1].name == "straight_coverage"
    assert shown.rows[0][-1] == 1
    assert "straight-line" in shown.note
