"""Result: everything a run computed and where it came from; all that map, report and exports may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from geoplan.area import StudyArea
from geoplan.errors import Finding, Language, Text
from geoplan.location.plan import Plan
from geoplan.plugins import drawing
from geoplan.profiles.service import ServiceProfile

CAUSES: dict[str, Text] = {
    "served": Text("served", "已满足"),
    "too_far": Text("too far", "超出服务半径"),
    "full": Text("within reach but full", "可达但已满"),
    "wrong_kind": Text("within reach but wrong kind", "可达但类型不符"),
    "not_joined": Text("not joined to the roads", "未接入路网"),
}

BASE_TITLE = Text("base", "基准")


@dataclass(frozen=True)
class Source:
    """Where a layer came from, as the report prints it."""

    role: str
    path: str
    rows: int
    datum: str
    sha256: str
    title: str = ""
    source: str = ""
    licence: str = ""
    date: str = ""
    unit: str = ""
    synthetic: bool | None = None


@dataclass(frozen=True, eq=False)
class Year:
    """One planning year: `demand` holds people_<band> and wanted_<band> by demand point; `facilities` the facilities with places_<band>,
    fte, counted, reason, places_from; `gaps` the gap account with its reasons (columns wrong_…).
    """

    demand: pd.DataFrame
    facilities: gpd.GeoDataFrame
    gaps: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Result:
    """One scenario, computed.

    `demand` keeps its table plus one column a measure: `nearest` and `two_step_fca`, `coverage_<reach>` and
    `straight_coverage_<reach>` (1 or 0); `gaps` and `gaps_after` (with the plan carried out) have one row a demand point and
    band: demand_id, band and one column for each of `CAUSES` (people);
    `gap_areas` are ranked: index 1…n, name, unit_id, people (without a place), causes, geometry;
    `joins` are the demand points, facilities and sites that are not near a street of the main piece (role, name, unit_id, population,
    state, distance_m, a point by id), `severed` the pairs that are near in a straight line and far on foot (from_id, to_id, to_role,
    names, straight_m, way_m, between, population, a line), `reach` the land from which a facility that counts is reached on foot
    (limit in metres, area_m2);
    `years` holds every planning year (that of `year` is what `demand`, `facilities` and `gaps` show); `cohorts` the children of each
    unit, year and single age, with what came and went in `cohort_account`; `levels` the places wanted by births, year and band at each
    level of uptake; `basis` how the people of the base year were found; `stability` in how many variants of reach and uptake a demand
    point is a gap; `indicators` the table of target assessment by unit and `township_indicators` by township ("all" is the whole),
    `goals` and `pilots` by unit (met, not_met, unknown; done, missing, unknown);
    `refusals` counts by standard how many options fail it, and of how many it is not known; `field_checks` are the values that are to be
    measured on the ground; `suitability` scores each option by criterion; `obligations` what must be built and what is short of it;
    `land` the land, farmland, new construction land and fees of the options by kind, phase and plan; `controls` are the exclusion layers by
    role and `hazards` what a site keeps clear of;
    `units` has one row a county-level unit (index unit_id) with name, population, people, wanted, places, the causes, the
    coverages, served_after, cost, sites; `base` are the layers drawn under the map (water, railways, streets);
    `chosen` are the options of the plan, with `served` (people) and `travel` (mean cost) added, and `phase` (the year in which it
    opens) where the plan has phases; `assignment` who goes where in the planned year (demand_id, place_id, band, amount);
    `gaps_by_year` the gap account of every phase with what stands by then; `decisions` the log of what the planner pinned and banned;
    `rules` the floors, pilots and quotas asked, with what the plan reaches;
    `losses` what refusing each option of the plan costs (index option id; lost_alone, lost_at_least, lost_at_most in people, places
    and money more, worst_unit, worst_unit_lost, comes_in, goes_out), empty where the study does not ask for it;
    `front` how many are served with less or more money (budget, sites, money, served, objective, bound, gap, status, marginal), likewise;
    `template` is the Word file whose styles the report takes; `beside` the numbers of the base scenario where it was run too; `edition` for whom the outputs are;
    `numbers` is what `results.json` holds: any number that an output prints stands there.
    """

    study: str
    scenario: str
    language: Language
    year: int
    service: ServiceProfile
    area: StudyArea
    demand: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    options: gpd.GeoDataFrame
    gaps: pd.DataFrame
    gaps_after: pd.DataFrame
    years: Mapping[int, Year]
    cohorts: pd.DataFrame
    cohort_account: pd.DataFrame
    levels: pd.DataFrame
    basis: Mapping[str, Any]
    stability: pd.DataFrame
    indicators: pd.DataFrame
    township_indicators: pd.DataFrame
    goals: pd.DataFrame
    pilots: pd.DataFrame
    gap_areas: gpd.GeoDataFrame
    joins: gpd.GeoDataFrame
    severed: gpd.GeoDataFrame
    reach: gpd.GeoDataFrame
    units: pd.DataFrame
    plan: Plan | None
    assignment: pd.DataFrame
    chosen: gpd.GeoDataFrame
    base: Mapping[str, gpd.GeoDataFrame]
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]
    settings: Mapping[str, Any]
    changes: tuple[tuple[str, Any, Any], ...]
    sections: tuple[str, ...]
    numbers: Mapping[str, Any] = field(default_factory=dict)
    refusals: pd.DataFrame = field(default_factory=pd.DataFrame)
    field_checks: pd.DataFrame = field(default_factory=pd.DataFrame)
    suitability: pd.DataFrame = field(default_factory=pd.DataFrame)
    obligations: pd.DataFrame = field(default_factory=pd.DataFrame)
    land: pd.DataFrame = field(default_factory=pd.DataFrame)
    controls: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    hazards: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    gaps_by_year: Mapping[int, pd.DataFrame] = field(default_factory=dict)
    decisions: tuple[Mapping[str, Any], ...] = ()
    rules: tuple[Mapping[str, Any], ...] = ()
    losses: pd.DataFrame = field(default_factory=pd.DataFrame)
    front: pd.DataFrame = field(default_factory=pd.DataFrame)
    template: Path | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)
    edition: Literal["internal", "public"] = "internal"

    @property
    def synthetic(self) -> bool:
        """Whether any layer is synthetic, so that every page has to say so."""
        return any(s.synthetic for s in self.sources)

    @property
    def scenario_title(self) -> str:
        """The name of the scenario as the outputs show it; the base, which no one named, in the language of the study."""
        return BASE_TITLE.to(self.language) if self.scenario == "base" else self.scenario

    @property
    def report(self) -> Mapping[str, Any]:
        """What the study asks of the report, as far as it says."""
        return self.settings.get("report") or {}

    def text(self, text: Text) -> str:
        """A text in the language of the study and the words of its service."""
        return self.service.worded(text).to(self.language)

    def map(self) -> Any:
        """The map of this result: `write(path)` saves it as one HTML file, and a notebook shows it."""
        return drawing("map.html")(self)
