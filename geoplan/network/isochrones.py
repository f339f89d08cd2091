"""Isochrones: the land along the streets from which a place is reached within a limit. Never a hull of what is reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.ops import substring

from geoplan.errors import UsageError
from geoplan.network._search import Pairs, Task, compiled, stream
from geoplan.network.cost import CostMatrix
from geoplan.network.graph import Network
from geoplan.network.snap import NONE, Ends, Joined, join
from geoplan.network.travel import visits, whole_limit

WIDTH_M = 25.0  # of the land on each side of a street that is entered from it: about the depth of a plot
CELL = 0.4  # of that width is a cell of the grid on which the quick variant is traced: 10 m
TILE = 8  # widths apart lie groups of streets that are traced each on a grid of its own
STEP = 0.06  # of that width lies between the points that stand for a street on the grid: 1.5 m
MOST_CELLS = 25_000_000  # of that grid: 50 × 50 km; beyond, its cells are larger


class Way(NamedTuple):
    """The streets along which one place is reached: edges with the cost at their ends u and v (NONE: not reached) and the weights
    that lead to u and to v, and the place's own spots on edges: which edge (row of `edge`), how far along, at which cost.
    """

    edge: npt.NDArray[np.int64]
    at_u: npt.NDArray[np.int64]
    at_v: npt.NDArray[np.int64]
    to_u: npt.NDArray[np.int64]
    to_v: npt.NDArray[np.int64]
    own: npt.NDArray[np.int64]
    fraction: npt.NDArray[np.float64]
    cost: npt.NDArray[np.int64]


def isochrones(
    network: Network,
    places: gpd.GeoDataFrame | Joined,
    limits_m: Sequence[float] | None = None,
    limits_min: Sequence[float] | None = None,
    towards: bool = True,
    together: bool = False,
    exact: bool = False,
    width_m: float = WIDTH_M,
    snap_limit_m: float = 300.0,
) -> gpd.GeoDataFrame:
    """The land within each limit of each place: `place_id`, `limit` (metres or minutes, as given), `area_m2` and geometry.

    It is the streets from which the place is reached within the limit (`towards`; otherwise those reached from it), the last ones
    cut where the limit falls, and `width_m` metres of land on each side. A larger limit holds a smaller one. `exact` buffers and
    unites the streets; without it the distance to them is traced on a grid of 10 m, several times quicker and within a few per
    cent of the area (on a coarser grid where it is more than 50 × 50 km). `together` gives one row a limit, the land from which any place is reached.
    A place that does not join the streets has an empty geometry. People are counted by `people_within`, not by area.

    Raises `UsageError` for wrong limits, and as `travel_cost`.

    >>> from geoplan.network.graph import build_network
    >>> from geoplan.profiles.mode import load_mode
    >>> from shapely import LineString, Point
    >>> nodes = gpd.GeoDataFrame(geometry=[Point(0, 0), Point(4000, 0)], index=[1, 2], crs="EPSG:4547")
    >>> edges = gpd.GeoDataFrame({"u": [1], "v": [2]}, geometry=[LineString([(0, 0), (4000, 0)])], crs="EPSG:4547")
    >>> nursery = gpd.GeoDataFrame(geometry=[Point(2000, 0)], index=["nursery"], crs="EPSG:4547")
    >>> found = isochrones(build_network(nodes, edges, load_mode("walk")), nursery, limits_m=[500], exact=True)
    >>> found[["place_id", "limit"]].values.tolist(), round(float(found["area_m2"][0]) / (1000 * 50), 2)
    ([['nursery', 500.0]], 1.04)
    """
    limits = sorted({float(x) for x in limits_m or limits_min or []})
    if not limits or (limits_m and limits_min):
        raise UsageError("give the limits, either limits_m or limits_min")
    whole = [whole_limit(network, *((x, None) if limits_m else (None, x))) for x in limits]
    place = join(network, places, snap_limit_m, "place_id")
    if together:  # as if all places were the entrances of one
        place = replace(place, ids=pd.Index(["together"]), row=np.zeros_like(place.row))
    shape = _united if exact else _traced
    table = np.full((len(place.ids), len(limits)), shapely.MultiPolygon(), dtype=object)
    for row, way in _ways(place, whole[-1], towards):
        table[row] = shape(network, way, whole, width_m)
    drawn = gpd.GeoSeries(table.ravel(), crs=network.crs)
    columns = {
        "place_id": np.repeat(place.ids, len(limits)),
        "limit": np.resize(limits, len(drawn)),
        "area_m2": drawn.area,
    }
    return gpd.GeoDataFrame(columns, geometry=drawn, crs=network.crs).drop(columns=["place_id"] if together else [])


def people_within(cost: CostMatrix, people: pd.Series, limit: float) -> pd.Series:
    """The people whose travel cost to each place is at most the limit (in the unit of the costs), by place.

    People stand where they live, so they are counted by their way, never by the area of a polygon.

    >>> cost = CostMatrix.from_arrays(["a", "b"], ["p"], [0, 1], [0, 0], [100.0, 600.0], unit="m", limit=1000)
    >>> people_within(cost, pd.Series({"a": 30.0, "b": 20.0}), 500).to_dict()
    {'p': 30.0}
    """
    near = cost.within(limit)
    held = people.reindex(cost.demand_ids).to_numpy(float)
    sums = np.bincount(near.place, held[near.demand], len(cost.place_ids))
    return pd.Series(sums, index=cost.place_ids, name="people")


def _ways(place: Joined, limit: int, towards: bool) -> Iterator[tuple[int, Way]]:
    """Each joined place's row, and the streets along which it is reached within the limit."""
    network, nodes = place.network, len(place.network.node_ids)
    arcs, ends = (network.arcs_reversed, place.arriving) if towards else (network.arcs, place.leaving)
    weights = (network.backward, network.forward) if towards else (network.forward, network.backward)
    to_u, to_v = (weight.astype(np.int64) for weight in weights)
    each_node = Ends(np.arange(nodes + 1), np.arange(nodes, dtype=np.int32), np.zeros(nodes, np.int64))
    alone = Pairs(np.zeros(len(place.ids) + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.int64))
    task = Task(arcs, ends, each_node, nodes, alone, limit)
    cost = np.full(nodes, NONE)
    for block in stream(task, compiled("auto", visits(place, limit))):
        for row, found in zip(
            block.sources, np.split(np.arange(len(block.target)), np.cumsum(block.counts)[:-1]), strict=True
        ):
            reached = block.target[found]
            cost[reached] = block.cost[found]
            at_u, at_v = cost[network.u], cost[network.v]
            spots = np.flatnonzero(place.at.joined & (place.row == row))
            near = (np.minimum(at_u, at_v) < NONE) & network.open
            near[place.at.edge[spots]] = True
            edge = np.flatnonzero(near)
            own = np.searchsorted(edge, place.at.edge[spots])
            connector = network.connector(place.at.distance_m[spots])
            yield (
                int(row),
                Way(edge, at_u[near], at_v[near], to_u[edge], to_v[edge], own, place.at.fraction[spots], connector),
            )
            cost[reached] = NONE


def _united(network: Network, way: Way, limits: Sequence[int], width_m: float) -> list[Any]:
    """The streets within each limit, buffered and united, each with the land of the smaller limits."""
    made = (shapely.union_all(shapely.buffer(list(_stretches(network, way, limit)), width_m)) for limit in limits)
    return list(accumulate(made, shapely.union))


def _stretches(network: Network, way: Way, limit: int) -> Iterator[shapely.LineString]:
    """The streets within a limit: whole edges, and parts of those on which it falls."""
    first = np.where(way.to_u > 0, np.clip(_share(limit - way.at_u, way.to_u), 0, 1), 0)
    last = np.where(way.to_v > 0, np.clip(_share(limit - way.at_v, way.to_v), 0, 1), 0)
    whole = first + last >= 1
    yield from network.lines[way.edge[whole]]
    spans = [(way.edge[k], 0.0, first[k]) for k in np.flatnonzero(~whole & (first > 0))]
    spans += [(way.edge[k], 1 - last[k], 1.0) for k in np.flatnonzero(~whole & (last > 0))]
    left = limit - way.cost
    back, on = _share(left, way.to_v[way.own]), _share(left, way.to_u[way.own])
    low, high = np.clip(way.fraction - back, 0, 1), np.clip(way.fraction + on, 0, 1)
    spans += [(way.edge[way.own[k]], low[k], high[k]) for k in np.flatnonzero(left >= 0)]
    for edge, begin, end in spans:
        yield substring(network.lines[edge], begin, end, normalized=True)


def _share(left: npt.NDArray[np.int64], weight: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """How much of a street what is left of the limit suffices for; none where the street is closed that way."""
    return np.where(weight > 0, left / np.maximum(weight, 1), 0.0)


def _traced(network: Network, way: Way, limits: Sequence[int], width_m: float) -> list[Any]:
    """The land at most `width_m` from points along the streets within each limit, traced on a grid."""
    xy, cost = _samples(network, way, STEP * width_m)
    xy, cost = xy[cost <= limits[-1]], cost[cost <= limits[-1]]
    traced = [_on_grid(xy[some], cost[some], limits, width_m) for some in _apart(xy, TILE * width_m)]
    return [_whole([part for group in traced for part in group[k]]) for k in range(len(limits))]


def _whole(parts: list[Any]) -> Any:
    """Polygons that do not meet as one geometry; where corners touch, united."""
    whole = shapely.multipolygons(parts) if parts else shapely.MultiPolygon()
    return whole if shapely.is_valid(whole) else shapely.union_all(parts)


def _apart(xy: npt.NDArray[np.float64], tile_m: float) -> list[npt.NDArray[np.int64]]:
    """The points in groups that lie at least a tile apart, so that none needs a grid over the empty land between them."""
    from scipy.ndimage import label

    if not len(xy):
        return []
    tile = ((xy - xy.min(axis=0)) // tile_m).astype(np.int64)
    held = np.zeros(tile.max(axis=0) + 1, dtype=bool)
    held[tuple(tile.T)] = True
    group = label(held, np.ones((3, 3)))[0][tuple(tile.T)]
    order = np.argsort(group, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def _on_grid(xy: Any, cost: Any, limits: Sequence[int], width_m: float) -> list[Any]:
    """The land around these points within each limit, as polygons that do not meet."""
    low, extent = xy.min(axis=0) - 2 * width_m, np.ptp(xy, axis=0) + 4 * width_m
    cell_m = max(CELL * width_m, float(np.sqrt(extent.prod() / MOST_CELLS)))
    apart, made = np.full((np.ceil(extent / cell_m).astype(int) + 1)[::-1], np.inf), []
    for limit in limits:  # nobody is further from the streets of a larger limit, so it holds a smaller one
        apart = np.minimum(apart, _distances((xy[cost <= limit] - low) / cell_m, apart.shape))
        made.append(
            [
                shapely.Polygon(r[0] * cell_m + low, [h * cell_m + low for h in r[1:]])
                for r in _rings(apart, width_m / cell_m)
            ]
        )
    return made


def _samples(network: Network, way: Way, step_m: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Points along the streets of a way, a few metres apart, and what each costs."""
    drawn = shapely.segmentize(network.lines[way.edge], step_m)
    xy, row = shapely.get_coordinates(drawn, return_index=True)
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    along = np.cumsum(step) - np.cumsum(step)[starts][row]
    share = along / np.maximum(shapely.length(drawn), 1e-9)[row]
    cost = np.minimum(
        np.where(way.to_u > 0, way.at_u, np.inf)[row] + share * way.to_u[row],
        np.where(way.to_v > 0, way.at_v, np.inf)[row] + (1 - share) * way.to_v[row],
    )
    for own, fraction, connector in zip(way.own, way.fraction, way.cost, strict=True):
        on = slice(*np.searchsorted(row, [own, own + 1]))
        apart = share[on] - fraction
        weight = np.where(apart > 0, way.to_u[own], way.to_v[own])
        cost[on] = np.minimum(
            cost[on], np.where((weight > 0) | (np.abs(apart) < 1e-9), connector + np.abs(apart) * weight, np.inf)
        )
    return xy, cost


def _distances(at: npt.NDArray[np.float64], shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """How far each cell of a grid is from the nearest of these points, all in cells: true to a fraction of one."""
    from scipy.ndimage import distance_transform_edt

    if not len(at):
        return np.full(shape, np.inf)
    off_centre = np.abs(at - np.rint(at)).sum(axis=1)
    at = at[
        np.argsort(-off_centre, kind="stable")
    ]  # of several in a cell the one nearest to its centre is written last
    cell = np.rint(at).astype(int)
    empty, point = np.ones(shape, dtype=bool), np.zeros((*shape, 2))
    empty[cell[:, 1], cell[:, 0]] = False
    point[cell[:, 1], cell[:, 0]] = at
    y, x = distance_transform_edt(empty, return_distances=False, return_indices=True)
    nearest = point[y, x]  # the point in the nearest cell that has one
    rows, columns = np.indices(shape)
    return np.asarray(np.hypot(nearest[..., 0] - columns, nearest[..., 1] - rows))


def _rings(apart: npt.NDArray[np.float64], width: float) -> Iterator[list[npt.NDArray[np.float64]]]:
    """The outline of each part of a grid that is at most a width apart, then its holes; in cells."""
    from contourpy import FillType, contour_generator

    far = np.minimum(apart, 1e6)  # a contour is drawn between numbers
    traced: Any = contour_generator(z=far, fill_type=FillType.OuterOffset).filled(-np.inf, width)
    for ring, starts in zip(*traced, strict=True):
        yield [ring[begin:end] for begin, end in pairwise(starts)]
