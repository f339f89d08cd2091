"""What the sources room can say: one row of messages.csv a code, problem and advice in both languages."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, NoReturn

from geoplan.errors import Finding, InputError, Severity, Text


@cache
def messages() -> dict[str, tuple[str, str, str, str]]:
    """Of each code the problem and the advice in English and Chinese; {fields} are filled in by `finding`."""
    lines = files("geoplan.sources").joinpath("messages.csv").read_text(encoding="utf-8").splitlines()
    return {code: (en, zh, advice, advice_zh) for code, en, zh, advice, advice_zh in csv.reader(lines[1:])}


def finding(
    code: str,
    file: str,
    place: str = "",
    value: object = "",
    *,
    severity: Severity = "error",
    count: int = 1,
    **fields: Any,
) -> Finding:
    """The finding of a code, its fields filled in.

    >>> finding("GP-F001", "a.csv").sentence()
    'GP-F001 a.csv: the file does not exist; check the path and the spelling'
    """
    en, zh, advice_en, advice_zh = (part.format(**fields) for part in messages()[code])
    return Finding(code, file, place, Text(en, zh), Text(advice_en, advice_zh), str(value), severity, count)


def refuse(code: str, file: str, place: str = "", value: object = "", **fields: Any) -> NoReturn:
    """Raise at once: nothing more can be learned from this file."""
    raise InputError(finding(code, file, place, value, **fields))


def near_word(word: str, known: Mapping[str, str]) -> dict[str, Any]:
    """The fields `hint` and `hint_zh` of a message: the word of `known` nearest to this one, and what it stands for.

    >>> near_word("加油加气站点", {"加油站": "filling_station", "商场": "shopping_mall"})["hint"]
    'did you mean 加油站 (filling_station)?'
    """
    near = get_close_matches(word.casefold(), known, n=1, cutoff=0.5)
    if not near:
        return {"hint": "use one of them", "hint_zh": "请改用其中之一"}
    said = near[0] if near[0] == known[near[0]] else f"{near[0]} ({known[near[0]]})"
    return {"hint": f"did you mean {said}?", "hint_zh": f"是否为 {said}？"}


def nearest(name: str, known: list[str], *other: str) -> dict[str, Any]:
    """The fields `hint` and `hint_zh` of a message: the known name nearest to any of these, or all names.

    >>> nearest("nmae", ["name", "kind"])["hint"]
    'did you mean name?'
    """
    folded = {k.casefold(): k for k in known}
    near = [m for n in (name, *other) for m in get_close_matches(n.casefold(), folded, n=1)]
    if near:
        return {"hint": f"did you mean {folded[near[0]]}?", "hint_zh": f"是否为 {folded[near[0]]}？"}
    return {"hint": f"there are: {', '.join(known[:30])}", "hint_zh": f"现有：{'、'.join(known[:30])}"}
