"""Opening files with care: a local plain file of a known format, within budget; and its fingerprint."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geoplan.errors import GeoplanError
from geoplan.sources import budgets
from geoplan.sources._messages import refuse

CHUNK = 1024 * 1024

# ending: (format, what the first bytes may be; none means text)
FORMATS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    ".csv": ("CSV", ()),
    ".tsv": ("CSV", ()),
    ".txt": ("CSV", ()),
    ".xlsx": ("XLSX", (b"PK\x03\x04",)),
    ".gpkg": ("GeoPackage", (b"SQLite format 3\0",)),
    ".geojson": ("GeoJSON", (b"{",)),
    ".json": ("GeoJSON", (b"{",)),
    ".shp": ("Shapefile", (b"\x00\x00\x27\x0a",)),
    ".parquet": ("GeoParquet", (b"PAR1",)),
    ".pbf": ("OSM PBF", ()),
    ".osm": ("OSM XML", ()),
    ".graphml": ("GraphML", ()),
    ".tif": ("GeoTIFF", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    ".tiff": ("GeoTIFF", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
}
TABLES = (".csv", ".tsv", ".txt", ".xlsx")
VECTORS = (".gpkg", ".geojson", ".json", ".shp", ".parquet")
GRIDS = (".tif", ".tiff")
LAYERS_OF_STREETS = (".gpkg", ".geojson", ".json", ".shp", ".parquet")
STREETS = (".pbf", ".osm", ".graphml", *LAYERS_OF_STREETS)
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@contextmanager
def reading(file: str, form: str) -> Iterator[None]:
    """Turn whatever a library raises over a broken file into one refusal that names the file."""
    try:
        yield
    except (GeoplanError, MemoryError):
        raise
    except PermissionError:
        refuse("GP-F009", file)
    except Exception:  # libraries raise anything over a broken file; the cause stays chained
        refuse("GP-F007", file, format=form)


def local(path: str | Path, endings: tuple[str, ...]) -> Path:
    """The absolute path of a plain local file with one of these endings, whose first bytes agree with it.

    Raises `InputError`: a URL or virtual path of GDAL, an absent, special, empty or too large file, other
    content than the ending says.
    """
    file = str(path)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", file) or file.startswith(("/vsi", "\\\\")):
        refuse("GP-F004", file)
    where = Path(os.path.abspath(file))  # noqa: PTH100 - -rf.csv must not look like an option
    if "\0" in file or not where.exists():
        refuse("GP-F001", file)
    if not where.is_file():
        refuse("GP-F002", file)
    ending = where.suffix.lower()
    if ending not in endings:
        refuse("GP-F005", file, value=ending, endings=", ".join(e[1:] for e in endings))
    size = where.stat().st_size
    if size == 0:
        refuse("GP-F003", file)
    if size > budgets.FILE_BYTES:
        refuse("GP-F008", file, given=f"{size} bytes", limit=budgets.FILE_BYTES)
    _check_content(where, file, ending)
    return where


def _check_content(where: Path, file: str, ending: str) -> None:
    """The ending must not lie: GDAL opens by content, so a VRT named .tif would otherwise be followed."""
    form, starts = FORMATS[ending]
    with reading(file, form), where.open("rb") as stream:
        head = stream.read(64)
    if form == "GeoJSON":
        head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if starts and not head.startswith(starts):
        refuse("GP-F006", file, format=form)


def sha256(path: str | Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal; of a Shapefile, over its parts in the order of `PARTS`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "a.csv").write_bytes(b"")
    ...     sha256(Path(folder) / "a.csv")[:8]
    'e3b0c442'
    """
    where = Path(path)
    digest = hashlib.sha256()
    parts = [where.with_suffix(p) for p in PARTS] if where.suffix.lower() == ".shp" else [where]
    for part in (p for p in parts if p.exists()):
        with reading(str(path), where.suffix[1:]), part.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
    return digest.hexdigest()
