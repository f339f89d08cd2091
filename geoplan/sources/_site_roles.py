"""The tables of sites and of the ground around them: what each layer may hold, column by column."""

from __future__ import annotations

from dataclasses import replace

from geoplan.errors import Text
from geoplan.sources._aliases import EMPLOYERS
from geoplan.sources._roles import (
    BUILDING,
    INCLUSIVE,
    KIND,
    NAME,
    OWNERSHIP,
    ROOM,
    TOWNSHIP,
    UNIT,
    YEAR,
    Cell,
    more,
    numbers,
)
from geoplan.sources._site_words import HAZARDS, HOUSING_STATES, LAND_STATUSES, MILESTONES, TENURES
from geoplan.tables import Column, Table

FLOOR = numbers(("floor_area_m2", "floor area", "建筑面积", "m²"))
OUTDOOR, STOREY = (replace(c, optional=False) for c in ROOM)
LAND = numbers(("land_m2", "land", "用地面积", "m²"))
FARMLAND = numbers(("farmland_m2", "farmland", "耕地面积", "m²"))
SPARE = next(c for c in BUILDING if c.name == "spare_floor_m2")
CODES = tuple(replace(c, optional=False) for c in BUILDING if c.codes)
# what a premises' or a host's own table already has does not stand in it twice
FITNESS = tuple(c for c in BUILDING if c is not SPARE)

HOSTS = Table(
    "hosts",
    "host_id",
    (
        NAME,
        replace(KIND, required=True),
        UNIT,
        INCLUSIVE,
        Cell("classes", "number", Text("classes", "班数"), "classes", whole=True),
        *numbers(
            ("capacity", "children it may take", "核定规模", "persons"),
            ("enrolment", "children it has", "在园人数", "persons"),
        ),
        replace(SPARE, optional=False),
        *FLOOR,
        OUTDOOR,
        STOREY,
        *LAND,
        *more(("projected_enrolment", "children expected", "预计在园人数", "persons")),
        OWNERSHIP,
        *FITNESS,
    ),
)
IDLE = Table(
    "idle",
    "site_id",
    (NAME, replace(KIND, required=True), UNIT, *FLOOR, OUTDOOR, STOREY, *LAND, *FARMLAND, *BUILDING),
)
PARCELS = Table(
    "parcels",
    "site_id",
    (
        NAME,
        UNIT,
        *CODES,
        Cell("land_status", "text", Text("state of the land", "土地状态"), known=LAND_STATUSES),
        *LAND,
        *FARMLAND,
        Cell("tenure", "text", Text("who owns the land", "权属")),
    ),
)
PREMISES = Table(
    "premises",
    "site_id",
    (
        NAME,
        UNIT,
        *FLOOR,
        STOREY,
        OUTDOOR,
        *(replace(c, optional=False) for c in FITNESS if not c.codes),
        Cell("tenure", "text", Text("lease, sale or swap", "出租、出售或置换"), known=TENURES, several=True),
        *numbers(
            ("rent_yuan_m2", "rent a year", "年租金", "yuan/m²"),
            ("price_yuan_m2", "price", "售价", "yuan/m²"),
            ("lease_years", "years of lease", "租期", "years"),
        ),
        *CODES,
    ),
)
NEW_RESIDENTIAL = Table(
    "new_residential",
    "project_id",
    (
        NAME,
        UNIT,
        TOWNSHIP,
        *numbers(
            ("population", "planned residents", "规划人口", "persons"),
            ("dwellings", "planned dwellings", "规划套数", "dwellings"),
        ),
        Column("delivery_year", "year", Text("year of delivery", "交付年份"), "year"),
        *numbers(("places_planned", "places planned with it", "配建托位", "places")),
        *(
            Cell(f"{step}_state", "text", Text(f"{step} together", f"同步{zh}"), known=MILESTONES)
            for step, zh in (("planned", "规划"), ("built", "建设"), ("accepted", "验收"), ("delivered", "交付"))
        ),
        Cell("housing_state", "text", Text("how far the housing is", "住宅进度"), optional=True, known=HOUSING_STATES),
    ),
)
RENEWAL = Table(
    "renewal",
    "project_id",
    (
        NAME,
        UNIT,
        replace(YEAR, required=False),
        *numbers(("residents", "residents concerned", "涉及居民", "persons")),
        *more(("floor_area_m2", "floor area of the space that it frees", "腾退建筑面积", "m²")),
        *ROOM,
        *BUILDING,
    ),
)
EMPLOYERS_TABLE = Table(
    "employers",
    "employer_id",
    (
        NAME,
        Cell("kind", "text", Text("kind of employer", "单位类型"), known=EMPLOYERS),
        UNIT,
        *numbers(
            ("workers", "workers", "职工数", "persons"),
            ("young_workers", "young workers", "青年职工数", "persons"),
            ("children_under_3", "children under three of its workers", "职工3岁以下子女数", "persons"),
        ),
        Column("open_to_public", "flag", Text("open to people who live near", "向附近居民开放")),
        *ROOM,
        *BUILDING,
    ),
)
HAZARDS_TABLE = Table(
    "hazards",
    "hazard_id",
    (NAME, Cell("kind", "text", Text("class of hazard", "危险源类型"), required=True, known=HAZARDS)),
)

HAZARD_CLASSES = tuple(dict.fromkeys(HAZARDS.values()))
CONTROLS = (
    "permanent_farmland",
    "ecological_red_line",
    "blue_line",
    "green_line",
    "purple_line",
    "yellow_line",
    "geological_hazard",
    "flood",
    "mining",
)
BOUNDARIES = ("development_boundary", "village_boundary")
