"""measure_access: any measure of access by name, from the tables as they are."""

from __future__ import annotations

import pandas as pd

from geoplan.access._weights import same_order
from geoplan.access.decay import Decay
from geoplan.errors import Finding, Findings, Text
from geoplan.network.cost import CostMatrix
from geoplan.plugins import find
from geoplan.tables import number_column

SHOWN = 5


def measure_access(
    cost: CostMatrix,
    demand: pd.DataFrame,
    facilities: pd.DataFrame,
    measure: str,
    *,
    reach: float | None = None,
    decay: Decay | None = None,
    weight: str = "population",
    supply: str = "places",
) -> pd.Series:
    """One measure of access for each demand point, as a Series on the index of `demand`.

    `measure` is a name of `geoplan list measures`. `weight` is the column of `demand` with people, `supply`
    that of `facilities` with places; where `supply` is missing but there are columns `places_<band>`, their
    sum. A facility whose `counted` is false has no supply. `reach` is in the unit of `cost`. Tables are
    joined to `cost` by label. Raises `InputError` with all problems at once: labels that differ, a column
    that is missing, a number that is missing or negative, a reach beyond the limit of `cost`; `UsageError`
    if the measure is not known.

    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0), ("b", "F", 900.0)], unit="m")
    >>> homes = pd.DataFrame({"population": [30, 10]}, index=["a", "b"])
    >>> clinics = pd.DataFrame({"places": [8]}, index=["F"])
    >>> measure_access(cost, homes, clinics, "two_step_fca", reach=900).tolist()
    [0.2, 0.2]
    """
    verb = find("measures", measure)
    findings = Findings()
    in_order = _check_labels(demand.index, cost.demand_ids, "demand", findings)
    placed = _check_labels(facilities.index, cost.place_ids, "facilities", findings)
    people = _numbers(demand, weight, "demand", findings)
    places = _supply(facilities, supply, findings)
    if reach is not None and not 0 <= reach <= cost.limit:
        problem = Text("the reach must lie between 0 and the limit of the cost", "服务半径须在0与成本上限之间")
        advice = Text(f"compute the cost up to it, not {cost.limit:g}", f"请加大成本计算上限（现为{cost.limit:g}）")
        findings.add(Finding("GP-M003", "", "reach", problem, advice, str(reach)))
    findings.raise_errors()
    # labels in the order of the cost are compared here, once, and not again in the measure
    people = people.set_axis(cost.demand_ids) if in_order else people
    places = places.set_axis(cost.place_ids) if placed else places
    values: pd.Series = verb(cost, people, places, reach=reach, decay=decay)
    return values.set_axis(demand.index) if in_order else values


def _check_labels(index: pd.Index, ids: pd.Index, table: str, findings: Findings) -> bool:
    """Add a finding unless the labels are those of the cost matrix; tells whether they stand in its order, too."""
    if same_order(index, ids):
        return True
    if index.is_unique and len(index) == len(ids) and index.isin(ids).all():
        return False
    other = sorted(map(repr, set(index) ^ set(ids))) or sorted(map(repr, index[index.duplicated()]))
    problem = Text("its ids are not those of the cost matrix", "编号与成本矩阵不一致")
    advice = Text("use the table that the cost was computed from", "请使用计算成本时的同一张表")
    shown = ", ".join(other[:SHOWN])
    findings.add(Finding("GP-M001", table, "index", problem, advice, shown, count=len(other)))
    return False


def _numbers(frame: pd.DataFrame, column: str, table: str, findings: Findings) -> pd.Series:
    advice = Text("name the column to use", "请指明所用的列")
    return number_column(frame, column, table, advice, findings, ("GP-M002", "GP-M004"))


def _supply(facilities: pd.DataFrame, column: str, findings: Findings) -> pd.Series:
    bands = [c for c in facilities.columns if str(c).startswith("places_")]
    if column in facilities.columns or not bands:
        places = _numbers(facilities, column, "facilities", findings)
    else:
        columns = [_numbers(facilities, band, "facilities", findings) for band in bands]
        places = pd.concat(columns, axis=1).sum(axis=1)
    if "counted" not in facilities.columns:
        return places
    return places.where(facilities["counted"].astype("boolean").fillna(False).astype(bool), 0.0)
