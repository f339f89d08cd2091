"""The table of a benchmark: contenders that take turns, the median of their times, and whether their results are equal."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

RUNS = 5
HEADS = ("job", "size", "peer", "peer s", "ours s", "ratio", "equal")
FORM = "{:<26} {:<60} {:<30} {:>8} {:>8} {:>7} {}"


@dataclass(frozen=True)
class Row:
    """One line of the table; where there is no peer, or nothing was run, the text of `equal` says what there is."""

    job: str
    size: str
    peer: str
    peer_s: float | None
    ours_s: float | None
    equal: object

    def __str__(self) -> str:
        """The line: seconds to three digits, and how many times longer the peer takes."""
        ratio = f"{self.peer_s / self.ours_s:.1f}×" if self.peer_s and self.ours_s else ""
        seconds = ("" if s is None else f"{s:.3f}" for s in (self.peer_s, self.ours_s))
        return FORM.format(self.job, self.size, self.peer, *seconds, ratio, self.equal)


def skipped(job: str, reason: str) -> Row:
    """The line of a job that could not be run."""
    return Row(job, reason, "", None, None, "skipped")


def race(contenders: Mapping[str, Callable[[], Any]], runs: int = RUNS) -> dict[str, tuple[float, Any]]:
    """The median seconds and the last result of each contender; all run once to warm up, then in turns."""
    found = {name: run() for name, run in contenders.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, run in contenders.items():
            found[name] = None
            gc.collect()
            start = time.perf_counter()
            found[name] = run()
            seconds[name].append(time.perf_counter() - start)
    return {name: (statistics.median(seconds[name]), found[name]) for name in contenders}
