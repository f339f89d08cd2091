"""Enrolment by facility, as an office lists it: one row a facility, with its id and who is enrolled, in all or by band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from geoplan.errors import Finding, Findings, Text
from geoplan.sources._aliases import IDS
from geoplan.sources._given import Given
from geoplan.sources._parse import ids, numbers
from geoplan.sources._resolve import column_of
from geoplan.sources.tables import read_table

HALF = 0.5  # persons: less than this apart is the same number


def read_enrolment(
    path: str | Path,
    bands: Sequence[str] = (),
    findings: Findings | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
) -> pd.Series:
    """The people enrolled by facility_id (persons; missing where the cell is blank) from a CSV or XLSX table.

    Columns facility_id (or 编号, id …), and enrolled (在托人数) or one enrolled_<band> for `bands`, whose sum it then is: unknown
    if a part is. `columns` names them where they are called otherwise. Raises one `InputError` with everything that is wrong: a
    column that is missing, an id that is missing or stands twice, a number that is none or negative, bands that do not add up to `enrolled`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "a.csv").write_text("编号,在托人数\\nF1,12\\nF2,\\n", encoding="utf-8")
    ...     read_enrolment(Path(folder) / "a.csv").to_dict()
    {'F1': 12.0, 'F2': nan}
    """
    found = Findings()
    given, named = read_table(path, found, sheet), dict(columns or {})
    key = column_of(given, "facility_id", named, found, required=True, other=IDS)
    by_band = {band: column_of(given, f"enrolled_{band}", named, found) for band in bands}
    all_bands = bool(bands) and all(by_band.values())
    whole = column_of(given, "enrolled", named, found, required=not all_bands)
    found.raise_errors()
    index = pd.Index(ids(given, str(key), found), name="facility_id", dtype=object)
    parts = [numbers(given, column, found) for column in by_band.values() if column] if all_bands else []
    stated = numbers(given, whole, found) if whole else None
    added = pd.concat(parts, axis=1).sum(axis=1, skipna=False) if parts else None
    if stated is not None and added is not None:
        _check_sum(given, str(whole), stated, added, found)
    found.raise_errors()
    if findings is not None:
        findings.add(*found)
    values = added if stated is None else stated
    return pd.Series(np.asarray(values, float), index=index, name="enrolled")


def _check_sum(given: Given, column: str, stated: pd.Series, added: pd.Series, findings: Findings) -> None:
    """The bands must add up to the total, in each row where all are known."""
    problem = Text("the bands do not add up to this total", "各月龄段之和与合计不符")
    for row in np.flatnonzero((stated - added).abs().to_numpy() > HALF):
        advice = Text(f"the bands add up to {added.iloc[row]:g}", f"各月龄段之和为 {added.iloc[row]:g}")
        findings.add(
            Finding("GP-B030", given.file, given.place(int(row), column), problem, advice, f"{stated.iloc[row]:g}")
        )
