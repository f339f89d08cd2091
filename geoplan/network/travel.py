"""Travel cost from demand to places along the streets."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import UsageError
from geoplan.network._search import Engine, Pairs, by_source, search
from geoplan.network.cost import CostMatrix, unique_ids
from geoplan.network.graph import LARGEST, SCALE, Network
from geoplan.network.snap import Snap, arriving, leaving, on_one_edge, positions, snap

MOVED_M = 100.0  # a point that is moved further than this to its street is worth a look


def travel_cost(
    network: Network,
    demand: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    limit_m: float | None = None,
    limit_min: float | None = None,
    snap_limit_m: float = 300.0,
    engine: Engine = "auto",
) -> CostMatrix:
    """What it costs to get from each demand point to each place along the streets, up to a limit (inclusive).

    Cost = way to the street + shortest way along the streets + way from the street, where the ways to and from are straight lines of
    at most `snap_limit_m` metres, counted at the mode's slowest speed. Give the one limit that the network counts: `limit_m`
    (metres) or `limit_min` (minutes; the costs are seconds). Representative points stand for areas. Points without a street
    within `snap_limit_m`, or only on a detached piece, have no pairs and are listed as `unjoined` and `unjoined_places`. Where
    one-way streets bind, the way is from demand to place. `engine`: auto, numba or scipy; all give equal whole numbers.

    Raises `UsageError` for a wrong limit, `InputError` for a table in another CRS or without positions.
    Method: Dijkstra, E. W. (1959), A note on two problems in connexion with graphs, bounded by the limit.

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
    limit = _limit(network, limit_m, limit_min)
    at_home = snap(network, positions(demand, network), snap_limit_m)
    at_place = snap(network, positions(places, network), snap_limit_m)
    run = _from_places if len(places) <= len(demand) else _from_demand
    found = run(network, at_home, at_place, limit, engine)
    lost = {"unjoined": _names(demand, ~at_home.joined), "unjoined_places": _names(places, ~at_place.joined)}
    more: Any = {"unit": network.unit, "scale": SCALE, "limit": limit / SCALE, **lost}
    names = unique_ids(demand.index, "demand_id"), unique_ids(places.index, "place_id")
    return CostMatrix(*names, found.start, found.target, found.cost, **more)


def snap_audit(network: Network, frame: gpd.GeoDataFrame, limit_m: float = 300.0) -> pd.DataFrame:
    """How each row joins the streets: `distance_m` (missing where no street is near), `joined`, `state` and where (`x`, `y`).

    `state` is near (at most 100 m), moved (further, up to the limit), detached (its street does not hang together with the main
    piece) or no_street (none within the limit).
    """
    at = snap(network, positions(frame, network), limit_m)
    cases = [at.edge < 0, ~at.joined, at.distance_m > MOVED_M]
    state = np.select(cases, ["no_street", "detached", "moved"], "near")
    columns = {"distance_m": at.distance_m, "joined": at.joined, "state": state, "x": at.xy[:, 0], "y": at.xy[:, 1]}
    return pd.DataFrame(columns, index=frame.index)


def _limit(network: Network, limit_m: float | None, limit_min: float | None) -> int:
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
    if limit > LARGEST:
        raise UsageError(
            f"{wanted} must be at most {LARGEST // SCALE // (1 if network.unit == 'm' else 60)}, not {value}"
        )
    return limit


def _from_places(network: Network, home: Snap, place: Snap, limit: int, engine: Engine) -> Pairs:
    """By place, searched backwards from the places: they are mostly far fewer."""
    rows, columns, cost = on_one_edge(network, home, place)
    together = by_source(len(place.edge), columns, rows, cost)
    ends = arriving(network, place), leaving(network, home)
    return search(network.arcs_reversed, *ends, together, limit, engine, len(place.edge) * _visits(network, limit))


def _from_demand(network: Network, home: Snap, place: Snap, limit: int, engine: Engine) -> Pairs:
    """By place too, but searched forwards from the demand points."""
    rows, columns, cost = on_one_edge(network, home, place)
    together = by_source(len(home.edge), rows, columns, cost)
    ends = leaving(network, home), arriving(network, place)
    found = search(network.arcs, *ends, together, limit, engine, len(home.edge) * _visits(network, limit))
    return by_source(
        len(place.edge), found.target, np.repeat(np.arange(len(home.edge)), np.diff(found.start)), found.cost
    )


def _visits(network: Network, limit: int) -> float:
    """About how many nodes one search meets: those in half the circle that the limit spans, were they evenly spread."""
    nodes, extent = len(network.node_ids), np.ptp(network.xy, axis=0)
    quickest = max([*network.mode.speeds_kph.values(), network.mode.default_kph or 0.0])
    radius_m = limit / SCALE * (1.0 if network.unit == "m" else quickest / 3.6)
    return float(min(nodes, nodes * math.pi * radius_m**2 / 2 / max(float(extent.prod()), 1.0)))


def _names(frame: gpd.GeoDataFrame, lost: Any) -> pd.Index:
    return pd.Index([str(i) for i in frame.index[lost]], dtype=object, name=frame.index.name)
