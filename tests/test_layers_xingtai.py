"""Laws of the committed demonstration place: its people are the census, its map holds together, it says what it is."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from ruamel.yaml import YAML
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from geoplan.sources import datum

FOLDER = Path(__file__).parents[1] / "layers" / "xingtai"
CITY = {"residents": 7_111_106, "urban": 3_846_965, "age_0": 65_201, "age_1_4": 404_070}
LIMIT_BYTES = 16 * 1024 * 1024
LAYERS = {
    "area.gpkg", "base.gpkg", "births.csv", "bureau/parcels_gbk.shp", "bureau/parcels_zone39.shp", "controls.gpkg", "elevation.tif",
    "employers.gpkg", "enrolment_2025.csv", "facilities.csv", "facilities_2024.csv", "hazards.gpkg", "hosts.gpkg", "idle.gpkg",
    "moves.csv", "new_residential.gpkg", "nursing_rooms.gpkg", "parcels.gpkg", "population.tif", "premises.gpkg",
    "public_places.gpkg", "renewal.gpkg", "residents.gpkg", "sources.yaml", "streets_edges.parquet", "streets_nodes.parquet",
}  # fmt: skip
BANDS = ["托位6_12月", "托位12_24月", "托位24_36月"]


@cache
def facts(name: str) -> pd.DataFrame:
    """A table of facts by code."""
    return pd.read_csv(FOLDER / "facts" / name, dtype={"code": str}).set_index("code")


@cache
def layer(file: str, name: str | None = None) -> gpd.GeoDataFrame:
    """A committed layer."""
    return gpd.read_parquet(FOLDER / file) if file.endswith("parquet") else gpd.read_file(FOLDER / file, layer=name)


@cache
def facilities() -> pd.DataFrame:
    """The facilities as the file gives them."""
    return pd.read_csv(FOLDER / "facilities.csv", encoding="utf-8-sig")


@cache
def pieces() -> np.ndarray:
    """The piece of the street network to which each node belongs."""
    nodes, edges = layer("streets_nodes.parquet"), layer("streets_edges.parquet")
    ends = [pd.Index(nodes["node_id"]).get_indexer(edges[c]) for c in "uv"]
    graph = coo_matrix((np.ones(len(edges)), ends), shape=(len(nodes), len(nodes)))
    return connected_components(graph, directed=False)[1]


def test_the_facts_are_the_census_of_the_city() -> None:
    """The 19 units add up to the published totals, and 201 townships lie in them."""
    units, townships = facts("units.csv"), facts("townships.csv")
    assert {k: int(units[k].sum()) for k in CITY} == CITY
    assert len(units) == 19
    assert len(townships) == 201
    assert set(townships.index.str[:6]) == set(units.index)


def test_people_of_each_unit_are_those_of_the_census() -> None:
    """Residents, urban residents and children of the residential areas add up, unit by unit, to the census exactly."""
    homes, units = layer("residents.gpkg"), facts("units.csv")
    sums = homes.groupby("unit_id")[["population", "age_0", "age_1_4"]].sum()
    sums["urban"] = homes[homes["class"] != "rural"].groupby("unit_id")["population"].sum()
    wanted = units[["residents", "age_0", "age_1_4", "urban"]].set_axis(sums.columns, axis=1)
    pd.testing.assert_frame_equal(sums, wanted, check_names=False, check_dtype=False, check_index_type=False)


def test_the_units_layer_carries_the_census() -> None:
    """The units of the area have the names, people and children of the facts."""
    drawn = layer("area.gpkg", "units").set_index("unit_id").sort_index()
    wanted = facts("units.csv").rename(columns={"residents": "population"}).loc[drawn.index]
    for column in ("name", "population", "urban", "age_0", "age_1_4"):
        assert drawn[column].tolist() == wanted[column].tolist()


def test_children_are_some_of_the_people() -> None:
    """No residential area has fewer people than children, and each has somebody."""
    homes = layer("residents.gpkg")
    assert (homes["population"] > homes["age_0"] + homes["age_1_4"]).all()
    assert (homes[["age_0", "age_1_4"]] >= 0).all(axis=None)


def test_new_estates_have_more_children_a_head_than_old_ones() -> None:
    """Children a head rise from old to built to new estates."""
    homes = layer("residents.gpkg")
    sums = homes.groupby("class")[["population", "age_0", "age_1_4"]].sum()
    share = (sums["age_0"] + sums["age_1_4"]) / sums["population"]
    assert share["urban_old"] < share["urban_built"] < share["urban_new"]


@pytest.mark.parametrize("name", ["units", "townships"])
def test_units_and_townships_partition_the_city(name: str) -> None:
    """Neither gap nor overlap: the parts share their borders and together are the boundary."""
    parts = layer("area.gpkg", name).geometry.to_numpy()
    city = layer("area.gpkg", "boundary").geometry.iloc[0]
    assert shapely.coverage_is_valid(parts)
    assert shapely.area(parts).sum() == pytest.approx(city.area, rel=1e-9)
    assert shapely.coverage_union_all(parts).symmetric_difference(city).area < 1


def test_townships_lie_in_their_unit() -> None:
    """The townships of a unit make up the unit."""
    towns, units = layer("area.gpkg", "townships"), layer("area.gpkg", "units").set_index("unit_id")
    sums = towns.assign(area=towns.area).groupby("unit_id")["area"].sum()
    assert (towns["unit_id"] == towns["township_id"].str[:6]).all()
    assert sums.to_dict() == pytest.approx(units.area.to_dict(), rel=1e-9)


def test_units_are_about_as_large_as_the_real_ones() -> None:
    """The area of each unit is within a fifth of the published figure, and its seat lies in it."""
    drawn, wanted = layer("area.gpkg", "units").set_index("unit_id"), facts("units.csv")
    ratio = drawn.area / 1e6 / wanted["area_km2"]
    seats = gpd.points_from_xy(wanted["seat_lon"], wanted["seat_lat"], crs=4490).to_crs(4547)
    assert ratio.between(0.8, 1.2).all()
    assert drawn.geometry.loc[wanted.index].contains(gpd.GeoSeries(seats, wanted.index)).all()


def test_homes_lie_where_they_say() -> None:
    """The representative point of a residential area is in the township that it names, and that in its unit."""
    homes, towns = layer("residents.gpkg"), layer("area.gpkg", "townships").set_index("township_id")
    inner = homes.to_crs(4547).representative_point()
    assert inner.within(towns.geometry.loc[homes["township"]].set_axis(inner.index)).all()
    assert (homes["township"].str[:6] == homes["unit_id"]).all()


def test_homes_are_polygons_of_four_to_eight_corners() -> None:
    """Each residential area is one valid polygon with four to eight corners."""
    shapes = layer("residents.gpkg").geometry
    corners = shapely.get_num_coordinates(shapes.to_numpy()) - 1
    assert shapes.is_valid.all()
    assert (shapes.geom_type == "Polygon").all()
    assert corners.min() >= 4
    assert corners.max() <= 8


@pytest.mark.parametrize(
    ("file", "column", "pattern"),
    [
        ("residents.gpkg", "code", r"\d{12}"),
        ("residents.gpkg", "township", r"\d{9}"),
        ("residents.gpkg", "unit_id", r"\d{6}"),
        ("hosts.gpkg", "host_id", r"H-\d{4}"),
        ("hosts.gpkg", "unit_id", r"\d{6}"),
        ("idle.gpkg", "site_id", r"S-\d{4}"),
        ("idle.gpkg", "unit_id", r"\d{6}"),
    ],
)
def test_ids_are_text_of_their_form_and_unique(file: str, column: str, pattern: str) -> None:
    """Ids keep their form; those of the rows are unique."""
    values = layer(file)[column]
    assert values.str.fullmatch(pattern).all()
    assert values.is_unique or column in {"township", "unit_id"}


def test_sizes_are_those_of_a_city() -> None:
    """As many estates, villages, nodes, facilities, hosts and sites as the demonstration promises."""
    homes = layer("residents.gpkg")
    urban = int((homes["class"] != "rural").sum())
    assert urban == 1_800
    assert 5_200 <= len(homes) - urban <= 5_600
    assert 100_000 <= len(layer("streets_nodes.parquet")) <= 130_000
    serving = int((facilities()["状态"] == "在营").sum())
    assert (serving, len(layer("hosts.gpkg")), len(layer("idle.gpkg"))) == (330, 1_500, 300)


def test_streets_are_one_piece_and_three_detached_ones() -> None:
    """One main connected piece, and three small ones of 10 to 40 nodes."""
    sizes = np.sort(np.bincount(pieces()))
    assert len(sizes) == 4
    assert (sizes[:3] >= 10).all()
    assert (sizes[:3] <= 40).all()


def test_each_detached_piece_has_a_residential_area_beside_it() -> None:
    """At each detached piece some residential area's nearest street edge is of that piece."""
    edges, homes = layer("streets_edges.parquet"), layer("residents.gpkg").representative_point()
    piece = pieces()[edges["u"].to_numpy() - 1]
    nearest = shapely.STRtree(edges.geometry.to_numpy()).nearest(homes.to_numpy())
    assert set(piece[nearest]) == set(range(4))


def test_no_edge_is_empty_or_stands_twice() -> None:
    """Every edge has a length, joins two different nodes that are there, and no pair is joined twice."""
    nodes, edges = layer("streets_nodes.parquet"), layer("streets_edges.parquet")
    pairs = pd.DataFrame(np.sort(edges[["u", "v"]].to_numpy(), axis=1))
    assert nodes["node_id"].is_unique
    assert set(edges["u"]) | set(edges["v"]) == set(nodes["node_id"])
    assert (shapely.length(edges.geometry.to_numpy()) > 0).all()
    assert not (edges["u"] == edges["v"]).any()
    assert not pairs.duplicated().any()


def test_edges_run_from_node_to_node() -> None:
    """The first and last point of each edge are its nodes."""
    nodes, edges = layer("streets_nodes.parquet").set_index("node_id"), layer("streets_edges.parquet")
    for column, at in (("u", 0), ("v", -1)):
        ends = shapely.get_coordinates(shapely.get_point(edges.geometry.to_numpy(), at))
        assert np.array_equal(ends, shapely.get_coordinates(nodes.geometry.loc[edges[column]].to_numpy()))


def test_rivers_and_railway_are_crossed_only_on_bridges_and_seldom() -> None:
    """What crosses a river or the railway is marked as a bridge; there are few, and some over each."""
    edges = layer("streets_edges.parquet")
    for name in ("rivers", "railways"):
        lines = layer("base.gpkg", name)
        crossing = edges.iloc[
            shapely.STRtree(edges.geometry.to_numpy()).query(lines.geometry, predicate="intersects")[1]
        ]
        kilometres = lines.to_crs(4547).length.sum() / 1000
        assert (crossing["bridge"] == "yes").all()
        assert 5 <= len(crossing) <= kilometres


def test_motorways_are_reached_only_at_interchanges() -> None:
    """A node of a motorway carries other motorway edges and links only, and motorways are one-way."""
    edges = layer("streets_edges.parquet")
    motorway = edges[edges["highway"] == "motorway"]
    on = set(motorway["u"]) | set(motorway["v"])
    touching = edges[edges["u"].isin(on) | edges["v"].isin(on)]
    assert set(touching["highway"]) == {"motorway", "motorway_link"}
    assert (motorway["oneway"] == "yes").all()


def test_cars_are_caught_nowhere_in_a_one_way_street() -> None:
    """In driving, every one-way edge lies in a loop: from its end one comes back to its start."""
    edges = layer("streets_edges.parquet")
    u, v, both = edges["u"].to_numpy(), edges["v"].to_numpy(), (edges["oneway"] == "no").to_numpy()
    ends = (np.r_[u, v[both]], np.r_[v, u[both]])
    strong = connected_components(coo_matrix((np.ones(len(ends[0])), ends)), connection="strong")[1]
    assert (strong[u] == strong[v]).all()


def test_facilities_are_given_as_a_web_map_gives_them() -> None:
    """The file starts with a byte order mark; taken as GCJ-02 the facilities stand at homes, taken as CGCS2000 half a km off."""
    table, homes = facilities(), layer("residents.gpkg").to_crs(4547)
    assert (FOLDER / "facilities.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert table["编号"].str.fullmatch(r"F-\d{4}").all()
    assert table["编号"].is_unique
    given = table["经度"].to_numpy(), table["纬度"].to_numpy()
    tree = shapely.STRtree(homes.geometry.to_numpy())
    median = {}
    for name, (lon, lat) in {"shifted": given, "true": datum.gcj02_to_wgs84(*given)}.items():
        points = gpd.GeoSeries(gpd.points_from_xy(lon, lat, crs=4490)).to_crs(4547).to_numpy()
        median[name] = np.median(tree.query_nearest(points, all_matches=False, return_distance=True)[1])
    assert median["true"] < 20
    assert median["true"] < median["shifted"]


def test_there_are_about_20000_places_and_most_facilities_are_filed() -> None:
    """About 20,000 places in facilities that serve, about 80 % of them filed, and inclusive ones among the filed."""
    table = facilities()
    assert (table[BANDS] >= 0).all(axis=None)
    assert (table[BANDS].sum(axis=1) > 0).all()
    table = table[table["状态"] == "在营"]
    assert table[BANDS].sum().sum() == pytest.approx(20_000, rel=0.02)
    assert (table["已备案"] == "是").mean() == pytest.approx(0.8, abs=0.05)
    assert (table.loc[table["普惠"] == "是", "已备案"] == "是").all()


def test_hosts_and_sites_leave_some_values_unknown() -> None:
    """Real lists have gaps: some values are missing, and where both are known enrolment is within capacity."""
    hosts, idle = layer("hosts.gpkg"), layer("idle.gpkg")
    for column in ("spare_floor_m2", "outdoor_m2", "storey"):
        assert 0 < hosts[column].isna().mean() < 0.3
    assert not (hosts["enrolment"] > hosts["capacity"]).any()
    assert hosts.loc[hosts["kind"] != "kindergarten", "enrolment"].isna().all()
    assert idle["owner"].isna().any()
    assert (idle.loc[idle["kind"] == "idle_land"].geom_type == "Polygon").all()
    assert set(idle["kind"]) == {"idle_building", "idle_land"}


@pytest.mark.parametrize("file", ["hosts.gpkg", "idle.gpkg"])
def test_hosts_and_sites_lie_in_the_unit_that_they_name(file: str) -> None:
    """The representative point of each row is in its unit."""
    frame, units = layer(file).to_crs(4547), layer("area.gpkg", "units").set_index("unit_id")
    inner = frame.representative_point()
    assert inner.within(units.geometry.loc[frame["unit_id"]].set_axis(inner.index)).all()


def test_the_population_grid_holds_every_resident() -> None:
    """The grid's float64 sum is the city's residents, in whole persons and cells of 250 m."""
    with rasterio.open(FOLDER / "population.tif") as grid:
        people = grid.read(1, masked=True).astype("float64")
        assert (grid.crs.to_epsg(), grid.res, grid.dtypes[0], grid.nodata) == (4547, (250.0, 250.0), "float32", -1.0)
    assert people.sum() == pytest.approx(CITY["residents"], abs=1e-3)
    assert (people == np.round(people)).all()


def test_the_place_is_small() -> None:
    """All files together take 16 MB at most."""
    assert sum(f.stat().st_size for f in FOLDER.rglob("*") if f.is_file()) <= LIMIT_BYTES


def test_every_layer_has_its_source_and_says_that_it_is_synthetic() -> None:
    """sources.yaml names every file (a shapefile's parts as one) with its licence; all are synthetic but the facts."""
    entries = YAML(typ="safe").load(FOLDER / "sources.yaml")["layers"]
    files = {f.relative_to(FOLDER).as_posix() for f in FOLDER.rglob("*") if f.is_file()}
    parts = {f.rsplit(".", 1)[0] for f in files if f.endswith(".shp")}
    alone = {f for f in files if f.endswith(".shp") or f.rsplit(".", 1)[0] not in parts}
    assert alone - set(entries) == {"sources.yaml"}
    assert files >= LAYERS
    for name, entry in entries.items():
        keys = "title title_en source source_en licence date unit synthetic note"
        assert set(entry) == set(keys.split())
        assert not re.search("[\u4e00-\u9fff]", entry["source_en"]), name
        assert entry["synthetic"] is not name.startswith("facts/")
