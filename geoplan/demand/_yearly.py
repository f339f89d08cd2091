"""Tables of figures by year, for single units or for the whole area, brought to one figure a unit and year."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geoplan.demand._share import share_out
from geoplan.errors import Finding, Findings, Text

GIVE_ONCE = Text("give each unit, or the whole area, once a year", "每年每单元（或全域）只给一行")
SHOWN = 8


def by_unit_and_year(
    table: pd.DataFrame, values: pd.Series, weights: pd.Series, years: Sequence[int], name: str, findings: Findings
) -> pd.DataFrame:
    """A figure for every unit (the index of `weights`) and year; the figure of the whole area is shared out by `weights`.

    `table` has columns unit_id (missing = whole area) and year, `values` are its figures on the same index: a missing one
    counts as not given. Adds an error for: units not known, a unit and year twice, a year given both for the area and for units, and
    every year that is not given for all units. Nothing is interpolated. What is wrong is left missing.
    """
    rows = table.reindex(columns=["unit_id", "year"]).astype({"unit_id": object})
    rows = rows.assign(year=pd.to_numeric(rows["year"], errors="coerce"), value=values)
    rows = rows[rows["year"].isin(list(years)) & rows["value"].notna()]
    found = pd.DataFrame(np.nan, weights.index, pd.Index(years, name="year"))
    _note_wrong(rows, weights.index, name, findings)
    whole = rows[rows["unit_id"].isna()]
    for year, value in zip(whole["year"].astype(int), whole["value"].astype(float), strict=True):
        found[year] = share_out(value, weights.to_numpy(float))
    single = rows[rows["unit_id"].isin(list(weights.index))].drop_duplicates(["unit_id", "year"])
    found = found.fillna(single.pivot(index="unit_id", columns="year", values="value"))
    absent = [year for year in years if found[year].isna().any()]
    if absent:
        findings.add(_absent(name, absent, found))
    return found


def _note_wrong(rows: pd.DataFrame, units: pd.Index, name: str, findings: Findings) -> None:
    unknown = sorted(set(rows["unit_id"].dropna()) - set(units), key=str)
    if unknown:
        problem = Text("the base year has no such unit", "基准年没有该单元")
        advice = Text("correct the code; leave it empty for the whole area", "请更正代码；全域数据请留空")
        findings.add(Finding("GP-D041", name, "column unit_id", problem, advice, ", ".join(map(str, unknown[:SHOWN]))))
    twice = rows[rows.duplicated(["unit_id", "year"])]
    if len(twice):
        problem = Text("a unit and year stand more than once", "单元与年份重复")
        value = ", ".join(f"{u} {y:.0f}" for u, y in zip(twice["unit_id"], twice["year"], strict=True))
        findings.add(Finding("GP-D042", name, "rows", problem, GIVE_ONCE, value, count=len(twice)))
    both = set(rows.loc[rows["unit_id"].isna(), "year"]) & set(rows.loc[rows["unit_id"].notna(), "year"])
    if both:
        problem = Text("a year is given both for the whole area and for units", "同一年既有全域数据又有单元数据")
        value = ", ".join(f"{y:.0f}" for y in sorted(both))
        findings.add(Finding("GP-D043", name, "rows", problem, GIVE_ONCE, value, count=len(both)))


def _absent(name: str, years: Sequence[int], found: pd.DataFrame) -> Finding:
    """The finding of years without a figure for every unit."""
    partly = [u for u in found.index if found.loc[u, list(years)].isna().any()]
    of = "" if len(partly) == len(found) else ", ".join(map(str, partly[:SHOWN]))
    problem = Text(
        "no figure is given for these years" + (f", for units {of}" if of else ""),
        "这些年份没有数据" + (f"（单元 {of}）" if of else ""),
    )
    advice = Text(
        "give every year up to the last planning year; nothing is interpolated",
        "请逐年给出至规划末年的数据，系统不做内插",
    )
    return Finding("GP-D044", name, "column year", problem, advice, ", ".join(map(str, years)), count=len(years))
