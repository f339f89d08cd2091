"""The checker of the map: reads the finished page back and compares the numbers that its panel tells with those of the result."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geoplan.errors import CheckFailed
from geoplan.map.packed import read
from geoplan.result import Result

CLOSE = 1e-6  # what is kept of a number in results.json


def check(result: Result, path: Path) -> None:
    """Compare every number of the panel that names a key of `results.json`, and the sums of who is served; raises `CheckFailed`."""
    page = read(path.read_text(encoding="utf-8"))["scenarios"][0]
    told = [*named(page), *served(page)]
    wrong = [
        f"{key} is {value}, not {held(result.numbers, key)}" for key, value in told if not same(result, key, value)
    ]
    if wrong:
        raise CheckFailed(f"{path.name} does not say what the result holds: {'; '.join(wrong[:5])}")


def named(part: Any) -> Iterator[tuple[str, float]]:
    """Every value of the page that has a key, with its key."""
    if isinstance(part, dict):
        if isinstance(part.get("key"), str) and "value" in part:
            yield part["key"], part["value"]
        for name, inner in part.items():
            if name not in ("features", "overlays", "links"):
                yield from named(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from named(inner)


def served(page: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """How many are served in all residential areas of the page, now and with the plan."""
    for name, key in (("served", "gap_account.served"), ("served_after", "gap_after.served")):
        yield key, math.fsum(v for v in page["measures"][name].tolist() if not math.isnan(v))


def held(numbers: Any, key: str) -> Any:
    """What stands under a key of `results.json`, its parts joined by points; of a list that is the end, how many it has."""
    for part in key.split("."):
        numbers = numbers[int(part)] if isinstance(numbers, list) else numbers[part]
    return len(numbers) if isinstance(numbers, list) else numbers


def same(result: Result, key: str, value: float) -> bool:
    """Whether a number of the page is the one of the result."""
    return math.isclose(value, held(result.numbers, key), rel_tol=1e-9, abs_tol=CLOSE)
