"""ServiceProfile: the data that make a service; geoplan's rooms know no service, only its profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geoplan.errors import Text
from geoplan.profiles.standard import Standard


@dataclass(frozen=True)
class AgeBand:
    """An age band: months [from, to), how its people are estimated from census columns, its class size and carers.

    `people` maps a census column (`age_0`, `age_1_4`) to the share of it that falls in the band.
    """

    id: str
    title: Text
    months: tuple[int, int]
    people: Mapping[str, float]
    class_size: int
    children_per_carer: float


@dataclass(frozen=True)
class OptionKind:
    """An option kind as the service sees it: what it is built from, for whom, at what cost, by which clause and department.

    `hosts` are the kinds of host or site it can use; `bands` the age bands it can serve; `cost_yuan` and `annual_yuan` are per
    place; `floor_m2`, `outdoor_m2` and `land_m2` per place; `checks` the ids of the standards that are judged.
    """

    id: str
    title: Text
    hosts: tuple[str, ...]
    bands: tuple[str, ...]
    cost_yuan: Standard
    annual_yuan: Standard
    floor_m2: Standard
    outdoor_m2: Standard
    land_m2: Standard | None
    lead_time_years: int
    max_classes: int
    clause: Text
    departments: tuple[Text, ...]
    checks: tuple[str, ...]


@dataclass(frozen=True)
class ServiceProfile:
    """A service: its age bands, uptake rates, reaches, standards and option kinds, all from one data file."""

    id: str
    title: Text
    people: Text
    bands: tuple[AgeBand, ...]
    uptake: Mapping[str, float]
    reaches_m: tuple[int, ...]
    standards: Mapping[str, Standard]
    options: Mapping[str, OptionKind]
    note: Text

    @property
    def band_ids(self) -> tuple[str, ...]:
        """The ids of the age bands, in order of age."""
        return tuple(b.id for b in self.bands)
