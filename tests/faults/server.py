"""A run of the smallest study in a child process that was forked from one in which everything is imported and compiled already.

So a thousand runs that are killed or hit by a fault take minutes: `trial` forks, lets the child do something first (arm a fault), runs
the study there and says how the child ended.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import geoplan as gp
from geoplan.cli import _refused
from geoplan.errors import GeoplanError
from geoplan.study import manifest
from tests import smallest

SCENARIOS = "scenarios:\n  more: { demand: { uptake: 0.5 } }\n"
QUICK = ("results.json", "recommended_sites.csv", "layers.gpkg")
LONGEST_S = 120.0


def prepare(folder: Path, quick: bool = True) -> Path:
    """The smallest study with two scenarios below a folder; `quick` leaves report, map and workbook out of its runs."""
    from geoplan import plugins

    os.environ["GEOPLAN_CACHE"] = str(folder / "cache")
    path = smallest.build(folder)
    path.write_text(path.read_text(encoding="utf-8") + SCENARIOS, encoding="utf-8")
    if quick:
        for name in [n for n in plugins.OUTPUTS if n not in QUICK]:
            plugins.OUTPUTS.pop(name)
        plugins.check_report = lambda *_: None  # type: ignore[assignment]
    gp.run(gp.load_study(path), folder / "warm")  # imports, compiled code and fonts are there from now on
    return path


def trial(
    study: Path, out: Path, arm: Callable[[], None], kill_after_s: float | None = None, resume: bool = True
) -> int:
    """Run the study in a child: its exit code, or minus the signal that ended it. `arm` is called in the child before the run."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os._exit(_in_child(study, out, arm, resume))
    return _ended(child, kill_after_s)


def _in_child(study: Path, out: Path, arm: Callable[[], None], resume: bool) -> int:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 2)
    try:
        arm()
        gp.run(gp.load_study(study), out, resume=resume)
    except BaseException as error:
        if not isinstance(error, GeoplanError | KeyboardInterrupt | OSError | MemoryError):
            (out.parent / f"{out.name}.traceback").write_text(repr(error), encoding="utf-8")
        try:
            return _refused(error)
        except OSError:
            return 5
    return 0


def _ended(child: int, kill_after_s: float | None) -> int:
    """Wait for a child; kill it after some time, if it is asked for, or when it hangs."""
    began, killed = time.monotonic(), False
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        passed = time.monotonic() - began
        if not killed and passed > (LONGEST_S if kill_after_s is None else kill_after_s):
            os.kill(child, signal.SIGKILL)
            killed = True
            if kill_after_s is None:
                os.waitpid(child, 0)
                return -99
        time.sleep(0.001)


def prints(out: Path) -> dict[str, str]:
    """The hash of every file below a folder of runs, by its path."""
    files = (p for p in sorted(out.rglob("*")) if p.is_file())
    return {p.relative_to(out).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def broken(out: Path) -> list[str]:
    """The scenario folders at their final names that are not whole."""
    folders = [p for p in out.iterdir() if p.is_dir() and not p.name.startswith(".")] if out.exists() else []
    return [p.name for p in folders if not manifest.is_whole(p)]
