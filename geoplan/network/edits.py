"""Changes of a network: streets closed, added or made quicker, without building the rest again.

Every function gives another Network that shares what the change does not touch. A closed edge keeps its row; what is added
stands at the end of the rows. A search along the result costs what it would cost along a network built anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.ops import substring

from geoplan.errors import Finding, InputError, Text, UsageError
from geoplan.network._index import nearest_edges
from geoplan.network.graph import LARGEST, SCALE, Basis, Network
from geoplan.network.snap import Snap, snap

ON_LINE_M = 0.01  # streets this near to a line run along it
JOIN_M = 30.0  # an end of a new street joins an existing one at most this far away


def close(network: Network, edges: Any) -> Network:
    """The network with these edges (row numbers) closed: nobody passes them or joins them.

    >>> from geoplan.network.graph import build_network
    >>> from geoplan.profiles.mode import load_mode
    >>> import geopandas as gpd
    >>> nodes = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0, 100, 0], [0, 0, 90]), index=[1, 2, 3], crs="EPSG:4547")
    >>> lines = shapely.linestrings([[(0, 0), (100, 0)], [(0, 0), (0, 90)]])
    >>> edges = gpd.GeoDataFrame({"u": [1, 1], "v": [2, 3]}, geometry=lines, crs="EPSG:4547")
    >>> corner = build_network(nodes, edges, load_mode("walk"))
    >>> int(close(corner, edges_near(corner, shapely.Point(50, 5))).open.sum())
    1
    """
    forward, backward = network.forward.copy(), network.backward.copy()
    forward[edges], backward[edges] = 0, 0
    return _changed(network, np.asarray(edges), forward=forward, backward=backward)


def barrier(network: Network, line: shapely.LineString) -> Network:
    """The network with every open street cut where a line crosses or touches it, such as a railway, a wall or a canal: one can go
    up to it from both sides, and nobody passes. Raises `InputError` if it crosses no street.
    """
    row = edges_across(network, line)
    met = shapely.intersection(network.lines[row], line)
    points, which = shapely.get_coordinates(met, return_index=True)
    if not len(row):
        problem = Text("the barrier crosses no street", "阻隔线未穿过任何道路")
        advice = Text(
            "draw it across the streets that it cuts, as longitude, latitude", "请画过被切断的道路（经度, 纬度）"
        )
        raise InputError(Finding("GP-N033", "", "barrier", problem, advice, line.wkt))
    lines, length = network.lines[row][which], shapely.length(network.lines[row])[which]
    along = shapely.line_locate_point(lines, shapely.points(points))
    near = np.minimum(ON_LINE_M, length / 3)  # at a junction every street is cut just before it
    places = pd.DataFrame({"edge": row[which], "fraction": np.clip(along, near, length - near) / length})
    places = places.drop_duplicates().sort_values(["edge", "fraction"])
    spots = shapely.line_interpolate_point(network.lines[places["edge"]], places["fraction"], normalized=True)
    places[["x", "y"]] = shapely.get_coordinates(spots)
    return _split(network, places, joined=False)


def change_speed(network: Network, edges: Any, kph: float) -> Network:
    """The network with these edges passed at a speed in km/h, in the directions that are open: length of the line / speed, with
    nothing for surface or crossings. Raises `UsageError` for a speed that is none, or where the network counts metres.
    """
    if network.unit != "s":
        raise UsageError("a speed changes nothing where metres are counted; build the network with unit='s'")
    if not (np.isfinite(kph) and kph > 0):
        raise UsageError(f"kph must be finite and above 0, not {kph}")
    cost = _whole(network, shapely.length(network.lines[edges]), kph)
    forward, backward = network.forward.copy(), network.backward.copy()
    for weight in (forward, backward):
        weight[edges] = np.where(weight[edges] > 0, cost, 0)
    return _changed(network, np.asarray(edges), forward=forward, backward=backward)


def add_link(
    network: Network,
    line: shapely.LineString,
    highway: str | None = None,
    kph: float | None = None,
    oneway: bool = False,
    bridge: bool = False,
    join_m: float = JOIN_M,
) -> Network:
    """The network with a new street along a line (in the network's CRS), passed at `kph` or the mode's speed on its `highway` class.

    Its ends, and unless it is a `bridge` its crossings, join the streets there: at a node, or on an edge, which is split there
    into parts that cost together what it cost. An end joins the nearest open street at most `join_m` metres away, by a straight
    line. One way runs as the line is drawn. Raises `InputError` if an end is further from every street, or the mode may not use
    the class.
    """
    speed = kph or network.mode.speed_on(highway)
    if not speed:
        advice = Text(
            "name a class that it uses, see geoplan list modes", "请改用该方式可用的道路等级，见 geoplan list modes"
        )
        problem = Text(
            f"the mode {network.mode.id} may not use a new street of this class", "该出行方式不能使用此等级的新路"
        )
        raise InputError(Finding("GP-N030", "", "link", problem, advice, str(highway)))
    line = _reaching(network, line, join_m)
    stops = _stops(network, line, bridge)
    network, node = _with_nodes(network, snap(network, shapely.line_interpolate_point(line, stops), join_m))
    parts = np.array([substring(line, a, b) for a, b in pairwise(stops)], dtype=object)
    cost = _whole(network, shapely.length(parts), speed)
    back = np.zeros_like(cost) if oneway and network.mode.oneway else cost
    return _with_edges(network, node[:-1], node[1:], cost, back, parts)


def edges_near(network: Network, point: shapely.Point, limit_m: float = 300.0) -> npt.NDArray[np.int64]:
    """The open edge nearest to a point, as an array of one row number; raises `InputError` if none is within `limit_m` metres."""
    edge, _ = nearest_edges(network, np.array([point], dtype=object), limit_m)
    if edge[0] < 0:
        problem = Text(f"no street within {limit_m:g} m", f"{limit_m:g} 米内没有街道")
        advice = Text("give a point on the street, as longitude, latitude", "请给出道路上的点（经度, 纬度）")
        raise InputError(Finding("GP-N031", "", "at", problem, advice, f"{point.x:.0f}, {point.y:.0f}"))
    return edge


def edges_across(network: Network, line: shapely.LineString) -> npt.NDArray[np.int64]:
    """The open edges that a line crosses or touches."""
    _, row = network.index.ask(lambda tree: tree.query(np.array([line], dtype=object), "intersects"))
    return np.sort(row[network.open[row]])


def edges_along(network: Network, lines: Iterable[Any]) -> npt.NDArray[np.int64]:
    """The open edges that run along any of these lines (their middle lies on it): the streets of a name, for one."""
    lines = np.asarray(list(lines), dtype=object)
    at, row = network.index.ask(lambda tree: tree.query(lines, "dwithin", distance=ON_LINE_M))
    middle = shapely.line_interpolate_point(network.lines[row], 0.5, normalized=True)
    return np.unique(row[network.open[row] & (shapely.distance(middle, lines[at]) <= ON_LINE_M)])


def _whole(network: Network, length_m: Any, kph: float) -> Any:
    """What lengths cost at a speed, as whole numbers of at least 1."""
    amount = length_m if network.unit == "m" else length_m * 3.6 / kph
    return np.clip(np.rint(amount * SCALE), 1, LARGEST).astype(np.uint32)


def _reaching(network: Network, line: shapely.LineString, join_m: float) -> shapely.LineString:
    """The line, led on to the streets that its ends join."""
    ends = shapely.points([line.coords[0], line.coords[-1]])
    at = snap(network, ends, join_m)
    if (at.edge < 0).any():
        end = ends[at.edge < 0][0]
        problem = Text(
            f"an end of the new street is more than {join_m:g} m from every street", f"新路一端 {join_m:g} 米内没有街道"
        )
        advice = Text("draw it on to a street", "请将其画到已有道路上")
        raise InputError(Finding("GP-N032", "", "link", problem, advice, f"{end.x:.1f}, {end.y:.1f}"))
    coords = shapely.get_coordinates(line)
    return shapely.remove_repeated_points(shapely.LineString([at.xy[0], *coords, at.xy[1]]))


def _stops(network: Network, line: shapely.LineString, bridge: bool) -> npt.NDArray[np.float64]:
    """How far along a line it meets streets, in metres: at its ends, and unless it is a bridge where it crosses open ones."""
    met = shapely.intersection(network.lines[[] if bridge else edges_across(network, line)], line)
    along = shapely.line_locate_point(line, shapely.points(shapely.get_coordinates(met)))
    inside = np.unique(along[(along > ON_LINE_M) & (along < line.length - ON_LINE_M)])
    apart = np.diff(inside, prepend=0.0) > ON_LINE_M
    return np.concatenate([[0.0], inside[apart], [line.length]])


def _with_nodes(network: Network, at: Snap) -> tuple[Network, npt.NDArray[np.int64]]:
    """The network with a node at each of these places, and their numbers: where there is none, the edge is split."""
    node = np.where(at.fraction == 0, network.u[at.edge], network.v[at.edge]).astype(np.int64)
    inside = (at.fraction > 0) & (at.fraction < 1)
    places = pd.DataFrame({"edge": at.edge, "fraction": at.fraction, "x": at.xy[:, 0], "y": at.xy[:, 1]})[inside]
    node[inside] = len(network.node_ids) + places.groupby(["edge", "fraction"]).ngroup()
    places = places.drop_duplicates(["edge", "fraction"]).sort_values(["edge", "fraction"])
    return _split(network, places, joined=True), node


def _split(network: Network, places: pd.DataFrame, joined: bool) -> Network:
    """The network with edges split at places (edge, fraction, x, y; in that order), whose nodes come last, in the order of the
    places; the parts meet there or, if they are not joined, each ends at a node of its own.
    """
    if places.empty:
        return network
    nodes, count, times = len(network.node_ids), len(places), 1 if joined else 2
    before = nodes + np.arange(count)
    places = places.assign(before=before, after=before + (0 if joined else count))
    ids = network.node_ids.max() + 1 + np.arange(times * count)
    xy = np.vstack([network.xy, *[places[["x", "y"]].to_numpy()] * times])
    grown = _changed(network, np.empty(0, np.int64), node_ids=np.append(network.node_ids, ids), xy=xy)
    grown = close(grown, places["edge"].unique())
    parts = [part for edge in places["edge"].unique() for part in _parts(network, edge, places[places["edge"] == edge])]
    return _with_edges(grown, *(np.array(column, dtype=object) for column in zip(*parts, strict=True)))


def _parts(network: Network, edge: int, places: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The parts of an edge between its ends and places on it: their nodes, costs there and back, and lines."""
    shares = [0.0, *places["fraction"], 1.0]
    starts, ends = [int(network.u[edge]), *places["after"]], [*places["before"], int(network.v[edge])]
    costs = [_shared(int(weight[edge]), shares) for weight in (network.forward, network.backward)]
    lines = [substring(network.lines[edge], a, b, normalized=True) for a, b in pairwise(shares)]
    yield from zip(starts, ends, *costs, lines, strict=True)


def _shared(cost: int, shares: list[float]) -> list[int]:
    """The cost of an edge by its parts: together what it was, and each at least 1 where it may be passed.

    >>> _shared(1001, [0, 0.5, 1]), _shared(0, [0, 0.5, 1])
    ([500, 501], [0, 0])
    """
    return [max(round(b * cost) - round(a * cost), min(cost, 1)) for a, b in pairwise(shares)]


def _with_edges(network: Network, u: Any, v: Any, forward: Any, backward: Any, lines: Any) -> Network:
    """The network with further edges, each turned to run from its lower to its higher node."""
    turn = u > v
    more = {
        "u": np.where(turn, v, u), "v": np.where(turn, u, v), "lines": np.where(turn, shapely.reverse(lines), lines),
        "forward": np.where(turn, backward, forward), "backward": np.where(turn, forward, backward),
    }  # fmt: skip
    grown = {n: np.append(getattr(network, n), x.astype(getattr(network, n).dtype)) for n, x in more.items()}
    return _changed(network, np.arange(len(network.u), len(network.u) + len(u)), **grown)


def _changed(network: Network, edges: npt.NDArray[Any], **columns: Any) -> Network:
    """The network with other columns, of which only these edges differ: its index and its arcs are carried over."""
    basis = network.basis or Basis(network.arcs, network.arcs_reversed, np.empty(0, np.int64))
    nodes = [columns.get(end, getattr(network, end))[edges] for end in ("u", "v")]
    touched = np.unique(np.concatenate([basis.touched, *nodes]))
    changed = replace(network, basis=basis._replace(touched=touched), **columns)
    more = changed.lines[len(network.lines) :]
    vars(changed)["index"] = network.index.with_lines(more) if len(more) else network.index  # before it is asked for
    return changed
