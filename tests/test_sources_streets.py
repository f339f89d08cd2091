"""Streets in every form they come in, and what is wrong with them said once and clearly."""

from __future__ import annotations

from importlib.resources import files
from io import StringIO
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, MultiLineString, Point, box

from geoplan.errors import Findings, InputError
from geoplan.sources.streets import Streets, read_streets
from geoplan.study.given import read_network

CRS = "EPSG:4547"
XY = {10: (500000, 4100000), 20: (500100, 4100000), 30: (500100, 4100200)}
PAIRS = [(10, 20), (20, 30)]


def town(crs: str = CRS) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Two streets, 100 and 200 m long."""
    nodes = gpd.GeoDataFrame({"node_id": list(XY)}, geometry=[Point(*p) for p in XY.values()], crs=CRS)
    lines = [LineString([XY[u], XY[v]]) for u, v in PAIRS]
    data = {
        "u": [u for u, _ in PAIRS],
        "v": [v for _, v in PAIRS],
        "highway": "residential",
        "oneway": ["yes", "no"],
        "name": "路",
    }
    edges = gpd.GeoDataFrame(data, geometry=lines, crs=CRS)
    return nodes.to_crs(crs), edges.to_crs(crs)


def read(source: object, findings: Findings | None = None, **more: object) -> Streets:
    """Read into the working CRS of these tests."""
    return read_streets(source, CRS, Findings() if findings is None else findings, **more)


def check(streets: Streets) -> None:
    """The town as it must come out of every form."""
    edges = streets.edges
    assert streets.nodes.index.name == "node_id"
    assert streets.nodes.index.dtype == edges["u"].dtype == np.int64
    assert streets.nodes.crs == edges.crs == CRS
    assert list(zip(edges["u"], edges["v"], edges["oneway"], edges["highway"], strict=True)) == [
        (10, 20, "yes", "residential"),
        (20, 30, "no", "residential"),
    ]
    assert edges["length_m"].tolist() == pytest.approx([100, 200], abs=1e-3)
    start = [line.coords[0] for line in edges.geometry]
    assert np.asarray(start) == pytest.approx(np.asarray([XY[10], XY[20]]), abs=1e-3)


def graph(crs: str | None = "EPSG:4326") -> nx.MultiDiGraph:
    """As osmnx makes them: two-way streets in both directions, oneway true or false."""
    nodes, _ = town("EPSG:4326")
    made = nx.MultiDiGraph(**({"crs": crs} if crs else {}))
    for name, p in zip(nodes["node_id"], nodes.geometry, strict=True):
        made.add_node(name, x=p.x, y=p.y)
    made.add_edge(10, 20, highway="residential", oneway=True, length=100.0)
    made.add_edge(20, 30, highway="residential", oneway=False, length=200.0)
    return made


def test_frames_parquet_and_geopackage_are_one(tmp_path) -> None:
    """Frames, a pair of Parquet files, a mapping, a folder and a GeoPackage give the same streets."""
    nodes, edges = town("EPSG:4490")
    nodes.to_parquet(tmp_path / "streets_nodes.parquet")
    edges.to_parquet(tmp_path / "streets_edges.parquet")
    nodes.to_file(tmp_path / "streets.gpkg", layer="nodes", driver="GPKG")
    edges.to_file(tmp_path / "streets.gpkg", layer="edges", driver="GPKG")
    pair = (tmp_path / "streets_nodes.parquet", str(tmp_path / "streets_edges.parquet"))
    for source in (
        town(),
        (nodes, edges),
        pair,
        dict(zip(("nodes", "edges"), pair, strict=True)),
        tmp_path,
        str(tmp_path / "streets.gpkg"),
    ):
        findings = Findings()
        check(read(source, findings, datum="cgcs2000"))
        assert len(findings) == 0


def test_plain_tables_with_other_names(tmp_path) -> None:
    """Tables without geometry, with lon, lat, from and to, are read; the streets are then straight, which is noted."""
    nodes, edges = town("EPSG:4326")
    bare = pd.DataFrame({"OSMID": nodes["node_id"], "lon": nodes.geometry.x, "lat": nodes.geometry.y})
    ends = pd.DataFrame(edges.drop(columns="geometry")).rename(columns={"u": "from", "v": "to"})
    findings = Findings()
    check(read((bare, ends), findings))
    assert [(f.code, f.severity, f.count) for f in findings] == [("GP-N118", "note", 2)]


def test_wkb_without_a_crs_is_read_in_the_datum(tmp_path) -> None:
    """A plain Parquet table with WKB bytes is taken as degrees in the stated datum."""
    nodes, edges = town("EPSG:4326")
    pd.DataFrame(nodes.to_wkb()).to_parquet(tmp_path / "nodes.parquet")
    pd.DataFrame(edges.to_wkb()).to_parquet(tmp_path / "edges.parquet")
    check(read(tmp_path))


def test_graphs_and_graphml(tmp_path) -> None:
    """An osmnx-like graph and its GraphML, in which everything is text, give the same streets."""
    check(read(graph()))
    text = nx.MultiDiGraph(crs="EPSG:4326")
    for node, data in graph().nodes(data=True):
        text.add_node(node, **{k: str(v) for k, v in data.items()})
    for u, v, data in graph().edges(data=True):
        text.add_edge(u, v, **{k: str(v) for k, v in data.items()})
    nx.write_graphml(text, tmp_path / "town.graphml")
    check(read(tmp_path / "town.graphml"))


def test_osmnx_frames() -> None:
    """Frames with osmnx's index (u, v, key) and lists of classes in text are read; the classes come in alphabetical order."""
    nodes, edges = town("EPSG:4326")
    indexed = edges.assign(key=0, highway="['tertiary', 'residential']").set_index(["u", "v", "key"])
    found = read((nodes.set_index("node_id").rename_axis("osmid"), indexed)).edges
    assert found["highway"].tolist() == ["residential;tertiary"] * 2


def test_an_arc_of_a_plain_directed_graph_is_one_way() -> None:
    """A directed graph that does not speak of oneway means its directions; an undirected one means none."""
    directed, plain = nx.DiGraph(crs=CRS), nx.Graph(crs=CRS)
    for made in (directed, plain):
        for name, (x, y) in XY.items():
            made.add_node(name, x=x, y=y)
        made.add_edges_from(PAIRS)
    assert read(directed).edges["oneway"].tolist() == ["yes", "yes"]
    assert read(plain).edges["oneway"].tolist() == ["no", "no"]


def test_text_ids_are_numbered_in_their_order() -> None:
    """Nodes with text ids get numbers by alphabet, so that the order of rows does not matter."""
    nodes, edges = town()
    letters = {10: "a", 20: "b", 30: "c"}
    found = read(
        (
            nodes.assign(node_id=nodes["node_id"].map(letters)),
            edges.assign(u=edges["u"].map(letters), v=edges["v"].map(letters)),
        )
    )
    assert found.edges[["u", "v"]].to_numpy().tolist() == [[0, 1], [1, 2]]


def test_lines_start_at_u() -> None:
    """A line that was drawn from v to u is turned round, so that places along it are found from u."""
    nodes, edges = town()
    check(read((nodes, edges.set_geometry(edges.geometry.reverse()))))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("yes", "yes"),
        (True, "yes"),
        ("True", "yes"),
        ("1", "yes"),
        ("no", "no"),
        (False, "no"),
        (None, "no"),
        ("reversible", "no"),
    ],
)
def test_one_way_values(given, found) -> None:
    """Every way in which sources write one-way is understood; what is not said is two-way."""
    nodes, edges = town()
    findings = Findings()
    assert (
        read((nodes, edges.assign(oneway=pd.Series([given, given], dtype=object))), findings).edges["oneway"].tolist()
        == [found] * 2
    )
    assert len(findings) == 0


def test_one_way_backwards() -> None:
    """-1 means against the drawing: the edge is turned, ends and line."""
    nodes, edges = town()
    found = read((nodes, edges.assign(oneway="-1"))).edges
    assert found[["u", "v"]].to_numpy().tolist() == [[20, 10], [30, 20]]
    assert found.geometry.iloc[0].coords[0] == pytest.approx(XY[20])


def test_repairs_are_counted() -> None:
    """Rows given twice, loops without length, lengths of 0 and unknown one-way values are repaired and counted."""
    nodes, edges = town()
    loop = edges.iloc[[0]].assign(v=10, geometry=[LineString([XY[10], XY[10]])])
    rows = pd.concat([edges, edges.iloc[[1]], loop]).assign(
        length=[0.0, 200.0, 200.0, 0.0], oneway=["yes", "no", "no", "perhaps"]
    )
    findings = Findings()
    check(read((nodes, rows), findings))
    assert {(f.code, f.severity, f.count) for f in findings} == {
        ("GP-N115", "repair", 1),
        ("GP-N116", "repair", 1),
        ("GP-N117", "repair", 1),
        ("GP-N119", "repair", 1),
    }


def test_given_lengths_are_used() -> None:
    """A given length in metres counts instead of the line's, and one that is shorter than the straight line is noted."""
    nodes, edges = town()
    findings = Findings()
    assert read((nodes, edges.assign(length=[130.0, 150.0])), findings).edges["length_m"].tolist() == [130.0, 150.0]
    assert [(f.code, f.count) for f in findings] == [("GP-N120", 1)]


def test_the_box_keeps_what_meets_it() -> None:
    """Streets outside the box are left out with their nodes; if none is left, the error says how far away they are."""
    found = read(town(), bbox=(500090, 4100100, 500200, 4100300))
    assert found.edges["v"].tolist() == [30]
    assert found.nodes.index.tolist() == [20, 30]
    with pytest.raises(InputError, match=r"GP-N113.* 1,000 km"):
        read(town(), bbox=(1_500_100, 4_100_000, 1_500_200, 4_100_100))


def changed(part: str, **columns: object) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The town with columns of one table replaced."""
    nodes, edges = town()
    return (nodes.assign(**columns), edges) if part == "nodes" else (nodes, edges.assign(**columns))


BROKEN = pd.DataFrame(town()[1].drop(columns="geometry")).assign(geometry="LINESTRING (500000")
MULTI = MultiLineString([[XY[20], (500100, 4100050)], [(500100, 4100150), XY[30]]])


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (changed("edges", length=[100.0, float("nan")]), "GP-N106.*row 2"),
        (changed("edges", length=[100.0, -50.0]), r"GP-N106.*row 2.*-50"),
        (changed("edges", length=[float("inf"), 200.0]), "GP-N106.*row 1.*inf"),
        (changed("edges", length=["890,0", "200"]), "GP-N106.*row 1.*890,0"),
        (changed("edges", length=[0.1, 0.2]), "GP-N107.*0.001 times"),
        (changed("edges", v=[20, 99]), "GP-N112.*row 2"),
        (changed("edges", v=[20, None]), "GP-N103.*edges row 2"),
        (changed("edges", geometry=[Point(0, 0), Point(1, 1)]), "GP-N108.*row 1, 2"),
        (changed("edges", geometry=[LineString([XY[10], XY[20]]), MULTI]), "GP-N108.*row 2"),
        (changed("edges", v=[30, 20]), "GP-N109.*row 1"),
        ((town()[0], BROKEN), "GP-V001.*row 1, 2"),
        (changed("nodes", node_id=[10, 20, 20]), "GP-N104.*nodes row 3"),
        (changed("nodes", geometry=[Point(*XY[10]), None, Point(*XY[30])]), "GP-N105.*row 2"),
        (changed("nodes", geometry=[Point(*XY[10]), Point(float("nan"), 1), Point(*XY[30])]), "GP-.*row 2"),
        ((town()[0], town()[1].iloc[:0]), "GP-N110"),
        ((town()[0], town()[1].drop(columns=["u", "v"])), r"GP-N102.*column u(.|\n)*GP-N102.*column v"),
        ((town()[0].drop(columns="node_id"), town()[1]), "GP-N102.*node_id"),
        ((town()[0].set_crs(None, allow_override=True), town()[1]), "GP-D"),
        (graph(None), "GP-N111.*crs"),
        (pd.DataFrame(town()[1]), "GP-N101"),
        (42, "GP-N101.*int"),
    ],
)
def test_wrong_streets_are_refused(source, says) -> None:
    """Each wrong input gives one clear error with the row or column where it is; nothing is guessed."""
    with pytest.raises(InputError, match=says):
        read(source)


def test_swapped_coordinates_are_refused() -> None:
    """Latitude and longitude swapped cannot be projected, or lie far from the study area; either is an error."""
    nodes, edges = town("EPSG:4326")
    swapped = pd.DataFrame({"node_id": nodes["node_id"], "lon": nodes.geometry.y, "lat": nodes.geometry.x})
    with pytest.raises(InputError, match="GP-"):
        read((swapped, pd.DataFrame(edges.drop(columns="geometry"))), bbox=(499000, 4099000, 501000, 4101000))


def test_edges_without_their_nodes_are_refused(tmp_path) -> None:
    """A folder that has edges but no nodes is told so; it is not read as a layer of lines."""
    with pytest.raises(InputError, match="GP-N101"):
        read(tmp_path)
    town()[1].to_parquet(tmp_path / "edges.parquet")
    with pytest.raises(InputError, match=r"GP-N101.*nodes\.parquet"):
        read(tmp_path)


def test_momepy_frames_and_graphs() -> None:
    """momepy's frames (nodeID, node_start, node_end, mm_len) and graphs, whose nodes are positions, give the same streets."""
    nodes, edges = town()
    number = {10: 0, 20: 1, 30: 2}
    named = edges.rename(columns={"u": "node_start", "v": "node_end"}).assign(mm_len=edges.length)
    named[["node_start", "node_end"]] = named[["node_start", "node_end"]].replace(number)
    frames = (nodes.rename(columns={"node_id": "nodeID"}).replace({"nodeID": number}), named)
    made = nx.MultiGraph(crs=edges.crs, approach="primal")
    for k, (u, v) in enumerate(PAIRS):
        tags = {"highway": "residential", "oneway": ["yes", "no"][k], "geometry": edges.geometry[k]}
        made.add_edge(XY[u], XY[v], mm_len=edges.length[k], **tags)
    for source in (frames, made):
        found = read(source)
        assert found.edges[["u", "v"]].to_numpy().tolist() == [[0, 1], [1, 2]]
        assert found.edges["oneway"].tolist() == ["yes", "no"]
        assert found.edges["length_m"].tolist() == pytest.approx([100, 200])
        assert found.nodes.geometry.tolist() == [Point(*XY[i]) for i in (10, 20, 30)]
    made.graph["approach"] = "dual"
    with pytest.raises(InputError, match=r"GP-N137.*primal"):
        read(made)


def test_columns_and_constants_of_tables(tmp_path) -> None:
    """Tables of any form are read by a mapping of columns, with constants; a name that is not there gets one hint each."""
    nodes, edges = town("EPSG:4326")
    pd.DataFrame({"号": nodes["node_id"], "经": nodes.geometry.x, "纬": nodes.geometry.y}).to_csv(
        tmp_path / "nodes.csv", index=False, encoding="gbk"
    )
    renamed = edges.rename(columns={"u": "起", "v": "止", "oneway": "方向"}).drop(columns="highway")
    renamed.to_file(tmp_path / "edges.geojson", driver="GeoJSON")
    paths = {part: tmp_path / name for part, name in (("nodes", "nodes.csv"), ("edges", "edges.geojson"))}
    columns = {"node_id": "号", "lon": "经", "lat": "纬", "u": "起", "v": "止", "oneway": "方向"}
    check(read(paths, columns=columns, constants={"highway": "residential"}))
    with pytest.raises(InputError, match=r"GP-T104 .*columns\.oneway.*did you mean 方向") as told:
        read(paths, columns={**columns, "oneway": "方向d"}, constants={"highway": "residential"})
    assert len(told.value.findings) == 1
    with pytest.raises(InputError, match=r"GP-N124.*columns\.hihgway.*did you mean highway"):
        read(paths, columns={**columns, "hihgway": "方向"})
    with pytest.raises(InputError, match=r"GP-L001.*constants\.oneway"):
        read(paths, columns=columns, constants={"oneway": "no"})


def test_what_a_form_does_not_read_is_refused(extract) -> None:
    """Columns, constants, layer, encoding and CRS for an extract or a graph, and keep for any streets, are errors by name."""
    for source in (extract, graph()):
        for name, value in (("columns", {"highway": "a"}), ("layer", "a"), ("encoding", "gbk"), ("file_crs", CRS)):
            with pytest.raises(InputError, match=f"GP-N124 .*{name.removeprefix('file_')}"):
                read(source, **{name: value})
    with pytest.raises(InputError, match=r"GP-N124.*keep.*filter"):
        read(town(), keep={"highway": {"equals": "primary"}})


@pytest.mark.parametrize(("value", "found"), [("B", "no"), ("F", "yes"), ("是", "yes"), ("双向", "no")])
def test_one_way_values_of_geofabrik_and_of_bureaux(value, found) -> None:
    """B, F and T of Geofabrik's layers are told from true and false by the B; Chinese words are read."""
    nodes, edges = town()
    one = read((nodes, edges.assign(oneway=[value, "B" if value in "BF" else value]))).edges
    assert one["oneway"].iloc[0] == found
    back = read((nodes, edges.assign(oneway=["T", "B"]))).edges
    assert back[["u", "v", "oneway"]].to_numpy().tolist() == [[20, 10, "yes"], [20, 30, "no"]]


def test_chinese_classes_become_openstreetmaps() -> None:
    """Road classes by their Chinese names are mapped, and a 高速公路 without a sign is not taken as one-way; others are noted."""
    nodes, edges = town()
    findings = Findings()
    found = read((nodes, edges.drop(columns="oneway").assign(highway=["高速公路", "三块板"])), findings).edges
    assert found["highway"].iloc[0] == "motorway"
    assert found["highway"].isna().iloc[1]
    assert found["oneway"].tolist() == ["no", "no"]
    assert [(f.code, f.value, f.severity) for f in findings] == [("GP-N133", "三块板", "note")]


def test_every_class_of_the_table_is_openstreetmaps() -> None:
    """Each row of the table of classes leads to a class that leads to itself, and says its source."""
    text = files("geoplan.sources").joinpath("street_classes.csv").read_text(encoding="utf-8")
    rows = pd.read_csv(StringIO(text))
    assert rows["name"].is_unique
    assert (rows["name"] == rows["name"].str.casefold()).all()
    assert rows["highway"].isin(rows.loc[rows["name"] == rows["highway"], "name"]).all()
    assert rows["source"].str.len().min() > 10


def test_absurd_lengths_are_noted() -> None:
    """A length of more than ten times its line, and an edge of more than 100 km, are noted with count and first row."""
    nodes, edges = town()
    findings = Findings()
    other = edges.iloc[[0]].assign(highway="footway")
    read((nodes, pd.concat([edges, other]).assign(length=[100.0, 2001.0, 100.0])), findings)
    assert [(f.code, f.place, f.value, f.count) for f in findings] == [("GP-N138", "edges row 2", "2001 m", 1)]
    far = nodes.assign(geometry=[*nodes.geometry[:2], Point(500100, 4200100)])
    findings = Findings()
    read((far, edges.drop(columns="geometry")), findings)
    assert ("GP-N135", "edges row 2", 1) in [(f.code, f.place, f.count) for f in findings]


def test_parallel_edges_and_loops_stay() -> None:
    """Two different streets between the same nodes are both kept, and so is a loop with a length."""
    nodes, edges = town()
    other = edges.iloc[[0]].assign(geometry=[LineString([XY[10], (500050, 4100040), XY[20]])])
    ring = LineString([XY[10], (500000, 4100050), (500050, 4100050), XY[10]])
    rows = pd.concat([edges, other, edges.iloc[[0]].assign(v=10, geometry=[ring])])
    findings = Findings()
    found = read((nodes, rows), findings).edges
    assert len(found) == 4
    assert found["length_m"].iloc[3] == pytest.approx(ring.length)
    assert len(findings) == 0


def test_a_network_needs_a_working_crs(tmp_path) -> None:
    """Without an area the frames' own CRS is used if it is in metres; a path, or degrees, get one clear error."""
    assert read_network(town()).crs == CRS
    assert read_network(town()[1]).crs == CRS
    assert read_network(dict(zip(("nodes", "edges"), town(), strict=True))).crs == CRS
    town()[1].to_file(tmp_path / "roads.gpkg")
    for source in (tmp_path / "roads.gpkg", str(tmp_path / "a.osm.pbf"), town("EPSG:4326"), graph(), 42):
        with pytest.raises(InputError, match="GP-N136"):
            read_network(source)


def test_broken_files_are_refused(tmp_path) -> None:
    """Absent, cut or hostile files give one error that names the file."""
    cases = {
        "a.graphml": b"<graphml><graph",
        "b.osm.pbf": b"\0\0\0\x0dnothing",
        "c.parquet": b"PAR1",
        "d.osm": b"<osm><way",
    }
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><graphml>&a;</graphml>'
    for name, content in {**cases, "e.graphml": bomb}.items():
        (tmp_path / name).write_bytes(content)
        source = (tmp_path / name, tmp_path / name) if name.endswith("parquet") else tmp_path / name
        with pytest.raises(InputError, match=name):
            read(source)
    with pytest.raises(InputError, match="GP-F001"):
        read(tmp_path / "absent.osm.pbf")


OSM = """<osm version="0.6">
{nodes}
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/><tag k="name" v="东大街"/></way>
<way id="2"><nd ref="4"/><nd ref="2"/><nd ref="5"/><tag k="highway" v="tertiary"/><tag k="oneway" v="-1"/></way>
<way id="3"><nd ref="6"/><nd ref="7"/><tag k="highway" v="primary"/><tag k="bridge" v="yes"/></way>
<way id="4"><nd ref="3"/><nd ref="99"/><nd ref="5"/><tag k="highway" v="residential"/></way>
<way id="5"><nd ref="1"/><nd ref="5"/><tag k="highway" v="construction"/></way>
<way id="6"><nd ref="1"/><nd ref="3"/><nd ref="1"/><tag k="highway" v="pedestrian"/><tag k="area" v="yes"/></way>
<way id="7"><nd ref="1"/><nd ref="5"/><tag k="building" v="yes"/></way>
<way id="8"><nd ref="5"/><nd ref="8"/><nd ref="7"/><tag k="highway" v="secondary"/><tag k="junction" v="roundabout"/></way>
</osm>"""


@pytest.fixture
def extract(tmp_path) -> Path:
    """A hand-written extract with what OpenStreetMap has in store."""
    spots = [(0, 0), (1, 0), (2, 0), (1, -1), (1, 1), (1, 0), (1.5, 0.5), (1.2, 0.9)]
    lines = [f'<node id="{i}" lon="{114.5 + x / 1000}" lat="{37 + y / 1000}"/>' for i, (x, y) in enumerate(spots, 1)]
    path = tmp_path / "town.osm"
    path.write_text(OSM.format(nodes="\n".join(lines)), encoding="utf-8")
    return path


def test_osm_ways_are_cut_where_they_meet(extract) -> None:
    """Ways are joined at shared nodes only: a bridge over a crossing, at the very same spot, is not joined to it."""
    findings = Findings()
    edges = read(extract, findings).edges
    assert list(zip(edges["u"], edges["v"], edges["oneway"], strict=True)) == [
        (1, 2, "no"),
        (2, 3, "no"),
        (2, 4, "yes"),
        (5, 2, "yes"),
        (6, 7, "no"),
        (5, 7, "yes"),
    ]
    assert edges["bridge"].eq("yes").tolist() == [False, False, False, False, True, False]
    assert edges["name"].iloc[0] == "东大街"
    assert len(edges.geometry.iloc[5].coords) == 3
    assert [(f.code, f.count) for f in findings] == [("GP-N121", 1)]


def test_what_holds_up_comes_out_of_an_extract(extract) -> None:
    """Surface and posted limit stand at the street, a level crossing at its node; crossings that are no street nodes are left out."""
    text = extract.read_text(encoding="utf-8").replace('<nd ref="4"/>', '<nd ref="4"/><nd ref="9"/>', 1)
    tags = '<tag k="surface" v="gravel"/><tag k="maxspeed" v="30"/><tag k="oneway" v="-1"/>'
    crossing = '<node id="{}" lon="114.501" lat="36.9993"><tag k="railway" v="level_crossing"/></node>'
    text = text.replace('<tag k="oneway" v="-1"/>', tags).replace(
        '<way id="1">', crossing.format(9) + crossing.format(10) + '<way id="1">'
    )
    extract.write_text(text, encoding="utf-8")
    streets = read(extract)
    assert streets.nodes["crossing"].dropna().to_dict() == {9: "railway"}
    assert {(4, 9), (9, 2)} <= set(zip(streets.edges["v"], streets.edges["u"], strict=True)) | set(
        zip(streets.edges["u"], streets.edges["v"], strict=True)
    ), "a way is cut at its crossing, though no other street meets it there"
    slow = streets.edges[streets.edges["highway"] == "tertiary"]
    assert set(zip(slow["surface"], slow["maxspeed"], strict=True)) == {("gravel", "30")}
    assert streets.edges[["surface", "maxspeed"]].isna().all(axis=1).sum() == len(streets.edges) - len(slow)


def test_the_datum_of_an_extract_is_wgs84(extract) -> None:
    """A datum stated for OSM data by mistake does not shift them, while tables in GCJ-02 are shifted by some 500 m."""
    there = read(extract).nodes.geometry.iloc[0]
    assert read(extract, datum="gcj02").nodes.geometry.iloc[0] == there
    nodes, edges = town("EPSG:4326")
    moved = read((nodes, edges), datum="gcj02").nodes.geometry.iloc[0]
    assert 400 < moved.distance(Point(*XY[10])) < 700


def test_read_streets_leaves_the_given_frames_alone() -> None:
    """Reading from frames changes nothing in them."""
    nodes, edges = town()
    before = nodes.copy(), edges.copy()
    read((nodes, edges), bbox=box(500000, 4100000, 500100, 4100200).bounds)
    for frame, was in zip((nodes, edges), before, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(was))


def test_an_index_without_a_name_gives_the_node_ids() -> None:
    """Frames as osmnx's users keep them, with node ids as an index that has no name, are read as they are."""
    nodes, edges = town()
    bare = nodes.set_axis(pd.Index([7 * i + 3 for i in nodes["node_id"]]), axis=0).drop(columns="node_id")
    found = read_streets((bare, edges.assign(u=7 * edges["u"] + 3, v=7 * edges["v"] + 3)), crs=CRS, findings=Findings())
    assert sorted(found.nodes.index) == sorted(bare.index)
