"""Streets: nodes and edges of a street network in the working CRS, from whatever form they are given in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geoplan.errors import Findings, InputError
from geoplan.sources._given import Given
from geoplan.sources._messages import finding
from geoplan.sources._position import declared
from geoplan.sources._street_columns import mapped
from geoplan.sources._street_forms import HINT, Reading, ending_of, line_layer, name_of, refuse_options, tables_of
from geoplan.sources._street_graphs import from_graph, is_graph, read_graphml
from geoplan.sources._street_lines import LARGEST_JOIN_M, join_lines, present_lines, without_doubles
from geoplan.sources._street_tables import checked
from geoplan.sources.datum import parse_crs, to_crs
from geoplan.sources.osm import read_osm

DEFAULT_JOIN_M = 0.5


@dataclass(frozen=True, eq=False)
class Streets:
    """Street nodes (points, index `node_id`, int64) and edges, both in the working CRS.

    An edge has `u`, `v` (node ids), a LineString from u to v, `length_m` (metres), `highway` (OpenStreetMap class; several joined by
    `;`; missing if not known), `oneway` (yes: from u to v only, or no) and what is given of name, bridge and the access tags.
    """

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame


def read_streets(
    source: Any,
    crs: Any,
    findings: Findings,
    datum: str = "wgs84",
    bbox: Any = None,
    *,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, Any] | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    file_crs: Any = None,
    keep: Mapping[str, Any] | None = None,
    join_m: float = DEFAULT_JOIN_M,
) -> Streets:
    """Read streets from an OSM extract (.osm.pbf, .osm), GraphML, a networkx, osmnx or momepy graph; tables of nodes and edges
    (a GeoPackage with layers `nodes` and `edges`, a folder of two Parquet files, a pair or `{"nodes": …, "edges": …}` of paths or
    frames); or a layer of lines without nodes (GeoPackage, Shapefile, GeoJSON, GeoParquet or a GeoDataFrame).

    Column names: nodes node_id / osmid / id / nodeID and a geometry or lon / lat (x / y); edges u, v / from, to / source, target /
    node_start, node_end. Lengths are measured on the lines in `crs`, unless `length_m`, `length` or `mm_len` (metres) is given; an
    edge without a line is straight. Lines without nodes are joined where they meet (`_street_lines.join_lines` states the rules),
    ends within `join_m` metres of one another or of a street included. Classes may be OpenStreetMap's or Chinese (主干路, 县道).
    `columns` (geoplan's name: the name in the file), `constants`, `layer`, `encoding` and `file_crs` (the CRS, where the file does
    not say it) are for tables and lines; `keep` is refused, as streets are not filtered here. `datum` is that of the coordinates
    (OSM extracts are always wgs84). `bbox` (xmin, ymin, xmax, ymax in `crs`) keeps what meets it.

    Repairs and notes go into `findings`. Raises one `InputError` with all errors: missing files or columns, ids given twice, lengths
    that are missing, negative or infinite, ends that are not in the nodes, positions that cannot be, geometries that are no lines.

    >>> roads = gpd.GeoDataFrame({"道路等级": ["主干路", "支路"]}, crs="EPSG:4547", geometry=shapely.from_wkt(
    ...     ["LINESTRING (500000 4100000, 500200 4100000)", "LINESTRING (500100 4100000.3, 500100 4100100)"]))
    >>> read_streets(roads, "EPSG:4547", Findings(), "cgcs2000").edges[["u", "v", "highway", "length_m"]]
       u  v   highway  length_m
    0  1  2  tertiary     100.0
    1  0  1   primary     100.0
    2  1  3   primary     100.0
    """
    found = Findings()
    named = columns or {}, constants or {}
    how = Reading(name_of(source), crs, datum, found, *named, layer, encoding, file_crs, keep or {}, join_m)
    try:
        nodes, edges = _read(source, how)
        if bbox is not None:
            nodes, edges = _inside(nodes, edges, bbox, how.file, found)
    except InputError as error:
        found.add(*(f for f in error.findings if f not in found.items))
    findings.add(*found)
    found.raise_errors()
    return Streets(nodes, edges)


def _read(source: Any, how: Reading) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Nodes and edges, checked, by the form that the source has: a line layer, an OSM extract, a graph, or tables."""
    if not (isinstance(how.join_m, int | float) and 0 <= how.join_m <= LARGEST_JOIN_M):
        how.tell("GP-N134", "join_m", how.join_m)
    if how.keep:
        hint = {"hint": "filter the layer before, and leave keep out", "hint_zh": "请先筛选图层，并删去 keep"}
        how.tell("GP-N124", "keep", ", ".join(how.keep), **hint)
    how.findings.raise_errors()
    lines = line_layer(source, how)
    if lines is not None:
        return _joined(lines, how)
    if how.join_m != DEFAULT_JOIN_M:
        how.tell("GP-N124", "join_m", how.join_m, severity="note", **HINT)
    if _is_osm(source):
        refuse_options(how)
        return checked(*read_osm(source, how.crs, how.findings), how.file, how.crs, "wgs84", how.findings, osm=True)
    if is_graph(source) or ending_of(source) == ".graphml":
        refuse_options(how)
        nodes, edges = from_graph(source, how.file) if is_graph(source) else read_graphml(source)
    else:
        nodes, edges = tables_of(source, how)
        nodes, edges = mapped(nodes, edges, how.columns, how.constants, how.tell)
        how.findings.raise_errors()
    return checked(nodes, edges, how.file, how.crs, how.datum, how.findings)


def _is_osm(source: Any) -> bool:
    return ending_of(source) in (".pbf", ".osm")


def _joined(given: Given, how: Reading) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Lines as checked nodes and edges, projected before they are joined."""
    own = declared(given, how.datum, how.file_crs, how.findings)
    _, frame = mapped(None, given.frame, how.columns, how.constants, how.tell)
    how.findings.raise_errors()
    lines = present_lines(gpd.GeoDataFrame(frame).set_crs(own, allow_override=True), how.tell)
    how.findings.raise_errors()
    rows = lines.index
    moved = to_crs(lines.set_axis(rows + 1, axis=0), how.datum, how.crs, how.file, how.findings).set_axis(rows, axis=0)
    how.findings.raise_errors()
    nodes, edges = join_lines(moved, how.join_m, how.tell)
    nodes, edges = checked(nodes, edges, how.file, how.crs, "cgcs2000", how.findings)
    return nodes, without_doubles(edges, how.join_m, how.tell)


def own_crs(source: Any) -> Any:
    """The CRS that frames or a graph are in, to measure streets in where no study area says one: projected, in metres.

    Raises `InputError` if there is none, as with a path.

    >>> own_crs("roads.gpkg")
    Traceback (most recent call last):
    ...
    geoplan.errors.InputError: GP-N136 roads.gpkg: no working CRS is given: streets are measured in a projected CRS in metres;
        give an area (read_area), or frames in such a CRS
    """
    parts = list(source.values()) if isinstance(source, Mapping) else source
    parts = reversed(parts) if isinstance(parts, tuple | list) else [source]
    found = Findings()
    given = [source.graph.get("crs")] if is_graph(source) else [getattr(part, "crs", None) for part in parts]
    crs = next((parse_crs(c, name_of(source), found) for c in given if c is not None), None)
    if crs is None or not (crs.is_projected and all(axis.unit_name == "metre" for axis in crs.axis_info)):
        found.add(finding("GP-N136", name_of(source), value="" if crs is None else crs.name))
    found.raise_errors()
    return crs


def _inside(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, bbox: Any, file: str, findings: Findings) -> Any:
    """The edges that meet the box, and their nodes; streets that lie wholly elsewhere are an error."""
    frame = shapely.box(*bbox)
    edges = edges.loc[shapely.intersects(edges.geometry.to_numpy(), frame)].reset_index(drop=True)
    if edges.empty:
        away_km = float(shapely.distance(shapely.multipoints(nodes.geometry.to_numpy()), frame)) / 1000
        findings.add(finding("GP-N113", file, given=f"{away_km:,.0f}"))
    return nodes.loc[nodes.index.isin(pd.concat([edges["u"], edges["v"]]))], edges
