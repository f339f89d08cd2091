"""Where the children of a later year live: in today's residential areas, and in new ones that are delivered by then."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.demand._share import Values, share_out
from geoplan.errors import CheckFailed, Finding, Findings, Severity, Text
from geoplan.tables import number_column

CODES = "GP-D001", "GP-D002"
PEOPLE = Text("give the column in the residents layer", "请在居住区图层中提供该列")
CORRECT = Text("correct the column", "请更正该列")
TOLERANCE = 1e-9
SHOWN = 5

Rows = npt.NDArray[np.int64]


class _Given(NamedTuple):
    """What is shared out: children by unit and age, the base ages and people of the points, and the new areas' people."""

    children: pd.DataFrame
    base: Values
    people: Values
    rows_of: dict[str, Rows]
    outside: Rows
    new: pd.Series
    new_rows_of: dict[str, Rows]


def place(
    ages_by_unit_year: pd.DataFrame,
    points: pd.DataFrame,
    new: pd.DataFrame | None,
    year: int,
    *,
    findings: Findings,
    from_outside: float = 0.0,
    persons_per_dwelling: float | None = None,
) -> pd.DataFrame:
    """The children `age_0` … of a year at every demand point and every new residential area delivered by then (persons).

    With A the children of an age in a unit and year (the CohortTable), P the unit's residents in the base year, N the planned residents
    of its new areas and f = `from_outside`, the share of them who come from outside the unit:

    * the new areas get A·N/P, shared by planned residents: as many children a resident as the unit has;
    * today's points share A·(1 - (1 - f)·N/P) by their children of that age in the base year; by their residents where a unit has
      none of that age;
    * so a unit has A·(1 + f·N/P): with f = 0 new housing only moves its children about.

    `points`: unit_id, population and age_0 … of the base year (the first year of the table). `new` (index project_id): unit_id,
    delivery_year, population or dwellings (× `persons_per_dwelling`). An area whose delivery year is not after the base year is in
    the census already and left out, one without a year is not counted: each a note. Points in no unit of the table
    change by the ratio of all units together, a note.

    Unit totals are counted again to 1e-9, or `CheckFailed` is raised. Raises `InputError` with everything that is wrong: numbers missing,
    a new area without unit or residents, an id that stands twice, children in a unit without points, more people moving within a unit
    than live there.

    >>> index = pd.MultiIndex.from_tuples([("U", 2020), ("U", 2026)], names=["unit_id", "year"])
    >>> table = pd.DataFrame({"age_0": [30.0, 20.0]}, index)
    >>> points = pd.DataFrame({"unit_id": "U", "population": [100, 200], "age_0": [10, 20]}, index=["a", "b"])
    >>> new = pd.DataFrame({"unit_id": ["U"], "population": [150], "delivery_year": [2025]}, index=["n"])
    >>> place(table, points, new, 2026, findings=Findings())["age_0"].round(6).to_dict()
    {'a': 3.333333, 'b': 6.666667, 'n': 10.0}
    """
    base_year = int(ages_by_unit_year.index.get_level_values("year").min())
    arriving = _delivered(new, base_year, year, persons_per_dwelling, findings)
    given = _given(ages_by_unit_year, points, arriving, year, findings)
    _note_problems(given, points, arriving, from_outside, findings)
    findings.raise_errors()
    result = np.zeros((len(points) + len(arriving), given.children.shape[1]))
    for unit, children in given.children.iterrows():
        _fill(result, given, str(unit), children.to_numpy(float), from_outside)
    result[given.outside] = given.base[given.outside] * _ratio(given)
    index = pd.Index([*points.index, *arriving.index], name="demand_id", dtype=object)
    return pd.DataFrame(result, index, given.children.columns)


def _delivered(
    new: pd.DataFrame | None, base_year: int, year: int, persons: float | None, findings: Findings
) -> pd.DataFrame:
    """The new areas delivered after the base year and by `year`: unit_id and planned residents."""
    if new is None or new.empty:
        return pd.DataFrame({"unit_id": pd.Series(dtype=object), "population": pd.Series(dtype=float)})
    when = pd.to_numeric(new.reindex(columns=["delivery_year"])["delivery_year"], errors="coerce")
    _note_years(new.index[when.isna()], new.index[when <= base_year], base_year, findings)
    rows = new[(when > base_year) & (when <= year)].reindex(columns=["unit_id", "population", "dwellings"])
    planned = rows["population"]
    if persons is not None:
        planned = planned.fillna(pd.to_numeric(rows["dwellings"], errors="coerce") * persons)
    advice = Text(
        "give planned residents, or dwellings and the persons in a dwelling", "请提供规划人口，或住宅套数与户均人口"
    )
    people = number_column(rows.assign(population=planned), "population", "new_residential", advice, findings, CODES)
    return pd.DataFrame({"unit_id": rows["unit_id"].astype(object), "population": people})


def _note_years(undated: pd.Index, early: pd.Index, base_year: int, findings: Findings) -> None:
    at = "new_residential delivery_year"
    problem = Text("no delivery year: not counted in any year", "未注明交付年份，各年均未计入")
    _say(findings, "GP-D060", at, problem, undated, Text("give delivery_year", "请填写交付年份"), "note")
    problem = Text(
        f"delivered by {base_year}: its people are in the census already", f"{base_year} 年前已交付，人口已含在普查中"
    )
    advice = Text("nothing to do if the residents layer holds it", "若居住区图层已包含则无需处理")
    _say(findings, "GP-D061", at, problem, early, advice, "note")


def _say(
    findings: Findings,
    code: str,
    place_: str,
    problem: Text,
    ids: Iterable[object],
    advice: Text = CORRECT,
    severity: Severity = "error",
) -> None:
    """Adds one finding for these ids; none if there are none."""
    named = list(map(str, ids))
    if named:
        value = ", ".join(named[:SHOWN])
        findings.add(Finding(code, "residents", place_, problem, advice, value, severity, len(named)))


def _given(table: pd.DataFrame, points: pd.DataFrame, arriving: pd.DataFrame, year: int, findings: Findings) -> _Given:
    units, columns = table.index.unique(level="unit_id"), list(table.columns)
    children = table[table.index.get_level_values("year") == year].droplevel("year")
    if children.empty:
        problem, advice = (
            Text("the cohorts do not reach this year", "队列推算未覆盖该年份"),
            Text("project up to it", "请推算到该年"),
        )
        findings.add(Finding("GP-D062", "", "years.phases", problem, advice, str(year)))
        children = pd.DataFrame(0.0, units, columns)
    base = [number_column(points, c, "residents", PEOPLE, findings, CODES).to_numpy() for c in columns]
    people = number_column(points, "population", "residents", PEOPLE, findings, CODES).to_numpy()
    unit = points["unit_id"].astype(object)
    rows_of = {str(u): np.asarray(r, np.int64) for u, r in unit.groupby(unit).indices.items() if u in units}
    new_rows = arriving.groupby("unit_id").indices
    new_rows_of = {str(u): np.asarray(r, np.int64) + len(points) for u, r in new_rows.items()}
    outside = np.flatnonzero(~unit.isin(list(units)))
    return _Given(children, np.column_stack(base), people, rows_of, outside, arriving["population"], new_rows_of)


def _note_problems(
    given: _Given, points: pd.DataFrame, arriving: pd.DataFrame, from_outside: float, findings: Findings
) -> None:
    ids = points.index.append(arriving.index)
    _say(findings, "GP-D068", "index", Text("this id stands more than once", "编号重复"), ids[ids.duplicated()])
    problem = Text("a unit has children but no residential area", "单元有婴幼儿但没有居住区")
    empty = [u for u, row in given.children.iterrows() if u not in given.rows_of and row.sum() > 0]
    _say(findings, "GP-D064", "unit_id", problem, empty)
    problem = Text("a new area lies in no unit with residents", "新建居住区不属于任何有居民的单元")
    unknown = arriving.index[~arriving["unit_id"].isin(list(given.rows_of))]
    _say(findings, "GP-D065", "new_residential unit_id", problem, unknown)
    problem = Text("more people move within the unit than live there", "单元内迁居人数超过现有居民")
    crowded = [u for u in given.rows_of if _moving(given, u, from_outside) > 1]
    _say(findings, "GP-D066", "new_residential population", problem, crowded)
    problem = Text("must be a share between 0 and 1", "须为0至1之间的比例")
    _say(findings, "GP-D067", "from_outside", problem, [] if 0 <= from_outside <= 1 else [from_outside])
    problem = Text(
        "in no unit of the cohorts: changed by the ratio of all units", "不属于任何队列单元，按全域变化率推算"
    )
    _say(findings, "GP-D063", "unit_id", problem, points.index[given.outside], severity="note")


def _moving(given: _Given, unit: str, from_outside: float) -> float:
    """The share of a unit's residents who move into its new areas."""
    moving = (1 - from_outside) * _planned(given, unit).sum()
    residents = math.fsum(given.people[given.rows_of[unit]])
    return float(moving / residents) if residents > 0 else math.inf if moving > 0 else 0.0


def _planned(given: _Given, unit: str) -> Values:
    rows = given.new_rows_of.get(unit, np.array([], np.int64))
    return given.new.to_numpy(float)[rows - len(given.people)]


def _fill(result: Values, given: _Given, unit: str, children: Values, from_outside: float) -> None:
    """Share a unit's children over its points and new areas, and count them again."""
    if unit not in given.rows_of:
        return
    rows, planned = given.rows_of[unit], _planned(given, unit)
    residents = math.fsum(given.people[rows])
    arrived = planned.sum() / residents if residents > 0 else 0.0
    moving = _moving(given, unit, from_outside)
    for age, total in enumerate(children):
        of_age = given.base[rows, age]
        result[rows, age] = share_out(total * (1 - moving), of_age if of_age.any() else given.people[rows])
        if len(planned):
            result[given.new_rows_of[unit], age] = share_out(total * arrived, planned)
        there = math.fsum(result[rows, age]) + math.fsum(result[given.new_rows_of.get(unit, rows[:0]), age])
        if not math.isclose(there, total * (1 + arrived - moving), rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            raise CheckFailed(f"housing: age {age} of unit {unit} does not add up to the cohort table")


def _ratio(given: _Given) -> Values:
    """By how much all units together have changed since the base year, by age; 1 where they had no one."""
    inside = np.ones(len(given.base), bool)
    inside[given.outside] = False
    before = given.base[inside].sum(axis=0)
    return np.where(before > 0, given.children.to_numpy(float).sum(axis=0) / np.where(before > 0, before, 1), 1.0)
