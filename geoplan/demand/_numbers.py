"""Columns of people as they are needed here: there, finite and not negative; or a finding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Finding, Findings, Text

SHOWN = 5


def people_column(
    frame: pd.DataFrame, table: str, column: str, advice: Text, findings: Findings
) -> npt.NDArray[np.float64]:
    """The column as numbers; adds a finding if it is missing, or holds what is not a finite number >= 0."""
    if column not in frame.columns:
        problem = Text("this column is missing", "缺少该列")
        findings.add(Finding("GP-D001", table, f"column {column}", problem, advice))
        return np.zeros(len(frame))
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(float)
    wrong = frame.index[~(np.isfinite(values) & (values >= 0))]
    if len(wrong):
        problem = Text("people must be a finite number, not negative", "人口须为非负有限数")
        mend = Text("give the number, or leave the row out", "请补全数值或删除该行")
        ids = ", ".join(map(str, wrong[:SHOWN]))
        findings.add(Finding("GP-D002", table, f"column {column}", problem, mend, ids, count=len(wrong)))
    return values
