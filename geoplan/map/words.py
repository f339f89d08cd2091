"""The map's words in Chinese and English, from one catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from geoplan.errors import Text


@cache
def catalogue() -> Mapping[str, Text]:
    """Every message by key."""
    from ruamel.yaml import YAML

    text = files("geoplan.map").joinpath("messages.yaml").read_text(encoding="utf-8")
    return {key: Text(entry["en"], entry["zh"]) for key, entry in YAML(typ="safe").load(text).items()}


def word(key: str, **values: object) -> Text:
    """The message of a key with its placeholders filled; raises `KeyError` for an unknown key.

    What the service calls things ({words.<name>}) is left standing: `Result.text` says it.

    >>> word("within", reach=300).en
    'within 300 m'
    """
    message = catalogue()[key]
    for name, value in values.items():
        mark = f"{{{name}}}"
        message = Text(message.en.replace(mark, str(value)), message.zh.replace(mark, str(value)))
    return message


def term(group: str, value: Any) -> Text:
    """The term `<group>.<value>` of the catalogue, or the value itself in both languages where there is none."""
    known = catalogue().get(f"{group}.{value}")
    return known or Text(str(value), str(value))
