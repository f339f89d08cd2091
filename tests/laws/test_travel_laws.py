"""Laws of travel cost, on towns drawn at random; each holds exactly, because costs are whole numbers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.access.measure import measure_access
from geoplan.network import _search
from geoplan.network.graph import build_network
from geoplan.network.travel import travel_cost
from tests.laws.examples import LONG, tried
from tests.laws.street_towns import (
    DRIVE,
    SPOTS,
    WALK,
    Street,
    Town,
    costs,
    oracle,
    points,
    random_town,
    towns,
    whole_towns,
)

few = tried(30)
TOWNS = 250 if LONG else 60  # of each of four seeds


@pytest.mark.parametrize("seed", range(4))
def test_equal_to_networkx_on_many_towns(seed) -> None:
    """Both engines find what networkx finds with one-way and parallel streets, loops, bridges, and points at corners or along streets."""
    random = np.random.default_rng(seed)
    for k in range(TOWNS):
        town, homes, shops = random_town(random)
        network = town.network((DRIVE, WALK)[k % 2])
        demand, places = points(homes, "d"), points(shops, "p")
        limit_m = float(random.integers(1, 120))
        expected = oracle(network, demand, places, limit_m * 1000)
        assert costs(network, demand, places, limit_m) == expected, (seed, k)
        if k % 5 == 0:
            assert costs(network, demand, places, limit_m, "scipy") == expected, (seed, k)


@few
@given(towns(), SPOTS)
def test_the_way_through_a_third_point_is_no_shorter(town, spots) -> None:
    """Triangle inequality: from a to c costs at most what a to b and b to c cost together."""
    network = town.network()
    cost = costs(network, points(spots, "x"), points(spots, "x"))
    for (a, b), first in cost.items():
        for c in {c for one, c in cost if one == b}:
            assert cost[a, c] <= first + cost[b, c]


@few
@given(towns(oneway=False), SPOTS, SPOTS)
def test_two_way_streets_cost_the_same_both_ways(town, homes, shops) -> None:
    """Without one-way streets, from a to b costs what from b to a costs."""
    network = town.network()
    there = costs(network, points(homes, "d"), points(shops, "p"))
    back = costs(network, points(shops, "p"), points(homes, "d"))
    assert there == {(d, p): cost for (p, d), cost in back.items()}


@few
@given(towns(), SPOTS, SPOTS)
def test_reversed_streets_reverse_the_costs(town, homes, shops) -> None:
    """From a to b costs what from b to a costs when every one-way sign is turned round."""
    turned = Town(town.corners, [replace(s, u=s.v, v=s.u) for s in town.streets])
    there = costs(town.network(), points(homes, "d"), points(shops, "p"))
    back = costs(turned.network(), points(shops, "p"), points(homes, "d"))
    assert there == {(d, p): cost for (p, d), cost in back.items()}


@few
@given(whole_towns(), st.data())
def test_a_corner_put_on_a_street_changes_nothing(town, data) -> None:
    """Cutting a street into two halves leaves every cost between the old corners as it is."""
    k = data.draw(st.integers(0, len(town.streets) - 1))
    street = town.streets[k]
    (x, y), (x_too, y_too) = town.corners[street.u], town.corners[street.v]
    corners = [*town.corners, ((x + x_too) / 2, (y + y_too) / 2)]
    half, middle = street.length_m / 2, len(town.corners)
    halves = [replace(street, v=middle, length_m=half), replace(street, u=middle, length_m=half)]
    cut = Town(corners, town.streets[:k] + town.streets[k + 1 :] + halves)
    both = town.at_corners("d"), town.at_corners("p")
    assert costs(cut.network(), *both) == costs(town.network(), *both)


@few
@given(towns(), SPOTS, SPOTS)
def test_a_cell_split_in_two_costs_what_it_did(town, homes, shops) -> None:
    """Two demand points at the place of one have its costs each; so have two places."""
    network = town.network()
    once = costs(network, points(homes, "d"), points(shops, "p"))
    twice = costs(network, points(homes * 2, "d"), points(shops * 2, "p"))
    assert twice == {
        (f"d{int(d[1:]) + i * len(homes)}", f"p{int(p[1:]) + j * len(shops)}"): cost
        for (d, p), cost in once.items()
        for i in (0, 1)
        for j in (0, 1)
    }


@few
@given(whole_towns(), st.data())
def test_a_further_street_makes_nothing_further(town, data) -> None:
    """With one more street every pair is still there, and costs no more."""
    end = st.integers(0, len(town.corners) - 1)
    u, v = data.draw(st.tuples(end, end).filter(lambda e: e[0] != e[1]))
    street = Street(u, v, data.draw(st.sampled_from(["yes", "no"])), (), data.draw(st.integers(1, 50)) * 1.0)
    both = town.at_corners("d"), town.at_corners("p")
    before = costs(town.network(), *both)
    after = costs(Town(town.corners, [*town.streets, street]).network(), *both)
    assert all(after[pair] <= cost for pair, cost in before.items())


@few
@given(towns(), SPOTS, SPOTS, st.integers(0, 120))
def test_a_metre_a_second_makes_metres_seconds(town, homes, shops, limit_m) -> None:
    """At one speed of 3.6 km/h the costs in milliseconds are those in millimetres, within a limit of as many seconds."""
    one_speed = replace(DRIVE, speeds_kph={"residential": 3.6}, default_kph=None)
    both = points(homes, "d"), points(shops, "p")
    metres, seconds = (costs(town.network(one_speed, unit), *both, limit_m) for unit in ("m", "s"))
    assert metres == seconds


@few
@given(whole_towns(), st.randoms(use_true_random=False))
def test_names_and_order_of_streets_change_nothing(town, random) -> None:
    """Other ids of the corners, and another order of corners, streets, demand and places, give the same costs by point."""
    ids = random.sample(range(-(2**60), 2**60), len(town.corners))
    tables = [*town.tables(ids), town.at_corners("d"), town.at_corners("p")]
    nodes, edges, demand, places = (t.iloc[random.sample(range(len(t)), len(t))] for t in tables)
    expected = costs(town.network(), town.at_corners("d"), town.at_corners("p"))
    assert costs(build_network(nodes, edges, DRIVE, "m"), demand, places) == expected


@few
@given(towns(), SPOTS, SPOTS, st.randoms(use_true_random=False))
def test_two_way_streets_may_be_drawn_either_way(town, homes, shops, random) -> None:
    """Shuffled tables, and two-way streets drawn from their other end, give the same costs, with points along streets too."""
    turned = [replace(s, u=s.v, v=s.u) if s.oneway == "no" else s for s in town.streets]
    other = Town(town.corners, random.sample(turned, len(turned)))
    both = points(homes, "d"), points(shops, "p")
    assert costs(other.network(), *both) == costs(town.network(), *both)


@few
@given(towns(), SPOTS, SPOTS, st.data())
def test_a_limit_includes_what_costs_just_that(town, homes, shops, data) -> None:
    """A pair is found within a limit of its own cost, and not within a thousandth less."""
    network, both = town.network(), (points(homes, "d"), points(shops, "p"))
    cost = costs(network, *both)
    if pairs := [pair for pair, c in cost.items() if c > 0]:
        pair = data.draw(st.sampled_from(pairs))
        assert pair in costs(network, *both, cost[pair] / 1000)
        assert pair not in costs(network, *both, (cost[pair] - 1) / 1000)


@few
@given(towns(), SPOTS, SPOTS, st.integers(0, 60), st.integers(0, 60))
def test_a_smaller_limit_gives_a_prefix(town, homes, shops, a, b) -> None:
    """The pairs of a search to a small limit are the first of each place of a search to a larger one."""
    network = town.network(WALK)
    small, large = sorted((a, b))
    both = points(homes, "d"), points(shops, "p")
    less, more = (travel_cost(network, *both, limit_m=limit) for limit in (small, large))
    for place in range(len(shops)):
        one, other = (c.demand[c.start[place] : c.start[place + 1]] for c in (less, more))
        assert one.tolist() == other[: len(one)].tolist()
    pd.testing.assert_frame_equal(less.to_frame(), more.within(small).to_frame())


@few
@given(towns(), SPOTS, SPOTS, st.integers(1, 80))
def test_catchments_share_out_just_what_is_reached(town, homes, shops, limit_m) -> None:
    """2SFCA over the streets: access times people adds up to the places of all facilities that somebody reaches."""
    cost = travel_cost(town.network(), points(homes, "d"), points(shops, "p"), limit_m=limit_m)
    people = pd.DataFrame({"population": np.arange(1.0, len(homes) + 1)}, index=cost.demand_ids)
    places = pd.DataFrame({"places": 2.0 ** np.arange(len(shops))}, index=cost.place_ids)
    access = measure_access(cost, people, places, "two_step_fca", reach=limit_m)
    reached = places["places"].to_numpy()[np.diff(cost.start) > 0].sum()
    assert (access.fillna(0) * people["population"]).sum() == pytest.approx(reached, rel=1e-12)


def _square(side: int) -> Town:
    """A grid of streets with uneven spacing, some one-way."""
    corners = [(10.0 * x + y % 3, 11.0 * y + x % 2) for y in range(side) for x in range(side)]
    right = [Street(k, k + 1, "yes" if k % 7 == 0 else "no") for k in range(side * side) if (k + 1) % side]
    up = [Street(k, k + side, "yes" if k % 5 == 0 else "no") for k in range(side * (side - 1))]
    return Town(corners, right + up)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_number_of_threads_changes_nothing(threads, monkeypatch) -> None:
    """The compiled search on 1, 2 and 4 threads gives the arrays of scipy's search, with more blocks than threads."""
    network, random = _square(24).network(), np.random.default_rng(5)
    demand, places = points(random.uniform(0, 240, (400, 2)), "d"), points(random.uniform(0, 240, (150, 2)), "p")
    pool = partial(_search.ThreadPoolExecutor, max_workers=threads)
    monkeypatch.setattr(_search, "ThreadPoolExecutor", lambda *_, **__: pool())
    quick = travel_cost(network, demand, places, limit_m=90, engine="numba")
    plain = travel_cost(network, demand, places, limit_m=90, engine="scipy")
    assert len(quick.cost) > 10_000
    for array in ("start", "demand", "cost"):
        assert getattr(quick, array).tolist() == getattr(plain, array).tolist()
