"""Travel cost from demand to places along the streets."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np

from geoplan.errors import UsageError
from geoplan.network._search import Engine, Pairs, Task, by_source, compiled, search
from geoplan.network.check import check_ways
from geoplan.network.cost import CostMatrix
from geoplan.network.graph import LARGEST, SCALE, Network
from geoplan.network.snap import Joined, join, on_one_edge


def travel_cost(
    network: Network,
    demand: gpd.GeoDataFrame | Joined,
    places: gpd.GeoDataFrame | Joined,
    limit_m: float | None = None,
    limit_min: float | None = None,
    snap_limit_m: float = 300.0,
    engine: Engine = "auto",
    threads: int | None = None,
) -> CostMatrix:
    """What it costs to get from each demand point to each place along the streets, up to a limit (inclusive).

    Cost = way to the street + shortest way along the streets + way from the street, where the ways to and from are straight lines of
    at most `snap_limit_m` metres, counted at the mode's slowest speed. Give the one limit that the network counts: `limit_m`
    (metres) or `limit_min` (minutes; the costs are seconds). A row with several points (MultiPoint) has several entrances, of which
    the cheapest counts; representative points stand for areas. Points without a street within `snap_limit_m`, or only on a
    detached piece, have no pairs and are listed as `unjoined` and `unjoined_places`. Where one-way streets bind, the way is from
    demand to place. `engine`: auto, numba or scipy, on so many `threads` (default: all); all give equal whole numbers. A table
    that is used again may be joined once with `join`.

    Raises `UsageError` for a wrong limit, `InputError` for a table in another CRS or without positions, `CheckFailed` for a way
    that is shorter than the straight line. Method: Dijkstra, E. W. (1959), A note on two problems in connexion with graphs, bounded by the limit.

    >>> from geoplan.network.graph import build_network
    >>> from geoplan.profiles.mode import load_mode
    >>> from shapely import LineString, Point
    >>> nodes = gpd.GeoDataFrame(geometry=[Point(0, 0), Point(400, 0)], index=[1, 2], crs="EPSG:4547")
    >>> edges = gpd.GeoDataFrame({"u": [1], "v": [2]}, geometry=[LineString([(0, 0), (400, 0)])], crs="EPSG:4547")
    >>> homes = gpd.GeoDataFrame(geometry=[Point(100, 30)], index=["home"], crs="EPSG:4547")
    >>> nurseries = gpd.GeoDataFrame(geometry=[Point(300, -20)], index=["nursery"], crs="EPSG:4547")
    >>> travel_cost(build_network(nodes, edges, load_mode("walk")), homes, nurseries, limit_m=300).to_frame()
      demand_id place_id   cost
    0      home  nursery  250.0
    """
    limit = whole_limit(network, limit_m, limit_min)
    home, place = join(network, demand, snap_limit_m, "demand_id"), join(network, places, snap_limit_m, "place_id")
    found = search_pairs(home, place, limit, engine, threads)
    check_ways(home, place, found)
    lost = {"unjoined": home.unjoined, "unjoined_places": place.unjoined}
    more: Any = {"unit": network.unit, "scale": SCALE, "limit": limit / SCALE, **lost}
    return CostMatrix(home.ids, place.ids, found.start, found.target, found.cost, **more)


def whole_limit(network: Network, limit_m: float | None, limit_min: float | None) -> int:
    """The one limit that the network counts, as a whole number; raises `UsageError` if it is not given so, or cannot be."""
    given = {"limit_m": limit_m, "limit_min": limit_min}
    wanted, counted = ("limit_m", "metres") if network.unit == "m" else ("limit_min", "seconds")
    if [name for name, value in given.items() if value is not None] != [wanted]:
        raise UsageError(
            f"give exactly {wanted}: this network counts {counted} (build_network(..., unit=...) chooses); given: {given}"
        )
    value = given[wanted]
    if value is None or not (math.isfinite(value) and value >= 0):
        raise UsageError(f"{wanted} must be finite and not negative, not {value}")
    limit = network.whole(value if wanted == "limit_m" else value * 60)
    if limit >= LARGEST:
        raise UsageError(
            f"{wanted} must be less than {LARGEST // SCALE // (1 if network.unit == 'm' else 60)}, not {value}"
        )
    return limit


def search_pairs(home: Joined, place: Joined, limit: int, engine: Engine = "auto", threads: int | None = None) -> Pairs:
    """All pairs by place, each place's in order of cost, then demand row; searched from the smaller side."""
    if len(place.ids) <= len(home.ids):
        return search(*backwards(home, place, limit, engine), threads)
    found = search(*_forwards(home, place, limit, engine), threads)
    source = np.repeat(np.arange(len(home.ids)), np.diff(found.start))
    return by_source(len(place.ids), found.target, source, found.cost)


def backwards(home: Joined, place: Joined, limit: int, engine: Engine) -> tuple[Task, bool]:
    """The search from the places, backwards along the streets, and whether to compile it."""
    rows, columns, cost = on_one_edge(home, place)
    together = by_source(len(place.ids), columns, rows, cost)
    ways = home.network.arcs_reversed, place.arriving, home.leaving_by_node
    return Task(*ways, len(home.ids), together, limit), compiled(engine, visits(place, limit))


def _forwards(home: Joined, place: Joined, limit: int, engine: Engine) -> tuple[Task, bool]:
    """The search from the demand points."""
    rows, columns, cost = on_one_edge(home, place)
    together = by_source(len(home.ids), rows, columns, cost)
    ways = home.network.arcs, home.leaving, place.arriving_by_node
    return Task(*ways, len(place.ids), together, limit), compiled(engine, visits(home, limit))


def visits(sources: Joined, limit: int) -> float:
    """About how many nodes the searches meet: each those in half the circle that the limit spans, were they evenly spread."""
    network = sources.network
    nodes = len(network.node_ids)
    quickest = max([*network.mode.speeds_kph.values(), network.mode.default_kph or 0.0])
    radius_m = limit / SCALE * (1.0 if network.unit == "m" else quickest / 3.6)
    each = min(float(nodes), nodes * math.pi * radius_m**2 / 2 / max(network.extent_m2, 1.0))
    return len(sources.ids) * each
