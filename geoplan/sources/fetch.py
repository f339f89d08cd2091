"""Getting streets of a place from OpenStreetMap through osmnx: the only part of geoplan that uses a network."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from geoplan.errors import ResourceError

CARE_TAGS: dict[str, bool | str | list[str]] = {"amenity": ["kindergarten", "childcare"]}


def fetch(place: str, out: str | Path) -> list[Path]:
    """Write `streets_nodes.parquet`, `streets_edges.parquet` and `facilities.gpkg` of a place; returns their paths.

    Streets of every kind in WGS 84, facilities tagged as kindergarten or childcare (their places are not known).
    Raises `ResourceError` if OpenStreetMap cannot be reached or does not know the place.
    """
    import osmnx

    folder = Path(out)
    try:
        graph = osmnx.graph_from_place(place, network_type="all", simplify=True)
        care = osmnx.features_from_place(place, CARE_TAGS)
    except Exception as error:  # osmnx passes on whatever requests, urllib3 and the servers raise
        raise ResourceError(f"could not get {place!r} from OpenStreetMap: {error}") from error
    nodes, edges = osmnx.graph_to_gdfs(graph)
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _write(nodes.reset_index()[["osmid", "geometry"]], folder / "streets_nodes.parquet"),
        _write(_edges(edges), folder / "streets_edges.parquet"),
        _write(_care(care), folder / "facilities.gpkg"),
    ]


def _edges(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One row a street piece; osmnx repeats two-way streets in both directions, which is kept as two one-way rows."""
    frame = edges.reset_index()
    for column in frame.columns.difference(["u", "v", "geometry", "length", "oneway"]):
        frame[column] = frame[column].map(lambda v: ";".join(map(str, v)) if isinstance(v, list) else v)
    return frame.assign(oneway="yes")[["u", "v", "highway", "oneway", "name", "geometry"]]


def _care(care: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    frame = care.reset_index()
    ids = frame["element"].astype(str).str[0].str.upper() + frame["id"].astype(str)
    name = frame.get("name")
    points = frame.geometry.representative_point()
    return gpd.GeoDataFrame({"facility_id": ids, "name": name, "kind": frame["amenity"]}, geometry=points, crs=care.crs)


def _write(frame: gpd.GeoDataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path, compression="zstd", index=False)
    else:
        frame.to_file(path, driver="GPKG")
    return path
