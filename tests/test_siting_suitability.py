"""Suitability: the score of options, and how far the ranking hangs on the weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geoplan.errors import Text, UsageError
from geoplan.profiles.service import Criterion
from geoplan.profiles.standard import Standard
from geoplan.siting.suitability import sensitivity, stable, suitability

TOLERANCE = 1e-9  # a score is a sum of whole billionths
NUMBERS = st.none() | st.integers(-20, 120).map(float)


def criterion(name: str, weight: float, worst: float = 0.0, best: float = 100.0) -> Criterion:
    """A criterion with this weight."""
    text = Text(name, name)
    return Criterion(
        name, text, Standard(f"weight_{name}", text, weight, "share", "", text, "", "local"), worst, best, ""
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[pd.DataFrame, list[Criterion]]:
    """Values of a few options by up to four criteria, some better when less."""
    names = ["a", "b", "c", "d"][: draw(st.integers(1, 4))]
    weights = draw(st.lists(st.integers(0, 9), min_size=len(names), max_size=len(names)))
    assume(any(weights))
    criteria = [
        criterion(n, float(w), *(draw(st.sampled_from([(0.0, 100.0), (100.0, 0.0)]))))
        for n, w in zip(names, weights, strict=True)
    ]
    ids = [f"o{n}" for n in range(draw(st.integers(1, 7)))]
    rows = [[draw(NUMBERS) for _ in names] for _ in ids]
    return pd.DataFrame(rows, index=ids, columns=names, dtype=float), criteria


def weighed(criteria: list[Criterion], factor: float) -> list[Criterion]:
    """The same criteria with every weight × factor."""
    return [replace(c, weight=replace(c.weight, value=c.weight.value * factor)) for c in criteria]


@settings(max_examples=40, deadline=None)
@given(cases())
def test_shares_add_up_and_everything_stays_between_0_and_1(case: tuple[pd.DataFrame, list[Criterion]]) -> None:
    """The shares of the criteria are the score, to 1e-12; score and unknown weight are shares; every rank stands once."""
    table = suitability(*case)
    shares = table.filter(like="share_")
    assert shares.sum(axis=1).to_numpy() == pytest.approx(table["score"].to_numpy(), abs=1e-12)
    assert table[["score", "unknown_weight"]].stack().between(0, 1 + TOLERANCE).all()
    assert sorted(table["rank"]) == list(range(1, len(table) + 1))
    by_rank = table.sort_values("rank")
    assert by_rank["score"].is_monotonic_decreasing


@settings(max_examples=40, deadline=None)
@given(cases(), st.integers(0, 100), st.data())
def test_more_of_what_is_good_never_lowers_a_score(
    case: tuple[pd.DataFrame, list[Criterion]], step: int, data: st.DataObject
) -> None:
    """Moving one value toward the best raises or keeps the option's score, and leaves the others alone."""
    values, criteria = case
    moved = data.draw(st.sampled_from(criteria))
    option = data.draw(st.sampled_from(list(values.index)))
    better = values.copy()
    better.loc[option, moved.id] += step if moved.best > moved.worst else -step
    before, after = suitability(values, criteria)["score"], suitability(better, criteria)["score"]
    assert after[option] >= before[option]
    pd.testing.assert_series_equal(after.drop(option), before.drop(option))


@settings(max_examples=40, deadline=None)
@given(cases(), st.sampled_from([0.25, 3.0, 1000.0]))
def test_weights_count_only_against_each_other(case: tuple[pd.DataFrame, list[Criterion]], factor: float) -> None:
    """All weights × a factor give the same table."""
    values, criteria = case
    pd.testing.assert_frame_equal(
        suitability(values, weighed(criteria, factor)), suitability(values, criteria), atol=TOLERANCE
    )


@settings(max_examples=40, deadline=None)
@given(cases(), st.data())
def test_the_order_of_the_rows_changes_nothing(case: tuple[pd.DataFrame, list[Criterion]], data: st.DataObject) -> None:
    """Score, rank and sensitivity of an option do not hang on where it stands in the table."""
    values, criteria = case
    shuffled = values.loc[data.draw(st.permutations(list(values.index)))]
    table, other = suitability(values, criteria), suitability(shuffled, criteria)
    pd.testing.assert_frame_equal(other.loc[table.index], table)
    pd.testing.assert_frame_equal(sensitivity(other, criteria, 2).loc[table.index], sensitivity(table, criteria, 2))


def test_unknown_scores_nothing_and_its_weight_is_told() -> None:
    """Half of the weight unknown leaves at most half of the score."""
    values = pd.DataFrame({"a": [100.0], "b": [None]}, index=["o"], dtype=float)
    table = suitability(values, [criterion("a", 1.0), criterion("b", 1.0)])
    assert table.loc["o", ["score", "unknown_weight", "share_b"]].tolist() == [0.5, 0.5, 0.0]
    assert np.isnan(table.loc["o", "value_b"])


def test_values_beyond_worst_and_best_are_clipped() -> None:
    """What is worse than the worst scores 0, better than the best 1, in both directions."""
    values = pd.DataFrame({"a": [-5.0, 500.0], "b": [500.0, -5.0]}, index=["o", "p"])
    table = suitability(values, [criterion("a", 1.0), criterion("b", 3.0, 100.0, 0.0)])
    assert table["score"].tolist() == [0.0, 1.0]


def test_equal_scores_rank_by_id() -> None:
    """The ranking is the same on every machine."""
    values = pd.DataFrame({"a": [50.0, 50.0, 90.0]}, index=["z", "b", "m"])
    assert suitability(values, [criterion("a", 1.0)])["rank"].to_dict() == {"z": 3, "b": 2, "m": 1}


@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        ([criterion("a", 0.0), criterion("b", 0.0)], "all weights are 0"),
        ([criterion("a", -1.0), criterion("b", 2.0)], "a has weight -1.0"),
        ([criterion("a", float("nan"))], "a has weight nan"),
        ([criterion("a", 1.0, 5.0, 5.0)], "a has worst and best 5.0"),
        ([criterion("c", 1.0)], "no value of c"),
    ],
)
def test_weights_and_criteria_that_mean_nothing_are_refused(criteria: list[Criterion], said: str) -> None:
    """The message names the criterion and what was given."""
    with pytest.raises(UsageError, match=said):
        suitability(pd.DataFrame({"a": [1.0], "b": [1.0]}), criteria)


def test_without_criteria_there_is_no_table() -> None:
    """A service that weighs nothing gives no score, rather than a score of nothing."""
    table = suitability(pd.DataFrame(index=["o"]), [])
    assert table.empty
    assert sensitivity(table, []).empty
    assert stable(table, sensitivity(table, [])) == []


def test_each_weight_is_varied_alone() -> None:
    """Two criteria of 3 and 1: o leads on the first, p on the second; where p leads follows from the arithmetic.

    score(o) = 1.0·w_a, score(p) = 0.6·w_a + 0.8·w_b, so p leads where w_b/w_a > 0.5: at (3, 1) not; at (1.5, 1), a left out (0, 1) and
    equal (1, 1) it does; at (4.5, 1), (3, 1.5: equal scores, o by id), (3, 0.5) and b left out it does not.
    """
    criteria = [criterion("a", 3.0), criterion("b", 1.0)]
    table = suitability(pd.DataFrame({"a": [100.0, 60.0], "b": [0.0, 80.0]}, index=["o", "p"]), criteria)
    tested = sensitivity(table, criteria, top=1)
    assert tested.loc["o"].to_dict() == {"times_in_top": 4, "variants": 7, "best_rank": 1, "worst_rank": 2}
    assert tested.loc["p"].to_dict() == {"times_in_top": 3, "variants": 7, "best_rank": 1, "worst_rank": 2}
    assert stable(table, tested, top=1) == []
    assert stable(table, sensitivity(table, criteria, top=2), top=2) == ["o", "p"]


def test_a_weight_of_nothing_is_not_varied() -> None:
    """A criterion that is switched off stays off; one alone has nothing to be weighed against."""
    values = pd.DataFrame({"a": [1.0, 2.0], "b": [2.0, 1.0]}, index=["o", "p"])
    criteria = [criterion("a", 1.0), criterion("b", 0.0)]
    tested = sensitivity(suitability(values, criteria), criteria, top=1)
    assert tested["variants"].tolist() == [1, 1]
    assert tested["times_in_top"].tolist() == [0, 1]


@settings(max_examples=40, deadline=None)
@given(cases(), st.integers(1, 8))
def test_every_variant_has_a_full_top(case: tuple[pd.DataFrame, list[Criterion]], top: int) -> None:
    """Over all options the times in the top add up to variants × the size of the top; ranks hold the present one between them."""
    values, criteria = case
    table = suitability(values, criteria)
    tested = sensitivity(table, criteria, top)
    assert tested["times_in_top"].sum() == tested["variants"].iloc[0] * min(top, len(values))
    assert (tested["best_rank"] <= table["rank"]).all()
    assert (tested["worst_rank"] >= table["rank"]).all()
    assert set(stable(table, tested, top)) <= set(table.index[table["rank"] <= top])


@pytest.mark.parametrize(("top", "change"), [(0, 0.5), (20, 0.0), (20, 1.0)])
def test_a_top_of_none_and_a_change_of_all_are_refused(top: int, change: float) -> None:
    """The variants must be variants."""
    criteria = [criterion("a", 1.0)]
    table = suitability(pd.DataFrame({"a": [1.0]}, index=["o"]), criteria)
    with pytest.raises(UsageError):
        sensitivity(table, criteria, top, change)
