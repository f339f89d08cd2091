"""Appraised: the options weighed, what the clauses refuse, what is to be measured, what must be built, and the land that is taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.network.cost import CostMatrix
from geoplan.profiles.service import ServiceProfile
from geoplan.result import CAUSES
from geoplan.siting import obligations
from geoplan.siting.compliance import refusals
from geoplan.siting.field_checks import to_check
from geoplan.siting.options import sites_of
from geoplan.siting.suitability import sensitivity, suitability
from geoplan.siting.surroundings import nearest_m
from geoplan.study.given import Given
from geoplan.study.known import Known
from geoplan.study.measured import Measured
from geoplan.study.schema import Settings
from geoplan.study.targets import Targets, reached_by_standard

UNMET = [cause for cause in CAUSES if cause != "served"]


@dataclass(frozen=True, eq=False)
class Appraised:
    """`refusals` by standard, `field_checks` by site and value, `suitability` by option with its stability, `obligations` by what must be
    built. All empty for a service without options.
    """

    refusals: pd.DataFrame
    field_checks: pd.DataFrame
    suitability: pd.DataFrame
    obligations: pd.DataFrame


def unmet_in_reach(known: Known, measured: Measured, service: ServiceProfile) -> pd.Series:
    """People of the bands that an option serves who have no place and have its site within reach; missing without any cost."""
    cost, wanted = measured.cost, measured.gaps.set_index(["demand_id", "band"])[UNMET].sum(axis=1).unstack("band")
    by_site = pd.DataFrame({band: _at_places(cost, wanted[band]) for band in service.band_ids if band in wanted})
    found = pd.Series(0.0, index=known.options.index)
    for kind, rows in known.options.groupby("kind"):
        bands = [b for b in service.options[str(kind)].bands if b in by_site]
        found[rows.index] = by_site.reindex(rows["site_id"])[bands].sum(axis=1, skipna=False).to_numpy()
    return found


def _at_places(cost: CostMatrix, people: pd.Series) -> pd.Series:
    """The people within reach of each place."""
    amount = people.reindex(cost.demand_ids).fillna(0.0).to_numpy()
    sums = np.bincount(cost.place, weights=amount[cost.demand], minlength=len(cost.place_ids))
    return pd.Series(sums, index=cost.place_ids)


def certainty(options: pd.DataFrame) -> pd.Series:
    """The share of an option's verdicts that are known."""
    shares = [np.mean([v.outcome != "unknown" for v in many]) if many else np.nan for many in options["verdicts"]]
    return pd.Series(shares, index=options.index, dtype=float)


def _values(known: Known, measured: Measured, service: ServiceProfile) -> pd.DataFrame:
    """The value of each criterion of the service, by option; cost is that of a full-time place."""
    options = known.options
    places, land = options["places"] * options["fte"], options["land_m2"]
    ways: Mapping[str, Callable[[], pd.Series]] = {
        "unmet_in_reach": lambda: unmet_in_reach(known, measured, service),
        "cost_per_place": lambda: options["cost"] / places.where(places > 0),
        "soft_score": lambda: options["soft_score"],
        "certainty": lambda: certainty(options),
        "lead_time_years": lambda: options["lead_time_years"],
        "new_land": lambda: (options["new_land_m2"] / land.where(land > 0)).where(land != 0, 0.0),
        "nearest_facility_m": lambda: nearest_m(options.geometry, known.counted),
    }
    return pd.DataFrame({c.id: ways[c.id]().astype(float) for c in service.suitability}, index=options.index)


def appraise(
    settings: Settings, given: Given, known: Known, measured: Measured, targets: Targets, service: ServiceProfile
) -> Appraised:
    """The options of the planned year, appraised."""
    options = known.options
    scored = pd.DataFrame()
    open_ = options[(options["verdict"] != "fail") & (options["places"] > 0)]
    if len(open_) and service.suitability:
        weighed = suitability(_values(known, measured, service).loc[open_.index], service.suitability)
        scored = weighed.join(sensitivity(weighed, service.suitability))
    score = scored["score"] if len(scored) else pd.Series(0.0, index=options.index)
    return Appraised(
        refusals(options, service),
        to_check(options, sites_of(options, service), service),
        scored,
        _obligations(settings, given, known, measured, targets, service, score),
    )


def _obligations(
    settings: Settings,
    given: Given,
    known: Known,
    measured: Measured,
    targets: Targets,
    service: ServiceProfile,
    score: pd.Series,
) -> pd.DataFrame:
    """What must be built, with the best option for each that is not kept; rows with a position where their subject has one."""
    reaches, language = [float(r) for r in settings.access.reaches_m or service.reaches_m], settings.language
    parts = []
    if (projects := given.table("new_residential")) is not None:
        parts.append(obligations.new_areas(given.with_units(projects), service, settings.year, language))
    if (reached := reached_by_standard(measured.demand, reaches)) is not None:
        parts.append(obligations.old_areas(measured.demand, reached, service, language))
    if (firms := given.table("employers")) is not None:
        near = obligations.near_work(firms, known.counted, min(reaches))
        parts.append(obligations.employers(given.with_units(firms), service, near, language))
    rows = obligations.gather(*parts)
    rows = obligations.cure(rows, known.options, score, _near_options(known, measured, min(reaches)), language)
    if not targets.pilots.empty:
        names = given.area.units.get("name")
        more = obligations.missing_pilots(targets.pilots, known.options, score, service, names, language)
        rows = obligations.gather(rows, more)
    return _placed(rows, known, given)


def _near_options(known: Known, measured: Measured, reach_m: float) -> pd.DataFrame:
    """Pairs (from_id, to_id, metres) of demand point and option that lie within a reach on foot."""
    site = known.options["site_id"]
    near = measured.walk.select(pd.unique(site)).within(reach_m).to_frame()
    pairs = near.merge(site.rename_axis("to_id").reset_index(), left_on="place_id", right_on="site_id")
    named = pairs.rename(columns={"demand_id": "from_id", "cost": "metres"})
    wanted: pd.DataFrame = named[["from_id", "to_id", "metres"]]
    return wanted


def _placed(rows: pd.DataFrame, known: Known, given: Given) -> pd.DataFrame:
    """The rows with the point of the project, the area or the employer that each is of; none for what is asked of a county."""
    shapes = [t.geometry for r in ("new_residential", "employers") if (t := given.table(r)) is not None]
    points: pd.Series = pd.concat([known.demand.geometry, *shapes]).representative_point()
    points = points[~points.index.duplicated()]
    found = points.reindex(rows["subject_id"]).to_numpy()
    placed: pd.DataFrame = gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries(found, index=rows.index, crs=known.demand.crs))
    return placed
