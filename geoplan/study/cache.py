"""What is kept between runs: streets as they were read and networks, found again by the content of all that they came from.

An entry is named by a hash over the input files' bytes, the settings that matter and geoplan's own files, so a byte that
changes anywhere makes another entry; nothing is ever out of date. GEOPLAN_CACHE names another folder, or is `off`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pyproj
import shapely

import geoplan
from geoplan.errors import Finding, Text
from geoplan.network.graph import Network
from geoplan.profiles.mode import load_mode
from geoplan.sources.provenance import sha256
from geoplan.sources.streets import Streets

T = TypeVar("T")
VARIABLE = "GEOPLAN_CACHE"
LARGEST_BYTES = 4_000_000_000  # of all entries together; the ones that were not used for longest go first
LIBRARIES = ("geopandas", "numpy", "osmium", "pyproj", "shapely")  # a new version may read or reproject otherwise
PARTS = "parts.json"  # names the parts of an entry with their hashes; written last
ARRAYS = ("node_ids", "xy", "u", "v", "forward", "backward")


def folder() -> Path | None:
    """Where entries are kept: GEOPLAN_CACHE, or the user's folder for such things; None where it is `off`."""
    import platformdirs

    said = os.environ.get(VARIABLE, "")
    if said.lower() == "off":
        return None
    return Path(said or platformdirs.user_cache_dir("geoplan", appauthor=False)).absolute()


def fingerprint(*parts: Any) -> str:
    """A hash over plain data, geoplan's own files and the libraries that read: equal only if all are."""
    text = json.dumps([parts, _program()], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def streets_key(file: Any, crs: Any, settings: Any) -> str:
    """The key of streets that are read from a file, or from a file each part, into a CRS, by such settings."""
    files = file if isinstance(file, dict) else {"": file}
    # the paths too, because findings name them
    return fingerprint({part: (str(p), sha256(p)) for part, p in files.items()}, str(crs), settings)


def streets(key: str, read: Callable[[], tuple[Streets, tuple[Finding, ...]]]) -> tuple[Streets, tuple[Finding, ...]]:
    """The streets of a key with what was found on them, as they were read before, or as `read` gives them now."""
    return _kept("streets", key, read, _write_streets, _read_streets)


def network(key: str, mode: str, unit: str | None, build: Callable[[], Network]) -> Network:
    """The network of a mode and unit from the streets of a key, as it was built before, or as `build` gives it now."""
    return _kept("network", fingerprint(key, mode, unit), build, _write_network, _read_network)


@cache
def _program() -> list[str]:
    """geoplan's own files and the libraries, so that another version never reads what this one kept."""
    root = Path(geoplan.__file__).parent
    own = sorted(p for ending in ("py", "yaml", "csv") for p in root.rglob(f"*.{ending}"))
    return [sha256(p) for p in own] + [version(name) for name in LIBRARIES]


def _kept(kind: str, key: str, make: Callable[[], T], write: Callable[[T, Path], None], read: Callable[[Path], T]) -> T:
    """The entry of a key, if it is whole; else what `make` gives, which is then kept if it can be."""
    home = folder()
    if home is None:
        return make()
    entry = home / kind / key
    if _is_whole(entry):
        os.utime(entry)  # used now
        return read(entry)
    value = make()
    try:
        _keep(entry, lambda part: write(value, part))
        _shrink(home)
    except OSError:  # a full disk or a folder that may not be written: the run goes on, only slower the next time
        pass
    return value


def _is_whole(entry: Path) -> bool:
    """Whether every part of an entry is as it was written."""
    try:
        parts = json.loads((entry / PARTS).read_text(encoding="utf-8"))
        return all(sha256(entry / name) == said for name, said in parts.items())
    except (OSError, ValueError):
        return False


def _keep(entry: Path, write: Callable[[Path], None]) -> None:
    """Write an entry beside its place and move it there whole; who comes second finds it there."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=entry.parent))
    try:
        write(part)
        hashes = {p.name: sha256(p) for p in sorted(part.iterdir())}
        (part / PARTS).write_text(json.dumps(hashes), encoding="utf-8")
        if entry.exists() and not _is_whole(entry):
            shutil.rmtree(entry)
        if not entry.exists():
            part.rename(entry)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _shrink(home: Path) -> None:
    """Take the entries away that were not used for longest, until the others fit."""
    entries = sorted(home.glob("*/[!.]*"), key=lambda e: e.stat().st_mtime, reverse=True)
    total = 0
    for entry in entries:
        total += sum(p.stat().st_size for p in entry.iterdir())
        if total > LARGEST_BYTES:
            shutil.rmtree(entry, ignore_errors=True)


def _write_streets(value: tuple[Streets, tuple[Finding, ...]], part: Path) -> None:
    found = json.dumps([vars(f) for f in value[1]], ensure_ascii=False)
    (part / "findings.json").write_text(found, encoding="utf-8")
    value[0].nodes.to_parquet(part / "nodes.parquet")
    value[0].edges.to_parquet(part / "edges.parquet")


def _read_streets(entry: Path) -> tuple[Streets, tuple[Finding, ...]]:
    found = json.loads((entry / "findings.json").read_text(encoding="utf-8"))
    findings = tuple(Finding(**{**f, "problem": Text(*f["problem"]), "advice": Text(*f["advice"])}) for f in found)
    nodes, edges = (gpd.read_parquet(entry / f"{name}.parquet") for name in ("nodes", "edges"))
    return Streets(nodes, edges), findings


def _write_network(value: Network, part: Path) -> None:
    _, xy, (starts,) = shapely.to_ragged_array(value.lines)
    arrays = {name: getattr(value, name) for name in ARRAYS}
    np.savez(part / "arrays.npz", **arrays, line_xy=xy, line_starts=starts)
    about = {"mode": value.mode.id, "unit": value.unit, "crs": value.crs.to_json()}
    (part / "about.json").write_text(json.dumps(about), encoding="utf-8")


def _read_network(entry: Path) -> Network:
    about = json.loads((entry / "about.json").read_text(encoding="utf-8"))
    with np.load(entry / "arrays.npz") as kept:
        arrays = {name: kept[name] for name in ARRAYS}
        lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, kept["line_xy"], (kept["line_starts"],))
    return Network(load_mode(about["mode"]), about["unit"], pyproj.CRS.from_json(about["crs"]), **arrays, lines=lines)
