"""Columns as the rules of supply read them: what is not known stays missing, what cannot be read is named."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from geoplan.errors import Finding, Findings, Text

SHOWN = 5


def shown(ids: Iterable[object]) -> str:
    """The first five ids, as a finding quotes them."""
    return ", ".join(map(str, list(ids)[:SHOWN]))


def number(frame: pd.DataFrame, column: str, findings: Findings) -> pd.Series:
    """A column as floats, NaN where it is missing or absent; an error (GP-P010) for each column that holds anything but
    finite numbers >= 0.

    >>> number(pd.DataFrame({"places": [3, None]}, index=["a", "b"]), "places", Findings()).tolist()
    [3.0, nan]
    """
    if column not in frame.columns:
        return pd.Series(np.nan, frame.index, name=column)
    given = frame[column].astype(object)
    values = pd.to_numeric(given, errors="coerce").astype(float)
    wrong = (values.isna() & given.notna()) | ~(values.isna() | (np.isfinite(values) & (values >= 0)))
    if wrong.any():
        problem = Text("must be a finite number, not negative", "须为非负有限数")
        advice = Text("give the number, or leave the cell empty if it is not known", "请填写数值，未知则留空")
        place, count = f"column {column}", int(wrong.sum())
        findings.add(Finding("GP-P010", "facilities", place, problem, advice, shown(frame.index[wrong]), count=count))
    return values


def numbers(frame: pd.DataFrame, prefix: str, bands: Iterable[str], findings: Findings) -> pd.DataFrame:
    """The columns `<prefix>_<band>` as `number` reads them, named by band."""
    return pd.DataFrame({b: number(frame, f"{prefix}_{b}", findings) for b in bands}, index=frame.index)


def texts(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column as text, missing where it is missing, blank or absent."""
    values = frame[column] if column in frame.columns else pd.Series(None, frame.index)
    values = values.astype(object)
    return values.where(values.notna() & values.astype(str).str.strip().ne(""), None)


def flags(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column as nullable booleans, missing where it is missing or absent."""
    if column not in frame.columns:
        return pd.Series(pd.NA, frame.index, dtype="boolean")
    return frame[column].astype("boolean")


def note(findings: Findings, code: str, place: str, problem: Text, advice: Text, ids: pd.Index) -> None:
    """One note for all these rows, with their number and the first five ids; nothing where there are none."""
    if len(ids):
        findings.add(Finding(code, "facilities", place, problem, advice, shown(ids), "note", len(ids)))
