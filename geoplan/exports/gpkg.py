"""The layers of a result as a GeoPackage that QGIS opens styled, in the working CRS."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from geoplan.errors import Text
from geoplan.exports import recommended, tables
from geoplan.exports.qml import Class, Label, categories, graduated, single, wrap
from geoplan.exports.words import about, aliases, layer_title
from geoplan.result import CAUSES, Result
from geoplan.texts import UNREADABLE

FIXED_DATE = "2000-01-01T00:00:00.000Z"  # the same result gives the same file
VERSION = {"VERSION": "1.3"}  # of GeoPackage, which QGIS of 2021 reads without a warning
# "GPKG" and 1.3.0, by which programs know the format: GDAL says nothing where a full disk keeps it from writing them
HEADER = ("application_id = 0x47504B47", "user_version = 10300")
UNSERVED = [cause for cause in CAUSES if cause != "served"]
CAUSE_COLOURS = {
    "served": "213,232,212",
    "too_far": "123,30,58",
    "full": "224,130,20",
    "wrong_kind": "128,177,211",
    "not_joined": "255,255,255",
}
POLYGONAL = ("Polygon", "MultiPolygon")
OF_RESIDENTS = ("population", "places_per_1000", "under_three")  # unknown where demand points are not where people live
# kinds of one nature have one colour and differ by shape
NATURE_COLOURS = {
    "convert": "0,114,178",
    "acquire": "179,71,143",
    "with_housing": "0,128,93",
    "new_land": "213,94,0",
    "mobile": "194,138,0",
    "facility": "75,85,99",
}
SHAPES = (
    "circle",
    "square",
    "triangle",
    "diamond",
    "pentagon",
    "cross_fill",
    "star",
    "hexagon",
    "arrowhead",
    "half_square",
)
CONTROL_COLOURS = ("154,132,18", "46,139,87", "47,127,193", "95,166,43", "138,79,163", "201,164,0", "139,90,43", "31,159,181",
                   "107,107,107", "192,57,43", "122,92,62")  # fmt: skip
LABELS = {
    "units": Label("name", 11, colour="60,60,60"),
    "facilities": Label("name", 8, 25_000),
    "recommended_sites": Label("name", 8, 50_000),
    "gap_areas": Label("name", 8, 25_000, "90,20,40"),
}
HAZARD_COLOURS = ("192,40,28", "106,61,154", "122,90,0", "11,107,133", "51,51,51")


def write(result: Result, path: Path | str) -> None:
    """Write residential areas, facilities, options, plan, recommended sites, gap areas, units, controls and hazards as layers,
    each with a style for QGIS; and the tables of compliance, refusals, suitability, obligations, field checks and land as attributes.

    Every column has a title in the language of the study, in the standard extension gpkg_schema and in the styles. Lists of ids and
    titles are written as text, other records as JSON; an empty layer or table is left out.
    """
    path = Path(path)
    path.unlink(missing_ok=True)
    raw = path.with_name(f"raw_{path.name}")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_DATE})
    try:
        for name, frame in drawn(result).items():
            frame.to_file(raw, layer=name, driver="GPKG", engine="pyogrio", dataset_options=VERSION)
        for name, table in listed(result).items():
            pyogrio.write_dataframe(table, raw, layer=name, driver="GPKG", use_arrow=True)  # four times as fast
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    with closing(sqlite3.connect(raw)) as connection:
        with connection:
            add_titles(connection, result)
            add_styles(connection, documents(result))
        for said in HEADER:
            connection.execute(f"PRAGMA {said}")
        # a copy page by page: the file does not tell how often the machine had to begin a write anew
        connection.execute("VACUUM INTO ?", (str(path),))
    raw.unlink()


@lru_cache(2)
def drawn(result: Result) -> dict[str, gpd.GeoDataFrame]:
    """The layers that are not empty, their ids a column, all cells plain; without what the service does not know."""
    unknown = [] if result.service.of_residents else list(OF_RESIDENTS)
    return {n: plain(frame.drop(columns=unknown, errors="ignore")) for n, frame in layers(result).items() if len(frame)}


@lru_cache(2)
def listed(result: Result) -> dict[str, pd.DataFrame]:
    """The tables without a place that are not empty."""
    return {name: told for name, table in tables.attributes(result).items() if len(told := table.map(unbroken))}


def columns(result: Result) -> dict[str, dict[str, str]]:
    """By layer and table what each of its columns is called."""
    found = {n: list(frame.columns.drop("geometry")) for n, frame in drawn(result).items()}
    found |= {n: list(table.columns) for n, table in listed(result).items()}
    return {name: aliases(result, name, own) for name, own in found.items()}


def documents(result: Result) -> dict[str, str]:
    """The whole QGIS style of each layer and table: how it is drawn, labelled, and what its columns are called."""
    drawing, labels = styles(result), LABELS
    return {
        name: wrap(drawing.get(name, ""), titles, labels.get(name) if drawing.get(name) else None)
        for name, titles in columns(result).items()
    }


def demand_layer(result: Result) -> str:
    """The name of the layer of demand points: residential areas, or what they are where nobody lives."""
    return "residential_areas" if result.service.of_residents else result.service.demand.layer


def layers(result: Result) -> dict[str, gpd.GeoDataFrame]:
    """The layers by name, the units first, so that QGIS lists the points on top."""
    units = result.area.units[["geometry"]].join(result.units.drop(columns="geometry", errors="ignore"))
    return {
        "units": gpd.GeoDataFrame(units, geometry="geometry", crs=result.area.crs),
        demand_layer(result): residential(result),
        "gap_areas": result.gap_areas.rename_axis("rank"),
        "reach_on_foot": result.reach.sort_values("limit", ascending=False),
        "severed_pairs": result.severed,
        "joining": result.joins.rename_axis("id"),
        "controls": controls(result),
        "search_areas": tables.options(result, search_areas(result)),
        "options": standing(tables.options(result, result.options)),
        "plan": standing(tables.options(result, result.chosen)),
        **hazards(result),
        "facilities": result.facilities,
        "recommended_sites": recommended.sites(result),
    }


def standing(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Options as points, whatever land they take."""
    return frame.set_geometry(frame.geometry.representative_point()) if len(frame) else frame


def search_areas(result: Result) -> gpd.GeoDataFrame:
    """The options that are areas to search, as areas; the outline may stand in another geometry of the table."""
    frame = result.options
    if "search_area" not in frame.columns:
        return frame.iloc[:0]
    frame = frame[frame["search_area"].eq(True)]
    shapes = frame.geometry
    for name in frame.columns[frame.dtypes == "geometry"]:
        shapes = shapes.where(shapes.geom_type.isin(POLYGONAL), gpd.GeoSeries(frame[name], crs=frame.crs))
    return frame.set_geometry(shapes)[shapes.geom_type.isin(POLYGONAL)]


def controls(result: Result) -> gpd.GeoDataFrame:
    """All exclusion layers and boundaries in one layer with their role, and the standard that says what it means for a site."""
    known = {**result.service.controls, **result.service.boundaries}
    parts = [
        frame[[c for c in ("name", "geometry") if c in frame.columns]].assign(
            control_id=frame.index.astype(str), role=role, standard=known.get(role, "")
        )
        for role, frame in result.controls.items()
        if frame is not None and len(frame)
    ]
    if not parts:
        return gpd.GeoDataFrame(geometry=[], crs=result.area.crs)
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=result.area.crs).set_index("control_id")


def hazards(result: Result) -> dict[str, gpd.GeoDataFrame]:
    """Hazards in a layer for areas, for lines, and for points, as QGIS draws one sort of geometry a layer."""
    frame = result.hazards.rename_axis("hazard_id")
    if frame.empty:
        return {}
    sort = frame.geom_type.str.removeprefix("Multi")
    names = {"hazard_areas": "Polygon", "hazard_lines": "LineString", "hazards": "Point"}
    return {name: frame[sort == each] for name, each in names.items()}


def residential(result: Result) -> gpd.GeoDataFrame:
    """The demand table with its causes summed over the age bands, the main cause, and who is served with the plan."""
    sums = result.gaps.groupby("demand_id")[list(CAUSES)].sum().reindex(result.demand.index)
    frame = result.demand.join(sums)
    frame["unserved"] = sums[UNSERVED].sum(axis=1)
    frame["main_cause"] = sums.fillna(0.0).idxmax(axis=1)
    frame["served_after"] = result.gaps_after.groupby("demand_id")["served"].sum().reindex(frame.index)
    return frame


def plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame with its index as a column and its lists as JSON text."""
    made = frame.reset_index()
    for name in made.columns.drop("geometry"):
        if made[name].dtype == object or isinstance(made[name].dtype, pd.StringDtype):
            made[name] = [as_text(value) for value in made[name].astype(object)]
    return made


def as_text(value: Any) -> Any:
    """A list of texts joined, other lists and records as JSON; anything else as it is."""
    if isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value):
        return tables.joined(value)
    if isinstance(value, (list, tuple, dict, set)):
        return json.dumps(value, default=record, ensure_ascii=False, sort_keys=True)
    return unbroken(value)


def unbroken(value: Any) -> Any:
    """A text without the character at which readers in C stop; anything else as it is."""
    return value.replace("\x00", UNREADABLE) if isinstance(value, str) else value


def record(value: Any) -> Any:
    """A dataclass or number of numpy as JSON knows it."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value.item() if isinstance(value, np.generic) else str(value)


def styles(result: Result) -> dict[str, str]:
    """How QGIS draws each layer, with a legend in the language of the study."""
    causes = [Class(c, result.text(title), CAUSE_COLOURS[c]) for c, title in CAUSES.items()]
    options = kind_classes(result)
    counted = [
        Class("true", result.text(Text("counts as supply", "计入供给")), "8,48,107"),
        Class("false", result.text(Text("does not count", "未计入供给")), "255,255,255"),
    ]
    areal = bool(result.demand.geom_type.isin(POLYGONAL).all())
    return {
        "units": graduated("unserved_share", unserved_shares(result), "wash", expression=UNSERVED_SHARE),
        demand_layer(result): categories("main_cause", causes, "fill" if areal else "marker"),
        "gap_areas": single(result.text(Text("gap area", "服务盲区")), "0,0,0", "outline"),
        "reach_on_foot": categories("limit", reaches(result), "fill"),
        "severed_pairs": single(result.text(Text("near, but far on foot", "近在眼前却绕行很远")), "196,88,60", "line"),
        "joining": categories("state", joining(result), "marker", size=2.4),
        "controls": categories("role", control_classes(result), "hatch"),
        "search_areas": single(result.text(Text("area to search", "选址范围")), "213,94,0", "outline"),
        "options": categories("kind", options, "marker", size=1.8),
        "plan": categories("kind", options, "marker", size=4.0),
        "hazard_areas": categories("kind", hazard_classes(result), "fill"),
        "hazard_lines": categories("kind", hazard_classes(result), "line"),
        "hazards": categories("kind", hazard_classes(result), "marker", size=2.4),
        "facilities": categories("counted", counted, "marker", size=2.2),
        "recommended_sites": categories("kind", options, "marker", size=3.0),
    }


def kind_classes(result: Result) -> list[Class]:
    """The kinds of option: colour by nature, shape by kind."""
    made = []
    for nature, colour in NATURE_COLOURS.items():
        own = [k for k in result.service.options.values() if k.nature == nature]
        made += [Class(k.id, result.text(k.title), colour, SHAPES[i % len(SHAPES)]) for i, k in enumerate(own)]
    return made


def control_classes(result: Result) -> list[Class]:
    """The roles of exclusion and boundary layers that are there."""
    service, standards = result.service, result.service.standards
    known = {**service.controls, **service.boundaries}
    roles = [*known, *(r for r in result.controls if r not in known)]
    titles = {r: result.text(standards[known[r]].title) if known.get(r) in standards else r for r in roles}
    return [
        Class(
            r,
            titles[r],
            CONTROL_COLOURS[i % len(CONTROL_COLOURS)],
            geometry="outline" if r in service.boundaries else None,
        )
        for i, r in enumerate(roles)
    ]


def hazard_classes(result: Result) -> list[Class]:
    """The classes of hazard that the service knows."""
    standards = result.service.standards
    titles = {h: result.text(standards[s].title) if s in standards else h for h, s in result.service.hazards.items()}
    return [
        Class(h, title, HAZARD_COLOURS[i // len(SHAPES) % len(HAZARD_COLOURS)], SHAPES[i % len(SHAPES)])
        for i, (h, title) in enumerate(titles.items())
    ]


def reaches(result: Result) -> list[Class]:
    """The land within each reach on foot, the nearest darkest."""
    limits = sorted(result.reach["limit"])
    shades = np.linspace(90, 200, max(len(limits), 1)).astype(int)
    within = Text("within {limit:g} m on foot", "步行 {limit:g} 米以内")
    return [
        Class(f"{limit:g}", result.text(within).format(limit=limit), f"{shade // 2},{shade},{shade * 4 // 5}")
        for limit, shade in zip(limits, shades, strict=True)
    ]


def joining(result: Result) -> list[Class]:
    """How points join the streets that are not near one."""
    titles = {
        "moved": Text("more than 100 m from its street", "距所接道路超过 100 米"),
        "detached": Text("on a detached piece", "位于孤立路段"),
        "no_street": Text("no street near", "附近无道路"),
    }
    colours = ("238,178,58", "196,88,60", "67,53,122")
    return [Class(s, result.text(t), c) for (s, t), c in zip(titles.items(), colours, strict=True)]


UNSERVED_SHARE = 'CASE WHEN "wanted" > 0 THEN 1 - "served" / "wanted" END'


def unserved_shares(result: Result) -> list[Class]:
    """Classes of the share of demand without a place."""
    bounds, colours = (
        (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
        ("254,240,217", "253,204,138", "252,141,89", "227,74,51", "179,0,0"),
    )
    title = result.text(Text("{low:.0%}–{high:.0%} without a {words.place}", "{low:.0%}–{high:.0%} 没有{words.place}"))
    pairs = zip(bounds[:-1], bounds[1:], colours, strict=True)
    return [Class(f"{low}:{high}", title.format(low=low, high=high), colour) for low, high, colour in pairs]


def add_titles(connection: sqlite3.Connection, result: Result) -> None:
    """What layers and columns are called, in `gpkg_contents` and in the tables of the standard extension gpkg_schema."""
    connection.executescript(SCHEMA_TABLES)
    connection.executemany("INSERT INTO gpkg_extensions VALUES(?, NULL, 'gpkg_schema', ?, 'read-write')", SCHEMA_NAMES)
    demand = demand_layer(result)
    for layer, titles in columns(result).items():
        title = layer_title(result, layer, demand)
        connection.execute("UPDATE gpkg_contents SET description = ? WHERE table_name = ?", (title, layer))
        rows = [(layer, column, said, said, about(result, column)) for column, said in titles.items()]
        connection.executemany(
            "INSERT INTO gpkg_data_columns(table_name, column_name, name, title, description) VALUES(?, ?, ?, ?, ?)",
            rows,
        )


def add_styles(connection: sqlite3.Connection, by_layer: dict[str, str]) -> None:
    """The `layer_styles` table that QGIS reads, registered as attributes."""
    places = dict(connection.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall())
    connection.execute(STYLE_TABLE)
    connection.execute(
        "INSERT INTO gpkg_contents(table_name, data_type, identifier, last_change) VALUES('layer_styles', 'attributes', 'layer_styles', ?)",
        (FIXED_DATE,),
    )
    for name, qml in by_layer.items():
        connection.execute(STYLE_ROW, (name, places.get(name, ""), name, qml, FIXED_DATE))


SCHEMA_NAMES = [
    (table, "http://www.geopackage.org/spec121/#extension_schema")
    for table in ("gpkg_data_columns", "gpkg_data_column_constraints")
]
SCHEMA_TABLES = """CREATE TABLE IF NOT EXISTS gpkg_extensions(table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
definition TEXT NOT NULL, scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE(table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns(table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
mime_type TEXT, constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY(table_name, column_name),
CONSTRAINT gdc_tn UNIQUE(table_name, name));
CREATE TABLE gpkg_data_column_constraints(constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
CONSTRAINT gdcc_ntv UNIQUE(constraint_name, constraint_type, value));"""
STYLE_TABLE = """CREATE TABLE layer_styles(id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"""
STYLE_ROW = """INSERT INTO layer_styles(f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML,
styleSLD, useAsDefault, description, owner, ui, update_time) VALUES('', '', ?, ?, ?, ?, '', 1, 'geoplan', '', NULL, ?)"""
