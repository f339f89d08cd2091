"""Checks on the finished place, and its files."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from .common import DEGREES, PLANE, degrees, geometries_in_degrees, plane, shares
from .facts import CITY, Facts
from .households import COLUMNS as HOUSEHOLD_COLUMNS
from .lines import Lines
from .outlines import Outlines
from .settlements import Settlements
from .streets import Streets

CELL_M = 250.0  # of the population grid


def write_vector(frame: gpd.GeoDataFrame, path: Path, layer: str, *, first: bool = True) -> None:
    """One layer of a GeoPackage; the first replaces the file."""
    if first:
        path.unlink(missing_ok=True)
    frame.to_file(path, layer=layer, driver="GPKG", mode="w" if first else "a", index=False)


def write_area(outlines: Outlines, folder: Path) -> None:
    """Boundary, units and townships in metres, whole decimetres, so that they partition the city exactly."""
    towns = outlines.townships.copy()
    towns["geometry"] = shapely.set_precision(towns.geometry.to_numpy(), 0.1, mode="pointwise")
    units = outlines.units.drop(columns=["area_km2", "seat_lon", "seat_lat"]).rename(
        columns={"residents": "population"}
    )
    whole = {u: shapely.coverage_union_all(g.to_numpy()) for u, g in towns.geometry.groupby(towns["unit_id"])}
    units = units.set_geometry([whole[u] for u in units.index], crs=PLANE)
    city = shapely.coverage_union_all(units.geometry.to_numpy())
    boundary = gpd.GeoDataFrame({"area_id": ["130500"], "name": ["邢台市"]}, geometry=[city], crs=PLANE)
    write_vector(boundary, folder / "area.gpkg", "boundary")
    write_vector(units.reset_index(), folder / "area.gpkg", "units", first=False)
    write_vector(towns.reset_index(), folder / "area.gpkg", "townships", first=False)


def write_residents(facts: Facts, settled: Settlements, outlines: Outlines, folder: Path) -> None:
    """Residential areas, after a check that people and children are those of the census and each lies in its township."""
    frame = settled.residents
    _check_people(facts, frame)
    frame = gpd.GeoDataFrame(frame, geometry=geometries_in_degrees(frame["geometry"]), crs=DEGREES)
    inner = shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()))
    astray = outlines.township_of(plane(inner)) != frame["township"].to_numpy()
    if astray.any() or not frame.geometry.is_valid.all() or not frame["code"].is_unique:
        raise ValueError(f"residential areas out of place: {frame['code'][astray].tolist()[:5]}")
    columns = ["code", "名称", "unit_id", "township", "class", "population", "age_0", "age_1_4", *HOUSEHOLD_COLUMNS]
    write_vector(frame[[*columns, "geometry"]].sort_values("code"), folder / "residents.gpkg", "residents")


def _check_people(facts: Facts, frame: pd.DataFrame) -> None:
    sums = frame.groupby("unit_id")[["population", "age_0", "age_1_4"]].sum().reindex(facts.units.index)
    urban = frame[frame["class"] != "rural"].groupby("unit_id")["population"].sum().reindex(facts.units.index)
    pairs = {"residents": sums["population"], "urban": urban, "age_0": sums["age_0"], "age_1_4": sums["age_1_4"]}
    for name, got in pairs.items():
        if not (got == facts.units[name]).all() or int(got.sum()) != CITY[name]:
            raise ValueError(f"{name} of the residential areas is not that of the census")


def write_streets(streets: Streets, bridges: set[int], folder: Path) -> None:
    """Nodes and edges as GeoParquet; nodes without edges are left out, numbers run from 1."""
    kept = streets.kept()
    ends = np.array(streets.ends)[kept]
    used = np.unique(ends)
    number = np.zeros(len(streets.xy), np.int64)
    number[used] = np.arange(1, len(used) + 1)
    xy = degrees(np.array(streets.xy))
    u, v = number[ends].T
    line = geometries_in_degrees(streets.lines(kept))
    edges = gpd.GeoDataFrame({
        "u": u, "v": v,
        "highway": [streets.highway[k] for k in kept],
        "oneway": ["yes" if streets.oneway[k] else "no" for k in kept],
        "name": [streets.name[k] or None for k in kept],
        "bridge": ["yes" if int(k) in bridges else None for k in kept],
    }, geometry=line, crs=DEGREES).sort_values(["u", "v"], ignore_index=True)  # fmt: skip
    _check_streets(xy[used], edges)
    nodes = gpd.GeoDataFrame({"node_id": number[used]}, geometry=shapely.points(xy[used]), crs=DEGREES)
    for name, frame in (("nodes", nodes), ("edges", edges)):
        frame.to_parquet(folder / f"streets_{name}.parquet", compression="zstd", compression_level=12, index=False)


def _check_streets(xy: np.ndarray, edges: gpd.GeoDataFrame) -> None:

    u, v = edges["u"].to_numpy() - 1, edges["v"].to_numpy() - 1
    pairs = pd.DataFrame({"low": np.minimum(u, v), "high": np.maximum(u, v)})
    sizes = np.sort(
        np.bincount(
            connected_components(coo_matrix((np.ones(len(u)), (u, v)), shape=(len(xy),) * 2), directed=False)[1]
        )
    )
    if pairs.duplicated().any() or (u == v).any() or not (shapely.length(edges.geometry.to_numpy()) > 0).all():
        raise ValueError("edges of no length or that stand twice")
    if len(sizes) != 4 or sizes[0] < 10 or sizes[2] > 40:
        raise ValueError(f"the streets are not one main piece and three small ones: {sizes.tolist()[-8:]}")


def write_population(settled: Settlements, outlines: Outlines, folder: Path) -> None:
    """People in cells of 250 m: each area's people over the cells that it covers, whole persons."""
    import rasterio
    from rasterio.transform import from_origin

    low, high = np.array(outlines.boundary.bounds).reshape(2, 2)
    west, north = np.floor(low[0] / CELL_M) * CELL_M, np.ceil(high[1] / CELL_M) * CELL_M
    grid = np.zeros((int(np.ceil((north - low[1]) / CELL_M)), int(np.ceil((high[0] - west) / CELL_M))), np.int64)
    for shape, people in zip(settled.residents["geometry"], settled.residents["population"], strict=True):
        x0, y0, x1, y1 = shape.bounds
        columns = np.arange(int((x0 - west) // CELL_M), int((x1 - west) // CELL_M) + 1)
        rows = np.arange(int((north - y1) // CELL_M), int((north - y0) // CELL_M) + 1)
        row, column = (a.ravel() for a in np.meshgrid(rows, columns, indexing="ij"))
        x, y = west + column * CELL_M, north - (row + 1) * CELL_M
        part = shapely.area(shapely.intersection(shapely.box(x, y, x + CELL_M, y + CELL_M), shape))
        np.add.at(grid, (row, column), shares(int(people), part))
    if int(grid.sum()) != CITY["residents"]:
        raise ValueError("the population grid does not add up")
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "height": grid.shape[0], "width": grid.shape[1], "crs": PLANE,
               "transform": from_origin(west, north, CELL_M, CELL_M), "nodata": -1.0, "tiled": True, "blockxsize": 256,
               "blockysize": 256, "compress": "deflate", "zlevel": 9, "predictor": 3}  # fmt: skip
    with rasterio.open(folder / "population.tif", "w", **profile) as out:
        out.write(grid.astype("float32"), 1)


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """A table as CSV with a byte order mark, as spreadsheets of bureaux are."""
    frame.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def write_places(frame: gpd.GeoDataFrame, folder: Path, name: str) -> None:
    """A layer in metres as a GeoPackage in longitude and latitude."""
    frame = frame.set_geometry(geometries_in_degrees(frame.geometry), crs=DEGREES)
    write_vector(frame, folder / f"{name}.gpkg", name)


def write_controls(layers: dict[str, gpd.GeoDataFrame], folder: Path) -> None:
    """Controls and boundaries, each a layer of one GeoPackage; raise if a shape is broken by the grain of the degrees."""
    for number, (name, frame) in enumerate(layers.items()):
        shapes = geometries_in_degrees(frame.geometry)
        if not shapely.is_valid(shapes).all():
            raise ValueError(f"broken shapes in {name}")
        write_vector(frame.set_geometry(shapes, crs=DEGREES), folder / "controls.gpkg", name, first=number == 0)


def write_base(lines: Lines, folder: Path) -> None:
    """Rivers and railways."""
    for first, name, table in ((True, "rivers", lines.rivers), (False, "railways", lines.railways)):
        shape = geometries_in_degrees(list(table.values()))
        frame = gpd.GeoDataFrame({"name": list(table)}, geometry=shape, crs=DEGREES)
        write_vector(frame, folder / "base.gpkg", name, first=first)
