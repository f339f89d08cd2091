"""Laws of access and of the gap account: what is shared out, split, scaled and added, on instances drawn at random."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from geoplan import CheckFailed
from geoplan.access import decay
from geoplan.access._weights import conserved
from geoplan.access.assignment import assign
from geoplan.access.gap_areas import area_of, check_members, gap_areas
from geoplan.access.gaps import CAUSES, check_parts, gap_account
from geoplan.access.measure import measure_access
from geoplan.network.cost import CostMatrix
from tests.laws.examples import tried

SEEDS = st.integers(0, 2**31)
SHARING = ["two_step_fca", "three_step_fca", "balanced_fca", "spatial_availability"]
PLAIN = [
    "two_step_fca",
    "nearest",
    "coverage",
    "cumulative",
    "gravity",
]  # who chooses between facilities changes with their number
BY_PERSON = [
    *PLAIN,
    "three_step_fca",
    "spatial_availability",
]  # the published balanced measure shares a level of service by point
DECAYS = st.sampled_from([None, decay.gaussian(60), decay.stepped([(20, 1.0), (60, 0.4)]), decay.linear(70)])


class Instance:
    """A few demand points and facilities on random costs, some without a way, as a table that can be changed."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        rows, places = int(random.integers(1, 9)), int(random.integers(1, 5))
        near = random.random((rows, places)) < 0.7
        self.table = pd.DataFrame(np.where(near, random.integers(0, 100, near.shape), np.nan))
        self.table.index = [f"d{k}" for k in range(rows)]
        self.table.columns = [f"f{k}" for k in range(places)]
        self.people = pd.Series(2.0 * random.integers(0, 30, rows), self.table.index)
        self.places = pd.Series(2.0 * random.integers(0, 20, places), self.table.columns)

    def measure(self, name: str, curve: Any = None, reach: float = 60) -> pd.Series:
        """A measure by demand point; gravity always with a decay."""
        people, places = self.people.to_frame("population"), self.places.to_frame("places")
        by = curve or decay.linear(70) if name == "gravity" else None if name in ("nearest", "coverage") else curve
        found = measure_access(self.cost(), people, places, name, reach=reach, decay=by)
        return found if name == "nearest" else found.fillna(0.0)

    def cost(self) -> CostMatrix:
        """The pairs that have a way."""
        return CostMatrix.from_dense(self.table)

    def account(self) -> pd.Series:
        """The gap account, all points added up."""
        cost = self.cost().within(60)
        wanted, capacity = self.people.to_frame("all"), self.places.to_frame("all")
        made = assign(cost, wanted, capacity)
        return gap_account(cost, wanted, capacity, made)[list(CAUSES)].sum()


def equal(one: Any, other: Any) -> bool:
    """Equal to 1e-12, unknown to unknown."""
    return np.allclose(one, other, rtol=1e-12, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("name", SHARING)
@tried(50)
@given(seed=SEEDS, curve=DECAYS, times=st.sampled_from([0.5, 3.0, 1000.0]))
def test_access_scales_with_supply_and_against_demand(name: str, seed: int, curve: Any, times: float) -> None:
    """k times the places give k times the access of each person; k times the people a k-th of it (places to each point stay)."""
    town = Instance(seed)
    before = town.measure(name, curve)
    town.places *= times
    assert equal(town.measure(name, curve), times * before)
    town.places /= times
    town.people *= times
    each = 1.0 if name == "spatial_availability" else 1 / times
    assert equal(town.measure(name, curve), each * before)


@tried(100)
@given(SEEDS, st.integers(1, 4), st.booleans())
def test_where_catchments_are_apart_access_is_places_by_people(seed: int, towns: int, within: bool) -> None:
    """Towns that reach their own facility alone have its places divided by their people; the sums are the places."""
    random = np.random.default_rng(seed)
    home = np.repeat(np.arange(towns), random.integers(1, 4, towns))
    town = Instance(seed)
    town.table = pd.DataFrame(
        np.where(home[:, None] == np.arange(towns), random.integers(0, 60, (len(home), 1)), np.nan)
    )
    town.people = pd.Series(random.integers(1, 30, len(home)) * 1.0)
    town.places = pd.Series(random.integers(0, 20, towns) * 1.0)
    for part in (town.table, town.people, town.places):
        part.index = [f"n{k}" for k in range(len(part))]
    town.table.columns = town.places.index
    each = town.places.to_numpy() / town.people.groupby(home).sum().to_numpy()
    curve = decay.stepped([(60, 1.0)]) if within else None
    assert equal(town.measure("two_step_fca", curve), each[home])
    assert (town.measure("two_step_fca", curve) * town.people).sum() == pytest.approx(town.places.sum(), rel=1e-12)


@tried(100)
@given(SEEDS, st.integers(0, 99))
def test_a_decay_of_one_is_no_decay(seed: int, reach: int) -> None:
    """Steps that all weigh 1 up to the reach give the plain measure, for all that weigh."""
    town = Instance(seed)
    curve = decay.stepped([(reach / 2 + 0.25, 1.0), (reach + 0.5, 1.0)])
    for name in (*SHARING, "cumulative"):
        assert town.measure(name, curve, reach + 0.5).equals(town.measure(name, None, reach + 0.5)), name


@pytest.mark.parametrize("name", PLAIN)
@tried(50)
@given(seed=SEEDS, curve=DECAYS)
def test_a_facility_split_into_two_halves_changes_nothing(name: str, seed: int, curve: Any) -> None:
    """Two facilities of half the places at the place of one give everyone what the one gave, and the account stays."""
    town = Instance(seed)
    before, account = town.measure(name, curve), town.account()
    town.table["twin"], half = town.table["f0"], town.places["f0"] / 2
    town.places = pd.concat([town.places, pd.Series({"twin": half})])
    town.places["f0"] = half
    assert equal(town.measure(name, curve), before)
    assert town.account().equals(account)


@pytest.mark.parametrize("name", BY_PERSON)
@tried(50)
@given(seed=SEEDS, curve=DECAYS, row=st.integers(0, 8))
def test_a_cell_split_into_two_halves_changes_no_total(name: str, seed: int, curve: Any, row: int) -> None:
    """Two demand points of half the people at the place of one: the others have what they had, the halves what the whole had."""
    town = Instance(seed)
    own = town.table.index[row % len(town.table)]
    before, account = town.measure(name, curve), town.account()
    town.table.loc["twin"], half = town.table.loc[own], town.people[own] / 2
    town.people[own] = half
    town.people = pd.concat([town.people, pd.Series({"twin": half})])
    after = town.measure(name, curve)
    shared = 2.0 if name == "spatial_availability" else 1.0  # places for the point, not for each of its people
    assert equal(after.drop(index=["twin", own]), before.drop(index=own))
    assert equal(after[["twin", own]], [before[own] / shared] * 2)
    assert town.account().equals(account)


@pytest.mark.parametrize("name", BY_PERSON)
@tried(50)
@given(seed=SEEDS, curve=DECAYS)
def test_nobody_and_nowhere_change_nothing(name: str, seed: int, curve: Any) -> None:
    """A cell without people, a facility without ways, and a cell without either leave everyone's access and the account."""
    town = Instance(seed)
    before, account = town.measure(name, curve), town.account()
    town.table.loc["empty"] = town.table.iloc[0]
    town.table.loc["far"] = np.nan
    town.table["nowhere"] = np.nan
    town.people = pd.concat([town.people, pd.Series({"empty": 0.0, "far": 0.0})])
    town.places = pd.concat([town.places, pd.Series({"nowhere": 9.0})])
    assert equal(town.measure(name, curve)[before.index], before)
    assert town.account().equals(account)


@tried(100)
@given(SEEDS, st.integers(1, 5000))
def test_people_lost_or_shared_twice_are_caught(seed: int, off: int) -> None:
    """The account adds up to the people whatever the instance; a thousandth too many or too few anywhere is caught."""
    town = Instance(seed)
    assert town.account().sum() == town.people.sum()
    asked = np.rint(town.people.to_numpy()[:, None] * 1000).astype(np.int64)
    parts = {"served": asked // 3, "full": asked - asked // 3}
    check_parts(parts, asked)
    parts["full"][seed % len(asked), 0] += off - 2500 or 1
    with pytest.raises(CheckFailed, match="add up"):
        check_parts(parts, asked)
    places = town.places.to_numpy() + 1
    conserved("places", places, places[::-1])
    with pytest.raises(CheckFailed, match="shared out"):
        conserved("places", places, places * (1 + off * 1e-8))


@tried(50)
@given(SEEDS, st.integers(0, 3000))
def test_gap_areas_hold_just_those_without_a_place(seed: int, join_m: int) -> None:
    """Each point without a place stands in one area, no point where all are served in any, and people add up; else it is caught."""
    random = np.random.default_rng(seed)
    size = int(random.integers(1, 12))
    ids = [f"d{k}" for k in range(size)]
    at = [Point(*c) for c in random.integers(0, 9000, (size, 2))]
    demand = gpd.GeoDataFrame({"unit_id": random.choice(["U", "V"], size)}, index=ids, geometry=at, crs="EPSG:4547")
    gaps = pd.DataFrame(random.integers(0, 3, (size, 4)) * 1.0, columns=list(CAUSES)[1:])
    gaps = gaps.assign(demand_id=ids, band="m24_36", served=random.integers(0, 9, size) * 1.0)
    missing = gaps.set_index("demand_id")[list(CAUSES)[1:]].sum(axis=1)
    areas = gap_areas(demand, gaps, join_m=join_m + 1.0, least=0)
    own = area_of(demand, gaps, join_m=join_m + 1.0, least=0)
    assert own.index.is_unique
    assert set(own.index) == set(missing[missing > 0].index)
    assert missing.groupby(own).sum().reindex(areas.index).tolist() == areas["people"].tolist()
    for name, outline in areas.geometry.items():
        assert all(outline.covers(demand.geometry[d]) for d in own[own == name].index)
    members = pd.DataFrame({"people": (missing[missing > 0] * 1000).astype("int64"), "area": own})
    check_members(members, gaps)
    for wrong in (members.iloc[1:], pd.concat([members, members.iloc[:1]])) if len(members) else ():
        with pytest.raises(CheckFailed, match="gap areas"):
            check_members(wrong, gaps)
