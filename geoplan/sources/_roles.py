"""The tables as far as their sources can know them: what each role's layer may hold, column by column."""

from __future__ import annotations

from dataclasses import replace

from geoplan.errors import Text
from geoplan.tables import DEMAND, FACILITIES, Column, Table


def _numbers(*columns: tuple[str, str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, "number", Text(en, zh), unit) for name, en, zh, unit in columns)


NAME, KIND, INCLUSIVE, UNIT = (c for c in FACILITIES.columns if c.name in ("name", "kind", "inclusive", "unit_id"))
RESIDENTS = Table(
    "residents",
    DEMAND.index,
    tuple(replace(c, required=c.required and c.name != "unit_id") for c in DEMAND.columns if c.name != "geometry"),
)
SERVING = Table(
    "facilities",
    FACILITIES.index,
    tuple(c for c in FACILITIES.columns if c.name not in ("geometry", "counted")),
    FACILITIES.per_band,
)
HOSTS = Table(
    "hosts",
    "host_id",
    (
        NAME,
        replace(KIND, required=True),
        UNIT,
        INCLUSIVE,
        *_numbers(
            ("classes", "classes", "班数", "classes"),
            ("capacity", "children it may take", "核定规模", "persons"),
            ("enrolment", "children it has", "在园人数", "persons"),
            ("spare_floor_m2", "floor area to spare", "富余建筑面积", "m²"),
            ("floor_area_m2", "floor area", "建筑面积", "m²"),
            ("outdoor_m2", "outdoor area", "室外场地", "m²"),
            ("storey", "storey that would be used", "所在楼层", ""),
            ("land_m2", "land", "用地面积", "m²"),
        ),
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
PLAIN = Table("plain", "feature_id", (NAME,))
