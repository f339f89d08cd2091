"""Changes: what came out otherwise in a later run, one row a county."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import typer

from geoplan.console.columns import print_table
from geoplan.console.summary import service_words
from geoplan.errors import Language, Text

HEADS = {
    "facilities": Text("facilities", "设施"),
    "places": Text("{words.places}", "{words.place}"),
    "places_per_1000": Text("per 1,000 residents", "每千人"),
    "wanted": Text("wanted", "需求"),
    "served": Text("served", "已满足"),
    "unserved": Text("not served", "缺口"),
    "enrolment_rate": Text("enrolment rate", "入托率"),
}  # what of the indicators fits on a screen; --json gives them all


def print_changes(table: pd.DataFrame, folders: Sequence[Path], language: Language) -> None:
    """The table of changes between two runs, the numbers after with their change in brackets."""
    known = [c.removesuffix("_after") for c in map(str, table) if c.endswith("_after") and table[c].notna().any()]
    within = {
        c: Text(f"within {c.split('_')[1]} m", f"{c.split('_')[1]}米内") for c in known if c.startswith("coverage_")
    }
    heads = {name: head for name, head in {**HEADS, **within}.items() if name in known}
    say = service_words(json.loads((folders[1] / "results.json").read_text(encoding="utf-8")), language)
    how = Text(
        "{} (people of {}) → {} (people of {}): the numbers are those after, in brackets the change where there is one\n"
        "(?: not known before; –: not known after; within … m: share of the {words.places} wanted)",
        "{}（{}年人口）→ {}（{}年人口）：表中为后期数值，括号内为变化，无括号即未变\n"
        "（?：前期未知；–：后期未知；…米内：占需求{words.place}的比例）",
    )
    years = table.attrs["years"]
    typer.echo(say(how).format(folders[0], years[0], folders[1], years[1]))
    whole = say(Text("whole area", "全区"))
    rows = [
        [unit if unit != table.index[-1] else whole, row["name"], *(_change(row, name) for name in heads)]
        for unit, row in table.iterrows()
    ]
    titles = [Text("unit", "编码"), Text("name", "名称"), *heads.values()]
    print_table([say(t) for t in titles], rows, right=range(2, len(titles)))


def _change(row: pd.Series, name: str) -> str:
    """A number after, and in brackets its change if that shows."""
    share = name.startswith("coverage_") or name.endswith("_rate")
    places = 1 if share else 2 if name == "places_per_1000" else 0
    value, change = (row[f"{name}_{side}"] * (100 if share else 1) for side in ("after", "change"))
    if value != value:  # noqa: PLR0124 - NaN is the only value unequal to itself
        return "–"
    text = f"{value:,.{places}f}{'%' if share else ''}"
    if change != change:  # noqa: PLR0124
        return f"{text} (?)"
    return f"{text} ({change:+,.{places}f})" if round(change, places) else text
