"""Rows that stand nowhere: left out one by one, each with what is lost by it; and numbers that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Findings, UsageError
from geoplan.sources._given import Given
from geoplan.sources._messages import finding
from geoplan.sources._roles import Cell
from geoplan.sources._values import Values, values_of
from geoplan.tables import Column

Unplaced = Literal["refuse", "leave_out"]
Unknown = Literal["refuse", "keep"]


def check_policies(unplaced: str, unknown: str) -> None:
    """Raise `UsageError` for a policy that there is not."""
    for name, policy, known in (
        ("unplaced", unplaced, ("refuse", "leave_out")),
        ("unknown", unknown, ("refuse", "keep")),
    ):
        if policy not in known:
            raise UsageError(f"{name} must be {' or '.join(known)}, not {policy!r}")


def leave_out(
    given: Given,
    names: list[str],
    columns: Iterable[Column],
    named: Mapping[str, str],
    constants: Mapping[str, Any],
    other: Mapping[str, tuple[str, ...]],
    findings: Findings,
) -> tuple[Given, list[str]]:
    """The rows that have a position, and their ids; each other row is a repair that names its id and what it held.

    What it held are the numbers that its table asks for (places by age band, residents) and `places`, by
    geoplan's names: "70152: places_u2 20". A table without any position is an error.
    """
    shapes = given.frame["geometry"]
    lost: npt.NDArray[np.bool_] = (shapes.isna() | shapes.is_empty).to_numpy(bool)
    if lost.all():
        findings.add(finding("GP-V006", given.file, f"all {len(lost)} rows", count=len(lost)))
        return given, names
    if not lost.any():
        return given, names
    asked = list(columns)
    numbers = [c.name for c in asked if c.kind == "number" and c.required] + ["places"]
    # the errors of rows that are left out do not matter: what cannot be read is told as not known
    held = values_of(given.only(lost), asked, named, constants, (), other, Findings())
    for row, at in enumerate(np.flatnonzero(lost)):
        value = f"{names[at]}{_told(held, numbers, row)}"
        findings.add(finding("GP-V012", given.file, given.place(int(at)), value, severity="repair"))
    return given.only(~lost), [name for name, gone in zip(names, lost, strict=True) if not gone]


def _told(held: Values, numbers: list[str], row: int) -> str:
    cells = {n: held.by_name[n].iloc[row] for n in numbers if n in held.by_name}
    told = [f"{n} {'unknown' if pd.isna(v) else f'{v:g}'}" for n, v in cells.items()]
    return f": {', '.join(told)}" if told else ""


def may_be_unknown(columns: Iterable[Column]) -> list[Column]:
    """The columns, none of them required: what is blank is kept as not known."""
    free: list[Column] = [replace(c, required=False) for c in columns]
    return [replace(c, unless="") if isinstance(c, Cell) else c for c in free]


def note_unknown(values: Values, given: Given, columns: Iterable[Column], findings: Findings) -> None:
    """A note for each column that would have been required, with the number of rows that do not say it."""
    for name in (c.name for c in columns if c.required):
        silent = int(values.by_name[name].isna().sum())
        if silent:
            column = values.source.get(name, name)
            findings.add(finding("GP-T127", given.file, f"column {column}", severity="note", count=silent, rows=silent))
