"""A result in every text field of which stand names that would do harm if anything ran or formatted them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan.result import Result

NAMES = (
    "<img src=x onerror=window.__pwned=1>",
    "</script><script>window.__pwned=1</script>",
    "<svg/onload=window.__pwned=1>",
    "{{ window.__pwned = 1 }}",
    "${window.__pwned=1}",
    '=HYPERLINK("http://x")',
    "甲\u202e乙\u202c\"'`&amp;",
    "光明\x07小区\\u003cb\\u003e",
)
# texts that the program reads, not the reader: ids, and words of its own
READ = {
    *("unit_id", "kind", "status", "class", "verdict", "land_code", "role", "state", "standard", "to_role"),
    *("outcome", "between", "rule", "subject_id", "unit", "of", "cause", "main_cause", "key", "band", "place_id", "demand_id", "option_id", "site_id", "township", "paid_by", "supply_mode"),
    *("reason", "payer", "service_modes", "operation_mode", "control_id", "hazard_id", "from_id", "to_id", "replaces", "worst_unit"),
}  # fmt: skip


def hostile(result: Result, names: Sequence[str] = NAMES) -> Result:
    """The result with harm in every text that a user may have written, and in the names of study and scenario."""
    made = {f.name: harmed(v, names) for f in fields(result) if isinstance(v := getattr(result, f.name), pd.DataFrame)}
    units = harmed(result.area.units, names)
    towns = None if result.area.townships is None else harmed(result.area.townships, names)
    area = replace(result.area, units=units, townships=towns)
    numbers = {**result.numbers, "units": made["units"].reset_index().to_dict("records")}
    return replace(result, **made, area=area, numbers=numbers, study=names[0], scenario=names[1])


def harmed(frame: pd.DataFrame, names: Sequence[str]) -> Any:
    """The table with a name that would do harm in every cell that holds a text of the user's."""
    made = frame.copy()
    for column in made.columns:
        if column in READ or isinstance(made[column], gpd.GeoSeries):
            continue
        text = made[column].map(lambda v: isinstance(v, str))
        if text.any():
            harm = pd.Series([names[i % len(names)] for i in range(len(made))], made.index, object)
            made[column] = made[column].astype(object).where(~text, harm)
    return made
