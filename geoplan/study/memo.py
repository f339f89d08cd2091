"""Memo: what was computed from which settings, so that a scenario computes only what its changes touch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

MOST = (
    3  # values kept of a stage that depends on many settings: a batch of hundreds of scenarios must not fill the memory
)
MOST_LAYERS = 100  # each is read once, and a study has some thirty
LAYERS = ("layer", "matrix", "area")


@dataclass
class Memo:
    """Remembers what was computed from which settings; of each stage the values used last.

    `reused` names the stages that the scenario at hand found done; `begin` forgets it.

    >>> memo = Memo()
    >>> memo("known", {"a": 1}, lambda: 5), memo("known", {"a": 1}, lambda: 6), sorted(memo.reused)
    (5, 5, ['known'])
    """

    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    reused: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """A new scenario begins."""
        self.reused.clear()

    def __call__(self, stage: str, key: Any, make: Callable[[], T]) -> T:
        """The value of a stage for a key of plain data; made once while it is kept."""
        name, kept = json.dumps(key, sort_keys=True, default=str), self.kept.setdefault(stage, {})
        if name in kept:
            self.reused.add(stage)
            kept[name] = kept.pop(name)  # the last one used goes last
            return kept[name]  # type: ignore[no-any-return]
        made = kept[name] = make()
        while len(kept) > (MOST_LAYERS if stage in LAYERS else MOST):
            del kept[next(iter(kept))]
        return made
