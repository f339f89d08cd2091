"""Drawn lines cut into pieces between the places where they meet, which become nodes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geoplan.sources._street_meets import (
    SLACK_M,
    TOUCH_M,
    Drawn,
    Floats,
    Ints,
    Meeting,
    as_complex,
    components,
    crossings,
    feet,
    gathered,
)


class Pieces(NamedTuple):
    """Lines cut where they meet: of each piece the line that it comes from, its share of it, its two nodes and its shape; of each
    node the position; of each line end how far it moved and whether to a street beside it; how many crossings join and do not.
    """

    line: Ints
    share: Floats
    u: Ints
    v: Ints
    shape: Any
    xy: Floats
    moved: Floats
    aside: npt.NDArray[np.bool_]
    crossed: int
    apart: int


def pieces(given: Drawn, reach: float) -> Pieces:
    """Cut lines where they meet, ends within `reach` metres joined (see `_street_lines.join_lines` for the rules)."""
    ends = given.ends
    node = gathered(given.xy[ends], reach)
    beside = feet(given, node, reach)
    across, apart, links = crossings(given, node, reach)
    own = Meeting(given.line[ends], given.along[ends], node, given.xy[ends], np.zeros(len(ends)))
    cuts = Meeting(*(np.concatenate(parts) for parts in zip(own, beside, across, strict=True)))
    order = np.lexsort((cuts.along, cuts.line))
    one = (np.diff(cuts.line[order]) == 0) & (np.diff(cuts.along[order]) <= TOUCH_M)
    links = np.concatenate([links, np.column_stack([cuts.place[order][:-1][one], cuts.place[order][1:][one]])])
    label = components(int(cuts.place.max()) + 1, links)
    rank = np.repeat([2, 1, 0], [len(own.line), len(beside.line), len(across.line)])
    xy, number = _positions(cuts, label[cuts.place], rank)
    cuts = cuts._replace(place=number[label[cuts.place]])
    at_end = cuts.place[: len(ends)]
    aside = np.isin(at_end, cuts.place[rank < 2])
    moved = np.hypot(*(xy[at_end] - given.xy[ends]).T)
    crossed = len(np.unique(cuts.place[rank == 0]))
    return Pieces(*_cut(given, cuts, len(ends), xy, reach), xy, moved, aside, crossed, apart)


def _positions(cuts: Meeting, label: Ints, rank: Ints) -> tuple[Floats, Ints]:
    """Where each node stands, and its number by label: at a crossing, else on the street beside it, else where most of its ends are;
    nodes are numbered from west to east.
    """
    _, spot, often = np.unique(as_complex(cuts.xy), return_inverse=True, return_counts=True)
    worth = np.where(rank == 2, -often[spot], cuts.away)
    order = np.lexsort((cuts.xy[:, 1], cuts.xy[:, 0], worth, rank, label))
    labels, first = np.unique(label[order], return_index=True)
    xy = cuts.xy[order[first]]
    west = np.lexsort((xy[:, 1], xy[:, 0]))
    number = np.empty(int(labels.max()) + 1, np.int64)
    number[labels[west]] = np.arange(len(west))
    return xy[west], number


def _cut(given: Drawn, cuts: Meeting, ends: int, xy: Floats, reach: float) -> tuple[Ints, Floats, Ints, Ints, Any]:
    """The pieces of all lines between their cuts; cuts of one node that lie side by side are one."""
    kind = np.ones(len(cuts.line), np.int64)
    kind[: ends // 2], kind[ends // 2 : ends] = 0, 2
    order = np.lexsort((kind, cuts.along, cuts.line))
    line, along, place, kind = cuts.line[order], cuts.along[order], cuts.place[order], kind[order]
    same = (np.diff(line) == 0) & (np.diff(place) == 0) & (np.diff(along) <= 2 * reach)
    drop = np.zeros(len(line), dtype=bool)
    drop[1:] |= same & (kind[1:] == 1)
    drop[:-1] |= same & (kind[1:] == 2) & (kind[:-1] == 1)
    line, along, place = line[~drop], along[~drop], place[~drop]
    start = np.flatnonzero(np.diff(line) == 0)
    shape = _shapes(given, line, along, start, xy[place])
    share = (along[start + 1] - along[start]) / given.length[line[start]]
    return line[start], share, place[start], place[start + 1], shape


def _shapes(given: Drawn, line: Ints, along: Floats, start: Ints, xy: Floats) -> Any:
    """The line of each piece: from node to node by the vertices between them."""
    base = np.concatenate([[0.0], np.cumsum(given.length + 1)])  # puts all lines on one scale
    cut, vertex = base[line] + along, base[given.line] + given.along
    after = np.searchsorted(cut, vertex, side="right") - 1
    piece = np.full(len(line), -1)
    piece[start] = np.arange(len(start))
    of_vertex = piece[after]
    following = cut[np.minimum(after + 1, len(cut) - 1)]
    inner = (of_vertex >= 0) & (vertex - cut[after] > SLACK_M) & (following - vertex > SLACK_M)
    number = np.arange(len(start))
    owner = np.concatenate([number, of_vertex[inner], number])
    order = np.lexsort((np.repeat([0, 1, 2], [len(start), int(inner.sum()), len(start)]), owner))
    points = np.concatenate([xy[start], given.xy[inner], xy[start + 1]])
    return shapely.linestrings(points[order], indices=owner[order]) if len(start) else np.empty(0, object)
