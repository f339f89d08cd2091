"""A job in a fresh process: how long it takes from start to end, and how much memory it needs at most."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1]
# what a child does: run its code, then tell its seconds without the imports, and its peak
FRAME = """
import json, pathlib, re, resource, sys, time, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, {folder!r})
{imports}
def peak_mb():
    status = pathlib.Path("/proc/self/status")
    if status.exists():  # where there is one: getrusage starts from the peak of the parent
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text()).group(1)) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
before_mb, start = peak_mb(), time.perf_counter()
{code}
taken = time.perf_counter() - start
print("ALONE " + json.dumps({{"seconds": taken, "peak_mb": peak_mb(), "before_mb": before_mb, "value": value}}))
"""


@dataclass(frozen=True)
class Alone:
    """Seconds (imports left out), peak memory in MB, how much of it the imports took, and the `value` that the code sets."""

    seconds: float
    peak_mb: float
    before_mb: float
    value: Any


def python_of_peers() -> str:
    """The interpreter that has pyrosm and osmnx: the environment variable PEERS_PYTHON, or this one."""
    return os.environ.get("PEERS_PYTHON", sys.executable)


def alone(imports: str, code: str, python: str = sys.executable, runs: int = 1) -> Alone | None:
    """The run of median time; None where what is imported is not installed. `code` must set `value`."""
    each = [_once(imports, code, python) for _ in range(runs)]
    done = sorted((e for e in each if e), key=lambda e: e.seconds)
    return done[len(done) // 2] if done else None


def _once(imports: str, code: str, python: str) -> Alone | None:
    text = FRAME.format(folder=str(FOLDER), imports=imports, code=code)
    ran = subprocess.run([python, "-c", text], capture_output=True, text=True, check=False)
    if ran.returncode and "ModuleNotFoundError" in ran.stderr:
        return None
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    line = next(row for row in ran.stdout.splitlines() if row.startswith("ALONE "))
    return Alone(**json.loads(line.removeprefix("ALONE ")))
