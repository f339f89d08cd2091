"""The machine refuses the N-th call that makes, fills or renames a file, for every N: a named error, exit code 5, nothing half-written.

`python -m tests.faults.errors --upto 300` goes through ENOSPC, EIO, EACCES and EMFILE.
"""

from __future__ import annotations

import argparse
import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.faults import server
from tests.faults.kills import at_call, remove

KINDS = ("ENOSPC", "EIO", "EACCES", "EMFILE")


def refuse(kind: str) -> Callable[[], None]:
    """What the system answers."""

    def act() -> None:
        number = getattr(errno, kind)
        raise OSError(number, os.strerror(number))

    return act


def refusals(study: Path, folder: Path, kind: str, numbers: range, whole: dict[str, str]) -> int:
    """Refuse each of these calls in a run of its own; returns how many runs were refused (the others have fewer calls)."""
    hit = 0
    for number in numbers:
        out = folder / f"{kind}{number}"
        code = server.trial(study, out, at_call(number, refuse(kind)))
        assert code in {0, 5}, f"{kind} at call {number}: exit code {code}"
        assert not list(folder.glob("*.traceback")), [p.read_text() for p in folder.glob("*.traceback")]
        assert not server.broken(out), f"{kind} at call {number}: {server.broken(out)}"
        hit += code == 5
        assert server.trial(study, out, lambda: None) == 0
        assert server.prints(out) == whole, f"{kind} at call {number}: the resume made other files"
        remove(out)
    return hit


def main() -> None:
    """The long form, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upto", type=int, default=300)
    parser.add_argument("--every", type=int, default=1, help="only every so manieth call")
    parser.add_argument("--full", action="store_true", help="with report, map and workbook")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = server.prepare(folder, quick=not asked.full)
        assert server.trial(study, folder / "whole", lambda: None) == 0
        whole = server.prints(folder / "whole")
        for kind in KINDS:
            numbers = range(1 + KINDS.index(kind) % asked.every, asked.upto + 1, asked.every)
            hit = refusals(study, folder, kind, numbers, whole)
            print(
                f"{kind}: {hit} of {len(numbers)} runs refused with exit code 5, nothing half-written, every resume byte-equal"
            )


if __name__ == "__main__":
    main()
