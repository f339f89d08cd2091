"""From an OpenStreetMap extract to a walking graph, each library in a fresh process, with its peak memory."""

from __future__ import annotations

import sys
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
# what each does before its memory and time are taken: its libraries are loaded, and it has read an extract of one street
READY = """
import os; os.environ["GEOPLAN_CACHE"] = "off"
import geopandas, geoplan, osmium, scipy.sparse.csgraph
{job}"""
READY_PYROSM = """
import geopandas, networkx, pyproj, pyrosm
{job}"""
READY_OSMNX = """
import geopandas, networkx, osmnx, pyproj
{job}"""
RUNS = 3
TINY = """<osm version="0.6"><node id="1" lat="-30.03" lon="-51.2"/><node id="2" lat="-30.031" lon="-51.2"/>
<node id="3" lat="-30.032" lon="-51.21"/><way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way></osm>
"""


def reading() -> Iterator[Row]:
    """Porto Alegre's extract; osmnx reads only XML, so the file is turned into XML before its time starts."""
    extract = PORTO_ALEGRE / "poa_osm.pbf"
    if not extract.exists():
        yield skipped("pbf to graph", "the Porto Alegre data are absent")
        return
    area = str(ROOT / "layers" / "porto_alegre" / "area.geojson")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, tiny = _xml(extract, folder), folder / "tiny.osm"
        tiny.write_text(TINY, encoding="utf-8")
        small = _pbf(tiny)

        def run(ready: str, job: str, file: str, first: str, python: str) -> Alone | None:
            before = ready.format(job=job.format(area=area, file=first))
            return alone(before, job.format(area=area, file=file), python, RUNS)

        run(READY, OURS, str(extract), small, sys.executable)  # the file is in memory, code is compiled
        ours = run(READY, OURS, str(extract), small, sys.executable)
        pyrosm = run(READY_PYROSM, PYROSM, str(extract), small, python_of_peers())
        osmnx = run(READY_OSMNX, OSMNX, whole, str(tiny), python_of_peers())
    assert ours is not None
    for name, peer in (("pyrosm", pyrosm), ("osmnx (all streets)", osmnx)):
        yield _row(name, peer, ours)


def _row(name: str, peer: Alone | None, ours: Alone) -> Row:
    if peer is None:
        return skipped("pbf to graph", f"{name} is not installed for PEERS_PYTHON")
    more, less = peer.peak_mb - peer.before_mb, ours.peak_mb - ours.before_mb
    memory = f"{more:,.0f} and {less:,.0f} MB for the reading ({less / more:.2f}), {peer.peak_mb:,.0f} and {ours.peak_mb:,.0f} with libraries"
    length = f"{peer.value:,.0f} km and {ours.value:,.0f} km"
    return Row("pbf to graph", "Porto Alegre, 3 MB", name, peer.seconds, ours.seconds, f"{memory}; {length}")


def _pbf(xml: Path) -> str:
    """The same extract as pbf, by osmium."""
    import osmium

    path = str(xml.with_suffix(".osm.pbf"))
    with osmium.SimpleWriter(path) as writer:
        for thing in osmium.FileProcessor(str(xml)):
            writer.add(thing)
    return path


def _xml(extract: Path, folder: Path) -> str:
    """The extract as XML, by osmium."""
    import osmium

    path = str(folder / "extract.osm")
    with osmium.SimpleWriter(path) as writer:
        for thing in osmium.FileProcessor(str(extract)):
            writer.add(thing)
    return path
