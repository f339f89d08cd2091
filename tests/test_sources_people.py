"""The laws of people in layers: what a hurried planner's file holds is named with rows and people, mended or refused."""

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.area import StudyArea
from geoplan.errors import Findings, InputError, UsageError
from geoplan.sources._divisions import changes
from geoplan.sources._people import disjoint, spans, tiling
from geoplan.sources._unit_codes import clean
from geoplan.sources.layers import LayerSpec
from geoplan.sources.roles import ROLES, read_role

BANDS = ("m06_12", "m12_24", "m24_36")
UNITS = {"130502": "襄都区", "130503": "信都区", "130505": "任泽区", "130506": "南和区"}
SIDE = 10_000


@pytest.fixture(scope="module")
def area():
    """Four units in a row, each 10 km wide with two townships; the name 城关镇 stands twice."""
    at = [shapely.box(500_000 + SIDE * i, 4_100_000, 500_000 + SIDE * (i + 1), 4_110_000) for i in range(4)]
    index = pd.Index(UNITS, name="unit_id")
    units = gpd.GeoDataFrame({"name": list(UNITS.values())}, geometry=at, index=index, crs=4547)
    codes = pd.Index([f"{u}00{n}" for u in UNITS for n in (1, 2)], name="township_id")
    halves = [shapely.box(500_000 + 5_000 * i, 4_100_000, 505_000 + 5_000 * i, 4_110_000) for i in range(len(codes))]
    names = [f"镇{n}" for n in range(6)] + ["城关镇", "城关镇"]
    data = {"name": names, "unit_id": [c[:6] for c in codes]}
    towns = gpd.GeoDataFrame(data, geometry=halves, index=codes, crs=4547)
    return StudyArea(units.union_all(), units, units.crs, towns)


def homes(n=4, **columns):
    """Residential areas of 100 m, one in each unit, of 100 people each."""
    at = [shapely.box(502_000 + SIDE * i, 4_104_000, 502_100 + SIDE * i, 4_104_100) for i in range(n)]
    table = {"编号": [f"R{i}" for i in range(n)], "class": ["rural"] * n, "population": [100] * n}
    return gpd.GeoDataFrame({**table, **columns}, geometry=at, crs=4547)


def read(role, source, area, **more):
    """A layer, and what was found."""
    findings = Findings()
    datum = None if role in ("census", "births", "moves") else "cgcs2000"
    return read_role(role, LayerSpec(source, role, datum, **more), area, BANDS, findings), findings


def faults(role, source, area, **more):
    """What is refused, which must come as one InputError and leave nothing behind."""
    findings = Findings()
    datum = None if role in ("census", "births", "moves") else "cgcs2000"
    with pytest.raises(InputError) as caught:
        read_role(role, LayerSpec(source, role, datum, **more), area, BANDS, findings)
    assert len(findings) == 0
    assert all(f.sentence("zh") and f.sentence("en") for f in caught.value.findings)
    return caught.value.findings


def codes(found):
    """The codes of what was found, in order."""
    return [f.code for f in found]


def at(x, n=1):
    """Points 100 m apart."""
    return [shapely.Point(x + 100 * i, 4_104_000) for i in range(n)]


# people and ages


def test_negative_and_missing_people_are_errors_with_their_rows(area):
    """A negative number and a blank are two errors, both named; neither becomes 0."""
    found = faults("residents", homes(population=[100, -5, None, 7]), area)
    assert [(f.code, f.place) for f in found] == [
        ("GP-T109", "feature 2, column population"),
        ("GP-T121", "feature 3, column population"),
    ]


def test_more_children_than_residents_names_rows_and_excess(area):
    """Ages are part of the population: where they are more, rows and excess are named, the worst first."""
    found = faults("residents", homes(age_0=[1, 60, 2, 10], age_1_4=[4, 60, 3, 91]), area)
    assert [(f.code, f.place, f.count) for f in found] == [("GP-L025", "feature 2", 2)]
    assert "+21 in all: feature 2 (+20), feature 4 (+1)" in found[0].problem.en
    assert "feature 2 (+20)" in found[0].problem.zh


def test_a_missing_age_does_not_hide_an_excess(area):
    """What is known already exceeds the population, whatever the missing age is."""
    found = faults("residents", homes(age_0=[None, 1, 1, 1], age_1_4=[101, 1, 1, 1]), area)
    assert codes(found) == ["GP-L025"]


def test_single_ages_must_add_up_to_their_band(area):
    """Ages 1 to 4 that differ from the stated band are an error with the difference of each row."""
    ages = {f"{n}岁": [1, 2, 3, 4] for n in range(1, 5)}
    frame, _ = read("residents", homes(**ages, **{"1-4岁": [4, 8, 12, 16]}), area)
    assert frame["age_1_4"].tolist() == [4, 8, 12, 16]
    found = faults("residents", homes(**ages, **{"1-4岁": [4, 9, 12, 13]}), area)
    assert codes(found) == ["GP-L027"]
    assert "feature 4 (+3), feature 2 (-1)" in found[0].problem.en
    assert "age_1, age_2, age_3, age_4 do not add up to age_1_4" in found[0].problem.en


def test_ages_that_cover_everyone_must_equal_the_population(area):
    """Groups from 0 to an open end are the whole population: too few is as wrong as too many."""
    ages = {"age_0_14": [20] * 4, "age_15_59": [60] * 4, "age_60p": [20, 20, 18, 20]}
    found = faults("residents", homes(**ages), area)
    assert codes(found) == ["GP-L026"]
    assert "feature 3 (-2)" in found[0].problem.en
    frame, _ = read("residents", homes(**{**ages, "age_60p": [20] * 4}), area)
    assert frame["age_60p"].sum() == 80


def test_migrant_infants_are_among_the_residents(area):
    """Migrant infants are not more than the residents of the row; registered residents may be."""
    found = faults("residents", homes(随迁婴幼儿=[101, 0, 0, 0]), area)
    assert codes(found) == ["GP-L028"]
    frame, _ = read("residents", homes(户籍人口=[300, 0, 0, 0], 随迁婴幼儿=[3, None, 0, 0], 户数=[30, 0, 0, 0]), area)
    assert frame["registered"].iloc[0] == 300
    assert np.isnan(frame["migrant_under_3"].iloc[1])
    assert frame["households"].iloc[0] == 30


@given(st.lists(st.integers(0, 20), min_size=7, max_size=7), st.integers(-3, 3))
@settings(max_examples=60, deadline=None)
def test_ages_pass_if_and_only_if_they_add_up(ages, error):
    """Bands made from single ages are accepted, and any error in a band is refused, whatever the ages are."""
    from geoplan.sources._given import Given
    from geoplan.sources._people import check_people

    table = {f"age_{n}": [a] for n, a in enumerate(ages)}
    table |= {"age_1_4": [sum(ages[1:5]) + error], "population": [sum(ages) + 50]}
    frame, findings = pd.DataFrame(table).astype(float), Findings()
    check_people("residents", dict(frame.items()), Given("f", frame), findings)
    assert codes(findings) == (["GP-L027"] if error else [])


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4)), min_size=1, max_size=7))
@settings(max_examples=200, deadline=None)
def test_columns_of_ages_count_nobody_twice(pairs):
    """Disjoint columns do not overlap, and a tiling covers its years exactly once (brute force over years)."""
    parts = spans(f"age_{a}_{a + n}" for a, n in pairs)
    years = [y for name in disjoint(parts) for y in range(*map(int, parts[name]))]
    assert len(years) == len(set(years))
    for start, stop in parts.values():
        tiles = tiling(start, stop, parts)
        covered = [y for name in tiles for y in range(*map(int, parts[name]))]
        assert covered == list(range(start, int(stop)))


def test_grades_are_a_to_d(area):
    """The confidence in the data is A to D, in any width; anything else is refused."""
    frame, _ = read("residents", homes(数据等级=["A", "ｂ", None, "d"]), area)
    assert frame["grade"].tolist() == ["A", "B", None, "D"]
    found = faults("residents", homes(grade=["A", "E", "好", "1"]), area)
    assert [(f.code, f.value) for f in found] == [("GP-T122", "E"), ("GP-T122", "好"), ("GP-T122", "1")]


def test_what_the_file_has_not_is_not_made_up(area):
    """Ages, households and grade that a file has not are no columns, so that no one takes them for known."""
    frame, _ = read("residents", homes(), area)
    assert {"name", "unit_id", "township", "class", "population"} < set(frame.columns)
    assert not {"age_0", "households", "grade", "registered"} & set(frame.columns)


# numbers as people write them


def test_a_number_with_its_own_unit_is_read_and_counted(area):
    """60个 is 60 in a column of places: a repair with count and example; full-width digits need none."""
    table = {"id": ["a", "b", "c"], "托位6-12月": ["６０个", "12 人", "5"], "托位12-24月": ["１０", "0", "0"]}
    frame = gpd.GeoDataFrame({**table, "托大班托位": ["1,000座", "0", "0"]}, geometry=at(502_000, 3), crs=4547)
    read_frame, findings = read("facilities", frame, area)
    assert read_frame["places_m06_12"].tolist() == [60, 12, 5]
    assert read_frame["places_m12_24"].tolist() == [10, 0, 0]
    assert read_frame["places_m24_36"].iloc[0] == 1000
    repairs = [(f.place, f.value, f.count) for f in findings if f.code == "GP-L020" and f.severity == "repair"]
    assert repairs[0] == ("feature 1, column 托位6-12月", "６０个", 2)
    assert len(repairs) == 2


@pytest.mark.parametrize("cell", ["约60", "60-80", "六十", "60+", "60万", "60亩", "个", "60左右", "3.5.1个", "2万个"])
def test_a_number_that_can_mean_several_is_refused_with_row_and_value(area, cell):
    """About 60, 60 to 80, words and other units are errors: geoplan does not choose."""
    frame = gpd.GeoDataFrame({"id": ["a"], "places_x": [cell]}, geometry=at(502_000), crs=4547)
    with pytest.raises(InputError) as caught:
        ROLES["facilities"](LayerSpec(frame, "facilities", "cgcs2000"), area, ["x"], Findings())
    assert [(f.code, f.place, f.value) for f in caught.value.findings] == [
        ("GP-T106", "feature 1, column places_x", cell)
    ]


def test_a_unit_of_area_is_left_out_only_where_it_is_the_columns_own(area):
    """㎡ in a column of square metres is a repair; 亩 and 个 there are errors."""
    frame = gpd.GeoDataFrame({"id": ["a"], "kind": ["x"], "建筑面积": ["300㎡"]}, geometry=at(502_000), crs=4547)
    hosts, findings = read("hosts", frame, area)
    assert hosts["floor_area_m2"].tolist() == [300]
    assert codes(findings) == ["GP-L020"]
    for cell in ("3亩", "300个"):
        assert codes(faults("hosts", frame.assign(建筑面积=cell), area)) == ["GP-T106"]


# units


def test_a_code_that_joins_nothing_tells_how_many_people_would_vanish(area):
    """130571 is a zone inside districts: one error with rows, people and share, and where its rows stand."""
    found = faults("residents", homes(unit_id=["130571", "130503", "130571", "130506"]), area)
    assert [(f.code, f.place, f.value, f.count) for f in found] == [
        ("GP-L003", "feature 1, column unit_id", "130571", 2)
    ]
    assert "2 rows, 200 people, 50.0% of the layer" in found[0].problem.en
    assert "2 行，200人，占该图层的 50.0%" in found[0].problem.zh
    assert "130502 襄都区 (1), 130505 任泽区 (1)" in found[0].advice.en
    assert "unit_aliases: {130571: 130502}" in found[0].advice.en


def test_an_alias_counts_a_code_to_a_unit_and_says_so(area):
    """With unit_aliases the people of the zone are counted to the unit named, by id or name; nobody is lost."""
    layer = homes(区县编码=["130571", "130503", "高新区", "130506"])
    frame, findings = read("residents", layer, area, unit_aliases={"130571": "130502", "高新区": "信都区"})
    assert frame["unit_id"].tolist() == ["130502", "130503", "130503", "130506"]
    assert frame["population"].sum() == 400
    assert [(f.code, f.severity, f.value) for f in findings] == [
        ("GP-L023", "note", "130571"),
        ("GP-L023", "note", "高新区"),
    ]
    assert findings.items[0].place == "feature 1, column 区县编码"
    found = faults("residents", layer, area, unit_aliases={"130571": "130599", "高新区": "信都区"})
    assert next((f.code, f.place) for f in found) == ("GP-L024", "unit_aliases.130571")


def test_aliases_of_the_study_hold_for_each_layer_and_the_layers_own_go_first(area):
    """read_role takes unit_aliases for the whole study; the layer's own are stronger."""
    layer = homes(unit_id=["130571", "130503", "130572", "130506"])
    spec = LayerSpec(layer, "residents", "cgcs2000", unit_aliases={"130571": "130506"})
    study = {"130571": "130502", "130572": "130505"}
    frame = read_role("residents", spec, area, BANDS, Findings(), unit_aliases=study)
    assert frame["unit_id"].tolist() == ["130506", "130503", "130505", "130506"]


def test_rows_of_a_zone_within_units_are_counted_where_they_stand(area):
    """With `within` the rows of a zone go to the unit that holds them; a census keeps the zone's code."""
    zone = {"130571": ("130502", "130505")}
    frame, findings = read("residents", homes(unit_id=["130571", "130503", "130571", "130506"]), area, within=zone)
    assert frame["unit_id"].tolist() == list(UNITS)
    assert len(findings) == 0
    table = pd.DataFrame({"unit_id": ["130502", "130571"], "population": [1, 2]})
    census, _ = read("census", table, area, within=zone)
    assert census["population"].to_dict() == {"130502": 1, "130571": 2}
    assert codes(faults("census", table, area, within={"130571": ("130599",)})) == ["GP-L024"]


@pytest.mark.parametrize(
    "code", ["130502", "１３０５０２", "130502.0", "130502000000", "130502000", "襄都区", 130502.0]
)
def test_a_unit_may_be_spelt_as_bureaux_spell_it(area, code):
    """Full-width digits, a spreadsheet's .0, statistical codes of 9 and 12 digits and names are the same unit."""
    frame, _ = read("residents", homes(1, unit_id=[code]), area)
    assert frame["unit_id"].tolist() == ["130502"]


def test_a_code_of_a_township_is_not_taken_for_its_unit():
    """Only trailing zeros are cut off: 130502001 is a township."""
    assert clean("130502001") == "130502001"
    assert clean("130502001000") == "130502001000"


@pytest.mark.parametrize(
    ("old", "now"),
    [("130526", "130505"), ("任县", "130505"), ("130527", "130506"), ("南和县", "130506"), ("桥东区", "130502"),
     ("桥西区", "130503")],
)  # fmt: skip
def test_a_renamed_county_is_read_as_what_it_is_now(area, old, now):
    """任县 is 任泽区 since 2020: a repair that says since when, by which source, and with how many people."""
    frame, findings = read("residents", homes(unit_id=[old, "130503", "130505", "130506"]), area)
    assert frame["unit_id"].iloc[0] == now
    assert [(f.code, f.severity, f.value, f.count) for f in findings] == [("GP-L021", "repair", old, 1)]
    assert "before 2020" in findings.items[0].problem.en
    assert UNITS[now] in findings.items[0].problem.zh
    assert "published 2020-06-23 [F]" in findings.items[0].advice.en
    assert "to be verified" in findings.items[0].advice.en


@pytest.mark.parametrize("old", ["130521", "邢台县"])
def test_a_divided_county_is_refused_with_its_townships(area, old):
    """邢台县 was divided: an error that lists which townships went where."""
    found = faults("residents", homes(unit_id=[old, "130503", "130505", "130506"]), area)
    assert codes(found) == ["GP-L022"]
    assert "100 people, 25.0% of the layer" in found[0].problem.en
    assert "豫让桥" in found[0].problem.en
    assert "浆水" in found[0].problem.zh


def test_an_old_name_of_another_city_is_not_repaired(area):
    """Other cities had a 桥东区: where the new unit is not in the study area, the name joins nothing."""
    elsewhere = area.units.rename(index=lambda u: u.replace("1305", "1301"))
    other = StudyArea(area.boundary, elsewhere, area.crs)
    for old in ("桥东区", "130521"):
        assert codes(faults("residents", homes(unit_id=[old, "130103", "130105", "130106"]), other)) == ["GP-L003"]


def test_every_change_of_division_has_its_source_and_marks():
    """Each old county has a year, what became of it in both languages, a source and marks; no code stands twice."""
    assert len({c.code for c in changes()}) == len(changes()) == 5
    for change in changes():
        assert change.year == 2020
        assert all(change.fate)
        assert all(change.source)
        assert (change.mark, change.code_mark) == ("F", "G")


def test_two_areas_with_one_id_are_named_with_both_rows(area):
    """The second row of an id is an error that names the first."""
    found = faults("residents", homes(编号=["R0", "R1", "R0", "R3"]), area)
    assert [(f.code, f.place, f.value) for f in found] == [("GP-T113", "feature 3, column 编号", "R0")]
    assert "feature 1" in found[0].problem.en


# areas on one another


def test_overlapping_areas_are_noted_with_their_people(area):
    """Areas that share more than 3 % of the smaller one are noted: pairs, people and the worst five."""
    shift = [0, 40, 139, 5_000]
    boxes = [shapely.box(502_000 + s, 4_104_000, 502_100 + s, 4_104_100) for s in shift]
    frame, findings = read("residents", homes(population=[1, 2, 4, 8]).set_geometry(boxes, crs=4547), area)
    assert len(frame) == 4
    assert [(f.code, f.severity, f.count, f.place) for f in findings] == [("GP-L029", "note", 2, "feature 1")]
    assert "1 pairs" in findings.items[0].problem.en
    assert "3 people live in these 2 areas" in findings.items[0].problem.en
    assert "1 + 2 (60%)" in findings.items[0].problem.en


def test_an_area_inside_another_is_an_overlap_whatever_their_sizes(area):
    """A block drawn inside its village overlaps wholly, measured by the smaller of the two."""
    boxes = [shapely.box(502_000, 4_104_000, 503_000, 4_105_000), shapely.box(502_100, 4_104_100, 502_110, 4_104_110)]
    _, findings = read("residents", homes(2).set_geometry(boxes, crs=4547), area)
    assert "(100%)" in next(f for f in findings if f.code == "GP-L029").problem.en


def test_the_same_outline_twice_is_refused(area):
    """Two areas with one outline count its people twice, wherever the ring begins: an error with both."""
    one = shapely.box(502_000, 4_104_000, 502_100, 4_104_100)
    again = shapely.Polygon([*one.exterior.coords[2:-1], *one.exterior.coords[:3]])
    found = faults("residents", homes(2).set_geometry([one, again], crs=4547), area)
    assert [(f.code, f.count) for f in found] == [("GP-L030", 2)]
    assert "200 people" in found[0].problem.en


def test_neighbours_that_share_a_border_do_not_overlap(area):
    """A grid of areas without gaps says nothing."""
    cells = [shapely.box(502_000 + 100 * i, 4_104_000, 502_100 + 100 * i, 4_104_100) for i in range(20)]
    _, findings = read("residents", homes(20, class_="x").drop(columns="class_").set_geometry(cells, crs=4547), area)
    assert len(findings) == 0


# census, births, moves


def write(folder, table, form):
    """A table in one of the forms that bureaux send."""
    path = folder / f"t.{form}"
    if form == "csv":
        table.to_csv(path, index=False, encoding="gb18030")
    elif form == "parquet":
        table.to_parquet(path)
    else:
        book = openpyxl.Workbook()
        for row in [list(table.columns), *table.astype(object).where(table.notna(), None).to_numpy().tolist()]:
            book.active.append(row)
        book.save(path)
    return path


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "frame"])
def test_a_census_is_the_same_from_every_form(tmp_path, area, form):
    """Codes become text, Chinese headers are known, missing stays missing, the total row is checked and left out."""
    codes_ = ["130503", "130502", "130505", "130506", "合计"]
    table = pd.DataFrame(
        {"区县编码": codes_, "区县": [*list(UNITS.values())[:4], "合计"], "常住人口": [3, 5, 7, 9, 24]}
    )
    table["0岁"] = [1, 2, None, 3, None]
    table = table.assign(户数=[1, 1, 1, 1, 4])
    census, findings = read("census", table if form == "frame" else write(tmp_path, table, form), area)
    assert census.index.name == "unit_id"
    assert census["population"].to_dict() == {"130502": 5, "130503": 3, "130505": 7, "130506": 9}
    assert np.isnan(census.loc["130505", "age_0"])
    assert census["households"].sum() == 4
    assert "GP-L033" in codes(findings)


def test_a_census_may_name_its_units(area):
    """Names join as codes do, whatever column they stand in; what is not given is noted as unknown."""
    for column in ("区县", "名称", "县（市、区）", "name"):
        census, findings = read("census", pd.DataFrame({column: ["信都区", "襄都区"], "population": [1, 2]}), area)
        assert census.index.tolist() == ["130502", "130503"]
        assert [(f.code, f.count) for f in findings] == [("GP-L036", 2)]


def test_an_alias_adds_a_zone_to_its_unit_and_loses_nobody(area):
    """Rows counted to one unit are added together: people sum, what is unknown stays unknown, rates are not added."""
    table = pd.DataFrame({"code": ["130502", "130571", "130503"], "population": [426224, 182585, 10]})
    table = table.assign(age_0=[3671, 1897, 1], households=[5, None, 2], 城镇化率=[0.9, 0.6, 0.5])
    census, findings = read("census", table, area, unit_aliases={"130571": "130502"})
    assert census["population"].to_dict() == {"130502": 608_809, "130503": 10}
    assert census["age_0"].sum() == 3671 + 1897 + 1
    assert np.isnan(census.loc["130502", "households"])
    assert np.isnan(census.loc["130502", "城镇化率"])
    assert census.loc["130503", "城镇化率"] == 0.5
    assert codes(findings) == ["GP-L023", "GP-L035", "GP-L036"]
    found = faults("census", table, area)
    assert codes(found) == ["GP-L003"]
    assert "182,585 people, 30.0% of the layer" in found[0].problem.en
    assert "130502 襄都区" in found[0].advice.en
    assert "130581" not in found[0].advice.en
    unknown = faults("census", table.assign(population=[1, None, 2]), area)
    assert "1 rows, unknown people, which" in unknown[0].problem.en


def test_a_census_says_all_that_is_wrong_at_once(tmp_path, area):
    """Unknown codes, a unit twice, a total that does not add up, impossible ages and bad cells are one error."""
    rows = ["区县编码,常住人口,0岁,1-4岁", "130502,100,5,20", "130502,100,5,20", "130599,7,1,1", "130503,10,5,20",
            "130505,约60,1,1", ",5,1,1", "合计,999,18,64"]  # fmt: skip
    (tmp_path / "c.csv").write_text("\n".join(rows), encoding="utf-8")
    found = faults("census", tmp_path / "c.csv", area)
    assert sorted(codes(found)) == ["GP-L003", "GP-L025", "GP-L032", "GP-L034", "GP-T106", "GP-T112"]
    assert next(f for f in found if f.code == "GP-L032").place == "row 3, column 区县编码"


def test_a_total_that_differs_is_refused_by_how_much(area):
    """The total row says what is missing: the difference stands in the error."""
    table = pd.DataFrame({"区县": ["襄都区", "信都区", "合计"], "population": [10, 20, 35]})
    found = faults("census", table, area)
    assert [(f.code, f.place, f.value) for f in found] == [("GP-L034", "row 3", "35.0")]
    assert "by +5" in found[0].problem.en


def test_a_total_alone_is_no_census(area):
    """A table that holds only the total says nothing of any unit."""
    assert codes(faults("census", pd.DataFrame({"区县": ["合计"], "population": [35]}), area)) == ["GP-L003"]
    assert codes(faults("census", pd.DataFrame({"区县": ["襄都区"], "备注": ["x"]}), area)) == ["GP-L038"]
    assert codes(faults("census", pd.DataFrame({"population": [35]}), area)) == ["GP-T104"]


def test_a_census_by_township_has_townships_and_their_units(area):
    """Townships join by code or by a name that only one has; their unit is that of the study area."""
    table = pd.DataFrame({"乡镇编码": [130502001, 130505002], "乡镇": ["x", "y"], "population": [1, 2]})
    census, _ = read("census", table, area)
    assert census.index.name == "township_id"
    assert census["unit_id"].to_dict() == {"130502001": "130502", "130505002": "130505"}
    named, _ = read("census", pd.DataFrame({"乡镇": ["镇0", "镇5"], "population": [1, 2]}), area)
    assert named.index.tolist() == ["130502001", "130505002"]
    found = faults("census", pd.DataFrame({"乡镇": ["城关镇", "镇9", "镇0"], "population": [1, 2, 3]}), area)
    assert codes(found) == ["GP-L040", "GP-L039"]
    assert "130506001, 130506002" in found[0].problem.en
    assert "2 people, 33.3% of the layer" in found[1].problem.en


def test_births_are_by_year_and_unit_or_for_the_whole_area(tmp_path, area):
    """A missing unit is the whole area; years are whole numbers; observed and projected stand side by side."""
    table = pd.DataFrame(
        {"年份": [2023, 2022, 2030], "出生人数": [43_000, 48_600, None], "低方案": [None, None, 30_000]}
    )
    table = table.assign(中方案=[None, None, 36_000], 高方案=[None, None, 41_000])
    for form in ("csv", "xlsx", "parquet"):
        births, _ = read("births", write(tmp_path, table, form), area)
        assert births["year"].tolist() == [2022, 2023, 2030]
        assert births["unit_id"].isna().all()
        assert births["births"].iloc[0] == 48_600
        assert births.loc[2, ["births_low", "births_mid", "births_high"]].tolist() == [30_000, 36_000, 41_000]


def test_births_of_bad_years_and_levels_are_refused(area):
    """A year that is none, a year twice, low above high, and a table without births are errors."""
    good = pd.DataFrame({"year": ["2023", "2024"], "births": [1, 2]})
    assert codes(faults("births", good.assign(year=["2023年", "2024"]), area)) == ["GP-T111"]
    assert codes(faults("births", good.assign(year=["2023", None]), area)) == ["GP-T121"]
    assert codes(faults("births", good.assign(year=["2023", "2023"]), area)) == ["GP-L032"]
    assert codes(faults("births", good.assign(year=["2023.5", "2024"]), area)) == ["GP-T111"]
    assert codes(faults("births", good.drop(columns="births"), area)) == ["GP-L038"]
    levels = good.assign(births_low=[5, 5], births_high=[4, 6])
    assert codes(faults("births", levels, area)) == ["GP-L028"]


def test_a_total_of_births_beside_its_units_is_left_out_or_refused(area):
    """The whole area beside its units would count births twice: it must agree, and goes; other years keep theirs."""
    table = pd.DataFrame({"unit_id": ["130502", "信都区", "全市", None], "year": [2023, 2023, 2023, 2024]})
    births, findings = read("births", table.assign(births=[1, 2, 3, 9]), area)
    assert births["births"].tolist() == [9, 1, 2]
    assert births["births"].sum() == 12
    assert [(f.code, f.severity) for f in findings] == [("GP-L033", "repair")]
    assert codes(faults("births", table.assign(births=[1, 2, 4, 9]), area)) == ["GP-L034"]


def test_moves_may_be_negative_and_births_may_not(area):
    """More children may leave than come."""
    table = pd.DataFrame({"unit_id": ["130502", "130503"], "year": [2023, 2023]})
    moves, _ = read("moves", table.assign(净迁入=[-12, 5]), area)
    assert moves["net_moves"].tolist() == [-12, 5]
    assert moves["year"].dtype == "Int64"
    assert codes(faults("births", table.assign(births=[-12, 5]), area)) == ["GP-T109"]
    assert codes(faults("moves", table, area)) == ["GP-T104"]


def test_old_and_new_name_in_one_year_are_not_added_together(area):
    """任县 and 任泽区 in one table are the same people twice: an error, since no one said to add them."""
    table = pd.DataFrame({"区县": ["任县", "任泽区"], "year": [2023, 2023], "births": [1, 2]})
    assert codes(faults("births", table, area)) == ["GP-L032"]


@given(st.lists(st.tuples(st.sampled_from([*UNITS, "130571"]), st.integers(0, 9), st.integers(0, 9**6)), max_size=30,
                min_size=1, unique_by=lambda r: r[:2]))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_aliases_conserve_births(area, rows):
    """Whatever the units and years, the births of a year are the same before and after a zone is counted to a unit."""
    table = pd.DataFrame(rows, columns=["unit_id", "year", "births"]).assign(year=lambda t: t["year"] + 2020)
    births, _ = read("births", table, area, unit_aliases={"130571": "130503"})
    assert births.groupby("year")["births"].sum().to_dict() == table.groupby("year")["births"].sum().to_dict()
    assert not births.duplicated(["unit_id", "year"]).any()


# the further layers


def test_new_residential_projects(area):
    """Planned people or dwellings, the year of delivery and four milestones; a project with neither is noted."""
    table = {"项目编号": ["P1", "P2"], "项目名称": ["甲", "乙"], "规划人口": ["3000人", None], "规划户数": [None, None]}
    table |= {
        "交付年份": [2027, None],
        "配建托位": [30, 0],
        "同步规划": ["已完成", None],
        "delivered_state": [None, "未"],
    }
    frame, findings = read("new_residential", gpd.GeoDataFrame(table, geometry=at(502_000, 2), crs=4547), area)
    assert frame.index.name == "project_id"
    assert frame["population"].iloc[0] == 3000
    assert frame["delivery_year"].tolist() == [2027, pd.NA]
    assert frame["places_planned"].tolist() == [30, 0]
    assert frame["planned_state"].iloc[0] == "done"
    assert frame["unit_id"].tolist() == ["130502"] * 2
    assert frame["township"].tolist() == ["镇0"] * 2
    assert frame["built_state"].isna().all()
    assert [(f.code, f.severity) for f in findings] == [("GP-L020", "repair"), ("GP-L041", "note")]


def test_renewal_projects(area):
    """Renewal projects have a year and the residents concerned."""
    table = {"id": ["X"], "改造年份": [2026], "居民人数": [900]}
    frame, _ = read("renewal", gpd.GeoDataFrame(table, geometry=at(512_000), crs=4547), area)
    assert frame[["year", "residents", "unit_id"]].to_numpy().tolist() == [[2026, 900, "130503"]]


def test_employers(area):
    """Kinds are read in Chinese; the young are among the workers."""
    table = {
        "id": ["E"],
        "单位类型": ["医院"],
        "职工数": [800],
        "青年职工数": [500],
        "3岁以下子女数": [60],
        "对外开放": ["是"],
    }
    layer = gpd.GeoDataFrame(table, geometry=at(502_000), crs=4547)
    frame, _ = read("employers", layer, area)
    assert frame["kind"].tolist() == ["hospital"]
    assert frame[["workers", "young_workers", "children_under_3"]].to_numpy().tolist() == [[800, 500, 60]]
    assert frame["open_to_public"].tolist() == [True]
    assert codes(faults("employers", layer.assign(青年职工数=801), area)) == ["GP-L028"]
    assert codes(faults("employers", layer.assign(单位类型="庙"), area)) == ["GP-T122"]


def test_public_places_are_demand_points(area):
    """The seven classes of public place are read in Chinese and English."""
    names = ["交通枢纽", "商业中心", "旅游景点", "医院", "乡镇卫生院", "社区卫生服务中心", "other"]
    table = {"场所编号": [str(i) for i in range(7)], "类别": names, "建筑面积": [12_000] * 7, "日客流量": [9_000] * 7}
    frame, _ = read("public_places", gpd.GeoDataFrame(table, geometry=at(502_000, 7), crs=4547), area)
    assert frame.index.name == "demand_id"
    assert frame["kind"].tolist() == [
        "transport_hub", "commercial", "tourist", "hospital", "township_health", "community_health", "other",
    ]  # fmt: skip
    assert frame["visitors_per_day"].sum() == 63_000
    assert "class" not in frame


def care(**columns):
    """One facility with places in each band."""
    table = {"id": ["F"], "状态": ["在营"], **{f"places_{b}": [5] for b in BANDS}}
    return gpd.GeoDataFrame({**table, **columns}, geometry=at(502_000), crs=4547)


def test_facilities_tell_more_of_themselves(area):
    """Classes, enrolment, areas, closing year, pilot, demonstration, mode and ownership are read where they stand."""
    layer = care(托大班数=["2个班"], 在托人数=[12], 使用面积=["240㎡"], 建筑面积=[300], 停办年份=[2029], 示范=["是"], 开办年份=[2019],
                 试点类型=["品牌连锁机构"], 运营模式=["公办民营"], 办托性质=["公办"], 乳儿班在托=[3])  # fmt: skip
    frame, _ = read("facilities", layer, area)
    row = frame.iloc[0]
    assert (row["classes_m24_36"], row["enrolled"], row["enrolled_m06_12"]) == (2, 12, 3)
    assert (row["usable_area_m2"], row["floor_area_m2"], row["closes"], row["opened"]) == (240, 300, 2029, 2019)
    assert (row["pilot"], row["demonstration"]) == ("brand_chain", True)
    assert (row["operation_mode"], row["ownership"]) == ("公办民营", "公办")
    assert "classes_m06_12" not in frame
    assert codes(faults("facilities", layer.assign(托大班数=2.5), area)) == ["GP-L031"]
    assert codes(faults("facilities", layer.assign(使用面积=301), area)) == ["GP-L028"]
    assert codes(faults("facilities", layer.assign(停办年份=2018), area)) == ["GP-L028"]
    assert codes(faults("facilities", layer.assign(试点类型="重点"), area)) == ["GP-T122"]


@pytest.mark.parametrize(
    ("given_", "status"),
    [
        ("规划", "planned"),
        ("在建", "planned"),
        ("拟建", "planned"),
        ("在营", "open"),
        ("停办", "closed"),
        ("已停办", "closed"),
    ],
)
def test_statuses_are_known_as_bureaux_write_them(area, given_, status):
    """Planned, open and closed in the words of registers."""
    assert read("facilities", care(状态=[given_]), area)[0]["status"].tolist() == [status]


def test_classes_may_stand_for_places_that_are_not_stated(area):
    """Where classes are given, places may be missing and stay missing; a row with neither is an error."""
    layer = care(classes_m24_36=[2]).drop(columns="places_m24_36")
    frame, _ = read("facilities", layer, area)
    assert frame["places_m24_36"].isna().all()
    assert codes(faults("facilities", layer.assign(classes_m24_36=None), area)) == ["GP-T121"]
    blank = care(classes_m24_36=[2]).assign(places_m24_36=None)
    assert read("facilities", blank, area)[0]["places_m24_36"].isna().all()
    assert codes(faults("facilities", care().assign(places_m24_36=None), area)) == ["GP-T121"]


def test_hosts_tell_their_projected_enrolment(area):
    """Kindergartens have classes, capacity, enrolment, what is projected, and ownership."""
    table = {
        "id": ["K"],
        "kind": ["kindergarten"],
        "班数": ["6"],
        "核定规模": [180],
        "在园人数": [150],
        "预计在园人数": ["90人"],
    }
    frame, findings = read(
        "hosts", gpd.GeoDataFrame({**table, "办园性质": ["公办"]}, geometry=at(502_000), crs=4547), area
    )
    row = frame.iloc[0]
    assert (row["classes"], row["capacity"], row["enrolment"], row["projected_enrolment"]) == (6, 180, 150, 90)
    assert row["ownership"] == "公办"
    assert codes(findings) == ["GP-L020"]


def test_a_column_named_but_absent_is_said_once(area):
    """An optional column that the study names and the file has not is one error."""
    assert codes(faults("residents", homes(), area, columns={"grade": "可信"})) == ["GP-T104"]
    assert codes(
        faults("census", pd.DataFrame({"a": ["襄都区"], "population": [1]}), area, columns={"unit_id": "b"})
    ) == ["GP-T104"]


def test_every_role_has_one_reader(area):
    """A role without a reader is refused by name."""
    assert {"census", "births", "moves", "new_residential", "renewal", "employers", "public_places"} < set(ROLES)
    with pytest.raises(UsageError, match="windmills"):
        read_role("windmills", LayerSpec("a.csv", "windmills", None), area, BANDS, Findings())
