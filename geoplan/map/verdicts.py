"""Verdicts of many options in little room: each rule once, outcomes as letters, values in columns of one rule each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from geoplan.errors import Text
from geoplan.map.overlay import Rule

Row = Sequence[tuple[int, str, float | None]]


def pack(rows: Sequence[Row], rules: Sequence[Rule], say: Callable[[Text], str]) -> dict[str, Any]:
    """Verdicts (number of the rule, outcome, value measured) of each feature, in columns.

    `rules` are told once; `sets` are the different lists of rules that features have, `set` the one of each feature. `outcomes`
    (first letters) and `measured` go set by set, rule by rule, feature by feature: what is alike stands together.

    >>> near = Rule("near", Text("near", ""), Text("at most", ""), 300.0, Text("m", ""), "number", Text("5.1", ""), True)
    >>> packed = pack([[(0, "pass", 240.0)], [], [(0, "unknown", None)]], [near], lambda text: text.en)
    >>> packed["sets"], packed["set"], packed["outcomes"], packed["measured"]
    ([[0], []], [0, 1, 0], 'pu', [240, None])
    """
    kinds: dict[tuple[int, ...], list[Row]] = {}
    of = []
    for row in rows:
        kind = tuple(rule for rule, _, _ in row)
        kinds.setdefault(kind, []).append(row)
        of.append(kind)
    number = {kind: n for n, kind in enumerate(kinds)}
    ordered = list(_by_rule(kinds))
    return {
        "rules": [told(rule, say) for rule in rules],
        "sets": [list(kind) for kind in kinds],
        "set": [number[kind] for kind in of],
        "outcomes": "".join(outcome[0] for _, outcome, _ in ordered),
        "measured": [short(value, rules[rule].asked) for rule, _, value in ordered],
    }


def _by_rule(kinds: dict[tuple[int, ...], list[Row]]) -> Iterator[tuple[int, str, float | None]]:
    for kind, rows in kinds.items():
        for place in range(len(kind)):
            for row in rows:
                yield row[place]


def told(rule: Rule, say: Callable[[Text], str]) -> list[Any]:
    """A rule as the page knows it: id, title, sense, value asked, unit, kind, reference, whether it must hold."""
    texts = [say(rule.title), say(rule.sense), rule.asked, say(rule.unit)]
    return [rule.id, *texts, rule.kind, say(rule.reference), int(rule.must)]


def short(value: float | None, asked: float) -> float | int | None:
    """A value to a hundredth (a ten-thousandth below 1), but never rounded onto the value that is asked.

    >>> short(1234.5678, 300.0), short(300.001, 300.0), short(2.0, 1.0), short(None, 1.0)
    (1234.57, 300.001, 2, None)
    """
    if value is None or not np.isfinite(value):
        return None
    rounded = round(float(value), 2 if abs(value) >= 1 else 4)
    if rounded == asked:
        rounded = float(value)
    return int(rounded) if rounded.is_integer() else rounded
