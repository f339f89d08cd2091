"""Children by single year of age, carried from the census year to the planning years: births, survival, moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.demand._yearly import by_unit_and_year
from geoplan.errors import CheckFailed, Finding, Findings, InputError, Text
from geoplan.tables import number_column

LEVELS = ("low", "mid", "high")
YOUNG = 3  # net moves are those of children under three
CODES = "GP-D001", "GP-D002"
AGES = Text("estimate single years of age first", "请先估算分岁人口")
TOLERANCE = 1e-9

Values = npt.NDArray[np.float64]


class Projection(NamedTuple):
    """`ages`: (unit_id, year) × age_0 … (persons, middle of the year); `account`: what came and went between years.

    The account has a row (unit_id, year) for every year after the base and the columns before, births, deaths,
    grown_out, moves and after (persons): before + births - deaths - grown_out + moves = after.
    """

    ages: pd.DataFrame
    account: pd.DataFrame


def base_table(ages: pd.DataFrame, unit_id: pd.Series, year: int) -> pd.DataFrame:
    """The CohortTable of the base year: single years of age by demand point, added up by unit.

    Points without a unit are left out: `housing.place` carries them on by the total's ratio. Raises `InputError` if the
    labels of `ages` and `unit_id` differ.

    >>> ages = pd.DataFrame({"age_0": [1.0, 2.0]}, index=["a", "b"])
    >>> base_table(ages, pd.Series(["U", "U"], index=["a", "b"]), 2020).loc[("U", 2020), "age_0"]
    np.float64(3.0)
    """
    if not ages.index.equals(unit_id.index):
        problem = Text("ages and units have different labels", "分岁人口与单元的编号不一致")
        raise InputError(Finding("GP-D045", "", "unit_id", problem, Text("join by the same ids", "请统一编号")))
    columns = [c for c in ages.columns if str(c).removeprefix("age_").isdecimal()]
    table = ages[columns].astype(float).groupby(unit_id.astype(object)).sum()
    table.index = pd.MultiIndex.from_product([table.index, [year]], names=["unit_id", "year"])
    return table


def project(
    base: pd.DataFrame,
    births: pd.DataFrame | None,
    years: Sequence[int],
    *,
    survival: Sequence[float],
    findings: Findings,
    level: str = "mid",
    moves: pd.DataFrame | None = None,
) -> Projection:
    """The CohortTable for every year from that of `base` to the last of `years`, and its account.

    1. age_0(y) = births(y) × s_0, where s_0 is the share of the newborn who are counted at age 0: infant deaths
       fall into the first days and weeks, so they are all taken off before the first count.
    2. age_k(y) = age_(k-1)(y-1) × s_k. The oldest age known grows out of the table.
    3. Net moves of y are added to ages 0, 1 and 2 by their share of the unit's children under three (evenly where it has none).

    `survival` is s_0, s_1 …, each in (0, 1]; the last one given holds for all ages above. `births` has unit_id (missing = whole area), year, `births`
    (observed, taken where given) and `births_low`, `_mid`, `_high`, of which `level` is taken elsewhere. `moves` has unit_id,
    year, net_moves. Figures for the whole area are shared over the units: births by age 0 of the base
    year, moves by its children under three. Every year after the base must be given; nothing is interpolated. Without `births`
    age 0 stays as in the base year; without `moves` no one moves: each a note.

    Everyone is accounted for to 1e-9 in every unit and year, or `CheckFailed` is raised. Raises `InputError` with everything that is
    wrong: more than one base year, ages or births that are no number >= 0, years missing, more children moving away than there are.

    Source: Preston, S. H., Heuveline, P., Guillot, M. (2001). Demography, chapter 6 (cohort component method).

    >>> index = pd.MultiIndex.from_tuples([("U", 2020)], names=["unit_id", "year"])
    >>> base = pd.DataFrame({"age_0": [100.0], "age_1": [120.0], "age_2": [130.0]}, index)
    >>> births = pd.DataFrame({"year": [2021, 2022], "births": [80, 60]})
    >>> ages, account = project(base, births, [2022], survival=[1, 1, 1], findings=Findings())
    >>> ages.loc[("U", 2022)].tolist(), account.loc[("U", 2022), "grown_out"].tolist()
    ([60.0, 80.0, 100.0], 120.0)
    """
    start, now = _base(base, findings)
    rates = _survival(survival, now.shape[1], findings)
    findings.raise_errors()
    later = list(range(start + 1, max([*years, start]) + 1))
    units = base.index.get_level_values(0)
    born = _births(births, later, level, pd.Series(now[:, 0], units), rates[0], findings)
    moved = _moves(moves, later, pd.Series(now[:, :YOUNG].sum(axis=1), units), findings)
    findings.raise_errors()
    tables, accounts = [now], []
    for year in later:
        after, account = _step(tables[-1], born[year].to_numpy(float), moved[year].to_numpy(float), rates)
        _note_negative(after, units, year, findings)
        tables.append(after)
        accounts.append(account)
    findings.raise_errors()
    columns = ["before", "births", "deaths", "grown_out", "moves", "after"]
    ages = _stack(tables, units, [start, *later], list(base.columns))
    return Projection(ages, _stack(accounts, units, later, columns))


def _base(base: pd.DataFrame, findings: Findings) -> tuple[int, Values]:
    """The base year and its ages, shape (units, ages)."""
    expected = [f"age_{k}" for k in range(base.shape[1])]
    years = base.index.unique(level=1) if base.index.nlevels == 2 else pd.Index([])
    if list(base.columns) != expected or len(years) != 1 or base.index.duplicated().any():
        problem = Text(
            "the base must have one row a unit, one year, and ages from 0 on",
            "基准表须每单元一行、同一年份、年龄自0岁起",
        )
        raise InputError(Finding("GP-D040", "", "years.base", problem, AGES, ", ".join(map(str, base.columns))))
    flat = base.set_axis(base.index.get_level_values(0))
    ages = [number_column(flat, c, "ages", AGES, findings, CODES).to_numpy() for c in expected]
    return int(years[0]), np.column_stack(ages)


def _survival(survival: Sequence[float], ages: int, findings: Findings) -> Values:
    """One rate for each age: the last given holds for the ages above."""
    rates = np.array(survival, float)
    if not len(rates) or not ((rates > 0) & (rates <= 1)).all():
        problem = Text("must be shares above 0, at most 1", "须为大于0且不超过1的存活率")
        advice = Text("from a life table: L0/l0, L1/L0, …", "取自生命表：L0/l0、L1/L0……")
        findings.add(Finding("GP-D046", "", "survival", problem, advice, str(list(survival))))
        return np.ones(ages)
    more = np.full(max(0, ages - len(rates)), rates[-1])
    return np.concatenate([rates, more])[:ages]


def _births(
    births: pd.DataFrame | None, years: Sequence[int], level: str, age_0: pd.Series, reach_0: float, findings: Findings
) -> pd.DataFrame:
    """Births by unit and year: observed, else those of the level; without a table those that keep age 0 as it is."""
    if births is None:
        problem = Text(
            "no births are given: age 0 is taken to stay as in the base year",
            "未提供出生数据，假定0岁人口保持基准年水平",
        )
        advice = Text("give a births table; falling births change the result", "请提供出生数据；出生下降会改变结果")
        findings.add(Finding("GP-D047", "", "layers.births", problem, advice, severity="note"))
        return pd.DataFrame(dict.fromkeys(years, age_0 / reach_0), age_0.index)
    if level not in LEVELS:
        problem, advice = (
            Text("no such level of births", "没有该出生水平"),
            Text("use low, mid or high", "可用 low、mid、high"),
        )
        findings.add(Finding("GP-D048", "", "level", problem, advice, level))
    values = pd.Series(np.nan, births.index)
    for column in ("births", f"births_{level}"):
        if column in births.columns:
            given = births[births[column].notna()]
            found = number_column(given, column, "births", AGES, findings, CODES)
            values = values.fillna(found.reindex(births.index))
    return by_unit_and_year(births, values, age_0, years, "births", findings)


def _moves(moves: pd.DataFrame | None, years: Sequence[int], young: pd.Series, findings: Findings) -> pd.DataFrame:
    """Net moves of children under three by unit and year."""
    if moves is None:
        problem = Text("no moves are given: no one is taken to move in or out", "未提供迁移数据，假定没有净迁移")
        advice = Text("give net moves of children under three by year", "请逐年提供3岁以下净迁移")
        findings.add(Finding("GP-D049", "", "layers.moves", problem, advice, severity="note"))
        return pd.DataFrame(0.0, young.index, list(years))
    values = pd.to_numeric(moves.reindex(columns=["net_moves"])["net_moves"], errors="coerce").astype(float)
    return by_unit_and_year(moves, values.where(np.isfinite(values)), young, years, "moves", findings)


def _step(before: Values, births: Values, moves: Values, rates: Values) -> tuple[Values, Values]:
    """The ages one year later and the account: before, births, deaths, grown out, moves, after."""
    entering = np.column_stack([births, before[:, :-1]])
    after = entering * rates
    deaths = (entering * (1 - rates)).sum(axis=1)
    young = after[:, :YOUNG]
    total = young.sum(axis=1, keepdims=True)
    share = np.where(total > 0, young / np.where(total > 0, total, 1), 1 / young.shape[1])
    after[:, :YOUNG] += moves[:, None] * share
    account = np.column_stack([before.sum(axis=1), births, deaths, before[:, -1], moves, after.sum(axis=1)])
    _check(account)
    return after, account


def _check(account: Values) -> None:
    before, births, deaths, grown_out, moves, after = account.T
    left = before + births - deaths - grown_out + moves
    if not np.allclose(left, after, rtol=TOLERANCE, atol=TOLERANCE * (1 + np.abs(account).max())):
        raise CheckFailed("cohorts: before + births - deaths - grown out + moves is not what is there after")


def _note_negative(after: Values, units: pd.Index, year: int, findings: Findings) -> None:
    """Adds an error for the units that more children under three leave than there are."""
    wrong = np.flatnonzero((after < -TOLERANCE).any(axis=1))
    if len(wrong):
        problem = Text("more children under three move away than there are", "净迁出的3岁以下人口超过现有人数")
        advice = Text("correct net_moves", "请核对净迁移数")
        value = ", ".join(map(str, units[wrong[:5]]))
        findings.add(Finding("GP-D051", "moves", f"year {year}", problem, advice, value, count=len(wrong)))
    np.clip(after, 0, None, out=after)


def _stack(tables: Sequence[Values], units: pd.Index, years: Sequence[int], columns: Sequence[str]) -> pd.DataFrame:
    """Tables of years one below the other, with the index (unit_id, year) in order."""
    index = pd.MultiIndex.from_product([years, units], names=["year", "unit_id"])
    rows = np.concatenate(tables) if tables else np.zeros((0, len(columns)))
    return pd.DataFrame(rows, index, list(columns)).swaplevel().sort_index()
