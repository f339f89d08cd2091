"""One parser a kind of column: every cell is text first, and each cell that does not fit is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import Findings
from geoplan.sources._given import Given
from geoplan.sources._messages import finding, near_word

HALF_WIDTH = str.maketrans("０１２３４５６７８９．，－＋", "0123456789.,-+")
PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
LARGEST = 1e15
# what may follow a number of a column with this unit, because it says the same
UNIT_WORDS = {
    "persons": ("人", "名", "个"),
    "places": ("个托位", "个", "座", "人", "名"),
    "classes": ("个班", "个", "班"),
    "households": ("户",),
    "dwellings": ("套", "户"),
    "m²": ("平方米", "㎡", "m²", "m2"),
    "m": ("米", "m"),
    "h": ("小时", "h"),
    "years": ("年",),
    "storey": ("层", "楼"),
    "%": ("%", "％"),
}
FLAGS = dict.fromkeys(("是", "有", "yes", "true", "1"), True) | dict.fromkeys(("否", "无", "no", "false", "0"), False)
CODES = re.compile(r"(id|code|编码|编号|代码)$", re.IGNORECASE)
YEARS = (1900, 2100)
LONGEST_ID, LONGEST_TEXT = 200, 1000  # characters


def numbers(
    given: Given, column: str, findings: Findings, minimum: float | None = 0, words: tuple[str, ...] = ()
) -> pd.Series:
    """A column of finite numbers, missing where blank; digits may be full-width.

    Thousands separators are read only if every number of 1,000 and more in the column has them; of units only the
    `words` that follow a whole number as its own unit are cut off, as a repair; less than `minimum` is an error.
    """
    cells = [t and t.translate(HALF_WIDTH) for t in given.texts(column)]
    cells = _without_unit(cells, given, column, words, findings)
    grouped = [bool(t and GROUPED.fullmatch(t)) for t in cells]
    long = [bool(t and PLAIN.fullmatch(t) and re.match(r"[+-]?[0-9]{4}", t)) for t in cells]
    agrees = not any(long)
    values = np.full(len(cells), np.nan)
    for i, cell in enumerate(cells):
        if cell is None:
            continue
        code = "GP-T107" if grouped[i] and not agrees else ""
        if PLAIN.fullmatch(cell) or (grouped[i] and agrees):
            values[i] = float(cell.replace(",", ""))
            code = _range_code(values[i], minimum)
        elif not code:
            code = "GP-T106"
        if code:
            findings.add(finding(code, given.file, given.place(i, column), given.frame[column].iloc[i]))
    if any(grouped) and agrees:
        example = cells[grouped.index(True)]
        place, count = f"column {column}", sum(grouped)
        findings.add(finding("GP-T119", given.file, place, example, severity="note", count=count))
    return pd.Series(values, index=given.frame.index)


def _without_unit(
    cells: list[str | None], given: Given, column: str, words: tuple[str, ...], findings: Findings
) -> list[str | None]:
    """The cells without the unit that is the column's own ("60个"), which is counted in a repair."""
    if not words:
        return cells
    form = re.compile(f"([0-9][0-9,]*(?:[.][0-9]+)?) ?(?:{'|'.join(map(re.escape, words))})")
    found = [form.fullmatch(cell or "") for cell in cells]
    rows = [row for row, match in enumerate(found) if match]
    if rows:
        place, value, n = given.place(rows[0], column), given.frame[column].iloc[rows[0]], len(rows)
        findings.add(finding("GP-L020", given.file, place, value, severity="repair", count=n, rows=n))
    return [match[1] if match else cell for cell, match in zip(cells, found, strict=True)]


def whole(values: pd.Series, given: Given, column: str, findings: Findings) -> None:
    """Add an error for each number of a column that is not whole, such as two and a half classes."""
    for row in np.flatnonzero(values.notna() & (values % 1 != 0)):
        findings.add(finding("GP-L031", given.file, given.place(int(row), column), values.iloc[row]))


def _range_code(value: float, minimum: float | None) -> str:
    if not abs(value) < LARGEST:
        return "GP-T108"
    return "GP-T109" if minimum is not None and value < minimum else ""


def flags(given: Given, column: str, findings: Findings) -> pd.Series:
    """A column of 是/否, yes/no, true/false or 1/0 as nullable booleans; missing where blank."""

    def read(cell: str) -> bool | None:
        return FLAGS.get(cell.translate(HALF_WIDTH).casefold())

    values = _each(given, column, findings, read, "GP-T110")
    return pd.Series(values, index=given.frame.index, dtype="boolean")


def years(given: Given, column: str, findings: Findings) -> pd.Series:
    """A column of years from 1900 to 2100 as nullable whole numbers; missing where blank."""

    def read(cell: str) -> int | None:
        digits = cell.translate(HALF_WIDTH)
        year = int(digits) if re.fullmatch("[0-9]{4}", digits) else 0
        return year if YEARS[0] <= year <= YEARS[1] else None

    values = _each(given, column, findings, read, "GP-T111")
    return pd.Series(values, index=given.frame.index, dtype="Int64")


def text(given: Given, column: str, findings: Findings) -> pd.Series:
    """A column of text, stripped and in normal form C; missing where blank, and only there: NA is a name.

    What is longer than any output can show is cut, and counted as a repair.
    """
    cells = given.texts(column)
    long = [row for row, cell in enumerate(cells) if cell and len(cell) > LONGEST_TEXT]
    if long:
        place, n = given.place(long[0], column), len(long)
        findings.add(
            finding("GP-T128", given.file, place, cells[long[0]], severity="repair", count=n, rows=n, most=LONGEST_TEXT)
        )
    kept = [cell if cell is None or len(cell) <= LONGEST_TEXT else cell[: LONGEST_TEXT - 1] + "…" for cell in cells]
    return pd.Series(kept, index=given.frame.index, dtype=object)


def choices(
    given: Given, column: str, findings: Findings, known: Mapping[str, str], several: bool = False
) -> pd.Series:
    """A column whose cells are among the keys of `known`, in its values; `several` are joined by commas."""
    names = ", ".join(dict.fromkeys(known.values()))

    def read(cell: str) -> str | None:
        parts = re.split(r"[,，、;；/|+]", cell) if several else [cell]
        found = [known.get(p.strip().casefold(), "") for p in parts if p.strip()]
        return ",".join(dict.fromkeys(found)) if found and all(found) else None

    values = _each(given, column, findings, read, "GP-T122", lambda cell: {"known": names, **near_word(cell, known)})
    return pd.Series(values, index=given.frame.index, dtype=object)


def ids(given: Given, column: str, findings: Findings) -> list[str]:
    """A column of ids: text, present and unique; both rows of a pair are named. "001" stays "001"."""
    first: dict[str, int] = {}
    cells = given.texts(column)
    for i, cell in enumerate(cells):
        place = given.place(i, column)
        if cell is None:
            findings.add(finding("GP-T112", given.file, place))
        elif cell in first:
            findings.add(finding("GP-T113", given.file, place, cell, first=given.place(first[cell])))
        elif re.fullmatch(r"[0-9](\.[0-9]+)?E\+[0-9]+", cell):
            findings.add(finding("GP-T114", given.file, place, cell))
        elif len(cell) > LONGEST_ID:
            findings.add(finding("GP-T129", given.file, place, cell, most=LONGEST_ID))
        elif not cell.isprintable():
            findings.add(finding("GP-T126", given.file, place, cell))
        if cell is not None:
            first.setdefault(cell, i)
    return [cell or "" for cell in cells]


def _each(
    given: Given,
    column: str,
    findings: Findings,
    read: Callable[[str], Any],
    code: str,
    fields: Callable[[str], Mapping[str, Any]] = lambda cell: {},  # noqa: ARG005 - most messages need no more of it
) -> list[Any]:
    values = []
    for i, cell in enumerate(given.texts(column)):
        value = None if cell is None else read(cell)
        if cell is not None and value is None:
            findings.add(finding(code, given.file, given.place(i, column), cell, **fields(cell)))
        values.append(value)
    return values


def guess(given: Given, column: str) -> pd.Series:
    """A column that nobody asked for: numbers if every cell is one and none begins with 0, else text.

    What a typed file holds as text stays text, and so do ids and codes.
    """
    quiet = Findings()
    cells = [t for t in given.texts(column) if t is not None]
    if given.frame[column].dtype == bool:
        return flags(given, column, quiet)
    typed = given.word == "feature" and not pd.api.types.is_numeric_dtype(given.frame[column])
    if typed or CODES.search(column):
        return text(given, column, quiet)
    plain = all(PLAIN.fullmatch(c) and not re.match("0[0-9]", c) for c in cells)
    values = numbers(given, column, quiet, None) if cells and plain else text(given, column, quiet)
    return values if not quiet.errors() else text(given, column, quiet)


PARSERS: dict[str, Callable[..., pd.Series]] = {"number": numbers, "flag": flags, "year": years, "text": text}
