"""Gap areas: compact, contiguous, named, ranked; with the confidence of their data and their stability."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geoplan.access.gap_areas import area_of, gap_areas
from geoplan.errors import UsageError


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


def test_a_served_village_between_parts_an_area() -> None:
    """Two villages without places are one area if nothing lies between them, and two if a served village does."""
    demand = homes([(0, 0), (600, 0), (300, 10)])
    assert gap_areas(demand.drop("d002"), gaps(demand.drop("d002"), [2.0, 3.0]))["members"].tolist() == [2]
    areas = gap_areas(demand, gaps(demand, [2.0, 3.0, 0.0]))
    assert areas["people"].tolist() == [3, 2]
    aside = demand.set_geometry([Point(0, 0), Point(600, 0), Point(300, 301)])
    assert gap_areas(aside, gaps(aside, [2.0, 3.0, 0.0]))["members"].tolist() == [2]


def test_residential_areas_that_touch_are_one_area_whatever_lies_between() -> None:
    """Polygons with a common border are neighbours, though another's point lies in the circle between theirs."""
    shapes = [box(0, 0, 400, 100), box(400, 0, 800, 100), Point(400, 150)]
    demand = homes([(0, 0), (0, 0), (0, 0)]).set_geometry(shapes)
    assert gap_areas(demand, gaps(demand, [2.0, 3.0, 0.0]))["members"].tolist() == [2]


def in_circle(one: Point, other: Point, third: Point) -> bool:
    """Whether a third point lies within the circle over the line between two."""
    return Point((one.x + other.x) / 2, (one.y + other.y) / 2).distance(third) < one.distance(other) / 2 - 1e-6


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 4000)), min_size=2, max_size=14, unique=True), st.data())
@settings(deadline=None, max_examples=60)
def test_from_each_member_to_each_other_there_is_a_way_over_neighbours(
    at: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Members of an area hang together over pairs with no demand point between them, counted pair by pair."""
    demand = homes([(float(x), float(y)) for x, y in at])
    people = data.draw(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=len(at), max_size=len(at)))
    area = area_of(demand, gaps(demand, people), join_m=1500, least=0)
    assert set(area.index) == {i for i, p in zip(demand.index, people, strict=True) if p}
    points = demand.geometry
    for ids in area.groupby(area).groups.values():
        found, waiting = {ids[0]}, [ids[0]]
        while waiting:
            here = waiting.pop()
            for there in set(ids) - found:
                if not any(in_circle(points[here], points[there], p) for p in points):
                    found.add(there)
                    waiting.append(there)
        assert found == set(ids)


def test_the_members_are_those_of_the_ranked_areas() -> None:
    """`area_of` names each member's area by its rank; areas that are too small have no members."""
    demand = homes([(0, 0), (500, 0), (9000, 0), (20000, 0)])
    account = gaps(demand, [1.0, 2.0, 9.0, 0.5])
    areas, area = gap_areas(demand, account), area_of(demand, account)
    assert area.to_dict() == {"d000": "2", "d001": "2", "d002": "1"}
    assert area.value_counts().reindex(areas.index).tolist() == areas["members"].tolist()


def test_an_area_is_named_by_its_township() -> None:
    """Township and main residential area, in both languages; a township without a name is left out."""
    demand = homes([(0, 0), (500, 0), (9000, 0)]).assign(township=["T1", "T1", "T2"])
    account = gaps(demand, [2.0, 3.0, 1.0])
    assert gap_areas(demand, account, townships={"T1": "南街"})["name"].tolist() == ["南街 村1一带", "村2一带"]
    english = gap_areas(demand, account, townships={"T1": "Nanjie"}, language="en")
    assert english["name"].iloc[0] == "Nanjie, around 村1"
    assert english["township"].tolist() == ["T1", "T2"]


def test_confidence_and_stability_are_those_of_the_people_without_a_place() -> None:
    """The grade of the worst quarter of the people, and the mean of the stability; unknown stays unknown."""
    demand = homes([(0, 0), (500, 0), (9000, 0)]).assign(grade=["A", "D", None])
    account = gaps(demand, [8.0, 2.0, 5.0])
    stable = pd.Series([1.0, 0.5, np.nan], demand.index)
    areas = gap_areas(demand, account, stability=stable)
    assert areas["confidence"].tolist() == ["A", None]
    assert areas["stability"].iloc[0] == pytest.approx(0.9)
    assert np.isnan(areas["stability"].iloc[1])
    assert gap_areas(demand, gaps(demand, [7.0, 3.0, 5.0]))["confidence"].tolist() == ["D", None]
    assert gap_areas(demand.drop(columns="grade"), account)["confidence"].tolist() == [None, None]
