"""What geoplan is asked for in these benchmarks: the one place that knows its inner functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.peers import Found
from geoplan.network.graph import Network
from geoplan.network.nearest import nearest_rows
from geoplan.network.snap import Joined as Side
from geoplan.network.snap import Snap
from geoplan.network.travel import search_pairs


@dataclass(frozen=True, eq=False)
class Joined:
    """Demand points and places that stand at nodes, joined to the streets before any time is taken."""

    demand: Side
    places: Side


def join(network: Network, demand_nodes: npt.NDArray[Any], place_nodes: npt.NDArray[Any]) -> Joined:
    """Points at nodes: each at an end of some edge of its node."""
    nodes = len(network.node_ids)
    edge, fraction = np.empty(nodes, np.int64), np.empty(nodes)
    for end, share in ((network.u, 0.0), (network.v, 1.0)):
        edge[end], fraction[end] = np.arange(len(end)), share
    joined = Joined(*(_side(network, edge, fraction, np.asarray(n)) for n in (demand_nodes, place_nodes)))
    assert joined.demand.leaving_by_node
    assert joined.places.arriving
    return joined


def _side(network: Network, edge: npt.NDArray[Any], fraction: npt.NDArray[Any], nodes: npt.NDArray[Any]) -> Side:
    at = Snap(edge[nodes], fraction[nodes], np.zeros(len(nodes)), network.xy[nodes], network.piece[nodes] == 0)
    return Side(network, pd.Index(nodes.astype(str)), np.arange(len(nodes)), at)


def many_to_many(joined: Joined, limit: int, engine: Any = "numba") -> Any:
    """All pairs within the limit (whole thousandths), by place, each place's in order of cost."""
    return search_pairs(joined.demand, joined.places, limit, engine)


def nearest(joined: Joined, limit: int, count: int) -> npt.NDArray[np.float64]:
    """Whole thousandths to the nearest places of each demand point, shape (points, count); inf where there are fewer."""
    cost, place = nearest_rows(joined.demand, joined.places, count, limit)
    return np.where(place < 0, np.inf, cost)


def found(pairs: Any, demand_nodes: npt.NDArray[Any]) -> Found:
    """The pairs as other libraries give them: place row, demand node, cost."""
    place = np.repeat(np.arange(len(pairs.start) - 1), np.diff(pairs.start))
    return Found(place, demand_nodes[pairs.target], pairs.cost)
