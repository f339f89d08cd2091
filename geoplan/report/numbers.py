"""How a number is written: one function for every output, so that one value reads the same everywhere."""

from __future__ import annotations

import math
from typing import Any

from geoplan.errors import Language
from geoplan.report.model import Kind

MISSING = "—"
FLAGS: dict[Language, tuple[str, str]] = {"zh": ("否", "是"), "en": ("no", "yes")}
FORMS = {"text": "{}", "year": "{:.0f}", "share": "{:.1%}", "number": "{:,.10g}"}
DECIMALS: dict[str, int] = {"count": 0, "yuan": 0, "metres": 0, "amount": 1}


def missing(value: Any) -> bool:
    """Whether a value is not known: None, NaN or pandas' NA.

    >>> missing(None), missing(float("nan")), missing(0.0), missing("")
    (True, True, False, True)
    """
    if value is None or (isinstance(value, str) and not value):
        return True
    if isinstance(value, float):
        return math.isnan(value)
    return type(value).__name__ in {"NAType", "NaTType"}


def shown(value: Any, kind: Kind = "text", language: Language = "en") -> str:
    """A value as text; a missing value is a dash, never 0.

    `count` and `metres` are whole, `amount` (people, places) has one decimal, `yuan` is whole, `share` is a percentage with one
    decimal, `number` keeps what it has.

    >>> shown(12345.678, "amount"), shown(0.1234, "share"), shown(None, "count"), shown(-0.01, "amount"), shown(-1e-9, "share")
    ('12,345.7', '12.3%', '—', '0.0', '0.0%')
    """
    if missing(value):
        return MISSING
    if kind == "flag":
        return FLAGS[language][bool(value)]
    if kind in DECIMALS:
        decimals = DECIMALS[kind]
        return f"{round(float(value), decimals) + 0.0:,.{decimals}f}"
    if kind == "share":
        value = round(float(value), 3) + 0.0  # no sign before a zero
    return FORMS[kind].format(value)
