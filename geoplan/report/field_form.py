"""The field-check form: what is to be measured on the ground, to be filled in by hand on A4 paper or in the file, and read back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.errors import InputError, Text
from geoplan.files import write_bytes
from geoplan.report import unmeasured
from geoplan.report.model import Column, Table
from geoplan.report.numbers import missing
from geoplan.report.widths import width
from geoplan.report.words import Words
from geoplan.report.xlsx import FIXED_DATE, too_large
from geoplan.result import Result
from geoplan.texts import clean

# the columns in order, each with its width in characters; together, at SCALE, as wide as A4 across
COLUMNS: Mapping[str, float] = {
    "site_id": 16, "name": 16, "county": 9, "lon": 11, "lat": 10, "what": 21, "quantity": 15, "unit": 7, "why": 27, "value": 12,
    "checked_by": 9, "date": 11,
}  # fmt: skip
FILLED = ("value", "checked_by", "date")  # empty, and all that may be changed
SCALE = 84  # percent
LINES = 6  # title and how to fill it in, above the header
ROW, LINE = 27.0, 12.5  # points: room to write by hand, and the height of a line of text
TALLEST = 400.0  # points that Excel gives a row
LONGEST = 31  # characters of a name of a sheet
# what a site's column holds, where that is not a number of 0 or more
TEXTS = frozenset({"survey_code", "planning_code", "land_status", "tenure", "housing_state", "planned_state", "built_state",
                   "accepted_state", "delivered_state"})  # fmt: skip
FLAGS, RATINGS, SIGNED = frozenset({"own_entrance"}), frozenset({"fire_rating"}), frozenset({"storey"})
SHARES = ("overlap_", "outside_")
NUMERIC = frozenset({"number", "share", "signed"})


def rule_of(quantity: str) -> str:
    """What may be written into the value of a quantity: text, flag, rating, signed, share, or number (0 or more).

    >>> rule_of("own_entrance"), rule_of("overlap_flood"), rule_of("distance_substation")
    ('flag', 'share', 'number')
    """
    if quantity.startswith(SHARES):
        return "share"
    named = {"text": TEXTS, "flag": FLAGS, "rating": RATINGS, "signed": SIGNED}
    return next((name for name, some in named.items() if quantity in some), "number")


def check_of(rule: str, words: Words) -> dict[str, Any] | None:
    """The check that a spreadsheet makes of a value under a rule; None where anything may be written."""
    if rule == "text":
        return None
    said = {"error_title": words("form.wrong"), "error_message": words(f"form.wrong_{rule}")}
    numbers = {"share": ("between", 0, 1), "signed": ("between", -9, 200), "number": (">=", 0, None)}
    if rule in numbers:
        criteria, least, most = numbers[rule]
        limits = {"value": least} if most is None else {"minimum": least, "maximum": most}
        return {"validate": "decimal", "criteria": criteria, **limits, **said}
    choices = ["1", "2", "3", "4"] if rule == "rating" else [words("form.yes"), words("form.no"), "1", "0"]
    return {"validate": "list", "source": choices, **said}


def write(result: Result, path: Path | str) -> None:
    """Write the form as .xlsx: one row a site and quantity, by county; raises `InputError` if it is larger than Excel holds.

    Only value, checked_by and date may be changed. Read back by the role `field_checks`, it changes what was filled in and nothing else.
    """
    import xlsxwriter

    words, made = Words.of(result), form(result)
    if findings := too_large(made):
        raise InputError(findings)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    out = BytesIO()
    with xlsxwriter.Workbook(out, options) as book:
        title = clean(f"{result.study} {made.caption}")
        book.set_properties({"title": title, "author": "geoplan", "created": FIXED_DATE})
        looks = formats(book)
        sheet = book.add_worksheet(made.caption[:LONGEST])
        head(sheet, result, made, looks)
        body(sheet, made, looks, words)
        page(sheet, made, words("synthetic.footer") if result.synthetic else "", words)
    write_bytes(path, out.getvalue())


def form(result: Result) -> Table:
    """The rows of the form: the counties in their order, and in each the sites with most places at stake first."""
    words = Words.of(result)
    columns = tuple(Column(words(f"form.column_{name}"), name=name) for name in COLUMNS)
    if result.field_checks.empty:
        return Table("field_check", words("form.title"), columns, ())
    frame = unmeasured.rows(result)
    frame["what"], frame["county"] = frame["what_to_measure"], frame["unit"]
    frame["unit"], frame["why"] = frame["unit_of_measure"], reasons(result, frame)
    frame = in_order(result, frame)
    frame[list(FILLED)] = None
    rows = tuple(frame[list(COLUMNS)].itertuples(index=False, name=None))
    return Table("field_check", words("form.title"), columns, rows)


def reasons(result: Result, frame: pd.DataFrame) -> list[str]:
    """Why each value matters, as the table says it; else by the standards that need it."""
    if "why" not in frame:
        return list(frame["why_it_matters"])
    return [result.text(t) if isinstance(t, Text) else str(t) for t in frame["why"]]


def in_order(result: Result, frame: pd.DataFrame) -> pd.DataFrame:
    """County by county; within, all rows of a site together, the site with most places first."""
    place = {unit: n for n, unit in enumerate(result.units.index)}
    county = frame["unit_id"].map(place).fillna(len(place))
    most = frame.groupby("site_id")["places_at_stake"].transform("max")
    frame = frame.assign(_county=county, _least=-most)
    return frame.sort_values(["_county", "_least", "site_id", "quantity"], kind="stable", ignore_index=True)


def formats(book: Any) -> dict[str, Any]:
    """How cells look: bordered; those to be filled in unlocked and light."""
    cell = {"border": 1, "valign": "vcenter", "text_wrap": True, "font_size": 9}
    free = {**cell, "locked": False, "bg_color": "#FFFBE6"}
    looks = {
        "title": {"bold": True, "font_size": 15},
        "line": {"font_size": 9.5},
        "header": {**cell, "bold": True, "bg_color": "#E7E6E6", "align": "center"},
        "cell": {**cell, "num_format": "@"},
        "degrees": {**cell, "num_format": "0.000000", "font_size": 8},
        "number": {**free, "num_format": "General"},
        "text": {**free, "num_format": "@"},
    }
    return {name: book.add_format(look) for name, look in looks.items()}


def head(sheet: Any, result: Result, made: Table, looks: Mapping[str, Any]) -> None:
    """The title, how to fill the form in, and the header."""
    words = Words.of(result)
    sheet.write_string(0, 0, clean(f"{result.study}　{made.caption}"), looks["title"])
    sheet.set_row(0, 24)
    count = words.number(len(made.rows), "count")
    for number, line in enumerate(("count", "values", "unknown", "back")):
        sheet.write_string(1 + number, 0, clean(words(f"form.{line}", count=count)), looks["line"])
    for place, (column, wide) in enumerate(zip(made.columns, COLUMNS.values(), strict=True)):
        sheet.set_column(place, place, wide)
        sheet.write_string(LINES - 1, place, column.heading, looks["header"])
    sheet.set_row(LINES - 1, ROW)
    if not made.rows:
        sheet.write_string(LINES, 0, words("form.none"), looks["line"])


def body(sheet: Any, made: Table, looks: Mapping[str, Any], words: Words) -> None:
    """The rows, with what may be written into each value."""
    names, ruled = list(COLUMNS), dict[str, list[int]]()
    quantity = names.index("quantity")
    for row, values in enumerate(made.rows, start=LINES):
        rule = rule_of(str(values[quantity]))
        ruled.setdefault(rule, []).append(row)
        for place, (name, value) in enumerate(zip(names, values, strict=True)):
            put(sheet, row, place, name, value, looks, rule)
        sheet.set_row(row, tall(values))
    place = names.index("value")
    for rule, rows in ruled.items():
        if check := check_of(rule, words):
            first, *others = runs(rows)
            cells = [[top, place, bottom, place] for top, bottom in others]
            sheet.data_validation(first[0], place, first[1], place, {**check, "other_cells": cells})


def put(sheet: Any, row: int, place: int, name: str, value: Any, looks: Mapping[str, Any], rule: str) -> None:
    """One cell: empty where it is to be filled in, degrees as numbers, all else as text that nothing computes."""
    if name in FILLED:
        kind = "number" if name == "value" and rule in NUMERIC else "text"
        sheet.write_blank(row, place, None, looks[kind])
    elif missing(value):
        sheet.write_blank(row, place, None, looks["cell"])
    elif name in {"lon", "lat"}:
        sheet.write_number(row, place, float(value), looks["degrees"])
    else:
        sheet.write_string(row, place, clean(str(value)), looks["cell"])


def tall(values: tuple[Any, ...]) -> float:
    """The height of a row in points, so that all its text is seen and there is room to write."""
    filled = [(str(value), wide) for value, wide in zip(values, COLUMNS.values(), strict=True) if not missing(value)]
    lines = [
        math.ceil(2.2 * width(text) / wide) for text, wide in filled
    ]  # a Chinese character is two wide, and lines end early
    return min(max(ROW, LINE * max(lines, default=1) + 2), TALLEST)


def runs(rows: list[int]) -> Iterator[tuple[int, int]]:
    """Rows that follow one another, as first and last.

    >>> list(runs([6, 7, 8, 11]))
    [(6, 8), (11, 11)]
    """
    first = last = rows[0]
    for row in rows[1:]:
        if row != last + 1:
            yield first, last
            first = row
        last = row
    yield first, last


def page(sheet: Any, made: Table, notice: str, words: Words) -> None:
    """A4 across, the header on each page, each county on pages of its own, page numbers; only what is to be filled in is unlocked."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.45, bottom=0.6)
    sheet.set_print_scale(SCALE)
    sheet.repeat_rows(LINES - 1)
    sheet.freeze_panes(LINES, 1)
    sheet.print_area(0, 0, LINES + max(len(made.rows), 1) - 1, len(COLUMNS) - 1)
    county = list(COLUMNS).index("county")
    pairs = zip(made.rows, made.rows[1:], strict=False)
    sheet.set_h_pagebreaks([LINES + n for n, (row, after) in enumerate(pairs, start=1) if row[county] != after[county]])
    sheet.set_footer(f"&C{words('form.page')}" + (f"&R{notice}" if notice else ""))
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})
    sheet.autofilter(LINES - 1, 0, LINES + max(len(made.rows), 1) - 1, len(COLUMNS) - 1)
