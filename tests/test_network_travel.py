"""Travel cost: worked examples of one-way streets, limits, units and joining, and wrong input; its laws are in tests/laws."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString, Point, Polygon, box

from geoplan.errors import InputError, UsageError
from geoplan.network.audit import snap_audit
from geoplan.network.graph import build_network
from geoplan.network.travel import travel_cost
from tests.laws.street_towns import CRS, DRIVE, WALK, points


def streets(
    nodes: list[tuple[float, float]], edges: list[tuple[int, int, str]]
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Straight streets between numbered positions; each with its oneway value."""
    places = gpd.GeoDataFrame(geometry=[Point(*n) for n in nodes], index=range(len(nodes)), crs=CRS)
    lines = [LineString([nodes[u], nodes[v]]) for u, v, _ in edges]
    columns = {"u": [e[0] for e in edges], "v": [e[1] for e in edges], "oneway": [e[2] for e in edges]}
    return places, gpd.GeoDataFrame({**columns, "highway": "residential"}, geometry=lines, crs=CRS)


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
