"""ServiceProfile: the data that make a service; geoplan's rooms know no service, only its profile."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal

from geoplan.errors import Language, Text, UsageError
from geoplan.profiles.standard import Sense, Standard

Scope = Literal["in", "part", "out"]
DemandKind = Literal["ages", "thresholds"]
REACH = "{reach}"
WORD = re.compile(r"\{words\.(\w+)\}")

# What a sentence calls things where a profile does not say it in its block `words`.
WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "place": Text("place", "服务位"),  # capacity for one
        "places": Text("places", "服务位"),
        "place_unit": Text("places", "个"),  # after a number
        "people": Text("people", "服务对象"),  # who is served
        "person_unit": Text("persons", "人"),
        "point": Text("demand point", "需求点"),
        "points": Text("demand points", "需求点"),
        "area_class": Text("class", "区域类别"),  # urban and rural classes of demand points
        "band": Text("band", "类别"),
        "uptake": Text("share that wants a place", "需求比例"),
    }
)


@dataclass(frozen=True)
class AgeBand:
    """A band of people: its months [from, to), how they are estimated, its class size and carers.

    `months` is None for a service without ages. `people` maps a census column (`age_0`, `age_1_4`) to the share of it that
    falls in the band. `class_size` is 1 where places come singly; `children_per_carer` is None where no carers are asked for.
    """

    id: str
    title: Text
    months: tuple[int, int] | None
    people: Mapping[str, float]
    class_size: int = 1
    children_per_carer: float | None = None


@dataclass(frozen=True)
class DemandRule:
    """Which rows want places: those of the layer with the role `layer`.

    By `ages` the people of a band come from the census columns of the band. By `thresholds` a row wants one place where any of the
    named columns reaches the value of its standard (column: standard id), and is unknown where all of them are missing. `kinds`
    gives the titles of the values in the layer's column `kind`.
    """

    layer: str = "residents"
    kind: DemandKind = "ages"
    thresholds: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class SupplyRule:
    """Which places count, and as how many.

    `modes`: service mode to the standard of its full-time equivalent (full-time places a place); `minimum`: column to the standard
    that it must at least reach for the facility to count; `floor_m2_per_place`: the standard by which a floor area gives places;
    `only_filed`: whether by default only filed facilities count; `stands_in`: the column of facilities that names the demand point in
    which one stands, from where it is no way off.
    """

    modes: Mapping[str, str] = field(default_factory=dict)
    minimum: Mapping[str, str] = field(default_factory=dict)
    floor_m2_per_place: str | None = None
    only_filed: bool = True
    stands_in: str | None = None


@dataclass(frozen=True)
class Variant:
    """How a class of area (urban or rural) travels: the mode, the standard that limits a journey (m or min), its reaches."""

    mode: str
    limit: str
    reaches: tuple[str, ...]


@dataclass(frozen=True)
class Clause:
    """A clause of the notice: its id, title, and whether geoplan serves it (in), its spatial side (part) or not (out)."""

    id: str
    title: Text
    scope: Scope


@dataclass(frozen=True)
class Goal:
    """One check of a phase goal: by `year` the indicator keeps the standard, at_least or at_most; `phase` holds if all of its do."""

    id: str
    phase: str
    title: Text
    year: int
    indicator: str
    sense: Sense
    standard: str
    clause: str


@dataclass(frozen=True)
class Pilot:
    """A kind of pilot (a value of the facilities' column `pilot`), and how many of it a county is to have by `year`."""

    kind: str
    title: Text
    quota: str
    year: int
    clause: str


@dataclass(frozen=True)
class Cure:
    """What would cure one cause of the gap, in a sentence, and the clause that asks for it."""

    cause: str
    sentence: Text
    clause: str


@dataclass(frozen=True)
class Indicator:
    """An indicator of the target-assessment table: fixed name and title, unit, clause; `{reach}` in its name stands for metres."""

    id: str
    title: Text
    unit: str
    clause: str

    def at(self, reach_m: int) -> Indicator:
        """The indicator at one reach.

        >>> share = Indicator("coverage_areas_{reach}", Text("areas within {reach} m", "{reach}米覆盖率"), "share", "C4.1")
        >>> share.at(300).id, share.at(300).title.zh
        ('coverage_areas_300', '300米覆盖率')
        """
        en, zh = (text.replace(REACH, str(reach_m)) for text in self.title)
        return Indicator(self.id.replace(REACH, str(reach_m)), Text(en, zh), self.unit, self.clause)


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
    """A service: its age bands, uptake rates, reaches, standards and option kinds, all from one data file.

    Where a field names a standard by id, its value is `value(id)`. `survival` is the share of births alive at age 0 in the middle
    of their year, then from age 0 to 1, 1 to 2 and so on. `places_per_1000` is by class of area ("all" for every resident), `variants` by
    urban and rural, `hazards` the distance (m) by hazard class, `cures` by cause of the gap. `files` are the files of standards, those
    known for comparison last; `uses` says by standard id where the profile uses it. `words` are what sentences call things, by the
    names of `WORDS`.
    """

    id: str
    title: Text
    people: Text
    bands: tuple[AgeBand, ...]
    uptake: Mapping[str, float]
    reaches_m: tuple[int, ...]
    standards: Mapping[str, Standard]
    options: Mapping[str, OptionKind]
    note: Text
    demand: DemandRule = DemandRule()
    supply: SupplyRule = SupplyRule()
    survival: tuple[str, ...] = ()
    kindergarten_class_size: str | None = None
    daytime_share: str | None = None
    places_per_1000: Mapping[str, str] = field(default_factory=dict)
    variants: Mapping[str, Variant] = field(default_factory=dict)
    clauses: Mapping[str, Clause] = field(default_factory=dict)
    goals: tuple[Goal, ...] = ()
    pilots: tuple[Pilot, ...] = ()
    cures: Mapping[str, Cure] = field(default_factory=dict)
    indicators: tuple[Indicator, ...] = ()
    hazards: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    uses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, Text] = field(default_factory=lambda: WORDS)

    @property
    def of_residents(self) -> bool:
        """Whether the demand points are where people live, so that their residents are known."""
        return self.demand.kind == "ages"

    def worded(self, text: Text) -> Text:
        """A text in which the service says its own words for `{words.<name>}`; with a capital letter for `{words.<Name>}`.

        >>> from geoplan.profiles.load import load_service
        >>> load_service().worded(Text("without a {words.place}", "没有{words.place}")).zh
        '没有托位'
        """
        return Text(self._worded(text.en, "en"), self._worded(text.zh, "zh"))

    def _worded(self, text: str, language: Language) -> str:
        def said(found: re.Match[str]) -> str:
            word = self.words[found[1].lower()].to(language)
            return word[:1].upper() + word[1:] if found[1][0].isupper() else word

        return WORD.sub(said, text)

    @property
    def band_ids(self) -> tuple[str, ...]:
        """The ids of the age bands, in order of age."""
        return tuple(b.id for b in self.bands)

    def value(self, standard: str) -> float:
        """The value of a standard by its id, in its unit; raises `UsageError` with the nearest id if there is none.

        >>> from geoplan.profiles.load import load_service
        >>> load_service().value("carer_m24_36")
        7.0
        """
        if standard not in self.standards:
            near = get_close_matches(standard, self.standards, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UsageError(f"service {self.id} applies no standard {standard!r}{hint}")
        return self.standards[standard].value

    def indicators_at(self, reaches_m: Sequence[int] | None = None) -> tuple[Indicator, ...]:
        """The indicators in order, those with a reach once for each (metres; None: the reaches of the profile).

        >>> from geoplan.profiles.load import load_service
        >>> [i.id for i in load_service().indicators_at([300]) if i.id.startswith("coverage")]
        ['coverage_areas_300', 'coverage_people_300', 'coverage_infants_300']
        """
        reaches = self.reaches_m if reaches_m is None else reaches_m
        rows = [[i.at(reach) for reach in reaches] if REACH in i.id else [i] for i in self.indicators]
        return tuple(indicator for row in rows for indicator in row)
