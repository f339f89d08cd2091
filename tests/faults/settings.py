"""The same bytes whatever the hash seed, threads, time zone, locale and working folder.

`python -m tests.faults.settings` runs the smallest study under all 48 settings, each in a process of its own.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import smallest
from tests.faults import server

ROOT = Path(__file__).parents[2]
SEEDS, THREADS, ZONES, LOCALES = ("0", "1", "random"), ("1", "2"), ("UTC", "Asia/Shanghai"), ("C", "C.UTF-8")


def run(study: Path, out: Path, seed: str, threads: str, zone: str, locale: str, folder: Path) -> dict[str, str]:
    """The hashes of the outputs of one run under these settings."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    own = dict.fromkeys(names, threads) | {
        "PYTHONHASHSEED": seed,
        "TZ": zone,
        "LC_ALL": locale,
        "PYTHONPATH": str(ROOT),
    }
    order = [sys.executable, "-m", "geoplan.cli", "run", os.path.relpath(study, folder), "--out", str(out), "--quiet"]
    done = subprocess.run(order, env={**os.environ, **own}, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return server.prints(out)


def main() -> None:
    """All 48 settings."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = smallest.build(folder / "project")
        (folder / "elsewhere").mkdir()
        first, count = None, 0
        for seed, threads, zone, locale, cwd in itertools.product(
            SEEDS, THREADS, ZONES, LOCALES, ("project", "elsewhere")
        ):
            made = run(study, folder / f"out{count}", seed, threads, zone, locale, folder / cwd)
            first = first or made
            odd = sorted(k for k in made.keys() | first.keys() if made.get(k) != first.get(k))
            assert not odd, (seed, threads, zone, locale, cwd, odd)
            count += 1
            print(
                f"{count}: seed {seed}, threads {threads}, {zone}, {locale}, in {cwd}: the same {len(made)} files",
                flush=True,
            )
    print(f"{count} settings: byte-identical")


if __name__ == "__main__":
    main()
