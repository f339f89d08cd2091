"""Getting streets, care facilities and the boundary of a place from OpenStreetMap: the only part of geoplan that uses a network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geoplan.errors import Findings, Text
from geoplan.sources._gdal import RAILWAY, TAGS
from geoplan.sources._messages import finding
from geoplan.sources._openstreetmap import MARGIN_M, NotFetched, OpenStreetMap, Say, connected
from geoplan.sources.provenance import read_sources_yaml

__all__ = ["NotFetched", "fetch"]

AREA, NODES, EDGES, FACILITIES = "area.gpkg", "streets_nodes.parquet", "streets_edges.parquet", "facilities.gpkg"
SOURCES = "sources.yaml"
TITLES = {
    AREA: Text("Boundary", "边界"),
    NODES: Text("Street nodes", "道路节点"),
    EDGES: Text("Street edges", "道路路段"),
    FACILITIES: Text("Kindergartens and childcare", "幼儿园和托育机构"),
}


def fetch(
    place: str,
    out: str | Path,
    nominatim_url: str | None = None,
    overpass_url: str | None = None,
    *,
    force: bool = False,
    progress: Say | None = None,
) -> list[Path]:
    """Write the layers of a place, as OpenStreetMap has them, into the folder `out`; returns their paths.

    `area.gpkg` (its boundary), `streets_nodes.parquet` and `streets_edges.parquet` (streets and paths of every kind, up to 1 km
    outside), `facilities.gpkg` (points tagged as kindergarten or childcare; their places are not known) and `sources.yaml`, all in
    WGS 84. Nothing is written before everything is there. Files that are there already are replaced with `force` only; other
    entries of `sources.yaml` stay. `nominatim_url` and `overpass_url` name other servers than the public ones; `progress` is told
    what happens.

    Raises `InputError` if the place, its boundary or its streets are not known or files are in the way, `NotFetched` (a
    `ResourceError`) if a server cannot be reached, stays busy or answers wrongly or the disk refuses, and `UsageError` if an address
    is none.
    """
    folder, say = Path(out), progress or _silent
    _refuse_present(folder, force)
    read_sources_yaml(folder)  # so that a broken one is told before anything is asked
    with connected(nominatim_url, overpass_url, say) as osm:
        area = osm.boundary(place)
        _say_found(area, say)
        nodes, edges = _streets(*osm.streets(area))
        say(Text(f"{len(edges):,} street pieces", f"道路 {len(edges):,} 段"))
        care = _care(osm.care(area))
        _say_care(len(care), say)
    layers = {AREA: area.drop(columns="found"), NODES: nodes, EDGES: edges, FACILITIES: care}
    written = _publish(folder, layers, _about(area, osm))
    crs = working_crs(area)
    use = f"area: {{ path: {folder / AREA}, crs: {crs} }}"
    say(Text(f"in a study: {use}; datum of all layers: wgs84", f"在研究文件中：{use}；各图层 datum 均为 wgs84"))
    return written


def _silent(text: Text) -> None:
    """Tell nobody."""


def _refuse_present(folder: Path, force: bool) -> None:
    found = Findings()
    for name in TITLES:
        if (folder / name).exists() and not force:
            found.add(finding("GP-O104", str(folder / name)))
    found.raise_errors()


def _say_found(area: gpd.GeoDataFrame, say: Say) -> None:
    """What was found, so that a place of the same name elsewhere is noticed."""
    name, unit = area["found"].iloc[0], area["unit_id"].iloc[0]
    km2 = area.to_crs(area.estimate_utm_crs()).area.sum() / 1e6
    say(Text(f"found {name} ({unit}), {km2:,.1f} km²", f"已找到：{name}（{unit}），{km2:,.1f} 平方公里"))


def _say_care(count: int, say: Say) -> None:
    if count:
        say(Text(f"{count:,} care facilities; their places are not known", f"设施 {count:,} 处，托位数未知"))
        return
    en = "OpenStreetMap has no care facilities there: the layer is empty; add those that you know, or leave it out of the study"
    say(Text(en, "OpenStreetMap 在该地没有托育设施或幼儿园：图层为空；请补充已知设施，或不在研究中使用该图层"))


def _streets(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The two tables as `read_streets` knows them: nodes with `crossing`, edges with the tags that modes use."""
    tags = [tag for tag in TAGS if tag in edges.columns]
    pieces = edges.rename(columns={"osmid": "way_id"})[["way_id", "u", "v", *tags, "geometry"]]
    if "oneway" in tags:  # osmnx has turned these round already
        pieces["oneway"] = pieces["oneway"].replace({"-1": "yes", "reverse": "yes"})
    used = nodes[nodes.index.isin(pd.concat([pieces["u"], pieces["v"]]))].sort_index()
    tag = used["railway"] if "railway" in used else pd.Series(None, index=used.index, dtype=object)
    crossing = pd.Series("railway", index=used.index, dtype=object).where(tag.isin([v for _, v in RAILWAY]), None)
    points = gpd.GeoDataFrame(
        {"node_id": used.index, "crossing": crossing.to_numpy()}, geometry=used.geometry.to_numpy(), crs=used.crs
    )
    return points, pieces.sort_values(["way_id", "u", "v"], kind="stable").reset_index(drop=True)


def _care(found: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """One point a facility: `facility_id` (N, W or R and the number in OpenStreetMap), `name`, `kind`."""
    if found is None:
        columns = {name: pd.Series(dtype=object) for name in ("facility_id", "name", "kind")}
        return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs="EPSG:4326"))
    frame = found.reset_index()
    ids = frame["element"].str[0].str.upper() + frame["id"].astype(str)
    names = frame["name"] if "name" in frame else pd.Series(None, index=frame.index, dtype=object)
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    return gpd.GeoDataFrame(
        {"facility_id": ids, "name": names, "kind": frame["amenity"]}, geometry=points, crs=found.crs
    )


def working_crs(area: gpd.GeoDataFrame) -> str:
    """A projected CRS for a study of an area: between the borders of China its 3-degree Gauss-Krüger zone on CGCS2000, elsewhere its UTM zone.

    >>> working_crs(gpd.GeoDataFrame(geometry=[shapely.box(114.3, 36.8, 114.7, 37.2)], crs="EPSG:4326"))
    'EPSG:4547'
    """
    if shapely.box(73.5, 16, 136.5, 54).contains(shapely.box(*area.total_bounds)):
        middle = (area.total_bounds[0] + area.total_bounds[2]) / 2
        return f"EPSG:{4534 + round((middle - 75) / 3)}"  # EPSG:4534 is that of 75° E, and so on every 3°
    return str(area.estimate_utm_crs().to_string())


def _about(area: gpd.GeoDataFrame, osm: OpenStreetMap) -> dict[str, dict[str, Any]]:
    """What `sources.yaml` says of each file."""
    day = date.today().isoformat()
    as_of = f"; data as of {osm.as_of}" if osm.as_of else ""
    place = f"{area['found'].iloc[0]} ({area['unit_id'].iloc[0]})"
    notes = {
        AREA: "",
        NODES: f" and up to {MARGIN_M:.0f} m around",
        EDGES: f" and up to {MARGIN_M:.0f} m around",
        FACILITIES: "; amenity=kindergarten and amenity=childcare, places not known",
    }
    common = {
        "source": "OpenStreetMap 贡献者，https://www.openstreetmap.org/copyright",
        "source_en": "OpenStreetMap contributors, https://www.openstreetmap.org/copyright",
        "licence": "ODbL 1.0",
        "date": day,
        "unit": "EPSG:4326",
        "synthetic": False,
    }
    return {
        name: {"title": title.zh, "title_en": title.en, **common, "note": f"{place}{notes[name]}{as_of}."}
        for name, title in TITLES.items()
    }


def _publish(folder: Path, layers: Mapping[str, gpd.GeoDataFrame], about: Mapping[str, Any]) -> list[Path]:
    """Write all files beside their places, then put each in its place; raises `NotFetched` if the disk refuses."""
    from pyogrio.errors import DataSourceError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".fetch-", dir=folder) as name:
            staging = Path(name)
            for file, frame in layers.items():
                _write(frame, staging / file)
            (staging / SOURCES).write_text(_told(folder / SOURCES, about), encoding="utf-8")
            return [(staging / file).replace(folder / file) for file in (*layers, SOURCES)]
    except (OSError, DataSourceError) as error:
        raise NotFetched("GP-O110", getattr(error, "strerror", None) or error) from error


def _write(frame: gpd.GeoDataFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        frame.to_parquet(path, compression="zstd", index=False)
    else:
        layer = "units" if path.name == AREA else path.stem
        shape = "MultiPolygon" if path.name == AREA else "Point"
        frame.to_file(path, layer=layer, driver="GPKG", geometry_type=shape, promote_to_multi=path.name == AREA)


def _told(path: Path, about: Mapping[str, Any]) -> str:
    """The text of `sources.yaml` with these entries; what else it says, its comments included, stays."""
    from ruamel.yaml import YAML

    yaml, text = YAML(), StringIO()
    yaml.width, yaml.preserve_quotes = 4096, True
    content = yaml.load(path.read_text(encoding="utf-8-sig")) if path.is_file() else {"layers": {}}
    content["layers"].update(about)
    yaml.dump(content, text)
    return text.getvalue()
