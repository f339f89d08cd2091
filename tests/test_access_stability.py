"""Stability: in how many variants of reach and uptake a demand point is a gap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import CostMatrix
from geoplan.access.assignment import assign
from geoplan.access.stability import stability, variants
from geoplan.errors import UsageError
from tests.location_problems import plane

REACHES = [300.0, 500.0, 1000.0]
# a is beside F, b is 400 m from it, c 900 m, d nowhere; e wants nothing
COST = CostMatrix.from_pairs(
    [("a", "F", 0.0), ("b", "F", 400.0), ("c", "F", 900.0)], "m", limit=1000.0, demand_ids=list("abcde")
)


def wanted(people: float) -> pd.DataFrame:
    """As many people want a place at each point, none at e."""
    return pd.DataFrame({"all": [people] * 4 + [0.0]}, list("abcde"))


def test_the_share_of_variants_follows_from_arithmetic() -> None:
    """Six places: at 2 a point all who reach F are served; at 4 it is full after a and half of b; at 6 only a is served."""
    levels = {"low": wanted(2.0), "mid": wanted(4.0), "high": wanted(6.0)}
    found = stability(COST, levels, pd.DataFrame({"all": [6.0]}, ["F"]), REACHES)
    assert found["gap_in"].to_dict() == {"a": 0, "b": 3 + 0 + 1 + 1, "c": 6 + 2, "d": 9, "e": 0}
    assert found["variants"].to_dict() == {"a": 9, "b": 9, "c": 9, "d": 9, "e": 0}
    assert found.loc["b", "stability"] == 5 / 9
    assert np.isnan(found.loc["e", "stability"])


def test_half_without_a_place_is_no_gap_unless_asked() -> None:
    """A point is a gap where more than the share lacks a place, not where just as much does."""
    capacity = pd.DataFrame({"all": [2.0]}, ["F"])
    levels = {"mid": wanted(4.0)}
    assert variants(COST, levels, capacity, [300.0]).loc["a"].tolist() == [0.0]
    assert variants(COST, levels, capacity, [300.0], share=0.4).loc["a"].tolist() == [1.0]


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_each_variant_is_an_assignment_of_its_own(seed: int) -> None:
    """What a variant says of each point is what an assignment on the pairs within the reach says."""
    problem = plane(seed)
    capacity = problem.capacities()
    assert capacity is not None
    levels = {"low": problem.weights(), "high": problem.weights() * 2}
    table = variants(problem.cost, levels, capacity, REACHES)
    for (reach, level), column in table.items():
        made = assign(problem.cost.within(reach), levels[level], capacity).groupby("demand_id")["amount"].sum()
        asked = levels[level].sum(axis=1)
        given_ = made.reindex(asked.index).fillna(0.0)
        expected = (asked - given_ > 0.5 * asked + 1e-9).astype(float).where(asked > 0)
        pd.testing.assert_series_equal(column, expected, check_names=False)
    assert list(table.columns) == [(r, level) for r in REACHES for level in levels]


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_without_places_every_point_is_a_gap_in_every_variant(seed: int) -> None:
    """No places: 1 where anything is wanted; a place that does not count has no row and changes nothing."""
    problem = plane(seed)
    levels = {"mid": problem.weights()}
    nothing = pd.DataFrame(columns=problem.weights().columns, dtype=float)
    found = stability(problem.cost, levels, nothing, REACHES)
    asks = problem.weights().sum(axis=1) > 0
    assert (found.loc[asks, "stability"] == 1).all()
    assert found.loc[~asks, "stability"].isna().all()


def test_a_call_that_makes_no_sense_is_refused() -> None:
    """No reach, no level, a reach beyond the cost, a share of everything."""
    capacity, levels = pd.DataFrame({"all": [2.0]}, ["F"]), {"mid": wanted(4.0)}
    for levels_, reaches, share in (
        ({}, REACHES, 0.5),
        (levels, [], 0.5),
        (levels, [1001.0], 0.5),
        (levels, REACHES, 1.0),
    ):
        with pytest.raises(UsageError, match="stability"):
            stability(COST, levels_, capacity, reaches, share=share)
