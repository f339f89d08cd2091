"""The nearest places of every node: geoplan against scipy (one) and pandana (five)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from scipy.sparse.csgraph import dijkstra

from bench import peers
from bench.ours import join, nearest_costs
from bench.table import Row, race, skipped
from bench.travel import pandana_of, places_in, prefecture
from geoplan.network.graph import SCALE

FAR_M = 30_000


def nearest() -> Iterator[Row]:
    """Of 2,000 places the nearest one and the nearest five, within 30 km, for each of 500,000 nodes."""
    network = prefecture(500_000)
    places, everywhere = places_in(network, 2_000), np.flatnonzero(network.piece == 0)
    joined, graph, limit = join(network, everywhere, places), peers.matrix(network.arcs_reversed), FAR_M * SCALE
    one: dict[str, Any] = {
        "scipy min_only": lambda: dijkstra(graph, indices=places, min_only=True, limit=limit)[everywhere],
        "ours": partial(nearest_costs, joined, limit, 1),
    }
    size = f"2,000 places, {len(everywhere):,} nodes"
    yield from _rows("nearest 1", size, one)
    pandana = pandana_of(network)
    if pandana is None:
        yield skipped("nearest 5", "pandana is not installed")
        return
    pandana.place(places, limit, 5)
    five: dict[str, Any] = {
        "pandana": lambda: pandana.nearest(limit, 5)[everywhere],
        "ours": partial(nearest_costs, joined, limit, 5),
    }
    yield from _rows("nearest 5", size, five)


def _rows(job: str, size: str, contenders: dict[str, Any]) -> Iterator[Row]:
    """Each peer against ours; equal where all costs are."""
    result = race(contenders)
    ours_s, ours = result.pop("ours")
    for name, (seconds, theirs) in result.items():
        yield Row(job, size, name, seconds, ours_s, np.array_equal(ours.ravel(), theirs.ravel()))
