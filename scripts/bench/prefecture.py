"""A made-up prefecture of any size: seats, towns and villages with dense grids of streets, and country roads between them.

The plane is a lattice of cells of 2.2 km; 11 × 11 cells are a county with its seat in the middle, towns in some cells and a village
in most others. So a prefecture of more nodes covers more land and is not denser. All is drawn from one seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from geoplan.network.graph import Network, build_network
from geoplan.profiles.mode import load_mode

CRS = "EPSG:4547"
ORIGIN_M = 300_000.0, 3_800_000.0  # somewhere inside the zone of the CRS
CELL_M = 2_200.0
COUNTY = 11  # cells a side
ACROSS_M = 68.0  # of a block, in the middle of the range of settlements
PIECE_M = 260.0  # of a country road between two nodes
EVERY = 6  # th street of a grid is a main street
EDGES = 1.36  # a node inside a settlement
INSIDE = 0.83  # of the nodes lie in settlements, most others along roads
COUNTY_NODES = 17_000  # about
CLASSES = np.array(["residential", "tertiary", "secondary", "unclassified", "primary"])
SEAT, TOWN, VILLAGE = 5_200, 420, 46  # nodes, in the middle of their ranges

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Prefecture:
    """Nodes at `xy` (metres in CRS) and straight streets from `u` to `v`; `highway` counts in CLASSES, `oneway` is from u to v."""

    xy: npt.NDArray[np.float64]
    u: Numbers
    v: Numbers
    highway: Numbers
    oneway: npt.NDArray[np.bool_]

    @property
    def length_m(self) -> npt.NDArray[np.float64]:
        """The length of each street."""
        return np.asarray(np.hypot(*(self.xy[self.u] - self.xy[self.v]).T))

    @property
    def connected_share(self) -> float:
        """The share of the nodes that hang together with the largest piece."""
        nodes = len(self.xy)
        graph = coo_array((np.ones(len(self.u), np.int8), (self.u, self.v)), shape=(nodes, nodes))
        return float(np.bincount(connected_components(graph, directed=False)[1]).max() / nodes)

    @cached_property
    def frames(self) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
        """The street tables that `build_network` takes."""
        nodes = gpd.GeoDataFrame(
            geometry=shapely.points(self.xy), index=pd.RangeIndex(len(self.xy), name="node_id"), crs=CRS
        )
        columns: dict[str, Any] = {"u": self.u, "v": self.v, "length_m": self.length_m}
        columns["highway"] = pd.Categorical.from_codes(self.highway, CLASSES).astype(object)
        columns["oneway"] = np.where(self.oneway, "yes", "no").astype(object)
        lines = shapely.linestrings(np.stack([self.xy[self.u], self.xy[self.v]], axis=1))
        return nodes, gpd.GeoDataFrame(columns, geometry=lines, crs=CRS)

    def network(self, mode: str = "walk", unit: Literal["m", "s"] | None = None) -> Network:
        """The network of a mode."""
        return build_network(*self.frames, load_mode(mode), unit)


@dataclass(frozen=True, eq=False)
class Settlements:
    """Where each settlement lies, how many nodes it is to have, and the nodes a side of the lattice they are cut out of."""

    middle: npt.NDArray[np.float64]
    nodes: Numbers

    @property
    def side(self) -> Numbers:
        """Nodes a side: a circle is cut out of the square."""
        return np.asarray(np.ceil(np.sqrt(self.nodes * 4 / np.pi)), np.int64) + 1


def make_prefecture(nodes: int, seed: int = 20260101) -> Prefecture:
    """A prefecture of about `nodes` nodes (within 4 %) with 2.6 directed edges a node; the same for the same seed.

    A settlement is a grid of which a random spanning tree, all main streets and some further streets are kept: corners of one to
    four streets, dead ends, blocks of many shapes. One main street in two of a seat is one-way. One village in a hundred is joined
    by no road.
    """
    rng = np.random.default_rng(seed)
    places = _settlements(nodes, rng)
    xy, of, streets = _grids(places, rng)
    streets = streets[_kept(len(xy), streets, rng)]
    roads_xy, roads = _roads(places, xy, of, rng)
    xy, streets = np.concatenate([xy, roads_xy]), np.concatenate([streets, roads])
    used, ends = np.unique(streets["ends"], return_inverse=True)
    u, v = ends.reshape(-1, 2).T
    return Prefecture(xy[used], u, v, streets["highway"].astype(np.int64), streets["oneway"])


STREET = np.dtype([("ends", np.int64, 2), ("highway", np.int8), ("main", bool), ("oneway", bool)])


def _settlements(nodes: int, rng: np.random.Generator) -> Settlements:
    """Seats, towns and villages in as many counties as the nodes ask for; one seat in eight is a city."""
    counties = max(1, round(nodes / COUNTY_NODES))
    across = int(np.ceil(np.sqrt(counties)))
    county, cell = np.divmod(np.arange(counties * COUNTY**2), COUNTY**2)
    row, column = np.divmod(cell, COUNTY)
    at = np.column_stack([county % across * COUNTY + column, county // across * COUNTY + row]).astype(float)
    kind = rng.random(len(at))
    middle_of = np.where(kind < 0.07, TOWN, np.where(kind < 0.9, VILLAGE, 0))
    is_seat = cell == COUNTY**2 // 2
    middle_of[is_seat] = np.where(county[is_seat] % 8 == 3, 6 * SEAT, SEAT)
    size = (middle_of * rng.lognormal(0, 0.4, len(at))).astype(np.int64)
    reach = np.sqrt(size[is_seat] / np.pi) * ACROSS_M / CELL_M + 0.7  # no village where the seat lies
    apart = np.abs(at - at[is_seat][county]).max(axis=1)
    stays = (size > 3) & (is_seat | (apart > reach[county]))
    at, size = at[stays] + rng.uniform(-0.18, 0.18, (stays.sum(), 2)), size[stays]
    return Settlements(
        np.array(ORIGIN_M) + at * CELL_M, np.maximum(size * nodes * INSIDE / size.sum(), 4).astype(np.int64)
    )


def _grids(places: Settlements, rng: np.random.Generator) -> tuple[npt.NDArray[np.float64], Numbers, npt.NDArray[Any]]:
    """The nodes of all settlements, the settlement of each, and every street that their grids could have."""
    side = places.side
    of = np.repeat(np.arange(len(side)), side**2)
    first = np.cumsum(side**2) - side**2
    row, column = np.divmod(np.arange(len(of)) - first[of], side[of])
    block = (ACROSS_M * rng.lognormal(0, 0.15, len(side)))[of]
    offset = np.column_stack([column, row]) - (side[of, None] - 1) / 2 + rng.normal(0, 0.1, (len(of), 2))
    inside = np.hypot(*offset.T) <= side[of] / 2
    turn = rng.uniform(0, np.pi / 2, len(side))[of]
    x, y = (offset * block[:, None]).T
    xy = places.middle[of] + np.column_stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)])
    node = np.cumsum(inside) - 1
    parts = []
    for line, step, possible in ((row, 1, column < side[of] - 1), (column, side[of], row < side[of] - 1)):
        tail = np.flatnonzero(possible)
        head = tail + (step if isinstance(step, int) else step[tail])
        both = inside[tail] & inside[head]
        tail, head = tail[both], head[both]
        parts.append(_streets(node[tail], node[head], line[tail], places.nodes[of[tail]]))
    return xy[inside], of[inside], np.concatenate(parts)


def _streets(tail: Numbers, head: Numbers, line: Numbers, size: Numbers) -> npt.NDArray[Any]:
    """The streets along one family of lines: every sixth is a main street, and in seats each second of these is one-way."""
    streets = np.zeros(len(tail), STREET)
    streets["main"] = line % EVERY == EVERY // 2
    seat = size > 1_500
    streets["highway"] = np.where(streets["main"], np.where(seat, 2, 1), 0)
    streets["oneway"] = streets["main"] & seat & (line // EVERY % 4 < 2)
    back = line // EVERY % 2 == 1
    streets["ends"] = np.where(back[:, None], np.column_stack([head, tail]), np.column_stack([tail, head]))
    return streets


def _kept(nodes: int, streets: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """A spanning tree that likes main streets, all main streets, and others until there are EDGES a node."""
    rank = np.empty(len(streets))
    rank[np.lexsort((rng.random(len(streets)), ~streets["main"]))] = np.arange(1, len(streets) + 1)
    graph = coo_array((rank, streets["ends"].T), shape=(nodes, nodes)).tocsr()
    kept = np.zeros(len(streets), bool)
    kept[np.argsort(rank)[minimum_spanning_tree(graph).data.astype(np.int64) - 1]] = True
    kept |= streets["main"]
    free = np.flatnonzero(~kept)
    kept[rng.permutation(free)[: max(0, round(EDGES * nodes) - int(kept.sum()))]] = True
    return kept


def _roads(
    places: Settlements, xy: npt.NDArray[np.float64], of: Numbers, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[Any]]:
    """The nodes and streets of the roads between near settlements, each from the street corner that looks to the other."""
    joined = np.flatnonzero((rng.random(len(places.nodes)) > 0.01) | (places.nodes > TOWN))
    a, b = joined[_near(places.middle[joined], rng)].T
    corners = cKDTree(np.column_stack([xy, of * 1e6]))  # no corner of another settlement can be the nearest
    gate_a = corners.query(np.column_stack([places.middle[b], a * 1e6]))[1]
    gate_b = corners.query(np.column_stack([places.middle[a], b * 1e6]))[1]
    way = xy[gate_b] - xy[gate_a]
    inner = (np.hypot(*way.T) / PIECE_M).astype(np.int64)
    road = np.repeat(np.arange(len(a)), inner + 2)
    step = np.arange(len(road)) - (np.cumsum(inner + 2) - inner - 2)[road]
    share = step / (inner[road] + 1)
    bend = (rng.uniform(-0.06, 0.06, len(a))[road] * np.sin(2 * np.pi * share))[:, None] * way[road] @ [[0, 1], [-1, 0]]
    between = (step > 0) & (step < inner[road] + 1)
    node = len(xy) + np.cumsum(between) - 1
    node = np.where(step == 0, gate_a[road], np.where(between, node, gate_b[road]))
    streets = np.zeros(int((inner + 1).sum()), STREET)
    follows = np.flatnonzero(road[1:] == road[:-1])
    streets["ends"] = np.column_stack([node[follows], node[follows + 1]])
    streets["highway"] = np.where(np.maximum(places.nodes[a], places.nodes[b]) > TOWN, 4, 3)[road[follows]]
    return (xy[gate_a][road] + share[:, None] * way[road] + bend)[between], streets


def _near(middle: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[Any]:
    """Pairs of neighbours: the shortest tree that joins all, and a third of the other near ones."""
    corner = Delaunay(middle).simplices
    pairs = np.unique(np.sort(np.concatenate([corner[:, [0, 1]], corner[:, [1, 2]], corner[:, [0, 2]]])), axis=0)
    apart = np.hypot(*(middle[pairs[:, 0]] - middle[pairs[:, 1]]).T)
    tree = minimum_spanning_tree(coo_array((apart, pairs.T), shape=(len(middle),) * 2).tocsr()).tocoo()
    is_tree = np.isin(pairs @ [len(middle), 1], tree.row.astype(np.int64) * len(middle) + tree.col)
    return np.asarray(pairs[is_tree | ((apart < 3 * CELL_M) & (rng.random(len(pairs)) < 0.33))])
