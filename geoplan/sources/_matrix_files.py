"""Opening a travel cost matrix: every text stays text, so that "001" stays "001"; the index counts rows as the file's own program does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.errors import Findings
from geoplan.sources import budgets
from geoplan.sources._columns import check_unpacked
from geoplan.sources._encoding import decode
from geoplan.sources._files import local, reading
from geoplan.sources._given import Given, as_text
from geoplan.sources._messages import finding, refuse
from geoplan.sources._sheet import sheet_rows
from geoplan.sources.tables import SEPARATORS

Source = str | Path | pd.DataFrame

ENDINGS = (".csv", ".tsv", ".txt", ".parquet", ".xlsx")


def load(source: Source, file: str, findings: Findings) -> Given:
    if isinstance(source, pd.DataFrame):
        return _frame(source)
    where = local(source, ENDINGS)
    if where.suffix.lower() == ".xlsx":
        given = _xlsx(where, file, findings)
    else:
        given = _parquet(where, file) if where.suffix.lower() == ".parquet" else _csv(where, file, findings)
    if given.frame.empty:
        refuse("GP-T105", file)
    return given


def _frame(source: pd.DataFrame) -> Given:
    """A frame as given; ids in its index become its first columns."""
    if source.empty:
        refuse("GP-T105", "(frame)")
    plain = isinstance(source.index, pd.RangeIndex) or source.index.name in source.columns
    frame = source.reset_index(drop=True) if plain else source.reset_index()
    frame.columns = pd.Index([as_text(name) or "" for name in frame.columns], dtype=object)
    return Given("(frame)", frame.set_axis(pd.RangeIndex(1, len(frame) + 1)))


def _parquet(where: Path, file: str) -> Given:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with reading(file, "Parquet"):
        schema = pq.read_schema(where)
        flat = [f.name for f in schema if not (pa.types.is_nested(f.type) or pa.types.is_binary(f.type))]
        if (cells := pq.read_metadata(where).num_rows * len(flat)) > budgets.MATRIX_CELLS:
            refuse("GP-F008", file, given=f"{cells} cells", limit=budgets.MATRIX_CELLS)
        check_unpacked(where, file, flat)
        texts = [
            f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)
        ]  # few ids in many rows: read each once
        table = pq.read_table(where, columns=flat, read_dictionary=texts)
    return _from_arrow(file, table, pd.RangeIndex(1, table.num_rows + 1))


def _from_arrow(file: str, table: Any, index: pd.Index) -> Given:
    import pyarrow as pa

    kinds = {kind: pd.ArrowDtype(kind) for kind in (pa.string(), pa.large_string())}
    columns = {name: table.column(k).to_pandas(types_mapper=kinds.get) for k, name in enumerate(table.column_names)}
    if len(columns) < table.num_columns:
        names = pd.Index(table.column_names)
        refuse("GP-T102", file, "row 1", names[names.duplicated()][0])
    return Given(file, pd.DataFrame(columns).set_axis(index))


def _csv(where: Path, file: str, findings: Findings) -> Given:
    """A CSV as columns of text; raises `InputError` with each row that has too many or too few fields."""
    import io

    from pyarrow import csv, string

    if (size := where.stat().st_size) > budgets.TEXT_BYTES:
        refuse("GP-F008", file, given=f"{size} bytes", limit=budgets.TEXT_BYTES)
    with reading(file, "CSV"):
        text = decode(where.read_bytes(), file, None, findings).replace("\r\n", "\n")
    if (cells := max(map(text.count, SEPARATORS))) > budgets.MATRIX_CELLS:
        refuse("GP-F008", file, given=f"{cells} cells", limit=budgets.MATRIX_CELLS)
    ragged: list[Any] = []

    def skip(row: Any) -> str:
        ragged.append(row)
        return "skip"

    header, separator = _header(text, file, findings)
    parsing = csv.ParseOptions(delimiter=separator, invalid_row_handler=skip)
    kinds = csv.ConvertOptions(column_types=dict.fromkeys(header, string()))
    named = csv.ReadOptions(use_threads=False, column_names=header, skip_rows=1)  # threads would lose the row numbers
    with reading(file, "CSV"):
        table = csv.read_csv(io.BytesIO(text.lstrip("\n").encode()), named, parsing, kinds)
    numbers = _line_numbers(text, table.num_rows + len(ragged) + 1)
    problems = Findings()
    for row in ragged:
        fields = {"given": row.actual_columns, "wanted": row.expected_columns}
        problems.add(finding("GP-T101", file, f"row {numbers[row.number - 1]}", row.text, **fields))
    problems.raise_errors()
    return _from_arrow(file, table, pd.Index(numbers[1:]))


def _header(text: str, file: str, findings: Findings) -> tuple[list[str], str]:
    """The names of the columns, and the mark that stands most often between them."""
    import csv

    line = text.lstrip("\n").split("\n", 1)[0]
    separator = max(SEPARATORS, key=line.count)
    if separator != "," and separator in line:
        findings.add(finding("GP-T123", file, "row 1", severity="note", name=SEPARATORS[separator]))
    names = [as_text(name) or "" for name in next(csv.reader([line], delimiter=separator), [])]
    if twice := sorted({name for name in names if names.count(name) > 1 and name}):
        refuse("GP-T102", file, "row 1", twice[0])
    return names, separator


def _line_numbers(text: str, rows: int) -> list[int] | range:
    """The line of each row, the header first: the reader leaves blank lines out, a spreadsheet counts them."""
    if not text.startswith("\n") and "\n\n" not in text.rstrip("\n"):
        return range(1, rows + 1)
    numbers = [n for n, line in enumerate(text.split("\n"), 1) if line]
    return numbers if len(numbers) == rows else range(1, rows + 1)


def _xlsx(where: Path, file: str, findings: Findings) -> Given:
    rows = sheet_rows(where, file, None, findings)
    filled = [(number, cells) for number, cells in rows[1:] if any(map(as_text, cells))]
    header = [as_text(name) or "" for name in rows[0][1]]
    frame = pd.DataFrame([cells for _, cells in filled], [n for n, _ in filled], dtype=object)
    return Given(file, frame.set_axis(pd.Index(header, dtype=object), axis=1) if filled else frame)
