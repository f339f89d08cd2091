"""Where layers come from: the `sources.yaml` of a folder of layers, and the fingerprint of a file."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import Any

from geoplan.errors import Findings
from geoplan.sources import budgets
from geoplan.sources._files import reading, sha256
from geoplan.sources._messages import finding, nearest, refuse

__all__ = ["read_sources_yaml", "sha256"]

KEYS = ("title", "title_en", "source", "source_en", "licence", "date", "unit", "synthetic", "note")


def read_sources_yaml(folder: str | Path) -> dict[str, dict[str, Any]]:
    """What `sources.yaml` in a folder says of each file: the `KEYS`, as far as they are given.

    `layers:` maps file names to keys; `synthetic` is true or false, all others are text. A folder without it
    says nothing: {}. Raises `InputError` with every key or value that does not belong there.
    """
    where = Path(folder) / "sources.yaml"
    if not where.is_file():
        return {}
    content, file, problems = _load(where), str(where), Findings()
    entries = content.get("layers") if isinstance(content, dict) else None
    if not isinstance(entries, dict) or not all(isinstance(e, dict) for e in entries.values()):
        refuse("GP-S002", file, "layers", given="layers: {file: {title: …}}")
    for name, entry in entries.items():
        for key, value in entry.items():
            _check(file, f"layers.{name}.{key}", key, value, problems)
    problems.raise_errors()
    return {str(n): {k: v if k == "synthetic" else str(v) for k, v in e.items()} for n, e in entries.items()}


def _check(file: str, place: str, key: Any, value: Any, problems: Findings) -> None:
    if key not in KEYS:
        problems.add(finding("GP-S001", file, place, key, **nearest(str(key), list(KEYS))))
    elif key == "synthetic" and not isinstance(value, bool):
        problems.add(finding("GP-S002", file, place, value, given="true / false"))
    elif key != "synthetic" and isinstance(value, dict | list):
        problems.add(finding("GP-S002", file, place, value, given="text"))


def _load(where: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.events import AliasEvent

    file = str(where)
    if where.stat().st_size > budgets.SOURCES_BYTES:
        refuse("GP-F008", file, given=f"{where.stat().st_size} bytes", limit=budgets.SOURCES_BYTES)
    with reading(file, "YAML"):
        text = where.read_text(encoding="utf-8-sig")
        if (depth := _depth(text)) > budgets.NESTING:
            refuse("GP-F008", file, given=f"nesting of {depth}", limit=budgets.NESTING)
        if any(isinstance(e, AliasEvent) for e in YAML(typ="safe", pure=True).parse(text)):
            refuse("GP-S003", file)
        return YAML(typ="safe", pure=True).load(text)


def _depth(text: str) -> int:
    """How deep the brackets of a text nest, and how many dashes open one line, whichever is more."""
    steps = [1 if c in "[{" else -1 for c in text if c in "[]{}"]
    dashes = max((len(line) - len(line.lstrip("- ")) for line in text.splitlines()), default=0)
    return max(max(accumulate(steps), default=0), dashes // 2)
