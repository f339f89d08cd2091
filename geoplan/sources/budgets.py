"""How much the readers take in: every limit, its unit, why it stands there, and the code of the finding beyond it.

Each is held against what a file says of itself (its size, header, directory) before anything is made of it, so that a file that
was made to fill the memory is refused and not read; readers look the numbers up here when they need them.
"""

from __future__ import annotations

KB, MB, GB = 1024, 1024**2, 1024**3

# --- files
FILE_BYTES = 2 * GB  # bytes of a file, or of a part of a Shapefile; more is no layer of one city; GP-F008
TEXT_BYTES = 512 * MB  # bytes of CSV, GeoJSON or GraphML, which are held whole; GP-F008
SOURCES_BYTES = 256 * KB  # bytes of a sources.yaml: a page of text a layer; GP-F008
STUDY_BYTES = 1_000_000  # bytes of a study file, which a person writes; GP-S001

# --- text that nests
NESTING = 50  # levels of YAML; deeper nesting takes a reader minutes or its whole stack; GP-F008, GP-S001
STUDY_NODES = 100_000  # keys and values of a study with its aliases followed: 480 bytes can stand for billions; GP-S001

# --- tables
TABLE_ROWS = 2_000_000  # rows of CSV, XLSX and Parquet tables; the spreadsheet's own limit is half of it; GP-F008
TABLE_CELLS = 20_000_000  # cells of CSV and XLSX, each 8 to 60 bytes once read; GP-F008
MATRIX_CELLS = 100_000_000  # cells of a travel cost matrix, kept as numbers of 8 bytes; GP-F008

# --- archives and compressed files
UNPACKED_BYTES = 1 * GB  # bytes of all parts of an XLSX file, or of all columns of a Parquet file, unpacked; GP-F008
ZIP_PARTS = 1000  # parts of an XLSX file; GP-F008
ZIP_RATIO = 200  # unpacked ÷ packed bytes of an XLSX file; sheets of real tables reach 40; GP-F008
ZIP_PLAIN_BYTES = 16 * MB  # unpacked bytes up to which the ratio is not looked at: empty formatted rows; GP-F008
OSM_RATIO = 20  # unpacked ÷ packed bytes of an .osm.pbf; those of the world's mirrors reach 4; GP-F008
OSM_PLAIN_BYTES = 64 * MB  # unpacked bytes of an .osm.pbf up to which the ratio is not looked at; GP-F008

# --- layers
FEATURES = 5_000_000  # features of a layer; GP-F008
VIEW_STEPS = 300_000_000  # steps of the database over a view of a GeoPackage, some ten seconds; GP-F008
JSON_LISTS = 10_000_000  # lists in a GeoJSON file, about one a vertex, each 60 to 120 bytes once read; GP-F008

# --- grids
GRID_CELLS = 200_000_000  # cells of a GeoTIFF; GP-F008
GRID_SIDE = 1_000_000  # cells of a row or a column, so that a strip of few rows stays small; GP-F008
GRID_BLOCK_BYTES = 256 * MB  # bytes of a block of a GeoTIFF unpacked: the library unpacks whole ones; GP-F008
GRID_WINDOW_CELLS = 4_000_000  # cells that are read at once; no finding
POPULATED_CELLS = 3_000_000  # cells with people, each of which becomes a polygon; GP-F008
ELEVATION_CELLS = 100_000_000  # cells of heights around the study area, 4 bytes each; GP-F008

# --- the process that reads (`_child`)
READ_S = 120.0  # seconds for any file, the start of the process included; GP-F022
READ_BYTES_PER_S = 500 * KB  # bytes of a file that give a second more: the slowest reader does more; GP-F022
SANDBOX_BYTES = 4 * GB  # address space of the process in a sandbox; GP-F023
SANDBOX_FILES = 64  # files that it may have open; GP-F007


def read_limit_s(size: int) -> float:
    """How many seconds the reading of a file of `size` bytes may take.

    >>> read_limit_s(0), read_limit_s(50 * MB)
    (120.0, 222.4)
    """
    return READ_S + size / READ_BYTES_PER_S
