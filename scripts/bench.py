"""Benchmarks: one table of job, size, peer, ours, ratio, and whether the results are equal.

    python scripts/bench.py [demand | location | network | JOB …]

Without a name all jobs run; `network` stands for those of streets and access, `location` for those of where to build. Times are
wall seconds: the median of five runs in turns with the peers, after one warm-up of each, in one process and on the same input
(a job of many seconds runs once); compare ratios, not absolutes. What is absent (data, or a peer that is no dependency of
geoplan) is skipped with a line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib import import_module

from bench.table import FORM, HEADS, Row

JOBS = {
    "travel": "bench.travel:travel",
    "nearest": "bench.nearest:nearest",
    "driving": "bench.travel:driving",
    "growth": "bench.travel:growth",
    "catchments": "bench.catchments:catchments",
    "reading": "bench.reading:reading",
    "isochrones": "bench.isochrones:isochrones",
    "wuhan": "bench.places:wuhan",
    "xingtai": "bench.places:xingtai",
    "people": "bench.people:people",
    "assignment": "bench.assignment:assignment",
    "covering": "bench.covering:covering",
    "siting": "bench.siting:siting",
    "maps": "bench.maps:maps",
    "published": "bench.location:published",
    "san_francisco": "bench.location:san_francisco",
    "tiny": "bench.location:tiny",
    "covering_10k": "bench.location_scale:covering_10k",
    "covering_100k": "bench.location_scale:covering_100k",
    "covering_1m": "bench.location_scale:covering_1m",
    "programmes": "bench.location_scale:programmes",
    "xingtai_phased": "bench.location_explained:xingtai_phased",
    "refused": "bench.location_explained:refused",
    "substituted": "bench.location_explained:substituted",
    "front": "bench.location_explained:curve",
    "impossible": "bench.location_explained:impossible",
}
GROUPS = {
    "demand": ["people", "assignment"],
    "location": [
        *("published", "san_francisco", "tiny", "covering_10k", "covering_100k", "covering_1m", "programmes"),
        *("xingtai_phased", "refused", "substituted", "front", "impossible"),
    ],
    "network": ["travel", "nearest", "driving", "growth", "catchments", "reading", "isochrones", "wuhan", "xingtai"],
}


def main() -> None:
    """Run the jobs that are named, or all, and print each line as soon as it is known."""
    names = [job for name in sys.argv[1:] or JOBS for job in GROUPS.get(name, [name])]
    if unknown := sorted(set(names) - set(JOBS)):
        sys.exit(f"no job is called {', '.join(unknown)}; there are: {', '.join([*GROUPS, *JOBS])}")
    print(FORM.format(*HEADS))
    for name in names:
        module, function = JOBS[name].split(":")
        run: Callable[[], Iterable[Row]] = getattr(import_module(module), function)
        for row in run():
            print(row, flush=True)


if __name__ == "__main__":
    main()
