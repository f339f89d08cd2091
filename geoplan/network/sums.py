"""Sums over everything within reach, added up while the search runs: no pair is kept, so that driving needs no more memory."""

from __future__ import annotations

from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Finding, InputError, Text
from geoplan.network._search import Engine, stream
from geoplan.network.graph import SCALE, Network
from geoplan.network.snap import Joined, join
from geoplan.network.travel import backwards, whole_limit

Side = Literal["demand", "places"]


def sum_within(
    network: Network,
    demand: gpd.GeoDataFrame | Joined,
    places: gpd.GeoDataFrame | Joined,
    values: pd.Series | None = None,
    *,
    of: Side = "demand",
    decay: Any = None,
    limit_m: float | None = None,
    limit_min: float | None = None,
    snap_limit_m: float = 300.0,
    engine: Engine = "auto",
    threads: int | None = None,
) -> pd.Series:
    """For each demand point the sum over the places that it reaches (or `of="places"`: for each place, over the demand points).

    sum_i = Σ_j f(c_ij) · v_j over the j within the limit (inclusive). `values` are the v_j, by id of the other side; without them each
    counts 1, so that the sum is their number. `decay` is the f (see `geoplan.decay`; costs in metres or seconds); with it the sum is the
    gravity measure. Costs, limits and points that do not join are those of `travel_cost`. Every engine and number of threads gives
    the same sum to the last bit. Raises as `travel_cost`, and `InputError` if a value is missing, not finite or has no id.

    >>> from geoplan.network.graph import build_network
    >>> from geoplan.profiles.mode import load_mode
    >>> from shapely import LineString, Point
    >>> nodes = gpd.GeoDataFrame(geometry=[Point(0, 0), Point(400, 0)], index=[1, 2], crs="EPSG:4547")
    >>> edges = gpd.GeoDataFrame({"u": [1], "v": [2]}, geometry=[LineString([(0, 0), (400, 0)])], crs="EPSG:4547")
    >>> homes = gpd.GeoDataFrame(geometry=[Point(100, 0)], index=["home"], crs="EPSG:4547")
    >>> nurseries = gpd.GeoDataFrame(geometry=[Point(300, 0), Point(0, 0)], index=["F", "G"], crs="EPSG:4547")
    >>> seats = pd.Series({"F": 20, "G": 30})
    >>> sum_within(build_network(nodes, edges, load_mode("walk")), homes, nurseries, seats, limit_m=200).to_dict()
    {'home': 50.0}
    """
    limit = whole_limit(network, limit_m, limit_min)
    home, place = join(network, demand, snap_limit_m, "demand_id"), join(network, places, snap_limit_m, "place_id")
    mine, other = (home, place) if of == "demand" else (place, home)
    amount = _amounts(values, other.ids)
    total = np.zeros(len(mine.ids))
    for block in stream(*backwards(home, place, limit, engine), threads):
        source = np.repeat(block.sources, block.counts)
        to, by = (block.target, source) if of == "demand" else (source, block.target)
        _add(total, to, amount[by] if decay is None else amount[by] * decay(block.cost / SCALE))
    return pd.Series(total, index=mine.ids, name="sum")


def _add(total: npt.NDArray[np.float64], to: npt.NDArray[Any], amounts: npt.NDArray[np.float64]) -> None:
    """Add amounts to their rows, in order."""
    rows, at = np.unique(to, return_inverse=True)
    total[rows] += np.bincount(at, amounts, len(rows))


def _amounts(values: pd.Series | None, ids: pd.Index) -> npt.NDArray[np.float64]:
    """The value of each id, in order of the ids."""
    if values is None:
        return np.ones(len(ids))
    given = pd.Series(values.to_numpy(), index=values.index.astype(str)).reindex(ids).to_numpy(float)
    lost = ids[~np.isfinite(given)]
    if len(lost):
        problem = Text("a value is missing or not finite", "数值缺失或非有限")
        advice = Text("give one number for each id", "请为每个编号给出一个数值")
        raise InputError(Finding("GP-N024", "", "values", problem, advice, ", ".join(lost[:5]), count=len(lost)))
    return given
