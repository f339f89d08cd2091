"""Which test reaches which line (with what its shared fixtures reach), how long it takes, and what share of the branches they reach."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.mutation import trial
from tests.mutation.groups import ROOT, Group

SHARED = ("session", "package", "module", "class")


@dataclass(frozen=True)
class Reached:
    """Lines by path, each with the tests that reach it; the seconds of each test; the branches (there, reached) by path."""

    lines: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]
    branches: dict[str, tuple[int, int]]
    missing: dict[str, list[Any]]

    def tests(self, path: str, line: int) -> list[str]:
        """The tests of a line, the quickest first; of a line that runs at import, those of the whole module."""
        of_module = self.lines.get(path, {})
        named = of_module.get(line) or sorted({t for tests in of_module.values() for t in tests})
        return sorted(named, key=lambda t: (self.seconds.get(t, 0.0), t))


class Contexts:
    """A pytest plugin that tells `coverage` which test, or which shared fixture, is at work."""

    def __init__(self, coverage: Any) -> None:
        self.coverage, self.seconds, self.fixtures, self.failed = coverage, {}, {}, []  # type: ignore[var-annotated]

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Each test is a context of its own."""
        self.coverage.switch_context(item.nodeid)
        self.fixtures[item.nodeid] = list(getattr(item, "fixturenames", ()))
        began = time.monotonic()
        yield
        self.seconds[item.nodeid] = time.monotonic() - began
        self.coverage.switch_context("")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
        """What a shared fixture reaches counts for every test that asks for it."""
        if fixturedef.scope in SHARED:
            self.coverage.switch_context(f"fixture:{fixturedef.argname}")
            yield
            self.coverage.switch_context(request._pyfuncitem.nodeid if hasattr(request, "_pyfuncitem") else "")
        else:
            yield

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Tests that fail without any mistake are told."""
        if report.failed:
            self.failed.append(report.nodeid)


def measure(group: Group, tests: list[str], out: Path) -> Reached:
    """Run the tests in a child under `coverage` and keep what they reach in `out`; what stands there already is read."""
    if not tests:
        return Reached({}, {}, {}, {})
    if not out.exists():
        code = trial.forked(lambda: _measured(group, tests, out), out.with_suffix(".log"), 3600.0)
        if not out.exists():
            raise SystemExit(f"the tests cannot be measured (exit {code}); see {out.with_suffix('.log')}")
    return _read(json.loads(out.read_text(encoding="utf-8")))


def _measured(group: Group, tests: list[str], out: Path) -> int:
    import coverage

    paths = [str(p) for p in group.sources()]
    watch = coverage.Coverage(data_file=str(out.with_suffix(".data")), branch=True, include=paths, messages=False)
    watch.erase()
    watch.start()
    plugin = Contexts(watch)
    code = trial.pytest_main(tests, group.compiled, [plugin])
    watch.stop()
    watch.save()
    report = out.with_suffix(".report.json")
    watch.json_report(outfile=str(report))
    found = {"lines": _lines(watch.get_data(), plugin), "seconds": plugin.seconds, "failed": plugin.failed}
    found |= _branches(json.loads(report.read_text(encoding="utf-8")), group)
    out.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return code


def _lines(data: Any, plugin: Contexts) -> dict[str, dict[int, list[str]]]:
    """By path and line the tests that reach it, those of a fixture put in for it."""
    users = defaultdict(list)
    for test, fixtures in plugin.fixtures.items():
        for name in fixtures:
            users[f"fixture:{name}"].append(test)
    found: dict[str, dict[int, list[str]]] = {}
    for file in data.measured_files():
        by_line = {
            line: sorted({t for c in contexts for t in (users[c] if c.startswith("fixture:") else [c]) if t})
            for line, contexts in data.contexts_by_lineno(file).items()
        }
        found[Path(file).relative_to(ROOT).as_posix()] = by_line
    return found


def _branches(report: dict[str, Any], group: Group) -> dict[str, Any]:
    """The branches of each module, or of its one function, and those that no test takes."""
    branches, missing = {}, {}
    for path, function in group.sources().items():
        name = path.relative_to(ROOT).as_posix()
        entry = report["files"].get(name) or report["files"].get(str(path))
        if entry is None:
            raise SystemExit(f"no test imports {name}")
        part = entry["functions"][function] if function else entry
        branches[name] = (part["summary"]["num_branches"], part["summary"]["covered_branches"])
        missing[name] = [part["missing_lines"], part["missing_branches"]]
    return {"branches": branches, "missing": missing}


def _read(found: dict[str, Any]) -> Reached:
    if found["failed"]:
        print("failed without any mistake (left out):", *found["failed"], sep="\n  ")
    lost = set(found["failed"])
    lines = {
        path: {int(line): [t for t in tests if t not in lost] for line, tests in by_line.items()}
        for path, by_line in found["lines"].items()
    }
    branches = {path: (pair[0], pair[1]) for path, pair in found["branches"].items()}
    return Reached(lines, found["seconds"], branches, found["missing"])
