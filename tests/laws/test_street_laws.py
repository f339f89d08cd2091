"""More laws of travel along streets: lengths, loops, straight lines, and the plane moved or turned."""

from __future__ import annotations

import math
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geoplan import CheckFailed
from geoplan.network.check import check_ways
from geoplan.network.snap import join
from geoplan.network.straight import straight_cost
from geoplan.network.travel import search_pairs
from tests.laws.examples import tried
from tests.laws.street_towns import CRS, DRIVE, SPOTS, WALK, Costs, Street, Town, costs, points, towns, whole_towns

ENDLESS = 2**32 - 2


def at_corners(town: Town) -> Costs:
    """What it costs from each corner to each other."""
    return costs(town.network(), town.at_corners("d"), town.at_corners("p"))


@tried(40)
@given(whole_towns())
def test_where_one_is_costs_nothing_and_nothing_costs_less(town: Town) -> None:
    """From a corner to itself costs 0, and from any to any other no less; a corner of no street is not joined at all."""
    found = at_corners(town)
    assert min(found.values()) >= 0
    assert all(found[f"d{k}", f"p{k}"] == 0 for k in range(len(town.corners)))


@tried(40)
@given(whole_towns(), st.integers(2, 7))
def test_lengths_times_a_number_are_costs_times_it(town: Town, times: int) -> None:
    """Twice all lengths are twice all costs, and so for other whole numbers."""
    longer = [replace(s, length_m=times * (s.length_m or 0.0)) for s in town.streets]
    assert at_corners(Town(town.corners, longer)) == {pair: times * c for pair, c in at_corners(town).items()}


@tried(40)
@given(whole_towns(), st.data())
def test_loops_and_longer_parallels_change_nothing(town: Town, data: st.DataObject) -> None:
    """A street from a corner back to it, and a longer one beside another, change no cost between corners."""
    corner = data.draw(st.integers(0, len(town.corners) - 1))
    street = data.draw(st.sampled_from(town.streets))
    more = data.draw(st.integers(0, 50)) * 1.0
    loop = Street(corner, corner, bend=((-50.3, -47.7), (-61.0, -40.0)), length_m=more + 1)
    parallel = replace(street, length_m=(street.length_m or 0.0) + more)
    assert at_corners(Town(town.corners, [*town.streets, loop, parallel])) == at_corners(town)


@tried(40)
@given(whole_towns(), st.data())
def test_a_street_less_makes_nothing_nearer(town: Town, data: st.DataObject) -> None:
    """With one street gone what can still be reached costs no less, and nothing else is reached than before."""
    tree = len(town.corners) - 1  # its streets hold every corner
    assume(len(town.streets) > tree)
    gone = data.draw(st.integers(tree, len(town.streets) - 1))
    left = town.streets[:gone] + town.streets[gone + 1 :]
    before, after = at_corners(town), at_corners(Town(town.corners, left))
    assert after.keys() <= before.keys()
    assert all(before[pair] <= cost for pair, cost in after.items())


@pytest.mark.parametrize("unit", ["m", "s"])
@tried(40)
@given(town=towns(), homes=SPOTS, shops=SPOTS, long=st.sampled_from([1.0, 100.0, 3000.0]))
def test_no_way_is_shorter_than_the_straight_line(unit: str, town: Town, homes: list, shops: list, long: float) -> None:
    """In metres a way is at least the straight line between its ends, in seconds that at the mode's greatest speed; else it is caught."""
    big = Town([(long * x, long * y) for x, y in town.corners], town.streets)
    network = big.network(WALK if unit == "m" else DRIVE, unit)
    demand, places = (points([(long * x, long * y) for x, y in rows], n) for rows, n in ((homes, "d"), (shops, "p")))
    home, place = (join(network, rows, 10.0, name) for rows, name in ((demand, "demand_id"), (places, "place_id")))
    found = search_pairs(home, place, ENDLESS)
    check_ways(home, place, found)
    fastest = 1.0 if unit == "m" else max(network.mode.speeds_kph.values()) / 3.6
    own = np.repeat(np.arange(len(places)), np.diff(found.start))
    straight = demand.geometry.to_numpy()[found.target], places.geometry.to_numpy()[own]
    apart = np.array([a.distance(b) for a, b in zip(*straight, strict=True)])
    assert (found.cost / 1000 * fastest >= apart - 0.01 - 0.001 * len(town.streets) * fastest).all()
    if (apart > 25 * fastest + 20).any():
        with pytest.raises(CheckFailed, match="straight line"):
            check_ways(home, place, replace(found, cost=found.cost // 40))  # as if a unit had slipped


@tried(40)
@given(whole_towns(), st.sampled_from([(10_000.0, 0.0), (-3_000.0, 10_000.0)]), st.floats(0, 2 * math.pi))
def test_the_plane_moved_or_turned_changes_no_way(town: Town, by: tuple[float, float], angle: float) -> None:
    """Ten kilometres further, or turned by any angle, all costs between corners are the same."""
    moved = Town([(x + by[0], y + by[1]) for x, y in town.corners], town.streets)
    turned = Town([spun(c, angle) for c in town.corners], town.streets)
    assert at_corners(moved) == at_corners(turned) == at_corners(town)


def spun(at: tuple[float, float], angle: float) -> tuple[float, float]:
    """A point turned around the origin."""
    return at[0] * math.cos(angle) - at[1] * math.sin(angle), at[0] * math.sin(angle) + at[1] * math.cos(angle)


@tried(40)
@given(SPOTS, SPOTS, st.floats(0, 2 * math.pi))
def test_straight_lines_do_not_change_as_the_plane_turns(homes: list, shops: list, angle: float) -> None:
    """Straight lines after a shift of ten kilometres and a turn are those before, to the millimetre that they are rounded to."""

    def lines(turn: float, east: float) -> np.ndarray:
        both: list[gpd.GeoDataFrame] = []
        for rows, name in ((homes, "d"), (shops, "p")):
            both.append(points([spun(r, turn) for r in rows], name))
            both[-1].geometry = both[-1].geometry.translate(east, -east)
            assert both[-1].crs == CRS
        frame = straight_cost(*both, 1000.0).to_frame().sort_values(["demand_id", "place_id"])
        return frame["cost"].to_numpy()

    assert np.allclose(lines(0.0, 0.0), lines(angle, 10_000.0), atol=0.0011)
