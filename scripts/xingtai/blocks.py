"""Blocks of the towns that nothing stands on yet, dealt out one after the other: parks, works, markets, then parcels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from .grids import Grid
from .outlines import Outlines

STREET_M = 15.0  # from the middle of the streets round a block to its ground


@dataclass(frozen=True)
class Block:
    """A free block: its four corners (4, 2) in the middle of its streets, in metres; `depth` is 0 mid-town, 1 at the edge."""

    corners: np.ndarray
    township: str
    depth: float
    is_town: bool

    @property
    def ground(self) -> shapely.Polygon:
        """What is left of the block inside its streets."""
        return shapely.buffer(shapely.polygons(self.corners), -STREET_M, join_style="mitre")

    @property
    def middle(self) -> np.ndarray:
        """The mean of its corners."""
        return np.asarray(self.corners.mean(0))

    def part(self, along: tuple[float, float], across: tuple[float, float]) -> shapely.Polygon:
        """The quadrilateral of the block between two shares of its length and two shares of its width."""
        return shapely.polygons([
            self._at(along[0], across[0]), self._at(along[1], across[0]), self._at(along[1], across[1]), self._at(along[0], across[1])
        ])  # fmt: skip

    def _at(self, s: float, t: float) -> np.ndarray:
        a, b, c, d = self.corners
        return np.asarray((1 - s) * (1 - t) * a + s * (1 - t) * b + s * t * c + (1 - s) * t * d)

    @property
    def sides_m(self) -> tuple[float, float]:
        """Its length and width: the means of opposite sides."""
        a, b, c, d = self.corners
        length = (np.hypot(*(b - a)) + np.hypot(*(c - d))) / 2
        return float(length), float((np.hypot(*(d - a)) + np.hypot(*(c - b))) / 2)


class FreeBlocks:
    """The blocks that are still free; each is given away once."""

    def __init__(self, outlines: Outlines, grids: list[Grid], occupied: list[np.ndarray]) -> None:
        """All blocks that no estate takes, wholly in one township, clear of the geometries that occupy ground."""
        tree = shapely.STRtree(np.concatenate(occupied))
        self.left: list[Block] = []
        for grid in grids:
            for i, j in np.argwhere(~grid.taken):
                block = _block(grid, int(i), int(j), outlines)
                if block and not len(tree.query(shapely.polygons(block.corners), predicate="intersects")):
                    self.left.append(block)

    def take(self, rng: np.random.Generator, count: int, weight: Callable[[Block], float]) -> list[Block]:
        """Draw blocks by weight and give them away; raise if fewer than wanted have a weight."""
        weights = np.array([weight(b) for b in self.left])
        if (weights > 0).sum() < count:
            raise RuntimeError(f"{count} free blocks are wanted and {int((weights > 0).sum())} are left")
        picked = set(rng.choice(len(self.left), count, replace=False, p=weights / weights.sum()).tolist())
        given = [b for k, b in enumerate(self.left) if k in picked]
        self.left = [b for k, b in enumerate(self.left) if k not in picked]
        return given


def _block(grid: Grid, i: int, j: int, outlines: Outlines) -> Block | None:
    corners = grid.ring(i, j)
    homes = set(outlines.township_of(corners))
    ground = shapely.polygons(corners)
    if len(homes) != 1 or "" in homes or not ground.is_valid or ground.area < 6_000:
        return None
    depth = float(np.hypot(*(corners.mean(0) - grid.centre)) / grid.radius)
    return Block(corners, homes.pop(), depth, grid.is_town)
