"""What every measure of access must keep; a new file is tested the moment it exists."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.access.decay import gaussian
from geoplan.access.measure import measure_access
from geoplan.network.cost import CostMatrix
from geoplan.plugins import find, names, title

MEASURES = names("measures")
REACH = 6.0

# name: (lowest, highest, whether a value may be missing)
RANGE = {"nearest": (0.0, REACH, True), "coverage": (0.0, 1.0, False), "two_step_fca": (0.0, np.inf, False)}


@st.composite
def instances(draw: st.DrawFn) -> tuple[CostMatrix, pd.Series, pd.Series]:
    """Small instances on a line: people and places in whole numbers, some of them 0."""
    homes = draw(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=1, max_size=6))
    clinics = draw(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=1, max_size=5))
    cost = abs(np.subtract.outer([x for x, _ in homes], [x for x, _ in clinics])).astype(float)
    ids, places = [f"d{i}" for i in range(len(homes))], [f"f{j}" for j in range(len(clinics))]
    matrix = CostMatrix.from_dense(pd.DataFrame(cost, ids, places), limit=10)
    return matrix, pd.Series([float(p) for _, p in homes], ids), pd.Series([float(p) for _, p in clinics], places)


def test_each_measure_states_its_range() -> None:
    """The table of ranges above names every measure that there is."""
    assert set(RANGE) == set(MEASURES)


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_takes_the_same_arguments_in_the_same_order(name: str) -> None:
    """All measures have one signature, and a title for the listing."""
    assert list(inspect.signature(find("measures", name)).parameters) == ["cost", "demand", "supply", "reach", "decay"]
    assert title("measures", name)
    assert ">>>" in (find("measures", name).__doc__ or "")


@pytest.mark.parametrize("name", MEASURES)
@given(instance=instances())
@settings(deadline=None, max_examples=60)
def test_a_measure_stays_in_its_range_on_the_index_of_the_demand(
    name: str, instance: tuple[CostMatrix, pd.Series, pd.Series]
) -> None:
    """Values lie in the range, only where allowed one is missing, and the index is that of the demand, in its order."""
    cost, demand, supply = instance
    backwards = demand.iloc[::-1]
    values = find("measures", name)(cost, backwards, supply, reach=REACH)
    lowest, highest, may_be_missing = RANGE[name]
    assert values.index.equals(backwards.index)
    assert values.dropna().between(lowest, highest).all()
    assert may_be_missing or values.notna().all()


@pytest.mark.parametrize("name", MEASURES)
@given(instance=instances())
@settings(deadline=None, max_examples=60)
def test_who_reaches_nothing_has_nothing(name: str, instance: tuple[CostMatrix, pd.Series, pd.Series]) -> None:
    """A point without a place in reach has a missing cost or no access, never a large number."""
    cost, demand, supply = instance
    values = find("measures", name)(cost, demand, supply, reach=REACH)
    pairs = cost.within(REACH).to_frame()
    reached = pairs[pairs["place_id"].map(supply) > 0]["demand_id"]
    alone = values[~values.index.isin(reached)]
    assert alone.isna().all() if RANGE[name][2] else (alone == 0).all()


@pytest.mark.parametrize("name", MEASURES)
@given(instance=instances(), random=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_the_order_of_rows_and_places_changes_nothing(
    name: str, instance: tuple[CostMatrix, pd.Series, pd.Series], random: object
) -> None:
    """Demand and places in another order give the same values by id."""
    cost, demand, supply = instance
    ids, places = list(demand.index), list(supply.index)
    random.shuffle(ids)  # type: ignore[attr-defined]
    random.shuffle(places)  # type: ignore[attr-defined]
    other = CostMatrix.from_pairs(cost.to_frame(), limit=cost.limit, demand_ids=ids, place_ids=places)
    verb = find("measures", name)
    found = verb(other, demand.loc[ids], supply.loc[places], reach=REACH)
    pd.testing.assert_series_equal(found.loc[demand.index], verb(cost, demand, supply, reach=REACH), rtol=1e-12)


@pytest.mark.parametrize("name", MEASURES)
@given(instance=instances())
@settings(deadline=None, max_examples=60)
def test_a_further_place_without_supply_changes_nothing(
    name: str, instance: tuple[CostMatrix, pd.Series, pd.Series]
) -> None:
    """A place with no supply at everyone's door is as good as none."""
    cost, demand, supply = instance
    more = pd.concat([cost.to_frame(), pd.DataFrame({"demand_id": demand.index, "place_id": "empty", "cost": 0.0})])
    other = CostMatrix.from_pairs(more, limit=cost.limit, demand_ids=demand.index, place_ids=[*supply.index, "empty"])
    verb = find("measures", name)
    found = verb(other, demand, pd.concat([supply, pd.Series({"empty": 0.0})]), reach=REACH)
    pd.testing.assert_series_equal(found, verb(cost, demand, supply, reach=REACH))


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_is_found_by_name_and_takes_a_decay(name: str) -> None:
    """`measure_access` finds the plug-in, with or without a decay, and keeps the index and its name."""
    cost = CostMatrix.from_pairs([("a", "F", 3.0)], demand_ids=["a", "b"])
    homes = pd.DataFrame({"population": [1.0, 2.0]}, index=pd.Index(["a", "b"], name="demand_id"))
    clinics = pd.DataFrame({"places": [2.0]}, index=["F"])
    values = measure_access(cost, homes, clinics, name, reach=REACH, decay=gaussian(REACH))
    assert values.index.equals(homes.index)
    assert values.name == name
