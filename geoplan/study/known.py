"""Known: the three tables of a scenario in every planning year, with its changes made and their contracts checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd

from geoplan import tables
from geoplan.errors import Finding, Findings
from geoplan.profiles.service import ServiceProfile
from geoplan.siting.options import propose_options
from geoplan.study.given import Given
from geoplan.study.people import People, count_people
from geoplan.study.schema import Settings
from geoplan.study.serving import facilities_by_year
from geoplan.supply.kindergartens import kindergarten_children, projected


@dataclass(frozen=True, eq=False)
class Known:
    """The three tables of a scenario, checked against their contracts: people and facilities by year, and the options.

    `year` is the year that is planned for: `demand` and `facilities` are those of it.
    """

    year: int
    people: People
    serving: Mapping[int, gpd.GeoDataFrame]
    options: gpd.GeoDataFrame
    findings: tuple[Finding, ...]

    @cached_property
    def demand(self) -> gpd.GeoDataFrame:
        """The demand table of the planned year."""
        return self.people.in_year(self.year)

    @property
    def facilities(self) -> gpd.GeoDataFrame:
        """The facilities of the planned year."""
        return self.serving[self.year]

    def standing_in(self, year: int) -> gpd.GeoDataFrame:
        """The facilities that are open in a year, whether they count or not: one that is not is too far, not of the wrong kind."""
        table = self.serving[year]
        return table[~table["reason"].isin(["closed", "not_yet_open", "unknown_opening"])]

    @property
    def standing(self) -> gpd.GeoDataFrame:
        """The facilities that are open in the planned year."""
        return self.standing_in(self.year)

    @property
    def counted(self) -> gpd.GeoDataFrame:
        """The facilities whose places count as supply in the planned year."""
        return self.facilities[self.facilities["counted"]]


def know(settings: Settings, given: Given, service: ServiceProfile) -> Known:
    """Tables of demand, facilities and options from the layers, with the scenario's changes made."""
    findings = Findings()
    people = count_people(settings, given, service, findings)
    serving = facilities_by_year(settings, given, service, findings)
    kinds = settings.plan.kinds if settings.plan else None
    hosts, idle = _hosts(settings, given, people, findings), given.table("idle")
    options, notes = propose_options(hosts, idle, service, kinds=kinds, year=settings.year, language=settings.language)
    if len(options):
        options = options.assign(
            unit_id=options["unit_id"].where(options["unit_id"].notna(), given.area.unit_of(options))
        )
    findings.add(*notes)
    findings.raise_errors()
    known = Known(settings.year, people, serving, options, tuple(findings))
    for year in people.by_year:
        tables.check(people.in_year(year), tables.DEMAND, service.band_ids)
        tables.check(serving[year], tables.FACILITIES, service.band_ids)
    tables.check(options, tables.OPTIONS, service.band_ids)
    return known


def _hosts(settings: Settings, given: Given, people: People, findings: Findings) -> gpd.GeoDataFrame | None:
    """The hosts with the enrolment that kindergartens will have in the planned year, where the study says of when it is."""
    hosts, rule = given.table("hosts"), settings.supply
    if hosts is None or rule.enrolment_year is None or people.cohorts.empty:
        return hosts
    schools = hosts[hosts["capacity"].notna()]
    if rule.projection_year != settings.year:
        schools = schools.drop(columns="projected_enrolment", errors="ignore")
    now, then = (kindergarten_children(people.cohorts, year) for year in (rule.enrolment_year, settings.year))
    expected = projected(schools, now, then, findings)
    return hosts.assign(enrolment=expected.reindex(hosts.index).where(hosts["capacity"].notna(), hosts["enrolment"]))
