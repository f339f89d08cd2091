"""Layers as the study line reads them: a LayerSpec in, a checked table in the working CRS out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan.area import StudyArea
from geoplan.errors import Findings
from geoplan.sources._aliases import COLUMNS, IDS
from geoplan.sources._files import GRIDS
from geoplan.sources._given import Given
from geoplan.sources._messages import finding, refuse
from geoplan.sources._parse import ids
from geoplan.sources._position import locate
from geoplan.sources._resolve import blank, column_of, constant, extra, keep_rows, parse
from geoplan.sources._roles import HOSTS, IDLE, PLAIN, RESIDENTS, SERVING
from geoplan.sources._units import townships_of, units_of
from geoplan.sources.vectors import as_given, place_points, read_vector
from geoplan.tables import Column, Table

AXES = ("lon", "lat")


@dataclass(frozen=True)
class LayerSpec:
    """A layer as the study names it: where it is, what it is for, its datum, and how to read its columns.

    `columns` maps names of geoplan to the file's columns; `constants` gives columns that the file has not;
    `keep` keeps rows by conditions on columns (`min`, `max`, `equals`); `layer` is the layer or sheet.
    `path` may be a frame that is already in memory.
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


def read_layer(
    spec: LayerSpec,
    table: Table,
    area: StudyArea,
    findings: Findings,
    bands: Iterable[str] = (),
    *,
    other: Mapping[str, tuple[str, ...]] | None = None,
    through: bool = False,
) -> gpd.GeoDataFrame:
    """A layer as a frame in `area.crs`, indexed by text id (in order of id), with the table's columns.

    Each column is parsed by its kind; columns that the file lacks are missing values; columns that no table
    asks for are kept as given. `other` adds names under which a column may stand; `through` is for lines that
    may leave the area, which also need no id. Raises one `InputError` with all errors of the layer; repairs
    and notes go into `findings`.
    """
    found = Findings()
    columns = [*table.columns, *(replace(c, name=f"{c.name}_{b}") for c in table.per_band for b in bands)]
    given = keep_rows(_read(spec, table.index, found), spec.keep, spec.columns, found)
    if "geometry" not in given.frame:
        given = place_points(given, spec.columns, found)
    source = _id_column(given, spec, table, found, required=not through)
    names = ids(given, source, found) if source else [str(row) for row in given.frame.index]
    values = _values(given, spec, columns, {table.index, source}, other or {}, found)
    if "geometry" in given.frame:
        places = locate(given, spec.datum, spec.crs, area, found, through=through)
        if places is not None and len(places):
            _join(values, given, places, area, found)
            geometry = places.geometry
    found.raise_errors()
    findings.add(*found)
    frame = gpd.GeoDataFrame(pd.DataFrame(values), geometry=geometry, crs=area.crs)
    return frame.set_axis(pd.Index(names, name=table.index), axis=0).sort_index()


def _read(spec: LayerSpec, index: str, findings: Findings) -> Given:
    if not isinstance(spec.path, pd.DataFrame):
        if Path(spec.path).suffix.lower() in GRIDS:
            refuse("GP-L009", str(spec.path))
        return read_vector(spec.path, findings, spec.layer, spec.encoding, spec.crs)
    frame = spec.path
    named = frame.index.name or index
    has_id = any(str(c).casefold() in (index, *IDS) for c in frame.columns) or "id" in spec.columns
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


def _values(
    given: Given,
    spec: LayerSpec,
    columns: list[Column],
    taken: set[str | None],
    other: Mapping[str, tuple[str, ...]],
    findings: Findings,
) -> dict[str, pd.Series]:
    """The table's columns by name, then constants and columns that no table asks for."""
    values: dict[str, pd.Series] = {}
    for column in columns:
        name, more = column.name, other.get(column.name, ())
        if name in spec.constants:
            values[name] = constant(given, spec.constants[name], column, findings)
            continue
        source = column_of(given, name, spec.columns, findings, required=column.required, other=more)
        values[name] = parse(given, source, column, findings) if source else blank(given, column)
        taken = taken | {source}
    for name in spec.constants.keys() & spec.columns.keys():
        findings.add(finding("GP-L001", given.file, f"constants.{name}", spec.constants[name]))
    for name in spec.constants.keys() - values.keys():
        values[name] = pd.Series(spec.constants[name], given.frame.index)
    more_names = [n for n in spec.columns if n not in {*values, *taken, *AXES, "id"}]
    renamed = {column_of(given, n, spec.columns, findings): n for n in more_names}
    for source in given.names:
        name = renamed.get(source, source)
        if source not in taken and name not in values:
            values[name] = extra(given, source, name, findings)
    return values


def _join(
    values: dict[str, pd.Series], given: Given, places: gpd.GeoDataFrame, area: StudyArea, findings: Findings
) -> None:
    """Fill in the unit and the township of each row by where it stands, where the file does not say."""
    if "unit_id" in values:
        values["unit_id"] = units_of(given, values["unit_id"], places, area, findings)
    if "township" in values and area.townships is not None and values["township"].isna().all():
        values["township"] = townships_of(places, area.townships)


def read_residents(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """Residential areas: name, unit_id, township, class, population (persons), and other columns as given.

    Unit and township come from where a row stands if the file does not say. Columns such as age_0 are numbers.
    """
    return read_layer(spec, RESIDENTS, area, findings)


def read_facilities(spec: LayerSpec, area: StudyArea, bands: Iterable[str], findings: Findings) -> gpd.GeoDataFrame:
    """Facilities: the columns of `tables.FACILITIES` but `counted`; places_<band> for each band.

    With one band, a column `places` will do; without, `places` is kept if there is one. A missing status is
    taken as open, with a note; flags that are not stated stay missing.
    """
    bands = list(bands)
    other = {f"places_{bands[0]}": ("places", *COLUMNS["places"])} if len(bands) == 1 else {}
    frame = read_layer(spec, SERVING, area, findings, bands, other=other)
    silent = frame["status"].isna()
    if silent.any():
        file = "(frame)" if isinstance(spec.path, pd.DataFrame) else str(spec.path)
        place = f"{int(silent.sum())} rows"
        findings.add(finding("GP-L005", file, place, severity="note", count=int(silent.sum())))
    return frame.assign(status=frame["status"].where(~silent, "open"))


def read_hosts(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """Hosts, where a facility could be taken in (kindergartens, community buildings): index `host_id`.

    Areas in m², children in persons; what is not stated is missing.
    """
    return read_layer(spec, HOSTS, area, findings)


def read_idle(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """Idle buildings and land: index `site_id`, areas in m²; what is not stated is missing."""
    return read_layer(spec, IDLE, area, findings)


def read_plain(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """A layer that is drawn or kept clear of (rivers, railways): whole geometries, also outside the area."""
    return read_layer(spec, PLAIN, area, findings, through=True)
