"""Edits: what a planner draws is what the network does."""

from __future__ import annotations

import numpy as np
import pytest
from shapely import LineString, Point

from geoplan.errors import InputError, UsageError
from geoplan.network import edits
from geoplan.network.graph import build_network
from geoplan.profiles.mode import load_mode
from tests.laws.street_towns import Street, Town, costs, points

# two streets that run side by side, 100 m apart, joined at their west ends only
LADDER = Town([(0, 0), (300, 0), (0, 100), (300, 100)], [Street(0, 1), Street(2, 3), Street(0, 2)])
HOME, SHOP = points([(200, 0)], "d"), points([(200, 100)], "p")


def cost(network, home=HOME, shop=SHOP) -> float | None:
    """Metres or seconds from the home to the shop; None if there is no way."""
    found = costs(network, home, shop, 5_000)
    return found.get(("d0", "p0"), None) and found["d0", "p0"] / 1000


def test_a_link_shortens_the_way() -> None:
    """From 500 m round the end to 100 m straight across; both streets are split where the link meets them."""
    network = LADDER.network()
    assert cost(network) == 500
    linked = edits.add_link(network, LineString([(200, 5), (200, 95)]), "residential")
    assert cost(linked) == 100
    assert len(linked.node_ids) == len(network.node_ids) + 2
    assert int(linked.open.sum()) == len(network.u) - 2 + 4 + 1


def test_a_link_joins_what_it_crosses_unless_it_is_a_bridge() -> None:
    """A new street through both of the others joins them; a bridge joins at its ends only."""
    line = LineString([(0, 0), (150, -50), (150, 150), (300, 100)])
    network = LADDER.network()
    assert cost(edits.add_link(network, line, "residential")) == 200
    assert cost(edits.add_link(network, line, "residential", bridge=True)) > 200


def test_one_way_links_bind_cars() -> None:
    """A car passes a one-way link as it is drawn; who walks passes it both ways."""
    across = LineString([(200, 0), (200, 100)])
    for line, drive in ((across, 100), (across.reverse(), 500)):
        assert cost(edits.add_link(LADDER.network(), line, "residential", oneway=True)) == drive
        assert cost(edits.add_link(LADDER.network(load_mode("walk")), line, "residential", oneway=True)) == 100


def test_a_point_joins_the_new_street_and_never_a_closed_one() -> None:
    """The nearest open street counts, whether it was added or was there; the rows of the others keep their numbers."""
    network = LADDER.network()
    linked = edits.add_link(network, LineString([(200, 0), (200, 100)]), "residential")
    at = edits.edges_near(linked, Point(202, 50))
    assert linked.lines[at[0]].equals(LineString([(200, 0), (200, 100)]))
    assert np.array_equal(linked.lines[:3], network.lines)
    closed = edits.close(linked, at)
    assert edits.edges_near(closed, Point(202, 49))[0] != at[0]
    with pytest.raises(InputError, match=r"GP-N031.*no street within 10 m"):
        edits.edges_near(closed, Point(202, 49), 10)


def test_a_barrier_cuts_what_it_crosses() -> None:
    """A line across both streets cuts the east off, and one can go up to it from both sides; what crosses nothing is refused."""
    network = edits.barrier(LADDER.network(), LineString([(100, -10), (100, 110)]))
    east, west = points([(150, 0)], "p"), points([(50, 0)], "d")
    assert cost(network, shop=points([(150, 0)], "p")) == cost(network, west, east) is None
    assert cost(network, west, points([(99, 0)], "p")) == 49
    assert (
        cost(edits.barrier(LADDER.network(), LineString([(150, -10), (150, 10)])), west, points([(200, 100)], "p"))
        == 350
    )
    with pytest.raises(InputError, match=r"GP-N033.*crosses no street"):
        edits.barrier(network, LineString([(100, 10), (100, 90)]))


def test_a_barrier_through_a_junction_cuts_each_street_there() -> None:
    """Where a line runs through a corner nobody passes the corner."""
    town = Town([(0, 0), (100, 0), (200, 0), (100, 80)], [Street(0, 1), Street(1, 2), Street(1, 3)])
    network = edits.barrier(town.network(), LineString([(100, -50), (100, 50)]))
    west = points([(50, 0)], "d")
    assert cost(network, west, points([(150, 0)], "p")) is None


def test_a_speed_is_length_over_speed() -> None:
    """300 m at 10 km/h take 108 s; a direction that was closed stays closed; metres have no speed."""
    town = Town([(0, 0), (300, 0)], [Street(0, 1, "yes")])
    slow = edits.change_speed(town.network(unit="s"), [0], 10)
    assert sorted([slow.forward[0], slow.backward[0]]) == [0, 108_000]
    with pytest.raises(UsageError, match="metres"):
        edits.change_speed(town.network(), [0], 10)
    with pytest.raises(UsageError, match="above 0"):
        edits.change_speed(town.network(unit="s"), [0], 0)


def test_links_that_cannot_be_are_refused() -> None:
    """An end in the fields, and a class that the mode may not use, are each one clear error."""
    with pytest.raises(InputError, match=r"GP-N032.*more than 30 m"):
        edits.add_link(LADDER.network(), LineString([(200, 0), (900, 900)]), "residential")
    with pytest.raises(InputError, match=r"GP-N030.*footway"):
        edits.add_link(LADDER.network(), LineString([(200, 0), (200, 100)]), "footway")


def test_a_street_of_a_name_is_closed_whole() -> None:
    """The parts of a line are found along it, one that only crosses is not."""
    town = Town([(0, 0), (100, 0), (200, 0), (100, 80)], [Street(0, 1), Street(1, 2), Street(1, 3)])
    network = build_network(*town.tables(), load_mode("walk"))
    row = edits.edges_along(network, [LineString([(0, 0), (200, 0)])])
    assert len(row) == 2
    assert sorted(network.lines[k].length for k in np.setdiff1d(np.arange(3), row)) == [80]
