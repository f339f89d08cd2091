"""Unmeasured: the values that a verdict needs and no layer gives, by what they are and row by row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from geoplan.errors import Text
from geoplan.profiles.units import unit_text
from geoplan.report import tables
from geoplan.report.model import Table
from geoplan.report.words import Words
from geoplan.result import Result

IDS = re.compile(r"[\s,;、，；]+")


def rows(result: Result) -> pd.DataFrame:
    """The values to be measured in words, most places first."""
    found = result.field_checks
    shown = tables.with_titles(result, found.drop(columns="unit").reset_index(drop=True))
    shown["what_to_measure"] = [result.text(t) if isinstance(t, Text) else str(t) for t in found["title"]]
    shown["unit_of_measure"] = [result.text(unit_text(str(u))) for u in found["unit"]]
    shown["why_it_matters"] = [why(result, s) for s in found["standards"]]
    return shown.rename(columns={"places": "places_at_stake"})


def why(result: Result, standards: Any) -> str:
    """The titles of the standards that need a value; their ids stand in one text or in a list."""
    ids: Sequence[str] = IDS.split(standards) if isinstance(standards, str) else list(standards)
    known = result.service.standards
    titles = [result.text(known[i].title) if i in known else i for i in ids if i]
    return ("、" if result.language == "zh" else "; ").join(dict.fromkeys(titles))


def field_checks(result: Result) -> Table:
    """Every value to be measured: where, what, why, and how many places hang on it."""
    if result.field_checks.empty:
        return Table("field_checks", Words.of(result)("table.field_checks"), (), ())
    names = ["site_id", "name", "unit", "what_to_measure", "quantity", "unit_of_measure", "why_it_matters", "places_at_stake",
             "lon", "lat"]  # fmt: skip
    return tables.table(result, "field_checks", rows(result), names)


def by_quantity(result: Result) -> Table:
    """How many values are not known, by what they are: at how many sites, and how many places hang on them."""
    frame = rows(result)
    keys = ["what_to_measure", "quantity", "unit_of_measure"]
    sums = frame.groupby(keys, sort=False).agg(
        values_unknown=("site_id", "size"),
        places_at_stake=("places_at_stake", "sum"),
        why_it_matters=("why_it_matters", "first"),
    )
    sums = sums.reset_index().sort_values(["values_unknown", "quantity"], ascending=[False, True])
    names = ["what_to_measure", "unit_of_measure", "values_unknown", "places_at_stake", "why_it_matters"]
    return tables.table(result, "field_checks_by_quantity", sums, names)
