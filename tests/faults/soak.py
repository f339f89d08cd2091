"""Many scenarios in one process: memory and open files stay level.

`python -m tests.faults.soak --count 1000` prints the slope of the memory in MB a scenario after the first hundred.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import numpy as np

import geoplan as gp
from tests.faults import server


def resident_mb() -> float:
    """The memory of this process."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def soak(study: Path, folder: Path, count: int) -> tuple[list[float], list[int]]:
    """Run the base scenario so often, in this process: memory and open files after each."""
    memory, files = [], []
    for number in range(count):
        out = folder / "soak"
        gp.run(gp.load_study(study), out, only=["base"])
        shutil.rmtree(out)
        memory.append(resident_mb())
        files.append(len(list(Path("/proc/self/fd").iterdir())))
        if number % 100 == 99:
            print(f"{number + 1}: {memory[-1]:.1f} MB, {files[-1]} open files", flush=True)
    return memory, files


def main() -> None:
    """The long form, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--full", action="store_true", help="with report, map and workbook")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        study = server.prepare(Path(name), quick=not asked.full)
        memory, files = soak(study, Path(name), asked.count)
    later = np.array(memory[100:])
    slope = np.polyfit(np.arange(len(later)), later, 1)[0] if len(later) > 1 else float("nan")
    print(f"{asked.count} scenarios: slope {slope:.4f} MB a scenario after the first 100, peak {max(memory) / memory[min(100, len(memory) - 1)]:.3f} "
          f"of the level at 100, open files {min(files[1:])} to {max(files[1:])}")  # fmt: skip


if __name__ == "__main__":
    main()
