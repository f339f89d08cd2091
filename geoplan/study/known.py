"""Known: the three tables of a scenario in every planning year, with its changes made and their contracts checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd

from geoplan import tables
from geoplan.errors import Finding, Findings
from geoplan.profiles.service import ServiceProfile
from geoplan.siting.ground import Ground
from geoplan.study.given import Given
from geoplan.study.memo import Memo
from geoplan.study.people import People, count_people
from geoplan.study.schema import Settings
from geoplan.study.serving import facilities_by_year, standing
from geoplan.study.sited import could_be_done


@dataclass(frozen=True, eq=False)
class Known:
    """The three tables of a scenario, checked against their contracts: people and facilities by year, and the options.

    `year` is the year that is planned for: `demand`, `facilities` and `options` are those of it. `ground` is what lies around the sites.
    """

    year: int
    people: People
    serving: Mapping[int, gpd.GeoDataFrame]
    options: gpd.GeoDataFrame
    ground: Ground
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
        """The facilities that are open in a year, whether they count or not."""
        return standing(self.serving[year])

    @property
    def standing(self) -> gpd.GeoDataFrame:
        """The facilities that are open in the planned year."""
        return self.standing_in(self.year)

    @property
    def counted(self) -> gpd.GeoDataFrame:
        """The facilities whose places count as supply in the planned year."""
        return self.facilities[self.facilities["counted"]]


def know(settings: Settings, given: Given, service: ServiceProfile, memo: Memo) -> Known:
    """Tables of demand, facilities and options from the layers, with the scenario's changes made."""
    findings = Findings()
    people = count_people(settings, given, service, findings)
    serving = facilities_by_year(settings, given, service, findings)
    facilities = serving[settings.year]
    options, ground = could_be_done(settings, given, people, facilities, service, memo, findings)
    findings.raise_errors()
    known = Known(settings.year, people, serving, options, ground, tuple(findings))
    for year in people.by_year:
        tables.check(people.in_year(year), tables.DEMAND, service.band_ids)
        tables.check(serving[year], tables.FACILITIES, service.band_ids)
    tables.check(options, tables.OPTIONS, service.band_ids)
    return known
