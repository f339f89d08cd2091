"""Good projects with one fault each: refused by name, repaired and told, or the same numbers; never a traceback, never a hang.

`python -m tests.catalogue.mutate --count 20000 --seed 1` makes so many: bytes, cells, rows, columns, keys and features are dropped, doubled,
swapped or replaced in one file of a small project. A cell that is replaced by another number is another project and not a fault; a cell
that is replaced by one of `TOKENS` must be refused or told.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geoplan as gp
from geoplan.errors import GeoplanError
from tests import town
from tests.catalogue.command import ends_of

STUDY = town.STUDY[: town.STUDY.index("scenarios:")]
TOKENS = (
    "—",
    "约60",
    "inf",
    "nan",
    "-5",
    "1e308",
    "1,20,0",
    "六十",
    "60 70",
    "#REF!",
    "=1+1",
    "2026-13-45",
    "０．５．５",
    "true?",
    "\u202e8",
    "8 8",
)
NUMERIC = ("places_m06_12", "places_m12_24", "places_m24_36", "lon", "lat")
LONGEST_S = 60


class Hang(BaseException):
    """A project took longer than any project of this size."""


def build(folder: Path) -> Path:
    """The good project: areas in GeoPackage, facilities in CSV, hosts in GeoJSON, streets in Parquet."""
    return town.build(folder, STUDY)


def numbers(study: Path) -> dict[str, Any]:
    """What a project comes to, without what was told of it."""
    found = dict(gp.run(gp.load_study(study))["base"].numbers)
    found.pop("findings")
    return found


def told(study: Path) -> list[Any]:
    """The findings of a project."""
    return list(gp.run(gp.load_study(study))["base"].numbers["findings"])


def bytes_of(path: Path, r: random.Random) -> str:
    """One byte dropped, doubled, swapped, changed, or the end cut off."""
    data, how = bytearray(path.read_bytes()), r.choice(("drop", "double", "swap", "change", "cut"))
    at = r.randrange(len(data))
    if how == "drop":
        del data[at]
    elif how == "double":
        data.insert(at, data[at])
    elif how == "swap":
        other = r.randrange(len(data))
        data[at], data[other] = data[other], data[at]
    elif how == "change":
        data[at] = r.randrange(256)
    else:
        data = data[:at]
    path.write_bytes(bytes(data))
    return f"byte {how} at {at}"


def rows_of(path: Path, r: random.Random) -> str:
    """A line dropped, doubled or moved."""
    lines, how = path.read_text(encoding="utf-8-sig").split("\n"), r.choice(("drop", "double", "move"))
    at = r.randrange(len(lines))
    line = lines.pop(at)
    if how == "double":
        lines[at:at] = [line, line]
    elif how == "move":
        lines.insert(r.randrange(len(lines) + 1), line)
    path.write_text("\n".join(lines), encoding="utf-8")
    return f"line {how} {at + 1}"


def cell_of(path: Path, r: random.Random) -> str:
    """A number of the table of facilities replaced by what is none."""
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    heads, row = lines[0].split(","), r.randrange(1, len(lines) - 1)
    column, token = heads.index(r.choice(NUMERIC)), r.choice(TOKENS)
    cells = lines[row].split(",")
    cells[column] = f'"{token}"'
    lines[row] = ",".join(cells)
    path.write_text("\n".join(lines), encoding="utf-8")
    return f"cell {heads[column]} of row {row + 1} = {token}"


def column_of(path: Path, r: random.Random) -> str:
    """A column of the table dropped, doubled or renamed."""
    rows = [line.split(",") for line in path.read_text(encoding="utf-8-sig").strip().split("\n")]
    at, how = r.randrange(len(rows[0])), r.choice(("drop", "double", "rename"))
    for number, row in enumerate(rows):
        if how == "drop":
            del row[at]
        elif how == "double":
            row.insert(at, row[at])
        elif number == 0:
            row[at] = r.choice(("", "x", row[at].upper(), row[at] + " ", "名称"))
    path.write_text("\n".join(map(",".join, rows)) + "\n", encoding="utf-8")
    return f"column {how} {at + 1}"


def feature_of(path: Path, r: random.Random) -> str:
    """A key or geometry of a GeoJSON feature dropped or replaced."""
    content = json.loads(path.read_text(encoding="utf-8"))
    feature = r.choice(content["features"])
    if r.random() < 0.4:
        feature["geometry"] = r.choice((None, {"type": "Point", "coordinates": []}, {"type": "Point", "coordinates": [37.0, 114.0]},
                                        {"type": "Blob"}, {"type": "Point", "coordinates": [1e9, 4e6]}, {"type": "Point", "coordinates": ["a", "b"]}))  # fmt: skip
        what = f"geometry = {feature['geometry']}"
    else:
        key = r.choice(list(feature["properties"]))
        feature["properties"][key] = r.choice((None, "", -1, 1e308, [], {}, "—", True))
        what = f"{key} = {feature['properties'][key]!r}"
    path.write_text(json.dumps(content), encoding="utf-8")
    return what


FAULTS: tuple[tuple[str, Callable[[Path, random.Random], str]], ...] = (
    ("study.yaml", bytes_of), ("study.yaml", rows_of), ("layers/facilities.csv", bytes_of), ("layers/facilities.csv", rows_of),
    ("layers/facilities.csv", cell_of), ("layers/facilities.csv", column_of), ("layers/hosts.geojson", bytes_of),
    ("layers/hosts.geojson", feature_of), ("layers/homes.gpkg", bytes_of), ("layers/area.gpkg", bytes_of),
    ("layers/nodes.parquet", bytes_of), ("layers/edges.parquet", bytes_of),
)  # fmt: skip


def outcome(
    good: Path, folder: Path, number: int, seed: int, base: dict[str, Any], known: list[Any]
) -> tuple[str, str]:
    """How a project with one fault ended, and what the fault was: refused, told, same, other, or what is wrong with it."""
    r = random.Random(f"{seed}:{number}")
    project = folder / "project"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(good, project)
    file, fault = r.choice(FAULTS)
    what = f"{number}: {file}: {fault(project / file, r)}"
    signal.alarm(LONGEST_S)
    try:
        result = gp.run(gp.load_study(project / "study.yaml"))["base"]
    except GeoplanError as error:
        return ("refused" if str(error).strip() else "SILENT REFUSAL"), what
    except Hang:
        return "HANG", what
    except Exception as error:
        return f"TRACEBACK {type(error).__name__}: {str(error)[:150]}", what
    finally:
        signal.alarm(0)
    found = dict(result.numbers)
    if found.pop("findings") != known:
        return "told", what
    if found == base:
        return "same", what
    return ("ACCEPTED" if fault is cell_of else "other"), what


def mutated(count: int, seed: int, first: int = 0, say: Callable[[str], None] = lambda _: None) -> Counter[str]:
    """How so many projects with one fault each ended; `say` is told of every one that should not have ended so."""
    signal.signal(signal.SIGALRM, _hang)
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        good = Path(name) / "good"
        study = build(good)
        base, known = numbers(study), told(study)
        for number in range(first, first + count):
            end, what = outcome(good, Path(name), number, seed, base, known)
            kind = end.split(" ")[0]
            ends[kind] += 1
            if kind.isupper():
                say(f"{end} <- {what}")
            if number % 500 == 499:
                say(f"{number + 1}: {dict(ends)}")
    return ends


def _hang(_number: int, _frame: Any) -> None:
    raise Hang


def main() -> None:
    """The long form, from the command line."""
    ends = ends_of(__doc__, 20_000, mutated)
    raise SystemExit(any(kind.isupper() for kind in ends))


if __name__ == "__main__":
    main()
