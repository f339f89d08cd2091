"""The tables as far as their sources can know them: what each role's layer may hold, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from geoplan.errors import Text
from geoplan.sources._aliases import GRADES, PILOTS, PUBLIC_PLACES
from geoplan.sources._site_words import FIRE_RATINGS
from geoplan.tables import DEMAND, FACILITIES, Column, Kind, Table


@dataclass(frozen=True)
class Cell(Column):
    """A column with more that a reader must know.

    `optional` ones are absent from the result where the file has none; `known` maps the words of files to those of
    geoplan, `several` of them where a cell may hold more than one; `whole` numbers have no fraction; `signed` ones may be
    negative; `unless` names the column whose value may stand in for this one; `codes` is the land classification of codes.
    """

    optional: bool = False
    known: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    signed: bool = False
    unless: str = ""
    several: bool = False
    codes: str = ""


def _cells(kind: Kind, optional: bool, *columns: tuple[str, str, str, str]) -> tuple[Cell, ...]:
    return tuple(Cell(name, kind, Text(en, zh), unit, optional=optional) for name, en, zh, unit in columns)


def numbers(*columns: tuple[str, str, str, str]) -> tuple[Cell, ...]:
    """Columns of numbers from name, meaning in English and Chinese, and unit: missing where the file does not say them."""
    return _cells("number", False, *columns)


def more(*columns: tuple[str, str, str, str]) -> tuple[Cell, ...]:
    """The same, of columns that are absent where the file has them not."""
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
AGES = more(
    *((f"age_{n}", f"people aged {n}", f"{n}岁人口", "persons") for n in range(6)),
    ("age_1_4", "people aged 1 to 4", "1–4岁人口", "persons"),
    ("age_5_9", "people aged 5 to 9", "5–9岁人口", "persons"),
)
HOUSES = more(
    ("registered", "registered residents", "户籍人口", "persons"),
    ("migrant_under_3", "migrant infants among the residents", "随迁婴幼儿", "persons"),
    ("households", "households", "户数", "households"),
    ("dwellings", "dwellings", "住宅套数", "dwellings"),
    ("floor_area_m2", "floor area", "建筑面积", "m²"),
)
GRADE = Cell("grade", "text", Text("confidence in the data, A to D", "数据等级 A–D"), optional=True, known=GRADES)

# what says whether a building would do: absent where the file does not say it
BUILDING = (
    Cell("fire_rating", "number", Text("fire rating, 1 (best) to 4", "耐火等级"), optional=True, known=FIRE_RATINGS),
    Cell("own_entrance", "flag", Text("entrance of its own", "独立出入口"), optional=True),
    *more(
        ("sunlight_h", "sunlight on the shortest day", "冬至日照时数", "h"),
        ("spare_floor_m2", "floor area to spare", "富余建筑面积", "m²"),
    ),
    Cell("survey_code", "text", Text("land code of the survey", "三调地类编码"), optional=True, codes="survey"),
    Cell("planning_code", "text", Text("land code of the plan", "规划用地代码"), optional=True, codes="planning"),
)
ROOM = (
    *more(("outdoor_m2", "outdoor area", "室外场地", "m²")),
    Cell("storey", "number", Text("storey that would be used", "所在楼层"), "storey", optional=True, signed=True),
)

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
        *more(
            ("enrolled", "children enrolled", "在托人数", "persons"),
            ("floor_area_m2", "floor area", "建筑面积", "m²"),
            ("usable_area_m2", "usable area", "使用面积", "m²"),
        ),
        *BUILDING,
        *ROOM,
        Cell("closes", "year", Text("closing year", "停办年份"), "year", optional=True),
        Cell("pilot", "text", Text("pilot that it is", "试点类型"), optional=True, known=PILOTS),
        Cell("demonstration", "flag", Text("demonstration institution", "示范机构"), optional=True),
        Cell("operation_mode", "text", Text("how it is run", "运营模式"), optional=True),
        OWNERSHIP,
    ),
    (
        Cell(PLACES.name, PLACES.kind, PLACES.meaning, PLACES.unit, required=True, unless="classes"),
        Cell("classes", "number", Text("classes", "班数"), "classes", optional=True, whole=True),
        *more(("enrolled", "children enrolled", "在托人数", "persons")),
    ),
)
PUBLIC = Table(
    "public_places",
    DEMAND.index,
    (
        NAME,
        Cell("kind", "text", Text("class of public place", "公共场所类别"), known=PUBLIC_PLACES),
        UNIT,
        *numbers(
            ("floor_area_m2", "floor area", "建筑面积", "m²"),
            ("visitors_per_day", "visitors a day", "日客流量", "persons"),
        ),
        *(Cell(c.name, c.kind, c.meaning, optional=True) for c in (TOWNSHIP, CLASS)),
    ),
)
PLAIN = Table("plain", "feature_id", (NAME,))

# tables without geometry: their rows are units, or units and years
CENSUS = Table("census", "unit_id", (*more(("population", "residents", "常住人口", "persons")), *AGES, *HOUSES))
BIRTHS = Table(
    "births",
    "row",
    (
        YEAR,
        *more(
            ("births", "births, observed", "出生人数", "persons"),
            ("births_low", "births, low", "出生人数低方案", "persons"),
            ("births_mid", "births, middle", "出生人数中方案", "persons"),
            ("births_high", "births, high", "出生人数高方案", "persons"),
        ),
    ),
)
NET = Text("children under three who move in less those who move out", "3岁以下净迁入")
MOVES = Table("moves", "row", (YEAR, Cell("net_moves", "number", NET, "persons", required=True, signed=True)))
