"""The laws of layers: the same table from every format, nothing dropped in silence, every problem said at once."""

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from geoplan.errors import Findings, InputError
from geoplan.sources.layers import (
    LayerSpec,
    read_facilities,
    read_plain,
    read_residents,
)
from geoplan.sources.provenance import read_sources_yaml, sha256
from geoplan.sources.read import read_area, read_demand
from geoplan.sources.read import read_facilities as read_public_facilities
from geoplan.sources.sites import read_hosts, read_idle

DATA = Path(__file__).parents[1] / "../shared/data"
BANDS = ("m06_12", "m12_24", "m24_36")
HEADER = "编号,名称,类型,经度,纬度,托位6_12月,托位12_24月,托位24_36月,已备案,普惠,服务方式,开办年份,状态"
GOOD = [
    "F-001,桥西第一㐂托育园,托育机构,114.5123,37.0512,10,20,30,是,否,全日托;临时托,2019,在营",
    "F-002,NA,托育机构,114.55,37.06,0,16,32,否,,计时,,规划",
    "F-003,百泉,家庭托育点,114.52,37.08,1,2,3,,是,,2021,",
]


def square(west, south, east, north):
    """A rectangle of longitude and latitude."""
    return shapely.box(west, south, east, north)


@pytest.fixture(scope="module")
def area():
    """Two units side by side, each with one township."""
    boxes = [square(114.4, 37, 114.53, 37.2), square(114.53, 37, 114.7, 37.2)]
    units = gpd.GeoDataFrame({"编码": ["130502", "130503"], "名称": ["襄都区", "信都区"]}, geometry=boxes, crs=4490)
    return read_area(units, "EPSG:4547")


def write_csv(folder, rows, header=HEADER, encoding="utf-8-sig", name="f.csv"):
    """A table as a bureau would send it."""
    (folder / name).write_bytes("\r\n".join([header, *rows, ""]).encode(encoding))
    return folder / name


def facilities(path, area, datum="gcj02", bands=BANDS, **more):
    """The facilities of a file, and what was found."""
    findings = Findings()
    return read_facilities(LayerSpec(path, "facilities", datum, **more), area, bands, findings), findings


def refused(read, *arguments):
    """Code and place of everything that is refused, which must come as one InputError."""
    with pytest.raises(InputError) as caught:
        read(*arguments)
    return [(f.code, f.place) for f in caught.value.findings]


def faults(path, area, **more):
    """What is refused in a file of facilities."""
    return refused(lambda: facilities(path, area, **more))


def homes(n=3, **columns):
    """Residential areas of 100 m in a row, as polygons in the working CRS."""
    boxes = [shapely.box(540000 + 200 * i, 4100000, 540100 + 200 * i, 4100100) for i in range(n)]
    table = {"code": [f"{i:03d}" for i in range(n)], "名称": ["家"] * n, "class": ["urban_old"] * n, "人口": [100] * n}
    return gpd.GeoDataFrame({**table, **columns}, geometry=boxes, crs=4547)


def residents(source, area, **more):
    """The residents of a file or frame, and what was found."""
    findings = Findings()
    return read_residents(LayerSpec(source, "residents", "cgcs2000", **more), area, findings), findings


def test_the_table_of_facilities_is_as_the_contract_says(tmp_path, area):
    """Chinese headers are known; flags are nullable, modes and status in geoplan's words, units by place; ids sorted."""
    frame, findings = facilities(write_csv(tmp_path, GOOD[::-1]), area)
    assert frame.index.tolist() == ["F-001", "F-002", "F-003"]
    assert frame.index.name == "facility_id"
    assert frame["name"].tolist() == ["桥西第一㐂托育园", "NA", "百泉"]
    assert frame["status"].tolist() == ["open", "planned", "open"]
    assert frame["service_modes"].tolist() == ["full_day,temporary", "hourly", None]
    assert frame["filed"].tolist() == [True, False, pd.NA]
    assert frame["opened"].tolist() == [2019, pd.NA, 2021]
    assert frame["unit_id"].tolist() == ["130502", "130503", "130502"]
    assert frame["places_m12_24"].sum() == 38
    assert frame.crs == area.crs
    assert [(f.code, f.severity, f.count) for f in findings] == [("GP-L005", "note", 1)]


@pytest.mark.parametrize("form", ["csv", "gb18030", "utf-16", "xlsx", "gpkg", "geojson", "parquet", "shuffled"])
def test_every_format_gives_the_same_table(tmp_path, area, form):
    """The table does not depend on format, encoding or row order."""
    expected, _ = facilities(write_csv(tmp_path, GOOD, name="expected.csv"), area)
    rows = [r.split(",") for r in GOOD]
    if form == "csv":
        path = write_csv(tmp_path, GOOD, encoding="utf-8")
    elif form == "shuffled":
        path = write_csv(tmp_path, [GOOD[2], GOOD[0], GOOD[1]])
    elif form == "xlsx":
        book = openpyxl.Workbook()
        for row in [HEADER.split(","), *rows]:
            book.active.append([float(c) if c.replace(".", "").isdigit() else c or None for c in row])
        path = tmp_path / "f.xlsx"
        book.save(path)
    elif form in {"gb18030", "utf-16"}:
        path = write_csv(tmp_path, GOOD, encoding=form)
    else:
        table = pd.DataFrame(rows, columns=HEADER.split(",")).replace("", None)
        points = gpd.points_from_xy(table.pop("经度").astype(float), table.pop("纬度").astype(float), crs=4326)
        layer, path = gpd.GeoDataFrame(table, geometry=points), tmp_path / f"f.{form}"
        layer.to_parquet(path) if form == "parquet" else layer.to_file(path)
    frame, _ = facilities(path, area)
    pd.testing.assert_frame_equal(frame.drop(columns="geometry"), expected.drop(columns="geometry"), check_dtype=False)
    assert frame.distance(expected).max() < 1e-6


def test_one_column_of_places_will_do_for_one_band(tmp_path, area):
    """With a single band, places may stand in one column; with several, the columns are missing."""
    path = write_csv(tmp_path, ["1,114.51,37.05,60"], "id,lon,lat,托位数")
    assert facilities(path, area, bands=["all"])[0]["places_all"].tolist() == [60]
    assert faults(path, area) == [("GP-T104", "row 1")] * 3


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("F-002", "F-001", [("GP-T113", "row 3, column 编号")]),
        ("F-002", " ", [("GP-T112", "row 3, column 编号")]),
        ("16,32", "九十,32", [("GP-T106", "row 3, column 托位12_24月")]),
        ("16,32", ",32", [("GP-T121", "row 3, column 托位12_24月")]),
        ("16,32", "-16,inf", [("GP-T109", "row 3, column 托位12_24月"), ("GP-T106", "row 3, column 托位24_36月")]),
        ("规划", "明年", [("GP-T122", "row 3, column 状态")]),
        (",否,,计时", ",可能,,夜托", [("GP-T110", "row 3, column 已备案"), ("GP-T122", "row 3, column 服务方式")]),
        ("114.55,37.06", "37.06,114.55", [("GP-V003", "row 3")]),
        ("114.55,37.06", "115.55,37.06", [("GP-V004", "row 3")]),
        ("114.55,37.06", "114.55,", [("GP-V006", "row 3, column 经度, 纬度")]),
        ("114.55,37.06", "东经,37.06", [("GP-T106", "row 3, column 经度")]),
        ("114.55,37.06", "544000,4104000", [("GP-D008", "row 3")]),
    ],
)
def test_one_bad_cell_is_one_message(tmp_path, area, old, new, expected):
    """Each bad cell is named by row and column, and nothing else is said."""
    assert faults(write_csv(tmp_path, [r.replace(old, new) for r in GOOD]), area) == expected


def test_a_swapped_row_shows_its_value_and_what_to_do(tmp_path, area):
    """A message has code, file, place, value and advice, in both languages."""
    path = write_csv(tmp_path, [GOOD[0], GOOD[1].replace("114.55,37.06", "37.06,114.55")])
    with pytest.raises(InputError) as caught:
        facilities(path, area)
    sentence = caught.value.findings[0].sentence()
    assert sentence == (
        f"GP-V003 {path}: row 3: longitude and latitude (or x and y) are swapped: '37.06, 114.55'; swap the two columns"
    )
    assert "对调" in caught.value.findings[0].sentence("zh")


def test_a_fault_of_all_rows_is_said_once(tmp_path, area):
    """Swapped columns, or a layer of another place, are one message and not one a row."""
    swapped = write_csv(tmp_path, GOOD, HEADER.replace("经度,纬度", "纬度,经度"))
    assert faults(swapped, area) == [("GP-V003", "all 3 rows")]
    elsewhere = write_csv(tmp_path, [r.replace(",37.", ",27.") for r in GOOD])
    assert faults(elsewhere, area) == [("GP-V004", "all 3 rows")]


def test_all_problems_come_at_once(tmp_path, area):
    """Bad ids, cells, places and a missing column of one file are all in one error, and nothing in the findings."""
    rows = [GOOD[0], GOOD[1].replace("F-002", "F-001").replace("16,32", "x,32"), GOOD[2].replace("114.52", "124.52")]
    findings, path = Findings(), write_csv(tmp_path, rows, HEADER.replace("托位24_36月", "托位24-36岁"))
    found = refused(lambda: read_facilities(LayerSpec(path, "facilities", "gcj02"), area, BANDS, findings))
    assert sorted(code for code, _ in found) == ["GP-T104", "GP-T106", "GP-T113", "GP-V004"]
    assert len(findings) == 0


def test_a_layer_needs_its_datum(tmp_path, area):
    """No datum, an unknown one and a legacy CRS are refused; the others shift as they say."""
    path = write_csv(tmp_path, GOOD)
    assert faults(path, area, datum=None) == [("GP-D001", "datum")]
    assert faults(path, area, datum="火星") == [("GP-D002", "datum")]
    assert faults(path, area, datum="cgcs2000", crs="EPSG:4610") == [("GP-D003", "crs")]
    assert faults(path, area, datum="cgcs2000", crs="EPSG:99999") == [("GP-D007", "crs")]
    there, here = facilities(path, area)[0], facilities(path, area, datum="wgs84")[0]
    assert there.distance(here).between(500, 560).all()


def test_projected_tables_need_a_crs(tmp_path, area):
    """x and y in metres are read in the CRS that is stated, also with a zone prefix; swapped ones are found too."""
    path = write_csv(tmp_path, ["1,38544000,4104000"], "id,x,y")
    assert faults(path, area, bands=(), datum="cgcs2000") == [("GP-D008", "row 2")]
    frame, _ = facilities(path, area, "cgcs2000", (), crs="EPSG:4526")
    assert frame.geometry.iloc[0].distance(shapely.Point(544000, 4104000)) < 1e-3
    turned = write_csv(tmp_path, ["1,4104000,544000"], "id,x,y")
    assert faults(turned, area, bands=(), datum="cgcs2000", crs="EPSG:4547") == [("GP-V003", "row 2")]


def test_columns_constants_and_conditions(tmp_path, area):
    """Columns are renamed, constants filled in and checked, rows kept by conditions, with a count of those left out."""
    path = write_csv(
        tmp_path, ["1,114.51,37.05,5,a", "2,114.52,37.05,,b", "3,114.53,37.05,9,a"], "id,lon,lat,schools,t"
    )
    findings = Findings()
    spec = LayerSpec(
        path, "hosts", "wgs84", columns={"name": "t", "capacity": "schools"}, constants={"kind": "school", "storey": 1},
        keep={"schools": {"min": 1}, "t": {"equals": "a"}},
    )  # fmt: skip
    frame = read_hosts(spec, area, findings)
    assert frame.index.tolist() == ["1", "3"]
    assert frame[["kind", "storey", "capacity", "name"]].to_numpy().tolist() == [
        ["school", 1, 5, "a"],
        ["school", 1, 9, "a"],
    ]
    assert [(f.code, f.count) for f in findings] == [("GP-L002", 1)]
    assert "2 of 3 rows" in findings.items[0].problem.en

    def wrong(**options):
        return refused(read_hosts, LayerSpec(path, "hosts", "wgs84", **options), area, Findings())

    kind = {"kind": "school"}
    assert wrong() == [("GP-T104", "row 1")]
    assert wrong(constants=kind, columns={"name": "T2"}) == [("GP-T104", "row 1")]
    assert wrong(constants=kind, columns={"spare": "T2"}) == [("GP-T104", "row 1")]
    assert wrong(constants=kind, keep={"schools": {"min": 100}}) == [("GP-L008", "keep")]
    assert wrong(constants=kind, keep={"schools": {"least": 1}}) == [("GP-L006", "keep.schools")]
    assert wrong(constants=kind, keep={"pupils": {"min": 1}}) == [("GP-T104", "row 1")]
    assert wrong(constants=kind, columns={"kind": "t"}) == [("GP-L001", "constants.kind")]
    assert wrong(constants={**kind, "storey": "first"}) == [("GP-T106", "constants value, column storey")]


def test_the_first_known_name_is_taken_and_said(tmp_path, area):
    """Of several columns that could be meant the first known one is read, with a note that names the others."""
    path = write_csv(tmp_path, ["1,114.5123,37.05,a,b,7"], "编号,lon,lat,机构类型,类型,编码")
    frame, findings = facilities(path, area, "wgs84", ())
    assert frame.index.tolist() == ["1"]
    assert frame["kind"].tolist() == ["b"]
    assert frame["机构类型"].tolist() == ["a"]
    assert [(f.code, f.value) for f in findings][:2] == [("GP-T120", "编号"), ("GP-T120", "类型")]
    frame, findings = facilities(path, area, "wgs84", (), columns={"kind": "机构类型", "id": "编码"})
    assert frame.index.tolist() == ["7"]
    assert frame["kind"].tolist() == ["a"]
    assert [f.code for f in findings] == ["GP-L005"]


def test_residents_have_units_townships_and_ages(area):
    """Units and townships come from the place, ages stay as given, codes with leading zeros stay text."""
    townships = gpd.GeoDataFrame(
        {"name": ["东", "西"]}, geometry=[shapely.box(500000, 4e6, 540150, 4.2e6), shapely.box(540150, 4e6, 6e5, 4.2e6)],
        index=pd.Index(["a", "b"]), crs=4547,
    )  # fmt: skip
    towns = type(area)(area.boundary, area.units, area.crs, townships)
    frame, findings = residents(homes(age_0=[1, 2, 3], age_1_4=[4, 5, 6], 备注=["x", "y", "z"]), towns)
    assert frame.index.tolist() == ["000", "001", "002"]
    assert frame.index.name == "demand_id"
    assert frame["population"].tolist() == [100, 100, 100]
    assert frame["unit_id"].tolist() == ["130502"] * 3
    assert frame["township"].tolist() == ["东", "西", "西"]
    assert frame["age_1_4"].sum() == 15
    assert frame["备注"].tolist() == ["x", "y", "z"]
    assert len(findings) == 0


def test_stated_units_must_exist(area):
    """A unit may be stated by id or name; an unknown one is an error that names the nearest."""
    frame, _ = residents(homes(unit_id=["130503", "信都区", None]), area)
    assert frame["unit_id"].tolist() == ["130503", "130503", "130502"]
    assert refused(residents, homes(unit_id=["130503", "信都", "130502"]), area) == [
        ("GP-L003", "feature 2, column unit_id")
    ]


def test_a_row_just_outside_goes_to_the_nearest_unit_and_is_counted(area):
    """Up to 1 km outside the boundary a row is kept, counted to the nearest unit, and said."""
    west = area.boundary.bounds[0]
    near = homes(1).set_geometry([shapely.Point(west - 500, 4104000)], crs=4547)
    frame, findings = residents(near, area)
    assert frame["unit_id"].tolist() == ["130502"]
    assert [(f.code, f.severity, f.count) for f in findings] == [("GP-L004", "repair", 1)]
    far = homes(2).set_geometry([shapely.Point(west - 1600, 4104000), shapely.Point(west + 5, 4104000)], crs=4547)
    assert refused(residents, far, area) == [("GP-V004", "feature 1")]


def test_broken_outlines_are_repaired_and_said(area):
    """A bow-tie is made valid with its area before and after; halves and clockwise rings change nothing."""
    bow = shapely.Polygon([(540000, 4100000), (540100, 4100100), (540100, 4100000), (540000, 4100100)])
    halves = shapely.MultiPolygon(
        [shapely.box(541000, 4100000, 541050, 4100100), shapely.box(541050, 4100000, 541100, 4100100)]
    )
    good = homes(2).geometry[1].reverse()
    frame, findings = residents(homes().set_geometry([bow, good, halves.buffer(0)], crs=4547), area)
    assert frame.geometry.is_valid.all()
    assert [(f.code, f.severity, f.place) for f in findings] == [("GP-V002", "repair", "feature 1")]
    assert "0.0 m² before, 5000.0 m² after" in findings.items[0].problem.en


def test_rows_without_geometry_or_of_absurd_size_are_refused(area):
    """Null, empty and collapsed geometries and a polygon larger than the study area are errors with their row."""
    flat = shapely.Polygon([(540000, 4100000), (540100, 4100100), (540000, 4100000)])
    world = area.boundary.buffer(20000)
    frame = homes(5).set_geometry([None, shapely.Polygon(), flat, world, homes(1).geometry[0]], crs=4547)
    found = refused(residents, frame, area)
    assert found == [
        ("GP-V001", "feature 1"),
        ("GP-V001", "feature 2"),
        ("GP-V001", "feature 3"),
        ("GP-V007", "feature 4"),
    ]


def test_doubtful_places_are_noted(tmp_path, area):
    """Two points at one place, and coordinates of two decimals, are said but not refused."""
    _, findings = residents(homes(2).set_geometry([homes(1).geometry[0].centroid] * 2, crs=4547), area)
    assert [(f.code, f.place, f.count) for f in findings] == [("GP-V008", "feature 2", 1)]
    path = write_csv(tmp_path, [f"{i},114.5{i},37.05" for i in range(3)], "id,lon,lat")
    _, findings = facilities(path, area, "wgs84", ())
    assert [f.code for f in findings] == ["GP-V009", "GP-L005"]


def test_a_wrong_label_is_found_and_can_be_overruled(tmp_path, area):
    """EPSG:4547 coordinates labelled EPSG:32650 lie outside; a stated CRS is used instead, and said."""
    homes().set_crs(32650, allow_override=True).to_file(tmp_path / "a.gpkg")
    assert refused(residents, tmp_path / "a.gpkg", area) == [("GP-V004", "all 3 rows")]
    frame, findings = residents(tmp_path / "a.gpkg", area, crs="EPSG:4547")
    assert [f.code for f in findings] == ["GP-D009"]
    assert frame.geometry.iloc[0].equals(homes().geometry[0])
    homes().set_crs(None, allow_override=True).to_parquet(tmp_path / "b.parquet")
    assert refused(residents, tmp_path / "b.parquet", area) == [("GP-V005", "")]


def test_hosts_and_idle_sites_keep_what_is_missing(area):
    """Numbers that are not stated are missing, never 0; zero stays zero."""
    kind = ["kindergarten"] * 3
    hosts = read_hosts(LayerSpec(homes(kind=kind, 班数=[3, None, 0]), "hosts", "cgcs2000"), area, Findings())
    assert hosts["classes"].tolist()[0] == 3
    assert np.isnan(hosts["classes"].iloc[1])
    assert hosts["classes"].iloc[2] == 0
    assert hosts["spare_floor_m2"].isna().all()
    assert hosts.index.name == "host_id"
    idle = read_idle(LayerSpec(homes(kind=kind, 建筑面积=[3, None, 0]), "idle", "cgcs2000"), area, Findings())
    assert idle["floor_area_m2"].isna().tolist() == [False, True, False]
    assert idle.index.name == "site_id"


def test_plain_layers_may_leave_the_area(area):
    """A river that crosses the boundary is whole; one of another place is refused; ids are not needed."""
    x, y = area.boundary.centroid.coords[0]
    line = shapely.LineString([(x, y), (x + 200000, y)])
    river = gpd.GeoDataFrame({"name": ["河"]}, geometry=[line], crs=4547)
    frame = read_plain(LayerSpec(river, "rivers", "cgcs2000"), area, Findings())
    assert frame.geometry.iloc[0].equals_exact(line, 1e-6)
    away = river.translate(0, 300000).to_frame("geometry").assign(name="河")
    assert refused(read_plain, LayerSpec(away, "rivers", "cgcs2000"), area, Findings()) == [("GP-V004", "feature 1")]


def test_empty_frames_and_grids_are_no_layers(tmp_path, area):
    """A frame without rows is empty, and a grid is not a table of places."""
    assert refused(residents, homes().head(0), area) == [("GP-T105", "")]
    assert refused(residents, pd.DataFrame({"id": []}), area) == [("GP-T105", "")]
    assert refused(residents, "a.tif", area) == [("GP-L009", "")]


def test_an_area_is_read_from_its_layers(tmp_path):
    """Boundary, units (with census columns) and townships from one GeoPackage, in the working CRS; codes stay text."""
    boxes = [square(114.4, 37, 114.53, 37.2), square(114.53, 37, 114.7, 37.2)]
    units = gpd.GeoDataFrame({"unit_id": ["2", "1"], "name": ["乙", "甲"], "age_0": [5, 6]}, geometry=boxes, crs=4490)
    units.dissolve().to_file(tmp_path / "a.gpkg", layer="boundary")
    units.to_file(tmp_path / "a.gpkg", layer="units")
    towns = units.rename(columns={"unit_id": "township_id"}).assign(unit_id=["2", "1"])
    towns.to_file(tmp_path / "a.gpkg", layer="townships")
    area = read_area(tmp_path / "a.gpkg", "EPSG:4547")
    assert area.units.index.tolist() == ["1", "2"]
    assert area.units["age_0"].tolist() == [6, 5]
    assert area.townships.index.name == "township_id"
    assert area.townships["unit_id"].tolist() == ["1", "2"]
    assert area.crs.to_epsg() == 4547
    assert area.boundary.area == pytest.approx(area.units.area.sum(), rel=1e-6)


def test_a_bare_boundary_makes_one_unit(tmp_path):
    """A boundary alone gives the unit "area"; rows of a single layer are the units."""
    box = gpd.GeoDataFrame({"name": ["城"]}, geometry=[square(114.4, 37, 114.7, 37.2)], crs=4326)
    box.to_file(tmp_path / "b.gpkg", layer="boundary")
    box.to_file(tmp_path / "b.geojson")
    assert read_area(tmp_path / "b.gpkg", "EPSG:4547").units.index.tolist() == ["area"]
    area = read_area(tmp_path / "b.geojson", "EPSG:4547")
    assert area.units["name"].to_dict() == {"area": "城"}
    assert area.boundary.equals(area.units.geometry.iloc[0])


def test_units_that_overlap_are_noted():
    """Two units that share land would count its people twice: the shared area is said."""
    boxes = [shapely.box(540000, 4100000, 541000, 4101000), shapely.box(540500, 4100000, 541500, 4101000)]
    findings = Findings()
    read_area(gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=boxes, crs=4547), "EPSG:4547", findings)
    assert [f.code for f in findings] == ["GP-L007"]
    assert "500000 m²" in findings.items[0].problem.en


@pytest.mark.parametrize(
    ("shapes", "crs", "code"),
    [
        ([square(0, 0, 1, 1)], "EPSG:4490", "GP-A001"),
        ([square(0, 0, 1, 1)], "EPSG:2263", "GP-A001"),
        ([square(0, 0, 1, 1)], "邢台", "GP-D007"),
        ([shapely.Point(114, 37)], "EPSG:4547", "GP-V010"),
        ([None], "EPSG:4547", "GP-V001"),
        ([square(114, 37, 115, 38), square(115, 37, 116, 38)], "EPSG:4547", "GP-T104"),
    ],
)
def test_what_cannot_be_an_area_is_refused(shapes, crs, code):
    """Degrees, feet or an unknown name as working CRS; points; no shape; several units without ids."""
    frame = gpd.GeoDataFrame({"a": range(len(shapes))}, geometry=shapes, crs=4490)
    assert [c for c, _ in refused(read_area, frame, crs)] == [code]


def test_the_public_readers_take_frames_and_paths(tmp_path, area):
    """A frame says its datum by its CRS, its index may be the id, and what was found stands in attrs."""
    frame = homes().drop(columns="code").rename(columns={"人口": "children"})
    demand = read_demand(frame, area, weight="children")
    assert demand.index.tolist() == ["0", "1", "2"]
    assert demand["children"].sum() == 300
    again = read_demand(demand, area, weight="children")
    assert again.index.equals(demand.index)
    assert again.geometry.equals(demand.geometry)
    path = write_csv(tmp_path, GOOD)
    clinics = read_public_facilities(path, area, datum="gcj02", bands=BANDS)
    assert clinics.index.tolist() == ["F-001", "F-002", "F-003"]
    assert clinics.attrs["findings"] == [f"GP-L005 {path}: 1 rows: no status is given: taken as open; "
                                         "add a column status if some are planned or closed"]  # fmt: skip
    assert refused(read_public_facilities, path, area) == [("GP-D001", "datum")]
    assert refused(lambda: read_demand(frame, area, weight="kids")) == [("GP-T104", "row 1")]


def test_sources_yaml_is_read_strictly(tmp_path):
    """Each file's entry is read; unknown keys, wrong kinds, aliases and broken YAML are refused; absence says nothing."""
    assert read_sources_yaml(tmp_path) == {}
    path = tmp_path / "sources.yaml"

    def wrong(text):
        path.write_text(text, encoding="utf-8")
        return [code for code, _ in refused(read_sources_yaml, tmp_path)]

    path.write_text("layers:\n  a.csv: {title: 设施, date: 2020-11-01, synthetic: true}\n", encoding="utf-8")
    assert read_sources_yaml(tmp_path) == {"a.csv": {"title": "设施", "date": "2020-11-01", "synthetic": True}}
    assert wrong("layers: {a.csv: {titel: x, synthetic: maybe, note: [1]}}") == ["GP-S001", "GP-S002", "GP-S002"]
    assert wrong("layers: [a]") == wrong("just text") == ["GP-S002"]
    assert wrong("layers: {a: &x {title: t}, b: *x}") == ["GP-S003"]
    assert wrong("layers: {a: {title: x, title: y}}") == wrong("{a") == ["GP-F007"]
    assert wrong("[" * 5000) == wrong("- " * 5000) == ["GP-F008"]


def test_a_fingerprint_covers_all_parts(tmp_path):
    """The hash of a Shapefile changes with any of its parts."""
    homes().to_file(tmp_path / "a.shp")
    before = sha256(tmp_path / "a.shp")
    (tmp_path / "a.prj").write_text("other")
    assert sha256(tmp_path / "a.shp") != before


def test_porto_alegre_reads_as_residents_and_as_hosts():
    """The real grid of Porto Alegre: 1,227 cells with 812,935 people; those with a school are hosts."""
    path = DATA / "porto_alegre/poa_hexgrid.csv"
    if not path.exists():
        pytest.skip("the shared data are not beside the checkout")
    table = pd.read_csv(path)
    hull = gpd.GeoDataFrame(geometry=[shapely.MultiPoint(table[["lon", "lat"]].to_numpy()).convex_hull], crs=4326)
    area, findings = read_area(hull, "EPSG:32722"), Findings()
    spec = LayerSpec(path, "residents", "wgs84", constants={"class": "urban_built"})
    people = read_residents(spec, area, findings)
    assert len(people) == 1227
    assert math.fsum(people["population"]) == 812_935
    assert set(people["unit_id"]) == {"area"}
    assert set(people["class"]) == {"urban_built"}
    spec = LayerSpec(path, "hosts", "wgs84", constants={"kind": "primary_school"}, keep={"schools": {"min": 1}})
    hosts = read_hosts(spec, area, findings)
    assert len(hosts) == (table["schools"] > 0).sum()
    assert hosts["schools"].sum() == 194


def test_the_new_zealand_register_names_its_gaps():
    """The real register has 16 services without coordinates: each is named, none is dropped; `keep` leaves them out."""
    path = DATA / "nz_childcare/ece_services_2020.csv"
    if not path.exists():
        pytest.skip("the shared data are not beside the checkout")
    box = gpd.GeoDataFrame(geometry=[shapely.box(166, -48, 179, -34)], crs=4326)
    area = read_area(box, "EPSG:2193")
    columns = {"id": "ECE_Id", "name": "Org_Name", "kind": "Org_Type", "places": "All_Children"}
    spec = LayerSpec(path, "facilities", "wgs84", columns=columns)
    codes = [code for code, _ in refused(lambda: read_facilities(spec, area, (), Findings()))]
    assert codes.count("GP-V006") == 16
