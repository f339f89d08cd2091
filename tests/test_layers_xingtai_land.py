"""Laws of the demonstration place's parcels, controls, boundaries and heights, and of the samples in bureau formats."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio.features
import shapely

from geoplan.errors import Findings
from geoplan.sources.layers import LayerSpec
from geoplan.sources.read import read_area
from geoplan.sources.roles import read_role
from tests.xingtai_layers import FOLDER, bureau, control, controls, layer

CONTROLS = [name for name, role in controls.ROLES.items() if not role.endswith("boundary")]
MAPPED = {"survey_code": "DLBM", "planning_code": "GHYT", "land_status": "状态"}
GBK = {"survey_code": "三调地类码", "planning_code": "规划用地码", "land_status": "利用状态", "unit_id": "县级代码"}
ZONE_39 = {
    "site_id": "DKBH", "name": "DKMC", "unit_id": "XZQDM", "survey_code": "DLBM", "planning_code": "GHYT", "land_status": "LYZT",
    "land_m2": "YDMJ", "farmland_m2": "GDMJ", "tenure": "QSXZ",
}  # fmt: skip


def shapes(frame: gpd.GeoDataFrame) -> np.ndarray:
    """The geometries of a layer."""
    return np.asarray(frame.geometry.to_numpy())


def touching(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which of some meet one of the others in more than their borders."""
    at, which = shapely.STRtree(others).query(some, predicate="intersects")
    return np.unique(at[shapely.area(shapely.intersection(some[at], others[which])) > 0.01])


@cache
def homes(urban: bool) -> np.ndarray:
    """Residential areas of the towns, or villages."""
    frame = layer("residents")
    return shapes(frame[(frame["class"] != "rural") == urban])


# parcels


def test_there_are_seven_hundred_parcels_of_all_sizes() -> None:
    """Valid polygons with ids of their own; most of 600 to 6,000 m², a few smaller than 600, a few narrower than 15 m."""
    parcels = layer("parcels")
    area = parcels.area
    boxes = shapely.minimum_rotated_rectangle(shapes(parcels))
    sides = [np.hypot(*np.diff(shapely.get_coordinates(b)[:3], axis=0).T) for b in boxes]
    assert len(parcels) == 700
    assert parcels["site_id"].is_unique
    assert parcels["site_id"].str.fullmatch(r"D-\d{4}").all()
    assert parcels.geometry.is_valid.all()
    assert (parcels.geom_type == "Polygon").all()
    assert area.between(350, 6_000).all()
    assert 0.02 < (area < 600).mean() < 0.10
    assert 0.01 < (np.min(sides, axis=1) < 15).mean() < 0.10


def test_each_parcel_lies_whole_in_its_unit() -> None:
    """Every parcel is covered by the unit that it names, and every unit has some."""
    parcels, drawn = layer("parcels"), layer("area").set_index("unit_id").geometry
    assert parcels.covered_by(drawn.loc[parcels["unit_id"]].set_axis(parcels.index)).all()
    assert (parcels["unit_id"].value_counts().reindex(drawn.index) >= 5).all()


def test_parcels_lie_on_free_ground() -> None:
    """No parcel overlaps another, an estate, an idle lot, a new project or a street."""
    parcels = shapes(layer("parcels"))
    streets = shapes(gpd.read_parquet(FOLDER / "streets_edges.parquet").to_crs(4547))
    pairs = shapely.STRtree(parcels).query(parcels, predicate="overlaps")
    assert pairs.size == 0
    assert shapely.STRtree(streets).query(shapely.buffer(parcels, -0.2), predicate="intersects").size == 0
    for others in (homes(urban=True), shapes(layer("idle")), shapes(layer("new_residential"))):
        lots = others[shapely.get_dimensions(others) == 2]
        assert touching(parcels, lots).size == 0


def test_about_one_code_in_sixteen_is_unknown() -> None:
    """About 6 % of each code are unknown, some states, areas and tenures too; stated areas are the drawn ones."""
    parcels = layer("parcels")
    for column in ("DLBM", "GHYT"):
        assert parcels[column].isna().mean() == pytest.approx(0.06, abs=0.025)
        assert parcels[column].dropna().str.fullmatch(r"\d{2}|\d{4}|\d{6}|05H1|08H2").all()
    for column in ("状态", "land_m2", "farmland_m2", "权属"):
        assert 0 < parcels[column].isna().mean() < 0.15
    assert set(parcels["状态"].dropna()) == {"闲置", "低效", "存量", "新增"}
    assert ((parcels["land_m2"] - parcels.area).abs().dropna() <= 1.5).all()
    assert not (parcels["farmland_m2"] > parcels["land_m2"]).any()


def test_0702_of_the_survey_is_not_0702_of_the_plan() -> None:
    """Homesteads of the survey lie in villages, community services of the plan in towns; no parcel is both at once but by chance."""
    parcels = layer("parcels")
    urban = np.zeros(len(parcels), bool)
    urban[shapely.STRtree(shapes(control("CZKFBJ"))).query(shapes(parcels), predicate="intersects")[0]] = True
    homestead, services = parcels["DLBM"] == "0702", parcels["GHYT"] == "0702"
    assert homestead.sum() > 50
    assert services.sum() > 50
    assert (~urban[homestead]).mean() > 0.9
    assert urban[services].mean() > 0.9
    assert not (homestead & services).any()


def test_towns_and_villages_have_the_codes_that_they_would_have() -> None:
    """The plan has every class that a nursery could take or not; new parcels are fields, idle ones vacant."""
    parcels = layer("parcels")
    assert {"0702", "0704", "080404", "0701", "0703", "0901", "1001", "1401", "16"} <= set(parcels["GHYT"].dropna())
    assert {"0701", "0702", "05H1", "0601", "1201", "08H2", "0102", "0103", "1202"} <= set(parcels["DLBM"].dropna())
    fields = parcels["DLBM"].isin(["0102", "0103"])
    new = parcels["状态"] == "新增"
    assert new[fields].mean() > 0.75
    assert not new[parcels["DLBM"].isin(["0601", "05H1", "0701", "1201"])].any()
    assert (parcels["farmland_m2"][fields].dropna() > 0).all()


@pytest.mark.parametrize("name", CONTROLS)
def test_each_control_refuses_some_parcels_and_few(name: str) -> None:
    """Some parcels lie at least partly in each control, and most do not."""
    count = len(touching(shapes(layer("parcels")), shapes(control(name))))
    assert 2 <= count <= 90


def test_parcels_lie_on_both_sides_of_the_boundaries() -> None:
    """Between a third and two thirds lie in the development boundary; at the edge of villages some are out of the village boundary."""
    parcels = shapes(layer("parcels"))
    within = {}
    for name in ("CZKFBJ", "CZJSBJ"):
        at, which = shapely.STRtree(shapes(control(name))).query(parcels, predicate="intersects")
        share = np.zeros(len(parcels))
        np.add.at(share, at, shapely.area(shapely.intersection(parcels[at], shapes(control(name))[which])))
        within[name] = share / shapely.area(parcels)
    assert 1 / 3 < (within["CZKFBJ"] > 0.999).mean() < 2 / 3
    assert (within["CZJSBJ"] > 0.999).sum() > 100
    assert ((within["CZJSBJ"] > 0.01) & (within["CZJSBJ"] < 0.99)).sum() > 20
    assert ((within["CZJSBJ"] < 0.001) & (within["CZKFBJ"] < 0.001)).sum() > 50


def test_some_parcels_are_far_from_a_street() -> None:
    """Most front a street; some are farther than 30 m from one."""
    streets = shapes(gpd.read_parquet(FOLDER / "streets_edges.parquet").to_crs(4547))
    parcels = shapes(layer("parcels"))
    far = shapely.distance(parcels, streets[shapely.STRtree(streets).nearest(parcels)])
    assert np.median(far) < 20
    assert 0.1 < (far > 30).mean() < 0.45


# controls and boundaries


@pytest.mark.parametrize("name", list(controls.ROLES))
def test_controls_are_valid_polygons_with_numbers(name: str) -> None:
    """Each layer has polygons only, valid ones, each with a number of its own and the unit in which it lies."""
    frame = control(name)
    assert len(frame) >= 10
    assert (frame.geom_type == "Polygon").all()
    assert frame.geometry.is_valid.all()
    assert frame["BSM"].is_unique
    assert frame["unit_id"].isin(layer("area")["unit_id"]).all()


@pytest.mark.parametrize("name", ["YJJBNT", "STBHHX", "LanX", "LvX", "HuangX"])
def test_controls_leave_settlements_free(name: str) -> None:
    """Farmland, red line, blue line, parks and works overlap no home."""
    for people in (homes(urban=True), homes(urban=False)):
        assert touching(people, shapes(control(name))).size == 0


def test_farmland_is_about_half_of_the_plain() -> None:
    """Its area is two fifths to three fifths of what lies below 100 m, and the file is small."""
    with rasterio.open(FOLDER / "elevation.tif") as grid:
        heights, cell = grid.read(1), grid.res[0] * grid.res[1]
        inside = rasterio.features.geometry_mask(layer("area").geometry, heights.shape, grid.transform, invert=True)
    plain = float(((heights < 100) & inside).sum()) * cell
    assert 0.4 < control("YJJBNT").area.sum() / plain < 0.6
    assert (FOLDER / "controls.gpkg").stat().st_size < 4 * 1024 * 1024


def test_boundaries_hold_what_they_bound() -> None:
    """Estates lie in the development boundary, villages in the village boundary."""
    for name, people in (("CZKFBJ", homes(urban=True)), ("CZJSBJ", homes(urban=False))):
        inside = shapely.STRtree(shapes(control(name))).query(shapely.buffer(people, -3), predicate="covered_by")[0]
        assert len(np.unique(inside)) / len(people) > 0.99


def test_water_runs_in_its_lines() -> None:
    """Nine tenths of the rivers' length run in the blue line, and the blue line in flood land."""
    rivers = gpd.read_file(FOLDER / "base.gpkg", layer="rivers").to_crs(4547)
    blue, flood = control("LanX").union_all(), control("HSFX").union_all()
    assert rivers.intersection(blue).length.sum() > 0.9 * rivers.length.sum()
    assert blue.intersection(flood).area > 0.9 * blue.area


@pytest.mark.parametrize(("name", "units"), [("DZZH", None), ("STBHHX", None), ("CKQ", {"130503", "130582"})])
def test_mountain_controls_lie_in_the_west(name: str, units: set[str] | None) -> None:
    """Slides and the red line lie in the mountain units, mined ground in 信都 and 沙河."""
    found = set(control(name)["unit_id"])
    assert found <= {"130503", "130522", "130523", "130582"}
    assert units is None or found == units


@pytest.mark.parametrize("name", ["DZZH", "CKQ", "HSFX", "ZiX"])
def test_dangers_and_old_quarters_reach_buildings_too(name: str) -> None:
    """Some buildings that could take a nursery stand in slides, mined ground, flood land and old quarters; few do."""
    hosts = shapes(layer("hosts"))
    inside = np.unique(shapely.STRtree(shapes(control(name))).query(hosts, predicate="intersects")[0])
    assert 1 <= len(inside) < 0.05 * len(hosts)


# heights


def test_the_plain_is_low_and_the_mountains_are_in_the_west() -> None:
    """Whole metres in cells of 250 m, small; 20 to 60 m in the east, up to 1,500 m in the west."""
    path = FOLDER / "elevation.tif"
    with rasterio.open(path) as grid:
        heights = grid.read(1)
        assert (grid.crs.to_epsg(), grid.res, grid.dtypes[0]) == (4547, (250.0, 250.0), "int16")
        east, west = grid.index(590_000, 4_120_000)[1], grid.index(515_000, 4_120_000)[1]
    assert 15 <= heights[:, east:].min() <= heights[:, east:].max() <= 60
    assert 1_000 < heights[:, :west].max() <= 1_500
    assert path.stat().st_size < 300_000


def test_villages_lie_in_the_valleys_and_some_parcels_on_slopes() -> None:
    """Where the land is above 200 m, villages lie lower than it does on average; some parcels are steeper than 15 %, most are flat."""
    with rasterio.open(FOLDER / "elevation.tif") as grid:
        heights = grid.read(1).astype(float)
        slope = 100 * np.hypot(*np.gradient(heights, 250.0))
        corner = np.array([grid.bounds.left, grid.bounds.top])

    def of(values: np.ndarray, polygons: np.ndarray) -> np.ndarray:
        column, row = ((shapely.get_coordinates(shapely.centroid(polygons)) - corner) * (1, -1) // 250).astype(int).T
        return values[row, column]

    village, steep = of(heights, homes(urban=False)), of(slope, shapes(layer("parcels")))
    assert village[village > 200].mean() < heights[heights > 200].mean() - 30
    assert 5 <= (steep > 15).sum() < 0.1 * len(steep)


# samples in bureau formats


@pytest.mark.parametrize(("file", "columns"), [("parcels_gbk.shp", GBK), ("parcels_zone39.shp", ZONE_39)])
def test_a_bureau_sample_is_read_by_mapping_alone(file: str, columns: dict[str, str]) -> None:
    """The parcels of a sample are those of the layer: the same codes and states, every corner within 1 m."""
    area = read_area(FOLDER / "area.gpkg", crs="EPSG:4547")
    spec = LayerSpec(FOLDER / "bureau" / file, "parcels", "cgcs2000", columns=columns)
    sample = read_role("parcels", spec, area, [], Findings())
    whole = LayerSpec(FOLDER / "parcels.gpkg", "parcels", "cgcs2000", columns=MAPPED)
    known = read_role("parcels", whole, area, [], Findings()).loc[sample.index]
    assert len(sample) == 20
    assert (shapely.hausdorff_distance(shapes(sample), shapes(known)) < 1).all()
    for column in ("name", "unit_id", "survey_code", "planning_code", "land_status", "tenure"):
        assert sample[column].fillna("").tolist() == known[column].fillna("").tolist()


def test_the_samples_are_as_bureaux_send_them() -> None:
    """One is in GBK without a .cpg and has names of ten bytes; the other has eastings that begin with 39, and lies in 清河县."""
    folder = FOLDER / "bureau"
    heads = (folder / "parcels_gbk.dbf").read_bytes()
    zone = gpd.read_file(folder / "parcels_zone39.shp")
    assert not (folder / "parcels_gbk.cpg").exists()
    assert "三调地类码".encode("gbk") in heads
    assert "三调地类码".encode() not in heads
    assert zone.crs.to_epsg() == 4527
    assert zone.bounds[["minx", "maxx"]].floordiv(1_000_000).eq(39).all(axis=None)
    assert set(zone["XZQDM"]) == {"130534"}


def test_the_samples_are_the_same_bytes_again(tmp_path: Path) -> None:
    """The committed samples are what the generator writes from the committed parcels."""
    parcels = layer("parcels").astype({"land_m2": "Int64", "farmland_m2": "Int64"})
    bureau.write_bureau(parcels, tmp_path)
    files = {f.name for f in (FOLDER / "bureau").iterdir()}
    assert {f.name for f in tmp_path.iterdir()} == files
    assert [n for n in sorted(files) if (tmp_path / n).read_bytes() != (FOLDER / "bureau" / n).read_bytes()] == []
