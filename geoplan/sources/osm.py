"""Streets out of an OpenStreetMap extract (.osm.pbf, .osm), read once and cut where they meet."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geoplan.errors import Findings
from geoplan.sources._child import ask
from geoplan.sources._files import local, reading
from geoplan.sources._gdal import TAGS
from geoplan.sources._messages import finding

Ints = npt.NDArray[np.int64]


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
        ways = Ways(**ask("ways", local(path, (".pbf", ".osm")), file))
    if ways.cut:
        findings.add(finding("GP-N121", file, f"{ways.cut} ways", severity="note", count=ways.cut))
    return _cut(ways, crs)


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
