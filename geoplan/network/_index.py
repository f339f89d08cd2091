"""Which street is nearest: spatial indexes of lines that stay as they are while streets are closed and added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

if TYPE_CHECKING:
    from geoplan.network.graph import Network


@dataclass(frozen=True, eq=False)
class EdgeIndex:
    """Trees of lines: the first holds the first rows of a network, the second, if there is one, those that edits added."""

    trees: tuple[shapely.STRtree, ...]

    def with_lines(self, lines: npt.NDArray[Any]) -> EdgeIndex:
        """The index with further rows: the big first tree stays, the small one of added rows is made anew."""
        added = [tree.geometries for tree in self.trees[1:]]
        return EdgeIndex((self.trees[0], shapely.STRtree(np.concatenate([*added, lines]))))

    def ask(self, question: Callable[[shapely.STRtree], Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """What a question finds in each tree: numbers of the asking geometries and rows."""
        first = np.cumsum([0, *(len(tree) for tree in self.trees)])
        found = [question(tree) + np.array([[0], [start]]) for tree, start in zip(self.trees, first, strict=False)]
        at, row = np.concatenate(found, axis=1)
        return at, row


def nearest_edges(
    network: Network, points: npt.NDArray[Any], limit_m: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The nearest open edge of each point at most `limit_m` metres away (inclusive), and how far it is: -1 and NaN where there
    is none, the first row where several are equally near.
    """
    # the trees are asked for a little more than the limit, so that a point exactly at the limit is never lost to rounding
    reach = limit_m * (1 + 1e-9) + 1e-9
    at, row = network.index.ask(lambda tree: tree.query_nearest(points, max_distance=reach))
    real = network.open[row]
    missed = np.unique(at[~real])  # near a closed street: any open one within the limit may be the nearest
    again, others = network.index.ask(lambda tree: tree.query(points[missed], "dwithin", distance=reach))
    at, row = np.concatenate([at[real], missed[again]]), np.concatenate([row[real], others])
    apart = shapely.distance(points[at], network.lines[row])
    possible = network.open[row] & (apart <= limit_m)
    at, row, apart = at[possible], row[possible], apart[possible]
    order = np.lexsort((row, apart, at))
    chosen, first = np.unique(at[order], return_index=True)
    edge, distance_m = np.full(len(points), -1, np.int64), np.full(len(points), np.nan)
    edge[chosen], distance_m[chosen] = row[order][first], apart[order][first]
    return edge, distance_m
