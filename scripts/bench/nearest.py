"""The nearest places of every node: geoplan, scipy (one) and pandana (one and five)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import dijkstra

from bench import peers
from bench.ours import join
from bench.ours import nearest as ours
from bench.table import Row, race, skipped
from bench.travel import pandana_of, places_in, prefecture
from geoplan.network.graph import SCALE

FAR_M = 30_000


def nearest() -> Iterator[Row]:
    """Of 2,000 places the nearest one and the nearest five, within 30 km, for each of 500,000 nodes."""
    network = prefecture(500_000)
    places, everywhere = places_in(network, 2_000), np.flatnonzero(network.piece == 0)
    graph, limit = peers.matrix(network.arcs_reversed), FAR_M * SCALE
    joined = join(network, everywhere, places)
    contenders: dict[int, dict[str, Any]] = {k: {"ours": lambda k=k: ours(joined, limit, k)} for k in (1, 5)}
    contenders[1]["scipy min_only"] = lambda: dijkstra(graph, indices=places, min_only=True, limit=limit)[everywhere]
    if pandana := pandana_of(network):
        pandana.place(places, limit, max(contenders))
        for k, them in contenders.items():
            them["pandana"] = lambda k=k: pandana.nearest(limit, k)[everywhere]
    else:
        yield skipped("nearest", "pandana is not installed")
    for k, them in contenders.items():
        yield from _rows(f"nearest {k}", f"2,000 places, {len(everywhere):,} nodes", them)


def _rows(job: str, size: str, contenders: dict[str, Any]) -> Iterator[Row]:
    """Each peer against ours."""
    result = race(contenders)
    ours_s, costs = result.pop("ours")
    for name, (seconds, found) in result.items():
        yield Row(job, size, name, seconds, ours_s, _equal(np.asarray(found).ravel(), costs.ravel()))


def _equal(found: npt.NDArray[Any], standard: npt.NDArray[Any]) -> str:
    """Equal to the last millimetre, or to float32, in which pandana counts: that is exact up to 16.8 km."""
    if np.array_equal(found, standard):
        return "True"
    same = np.array_equal(np.isinf(found), np.isinf(standard))
    return "to float32" if same and np.allclose(found, standard, rtol=2.0**-23, atol=0) else "False"
