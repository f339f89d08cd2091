"""Streets out of an OpenStreetMap extract (.osm.pbf, .osm), read once and cut where they meet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import Findings
from geoplan.sources._files import local, reading
from geoplan.sources._messages import finding

# tags that say who may use a street, and what the map shows
TAGS = (
    "highway", "oneway", "junction", "name", "bridge", "service", "access", "vehicle", "motor_vehicle", "motorcar",
    "bicycle", "foot", "motorroad", "wheelchair",
)  # fmt: skip
NOT_STREETS = {
    "abandoned", "bus_stop", "construction", "demolished", "elevator", "escape", "planned", "platform", "proposed", "raceway",
    "razed", "rest_area", "services",
}  # fmt: skip


def read_osm(path: str | Path, findings: Findings) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The street nodes (index `node_id`) and edges (u, v, tags, line) of an OpenStreetMap extract, in WGS 84.

    Ways are cut at every node that two ways, or one way twice, pass through, so that streets which only cross on a map (a bridge)
    are not joined. A way whose nodes are partly outside the extract is cut there, and counted. Areas are left out.
    Raises `InputError` if the file cannot be read.
    """
    file = str(path)
    with reading(file, "OSM PBF"):
        tags, refs, lon, lat, starts, cut = _ways(local(path, (".pbf", ".osm")))
    if cut:
        findings.add(finding("GP-N121", file, f"{cut} ways", severity="note", count=cut))
    return _cut(tags, refs, np.column_stack([lon, lat]), starts)


def _ways(path: Path) -> tuple[Any, ...]:
    """Tags of each way (one column a tag), and its nodes: ids, positions and where each way starts among them."""
    import osmium
    from osmium.filter import EntityFilter, KeyFilter
    from osmium.osm import NODE, WAY

    processor = osmium.FileProcessor(str(path), NODE | WAY).with_locations()
    processor = processor.with_filter(EntityFilter(WAY)).with_filter(KeyFilter("highway"))
    columns: dict[str, list[str | None]] = {tag: [] for tag in TAGS}
    refs: list[int] = []
    lon: list[float] = []
    lat: list[float] = []
    starts, cut = [0], 0
    way: Any
    for way in processor:
        tags = way.tags
        if tags.get("highway") in NOT_STREETS or tags.get("area") == "yes":
            continue
        parts = list(_inside(way.nodes))
        cut += len(parts) > 1 or sum(map(len, parts)) < len(way.nodes)
        for part in (p for p in parts if len(p) > 1):
            for tag, column in columns.items():
                column.append(tags.get(tag))
            refs += [n.ref for n in part]
            lon += [n.lon for n in part]
            lat += [n.lat for n in part]
            starts.append(len(refs))
    return pd.DataFrame(columns), np.asarray(refs, np.int64), np.asarray(lon), np.asarray(lat), np.asarray(starts), cut


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


def _cut(tags: pd.DataFrame, refs: Any, xy: Any, starts: Any) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    ids, first, node, uses = np.unique(refs, return_index=True, return_inverse=True, return_counts=True)
    way = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    is_end = np.zeros(len(refs), dtype=bool)
    is_end[starts[:-1]] = is_end[starts[1:] - 1] = True
    stop = np.flatnonzero(is_end | (uses > 1)[node])
    inside = way[stop[:-1]] == way[stop[1:]]  # from one stop to the next of the same way
    tail, head = stop[:-1][inside], stop[1:][inside]
    sizes = head - tail + 1
    edge = np.repeat(np.arange(len(tail)), sizes)
    point = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(tail, sizes)
    edges = tags.iloc[way[tail]].reset_index(drop=True)
    lines = shapely.linestrings(xy[point], indices=edge) if len(tail) else np.empty(0, object)
    used = np.unique(node[np.concatenate([tail, head])])
    nodes = gpd.GeoDataFrame(
        geometry=shapely.points(xy[first[used]]), index=pd.Index(ids[used], name="node_id"), crs="EPSG:4326"
    )
    return nodes, gpd.GeoDataFrame({"u": refs[tail], "v": refs[head], **edges}, geometry=lines, crs="EPSG:4326")
