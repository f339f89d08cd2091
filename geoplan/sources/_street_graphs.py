"""Streets out of graphs: networkx or osmnx graphs, and GraphML files as osmnx writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan.sources._files import local, reading
from geoplan.sources._messages import refuse

MAX_GRAPHML_BYTES = 512 * 1024**2
POSITIONS = ({"x", "y"}, {"lon", "lat"})


def is_graph(source: Any) -> bool:
    """Whether this is a networkx graph (osmnx graphs are), told without importing networkx."""
    return all(hasattr(source, name) for name in ("nodes", "edges", "graph", "is_directed"))


def from_graph(graph: Any, file: str) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Nodes and edges of a graph; an arc of a directed graph that does not say `oneway` leads one way only."""
    nodes = pd.DataFrame.from_dict(dict(graph.nodes(data=True)), orient="index").rename_axis("node_id").reset_index()
    edges = pd.DataFrame([{**data, "u": u, "v": v} for u, v, data in graph.edges(data=True)])
    place = next((names for names in POSITIONS if names <= set(nodes.columns)), None)
    crs = graph.graph.get("crs")
    if place is None or (crs is None and place != {"lon", "lat"}):
        refuse("GP-N111", file, "crs" if place else "nodes")
    one_way = "yes" if graph.is_directed() else "no"
    if len(edges):
        edges["oneway"] = edges["oneway"].where(edges["oneway"].notna(), one_way) if "oneway" in edges else one_way
    x, y = (pd.to_numeric(nodes[axis], errors="coerce") for axis in sorted(place, key=["x", "lon", "y", "lat"].index))
    if place == {"lon", "lat"}:
        crs = None
    return gpd.GeoDataFrame(nodes[["node_id"]], geometry=gpd.points_from_xy(x, y), crs=crs), edges


def read_graphml(path: str | Path) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Nodes and edges of a GraphML file; one that declares entities, or is larger than 512 MB, is refused unread."""
    import networkx

    file, where = str(path), local(path, (".graphml",))
    if where.stat().st_size > MAX_GRAPHML_BYTES:
        refuse("GP-F008", file, given=f"{where.stat().st_size} bytes", limit=MAX_GRAPHML_BYTES)
    _refuse_entities(where, file)
    with reading(file, "GraphML"):
        graph = networkx.read_graphml(where)
    return from_graph(graph, file)


def _refuse_entities(where: Path, file: str) -> None:
    """A document type can make a small file grow without end while it is parsed; GraphML needs none."""
    tail = b""
    with where.open("rb") as stream:
        while chunk := stream.read(1024 * 1024):
            if b"<!DOCTYPE" in tail + chunk or b"<!ENTITY" in tail + chunk:
                refuse("GP-F007", file, "document type", "<!DOCTYPE", format="GraphML")
            tail = chunk[-16:]
