"""The columns of a table from a file: known ones parsed by their kind, others kept as given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from geoplan.errors import Findings
from geoplan.sources._given import Given
from geoplan.sources._messages import finding
from geoplan.sources._resolve import blank, column_of, constant, demand_values, extra, parse
from geoplan.sources._roles import Cell
from geoplan.tables import Column

AXES = ("lon", "lat")


@dataclass(frozen=True)
class Values:
    """The columns of a table by geoplan's name, and the file's name of each that the file has."""

    by_name: dict[str, pd.Series] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)


def values_of(
    given: Given,
    columns: Iterable[Column],
    named: Mapping[str, str],
    constants: Mapping[str, Any],
    taken: Iterable[str | None],
    other: Mapping[str, tuple[str, ...]],
    findings: Findings,
) -> Values:
    """The table's columns by name, then constants and columns that no table asks for.

    `named` maps geoplan's names to the file's; `taken` are columns that have been read already; `other` adds names
    under which a column may stand. Optional columns that the file has not are left out.
    """
    made, asked = Values(), list(columns)
    used = set(taken)
    for column in asked:
        if column.name in constants:
            made.by_name[column.name] = constant(given, constants[column.name], column, findings)
        else:
            _add(made, given, column, named, used, other.get(column.name, ()), findings)
    for name in constants.keys() & named.keys():
        findings.add(finding("GP-L001", given.file, f"constants.{name}", constants[name]))
    for name in constants.keys() - made.by_name.keys():
        made.by_name[name] = pd.Series(constants[name], given.frame.index)
    _add_others(made, given, named, used, {c.name for c in asked}, findings)
    return made


def _add(
    made: Values,
    given: Given,
    column: Column,
    named: Mapping[str, str],
    used: set[str | None],
    other: tuple[str, ...],
    findings: Findings,
) -> None:
    """One column of the table; where it may be missing because another stands for it, each row needs one of the two."""
    name, cell = column.name, column if isinstance(column, Cell) else None
    instead = column_of(given, cell.unless, named, Findings()) if cell and cell.unless else None
    required = column.required and instead is None
    source = column_of(given, name, named, findings, required=required, other=other)
    if cell and cell.optional and (source is None or source in used):
        return
    if source is None:
        made.by_name[name] = blank(given, column)
        if instead:
            demand_values(given, instead, findings)
        return
    made.by_name[name] = parse(given, source, column, findings, instead)
    made.source[name] = source
    used.add(source)


def _add_others(
    made: Values, given: Given, named: Mapping[str, str], used: set[str | None], asked: set[str], findings: Findings
) -> None:
    more = [n for n in named if n not in {*made.by_name, *used, *asked, *AXES, "id"}]
    renamed = {column_of(given, n, named, findings): n for n in more}
    for source in given.names:
        name = renamed.get(source, source)
        if source not in used and name not in made.by_name:
            made.by_name[name] = extra(given, source, name, findings)
            made.source[name] = source
