"""Isochrones: whoever can get there within the limit lives inside, nobody is added by a hull, and the quick one is near the exact one."""

from __future__ import annotations

import geopandas as gpd
import networkx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import UsageError
from geoplan.network import edits
from geoplan.network.graph import Network
from geoplan.network.isochrones import isochrones, people_within
from geoplan.network.travel import travel_cost
from tests.laws.street_towns import CRS, DRIVE, WALK, Street, Town, costs, points, random_town
from tests.test_network_porto_alegre import DATA, network

# a cross of two streets of 2 km, with a place in the middle
CROSS = Town([(0, 0), (-1000, 0), (1000, 0), (0, -1000), (0, 1000)], [Street(0, k) for k in (1, 2, 3, 4)])
MIDDLE = points([(0, 0)], "p")


@pytest.mark.parametrize("exact", [True, False])
def test_streets_are_cut_where_the_limit_falls(exact: bool) -> None:
    """Of a cross 500 m are within reach each way: four arms of 500 × 50 m and their round ends, by arithmetic."""
    found = isochrones(CROSS.network(WALK), MIDDLE, limits_m=[500], exact=exact)
    cap, middle = np.pi * 25**2 / 2, 50.0**2
    expected = 2 * 1000 * 50 - middle + 4 * cap
    assert found["area_m2"][0] == pytest.approx(expected, rel=0.005 if exact else 0.06)
    reach = found.geometry[0]
    assert reach.contains(shapely.Point(490, 0))
    assert not reach.intersects(shapely.Point(0, 540))
    assert not reach.intersects(shapely.Point(200, 200)), "a hull would hold it"


def test_one_way_streets_reach_one_way() -> None:
    """To a place the streets that lead there count, from it those that lead away; who walks passes both."""
    town = Town([(0, 0), (1000, 0), (2000, 0)], [Street(0, 1, "yes"), Street(1, 2, "yes")])
    place = points([(1000, 0)], "p")
    for towards, west in ((True, True), (False, False)):
        reach = isochrones(town.network(DRIVE), place, limits_m=[600], towards=towards, exact=True).geometry[0]
        assert reach.contains(shapely.Point(500, 0)) is west
        assert reach.contains(shapely.Point(1500, 0)) is not west
    assert isochrones(town.network(WALK), place, limits_m=[600], exact=True)["area_m2"][0] > 1.9 * reach.area


def test_a_place_within_one_street_reaches_along_it() -> None:
    """Where the limit ends before any corner, the street is cut on both sides of the place, less the way to the street."""
    reach = isochrones(CROSS.network(WALK), points([(500, 20)], "p"), limits_m=[120], exact=True).geometry[0]
    assert reach.bounds == pytest.approx((500 - 100 - 25, -25, 500 + 100 + 25, 25), abs=0.2)


def test_places_that_do_not_join_have_no_land() -> None:
    """A place in the fields has an empty geometry and 0 m², and keeps its rows."""
    found = isochrones(CROSS.network(WALK), points([(5000, 5000), (0, 0)], "p"), limits_m=[300, 500])
    assert found["place_id"].tolist() == ["p0", "p0", "p1", "p1"]
    assert found.geometry.is_empty.tolist() == [True, True, False, False]


def test_limits_must_be_given_once() -> None:
    """No limit, both kinds, and the kind that the network does not count are refused."""
    walk = CROSS.network(WALK)
    for wrong in ({}, {"limits_m": [500], "limits_min": [5]}, {"limits_min": [5]}, {"limits_m": [-1]}):
        with pytest.raises(UsageError):
            isochrones(walk, MIDDLE, **wrong)


def pieces(streets: Network) -> int:
    """How many pieces a network falls into."""
    return networkx.number_connected_components(networkx.Graph(list(zip(streets.u, streets.v, strict=True))))


@pytest.mark.parametrize("exact", [True, False])
@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10**6))
def test_laws_of_isochrones(exact: bool, seed: int) -> None:
    """A larger limit holds a smaller one; together is the union of each (nearly, where traced); closing a street that parts no piece adds
    nothing (where a piece is cut off, a point joins another street).
    """
    random = np.random.default_rng(seed)
    town, homes, _ = random_town(random)
    streets, places = town.network(DRIVE), points(homes, "p")
    given_limits = {"limits_m": [10, 25, 60], "width_m": 3.0, "exact": exact}
    each = isochrones(streets, places, **given_limits)
    for _, one in each.groupby("place_id"):
        small, middle, large = one.sort_values("limit").geometry
        assert small.difference(middle.buffer(1e-6)).area + middle.difference(large.buffer(1e-6)).area < 1e-3
    union = isochrones(streets, places, together=True, **given_limits)
    for limit, shape in zip(union["limit"], union.geometry, strict=True):
        apart = shape.symmetric_difference(each.geometry[each["limit"] == limit].union_all()).area
        assert apart <= (0.01 if exact else 0.15 * shape.area)  # traced: areas of few cells here
    less = isochrones(edits.close(streets, [0]), points([town.corners[-1]], "p"), **given_limits)
    more = isochrones(streets, points([town.corners[-1]], "p"), **given_limits)
    closed = edits.close(streets, [0])
    if exact and pieces(closed) == pieces(streets) and np.array_equal(less.geometry.is_empty, more.geometry.is_empty):
        joined_alike = streets.lines[0].distance(shapely.Point(town.corners[-1])) > 0
        assert not joined_alike or (less.difference(more.buffer(1e-6)).area < 0.05).all()


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10**6))
def test_who_gets_there_within_the_limit_is_inside(seed: int) -> None:
    """Every point on a street lies on the land of a place if its travel cost is within the limit."""
    random = np.random.default_rng(seed)
    town, _, shops = random_town(random)
    streets, places = town.network(DRIVE), points(shops, "p")
    on = [
        streets.lines[k].interpolate(random.random(), normalized=True) for k in random.integers(0, len(streets.u), 12)
    ]
    homes = points([(p.x, p.y) for p in on], "d")
    limit = float(random.integers(5, 60))
    land = isochrones(streets, places, limits_m=[limit], width_m=0.05, exact=True).set_index("place_id").geometry
    for home, place in costs(streets, homes, places, limit - 0.01):
        assert land[place].distance(homes.geometry[home]) < 0.01, (home, place)


def test_people_are_counted_by_their_way() -> None:
    """Those within the limit along the streets, at any entrance of theirs; nobody by area."""
    homes, people = points([(400, 0), (0, 450), (30, 30)], "d"), pd.Series({"d0": 10.0, "d1": 20.0, "d2": 40.0})
    cost = travel_cost(CROSS.network(WALK), homes, MIDDLE, limit_m=1000)
    assert people_within(cost, people, 420).to_dict() == {"p0": 50.0}
    assert people_within(cost, people, 1000).sum() == people.sum()


@pytest.mark.skipif(not DATA.exists(), reason="the Porto Alegre data are not beside the checkout")
def test_the_quick_variant_is_near_the_exact_one_in_a_city() -> None:
    """In Porto Alegre areas differ by at most 6 %, and 94 % of the land is the same, for 300 to 1,250 m."""
    streets = network((DATA / "walk_nodes.parquet", DATA / "walk_edges.parquet"))
    random = np.random.default_rng(7)
    rows = random.choice(np.flatnonzero(streets.piece[streets.u] == 0), 25)
    spots = [streets.lines[k].interpolate(random.random(), normalized=True) for k in rows]
    places = gpd.GeoDataFrame(geometry=spots, index=[f"p{k}" for k in range(len(rows))], crs=streets.crs)
    quick, exact = (isochrones(streets, places, limits_m=[300, 500, 1000, 1250], exact=e) for e in (False, True))
    assert (abs(quick["area_m2"] / exact["area_m2"] - 1) <= 0.06).all()
    assert (quick.intersection(exact).area / quick.union(exact).area >= 0.94).all()
    hull = exact.geometry.convex_hull.area / exact["area_m2"]
    assert (hull > 1.06).all(), "a hull is no isochrone"
    assert streets.crs != CRS
