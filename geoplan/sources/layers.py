"""Layers as the study line reads them: a LayerSpec in, a checked table in the working CRS out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan.area import StudyArea
from geoplan.errors import Findings
from geoplan.sources._aliases import BY_ROLE, COLUMNS, IDS
from geoplan.sources._files import GRIDS
from geoplan.sources._given import Given
from geoplan.sources._land_codes import check_declared
from geoplan.sources._messages import finding, refuse
from geoplan.sources._overlaps import check_overlaps
from geoplan.sources._parse import ids
from geoplan.sources._people import check_people
from geoplan.sources._position import locate
from geoplan.sources._resolve import column_of, keep_rows
from geoplan.sources._roles import PLAIN, PUBLIC, RESIDENTIAL, SERVING, Cell, band_columns
from geoplan.sources._shapes import check_polygons
from geoplan.sources._units import townships_of, units_of
from geoplan.sources._unplaced import Unknown, Unplaced, check_policies, leave_out, may_be_unknown, note_unknown
from geoplan.sources._values import Values, values_of
from geoplan.sources.vectors import as_given, place_points, read_vector
from geoplan.tables import Table


@dataclass(frozen=True)
class LayerSpec:
    """A layer as the study names it: where it is, what it is for, its datum, and how to read its columns.

    `columns` maps names of geoplan to the file's columns; `constants` gives columns that the file has not;
    `keep` keeps rows by conditions on columns (`min`, `max`, `equals`); `layer` is the layer or sheet;
    `unit_aliases` maps codes or names of units in the file to units of the study area, so that 130571 is counted to
    130502; codes `within` are zones that lie inside the units they are mapped to: rows with a position are counted
    where they stand, rows of a census keep the code. `path` may be a frame that is already in memory.

    Two policies, whose default refuses: rows without a position (`unplaced`) may be left out, each a repair that
    tells its id and its places; places by age band that are blank (`unknown`) may be kept as not known, in a note.
    """

    path: str | Path | pd.DataFrame
    role: str
    datum: str | None
    layer: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    keep: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    crs: Any = None
    encoding: str | None = None
    unit_aliases: Mapping[str, str] = field(default_factory=dict)
    within: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unplaced: Unplaced = "refuse"
    unknown: Unknown = "refuse"

    def __post_init__(self) -> None:
        check_policies(self.unplaced, self.unknown)


def read_layer(
    spec: LayerSpec,
    table: Table,
    area: StudyArea,
    findings: Findings,
    bands: Iterable[str] = (),
    *,
    other: Mapping[str, tuple[str, ...]] | None = None,
    through: bool = False,
    polygons: str = "",
) -> gpd.GeoDataFrame:
    """A layer as a frame in `area.crs`, indexed by text id (in order of id), with the table's columns.

    Each column is parsed by its kind; columns that the file lacks are missing values; columns that no table
    asks for are kept as given. `other` adds names under which a column may stand; `through` is for what may leave the
    area (lines, exclusion layers), which also needs no id; `polygons` is the code of the error where a shape is none.
    Raises one `InputError` with all errors of the layer; repairs and notes go into `findings`.
    """
    found = Findings()
    asked = band_columns(table, bands)
    columns = [*table.columns, *(asked if spec.unknown == "refuse" else may_be_unknown(asked))]
    other = {**BY_ROLE.get(table.name, {}), **(other or {})}
    given = keep_rows(_read(spec, table.index, found), spec.keep, spec.columns, found)
    if "geometry" not in given.frame:
        given = place_points(given, spec.columns, found, all_placed=spec.unplaced == "refuse")
    source = _id_column(given, spec, table, found, required=not through)
    names = _names(given, source, found, required=not through)
    if spec.unplaced == "leave_out" and "geometry" in given.frame:
        given, names = leave_out(given, names, [*table.columns, *asked], spec.columns, spec.constants, other, found)
    values = values_of(given, columns, spec.columns, spec.constants, {table.index, source}, other, found)
    if spec.unknown == "keep":
        note_unknown(values, given, asked, found)
    check_people(table.name, values.by_name, given, found)
    if any(isinstance(c, Cell) and c.codes for c in columns):
        read = {c.name: values.source[c.name] for c in columns if c.name in values.source}
        check_declared(given, spec.columns, read, spec.constants, table.name == "parcels", found)
    if polygons and "geometry" in given.frame:
        check_polygons(given, polygons, found)
    places = _placed(values, given, table, spec, area, found, through) if "geometry" in given.frame else None
    found.raise_errors()
    findings.add(*found)
    frame = gpd.GeoDataFrame(pd.DataFrame(values.by_name), geometry=places, crs=area.crs)
    return frame.set_axis(pd.Index(names, name=table.index), axis=0).sort_index()


def _placed(
    values: Values, given: Given, table: Table, spec: LayerSpec, area: StudyArea, findings: Findings, through: bool
) -> gpd.GeoSeries | None:
    """The geometries of the rows in the working CRS, with the units and townships where they stand filled in."""
    places = locate(given, spec.datum, spec.crs, area, findings, through=through)
    if places is None or not len(places):
        return None
    _join(values, given, places, spec, area, findings)
    if table is RESIDENTIAL:
        check_overlaps(places, values.by_name["population"], given, findings)
    return places.geometry


def _names(given: Given, source: str | None, findings: Findings, required: bool) -> list[str]:
    """The ids of the rows; their numbers where there are none, or none that tell rows apart and need to."""
    rows = [str(row) for row in given.frame.index]
    if source is None:
        return rows
    found = Findings()
    names = ids(given, source, found)
    if required:
        findings.add(*found)
    return names if required or not found.errors() else rows


def _read(spec: LayerSpec, index: str, findings: Findings) -> Given:
    if not isinstance(spec.path, pd.DataFrame):
        if Path(spec.path).suffix.lower() in GRIDS:
            refuse("GP-L009", str(spec.path))
        return read_vector(spec.path, findings, spec.layer, spec.encoding, spec.crs)
    frame = spec.path
    named = frame.index.name or index
    known = (index, *COLUMNS.get(index, ()), *IDS)
    has_id = any(str(c).casefold() in known for c in frame.columns) or bool({"id", index} & spec.columns.keys())
    if frame.index.name or not has_id:
        frame = frame.copy()
        frame[named] = frame.index.astype(str)
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name:
        return as_given(frame, "(frame)")
    if frame.empty:
        refuse("GP-T105", "(frame)")
    return Given("(frame)", frame.set_axis(pd.RangeIndex(1, len(frame) + 1), axis=0))


def _id_column(given: Given, spec: LayerSpec, table: Table, findings: Findings, required: bool) -> str | None:
    named = spec.columns.get("id") or spec.columns.get(table.index)
    columns = {table.index: named} if named else {}
    return column_of(given, table.index, columns, findings, required=required, other=IDS)


def _join(
    values: Values, given: Given, places: gpd.GeoDataFrame, spec: LayerSpec, area: StudyArea, findings: Findings
) -> None:
    """Fill in the unit and the township of each row by where it stands, where the file does not say."""
    named = values.by_name
    if "unit_id" in named:
        spelling: dict[str, Any] = {"unit_aliases": spec.unit_aliases, "within": spec.within}
        column = values.source.get("unit_id", "unit_id")
        named["unit_id"] = units_of(
            given, named["unit_id"], places, area, findings, values=named, column=column, **spelling
        )
    if "township" in named and area.townships is not None and named["township"].isna().all():
        named["township"] = townships_of(places, area.townships)


def file_of(spec: LayerSpec) -> str:
    """The file of a layer as the study names it."""
    return "(frame)" if isinstance(spec.path, pd.DataFrame) else str(spec.path)


def read_residents(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """Residential areas: name, unit_id, township, class, population (persons), and other columns as given.

    Unit and township come from where a row stands if the file does not say. Ages (age_0 … age_5, age_1_4, age_5_9,
    persons), registered, migrant_under_3, households, dwellings, floor_area_m2 and grade (A to D) are there if the
    file has them. Ages that do not add up, and outlines that stand twice, are errors; outlines that overlap are noted.
    """
    return read_layer(spec, RESIDENTIAL, area, findings)


def read_facilities(spec: LayerSpec, area: StudyArea, bands: Iterable[str], findings: Findings) -> gpd.GeoDataFrame:
    """Facilities: the columns of `tables.FACILITIES` but `counted`; places_<band> for each band.

    With one band, a column `places` will do; without, `places` is kept if there is one. Places may be missing where
    `classes_<band>` (whole classes) are given. enrolled, enrolled_<band>, floor_area_m2, usable_area_m2, closes (year),
    pilot (brand_chain, community, kindergarten, employer), demonstration, operation_mode and ownership are there if the
    file has them, and so is what says whether a building would do (fire_rating, own_entrance, sunlight_h, storey, outdoor_m2,
    spare_floor_m2, survey_code, planning_code). A missing status is taken as open, with a note; flags that are not stated stay missing.
    """
    bands = list(bands)
    other = {f"places_{bands[0]}": ("places", *COLUMNS["places"])} if len(bands) == 1 else {}
    frame = read_layer(spec, SERVING, area, findings, bands, other=other)
    silent = frame["status"].isna()
    if silent.any():
        place = f"{int(silent.sum())} rows"
        findings.add(finding("GP-L005", file_of(spec), place, severity="note", count=int(silent.sum())))
    return frame.assign(status=frame["status"].where(~silent, "open"))


def read_public_places(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """Public places as demand points: index `demand_id`; name, kind (transport_hub, commercial, tourist, hospital,
    township_health, community_health, other), unit_id, floor_area_m2, visitors_per_day (persons).
    """
    return read_layer(spec, PUBLIC, area, findings)


def read_plain(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """A layer that is drawn or kept clear of (rivers, railways): whole geometries, also outside the area."""
    return read_layer(spec, PLAIN, area, findings, through=True)
