"""Layers as GeoJSON: WGS-84 longitude and latitude, as RFC 7946 asks."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from geoplan.exports.gpkg import drawn, plain
from geoplan.result import Result


def write_layers(result: Result, folder: Path) -> None:
    """Write each layer as `<name>.geojson`, its columns under their short names; GeoJSON has no tables and no titles."""
    for name, frame in drawn(result).items():
        write(frame.set_index(frame.columns[0]), folder / f"{name}.geojson")


def write(layer: gpd.GeoDataFrame, path: Path | str, digits: int = 6) -> None:
    """Write a layer with its ids as `id` of each feature; coordinates have `digits` decimals (6 are about 0.1 m)."""
    made = plain(layer).to_crs(4326)
    name = layer.index.name or "index"
    Path(path).unlink(missing_ok=True)
    made.to_file(path, driver="GeoJSON", engine="pyogrio", COORDINATE_PRECISION=digits, ID_FIELD=name, RFC7946="YES")
