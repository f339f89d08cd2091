"""The network itself: weights, order, twins, pieces, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from geoplan.errors import InputError
from geoplan.network.graph import build_network, hilbert_key
from geoplan.network.repair import main_piece, pieces, report_pieces
from geoplan.network.ways import speeds_kph
from geoplan.profiles.mode import load_mode

CRS = "EPSG:4547"
WALK, DRIVE = load_mode("walk"), load_mode("drive")


def tables(
    xy: list[tuple[float, float]], edges: list[tuple[int, int]], **columns: object
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Straight streets between numbered positions."""
    nodes = gpd.GeoDataFrame(geometry=[Point(*p) for p in xy], index=range(len(xy)), crs=CRS)
    lines = [LineString([xy[u], xy[v]]) for u, v in edges]
    data = {"u": [u for u, _ in edges], "v": [v for _, v in edges], "highway": "residential", **columns}
    return nodes, gpd.GeoDataFrame(data, geometry=lines, crs=CRS)


def test_weights_are_rounded_to_the_nearest() -> None:
    """A length of 0.0006 m is 1 mm and 100.4996 m is 100,500 mm: rounded, never cut down; no edge is free."""
    nodes, edges = tables(
        [(0, 0), (10, 0), (20, 0), (30, 0)], [(0, 1), (1, 2), (2, 3)], length_m=[0.0006, 100.4996, 0.0]
    )
    assert sorted(build_network(nodes, edges, WALK).forward.tolist()) == [1, 1, 100500]


def test_seconds_are_length_over_speed() -> None:
    """A kilometre of primary road at 45 km/h takes 80 s, a residential one at 20 km/h 180 s."""
    nodes, edges = tables([(0, 0), (1000, 0), (2000, 0)], [(0, 1), (1, 2)])
    network = build_network(nodes, edges.assign(highway=["primary", "residential"]), DRIVE)
    assert sorted(network.forward.tolist()) == [80_000, 180_000]


def test_one_way_binds_cars_only() -> None:
    """A one-way street may be driven from u to v only, and walked both ways."""
    given_tables = tables([(0, 0), (1000, 0)], [(1, 0)], oneway="yes")
    drive, walk = build_network(*given_tables, DRIVE), build_network(*given_tables, WALK)
    assert sorted([drive.forward[0], drive.backward[0]]) == [0, 180_000]
    assert walk.forward.tolist() == walk.backward.tolist() == [1_000_000]


def test_two_arcs_of_one_street_are_one_edge() -> None:
    """Sources that give a two-way street as two one-way arcs make the same network as those that give it once."""
    nodes, once = tables([(0, 0), (1000, 0)], [(0, 1)], oneway="no")
    _, twice = tables([(0, 0), (1000, 0)], [(0, 1), (1, 0)], oneway="yes")
    one, two = build_network(nodes, once, DRIVE), build_network(nodes, twice, DRIVE)
    assert (one.forward.tolist(), one.backward.tolist()) == (two.forward.tolist(), two.backward.tolist())


def test_parallel_streets_are_kept_and_the_cheapest_is_searched() -> None:
    """Of two streets between two corners both can be joined, and the shorter one makes the arc."""
    nodes, edges = tables([(0, 0), (100, 0)], [(0, 1), (0, 1)])
    edges.loc[1, "geometry"] = LineString([(0, 0), (50, 80), (100, 0)])
    network = build_network(nodes, edges, WALK)
    assert len(network.u) == 2
    assert network.arcs.weight.tolist() == [100_000, 100_000]


@pytest.mark.parametrize(
    ("mode", "tags", "secs"),
    [
        ("walk", {"highway": "residential"}, 1000),
        ("walk", {"highway": "steps"}, 2000),
        ("walk", {"highway": "steps;footway"}, 2000),
        ("walk", {"highway": "steps", "surface": "gravel"}, 2660),
        ("pushchair", {"highway": "path", "surface": "gravel"}, 1500),
        ("drive", {"highway": "primary", "maxspeed": "30"}, 120),
        ("drive", {"highway": "primary", "maxspeed": "20 mph"}, 111.847),
        ("drive", {"highway": "primary", "maxspeed": "90"}, 80),
        ("drive", {"highway": "primary", "maxspeed": "CN:urban"}, 80),
        ("walk", {"highway": "residential", "maxspeed": "2"}, 1000),
    ],
)
def test_what_slows_a_kilometre(mode, tags, secs) -> None:
    """Steps, loose ground and posted limits lengthen the time by what the mode file says, and never the metres."""
    nodes, edges = tables([(0, 0), (1000, 0)], [(0, 1)])
    timed, measured = (build_network(nodes, edges.assign(**tags), load_mode(mode), unit) for unit in ("s", "m"))
    assert timed.forward.tolist() == [round(secs * 1000)]
    assert measured.forward.tolist() == [1_000_000]


CROSS = [(0, 0), (100, 0), (200, 0), (100, 100), (100, -100)]


def test_a_big_road_is_waited_for_once() -> None:
    """Who crosses a trunk road waits 30 s, half on each side; along the road nobody waits; two carriageways count half each."""
    nodes, edges = tables(CROSS, [(0, 1), (1, 2), (1, 3), (1, 4)])
    edges["highway"] = ["residential", "residential", "trunk", "trunk"]
    network = build_network(nodes, edges, WALK, "s")
    assert sorted(network.forward.tolist()) == [100_000, 100_000, 115_000, 115_000]
    one_way = build_network(nodes, edges.assign(oneway=["no", "no", "yes", "yes"]), WALK, "s")
    assert sorted(one_way.forward.tolist()) == [100_000, 100_000, 107_500, 107_500]


def test_a_railway_is_waited_for_at_its_crossing() -> None:
    """A level crossing holds up whoever passes it, on foot and by car, by the seconds of the mode."""
    nodes, edges = tables(CROSS[:3], [(0, 1), (1, 2)])
    nodes["crossing"] = [None, "railway", None]
    for mode, along in ((WALK, 100), (DRIVE, 18)):
        network = build_network(nodes, edges.assign(highway="residential"), mode, "s")
        assert network.forward.tolist() == [(along + 10) * 1000] * 2


@pytest.mark.parametrize(
    ("mode", "tags", "used"),
    [
        ("walk", {"highway": "residential"}, True),
        ("walk", {"highway": "motorway", "foot": "yes"}, False),
        ("walk", {"highway": "cycleway"}, False),
        ("walk", {"highway": "cycleway", "foot": "designated"}, True),
        ("walk", {"highway": "footway", "foot": "no"}, False),
        ("walk", {"highway": "service", "access": "private"}, False),
        ("walk", {"highway": "service", "access": "private", "foot": "yes"}, True),
        ("walk", {"highway": "steps"}, True),
        ("pushchair", {"highway": "steps"}, False),
        ("pushchair", {"highway": "steps", "foot": "yes"}, False),
        ("walk", {"highway": None}, True),
        ("drive", {"highway": None}, False),
        ("drive", {"highway": "footway"}, False),
        ("drive", {"highway": "residential", "motor_vehicle": "no"}, False),
        ("drive", {"highway": "residential", "access": "no", "motorcar": "yes"}, True),
        ("drive", {"highway": "residential;footway"}, False),
        ("cycle", {"highway": "path"}, True),
        ("cycle", {"highway": "steps"}, False),
    ],
)
def test_which_streets_a_mode_may_use(mode, tags, used) -> None:
    """The mode files say who may use what; an explicit permission lifts a ban, but never opens a motorway or steps."""
    _, edges = tables([(0, 0), (1, 0)], [(0, 1)])
    assert bool(speeds_kph(edges.assign(**tags), load_mode(mode))[0] > 0) is used


def test_pieces_by_size() -> None:
    """Piece 0 is the largest; the others are reported, and can be left out by decision."""
    nodes, edges = tables(
        [(0, 0), (0, 10), (500, 0), (510, 0), (520, 0), (900, 0), (905, 0)], [(0, 1), (2, 3), (3, 4), (5, 6)]
    )
    network = build_network(nodes, edges, WALK)
    assert pieces(network)["nodes"].tolist() == [3, 2, 2]
    assert pieces(network)["length_m"].tolist() == [20, 10, 5] or pieces(network)["length_m"].tolist() == [20, 5, 10]
    assert [f.count for f in report_pieces(network)] == [2]
    alone = main_piece(network)
    assert sorted(alone.node_ids.tolist()) == [2, 3, 4]
    assert report_pieces(alone) == []


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 5))
def test_the_hilbert_curve_visits_neighbours(bits) -> None:
    """Along the curve each cell of the grid comes once, and the next is always a neighbour."""
    side = 2**bits
    x, y = (a.ravel() for a in np.meshgrid(np.arange(side), np.arange(side)))
    key = hilbert_key(np.column_stack([x, y]).astype(float) * side / max(side - 1, 1) / side * (side - 1e-6), bits)
    order = np.argsort(key)
    assert sorted(key.tolist()) == list(range(side * side))
    assert (np.abs(np.diff(x[order])) + np.abs(np.diff(y[order])) == 1).all()


@pytest.mark.parametrize("length", [float("nan"), -50.0, float("inf"), 5e6])
def test_wrong_lengths_are_refused(length) -> None:
    """A length that is missing, negative, infinite or beyond 32 bits is an error, never a free or a short street."""
    nodes, edges = tables([(0, 0), (10, 0), (20, 0)], [(0, 1), (1, 2)], length_m=[10.0, length])
    with pytest.raises(InputError, match="GP-N00"):
        build_network(nodes, edges, WALK)


def test_tables_that_do_not_fit_are_refused() -> None:
    """Degrees, two CRSs, an unknown node, a missing line, and a table of footways for cars are each one clear error."""
    nodes, edges = tables([(0, 0), (10, 0)], [(0, 1)])
    wrong = [
        (nodes.to_crs(4326), edges.to_crs(4326)),
        (nodes, edges.to_crs(4326)),
        (nodes.set_crs(None, allow_override=True), edges),
        (nodes, edges.assign(v=7)),
        (nodes, edges.set_geometry([None], crs=CRS)),
    ]
    for pair in wrong:
        with pytest.raises(InputError, match="GP-N001"):
            build_network(*pair, WALK)
    with pytest.raises(InputError, match=r"drive.*footway"):
        build_network(nodes, edges.assign(highway="footway"), DRIVE)


def test_a_network_states_what_is_wrong_with_it() -> None:
    """The constructor keeps the invariant: ends in order, whole weights, unique ids, finite positions."""
    network = build_network(*tables([(0, 0), (10, 0), (20, 0)], [(0, 1), (1, 2)]), WALK)
    changes = [
        {"u": network.v, "v": network.u},
        {"forward": network.forward.astype(np.int64)},
        {"lines": network.lines[:1]},
        {"node_ids": np.zeros(3, np.int64)},
        {"xy": network.xy * np.nan},
    ]
    for change in changes:
        with pytest.raises(ValueError, match="Network: "):
            replace(network, **change)


def test_mode_speeds_must_be_possible() -> None:
    """A mode with a speed of 0 or without any speed is refused."""
    for change in ({"default_kph": 0.0}, {"default_kph": None}, {"default_kph": float("nan")}):
        with pytest.raises(ValueError, match="speeds"):
            replace(WALK, **change)
