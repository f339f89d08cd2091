"""The command of a long form: so many projects from a number and a seed on, told as they end."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable

Judge = Callable[[int, int, int, Callable[[str], None]], Counter[str]]  # count, seed, first, who is told


def ends_of(description: str | None, count: int, judge: Judge) -> Counter[str]:
    """What the command line asks for, judged; prints how the projects ended."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    ends = judge(asked.count, asked.seed, asked.first, lambda text: print(text, flush=True))
    print(dict(ends))
    return ends
