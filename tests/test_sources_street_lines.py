"""Lines without nodes, as a bureau's road layer has them, become the network that they draw."""

from __future__ import annotations

from itertools import pairwise
from math import cos, hypot, sin
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from shapely import LineString, MultiLineString, MultiPoint, Point

from geoplan.area import StudyArea
from geoplan.errors import Findings, InputError
from geoplan.network.graph import build_network
from geoplan.network.travel import travel_cost
from geoplan.profiles.mode import load_mode
from geoplan.sources.streets import Streets, read_streets
from geoplan.study.given import _streets, read_network
from geoplan.study.schema import Layer, Settings

CRS = "EPSG:4547"
X, Y = 500000.0, 4100000.0
DATA = Path(__file__).parents[1] / "../shared/data/porto_alegre"
seeds = st.integers(0, 2**32 - 1)


def layer(*lines: list[tuple[float, ...]], **columns: object) -> gpd.GeoDataFrame:
    """Lines by their points, in metres from a corner."""
    shapes = [LineString([(X + p[0], Y + p[1], *p[2:]) for p in line]) for line in lines]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS, index=range(len(shapes)))


def read(lines: object, findings: Findings | None = None, **more: object) -> Streets:
    """Read into the working CRS of these tests."""
    return read_streets(lines, CRS, Findings() if findings is None else findings, "cgcs2000", **more)


def graph(streets: Streets) -> nx.MultiGraph:
    """The edges as networkx sees them."""
    made = nx.MultiGraph()
    made.add_nodes_from(streets.nodes.index)
    for u, v, metres in zip(streets.edges["u"], streets.edges["v"], streets.edges["length_m"], strict=True):
        made.add_edge(u, v, weight=metres)
    return made


def metres(streets: Streets, spots: list[tuple[float, float]], near_m: float = 1.0) -> np.ndarray:
    """Shortest distances between the nodes at these spots; infinite where there is no way."""
    xy = streets.nodes.get_coordinates().to_numpy() - [X, Y]
    away = np.hypot(*(xy[:, None] - np.array(spots)[None]).transpose(2, 0, 1))
    assert away.min(axis=0).max() <= near_m
    ids = streets.nodes.index[away.argmin(axis=0)]
    made, table = graph(streets), np.full((len(ids), len(ids)), np.inf)
    for i, start in enumerate(ids):
        found = nx.single_source_dijkstra_path_length(made, start)
        table[i] = [found.get(stop, np.inf) for stop in ids]
    return table


def joined(streets: Streets) -> int:
    """How many separate pieces the streets are in."""
    return nx.number_connected_components(graph(streets))


def fan(rng: np.random.Generator, many: int = 7) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Long straight streets across a square, none parallel to another."""
    return [((0.0, float(a)), (1000.0, float(b))) for a, b in rng.permuted(rng.uniform(0, 1000, (many, 2)), axis=0)]


def crossing_graph(
    streets: list[tuple[tuple[float, float], tuple[float, float]]],
) -> tuple[nx.Graph, list[tuple[float, float]]]:
    """The network of straight streets by school geometry: each pair solved by itself, an independent answer."""
    stops: list[set[tuple[float, float]]] = [set(ends) for ends in streets]
    for i, (a, b) in enumerate(streets):
        for j, (c, d) in enumerate(streets[:i]):
            slope, other = ((q[1] - p[1]) / (q[0] - p[0]) for p, q in ((a, b), (c, d)))
            x = (c[1] - a[1]) / (slope - other) if slope != other else -1.0
            if 0 < x < 1000:
                spot = (x, a[1] + slope * x)
                stops[i].add(spot)
                stops[j].add(spot)
    made = nx.Graph()
    for spots in stops:
        for p, q in pairwise(sorted(spots)):
            made.add_edge(p, q, weight=hypot(q[0] - p[0], q[1] - p[1]))
    return made, sorted(made)


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_bare_lines_give_the_network_that_they_draw(seed) -> None:
    """Straight streets that cross anywhere give the same shortest paths as nodes and edges worked out pair by pair."""
    streets = fan(np.random.default_rng(seed))
    known, spots = crossing_graph(streets)
    found = metres(read(layer(*[list(ends) for ends in streets]), join_m=0), spots, 0.01)
    lengths = dict(nx.all_pairs_dijkstra_path_length(known))
    wanted = np.array([[lengths[p].get(q, np.inf) for q in spots] for p in spots])
    np.testing.assert_allclose(found, wanted, atol=0.02)


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_a_grid_given_as_lines_is_the_grid_given_as_tables(seed) -> None:
    """Crooked blocks, drawn as long lines or as short ones, either way round, give the paths of the same nodes and edges."""
    rng = np.random.default_rng(seed)
    spots = {
        (i, j): (100 * i + rng.uniform(-20, 20), 100 * j + rng.uniform(-20, 20)) for i in range(5) for j in range(5)
    }
    rows = [[(i, j) for i in range(5)] for j in range(5)] + [[(i, j) for j in range(5)] for i in range(5)]
    strokes = []
    for row in rows:
        cuts = [0, *sorted(rng.choice([1, 2, 3], rng.integers(0, 4), replace=False).tolist()), 4]
        strokes += [row[a : b + 1] for a, b in pairwise(cuts) if rng.uniform() < 0.9]
    pairs = [pair for stroke in strokes for pair in pairwise(stroke)]
    number = {spot: n for n, spot in enumerate(spots)}
    used = sorted({number[spot] for pair in pairs for spot in pair})
    ends_of = sorted({number[spot] for stroke in strokes for spot in (stroke[0], stroke[-1])})
    nodes = gpd.GeoDataFrame({"node_id": range(25)}, geometry=[Point(X + x, Y + y) for x, y in spots.values()], crs=CRS)
    ends = pd.DataFrame([(number[a], number[b]) for a, b in pairs], columns=["u", "v"])
    lines = layer(*[[spots[s] for s in stroke][:: rng.choice([1, -1])] for stroke in strokes])
    where = [list(spots.values())[n] for n in ends_of]
    tables = read((nodes[nodes["node_id"].isin(used)], ends))
    np.testing.assert_allclose(metres(read(lines), where), metres(tables, where), atol=0.001)


@given(st.floats(0, 0.99), st.floats(1.01, 3), st.floats(-1.5, 0), st.sampled_from([0.5, 2.0]))
@settings(max_examples=15, deadline=None)
def test_ends_within_join_m_are_joined(near, far, angle, join_m) -> None:
    """An end that is off by less than join_m still meets the end, or the street, that it is drawn to; by more it does not."""
    for share, pieces in ((near, 1), (far, 2)):
        off = share * join_m
        corner = layer([(0, 100), (50, 100)], [(50, 0), (50 + off * cos(angle), 100 + off * sin(angle))])
        through = layer([(0, 100), (100, 100)], [(50, 100 - off), (50, 0)])
        for lines in (corner, through):
            assert joined(read(lines, join_m=join_m)) == pieces


def test_join_m_is_inclusive_and_its_repairs_are_counted() -> None:
    """Exactly join_m is joined, a hair more is not; each kind of repair says how many ends moved and how far at most."""
    findings = Findings()
    lines = layer([(0, 0), (100, 0)], [(50, 0.5), (50, 100)], [(100.25, 0), (200, 0)])
    streets = read(lines, findings)
    assert joined(streets) == 1
    said = {f.code: (f.severity, f.count, f.problem.en.split()[-2]) for f in findings}
    assert said == {"GP-N126": ("repair", 1, "0.25"), "GP-N127": ("repair", 1, "0.50")}
    findings = Findings()
    assert (
        joined(
            read(
                lines.assign(
                    geometry=[
                        lines.geometry[0],
                        LineString([(X + 50, Y + 0.501), (X + 50, Y + 100)]),
                        lines.geometry[2],
                    ]
                ),
                findings,
            )
        )
        == 2
    )
    unjoined = next(f for f in findings if f.code == "GP-N128")
    assert (unjoined.severity, unjoined.count, unjoined.place) == ("note", 1, "lines row 2")
    assert "0.50 m" in unjoined.problem.en
    assert "layers.streets.join_m" in unjoined.advice.en


def test_an_end_that_overshoots_joins_at_the_crossing() -> None:
    """A street drawn a little over the one it ends on joins at the crossing, and the stub is gone."""
    streets = read(layer([(0, 0), (100, 0)], [(50, 100), (50, -0.4)]))
    assert len(streets.edges) == 3
    assert sorted(streets.edges["length_m"]) == pytest.approx([50, 50, 100])


BRIDGE = {"level": [1, 0], "layer": ["1", "0"], "bridge": ["yes", "no"], "桥梁": ["是", "否"], "层级": [1.0, None],
          "高程层": [2, 1], "隧道": ["是", None], "tunnel": [True, False]}  # fmt: skip


@pytest.mark.parametrize("column", BRIDGE)
def test_levels_keep_crossings_apart(column) -> None:
    """Streets that cross on different levels are not joined, however the level is said; on one level they are."""
    cross = [(0, 50), (100, 50)], [(50, 0), (50, 100)]
    findings = Findings()
    assert joined(read(layer(*cross, **{column: BRIDGE[column]}), findings)) == 2
    assert "1 crossings of different levels" in next(f for f in findings if f.code == "GP-N131").problem.en
    assert joined(read(layer(*cross, **{column: [BRIDGE[column][1]] * 2}))) == 1


def test_a_bridge_joins_its_approaches_and_the_street_that_it_ends_on() -> None:
    """A bridge meets its approach end to end, and ends on a through street, but not on the one beneath it."""
    approach, bridge = [(0, 0), (100, 0)], [(100, 0), (200, 0)]
    beneath, through = [(150, -50), (150, 50)], [(200, -50), (200, 50)]
    streets = read(layer(approach, bridge, beneath, through, level=[0, 1, 0, 0]))
    assert joined(streets) == 2
    assert metres(streets, [(0, 0), (200, 50)])[0, 1] == pytest.approx(250)


def test_an_elevated_road_is_not_the_one_beneath_it() -> None:
    """A side street joins the road on the ground, not the elevated one on the same line, nor where the latter's pieces meet."""
    ground, side = [(-100, 0), (500, 0)], [(100, 0), (100, 100)]
    above = [(-50, 30), (0, 0), (200, 0)], [(200, 0), (400, 0), (450, -30)]
    streets = read(layer(ground, side, *above, level=[0, 0, 1, 1]))
    assert joined(streets) == 2
    assert metres(streets, [(100, 100), (500, 0)])[0, 1] == pytest.approx(500)


def test_a_spiral_does_not_join_itself_and_a_lollipop_does() -> None:
    """A ramp that crosses over itself stays one street; a lane that comes back to itself on the ground closes a loop."""
    curl = [(0, 0), (100, 0), (100, 100), (50, 100), (50, -50)]
    assert len(read(layer(curl, bridge=["yes"])).edges) == 1
    assert sorted(read(layer(curl)).edges["length_m"]) == pytest.approx([50, 50, 300])
    assert sorted(read(layer([(0, 0), (100, 0), (100, 100), (50, 100), (50, 0)])).edges["length_m"]) == pytest.approx(
        [50, 300]
    )


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_splitting_a_line_changes_no_distance(seed) -> None:
    """A street cut in two anywhere, except within join_m of another, gives the same distances within a millimetre."""
    rng = np.random.default_rng(seed)
    streets = fan(rng)
    _, spots = crossing_graph(streets)
    whole = layer(*[list(ends) for ends in streets])
    line, at = whole.geometry[int(rng.integers(len(whole)))], rng.uniform(0.01, 0.99)
    cut = line.interpolate(at, normalized=True)
    rest = whole.geometry[whole.geometry != line].tolist()
    if cut.distance(shapely.union_all(rest)) <= 0.5:  # there the two ends join the other street, as ends do
        return
    parts = [LineString([line.coords[0], cut]), LineString([cut, line.coords[-1]])]
    split = gpd.GeoDataFrame(geometry=[*rest, *parts], crs=CRS)
    np.testing.assert_allclose(metres(read(split), spots), metres(read(whole), spots), atol=0.001)


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_the_order_of_rows_changes_nothing(seed) -> None:
    """Shuffled rows, doubles and repairs among them, give the very same nodes and edges."""
    rng = np.random.default_rng(seed)
    spots = rng.integers(0, 12, (30, 4)) * 10 + rng.choice([0, 0, 0, 0.3, -0.4], (30, 4))
    lines = layer(*[[(a, b), (c, d)] for a, b, c, d in spots if (a, b) != (c, d)])
    lines["highway"] = rng.choice(["residential", "primary"], len(lines))
    lines["level"] = rng.choice([0, 0, 0, 1], len(lines))
    lines = pd.concat([lines, lines.iloc[:3]])
    one, other = read(lines), read(lines.iloc[rng.permutation(len(lines))])
    pd.testing.assert_frame_equal(pd.DataFrame(one.nodes.to_wkb()), pd.DataFrame(other.nodes.to_wkb()))
    pd.testing.assert_frame_equal(pd.DataFrame(one.edges.to_wkb()), pd.DataFrame(other.edges.to_wkb()))


def test_what_is_no_street_is_counted_or_refused() -> None:
    """Rows without a line or without length are left out and counted; a point or an area is an error by its row."""
    lines = layer([(0, 0), (100, 0)], [(100, 0), (100, 0)], [(100, 0, 7), (100, 50, 9)])
    many = MultiLineString([[(X, Y), (X, Y + 40)], [(X, Y + 60), (X, Y + 90)]])
    findings = Findings()
    streets = read(gpd.GeoDataFrame(geometry=[*lines.geometry, None, LineString(), many], crs=CRS), findings)
    assert len(streets.edges) == 4
    assert not streets.edges.has_z.any()
    assert [(f.code, f.place, f.count) for f in findings if f.severity == "repair"] == [
        ("GP-N122", "lines row 4, 5", 2),
        ("GP-N125", "lines", 1),
    ]
    for shape in (Point(X, Y), Point(X, Y).buffer(5), MultiPoint([(X, Y)])):
        with pytest.raises(InputError, match=f"GP-N123 .*row 4.*{shape.geom_type}"):
            read(gpd.GeoDataFrame(geometry=[*lines.geometry, shape], crs=CRS))


def test_stretches_drawn_twice_are_one_street() -> None:
    """Overlapping lines give one edge a stretch and are counted; of two classes, or two one-way directions, both stay."""
    lines = (
        [(0, 0), (100, 0)],
        [(150, 0), (75, 0), (50, 0)],
        [(0, 500), (99, 501)],
        [(0.2, 500), (50, 500.3), (99, 501)],
    )
    findings = Findings()
    streets = read(layer(*lines), findings)
    assert streets.edges["length_m"].sum() == pytest.approx(150 + hypot(99, 1), abs=0.3)
    assert [(f.count, f.severity) for f in findings if f.code == "GP-N129"] == [(3, "repair")]
    findings = Findings()
    two = layer(*lines[:1] * 2, highway=["primary", "footway"])
    assert len(read(two, findings).edges) == 2
    assert [(f.code, f.severity, f.count) for f in findings] == [("GP-N130", "note", 1)]
    both = layer([(0, 0), (100, 0)], [(100, 0), (0, 0)], oneway=["yes", "yes"])
    assert sorted(read(both).edges[["u", "v"]].to_numpy().tolist()) == [[0, 1], [1, 0]]


def test_given_lengths_are_shared_among_pieces() -> None:
    """A length that is given for a line is divided among its pieces as they are long; a wrong one is refused by its row."""
    lines = layer([(0, 0), (100, 0)], [(25, 0), (25, 50)], length=[120.0, 60.0])
    assert sorted(read(lines).edges["length_m"]) == pytest.approx([30, 60, 90])
    for wrong in (float("nan"), -60.0, float("inf"), "60 m"):
        with pytest.raises(InputError, match=r"GP-N106 .*row 2"):
            read(lines.assign(length=pd.Series([120.0, wrong], dtype=object)))


def test_levels_that_are_no_numbers_count_as_not_given() -> None:
    """A column of drawing layers is not a column of levels: it is told, and changes nothing."""
    findings = Findings()
    lines = layer([(0, 50), (100, 50)], [(50, 0), (50, 100)], Layer=["ROAD_1", "ROAD_2"])
    assert joined(read(lines, findings)) == 1
    assert [(f.code, f.value, f.count) for f in findings if f.severity == "repair"] == [("GP-N132", "ROAD_1", 2)]


def test_a_gbk_shapefile_with_chinese_columns(tmp_path) -> None:
    """A bureau's Shapefile in GBK is read by a mapping of its columns, classes and names as meant; a wrong name gets one hint."""
    lines = layer([(0, 0), (100, 0)], [(50, -50), (50, 50)], 类别=["主干路", "县道"], 路=["东大街", "村西路"])
    lines.to_file(tmp_path / "道路.shp", encoding="GBK")
    columns = {"highway": "类别", "name": "路"}
    for encoding in (None, "gbk"):
        edges = read(tmp_path / "道路.shp", columns=columns, encoding=encoding, constants={"surface": "asphalt"}).edges
        assert set(zip(edges["highway"], edges["name"], edges["surface"], strict=True)) == {
            ("primary", "东大街", "asphalt"),
            ("secondary", "村西路", "asphalt"),
        }
    with pytest.raises(InputError, match=r"GP-T104 .*道路\.shp.*columns\.highway.*did you mean 类别") as told:
        read(tmp_path / "道路.shp", columns={"highway": "类"})
    assert len(told.value.findings) == 1
    (tmp_path / "道路.dbf").unlink()
    with pytest.raises(InputError, match=r"GP-F010.*\.dbf"):
        read(tmp_path / "道路.shp")


def test_every_form_of_a_line_layer_is_one(tmp_path) -> None:
    """GeoPackage, GeoJSON, Shapefile, GeoParquet and a frame, in degrees or metres, give the same streets."""
    lines = layer([(0, 0), (100, 0)], [(50, -50), (50, 50)], oneway=["yes", "no"])
    lines.to_file(tmp_path / "a.gpkg", layer="roads")
    lines.to_file(tmp_path / "a.gpkg", layer="other")
    lines.to_crs("EPSG:4490").to_file(tmp_path / "a.geojson", driver="GeoJSON")
    lines.to_file(tmp_path / "a.shp")
    lines.to_crs("EPSG:4490").to_parquet(tmp_path / "a.parquet")
    for source in (lines, *(tmp_path / f"a.{e}" for e in ("gpkg", "geojson", "shp", "parquet"))):
        edges = read(source, layer="roads" if str(source).endswith("gpkg") else None).edges
        assert sorted(edges["length_m"]) == pytest.approx([50] * 4, abs=0.001)
        assert sorted(edges["oneway"]) == ["no", "no", "yes", "yes"]
    with pytest.raises(InputError, match="GP-F015"):
        read(tmp_path / "a.gpkg")
    with pytest.raises(InputError, match=r"GP-F016.*did you mean roads"):
        read(tmp_path / "a.gpkg", layer="raods")


def test_a_line_layer_without_a_crs_is_refused_unless_it_is_stated(tmp_path) -> None:
    """Where the file says no CRS it must be stated; GCJ-02 is shifted before lines are joined."""
    lines = layer([(0, 0), (100, 0)], [(50, -50), (50, 50)])
    lines.set_crs(None, allow_override=True).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="GP-V005"):
        read(tmp_path / "a.parquet")
    assert len(read(tmp_path / "a.parquet", file_crs=CRS).edges) == 4
    moved = read_streets(lines.to_crs("EPSG:4326"), CRS, Findings(), "gcj02").nodes.geometry.iloc[0]
    assert 400 < moved.distance(Point(X, Y)) < 700


@pytest.mark.parametrize("join_m", [-1, float("nan"), float("inf"), 21, "1"])
def test_a_join_m_that_cannot_be_meant_is_refused(join_m) -> None:
    """join_m is a number of metres from 0 to 20."""
    with pytest.raises(InputError, match=r"GP-N134 .*join_m"):
        read(layer([(0, 0), (100, 0)]), join_m=join_m)


def test_u_and_v_without_nodes_are_not_used() -> None:
    """Node ids that no table of nodes explains are left aside, which is noted: the lines say what is joined."""
    findings = Findings()
    streets = read(layer([(0, 0), (100, 0)], [(100, 0), (200, 0)], u=[1, 7], v=[2, 8]), findings)
    assert joined(streets) == 1
    assert [(f.code, f.severity) for f in findings] == [("GP-N124", "note")]


def test_a_layer_without_classes_can_be_walked_not_driven() -> None:
    """Modes that know a speed for any street use a layer without classes; others say that they need classes."""
    lines = layer([(0, 0), (100, 0)], [(50, -50), (50, 50)])
    assert len(read_network(lines, "walk").u) == 4
    with pytest.raises(InputError, match=r"GP-N005.*highway"):
        read_network(lines, "drive")
    assert len(read_network(lines, "drive", constants={"highway": "residential"}).u) == 4


def test_the_study_file_says_how_lines_are_read(tmp_path, monkeypatch) -> None:
    """columns, constants, layer, encoding, crs and join_m of layers.streets are used; keep is refused by name."""
    monkeypatch.setenv("GEOPLAN_CACHE", "off")
    lines = layer([(0, 0), (50, 0)], [(51, 0), (100, 0)], 等=["支路", "县道"], crossing=["a", "b"])
    lines.to_file(tmp_path / "a.gpkg", layer="roads")
    lines.to_file(tmp_path / "a.gpkg", layer="other")
    square = shapely.box(X, Y, X + 100, Y + 100)
    area = StudyArea(square, gpd.GeoDataFrame({"name": ["a"]}, geometry=[square], crs=CRS), lines.crs)
    said = {"path": "a.gpkg", "datum": "cgcs2000", "layer": "roads", "columns": {"highway": "等"}, "join_m": 1.5}
    streets, _ = _streets(Layer(**said, constants={"surface": "gravel"}), tmp_path / "a.gpkg", area, Findings())
    assert joined(streets) == 1
    assert sorted(streets.edges["highway"]) == ["secondary", "tertiary"]
    assert streets.edges["surface"].eq("gravel").all()
    with pytest.raises(InputError, match=r"GP-N124.*keep"):
        _streets(Layer(**said, keep={"等": {"equals": "支路"}}), tmp_path / "a.gpkg", area, Findings())
    for join_m in (0, -1, 21, float("inf")):
        with pytest.raises(ValidationError, match="join_m"):
            Layer(**{**said, "join_m": join_m})


def test_findings_on_two_tables_name_them_as_the_study_does(tmp_path, monkeypatch) -> None:
    """What is found on nodes and edges together names both files as they are written in the study, not where they lie."""
    monkeypatch.setenv("GEOPLAN_CACHE", "off")
    square = shapely.box(X, Y, X + 100, Y + 100)
    area = StudyArea(square, gpd.GeoDataFrame({"name": ["a"]}, geometry=[square], crs=CRS), layer([(0, 0), (1, 1)]).crs)
    spots = gpd.GeoDataFrame({"node_id": [1, 2]}, geometry=[Point(X, Y), Point(X + 9, Y)], crs=CRS)
    spots.to_parquet(tmp_path / "nodes.parquet")
    said = Layer(path={"nodes": "in/nodes.parquet", "edges": "in/edges.parquet"}, datum="cgcs2000")
    paths = {part: tmp_path / f"{part}.parquet" for part in ("nodes", "edges")}
    for ends, found in (([1, 2], Findings()), ([1, 3], None)):
        pd.DataFrame([ends], columns=["u", "v"]).to_parquet(tmp_path / "edges.parquet")
        if found is None:
            with pytest.raises(InputError, match=r"GP-N112 in/nodes.parquet, in/edges.parquet: "):
                _streets(said, paths, area, Findings())
        else:
            _streets(said, paths, area, found)
            assert [(f.code, f.file) for f in found] == [("GP-N118", "in/nodes.parquet, in/edges.parquet")]


def test_join_m_is_for_streets_only() -> None:
    """A join_m for another layer is an error that names the layer."""
    plain = {"path": "a.gpkg", "datum": "cgcs2000"}
    study = {"version": 1, "name": "a", "service": "childcare_cn", "area": {"path": "a", "crs": CRS},
             "years": {"base": 2020, "phases": [2026]}, "travel": {"all": {"mode": "walk", "limit_m": 1000}}}  # fmt: skip
    layers = {"residents": plain, "streets": {**plain, "join_m": 1.0}}
    assert Settings(**study, layers=layers).layers["streets"].join_m == 1
    with pytest.raises(ValidationError, match=r"layers\.residents\.join_m"):
        Settings(**study, layers={**layers, "residents": {**plain, "join_m": 1.0}})


@pytest.fixture(scope="module")
def city() -> gpd.GeoDataFrame:
    """Porto Alegre's walking edges with the level that the extract gives their ways."""
    if not DATA.exists():
        pytest.skip("the Porto Alegre data are not beside the checkout")
    import osmium

    streets = osmium.FileProcessor(str(DATA / "poa_osm.pbf"), osmium.osm.WAY).with_filter(
        osmium.filter.KeyFilter("highway")
    )
    tags = {way.id: {tag: way.tags.get(tag) for tag in ("layer", "bridge", "tunnel")} for way in streets}
    edges = gpd.read_parquet(DATA / "walk_edges.parquet")
    levels = pd.DataFrame.from_dict(tags, orient="index").reindex(edges["osm_way_id"])
    return edges.assign(**{tag: levels[tag].to_numpy() for tag in levels})


def city_costs(source: object) -> pd.Series:
    """Walking costs up to 3 km between hexagons."""
    rows = pd.read_csv(DATA / "poa_hex_snapped.csv").set_index("id")
    spots = pd.read_parquet(DATA / "walk_nodes.parquet").set_index("osmid").loc[rows["node_osmid"]]
    hexes = gpd.GeoDataFrame(geometry=shapely.points(spots["lon"], spots["lat"]), index=rows.index, crs=4326)
    streets = read_streets(source, "EPSG:32722", Findings())
    network = build_network(streets.nodes, streets.edges, load_mode("walk"))
    hexes = hexes.to_crs("EPSG:32722")
    cost = travel_cost(network, hexes, hexes.iloc[::20], limit_m=3000)
    return pd.Series(cost.values, pd.MultiIndex.from_arrays([cost.demand, cost.place]))


def test_a_real_city_without_its_nodes_keeps_its_travel_costs(city) -> None:
    """99 % of the costs are the same within 1 m when nodes are found from the lines, if the lines say their levels.

    Without levels every bridge joins the street beneath it, which makes ways shorter, never longer.
    """
    known = city_costs((DATA / "walk_nodes.parquet", DATA / "walk_edges.parquet"))
    bare = city.drop(columns=["u", "v"])
    found = city_costs(bare).reindex(known.index)
    assert (np.abs(found - known) <= 1).mean() > 0.99
    flat = city_costs(bare.drop(columns=["layer", "bridge", "tunnel"])).reindex(known.index)
    assert 0.9 < (np.abs(flat - known) <= 1).mean() < 0.99
    assert (flat - known).max() < 1
