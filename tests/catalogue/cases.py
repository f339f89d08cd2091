"""The catalogue of bad inputs: each a small change of one good project, with what has to come of it.

`refuse`: an error that names the file (or the key), in one of the classes 2 to 5; `told`: a finding more than before; `same`: the numbers and
findings of the good project; several of them where more than one is right.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.bombs import BOMBS

CSV, STUDY, HOMES, HOSTS, NODES = (
    "layers/facilities.csv",
    "study.yaml",
    "layers/homes.gpkg",
    "layers/hosts.geojson",
    "layers/nodes.parquet",
)
NOT_NUMBERS = (
    "—",
    "约60",
    "inf",
    "-inf",
    "nan",
    "NaN",
    "-5",
    "1e308",
    "1,20,0",
    "六十",
    "60 70",
    "#REF!",
    "=1+1",
    "８．５．５",
    "0x10",
    "8/2",
    "1e",
    "++8",
    "8人次",
    "None",
)
NUMBERS = ("places_m06_12", "places_m12_24", "places_m24_36", "lon", "lat")


class Case(NamedTuple):
    """One bad input: its name, what it does to the project, and what may come of it."""

    name: str
    spoil: Callable[[Path], None]
    ends: tuple[str, ...] = ("refuse",)


def cases() -> Iterator[Case]:
    """Every case."""
    yield from cells()
    yield from files()
    yield from tables()
    yield from studies()
    yield from features()


def text(file: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    """Change the text of a file."""

    def spoil(project: Path) -> None:
        path = project / file
        path.write_bytes(change(path.read_bytes().decode("utf-8-sig")).encode("utf-8"))

    return spoil


def raw(file: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Change the bytes of a file."""

    def spoil(project: Path) -> None:
        (project / file).write_bytes(change((project / file).read_bytes()))

    return spoil


def cell(column: str, value: str, row: int = 1) -> Callable[[Path], None]:
    """Put a value into a cell of the table of facilities."""

    def change(old: str) -> str:
        lines = old.split("\n")
        cells, at = lines[row].split(","), lines[0].split(",").index(column)
        cells[at] = f'"{value}"'
        lines[row] = ",".join(cells)
        return "\n".join(lines)

    return text(CSV, change)


def cells() -> Iterator[Case]:
    """Cells that are no numbers where numbers are asked for, ids and flags that are none."""
    for column in NUMBERS:
        for value in NOT_NUMBERS:
            if column in {"lon", "lat"} and value == "-5":
                continue  # a number, far away: below
            yield Case(f"{column} is {value!r}", cell(column, value))
    for value in ("0", "-5", "1000", "37.06", "4100000"):
        yield Case(f"lon is {value}", cell("lon", value), ("refuse", "told"))
    yield Case("lon is blank", cell("lon", ""), ("refuse", "told"))
    for value in ("maybe", "2", "是的吗", "-1"):
        yield Case(f"filed is {value!r}", cell("filed", value))
    for value in ("", "F2", " F2 ", "1.0E+12", "x" * 300, "a\tb"):
        yield Case(f"id is {value!r}", cell("id", value))
    for value in ("opening", "关门?", "7"):
        yield Case(f"status is {value!r}", cell("status", value))
    yield Case("a name of 40,000 characters", cell("name", "长" * 40_000), ("told",))
    yield Case("a name with a control character", cell("name", "甲\x07乙"), ("same", "told"))
    yield Case("a name that is NA", cell("name", "NA"), ("same",))
    yield Case("full-width digits", cell("places_m24_36", "８"), ("same",))
    yield Case("a number with spaces around", cell("places_m24_36", "　8 "), ("same",))
    yield Case("a number with its own unit", cell("places_m24_36", "8个"), ("told",))


def files() -> Iterator[Case]:
    """Files that are absent, empty, cut, of another kind, or no files at all."""
    for file in (CSV, HOMES, HOSTS, NODES, "layers/edges.parquet", "layers/area.gpkg"):
        yield Case(f"{file} is absent", lambda project, f=file: (project / f).unlink())  # type: ignore[misc]
        yield Case(f"{file} is empty", raw(file, lambda _: b""))
        yield Case(f"{file} is a picture", raw(file, lambda _: b"\x89PNG\r\n\x1a\n" + b"\0" * 500))
        yield Case(f"{file} is zeros", raw(file, lambda data: b"\0" * len(data)))
        yield Case(f"{file} is a folder", lambda project, f=file: swap_for_folder(project / f))  # type: ignore[misc]
        yield Case(f"{file} is compressed", raw(file, gzip.compress))
        yield Case(f"{file} is a named pipe", lambda project, f=file: swap_for_pipe(project / f))  # type: ignore[misc]
        yield Case(f"{file} leads out of the project", lambda project, f=file: swap_for_link(project / f))  # type: ignore[misc]
    for file in (HOMES, HOSTS, NODES):
        for share in (0.3, 0.6, 0.95):
            yield Case(f"{file} is cut at {share:.0%}", raw(file, lambda data, s=share: data[: int(len(data) * s)]))  # type: ignore[misc]
    for file, bomb in (
        (HOMES, "an endless view"), (HOSTS, "nested lists"), (NODES, "the same text"), ("layers/edges.parquet", "the same numbers"),
    ):  # fmt: skip
        yield Case(f"{file} is {bomb}", lambda project, f=file, b=bomb: swap_for_bomb(project / f, b))  # type: ignore[misc]
    yield Case("the table ends in the middle of a row", raw(CSV, lambda data: data[:-9]), ("refuse", "told", "same"))


def swap_for_bomb(path: Path, name: str) -> None:
    """A file that would fill the memory, of the same kind, in the place of a file."""
    with TemporaryDirectory() as folder:
        shutil.move(BOMBS[name](Path(folder)), path)


def swap_for_folder(path: Path) -> None:
    """A folder in the place of a file."""
    path.unlink()
    path.mkdir()


def swap_for_pipe(path: Path) -> None:
    """A pipe in the place of a file: reading it would never end."""
    path.unlink()
    os.mkfifo(path)


def swap_for_link(path: Path) -> None:
    """A link that leads out of the project."""
    path.unlink()
    path.symlink_to("/etc/hostname")


def tables() -> Iterator[Case]:
    """Encodings, columns and rows of the table of facilities."""
    for encoding in ("gb18030", "utf-16", "utf-8"):
        yield Case(
            f"the table in {encoding}",
            raw(CSV, lambda d, e=encoding: d.decode("utf-8-sig").encode(e)),
            ("same", "told"),
        )  # type: ignore[misc]
    yield Case("NUL bytes in a name", raw(CSV, lambda d: d.replace(b"Second", b"Sec\0nd")))
    yield Case(
        "one row in another encoding",
        raw(CSV, lambda d: d.replace(b"Second", "第二".encode("gbk")).replace(b"Third", "第三".encode())),
    )
    yield Case("tabs for commas", text(CSV, lambda t: t.replace(",", "\t")), ("same", "told"))
    yield Case("semicolons for commas", text(CSV, lambda t: t.replace(",", ";")), ("same", "told"))
    yield Case("a field too many in every row", text(CSV, lambda t: t.replace("\nF", "\nX,F")))
    yield Case("a field too few in one row", text(CSV, lambda t: t.replace(",nursery", "", 1)))
    yield Case("two columns of one name", text(CSV, lambda t: t.replace("places_m12_24", "places_m06_12", 1)))
    yield Case("a column without a name", text(CSV, lambda t: t.replace("kind", "", 1)))
    yield Case("the ids under another name", text(CSV, lambda t: t.replace("id,", "nr,", 1)))
    yield Case("no longitude", text(CSV, lambda t: t.replace(",lon,", ",länge,", 1)))
    yield Case("longitude and latitude swapped", text(CSV, lambda t: t.replace(",lon,lat", ",lat,lon", 1)))
    yield Case("only the heads", text(CSV, lambda t: t.split("\n")[0] + "\n"))
    yield Case("a blank row", text(CSV, lambda t: t.replace("\nF2", "\n,,,,,,,,,\nF2", 1)), ("same", "told"))
    yield Case("a row twice", text(CSV, lambda t: t + t.split("\n")[1] + "\n"))
    yield Case("a quote that does not close", text(CSV, lambda t: t.replace("Second", '"Second', 1)))
    yield Case(
        "rows in another order",
        text(CSV, lambda t: "\n".join([t.split("\n")[0], *sorted(t.strip().split("\n")[1:], reverse=True)]) + "\n"),
        ("same",),
    )
    yield Case("line ends of Windows", text(CSV, lambda t: t.replace("\n", "\r\n")), ("same",))
    yield Case("a table that is no table", text(CSV, lambda _: "hello\n"))
    yield Case("a picture of a table", text(CSV, lambda _: "<html><table></table></html>\n"))


def line(old: str, new: str) -> Callable[[Path], None]:
    """Change a line of the study."""

    def change(whole: str) -> str:
        assert old in whole, old
        return whole.replace(old, new, 1)

    return text(STUDY, change)


def studies() -> Iterator[Case]:
    """Study files that are wrong, empty, hostile."""
    pairs = {
        "an unknown key": ("years:", "yearz:"), "a version that is not there": ("version: 1", "version: 2"), "a service that is not there": ("childcare_cn", "childcare"),
        "a language that is not there": ("language: en", "language: fr"), "no CRS of that name": ("EPSG:4547", "EPSG:99999"), "degrees as the working CRS": ("EPSG:4547", "EPSG:4326"),
        "feet as the working CRS": ("EPSG:4547", "EPSG:2263"), "another place's CRS": ("EPSG:4547", "EPSG:32633"), "an unknown datum": ("datum: wgs84", "datum: wgs72"),
        "no datum": ("    datum: wgs84\n", ""), "a mode that is not there": ("mode: walk", "mode: fly"), "a reach of 0": ("limit_m: 700", "limit_m: 0"),
        "a reach below 0": ("limit_m: 700", "limit_m: -700"), "a reach in words": ("limit_m: 700", "limit_m: far"), "a reach that is not finite": ("limit_m: 700", "limit_m: .inf"),
        "a reach that is no number": ("limit_m: 700", "limit_m: .nan"), "an uptake above 1": ("uptake: 1.0", "uptake: 15"), "an uptake below 0": ("uptake: 1.0", "uptake: -0.1"),
        "a share above 1": ("m24_36: 0.1", "m24_36: 10"), "a gap meant in per cent": ("gap: 0", "gap: 5"), "a gap below 0": ("gap: 0", "gap: -0.1"),
        "no budget": ("budget: { 2026: 10000000 }", "budget: {}"), "a budget below 0": ("2026: 10000000", "2026: -1"), "a budget in words": ("2026: 10000000", "2026: ten"),
        "a budget of another year": ("2026: 10000000", "2031: 10000000"), "a year before the base": ("phases: [2026]", "phases: [2010]"), "phases that fall": ("phases: [2026]", "phases: [2028, 2026]"),
        "no phases": ("phases: [2026]", "phases: []"), "a model that is not there": ("budget: { 2026: 10000000 }", "model: magic\n  budget: { 2026: 10000000 }"),
        "p below 0": ("budget: { 2026: 10000000 }", "model: mclp\n  p: -1"), "p in words": ("budget: { 2026: 10000000 }", "model: mclp\n  p: three"),
        "p with a half": ("budget: { 2026: 10000000 }", "model: mclp\n  p: 1.5"), "a time limit of 0": ("gap: 0", "time_limit_s: 0"), "a key twice": ("language: en", "language: en\nlanguage: zh"),
        "a tab": ("  residents:", "\tresidents:"), "a full-width colon": ("version: 1", "version：1"), "a list for a mapping": ("travel:\n  all: { mode: walk, limit_m: 700 }", "travel: [walk, 700]"),
        "a path out of the project": ("layers/homes.gpkg", "../../etc/passwd"), "an absolute path": ("layers/homes.gpkg", "/etc/passwd"), "an address": ("layers/homes.gpkg", "http://x/y.gpkg"),
        "a virtual path": ("layers/homes.gpkg", "/vsicurl/http://x/y.gpkg"), "an ending that is not read": ("layers/homes.gpkg", "layers/homes.dwg"), "a path with a NUL": ("layers/homes.gpkg", '"layers/a\\0b.gpkg"'),
        "an object of Python": ("language: en", "language: !!python/object/apply:os.system [id]"), "a scenario that is a list": ("plan:", "scenarios: { a: [1] }\nplan:"),
        "a scenario called base": ("plan:", "scenarios: { base: {} }\nplan:"), "a scenario with a slash": ("plan:", 'scenarios: { "a/b": {} }\nplan:'), "a scenario called ..": ("plan:", 'scenarios: { "..": {} }\nplan:'),
        "a change that names nothing": ("plan:", "scenarios: { a: { changes: [ { close: NOBODY } ] } }\nplan:"), "a change that is none": ("plan:", "scenarios: { a: { changes: [ { explode: F1 } ] } }\nplan:"),
        "no name": ("name: 小镇", "nome: 小镇"), "a role that is not there": ("  facilities:", "  facilitys:"), "no streets": ("  streets: {", "  rivers: {"), "a column that is not there": ("facility_id: id", "facility_id: ident"),
        "a measure that is not there": ("plan:", "access: { measures: [closest] }\nplan:"), "a section that is not there": ("plan:", "report: { sections: [gapz] }\nplan:"),
        "a standard that is not there": ("plan:", "standards: { reach_nowhere: 3 }\nplan:"), "a standard below 0": ("plan:", "standards: { reach_strict: -3 }\nplan:"),
    }  # fmt: skip
    for name, (old, new) in pairs.items():
        yield Case(name, line(old, new))
    whole: dict[str, Callable[[str], str]] = {
        "an empty study": lambda _: "", "a study of comments": lambda _: "# nothing\n", "a study that is a list": lambda _: "- a\n- b\n", "a study that is a word": lambda _: "hello\n",
        "two documents": lambda t: t + "\n---\n" + t, "a bomb of aliases": lambda t: t + "\nx: &a [l,l,l,l,l,l,l,l,l]\n" + "".join(f"y{i}: &b{i} [*{'a' if i == 0 else f'b{i - 1}'}{', *a' * 8}]\n" for i in range(20)),
        "5,000 brackets": lambda t: t + "\nx: " + "[" * 5000 + "]" * 5000 + "\n", "an alias of itself": lambda t: t + "\nx: &a [*a]\n", "half a surrogate": lambda t: t.replace("小镇", '"\\ud800"').replace('name: "\\ud800" {{7*7}} <script>alert(1)</script> ${1}', 'name: "\\ud800"'),
        "a name of 300 characters": lambda t: t.replace("小镇", "镇" * 300),
    }  # fmt: skip
    for name, change in whole.items():
        yield Case(name, text(STUDY, change))
    yield Case("a study in GBK", raw(STUDY, lambda d: d.decode("utf-8").encode("gbk")))
    yield Case("a study of zeros", raw(STUDY, lambda d: b"\0" * len(d)))
    yield Case("a study with a BOM", raw(STUDY, lambda d: b"\xef\xbb\xbf" + d), ("same",))
    yield Case("200 kB of comments", text(STUDY, lambda t: t + "# x\n" * 50_000), ("same",))
    yield Case("a name of a variable", line("小镇", "$(id) `id` ${HOME} %PATH%"), ("same",))
    yield Case("a budget of one yuan", line("2026: 10000000", "2026: 1"), ("same", "told", "other"))
    yield Case("an empty scenario", line("plan:", "scenarios: { a: {} }\nplan:"), ("same",))


def feature(key: str, value: object) -> Callable[[Path], None]:
    """Change the kindergarten of the layer of hosts."""

    def change(old: str) -> str:
        content = json.loads(old)
        if key == "geometry":
            content["features"][0]["geometry"] = value
        else:
            content["features"][0]["properties"][key] = value
        return json.dumps(content)

    return text(HOSTS, change)


def features() -> Iterator[Case]:
    """Geometries and values of a GeoJSON layer."""
    shapes: dict[str, object] = {
        "no geometry": None, "an empty point": {"type": "Point", "coordinates": []}, "latitude first": {"type": "Point", "coordinates": [37.04, 114.2]}, "metres as degrees": {"type": "Point", "coordinates": [520600, 4100000]},
        "words as coordinates": {"type": "Point", "coordinates": ["a", "b"]}, "null island": {"type": "Point", "coordinates": [0, 0]}, "another country": {"type": "Point", "coordinates": [2.35, 48.85]},
        "a kind of geometry that is none": {"type": "Blob", "coordinates": [1, 2]}, "a ring of two points": {"type": "Polygon", "coordinates": [[[114.2, 37.0], [114.3, 37.0]]]},
    }  # fmt: skip
    for name, shape in shapes.items():
        yield Case(f"a host with {name}", feature("geometry", shape), ("refuse", "told"))
    for key in ("classes", "capacity", "enrolment", "outdoor_m2", "storey"):
        for value in ("—", -1, "六", [1], {"a": 1}):
            yield Case(
                f"a host's {key} is {value!r}",
                feature(key, value),
                ("refuse", "told", "other") if key == "storey" else ("refuse",),
            )
    yield Case("a host without an id", feature("host_id", None))
    yield Case("a layer that is no JSON", text(HOSTS, lambda t: t[:-30]))
    yield Case("a layer of brackets", text(HOSTS, lambda _: "[" * 100_000))
    yield Case("a layer of another kind", text(HOSTS, lambda _: '{"type": "Topology", "objects": {}}'))
    yield Case(
        "a layer without features",
        text(HOSTS, lambda _: '{"type": "FeatureCollection", "features": []}'),
        ("refuse", "told", "other"),
    )
