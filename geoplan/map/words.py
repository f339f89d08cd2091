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

    >>> word("within", reach=300).en
    'within 300 m'
    """
    message = catalogue()[key]
    return Text(message.en.format(**values), message.zh.format(**values)) if values else message


def term(group: str, value: Any) -> Text:
    """The term `<group>.<value>` of the catalogue, or the value itself in both languages where there is none."""
    known = catalogue().get(f"{group}.{value}")
    return known or Text(str(value), str(value))
