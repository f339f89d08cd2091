"""The drawing of the house and the house are the same."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "geoplan"

# a room may import the rooms of the rows above it; rooms in a row stay apart
ROWS = [
    {"errors", "plugins", "texts", "files"},
    {"tables", "area"},
    {"profiles"},
    {"sources", "demand", "supply", "network"},
    {"access", "siting"},
    {"location"},
    {"explain"},
    {"result"},
    {"study"},
    {"report", "map", "exports"},
    {"console"},
    {"cli", "__init__"},
]
ROW_OF = {room: row for row, rooms in enumerate(ROWS) for room in rooms}

# what no pure room may touch: the file system, the network, the clock, random state
IMPURE = {
    "os",
    "pathlib",
    "socket",
    "urllib",
    "requests",
    "time",
    "datetime",
    "random",
    "tempfile",
    "shutil",
    "subprocess",
    "sqlite3",
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    """The room that a module stands in."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Every module that a file imports, at the top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides the direction"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_every_room_stands_in_one_row() -> None:
    """Each module and package of geoplan is a room of the table, and each room exists."""
    rooms = {room_of(p) for p in MODULES} - {"demonstration"}
    assert rooms == set(ROW_OF)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_down_the_rows(path: Path) -> None:
    """No room imports a room below it, or beside it in the same row."""
    here = room_of(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "geoplan" or len(parts) < 2 or (parts[1] not in ROW_OF and here in ROW_OF):
            continue
        there = parts[1]
        allowed = there == here or ROW_OF[there] < ROW_OF[here] or {here, there} <= ROWS[0]
        assert allowed, f"{here} imports {there}"


@pytest.mark.parametrize(
    "path", [p for p in MODULES if 1 <= ROW_OF.get(room_of(p), 99) <= 6 and room_of(p) != "sources"], ids=str
)
def test_pure_rooms_touch_nothing_outside(path: Path) -> None:
    """Rows 2 to 7 apart from sources use no file, network, clock or random state (profiles read the package's own data)."""
    tops = {name.split(".")[0] for name in imports(path)}
    allowed = {"time"} if room_of(path) == "location" else set()  # a solver is told how long it may take
    assert not (tops & IMPURE) - allowed, path
    assert "np.random" not in path.read_text(encoding="utf-8"), path


def test_output_rooms_read_results_only() -> None:
    """Report, map and exports import nothing that computes: of the rows 4 to 9 only `result`."""
    computing = set().union(*ROWS[3:7], ROWS[8])
    for path in MODULES:
        if room_of(path) in ROWS[9]:
            used = {n.split(".")[1] for n in imports(path) if n.startswith("geoplan.")}
            assert not used & computing, path


WRITING = {"write_text", "write_bytes", "to_file", "to_parquet", "to_csv", "to_excel", "to_feather", "write_dataframe", "savez", "touch",
           "save_as", "rename_to", "mkdir", "rmtree", "unlink", "symlink_to", "mkdtemp", "mkstemp", "Workbook", "tofile", "dump"}  # fmt: skip
# who writes beside `files` and `exports`: the cache of streets, `geoplan fetch`, and the PDF's pictures in a folder of their own
WRITERS = {"files.py", "study/cache.py", "sources/fetch.py", "report/pdf.py"}


def writes(path: Path) -> set[str]:
    """What a module calls that makes or changes a file, but for calls of `files` and of an own module."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        owner = (
            node.func.value.id if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) else ""
        )
        texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if name == "open" and owner != "Image" and any(set(mode) & set("wax+") for mode in texts if len(mode) <= 3):
            found.add(f"open {texts}")
        if name in WRITING and isinstance(node.func, ast.Attribute) and owner not in {"files", "xlsxwriter", "yaml"}:
            found.add(name)
    return found


def test_only_one_module_and_the_exports_write_files() -> None:
    """Whatever is left for others goes through `files` or is a layer of `exports`, which are staged there."""
    for path in MODULES:
        here = path.relative_to(PACKAGE).as_posix()
        if here not in WRITERS and room_of(path) != "exports":
            assert not writes(path), here
    assert writes(PACKAGE / "files.py")
    assert writes(PACKAGE / "exports" / "gpkg.py")


# libraries in C that parse a user's bytes: their crash must not be geoplan's
PARSERS = {"pyogrio", "rasterio", "osmium"}


def test_only_the_process_that_reads_hands_bytes_to_libraries_in_c() -> None:
    """In `sources`, `_gdal` alone calls GDAL and osmium, and `_child` and `_reader` alone lead to it (others take its constants)."""
    for path in (p for p in MODULES if room_of(p) == "sources"):
        used = {name for name in imports(path) if name.split(".")[0] in PARSERS}
        if path.name in {"_gdal.py", "_reader.py"}:
            assert used
        else:  # `fetch` writes what the servers sent, and names the error of its writer
            assert not used - {"pyogrio.errors.DataSourceError"}, path
            constants = {f"geoplan.sources._gdal.{name}" for name in ("TAGS", "RAILWAY", "NOT_STREETS")}
            led = {name for name in imports(path) if "_gdal" in name} - constants
            assert path.name == "_child.py" or not led, path
    assert "pickle" not in {name.split(".")[0] for p in MODULES for name in imports(p)}


def test_the_drawing_names_every_room() -> None:
    """ARCHITECTURE.md names every room."""
    drawing = (PACKAGE.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for room in set(ROW_OF) - {"__init__"}:
        assert room in drawing, room
