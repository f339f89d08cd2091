"""Forms: what kinds of facility stand in each unit, and which pilots are done: the counts of target assessment."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geoplan.errors import CheckFailed, Finding, InputError, Text
from geoplan.supply._columns import shown, texts

ATTRIBUTES = ("kind", "filed", "inclusive", "ownership", "operation_mode", "demonstration")
FLAGS = ("filed", "inclusive", "demonstration")
UNKNOWN = "unknown"


def by_unit(facilities: pd.DataFrame, attribute: str, units: pd.Index, weight: pd.Series | None = None) -> pd.DataFrame:
    """Facilities by unit and value of an attribute: one row a unit of `units`, one column a value, `unknown` last.

    Each facility stands once; flags have the columns yes and no; a unit without facilities has 0. With `weight` (such as
    places) its sum instead of the number, in which a facility whose weight is not known adds nothing. The table
    adds up to all facilities, or to the whole weight, or `CheckFailed` is raised. Raises `InputError` for a
    facility whose unit is missing or not in `units`. Clauses B1, B2, C3.1, C4.2.

    >>> frame = pd.DataFrame({"unit_id": ["u", "u", "v"], "filed": [True, None, False]}, index=["a", "b", "c"])
    >>> by_unit(frame, "filed", pd.Index(["u", "v", "w"])).values.tolist()
    [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
    """
    unit = _units(facilities, units)
    value = _values(facilities, attribute)
    heads = pd.Series(1, facilities.index) if weight is None else weight.reindex(facilities.index).astype(float)
    table = heads.fillna(0).groupby([unit, value]).sum().unstack(fill_value=0)
    first = ["yes", "no"] if attribute in FLAGS else sorted(set(value) - {UNKNOWN})
    table = table.reindex(index=units, columns=[*first, UNKNOWN], fill_value=0)
    if not np.isclose(table.to_numpy().sum(), heads.sum(), rtol=1e-12, atol=1e-9):
        raise CheckFailed(f"{attribute} by unit adds up to {table.to_numpy().sum()}, not to {heads.sum()}")
    return table.rename_axis(index="unit_id", columns=attribute)


def forms(facilities: pd.DataFrame, units: pd.Index, weight: pd.Series | None = None) -> dict[str, pd.DataFrame]:
    """`by_unit` for each attribute that target assessment asks for: kind, filed, inclusive, ownership, operation_mode,
    demonstration. An attribute that the layer does not have is unknown throughout.
    """
    return {attribute: by_unit(facilities, attribute, units, weight) for attribute in ATTRIBUTES}


def variety(facilities: pd.DataFrame, units: pd.Index) -> pd.Series:
    """The number of distinct kinds in each unit (clause B2: institutions of varied form); unknown is no kind.

    >>> variety(pd.DataFrame({"unit_id": ["u", "u"], "kind": ["a", None]}, index=[1, 2]), pd.Index(["u", "v"])).tolist()
    [1, 0]
    """
    return by_unit(facilities, "kind", units).drop(columns=UNKNOWN).gt(0).sum(axis=1).rename("variety")


def pilots(facilities: pd.DataFrame, units: pd.Index, quota: Mapping[str, int]) -> pd.DataFrame:
    """The pilots of clause E2: one row a unit × type, with `quota`, `done`, `missing` (facilities) and `met`.

    done = facilities of the unit whose `pilot` is the type; missing = max(0, quota − done). Pass the facilities that are
    open. Raises `InputError` for a pilot of no type of `quota` (GP-P051), and as `by_unit` does.

    >>> frame = pd.DataFrame({"unit_id": ["u"], "pilot": ["employer"]}, index=["a"])
    >>> pilots(frame, pd.Index(["u", "v"]), {"employer": 1})["met"].tolist()
    [True, False]
    """
    given = texts(facilities, "pilot")
    strange = facilities.index[given.notna() & ~given.isin(quota)]
    if len(strange):
        problem = Text("not a type of pilot", "没有该试点类型")
        advice = Text(f"the types are {', '.join(quota)}", f"试点类型为：{'、'.join(quota)}")
        where, value = "column pilot", shown(strange)
        raise InputError(Finding("GP-P051", "facilities", where, problem, advice, value, count=len(strange)))
    done = by_unit(facilities, "pilot", units).reindex(columns=list(quota), fill_value=0).stack()
    table = pd.DataFrame({"done": done.astype("int64")}).rename_axis(["unit_id", "pilot"])
    table.insert(0, "quota", [quota[t] for t in table.index.get_level_values("pilot")])
    missing = (table["quota"] - table["done"]).clip(lower=0)
    return table.assign(missing=missing, met=missing.eq(0))


def _units(facilities: pd.DataFrame, units: pd.Index) -> pd.Series:
    unit = texts(facilities, "unit_id")
    lost = facilities.index[~unit.isin(units)]
    if len(lost):
        problem = Text("stands in no unit of the table", "不属于表中任何单元")
        advice = Text("give its unit, or check the boundary", "请补充所属单元，或核对边界")
        where, value = "column unit_id", shown(lost)
        raise InputError(Finding("GP-P050", "facilities", where, problem, advice, value, count=len(lost)))
    return unit.rename("unit_id")


def _values(facilities: pd.DataFrame, attribute: str) -> pd.Series:
    """The attribute as text; flags as yes and no; what is missing as unknown."""
    value = texts(facilities, attribute)
    return value.map(lambda v: UNKNOWN if v is None else {True: "yes", False: "no"}.get(v, str(v))).rename(attribute)
