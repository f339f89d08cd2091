"""Runs that are killed: at random moments, and at every write, rename and fsync; nothing half-written, and a resume ends them.

`python -m tests.faults.kills --count 1000 --seed 1` kills so many runs at random moments, `--calls` so many at the N-th call.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults import server

CALLS = ("fsync", "rename", "replace", "open", "write", "mkdir", "unlink")


def at_call(number: int, act: Callable[[], None]) -> Callable[[], None]:
    """Arm the child so that `act` happens just before the N-th call that makes, fills, renames or forces a file."""

    def arm() -> None:
        import builtins
        import io

        count = [0]

        def watched(real: Any, writes: Callable[..., bool]) -> Any:
            def call(*given: Any, **named: Any) -> Any:
                if writes(*given, **named):
                    count[0] += 1
                    if count[0] == number:
                        act()
                return real(*given, **named)

            return call

        def always(*_: Any, **__: Any) -> bool:
            return True

        def opens(*given: Any, **named: Any) -> bool:
            return bool(set(str(named.get("mode") or (given[1] if len(given) > 1 else "r"))) & set("wax+"))

        for name in ("fsync", "rename", "replace", "write", "mkdir", "unlink", "ftruncate"):
            setattr(os, name, watched(getattr(os, name), always))
        builtins.open = watched(builtins.open, opens)
        io.open = watched(io.open, opens)  # what pathlib calls

    return arm


def kill() -> None:
    """End this process as the system does when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def random_kills(
    study: Path, folder: Path, count: int, seed: int, whole: dict[str, str], say: Callable[[str], None]
) -> int:
    """Kill so many runs at random moments and end each with a resume; returns how many were killed before their end."""
    generator, longest, hit = random.Random(seed), timed(study, folder), 0
    for number in range(count):
        out = folder / f"random{number}"
        code = server.trial(study, out, lambda: None, kill_after_s=generator.uniform(0, longest * 1.1))
        hit += code == -signal.SIGKILL
        judge(study, out, whole, f"random kill {number} (seed {seed})")
        if number % 50 == 49:
            say(f"{number + 1} of {count} kills, {hit} before the end of their run")
    return hit


def kills_at_calls(study: Path, folder: Path, numbers: range, whole: dict[str, str], say: Callable[[str], None]) -> int:
    """Kill a run before each of these calls; returns how many runs were killed (a run has no more calls)."""
    for hit, number in enumerate(numbers):
        out = folder / f"call{number}"
        code = server.trial(study, out, at_call(number, kill))
        if code == 0:
            return hit
        assert code == -signal.SIGKILL, (number, code)
        judge(study, out, whole, f"kill before call {number}")
        if number % 50 == 0:
            say(f"killed before call {number}")
    return len(numbers)


def judge(study: Path, out: Path, whole: dict[str, str], what: str) -> None:
    """What was killed left nothing broken, and a resume makes the same bytes as a run that nobody killed."""
    assert not server.broken(out), f"{what}: {server.broken(out)}"
    code = server.trial(study, out, lambda: None)
    assert code == 0, f"{what}: the resume ended with {code}"
    made = server.prints(out)
    assert made == whole, f"{what}: {sorted(k for k in made.keys() | whole.keys() if made.get(k) != whole.get(k))}"
    remove(out)


def timed(study: Path, folder: Path) -> float:
    """How long one run takes."""
    began = time.monotonic()
    assert server.trial(study, folder / "timed", lambda: None) == 0
    return time.monotonic() - began


def remove(out: Path) -> None:
    """Take a folder of runs away."""
    import shutil

    shutil.rmtree(out, ignore_errors=True)


def main() -> None:
    """The long form, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--calls", type=int, default=0)
    parser.add_argument("--every", type=int, default=1, help="only every so manieth call")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true", help="with report, map and workbook")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = server.prepare(folder, quick=not asked.full)
        assert server.trial(study, folder / "whole", lambda: None) == 0
        whole = server.prints(folder / "whole")
        if asked.count:
            hit = random_kills(study, folder, asked.count, asked.seed, whole, print)
            print(
                f"{asked.count} kills at random moments, {hit} before the end: nothing broken, every resume byte-equal"
            )
        if asked.calls:
            hit = kills_at_calls(study, folder, range(1, asked.calls + 1, asked.every), whole, print)
            print(f"{hit} kills before a call: nothing broken, every resume byte-equal")


if __name__ == "__main__":
    main()
