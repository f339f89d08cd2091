"""CostMatrix: what every part of geoplan relies on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.network.cost import CostMatrix, stack

PAIRS = st.dictionaries(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("UVWX")), st.integers(0, 9), min_size=1, max_size=20
)


def matrix(pairs: dict[tuple[str, str], int]) -> CostMatrix:
    """Six demand points, four places."""
    rows = [(d, p, float(c)) for (d, p), c in pairs.items()]
    return CostMatrix.from_pairs(rows, unit="m", demand_ids=list("abcdef"), place_ids=list("UVWX"))


@settings(deadline=None, max_examples=50)
@given(PAIRS, st.integers(0, 9))
def test_within_is_a_prefix(pairs, limit) -> None:
    """The pairs within a limit are the first ones of each place, exactly those that cost at most the limit."""
    whole = matrix(pairs)
    part = whole.within(limit)
    assert {tuple(r) for r in part.to_frame().to_numpy()} == {(d, p, c) for (d, p), c in pairs.items() if c <= limit}
    for k in range(len(whole.place_ids)):
        size = part.start[k + 1] - part.start[k]
        assert whole.demand[whole.start[k] :][:size].tolist() == part.demand[part.start[k] :][:size].tolist()
    assert part.limit == limit


@settings(deadline=None, max_examples=50)
@given(PAIRS, st.integers(1, 5))
def test_nearest_agrees_with_sorting(pairs, k) -> None:
    """The k nearest places are the first k by cost, then by place id."""
    expected = []
    for demand in "abcdef":
        costs = sorted((c, p) for (d, p), c in pairs.items() if d == demand)[:k]
        expected += [(demand, p, c, rank) for rank, (c, p) in enumerate(costs, 1)]
    assert [tuple(r) for r in matrix(pairs).nearest(k).to_numpy()] == expected


@settings(deadline=None, max_examples=50)
@given(PAIRS, st.permutations("UVWX"), st.permutations("abcdef"))
def test_order_of_ids_changes_nothing(pairs, places, demand) -> None:
    """Matrices whose ids stand in another order hold the same pairs and name the same nearest places."""
    one = matrix(pairs)
    rows = [(d, p, float(c)) for (d, p), c in pairs.items()]
    other = CostMatrix.from_pairs(rows, unit="m", demand_ids=demand, place_ids=places)
    by = ["demand_id", "place_id"]
    for a, b in ((one.to_frame(), other.to_frame()), (one.nearest(2), other.nearest(2))):
        pd.testing.assert_frame_equal(*(f.sort_values(by).reset_index(drop=True) for f in (a, b)))


@settings(deadline=None, max_examples=50)
@given(PAIRS)
def test_select_and_dense_keep_the_pairs(pairs) -> None:
    """Choosing places keeps their pairs in the chosen order; a dense table gives the same matrix back."""
    whole = matrix(pairs)
    chosen = whole.select(["W", "U"])
    assert chosen.place_ids.tolist() == ["W", "U"]
    assert {tuple(r) for r in chosen.to_frame().to_numpy()} == {(d, p, c) for (d, p), c in pairs.items() if p in "WU"}
    table = pd.DataFrame(np.nan, index=list("abcdef"), columns=list("UVWX"))
    for (d, p), c in pairs.items():
        table.loc[d, p] = c
    pd.testing.assert_frame_equal(CostMatrix.from_dense(table, unit="m").to_frame(), whole.to_frame())


def test_limits_in_metres_are_exact() -> None:
    """1.005 m is 1005 mm: the limit is rounded to whole millimetres before costs are compared with it."""
    cost = CostMatrix.from_arrays(["a"], ["F"], [0], [0], np.array([1005], np.uint32), unit="m", scale=1000)
    assert len(cost.within(1.005).cost) == 1
    assert len(cost.within(1.0044).cost) == 0


def test_seconds_keep_the_pairs_and_the_limit() -> None:
    """Metres at 3.6 km/h are as many seconds, in the same order and within the same limit."""
    cost = CostMatrix.from_arrays(
        ["a", "b"], ["F"], [0, 1], [0, 0], np.array([300000, 299999], np.uint32), unit="m", scale=1000, limit=300.0
    )
    seconds = cost.in_seconds(3.6)
    assert seconds.to_frame()["cost"].tolist() == [299.999, 300.0]
    assert seconds.limit == 300.0


def test_stacked_matrices_hold_all_pairs() -> None:
    """Two groups of demand over the same places, one under the other, in the given order."""
    one = CostMatrix.from_pairs([("a", "F", 1.0)], place_ids=["F", "G"])
    two = CostMatrix.from_pairs([("b", "F", 1.0), ("b", "G", 2.0)], place_ids=["F", "G"])
    both = stack([two, one], ["a", "b"])
    assert [tuple(r) for r in both.to_frame().to_numpy()] == [("a", "F", 1.0), ("b", "F", 1.0), ("b", "G", 2.0)]


@pytest.mark.parametrize("cost", [float("nan"), float("inf"), -1.0])
def test_impossible_costs_are_refused(cost) -> None:
    """A cost that is missing, infinite or negative is an error, never a free or an absent way."""
    with pytest.raises(InputError, match="GP-N022"):
        CostMatrix.from_pairs([("a", "F", cost)])


def test_ids_must_fit() -> None:
    """A pair given twice, an id given twice, and an id that is not in the list are each refused."""
    with pytest.raises(InputError, match="GP-N021"):
        CostMatrix.from_pairs([("a", "F", 1.0), ("a", "F", 2.0)])
    with pytest.raises(InputError, match="GP-N020"):
        CostMatrix.from_pairs([("a", "F", 1.0)], place_ids=["F", "F"])
    with pytest.raises(InputError, match="GP-N023"):
        CostMatrix.from_pairs([("a", "F", 1.0)], demand_ids=["b"])
    with pytest.raises(KeyError, match="Z"):
        CostMatrix.from_pairs([("a", "F", 1.0)]).select(["Z"])
