"""A server on this computer that answers as Nominatim and Overpass do, for a made-up town.

It evaluates the queries that it gets (tag filters, the polygon, `>`), so that a wrong query gets a wrong answer, and refuses what it
does not understand with HTTP 400. `say` makes it answer otherwise: busy, broken, cut short.

Positions are in thousandths of a degree east and north of 114.5° E, 37° N (some 89 by 111 m):

       y=1          6 ─103─ 8    14···16 (roundabout) ─113─ 18 ─125─ 24 … 25 (far away)
       y=0.5  10 ───┼──105──┼────11              (a bridge over 101 and 102: joined at its ends only)
       y=0     1 ───2 ──100─3 ─5─4 ─110─ 13 (private)
       y=-1   19    7 ─104─ 9
       y=-2   20   12       21
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse
from xml.sax.saxutils import quoteattr

import shapely

LON, LAT, STEP = 114.5, 37.0, 0.001
PLACE, POINT_PLACE, EMPTY_PLACE, BARE_PLACE = "小镇", "a point", "an empty place", "a place without care"
FULL_NAME = "小镇, 邢台市, 河北省, 中国"
AS_OF = "2026-01-02T03:04:05Z"
BIG = 9_000_000_018  # a node id that does not fit into 32 bits

SPOTS: dict[int, tuple[float, float]] = {
    1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (3, 0), 5: (2.5, 0.1), 6: (1, 1), 7: (1, -1), 8: (2, 1), 9: (2, -1), 10: (0, 0.5),
    11: (3, 0.5), 12: (1, -2), 13: (4, 0), 14: (3.8, 1), 15: (4, 1.2), 16: (4.2, 1), 17: (4, 0.8), BIG: (5, 1), 19: (0, -1),
    20: (0, -2), 21: (3, -2), 22: (4, -2), 23: (5, -2), 24: (10, 1), 25: (60, 1), 26: (0, -1.5),
    30: (0.2, 0.1), 31: (0.4, 0.1), 32: (0.4, 0.3), 33: (0.2, 0.3),
    34: (2.2, -0.5), 35: (2.8, -0.5), 36: (2.8, -0.1), 37: (2.2, -0.1), 38: (2.4, -0.4), 39: (2.6, -0.4), 40: (2.5, -0.2),
    41: (5, -1), 42: (5.5, -1), 43: (5, -1.5), 201: (1.2, -0.5), 202: (0.5, -1.5), 203: (1.5, 0.2), 204: (50, 0),
}  # fmt: skip
NODE_TAGS: dict[int, dict[str, str]] = {
    19: {"railway": "level_crossing"},
    201: {"amenity": "kindergarten", "name": "东街幼儿园", "capacity": "90"},
    202: {"amenity": "childcare"},
    203: {"amenity": "school", "name": "a school"},
    204: {"amenity": "kindergarten", "name": "in another town"},
}
WAYS: dict[int, tuple[list[int], dict[str, str]]] = {
    100: ([1, 2, 3, 5, 4], {"highway": "residential", "name": "东大街"}),
    101: ([6, 2, 7], {"highway": "tertiary", "oneway": "yes", "surface": "gravel", "maxspeed": "15"}),
    102: ([8, 3, 9], {"highway": "secondary", "oneway": "-1"}),
    103: ([6, 8], {"highway": "residential", "motor_vehicle": "no"}),
    104: ([7, 9], {"highway": "residential"}),
    105: ([10, 11], {"highway": "primary", "bridge": "yes", "layer": "1"}),
    106: ([10, 1], {"highway": "unclassified"}),
    107: ([11, 4], {"highway": "unclassified"}),
    108: ([7, 12], {"highway": "steps"}),
    109: ([12, 9], {"highway": "path", "surface": "ground", "bicycle": "no"}),
    110: ([4, 13], {"highway": "service", "service": "driveway", "access": "private"}),
    111: ([14, 15, 16, 17, 14], {"highway": "secondary", "junction": "roundabout"}),
    112: ([11, 14], {"highway": "tertiary"}),
    113: ([16, BIG], {"highway": "tertiary", "foot": "no"}),
    114: ([1, 19], {"highway": "residential"}),
    115: ([19, 26, 20], {"highway": "residential", "maxspeed": "10 mph"}),
    116: ([20, 21], {"highway": "motorway"}),
    117: ([21, 9], {"highway": "motorway_link", "oneway": "yes"}),
    118: ([22, 23], {"highway": "residential", "name": "joined to nothing"}),
    119: ([1, 8], {"highway": "construction"}),
    120: ([2, 3, 7, 2], {"highway": "pedestrian", "area": "yes"}),
    122: ([10, 26], {"railway": "rail"}),
    124: ([41, 42, 43, 41], {"highway": "footway"}),
    125: ([BIG, 24, 25], {"highway": "residential"}),
    130: ([30, 31, 32, 33, 30], {"amenity": "kindergarten", "name": "West", "building": "yes"}),
    131: ([34, 35, 36, 37, 34], {}),
    132: ([38, 39, 40, 38], {}),
}
RELATIONS: dict[int, tuple[list[tuple[int, str]], dict[str, str]]] = {
    301: ([(131, "outer"), (132, "inner")], {"type": "multipolygon", "amenity": "childcare", "name": "<b>Round</b>"}),
}


def at(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a spot of the drawing."""
    return round(LON + x * STEP, 7), round(LAT + y * STEP, 7)


def _box(left: float, low: float, right: float, high: float) -> shapely.Polygon:
    return shapely.box(*at(left, low), *at(right, high))


# the town; a point; a place of which nothing is drawn; the corner at 22 and 23, where no facility stands
PLACES: dict[str, Any] = {
    PLACE: _box(-1, -3, 6, 2),
    POINT_PLACE: shapely.Point(*at(1, 1)),
    EMPTY_PLACE: _box(-500, -500, -490, -490),
    BARE_PLACE: _box(3.9, -2.4, 5.2, -1.9),
}


def as_xml() -> str:
    """The town as an OpenStreetMap extract."""

    def tags(of: dict[str, str]) -> str:
        return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in of.items())

    lines = ['<osm version="0.6">']
    for node, spot in sorted(SPOTS.items()):
        lon, lat = at(*spot)
        lines.append(f'<node id="{node}" lon="{lon}" lat="{lat}">{tags(NODE_TAGS.get(node, {}))}</node>')
    for way, (nodes, of) in sorted(WAYS.items()):
        lines.append(f'<way id="{way}">{"".join(f"<nd ref={quoteattr(str(n))}/>" for n in nodes)}{tags(of)}</way>')
    return "\n".join([*lines, "</osm>"])


STATEMENT = re.compile(r"(node|way|relation)((?:\[[^\[\]]*\])+)\(poly:'([-\d. ]+)'\)")
FILTER = re.compile(r"""\[(["'])(.+?)\1(?:(=|!=|~|!~)(["'])(.*?)\4)?\]""")
HEAD = re.compile(r"^\[out:json\]\[timeout:\d+\];")
REST = re.compile(r"^[()._;>]*out;$")


def elements(query: str) -> list[dict[str, Any]]:
    """What a query of Overpass matches, with all that it is made of; raises `ValueError` over what is not understood here."""
    if not HEAD.match(query) or not REST.match(STATEMENT.sub("", HEAD.sub("", query))) or ">" not in query:
        raise ValueError(query)
    found: set[tuple[str, int]] = set()
    for kind, filters, text in STATEMENT.findall(query):
        assert "".join(m.group(0) for m in FILTER.finditer(filters)) == filters, filters
        numbers = [float(n) for n in text.split()]
        outline = shapely.Polygon(list(zip(numbers[1::2], numbers[::2], strict=True)))  # Overpass says latitude first
        found |= {
            (kind, number)
            for number, tags, shape in _things(kind)
            if _passes(tags, filters) and shape.intersects(outline)
        }
    return [_element(kind, number) for kind, number in sorted(_with_parts(found))]


def _things(kind: str) -> Iterator[tuple[int, dict[str, str], Any]]:
    if kind == "node":
        yield from ((n, NODE_TAGS.get(n, {}), shapely.Point(at(*spot))) for n, spot in SPOTS.items())
    elif kind == "way":
        yield from ((w, tags, _line(w)) for w, (_, tags) in WAYS.items())
    else:
        for number, (members, tags) in RELATIONS.items():
            yield number, tags, shapely.union_all([_line(w) for w, _ in members])


def _line(way: int) -> shapely.LineString:
    return shapely.LineString([at(*SPOTS[n]) for n in WAYS[way][0]])


def _passes(tags: dict[str, str], filters: str) -> bool:
    """Whether tags pass all filters; as in Overpass, what is absent passes != and !~."""
    for _, key, sign, _, wanted in FILTER.findall(filters):
        value = tags.get(key)
        hit = {
            "": value is not None,
            "=": value == wanted,
            "!=": value != wanted,
            "~": value is not None and re.search(wanted, value) is not None,
            "!~": value is None or re.search(wanted, value) is None,
        }[sign]
        if not hit:
            return False
    return True


def _with_parts(found: set[tuple[str, int]]) -> set[tuple[str, int]]:
    ways = {n for kind, n in found if kind == "way"}
    ways |= {way for kind, n in found if kind == "relation" for way, _ in RELATIONS[n][0]}
    return found | {("way", w) for w in ways} | {("node", n) for w in ways for n in WAYS[w][0]}


def _element(kind: str, number: int) -> dict[str, Any]:
    if kind == "node":
        lon, lat = at(*SPOTS[number])
        plain, tags = {"type": kind, "id": number, "lat": lat, "lon": lon}, NODE_TAGS.get(number, {})
    elif kind == "way":
        nodes, tags = WAYS[number]
        plain = {"type": kind, "id": number, "nodes": nodes}
    else:
        members, tags = RELATIONS[number]
        plain = {
            "type": kind,
            "id": number,
            "members": [{"type": "way", "ref": way, "role": role} for way, role in members],
        }
    return plain | ({"tags": tags} if tags else {})


def places(query: dict[str, list[str]]) -> list[dict[str, Any]]:
    """What Nominatim finds by the name `q`; first a point of the same name, which is the more important."""
    shape = PLACES.get(query["q"][0])
    if shape is None:
        return []
    left, low, right, high = shape.bounds
    common = {
        "boundingbox": [str(low), str(high), str(left), str(right)],
        "lat": str(low),
        "lon": str(left),
        "display_name": FULL_NAME,
    }
    point = shapely.Point(left, low)
    found = [common | {"osm_type": "node", "osm_id": 7, "importance": 0.9, "geojson": shapely.geometry.mapping(point)}]
    if shape.geom_type == "Polygon":
        outline = shapely.geometry.mapping(shape)
        found.append(common | {"osm_type": "relation", "osm_id": 912, "importance": 0.5, "geojson": outline})
    return found if query.get("polygon_geojson") == ["1"] else []


@dataclass
class OsmServer:
    """The running server: its two addresses, what it was asked (`asked`, by path) and what it is to say instead (`say`).

    `say[path]` is a list of (HTTP status, body); each answer is used once, the last one for ever.
    """

    port: int
    asked: Counter[str] = field(default_factory=Counter)
    say: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    @property
    def nominatim(self) -> str:
        """The address for `--nominatim`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def overpass(self) -> str:
        """The address for `--overpass`."""
        return f"http://127.0.0.1:{self.port}/api"

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, str]:
        """The status and the body for one question."""
        self.asked[path] += 1
        said = self.say.get(path)
        if said:
            return said.pop(0) if len(said) > 1 else said[0]
        if path == "/search":
            return 200, json.dumps(places(query))
        if path == "/api/status":
            return (
                200,
                "Connected as: 1\nCurrent time: now\nAnnounced endpoint: none\nRate limit: 2\n2 slots available now.\n",
            )
        if path != "/api/interpreter":
            return 404, "not found"
        try:
            return 200, json.dumps({"osm3s": {"timestamp_osm_base": AS_OF}, "elements": elements(query["data"][0])})
        except ValueError as error:
            return 400, f"not understood: {error}"


@contextmanager
def serving() -> Iterator[OsmServer]:
    """A server on a free port of this computer, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlparse(self.path)
            self._give(asked.path, parse_qs(asked.query))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._give(urlparse(self.path).path, parse_qs(body))

        def _give(self, path: str, query: dict[str, list[str]]) -> None:
            status, text = server.answer(path, query)
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server = OsmServer(listening.server_address[1])
        threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield server
        finally:
            listening.shutdown()
