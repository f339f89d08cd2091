"""Small towns of streets for the laws of travel: drawn by hypothesis or from a seed, and an independent search over them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
from hypothesis import strategies as st
from shapely import LineString, Point

from geoplan.network.graph import Network, build_network
from geoplan.network.snap import snap
from geoplan.network.travel import travel_cost
from geoplan.profiles.mode import Mode, load_mode

CRS = "EPSG:4547"
WALK, DRIVE = load_mode("walk"), load_mode("drive")
FAR_M = 100_000.0

Spot = tuple[float, float]
Costs = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Street:
    """From node `u` to node `v`, by way of the points `bend`; `oneway` is yes or no, `length_m` None if the line counts."""

    u: int
    v: int
    oneway: str = "no"
    bend: tuple[Spot, ...] = ()
    length_m: float | None = None


@dataclass(frozen=True)
class Town:
    """Where the corners are, and the streets between them."""

    corners: list[Spot]
    streets: list[Street]

    def tables(self, ids: Any = None) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
        """Nodes and edges as `build_network` takes them; `ids` are other names of the corners."""
        ids = np.arange(len(self.corners)) if ids is None else np.asarray(ids)
        nodes = gpd.GeoDataFrame(geometry=[Point(*c) for c in self.corners], index=ids, crs=CRS)
        lines = [LineString([self.corners[s.u], *s.bend, self.corners[s.v]]) for s in self.streets]
        columns: dict[str, Any] = {"u": [ids[s.u] for s in self.streets], "v": [ids[s.v] for s in self.streets]}
        columns |= {"oneway": [s.oneway for s in self.streets], "highway": "residential"}
        length = [s.length_m if s.length_m is not None else g.length for s, g in zip(self.streets, lines, strict=True)]
        return nodes, gpd.GeoDataFrame({**columns, "length_m": length}, geometry=lines, crs=CRS)

    def network(self, mode: Mode = DRIVE, unit: Any = "m") -> Network:
        """The network of a mode, in metres unless said otherwise."""
        return build_network(*self.tables(), mode, unit)

    def at_corners(self, prefix: str) -> gpd.GeoDataFrame:
        """A point at every corner."""
        return points(self.corners, prefix)


def points(rows: Any, prefix: str) -> gpd.GeoDataFrame:
    """A table of points whose ids are a letter and a number."""
    index = [f"{prefix}{i}" for i in range(len(rows))]
    return gpd.GeoDataFrame(geometry=[Point(*row) for row in rows], index=index, crs=CRS)


def costs(
    network: Network,
    demand: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    limit_m: float = FAR_M,
    engine: Any = "numba",
) -> Costs:
    """Whole thousandths by pair of ids."""
    limit = {"limit_m": limit_m} if network.unit == "m" else {"limit_min": limit_m / 60}
    cost = travel_cost(network, demand, places, **limit, engine=engine)
    pairs = zip(cost.demand_ids[cost.demand], cost.place_ids[cost.place], strict=True)
    return dict(zip(pairs, cost.cost.tolist(), strict=True))


SPOTS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=6)


@st.composite
def towns(draw: st.DrawFn, oneway: bool = True) -> Town:
    """A few corners and straight streets between them, some one-way; they may cross, and need not hang together."""
    size = draw(st.integers(2, 9))
    spot = st.tuples(st.integers(0, 40), st.integers(0, 40))
    corners = draw(st.lists(spot, min_size=size, max_size=size, unique=True))
    end = st.integers(0, size - 1)
    ends = draw(st.lists(st.tuples(end, end, st.booleans()).filter(lambda e: e[0] != e[1]), min_size=1, max_size=16))
    return Town(corners, [Street(u, v, "yes" if oneway and one else "no") for u, v, one in ends])


@st.composite
def whole_towns(draw: st.DrawFn) -> Town:
    """Streets that hang together, some one-way, of an even number of metres each; no street passes through a foreign corner.

    All corners lie on one parabola, so that a point at a corner joins at that corner, whatever streets are added.
    """
    size = draw(st.integers(2, 9))
    corners = [(3.0 * x, float(x * x)) for x in range(size)]
    tree = [(draw(st.integers(0, k - 1)), k) for k in range(1, size)]
    end = st.integers(0, size - 1)
    more = draw(st.lists(st.tuples(end, end).filter(lambda e: e[0] != e[1]), max_size=8))
    return Town(corners, [draw(_measured(u, v)) for u, v in [*tree, *more]])


def _measured(u: int, v: int) -> st.SearchStrategy[Street]:
    length = st.integers(1, 60).map(lambda half: 2.0 * half)
    return st.builds(Street, st.just(u), st.just(v), st.sampled_from(["yes", "no"]), st.just(()), length)


def random_town(random: np.random.Generator) -> tuple[Town, list[Spot], list[Spot]]:
    """One-way streets, parallel and bent ones, loops, corners that share their place; and spots at corners, along streets and off."""
    size = int(random.integers(2, 9))
    corners = [tuple(c) for c in random.integers(0, 30, (size, 2)).astype(float)]
    corners += [corners[k] for k in random.integers(0, size, int(random.integers(0, 3)))]  # a bridge over a corner
    made = [_random_street(random, corners) for _ in range(int(random.integers(1, 18)))]
    streets = [s for s in made if s is not None] or [Street(0, 1, bend=((50.0, 50.0),))]
    town = Town(corners, streets)
    return town, _spots(random, town), _spots(random, town)


def _random_street(random: np.random.Generator, corners: list[Any]) -> Street | None:
    u, v = (int(k) for k in random.integers(0, len(corners), 2))
    bends = 2 if u == v else int(random.random() < 0.3)
    bend = tuple((float(x), float(y)) for x, y in random.integers(0, 30, (bends, 2)))
    line = LineString([corners[u], *bend, corners[v]])
    return Street(u, v, "yes" if random.random() < 0.4 else "no", bend) if line.length > 0 else None


def _spots(random: np.random.Generator, town: Town) -> list[Spot]:
    """Up to five spots, of each kind some."""
    spots: list[Spot] = []
    for kind in random.integers(0, 3, int(random.integers(1, 6))):
        street = town.streets[int(random.integers(0, len(town.streets)))]
        line = LineString([town.corners[street.u], *street.bend, town.corners[street.v]])
        along = line.interpolate(random.random(), normalized=True)
        spots.append([town.corners[street.u], (along.x, along.y), tuple(random.uniform(-5, 35, 2))][kind])
    return spots


def split_graph(network: Network, demand: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> nx.DiGraph:
    """The oracle's graph: every edge is cut at every point on it, so that no rule about ends or one edge is needed."""
    at = {"d": snap(network, demand.geometry.to_numpy()), "p": snap(network, places.geometry.to_numpy())}
    graph = nx.DiGraph()

    def arc(a: object, b: object, weight: int) -> None:
        if weight < graph.get_edge_data(a, b, {"weight": weight + 1})["weight"]:
            graph.add_edge(a, b, weight=weight)

    for k, (u, v) in enumerate(zip(network.u.tolist(), network.v.tolist(), strict=True)):
        on = [
            (float(s.fraction[i]), kind, i) for kind, s in at.items() for i in np.flatnonzero((s.edge == k) & s.joined)
        ]
        for weight, sense in ((int(network.forward[k]), 1), (int(network.backward[k]), -1)):
            stops = [(0.0, u), *((f, (kind, i)) for f, kind, i in sorted(on)), (1.0, v)]
            for (f, a), (g, b) in pairwise(stops if weight else []):
                cost = round(g * weight) - round(f * weight)
                if sense == 1 or cost == 0:  # what stands at one spot is there, whichever way the street leads
                    arc(a, b, cost)
                if sense == -1 or cost == 0:
                    arc(b, a, cost)
        for f, kind, i in on:
            if f in (0.0, 1.0):
                arc((kind, i), u if f == 0 else v, 0)
                arc(u if f == 0 else v, (kind, i), 0)
    for kind, s in at.items():
        for i in np.flatnonzero(s.joined):
            way = int(network.connector(s.distance_m[i : i + 1])[0])
            first, second = (("out", i), (kind, i)) if kind == "d" else ((kind, i), ("in", i))
            arc(first, second, way)
    return graph


def oracle(network: Network, demand: gpd.GeoDataFrame, places: gpd.GeoDataFrame, limit: float = np.inf) -> Costs:
    """What networkx finds within the limit (whole thousandths): cost by pair of ids."""
    graph = split_graph(network, demand, places)
    found = {}
    for i, name in enumerate(demand.index):
        if ("out", i) in graph:
            reached = nx.single_source_dijkstra_path_length(graph, ("out", i))
            found |= {
                (name, places.index[n[1]]): c
                for n, c in reached.items()
                if isinstance(n, tuple) and n[0] == "in" and c <= limit
            }
    return found
