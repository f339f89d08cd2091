"""CostMatrix: what every part of geoplan relies on."""

from __future__ import annotations

import math
import pickle

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geoplan.errors import InputError, UsageError
from geoplan.network.cost import REMEMBERED, CostMatrix, stack
from geoplan.network.straight import straight_cost

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


@settings(deadline=None, max_examples=50)
@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_the_arrays_changes_nothing(pairs, random) -> None:
    """Pairs given in any order, or in the matrix's own, make the same arrays: by place, cost, demand row."""
    whole = matrix(pairs)
    rows = list(zip(whole.demand, whole.place, whole.cost, strict=True))
    random.shuffle(rows)
    other = CostMatrix.from_arrays(list("abcdef"), list("UVWX"), *zip(*rows, strict=True), unit="m")
    same = CostMatrix.from_arrays(list("abcdef"), list("UVWX"), whole.demand, whole.place, whole.cost, unit="m")
    for found in (other, same):
        assert [getattr(found, a).tolist() for a in ("start", "demand", "cost")] == [
            getattr(whole, a).tolist() for a in ("start", "demand", "cost")
        ]
    order = np.lexsort((whole.demand, whole.cost, whole.place))
    assert order.tolist() == list(range(len(order)))


@settings(deadline=None, max_examples=50)
@given(PAIRS, st.integers(0, 9), st.integers(0, 9))
def test_a_smaller_limit_can_be_taken_in_two_steps(pairs, one, other) -> None:
    """Within one limit and then another is within the smaller; parts keep the invariant and say their limit."""
    twice, once = matrix(pairs).within(one).within(other), matrix(pairs).within(min(one, other))
    pd.testing.assert_frame_equal(twice.to_frame(), once.to_frame())
    assert twice.limit == once.limit == min(one, other)
    twice.__post_init__()
    twice.select(["X", "U"]).__post_init__()


def test_a_part_that_holds_all_pairs_shares_them() -> None:
    """A limit that leaves nothing out copies nothing, and neither does a selection of all places in their order."""
    whole = matrix({("a", "U"): 3, ("b", "V"): 5})
    assert whole.within(np.inf) is whole
    assert whole.within(7).cost is whole.cost
    assert whole.within(7).limit == 7
    assert whole.select(list("UVWX")) is whole


def test_what_is_remembered_is_made_once_and_never_by_a_part() -> None:
    """A matrix keeps the last few results; parts, replacements and copies by pickle begin with none."""
    whole, made = matrix({("a", "U"): 3, ("b", "V"): 5}), []
    for _ in range(2):
        assert whole.remember("key", lambda: made.append(1) or len(made)) == 1
    assert whole.within(3).remember("key", lambda: 2) == 2
    assert whole.select(["U"]).remember("key", lambda: 3) == 3
    assert pickle.loads(pickle.dumps(whole)).remember("key", lambda: 4) == 4
    for n in range(REMEMBERED):
        whole.remember(n, lambda: 0)
    assert whole.remember("key", lambda: 5) == 5


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=12))
def test_seconds_keep_the_invariant_where_rounding_makes_ties(metres) -> None:
    """Millimetres apart and the same millisecond: the pairs are put in the order of the demand rows again."""
    ids, rows = [f"d{i}" for i in range(len(metres))], range(len(metres))
    cost = np.array(metres, np.uint32)
    whole = CostMatrix.from_arrays(ids, ["F"], rows, [0] * len(metres), cost, unit="m", scale=1000, limit=0.009)
    seconds = whole.in_seconds(36.0)  # ten millimetres are a millisecond
    expected = sorted((round(m / 10), i) for i, m in enumerate(metres))
    assert list(zip(seconds.cost.tolist(), seconds.demand.tolist(), strict=True)) == expected


HOUSES = st.lists(st.tuples(st.integers(-900, 900), st.integers(-900, 900)), max_size=12)


@settings(deadline=None, max_examples=50)
@given(HOUSES, HOUSES, st.integers(0, 1500))
def test_straight_lines_are_pythagoras_in_whole_millimetres(homes, clinics, limit) -> None:
    """Every pair of points within the limit, inclusive, and no other, at its distance rounded to a millimetre."""
    frames = [
        gpd.GeoDataFrame(index=[f"{n}{i}" for i in range(len(at))], geometry=gpd.points_from_xy(*np.array(at).reshape(-1, 2).T),
                         crs="EPSG:4547")
        for n, at in (("h", homes), ("c", clinics))
    ]  # fmt: skip
    found = straight_cost(*frames, limit_m=limit)
    expected = {
        (f"h{i}", f"c{j}"): round(math.hypot(a[0] - b[0], a[1] - b[1]) * 1000)
        for i, a in enumerate(homes)
        for j, b in enumerate(clinics)
    }
    rows = found.to_frame()
    assert {(d, p): round(c * 1000) for d, p, c in rows.itertuples(index=False)} == {
        pair: mm for pair, mm in expected.items() if mm <= limit * 1000
    }
    assert (found.unit, found.scale, found.limit) == ("m", 1000, limit)


def test_straight_lines_need_one_projected_crs_positions_and_a_limit() -> None:
    """Degrees, two systems, a row without a position, and a limit that is none are refused."""
    home = gpd.GeoDataFrame(geometry=[Point(0, 0)], index=["a"], crs="EPSG:4547")
    for wrong in (home.set_crs("EPSG:4490", allow_override=True), home.set_crs(None, allow_override=True)):
        with pytest.raises(InputError, match="GP-N030"):
            straight_cost(wrong, wrong, 100)
    with pytest.raises(InputError, match="GP-N030"):
        straight_cost(home, home.to_crs("EPSG:4548"), 100)
    with pytest.raises(InputError, match="GP-N003"):
        straight_cost(home, gpd.GeoDataFrame(geometry=[None], index=["F"], crs="EPSG:4547"), 100)
    for limit in (-1, float("nan"), float("inf"), 1e9):
        with pytest.raises(UsageError, match="limit_m"):
            straight_cost(home, home, limit)
