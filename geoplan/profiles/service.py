"""ServiceProfile: the data that make a service; geoplan's rooms know no service, only its profile."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Literal, get_args

from geoplan.errors import Language, Text, UsageError
from geoplan.profiles.standard import Force, Sense, Standard

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


Nature = Literal["convert", "acquire", "with_housing", "new_land", "mobile", "facility"]
FeeBase = Literal["cost", "floor_area_m2", "land_m2", "one"]
ControlRole = Literal[
    "permanent_farmland", "ecological_red_line", "blue_line", "green_line", "purple_line", "yellow_line",
    "geological_hazard", "flood", "mining",
]  # fmt: skip
BoundaryRole = Literal["development_boundary", "village_boundary"]
LandRole = Literal[
    "residential", "residential_rural", "service", "service_rural", "education", "host", "commercial", "industry", "transport",
    "utility", "open_space", "special", "water", "reserve", "vacant", "farmland", "garden", "forest", "grass", "wetland",
    "rural_facility", "mining_land",
]  # fmt: skip
LandSystem = Literal["survey", "planning"]  # the same code means different things in the two
AREA_CLASSES = ("urban_new", "urban_built", "urban_old", "rural")


@dataclass(frozen=True)
class OptionKind:
    """An option kind as the service sees it: what it is built from, for whom, at what cost, by which clause and department.

    `hosts` are the kinds of site it can use; `bands` the age bands it can serve; `cost_yuan` (with `cost_low`, `cost_high`) and
    `annual_yuan` are per place, `price_yuan` (once) and `rent_yuan` (a year) per m² of floor; `floor_m2`, `outdoor_m2` and `land_m2`
    per place; `fte` the full-time places a place. `nature` says what it does to a place: convert a public building, acquire
    premises (lease, purchase, swap), come with the housing, take new land, be mobile, or change a facility. `areas` are the classes of
    area where it may stand, `land_uses` the roles of land that suit it, `land_codes` the planning code of the land it takes, by urban
    and rural; `supply_mode` how it comes by land or building. `paid_by` bears what `subsidy` (per place) leaves. `pilots` are
    the kinds of pilot that it could be. `checks` are the ids of the standards that are judged, all of them.
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
    cost_low: Standard | None = None
    cost_high: Standard | None = None
    price_yuan: Standard | None = None
    rent_yuan: Standard | None = None
    subsidy: Standard | None = None
    paid_by: str = "public"
    nature: Nature = "convert"
    areas: tuple[str, ...] = AREA_CLASSES
    land_uses: tuple[str, ...] = ()
    land_codes: Mapping[str, str] = field(default_factory=dict)
    supply_mode: str = "existing_building"
    fte: Standard | None = None
    pilots: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fee:
    """A tax or fee on options of some kinds: `rate` (a standard) × `base`, once or `yearly`; relieved unless a study sets it on.

    `base` is `cost`, `floor_area_m2`, `land_m2`, or `one` (a fee for each option).
    """

    id: str
    title: Text
    rate: Standard
    base: FeeBase
    kinds: tuple[str, ...]
    clause: str
    yearly: bool = False


@dataclass(frozen=True)
class Criterion:
    """A criterion of suitability: its weight, and the values (in `unit`) that score 0 and 1; linear between them.

    `worst` may be above `best`: then less is better.
    """

    id: str
    title: Text
    weight: Standard
    worst: float
    best: float
    unit: str


@dataclass(frozen=True)
class ServiceProfile:
    """A service: its age bands, uptake rates, reaches, standards and option kinds, all from one data file.

    Where a field names a standard by id, its value is `value(id)`. `survival` is the share of births alive at age 0 in the middle
    of their year, then from age 0 to 1, 1 to 2 and so on. `places_per_1000` is by class of area ("all" for every resident), `variants` by
    urban and rural, `cures` by cause of the gap. `hazards` is the distance (m) by hazard class; `controls` the share of a site that may
    lie inside, and `boundaries` outside, the layer of a role. `land_use` gives by system (survey, planning) the role of each code (the
    longest prefix holds); `payers` who bears a cost; `supply_modes` how land or building is come by, with its condition;
    `obligations` the standards behind what must be built (new_area, employer). `files` are the files of standards, those
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
    controls: Mapping[str, str] = field(default_factory=dict)
    boundaries: Mapping[str, str] = field(default_factory=dict)
    land_use: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    payers: Mapping[str, Text] = field(default_factory=dict)
    supply_modes: Mapping[str, tuple[Text, Text]] = field(default_factory=dict)
    fees: tuple[Fee, ...] = ()
    suitability: tuple[Criterion, ...] = ()
    obligations: Mapping[str, str] = field(default_factory=dict)
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

    def with_force(self, forces: Mapping[str, Force]) -> ServiceProfile:
        """The profile in which these standards (by id) must hold, or only should; marks and values stay as they are.

        Raises `UsageError` naming every id against which no option kind is checked, with the nearest that is, and every force that is
        neither must nor should.

        >>> from geoplan.profiles.load import load_service
        >>> load_service().with_force({"ground_floor": "must"}).standards["ground_floor"].force
        'must'
        """
        checked = list(dict.fromkeys(id_ for kind in self.options.values() for id_ in kind.checks))
        wrong = [_not_checked(id_, checked) for id_ in forces if id_ not in checked]
        wrong += [f"{id_}: {force!r} is neither must nor should" for id_, force in forces.items()
                  if force not in get_args(Force)]  # fmt: skip
        if wrong:
            raise UsageError(f"service {self.id}: {'; '.join(wrong)}")
        standards = {**self.standards, **{id_: replace(self.standards[id_], force=f) for id_, f in forces.items()}}
        options = {id_: _with_standards(kind, standards) for id_, kind in self.options.items()}
        return replace(self, standards=standards, options=options)

    def indicators_at(self, reaches_m: Sequence[int] | None = None) -> tuple[Indicator, ...]:
        """The indicators in order, those with a reach once for each (metres; None: the reaches of the profile).

        >>> from geoplan.profiles.load import load_service
        >>> [i.id for i in load_service().indicators_at([300]) if i.id.startswith("coverage")]
        ['coverage_areas_300', 'coverage_people_300', 'coverage_infants_300']
        """
        reaches = self.reaches_m if reaches_m is None else reaches_m
        rows = [[i.at(reach) for reach in reaches] if REACH in i.id else [i] for i in self.indicators]
        return tuple(indicator for row in rows for indicator in row)


def _not_checked(id_: str, checked: Sequence[str]) -> str:
    near = get_close_matches(id_, checked, n=1)
    return f"no option kind is checked against {id_!r}" + (f", did you mean {near[0]}?" if near else "")


def _with_standards(kind: OptionKind, standards: Mapping[str, Standard]) -> OptionKind:
    """The option kind with each of its standards as it stands in `standards`."""
    named = {part.name: getattr(kind, part.name) for part in fields(kind)}
    changed: dict[str, Any] = {name: standards[s.id] for name, s in named.items() if isinstance(s, Standard)}
    return replace(kind, **changed)
