"""Running a study: every scenario from its layers to its written files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from geoplan import plugins
from geoplan.errors import Finding, GeoplanError, InputError, ResourceError, ScenariosFailed, Text, UsageError
from geoplan.files import locked, make_folder, write_text
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
    what is being done. Raises `InputError` with all problems at once before anything is written. A scenario that fails does not
    stop the others: after them its error is raised, of several scenarios within `ScenariosFailed`. Only one run at a time works
    in `out`; a second one raises `ResourceError`.
    """
    if unknown := sorted(set(only) - set(study.scenarios)):
        raise UsageError(f"no scenario is called {unknown[0]!r}; there are: {', '.join(study.scenarios)}")
    wanted = [s for n, s in study.scenarios.items() if not only or n in only]
    folders = {s.name: Path(out) / s.name for s in wanted} if out else {}
    for folder in folders.values():
        manifest.refuse_foreign(folder)
    check_files(study, allow_outside)
    with locked(Path(out), lambda text: progress("", text)) if out else nullcontext():
        batch = Batch(study, folders, resume, allow_outside, progress)
        batch.run(wanted, jobs)
    batch.raise_failures()
    return {s.name: made for s in wanted if (made := batch.done[s.name]) is not None}


@dataclass
class Batch:
    """Several scenarios of a study: what is done (None where `resume` found it done), and what failed."""

    study: Study
    folders: Mapping[str, Path]
    resume: bool
    allow_outside: bool
    progress: Progress
    done: dict[str, Result | None] = field(default_factory=dict)
    failures: dict[str, GeoplanError] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)

    def run(self, wanted: Sequence[Scenario], jobs: int) -> None:
        """The base first, for the others are compared with it; then one after the other, or several at once."""
        at_once = jobs > 1 and len(wanted) > 1
        memo = Memo()
        for scenario in [s for s in wanted if s.name == BASE] if at_once else wanted:
            self.take(scenario, lambda s=scenario: self.one(s, memo, self.progress))  # type: ignore[misc]
        if rest := [s for s in wanted if s.name not in self.done | self.failures]:
            self.in_parallel(rest, jobs)

    def one(self, scenario: Scenario, memo: Memo, progress: Progress) -> Result | None:
        """One scenario in this process."""
        folder = self.folders.get(scenario.name)
        return run_scenario(self.study, scenario, folder, memo, self.resume, self.allow_outside, progress, self.beside)

    def take(self, scenario: Scenario, make: Callable[[], Result | None]) -> None:
        """Keep what was made of a scenario, or why it failed."""
        try:
            made = make()
        except GeoplanError as error:
            if scenario.name == BASE and isinstance(error, InputError):
                raise  # what is wrong with the layers is wrong in every scenario
            self.failures[scenario.name] = error
            self.progress(scenario.name, f"failed: {error}")
            return
        self.done[scenario.name] = made
        if scenario.name == BASE:
            self.beside = dict(made.numbers) if made else manifest.read_results(self.folders[BASE])

    def in_parallel(self, wanted: Sequence[Scenario], jobs: int) -> None:
        """Each scenario in a process of its own; those that a killed process left open are run again, each alone."""
        lost = self.in_pool(wanted, min(jobs, len(wanted)))
        for scenario in lost:
            self.progress(scenario.name, "its process was killed; once more, alone")
            if self.in_pool([scenario], 1):
                self.take(scenario, killed)

    def in_pool(self, wanted: Sequence[Scenario], jobs: int) -> list[Scenario]:
        """Run scenarios in processes; returns those whose process was killed (by the system, when memory runs out)."""
        lost = []
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            try:
                tasks = {s.name: pool.submit(self.alone, s) for s in wanted}
                for scenario in wanted:
                    try:
                        self.take(scenario, tasks[scenario.name].result)
                    except BrokenProcessPool:
                        lost.append(scenario)
                        continue
                    if scenario.name in self.done:
                        self.progress(scenario.name, "done")
            except BaseException:  # Ctrl-C or the like: the others are not waited for
                for process in list(getattr(pool, "_processes", {}).values()):
                    process.terminate()
                raise
        return lost

    def alone(self, scenario: Scenario) -> Result | None:
        """One scenario in a process of its own."""
        return self.one(scenario, Memo(), nothing)

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs: not what is done, and not who is told."""
        return {**self.__dict__, "progress": nothing, "done": {}, "failures": {}}

    def raise_failures(self) -> None:
        """Raise what failed: the error itself where nothing else came out, else all of them."""
        if not self.failures:
            return
        if not self.done and len({str(error) for error in self.failures.values()}) == 1:
            raise next(iter(self.failures.values()))
        raise ScenariosFailed(self.failures, self.done)


def nothing(_scenario: str, _stage: str) -> None:
    """Nobody is told."""


def killed() -> Result | None:
    """What became of a scenario whose process was killed twice."""
    raise ResourceError(
        "its process was killed twice, most likely for want of memory; close other programs or use --jobs 1"
    )


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
        _write(study, result, folder, key, say)
    say("done")
    return result


def _write(study: Study, result: Result, folder: Path, key: str, say: Callable[[str], None]) -> None:
    with manifest.publishing(folder) as staging:
        write_text(staging / manifest.RESULTS, to_json(result.numbers))
        for name in plugins.OUTPUTS:
            say(name)
            plugins.output(name)(result, staging / name)
        for form in result.report.get("also", ()):
            say(f"layers: {form}")
            make_folder(staging / "layers")
            plugins.on_request(form)(result, staging / "layers")
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
    for name in plugins.REPORT:
        plugins.output(name)(result, folder / name)
    plugins.check_report(result, folder)
