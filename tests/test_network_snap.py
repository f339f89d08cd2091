"""Joining points to streets, against a search through all edges."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from geoplan.network.graph import build_network
from geoplan.network.snap import Ends, join, snap
from geoplan.profiles.mode import load_mode

CRS = "EPSG:4547"
SPOT = st.tuples(st.integers(0, 50), st.integers(0, 50))


def town(xy, edges, oneway="no"):
    """Straight streets between numbered positions."""
    nodes = gpd.GeoDataFrame(geometry=[Point(*p) for p in xy], index=range(len(xy)), crs=CRS)
    lines = [LineString([xy[u], xy[v]]) for u, v in edges]
    data = {"u": [u for u, _ in edges], "v": [v for _, v in edges], "oneway": oneway, "highway": "residential"}
    return nodes, gpd.GeoDataFrame(data, geometry=lines, crs=CRS)


def joined(network, spot):
    """One point, joined to the streets."""
    return join(network, gpd.GeoDataFrame(geometry=[Point(*spot)], index=["point"], crs=CRS))


def by_x(network, ends: Ends) -> dict[float, int]:
    """What each way costs, by where along the axis its node stands."""
    return dict(zip(network.xy[ends.node, 0].tolist(), ends.cost.tolist(), strict=True))


@settings(deadline=None, max_examples=60)
@given(st.lists(SPOT, min_size=3, max_size=7, unique=True), st.lists(SPOT, min_size=1, max_size=8), st.integers(1, 30))
def test_nearest_edge_by_brute_force(xy, spots, limit_m) -> None:
    """The joined edge is the nearest of all, at the right place along it and at the right distance; beyond the limit none."""
    edges = [(i, i + 1) for i in range(len(xy) - 1)]
    network = build_network(*town(xy, edges), load_mode("walk"))
    points = np.array([Point(*s) for s in spots])
    found = snap(network, points, limit_m)
    for i, point in enumerate(points):
        distances = [line.distance(point) for line in network.lines]
        best = min(distances)
        if best > limit_m:
            assert found.edge[i] == -1
            assert np.isnan(found.distance_m[i])
            assert not found.joined[i]
            continue
        line = network.lines[found.edge[i]]
        assert distances[found.edge[i]] == best == found.distance_m[i]
        assert found.edge[i] == distances.index(best)
        assert line.project(point, normalized=True) == pytest.approx(found.fraction[i], abs=1e-9)
        assert Point(found.xy[i]).distance(line) < 1e-6
        assert Point(found.xy[i]).distance(point) == pytest.approx(best, abs=1e-6)


def test_the_snap_limit_is_inclusive() -> None:
    """A point exactly 300 m from its street is joined, one a centimetre further is not."""
    network = build_network(*town([(0, 0), (1000, 0)], [(0, 1)]), load_mode("walk"))
    found = snap(network, [Point(500, 300), Point(500, 300.01)], 300)
    assert found.joined.tolist() == [True, False]


def test_both_ends_of_a_two_way_street() -> None:
    """From a quarter along a street of 400 m and 20 m beside it, it is 120 m to one end and 320 m to the other, both ways."""
    network = build_network(*town([(0, 0), (400, 0)], [(0, 1)]), load_mode("walk"))
    at = joined(network, (100, 20))
    for ends in (at.leaving, at.arriving):
        assert by_x(network, ends) == {0.0: 120_000, 400.0: 320_000}


def test_one_way_street_is_left_ahead_and_entered_behind() -> None:
    """On a one-way street a point is left only through its far end, and reached only through its near end."""
    for edge in ((0, 1), (1, 0)):
        network = build_network(*town([(0, 0), (400, 0)], [edge], "yes"), load_mode("drive"), "m")
        at = joined(network, (100, 0))
        start, end = (0.0, 400.0) if edge == (0, 1) else (400.0, 0.0)
        for ends, x in ((at.leaving, end), (at.arriving, start)):
            assert by_x(network, ends) == {x: abs(x - 100) * 1000}


def test_a_point_at_a_corner_is_at_the_corner() -> None:
    """A point at the start of a one-way street can be reached there, whatever the sign says, and left by other streets."""
    network = build_network(*town([(0, 0), (400, 0)], [(0, 1)], "yes"), load_mode("drive"), "m")
    assert by_x(network, joined(network, (0, 0)).arriving) == {0.0: 0}


def test_loop_street() -> None:
    """A street that comes back to where it began can be joined and left both ways round."""
    nodes, edges = town([(0, 0), (100, 0)], [(0, 1)])
    loop = gpd.GeoDataFrame(
        {"u": [1], "v": [1], "oneway": ["no"], "highway": ["residential"]},
        geometry=[LineString([(100, 0), (200, 0), (200, 100), (100, 0)])],
        crs=CRS,
    )
    both = gpd.GeoDataFrame(
        np.vstack([edges.to_numpy(), loop[edges.columns].to_numpy()]),
        columns=edges.columns,
        geometry="geometry",
        crs=CRS,
    )
    network = build_network(nodes, both, load_mode("walk"))
    length = 200 + np.hypot(100, 100)
    assert sorted(joined(network, (200, 10)).leaving.cost.tolist()) == pytest.approx(
        [110_000, (length - 110) * 1000], abs=1
    )
