"""Columns of ages in a table: which years they cover, and whether they agree with each other and with the population."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Finding, Findings, Text
from geoplan.tables import number_column

Values = npt.NDArray[np.float64]

COLUMN = re.compile(r"age_(\d{1,2})(?:_(\d{1,2}))?")
GIVE = Text(
    "give the census columns age_0 and age_1_4, or single years; or state each age band's share of the residents",
    "请提供普查列 age_0 与 age_1_4 或分岁人口，或给出各月龄段占常住人口的比例（share）",
)
MEND = Text("correct the ages or the total", "请核对分年龄人口与合计")
LESS_THAN_YEARS = Text("the band is smaller than its own years of age", "该年龄段人口少于其中各岁人口之和")
NOT_THE_YEARS = Text("the band is not the sum of its years of age", "该年龄段人口不等于其中各岁人口之和")
OVER_POPULATION = Text("the ages add up to more than the population", "分年龄人口之和超过总人口")
CODES = "GP-D001", "GP-D002"
ROUNDING = 1e-6  # persons; a smaller difference is none
SHOWN = 5


@dataclass(frozen=True)
class Part:
    """The years first … last; its people are those of `column` less those of the columns `less`."""

    first: int
    last: int
    column: str
    less: tuple[str, ...] = ()

    @property
    def years(self) -> slice:
        """Where its years stand in a table of single years from 0."""
        return slice(self.first, self.last + 1)

    @property
    def count(self) -> int:
        """How many years it has."""
        return self.last - self.first + 1


@dataclass(frozen=True, eq=False)
class AgeValues:
    """Parts without a break from age 0, and the people of each, shape (rows, parts)."""

    parts: Sequence[Part]
    totals: Values


def age_columns(columns: Iterable[object]) -> dict[tuple[int, int], str]:
    """The columns of ages by their first and last year.

    >>> age_columns(["age_0", "age_1_4", "population"])
    {(0, 0): 'age_0', (1, 4): 'age_1_4'}
    """
    found = {}
    for column in map(str, columns):
        match = COLUMN.fullmatch(column)
        if match:
            first = int(match[1])
            found[first, int(match[2] or first)] = column
    return found


def parts_from_zero(columns: Iterable[object]) -> list[Part]:
    """The finest parts that the columns give from age 0 on, up to the first year that none gives.

    >>> [(p.first, p.last, p.column, p.less) for p in parts_from_zero(["age_0", "age_0_4", "age_5_9"])]
    [(0, 0, 'age_0', ()), (1, 4, 'age_0_4', ('age_0',)), (5, 9, 'age_5_9', ())]
    """
    known = age_columns(columns)
    parts: list[Part] = []
    age = 0
    while part := _part_at(age, known, parts):
        parts.append(part)
        age = part.last + 1
    return parts


def _part_at(age: int, known: dict[tuple[int, int], str], before: Sequence[Part]) -> Part | None:
    """The shortest part that begins at an age: of a column, or else what a column leaves after its first years."""
    for (first, last), column in sorted(known.items(), key=lambda k: (k[0][0] != age, k[0][1])):
        inner = [p for p in before if p.first >= first]
        tiled = first == age or (bool(inner) and inner[0].first == first and not any(p.less for p in inner))
        if first <= age <= last and tiled:
            return Part(age, last, column, tuple(p.column for p in inner))
    return None


def age_values(frame: pd.DataFrame) -> AgeValues:
    """The parts that a table's columns give from age 0, and their people; raises `InputError` as `single_years`."""
    parts = parts_from_zero(frame.columns)
    names = dict.fromkeys([c for p in parts for c in (p.column, *p.less)] or ["age_0", "age_1_4"])
    findings = Findings()
    given = {c: number_column(frame, c, "residents", GIVE, findings, CODES).to_numpy() for c in names}
    findings.raise_errors()
    totals = np.zeros((len(frame), len(parts)))
    for at, part in enumerate(parts):
        rest = given[part.column] - sum(given[c] for c in part.less)
        note_rows(frame.index, -rest, f"column {part.column}", LESS_THAN_YEARS, findings)
        totals[:, at] = np.clip(rest, 0, None)
    findings.raise_errors()
    return AgeValues(parts, totals)


def ages_must_add_up(frame: pd.DataFrame, findings: Findings, table: str = "residents") -> None:
    """Adds a finding (an error) for the rows whose ages do not agree: which rows, and by how many persons.

    Held against each other are every band and the columns within it (equal where these cover all of its years, at most
    the band where they do not), and all ages together and `population`, where there is one. Missing values are
    left to those who need them.

    >>> findings = Findings()
    >>> ages_must_add_up(pd.DataFrame({"age_0": [3], "age_1_4": [9], "population": [10]}, ["A"]), findings)
    >>> [(f.place, f.value) for f in findings]
    [('column population', 'A: 2')]
    """
    known = age_columns(frame.columns)
    numbers = frame[list(known.values())].apply(pd.to_numeric, errors="coerce").astype(float)
    for (first, last), column in known.items():
        inner = {k: c for k, c in known.items() if first <= k[0] and k[1] <= last and c != column}
        within, whole = _disjoint(inner, first, last, longest=False)
        excess = numbers[within].sum(axis=1, skipna=False) - numbers[column]
        if within:
            problem = NOT_THE_YEARS if whole else LESS_THAN_YEARS
            found = excess.abs() if whole else excess
            note_rows(frame.index, found.to_numpy(), f"column {column}", problem, findings, table)
    if "population" in frame.columns and known:
        everyone, _ = _disjoint(known, 0, max(last for _, last in known), longest=True)
        population = pd.to_numeric(frame["population"], errors="coerce").astype(float)
        excess = numbers[everyone].sum(axis=1, skipna=False) - population
        note_rows(frame.index, excess.to_numpy(), "column population", OVER_POPULATION, findings, table)


def _disjoint(known: dict[tuple[int, int], str], first: int, last: int, *, longest: bool) -> tuple[list[str], bool]:
    """Columns that do not overlap, taken from the youngest age up, and whether they cover first … last wholly."""
    columns, age, whole = [], first, True
    while age <= last:
        ends = sorted(b for a, b in known if a == age)
        if ends:
            end = ends[-1 if longest else 0]
            columns.append(known[age, end])
            age = end
        else:
            whole = False
        age += 1
    return columns, whole


def note_rows(
    index: pd.Index, excess: Values, place: str, problem: Text, findings: Findings, table: str = "residents"
) -> None:
    """Adds an error for the rows with an excess: the greatest of them by id, and by how many persons."""
    rows = np.flatnonzero(excess > ROUNDING)
    if len(rows):
        shown = rows[np.argsort(-excess[rows], kind="stable")][:SHOWN]
        value = ", ".join(f"{index[r]}: {excess[r]:.10g}" for r in shown)
        findings.add(Finding("GP-D020", table, place, problem, MEND, value, count=len(rows)))
