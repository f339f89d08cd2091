"""One mistake tried: a fork of this process takes the changed module in place of the real one and runs the tests up to the first failure."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tests.mutation.groups import ROOT

LIBRARIES = "numpy pandas scipy.sparse.csgraph scipy.optimize shapely geopandas pyogrio pyproj rasterio numba highspy pydantic hypothesis ruamel.yaml"


NOT_TAKEN_IN = 98  # the tests ran on the real module: the runner is at fault


def prepare() -> None:
    """Import the libraries once; geoplan itself is imported by each child, mistake and all."""
    import importlib

    for name in LIBRARIES.split():
        importlib.import_module(name)
    import geopandas
    import hypothesis

    geopandas.GeoSeries.from_wkt(["POINT (0 0)"], crs=4326)
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile(
        "mutation", phases=phases, derandomize=True, database=None, deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    hypothesis.settings.load_profile("mutation")


class Changed(importlib.abc.MetaPathFinder):
    """Finds one module of geoplan in its changed text."""

    def __init__(self, path: str, text: str) -> None:
        self.name = path.removesuffix(".py").replace("/", ".")
        self.path, self.text = str(ROOT / path), text

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002 - the protocol of a finder
        """The changed module under its own name; nothing for any other."""
        if name != self.name:
            return None
        loader = _ChangedLoader(name, self.path)
        loader.text = self.text
        return importlib.machinery.ModuleSpec(name, loader, origin=self.path, is_package=False)


class _ChangedLoader(importlib.machinery.SourceFileLoader):
    text = ""

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - the protocol of a loader
        return compile(ast.parse(self.text), self.path, "exec")

    def exec_module(self, module: Any) -> None:
        module.__file__ = self.path
        super().exec_module(module)


class Chosen:
    """A pytest plugin that keeps the tests that were asked for, in that order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.order = {test: n for n, test in enumerate(tests)}

    def pytest_sessionstart(self) -> None:
        """Stand before pytest's own import hook, which reads a module whose doctests run from its file."""
        sys.meta_path.sort(key=lambda finder: not isinstance(finder, Changed))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the rest."""
        items[:] = sorted((i for i in items if i.nodeid in self.order), key=lambda i: self.order[i.nodeid])


def pytest_main(arguments: Sequence[str], compiled: bool, plugins: list[Any]) -> int:
    """Run pytest in this process."""
    import numba

    numba.config.DISABLE_JIT = not compiled
    common = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "--no-header", "--tb=short"]
    common += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis was imported before
    return int(pytest.main([*common, f"--rootdir={ROOT}", *arguments], plugins=plugins))


def run_tests(tests: Sequence[str], compiled: bool) -> int:
    """Run these tests up to the first failure."""
    files = dict.fromkeys(t.partition("::")[0] for t in tests)
    return pytest_main(["-x", *files], compiled, [Chosen(tests)])


def start(act: Callable[[], int], log: Path) -> int:
    """Do something in a child of its own process group, which writes into a log; the child's number."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    code = 99
    try:
        os.setsid()
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        os.chdir(ROOT)
        code = act()
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def ended(child: int, since: float, limit_s: float) -> int | None:
    """The exit code of a child that has ended, -9 of one that is past its time and is ended here, else None."""
    done, status = os.waitpid(child, os.WNOHANG)
    if done:
        return os.waitstatus_to_exitcode(status)
    if time.monotonic() - since > limit_s:
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return -int(signal.SIGKILL)
    return None


def forked(act: Callable[[], int], log: Path, limit_s: float) -> int:
    """Do something in a child and wait for it."""
    child, since = start(act, log), time.monotonic()
    while (code := ended(child, since, limit_s)) is None:
        time.sleep(0.05)
    return code


def changed(path: str, text: str, tests: Sequence[str], compiled: bool) -> int:
    """In a child: take a changed module in and run the tests; 0 is a mistake that nobody noticed."""
    finder = Changed(path, text)
    sys.meta_path.insert(0, finder)
    code = run_tests(tests, compiled)
    taken_in = isinstance(getattr(sys.modules.get(finder.name), "__loader__", None), _ChangedLoader)
    return code if code or taken_in else NOT_TAKEN_IN
