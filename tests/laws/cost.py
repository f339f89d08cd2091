"""What the run-time checks of the table of laws cost: their share of the time of a run, function by function.

`python -m tests.laws.cost` runs the town, `--study scripts/xingtai.yaml` the base of a real one, into a temporary folder.
"""

from __future__ import annotations

import argparse
import functools
import pkgutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geoplan
from tests import town
from tests.laws.table import LAWS


class Clock:
    """Seconds by function, and of the processor in all; a check within a check counts for the outer one alone."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.processor = 0.0
        self.calls: dict[str, int] = {}
        self.inside = 0

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with its time counted."""
        self.seconds[name], self.calls[name] = 0.0, 0

        @functools.wraps(function)
        def run(*args: Any, **more: Any) -> Any:
            begun, worked, self.inside = time.perf_counter(), time.process_time(), self.inside + 1
            try:
                return function(*args, **more)
            finally:
                self.inside -= 1
                self.calls[name] += 1
                if not self.inside:
                    self.seconds[name] += time.perf_counter() - begun
                    self.processor += time.process_time() - worked

        return run


@contextmanager
def watch(names: set[str]) -> Iterator[Clock]:
    """Time these functions ("module:function") wherever a module of geoplan holds them."""
    modules = [import_module(m.name) for m in pkgutil.walk_packages(geoplan.__path__, "geoplan.")]
    clock, held = Clock(), []
    for name in sorted(names):
        module, function = name.split(":")
        real = getattr(sys.modules[module], function)
        timed = clock.timed(name, real)
        for holder in modules:
            for attribute in [a for a, v in vars(holder).items() if v is real]:
                held.append((holder, attribute, real))
                setattr(holder, attribute, timed)
    try:
        yield clock
    finally:
        for holder, attribute, real in held:
            setattr(holder, attribute, real)


def measure(study: Path | None) -> tuple[float, float, Clock]:
    """The seconds of one run of the base, by the clock and of the processor, and the clock of its checks."""
    checks = {check for law in LAWS for check in law.checks}
    with watch(checks) as clock, TemporaryDirectory() as folder:
        path = study or town.build(Path(folder) / "town")
        begun, worked = time.perf_counter(), time.process_time()
        geoplan.run(geoplan.load_study(path), Path(folder) / "out", only=["base"])
        return time.perf_counter() - begun, time.process_time() - worked, clock


def main() -> None:
    """Run a study and print what its checks took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, help="a study file; the town where none is given")
    whole, worked, clock = measure(parser.parse_args().study)
    for name, seconds in sorted(clock.seconds.items(), key=lambda row: -row[1]):
        print(f"{name:55} {clock.calls[name]:6} calls {seconds:9.3f} s {seconds / whole:8.2%}")
    total = sum(clock.seconds.values())
    print(f"{'all checks':55} {'':12} {total:9.3f} s {total / whole:8.2%} of {whole:.1f} s")
    print(f"{'of the processor':55} {'':12} {clock.processor:9.3f} s {clock.processor / worked:8.2%} of {worked:.1f} s")


if __name__ == "__main__":
    main()
