"""The nearest places of every node: scipy (one) and pandana (one and five)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import dijkstra

from bench import peers
from bench.table import Row, race, skipped
from bench.travel import pandana_of, places_in, prefecture
from geoplan.network.graph import SCALE

FAR_M = 30_000


def nearest() -> Iterator[Row]:
    """Of 2,000 places the nearest one and the nearest five, within 30 km, for each of 500,000 nodes."""
    network = prefecture(500_000)
    places, everywhere = places_in(network, 2_000), np.flatnonzero(network.piece == 0)
    graph, limit = peers.matrix(network.arcs_reversed), FAR_M * SCALE
    contenders: dict[int, dict[str, Any]] = {1: {}, 5: {}}
    contenders[1]["scipy min_only"] = lambda: dijkstra(graph, indices=places, min_only=True, limit=limit)[everywhere]
    if pandana := pandana_of(network):
        pandana.place(places, limit, max(contenders))
        for k, them in contenders.items():
            them["pandana"] = lambda k=k: pandana.nearest(limit, k)[everywhere]
    else:
        yield skipped("nearest", "pandana is not installed")
    for k, them in contenders.items():
        if them:
            yield from _rows(f"nearest {k}", f"2,000 places, {len(everywhere):,} nodes", them)


def _rows(job: str, size: str, contenders: dict[str, Any]) -> Iterator[Row]:
    """Each peer against ours, or against the first peer while there is none of ours."""
    result = race(contenders)
    costs = {name: np.asarray(found).ravel() for name, (_, found) in result.items()}
    standard = costs.get("ours", next(iter(costs.values())))
    ours_s = result.pop("ours")[0] if "ours" in result else None
    for name, (seconds, _) in result.items():
        said = _equal(costs[name], standard)
        yield Row(job, size, name, seconds, ours_s, said if ours_s else f"{said} (peers alone)")


def _equal(found: npt.NDArray[Any], standard: npt.NDArray[Any]) -> str:
    """Equal to the last millimetre, or to float32, in which pandana counts: that is exact up to 16.8 km."""
    if np.array_equal(found, standard):
        return "True"
    same = np.array_equal(np.isinf(found), np.isinf(standard))
    return "to float32" if same and np.allclose(found, standard, rtol=2.0**-23, atol=0) else "False"
