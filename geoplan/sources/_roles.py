"""The tables as far as their sources can know them: what each role's layer may hold, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from geoplan.errors import Text
from geoplan.sources._aliases import EMPLOYERS, GRADES, PILOTS, PUBLIC_PLACES
from geoplan.tables import DEMAND, FACILITIES, Column, Kind, Table


@dataclass(frozen=True)
class Cell(Column):
    """A column with more that a reader must know.

    `optional` ones are absent from the result where the file has none; `known` maps the words of files to those of
    geoplan; `whole` numbers have no fraction; `signed` ones may be negative; `unless` names the column whose value
    may stand in for this one.
    """

    optional: bool = False
    known: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    signed: bool = False
    unless: str = ""


def _cells(kind: Kind, optional: bool, *columns: tuple[str, str, str, str]) -> tuple[Cell, ...]:
    return tuple(Cell(name, kind, Text(en, zh), unit, optional=optional) for name, en, zh, unit in columns)


def _numbers(*columns: tuple[str, str, str, str]) -> tuple[Cell, ...]:
    return _cells("number", False, *columns)


def _more(*columns: tuple[str, str, str, str]) -> tuple[Cell, ...]:
    return _cells("number", True, *columns)


def band_columns(table: Table, bands: Iterable[str]) -> list[Column]:
    """The columns of a table that exist once an age band, for these bands."""
    made: list[Column] = []
    for band in bands:
        for column in table.per_band:
            named: Column = replace(column, name=f"{column.name}_{band}")
            if isinstance(column, Cell) and column.unless:
                named = replace(column, name=named.name, unless=f"{column.unless}_{band}")
            made.append(named)
    return made


def _of_demand(*names: str) -> tuple[Column, ...]:
    return tuple(replace(c, required=False) for c in DEMAND.columns if c.name in names)


NAME, KIND, INCLUSIVE, UNIT = (c for c in FACILITIES.columns if c.name in ("name", "kind", "inclusive", "unit_id"))
TOWNSHIP, CLASS = _of_demand("township", "class")
YEAR = Column("year", "year", Text("year", "年份"), "year", required=True)
OWNERSHIP = Cell("ownership", "text", Text("who owns it", "举办性质"), optional=True)
AGES = _more(
    *((f"age_{n}", f"people aged {n}", f"{n}岁人口", "persons") for n in range(6)),
    ("age_1_4", "people aged 1 to 4", "1–4岁人口", "persons"),
    ("age_5_9", "people aged 5 to 9", "5–9岁人口", "persons"),
)
HOUSES = _more(
    ("registered", "registered residents", "户籍人口", "persons"),
    ("migrant_under_3", "migrant infants among the residents", "随迁婴幼儿", "persons"),
    ("households", "households", "户数", "households"),
    ("dwellings", "dwellings", "住宅套数", "dwellings"),
    ("floor_area_m2", "floor area", "建筑面积", "m²"),
)
GRADE = Cell("grade", "text", Text("confidence in the data, A to D", "数据等级 A–D"), optional=True, known=GRADES)

CORE = {"name", "unit_id", "township", "class", "population"}
RESIDENTS = Table(
    "residents",
    DEMAND.index,
    tuple(replace(c, required=c.required and c.name != "unit_id") for c in DEMAND.columns if c.name in CORE),
)
RESIDENTIAL = replace(RESIDENTS, columns=(*RESIDENTS.columns, *AGES, *HOUSES, GRADE))
PLACES = FACILITIES.per_band[0]
SERVING = Table(
    "facilities",
    FACILITIES.index,
    (
        *(c for c in FACILITIES.columns if c.name not in ("geometry", "counted", "fte", "reason", "places_from")),
        *_more(
            ("enrolled", "children enrolled", "在托人数", "persons"),
            ("floor_area_m2", "floor area", "建筑面积", "m²"),
            ("usable_area_m2", "usable area", "使用面积", "m²"),
        ),
        Cell("closes", "year", Text("closing year", "停办年份"), "year", optional=True),
        Cell("pilot", "text", Text("pilot that it is", "试点类型"), optional=True, known=PILOTS),
        Cell("demonstration", "flag", Text("demonstration institution", "示范机构"), optional=True),
        Cell("operation_mode", "text", Text("how it is run", "运营模式"), optional=True),
        OWNERSHIP,
    ),
    (
        Cell(PLACES.name, PLACES.kind, PLACES.meaning, PLACES.unit, required=True, unless="classes"),
        Cell("classes", "number", Text("classes", "班数"), "classes", optional=True, whole=True),
        *_more(("enrolled", "children enrolled", "在托人数", "persons")),
    ),
)
HOSTS = Table(
    "hosts",
    "host_id",
    (
        NAME,
        replace(KIND, required=True),
        UNIT,
        INCLUSIVE,
        Cell("classes", "number", Text("classes", "班数"), "classes", whole=True),
        *_numbers(
            ("capacity", "children it may take", "核定规模", "persons"),
            ("enrolment", "children it has", "在园人数", "persons"),
            ("spare_floor_m2", "floor area to spare", "富余建筑面积", "m²"),
            ("floor_area_m2", "floor area", "建筑面积", "m²"),
            ("outdoor_m2", "outdoor area", "室外场地", "m²"),
            ("storey", "storey that would be used", "所在楼层", ""),
            ("land_m2", "land", "用地面积", "m²"),
        ),
        *_more(("projected_enrolment", "children expected", "预计在园人数", "persons")),
        OWNERSHIP,
    ),
)
IDLE = Table(
    "idle",
    "site_id",
    (
        NAME,
        replace(KIND, required=True),
        UNIT,
        *_numbers(
            ("floor_area_m2", "floor area", "建筑面积", "m²"),
            ("outdoor_m2", "outdoor area", "室外场地", "m²"),
            ("storey", "storey that would be used", "所在楼层", ""),
            ("land_m2", "land", "用地面积", "m²"),
            ("farmland_m2", "farmland", "耕地面积", "m²"),
        ),
    ),
)
NEW_RESIDENTIAL = Table(
    "new_residential",
    "project_id",
    (
        NAME,
        UNIT,
        TOWNSHIP,
        *_numbers(
            ("population", "planned residents", "规划人口", "persons"),
            ("dwellings", "planned dwellings", "规划套数", "dwellings"),
        ),
        Column("delivery_year", "year", Text("year of delivery", "交付年份"), "year"),
        *_numbers(("places_planned", "places planned with it", "配建托位", "places")),
        *_cells(
            "text",
            False,
            ("planned_state", "planned together", "同步规划", ""),
            ("built_state", "built together", "同步建设", ""),
            ("accepted_state", "accepted together", "同步验收", ""),
            ("delivered_state", "delivered together", "同步交付", ""),
        ),
    ),
)
RENEWAL = Table(
    "renewal",
    "project_id",
    (
        NAME,
        UNIT,
        replace(YEAR, required=False),
        *_numbers(("residents", "residents concerned", "涉及居民", "persons")),
    ),
)
EMPLOYERS_TABLE = Table(
    "employers",
    "employer_id",
    (
        NAME,
        Cell("kind", "text", Text("kind of employer", "单位类型"), known=EMPLOYERS),
        UNIT,
        *_numbers(
            ("workers", "workers", "职工数", "persons"),
            ("young_workers", "young workers", "青年职工数", "persons"),
            ("children_under_3", "children under three of its workers", "职工3岁以下子女数", "persons"),
        ),
        Column("open_to_public", "flag", Text("open to people who live near", "向附近居民开放")),
    ),
)
PUBLIC = Table(
    "public_places",
    DEMAND.index,
    (
        NAME,
        Cell("kind", "text", Text("class of public place", "公共场所类别"), known=PUBLIC_PLACES),
        UNIT,
        *_numbers(
            ("floor_area_m2", "floor area", "建筑面积", "m²"),
            ("visitors_per_day", "visitors a day", "日客流量", "persons"),
        ),
        *(Cell(c.name, c.kind, c.meaning, optional=True) for c in (TOWNSHIP, CLASS)),
    ),
)
PLAIN = Table("plain", "feature_id", (NAME,))

# tables without geometry: their rows are units, or units and years
CENSUS = Table("census", "unit_id", (*_more(("population", "residents", "常住人口", "persons")), *AGES, *HOUSES))
BIRTHS = Table(
    "births",
    "row",
    (
        YEAR,
        *_more(
            ("births", "births, observed", "出生人数", "persons"),
            ("births_low", "births, low", "出生人数低方案", "persons"),
            ("births_mid", "births, middle", "出生人数中方案", "persons"),
            ("births_high", "births, high", "出生人数高方案", "persons"),
        ),
    ),
)
NET = Text("children under three who move in less those who move out", "3岁以下净迁入")
MOVES = Table("moves", "row", (YEAR, Cell("net_moves", "number", NET, "persons", required=True, signed=True)))
