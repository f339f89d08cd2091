"""XLSX sheets through openpyxl: values as stored, as text; and what spreadsheets do to values."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geoplan.errors import Findings
from geoplan.sources import budgets
from geoplan.sources._files import reading
from geoplan.sources._given import as_text
from geoplan.sources._messages import finding, nearest, refuse

DIGITS = 1e15  # a spreadsheet keeps 15 digits

Row = tuple[int, list[str | None]]


def sheet_rows(where: Path, file: str, sheet: str | None, findings: Findings) -> list[Row]:
    """The rows of one sheet, cells as text, equally long; `sheet` need not be named if only one holds data.

    Raises `InputError`: formulas without a stored value, spreadsheet errors, numbers of more than 15 digits.
    """
    _check_budget(where, file)
    with reading(file, "XLSX"):
        book = _open(where, values=True)
        name = _choose(book, file, sheet, findings)
        problems = Findings()
        rows = list(_texts(book[name], file, name, problems))
        book.close()
        if any(cell is None for _, cells in rows for cell in cells):
            _find_formulas(where, file, name, rows, problems)
    problems.raise_errors()
    width = max((i + 1 for _, cells in rows for i, c in enumerate(cells) if c is not None), default=0)
    return [(number, (cells + [None] * width)[:width]) for number, cells in rows]


def _check_budget(where: Path, file: str) -> None:
    with reading(file, "XLSX"), zipfile.ZipFile(where) as archive:
        parts = archive.infolist()
        size = sum(p.file_size for p in parts)
    if len(parts) > budgets.ZIP_PARTS or size > budgets.UNPACKED_BYTES:
        given = f"{size} bytes in {len(parts)} parts"
        refuse("GP-F008", file, given=given, limit=f"{budgets.UNPACKED_BYTES} in {budgets.ZIP_PARTS}")
    ratio = size / where.stat().st_size
    if size > budgets.ZIP_PLAIN_BYTES and ratio > budgets.ZIP_RATIO:
        refuse("GP-F008", file, given=f"{ratio:.0f} times its size unpacked", limit=budgets.ZIP_RATIO)


def _open(where: Path, values: bool) -> Any:
    import warnings

    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that hold no data
        return load_workbook(where, read_only=True, data_only=values, keep_links=False)


def _choose(book: Any, file: str, sheet: str | None, findings: Findings) -> str:
    names = [s.title for s in book.worksheets]
    if sheet is not None:
        if sheet not in names:
            refuse("GP-F016", file, value=sheet, thing="sheet", thing_zh="工作表", **nearest(sheet, names))
        return sheet
    filled = [s.title for s in book.worksheets if _holds_data(s, file)]
    if len(filled) > 1:
        refuse("GP-F015", file, value=", ".join(filled), things="sheets", things_zh="工作表")
    if not filled:
        refuse("GP-T105", file)
    if len(names) > 1:
        findings.add(finding("GP-T125", file, f"sheet {filled[0]}", severity="note", name=filled[0]))
    return str(filled[0])


def _cells(sheet: Any, file: str) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    count = 0
    for row in sheet.iter_rows():
        count += len(row) + 1
        if count > budgets.TABLE_CELLS:
            refuse("GP-F008", file, f"sheet {sheet.title}", given="more cells", limit=budgets.TABLE_CELLS)
        yield row


def _holds_data(sheet: Any, file: str) -> bool:
    return any(cell.value is not None for row in _cells(sheet, file) for cell in row)


def _texts(sheet: Any, file: str, name: str, problems: Findings) -> Iterator[Row]:
    for number, row in enumerate(_cells(sheet, file), 1):
        texts = []
        for cell in row:
            code = _trouble(cell)
            if code:
                problems.add(finding(code, file, f"sheet {name}, cell {cell.coordinate}", cell.value))
            texts.append(as_text(cell.value))
        yield number, texts


def _trouble(cell: Any) -> str:
    if getattr(cell, "data_type", "n") == "e":
        return "GP-T116"
    number = isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
    return "GP-T117" if number and abs(cell.value) >= DIGITS else ""


def _find_formulas(where: Path, file: str, name: str, rows: list[Row], problems: Findings) -> None:
    """Formulas in cells that came out blank: never calculated, so blank would be a wrong answer."""
    book = _open(where, values=False)
    for row, (_, texts) in zip(_cells(book[name], file), rows, strict=False):
        for cell, text in zip(row, texts, strict=False):
            if text is None and getattr(cell, "data_type", "") == "f":
                problems.add(finding("GP-T115", file, f"sheet {name}, cell {cell.coordinate}", cell.value))
    book.close()
