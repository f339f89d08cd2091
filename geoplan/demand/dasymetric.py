"""Census by unit, spread to the residential areas or buildings of each unit in proportion to a weight (dasymetric mapping)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.demand._share import Values, share_out
from geoplan.errors import CheckFailed, Finding, Findings, Text
from geoplan.tables import number_column

CODES = "GP-D001", "GP-D002"
CENSUS = Text("give the column in the census table", "请在普查表中提供该列")
WEIGHT = Text(
    "give the column, or weigh by another: population, floor_area_m2, dwellings",
    "请提供该列，或改用其他权重：人口、建筑面积、住宅套数",
)
TOLERANCE = 1e-9

Rows = npt.NDArray[np.int64]


def spread(
    census: pd.DataFrame,
    points: pd.DataFrame,
    columns: Sequence[str],
    findings: Findings,
    *,
    weight: str = "population",
    within: Mapping[str, Sequence[str]] | None = None,
    by: str = "unit_id",
) -> pd.DataFrame:
    """The census `columns` (persons) at each point, on the index of `points`: figure of the unit × weight / Σ weights of the unit.

    `census` has one row a unit (its index), `points` name their unit in column `by` (`unit_id`, or `township` for a census
    by township) and carry the `weight`: `population`, `floor_area_m2` or `dwellings`. `within` says for a census row without points into
    which units its people go (a zone inside districts): over all points of these units by the same weight, a repair. A
    unit with people whose weights are all 0 is spread evenly, a repair. `attrs["rule"]` states the rule in both languages.

    The shares are floats, not rounded to thousandths column by column: so the columns keep their proportions at every point, and ages never
    exceed the people they are part of. No one is lost: the exact sum of a unit's points is its census figure (whole
    persons to the last bit) where nothing else is spread there, and all points hold the census to 1e-9, or `CheckFailed` is raised.

    Raises `InputError` with everything that is wrong: a column missing, a number missing or negative, a unit twice,
    a census row that has no point (with the people who would be lost), a point whose unit has no census row.

    Source: Wright, J. K. (1936). A method of mapping densities of population. Geographical Review 26 (1), 103-110.

    >>> census = pd.DataFrame({"age_0": [30]}, index=["U"])
    >>> points = pd.DataFrame({"unit_id": "U", "dwellings": [100, 200]}, index=["A", "B"])
    >>> spread(census, points, ["age_0"], Findings(), weight="dwellings")["age_0"].tolist()
    [10.0, 20.0]
    """
    given = {c: number_column(census, c, "census", CENSUS, findings, CODES).to_numpy() for c in columns}
    weights = number_column(points, weight, "residents", WEIGHT, findings, CODES).to_numpy()
    targets = _targets(census, points, given, within or {}, by, findings)
    findings.raise_errors()
    _note_even(targets, weights, given, findings)
    people = {c: np.zeros(len(points)) for c in columns}
    for at, rows in enumerate(targets):
        for column, figures in given.items():
            people[column][rows] += share_out(float(figures[at]), weights[rows]) if len(rows) else 0.0
    _check(people, given, targets)
    result = pd.DataFrame(people, points.index)
    result.attrs["rule"] = Text(
        f"census figures by unit, spread to {len(points)} points in proportion to {weight} within each unit",
        f"按单元的普查数，在单元内按 {weight} 的比例分配到 {len(points)} 个点",
    )
    return result


def _targets(
    census: pd.DataFrame,
    points: pd.DataFrame,
    given: Mapping[str, Values],
    within: Mapping[str, Sequence[str]],
    by: str,
    findings: Findings,
) -> list[Rows]:
    """For each census row the rows of its points; adds a finding for all that joins nothing."""
    empty = np.array([], np.int64)
    units = points[by] if by in points.columns else pd.Series(None, points.index, dtype=object)
    rows_of = {str(u): np.asarray(r, np.int64) for u, r in units.groupby(units).indices.items()}
    for unit in census.index[census.index.duplicated()].unique():
        problem, advice = Text("this unit stands more than once", "单元重复"), Text("give one row a unit", "每单元一行")
        findings.add(Finding("GP-D030", "census", "index", problem, advice, str(unit)))
    findings.add(*_wrong_within(within, set(map(str, census.index)), set(rows_of)))
    targets, reached = [], set(map(str, census.index))
    for at, unit in enumerate(map(str, census.index)):
        into = [] if unit in rows_of else [u for u in within.get(unit, ()) if u in rows_of]
        rows = np.concatenate([rows_of.get(u, empty) for u in (into or [unit])])
        people = ", ".join(f"{c} {v[at]:.10g}" for c, v in given.items())
        reached |= set(into)
        if into:
            findings.add(_went_into(unit, into, people))
        elif not len(rows) and any(v[at] > 0 for v in given.values()):
            findings.add(_no_point(unit, people))
        targets.append(rows)
    lost = units.index[~units.isin(list(reached))]
    if len(lost):
        findings.add(_no_census(by, lost))
    return targets


def _wrong_within(within: Mapping[str, Sequence[str]], census: set[str], with_points: set[str]) -> list[Finding]:
    """What does not hold in `within`: a unit that is none of the census or has points itself, a goal without points."""
    not_census = Text("this is no unit of the census", "普查表中没有该单元")
    has_points = Text("this unit has residential areas of its own", "该单元自有居住区")
    no_goal = Text("a unit named here has no residential area", "所列单元没有居住区")
    advice = Text("name census units without residential areas, and units that have some", "请核对 within 中的单元代码")
    found = []
    for unit, goals in within.items():
        absent = [g for g in goals if g not in with_points]
        problem = not_census if unit not in census else has_points if unit in with_points else no_goal
        if problem is not no_goal or absent or not goals:
            value = ", ".join(absent) if problem is no_goal else unit
            found.append(Finding("GP-D035", "", f"within.{unit}", problem, advice, value))
    return found


def _went_into(unit: str, into: Sequence[str], people: str) -> Finding:
    problem = Text(
        f"this census unit has no residential area; its people ({people}) are spread over those of {', '.join(into)}",
        f"该普查单元没有居住区，其人口（{people}）分配到 {'、'.join(into)} 的居住区",
    )
    advice = Text("check that these units hold it", "请核对其所属单元")
    return Finding("GP-D031", "census", f"unit {unit}", problem, advice, unit, "repair")


def _no_point(unit: str, people: str) -> Finding:
    problem = Text(
        f"no residential area has this unit; its people ({people}) would be lost",
        f"没有居住区属于该单元，其人口（{people}）将丢失",
    )
    advice = Text(
        "correct the code, or say with `within` into which units it goes", "请更正代码，或用 within 指明其并入的单元"
    )
    return Finding("GP-D032", "census", f"unit {unit}", problem, advice, unit)


def _no_census(by: str, ids: pd.Index) -> Finding:
    problem = Text("the census has no row for the unit of these points", "普查表中没有这些点所属的单元")
    advice = Text("give the unit's census row, or correct the code", "请补充该单元的普查数据，或更正代码")
    return Finding(
        "GP-D033", "residents", f"column {by}", problem, advice, ", ".join(map(str, ids[:5])), count=len(ids)
    )


def _note_even(targets: Sequence[Rows], weights: Values, given: Mapping[str, Values], findings: Findings) -> None:
    """Adds a repair for the points that share people evenly because none of them has a weight."""
    even = [
        rows
        for at, rows in enumerate(targets)
        if len(rows) and not weights[rows].any() and any(v[at] > 0 for v in given.values())
    ]
    if even:
        problem = Text(
            f"in {len(even)} units all weights are 0: their people are spread evenly",
            f"{len(even)} 个单元的权重均为0，其人口平均分配",
        )
        advice = Text("give the weights", "请补全权重")
        count = sum(map(len, even))
        findings.add(Finding("GP-D034", "residents", "weight", problem, advice, severity="repair", count=count))


def _check(people: Mapping[str, Values], given: Mapping[str, Values], targets: Sequence[Rows]) -> None:
    """Counts again: every unit that nothing else was spread into, to the last bit; and everyone."""
    rows = np.concatenate([*targets, np.array([], np.int64)])
    shared = np.bincount(rows, minlength=1) > 1 if len(rows) else np.array([False])
    for column, values in people.items():
        for at, own in enumerate(targets):
            alone = len(own) and not shared[own].any()
            if alone and not math.isclose(math.fsum(values[own]), given[column][at], rel_tol=1e-15):
                raise CheckFailed(f"dasymetric: {column} of census row {at} does not add up to the census")
        if not math.isclose(math.fsum(values), math.fsum(given[column]), rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            raise CheckFailed(f"dasymetric: {column} of all points does not add up to the census")
