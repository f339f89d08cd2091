"""Do the people of a row add up: ages to their bands and to the population, parts to what they are parts of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Findings
from geoplan.sources._given import Given
from geoplan.sources._messages import finding

AGES = re.compile(r"age_(\d{1,3})(?:_(\d{1,3})|(p|_plus))?")
ROUNDING = 1e-6  # share of the larger of the two, and persons; a larger difference is people
SHOWN = 5
Spans = dict[str, tuple[int, float]]

# of each layer, what cannot be more than something else in the same row
PARTS = {
    "residents": (("migrant_under_3", "population"),),
    "census": (("migrant_under_3", "population"),),
    "employers": (("young_workers", "workers"),),
    "facilities": (("usable_area_m2", "floor_area_m2"), ("opened", "closes")),
    "births": (("births_low", "births_mid"), ("births_mid", "births_high"), ("births_low", "births_high")),
}
WITH_AGES = ("residents", "census")


def check_people(role: str, values: Mapping[str, pd.Series], given: Given, findings: Findings) -> None:
    """Add an error for each sum that does not hold, with the rows and by how much.

    Ages that cover everyone (0 to an open end) must equal the population; ages that cover some must not exceed it; the
    single ages of a band must equal the band. Rows where a number is missing are compared only where that is certain.
    """
    for part, whole in PARTS.get(role, ()):
        if part in values and whole in values:
            over = values[part].to_numpy(float, na_value=np.nan) - values[whole].to_numpy(float, na_value=np.nan)
            _say("GP-L028", over, over > 0, given, findings, part=part, whole=whole)
    if role in WITH_AGES:
        _check_ages(values, given, findings)


def _check_ages(values: Mapping[str, pd.Series], given: Given, findings: Findings) -> None:
    known = {name: values[name].to_numpy(float) for name in spans(values)}
    all_spans = spans(known)
    for band, (start, stop) in all_spans.items():
        inner = {n: s for n, s in all_spans.items() if n != band and s[0] >= start and s[1] <= stop}
        parts = tiling(start, stop, inner)
        if parts:
            over = sum(known[p] for p in parts) - known[band]
            _say("GP-L027", over, _differs(over, known[band]), given, findings, parts=", ".join(parts), band=band)
    if not known or "population" not in values:
        return
    population = values["population"].to_numpy(float)
    apart = disjoint(all_spans)
    table = np.column_stack([known[name] for name in apart])
    whole = all_spans[apart[0]][0] == 0 and tiling(0, np.inf, {n: all_spans[n] for n in apart}) is not None
    over = (table.sum(axis=1) if whole else np.nansum(table, axis=1)) - population
    wrong = _differs(over, population) & ((over > 0) | whole)
    _say("GP-L026" if whole else "GP-L025", over, wrong, given, findings, parts=", ".join(apart))


def spans(names: Any) -> Spans:
    """The years that each column of ages covers, from the first to before the last; inf is an open end.

    >>> spans(["age_0", "age_1_4", "age_85p", "name"])
    {'age_0': (0, 1), 'age_1_4': (1, 5), 'age_85p': (85, inf)}
    """
    found: Spans = {}
    for name in names:
        match = AGES.fullmatch(name)
        if match and int(match[2] or match[1]) >= int(match[1]):
            found[name] = (int(match[1]), np.inf if match[3] else int(match[2] or match[1]) + 1)
    return found


def tiling(start: float, stop: float, parts: Spans) -> list[str] | None:
    """The finest columns that cover the years from `start` to before `stop` exactly and once each; None if none do.

    >>> tiling(0, 5, spans(["age_0", "age_1_4", "age_1"]))
    ['age_0', 'age_1_4']
    """
    if start == stop:
        return []
    for name, (first, last) in sorted(parts.items(), key=lambda p: p[1]):
        rest = tiling(last, stop, parts) if first == start and last <= stop else None
        if rest is not None:
            return [name, *rest]
    return None


def disjoint(parts: Spans) -> list[str]:
    """Columns that count no one twice, the widest first: age_0_4 rather than age_0.

    >>> disjoint(spans(["age_0", "age_1", "age_0_4", "age_5_9"]))
    ['age_0_4', 'age_5_9']
    """
    taken: list[str] = []
    end = 0.0
    for name, (first, last) in sorted(parts.items(), key=lambda p: (p[1][0], -p[1][1])):
        if first >= end:
            taken.append(name)
            end = last
    return taken


def _differs(over: Any, whole: Any) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(over) > ROUNDING * np.maximum(1.0, np.abs(whole)), dtype=bool)


def _say(code: str, over: Any, wrong: Any, given: Given, findings: Findings, **fields: Any) -> None:
    """One error for a sum that fails, with how many rows, and the five that are furthest off."""
    rows = np.flatnonzero(wrong)
    if not len(rows):
        return
    worst = sorted(rows, key=lambda r: (-abs(over[r]), r))[:SHOWN]
    listed = ", ".join(f"{given.place(int(r))} ({over[r]:+,.10g})" for r in worst) + (
        ", …" if len(rows) > SHOWN else ""
    )
    fields |= {"rows": len(rows), "total": f"{np.nansum(over[rows]):+,.10g}", "worst": listed}
    findings.add(finding(code, given.file, given.place(int(worst[0])), count=len(rows), **fields))
