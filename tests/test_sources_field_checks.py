"""The laws of field checks: a printed form that was filled in is read back, and what is blank stays unknown."""

import openpyxl
import pandas as pd
import pytest

from geoplan.errors import Findings, InputError
from geoplan.sources._checked import QUANTITIES, QUANTITY_WORDS
from geoplan.sources._site_roles import BOUNDARIES, CONTROLS, HAZARD_CLASSES
from geoplan.sources.layers import LayerSpec
from geoplan.sources.roles import read_role

HEADER = ["编号", "名称", "代码", "核查项", "单位", "实测值", "核查人", "日期"]
ROWS = [
    ["S-1", "甲园", "storey", "所在楼层", "层", "2", "王", "2026-05-01"],
    ["S-1", "甲园", "own_entrance", "独立出入口", "", "有", "王", "2026-05-01"],
    ["S-1", "甲园", "distance_filling_station", "距加油站距离", "m", "62.5", "王", ""],
    ["S-2", "乙所", "fire_rating", "耐火等级", "", "二级", "", ""],
    ["S-2", "乙所", "storey", "所在楼层", "层", "", "", ""],
    ["P-9", "地块", "planning_code", "规划用地代码", "", "0702", "", ""],
]
TITLES = [["托育设施备选点现场核查表"], [], ["填表单位：", None, None, "区县："]]


def book(folder, rows, header=HEADER, titles=()):
    """The form in a spreadsheet, with titles above its header."""
    made = openpyxl.Workbook()
    for row in [*titles, header, *rows]:
        made.active.append([c or None for c in row])
    made.save(folder / "form.xlsx")
    return folder / "form.xlsx"


def sheet(folder, rows, header=HEADER, titles=(), encoding="utf-8-sig"):
    """The form as CSV, as a spreadsheet writes it: all lines equally long."""
    lines = [",".join([*(c or "" for c in row), *[""] * (len(header) - len(row))]) for row in [*titles, header, *rows]]
    (folder / "form.csv").write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    return folder / "form.csv"


def read(source, **more):
    """The checks of a form, and what was found; a table without positions needs no area."""
    findings = Findings()
    spec = LayerSpec(source, "field_checks", None, **more)
    return read_role("field_checks", spec, None, [], findings), findings


def faults(source, **more):
    """What is refused, which must come as one InputError and leave nothing behind."""
    findings = Findings()
    with pytest.raises(InputError) as caught:
        read_role("field_checks", LayerSpec(source, "field_checks", None, **more), None, [], findings)
    assert len(findings) == 0
    assert all(f.sentence("zh") and f.sentence("en") for f in caught.value.findings)
    return caught.value.findings


def frame(*rows):
    """A form in memory: site, quantity, value."""
    return pd.DataFrame(list(rows), columns=["site_id", "quantity", "value"])


@pytest.mark.parametrize("titles", [(), TITLES[:1], TITLES])
@pytest.mark.parametrize("write", [book, sheet])
def test_a_filled_form_is_read_back(tmp_path, write, titles):
    """Titles above the header do not matter; values are parsed as their quantity is; rows are counted as the file shows them."""
    table, findings = read(write(tmp_path, ROWS, titles=titles))
    assert table.columns.tolist() == ["site_id", "quantity", "value", "checked_by", "date"]
    assert table[["site_id", "quantity", "value"]].to_numpy().tolist() == [
        ["S-1", "storey", 2.0],
        ["S-1", "own_entrance", 1.0],
        ["S-1", "distance_filling_station", 62.5],
        ["S-2", "fire_rating", 2.0],
        ["P-9", "planning_code", "0702"],
    ]
    first = len(titles) + 2
    assert table.index.tolist() == [first, first + 1, first + 2, first + 3, first + 5]
    assert table["checked_by"].tolist() == ["王", "王", "王", None, None]
    assert table["date"].iloc[0] == "2026-05-01"
    blanks = [f for f in findings if f.code == "GP-L062"]
    assert [(f.severity, f.count) for f in blanks] == [("note", 1)]


def test_a_form_in_gb18030_is_read(tmp_path):
    """A form that a Chinese spreadsheet saved as CSV is recognised."""
    assert len(read(sheet(tmp_path, ROWS, titles=TITLES, encoding="gb18030"))[0]) == 5


def test_a_blank_form_fills_nothing(tmp_path):
    """A form of which nothing is filled in is no error and no value."""
    blank = [[*row[:5], "", "", ""] for row in ROWS]
    table, findings = read(book(tmp_path, blank, titles=TITLES))
    assert table.empty
    assert [(f.code, f.count) for f in findings] == [("GP-L062", 6)]


def test_lines_below_the_form_are_no_rows(tmp_path):
    """A line for the signature, which asks for no quantity, is neither counted nor refused."""
    table, findings = read(book(tmp_path, [*ROWS, ["负责人签字：", None, None, "日期："]], titles=TITLES))
    assert len(table) == 5
    assert [f.count for f in findings if f.code == "GP-L062"] == [1]


@pytest.mark.parametrize(
    ("quantity", "value", "code"),
    [
        ("storey", "二层", "GP-T106"),
        ("distance_substation", "约50", "GP-T106"),
        ("distance_substation", "-5", "GP-T109"),
        ("own_entrance", "好", "GP-T110"),
        ("fire_rating", "5", "GP-T122"),
        ("planning_code", "村庄", "GP-L055"),
        ("land_status", "荒地", "GP-T122"),
        ("classes", "2.5", "GP-L031"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_row(tmp_path, quantity, value, code):
    """A word for a number, a negative distance, neither yes nor no, no such rating: an error with its row."""
    rows = [*ROWS[:2], ["S-3", "丙", quantity, "", "", value, "", ""]]
    found = faults(book(tmp_path, rows, titles=TITLES))
    assert [(f.code, f.place) for f in found] == [(code, "row 7, column 实测值")]


@pytest.mark.parametrize(
    ("quantity", "value", "read_as"),
    [("storey", "-1", -1), ("storey", "3层", 3), ("own_entrance", "无", 0), ("own_entrance", "是", 1), ("own_entrance", "0", 0),
     ("distance_power_line_110", "35 m", 35), ("planning_code", "702", "0702"), ("land_status", "闲置", "idle"),
     ("built_state", "已完成", "done"), ("year", "2027", 2027), ("overlap_flood", "0.25", 0.25), ("outdoor_m2", "120㎡", 120)],
)  # fmt: skip
def test_values_are_what_the_column_of_the_site_would_hold(quantity, value, read_as):
    """Numbers, 1 and 0 for yes and no, and text of codes and states: what a layer would have given."""
    table, _ = read(frame(["S", quantity, value]))
    assert table["value"].tolist() == [read_as]
    assert isinstance(table["value"].iloc[0], type(read_as) if isinstance(read_as, str) else float)


@pytest.mark.parametrize(
    ("word", "near"), [("stories", "storey"), ("distance_filing_station", "distance_filling_station")]
)
def test_an_unknown_quantity_names_the_nearest(word, near):
    """What cannot be filled is an error with the nearest quantity, never passed over."""
    found = faults(frame(["S", "storey", "1"], ["S", word, "1"]))
    assert [(f.code, f.place, f.value) for f in found] == [("GP-L060", "row 2, column quantity", word)]
    assert near in found[0].advice.en
    assert near in found[0].advice.zh


@pytest.mark.parametrize(
    ("word", "quantity"),
    [
        ("所在楼层", "storey"),
        ("耐火等级", "fire_rating"),
        ("距加油站距离", "distance_filling_station"),
        ("Storey", "storey"),
    ],
)
def test_a_quantity_may_be_named_in_chinese(word, quantity):
    """The Chinese name of a quantity is as good as its code."""
    assert read(frame(["S", word, "1"]))[0]["quantity"].tolist() == [quantity]


def test_checked_twice_must_agree():
    """The same quantity of a site twice with two values is an error that names both; with one value it is one check."""
    found = faults(frame(["S", "storey", "1"], ["T", "storey", "2"], ["S", "storey", "2"]))
    assert [(f.code, f.place) for f in found] == [("GP-L061", "row 3, S storey")]
    assert "row 1" in found[0].problem.en
    table, _ = read(frame(["S", "storey", "1"], ["T", "storey", "2"], ["S", "所在楼层", "1.0"]))
    assert table["site_id"].tolist() == ["S", "T"]


def test_a_value_of_no_site_is_an_error():
    """A value without a site or without a quantity is named by row: somebody measured it for something."""
    found = faults(frame([None, "storey", "1"], ["S", None, "2"]))
    assert [(f.code, f.place) for f in found] == [
        ("GP-T121", "row 1, column site_id"),
        ("GP-T121", "row 2, column quantity"),
    ]


def test_a_form_without_its_columns_is_refused(tmp_path):
    """A table in which no row names the columns that are needed is an error with what there is."""
    found = faults(book(tmp_path, ROWS, header=["甲", *HEADER[1:5], "乙", *HEADER[6:]]))
    assert [(f.code, f.value) for f in found] == [("GP-T104", "site_id"), ("GP-T104", "value")]


def test_columns_and_constants_are_named_in_the_study(tmp_path):
    """Other headers are mapped, below titles too; who checked may be a constant for the whole form."""
    header = ["点位", "名称", "项", "说明", "单位", "结果", "甲", "乙"]
    mapped = {"site_id": "点位", "quantity": "项", "value": "结果"}
    table, _ = read(book(tmp_path, ROWS, header, TITLES), columns=mapped, constants={"checked_by": "李"})
    assert table["checked_by"].unique().tolist() == ["李"]
    assert len(table) == 5
    one, _ = read(frame(["S", "x", "1"]).drop(columns="quantity"), constants={"quantity": "storey"})
    assert one["quantity"].tolist() == ["storey"]


def test_everything_that_siting_may_ask_can_be_filled():
    """Each class of hazard, control and boundary, and what describes a site, is a quantity; each name leads to a quantity."""
    asked = (
        {f"distance_{h}" for h in HAZARD_CLASSES}
        | {f"overlap_{c}" for c in CONTROLS}
        | {f"outside_{b}" for b in BOUNDARIES}
    )
    asked |= {"spare_floor_m2", "outdoor_m2", "land_m2", "farmland_m2", "storey", "fire_rating", "own_entrance", "sunlight_h",
              "lease_years", "planning_code", "survey_code", "slope_percent", "frontage_m", "land_width_m", "population",
              "children_under_3", "enrolled", "milestones_behind", "classes"}  # fmt: skip
    assert asked <= set(QUANTITIES)
    assert set(QUANTITY_WORDS.values()) <= set(QUANTITIES)
    assert all(QUANTITY_WORDS[name] == name for name in QUANTITIES)
