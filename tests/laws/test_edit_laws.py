"""Laws of edits: a network that was changed is the network that would be built anew."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.network import edits
from geoplan.network.graph import Network, build_network
from geoplan.network.snap import snap
from tests.laws.street_towns import CRS, DRIVE, WALK, Town, costs, points, random_town

FAR = 100_000.0


def rebuilt(network: Network) -> Network:
    """The network made anew from tables of the open streets."""
    way = 1.0 if network.unit == "m" else network.mode.speed_on("residential") / 3.6
    rows = []
    for k in np.flatnonzero(network.open):
        u, v, line = network.node_ids[network.u[k]], network.node_ids[network.v[k]], network.lines[k]
        ahead, back = int(network.forward[k]), int(network.backward[k])
        if ahead == back:
            rows.append((u, v, "no", ahead, line))
        else:
            rows += [(u, v, "yes", ahead, line)] * (ahead > 0) + [(v, u, "yes", back, line.reverse())] * (back > 0)
    table = pd.DataFrame(rows, columns=["u", "v", "oneway", "cost", "line"])
    edges = gpd.GeoDataFrame(table[["u", "v", "oneway"]], geometry=table["line"].to_numpy(), crs=CRS)
    nodes = gpd.GeoDataFrame(geometry=shapely.points(network.xy), index=network.node_ids, crs=CRS)
    edges = edges.assign(length_m=table["cost"] / 1000 * way, highway="residential")
    return build_network(nodes, edges, network.mode, network.unit)


def off_streets(random: np.random.Generator, network: Network) -> gpd.GeoDataFrame:
    """Up to six spots by chance, each nearest to one street alone: where two are equally near the order of the rows decides."""
    spots = random.uniform(-5, 35, (30, 2))
    apart = np.sort([shapely.distance(network.lines[network.open], point) for point in shapely.points(spots)])
    clear = apart.shape[1] < 2 or apart[:, 1] - apart[:, 0] > 1e-6
    return points([tuple(spot) for spot in spots[clear].reshape(-1, 2)[:6]], "x")


def change(random: np.random.Generator, network: Network) -> Network:
    """One edit by chance: a street closed, a barrier, a new link or bridge, another speed."""
    kind = int(random.integers(0, 5))
    some = random.choice(np.flatnonzero(network.open), 1)
    line = shapely.LineString(random.uniform(0, 30, (3, 2)))
    if kind == 0 and network.open.sum() > 2:
        return edits.close(network, some)
    if kind == 1 and len(edits.edges_across(network, line)):
        return edits.barrier(network, line)
    if kind == 2 and network.unit == "s":
        return edits.change_speed(network, some, float(random.uniform(5, 60)))
    return edits.add_link(network, line, "residential", oneway=bool(kind == 3), bridge=bool(kind == 4), join_m=100)


@pytest.mark.parametrize("seed", range(200))
def test_an_edited_network_equals_one_built_anew(seed) -> None:
    """After up to six edits in a row every cost, by both engines, every join and the main piece are those of a rebuilt network."""
    random = np.random.default_rng(seed)
    town, _, _ = random_town(random)
    network = town.network((DRIVE, WALK)[seed % 2], "ms"[seed // 2 % 2])
    for _ in range(int(random.integers(1, 7))):
        network = change(random, network)
    again = rebuilt(network)
    spots = off_streets(random, again)
    for engine in ("numba", "scipy"):
        assert costs(network, spots, spots, FAR, engine) == costs(again, spots, spots, FAR, engine)
    one, other = (snap(n, spots.geometry.to_numpy()) for n in (network, again))
    assert np.array_equal(one.joined, other.joined)
    np.testing.assert_allclose(one.distance_m, other.distance_m, rtol=0, atol=1e-9)
    np.testing.assert_allclose(one.xy, other.xy, rtol=0, atol=1e-6)
    used = np.isin(network.node_ids, again.node_ids)
    main = dict(zip(again.node_ids.tolist(), (again.piece == 0).tolist(), strict=True))
    assert {i: main[i] for i in network.node_ids[used].tolist()} == main


@pytest.mark.parametrize("seed", range(40))
def test_a_closed_street_might_as_well_not_be_there(seed) -> None:
    """Closing streets costs what a town without them costs."""
    random = np.random.default_rng(1000 + seed)
    town, _, _ = random_town(random)
    gone = random.random(len(town.streets)) < 0.3
    gone[0] = False
    left = Town(town.corners, [s for s, g in zip(town.streets, gone, strict=True) if not g])
    whole, less = town.network(), left.network()
    lines = town.tables()[1].geometry.to_numpy()
    named = edits.edges_along(whole, lines[gone])
    still = edits.edges_along(whole, lines[~gone])
    if len(np.intersect1d(named, still)):
        return  # two streets run along one another: a line does not tell which of them is meant
    spots = off_streets(random, less)
    assert costs(edits.close(whole, named), spots, spots) == costs(less, spots, spots)


@pytest.mark.parametrize("seed", range(40))
def test_a_link_that_nobody_takes_changes_nothing(seed) -> None:
    """A bridge at a crawl splits the streets that it joins, and every way costs what it cost, to the millisecond."""
    random = np.random.default_rng(2000 + seed)
    town, _, _ = random_town(random)
    network = town.network(DRIVE, "s")
    main = np.flatnonzero(network.piece[network.u] == 0)
    a, b = (shapely.line_interpolate_point(network.lines[k], 0.3, normalized=True) for k in random.choice(main, 2))
    far = shapely.LineString([a, (500, 500), b])
    linked = edits.add_link(network, far, kph=0.001, bridge=True)
    assert len(linked.u) > len(network.u)
    assert np.array_equal(between(linked)[: len(network.node_ids), : len(network.node_ids)], between(network))


def between(network: Network) -> Any:
    """The cost from every node to every node, by scipy."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    arcs, nodes = network.arcs, len(network.node_ids)
    return dijkstra(csr_array((arcs.weight.astype(float), arcs.indices, arcs.indptr), shape=(nodes, nodes)))
