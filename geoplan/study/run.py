"""Running a study: every scenario from its layers to its written files."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from geoplan import plugins
from geoplan.errors import UsageError
from geoplan.result import Result
from geoplan.sources.provenance import sha256
from geoplan.study import line, manifest
from geoplan.study.given import check_files, read_given
from geoplan.study.memo import Memo
from geoplan.study.numbers import check_numbers, numbers, to_json
from geoplan.study.rules import service_of
from geoplan.study.scenarios import BASE, Scenario, Study

Progress = Callable[[str, str], None]


def run(
    study: Study,
    out: str | Path | None = None,
    *,
    only: Sequence[str] = (),
    resume: bool = False,
    jobs: int = 1,
    allow_outside: bool = False,
    progress: Progress = lambda _scenario, _stage: None,
) -> dict[str, Result]:
    """Compute the scenarios of a study and, with `out`, write its files into `out/<scenario>/`.

    `only` names the scenarios to run (default all). `resume` leaves out those whose folder already holds the outputs of
    the same settings, inputs and versions. `jobs` is how many scenarios run at once. `progress(scenario, stage)` is told
    what is being done. Raises `InputError` with all problems at once before anything is written.
    """
    if unknown := sorted(set(only) - set(study.scenarios)):
        raise UsageError(f"no scenario is called {unknown[0]!r}; there are: {', '.join(study.scenarios)}")
    wanted = [s for n, s in study.scenarios.items() if not only or n in only]
    folders = {s.name: Path(out) / s.name for s in wanted} if out else {}
    for folder in folders.values():
        manifest.refuse_foreign(folder)
    check_files(study, allow_outside)
    memo, done, beside = Memo(), dict[str, Result | None](), dict[str, Any]()
    at_once = jobs > 1 and len(wanted) > 1
    first = [s for s in wanted if s.name == BASE] if at_once else wanted  # the others are compared with the base
    for scenario in first:
        made = run_scenario(study, scenario, folders.get(scenario.name), memo, resume, allow_outside, progress, beside)
        done[scenario.name] = made
        if scenario.name == BASE:
            beside = dict(made.numbers) if made else manifest.read_results(folders[BASE])
    if rest := [s for s in wanted if s.name not in done]:
        done |= _in_parallel(study, rest, folders, jobs, resume, allow_outside, progress, beside)
    return {name: result for name, result in done.items() if result is not None}


def _in_parallel(
    study: Study,
    wanted: list[Scenario],
    folders: dict[str, Path],
    jobs: int,
    resume: bool,
    allow_outside: bool,
    progress: Progress,
    beside: Mapping[str, Any],
) -> dict[str, Result | None]:
    """Each scenario in a process of its own; the order of the results is that of the study."""
    with ProcessPoolExecutor(min(jobs, len(wanted)), mp_context=get_context("spawn")) as pool:
        tasks = {
            s.name: pool.submit(
                run_scenario, study, s, folders.get(s.name), Memo(), resume, allow_outside, beside=beside
            )
            for s in wanted
        }
        done = {}
        for name, task in tasks.items():
            done[name] = task.result()
            progress(name, "done")
    return done


def run_scenario(
    study: Study,
    scenario: Scenario,
    folder: Path | None,
    memo: Memo,
    resume: bool = False,
    allow_outside: bool = False,
    progress: Progress = lambda _scenario, _stage: None,
    beside: Mapping[str, Any] | None = None,
) -> Result | None:
    """One scenario, compared with the numbers `beside`, those of the base; None if `resume` found it done."""
    started = time.monotonic()

    def say(stage: str) -> None:
        progress(scenario.name, stage)

    say("layers")
    settings = scenario.settings
    service = service_of(settings)
    given = read_given(study, scenario, service, memo, allow_outside)
    inputs = {f"{s.role}:{s.path}": s.sha256 for s in given.sources}
    inputs |= {"template": sha256(given.template)} if given.template else {}
    inputs |= {"beside": to_json(beside)} if beside else {}
    key = manifest.content_key(settings.plain(), inputs)
    if resume and folder and manifest.is_current(folder, key):
        say("already done")
        return None
    result = line.result_of(scenario, given, service, line.compute(settings, given, service, memo, say))
    result = replace(result, numbers=numbers(result), beside=beside or {})
    check_numbers(result.numbers)
    if folder:
        _write(study, result, folder, key, say, started)
    say("done")
    return result


def _write(study: Study, result: Result, folder: Path, key: str, say: Callable[[str], None], started: float) -> None:
    with manifest.publishing(folder) as staging:
        (staging / manifest.RESULTS).write_text(to_json(result.numbers), encoding="utf-8")
        for name in plugins.OUTPUTS:
            say(name)
            plugins.output(name)(result, staging / name)
        for form in result.report.get("also", ()):
            say(f"layers: {form}")
            (staging / "layers").mkdir(exist_ok=True)
            plugins.on_request(form)(result, staging / "layers")
        say("report read back")
        plugins.check_report(result, staging)
        if "public" in result.report.get("editions", ()):
            say("public edition")
            _write_public(replace(result, edition="public"), staging / manifest.PUBLIC)
        about: dict[str, Any] = {"study": study.path.name, "scenario": result.scenario, "key": key}
        about |= {"seconds": round(time.monotonic() - started, 1), "inputs": [vars(s) for s in result.sources]}
        manifest.write_manifest(staging, about)


def _write_public(result: Result, folder: Path) -> None:
    """The report and the workbook of the public edition, read back as well."""
    folder.mkdir()
    for name in plugins.REPORT:
        plugins.output(name)(result, folder / name)
    plugins.check_report(result, folder)
