"""Spare classes of kindergartens: from capacity and the enrolment that is projected to a planning year."""

from __future__ import annotations

import pandas as pd

from geoplan.errors import CheckFailed, Findings, Text, UsageError
from geoplan.supply._columns import note, number

AGES = (3, 4, 5)  # single years of kindergarten age
THOUSAND = 1000


def kindergarten_children(cohorts: pd.DataFrame, year: int) -> pd.Series:
    """Children of kindergarten age by unit in a year (persons): age_3 + age_4 + age_5, as far as the cohort table has these ages.

    `cohorts` has the index (unit_id, year). A number that is not known leaves the sum unknown. Raises `UsageError`
    if the table does not hold the year, or none of the ages.

    >>> index = pd.MultiIndex.from_tuples([("u", 2020), ("u", 2026)], names=["unit_id", "year"])
    >>> table = pd.DataFrame({"age_3": [10, 4], "age_4": [10, 5], "age_5": [10, 6]}, index=index)
    >>> kindergarten_children(table, 2026).to_dict()
    {'u': 15.0}
    """
    years = cohorts.index.get_level_values("year")
    if year not in years:
        raise UsageError(f"the cohort table does not hold {year}; it holds {sorted(set(years))}")
    held = [c for c in (f"age_{a}" for a in AGES) if c in cohorts.columns]
    if not held:
        raise UsageError(f"the cohort table holds no age of {AGES[0]} to {AGES[-1]}")
    rows: pd.DataFrame = cohorts.loc[years == year, held].droplevel("year").astype(float)
    return rows.sum(axis=1, skipna=False).rename("children")


def projected(hosts: pd.DataFrame, now: pd.Series, then: pd.Series, findings: Findings) -> pd.Series:
    """The enrolment of each host in the year (persons, in whole thousandths); NaN where not known.

    projected = `enrolment` × children of its unit then / children of its unit now, where `now` and `then` are the
    children of kindergarten age by unit_id: the share of them that each kindergarten has stays as it is. A stated
    `projected_enrolment` wins. Not known: an enrolment, a unit or its children that are missing, a unit
    without children now. Notes how many were stated (GP-P040) and how many are not known (GP-P041). Raises
    `UsageError` if `now` and `then` are not of the same units, `InputError` for what is not a number >= 0. Clause C3.2.

    >>> hosts = pd.DataFrame({"unit_id": ["u", "u"], "enrolment": [90, 60], "projected_enrolment": [None, 70]},
    ...     index=["K1", "K2"])
    >>> projected(hosts, pd.Series({"u": 300}), pd.Series({"u": 200}), Findings()).tolist()
    [60.0, 70.0]
    """
    if not now.index.is_unique or not then.index.is_unique or set(now.index) != set(then.index):
        raise UsageError("children now and then must be of the same units, each once")
    wrong = Findings()
    enrolment, stated = (number(hosts, c, wrong) for c in ("enrolment", "projected_enrolment"))
    wrong.raise_errors()
    ratio = then.astype(float).reindex(now.index) / now.astype(float).where(now.astype(float) > 0)
    unit = hosts["unit_id"] if "unit_id" in hosts.columns else pd.Series(None, hosts.index, dtype=object)
    values = stated.where(stated.notna(), enrolment * unit.map(ratio).astype(float))
    say = Text("the projected enrolment is as stated", "预测在园人数按所填数值"), Text("none needed", "无需处理")
    note(findings, "GP-P040", "column projected_enrolment", *say, hosts.index[stated.notna()])
    say = (
        Text("the enrolment cannot be projected and is not known", "无法预测在园人数，按未知处理"),
        Text(
            "give the enrolment, the unit and its children of kindergarten age",
            "请补充在园人数、所属单元及其学前适龄儿童数",
        ),
    )
    note(findings, "GP-P041", "column enrolment", *say, hosts.index[values.isna()])
    return ((values * THOUSAND).round() / THOUSAND).rename("projected_enrolment")


def spare_classes(
    classes: pd.Series, capacity: pd.Series, enrolment: pd.Series, class_size: int | pd.Series
) -> pd.Series:
    """Classes that a kindergarten can give to younger children: whole, never negative, NaN where not known.

    free = capacity − enrolment; spare = max(0, min(⌊free / (capacity / classes)⌋, ⌊free / class_size⌋)): as many
    class-rooms as stand free, and no more than the free places can fill, so that
    spare × class_size + enrolment <= capacity. `enrolment` is today's or the `projected` one; `class_size` is
    children a class that would be opened. Not known: any of the three missing, a capacity or classes of 0. Raises
    `UsageError` if the columns do not share an index or a class size is not above 0; `CheckFailed` if the
    inequality does not hold. Clause C3.2.

    >>> index = ["K1", "K2", "K3"]
    >>> columns = [pd.Series(v, index) for v in ([3, 6, 6], [90, 180, 180], [40, 175, None])]
    >>> spare_classes(*columns, class_size=20).tolist()
    [1.0, 0.0, nan]
    """
    columns = [c.astype(float) for c in (classes, capacity, enrolment)]
    size = class_size if isinstance(class_size, pd.Series) else pd.Series(class_size, classes.index)
    if not all(c.index.equals(classes.index) for c in [*columns, size]) or not (size > 0).all():
        raise UsageError("classes, capacity, enrolment and class_size must share an index; class sizes are above 0")
    # whole thousandths, so that a free place is not lost to a binary fraction
    rooms, most, taken = columns[0], (columns[1] * THOUSAND).round(), (columns[2] * THOUSAND).round()
    known = rooms.gt(0) & most.gt(0) & taken.notna()
    free = (most - taken).clip(lower=0)
    by_room, by_place = free * rooms // most.where(known), free // (size * THOUSAND)
    spare: pd.Series = by_room.where(by_room <= by_place, by_place).where(known).rename("spare_classes")
    over = spare.gt(0) & (spare * size * THOUSAND + taken > most)
    if over.any():
        raise CheckFailed(f"spare classes and enrolment exceed the capacity of {list(spare.index[over][:5])}")
    return spare
