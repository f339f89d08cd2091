"""Reproducing a scenario: run again from its study and layers in a folder apart, and hold every file against the manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from geoplan.errors import CheckFailed, Finding, InputError, Text
from geoplan.sources.provenance import sha256
from geoplan.study import manifest
from geoplan.study.explained import study_of
from geoplan.study.run import run
from geoplan.study.scenarios import load_study
from geoplan.study.variants import BASE


@dataclass(frozen=True)
class Reproduced:
    """What came of it: the files that came out the same, byte by byte, those that did not, and versions that have changed since."""

    same: tuple[str, ...]
    differ: tuple[str, ...]
    versions: dict[str, tuple[str, str]]


def reproduce(
    folder: Path | str, study: Path | None = None, say: Callable[[str, str], None] = lambda *_: None
) -> Reproduced:
    """Run the scenario of a folder again, with the base where the manifest says that it stood beside it.

    Raises `InputError` with every input that is missing or changed, `CheckFailed` if files come out otherwise although inputs and
    versions are the same.
    """
    folder = Path(folder)
    record = manifest.read_manifest(folder)
    path = study or study_of(folder, str(record["study"]))
    check_inputs(path, record)
    name = str(record["scenario"])
    with TemporaryDirectory(prefix="geoplan-") as apart:
        wanted = [name] if name == BASE or not record.get("beside") else [BASE, name]
        run(load_study(path), Path(apart), only=wanted, progress=say)
        again = manifest.read_manifest(Path(apart) / name)
    stated = {n: said["sha256"] for n, said in record["files"].items()}
    made = {n: said["sha256"] for n, said in again["files"].items()}
    every = sorted(stated.keys() | made.keys())
    differ = tuple(n for n in every if stated.get(n) != made.get(n))
    now = manifest.versions()
    changed = {n: (v, now.get(n, "—")) for n, v in record["geoplan"].items() if now.get(n) != v}
    if differ and not changed:
        raise CheckFailed(
            f"{folder}: made again from the same inputs by the same versions, these differ: {', '.join(differ)}"
        )
    return Reproduced(tuple(n for n in every if n not in differ), differ, changed)


def check_inputs(study: Path, record: dict[str, Any]) -> None:
    """Raise `InputError` with every input of a manifest that is not there, or not as it was."""
    findings = []
    for said in record["inputs"]:
        file = study.parent / str(said["path"])
        if file.exists() and sha256(file) == said["sha256"]:
            continue
        missing = Text("the file is missing", "文件不存在"), Text("put it back where it was", "请放回原处")
        changed = (
            Text("the file is not the one of that run", "文件与当时不同"),
            Text("put the old one back", "请恢复原文件"),
        )
        problem, advice = changed if file.exists() else missing
        findings.append(Finding("GP-O121", str(said["path"]), str(said["role"]), problem, advice))
    if findings:
        raise InputError(findings)
