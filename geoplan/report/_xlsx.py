"""What xlsxwriter has no words for: many rows at once, seven times as fast as cell by cell (a hundred thousand verdicts)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

# a cell as it is written: its number, or its text; None leaves it empty
Shown = float | str | None


class Sheet(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types
    """A worksheet whose first row is written cell by cell and whose others are given ready: texts are those shared by the workbook."""

    dim_rowmax: int | None

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def _write_rows(self) -> None:
        last, self.dim_rowmax = self.dim_rowmax, 0
        super()._write_rows()
        self.dim_rowmax = last
        self.fh.writelines(self.lines)


def write_rows(sheet: Sheet, rows: Iterable[Sequence[tuple[Shown, Any]]], width: int) -> None:
    """Write rows below the header: for each cell what is shown and its format; a number that is not finite is written as text."""
    starts = [f'<c r="{xl_col_to_name(place)}' for place in range(width)]
    shared: Callable[[str], int] = sheet.str_table._get_shared_string_index
    number = 1
    for number, row in enumerate(rows, start=2):
        cells = []
        for start, (shown, form) in zip(starts, row, strict=True):
            if shown is None:
                continue
            head = f'{start}{number}" s="{form._get_xf_index()}"'
            if isinstance(shown, str) or not isfinite(shown):
                cells.append(f'{head} t="s"><v>{shared(str(shown))}</v></c>')
            else:
                cells.append(f"{head}><v>{shown:.16G}</v></c>")
        sheet.lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    sheet._check_dimensions(number - 1, width - 1)
