"""A table as CSV that Excel opens rightly: UTF-8 with a byte order mark, and no cell that computes."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd

STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(table: pd.DataFrame, path: Path | str) -> None:
    """Write a table with its index; geometry becomes WKT; a text that a spreadsheet would compute gets a ' before it."""
    frame = table.reset_index()
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([guarded(str(name)) for name in frame.columns])
    for row in frame.itertuples(index=False, name=None):
        writer.writerow([field(value) for value in row])
    Path(path).write_bytes(out.getvalue().encode("utf-8-sig"))


def field(value: Any) -> Any:
    """A number as it is, a missing value as nothing, all else as guarded text."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):  # noqa: PLR0124
        return ""
    if hasattr(value, "wkt"):
        return value.wkt
    return value if isinstance(value, (int, float)) else guarded(str(value))


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> guarded('=HYPERLINK("http://x")'), guarded("-5 号楼"), guarded("幸福里")
    ('\\'=HYPERLINK("http://x")', "'-5 号楼", '幸福里')
    """
    return "'" + text if text.startswith(STARTS_FORMULA) else text
