"""Publishing a scenario whole or not at all: stage, hash, read back, rename, manifest last; and checking it again later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from geoplan import files
from geoplan.errors import CheckFailed, Finding, InputError, Text
from geoplan.sources.provenance import sha256
from geoplan.study.numbers import check_numbers

MANIFEST = "manifest.json"
RESULTS = "results.json"
PUBLIC = "public"  # the folder of the public edition
LIBRARIES = ("numpy", "scipy", "pandas", "geopandas", "shapely", "pyproj", "highspy")


def content_key(settings: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
    """What a scenario's outputs depend on, as one hash: its settings, the bytes of its inputs, the versions."""
    text = json.dumps([settings, inputs, versions()], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def versions() -> dict[str, str]:
    """The versions of geoplan and of the libraries that its numbers come from."""
    return {name: version(name) for name in ("geoplan", *LIBRARIES)}


@contextmanager
def publishing(folder: Path) -> Iterator[Path]:
    """A staging folder beside `folder` that takes its place when the block ends well, and vanishes when it does not.

    Raises `InputError` before anything is computed if `folder` holds files that geoplan did not write, `ResourceError` if the machine
    refuses to write.
    """
    refuse_foreign(folder)
    with files.staged(folder, is_whole) as staging:
        yield staging
        verify(staging)  # read back before it is published


def refuse_foreign(folder: Path) -> None:
    """Raise `InputError` if a folder to be replaced is not one that geoplan wrote."""
    if folder.exists() and not (folder.is_dir() and ((folder / MANIFEST).is_file() or not any(folder.iterdir()))):
        problem = Text(
            "this folder was not written by geoplan and is not replaced", "该文件夹不是 geoplan 生成的，不会覆盖"
        )
        raise InputError(
            Finding("GP-O001", str(folder), "--out", problem, Text("choose another --out", "请另选 --out"))
        )


def write_manifest(folder: Path, about: Mapping[str, Any]) -> None:
    """Write `manifest.json`: the hash and size of every other file, in subfolders too, and what the run was made from."""
    there = {name: {"sha256": sha256(f), "bytes": f.stat().st_size} for name, f in _files(folder).items()}
    record = {"geoplan": versions(), **about, "files": there}
    files.write_text(folder / MANIFEST, json.dumps(record, ensure_ascii=False, indent=1) + "\n")


def _files(folder: Path) -> dict[str, Path]:
    """Every file below a folder by its path from there, parts joined by "/", in alphabetical order."""
    found = {f.relative_to(folder).as_posix(): f for f in folder.rglob("*") if not f.is_dir()}
    return dict(sorted(found.items()))


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a scenario's folder; raises `InputError` if there is none."""
    try:
        return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))  # type: ignore[no-any-return]
    except (OSError, ValueError) as error:
        problem = Text(f"no readable manifest.json ({error})", f"没有可读的 manifest.json（{error}）")
        advice = Text("give the folder of one scenario of a finished run", "请给出一次完整运行的情景文件夹")
        raise InputError(Finding("GP-O002", str(folder), "", problem, advice)) from None


def read_results(folder: Path) -> dict[str, Any]:
    """The numbers of a scenario's folder."""
    return json.loads((folder / RESULTS).read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def is_whole(folder: Path) -> bool:
    """Whether a folder holds a manifest and every file as the manifest says."""
    try:
        stated = read_manifest(folder)["files"]
        return set(stated) == set(_files(folder)) - {MANIFEST} and all(
            sha256(folder / name) == said["sha256"] for name, said in stated.items()
        )
    except (OSError, InputError, KeyError):
        return False


def is_current(folder: Path, key: str) -> bool:
    """Whether a folder holds the whole outputs of exactly this content."""
    try:
        return read_manifest(folder)["key"] == key and verify(folder) is not None
    except (InputError, CheckFailed, KeyError):
        return False


def verify(folder: str | Path, say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Check a scenario's folder against its manifest and its numbers against each other; returns the numbers.

    Every file must be there with its hash, in subfolders too, none may be added; `results.json` must add up (`check_numbers`) and agree
    with the layers. Raises `CheckFailed` naming the first claim that does not hold.
    """
    folder = Path(folder)
    stated = read_manifest(folder)["files"]
    there = set(_files(folder)) - {MANIFEST}
    if odd := sorted(there ^ set(stated)):
        raise CheckFailed(f"{folder}: files missing from or added to the manifest: {', '.join(odd)}")
    for name, said in stated.items():
        if sha256(folder / name) != said["sha256"]:
            raise CheckFailed(f"{folder / name}: the file was changed after the run")
        say(f"{name}: as written")
    found = read_results(folder)
    check_numbers(found)
    say(f"{RESULTS}: people, places and money add up")
    if "layers.gpkg" in stated:
        _check_layers(folder / "layers.gpkg", found)
        say("layers.gpkg: agrees with results.json")
    return found


def _check_layers(path: Path, found: Mapping[str, Any]) -> None:
    import pyogrio

    there = set(pyogrio.list_layers(path)[:, 0])
    lived_in = found["population_total"] is not None
    areas = "residential_areas" if lived_in else found["demand_layer"]
    for layer, expected in (
        (areas, found["demand_points"]),
        ("facilities", found["facilities"]),
        ("options", found["options"]["count"]),
        *((layer, len(found["plan"]["sites"]) if found["plan"] else 0) for layer in ("plan", "recommended_sites")),
    ):
        rows = pyogrio.read_info(path, layer=layer)["features"] if layer in there else 0  # empty layers are left out
        if rows != expected:
            raise CheckFailed(f"{path}: layer {layer} has {rows} rows, results.json says {expected}")
    if not lived_in:
        return
    people = pyogrio.read_dataframe(path, layer=areas, columns=["population"], read_geometry=False)
    if abs(people["population"].sum() - found["population_total"]) > 1e-6 * max(1, found["population_total"]):
        raise CheckFailed(
            f"{path}: residential_areas hold {people['population'].sum()} people, results.json {found['population_total']}"
        )
