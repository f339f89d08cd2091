"""Streets out of graphs: networkx or osmnx graphs, and GraphML files as osmnx writes them."""

from __future__ import annotations

from numbers import Real
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan.sources import budgets
from geoplan.sources._files import local, reading
from geoplan.sources._messages import refuse

POSITIONS = ({"x", "y"}, {"lon", "lat"})


def is_graph(source: Any) -> bool:
    """Whether this is a networkx graph (osmnx graphs are), told without importing networkx."""
    return all(hasattr(source, name) for name in ("nodes", "edges", "graph", "is_directed"))


def from_graph(graph: Any, file: str) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Nodes and edges of a graph; an arc of a directed graph that does not say `oneway` leads one way only.

    Nodes have x and y (with the graph's `crs`) or lon and lat; or they are tuples (x, y), as momepy's are, and are then numbered in
    their order.
    """
    if graph.graph.get("approach") == "dual":
        refuse("GP-N137", file)
    edges = pd.DataFrame([{**data, "u": u, "v": v} for u, v, data in graph.edges(data=True)])
    spots = _spots(graph)
    if spots:
        number = {spot: n for n, spot in enumerate(spots)}
        nodes = pd.DataFrame({"node_id": range(len(spots)), "x": [s[0] for s in spots], "y": [s[1] for s in spots]})
        edges = edges.assign(**{end: [number[spot] for spot in edges[end]] for end in ("u", "v") if len(edges)})
    else:
        held = pd.DataFrame.from_dict(dict(graph.nodes(data=True)), orient="index")
        nodes = held.rename_axis("node_id").reset_index()
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


def _spots(graph: Any) -> list[tuple[float, ...]]:
    """The nodes in order, if all of them are positions."""
    nodes = list(graph.nodes)
    plain = all(isinstance(n, tuple) and len(n) in (2, 3) and all(isinstance(x, Real) for x in n) for n in nodes)
    return sorted(nodes) if plain else []


def read_graphml(path: str | Path) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Nodes and edges of a GraphML file; one that declares entities, or is larger than 512 MB, is refused unread."""
    import networkx

    file, where = str(path), local(path, (".graphml",))
    if (size := where.stat().st_size) > budgets.TEXT_BYTES:
        refuse("GP-F008", file, given=f"{size} bytes", limit=budgets.TEXT_BYTES)
    _refuse_entities(where, file)
    with reading(file, "GraphML"):
        graph = networkx.read_graphml(where)
    return from_graph(graph, file)


def _refuse_entities(where: Path, file: str) -> None:
    """A document type can make a small file grow without end while it is parsed; GraphML needs none."""
    tail = b""
    with where.open("rb") as stream:
        while chunk := stream.read(1024 * 1024):
            plain = tail + chunk.replace(b"\0", b"")  # UTF-16 hides nothing
            if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
                refuse("GP-F007", file, "document type", "<!DOCTYPE", format="GraphML")
            tail = plain[-16:]
