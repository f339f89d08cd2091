"""Travel cost: both engines against an independent search, one-way streets, limits, order of rows, wrong input."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box

from geoplan.errors import InputError, UsageError
from geoplan.network.graph import Network, build_network
from geoplan.network.snap import snap
from geoplan.network.travel import snap_audit, travel_cost
from geoplan.profiles.mode import load_mode

CRS = "EPSG:4547"
WALK, DRIVE = load_mode("walk"), load_mode("drive")


def points(rows: list[tuple[float, float]], prefix: str) -> gpd.GeoDataFrame:
    """A table of points whose ids are a letter and a number."""
    index = [f"{prefix}{i}" for i in range(len(rows))]
    return gpd.GeoDataFrame(geometry=[Point(*row) for row in rows], index=index, crs=CRS)


def streets(
    nodes: list[tuple[float, float]], edges: list[tuple[int, int, str]]
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Straight streets between numbered positions; each with its oneway value."""
    places = gpd.GeoDataFrame(geometry=[Point(*n) for n in nodes], index=range(len(nodes)), crs=CRS)
    lines = [LineString([nodes[u], nodes[v]]) for u, v, _ in edges]
    columns = {"u": [e[0] for e in edges], "v": [e[1] for e in edges], "oneway": [e[2] for e in edges]}
    return places, gpd.GeoDataFrame({**columns, "highway": "residential"}, geometry=lines, crs=CRS)


def split_graph(network: Network, demand: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> nx.DiGraph:
    """The oracle's graph: every edge is cut at every point on it, so that no rule about ends or one edge is needed."""
    at = {"d": snap(network, demand.geometry.to_numpy()), "p": snap(network, places.geometry.to_numpy())}
    graph = nx.DiGraph()

    def arc(a: object, b: object, weight: int) -> None:
        if weight < graph.get_edge_data(a, b, {"weight": weight + 1})["weight"]:
            graph.add_edge(a, b, weight=weight)

    for k, (u, v) in enumerate(zip(network.u.tolist(), network.v.tolist(), strict=True)):
        on = [
            (float(s.fraction[i]), kind, i) for kind, s in at.items() for i in np.flatnonzero((s.edge == k) & s.joined)
        ]
        for weight, sense in ((int(network.forward[k]), 1), (int(network.backward[k]), -1)):
            stops = [(0.0, u), *((f, (kind, i)) for f, kind, i in sorted(on)), (1.0, v)]
            for (f, a), (g, b) in pairwise(stops if weight else []):
                cost = round(g * weight) - round(f * weight)
                if sense == 1 or cost == 0:  # what stands at one spot is there, whichever way the street leads
                    arc(a, b, cost)
                if sense == -1 or cost == 0:
                    arc(b, a, cost)
        for f, kind, i in on:
            if f in (0.0, 1.0):
                arc((kind, i), u if f == 0 else v, 0)
                arc(u if f == 0 else v, (kind, i), 0)
    for kind, s in at.items():
        for i in np.flatnonzero(s.joined):
            way = int(network.connector(s.distance_m[i : i + 1])[0])
            first, second = (("out", i), (kind, i)) if kind == "d" else ((kind, i), ("in", i))
            arc(first, second, way)
    return graph


def oracle(
    network: Network, demand: gpd.GeoDataFrame, places: gpd.GeoDataFrame, limit: int
) -> dict[tuple[str, str], int]:
    """What networkx finds within the limit: cost by pair of ids."""
    graph = split_graph(network, demand, places)
    found = {}
    for i, name in enumerate(demand.index):
        if ("out", i) in graph:
            costs = nx.single_source_dijkstra_path_length(graph, ("out", i))
            found |= {
                (name, places.index[n[1]]): c
                for n, c in costs.items()
                if isinstance(n, tuple) and n[0] == "in" and c <= limit
            }
    return found


@st.composite
def towns(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[tuple[int, int, str]]]:
    """A few corners and the streets between them, some one-way."""
    size = draw(st.integers(2, 9))
    spot = st.tuples(st.integers(0, 40), st.integers(0, 40))
    nodes = draw(st.lists(spot, min_size=size, max_size=size, unique=True))
    end = st.integers(0, size - 1)
    edge = st.tuples(end, end, st.sampled_from(["yes", "no"])).filter(lambda e: e[0] != e[1])
    return nodes, draw(st.lists(edge, min_size=1, max_size=16))


SPOTS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=6)


@settings(deadline=None, max_examples=80)
@given(towns(), SPOTS, SPOTS, st.integers(0, 120), st.sampled_from([WALK, DRIVE]))
def test_both_engines_equal_networkx(town, homes, shops, limit_m, mode) -> None:
    """The compiled search, scipy and networkx give the same pairs and the same whole numbers, one-way streets or not."""
    network = build_network(*streets(*town), mode, unit="m")
    demand, places = points(homes, "d"), points(shops, "p")
    expected = oracle(network, demand, places, limit_m * 1000)
    for engine in ("numba", "scipy"):
        cost = travel_cost(network, demand, places, limit_m=limit_m, engine=engine)
        ids = zip(cost.demand_ids[cost.demand], cost.place_ids[cost.place], strict=True)
        assert dict(zip(ids, cost.cost.tolist(), strict=True)) == expected


@settings(deadline=None, max_examples=25)
@given(towns(), SPOTS, SPOTS, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(town, homes, shops, random) -> None:
    """Shuffled nodes, edges, demand and places, and streets drawn the other way round, give the same costs by id."""
    nodes, edges = streets(*town)
    demand, places = points(homes, "d"), points(shops, "p")
    expected = travel_cost(build_network(nodes, edges, DRIVE, unit="m"), demand, places, limit_m=100).to_frame()
    mixed = [frame.iloc[random.sample(range(len(frame)), len(frame))] for frame in (nodes, edges, demand, places)]
    two_way = (mixed[1]["oneway"] == "no").to_numpy()
    turned = mixed[1].copy()
    turned.loc[two_way, ["u", "v"]] = mixed[1].loc[two_way, ["v", "u"]].to_numpy()
    turned.geometry = [g.reverse() if t else g for g, t in zip(turned.geometry, two_way, strict=True)]
    found = travel_cost(build_network(mixed[0], turned, DRIVE, unit="m"), *mixed[2:], limit_m=100).to_frame()
    by = ["place_id", "demand_id"]
    pd.testing.assert_frame_equal(*(f.sort_values(by).reset_index(drop=True) for f in (found, expected)))


@settings(deadline=None, max_examples=25)
@given(towns(), SPOTS, SPOTS, st.integers(0, 60), st.integers(0, 60))
def test_a_larger_limit_contains_the_smaller(town, homes, shops, a, b) -> None:
    """The pairs of a search to a small limit are those of a larger search, cut at the small limit."""
    network = build_network(*streets(*town), WALK)
    small, large = sorted((a, b))
    demand, places = points(homes, "d"), points(shops, "p")
    cut = travel_cost(network, demand, places, limit_m=large).within(small).to_frame()
    pd.testing.assert_frame_equal(travel_cost(network, demand, places, limit_m=small).to_frame(), cut)


@pytest.mark.parametrize("engine", ["numba", "scipy"])
@pytest.mark.parametrize("step", [100.0, 0.1])
def test_limits_are_inclusive(engine, step) -> None:
    """Three edges of 100 m (or of 0.1 m) are within 300 m (or 0.3 m), and not within a millimetre less."""
    network = build_network(*streets([(k * step, 0) for k in range(4)], [(k, k + 1, "no") for k in range(3)]), WALK)
    ends = points([(0, 0)], "d"), points([(3 * step, 0)], "p")
    assert travel_cost(network, *ends, limit_m=3 * step, engine=engine).values.tolist() == [pytest.approx(3 * step)]
    assert len(travel_cost(network, *ends, limit_m=3 * step - 0.001, engine=engine).cost) == 0


@pytest.mark.parametrize("engine", ["numba", "scipy"])
def test_one_way_street_with_both_on_it(engine) -> None:
    """On one one-way street the place ahead is near, and the place behind is all round the block away."""
    block = [(0, 0), (100, 0), (100, 100), (0, 100)]
    network = build_network(*streets(block, [(0, 1, "yes"), (1, 2, "no"), (2, 3, "no"), (3, 0, "no")]), DRIVE, unit="m")
    home, shops = points([(50, 0)], "d"), points([(80, 0), (20, 0)], "p")
    assert travel_cost(network, home, shops, limit_m=1000, engine=engine).values.tolist() == [30.0, 370.0]
    walk = build_network(*streets(block, [(0, 1, "yes"), (1, 2, "no"), (2, 3, "no"), (3, 0, "no")]), WALK)
    assert travel_cost(walk, home, shops, limit_m=1000, engine=engine).values.tolist() == [30.0, 30.0]


def test_cost_goes_from_demand_to_place() -> None:
    """Where a one-way street leads from home to the nursery, the way there is short, whichever side is searched from."""
    block = [(0, 0), (100, 0), (100, 100), (0, 100)]
    network = build_network(*streets(block, [(0, 1, "yes"), (1, 2, "no"), (2, 3, "no"), (3, 0, "no")]), DRIVE, unit="m")
    one, three = points([(0, 0)], "a"), points([(100, 0), (100, 40), (100, 80)], "b")
    there = travel_cost(network, one, three, limit_m=1000)
    back = travel_cost(network, three, one, limit_m=1000)
    assert there.values.tolist() == [100.0, 140.0, 180.0]
    assert back.values.tolist() == [220.0, 260.0, 300.0]


def test_seconds_by_speed() -> None:
    """A drive takes length over speed, and the way to the street is counted at the mode's slowest speed."""
    nodes, edges = streets([(0, 0), (1000, 0)], [(0, 1, "no")])
    network = build_network(nodes, edges.assign(highway="primary"), DRIVE)
    cost = travel_cost(network, points([(0, 50)], "d"), points([(1000, 0)], "p"), limit_min=15)
    assert cost.unit == "s"
    assert cost.limit == 900
    assert cost.values.tolist() == [1000 / (45 / 3.6) + 50 / (DRIVE.slowest_kph / 3.6)]


def test_areas_travel_from_their_representative_point() -> None:
    """A residential area is joined at its representative point, and the way to the street is part of its cost."""
    network = build_network(*streets([(0, 0), (400, 0)], [(0, 1, "no")]), WALK)
    home = gpd.GeoDataFrame(geometry=[box(80, 20, 120, 60)], index=["home"], crs=CRS)
    assert travel_cost(network, home, points([(200, 0)], "p"), limit_m=500).values.tolist() == [140.0]


def test_points_that_do_not_join_are_listed() -> None:
    """Without a street near, or on a detached piece only, a point has no pair and is listed, and the audit says why."""
    nodes = [(0, 0), (100, 0), (200, 0), (0, 900), (50, 900)]
    network = build_network(*streets(nodes, [(0, 1, "no"), (1, 2, "no"), (3, 4, "no")]), WALK)
    homes = points([(10, 0), (10, 150), (10, 890), (10, 5000)], "d")
    cost = travel_cost(network, homes, points([(0, 0), (0, 900)], "p"), limit_m=5000)
    assert cost.unjoined.tolist() == ["d2", "d3"]
    assert cost.unjoined_places.tolist() == ["p1"]
    assert cost.demand_ids[cost.demand].tolist() == ["d0", "d1"]
    audit = snap_audit(network, homes)
    assert audit["state"].tolist() == ["near", "moved", "detached", "no_street"]
    assert audit["joined"].tolist() == [True, True, False, False]
    assert np.isnan(audit["distance_m"].iloc[3])


def test_no_demand_or_no_places_gives_no_pairs() -> None:
    """An empty table gives an empty matrix, not an error."""
    network = build_network(*streets([(0, 0), (100, 0)], [(0, 1, "no")]), WALK)
    some, none = points([(0, 0)], "d"), points([], "p")
    for engine in ("numba", "scipy"):
        assert len(travel_cost(network, some, none, limit_m=100, engine=engine).cost) == 0
        assert len(travel_cost(network, none, some, limit_m=100, engine=engine).cost) == 0


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"limit_min": 5},
        {"limit_m": 5, "limit_min": 5},
        {"limit_m": -1},
        {"limit_m": float("nan")},
        {"limit_m": float("inf")},
        {"limit_m": 5e6},
    ],
)
def test_wrong_limits_are_refused(given) -> None:
    """Exactly the limit that the network counts is taken: finite, not negative, and below 4,294 km."""
    network = build_network(*streets([(0, 0), (100, 0)], [(0, 1, "no")]), WALK)
    with pytest.raises(UsageError, match="limit_m"):
        travel_cost(network, points([(0, 0)], "d"), points([(1, 0)], "p"), **given)


def test_unknown_engines_are_refused() -> None:
    """An engine that is not offered is refused with those that are."""
    network = build_network(*streets([(0, 0), (100, 0)], [(0, 1, "no")]), WALK)
    with pytest.raises(UsageError, match="auto, numba, scipy"):
        travel_cost(network, points([(0, 0)], "d"), points([(1, 0)], "p"), limit_m=5, engine="pandana")


def test_another_crs_is_refused() -> None:
    """Points in degrees, or in no CRS at all, are refused with both systems named; nothing is guessed."""
    network = build_network(*streets([(0, 0), (100, 0)], [(0, 1, "no")]), WALK)
    there = points([(0, 0)], "p")
    for crs in ("EPSG:4326", None):
        wrong = gpd.GeoDataFrame(geometry=[Point(114.5, 37.07)], index=["d"], crs=crs)
        with pytest.raises(InputError, match="EPSG:4547"):
            travel_cost(network, wrong, there, limit_m=100)


@pytest.mark.parametrize("geometry", [None, Point(), Polygon()])
def test_rows_without_position_are_refused(geometry) -> None:
    """A row without a position is named, not dropped."""
    network = build_network(*streets([(0, 0), (100, 0)], [(0, 1, "no")]), WALK)
    wrong = gpd.GeoDataFrame(geometry=[Point(0, 0), geometry], index=["good", "bad"], crs=CRS)
    with pytest.raises(InputError, match="bad"):
        travel_cost(network, wrong, points([(0, 0)], "p"), limit_m=100)
