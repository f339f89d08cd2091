"""Streets: nodes and edges of a street network in the working CRS, from whatever form they are given in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geoplan.errors import Findings, InputError
from geoplan.sources._files import STREETS, local, reading
from geoplan.sources._messages import finding
from geoplan.sources._street_graphs import from_graph, is_graph, read_graphml
from geoplan.sources._street_tables import checked
from geoplan.sources.osm import read_osm


@dataclass(frozen=True, eq=False)
class Streets:
    """Street nodes (points, index `node_id`, int64) and edges, both in the working CRS.

    An edge has `u`, `v` (node ids), a LineString from u to v, `length_m` (metres), `highway` (OpenStreetMap class; several joined by
    `;`; missing if not known), `oneway` (yes: from u to v only, or no) and what is given of name, bridge and the access tags.
    """

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame


def read_streets(source: Any, crs: Any, findings: Findings, datum: str = "wgs84", bbox: Any = None) -> Streets:
    """Read streets from an OSM extract (.osm.pbf, .osm), GraphML, a GeoPackage with layers `nodes` and `edges`, Parquet tables
    (a folder, a pair or `{"nodes": …, "edges": …}` of paths), a pair of frames, or a networkx or osmnx graph.

    Column names: nodes node_id / osmid / id and a geometry or lon / lat (x / y); edges u, v / from, to / source, target. Lengths
    are measured on the lines in `crs`, unless `length_m` or `length` (metres) is given; an edge without a line is straight. `datum`
    is that of the coordinates (OSM extracts are always wgs84). `bbox` (xmin, ymin, xmax, ymax in `crs`) keeps what meets it.

    Repairs and notes go into `findings`. Raises one `InputError` with all errors: missing files or columns, ids given twice, lengths
    that are missing, negative or infinite, ends that are not in the nodes, positions that cannot be.
    """
    file, found = _name(source), Findings()
    try:
        nodes, edges, known = _frames(source, file, crs, found)
        nodes, edges = checked(nodes, edges, file, crs, known or datum, found)
        if bbox is not None:
            nodes, edges = _inside(nodes, edges, bbox, file, found)
    except InputError as error:
        found.add(*(f for f in error.findings if f not in found.items))
    findings.add(*found)
    found.raise_errors()
    return Streets(nodes, edges)


def _name(source: Any) -> str:
    if isinstance(source, str | Path):
        return str(source)
    if isinstance(source, Mapping):
        source = tuple(source.values())
    if isinstance(source, tuple | list) and all(isinstance(part, str | Path) for part in source):
        return ", ".join(map(str, source))
    return "streets"


def _frames(source: Any, file: str, crs: Any, findings: Findings) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Nodes and edges as they are given, and the datum where the form decides it."""
    if is_graph(source):
        return *from_graph(source, file), ""
    if isinstance(source, Mapping):
        source = (source.get("nodes"), source.get("edges"))
    if isinstance(source, tuple | list) and len(source) == 2:
        nodes, edges = (
            p.copy() if isinstance(p, pd.DataFrame) else _parquet(p, part)
            for p, part in zip(source, ("nodes", "edges"), strict=True)
        )
        return nodes, edges, ""
    if not isinstance(source, str | Path):
        raise _not_streets(file, type(source).__name__)
    if Path(source).is_dir():
        return *(_parquet(_only(Path(source), part, file), part) for part in ("nodes", "edges")), ""  # type: ignore[return-value]
    ending = local(source, STREETS).suffix.lower()
    if ending in (".pbf", ".osm"):
        return *read_osm(source, crs, findings), "wgs84"
    if ending == ".graphml":
        return *read_graphml(source), ""
    if ending == ".gpkg":
        return *_geopackage(source, file), ""
    raise _not_streets(file, "one Parquet file")


def _not_streets(file: str, given: str) -> InputError:
    return InputError(finding("GP-N101", file, given=given))


def _only(folder: Path, part: str, file: str) -> Path:
    """The one Parquet file of a folder whose name ends in nodes or edges."""
    files = sorted(folder.glob(f"*{part}.parquet"))
    if len(files) != 1:
        raise _not_streets(file, f"{len(files)} × *{part}.parquet")
    return files[0]


def _parquet(path: Any, part: str) -> pd.DataFrame:
    if not isinstance(path, str | Path):
        raise _not_streets(part, type(path).__name__)
    file = str(path)
    where = local(path, (".parquet",))
    table: pd.DataFrame
    with reading(file, "Parquet"):
        try:
            table = gpd.read_parquet(where)
        except ValueError:  # a plain Parquet table without a word on its geometry
            table = pd.read_parquet(where)
    return table


def _geopackage(path: str | Path, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    import pyogrio

    with reading(file, "GeoPackage"):
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
        if {"nodes", "edges"} <= set(layers):
            return pyogrio.read_dataframe(path, layer="nodes"), pyogrio.read_dataframe(path, layer="edges")
    raise _not_streets(file, ", ".join(layers))


def _inside(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, bbox: Any, file: str, findings: Findings) -> Any:
    """The edges that meet the box, and their nodes; streets that lie wholly elsewhere are an error."""
    frame = shapely.box(*bbox)
    edges = edges.loc[shapely.intersects(edges.geometry.to_numpy(), frame)].reset_index(drop=True)
    if edges.empty:
        away_km = float(shapely.distance(shapely.multipoints(nodes.geometry.to_numpy()), frame)) / 1000
        findings.add(finding("GP-N113", file, given=f"{away_km:,.0f}"))
    return nodes.loc[nodes.index.isin(pd.concat([edges["u"], edges["v"]]))], edges
