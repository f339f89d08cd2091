"""The nearest places of each demand point, however far: one search from all places at once."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import UsageError
from geoplan.network.graph import LARGEST, SCALE, Network
from geoplan.network.snap import Joined, join, on_one_edge
from geoplan.network.travel import whole_limit


def nearest_places(
    network: Network,
    demand: gpd.GeoDataFrame | Joined,
    places: gpd.GeoDataFrame | Joined,
    k: int = 1,
    limit_m: float | None = None,
    limit_min: float | None = None,
    snap_limit_m: float = 300.0,
) -> pd.DataFrame:
    """The `k` cheapest places of each demand point: columns demand_id, place_id, cost (metres or seconds) and rank (1 … k).

    Costs, limits, entrances and points that do not join are those of `travel_cost`; without a limit the search goes on to 4,294 km
    or 49 days. Ties go to the place that stands first. A point that reaches fewer than k places has fewer rows, one that reaches
    none has none. Raises as `travel_cost`, and `UsageError` unless k is at least 1.

    Method: Dijkstra (1959) from all places together, where a node keeps its k best places and tells only those on.

    >>> from geoplan.network.graph import build_network
    >>> from geoplan.profiles.mode import load_mode
    >>> from shapely import LineString, Point
    >>> nodes = gpd.GeoDataFrame(geometry=[Point(0, 0), Point(400, 0)], index=[1, 2], crs="EPSG:4547")
    >>> edges = gpd.GeoDataFrame({"u": [1], "v": [2]}, geometry=[LineString([(0, 0), (400, 0)])], crs="EPSG:4547")
    >>> homes = gpd.GeoDataFrame(geometry=[Point(100, 0)], index=["home"], crs="EPSG:4547")
    >>> nurseries = gpd.GeoDataFrame(geometry=[Point(300, 0), Point(0, 0)], index=["far", "near"], crs="EPSG:4547")
    >>> nearest_places(build_network(nodes, edges, load_mode("walk")), homes, nurseries, k=2)
      demand_id place_id   cost  rank
    0      home     near  100.0     1
    1      home      far  200.0     2
    """
    home, place = join(network, demand, snap_limit_m, "demand_id"), join(network, places, snap_limit_m, "place_id")
    unlimited = limit_m is None and limit_min is None
    limit = LARGEST - 1 if unlimited else whole_limit(network, limit_m, limit_min)
    cost, which = nearest_rows(home, place, k, limit)
    row, rank = np.nonzero(which >= 0)
    columns = {"demand_id": home.ids[row], "place_id": place.ids[which[row, rank]], "cost": cost[row, rank] / SCALE}
    return pd.DataFrame({**columns, "rank": rank + 1})


def nearest_rows(home: Joined, place: Joined, k: int, limit: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The k nearest places of each demand row: whole costs and place rows, both (rows, k); row −1 = there is no further one."""
    from geoplan.network._kernel import combine, nearest_labels

    if k < 1:
        raise UsageError(f"k must be at least 1, not {k}")
    seeds = place.arriving
    owner = np.repeat(np.arange(len(place.ids), dtype=np.int32), np.diff(seeds.start))
    labels = nearest_labels(*home.network.arcs_reversed, seeds.node, seeds.cost, owner, k, limit)
    together = on_one_edge(home, place)
    found: tuple[npt.NDArray[Any], npt.NDArray[Any]] = combine(
        home.leaving.start, home.leaving.node, home.leaving.cost, *labels, *together, k, limit
    )
    return found
