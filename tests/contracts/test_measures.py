"""What every measure of access must keep; a new file is tested the moment it exists."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.access.decay import Decay, exponential, gaussian, linear, stepped
from geoplan.access.measure import measure_access
from geoplan.network.cost import CostMatrix
from geoplan.plugins import find, names, title

MEASURES = names("measures")
REACH = 6.0

PLACES = 9.0 * 5  # the most places that an instance has


@dataclass(frozen=True)
class Contract:
    """What a measure promises: its range, whether more reach or supply never makes anyone worse off, what it conserves."""

    highest: float
    unit: str
    reach: Literal["rises", "no law"]
    supply: Literal["rises", "falls"]
    conserved: Literal["places by person", "places", "nothing"] = "nothing"
    may_be_missing: bool = False
    needs_decay: bool = False


CONTRACTS = {
    "nearest": Contract(
        REACH, "cost", "rises", "falls", may_be_missing=True
    ),  # its value stays; it is missing less often
    "coverage": Contract(1.0, "flag", "rises", "rises"),
    "cumulative": Contract(PLACES, "places", "rises", "rises"),
    "gravity": Contract(PLACES, "places", "rises", "rises", needs_decay=True),
    "two_step_fca": Contract(np.inf, "places a person", "no law", "rises", "places by person"),
    "three_step_fca": Contract(np.inf, "places a person", "no law", "rises", "places by person"),
    "balanced_fca": Contract(np.inf, "level of service", "no law", "rises"),
    "spatial_availability": Contract(PLACES, "places", "no law", "rises", "places"),
}


def call(
    name: str, cost: CostMatrix, demand: pd.Series, supply: pd.Series, reach: float = REACH, decay: Decay | None = None
) -> pd.Series:
    """The measure, with a decay where it needs one."""
    decay = decay or (gaussian(8) if CONTRACTS[name].needs_decay else None)
    values: pd.Series = find("measures", name)(cost, demand, supply, reach=reach, decay=decay)
    return values


@st.composite
def instances(draw: st.DrawFn) -> tuple[CostMatrix, pd.Series, pd.Series]:
    """Small instances on a line: people and places in whole numbers, some of them 0."""
    homes = draw(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=1, max_size=6))
    clinics = draw(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=1, max_size=5))
    cost = abs(np.subtract.outer([x for x, _ in homes], [x for x, _ in clinics])).astype(float)
    ids, places = [f"d{i}" for i in range(len(homes))], [f"f{j}" for j in range(len(clinics))]
    matrix = CostMatrix.from_dense(pd.DataFrame(cost, ids, places), limit=10)
    return matrix, pd.Series([float(p) for _, p in homes], ids), pd.Series([float(p) for _, p in clinics], places)


def test_each_measure_states_its_contract() -> None:
    """The table of contracts above names every measure that there is."""
    assert set(CONTRACTS) == set(MEASURES)


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
    values = call(name, cost, backwards, supply)
    assert values.index.equals(backwards.index)
    assert values.dropna().between(0.0, CONTRACTS[name].highest + 1e-9).all()
    assert CONTRACTS[name].may_be_missing or values.notna().all()


@pytest.mark.parametrize("name", MEASURES)
@given(instance=instances())
@settings(deadline=None, max_examples=60)
def test_who_reaches_nothing_has_nothing(name: str, instance: tuple[CostMatrix, pd.Series, pd.Series]) -> None:
    """A point without a place in reach has a missing cost or no access, never a large number."""
    cost, demand, supply = instance
    values = call(name, cost, demand, supply)
    pairs = cost.within(REACH).to_frame()
    reached = pairs[pairs["place_id"].map(supply) > 0]["demand_id"]
    alone = values[~values.index.isin(reached)]
    assert alone.isna().all() if CONTRACTS[name].may_be_missing else (alone == 0).all()


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
    found = call(name, other, demand.loc[ids], supply.loc[places])
    pd.testing.assert_series_equal(found.loc[demand.index], call(name, cost, demand, supply), rtol=1e-12)


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
    found = call(name, other, demand, pd.concat([supply, pd.Series({"empty": 0.0})]))
    pd.testing.assert_series_equal(found, call(name, cost, demand, supply))


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_is_found_by_name_and_takes_a_decay(name: str) -> None:
    """`measure_access` finds the plug-in, with or without a decay, and keeps the index and its name."""
    cost = CostMatrix.from_pairs([("a", "F", 3.0)], demand_ids=["a", "b"])
    homes = pd.DataFrame({"population": [1.0, 2.0]}, index=pd.Index(["a", "b"], name="demand_id"))
    clinics = pd.DataFrame({"places": [2.0]}, index=["F"])
    values = measure_access(cost, homes, clinics, name, reach=REACH, decay=gaussian(REACH))
    assert values.index.equals(homes.index)
    assert values.name == name


@pytest.mark.parametrize("name", MEASURES)
@given(instance=instances(), one=st.floats(0, 10), other=st.floats(0, 10))
@settings(deadline=None, max_examples=60)
def test_more_reach_never_makes_anyone_worse_off(
    name: str, instance: tuple[CostMatrix, pd.Series, pd.Series], one: float, other: float
) -> None:
    """With a larger reach a measure that promises so does not fall, and no nearest place becomes dearer or is lost."""
    if CONTRACTS[name].reach != "rises":
        return  # in the floating catchment family a larger reach also brings more people to share with
    small, large = (call(name, *instance, reach=r) for r in sorted((one, other)))
    if CONTRACTS[name].may_be_missing:
        assert small.dropna().equals(large[small.notna()])
    else:
        assert (large >= small - 1e-9).all()


@pytest.mark.parametrize("name", MEASURES)
@given(instance=instances())
@settings(deadline=None, max_examples=60)
def test_more_places_at_a_facility_make_nobody_worse_off(
    name: str, instance: tuple[CostMatrix, pd.Series, pd.Series]
) -> None:
    """Twice the places at each facility that has some: nobody has less, nobody goes farther."""
    cost, demand, supply = instance
    less, more = call(name, cost, demand, supply), call(name, cost, demand, 2 * supply)
    if CONTRACTS[name].supply == "falls":
        assert less.equals(more)
    else:
        assert (more >= less - 1e-12).all()


CURVES = [None, gaussian(REACH), linear(8), exponential(0.3), stepped([(2, 1.0), (5, 0.4)])]


@pytest.mark.parametrize("curve", CURVES, ids=repr)
@pytest.mark.parametrize("name", MEASURES)
@given(instance=instances())
@settings(deadline=None, max_examples=30)
def test_a_measure_conserves_what_it_says(
    name: str, curve: Decay | None, instance: tuple[CostMatrix, pd.Series, pd.Series]
) -> None:
    """With every decay the places that anyone reaches are all shared out, as places or as people × places a person."""
    cost, demand, supply = instance
    law = CONTRACTS[name].conserved
    if law == "nothing":
        return
    values = call(name, cost, demand, supply, decay=curve)
    pairs = cost.within(REACH).to_frame()
    weight = np.ones(len(pairs)) if curve is None else curve(pairs["cost"].to_numpy())
    reached = pairs.loc[(weight > 0) & (pairs["demand_id"].map(demand) > 0), "place_id"].unique()
    given_out = (values * demand if law == "places by person" else values).sum()
    assert given_out == pytest.approx(supply[reached].sum(), rel=1e-9)


@pytest.mark.parametrize("name", MEASURES)
@given(instance=instances(), closed=st.integers(0, 4))
@settings(deadline=None, max_examples=60)
def test_no_supply_is_as_no_facility(name: str, instance: tuple[CostMatrix, pd.Series, pd.Series], closed: int) -> None:
    """A facility whose places are 0 gives the same values as a matrix without it."""
    cost, demand, supply = instance
    shut = supply.index[closed % len(supply)]
    kept = supply.drop(shut)
    found = call(name, cost, demand, supply.where(supply.index != shut, 0.0), decay=gaussian(REACH))
    without = call(name, cost.select(kept.index), demand, kept, decay=gaussian(REACH))
    pd.testing.assert_series_equal(found, without, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", MEASURES)
@given(instance=instances())
@settings(deadline=None, max_examples=30)
def test_the_unit_of_the_cost_does_not_matter(name: str, instance: tuple[CostMatrix, pd.Series, pd.Series]) -> None:
    """Costs, reach and decay in thousandths give the same values, and a cost a thousand times as large; twice the people and
    twice the places give the same places a person and twice the places."""
    cost, demand, supply = instance
    frame = cost.to_frame()
    fine = CostMatrix.from_pairs(
        frame.assign(cost=frame["cost"] * 1000), limit=10_000, demand_ids=demand.index, place_ids=supply.index
    )
    coarse = call(name, cost, demand, supply, decay=gaussian(8))
    factor = 1000 if CONTRACTS[name].unit == "cost" else 1
    found = call(name, fine, demand, supply, reach=1000 * REACH, decay=gaussian(8000))
    assert np.allclose(found, coarse * factor, rtol=1e-9, equal_nan=True)
    factor = 2 if CONTRACTS[name].unit == "places" else 1
    assert np.allclose(call(name, cost, 2 * demand, 2 * supply, decay=gaussian(8)), coarse * factor, equal_nan=True)


@pytest.mark.parametrize("name", MEASURES)
def test_a_second_call_gives_what_the_first_gave(name: str) -> None:
    """What is kept with the costs changes no answer: the same call again, another decay between, other supply after."""
    cost = CostMatrix.from_pairs([("a", "F", 1.0), ("b", "F", 4.0), ("b", "G", 2.0)])
    demand, supply = pd.Series({"a": 3.0, "b": 5.0}), pd.Series({"F": 7.0, "G": 2.0})
    first = call(name, cost, demand, supply, decay=gaussian(5))
    call(name, cost, demand, supply, decay=linear(5))
    call(name, cost, demand, supply, reach=2.0, decay=gaussian(5))
    assert call(name, cost, demand, supply, decay=gaussian(5.0)).equals(first)
    fresh = CostMatrix.from_pairs(cost.to_frame())
    other = pd.Series({"F": 1.0, "G": 4.0})
    again = call(name, cost, demand, other, decay=gaussian(5))
    assert again.equals(call(name, fresh, demand, other, decay=gaussian(5)))
