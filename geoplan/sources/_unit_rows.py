"""The rows of a table of units: each unit (and year) once, totals compared with what they add up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import CheckFailed, Findings
from geoplan.sources._given import Given
from geoplan.sources._messages import finding
from geoplan.sources._people import ROUNDING
from geoplan.sources._resolve import COUNTS
from geoplan.sources._roles import BIRTHS, CENSUS, MOVES
from geoplan.sources._unit_codes import clean
from geoplan.sources._values import Values


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a unit table: what they state as their unit, the unit that this is, and their values.

    `total` marks rows that stand for the whole area; `column` is the file's column of units.
    """

    given: Given
    stated: pd.Series
    units: pd.Series
    total: pd.Series
    values: Values
    column: str

    @property
    def counts(self) -> list[str]:
        """The columns that count people, so that rows may be added together."""
        known = {c.name for t in (CENSUS, BIRTHS, MOVES) for c in t.columns if c.kind == "number"}
        return [c for c in self.values.by_name if c in known or COUNTS.fullmatch(c)]


def added(rows: Rows, keys: list[str], aliases: Collection[str], findings: Findings) -> pd.DataFrame:
    """One row a key: rows counted to one unit by an alias added together, rows of totals compared and left out."""
    frame = pd.DataFrame(rows.values.by_name, index=rows.given.frame.index)
    frame[keys[0]] = rows.units
    _twice(rows, frame, keys[1:], aliases, findings)
    frame = frame[~_checked_totals(rows, frame, keys[1:], findings)]
    again = frame.duplicated(keys, keep=False) & frame[keys[0]].notna()
    if not again.any() or findings.errors():
        return frame
    units = ", ".join(sorted(set(frame.loc[again, keys[0]])))
    more: dict[str, Any] = {"severity": "repair", "count": int(again.sum()), "rows": int(again.sum())}
    findings.add(finding("GP-L035", rows.given.file, f"column {rows.column}", units, **more))
    groups = frame.groupby(keys, dropna=False, sort=False)
    made = groups.first()
    for name in frame.columns.difference(keys):
        whole = groups[name].count() == groups.size()
        alone = groups.size() == 1
        summed = groups[name].sum() if name in rows.counts else made[name].where(alone)
        made[name] = summed.where(whole) if name in rows.counts else summed
        _conserved(frame, made, name, rows)
    return made.reset_index()[list(frame.columns)]


def _conserved(before: pd.DataFrame, after: pd.DataFrame, name: str, rows: Rows) -> None:
    if name not in rows.counts or before[name].isna().any():
        return
    one, other = float(before[name].sum()), float(after[name].sum())
    if not np.isclose(one, other, rtol=1e-9, atol=1e-9):
        raise CheckFailed(f"{rows.given.file}: {name} is {one} by row of the file, {other} by unit")


def _twice(rows: Rows, frame: pd.DataFrame, keys: list[str], aliases: Collection[str], findings: Findings) -> None:
    """Add an error for each row whose unit (and year) stands already, but for those that an alias counts to a unit."""
    spelt = rows.stated.map(clean)
    by_alias = spelt.isin([clean(str(a)) for a in aliases])
    label = rows.units.where(~by_alias, "alias " + spelt.astype(str)).where(~rows.total, "")
    named = frame[keys].assign(label=label)
    known = label.notna() & (named[keys].notna().all(axis=1) if keys else True)
    first: dict[Any, int] = {}
    for row, key in enumerate(named.itertuples(index=False, name=None)):
        if known.iloc[row]:
            if key in first:
                place = rows.given.place(row, rows.column)
                value = ", ".join(str(v) for v in (rows.stated.iloc[row] or "", *key[:-1]))
                findings.add(finding("GP-L032", rows.given.file, place, value, first=rows.given.place(first[key])))
            first.setdefault(key, row)


def _checked_totals(rows: Rows, frame: pd.DataFrame, keys: list[str], findings: Findings) -> pd.Series:
    """The rows of totals that are to be left out because the units of the same year stand beside them.

    A total must equal the sum of the units in each column that both have; where it does not, the error says by how
    much. Totals without units beside them are kept: they are about the whole area.
    """
    out = pd.Series(False, index=frame.index)
    year = frame[keys[0]] if keys else pd.Series(0, index=frame.index)
    for row in frame.index[rows.total]:
        units = frame[~rows.total & (year == year[row]).fillna(False).astype(bool)]
        out[row] = len(units) > 0
        place = f"{rows.given.word} {row}"
        for name in rows.counts if len(units) else []:
            over = float(frame[name][row]) - float(units[name].sum(skipna=False))
            if abs(over) > ROUNDING * max(1.0, abs(float(frame[name][row]))):
                value = frame[name][row]
                findings.add(finding("GP-L034", rows.given.file, place, value, over=f"{over:+,.10g}", name=name))
    if out.any():
        more: dict[str, Any] = {"severity": "repair", "count": int(out.sum()), "rows": int(out.sum())}
        place = f"{rows.given.word} {out.index[out][0]}"
        findings.add(finding("GP-L033", rows.given.file, place, **more))
    return out
