"""People: who needs a place in each planning year, at every demand point, by age band; with the projections behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.demand.ages import single_years, under_three
from geoplan.demand.cohorts import Projection, base_table, project
from geoplan.demand.dasymetric import spread
from geoplan.demand.housing import place
from geoplan.demand.population import migrants_apart, note_registered, people_by_band, people_of_ages
from geoplan.demand.uptake import places_wanted, wanted_by_level
from geoplan.demand.workplace import daytime
from geoplan.errors import CheckFailed, Finding, Findings, InputError, Text
from geoplan.profiles.service import ServiceProfile
from geoplan.study.asked import check_asked, columns_named, levels_of
from geoplan.study.given import Given
from geoplan.study.schema import Settings

METHODS = ("linear", "flat")
YOUNG = ["age_0", "age_1", "age_2"]


@dataclass(frozen=True, eq=False)
class People:
    """`points` are all demand points: today's, the new residential areas and, where children are cared for at work, the employers.

    `by_year` has for each planning year the columns people_<band>, wanted_<band> and under_three (missing where there are no ages). `cohorts` are children by unit,
    year and single age with their `account`, and `levels` the places wanted by births, year, band and level of uptake; these are
    empty where the layers have no ages. `basis` says how the base year's people under three were found.
    """

    points: gpd.GeoDataFrame
    by_year: Mapping[int, pd.DataFrame]
    cohorts: pd.DataFrame = field(default_factory=pd.DataFrame)
    account: pd.DataFrame = field(default_factory=pd.DataFrame)
    levels: pd.DataFrame = field(default_factory=pd.DataFrame)
    basis: Mapping[str, Any] = field(default_factory=dict)

    def in_year(self, year: int) -> gpd.GeoDataFrame:
        """The demand table of a planning year."""
        return self.points.join(self.by_year[year])


def count_people(settings: Settings, given: Given, service: ServiceProfile, findings: Findings) -> People:
    """The people of every planning year, by the rule of the service and what the layers hold."""
    if service.demand.kind == "thresholds":
        return _by_thresholds(settings, given, service, findings)
    note_registered(given.residents, findings)
    aged = settings.demand.share is None and _has_ages(settings, given)
    check_asked(settings, given, aged)
    return (_by_cohorts if aged else _the_same)(settings, given, service, findings)


def _has_ages(settings: Settings, given: Given) -> bool:
    held = given.residents.columns if given.table("census") is None else given.table("census").columns
    return any(str(c).startswith("age_") for c in held) and settings.demand.source == "residents"


def _the_same(settings: Settings, given: Given, service: ServiceProfile, findings: Findings) -> People:
    """One number of people for every year, from a share of the residents or from census columns without single ages."""
    people = people_by_band(given.with_units(given.residents), service, settings.demand.share)
    bands = [f"people_{b}" for b in service.band_ids]
    if len(settings.years.phases) > 1:
        problem = Text(
            "no ages by year: every planning year has the same people", "无分年龄数据：各规划年份服务对象数相同"
        )
        advice = Text("give age_0 and age_1_4, and a layer births", "请提供 age_0、age_1_4 列及 births 图层")
        findings.add(Finding("GP-D080", "", f"layers.{settings.demand.source}", problem, advice, severity="note"))
    wanted = people[bands].join(places_wanted(people, service, settings.demand.uptake)).assign(under_three=np.nan)
    return People(people.drop(columns=bands), dict.fromkeys(settings.years.phases, wanted))


def _by_thresholds(settings: Settings, given: Given, service: ServiceProfile, findings: Findings) -> People:
    """A row wants one place where any of its columns reaches the standard; where all are missing, it is not known and not counted."""
    points, rule = given.with_units(given.residents), service.demand.thresholds
    known = pd.DataFrame({c: pd.to_numeric(points.get(c), errors="coerce") for c in rule}, index=points.index)
    reached = pd.DataFrame({c: known[c] >= service.value(standard) for c, standard in rule.items()})
    _note_unknown(known, reached, f"layers.{service.demand.layer}", findings)
    people = pd.DataFrame({f"people_{b}": reached.any(axis=1).astype(float) for b in service.band_ids})
    wanted = people.join(places_wanted(people, service, settings.demand.uptake)).assign(under_three=np.nan)
    return People(_as_points(points), dict.fromkeys(settings.years.phases, wanted))


def _note_unknown(known: pd.DataFrame, reached: pd.DataFrame, layer: str, findings: Findings) -> None:
    """Notes on the rows of which nothing is known, and on those below what is known while another column is missing."""
    nothing = known.isna().all(axis=1)
    partly = known.isna().any(axis=1) & ~nothing & ~reached.any(axis=1)
    unclear = Text("not known whether a place is wanted here: not counted", "无法判断是否应配置，未计入需求")
    below = Text(
        "below the standard by what is known, while another column is missing: not counted",
        "已知指标未达标准而另有指标缺失，未计入需求",
    )
    advice = Text(f"complete {', '.join(map(str, known))}", f"请补充：{'、'.join(map(str, known))}")
    for code, rows, problem in (("GP-D081", nothing, unclear), ("GP-D085", partly, below)):
        if rows.any():
            shown = ", ".join(map(str, rows.index[rows][:5]))
            findings.add(Finding(code, "", layer, problem, advice, shown, "note", int(rows.sum())))


def _as_points(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Public places as demand points: nobody lives there."""
    kind = places["class"] if "class" in places else pd.Series(None, places.index, dtype=object)
    return places.assign(population=0.0, **{"class": kind.where(kind.notna(), "public")}).rename_axis("demand_id")


def _by_cohorts(settings: Settings, given: Given, service: ServiceProfile, findings: Findings) -> People:
    """Single years of age of the base year, carried on by births, survival and moves, and placed with the new housing."""
    homes = _with_census(settings, given, findings)
    ages = single_years(homes, settings.demand.ages if "age_1" not in homes else None)
    points = homes.drop(columns=[c for c in homes if str(c).startswith("age_")]).join(ages)
    base = base_table(ages, homes["unit_id"], settings.years.base)
    found: dict[str, Projection] = {}
    placed: dict[str, dict[int, pd.DataFrame]] = {}
    for level in _levels(given.table("births"), settings.demand.births):
        told = findings if level == settings.demand.births else Findings()  # what is noted is noted once
        found[level] = _project(base, level, settings, given, service, told)
        placed[level] = _place(found[level].ages, points, settings, given, told)
    chosen = placed[settings.demand.births]
    levels = {
        level: wanted_by_level({y: people_of_ages(a, service) for y, a in years.items()}, service)
        for level, years in placed.items()
    }
    last = settings.years.phases[-1]  # what is noted of the employers is noted once
    wanted = {
        y: _wanted(a, points, service, settings, given, findings if y == last else Findings())
        for y, a in chosen.items()
    }
    everyone = _all_points(homes, given, set().union(*(t.index for t in wanted.values())))
    by_year = {y: table.reindex(everyone.index, fill_value=0.0) for y, table in wanted.items()}
    _check(chosen, by_year, service)
    used, basis = found[settings.demand.births], _basis(homes, ages, findings)
    return People(everyone, by_year, used.ages, used.account, pd.concat(levels, names=["births"]), basis)


def _with_census(settings: Settings, given: Given, findings: Findings) -> gpd.GeoDataFrame:
    """The residential areas with the ages of the census by unit, where the study gives one, in place of their own."""
    homes, census = given.with_units(given.residents), given.table("census")
    if census is None:
        return homes
    columns = [c for c in census.columns if str(c).startswith("age_")]
    by = "township" if census.index.name == "township_id" else "unit_id"
    own, within = [c for c in homes if str(c).startswith("age_")], settings.demand.within
    ages = spread(census, homes, columns, findings, weight=settings.demand.spread, within=within, by=by)
    made: gpd.GeoDataFrame = homes.drop(columns=own).join(ages)
    made.attrs["spread"] = ages.attrs["rule"]
    return made


def _levels(births: pd.DataFrame | None, chosen: str) -> list[str]:
    """The levels of births that can be told apart, the chosen one first."""
    return [chosen, *(level for level in levels_of(births) if level != chosen)]


def _project(
    base: pd.DataFrame, level: str, settings: Settings, given: Given, service: ServiceProfile, findings: Findings
) -> Projection:
    survival = [service.value(standard) for standard in service.survival] or [1.0]
    births, moves = given.table("births"), given.table("moves")
    years = settings.years.phases
    try:
        return project(base, births, years, survival=survival, findings=findings, level=level, moves=moves)
    except InputError as error:
        raise InputError([columns_named(f, level) for f in error.findings]) from None


def _place(
    cohorts: pd.DataFrame, points: pd.DataFrame, settings: Settings, given: Given, findings: Findings
) -> dict[int, pd.DataFrame]:
    """Children by single age at every demand point that is there in each year; notes are taken from the last year."""
    rule = settings.demand
    more: dict[str, Any] = {"from_outside": rule.from_outside, "persons_per_dwelling": rule.persons_per_dwelling}
    last, new = settings.years.phases[-1], given.table("new_residential")
    return {
        y: place(cohorts, points, new, y, findings=findings if y == last else Findings(), **more)
        for y in settings.years.phases
    }


def _wanted(
    ages: pd.DataFrame,
    points: pd.DataFrame,
    service: ServiceProfile,
    settings: Settings,
    given: Given,
    findings: Findings,
) -> pd.DataFrame:
    """People and places wanted of a year; where the study says so, some of them at the workplaces."""
    people = people_of_ages(ages, service)
    table = people.join(places_wanted(people, service, settings.demand.uptake))
    table["under_three"] = ages[YOUNG].sum(axis=1)
    employers, share = given.table("employers"), settings.demand.at_work
    if employers is None or not share:
        return table
    units = pd.concat([points["unit_id"], *(t["unit_id"] for t in [given.table("new_residential")] if t is not None)])
    by_day = daytime(table.assign(unit_id=units.reindex(table.index)), employers, share, service.band_ids, findings)
    return by_day[table.columns].fillna(0.0)


def _all_points(homes: gpd.GeoDataFrame, given: Given, ids: set[Any]) -> gpd.GeoDataFrame:
    """Today's residential areas, the new ones and the employers among these ids; at the base census nobody lived in the latter."""
    parts = [homes]
    for role, kind in (("new_residential", "urban_new"), ("employers", "urban_work")):
        table = given.table(role)
        if table is not None and len(some := table[table.index.isin(ids - set(homes.index))]):
            parts.append(
                some.reindex(columns=[c for c in homes if c in some]).assign(population=0.0, **{"class": kind})
            )
    both = gpd.GeoDataFrame(pd.concat(parts), geometry="geometry", crs=homes.crs)
    return both.drop(columns=[c for c in both if str(c).startswith("age_")]).rename_axis("demand_id")


def _check(ages: Mapping[int, pd.DataFrame], by_year: Mapping[int, pd.DataFrame], service: ServiceProfile) -> None:
    """Nobody is lost between the ages of a year and its demand table; raises `CheckFailed`."""
    for year, table in by_year.items():
        people = people_of_ages(ages[year], service).to_numpy().sum()
        held = table[[f"people_{b}" for b in service.band_ids]].to_numpy().sum()
        if not np.isclose(people, held, rtol=1e-9):
            raise CheckFailed(f"{year}: {held} people at the demand points, {people} in the cohorts")


def _basis(homes: gpd.GeoDataFrame, ages: pd.DataFrame, findings: Findings) -> dict[str, Any]:
    """How the children under three of the base year were found: by which method, what the others would give, who is a migrant."""
    young = ages[YOUNG].sum(axis=1)
    told = migrants_apart(homes, young, findings)
    fitting = [] if "age_1" in homes else [m for m in METHODS if m == "flat" or "age_0" in homes]
    others = {m: float(under_three(homes, m).sum()) for m in fitting}
    return {
        "method": ages.attrs["method"],
        "rule": ages.attrs["rule"],
        "spread": homes.attrs.get("spread"),
        "under_three": float(young.sum()),
        "by_method": others,
        "migrants": float(told["migrant"].sum()) if told["migrant"].notna().any() else None,
        "registered": float(homes["registered"].sum()) if "registered" in homes else None,
    }
