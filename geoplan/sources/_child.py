"""Asking the process that reads: a crash or a hang of a library in C ends that process and becomes one finding on the file.

There is one such process for each process of geoplan, started when it is first needed (`start`, earlier) and kept. GEOPLAN_READ_IN_PROCESS=1
reads without it, for looking for faults.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock, Timer
from typing import Any

import geoplan
from geoplan.errors import Finding, InputError, ResourceError, Text, UsageError
from geoplan.sources import _sandbox, _wire, budgets
from geoplan.sources._messages import finding, refuse

VARIABLE = "GEOPLAN_READ_IN_PROCESS"
# it computes nothing, and threads of such libraries take address space; each block of a grid is wanted once
QUIET = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "GDAL_CACHEMAX": "64"}
ENDING_S = 10  # a process whose answers have ended is about to end
_LOCK = RLock()


class NotRead(Exception):  # noqa: N818 - what a library said of a file
    """A library refused a file; its words."""


class Reader:
    """The process that reads, running."""

    def __init__(self) -> None:
        self.owner, self.late = os.getpid(), False
        words = [sys.executable, "-P", "-m", "geoplan.sources._reader"]
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **QUIET, "PYTHONPATH": _import_path()},
            start_new_session=True,  # Ctrl-C in the terminal is not for it
        )

    @property
    def usable(self) -> bool:
        """Whether it runs, and is this process's own: after a fork it is another's."""
        return self.owner == os.getpid() and self.process.poll() is None

    def ask(self, name: str, arguments: list[Any], limit_s: float) -> Any:
        """The answer to a request; raises `EOFError` if the process ended, of itself or because the time was over (`late`)."""
        watch = Timer(limit_s, self._end_late)
        watch.daemon = True
        watch.start()
        try:
            assert self.process.stdin
            assert self.process.stdout
            _wire.send(self.process.stdin, {"name": name, "arguments": arguments})  # type: ignore[arg-type]
            return _wire.receive(self.process.stdout)  # type: ignore[arg-type]
        except BrokenPipeError:
            raise EOFError from None
        finally:
            watch.cancel()

    def _end_late(self) -> None:
        self.late = True
        self.process.kill()

    def stop(self, patience_s: float = 0) -> int:
        """End it, if it does not end itself in the time given; how it ended, as `subprocess` counts it: below 0 the signal."""
        if self.owner != os.getpid():
            return 0
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(patience_s)
        with suppress(ProcessLookupError):
            self.process.kill()
        code = self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]
        return code


_readers: list[Reader] = []


def _import_path() -> str:
    """Where this process finds its modules, and geoplan itself; not the folder that it happens to stand in."""
    return os.pathsep.join([*filter(None, sys.path), str(Path(geoplan.__file__).parents[1])])


def start() -> Reader | None:
    """The process that reads, started now if it does not run; None where reading stays in this process."""
    if os.environ.get(VARIABLE):
        return None
    with _LOCK:
        if not (_readers and _readers[0].usable):
            stop()
            try:
                _readers.append(Reader())
            except OSError as error:
                raise ResourceError(f"the process that reads files cannot be started: {error}") from error
        return _readers[0]


def stop() -> None:
    """End the process that reads, if it runs."""
    with _LOCK:
        while _readers:
            _readers.pop().stop()


atexit.register(stop)


def ask(name: str, where: Path | str, file: str, *arguments: Any) -> Any:
    """What the function of `_gdal` gives for a file, which messages call `file`.

    Raises `InputError` for what it refuses, for a reader that crashed and for one that took too long; `NotRead` for whatever else a
    library raised, `PermissionError`, `MemoryError`.
    """
    limit_s = budgets.read_limit_s(_size(Path(where)))
    with _LOCK:
        if reader := start():
            return _value(_answered(reader, name, [str(where), file, *arguments], limit_s, file), file)
    from geoplan.sources import _gdal

    return getattr(_gdal, name)(str(where), file, *arguments)


def _answered(reader: Reader, name: str, arguments: list[Any], limit_s: float, file: str) -> Any:
    """The answer; when something goes wrong half-way, the process is ended: the next file gets a new one."""
    try:
        return reader.ask(name, arguments, limit_s)
    except EOFError:
        code = reader.stop(ENDING_S)
        if reader.late:
            refuse("GP-F022", file, limit=f"{limit_s:.0f}")
        if code > 0:  # it could not even begin
            raise _not_started() from None
        refuse("GP-F021", file, signal=-code)
    except BaseException:  # Ctrl-C, or an answer that is none
        reader.stop()
        raise


def _not_started() -> ResourceError:
    return ResourceError(f"the process that reads files cannot be started; look why with {VARIABLE}=1")


def _value(answer: Any, file: str) -> Any:
    match answer.get("error"):
        case None:
            return answer["value"]
        case "input":
            raise InputError([_found(f) for f in answer["findings"]])
        case "permission":
            raise PermissionError(file)
        case "memory" if os.environ.get(_sandbox.VARIABLE):
            refuse("GP-F023", file, limit=budgets.SANDBOX_BYTES // budgets.GB)
        case "memory":
            raise MemoryError
    raise NotRead(answer["text"])


def _found(said: dict[str, Any]) -> Finding:
    """A finding as it was before it was sent."""
    return Finding(**{**said, "problem": Text(*said["problem"]), "advice": Text(*said["advice"])})


def _size(where: Path) -> int:
    """The bytes of a file and of what lies beside it under the same name, such as the parts of a Shapefile."""
    beside = where.parent.glob(f"{where.stem}.*") if where.suffix.lower() == ".shp" else [where]
    return sum(part.stat().st_size for part in beside if part.is_file())


@contextmanager
def sandboxed(wanted: bool) -> Iterator[list[Finding]]:
    """Read in a sandbox while the block lasts, if that is wanted; gives a note for each guard that this computer cannot put up.

    Raises `UsageError` where the system has none of them.
    """
    if not wanted:
        start()
        yield []
        return
    if sys.platform != "linux":
        told = "--sandbox needs Linux: {} cannot bound the memory of a process, take the network from it or keep it from writing; leave it out, or use a container"
        raise UsageError(told.format(sys.platform))
    if os.environ.get(VARIABLE):
        raise UsageError(f"--sandbox and {VARIABLE} exclude each other: a sandbox is a process of its own")
    before = os.environ.get(_sandbox.VARIABLE)
    os.environ[_sandbox.VARIABLE] = "1"  # the processes of --jobs see it too
    stop()
    try:
        yield [finding("GP-F024", "", "", name, severity="note") for name in missing()]
    finally:
        stop()
        os.environ.pop(_sandbox.VARIABLE) if before is None else os.environ.update({_sandbox.VARIABLE: before})


def missing() -> list[str]:
    """The guards of the sandbox that the process that reads could not put up."""
    reader = start()
    assert reader
    with _LOCK:
        found: list[str] = _value(_answered(reader, "missing", [], budgets.READ_S, "--sandbox"), "--sandbox")
    return found
