"""Weighed: how well each option suits, what each criterion adds to its score, and how much of that hangs on the weights."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geoplan.profiles.standard import MARKS
from geoplan.profiles.units import unit_text
from geoplan.report import tables
from geoplan.report.model import Column, Table
from geoplan.report.words import Words
from geoplan.result import Result

TOP = 20


def criteria(result: Result) -> Table:
    """The criteria: their share of all weights, from which value to which they score, and how sure the weight is."""
    words, known = Words.of(result), result.service.suitability
    whole = sum(c.weight.value for c in known) or None
    rows = tuple(
        (result.text(c.title), whole and c.weight.value / whole, c.worst, c.best, result.text(unit_text(c.unit)), result.text(MARKS[c.weight.mark]))
        for c in known
    )  # fmt: skip
    names = ("criterion", "weight", "scores_0", "scores_1", "unit_of_measure", "mark")
    return Table("criteria", words("table.criteria"), words.columns(*names), rows, words("suitability.criteria_note"))


def offered(result: Result) -> pd.DataFrame:
    """The options weighed that are not refused, in the order of their rank."""
    refused = result.options.index[result.options["verdict"] == "fail"]
    return result.suitability[~result.suitability.index.isin(refused)].sort_values("rank")


def ranked(result: Result) -> pd.DataFrame:
    """The options weighed in the order of their rank, with name, unit and kind in words."""
    frame = offered(result).rename_axis("option_id")
    known = result.options.reindex(frame.index)[["name", "unit_id", "kind", "places", "verdict"]]
    return tables.with_titles(result, frame.join(known))


def suitability(result: Result) -> Table:
    """Every option weighed: rank, score, value and share of each criterion, and its ranks with other weights."""
    if not len(result.suitability):
        return Table("suitability", Words.of(result)("table.suitability"), (), ())
    names = ["rank", "option_id", "name", "unit", "kind", "verdict", "score", "unknown_weight", "times_in_top", "variants",
             "best_rank", "worst_rank"]  # fmt: skip
    return made(result, "suitability", ranked(result), names, values=True)


def top(result: Result) -> Table:
    """The first options by score: how much of the weight is unknown, and whether other weights would change them."""
    frame = ranked(result).head(TOP)
    names = ["rank", "name", "unit", "kind", "places", "score", "unknown_weight", "times_in_top", "worst_rank"]
    return tables.table(result, "suitability_top", frame, names, sensitivity_note(result))


def shares(result: Result) -> Table:
    """What each criterion adds to the score of the first options; the shares add up to the score."""
    return made(result, "suitability_shares", ranked(result).head(TOP), ["rank", "score"], values=False)


def made(result: Result, name: str, frame: pd.DataFrame, head: Sequence[str], values: bool) -> Table:
    """A table of options with columns for each criterion: its value (if `values`) and its share of the score."""
    words, known = Words.of(result), [c for c in result.service.suitability if f"share_{c.id}" in frame]
    kept = [c for c in head if c in frame]
    columns, names = list(words.columns(*kept)), list(kept)
    for c in known:
        title, unit = result.text(c.title), result.text(unit_text(c.unit)) if c.unit != "share" else ""
        if values:
            columns.append(Column(words("column.criterion_value", criterion=title), unit, "number", f"value_{c.id}"))
            names.append(f"value_{c.id}")
        shown = words("column.criterion_share", criterion=title) if values else title
        columns.append(Column(shown, "", "share", f"share_{c.id}"))
        names.append(f"share_{c.id}")
    rows = tuple(frame[names].itertuples(index=False, name=None))
    return Table(name, words(f"table.{name}"), tuple(columns), rows)


def variants(result: Result) -> int:
    """With how many other sets of weights the ranking was tried; 0 where it was not."""
    found = result.suitability.get("variants")
    return 0 if found is None or found.empty else int(found.max())


def staying(result: Result) -> int:
    """How many of the first options stay among the first with every other set of weights."""
    first = offered(result).head(TOP)
    return int((first["times_in_top"] == first["variants"]).sum()) if variants(result) else 0


def sensitivity_note(result: Result) -> str:
    """What the counts of variants mean; nothing where none was tried."""
    words, tried = Words.of(result), variants(result)
    counts = {"variants": words.number(tried, "count"), "top": words.number(TOP, "count")}
    return words("suitability.top_note", **counts) if tried else ""
