"""Faults below Python: at the N-th system call that makes, fills, forces or renames a file, also inside GDAL and SQLite.

`python -m tests.faults.traced --kills 500 --errors 300` needs strace. A child stops itself, is attached to, goes on, and is killed before
its N-th call of a kind or has it refused; after that nothing may be broken, and a resume makes the bytes of a run that had no fault.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults import server
from tests.faults.errors import KINDS
from tests.faults.kills import judge

CALLS = ("openat", "write", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "mkdir", "ftruncate")
CALLS_FOR = {"ENOSPC": ("write", "pwrite64", "mkdir", "ftruncate", "openat"), "EIO": ("write", "pwrite64", "fsync", "fdatasync", "rename"),
             "EACCES": ("openat", "rename", "mkdir", "unlink"), "EMFILE": ("openat",)}  # fmt: skip


def usable() -> bool:
    """Whether this machine lets one process trace another with strace."""
    return shutil.which("strace") is not None and subprocess.run(
        ["strace", "-qq", "-e", "inject=mkdir:error=EIO:when=1", "true"], capture_output=True, check=False
    ).returncode == 0  # fmt: skip


def stopped() -> None:
    """Stop this process until somebody has attached to it."""
    os.kill(os.getpid(), signal.SIGSTOP)


def trial(study: Path, out: Path, inject: str, log: Path) -> int:
    """Run the study in a child under strace with an injection such as `write:signal=KILL:when=3`; how the child ended."""
    child = os.fork()
    if child == 0:
        os._exit(server._in_child(study, out, stopped, True))
    os.waitpid(child, os.WUNTRACED)
    call = inject.split(":", maxsplit=1)[0]
    asked = ["strace", "-f", "-qq", "-o", str(log), "-p", str(child), "-e", f"trace={call}", "-e", f"inject={inject}"]
    tracer = subprocess.Popen(asked, stderr=subprocess.DEVNULL)
    while "TracerPid:\t0\n" in Path(f"/proc/{child}/status").read_text(encoding="utf-8"):
        time.sleep(0.002)
    os.kill(child, signal.SIGCONT)
    code = server._ended(child, None)
    tracer.wait()
    return code


def counted(study: Path, folder: Path) -> Counter[str]:
    """How many calls of each kind a whole run makes."""
    found: Counter[str] = Counter()
    for call in CALLS:
        log = folder / f"{call}.strace"
        assert trial(study, folder / "counted", f"{call}:delay_exit=0:when=1", log) == 0
        found[call] = sum(f"{call}(" in line for line in log.read_text(encoding="utf-8", errors="replace").splitlines())
        shutil.rmtree(folder / "counted")
    return found


def moments(counts: Counter[str], calls: tuple[str, ...], most: int) -> Iterator[tuple[str, int]]:
    """The first, second, third … call of each kind in turn, up to so many in all."""
    every = [(call, n) for n in range(1, max(counts.values()) + 1) for call in calls if n <= counts[call]]
    yield from every[:most]


def kills(study: Path, folder: Path, whole: dict[str, str], most: int, say: Callable[[str], None]) -> int:
    """Kill runs before so many of their calls; returns how many were killed."""
    hit = 0
    for call, number in moments(counted(study, folder), CALLS, most):
        code = trial(study, folder / "killed", f"{call}:signal=KILL:when={number}", folder / "strace.log")
        assert code in {0, -signal.SIGKILL}, (
            call,
            number,
            code,
        )  # how often a reader looks for files may differ by one
        judge(study, folder / "killed", whole, f"kill before {call} {number}")
        hit += code == -signal.SIGKILL
        if hit % 50 == 49:
            say(f"{hit + 1} killed, the last before {call} {number}")
    return hit


def errors(study: Path, folder: Path, whole: dict[str, str], kind: str, most: int) -> Counter[int]:
    """Refuse so many calls with an error of a kind; returns how often each exit code came."""
    codes: Counter[int] = Counter()
    for call, number in moments(counted(study, folder), CALLS_FOR[kind], most):
        code = trial(study, folder / "refused", f"{call}:error={kind}:when={number}", folder / "strace.log")
        assert code in {0, 3, 5}, f"{kind} at {call} {number}: exit code {code}"
        assert not list(folder.glob("*.traceback")), [p.read_text(encoding="utf-8") for p in folder.glob("*.traceback")]
        assert not server.broken(folder / "refused"), f"{kind} at {call} {number}: {server.broken(folder / 'refused')}"
        judge(study, folder / "refused", whole, f"{kind} at {call} {number}")
        codes[code] += 1
    return codes


def main() -> None:
    """The long form, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--errors", type=int, default=0)
    parser.add_argument("--full", action="store_true", help="with report, map and workbook")
    asked = parser.parse_args()
    if not usable():
        raise SystemExit("strace is not here, or may not trace: Debian's package strace, and a machine that allows it")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = server.prepare(folder, quick=not asked.full)
        assert server.trial(study, folder / "whole", lambda: None) == 0
        whole = server.prints(folder / "whole")
        print(f"a run makes {dict(counted(study, folder))}", flush=True)
        if asked.kills:
            hit = kills(study, folder, whole, asked.kills, lambda text: print(text, flush=True))
            print(f"{hit} kills before a system call: nothing broken, every resume byte-equal", flush=True)
        for kind in KINDS if asked.errors else ():
            codes = errors(study, folder, whole, kind, asked.errors)
            print(f"{kind}: exit codes {dict(codes)}, nothing half-written, every resume byte-equal", flush=True)


if __name__ == "__main__":
    main()
