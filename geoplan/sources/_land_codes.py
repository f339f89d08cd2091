"""Land-use codes as text: which classification they are of must be declared, for the same code means two things."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Findings, Text
from geoplan.sources._given import Given
from geoplan.sources._messages import finding
from geoplan.sources._parse import HALF_WIDTH

SYSTEMS = {
    "survey": Text("land survey (三调)", "国土调查（三调）分类"),
    "planning": Text("land-use plan (2023 guide)", "国土空间规划用地用海分类"),
}
FORM = re.compile(r"[0-9]{2}|[0-9]{2}[0-9H][0-9]([0-9]{2})?[A-Z]?")
NAMES = re.compile(
    r"DLBM|GHYT|YDDM|YDXZ|GHDL|DLDM|LUCODE|LAND_?USE|地类|用地(代码|性质|用途|分类|编码)|规划用途", re.IGNORECASE
)
# what the name of a column says of its classification: enough for the advice of a message, never for reading it
HINTS = {
    "survey": re.compile(r"DL|地类|现状", re.IGNORECASE),
    "planning": re.compile(r"GH|YD|规划|用地", re.IGNORECASE),
}
LISTED = 5
Rows = npt.NDArray[np.intp]


@cache
def known_codes() -> Mapping[str, frozenset[str]]:
    """The two- and four-character codes of each classification (the land survey of 2019, the plan's guide of 2023)."""
    lines = files("geoplan.sources").joinpath("land_codes.csv").read_text(encoding="utf-8").splitlines()
    rows = [(row["system"], row["code"]) for row in csv.DictReader(lines)]
    return {system: frozenset(code for of, code in rows if of == system) for system in SYSTEMS}


def is_known(code: str, system: str) -> bool:
    """Whether a classification has this code, or the class of four characters that it is a part of.

    >>> is_known("0702", "survey"), is_known("080404", "planning"), is_known("0804", "survey"), is_known("702", "survey")
    (True, True, False, False)
    """
    return bool(FORM.fullmatch(code)) and code[:4] in known_codes()[system]


def land_codes(given: Given, column: str, findings: Findings, system: str) -> pd.Series:
    """A column of land-use codes of one `system` (survey, planning) as text; missing where blank.

    A code that a spreadsheet has turned into a number (702 for 0702) gets its zero back where that gives a known code of even
    length, counted in one repair; what is no code is an error; a code that the classification does not know is kept, and counted
    in a note.
    """
    cells = [_as_code(t) for t in given.texts(column)]
    padded = {c: f"0{c}" for c in set(cells) if c and _lost_zero(c, system)}
    codes = [padded.get(c, c) if c else None for c in cells]
    rows = np.flatnonzero([c in padded for c in cells])
    if len(rows):
        value = f"{cells[rows[0]]} → {codes[rows[0]]}"
        _count("GP-L056", given, column, rows, findings, value, "repair")
    for row in (i for i, c in enumerate(codes) if c and not FORM.fullmatch(c)):
        findings.add(finding("GP-L055", given.file, given.place(row, column), given.texts(column)[row]))
    _note_strangers(codes, given, column, system, findings)
    return pd.Series(codes, index=given.frame.index, dtype=object)


def _as_code(cell: str | None) -> str | None:
    return cell and re.sub(r"^([0-9]+)[.]0+$", r"\1", cell.translate(HALF_WIDTH).upper())


def _lost_zero(code: str, system: str) -> bool:
    """Codes have an even number of digits, so an odd number tells of a zero that is gone."""
    return code.isdecimal() and len(code) % 2 == 1 and is_known(f"0{code}", system)


def _note_strangers(codes: list[str | None], given: Given, column: str, system: str, findings: Findings) -> None:
    """Codes that only the other classification knows speak for a wrong declaration; others may be of another edition."""
    rows = np.flatnonzero([bool(c and FORM.fullmatch(c) and not is_known(c, system)) for c in codes])
    if not len(rows):
        return
    strangers = list(dict.fromkeys(str(codes[row]) for row in rows))
    other = next(s for s in SYSTEMS if s != system)
    there = [c for c in strangers if is_known(c, other)]
    fields = {"codes": ", ".join(strangers[:LISTED]) + (", …" if len(strangers) > LISTED else "")}
    fields |= {"system": SYSTEMS[system].en, "system_zh": SYSTEMS[system].zh}
    fields |= {"other": SYSTEMS[other].en, "other_zh": SYSTEMS[other].zh, "name": f"{other}_code"}
    _count("GP-L057" if there else "GP-L058", given, column, rows, findings, "", "note", **fields)


def _count(
    code: str, given: Given, column: str, rows: Rows, findings: Findings, value: str, severity: Any, **fields: Any
) -> None:
    counted: dict[str, Any] = {"severity": severity, "count": len(rows), "rows": len(rows), **fields}
    findings.add(finding(code, given.file, given.place(int(rows[0]), column), value, **counted))


def check_declared(
    given: Given,
    named: Mapping[str, str],
    read: Mapping[str, str],
    constants: Collection[str],
    must: bool,
    findings: Findings,
) -> None:
    """Add an error where one column is declared as both codes, or, if one `must` be, where neither is.

    `named` is what the study declares; `read` gives the file's column of each of geoplan's that was found.
    """
    codes = [f"{system}_code" for system in SYSTEMS]
    both = {named[c] for c in codes if c in named}
    if len(both) == 1 and all(c in named for c in codes):
        findings.add(finding("GP-L051", given.file, "columns", both.pop()))
    if must and not any(c in read or c in constants or c in named for c in codes):
        likely = likely_columns(given, read.values())
        listed = likely or given.names[:30]
        fields: dict[str, Any] = {
            "columns": ", ".join(listed),
            "columns_zh": "、".join(listed),
            **{s: next((n for n in likely if form.search(n)), likely[0]) for s, form in HINTS.items() if likely},
        }
        findings.add(finding("GP-L050" if likely else "GP-L059", given.file, "columns", **fields))


def likely_columns(given: Given, taken: Iterable[str] = ()) -> list[str]:
    """The columns that look like land-use codes, by their name or, where no other table column took them, by their values."""
    used = set(taken)
    return [n for n in given.names if NAMES.search(n) or (n not in used and _look_like_codes(given.texts(n)))]


def _look_like_codes(cells: list[str | None]) -> bool:
    """Whether all cells are known codes, some of four or more characters."""
    codes = {_as_code(c) for c in cells if c}
    codes = {f"0{c}" if c and c.isdecimal() and len(c) % 2 else c for c in codes}
    known = all(any(is_known(str(c), s) for s in SYSTEMS) for c in codes)
    return known and any(len(str(c)) >= 4 for c in codes)
