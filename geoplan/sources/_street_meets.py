"""Where drawn lines meet: at their ends, where an end lies beside a line, and where their insides cross or touch."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

TOUCH_M = 0.001  # nearer than this is the same place, whatever join_m says: rounding of a projection
SLACK_M = 1e-6  # so that a distance that is join_m on paper still is in binary
CHUNK = 200_000  # segments that are looked up at once
PARALLEL = 1e-6  # sine of the angle from which on two segments have one crossing point


class Drawn(NamedTuple):
    """Lines in arrays: positions of all vertices, the line of each and how far along it, in metres; where each line starts among
    them; the level of each line; the vertex at which each segment starts, and an index of the segments.
    """

    xy: Floats
    line: Ints
    along: Floats
    starts: Ints
    level: Ints
    tail: Ints
    tree: shapely.STRtree

    @property
    def length(self) -> Floats:
        """The length of each line in metres."""
        return self.along[self.starts[1:] - 1]

    @property
    def ends(self) -> Ints:
        """The vertices at the starts of all lines, then those at their ends."""
        return np.concatenate([self.starts[:-1], self.starts[1:] - 1])


class Meeting(NamedTuple):
    """Places on lines that belong together: the line, metres along it, the place (a number), the position, and its distance."""

    line: Ints
    along: Floats
    place: Ints
    xy: Floats
    away: Floats

    def only(self, rows: Ints) -> Meeting:
        """These rows, in this order."""
        return Meeting(self.line[rows], self.along[rows], self.place[rows], self.xy[rows], self.away[rows])


def drawn(lines: Any, level: Ints) -> Drawn:
    """Lines (LineStrings in metres, each longer than 0) and their levels as arrays."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    starts = np.searchsorted(line, np.arange(len(lines) + 1))
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    step[starts[:-1]] = 0
    total = np.cumsum(step)
    tail = np.flatnonzero((line[:-1] == line[1:]) & (step[1:] > 0))
    tree = shapely.STRtree(shapely.linestrings(np.stack([xy[tail], xy[tail + 1]], axis=1)))
    return Drawn(xy, line, total - total[starts[:-1]][line], starts, level, tail, tree)


def components(count: int, links: Ints) -> Ints:
    """The connected component of each of `count` things by pairs of them."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(links), np.int8), (links[:, 0], links[:, 1])), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def gathered(xy: Floats, reach: float) -> Ints:
    """The node of each line end: ends within `reach` of one another, and of these again, are one."""
    from scipy.spatial import cKDTree

    _, first, spot = np.unique(as_complex(xy), return_index=True, return_inverse=True)
    pairs = cKDTree(xy[first]).query_pairs(reach + SLACK_M, output_type="ndarray")
    return components(len(first), pairs)[spot]


def as_complex(xy: Floats) -> Any:
    """Positions as complex numbers, which numpy sorts by x, then y, ten times as quickly as rows."""
    return xy[:, 0] + 1j * xy[:, 1]


def feet(given: Drawn, node: Ints, reach: float) -> Meeting:
    """Where nodes of line ends lie within `reach` of the inside of a line: once each time that the line passes by."""
    ends = given.ends
    _, first = np.unique(as_complex(given.xy[ends]), return_index=True)
    spots = given.xy[ends][first]
    spot, segment = given.tree.query(shapely.points(spots), predicate="dwithin", distance=reach + SLACK_M)
    line, along, xy = _foot(given, segment, spots[spot])
    place, away = node[first][spot], np.hypot(*(xy - spots[spot]).T)
    own = np.zeros(len(spot), dtype=bool)
    count = len(given.starts) - 1
    for end, distance in ((0, along), (count, given.length[line] - along)):
        near = np.hypot(*(given.xy[ends[line + end]] - spots[spot]).T)
        own |= (node[line + end] == place) & (distance <= 2 * (reach + near))
    found = Meeting(line, along, place, xy, away)
    found = _nearest(found.only(np.flatnonzero(~own)), 2 * reach)
    return found.only(np.flatnonzero(_levels_meet(given, node, found)))


def _foot(given: Drawn, segment: Ints, point: Floats) -> tuple[Ints, Floats, Floats]:
    """The line, the metres along it and the position of the place on a segment that is nearest to a point."""
    tail = given.tail[segment]
    start, step = given.xy[tail], given.xy[tail + 1] - given.xy[tail]
    share = np.clip(((point - start) * step).sum(axis=1) / (step**2).sum(axis=1), 0, 1)
    return given.line[tail], given.along[tail] + share * np.hypot(*step.T), start + share[:, None] * step


def _nearest(found: Meeting, gap: float) -> Meeting:
    """Of the places where one line passes one node the nearest; a new pass begins where the line went on by more than `gap`."""
    found = found.only(np.lexsort((found.along, found.line, found.place)))
    new = np.ones(len(found.line), dtype=bool)
    new[1:] = (np.diff(found.line) != 0) | (np.diff(found.place) != 0) | (np.diff(found.along) > gap)
    passing = np.cumsum(new)
    best = np.lexsort((found.along, found.away, passing))
    _, first = np.unique(passing[best], return_index=True)
    return found.only(best[first])


def _levels_meet(given: Drawn, node: Ints, found: Meeting) -> npt.NDArray[np.bool_]:
    """Whether a node joins the line it lies at: one of its ends has the line's level; or it is a single end that joins no street of
    its own level, and this one's level is the nearest.
    """
    levels, level = np.unique(given.level, return_inverse=True)
    of_end = np.concatenate([level, level])
    same = np.isin(found.place * len(levels) + level[found.line], node * len(levels) + of_end)
    single = (np.bincount(node)[found.place] == 1) & ~np.isin(found.place, found.place[same])
    own = np.zeros(int(node.max()) + 1, np.int64)
    own[node] = given.level[given.line[given.ends]]
    steps = np.abs(given.level[found.line] - own[found.place])
    least = np.full(len(own), np.iinfo(np.int64).max)
    np.minimum.at(least, found.place, steps)
    return np.asarray(same | (single & (steps == least[found.place])))


def crossings(given: Drawn, node: Ints, reach: float) -> tuple[Meeting, int, Ints]:
    """Where the insides of lines of one level meet, a place on each of the two lines; how many crossings of different levels stay
    apart; and which of the places are line ends that run over a street by at most `reach`.
    """
    first, second = _near_segments(given)
    a, b = given.tail[first], given.tail[second]
    pair, xy, over = _meets(given.xy[a], given.xy[a + 1], given.xy[b], given.xy[b + 1])
    (line_a, along_a, _), (line_b, along_b, _) = (_foot(given, some[pair], xy) for some in (first, second))
    ends = [(n, along, given.length[n] - along) for n, along in ((line_a, along_a), (line_b, along_b))]
    inner = np.all([np.minimum(before, after) > TOUCH_M for _, before, after in ends], axis=0)
    level_a, level_b = given.level[line_a], given.level[line_b]
    apart = len(np.unique(as_complex(np.round(xy[inner & over & (level_a != level_b)], 2))))
    keep = inner & (level_a == level_b)
    place = int(node.max()) + 1 + np.arange(int(keep.sum()))
    links, count = [np.empty((0, 2), np.int64)], len(given.starts) - 1
    for line, before, after in ends:
        for end, distance in ((0, before), (count, after)):
            near = (distance <= reach + SLACK_M)[keep]
            links.append(np.column_stack([place[near], node[line[keep][near] + end]]))
    lines, metres = (np.concatenate([x[keep], y[keep]]) for x, y in ((line_a, line_b), (along_a, along_b)))
    twice = np.concatenate([place, place]), np.concatenate([xy[keep], xy[keep]])
    return Meeting(lines, metres, *twice, np.zeros(len(lines))), apart, np.concatenate(links)


def _near_segments(given: Drawn) -> tuple[Ints, Ints]:
    """Pairs of segments whose boxes touch, but for neighbours of one line, and a bridge or tunnel with itself (a spiral)."""
    start, stop = given.xy[given.tail], given.xy[given.tail + 1]
    corners = np.stack([np.minimum(start, stop) - TOUCH_M, np.maximum(start, stop) + TOUCH_M], axis=1)
    boxes = shapely.linestrings(corners)  # their boxes are a little larger than those of the segments
    found = [np.empty((2, 0), np.int64)]
    for low in range(0, len(boxes), CHUNK):
        first, second = given.tree.query(boxes[low : low + CHUNK])
        found.append(np.stack([first + low, second])[:, first + low < second])
    first, second = np.concatenate(found, axis=1)
    line = given.line[given.tail]
    usual = (line[first] == line[second]) & ((second - first == 1) | (given.level[line[first]] != 0))
    return first[~usual], second[~usual]


def _meets(p: Floats, q: Floats, r: Floats, s: Floats) -> tuple[Ints, Floats, npt.NDArray[np.bool_]]:
    """Where segments p–q and r–s meet: the number of the pair, the position, and whether they cross there. They cross in one point,
    or, if they are parallel or only touch, meet at those of their ends that lie on the other.
    """
    along, across, between = q - p, s - r, r - p
    size, wide = np.hypot(*along.T), np.hypot(*across.T)
    turn = _cross(along, across)
    skew = np.abs(turn) > PARALLEL * size * wide
    safe = np.where(skew, turn, 1.0)
    t, u = _cross(between, across) / safe, _cross(between, along) / safe
    hit = skew & (np.abs(t - 0.5) * size <= size / 2 + TOUCH_M) & (np.abs(u - 0.5) * wide <= wide / 2 + TOUCH_M)
    numbers, spots = [np.flatnonzero(hit)], [p[hit] + np.clip(t[hit], 0, 1)[:, None] * along[hit]]
    rest = np.flatnonzero(~hit)
    for point, start, step in ((p, r, across), (q, r, across), (r, p, along), (s, p, along)):
        share = ((point[rest] - start[rest]) * step[rest]).sum(axis=1) / (step[rest] ** 2).sum(axis=1)
        foot = start[rest] + np.clip(share, 0, 1)[:, None] * step[rest]
        on = np.hypot(*(foot - point[rest]).T) <= TOUCH_M
        numbers.append(rest[on])
        spots.append(point[rest[on]])
    number = np.concatenate(numbers)
    return number, np.concatenate(spots), np.arange(len(number)) < len(numbers[0])


def _cross(a: Floats, b: Floats) -> Floats:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
