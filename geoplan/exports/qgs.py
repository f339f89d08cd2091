"""A QGIS project beside the GeoPackage: every layer in its group, drawn and labelled as its style says; all paths relative."""

from __future__ import annotations

import warnings
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import geopandas as gpd
import pandas as pd
import pyproj

from geoplan.exports import gpkg
from geoplan.exports.words import layer_title, word
from geoplan.result import Result
from geoplan.texts import clean

ID = "geoplan_{}"  # QGIS takes an id for one of its own only if it has more than ten characters
SOURCE = "./layers.gpkg|layername={}"
VERSION = "3.22.0"
SORTS = {"Point": "Point", "LineString": "Line", "Polygon": "Polygon"}
DEMAND = "demand"
# groups from top to bottom, points above areas; a layer with a star is not shown when the project is opened
GROUPS: dict[str, tuple[str, ...]] = {
    "plan": ("recommended_sites", "plan*"),
    "facilities": ("facilities",),
    "sites": ("options*", "search_areas*"),
    "streets": ("joining*", "severed_pairs*"),
    "hazards": ("hazards*", "hazard_lines*", "hazard_areas*"),
    "demand": ("gap_areas", DEMAND, "reach_on_foot*"),
    "controls": ("controls*",),
    "boundaries": ("units",),
}


def write(result: Result, path: Path | str) -> None:
    """Write the project; it stands beside `layers.gpkg` and finds it wherever the two are moved together."""
    root = project(result)
    ElementTree.indent(root, " ")
    head = b"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    Path(path).write_bytes(head + ElementTree.tostring(root, encoding="utf-8") + b"\n")


def project(result: Result) -> Element:
    """The whole project as XML."""
    title = clean(f"{result.study} · {result.scenario_title}")
    root = Element("qgis", projectname=title, version=VERSION)
    SubElement(root, "homePath", path="")
    SubElement(root, "title").text = title
    crs = SubElement(root, "projectCrs")
    crs.append(reference(result.area.crs))
    frames: dict[str, pd.DataFrame] = {**gpkg.drawn(result), **gpkg.listed(result)}
    groups = grouped(result, frames)
    root.append(tree(result, groups))
    canvas = SubElement(root, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    SubElement(canvas, "units").text = "meters"
    canvas.append(extent(result.area.boundary.bounds, margin=0.03))
    SubElement(canvas, "rotation").text = "0"
    SubElement(canvas, "destinationsrs").append(reference(result.area.crs))
    SubElement(root, "layerorder").extend(Element("layer", id=ID.format(name)) for _, name, _ in groups)
    styles = gpkg.documents(result)
    SubElement(root, "projectlayers").extend(
        map_layer(result, name, frames[name], styles[name]) for _, name, _ in groups
    )
    properties = SubElement(root, "properties")
    SubElement(SubElement(properties, "Paths"), "Absolute", type="bool").text = "false"
    SubElement(SubElement(properties, "SpatialRefSys"), "ProjectionsEnabled", type="int").text = "1"
    view = SubElement(SubElement(root, "ProjectViewSettings", UseProjectScales="0"), "DefaultViewExtent")
    view.attrib |= {side.tag: side.text or "" for side in extent(result.area.boundary.bounds, margin=0.03)}
    view.append(reference(result.area.crs))
    return root


def grouped(result: Result, frames: dict[str, pd.DataFrame]) -> list[tuple[str, str, bool]]:
    """Each layer and table that is there with its group and whether it is shown, from top to bottom."""
    demand = gpkg.demand_layer(result)
    listed = [
        (group, demand if (bare := name.rstrip("*")) == DEMAND else bare, bare == name)
        for group, names in GROUPS.items()
        for name in names
    ]
    known = {name for _, name, _ in listed}
    tables = [("tables", name, False) for name in frames if name not in known]
    return [entry for entry in listed + tables if entry[1] in frames]


def tree(result: Result, groups: list[tuple[str, str, bool]]) -> Element:
    """The tree of layers; a group is folded where nothing of it is shown."""
    root = Element("layer-tree-group")
    demand = gpkg.demand_layer(result)
    for group in dict.fromkeys(group for group, _, _ in groups):
        own = [(name, shown) for its, name, shown in groups if its == group]
        some = str(int(any(shown for _, shown in own)))
        branch = SubElement(
            root, "layer-tree-group", name=word(result, f"group.{group}"), expanded=some, checked="Qt::Checked"
        )
        for name, shown in own:
            SubElement(
                branch, "layer-tree-layer", id=ID.format(name), name=layer_title(result, name, demand), providerKey="ogr",
                source=SOURCE.format(name), expanded="0", checked="Qt::Checked" if shown else "Qt::Unchecked",
            )  # fmt: skip
    return root


def map_layer(result: Result, name: str, frame: pd.DataFrame, style: str) -> Element:
    """One layer: where its rows are, its CRS and extent, and all that its style holds."""
    placed = isinstance(frame, gpd.GeoDataFrame)
    sort = SORTS[frame.geom_type.str.removeprefix("Multi").iloc[0]] if placed else "No geometry"
    drawn = ElementTree.fromstring(style)
    layer = Element("maplayer", type="vector", geometry=sort, labelsEnabled=drawn.get("labelsEnabled", "0"))
    if placed:
        layer.append(extent(tuple(frame.total_bounds)))
    title = layer_title(result, name, gpkg.demand_layer(result))
    for tag, text in (("id", ID.format(name)), ("datasource", SOURCE.format(name)), ("layername", title)):
        SubElement(layer, tag).text = text
    if placed:
        SubElement(layer, "srs").append(reference(result.area.crs))
    SubElement(layer, "provider", encoding="UTF-8").text = "ogr"
    layer.extend(list(drawn))
    if "name" in frame.columns:
        SubElement(layer, "previewExpression").text = '"name"'
    return layer


def extent(bounds: tuple[float, ...], margin: float = 0.0) -> Element:
    """A rectangle, larger by a share of its sides."""
    west, south, east, north = bounds
    wide, high = margin * (east - west), margin * (north - south)
    box = Element("extent")
    sides = {"xmin": west - wide, "ymin": south - high, "xmax": east + wide, "ymax": north + high}
    for name, value in sides.items():
        SubElement(box, name).text = repr(float(value))
    return box


def reference(crs: pyproj.CRS) -> Element:
    """A CRS in full, so that no table of QGIS is needed to understand it."""
    crs = pyproj.CRS.from_user_input(crs)
    authority = crs.to_authority()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # PROJ strings hold less than WKT, which stands beside them
        proj = crs.to_dict()
        text = crs.to_proj4()
    system = Element("spatialrefsys", nativeFormat="Wkt")
    values = {
        "wkt": crs.to_wkt(), "proj4": text.replace(" +type=crs", ""), "srsid": "0",
        "srid": authority[1] if authority else "0", "authid": ":".join(authority) if authority else "",
        "description": crs.name, "projectionacronym": str(proj.get("proj", "")),
        "ellipsoidacronym": _ellipsoid(crs), "geographicflag": str(crs.is_geographic).lower(),
    }  # fmt: skip
    for tag, value in values.items():
        SubElement(system, tag).text = value
    return system


def _ellipsoid(crs: pyproj.CRS) -> str:
    """The ellipsoid by its code, as `EPSG:7024`."""
    known = (crs.ellipsoid.to_json_dict() if crs.ellipsoid else {}).get("id", {})
    return f"{known['authority']}:{known['code']}" if known else ""
