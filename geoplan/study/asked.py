"""Asked: whether the layers can answer what a study asks of its people, told before anything is projected."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from geoplan.demand.cohorts import LEVELS
from geoplan.errors import Finding, Findings, Text
from geoplan.study.given import Given
from geoplan.study.schema import Settings

SHOWN = 5


def check_asked(settings: Settings, given: Given, aged: bool) -> None:
    """Raise one `InputError` with everything that `demand` asks and the layers do not hold; `aged` is whether they hold ages.

    A level of births without a column, care at work without employers or ages, new residential areas whose residents
    cannot be told: each would else be refused later in words of the projection, or change nothing.
    """
    findings = Findings()
    if settings.demand.at_work:
        _check_work(given, aged, findings)
    if aged:
        _check_level(settings, given.table("births"), findings)
        _check_new(settings, given.table("new_residential"), findings)
    findings.raise_errors()


def columns_named(finding: Finding, level: str) -> Finding:
    """A finding of years without births, with the columns in which they were looked for."""
    if finding.code != "GP-D044" or finding.file != "births":
        return finding
    return replace(finding, place=f"columns births, births_{level}")


def _check_work(given: Given, aged: bool, findings: Findings) -> None:
    if given.table("employers") is None:
        problem = Text(
            "care at work is asked for, but there is no layer employers",
            "设了在工作地照护的比例，但没有 employers 图层",
        )
        advice = Text("add layers.employers, or leave at_work out", "请补充 layers.employers，或删去 at_work")
    elif not aged:
        problem = Text("care at work needs the ages of the residents", "在工作地照护的推算需要居民分年龄数据")
        advice = Text("give age_0 and age_1_4, or leave at_work out", "请提供 age_0、age_1_4 列，或删去 at_work")
    else:
        return
    findings.add(Finding("GP-D082", "", "demand.at_work", problem, advice))


def levels_of(births: pd.DataFrame | None) -> list[str]:
    """The levels of which a table of births holds any number.

    >>> levels_of(pd.DataFrame({"year": [2026], "births": [None], "births_low": [9.0], "births_mid": [None]}))
    ['low']
    """
    if births is None:
        return []
    return [level for level in LEVELS if births.reindex(columns=[f"births_{level}"]).notna().any(axis=None)]


def _check_level(settings: Settings, births: pd.DataFrame | None, findings: Findings) -> None:
    """Adds an error if other levels of births are projected, the chosen one is not, and births observed do not reach far enough."""
    held, chosen = levels_of(births), settings.demand.births
    if births is None or not held or chosen in held:
        return
    later = births[births["year"].between(settings.years.base + 1, settings.years.phases[-1])]
    if later.reindex(columns=["births"])["births"].notna().all():
        return
    names = [f"births_{v}" for v in held]
    problem = Text(
        f"the births layer has no births_{chosen}; it has {', '.join(names)}",
        f"births 图层没有 births_{chosen} 列，现有：{'、'.join(names)}",
    )
    advice = Text(f"add the column, or use {' or '.join(held)}", f"请补充该列，或改用 {'、'.join(held)}")
    findings.add(Finding("GP-D083", "", "demand.births", problem, advice, chosen))


def _check_new(settings: Settings, new: pd.DataFrame | None, findings: Findings) -> None:
    """Adds an error for the areas delivered in the years of the study whose residents are not known, and how to know them."""
    if new is None:
        return
    first, last = settings.years.base, settings.years.phases[-1]
    due = new[(new["delivery_year"] > first) & (new["delivery_year"] <= last) & new["population"].isna()]
    told = due["dwellings"].notna()
    problem = Text(
        "neither residents nor dwellings are given: it is not known who will live there",
        "未给规划人口与套数，入住人数未知",
    )
    advice = Text("give one of the two, or leave the row out with `keep`", "请补充其一，或用 keep 排除该行")
    _say(due.index[~told], problem, advice, findings)
    if settings.demand.persons_per_dwelling is None:
        problem = Text("dwellings are given, but not how many people live in one", "给出了套数，但未给每套人数")
        advice = Text(
            "set demand.persons_per_dwelling, or give population", "请设 demand.persons_per_dwelling，或提供规划人口"
        )
        _say(due.index[told], problem, advice, findings)


def _say(ids: pd.Index, problem: Text, advice: Text, findings: Findings) -> None:
    if len(ids):
        shown = ", ".join(map(str, ids[:SHOWN]))
        findings.add(Finding("GP-D084", "", "layers.new_residential", problem, advice, shown, count=len(ids)))
