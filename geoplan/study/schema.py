"""The study file: every key, its type and what it means; this is also the user's reference (`geoplan schema`)."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from geoplan.access import decay
from geoplan.access.decay import Curve
from geoplan.study.blocks import Block, Level, Positive, Scalar, Share, Spot, codes, known
from geoplan.study.map_settings import MapSettings
from geoplan.study.plan_settings import PlanSettings
from geoplan.study.report_settings import ReportSettings
from geoplan.study.role_words import role_words

Output = Literal[
    "map.html", "report.docx", "report.pdf", "tables.xlsx", "layers.gpkg", "layers.qgs", "recommended_sites.csv", "field_check.xlsx"
]  # fmt: skip
Datum = Literal["cgcs2000", "wgs84", "gcj02", "bd09"]
Role = Literal[
    "residents", "population", "public_places", "census", "births", "moves", "new_residential", "renewal", "employers",
    "facilities", "hosts", "idle", "premises", "parcels", "hazards", "elevation", "field_checks",
    "permanent_farmland", "ecological_red_line", "blue_line", "green_line", "purple_line", "yellow_line", "geological_hazard", "flood",
    "mining", "development_boundary", "village_boundary", "streets", "rivers", "railways",
]  # fmt: skip
TABLES = frozenset({"census", "births", "moves", "field_checks"})  # roles without positions, which need no datum


class Area(Block):
    """Where the study plays."""

    path: str = Field(
        description="the boundary and the administrative units (GeoPackage layers boundary, units, townships)"
    )
    crs: str = Field(description="the working CRS: projected, in metres, such as EPSG:4547")


class Years(Block):
    """The years of the study."""

    base: int = Field(ge=1949, le=2100, description="the year of the population layer")
    phases: tuple[int, ...] = Field(
        min_length=1, max_length=12, description="planning years, rising; demand, supply and gaps are computed for each"
    )

    @model_validator(mode="after")
    def _rising(self) -> Years:
        if list(self.phases) != sorted(set(self.phases)) or self.phases[0] < self.base:
            raise ValueError(f"phases must rise from the base year {self.base} on, each once")
        return self


class Keep(Block):
    """Which rows of a layer are kept, by one of its columns."""

    min: float | None = Field(None, description="keep rows of at least this value")
    max: float | None = Field(None, description="keep rows of at most this value")
    equals: Scalar | None = Field(None, description="keep rows of exactly this value")


class Layer(Block):
    """One input layer."""

    path: str | dict[Literal["nodes", "edges"], str] = Field(
        description="a file, or for streets a file of nodes and one of edges"
    )
    datum: Datum | None = Field(
        description="the datum of its coordinates: cgcs2000, wgs84, gcj02 or bd09; there is no default; tables without positions "
        "(census, births, moves, field_checks) have none"
    )
    layer: str | None = Field(None, description="the layer or sheet inside the file, where it holds several")
    crs: str | None = Field(None, description="the CRS, where the file does not say it")
    encoding: str | None = Field(None, description="the text encoding, where it cannot be recognised")
    columns: dict[str, str] = Field({}, description="geoplan's column name: the name in the file")
    constants: dict[str, Scalar] = Field({}, description="columns that have one value in every row")
    keep: dict[str, Keep] = Field({}, description="which rows to keep, by column; not for streets")
    join_m: float | None = Field(
        None,
        gt=0,
        le=20,
        allow_inf_nan=False,
        description="for streets given as lines without nodes: ends as near as this to one another or to a street are joined, "
        "metres; default 0.5",
    )
    unplaced: Literal["refuse", "leave_out"] = Field(
        "refuse", description="rows without a position: refused, or left out, each a counted repair"
    )
    unknown: Literal["refuse", "keep"] = Field(
        "keep", description="facilities whose places are not known: kept, not counted, or refused"
    )
    unit_aliases: Annotated[dict[str, str], BeforeValidator(codes)] = Field(
        {}, description="codes or names of units in the file: the unit that is meant"
    )


class Demand(Block):
    """How many places are wanted."""

    source: Literal["residents", "population", "public_places"] = Field(
        "residents", description="residential areas, a population grid, or public places, as the service asks"
    )
    ages: Literal["linear", "flat", "smooth", "sprague"] = Field(
        "linear",
        description="how age bands are split into single years: linear (on from age 0), flat (evenly), smooth, or sprague (five-year bands)",
    )
    births: Level = Field("mid", description="which projection of births is used: low, mid, high")
    spread: Literal["population", "floor_area_m2", "dwellings"] = Field(
        "population", description="by what a census by unit is spread to residential areas"
    )
    within: Annotated[dict[str, tuple[str, ...]], BeforeValidator(codes)] = Field(
        {},
        description="units of the census that lie inside others, such as a zone: its code, and the units that hold it",
    )
    from_outside: Share = Field(
        0.0, description="share of the people of new residential areas who come from outside their unit"
    )
    persons_per_dwelling: Positive | None = Field(
        None, description="for new residential areas that give dwellings and no residents"
    )
    at_work: Share = Field(
        0.0, description="share of the children of employees (layer employers) who are cared for at the workplace"
    )
    uptake: Literal["low", "mid", "high"] | Share | dict[str, Share] = Field(
        "mid",
        description="share of children whose families want a place: a level of the profile, one share, or one by age band",
    )
    share: dict[str, Share] | None = Field(
        None,
        description="share of residents in each age band, for layers that have no ages; an assumption, printed as such",
    )


class Supply(Block):
    """Which places count."""

    only_filed: bool = Field(True, description="count only facilities filed with the authority")
    only_inclusive: bool = Field(False, description="count only inclusive (price-limited) facilities")
    modes: tuple[Literal["full_day", "half_day", "hourly", "temporary"], ...] | None = Field(
        None, description="count only facilities that offer one of these service modes; default: all"
    )
    enrolment_year: int | None = Field(
        None,
        description="the year of the kindergartens' enrolment, from which it is carried on with the children of their age",
    )
    projection_year: int | None = Field(
        None, description="the year for which the hosts' own projected_enrolment holds; it is used for that year only"
    )


class Journey(Block):
    """How a group of demand points travels, and how far is still within reach."""

    mode: Annotated[str, known("modes")] = Field(description="a mode of travel; see geoplan list modes")
    limit_m: Positive | None = Field(None, description="reach in metres along the streets")
    limit_min: Positive | None = Field(None, description="reach in minutes")
    snap_limit_m: Positive = Field(
        300.0, description="farthest that a point may lie from the street that it joins, metres"
    )
    matrix: str | None = Field(
        None, description="a file (CSV, Parquet, XLSX) of travel costs from another program, instead of the streets"
    )
    matrix_unit: Literal["m", "km", "min", "s"] | None = Field(None, description="the unit of the costs in the matrix")
    matrix_columns: dict[Literal["demand_id", "place_id", "cost"], str] = Field(
        {}, description="geoplan's column name: the name in the matrix, where it is not a usual one"
    )

    @model_validator(mode="after")
    def _one_limit(self) -> Journey:
        if (self.limit_m is None) == (self.limit_min is None):
            raise ValueError("give exactly one of limit_m and limit_min")
        return self

    @model_validator(mode="after")
    def _whole_matrix(self) -> Journey:
        if self.matrix is None:
            if self.matrix_unit or self.matrix_columns:
                raise ValueError("matrix_unit and matrix_columns need a matrix: the path of its file")
        elif self.matrix_unit is None:
            raise ValueError("a matrix needs matrix_unit: m, km, min or s")
        elif (self.matrix_unit in {"m", "km"}) != (self.limit_m is not None):
            wanted = "limit_m" if self.matrix_unit in {"m", "km"} else "limit_min"
            raise ValueError(f"a matrix in {self.matrix_unit} needs {wanted}")
        return self

    @property
    def limit(self) -> float:
        """The reach in metres or seconds."""
        return self.limit_m if self.limit_m is not None else 60 * (self.limit_min or 0.0)


DECAY_KEY = {"binary": "reach_min", "linear": "reach_min", "gaussian": "reach_min", "exponential": "half_min",
             "stepped": "steps_min"}  # fmt: skip


class DecaySettings(Block):
    """How much a place counts by the minutes that it takes to get there, within the reach of travel."""

    form: Literal["binary", "linear", "gaussian", "exponential", "stepped"] = Field(
        description="gaussian, linear and binary need reach_min, exponential half_min, stepped steps_min"
    )
    reach_min: Positive | None = Field(None, description="minutes from which on a place does not count")
    half_min: Positive | None = Field(None, description="minutes at which a place counts half")
    steps_min: tuple[tuple[Positive, Share], ...] | None = Field(
        None, description="pairs of minutes (up to, inclusive) and weight, such as [[5, 1], [10, 0.68], [15, 0.22]]"
    )

    @model_validator(mode="after")
    def _fits(self) -> DecaySettings:
        given = [key for key in ("reach_min", "half_min", "steps_min") if getattr(self, key) is not None]
        if given != [DECAY_KEY[self.form]]:
            raise ValueError(
                f"{self.form} needs exactly {DECAY_KEY[self.form]}, not {' and '.join(given) or 'nothing'}"
            )
        self.in_seconds()  # its factory refuses steps that do not rise
        return self

    def in_seconds(self) -> Curve:
        """The decay of a cost in seconds, as the study computes it."""
        if self.steps_min is not None:
            return decay.stepped([(60 * minutes, weight) for minutes, weight in self.steps_min])
        if self.half_min is not None:
            return decay.exponential(math.log(2) / (60 * self.half_min))
        made: Curve = getattr(decay, self.form)(60 * (self.reach_min or 0))
        return made


WITHOUT_DECAY = frozenset({"nearest", "coverage", "cumulative"})  # with one, cumulative would be gravity


class Access(Block):
    """What is measured."""

    measures: tuple[Annotated[str, known("measures")], ...] = Field(
        ("nearest", "coverage", "two_step_fca"), description="see geoplan list measures"
    )
    decay: DecaySettings | None = Field(
        None,
        description="for gravity and the floating catchment measures; without it all places within reach count alike",
    )
    reaches_m: tuple[Positive, ...] | None = Field(
        None, description="walking reaches for coverage; default: those of the profile"
    )

    @model_validator(mode="after")
    def _decay_is_used(self) -> Access:
        if self.decay is None and "gravity" in self.measures:
            raise ValueError("the measure gravity needs a decay, such as decay: { form: gaussian, reach_min: 15 }")
        if self.decay is not None and set(self.measures) <= WITHOUT_DECAY:
            raise ValueError("decay is given, but none of the measures uses one; add two_step_fca, or leave decay out")
        return self


class Siting(Block):
    """Where options may stand: what the layers cannot say of hazards, exclusions and fees."""

    absent: tuple[str, ...] = Field(
        (),
        description="hazard classes and exclusion layers of which there are none in the area, though no layer shows it",
    )
    hard: tuple[str, ...] = Field(
        (), description="exclusion layers and hazard classes that refuse an option, whatever the profile says"
    )
    soft: tuple[str, ...] = Field(
        (), description="exclusion layers and hazard classes that only lower an option's score"
    )
    fees: tuple[str, ...] = Field(
        (), description="taxes and fees that are counted, by id; the others are taken as relieved"
    )
    convert_reach_m: Positive | None = Field(
        None,
        description="in old built areas no new land is offered where a building that can be converted passes within this way along "
        "the streets, metres; default: the urban reach of the profile",
    )
    search_m: Positive | None = Field(
        None,
        ge=50,
        description="width of the cells, metres, in which land is looked for where there are no parcels: areas to search, not sites",
    )

    @model_validator(mode="after")
    def _apart(self) -> Siting:
        if both := sorted(set(self.hard) & set(self.soft)):
            raise ValueError(f"{both[0]} is named in hard and in soft; name it in one of them")
        return self


class NewFacility(Block):
    """A facility that a scenario opens."""

    id: str = Field(description="its id, which no other facility has")
    at: Spot = Field(description="longitude, latitude in CGCS2000 or WGS 84")
    places: dict[str, Annotated[int, Field(ge=0)]] = Field(description="places by age band")
    name: str = Field("", description="how map and report call it")


class SomeStreet(Block):
    """A street, by its name or by a position on it: exactly one of them."""

    name: str | None = Field(None, description="every street of this name")
    at: Spot | None = Field(None, description="the street nearest to this longitude, latitude")

    @model_validator(mode="after")
    def _one(self) -> SomeStreet:
        if (self.name is None) == (self.at is None):
            raise ValueError("give exactly one of name and at")
        return self


class StreetSpeed(SomeStreet):
    """A street that is passed at another speed; it counts where time is counted."""

    kph: Positive = Field(description="the speed in km/h, all delays included")


class NewStreet(Block):
    """A street that a scenario adds."""

    line: tuple[Spot, ...] = Field(
        min_length=2, description="longitude, latitude of its points; its ends lie on streets"
    )
    highway: str = Field("residential", description="its class, as in OpenStreetMap: footway, residential, primary, …")
    kph: Positive | None = Field(None, description="its speed in km/h; default: that of each mode on this class")
    oneway: bool = Field(False, description="whether cars pass it only as it is drawn")
    bridge: bool = Field(False, description="whether it joins streets at its ends only, not where it crosses them")


class Change(Block):
    """One edit of the layers: exactly one of its keys."""

    close: str | None = Field(None, description="a facility that closes, by id")
    open: NewFacility | None = Field(None, description="a facility that opens")
    refuse: str | None = Field(None, description="a site or an option that may not be used, by id")
    close_street: SomeStreet | None = Field(None, description="a street that nobody may pass")
    barrier: tuple[Spot, ...] | None = Field(
        None,
        min_length=2,
        description="a line (longitude, latitude) such as a railway or a wall, that cuts every street it crosses",
    )
    link: NewStreet | None = Field(None, description="a street that is built")
    speed: StreetSpeed | None = Field(None, description="a street that is passed at another speed")

    @model_validator(mode="after")
    def _one(self) -> Change:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"a change is exactly one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def of_streets(self) -> bool:
        """Whether it changes the streets."""
        return not (self.close or self.open or self.refuse)


def _tables_without_datum(layers: Any) -> Any:
    """The layers with no datum for those that have no positions, so that nobody has to write one there."""
    if not isinstance(layers, dict):
        return layers
    return {r: {"datum": None, **la} if r in TABLES and isinstance(la, dict) else la for r, la in layers.items()}


class Settings(Block):
    """Everything that one scenario is computed from."""

    version: Literal[1] = Field(description="the version of the study file: 1")
    name: str = Field(min_length=1, max_length=200, description="the title of the study")
    service: Annotated[str, known("services")] = Field(description="a service profile; see geoplan list services")
    language: Literal["zh", "en"] = Field("zh", description="language of map, report and messages")
    area: Area = Field(description="where the study plays: boundary, administrative units and the working CRS")
    years: Years = Field(description="the year of the people, and the planning years")
    layers: Annotated[dict[Role, Layer], BeforeValidator(_tables_without_datum)] = Field(
        description="the input layers by role"
    )
    demand: Demand = Field(Demand(), description="how many places are wanted")
    supply: Supply = Field(Supply(), description="which places count")
    travel: dict[str, Journey] = Field(min_length=1, description="by group: urban, rural, or all")
    access: Access = Field(Access(), description="what is measured")
    standards: dict[str, float] = Field({}, description="local values of standards by id; see geoplan list standards")
    siting: Siting = Field(Siting(), description="where options may stand")
    plan: PlanSettings | None = Field(
        None, description="what is to be built, with which money; without it nothing is planned"
    )
    report: ReportSettings = Field(ReportSettings(), description="the report")
    map: MapSettings = Field(MapSettings(), description="the map")
    changes: tuple[Change, ...] = Field((), description="edits of the layers: what opens, closes, is refused or built")
    outputs: tuple[Output, ...] | None = Field(
        None,
        description="the files that a scenario writes beside results.json; default: all, of a member of a sweep recommended_sites.csv alone",
    )

    @model_validator(mode="after")
    def _together(self) -> Settings:
        for role in (self.demand.source, "streets"):
            if role not in self.layers:
                raise ValueError(f"layers.{role} is missing: this layer is needed")
        for key, years in self.plan.years_named().items() if self.plan else ():
            if stray := sorted(years - set(self.years.phases)):
                raise ValueError(f"plan.{key} names {stray}, which years.phases does not")
        for role, layer in self.layers.items():
            if (layer.datum is None) != (role in TABLES):
                raise ValueError(
                    f"layers.{role}.datum must be one of cgcs2000, wgs84, gcj02, bd09"
                    if layer.datum is None
                    else f"layers.{role}.datum must be left out: this table has no positions"
                )
        return self

    @model_validator(mode="after")
    def _only_streets_join(self) -> Settings:
        if stray := [role for role, layer in self.layers.items() if role != "streets" and layer.join_m is not None]:
            raise ValueError(f"layers.{stray[0]}.join_m is given, but only streets are joined; leave it out")
        return self

    @property
    def year(self) -> int:
        """The year that is planned for: the last that has a budget, else the first phase."""
        return max(self.plan.budget, default=self.years.phases[0]) if self.plan else self.years.phases[0]

    @property
    def start_year(self) -> int:
        """The year in which work can start: the first that has a budget."""
        return min(self.plan.budget, default=self.year) if self.plan else self.year

    def plain(self) -> dict[str, Any]:
        """The settings as plain data, as results.json stores them."""
        return self.model_dump(mode="json", exclude_unset=True)


class StudyFile(Settings):
    """A whole study file: the base settings, and scenarios that patch them."""

    scenarios: dict[Annotated[str, Field(pattern=r"^[\w\-]{1,60}$")], dict[str, Any]] = Field(
        {},
        description="named sets of keys laid over everything above; extends: the name of another scenario to build on; changes are added to its changes",
    )
    sweep: dict[str, list[Any]] | list[dict[str, Any]] = Field(
        {},
        description="scenarios made by themselves: a list of values for each dotted key, all combined, or a list of sets of dotted keys",
    )


def study_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the study file, for editors: every key with what it means, every role by name.

    A role without positions needs no datum, any other does, which the models say in words and the schema by role.

    >>> sorted(study_schema()["properties"]["layers"]["properties"]["births"])
    ['$ref', 'description']
    """
    made: dict[str, Any] = StudyFile.model_json_schema()
    made["$defs"]["Layer"]["required"] = ["path"]
    layers = made["properties"]["layers"]
    del layers["propertyNames"]
    layers["additionalProperties"] = False
    layers["properties"] = {
        role: {
            "$ref": "#/$defs/Layer",
            "description": said.title.en,
            **({} if role in TABLES else {"required": ["datum"]}),
        }
        for role, said in role_words().items()
        if role != "area"
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
