"""What libraries in C make of a file's bytes: the only module that hands them to GDAL and osmium.

It runs in the process that reads (`_reader`). Arguments and answers are plain data, arrays and frames, which `_wire` carries.
"""

from __future__ import annotations

import sqlite3
import warnings
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from geoplan.sources import budgets
from geoplan.sources._messages import refuse

# tags that say who may use a street and how fast, and what the map shows
TAGS = (
    "highway", "oneway", "junction", "name", "bridge", "service", "access", "vehicle", "motor_vehicle", "motorcar",
    "bicycle", "foot", "motorroad", "wheelchair", "surface", "maxspeed",
)  # fmt: skip
NOT_STREETS = {
    "abandoned", "bus_stop", "construction", "demolished", "elevator", "escape", "planned", "platform", "proposed", "raceway",
    "razed", "rest_area", "services",
}  # fmt: skip
RAILWAY = (
    ("railway", "level_crossing"),
    ("railway", "crossing"),
)  # of nodes: where a street or a path crosses a railway

_GRIDS: dict[int, Any] = {}  # those that are open, by the number that the one who asks gave them


def layer(path: str, file: str, options: dict[str, Any]) -> dict[str, Any]:
    """A layer of a file, its positions in two dimensions: the `frame` as pyogrio makes it, and the `remarks` of GDAL."""
    import pyogrio

    _check_view(path, file, options.get("layer"))
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        count = pyogrio.read_info(path, force_feature_count=True, **options)["features"]
        if count > budgets.FEATURES:
            refuse("GP-F008", file, given=f"{count} features", limit=budgets.FEATURES)
        frame = pyogrio.read_dataframe(path, force_2d=True, on_invalid="ignore", use_arrow=False, **options)
    return {"frame": frame, "remarks": sorted({str(r.message) for r in remarks if "on_invalid" not in str(r.message)})}


def first_rows(path: str, file: str, options: dict[str, Any], most: int) -> dict[str, Any]:
    """The first rows of a layer as a `frame`, how many `features` it has in all, and its `bounds`."""
    import pyogrio

    _check_view(path, file, options.get("layer"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is odd about the file is told when it is read
        info = pyogrio.read_info(path, force_feature_count=True, force_total_bounds=True, **options)
        frame = pyogrio.read_dataframe(
            path, max_features=most, force_2d=True, on_invalid="ignore", use_arrow=False, **options
        )
    bounds = [float(b) for b in info["total_bounds"]] if info["features"] else []
    return {"frame": frame, "features": int(info["features"]), "bounds": bounds}


def layers(path: str, _file: str) -> list[list[Any]]:
    """Name and kind of geometry of each layer of a file; the kind of a table is None."""
    import pyogrio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [[str(name), None if kind is None else str(kind)] for name, kind in pyogrio.list_layers(path)]


def nodes_and_edges(path: str, file: str) -> list[Any]:
    """The layers of these names, with all dimensions."""
    import pyogrio

    for name in ("nodes", "edges"):
        _check_view(path, file, name)
        count = pyogrio.read_info(path, layer=name, force_feature_count=True)["features"]
        if count > budgets.FEATURES:
            refuse("GP-F008", file, given=f"{count} features", limit=budgets.FEATURES)
    return [pyogrio.read_dataframe(path, layer=name) for name in ("nodes", "edges")]


def _check_view(path: str, file: str, name: str | None) -> None:
    """Refuse a layer of a GeoPackage that is a question to its database with more answers than a layer may have.

    A view of a few bytes can go on for ever; a table holds no more than its file.
    """
    if name is None or Path(path).suffix.lower() != ".gpkg":
        return
    base = sqlite3.connect(f"{Path(path).as_uri()}?mode=ro", uri=True)
    try:
        kinds = base.execute("SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = ? COLLATE NOCASE", [name])
        if kinds.fetchone() is None:
            return
        steps = iter(range(budgets.VIEW_STEPS // 1_000_000))
        base.set_progress_handler(lambda: next(steps, None) is None, 1_000_000)
        quoted = name.replace('"', '""')
        columns = [str(row[1]).replace('"', '""') for row in base.execute(f'PRAGMA table_info("{quoted}")')]
        size = " + ".join(f'coalesce(length("{c}"), 0)' for c in columns)
        limited = f'SELECT {size} AS size FROM "{quoted}" LIMIT {budgets.FEATURES + 1}'
        rows, total = base.execute(f"SELECT count(*), sum(size) FROM ({limited})").fetchone()
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        rows, total = budgets.FEATURES + 1, 0
    finally:
        base.close()
    if rows > budgets.FEATURES or (total or 0) > budgets.UNPACKED_BYTES:
        limit = f"{budgets.FEATURES} in {budgets.UNPACKED_BYTES} bytes"
        refuse("GP-F008", file, given=f"the view {name}: {rows} features or more, {total} bytes", limit=limit)


def open_grid(path: str, file: str, key: int) -> dict[str, Any]:
    """Open a GeoTIFF under a number, and what its header says; raises `InputError` on one beyond the budgets."""
    import rasterio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of missing georeferences, which are refused by who asks
        grid = rasterio.open(path, driver="GTiff")
    try:
        _check_size(grid, file)
        _GRIDS[key] = grid
    except BaseException:
        grid.close()
        raise
    about = {name: getattr(grid, name) for name in ("width", "height", "count", "nodata")}
    lists = {
        name: list(getattr(grid, name)) for name in ("units", "scales", "offsets", "dtypes", "transform", "bounds")
    }
    return {**about, **lists, "tags": grid.tags(), "crs": None if grid.crs is None else grid.crs.to_wkt()}


def _check_size(grid: Any, file: str) -> None:
    cells, side = grid.width * grid.height, max(grid.width, grid.height)
    if cells > budgets.GRID_CELLS:
        refuse("GP-F008", file, given=f"{cells} cells", limit=budgets.GRID_CELLS)
    if side > budgets.GRID_SIDE:
        refuse("GP-F008", file, given=f"{side} cells in a line", limit=budgets.GRID_SIDE)
    for (rows, columns), kind in zip(grid.block_shapes, grid.dtypes, strict=True):
        width = 8 if kind.startswith("complex_int") else np.dtype(kind).itemsize
        size = rows * columns * width * (grid.count if str(grid.interleaving).endswith("pixel") else 1)
        if size > budgets.GRID_BLOCK_BYTES:
            refuse("GP-F008", file, given=f"a block of {size} bytes", limit=budgets.GRID_BLOCK_BYTES)


def grid_cells(_path: str, _file: str, key: int, window: list[int], kind: str) -> dict[str, Any]:
    """Of an open grid the `values` of a window (column, row, width, height), its `mask`, or both with what is masked True."""
    from rasterio.windows import Window

    grid, here = _GRIDS[key], Window(*window)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "mask":
            return {"mask": grid.read_masks(1, window=here)}
        if kind == "values":
            return {"values": grid.read(1, window=here)}
        both = grid.read(1, window=here, masked=True)
    mask = both.mask if both.mask.shape else None
    return {"values": both.data, "mask": mask, "fill": np.asarray(both.fill_value)}


def close_grid(_path: str, _file: str, key: int) -> None:
    """Let go of a grid."""
    if key in _GRIDS:
        _GRIDS.pop(key).close()


def ways(path: str, file: str) -> dict[str, Any]:
    """The ways of an OpenStreetMap extract that are streets, in compact arrays (see `osm.Ways`)."""
    import osmium
    from osmium.filter import EntityFilter, KeyFilter, TagFilter
    from osmium.osm import NODE, WAY

    if Path(path).suffix.lower() == ".pbf":
        _check_blocks(path, file)
    railways, streets = TagFilter(*RAILWAY), KeyFilter("highway")
    railways.enable_for(NODE)
    streets.enable_for(WAY)
    processor = osmium.FileProcessor(path, NODE | WAY).with_locations()
    for wanted in (EntityFilter(NODE | WAY), railways, streets):
        processor = processor.with_filter(wanted)
    known: dict[str, dict[str | None, int]] = {tag: {None: 0} for tag in TAGS}
    codes = {tag: array("i") for tag in TAGS}
    refs, lon, lat, starts, railway, cut = array("q"), array("d"), array("d"), array("q", [0]), array("q"), 0
    way: Any
    for way in processor:
        tags = way.tags
        if way.is_node():
            railway.append(way.id)
            continue
        if tags.get("highway") in NOT_STREETS or tags.get("area") == "yes":
            continue
        parts = list(_inside(way.nodes))
        cut += len(parts) > 1 or sum(map(len, parts)) < len(way.nodes)
        for part in (p for p in parts if len(p) > 1):
            for tag, meant in known.items():
                codes[tag].append(meant.setdefault(tags.get(tag), len(meant)))
            refs.extend(n.ref for n in part)
            lon.extend(n.lon for n in part)
            lat.extend(n.lat for n in part)
            starts.append(len(refs))
    values = {tag: [str(value) for value in meant][1:] for tag, meant in known.items()}
    whole = {tag: np.frombuffer(code, np.int32) for tag, code in codes.items()}
    ids = {n: np.frombuffer(a, np.int64) for n, a in (("refs", refs), ("starts", starts), ("railway", railway))}
    at = {"lon": np.frombuffer(lon), "lat": np.frombuffer(lat)}
    return {"codes": whole, "values": values, **ids, **at, "cut": cut}


def _inside(nodes: Any) -> Iterator[list[Any]]:
    """The stretches of a way whose nodes have positions."""
    part: list[Any] = []
    for node in nodes:
        if node.location.valid():
            part.append(node)
        elif part:
            yield part
            part = []
    if part:
        yield part


def _check_blocks(path: str, file: str) -> None:
    """Refuse an .osm.pbf whose blocks unpack to more than a true extract could; a file that is no such one is left to its reader."""
    size, unpacked = Path(path).stat().st_size, sum(_block_sizes(path))
    if unpacked > budgets.OSM_PLAIN_BYTES and unpacked / size > budgets.OSM_RATIO:
        refuse("GP-F008", file, given=f"{unpacked / size:.0f} times its size unpacked", limit=budgets.OSM_RATIO)


def _block_sizes(path: str) -> Iterator[int]:
    """What each block of an .osm.pbf says that it unpacks to; osmium refuses a block that says it wrongly."""
    with Path(path).open("rb") as stream:
        while len(mark := stream.read(4)) == 4:
            head = stream.read(min(int.from_bytes(mark, "big"), budgets.KB * 64))
            packed = min(dict(_numbers(head)).get(3, 0), 64 * budgets.MB)
            yield dict(_numbers(stream.read(packed))).get(2, 0)


def _numbers(message: bytes) -> Iterator[tuple[int, int]]:
    """The whole numbers of a message of Protocol Buffers, by field; texts are passed over."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value, at = _varint(message, at)
        if tag & 7 == 2:
            at += value
        elif tag & 7:
            return
        else:
            yield tag >> 3, value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:
        value |= (message[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if message[at - 1] < 0x80:
            break
    return value, at
