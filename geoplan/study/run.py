"""Running a study: every scenario from its layers to its written files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.errors import GeoplanError, InputError, ResourceError, ScenariosFailed, UsageError
from geoplan.files import locked
from geoplan.result import Result
from geoplan.sources.provenance import sha256
from geoplan.study import line, manifest
from geoplan.study.compare import row
from geoplan.study.given import check_files, read_given
from geoplan.study.memo import Memo
from geoplan.study.numbers import check_numbers, numbers, to_json
from geoplan.study.publish import publish
from geoplan.study.rules import service_of
from geoplan.study.scenarios import Scenario, Study
from geoplan.study.variants import BASE

Progress = Callable[[str, str], None]
SHOWN = 20  # names in a message
SAID = {"layer", "network", "known", "measured", "targets"}  # stages that a planner is told were not computed again
KILLED = "its process was killed twice, most likely for want of memory; close other programs or use --jobs 1"


def run(
    study: Study,
    out: str | Path | None = None,
    *,
    only: Sequence[str] = (),
    resume: bool = False,
    jobs: int = 1,
    allow_outside: bool = False,
    progress: Progress = lambda _scenario, _stage: None,
    executor: Executor | None = None,
) -> dict[str, Result]:
    """Compute the scenarios of a study and, with `out`, write its files into `out/<scenario>/`.

    `only` names the scenarios to run (default all). `resume` leaves out those whose folder already holds the outputs of
    the same settings, inputs and versions. `jobs` is how many scenarios run at once; with an `executor` (such as that of a Dask client)
    they run there. `progress(scenario, stage)` is told what is being done. Raises `InputError` with all problems at once before
    anything is written. A scenario that fails does not stop the others: after them its error is raised, of several scenarios within
    `ScenariosFailed`. Only one run at a time works in `out`; a second one raises `ResourceError`.
    """
    batch = run_batch(
        study,
        out,
        only=only,
        resume=resume,
        jobs=jobs,
        allow_outside=allow_outside,
        progress=progress,
        executor=executor,
        keep=True,
    )
    batch.raise_failures()
    return {name: made for name, made in batch.in_order(batch.results).items() if made is not None}


def run_batch(
    study: Study,
    out: str | Path | None = None,
    *,
    only: Sequence[str] = (),
    resume: bool = False,
    jobs: int = 1,
    allow_outside: bool = False,
    progress: Progress = lambda _scenario, _stage: None,
    executor: Executor | None = None,
    keep: bool = False,
) -> Batch:
    """As `run`, for hundreds of scenarios: of each only its row of the table is kept, unless `keep` asks for its Result; nothing is raised for those that fail."""
    if unknown := sorted(set(only) - set(study.scenarios)):
        near = ", ".join(list(study.scenarios)[:SHOWN]) + (", …" if len(study.scenarios) > SHOWN else "")
        raise UsageError(f"no scenario is called {unknown[0]!r}; there are: {near}")
    if executor is not None:
        study = replace(study, path=study.path.resolve())  # who runs it may stand in another folder
    wanted = [s for n, s in study.scenarios.items() if not only or n in only]
    folders = {s.name: Path(out).resolve() / s.name for s in wanted} if out else {}
    for folder in folders.values():
        manifest.refuse_foreign(folder)
    check_files(study, allow_outside)
    with locked(Path(out), lambda text: progress("", text)) if out else nullcontext():
        batch = Batch(study, folders, resume, allow_outside, progress, keep)
        batch.run(wanted, jobs, executor)
    return batch


@dataclass
class Batch:
    """Several scenarios of a study: the row of each that is done, its Result where that is kept (None where `resume` found it done), and what failed."""

    study: Study
    folders: Mapping[str, Path]
    resume: bool
    allow_outside: bool
    progress: Progress
    keep: bool = True
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    results: dict[str, Result | None] = field(default_factory=dict)
    found_done: set[str] = field(default_factory=set)
    failures: dict[str, GeoplanError] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)

    def run(self, wanted: Sequence[Scenario], jobs: int, executor: Executor | None = None) -> None:
        """The base first, for the others are compared with it; then one after the other, or several at once.

        Scenarios that share everything before the plan follow one another, so that it is computed once for all of them.
        """
        elsewhere = (jobs > 1 or executor is not None) and len(wanted) > 1
        memo = Memo()
        for scenario in [s for s in wanted if s.name == BASE]:
            self.take(self.one(scenario, memo, self.progress))
        rest = [group for s in together(wanted) if (group := [m for m in s if m.name != BASE])]
        if elsewhere and rest:
            self.in_parallel(split(rest, max(jobs, 1)), jobs, executor)
            return
        for scenario in (s for group in rest for s in group):
            self.take(self.one(scenario, memo, self.progress))

    def one(self, scenario: Scenario, memo: Memo, progress: Progress) -> Ended:
        """How one scenario ended in this process."""
        memo.begin()
        folder = self.folders.get(scenario.name)
        try:
            made = run_scenario(
                self.study, scenario, folder, memo, self.resume, self.allow_outside, progress, self.beside
            )
        except GeoplanError as error:
            return Ended(scenario.name, error=error)
        if memo.reused & SAID:
            progress(scenario.name, f"as before: {', '.join(sorted(memo.reused & SAID))}")
        found = made.numbers if made else manifest.read_results(self.folders[scenario.name])
        numbers = dict(found) if scenario.name == BASE else {}
        return Ended(
            scenario.name, made if self.keep else None, row(found) | dict(scenario.swept), made is None, numbers
        )

    def take(self, ended: Ended) -> None:
        """Keep what came of a scenario, or why it failed."""
        if ended.error is not None:
            if ended.name == BASE and isinstance(ended.error, InputError):
                raise ended.error  # what is wrong with the layers is wrong in every scenario
            self.failures[ended.name] = ended.error
            self.progress(ended.name, f"failed: {ended.error}")
            return
        self.rows[ended.name], self.results[ended.name] = dict(ended.row), ended.result
        if ended.found_done:
            self.found_done.add(ended.name)
        if ended.name == BASE:
            self.beside = ended.numbers

    def in_parallel(self, groups: list[list[Scenario]], jobs: int, executor: Executor | None) -> None:
        """Each group in a process of its own; the scenarios that a killed process left open are run again, each alone."""
        if executor is not None:
            lost = self.handed_out(executor, groups)
        else:
            lost = self.in_pool(groups, min(jobs, len(groups)))
        for scenario in lost:
            self.progress(scenario.name, "its process was killed; once more, alone")
            if self.in_pool([[scenario]], 1):
                self.take(Ended(scenario.name, error=ResourceError(KILLED)))

    def in_pool(self, groups: Sequence[list[Scenario]], jobs: int) -> list[Scenario]:
        """Run groups in processes of this machine; returns the scenarios whose process was killed (by the system, when memory runs out)."""
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            try:
                return self.handed_out(pool, groups)
            except BaseException:  # Ctrl-C or the like: the others are not waited for
                for process in list(getattr(pool, "_processes", {}).values()):
                    process.terminate()
                raise

    def handed_out(self, executor: Executor, groups: Sequence[list[Scenario]]) -> list[Scenario]:
        """Run groups by an executor and take what comes back, as it comes; returns the scenarios that were lost with their process."""
        lost: list[Scenario] = []
        tasks = {executor.submit(self.alone, group): group for group in groups}
        for task in as_completed(tasks):
            try:
                ends = task.result()
            except GeoplanError:
                raise
            except Exception as error:
                if not isinstance(error, BrokenExecutor) and type(error).__name__ != "KilledWorker":
                    raise
                lost += tasks[task]
                continue
            for ended in ends:
                self.take(ended)
                if ended.error is None:
                    self.progress(ended.name, "done")
        return lost

    def alone(self, group: Sequence[Scenario]) -> list[Ended]:
        """How each scenario of a group ended, in a process of its own."""
        memo = Memo()
        return [self.one(scenario, memo, nothing) for scenario in group]

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs: not what is done, and not who is told."""
        return {**self.__dict__, "progress": nothing, "rows": {}, "results": {}, "failures": {}, "found_done": set()}

    def in_order(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """What was found by scenario, in the order of the study."""
        return {name: found[name] for name in self.study.scenarios if name in found}

    def table(self) -> pd.DataFrame:
        """One row a scenario, as `compare`, with the values that a sweep set; of one that failed only why, in the column `failed`."""
        rows = dict(self.rows) | {name: {"failed": str(error)} for name, error in self.failures.items()}
        return pd.DataFrame.from_dict(self.in_order(rows), orient="index").rename_axis("scenario")

    def raise_failures(self) -> None:
        """Raise what failed: the error itself where nothing else came out, else all of them."""
        if not self.failures:
            return
        if not self.rows and len({str(error) for error in self.failures.values()}) == 1:
            raise next(iter(self.failures.values()))
        raise ScenariosFailed(self.in_order(self.failures), self.in_order(self.rows))


@dataclass(frozen=True)
class Ended:
    """How a scenario ended: its row of the table and its Result where that is kept, or its error."""

    name: str
    result: Result | None = None
    row: Mapping[str, Any] = field(default_factory=dict)
    found_done: bool = False
    numbers: Mapping[str, Any] = field(default_factory=dict)
    error: GeoplanError | None = None


def together(wanted: Sequence[Scenario]) -> list[list[Scenario]]:
    """The scenarios in groups that share everything before the plan, in the order of the first of each."""
    groups: dict[str, list[Scenario]] = {}
    for scenario in wanted:
        groups.setdefault(json.dumps(line.known_by(scenario.settings), sort_keys=True, default=str), []).append(
            scenario
        )
    return list(groups.values())


def split(groups: list[list[Scenario]], jobs: int) -> list[list[Scenario]]:
    """The groups, the largest halved until there is one for every job, or none has two scenarios; the largest first."""
    parts = sorted(groups, key=len, reverse=True)
    while len(parts) < jobs and len(parts[0]) > 1:
        largest = parts.pop(0)
        half = len(largest) // 2
        parts = sorted([*parts, largest[:half], largest[half:]], key=len, reverse=True)
    return parts


def nothing(_scenario: str, _stage: str) -> None:
    """Nobody is told."""


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
        publish(study, result, folder, key, say)
    say("done")
    return result
