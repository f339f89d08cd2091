"""Streets out of an OpenStreetMap extract (.osm.pbf, .osm), read once and cut where they meet."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geoplan.errors import Findings
from geoplan.sources._files import local, reading
from geoplan.sources._messages import finding

Ints = npt.NDArray[np.int64]

# tags that say who may use a street and how fast, and what the map shows
TAGS = (
    "highway", "oneway", "junction", "name", "bridge", "service", "access", "vehicle", "motor_vehicle", "motorcar",
    "bicycle", "foot", "motorroad", "wheelchair", "surface", "maxspeed",
)  # fmt: skip
NOT_STREETS = {
    "abandoned", "bus_stop", "construction", "demolished", "elevator", "escape", "planned", "platform", "proposed", "raceway",
    "razed", "rest_area", "services",
}  # fmt: skip
RAILWAY = (
    ("railway", "level_crossing"),
    ("railway", "crossing"),
)  # of nodes: where a street or a path crosses a railway


class Ways(NamedTuple):
    """The ways of an extract in compact arrays: codes of each tag (0 = missing) and what they mean; node ids and positions of all
    ways, one after another, and where each way starts among them; ids of the nodes at railways; how many ways were cut.
    """

    codes: dict[str, npt.NDArray[np.int32]]
    values: dict[str, list[str]]
    refs: Ints
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    starts: Ints
    railway: Ints
    cut: int


def read_osm(path: str | Path, crs: Any, findings: Findings) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The street nodes (index `node_id`, `crossing`) and edges (u, v, tags, line) of an OpenStreetMap extract, in `crs`.

    Ways are cut at every node that two ways, or one way twice, pass through, so that streets which only cross on a map (a bridge)
    are not joined, and where they cross a railway on the level: such a node has `crossing` "railway". A way whose nodes are partly
    outside the extract is cut there, and counted. Areas are left out. Raises `InputError` if the file cannot be read.
    """
    file = str(path)
    with reading(file, "OSM PBF"):
        ways = _ways(local(path, (".pbf", ".osm")))
    if ways.cut:
        findings.add(finding("GP-N121", file, f"{ways.cut} ways", severity="note", count=ways.cut))
    return _cut(ways, crs)


def _ways(path: Path) -> Ways:
    import osmium
    from osmium.filter import EntityFilter, KeyFilter, TagFilter
    from osmium.osm import NODE, WAY

    railways, streets = TagFilter(*RAILWAY), KeyFilter("highway")
    railways.enable_for(NODE)
    streets.enable_for(WAY)
    processor = osmium.FileProcessor(str(path), NODE | WAY).with_locations()
    for wanted in (EntityFilter(NODE | WAY), railways, streets):
        processor = processor.with_filter(wanted)
    known: dict[str, dict[str | None, int]] = {tag: {None: 0} for tag in TAGS}
    codes = {tag: array("i") for tag in TAGS}
    refs, lon, lat, starts, railway, cut = array("q"), array("d"), array("d"), array("q", [0]), array("q"), 0
    way: Any
    for way in processor:
        tags = way.tags
        if way.is_node():
            railway.append(way.id)
            continue
        if tags.get("highway") in NOT_STREETS or tags.get("area") == "yes":
            continue
        parts = list(_inside(way.nodes))
        cut += len(parts) > 1 or sum(map(len, parts)) < len(way.nodes)
        for part in (p for p in parts if len(p) > 1):
            for tag, meant in known.items():
                codes[tag].append(meant.setdefault(tags.get(tag), len(meant)))
            refs.extend(n.ref for n in part)
            lon.extend(n.lon for n in part)
            lat.extend(n.lat for n in part)
            starts.append(len(refs))
    values = {tag: [str(value) for value in meant][1:] for tag, meant in known.items()}
    whole = {tag: np.frombuffer(code, np.int32) for tag, code in codes.items()}
    ids: list[Ints] = [np.frombuffer(some, np.int64) for some in (refs, starts, railway)]
    return Ways(whole, values, ids[0], np.frombuffer(lon), np.frombuffer(lat), ids[1], ids[2], cut)


def _inside(nodes: Any) -> Iterator[list[Any]]:
    """The stretches of a way whose nodes have positions."""
    part: list[Any] = []
    for node in nodes:
        if node.location.valid():
            part.append(node)
        elif part:
            yield part
            part = []
    if part:
        yield part


def _cut(ways: Ways, crs: Any) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The ways as edges between the nodes where they meet or cross a railway; positions are projected before lines are made of them."""
    ids, first, node, uses = np.unique(ways.refs, return_index=True, return_inverse=True, return_counts=True)
    starts = ways.starts
    way = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    is_end = np.zeros(len(ways.refs), dtype=bool)
    is_end[starts[:-1]] = is_end[starts[1:] - 1] = True
    stop = np.flatnonzero(is_end | (uses > 1)[node] | np.isin(ways.refs, ways.railway))
    inside = way[stop[:-1]] == way[stop[1:]]  # from one stop to the next of the same way
    tail, head = stop[:-1][inside], stop[1:][inside]
    sizes = head - tail + 1
    edge = np.repeat(np.arange(len(tail)), sizes)
    point = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(tail, sizes)
    project = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform
    xy = np.column_stack(project(ways.lon[first], ways.lat[first]))  # of each node once
    lines = shapely.linestrings(xy[node[point]], indices=edge) if len(tail) else np.empty(0, object)
    used = np.unique(node[np.concatenate([tail, head])])
    index = pd.Index(ids[used], name="node_id")
    at_railway = pd.Series("railway", index=index).where(np.isin(ids[used], ways.railway))
    nodes = gpd.GeoDataFrame({"crossing": at_railway}, geometry=shapely.points(xy[used]), index=index, crs=crs)
    codes = {tag: ways.codes[tag][way[tail]] - 1 for tag in TAGS}
    tags = {tag: pd.Categorical.from_codes(codes[tag], pd.Index(ways.values[tag], dtype=object)) for tag in TAGS}
    return nodes, gpd.GeoDataFrame({"u": ways.refs[tail], "v": ways.refs[head], **tags}, geometry=lines, crs=crs)
