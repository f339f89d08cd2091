"""The street network as it grows: nodes and edges in lists; the streets of seats, towns, estates and villages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely

from .common import generator, mountain, words
from .grids import RANKS, Grid
from .settlements import Estate, Village

ORDER = words("motorway motorway_link primary secondary tertiary unclassified residential service track footway steps")
NAMES = {
    "primary": words("中兴大街 泉北大街 人民大街 建设大街 中华大街 钢铁路 冶金路 守敬路"),
    "secondary": words("新华路 泉南大街 红星街 团结大街 顺德路 襄都路 滨江路 百泉大道 兴达路 振兴大街 富强路 文化街"),
    "tertiary": words(
        "和平街 胜利路 光明街 幸福路 育才街 永康街 公园路 园林街 健康路 东风街 迎宾路 朝阳街 康庄路 青年路"
    ),
}


@dataclass
class Streets:
    """Nodes `xy` and edges: ends, class, oneway, name, bridge and, where it bends, the points between."""

    xy: list[tuple[float, float]] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)
    highway: list[str] = field(default_factory=list)
    oneway: list[bool] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    bends: dict[int, np.ndarray] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    between: dict[tuple[int, int], int] = field(default_factory=dict)

    def node(self, at: Sequence[float] | np.ndarray) -> int:
        """Add a node; its number."""
        self.xy.append((float(at[0]), float(at[1])))
        return len(self.xy) - 1

    def nodes(self, points: np.ndarray) -> list[int]:
        """Add nodes; their numbers."""
        return [self.node(p) for p in points]

    def edge(self, u: int, v: int, highway: str, oneway: bool = False, name: str = "") -> int | None:
        """Add an edge unless it would be a loop or stand there already."""
        if u == v or (min(u, v), max(u, v)) in self.between:
            return None
        self.ends.append((u, v))
        self.highway.append(highway)
        self.oneway.append(oneway)
        self.name.append(name)
        self.between[min(u, v), max(u, v)] = len(self.ends) - 1
        return len(self.ends) - 1

    def remove(self, k: int) -> None:
        """Take an edge away."""
        u, v = self.ends[k]
        self.between.pop((min(u, v), max(u, v)), None)
        self.gone.add(k)

    def split(self, k: int, share: float) -> int:
        """Put a node on a straight edge; its number."""
        u, v = self.ends[k]
        a, b = np.array(self.xy[u]), np.array(self.xy[v])
        middle = self.node(a + share * (b - a))
        self.remove(k)
        for one, other in ((u, middle), (middle, v)):
            self.edge(one, other, self.highway[k], self.oneway[k], self.name[k])
        return middle

    def path(self, nodes: list[int], highway: str, oneway: bool = False, name: str = "") -> None:
        """Add edges from node to node."""
        for u, v in pairwise(nodes):
            self.edge(u, v, highway, oneway, name)

    def kept(self) -> np.ndarray:
        """The edges that are still there."""
        return np.array([k for k in range(len(self.ends)) if k not in self.gone])

    def lines(self, edges: np.ndarray) -> np.ndarray:
        """Edges as LineStrings."""
        xy, ends = np.array(self.xy), np.array(self.ends)[edges]
        lines = np.asarray(shapely.linestrings(xy[ends]))
        for row in np.flatnonzero(np.isin(edges, list(self.bends))):
            a, b = ends[row]
            lines[row] = shapely.linestrings(np.vstack([xy[a], self.bends[int(edges[row])], xy[b]]))
        return lines


@dataclass(frozen=True)
class Hub:
    """Something that roads lead to: a middle and the nodes at which they may arrive; `seat` is a grid's number or -1."""

    middle: np.ndarray
    nodes: list[int]
    seat: int = -1
    township: str = ""
    detached: int = 0


def lay_streets(grids: list[Grid], estates: list[Estate], villages: list[Village]) -> tuple[Streets, list[Hub]]:
    """Streets of the grids with their estates, and lanes of the villages; and the hubs that roads will join."""
    rng = generator("streets")
    streets, hubs = Streets(), []
    on: dict[int, list[Estate]] = {}
    for e in estates:
        on.setdefault(e.grid, []).append(e)
    for k, grid in enumerate(grids):
        ids = _grid_streets(rng, streets, grid, on.get(k, []))
        for e in on.get(k, []):
            _estate_ways(rng, streets, ids, e)
        hubs += [Hub(middle, [node], k) for middle, node in _gates(grid, ids)] if not grid.is_town else [
            Hub(np.array(grid.centre), list(ids[_rim(grid.inside)]), -1, grid.place)
        ]  # fmt: skip
    for v in villages:
        hubs.append(_village_lanes(rng, streets, v))
    return streets, hubs


def _grid_streets(rng: np.random.Generator, streets: Streets, grid: Grid, estates: list[Estate]) -> np.ndarray:
    """Edges along both families of lines; some small streets are left out, those inside an estate go or become ways."""
    n, m = grid.inside.shape
    ids = np.full((n, m), -1)
    for i, j in np.argwhere(grid.inside):
        ids[i, j] = streets.node(grid.xy[i, j])
    within = _inner_edges(estates)
    for along_a, ranks in ((True, grid.rank_a), (False, grid.rank_b)):
        for line, rank in enumerate(ranks):
            name = _street_name(rng, RANKS[rank])
            oneway = _oneway(ranks, line, grid)
            for step in range((m if along_a else n) - 1):
                a, b = ((line, step), (line, step + 1)) if along_a else ((step, line), (step + 1, line))
                if ids[a] < 0 or ids[b] < 0:
                    continue
                highway = RANKS[rank]
                if (a, b) in within:
                    highway = within[a, b]
                if highway == "none" or (rank == 0 and rng.random() < 0.06):
                    continue
                u, v = (ids[b], ids[a]) if oneway < 0 else (ids[a], ids[b])
                streets.edge(int(u), int(v), highway, oneway != 0 and highway == RANKS[rank], name)
    return ids


def _street_name(rng: np.random.Generator, rank: str) -> str:
    return str(rng.choice(NAMES[rank])) if rank in NAMES else ""


def _oneway(ranks: np.ndarray, line: int, grid: Grid) -> int:
    """In seats, some neighbouring small streets are one-way, in opposite directions."""
    if grid.is_town or ranks[line] > 0 or line % 9 not in (4, 5) or grid.radius < 1_200:
        return 0
    return 1 if line % 9 == 4 else -1


def _inner_edges(estates: list[Estate]) -> dict[tuple[tuple[int, int], tuple[int, int]], str]:
    """What becomes of the small streets inside each estate's patch."""
    inner = {}
    for e in estates:
        i, j, high, wide = e.patch
        fate = ("none", "footway", "none", "service")[(i * 7 + j * 3) % 4]
        inner.update({((i + r, j + k), (i + r, j + k + 1)): fate for r in range(1, high) for k in range(wide)})
        inner.update({((i + k, j + r), (i + k + 1, j + r)): fate for r in range(1, wide) for k in range(high)})
    return inner


def _estate_ways(rng: np.random.Generator, streets: Streets, ids: np.ndarray, e: Estate) -> None:
    """One or two gates on the estate's sides, each with a service road in and footways to left and right of it."""
    i, j, high, wide = e.patch
    middle = np.array(shapely.centroid(e.outline).coords[0])
    ring = [(i, j + k) for k in range(wide + 1)] + [(i + k, j + wide) for k in range(1, high + 1)]
    ring += [(i + high, j + wide - k) for k in range(1, wide + 1)] + [(i + high - k, j) for k in range(1, high + 1)]
    sides = [(int(ids[a]), int(ids[b])) for a, b in pairwise(ring)]
    open_sides = [s for s in sides if (min(s), max(s)) in streets.between]
    for s in rng.permutation(len(open_sides))[: min(3, high + wide - 1)]:
        u, v = open_sides[s]
        gate = streets.split(streets.between[min(u, v), max(u, v)], rng.uniform(0.35, 0.65))
        at, side = np.array(streets.xy[gate]), np.array(streets.xy[v]) - np.array(streets.xy[u])
        inward = (middle - at) / np.hypot(*(middle - at))
        yard = at + inward * min(rng.uniform(26, 44), 0.5 * np.hypot(*(middle - at)))
        left = yard + side / np.hypot(*side) * rng.uniform(18, 34)
        right = yard - side / np.hypot(*side) * rng.uniform(18, 34)
        inner = streets.nodes([yard, left, right])
        streets.edge(gate, inner[0], "service")
        streets.edge(inner[0], inner[1], "service" if rng.random() < 0.4 else "footway")
        streets.edge(inner[0], inner[2], "footway")


def _rim(inside: np.ndarray) -> np.ndarray:
    """Nodes of a grid with a neighbour missing."""
    padded = np.pad(inside, 1)
    return inside & ~(padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:])


def _gates(grid: Grid, ids: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """Where a seat's main streets end at its rim, at least 600 m apart."""
    main = (grid.rank_a[:, None] > 0) | (grid.rank_b[None, :] > 0)
    weight = np.maximum(grid.rank_a[:, None], grid.rank_b[None, :])
    found: list[tuple[np.ndarray, int]] = []
    nodes = np.argwhere(_rim(grid.inside) & main)
    for i, j in sorted(map(tuple, nodes), key=lambda n: (-weight[n], n)):
        at = grid.xy[i, j]
        if all(np.hypot(*(at - other)) > 600 for other, _ in found):
            found.append((at, int(ids[i, j])))
    return found


def _village_lanes(rng: np.random.Generator, streets: Streets, v: Village) -> Hub:
    """All lanes of the small grid but a few; steps here and there in the mountains."""
    rows, columns = v.lanes.shape[:2]
    ids = np.array(streets.nodes(v.lanes.reshape(-1, 2))).reshape(rows, columns)
    steep = float(mountain(*v.middle)) > 0.7
    for i in range(rows):
        for j in range(columns):
            if j + 1 < columns:
                streets.edge(
                    int(ids[i, j]), int(ids[i, j + 1]), "steps" if steep and rng.random() < 0.04 else "residential"
                )
            if i + 1 < rows and (j in (0, columns - 1) or rng.random() > 0.25):
                streets.edge(int(ids[i, j]), int(ids[i + 1, j]), "residential" if rng.random() > 0.08 else "footway")
    rim = [*ids[0], *ids[-1], *ids[1:-1, 0], *ids[1:-1, -1]]
    return Hub(v.middle, [int(k) for k in rim], -1, v.code[:9], v.detached)
