"""The gap account and the gap areas."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geoplan.access.gap_areas import gap_areas
from geoplan.access.gaps import CAUSES, gap_account
from geoplan.errors import CheckFailed, InputError, UsageError
from geoplan.network.cost import CostMatrix
from geoplan.result import CAUSES as SHOWN_CAUSES

BANDS = ["m06_12", "m24_36"]
COLUMNS = ["demand_id", "place_id", "band", "amount"]

# a reaches F (counts for m24_36); b reaches G (not counted); c reaches nothing; d joins no street; e is in no street
# but stands beside F
COST = CostMatrix.from_pairs(
    [("a", "F", 300.0), ("b", "G", 300.0), ("e", "F", 10.0)], demand_ids=list("abcde"), place_ids=["F", "G"]
)
COST = CostMatrix(
    COST.demand_ids, COST.place_ids, COST.start, COST.demand, COST.cost, unjoined=pd.Index(["d", "e"], dtype=object)
)
WANTED = pd.DataFrame({"m06_12": [1.0] * 5, "m24_36": [4.0] * 5}, index=list("abcde"))
CAPACITY = pd.DataFrame({"m06_12": [0], "m24_36": [3]}, index=["F"])


def assigned(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    """An assignment."""
    return pd.DataFrame(list(rows), columns=COLUMNS)


def test_each_child_has_the_cause_that_the_rule_says() -> None:
    """Served, full, wrong kind (band, or not counted), too far, not joined: one town that has them all."""
    found = gap_account(COST, WANTED, CAPACITY, assigned(("a", "F", "m24_36", 3.0))).set_index(["demand_id", "band"])
    assert found.loc[("a", "m24_36")].to_dict() == {
        "served": 3,
        "too_far": 0,
        "full": 1,
        "wrong_kind": 0,
        "not_joined": 0,
    }
    assert found.loc[("a", "m06_12"), "wrong_kind"] == 1
    assert found.loc[("b", "m24_36"), "wrong_kind"] == 4
    assert found.loc["c", "too_far"].tolist() == [1, 4]
    assert found.loc["d", "not_joined"].tolist() == [1, 4]
    assert found.loc[("e", "m24_36"), "full"] == 4
    assert found[list(CAUSES)].sum().to_dict() == {
        "served": 3,
        "too_far": 5,
        "full": 5,
        "wrong_kind": 7,
        "not_joined": 5,
    }


def test_the_causes_are_those_that_a_result_shows() -> None:
    """The account and the result name the same causes in the same order."""
    assert list(SHOWN_CAUSES) == list(CAUSES)


@st.composite
def instances(draw: st.DrawFn) -> tuple[CostMatrix, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Random pairs, thousandths wanted and places, and an assignment that a first-come rule made."""
    size, places = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    ids, sites = [f"d{i}" for i in range(size)], [f"f{j}" for j in range(places)]
    pairs = draw(st.sets(st.tuples(st.sampled_from(ids), st.sampled_from(sites))))
    cost = CostMatrix.from_pairs([(i, j, 1.0) for i, j in sorted(pairs)], demand_ids=ids, place_ids=sites)
    cells = st.lists(st.integers(0, 5000), min_size=2 * size, max_size=2 * size)
    wanted = pd.DataFrame(np.array(draw(cells)).reshape(size, 2) / 1000, ids, BANDS)
    counted = draw(st.lists(st.sampled_from(sites), unique=True))
    rooms = draw(st.lists(st.integers(0, 3), min_size=2 * len(counted), max_size=2 * len(counted)))
    capacity = pd.DataFrame(np.array(rooms, float).reshape(len(counted), 2), counted, BANDS)
    left, room = (wanted * 1000).round().astype(int), (capacity * 1000).astype(int)
    rows = []
    for i, j in sorted(pairs):
        for band in BANDS if j in counted else []:
            amount = min(left.loc[i, band], room.loc[j, band])
            left.loc[i, band] -= amount
            room.loc[j, band] -= amount
            rows.append((i, j, band, amount / 1000))
    return cost, wanted, capacity, assigned(*rows)


@given(instances())
@settings(deadline=None, max_examples=100)
def test_the_parts_always_add_up(instance: tuple[CostMatrix, pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> None:
    """In whole thousandths the five parts are what is wanted, point by point and band by band; one cause each."""
    cost, wanted, capacity, assignment = instance
    found = gap_account(cost, wanted, capacity, assignment)
    parts = (found[list(CAUSES)] * 1000).round().astype(int)
    asked = [round(wanted.loc[i, b] * 1000) for i, b in zip(found["demand_id"], found["band"], strict=True)]
    assert parts.sum(axis=1).tolist() == asked
    assert (parts >= 0).all().all()
    assert ((parts.drop(columns="served") > 0).sum(axis=1) <= 1).all()
    assert parts["served"].sum() == round(assignment["amount"].sum() * 1000)


@given(instances())
@settings(deadline=None, max_examples=60)
def test_a_place_that_opens_turns_no_one_into_too_far(
    instance: tuple[CostMatrix, pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    """With one more place beside the first home, too far never grows, and that home has nobody too far."""
    cost, wanted, capacity, assignment = instance
    home = cost.demand_ids[0]
    more = pd.concat([cost.to_frame(), pd.DataFrame({"demand_id": [home], "place_id": ["new"], "cost": [0.0]})])
    wider = CostMatrix.from_pairs(more, demand_ids=cost.demand_ids, place_ids=[*cost.place_ids, "new"])
    before = gap_account(cost, wanted, capacity, assignment)
    after = gap_account(wider, wanted, capacity, assignment)
    assert (after["too_far"] <= before["too_far"]).all()
    assert after.loc[after["demand_id"] == home, "too_far"].sum() == 0


@pytest.mark.parametrize(
    ("rows", "said"),
    [([("a", "F", "m24_36", 3.5)], "than a place can take"), ([("a", "F", "m24_36", 2.0), ("a", "F", "m24_36", 2.5)], "want a place"),
     ([("b", "F", "m24_36", 1.0)], "beyond reach"), ([("a", "G", "m24_36", 1.0)], "beyond reach"),
     ([("a", "F", "m24_36", 0.0005)], "whole thousandth"), ([("a", "F", "m24_36", -1.0)], "negative"),
     ([("b", "G", "m24_36", 1.0)], "than a place can take")],
)  # fmt: skip
def test_an_assignment_that_cannot_be_carried_out_is_a_fault(
    rows: list[tuple[str, str, str, float]], said: str
) -> None:
    """Beyond reach, beyond capacity, beyond demand, to a place that does not count: the account refuses it."""
    with pytest.raises(CheckFailed, match=said):
        gap_account(COST, WANTED, CAPACITY, assigned(*rows))


def test_tables_that_do_not_match_are_refused() -> None:
    """Ids or bands that differ, and numbers that are missing or finer than a thousandth, are refused by name."""
    nobody = assigned()
    with pytest.raises(InputError, match="wanted"):
        gap_account(COST, WANTED.drop("a"), CAPACITY, nobody)
    with pytest.raises(InputError, match="capacity"):
        gap_account(COST, WANTED, CAPACITY.set_axis(["H"]), nobody)
    with pytest.raises(InputError, match=r"capacity\.band"):
        gap_account(COST, WANTED, CAPACITY.rename(columns={"m24_36": "m12_24"}), nobody)
    with pytest.raises(InputError, match=r"assignment\.place_id"):
        gap_account(COST, WANTED, CAPACITY, assigned(("a", "H", "m24_36", 1.0)))
    for bad in (0.0005, np.nan, -1.0):
        with pytest.raises(InputError, match="wanted"):
            gap_account(COST, WANTED.replace(4.0, bad), CAPACITY, nobody)
    with pytest.raises(InputError, match="capacity"):
        gap_account(COST, WANTED, CAPACITY.astype(float).replace(3.0, np.nan), nobody)


def homes(at: list[tuple[float, float]], unit: list[str] | str = "U") -> gpd.GeoDataFrame:
    """Homes at these metres."""
    ids = pd.Index([f"d{i:03}" for i in range(len(at))], name="demand_id")
    names = [f"村{i}" for i in range(len(at))]
    return gpd.GeoDataFrame({"name": names, "unit_id": unit}, index=ids, geometry=[Point(p) for p in at], crs=4547)


def gaps(demand: gpd.GeoDataFrame, people: list[float]) -> pd.DataFrame:
    """A gap account in which everyone is too far."""
    frame = pd.DataFrame({"demand_id": demand.index, "band": "m24_36", "too_far": people})
    return frame.assign(served=9.0, full=0.0, wrong_kind=0.0, not_joined=0.0)


points = st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9000)), min_size=1, max_size=25)


@given(points, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_areas_part_the_people_without_a_place(at: list[tuple[float, float]], random: object) -> None:
    """Areas add up to the gap, rank by people, are no wider than twice join_m, and do not depend on row order."""
    demand = homes(at, [f"U{x // 4500}" for x, _ in at])
    account = gaps(demand, [float(1 + i % 4) for i in range(len(at))])
    areas = gap_areas(demand, account, join_m=1500, least=0)
    assert areas["people"].sum() == account["too_far"].sum()
    assert areas["members"].sum() == len(at)
    assert areas["people"].is_monotonic_decreasing
    assert areas.index.tolist() == [str(n + 1) for n in range(len(areas))]
    # a hull with a margin of 150 m on each side
    assert (areas.bounds["maxx"] - areas.bounds["minx"] <= 2 * 1500 + 2 * 150 + 1).all()
    ids = list(demand.index)
    random.shuffle(ids)  # type: ignore[attr-defined]
    other = gap_areas(demand.loc[ids], account.set_index("demand_id").loc[ids].reset_index(), join_m=1500, least=0)
    pd.testing.assert_frame_equal(pd.DataFrame(other), pd.DataFrame(areas))


def test_a_plain_full_of_villages_does_not_become_one_blob() -> None:
    """Villages a kilometre apart over 30 km chain from end to end, and still make areas of at most 3 km."""
    demand = homes([(1000.0 * i, 0.0) for i in range(31)])
    areas = gap_areas(demand, gaps(demand, [5.0] * 31), join_m=1500)
    assert len(areas) >= 10


def test_an_area_is_named_after_the_member_with_the_most_people() -> None:
    """Name, unit, causes and members of an area, in both languages; areas of other units stay apart."""
    demand = homes([(0, 0), (500, 0), (600, 0)], ["U", "U", "V"])
    account = gaps(demand, [2.0, 3.0, 4.0])
    areas = gap_areas(demand, account)
    assert areas["name"].tolist() == ["村1一带", "村2一带"]
    assert areas["unit_id"].tolist() == ["U", "V"]
    assert areas[["people", "too_far", "full", "members"]].values.tolist() == [[5, 5, 0, 2], [4, 4, 0, 1]]
    assert gap_areas(demand, account, language="en")["name"].iloc[0] == "around 村1"
    assert areas.crs == demand.crs


def test_an_area_holds_its_members() -> None:
    """Polygons of residential areas lie inside the area that they belong to."""
    demand = homes([(0, 0), (800, 300)]).set_geometry([box(-100, -100, 200, 100), box(700, 200, 900, 400)])
    area = gap_areas(demand, gaps(demand, [2.0, 3.0])).geometry.iloc[0]
    assert demand.geometry.within(area).all()
    assert area.is_valid


def test_who_is_served_makes_no_area() -> None:
    """Points with everyone served are in no area; with no gap at all there is a table without rows."""
    demand = homes([(0, 0), (500, 0)])
    assert gap_areas(demand, gaps(demand, [0.0, 3.0]))["members"].tolist() == [1]
    empty = gap_areas(demand, gaps(demand, [0.0, 0.0]))
    assert len(empty) == 0
    assert "too_far" in empty.columns
    assert len(gap_areas(demand, gaps(demand, [0.3, 0.2]), least=1)) == 0


def test_a_call_that_makes_no_sense_is_refused() -> None:
    """A distance of 0 and a gap at a point that the table does not have are refused."""
    demand = homes([(0, 0)])
    with pytest.raises(UsageError, match="join_m"):
        gap_areas(demand, gaps(demand, [1.0]), join_m=0)
    with pytest.raises(UsageError, match="does not have"):
        gap_areas(demand, gaps(demand, [1.0]).assign(demand_id="x"))
