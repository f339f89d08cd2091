"""The laws of parcels and premises: read by mapping alone, where they stand; what 0702 means is declared, never guessed."""

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyproj
import pytest
import shapely

from geoplan.errors import Findings, InputError
from geoplan.sources._land_codes import is_known, known_codes, likely_columns
from geoplan.sources.layers import LayerSpec
from geoplan.sources.read import read_area
from geoplan.sources.roles import read_role
from geoplan.sources.vectors import as_given

CORNERS = [(115.60, 37.05), (115.601, 37.05), (115.601, 37.0508), (115.60, 37.0508)]  # about 89 m by 89 m
COLUMNS = {
    "site_id": "宗地号",
    "name": "位置",
    "planning_code": "用地性质",
    "land_status": "现状",
    "land_m2": "面积平米",
}
CHINESE = {
    "宗地号": ["Q1", "Q2"],
    "位置": ["清河县北", "清河县南"],
    "用地性质": ["0702", "080404"],
    "现状": ["闲置", "低效用地"],
}


@pytest.fixture(scope="module")
def area():
    """An eastern county, in zone 39, in the working CRS of the whole city, which is of zone 38."""
    boxes = [shapely.box(115.5, 36.9, 115.9, 37.2)]
    return read_area(gpd.GeoDataFrame({"id": ["130534"], "name": ["清河县"]}, geometry=boxes, crs=4490), "EPSG:4547")


def squares(n=2, crs=4547):
    """Parcels in a row, 0.005 degrees apart."""
    shapes = [shapely.Polygon([(x + 0.005 * i, y) for x, y in CORNERS]) for i in range(n)]
    return gpd.GeoSeries(shapes, crs=4490).to_crs(crs)


def land(n=2, **columns):
    """A layer of parcels in memory, planned for community services."""
    table = {"site_id": [f"P{i}" for i in range(n)], "planning_code": ["0702"] * n, **columns}
    return gpd.GeoDataFrame({k: v for k, v in table.items() if v is not None}, geometry=squares(n), crs=4547)


def read(source, area, role="parcels", **more):
    """A layer, and what was found."""
    findings = Findings()
    return read_role(role, LayerSpec(source, role, "cgcs2000", **more), area, [], findings), findings


def faults(source, area, role="parcels", **more):
    """What is refused, which must come as one InputError and leave nothing behind."""
    findings = Findings()
    with pytest.raises(InputError) as caught:
        read_role(role, LayerSpec(source, role, "cgcs2000", **more), area, [], findings)
    assert len(findings) == 0
    assert all(f.sentence("zh") and f.sentence("en") for f in caught.value.findings)
    return caught.value.findings


def codes(found):
    """The codes of what was found, in order."""
    return [f.code for f in found]


def bureau_shapefile(folder, crs, prj=True, shapes=None):
    """A Shapefile as a bureau sends it: GBK without .cpg, Chinese names of fields, perhaps without .prj."""
    frame = gpd.GeoDataFrame(
        {**CHINESE, "面积平米": [7900.0, 7900.0]}, geometry=squares(crs=crs) if shapes is None else shapes
    )
    path = folder / "宗地.shp"
    frame.to_file(path, encoding="GB18030")
    path.with_suffix(".cpg").unlink()
    if not prj:
        path.with_suffix(".prj").unlink()
    return path


def where_pyproj_says(corner=CORNERS[0]):
    """A place in the working CRS."""
    return shapely.Point(pyproj.Transformer.from_crs(4490, 4547, always_xy=True).transform(*corner))


# a bureau's file


@pytest.mark.parametrize(
    ("crs", "prj"), [(4527, True), (4527, False), (4548, True), (4548, False), (4490, True), (4547, True)]
)
def test_a_bureaus_shapefile_lands_where_it_should(tmp_path, area, crs, prj):
    """GBK, Chinese names and zone 39 (eastings 39,xxx,xxx or 4xx,xxx), with or without .prj: by mapping alone, within 1 m."""
    path = bureau_shapefile(tmp_path, crs, prj)
    if crs == 4527:
        assert 39_000_000 < gpd.read_file(path, encoding="gbk").total_bounds[0] < 40_000_000
    frame, findings = read(path, area, columns=COLUMNS, crs=None if prj else f"EPSG:{crs}")
    assert frame.index.tolist() == ["Q1", "Q2"]
    assert frame["name"].tolist() == CHINESE["位置"]
    assert frame["planning_code"].tolist() == ["0702", "080404"]
    assert frame["land_status"].tolist() == ["idle", "low_efficiency"]
    assert frame["unit_id"].tolist() == ["130534"] * 2
    corner = shapely.get_coordinates(frame.geometry.iloc[0])
    assert min(np.hypot(*(corner - shapely.get_coordinates(where_pyproj_says())).T)) < 1.0
    assert codes(findings) == ["GP-F011"]


def test_a_long_name_is_cut_by_the_dbf_and_mapped_as_it_stands(tmp_path, area):
    """A DBF keeps ten bytes of a name, five Chinese characters; the mapping names what is left of it."""
    frame = gpd.GeoDataFrame({"宗地编号": ["A"], "规划用地性质代码": ["0704"]}, geometry=squares(1))
    with pytest.warns(RuntimeWarning, match="laundered"):
        frame.to_file(tmp_path / "a.shp", encoding="GB18030")
    name = next(c for c in gpd.read_file(tmp_path / "a.shp").columns if c.startswith("规划"))
    assert len(name.encode("gb18030")) <= 10
    read_back, _ = read(tmp_path / "a.shp", area, columns={"planning_code": name})
    assert read_back["planning_code"].tolist() == ["0704"]


@pytest.mark.parametrize(("crs", "told"), [(4527, "39"), (4490, "EPSG:4490"), (4548, "EPSG:4548")])
def test_a_shapefile_without_its_crs_is_told_what_the_coordinates_say(tmp_path, area, crs, told):
    """Without .prj and `crs` the layer is refused, with what its eastings tell: never taken for the working CRS."""
    found = faults(bureau_shapefile(tmp_path, crs, prj=False), area, columns=COLUMNS)
    assert codes(found) == ["GP-F020"]
    assert told in found[0].advice.en
    assert told in found[0].advice.zh


@pytest.mark.parametrize(
    ("crs", "stated", "code", "right"),
    [
        (4527, 4548, "GP-D010", "EPSG:4527"),
        (4527, 4526, "GP-D010", "EPSG:4527"),
        (4548, 4527, "GP-D011", "EPSG:4548"),
        (4498, 4509, "GP-D010", "EPSG:4498"),
        (4548, 4547, "GP-V004", ""),  # the eastings of one zone without a number may be those of any other
    ],
)
def test_a_wrong_zone_is_told(tmp_path, area, crs, stated, code, right):
    """Eastings of another zone than the CRS that is stated are an error that names the right one, where the number tells it."""
    found = faults(bureau_shapefile(tmp_path, crs, prj=False), area, columns=COLUMNS, crs=f"EPSG:{stated}")
    assert codes(found) == [code]
    assert right in found[0].advice.en


def test_web_mercator_is_no_zone(area):
    """Eastings of 13 million metres in another projection are not taken for a zone number."""
    frame, _ = read(land().to_crs(3857), area)
    assert frame.geometry.iloc[0].distance(where_pyproj_says()) < 1


@pytest.mark.parametrize("crs", [4490, 4527, 4548])
def test_swapped_and_stray_parcels_are_told(tmp_path, area, crs):
    """Axes that are turned over, and a parcel that is far away, are errors by row; the others are not blamed."""
    one, two = squares(2, crs)
    turned = [shapely.transform(one, lambda xy: xy[:, ::-1]), two]
    path = bureau_shapefile(tmp_path, crs, shapes=gpd.GeoSeries(turned, crs=crs))
    assert [(f.code, f.place) for f in faults(path, area, columns=COLUMNS)] == [("GP-V003", "feature 1")]
    away = [one, shapely.transform(two, lambda xy: xy + np.array([0.0, 1.0 if crs == 4490 else 111_000.0]))]
    path = bureau_shapefile(tmp_path, crs, shapes=gpd.GeoSeries(away, crs=crs))
    found = faults(path, area, columns=COLUMNS)
    assert [(f.code, f.place) for f in found] == [("GP-V004", "feature 2")]
    assert "9" in found[0].problem.en


# which classification


@pytest.mark.parametrize("name", ["DLBM", "GHYT", "YDDM", "地类编码", "用地代码", "规划用途", "T7"])
def test_codes_of_no_declared_classification_are_refused(area, name):
    """Without a declaration a layer of parcels is refused once, naming its columns that look like codes and what to write."""
    layer = land(planning_code=None, **{name: ["0702", "0704"]}, 备注=["甲", "乙"], 户数=[12, 30])
    found = faults(layer, area)
    assert [(f.code, f.place) for f in found] == [("GP-L050", "columns")]
    for text in found[0].advice:
        assert f"survey_code: {name}" in text
        assert f"planning_code: {name}" in text
        assert "0702" in text
    assert name in found[0].problem.zh
    assert "户数" not in found[0].problem.zh
    for declared in ("survey_code", "planning_code"):
        frame, _ = read(layer, area, columns={declared: name})
        assert frame[declared].tolist() == ["0702", "0704"]


def test_of_several_columns_each_is_proposed_for_what_its_name_says(area):
    """Where a layer has the codes of both, the advice puts each behind its own declaration."""
    found = faults(land(planning_code=None, GHYT=["0702", "0704"], DLBM=["0702", "1201"]), area)
    assert "survey_code: DLBM" in found[0].advice.en
    assert "planning_code: GHYT" in found[0].advice.zh


def test_no_alias_stands_for_a_declaration(area):
    """Columns are likely by their names or by holding nothing but codes; a column that has none of this is never named."""
    layer = land(planning_code=None, DLMC=["农村宅基地", "空闲地"], 编号二=[1200, 3500])
    found = faults(layer, area)
    assert codes(found) == ["GP-L059"]
    assert "DLMC" in found[0].problem.en
    given = as_given(land(planning_code=None, a=["0702", None], b=["0702", "9999"], c=[None, None], d=[702, 1201]), "x")
    assert likely_columns(given) == ["a", "d"]


def test_a_constant_declares_too(area):
    """A file that is all of one class may be declared by a constant."""
    frame, _ = read(land(planning_code=None), area, constants={"planning_code": "0704"})
    assert frame["planning_code"].tolist() == ["0704", "0704"]
    assert frame["survey_code"].isna().all()


@pytest.mark.parametrize("role", ["parcels", "premises", "idle", "hosts", "facilities", "employers", "renewal"])
def test_one_column_is_not_both(area, role):
    """The same column declared as the survey's and the plan's is refused in every layer."""
    layer = land(planning_code=None, id=["a", "b"], kind=["x", "y"], DLBM=["0702", "0702"])
    layer = layer.assign(kind="hospital") if role == "employers" else layer
    found = faults(layer, area, role, columns={"survey_code": "DLBM", "planning_code": "DLBM"})
    assert [(f.code, f.value) for f in found] == [("GP-L051", "DLBM")]


def test_both_classifications_may_stand_beside_each_other(area):
    """A parcel may have a code of each, under the plain names or declared; 0702 stays 0702 in both."""
    layer = land(planning_code=["0704", "16"], survey_code=["0702", "1201"])
    frame, findings = read(layer, area)
    assert frame["survey_code"].tolist() == ["0702", "1201"]
    assert frame["planning_code"].tolist() == ["0704", "16"]
    assert codes(findings) == ["GP-L053"]


@pytest.mark.parametrize("role", ["premises", "idle", "hosts"])
def test_where_codes_are_not_needed_they_are_not_guessed(area, role):
    """Layers of buildings need no code, and a column that looks like one is not taken for one."""
    layer = land(planning_code=None, id=["a", "b"], kind=["x", "y"], DLBM=["0702", "0702"])
    frame, _ = read(layer, area, role)
    assert frame["DLBM"].tolist() == ["0702", "0702"]
    assert "survey_code" not in frame or frame["survey_code"].isna().all()


# codes that a spreadsheet spoiled


def test_a_lost_zero_is_put_back_and_counted(area):
    """702, 702.0 and 70101 are odd: with the zero they are known codes again, in one counted repair; the others stay as they are."""
    layer = land(5, planning_code=None, GHYT=["702", "702.0", "0702", "70101", "1201"])
    frame, findings = read(layer, area, columns={"planning_code": "GHYT"})
    assert frame["planning_code"].tolist() == ["0702", "0702", "0702", "070101", "1201"]
    repair = next(f for f in findings if f.code == "GP-L056")
    assert (repair.severity, repair.count, repair.value) == ("repair", 3, "702 → 0702")
    numbers = layer.iloc[[0, 4]].assign(GHYT=[702.0, 1201.0])
    assert read(numbers, area, columns={"planning_code": "GHYT"})[0]["planning_code"].tolist() == ["0702", "1201"]


@pytest.mark.parametrize("wrong", ["999", "7.02", "村庄", "0702城镇社区服务", "12345", "7E2"])
def test_what_is_no_code_is_an_error(area, wrong):
    """A number that no zero makes a code of, a word, a code with its name behind it: named by row, never guessed."""
    found = faults(land(planning_code=["0702", wrong]), area)
    assert [(f.code, f.place, f.value) for f in found] == [("GP-L055", "feature 2, column planning_code", wrong)]


def test_codes_of_the_other_classification_speak_for_a_wrong_declaration(area):
    """Kindergarten land (080404) is not in the survey, 05H1 not in the plan: kept, counted in a note that names the other."""
    layer = land(3, planning_code=None, DLBM=["080404", "0704", "0702"])
    frame, findings = read(layer, area, columns={"survey_code": "DLBM"})
    note = next(f for f in findings if f.code == "GP-L057")
    assert (note.severity, note.count) == ("note", 2)
    assert "planning_code" in note.advice.en
    assert frame["survey_code"].tolist() == ["080404", "0704", "0702"]
    _, findings = read(layer.assign(DLBM=["05h1", "2599", "0702"]), area, columns={"planning_code": "DLBM"})
    assert {f.code: f.count for f in findings if f.code.startswith("GP-L05")} == {"GP-L053": 3, "GP-L057": 2}
    _, findings = read(layer.assign(DLBM=["2599", "16", "0702"]), area, columns={"planning_code": "DLBM"})
    assert [f.count for f in findings if f.code == "GP-L058"] == [1]


def test_the_two_classifications_hold_what_they_should():
    """0702 is in both; the plan alone has 0704 and 080404, the survey alone 08H2 and the letter of a use that can be turned back."""
    assert is_known("0702", "survey")
    assert is_known("0702", "planning")
    assert not is_known("0704", "survey")
    assert not is_known("08H2", "planning")
    assert is_known("080404", "planning")
    assert is_known("0201K", "survey")
    assert all(len(c) in (2, 4) for codes_ in known_codes().values() for c in codes_)


# area


def test_land_is_measured_where_nothing_is_stated(area):
    """A blank area is that of the outline in the working CRS; a stated one is kept."""
    drawn = squares().area
    frame, findings = read(land(用地面积=[None, round(drawn[1]) + 10]), area)
    assert frame["land_m2"].tolist() == pytest.approx([drawn[0], round(drawn[1]) + 10])
    assert [(f.code, f.severity, f.count) for f in findings] == [("GP-L053", "note", 1)]


def test_a_stated_area_that_differs_is_kept_and_counted(area):
    """More than 5 % apart is one counted note, which shows the worst; 5 % and less is the difference of survey and outline."""
    drawn = squares(3).area
    frame, findings = read(land(3, land_m2=[drawn[0] * 1.04, drawn[1] * 1.06, drawn[2] * 0.5]), area)
    assert frame["land_m2"].tolist() == pytest.approx([drawn[0] * 1.04, drawn[1] * 1.06, drawn[2] * 0.5])
    assert [(f.code, f.severity, f.count, f.place) for f in findings] == [("GP-L052", "note", 2, "id P2")]


@pytest.mark.parametrize(("size", "name"), [(10_000, "公顷"), (2000 / 3, "亩")])
def test_mu_and_hectares_are_not_taken_for_square_metres(area, size, name):
    """A column in another unit is an error: kept as m² it would refuse every parcel as too small."""
    found = faults(land(面积=[round(a / size, 3) for a in squares().area]), area)
    assert [(f.code, f.place) for f in found] == [("GP-L054", "column land_m2")]
    assert name in found[0].problem.zh


@pytest.mark.parametrize("shape", ["point", "line", "table"])
def test_a_parcel_is_an_outline(tmp_path, area, shape):
    """Points and lines have no land: they are refused with what to do, however they are given."""
    layer = land()
    if shape == "table":
        points = layer.centroid.to_crs(4490)
        layer = pd.DataFrame(layer.drop(columns="geometry")).assign(lon=points.x, lat=points.y)
        layer.to_csv(tmp_path / "a.csv", index=False)
        layer = tmp_path / "a.csv"
    else:
        layer = layer.set_geometry(layer.centroid if shape == "point" else layer.boundary)
    found = faults(layer, area)
    assert [(f.code, f.count) for f in found] == [("GP-V013", 2)]
    assert "idle" in found[0].advice.en


def test_broken_outlines_are_repaired_and_counted(area):
    """An outline that crosses itself is mended, with its area before and after."""
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    x, y = where_pyproj_says().coords[0]
    layer = land().set_geometry([shapely.transform(bow, lambda xy: xy + np.array([x, y])), squares().iloc[1]], crs=4547)
    frame, findings = read(layer, area)
    assert frame.is_valid.all()
    assert frame["land_m2"].iloc[0] == pytest.approx(5000)
    assert [(f.code, f.severity) for f in findings if f.code == "GP-V002"] == [("GP-V002", "repair")]


@pytest.mark.parametrize(
    ("word", "status"),
    [("闲置", "idle"), ("低效", "low_efficiency"), ("存量", "stock"), ("新增", "new"), ("Idle", "idle")],
)
def test_the_state_of_land_is_known_in_chinese(area, word, status):
    """The four states have their Chinese words; what is blank is not known."""
    frame, _ = read(land(土地状态=[word, None]), area)
    assert frame["land_status"].tolist() == [status, None]


def test_a_state_that_is_not_known_names_the_nearest(area):
    """A word that is none of the four is an error with the nearest one."""
    found = faults(land(土地状态=["闲置", "闲置地块"]), area)
    assert codes(found) == ["GP-T122"]
    assert "闲置" in found[0].advice.zh
    assert "idle" in found[0].advice.zh


# premises


def test_premises_are_read_from_a_list(tmp_path, area):
    """A list of rooms to let in a spreadsheet: Chinese headers and words, several tenures in a cell, fire ratings in any form."""
    book = openpyxl.Workbook()
    header = [
        "房源编号",
        "名称",
        "经度",
        "纬度",
        "建筑面积",
        "所在楼层",
        "耐火等级",
        "室外场地",
        "独立出入口",
        "日照时数",
        "供房方式",
    ]
    book.active.append([*header, "年租金单价", "出售单价", "租期"])
    book.active.append(["L1", "商铺", 115.6, 37.05, "450㎡", 1, "二级", 120, "有", 3.5, "出租、出售", 180, 5200, 5])
    book.active.append(["L2", "底商", 115.61, 37.05, 300, -1, "III", None, "否", None, "置换", None, None, None])
    book.save(tmp_path / "a.xlsx")
    frame, findings = read(tmp_path / "a.xlsx", area, "premises")
    assert frame["floor_area_m2"].tolist() == [450, 300]
    assert frame["storey"].tolist() == [1, -1]
    assert frame["fire_rating"].tolist() == [2, 3]
    assert frame["own_entrance"].tolist() == [True, False]
    assert frame["tenure"].tolist() == ["lease,sale", "swap"]
    assert frame.loc["L1", ["rent_yuan_m2", "price_yuan_m2", "lease_years", "sunlight_h"]].tolist() == [
        180,
        5200,
        5,
        3.5,
    ]
    assert frame.loc["L2", ["rent_yuan_m2", "outdoor_m2", "lease_years", "sunlight_h"]].isna().all()
    assert frame[["survey_code", "planning_code"]].isna().all(axis=None)
    assert codes(findings) == ["GP-L020"]


@pytest.mark.parametrize(
    "joined", ["出租,出售", "出租，出售", "出租、出售", "出租;出售", "出租；出售", "lease/sale", "出售、出租"]
)
def test_tenures_are_joined_by_any_mark(area, joined):
    """Several tenures may stand in one cell; a cell with one that is not known is an error as a whole."""
    frame, _ = read(land(planning_code=None, tenure=[joined, "置换"]), area, "premises")
    assert [set(t.split(",")) for t in frame["tenure"]] == [{"lease", "sale"}, {"swap"}]
    assert codes(faults(land(planning_code=None, tenure=[f"{joined}、赠予", "置换"]), area, "premises")) == ["GP-T122"]


@pytest.mark.parametrize(
    ("rating", "value"),
    [
        ("一级", 1),
        ("二级", 2),
        ("三级", 3),
        ("四级", 4),
        ("I", 1),
        ("ii", 2),
        ("Ⅲ级", 3),
        ("IV", 4),
        ("2级", 2),
        (3, 3),
        ("４", 4),
    ],
)
def test_fire_ratings_are_numbers(area, rating, value):
    """Fire ratings come in Chinese, Roman and Arabic numerals and go on as 1 to 4; missing stays missing."""
    frame, _ = read(land(planning_code=None, 耐火等级=[rating, None]), area, "premises")
    assert frame["fire_rating"].iloc[0] == value
    assert np.isnan(frame["fire_rating"].iloc[1])
    assert codes(faults(land(planning_code=None, 耐火等级=[5, "特级"]), area, "premises")) == ["GP-T122", "GP-T122"]


# what the other layers may say of their buildings


@pytest.mark.parametrize("role", ["hosts", "idle", "facilities", "employers", "renewal"])
def test_other_layers_may_say_whether_a_building_would_do(area, role):
    """The same optional columns in each layer; where the file has them not they are absent, not unknown for all."""
    base = land(planning_code=None, id=["a", "b"], kind=["hospital", "school"]).drop(columns="site_id")
    told = base.assign(
        耐火等级=["二级", None], 独立出入口=["有", "无"], 日照时数=[3, None], 富余面积=[200, 0], GHYT=["0702", "702"]
    )
    told = told.assign(室外面积=[60, None], 楼层=[-1, 2])
    frame, _ = read(told, area, role, columns={"planning_code": "GHYT"})
    assert frame["fire_rating"].iloc[0] == 2
    assert frame["own_entrance"].tolist() == [True, False]
    assert frame["sunlight_h"].iloc[0] == 3
    assert frame["spare_floor_m2"].tolist() == [200, 0]
    assert frame["planning_code"].tolist() == ["0702", "0702"]
    assert frame["outdoor_m2"].iloc[0] == 60
    assert frame["storey"].tolist() == [-1, 2]
    plain, _ = read(base, area, role)
    assert not {"fire_rating", "own_entrance", "sunlight_h", "planning_code", "survey_code"} & set(plain.columns)


@pytest.mark.parametrize(
    ("word", "state"),
    [("规划", "planned"), ("在建", "planned"), ("已建成", "built"), ("竣工验收", "accepted"), ("已交付", "delivered")],
)
def test_how_far_the_housing_is(area, word, state):
    """The state of the housing and of the four milestones have their words; others are errors."""
    layer = land(planning_code=None, 项目编号=["a", "b"], population=[900, 1], 住宅进度=[word, None]).drop(
        columns="site_id"
    )
    layer = layer.assign(同步规划=["已完成", "未完成"], 同步建设=["是", None])
    frame, _ = read(layer, area, "new_residential")
    assert frame["housing_state"].tolist() == [state, None]
    assert frame["planned_state"].tolist() == ["done", "not_done"]
    assert frame["built_state"].tolist() == ["done", None]
    assert codes(faults(layer.assign(住宅进度="封顶"), area, "new_residential")) == ["GP-T122"] * 2
