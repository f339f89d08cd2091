"""Goals: which phase goals each unit meets, and which of its pilots are done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from geoplan.errors import UsageError

Sense = Literal["at_least", "at_most", "equal"]
Verdict = Literal["met", "not_met", "unknown"]

_HOLDS: dict[str, Callable[[Any, float], Any]] = {
    "at_least": np.greater_equal,
    "at_most": np.less_equal,
    "equal": np.isclose,
}
PILOTS = ("brand_chain", "community", "kindergarten", "employer")


class Goal(NamedTuple):
    """One condition of a goal: an indicator, at least, at most or equal to a value. A goal may have several."""

    id: str
    indicator: str
    sense: Sense
    value: float


def goals(table: pd.DataFrame, rules: Sequence[Goal]) -> pd.DataFrame:
    """Whether each unit meets each goal: "met", "not_met" or "unknown"; the rows of `table`, a column a goal in order.

    A goal is met if all its conditions hold, not met if one is known to fail, unknown otherwise: an indicator that is missing
    is never a pass. Raises `UsageError` if a rule names an indicator that `table` does not have, or an unknown sense.

    >>> table = pd.DataFrame({"facilities": [2, 0], "forms": [np.nan, 0]}, ["U", "V"])
    >>> rules = [Goal("B1", "facilities", "at_least", 1), Goal("B2", "facilities", "at_least", 1), Goal("B2", "forms", "at_least", 2)]
    >>> goals(table, rules).values.tolist()
    [['met', 'unknown'], ['not_met', 'not_met']]
    """
    strange = [f"{r.indicator} {r.sense}" for r in rules if r.indicator not in table or r.sense not in _HOLDS]
    if strange:
        raise UsageError(f"goals: no such indicator or sense: {', '.join(strange[:5])}")
    columns: dict[str, pd.Series] = {}
    for name in dict.fromkeys(r.id for r in rules):
        own = [r for r in rules if r.id == name]
        values = np.column_stack([table[r.indicator].to_numpy(float) for r in own])
        holds = np.column_stack([_HOLDS[r.sense](values[:, n], r.value) for n, r in enumerate(own)])
        known = ~np.isnan(values)
        said = np.select([(known & ~holds).any(axis=1), known.all(axis=1)], ["not_met", "met"], "unknown")
        columns[name] = pd.Series(said, table.index, dtype=object)
    return pd.DataFrame(columns, table.index)


def pilots(facilities: pd.DataFrame, by: str, units: Sequence[str], kinds: Sequence[str] = PILOTS) -> pd.DataFrame:
    """Which pilots each unit has done: "done", "missing" or "unknown"; a row a unit of `units`, a column a kind of pilot.

    Done if an open facility of the unit is that pilot (columns `by`, pilot and, if there, status); one without an entry is no
    pilot. All unknown where there is no column pilot. Raises `UsageError` if `facilities` has no column `by`, or a facility
    is a pilot of another kind.

    >>> facilities = pd.DataFrame({"unit_id": ["U", "U"], "pilot": ["community", None]}, ["F", "G"])
    >>> pilots(facilities, "unit_id", ["U", "V"]).loc["U"].to_dict()
    {'brand_chain': 'missing', 'community': 'done', 'kindergarten': 'missing', 'employer': 'missing'}
    """
    if by not in facilities:
        raise UsageError(f"pilots: the facilities have no column {by}")
    table = pd.DataFrame("unknown", pd.Index(list(units), dtype=object, name=by), list(kinds), dtype=object)
    if "pilot" not in facilities:
        return table
    strange = sorted(set(facilities["pilot"].dropna()) - set(kinds))
    if strange:
        raise UsageError(f"pilots: no kind of pilot: {', '.join(map(str, strange[:5]))}")
    is_open = facilities["status"].eq("open").fillna(False).astype(bool) if "status" in facilities else True
    standing = facilities[is_open & facilities["pilot"].notna()]
    for kind in kinds:
        has = standing.loc[standing["pilot"] == kind, by]
        table[kind] = np.where(table.index.isin(has), "done", "missing")
    return table
