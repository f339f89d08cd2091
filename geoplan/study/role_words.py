"""What the roles of layers are called, in the study file, for people, and in the names of files (`roles.csv`)."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from geoplan.errors import Text

WHOLE, PART = 4.0, 2.0


@dataclass(frozen=True)
class RoleWords:
    """One role: its title, the shapes that its layer may have, and the words by which a file's name tells it."""

    title: Text
    shapes: frozenset[str]
    words: tuple[str, ...]


@cache
def role_words() -> Mapping[str, RoleWords]:
    """Every role of the study file, and the area.

    >>> role_words()["residents"].title.zh, sorted(role_words()["streets"].shapes)
    ('居住区和村庄的人口', ['graph', 'line', 'osm'])
    """
    lines = files("geoplan.study").joinpath("roles.csv").read_text(encoding="utf-8").splitlines()
    return {
        row["role"]: RoleWords(
            Text(row["en"], row["zh"]), frozenset(row["shapes"].split()), tuple(row["words"].split("|"))
        )
        for row in csv.DictReader(lines)
    }


def word_in(name: str, role: str) -> tuple[float, str]:
    """How well a file's name tells a role, and by which word: 4 if it is the word, 2 to 3 if it holds it, else 0.

    The longer the word the better: 老旧小区改造 is a renewal, though 小区 stands in it. Digits and marks of the name do not count.

    >>> word_in("居住区2020", "residents"), word_in("城市小区", "residents"), word_in("老旧小区改造", "renewal")
    ((4.0, '居住区'), (2.5, '小区'), (4.0, '老旧小区改造'))
    """
    bare = re.sub(r"[\W\d]+", "_", name.casefold()).strip("_")
    found = [(_fit(bare, word), len(word), word) for word in role_words()[role].words]
    fit, _, word = max(found)
    return (fit, word) if fit else (0.0, "")


def _fit(name: str, word: str) -> float:
    if name == word:
        return WHOLE
    inside = re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", name) if word.isascii() else word in name
    return PART + len(word) / len(name) if inside else 0.0
