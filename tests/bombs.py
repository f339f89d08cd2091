"""Files of a few bytes or megabytes that would fill the memory, each with how it is read: `python -m tests.bombs FILE` reads one.

It prints the codes of the refusal and the most memory that the reading took, in MB.
"""

from __future__ import annotations

import sqlite3
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from geoplan.errors import Findings, InputError
from geoplan.sources import _child

Make = Callable[[Path], Path]


def grid(width: int, height: int, kind: str = "uint8", **how: object) -> Make:
    """A GeoTIFF with nothing written in it."""

    def make(folder: Path) -> Path:
        import rasterio
        from affine import Affine

        path, at = folder / "a.tif", Affine(1e-5, 0, 114, 0, -1e-5, 37)
        about = {"width": width, "height": height, "count": 1, "dtype": kind, "crs": 4326, "transform": at}
        with rasterio.open(path, "w", driver="GTiff", sparse_ok=True, BIGTIFF="YES", **about, **how):
            pass
        return path

    return make


def full_grid(folder: Path) -> Path:
    """A GeoTIFF of 49 million cells with people in each, some 50 KB."""
    import numpy as np
    import rasterio
    from affine import Affine
    from rasterio.windows import Window

    path, at = folder / "a.tif", Affine(1e-5, 0, 114, 0, -1e-5, 37)
    about = {"width": 7000, "height": 7000, "count": 1, "dtype": "uint8", "crs": 4326, "transform": at}
    with rasterio.open(path, "w", driver="GTiff", compress="deflate", blockysize=500, **about) as file:
        for top in range(0, 7000, 500):
            file.write(np.ones((1, 500, 7000), np.uint8), window=Window(0, top, 7000, 500))
    return path


def workbook(sheet: bytes, times: int, head: bytes = b"") -> Make:
    """An XLSX file whose one sheet holds `sheet` so many times."""

    def make(folder: Path) -> Path:
        import openpyxl

        plain, path = folder / "plain.xlsx", folder / "a.xlsx"
        openpyxl.Workbook().save(plain)
        with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
            for part in old.namelist():
                if part != "xl/worksheets/sheet1.xml":
                    new.writestr(part, old.read(part))
            with new.open("xl/worksheets/sheet1.xml", "w") as stream:
                space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
                stream.write(head + b"<worksheet " + space + b"><sheetData>")
                for _ in range(times // 10_000 or 1):
                    stream.write(sheet * min(times, 10_000))
                stream.write(b"</sheetData></worksheet>")
        return path

    return make


def text(name: str, head: str, again: str, times: int, tail: str) -> Make:
    """A text that says the same many times."""

    def make(folder: Path) -> Path:
        with (folder / name).open("w", encoding="utf-8") as stream:
            stream.write(head)
            for _ in range(times // 100_000 or 1):
                stream.write(again * min(times, 100_000))
            stream.write(tail)
        return folder / name

    return make


def town(folder: Path) -> Path:
    """A GeoPackage with one polygon."""
    import geopandas as gpd
    import shapely

    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(114, 37, 114.1, 37.1)], crs=4490)
    frame.to_file(folder / "a.gpkg", layer="a")
    return folder / "a.gpkg"


def endless_view(folder: Path) -> Path:
    """A GeoPackage whose layer is a view that never ends."""
    path = town(folder)
    with sqlite3.connect(path) as base:
        base.execute("ALTER TABLE a RENAME TO b")
        base.execute(
            "CREATE VIEW a AS WITH RECURSIVE c(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM c) SELECT k AS fid, geom, n FROM c, b"
        )
        base.execute("UPDATE gpkg_contents SET table_name = 'a'")
    base.close()
    return path


def billion_vertices(folder: Path) -> Path:
    """A GeoPackage whose polygon says that it has a billion vertices."""
    path = town(folder)
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA writable_schema = ON")
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        ((shape,),) = base.execute("SELECT geom FROM a")
        at = shape.index(struct.pack("<I", 5), 8 + 32)
        base.execute("UPDATE a SET geom = ?", [shape[:at] + struct.pack("<I", 10**9) + shape[at + 4 :]])
    base.close()
    return path


def lying_dbf(folder: Path) -> Path:
    """A Shapefile whose table says that it has four billion rows, as its index does."""
    import geopandas as gpd
    import shapely

    gpd.GeoDataFrame({"n": ["x"]}, geometry=[shapely.Point(114, 37)], crs=4490).to_file(folder / "a.shp")
    dbf = folder / "a.dbf"
    data = bytearray(dbf.read_bytes())
    data[4:8] = struct.pack("<I", 4_000_000_000)
    dbf.write_bytes(data)
    return folder / "a.shp"


def same_text(folder: Path) -> Path:
    """A Parquet file of a few KB: a text of 1 MB in each of a million rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / "a.parquet"
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int8()), pa.array(["x" * 2**20]))
    pq.write_table(pa.table({"name": column}), path, compression="zstd", store_schema=False)
    return path


def same_numbers(folder: Path) -> Path:
    """A Parquet file of some KB: two million rows of two hundred columns of the same number."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, zeros = folder / "a.parquet", pa.array([0] * 2_000_000, pa.int64())
    pq.write_table(pa.table({f"c{k}": zeros for k in range(200)}), path, compression="zstd")
    return path


def graph(encoding: str) -> Make:
    """A GraphML file whose entities stand for a billion characters."""

    def make(folder: Path) -> Path:
        levels = "".join(f'<!ENTITY l{k + 1} "{f"&l{k};" * 10}">' for k in range(8))
        kind = f'<!DOCTYPE graphml [<!ENTITY l0 "{"x" * 10}">{levels}]>'
        words = f'<?xml version="1.0" encoding="{encoding}"?>{kind}<graphml><graph><node id="&l8;"/></graph></graphml>'
        (folder / "a.graphml").write_bytes(words.encode(encoding))
        return folder / "a.graphml"

    return make


def entities_of_osm(folder: Path) -> Path:
    """The same as .osm."""
    levels = "".join(f'<!ENTITY l{k + 1} "{f"&l{k};" * 10}">' for k in range(8))
    kind = f'<!DOCTYPE osm [<!ENTITY l0 "{"x" * 10}">{levels}]>'
    words = (
        f'<?xml version="1.0"?>{kind}<osm version="0.6"><node id="1" lat="1" lon="1"><tag k="a" v="&l8;"/></node></osm>'
    )
    (folder / "a.osm").write_text(words)
    return folder / "a.osm"


def blocks(folder: Path) -> Path:
    """An .osm.pbf of a few MB that unpacks to gigabytes."""
    path = folder / "a.osm.pbf"
    packed = zlib.compress(bytes(31 * 1024**2), 9)
    with path.open("wb") as stream:
        for kind, data, size in ((b"OSMHeader", zlib.compress(b""), 0), *([(b"OSMData", packed, 31 * 1024**2)] * 100)):
            blob = b"\x1a" + varint(len(data)) + data + b"\x10" + varint(size)  # the size said last
            head = b"\x0a" + varint(len(kind)) + kind + b"\x18" + varint(len(blob))
            stream.write(struct.pack(">I", len(head)) + head + blob)
    return path


def varint(number: int) -> bytes:
    """A whole number as Protocol Buffers write it."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


COLLECTION = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":null,"geometry":null,"x":['
ROW = b'<row><c t="inlineStr"><is><t>a</t></is></c></row>'
BOMBS: dict[str, Make] = {
    "40 GB of cells": grid(200_000, 200_000, tiled=True, blockxsize=256, blockysize=256),
    "a line of cells": grid(190_000_000, 1, tiled=True, blockxsize=256, blockysize=256),
    "one block": grid(14_000, 14_000, "float64", blockysize=14_000, compress="deflate"),
    "many empty blocks": grid(14_000, 14_000, "float64"),
    "49 million people": full_grid,
    "a workbook of the same row": workbook(ROW, 15_000_000),
    "a row far down": workbook(b'<row r="4000000000"><c r="A4000000000"><v>1</v></c></row>', 1),
    "rows far to the right": workbook(b'<row><c r="XFD1"><v>1</v></c></row>', 20_000),
    "a column far to the right": workbook(b'<row r="1"><c r="ZZZZZZZ1"><v>1</v></c></row>', 1),
    "a table of commas": text("a.csv", "a,b\n", ",", 100_000_000, ""),
    "a table of empty lines": text("a.csv", "a,b\n", "\n", 100_000_000, "1,2\n"),
    "lists": text("a.geojson", COLLECTION, "[],", 30_000_000, "1]}]}"),
    "nested lists": text("a.geojson", COLLECTION, "[", 1_000_000, "]" * 1_000_000 + "]}]}"),
    "an endless view": endless_view,
    "a billion vertices": billion_vertices,
    "a table that lies": lying_dbf,
    "the same text": same_text,
    "the same numbers": same_numbers,
    "entities": graph("utf-8"),
    "entities in UTF-16": graph("utf-16"),
    "entities of OpenStreetMap": entities_of_osm,
    "blocks": blocks,
}


def read(path: Path) -> None:
    """Read a file as a study would."""
    import geopandas as gpd
    import pyproj
    import shapely

    from geoplan.area import StudyArea
    from geoplan.sources.rasters import read_grid
    from geoplan.sources.read import read_area
    from geoplan.sources.streets import read_streets
    from geoplan.sources.tables import read_table
    from geoplan.sources.vectors import read_vector

    crs, place = pyproj.CRS("EPSG:4547"), shapely.box(1e5, 4e6, 9e5, 5e6)
    match path.suffix:
        case ".tif":
            units = gpd.GeoDataFrame({"name": ["a"]}, geometry=[place], crs=crs)
            read_grid(path, StudyArea(place, units, crs), Findings())
        case ".graphml" | ".pbf" | ".osm":
            read_streets(path, crs, Findings())
        case ".xlsx" | ".csv" | ".parquet":
            read_table(path, Findings())
        case ".gpkg":
            read_area(path, crs)
        case _:
            read_vector(path, Findings())


def most_mb(process: str = "self") -> int:
    """The most memory that a process held at once."""
    said = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(said.split("VmHWM:")[1].split()[0]) // 1024


if __name__ == "__main__":
    codes = "accepted"
    try:
        read(Path(sys.argv[1]))
    except InputError as error:
        codes = ",".join(f.code for f in error.findings)
    child = [str(reader.process.pid) for reader in _child._readers]
    sys.stdout.write(f"{codes} {max(map(most_mb, ['self', *child]))}\n")
