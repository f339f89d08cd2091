"""Roads between places: links of a pruned Gabriel graph, crossings of rivers and railway, main roads, motorways; one piece."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from .common import generator, mountain, smooth_noise
from .facts import Facts
from .grids import Grid
from .lines import Lines
from .outlines import CORE_UNITS, Outlines
from .settlements import Settlements
from .streets import ORDER, Hub, Streets

STEP_M = 340.0  # between the nodes of a country road
LINK_M = 5_500.0  # no link is longer on the plain; 13 km in the mountains
KEPT_SHARE = 0.55  # of the links that the spanning tree does not need
CROSSING_M = {"town": 1_100.0, "country": 5_000.0}  # between the crossings of a river or railway
CARRIAGEWAY_M = 13.0  # from the middle of a motorway to the middle of a carriageway
INTERCHANGE_M = 9_000.0  # least distance between the interchanges of a motorway
SPEED = {  # relative, for choosing the course of main roads
    "primary": 1.5, "secondary": 1.3, "tertiary": 1.1, "unclassified": 1.0, "residential": 0.55, "track": 0.35,
    "service": 0.1, "footway": 0.05, "steps": 0.02, "motorway": 0.01, "motorway_link": 0.01,
}  # fmt: skip


def join_places(
    facts: Facts,
    outlines: Outlines,
    lines: Lines,
    grids: list[Grid],
    settled: Settlements,
    streets: Streets,
    hubs: list[Hub],
) -> set[int]:
    """Add the roads to the streets; which edges are bridges."""
    rng = generator("roads")
    _links(rng, streets, hubs, outlines, grids, settled)
    _mend(streets, lines, hubs)
    _cross(streets, lines, grids)
    _mend(streets, lines, hubs)
    _main_roads(facts, outlines, streets)
    _motorways(streets, lines, outlines)
    _both_ways(streets)
    return _bridges(streets, lines)


def _links(
    rng: np.random.Generator,
    streets: Streets,
    hubs: list[Hub],
    outlines: Outlines,
    grids: list[Grid],
    settled: Settlements,
) -> None:
    """Gabriel graph of the hubs, pruned to a spanning tree and some of the rest, drawn as roads."""
    joined = [h for h in hubs if not h.detached]
    pairs = _gabriel(np.array([h.middle for h in joined]))
    ends = np.array([_nearest_ends(streets, joined[a], joined[b]) for a, b in pairs])
    pairs, ends = _allowed(streets, joined, pairs, ends, outlines, grids, settled)
    xy = np.array(streets.xy)
    length = np.hypot(*(xy[ends[:, 0]] - xy[ends[:, 1]]).T)
    for (a, b), (u, v), tree in zip(pairs, ends, _tree(len(joined), pairs, length), strict=True):
        metres = np.hypot(*(joined[a].middle - joined[b].middle))
        if tree or rng.random() < KEPT_SHARE * (metres < 3_200):
            _draw(rng, streets, int(u), int(v), _class_of_link(rng, joined[a], joined[b], tree))
    for piece in {h.detached for h in hubs} - {0}:
        one, other = (h for h in hubs if h.detached == piece)
        _draw(rng, streets, *_nearest_ends(streets, one, other), "unclassified")


def _gabriel(points: np.ndarray) -> np.ndarray:
    """Delaunay edges in whose circle lies no other point."""
    triangles = Delaunay(points).simplices
    pairs = np.unique(
        np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), axis=1), axis=0
    )
    a, b = points[pairs[:, 0]], points[pairs[:, 1]]
    nearest = cKDTree(points).query((a + b) / 2)[0]
    return pairs[nearest > np.hypot(*(a - b).T) / 2 * 0.92]


def _nearest_ends(streets: Streets, a: Hub, b: Hub) -> tuple[int, int]:
    one = min(a.nodes, key=lambda k: np.hypot(*(np.array(streets.xy[k]) - b.middle)))
    other = min(b.nodes, key=lambda k: np.hypot(*(np.array(streets.xy[k]) - streets.xy[one])))
    return one, other


def _allowed(
    streets: Streets, hubs: list[Hub], pairs: np.ndarray, ends: np.ndarray, outlines: Outlines, grids: list[Grid],
    settled: Settlements,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Links inside the city, not too long, through no seat and no detached village."""
    xy, seat = np.array(streets.xy), np.array([h.seat for h in hubs])
    a, b = xy[ends[:, 0]], xy[ends[:, 1]]
    line = shapely.linestrings(np.stack([a, b], axis=1))
    good = ~((seat[pairs[:, 0]] == seat[pairs[:, 1]]) & (seat[pairs[:, 0]] >= 0))
    good &= np.hypot(*(a - b).T) < LINK_M + 7_500 * mountain(*((a + b) / 2).T)
    city = shapely.buffer(outlines.boundary, 400)
    shapely.prepare(city)
    good &= shapely.contains(city, line)
    closed = [shapely.buffer(g.hull, -140) for g in grids if not g.is_town]
    closed += [shapely.buffer(v.outline, 60) for v in settled.villages if v.detached]
    good[np.unique(shapely.STRtree(line).query(closed, predicate="intersects")[1])] = False
    return pairs[good], ends[good]


def _tree(count: int, pairs: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Which pairs belong to the shortest spanning tree."""
    a, b = pairs.T
    tree = minimum_spanning_tree(coo_matrix((length + 1, (a, b)), shape=(count, count)).tocsr()).tocoo()
    chosen = set(zip(tree.row.tolist(), tree.col.tolist(), strict=True))
    return np.array([(int(p), int(q)) in chosen or (int(q), int(p)) in chosen for p, q in pairs])


def _class_of_link(rng: np.random.Generator, a: Hub, b: Hub, tree: bool) -> str:
    if a.seat >= 0 or b.seat >= 0:
        return "tertiary"
    if not tree and mountain(*a.middle) > 0.5:
        return "track"
    return "tertiary" if rng.random() < 0.4 else "unclassified"


def _draw(rng: np.random.Generator, streets: Streets, u: int, v: int, highway: str) -> None:
    """A road from u to v with a node every 340 m or so, swaying more in the mountains; there it also bends between nodes."""
    a, b = np.array(streets.xy[u]), np.array(streets.xy[v])
    metres = float(np.hypot(*(b - a)))
    count = max(1, round(metres / STEP_M))
    t = np.arange(1, 2 * count)[:, None] / (2 * count)  # every second point is a node, the others are bends
    across = np.array([a[1] - b[1], b[0] - a[0]]) / max(metres, 1)
    high_up = float(mountain(*((a + b) / 2)))
    sway = smooth_noise(rng, 1_300)(*(a + t * (b - a)).T)[:, None] * np.sin(np.pi * t)
    points = a + t * (b - a) + across * sway * (14 + 70 * high_up)
    nodes = [u, *streets.nodes(points[1::2]), v]
    for one, other, bend in zip(nodes[:-1], nodes[1:], points[::2], strict=True):
        k = streets.edge(one, other, highway)
        if k is not None and high_up > 0.4 and metres > 200:
            streets.bends[k] = bend[None]


def _pieces(streets: Streets, edges: np.ndarray) -> np.ndarray:
    """The piece of each node; nodes without edges are pieces of their own."""
    a, b = np.array(streets.ends)[edges].T
    n = len(streets.xy)
    return connected_components(coo_matrix((np.ones(len(a)), (a, b)), shape=(n, n)), directed=False)[1]


def _mend(streets: Streets, lines: Lines, hubs: list[Hub]) -> None:
    """Join stray pieces to the main one by their shortest way, round by round; the detached pieces stay."""
    alone = {h.nodes[0] for h in hubs if h.detached}
    barrier = shapely.union_all(lines.barriers)
    for _ in range(60):
        edges = streets.kept()
        piece, xy = _pieces(streets, edges), np.array(streets.xy)
        used = np.zeros(len(xy), bool)
        used[np.array(streets.ends)[edges].ravel()] = True
        main = np.bincount(piece[used]).argmax()
        stray = sorted(set(piece[used].tolist()) - {main} - {piece[k] for k in alone})
        if not stray:
            return
        body = np.flatnonzero(used & (piece == main))
        tree = cKDTree(xy[body])
        for p in stray:
            own = np.flatnonzero(used & (piece == p))
            far, which = tree.query(xy[own], k=12)
            ways = shapely.linestrings(np.stack([np.repeat(xy[own], 12, 0), xy[body[which.ravel()]]], axis=1))
            cost = far.ravel() + 1e5 * shapely.intersects(ways, barrier)
            best = int(np.argmin(cost))
            streets.edge(int(own[best // 12]), int(body[which.ravel()[best]]), "unclassified")
    raise RuntimeError("the streets do not become one piece")


def _cross(streets: Streets, lines: Lines, grids: list[Grid]) -> None:
    """Keep a few crossings of each river and of the railway, the others go unless a piece would be cut off."""
    edges = streets.kept()
    line = streets.lines(edges)
    hulls = shapely.STRtree([g.hull for g in grids if not g.is_town])
    pairs = [
        (int(e), r, b)
        for r, b in enumerate(lines.barriers)
        for e in shapely.STRtree(line).query(b, predicate="intersects")
    ]
    crossing = sorted({e for e, _, _ in pairs})
    stay: set[int] = set()
    kept_at: dict[int, list[float]] = {}
    for e, r, b in sorted(pairs, key=lambda p: (ORDER.index(streets.highway[edges[p[0]]]), p[0])):
        at = shapely.line_locate_point(b, shapely.centroid(line[e]))
        apart = CROSSING_M["town" if len(hulls.query(line[e], predicate="intersects")) else "country"]
        if streets.highway[edges[e]] in ("service", "footway", "steps"):
            continue
        if all(abs(at - other) > apart for other in kept_at.get(r, [])):
            kept_at.setdefault(r, []).append(at)
            stay.add(e)
    rest = [int(edges[e]) for e in crossing if e not in stay]
    for k in rest:
        streets.remove(k)
    _put_back(streets, rest)


def _put_back(streets: Streets, removed: list[int]) -> None:
    """A removed crossing returns if its two ends are in different pieces without it (Kruskal, best class first)."""
    edges = streets.kept()
    piece = _pieces(streets, edges)
    used = np.bincount(np.array(streets.ends)[edges].ravel(), minlength=len(streets.xy)) > 0
    for k in sorted(removed, key=lambda k: (ORDER.index(streets.highway[k]), k)):
        u, v = streets.ends[k]
        if piece[u] != piece[v] and used[u] and used[v]:
            piece[piece == piece[v]] = piece[u]
            made = streets.edge(u, v, streets.highway[k], streets.oneway[k], streets.name[k])
            if made is not None and k in streets.bends:
                streets.bends[made] = streets.bends[k]


def _main_roads(facts: Facts, outlines: Outlines, streets: Streets) -> None:
    """The quickest ways from seat to seat become primary, those from each township to its seat secondary."""
    seats = {u: outlines.core if u in CORE_UNITS else outlines.seats[u] for u in facts.units.index}
    codes = sorted(set(seats) - {CORE_UNITS[1]})
    edges, body = streets.kept(), _body(streets)
    tree = cKDTree(np.array(streets.xy)[body])
    at = {u: int(body[tree.query(seats[u])[1]]) for u in seats}
    short = {u: ("邢" if u in CORE_UNITS else "经" if u == "130571" else str(facts.units["name"][u])[0]) for u in seats}
    beside = _gabriel(np.array([seats[u] for u in codes]))
    for one in range(len(codes)):
        others = [codes[b] for a, b in beside if a == one]
        goals = [(at[other], f"{short[codes[one]]}{short[other]}线") for other in others]
        _upgrade(streets, edges, at[codes[one]], goals, "primary")
    for unit in seats:
        towns = [(t, str(facts.townships["name"][t])) for t in facts.townships.index if t[:6] == unit]
        goals = [(int(body[tree.query(outlines.centres[t])[1]]), f"{short[unit]}{name[0]}线") for t, name in towns]
        _upgrade(streets, edges, at[unit], goals, "secondary")


def _body(streets: Streets) -> np.ndarray:
    """The nodes of the main piece."""
    edges = streets.kept()
    piece = _pieces(streets, edges)
    main = np.bincount(piece).argmax()
    return np.flatnonzero(piece == main)


def _upgrade(streets: Streets, edges: np.ndarray, start: int, goals: list[tuple[int, str]], highway: str) -> None:
    """Raise the class of the edges on the quickest way from `start` to each goal, and name them."""
    xy, n = np.array(streets.xy), len(streets.xy)
    a, b = np.array(streets.ends)[edges].T
    time = np.hypot(*(xy[a] - xy[b]).T) / np.array([SPEED[streets.highway[k]] for k in edges])
    before = dijkstra(
        coo_matrix((time, (a, b)), shape=(n, n)), directed=False, indices=start, return_predecessors=True
    )[1]
    for goal, name in goals:
        at = goal
        while before[at] >= 0:
            previous = int(before[at])
            k = streets.between[min(at, previous), max(at, previous)]
            if ORDER.index(streets.highway[k]) > ORDER.index(highway):
                streets.highway[k], streets.oneway[k] = highway, False
                streets.name[k] = streets.name[k] or name
            at = previous


def _motorways(streets: Streets, lines: Lines, outlines: Outlines) -> None:
    """Two carriageways each, joined at the ends; interchanges near the seats; nothing else joins them."""
    edges = streets.kept()
    ends = np.array(streets.ends)
    main = set(_body(streets).tolist())
    goal = {ORDER.index(h) for h in ("primary", "secondary", "tertiary", "unclassified")}
    joinable = sorted({int(x) for k in edges if ORDER.index(streets.highway[k]) in goal for x in ends[k]} & main)
    tree = cKDTree(np.array(streets.xy)[joinable])
    for name, course in lines.motorways.items():
        along = np.linspace(0, course.length, int(course.length / 1_100) + 2)
        exits = _exits(course, along, outlines)
        sides = [_carriageway(streets, course, along, side, name) for side in (CARRIAGEWAY_M, -CARRIAGEWAY_M)]
        for end in (0, -1):
            u, v = (sides[1][end], sides[0][end]) if end else (sides[0][end], sides[1][end])
            streets.edge(u, v, "motorway", True, name)
        for k in exits:
            _, near = tree.query(streets.xy[sides[0][k]])
            for side in sides:
                streets.edge(side[k], joinable[near], "motorway_link")


def _bridges(streets: Streets, lines: Lines) -> set[int]:
    """Edges that cross a river or the railway, and those that cross a motorway without being one."""
    edges = streets.kept()
    tree = shapely.STRtree(streets.lines(edges))
    motorway = np.array([streets.highway[k] == "motorway" for k in edges])
    over = tree.query(lines.barriers, predicate="dwithin", distance=1.0)[1]  # rounding moves a node by 0.1 m
    across = tree.query(tree.geometries[motorway], predicate="crosses")[1]
    return set(edges[np.r_[over, across[~motorway[across]]]].tolist())


def _exits(course: shapely.LineString, along: np.ndarray, outlines: Outlines) -> list[int]:
    """Positions nearest to the seats, then to towns, far enough apart, not at the ends."""
    at = shapely.get_coordinates(shapely.line_interpolate_point(course, along[3:-3]))
    found: list[int] = []
    for goals, reach_m in ((outlines.seats, 13_000), (outlines.centres, 5_000)):
        far, which = cKDTree(at).query(np.array(list(goals.values())))
        for k in np.argsort(far):
            if far[k] < reach_m and all(abs(along[which[k] + 3] - along[o]) > INTERCHANGE_M for o in found):
                found.append(int(which[k]) + 3)
    return found


def _carriageway(streets: Streets, course: shapely.LineString, along: np.ndarray, side: float, name: str) -> list[int]:
    """The nodes of one carriageway; the one on the right (side < 0) runs with the course, the other against it."""
    line = shapely.offset_curve(course, side)
    share = along / course.length
    nodes = streets.nodes(shapely.get_coordinates(shapely.line_interpolate_point(line, share, normalized=True)))
    streets.path(nodes if side < 0 else nodes[::-1], "motorway", True, name)
    return nodes


def _both_ways(streets: Streets) -> None:
    """One-way streets at whose ends a car would be caught become two-way."""
    edges = streets.kept()
    n = len(streets.xy)
    for _ in range(5):
        a, b = np.array(streets.ends)[edges].T
        two = ~np.array([streets.oneway[k] for k in edges])
        graph = coo_matrix((np.ones(len(a) + two.sum()), (np.r_[a, b[two]], np.r_[b, a[two]])), shape=(n, n))
        strong = connected_components(graph, connection="strong")[1]
        caught = [k for k in edges if streets.oneway[k] and strong[streets.ends[k][0]] != strong[streets.ends[k][1]]]
        for k in caught:
            streets.oneway[k] = False
        if not caught:
            return
