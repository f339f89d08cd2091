"""How unevenly access is shared: one table of measures by group, and what its first row says in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from geoplan.report.model import Cell, Kind, Table
from geoplan.report.words import Words
from geoplan.result import Result

INDICES = ("gini", "palma", "theil")
LEVELS = ("mean", "ede", "kolm_pollak")
COLUMNS = ("measure", "group", "people_known", "people_unknown", "mean", *INDICES, "ede", "kolm_pollak")
SAID = ("nearest", "two_step_fca")


def inequality(result: Result, units: bool = True) -> Table:
    """Each measure by group: the whole and the classes of residential area; with `units` the county-level units, too, and
    every digit, as a workbook has them.
    """
    words, rows = Words.of(result), []
    for name, found in result.numbers["inequality"].items():
        measure = words.column(name).heading
        show = row_in_full if units else row_in_short
        rows += [(measure, group, *show(row, name)) for group, row in groups(result, found, units)]
    columns = words.columns(*COLUMNS)
    return Table("inequality", words("table.inequality"), columns, tuple(rows), words("inequality.note"))


def groups(result: Result, found: dict[str, Any], units: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a measure with the titles of their groups."""
    words = Words.of(result)
    yield words("inequality.all"), found["all"]
    yield from ((words.term("class", group), row) for group, row in found["by_class"].items())
    if units:
        names = result.units["name"]
        yield from ((str(names.get(group, group)), row) for group, row in found["by_unit"].items())


def row_in_full(row: dict[str, Any], _name: str) -> tuple[Any, ...]:
    """The figures of one row as they stand in `results.json`."""
    return row["people"], row["unknown"], row["mean"], *(row[c] for c in INDICES), row["ede"], row["kolm_pollak"]


def row_in_short(row: dict[str, Any], name: str) -> tuple[Any, ...]:
    """The figures of one row as a page shows them: times with one decimal, the others to three or four places."""
    mean, ede, index = (Cell(rounded(row[c], 4), level_kind(name)) for c in LEVELS)
    return row["people"], row["unknown"], mean, *(rounded(row[c], 3) for c in INDICES), ede, index


def level_kind(name: str) -> Kind:
    """How a value of a measure is shown."""
    return "amount" if name == "nearest" else "number"


def rounded(value: float | None, decimals: int) -> float | None:
    """A figure to so many decimals; unknown stays unknown."""
    return None if value is None else round(value, decimals)


def sentences(result: Result) -> list[str]:
    """What the first row of the distance to the nearest facility and of 2SFCA says."""
    words, said = Words.of(result), []
    for name in SAID:
        row = result.numbers["inequality"].get(name, {}).get("all", {})
        if row.get("gini") is None:
            continue
        shown = {c: words.number(row[c], "count") for c in ("people", "unknown")}
        shown |= {c: words.number(rounded(row[c], 3), "number") for c in ("gini", "palma")}
        shown |= {c: words.number(rounded(row[c], 4), level_kind(name)) for c in LEVELS}
        shown |= {"palma": words("inequality.no_palma")} if row["palma"] is None else {}
        said.append(words(f"baseline.inequality_{name}", **shown, index=shown["kolm_pollak"]))
    return said
