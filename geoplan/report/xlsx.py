"""The tables of a result as an Excel workbook: every row, every digit, and no cell that computes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

from geoplan.errors import Finding, InputError, Language, Text
from geoplan.files import write_bytes
from geoplan.report import (
    breakdowns,
    causes,
    edition,
    fronts,
    inequality,
    kinds_of_place,
    land_use,
    losses,
    obliged,
    phased,
    projections,
    records,
    refused,
    rule_tables,
    supplies,
    tables,
    targets,
    unmeasured,
    weighed,
)
from geoplan.report.model import Cell, Kind, Table
from geoplan.report.numbers import missing, shown
from geoplan.report.words import Words
from geoplan.result import Result
from geoplan.texts import clean

MOST_ROWS, MOST_CHARACTERS = 1_048_576, 32_767
FORMATS: dict[Kind, str] = {
    "count": "#,##0", "yuan": "#,##0", "metres": "#,##0.0", "amount": "#,##0.000", "share": "0.0%", "year": "0",
    "number": "General",
}  # fmt: skip
FIXED_DATE = datetime(2000, 1, 1)  # the same result gives the same file
SHEETS: tuple[Callable[[Result], Table], ...] = (
    breakdowns.key_numbers, projections.year_totals, projections.years, projections.year_units, projections.demand_levels,
    projections.cohorts, projections.age_methods, supplies.filing, supplies.by_reason, supplies.by_mode, supplies.places_from,
    supplies.carers, supplies.attributes, supplies.by_year, causes.causes, projections.gap_reasons, targets.indicators,
    targets.township_indicators, targets.goals, targets.pilots, tables.units, kinds_of_place.by_kind, kinds_of_place.by_unit,
    inequality.inequality, tables.residential, tables.gap_areas, tables.facilities, obliged.obligations, tables.options,
    refused.refusals, weighed.criteria, weighed.suitability, unmeasured.field_checks, tables.programme, losses.losses, fronts.front, phased.phases, phased.rules, phased.decisions, land_use.land, land_use.sites, land_use.fees,
    lambda result: records.verdicts(result, result.options), rule_tables.number_rules, rule_tables.rule_uses,
    rule_tables.standards, rule_tables.overrides, rule_tables.comparison, records.sources, records.findings, records.joins,
    records.severed, records.settings, records.changes,
)  # fmt: skip


def write(result: Result, path: Path | str) -> None:
    """Write the tables of a result as .xlsx, one sheet a table; raises `InputError` if one is larger than Excel holds."""
    import xlsxwriter

    made = sheets(result)
    findings = [finding for table in made for finding in too_large(table)]
    if findings:
        raise InputError(findings)
    words = Words.of(result)
    out, options = BytesIO(), {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": clean(result.study), "author": "geoplan", "created": FIXED_DATE})
        form = formats(book)
        for table in made:
            sheet(book, table, form, words, words("synthetic.footer") if result.synthetic else "")
    write_bytes(path, out.getvalue())


@lru_cache(2)
def sheets(result: Result) -> list[Table]:
    """The tables of the workbook: those that this service and this study can have; built once for writer and checker."""
    made = [build(result) for build in SHEETS]
    there = [table for table in made if table.columns and rule_tables.is_there(result, table.name)]
    return [edition.masked_table(result, table) for table in there]


def held(cell: Cell, language: Language) -> float | str:
    """What a reader of the workbook finds in a cell: a number, a text, or an empty text."""
    if missing(cell.value):
        return ""
    return float(cell.value) if cell.kind in FORMATS else clean(shown(cell.value, cell.kind, language))


def too_large(table: Table) -> list[Finding]:
    """What of a table Excel cannot hold; nothing is ever cut."""
    advice = Text("use layers.gpkg or the CSV export instead", "请改用 layers.gpkg 或 CSV 导出")
    found = []
    if len(table.rows) + 2 > MOST_ROWS:
        problem = Text("more rows than a sheet of Excel holds", "行数超过 Excel 工作表上限")
        found.append(Finding("GP-R001", "tables.xlsx", table.name, problem, advice, str(len(table.rows))))
    for number, row in enumerate(table.rows, start=2):
        if any(isinstance(value, str) and too_long(value) for value in row):
            problem = Text("more characters than a cell of Excel holds", "字符数超过 Excel 单元格上限")
            found.append(Finding("GP-R002", "tables.xlsx", f"{table.name}, row {number}", problem, advice))
    return found


def too_long(text: str) -> bool:
    """Whether a text is longer than a cell holds; Excel counts a character beyond the first 65,536 code points as two.

    >>> too_long("托" * 32_767), too_long(chr(0x20000) * 16_384)
    (False, True)
    """
    return 2 * len(text) > MOST_CHARACTERS and len(text.encode("utf-16-le", "surrogatepass")) > 2 * MOST_CHARACTERS


def formats(book: Any) -> dict[str, Any]:
    """The cell formats by kind, and those of the header and of text."""
    made: dict[str, Any] = {kind: book.add_format({"num_format": code}) for kind, code in FORMATS.items()}
    look = {
        "bold": True,
        "text_wrap": True,
        "bg_color": "#E7E6E6",
        "bottom": 1,
        "align": "center",
        "valign": "vcenter",
    }
    return {**made, "header": book.add_format(look), "text": book.add_format({"num_format": "@"})}


def sheet(book: Any, table: Table, form: dict[str, Any], words: Words, notice: str) -> None:
    """One table as one sheet: frozen header with units, a filter, widths that fit, the notice at the foot of the print."""
    from geoplan.report._xlsx import Sheet, write_rows

    made = book.add_worksheet(table.caption[:31], worksheet_class=Sheet)
    for place, column in enumerate(table.columns):
        made.write_string(0, place, clean(column.heading), form["header"])
        made.set_column(place, place, fit(table, place, words))
    writers = {kind: writer(kind, form, words) for kind in get_args(Kind)}
    own = [writers[column.kind] for column in table.columns]
    rows = (
        [writers[v.kind](v.value) if isinstance(v, Cell) else write(v) for v, write in zip(row, own, strict=True)]
        for row in table.rows
    )
    write_rows(made, rows, len(table.columns))
    made.freeze_panes(1, min(1, len(table.columns) - 1))
    made.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
    made.set_landscape()
    made.set_paper(9)
    made.fit_to_pages(1, 0)
    made.repeat_rows(0)
    made.set_footer(f"&C— &P —{'  ' + notice if notice else ''}")


def writer(kind: Kind, form: dict[str, Any], words: Words) -> Callable[[Any], tuple[float | str | None, Any]]:
    """How a value of a kind is written, with its format: a number as a number, all else as text, what is missing not at all."""
    look, said = form[kind if kind in FORMATS else "text"], dict[Any, str]()

    def number(value: Any) -> tuple[float | None, Any]:
        return (None if missing(value) else float(value)), look

    def text(value: Any) -> tuple[str | None, Any]:
        if missing(value):
            return None, look
        key = value if isinstance(value, str | bool) else str(value)  # the same text over and over
        if key not in said:
            said[key] = clean(shown(value, kind, words.language))
        return said[key], look

    return number if kind in FORMATS else text


def fit(table: Table, place: int, words: Words) -> float:
    """A width for a column, from its header and its first rows; a Chinese character takes two."""
    texts = [table.columns[place].heading[:16]]
    for row in table.rows[:200]:
        value = row[place]
        kind = value.kind if isinstance(value, Cell) else table.columns[place].kind
        texts.append(shown(value.value if isinstance(value, Cell) else value, kind, words.language))
    longest = max(sum(2 if ord(c) > 0x2E7F else 1 for c in text) for text in texts)
    return min(max(longest + 3, 9), 48)
