"""Counties of another year's division: what became of them, from divisions_changed.csv."""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from geoplan.errors import Text


@dataclass(frozen=True)
class Change:
    """A county that is no more: its old code and name, until which year it was, and what became of it.

    `unit_id` is the unit that it is now, "" if it was divided among several; `mark` says how well the change is known
    (F found in a public document), `code_mark` how well its old code is (G to be verified).
    """

    code: str
    name: str
    year: int
    unit_id: str
    fate: Text
    source: Text
    mark: str
    code_mark: str


@cache
def changes() -> tuple[Change, ...]:
    """All changes of the file.

    >>> [(c.name, c.unit_id) for c in changes() if c.code == "130526"]
    [('任县', '130505')]
    """
    lines = files("geoplan.sources").joinpath("divisions_changed.csv").read_text(encoding="utf-8").splitlines()
    return tuple(
        Change(
            row["code"], row["name"], int(row["year"]), row["unit_id"], Text(row["fate_en"], row["fate_zh"]),
            Text(row["source_en"], row["source_zh"]), row["mark"], row["code_mark"],
        )
        for row in csv.DictReader(lines)
    )  # fmt: skip


def change_of(text: str, units: Collection[str]) -> Change | None:
    """The change that a code or name of a file speaks of, if it concerns these units; else None.

    A name says nothing by itself, since other cities had a 桥东区 too: what the county became must be among the units,
    or, if it was divided, a unit of its city must be.

    >>> change_of("任县", {"130505"}).unit_id, change_of("任县", {"130102"})
    ('130505', None)
    """
    for change in changes():
        if text in (change.code, change.name):
            near = change.unit_id in units if change.unit_id else any(u[:4] == change.code[:4] for u in units)
            return change if near else None
    return None
