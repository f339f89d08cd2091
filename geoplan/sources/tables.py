"""CSV, XLSX and Parquet tables: each row numbered as a spreadsheet shows it (header = row 1)."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from geoplan.errors import Findings
from geoplan.sources import budgets
from geoplan.sources._columns import check_unpacked
from geoplan.sources._encoding import decode
from geoplan.sources._files import TABLES, local, reading
from geoplan.sources._given import Given, as_text
from geoplan.sources._messages import finding, refuse
from geoplan.sources._sheet import sheet_rows

Row = tuple[int, list[str | None]]

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}


def read_table(
    path: str | Path,
    findings: Findings,
    sheet: str | None = None,
    encoding: str | None = None,
    *,
    is_header: Callable[[list[str | None]], bool] | None = None,
) -> Given:
    """The table in a CSV (.csv, .tsv, .txt), XLSX or Parquet file; its index is the row number.

    Cells are text, but for Parquet, which has types of its own; a column of shapes is left out.

    CSV is strictly UTF-8 (with or without byte-order mark), else strictly GB18030 (a note says so), unless
    `encoding` names one. XLSX is read as stored, formulas by their stored value; `sheet` names the sheet if
    several hold data. The header is row 1, or the first row of which `is_header` holds: a printed form has titles above it.
    Raises `InputError` with all that is wrong with the file as a table.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "a.csv").write_text("id,places\\n001,60\\n", encoding="utf-8")
    ...     read_table(Path(folder) / "a.csv", Findings()).frame
        id places
    2  001     60
    """
    where, file = local(path, (*TABLES, ".parquet")), str(path)
    if where.suffix.lower() == ".parquet":
        return _parquet(where, file)
    if where.suffix.lower() == ".xlsx":
        rows = sheet_rows(where, file, sheet, findings)
    else:
        rows = _csv_rows(where, file, encoding, findings)
    return _table(file, _from_header(rows, is_header), findings)


def _from_header(rows: list[Row], is_header: Callable[[list[str | None]], bool] | None) -> list[Row]:
    """The rows from the header on; all of them where none is recognised."""
    named = (i for i, (_, cells) in enumerate(rows) if is_header and is_header([as_text(c) for c in cells]))
    return rows[next(named, 0) :]


def _parquet(where: Path, file: str) -> Given:
    import pyarrow.parquet as pq

    with reading(file, "Parquet"):
        head = pq.read_metadata(where)
        if head.num_rows > budgets.TABLE_ROWS:
            refuse("GP-F008", file, given=f"{head.num_rows} rows", limit=budgets.TABLE_ROWS)
        check_unpacked(where, file)
        spatial = json.loads((head.metadata or {}).get(b"geo", b'{"columns": {}}'))
        frame = pq.read_table(where).to_pandas(ignore_metadata=True)
        frame = frame.drop(columns=[c for c in spatial["columns"] if c in frame])
        for column in frame:
            frame[column] = frame[column].to_numpy(object)  # broken text would otherwise show only where it is used
    if frame.empty:
        refuse("GP-T105", file)
    return Given(file, frame.set_axis(pd.RangeIndex(2, len(frame) + 2), axis=0))


def _csv_rows(where: Path, file: str, encoding: str | None, findings: Findings) -> list[Row]:
    size = where.stat().st_size
    if size > budgets.TEXT_BYTES:
        refuse("GP-F008", file, given=f"{size} bytes", limit=budgets.TEXT_BYTES)
    with reading(file, "CSV"):
        data = where.read_bytes()
    text = decode(data, file, encoding, findings)
    if "\0" in text:
        refuse("GP-F014", file, f"row {text[: text.index(chr(0))].count(chr(10)) + 1}")
    separator = _separator(text, file, findings)
    for given, limit, what in (
        (text.count("\n"), budgets.TABLE_ROWS, "rows"),
        (text.count(separator), budgets.TABLE_CELLS, "cells"),
    ):
        if given > limit:  # before each becomes an object
            refuse("GP-F008", file, given=f"{given} {what}", limit=limit)
    rows: list[Row] = []
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows.extend((number, list(cells)) for number, cells in enumerate(records, 1))
    except csv.Error:
        refuse("GP-T124", file, f"line {records.line_num}")
    return rows


def _separator(text: str, file: str, findings: Findings) -> str:
    """The mark that stands most often in the first line; a comma if none does."""
    header = text.lstrip("\r\n").split("\n", 1)[0]
    best = max(SEPARATORS, key=header.count)
    if best != "," and header.count(best):
        findings.add(finding("GP-T123", file, "row 1", severity="note", name=SEPARATORS[best]))
        return best
    return ","


def _table(file: str, rows: list[Row], findings: Findings) -> Given:
    """Check that rows make a table: a header of different names, equally long rows, at least one of them."""
    if len(rows) > budgets.TABLE_ROWS:
        refuse("GP-F008", file, given=f"{len(rows)} rows", limit=budgets.TABLE_ROWS)
    header = [as_text(name) for name in rows[0][1]] if rows else []
    if not any(header):
        refuse("GP-T105", file) if len(rows) < 2 else refuse("GP-T103", file, "row 1")
    problems = Findings()
    filled = [(number, cells) for number, cells in rows[1:] if any(map(as_text, cells))]
    for number, cells in filled:
        if len(cells) != len(header):
            value, counts = ", ".join(c or "" for c in cells), (len(cells), len(header))
            place = f"row {number}"
            problems.add(finding("GP-T101", file, place, value, given=counts[0], wanted=counts[1]))
    for name, count in Counter(n for n in header if n).items():
        if count > 1:
            problems.add(finding("GP-T102", file, f"row {rows[0][0]}", name))
    if not filled:
        problems.add(finding("GP-T105", file))
    problems.raise_errors()
    used = [i for i, name in enumerate(header) if name or any(as_text(cells[i]) for _, cells in filled)]
    problems.add(*(finding("GP-T103", file, f"column {i + 1}") for i in used if not header[i]))
    problems.raise_errors()
    _note_blanks(file, rows, filled, findings)
    columns = {header[i]: [cells[i] for _, cells in filled] for i in used}
    index = pd.Index([number for number, _ in filled])
    return Given(file, pd.DataFrame(columns, index=index, dtype=object))


def _note_blanks(file: str, rows: list[Row], filled: list[Row], findings: Findings) -> None:
    """Blank rows between rows are said; blank rows at the end are how programs end their files."""
    blank = filled[-1][0] - rows[0][0] - len(filled)
    if blank:
        findings.add(finding("GP-T118", file, f"{blank} rows", severity="note", count=blank))
