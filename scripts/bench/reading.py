"""From an OpenStreetMap extract to a walking graph, each library in a fresh process, with its peak memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.alone import Alone, alone, python_of_peers
from bench.places import PORTO_ALEGRE, ROOT
from bench.table import Row, skipped

# each one gives the kilometres of its graph, every street once
OURS = """
area = geoplan.read_area({area!r}, "EPSG:32722", datum="wgs84")
network = geoplan.read_network({file!r}, "walk", area)
value = float(network.forward.sum(dtype=float) / 1e6)
"""
PYROSM = """
osm = pyrosm.OSM({file!r})
nodes, edges = osm.get_network("walking", nodes=True)
graph = osm.to_graph(nodes, edges, graph_type="networkx")
value = float(edges["length"].sum() / 1000)
"""
OSMNX = """
graph = osmnx.graph_from_xml({file!r}, retain_all=True)
value = sum(d["length"] for *_, d in osmnx.convert.to_undirected(graph).edges(data=True)) / 1000
"""
IMPORTS = "import geopandas, geoplan, osmium, scipy.sparse.csgraph; geoplan.read_area, geoplan.read_network"
RUNS = 3


def reading() -> Iterator[Row]:
    """Porto Alegre's extract; osmnx reads only XML, so the file is turned into XML before its time starts."""
    extract = PORTO_ALEGRE / "poa_osm.pbf"
    if not extract.exists():
        yield skipped("pbf to graph", "the Porto Alegre data are absent")
        return
    area = str(ROOT / "layers" / "porto_alegre" / "area.geojson")
    alone(IMPORTS, OURS.format(area=area, file=str(extract)))  # warm: the file is in memory, code is compiled
    ours = alone(IMPORTS, OURS.format(area=area, file=str(extract)), runs=RUNS)
    pyrosm = alone("import pyrosm", PYROSM.format(file=str(extract)), python_of_peers(), RUNS)
    with tempfile.TemporaryDirectory() as folder:
        osmnx = alone("import osmnx", OSMNX.format(file=_xml(extract, Path(folder))), python_of_peers(), RUNS)
    assert ours is not None
    for name, peer in (("pyrosm", pyrosm), ("osmnx (all streets)", osmnx)):
        yield _row(name, peer, ours)


def _row(name: str, peer: Alone | None, ours: Alone) -> Row:
    if peer is None:
        return skipped("pbf to graph", f"{name} is not installed for PEERS_PYTHON")
    more, less = peer.peak_mb - peer.before_mb, ours.peak_mb - ours.before_mb
    memory = f"peak {peer.peak_mb:,.0f} and {ours.peak_mb:,.0f} MB, {more:,.0f} and {less:,.0f} above imports"
    length = f"{peer.value:,.0f} km and {ours.value:,.0f} km"
    return Row("pbf to graph", "Porto Alegre, 3 MB", name, peer.seconds, ours.seconds, f"{memory}; {length}")


def _xml(extract: Path, folder: Path) -> str:
    """The extract as XML, by osmium."""
    import osmium

    path = str(folder / "extract.osm")
    with osmium.SimpleWriter(path) as writer:
        for thing in osmium.FileProcessor(str(extract)):
            writer.add(thing)
    return path
