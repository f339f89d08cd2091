"""The clock, the reader and Ctrl-C of a solver: how long it may still take, what it tells, and whether it was asked to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from types import FrameType
from typing import Any


class Watch:
    """Time and interruption of one solve.

    Inside `with Watch(…) as watch:` the first Ctrl-C only sets `interrupted`, so that the solver can hand over the best plan so
    far with its true gap; a second one stops the program as usual. Watches may stand in each other: the inner one hears a
    Ctrl-C that the outer one hears.

    >>> with Watch(60) as watch:
    ...     watch.going, watch.left() > 59
    (True, True)
    """

    stops = False  # whether the program ends once the solver has handed over, as a run in a terminal does

    def __init__(self, time_limit_s: float, progress: Callable[[str], None] | None = None) -> None:
        self.began, self.time_limit_s, self.interrupted = perf_counter(), time_limit_s, False
        self._progress = progress
        self._before: Any = None

    def __enter__(self) -> Watch:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            if self.interrupted and Watch.stops and not isinstance(getattr(self._before, "__self__", None), Watch):
                raise KeyboardInterrupt

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        outer = getattr(self._before, "__self__", None)
        if self.interrupted and not isinstance(outer, Watch):
            raise KeyboardInterrupt
        self.interrupted = True
        if isinstance(outer, Watch):
            outer._interrupt(number, frame)

    @property
    def seconds(self) -> float:
        """Seconds since the solve began."""
        return perf_counter() - self.began

    @property
    def going(self) -> bool:
        """Whether there is time and nobody asked to stop."""
        return not self.interrupted and self.seconds < self.time_limit_s

    def left(self) -> float:
        """Seconds that are left; 0 once somebody asked to stop."""
        return max(0.0, self.time_limit_s - self.seconds) if not self.interrupted else 0.0

    def tell(self, stage: str, best: float | None = None, bound: float | None = None) -> None:
        """Tell the reader what is done now, with the best plan and the bound as far as they are known."""
        if self._progress is None:
            return
        known = [] if best is None else [f"best {best:,.6g}"]
        known += [] if bound is None else [f"bound {bound:,.6g}"]
        if best is not None and bound is not None:
            known += [f"gap {abs(bound - best) / max(abs(best), 1e-9):.2%}"]
        self._progress(stage + (": " + ", ".join(known) if known else ""))


@contextmanager
def ctrl_c_ends_the_run() -> Iterator[None]:
    """Inside, a Ctrl-C in the middle of a solve ends the program once the solver has handed over, as in a terminal."""
    Watch.stops = True
    try:
        yield
    finally:
        Watch.stops = False
