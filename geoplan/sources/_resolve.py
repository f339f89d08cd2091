"""Which column of a file is which of a table; rows kept by conditions; each column parsed by its kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Findings
from geoplan.sources import _parse
from geoplan.sources._aliases import CLASSES, COLUMNS, SERVICE_MODES, STATUSES
from geoplan.sources._given import Given, as_text
from geoplan.sources._land_codes import land_codes
from geoplan.sources._messages import finding, nearest
from geoplan.sources._roles import Cell
from geoplan.tables import Column

CHOICES = {"class": CLASSES, "status": STATUSES, "service_modes": SERVICE_MODES}
COUNTS = re.compile(
    r"(age|people|places|wanted|enrolled)_\w+"
)  # whatever else a file has under such a name is a number
CONDITIONS = ("min", "max", "equals")


def column_of(
    given: Given,
    name: str,
    columns: Mapping[str, str],
    findings: Findings,
    *,
    required: bool = False,
    other: Iterable[str] = (),
) -> str | None:
    """The file's column for a name of geoplan: as `columns` says, else so called, else by a known other name.

    A column that is named but absent, or required but absent, is an error; of several the first known name is
    taken, with a note.
    """
    named, aliases = columns.get(name), (*COLUMNS.get(name, ()), *other)
    if named:
        found = [n for n in given.names if n == named]
    else:
        found = [n for known in (name, *aliases) for n in given.names if n.casefold() == known]
    if len(found) > 1 and found[0] != name:
        rest = ", ".join(found[1:])
        findings.add(finding("GP-T120", given.file, "row 1", found[0], severity="note", name=name, given=rest))
    if not found and (named or required):
        hint = nearest(named or name, given.names, *aliases)
        findings.add(finding("GP-T104", given.file, "row 1", named or name, **hint))
    return found[0] if found else None


def parse(given: Given, source: str, column: Column, findings: Findings, instead: str | None = None) -> pd.Series:
    """A column parsed by its kind; a required one must have a value in each row, or one in the column `instead`."""
    cell = column if isinstance(column, Cell) else Cell(column.name, column.kind, column.meaning, column.unit)
    known = cell.known or CHOICES.get(column.name)
    if known:
        values = _parse.choices(given, source, findings, known, cell.several or column.name == "service_modes")
        values = pd.to_numeric(values) if column.kind == "number" else values
    elif cell.codes:
        values = land_codes(given, source, findings, cell.codes)
    elif column.kind == "number":
        minimum = None if cell.signed else 0
        values = _parse.numbers(given, source, findings, minimum, _parse.UNIT_WORDS.get(column.unit, ()))
        if cell.whole:
            _parse.whole(values, given, source, findings)
    else:
        values = _parse.PARSERS[column.kind](given, source, findings)
    if column.required:
        demand_values(given, source, findings, instead)
    return values


def demand_values(given: Given, source: str, findings: Findings, instead: str | None = None) -> None:
    """Add an error for each row that has no value in a column, nor in the one that may stand `instead`."""
    others = given.texts(instead) if instead else [None] * len(given.frame)
    for row, cells in enumerate(zip(given.texts(source), others, strict=True)):
        if cells == (None, None):
            findings.add(finding("GP-T121", given.file, given.place(row, source)))


def constant(given: Given, value: Any, column: Column, findings: Findings) -> pd.Series:
    """The same value in each row, checked as a cell of the column would be."""
    cell = Given(given.file, pd.DataFrame({column.name: [value]}, index=["value"]), "constants")
    parsed = parse(cell, column.name, column, findings)
    return pd.Series(parsed.to_numpy().repeat(len(given.frame)), given.frame.index).astype(parsed.dtype)


def blank(given: Given, column: Column) -> pd.Series:
    """A column of missing values of the right kind."""
    kinds = {"number": "float64", "flag": "boolean", "year": "Int64"}
    return pd.Series([None] * len(given.frame), given.frame.index, dtype=kinds.get(column.kind, "object"))


def extra(given: Given, source: str, name: str, findings: Findings) -> pd.Series:
    """A column that no table asks for, kept as given; counts of people and places are numbers in any case."""
    if COUNTS.fullmatch(name):
        return _parse.numbers(given, source, findings, words=_parse.UNIT_WORDS["persons"])
    return _parse.guess(given, source)


def keep_rows(
    given: Given, conditions: Mapping[str, Mapping[str, Any]], columns: Mapping[str, str], findings: Findings
) -> Given:
    """The rows that fulfil all conditions (min, max, equals; missing fulfils none), counted in a note."""
    mask = np.ones(len(given.frame), dtype=bool)
    for name, rule in conditions.items():
        source = name if name in given.names else column_of(given, name, columns, findings, required=True)
        wrong = [key for key in rule if key not in CONDITIONS]
        if wrong:
            findings.add(finding("GP-L006", given.file, f"keep.{name}", ", ".join(wrong)))
        elif source:
            mask &= _fulfils(given, source, rule, findings)
    if not mask.any():
        findings.add(finding("GP-L008", given.file, "keep", ", ".join(conditions)))
        return given
    if conditions:
        counts = {"given": int(mask.sum()), "all": len(mask)}
        out = len(mask) - counts["given"]
        findings.add(finding("GP-L002", given.file, "keep", severity="note", count=out, **counts))
    return given.only(mask)


def _fulfils(given: Given, source: str, rule: Mapping[str, Any], findings: Findings) -> npt.NDArray[np.bool_]:
    mask = np.ones(len(given.frame), dtype=bool)
    if "min" in rule or "max" in rule:
        values = _parse.numbers(given, source, findings, None).to_numpy()
        mask &= (values >= rule.get("min", -np.inf)) & (values <= rule.get("max", np.inf))
    if "equals" in rule:
        wanted = rule["equals"] if isinstance(rule["equals"], list | tuple | set) else [rule["equals"]]
        texts = {as_text(w) for w in wanted}
        mask &= np.array([t is not None and t in texts for t in given.texts(source)], dtype=bool)
    return mask
