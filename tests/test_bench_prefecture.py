"""The made-up prefecture of the benchmarks: what streets are like there, whatever its size, and peers that agree on it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from bench import peers
from bench.ours import found, join, many_to_many
from bench.prefecture import make_prefecture


@pytest.mark.parametrize("nodes", [20_000, 125_000, 250_000])
def test_it_is_like_streets_whatever_its_size(nodes) -> None:
    """About as many nodes as asked for; median street about 70 m, 2.6 directed edges a node, hanging together, about as dense."""
    made = make_prefecture(nodes)
    assert len(made.xy) == pytest.approx(nodes, rel=0.05)
    assert 60 < np.median(made.length_m) < 75
    directed = 2 * len(made.u) - int(made.oneway.sum())
    assert 2.5 < directed / len(made.xy) < 2.7
    assert 0.985 < made.connected_share <= 1
    assert nodes < 100_000 or made.connected_share < 1
    assert 0.02 < made.oneway.mean() < 0.1
    degree = np.bincount(np.concatenate([made.u, made.v]))
    assert degree.min() == 1
    assert 0.05 < (degree == 1).mean() < 0.15
    land_km2 = np.ptp(made.xy, axis=0).prod() / 1e6
    assert 15 < len(made.xy) / land_km2 < 45


def test_the_same_seed_draws_the_same() -> None:
    """Twice the same seed is twice the same prefecture; another seed is another."""
    one, same, other = (make_prefecture(20_000, seed) for seed in (7, 7, 8))
    assert all(np.array_equal(getattr(one, c), getattr(same, c)) for c in ("xy", "u", "v", "highway", "oneway"))
    assert not np.array_equal(one.xy[:50], other.xy[:50])


def test_the_peers_agree() -> None:
    """scipy whole and on tiles, networkx and ours find the same pairs, on foot and by car against the one-way signs."""
    made = make_prefecture(20_000)
    for mode, unit, limit, reach_m in (("walk", "m", 900_000, 900), ("drive", "s", 120_000, 2_400)):
        network = made.network(mode, unit)
        everywhere = np.flatnonzero(network.piece == 0)
        places = everywhere[:: len(everywhere) // 60]
        arcs = network.arcs_reversed
        plain = peers.scipy_plain(peers.matrix(arcs), places, limit)
        assert peers.ScipyTiles(arcs, network.xy, reach_m, tile_m=2_000).search(places, limit).equals(plain)
        assert peers.networkx_cutoff(peers.networkx_graph(arcs), places, limit).equals(plain)
        pairs = many_to_many(join(network, everywhere, places), limit)
        within = np.isin(plain.node, everywhere)  # by car the demand of other pieces is not joined
        assert found(pairs, everywhere).equals(
            peers.Found(plain.source[within], plain.node[within], plain.cost[within])
        )
