"""Publish: the files of one scenario, written, read back and put in place as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from geoplan import plugins
from geoplan.errors import Finding, InputError, Text
from geoplan.files import make_folder, write_text
from geoplan.result import Result
from geoplan.sources.provenance import sha256
from geoplan.study import manifest
from geoplan.study.numbers import to_json
from geoplan.study.scenarios import Study


def publish(study: Study, result: Result, folder: Path, key: str, say: Callable[[str], None]) -> None:
    """Write a scenario into its folder, all files or none; raises `InputError` where an input changed meanwhile."""
    with manifest.publishing(folder) as staging:
        write_text(staging / manifest.RESULTS, to_json(result.numbers))
        for name in written(result):
            say(name)
            plugins.output(name)(result, staging / name)
        for form in result.report.get("also", ()):
            say(f"layers: {form}")
            make_folder(staging / "layers")
            plugins.on_request(form)(result, staging / "layers")
        if set(plugins.REPORT) & set(written(result)):
            say("report read back")
            plugins.check_report(result, staging)
        plugins.check_layers(result, staging)
        if "public" in result.report.get("editions", ()):
            say("public edition")
            _write_public(replace(result, edition="public"), staging / manifest.PUBLIC)
        about: dict[str, Any] = {"study": study.path.name, "scenario": result.scenario, "key": key}
        about |= {"beside": bool(result.beside), "inputs": [vars(s) for s in result.sources]}
        check_unchanged(study, result)
        manifest.write_manifest(staging, about)


def written(result: Result) -> list[str]:
    """The files that a scenario writes beside results.json, in their order."""
    asked = result.settings.get("outputs")
    return [name for name in plugins.OUTPUTS if asked is None or name in asked]


def check_unchanged(study: Study, result: Result) -> None:
    """Raise `InputError` with every input whose bytes are no longer those that were read: the numbers would not be its own."""
    changed = [s for s in result.sources if _now(study.folder / s.path) != s.sha256]
    if changed:
        problem = Text("the file was changed while the run went on", "运行过程中该文件被修改")
        advice = Text("leave the layers alone during a run; run again", "运行期间请勿修改图层；请重新运行")
        raise InputError([Finding("GP-O120", s.path, s.role, problem, advice) for s in changed])


def _now(path: Path) -> str:
    return sha256(path) if path.exists() else ""


def _write_public(result: Result, folder: Path) -> None:
    """The report and the workbook of the public edition, read back as well."""
    make_folder(folder)
    for name in (n for n in plugins.REPORT if n in written(result)):
        plugins.output(name)(result, folder / name)
    plugins.check_report(result, folder)
