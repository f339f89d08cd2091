"""Targets: the indicator table of every county and township, the goals of each phase, and the pilots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import tables
from geoplan.access.goals import Goal, goals, pilots
from geoplan.access.indicators import indicators
from geoplan.profiles.service import ServiceProfile
from geoplan.study.given import Given
from geoplan.study.known import Known
from geoplan.study.measured import Measured
from geoplan.supply.staff import carers

ALL = "all"
NOT_COMPARED = ("places_change", "unmet_change")  # known only against an earlier run: geoplan progress


@dataclass(frozen=True, eq=False)
class Targets:
    """`units` and `townships` have a row a unit and one for the whole ("all"), a column an indicator of the profile; `goals` says by unit
    and phase met, not_met or unknown, `pilots` by unit and kind done, missing or unknown. All empty for a service without indicators.
    """

    units: pd.DataFrame = field(default_factory=pd.DataFrame)
    townships: pd.DataFrame = field(default_factory=pd.DataFrame)
    goals: pd.DataFrame = field(default_factory=pd.DataFrame)
    pilots: pd.DataFrame = field(default_factory=pd.DataFrame)


def assess(
    given: Given, known: Known, measured: Measured, service: ServiceProfile, reaches: Sequence[float]
) -> Targets:
    """The indicators, goals and pilots of the planned year."""
    if not service.indicators:
        return Targets()
    county = _table(given, known, measured, service, reaches, "unit_id")
    by_township = "township" in measured.demand and given.area.townships is not None
    towns = _table(given, known, measured, service, reaches, "township") if by_township else pd.DataFrame()
    done = pilots(known.standing, "unit_id", list(given.area.units.index), [p.kind for p in service.pilots])
    county["pilots_done"] = _count(done, county.index)
    met = _goals(county, service)
    for phase in met.columns:
        county[f"goal_{phase}"] = met[phase].map({"met": 1.0, "not_met": 0.0})
    names = [i.id for i in service.indicators_at([int(r) for r in reaches])]
    return Targets(_only(county, names), _only(towns, names), met, done)


def _only(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The indicators of the profile, in its order, with the counts that they rest on in front."""
    counts = ["areas", "residents", "under_three", "wanted", "served", "places", "enrolled", "carers_needed"]
    kept: pd.DataFrame = table[[c for c in dict.fromkeys((*counts, *names)) if c in table]]
    return kept


def _table(
    given: Given, known: Known, measured: Measured, service: ServiceProfile, reaches: Sequence[float], by: str
) -> pd.DataFrame:
    """The indicators by a column of demand and facilities; those that need an earlier run are not known here."""
    demand, care = measured.demand, known.counted
    if by == "township":
        care = care.assign(township=_township(care, given))
    ratios = {b.id: b.children_per_carer for b in service.bands if b.children_per_carer}
    staff = carers(tables.places(care, list(ratios)), ratios).sum(axis=1, skipna=False) if ratios else None
    places = tables.places(care, service.band_ids).sum(axis=1)
    units = given.area.units.index if by == "unit_id" else given.area.townships.index  # type: ignore[union-attr]
    more: dict[str, Any] = {"reaches": reaches, "places": places, "under_three": demand["under_three"], "carers": staff}
    found = indicators(demand, care, measured.gaps, by, units=list(units), **more)
    if (
        strict := reached_by_standard(demand, reaches)
    ) is not None:  # who is unserved is asked by the standard, not by the study's own limit
        unserved = indicators(demand, care, measured.gaps, by, units=list(units), reached=strict, **more)
        found = found.assign(**{c: unserved[c] for c in ("unserved_areas", "unserved_infants")})
    found.columns = [c.replace("straight_coverage_", "straight_") for c in found.columns]
    institutions = found["facilities"]
    size = found["places"] / institutions.where(institutions > 0)
    return found.assign(institutions=institutions, mean_places=size, **dict.fromkeys(NOT_COMPARED, np.nan))


def reached_by_standard(demand: pd.DataFrame, reaches: Sequence[float]) -> pd.Series | None:
    """Whether a place that counts is within the standard reach: on foot by the strictest one in towns, by the study's way elsewhere."""
    strict = f"coverage_{min(reaches):g}"
    if strict not in demand or "nearest" not in demand:
        return None
    urban = demand["class"].astype(str).str.startswith("urban")
    return demand[strict].where(urban, demand["nearest"].notna().astype(float))


def _township(frame: gpd.GeoDataFrame, given: Given) -> pd.Series:
    """The id of the township that holds each row (on a shared border the first), or missing."""
    points = gpd.GeoDataFrame(geometry=frame.representative_point(), crs=frame.crs)
    towns = given.area.townships
    assert towns is not None  # asked for only where there are some
    ordered = towns.sort_index()[["geometry"]].rename_axis("township").reset_index()
    joined: pd.DataFrame = gpd.sjoin(points, ordered, how="left", predicate="intersects")
    first: pd.Series = joined.sort_values("township")["township"].groupby(level=0).first()
    return first.reindex(frame.index).astype(object)


def _count(done: pd.DataFrame, index: pd.Index) -> pd.Series:
    """How many kinds of pilot each unit has done; the whole is the sum. Unknown where any is."""
    number = (done == "done").sum(axis=1).astype(float).where(~(done == "unknown").any(axis=1))
    return pd.concat([number, pd.Series({ALL: number.sum(skipna=False)})]).reindex(index)


def _goals(table: pd.DataFrame, service: ServiceProfile) -> pd.DataFrame:
    """Whether each unit meets the goals of each phase."""
    rules = [
        Goal(g.phase, g.indicator, g.sense, service.value(g.standard))  # type: ignore[arg-type]
        for g in service.goals
        if g.indicator in table
    ]
    return goals(table, rules)
