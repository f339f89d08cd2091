"""Travel cost within a limit from every node to places: geoplan, scipy, networkx and pandana on the same arcs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from bench import peers
from bench.ours import found, join, many_to_many
from bench.prefecture import make_prefecture
from bench.table import Row, race, skipped
from geoplan.network.graph import SCALE, Network

SEED = 20260101
SAMPLE = 100  # sources that networkx searches; its time is scaled


@cache
def prefecture(nodes: int) -> Network:
    """The walking network of a made-up prefecture."""
    return make_prefecture(nodes).network("walk")


@cache
def pandana_of(network: Network) -> peers.Pandana | None:
    """pandana's network, where pandana is installed."""
    return peers.Pandana(network.arcs_reversed, network.xy) if find_spec("pandana") else None


def places_in(network: Network, count: int) -> npt.NDArray[Any]:
    """Random nodes of the main piece."""
    return np.random.default_rng(SEED).choice(np.flatnonzero(network.piece == 0), count, replace=False)


def travel() -> Iterator[Row]:
    """2,000 and 10,000 places × 1,250 m among 500,000 nodes."""
    network = prefecture(500_000)
    for count in (2_000, 10_000):
        yield from bounded("travel cost", network, count, 1_250, with_slow=count == 2_000)


def bounded(job: str, network: Network, count: int, reach_m: int, with_slow: bool) -> Iterator[Row]:
    """All pairs of nodes and places within the reach, each peer in turn with ours."""
    limit, places = reach_m * SCALE, places_in(network, count)
    everywhere = np.flatnonzero(network.piece == 0)
    joined = join(network, everywhere, places)
    arcs = network.arcs_reversed  # from the places backwards
    tiles, graph = peers.ScipyTiles(arcs, network.xy, reach_m), peers.matrix(arcs)
    contenders: dict[str, Any] = {
        "scipy on tiles": partial(tiles.search, places, limit),
        "ours": partial(many_to_many, joined, limit),
        "scipy plain": partial(peers.scipy_plain, graph, places, limit),
        "ours on scipy": partial(many_to_many, joined, limit, "scipy"),
    }
    scale = {}
    if with_slow:
        slow = peers.networkx_graph(arcs)
        contenders["networkx"] = partial(peers.networkx_cutoff, slow, places[:SAMPLE], limit)
        scale["networkx"] = count / SAMPLE
    if pandana := pandana_of(network):
        contenders["pandana"] = partial(pandana.search, places, limit)
    result = race(contenders)
    ours, pairs = result["ours"]
    size = f"{count:,} × {reach_m:,} m, {len(network.node_ids):,} nodes, {len(pairs.cost):,} pairs"
    mine = found(pairs, everywhere)
    for name in [n for n in result if not n.startswith("ours")]:
        seconds, theirs = result[name]
        times = scale.get(name, 1)
        same = theirs.equals(mine if times == 1 else mine.of_first(SAMPLE))
        yield Row(job, size, name + (f" ({SAMPLE} sources, scaled)" if times > 1 else ""), seconds * times, ours, same)
    plain_s, plain = result["ours on scipy"]
    same = all(np.array_equal(getattr(plain, c), getattr(pairs, c)) for c in ("start", "target", "cost"))
    yield Row(f"{job}, no numba", size, "scipy on tiles", result["scipy on tiles"][0], plain_s, same)
    if not pandana:
        yield skipped(job, "pandana is not installed")


def driving() -> Iterator[Row]:
    """100 places × 10 km: about two million pairs, as many as a drive of fifteen minutes gives."""
    network = prefecture(500_000)
    yield from bounded("long reach", network, 220, 10_000, with_slow=False)


def growth() -> Iterator[Row]:
    """As many pairs among ever more nodes, then twice the pairs: what the time grows with."""
    for nodes in (125_000, 250_000, 500_000, 1_000_000):
        for pairs in (700_000, 1_400_000):
            yield _grown(prefecture(nodes), pairs)


def _grown(network: Network, wanted: int) -> Row:
    """As many places as together reach so many pairs."""
    limit, everywhere, many = 1_250 * SCALE, np.flatnonzero(network.piece == 0), places_in(network, 5_000)
    each = np.diff(many_to_many(join(network, everywhere, many), limit).start)
    places = many[: np.searchsorted(np.cumsum(each), wanted)]
    tiles = peers.ScipyTiles(network.arcs_reversed, network.xy, 1_250)
    contenders: dict[str, Any] = {
        "peer": partial(tiles.search, places, limit),
        "ours": partial(many_to_many, join(network, everywhere, places), limit),
    }
    result = race(contenders)
    (theirs_s, theirs), (ours_s, pairs) = result["peer"], result["ours"]
    size = f"{len(places):,} × 1,250 m, {len(network.node_ids):,} nodes, {len(pairs.cost):,} pairs"
    same = theirs.equals(found(pairs, everywhere))
    said = f"{same}; {ours_s / len(pairs.cost) * 1e9:.0f} ns a pair"
    return Row("growth", size, "scipy on tiles", theirs_s, ours_s, said)
