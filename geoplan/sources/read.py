"""The public readers: each takes a path or a frame, and returns a study area or a table in its CRS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj

from geoplan.area import StudyArea
from geoplan.errors import Findings, Text
from geoplan.sources import layers
from geoplan.sources._aliases import IDS
from geoplan.sources._given import Given
from geoplan.sources._messages import finding, refuse
from geoplan.sources._parse import guess, ids, text
from geoplan.sources._position import declared, mend, present
from geoplan.sources._resolve import column_of
from geoplan.sources._roles import RESIDENTS
from geoplan.sources.datum import parse_crs, to_crs
from geoplan.sources.layers import LayerSpec
from geoplan.sources.vectors import as_given, layers_of, read_vector
from geoplan.tables import Column, Table

Source = str | Path | pd.DataFrame
BESIDE = 3.0  # degrees that an area may lie beside the part of the world that its CRS is made for
LAYERS = {
    "boundary": ("boundary", "边界", "范围", "研究范围"),
    "units": ("units", "单元", "区县", "县区"),
    "townships": ("townships", "乡镇", "乡镇街道"),
}


def read_area(
    source: Source,
    crs: Any,
    findings: Findings | None = None,
    *,
    datum: str = "cgcs2000",
    layer: str | None = None,
) -> StudyArea:
    """The study area in the working CRS `crs` (projected, in metres), from a path or a frame of polygons.

    A GeoPackage may hold the layers boundary, units and townships. Any other layer is taken as the units, one
    row each (id and name by their usual names), whose union is the boundary; a boundary alone makes one unit
    called "area". Raises `InputError`.

    >>> import shapely
    >>> square = gpd.GeoDataFrame(geometry=[shapely.box(500000, 4100000, 510000, 4110000)], crs="EPSG:4547")
    >>> read_area(square, "EPSG:4547").units.index.tolist()
    ['area']
    """
    found, file = Findings(), "(frame)" if isinstance(source, pd.DataFrame) else str(source)
    working = parse_crs(crs, file, found)
    found.raise_errors()
    roles = _layer_names(source, layer)
    tables = {r: _polygons(_given(source, n, found), r, datum, working, found) for r, n in roles.items()}
    found.raise_errors()
    boundary = tables["boundary" if "boundary" in tables else "units"].union_all()
    units = tables["units"] if "units" in tables else _unit(boundary, working)
    area = StudyArea(boundary, units, working, tables.get("townships"))
    _note_overlap(units, file, found)
    _check_use(area, file)
    if findings is not None:
        findings.add(*found)
    return area


def _check_use(area: StudyArea, file: str) -> None:
    """Refuse a working CRS that is made for another part of the world: distances in it would be wrong by per cents and more."""
    use, to_degrees = area.crs.area_of_use, pyproj.Transformer.from_crs(area.crs, area.crs.geodetic_crs, always_xy=True)
    if use is None:
        return
    middle = area.boundary.centroid
    lon, lat = to_degrees.transform(middle.x, middle.y)
    if not (use.west - BESIDE <= lon <= use.east + BESIDE and use.south - BESIDE <= lat <= use.north + BESIDE):
        fields = {"crs": area.crs.to_string(), "west": f"{use.west:g}", "east": f"{use.east:g}"}
        refuse("GP-D013", file, "area.crs", f"{lon:.2f}, {lat:.2f}", **fields)


def _layer_names(source: Source, layer: str | None) -> dict[str, str | None]:
    """Which layer plays which role; a source of one layer gives the units."""
    if isinstance(source, pd.DataFrame) or layer is not None or Path(source).suffix.lower() != ".gpkg":
        return {"units": layer}
    names = layers_of(source)
    roles = {role: next((n for n in names if n in known), None) for role, known in LAYERS.items()}
    if roles["boundary"] or roles["units"]:
        return {role: name for role, name in roles.items() if name}
    return {"units": None}


def _given(source: Source, layer: str | None, findings: Findings) -> Given:
    if isinstance(source, pd.DataFrame):
        named = source.index.name
        frame = source.reset_index() if named and named not in source.columns else source
        return as_given(gpd.GeoDataFrame(frame), "(frame)")
    return read_vector(source, findings, layer)


def _polygons(given: Given, role: str, datum: str, crs: Any, findings: Findings) -> gpd.GeoDataFrame:
    """One layer of the area: valid polygons in the working CRS, by text id, with a name."""
    if "geometry" not in given.frame:
        findings.add(finding("GP-V011", given.file))
        return gpd.GeoDataFrame(geometry=[], crs=crs)
    names = _labels(given, role, findings)
    shapes = present(given, findings)
    for row in shapes.index[~shapes.geom_type.isin(["Polygon", "MultiPolygon"])]:
        findings.add(finding("GP-V010", given.file, f"{given.word} {row}", shapes.geometry[row].geom_type))
    source = declared(given, datum, None, findings)
    if findings.errors() or source is None:
        return gpd.GeoDataFrame(geometry=[], crs=crs)
    moved = to_crs(shapes, datum, crs, given.file, findings)
    if findings.errors():
        return moved
    moved = mend(moved, given, findings)
    frame = names.assign(geometry=moved.geometry.to_numpy()).set_index(names.columns[0])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=crs).sort_index()


def _labels(given: Given, role: str, findings: Findings) -> pd.DataFrame:
    """The columns of a layer of the area: its id first, its name, then the rest as given (census columns)."""
    index = "township_id" if role == "townships" else "unit_id"
    alone = role == "boundary" or len(given.frame) == 1
    source = column_of(given, index, {}, findings, required=not alone, other=IDS)
    name = column_of(given, "name", {}, findings)
    labels = ids(given, source, findings) if source else ["area"] * len(given.frame)
    names = text(given, name, findings).tolist() if name else labels
    frame = pd.DataFrame({index: labels, "name": names})
    for column in given.names:
        if column not in (source, name, index, "name"):
            frame[column] = guess(given, column).to_numpy()
    return frame


def _unit(boundary: Any, crs: Any) -> gpd.GeoDataFrame:
    index = pd.Index(["area"], name="unit_id")
    return gpd.GeoDataFrame({"name": ["area"]}, geometry=[boundary], index=index, crs=crs)


def _note_overlap(units: gpd.GeoDataFrame, file: str, findings: Findings) -> None:
    overlap = units.area.sum() - units.union_all().area
    if overlap > max(1.0, 1e-6 * units.area.sum()):
        findings.add(finding("GP-L007", file, "units", severity="note", given=f"{overlap:.0f}"))


def read_demand(
    source: Source,
    area: StudyArea,
    weight: str = "population",
    *,
    datum: str | None = None,
    columns: Mapping[str, str] | None = None,
    findings: Findings | None = None,
    **more: Any,
) -> gpd.GeoDataFrame:
    """Demand points by text id (`demand_id`) in the working CRS; the column `weight` as numbers (persons).

    `source` is a path or a frame; `datum` (cgcs2000, wgs84, gcj02, bd09) is needed for a path and for lon/lat
    columns, and follows from the CRS of a GeoDataFrame. `columns` and further arguments are those of
    `LayerSpec`. What was repaired or noted goes into `findings`, and as sentences into `.attrs`. Raises `InputError`
    with all problems at once.

    >>> import shapely
    >>> homes = gpd.GeoDataFrame({"id": [1, 2], "population": [100, 50]},
    ...     geometry=[shapely.Point(505000, 4105000), shapely.Point(506000, 4105000)], crs="EPSG:4547")
    >>> square = gpd.GeoDataFrame(geometry=[shapely.box(500000, 4100000, 510000, 4110000)], crs="EPSG:4547")
    >>> read_demand(homes, read_area(square, "EPSG:4547"))["population"].to_dict()
    {'1': 100.0, '2': 50.0}
    """
    persons = Column(weight, "number", Text("people", "人数"), "persons", required=True)
    known = [Column(c.name, c.kind, c.meaning, c.unit) for c in RESIDENTS.columns if c.name != weight]
    table = Table("demand", "demand_id", (*known, persons))
    found = Findings()
    spec = LayerSpec(source, "residents", _datum(source, datum), columns=columns or {}, **more)
    return _with_findings(layers.read_layer(spec, table, area, found), found, findings)


def read_facilities(
    source: Source,
    area: StudyArea,
    *,
    datum: str | None = None,
    bands: tuple[str, ...] = (),
    columns: Mapping[str, str] | None = None,
    findings: Findings | None = None,
    **more: Any,
) -> gpd.GeoDataFrame:
    """Facilities by text id (`facility_id`) in the working CRS; `places`, or `places_<band>` for `bands`.

    Arguments, findings and errors as in `read_demand`. A register with gaps: `unplaced="leave_out"` leaves rows
    without a position out, each a finding with its id and its places; `unknown="keep"` keeps places that are blank
    as NaN.
    """
    found = Findings()
    spec = LayerSpec(source, "facilities", _datum(source, datum), columns=columns or {}, **more)
    return _with_findings(layers.read_facilities(spec, area, bands, found), found, findings)


def _datum(source: Source, datum: str | None) -> str | None:
    """The datum as stated; a GeoDataFrame that has a CRS says it thereby."""
    return "cgcs2000" if datum is None and getattr(source, "crs", None) is not None else datum


def _with_findings(frame: gpd.GeoDataFrame, found: Findings, findings: Findings | None) -> gpd.GeoDataFrame:
    frame.attrs["findings"] = [f.sentence() for f in found]
    if findings is not None:
        findings.add(*found)
    return frame
