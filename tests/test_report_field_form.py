"""The field-check form: made for paper, safe from what names hold, and read back as it was filled."""

from __future__ import annotations

import itertools
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geoplan.errors import Findings
from geoplan.report import field_form
from geoplan.report.field_form import COLUMNS, FILLED, LINES, rule_of, runs
from geoplan.result import Result
from geoplan.siting import field_checks as siting
from geoplan.sources.field_checks import read_field_checks
from geoplan.sources.layers import LayerSpec
from tests.sample import HOSTILE, sample_result

HEADER = LINES  # as a spreadsheet counts


@pytest.fixture(scope="module", params=["zh", "en"])
def result(request: pytest.FixtureRequest) -> Result:
    """The sample in one language."""
    return sample_result(request.param)


@pytest.fixture
def form(result: Result, tmp_path: Path) -> Path:
    """The form of the sample."""
    path = tmp_path / "field_check.xlsx"
    field_form.write(result, path)
    return path


def read_back(result: Result, path: Path) -> pd.DataFrame:
    """The form as the role field_checks reads it."""
    return read_field_checks(LayerSpec(str(path), "field_checks", None), result.area, Findings())


def test_the_form_has_a_row_for_each_value_by_county(result: Result, form: Path) -> None:
    """Each site and quantity once; a county's rows stand together, and so do those of a site."""
    sheet = openpyxl.load_workbook(form).active
    rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=HEADER + 1)]
    at = {name: place for place, name in enumerate(COLUMNS)}
    pairs = [(row[at["site_id"]], row[at["quantity"]]) for row in rows]
    assert sorted(pairs) == sorted(zip(result.field_checks["site_id"], result.field_checks["quantity"], strict=True))
    for name in ("county", "site_id"):
        order = [row[at[name]] for row in rows]
        assert len([a for a, b in itertools.pairwise(order) if a != b]) == len(set(order)) - 1
    assert all(row[at[name]] is None for row in rows for name in FILLED)


def test_only_what_is_to_be_filled_in_may_be_changed(form: Path) -> None:
    """The sheet is protected; value, who checked and when are unlocked, all else is locked."""
    sheet = openpyxl.load_workbook(form).active
    assert sheet.protection.sheet
    for row in sheet.iter_rows(min_row=HEADER + 1):
        assert [name for cell, name in zip(row, COLUMNS, strict=True) if not cell.protection.locked] == list(FILLED)


def test_the_form_prints_on_a4_across_with_its_header_on_each_page(form: Path) -> None:
    """Paper, orientation, repeated header, page numbers; a county begins on a page of its own; the columns are as wide as the paper."""
    sheet = openpyxl.load_workbook(form).active
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert sheet.print_title_rows == f"${HEADER}:${HEADER}"
    with zipfile.ZipFile(form) as book:
        assert "&amp;P" in book.read("xl/worksheets/sheet1.xml").decode()
    counties = [
        sheet.cell(row, list(COLUMNS).index("county") + 1).value for row in range(HEADER + 1, sheet.max_row + 1)
    ]
    turns = [HEADER + n for n, pair in enumerate(itertools.pairwise(counties), start=1) if len(set(pair)) == 2]
    assert [b.id for b in sheet.row_breaks.brk] == turns
    inches = sum(7 * wide + 5 for wide in COLUMNS.values()) / 96 * field_form.SCALE / 100
    assert 10.0 < inches < 11.69 - 0.8


def test_hostile_names_are_text(form: Path) -> None:
    """No formula and no link in the file; a name that looks like a formula is there as text."""
    with zipfile.ZipFile(form) as book:
        (sheet,) = [book.read(n).decode() for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
    assert not re.search("<f[ >/]|<hyperlink", sheet)
    made = sample_result("en")
    named = replace(made, field_checks=made.field_checks.assign(name=HOSTILE[3], site_id=HOSTILE[3]))
    field_form.write(named, form)
    cells = [c for row in openpyxl.load_workbook(form).active.iter_rows() for c in row if c.value == HOSTILE[3]]
    assert len(cells) == 2 * len(made.field_checks)
    assert {c.data_type for c in cells} == {"s"}


def test_a_filled_form_is_read_back_as_it_was_filled(result: Result, form: Path) -> None:
    """What was filled in comes back by site and quantity, with who and when; rows left blank do not."""
    book = openpyxl.load_workbook(form)
    sheet, at = book.active, {name: place + 1 for place, name in enumerate(COLUMNS)}
    given = {"storey": 2, "own_entrance": "是" if result.language == "zh" else "yes", "distance_filling_station": 61.5}
    filled = {}
    for row in range(HEADER + 1, HEADER + 5):
        quantity = sheet.cell(row, at["quantity"]).value
        filled[sheet.cell(row, at["site_id"]).value, quantity] = {"own_entrance": 1.0}.get(quantity, given[quantity])
        for name, value in (("value", given[quantity]), ("checked_by", "张三"), ("date", "2026-11-26")):
            sheet.cell(row, at[name]).value = value
    book.save(form)
    found = read_back(result, form)
    assert dict(zip(zip(found["site_id"], found["quantity"], strict=True), found["value"], strict=True)) == filled
    assert set(found["checked_by"]) == {"张三"}
    assert set(found["date"]) == {"2026-11-26"}


def test_a_value_that_cannot_be_is_refused_by_the_sheet(form: Path) -> None:
    """Each numeric value has a check of numbers, each flag a list; the rules together cover every row once."""
    sheet = openpyxl.load_workbook(form).active
    at = {name: place + 1 for place, name in enumerate(COLUMNS)}
    checks = dict[tuple[int, int, int], str]()
    for check in sheet.data_validations.dataValidation:
        for area in check.sqref.ranges:
            for row in range(area.min_row, area.max_row + 1):
                assert (row, area.min_col, area.max_col) not in checks
                checks[row, area.min_col, area.max_col] = check.type
    for row in range(HEADER + 1, sheet.max_row + 1):
        kind = checks[row, at["value"], at["value"]]
        flag = sheet.cell(row, at["quantity"]).value == "own_entrance"
        assert kind == ("list" if flag else "decimal")


def test_the_same_result_gives_the_same_bytes(result: Result, form: Path, tmp_path: Path) -> None:
    """No clock, no random id."""
    field_form.write(result, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == form.read_bytes()


def test_a_form_with_nothing_to_measure_says_so(result: Result, tmp_path: Path) -> None:
    """The header stands there, and one sentence."""
    field_form.write(replace(result, field_checks=result.field_checks.iloc[:0]), tmp_path / "none.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "none.xlsx").active
    assert len([c for c in sheet[HEADER] if c.value]) == len(COLUMNS)
    assert "没有" in sheet.cell(HEADER + 1, 1).value or "No value" in sheet.cell(HEADER + 1, 1).value
    field_form.write(replace(result, field_checks=pd.DataFrame()), tmp_path / "bare.xlsx")
    assert (tmp_path / "bare.xlsx").read_bytes() == (tmp_path / "none.xlsx").read_bytes()


def test_what_may_be_written_is_what_the_sites_take() -> None:
    """The form knows which columns hold text, yes or no, a rating, a share or a signed number, as siting does."""
    assert set(siting.TEXTS) == field_form.TEXTS
    bounded = {name: limits for name, limits in siting.LIMITS.items() if limits != (0, float("inf"))}
    assert {rule_of(name) for name in bounded} == {"flag", "rating", "signed"}
    assert [name for name, (_, most) in bounded.items() if most == 1] == list(field_form.FLAGS)
    assert all(rule_of(f"{prefix}x") == "share" for prefix in siting.SHARES)
    assert all(rule_of(name) in field_form.NUMERIC for name in siting.ASKED if name not in {*siting.TEXTS, *bounded})


def test_rows_that_follow_one_another_are_one_range() -> None:
    """Every row stands in exactly one range, in order."""
    rows = [6, 7, 9, 12, 13, 14]
    assert [row for first, last in runs(rows) for row in range(first, last + 1)] == rows
