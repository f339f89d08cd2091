"""Memo: what was computed from which settings, so that a scenario computes only what its changes touch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class Memo:
    """Remembers what was computed from which settings, so that a scenario computes only what its changes touch."""

    kept: dict[str, Any] = field(default_factory=dict)

    def __call__(self, stage: str, key: Any, make: Callable[[], T]) -> T:
        """The value of a stage for a key of plain data; made once."""
        name = f"{stage}:{json.dumps(key, sort_keys=True, default=str)}"
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]  # type: ignore[no-any-return]
