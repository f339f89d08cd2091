"""What a code or name of a unit means: a unit of the study area, an alias, a county that was renamed, or nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.area import StudyArea
from geoplan.errors import Findings, Text
from geoplan.sources._divisions import Change, change_of
from geoplan.sources._given import Given
from geoplan.sources._messages import finding, nearest
from geoplan.sources._parse import HALF_WIDTH

# what a table counts, by the column that counts it
COUNTED = {
    "population": Text("people", "人"),
    "residents": Text("people", "人"),
    "workers": Text("workers", "名职工"),
    "births": Text("births", "名新生儿"),
    "births_mid": Text("births", "名新生儿"),
    "net_moves": Text("moves", "人次迁移"),
}


@dataclass(frozen=True)
class Spelling:
    """How a layer spells units: `aliases` maps its codes and names to units; codes `within` are zones inside units."""

    aliases: Mapping[str, str] = field(default_factory=dict)
    within: Mapping[str, Collection[str]] = field(default_factory=dict)


def clean(text: object) -> str | None:
    """A code or name as it is looked up: half-width, without ".0", statistical codes of 9 or 12 digits cut to a county's 6.

    >>> clean("１３０５０２"), clean("130502000000"), clean("130502.0"), clean("襄都区"), clean(None)
    ('130502', '130502', '130502', '襄都区', None)
    """
    if not isinstance(text, str):
        return None
    half = text.translate(HALF_WIDTH)
    return re.sub(r"^([0-9]{6})(000|000000)?([.]0)?$", r"\1", half)


def named_units(
    given: Given,
    stated: pd.Series,
    column: str,
    area: StudyArea,
    findings: Findings,
    spelling: Spelling,
    values: Mapping[str, pd.Series],
    places: gpd.GeoDataFrame | None = None,
) -> pd.Series:
    """The unit that each row states by id, name or alias; a zone's own code; missing where none is stated.

    A county that was renamed is read as what it is now, as a repair. A code that joins nothing is one error that says
    how many rows and people would vanish, and how to keep them: by where they stand, if they have `places`.
    """
    known = {str(n): str(u) for u, n in area.units["name"].items()} | {str(u): str(u) for u in area.units.index}
    keys = stated.map(clean).astype(object)
    aliases = _aliases(spelling, known, given, findings)
    units: dict[str, Any] = {}
    for key in dict.fromkeys(k for k in keys if isinstance(k, str)):
        rows = np.flatnonzero(keys == key)
        place = given.place(int(rows[0]), column)
        change = change_of(key, set(known.values()))
        units[key] = aliases.get(key) or (key if key in spelling.within else known.get(key))
        if key in aliases:
            more: dict[str, Any] = {"severity": "note", "count": len(rows), "unit": aliases[key]}
            findings.add(finding("GP-L023", given.file, place, key, **more, **lost_of(values, rows)))
        elif units[key] is None and change:
            units[key] = change.unit_id or None
            _say_change(change, given, place, key, rows, values, findings)
        elif units[key] is None:
            stand = None if places is None else places.loc[places.index.isin(given.frame.index[rows])]
            offer = _offer(key, area, stand)
            findings.add(finding("GP-L003", given.file, place, key, count=len(rows), **lost_of(values, rows), **offer))
    return pd.Series([units.get(k) for k in keys], keys.index, dtype=object)


def _aliases(spelling: Spelling, known: Mapping[str, str], given: Given, findings: Findings) -> dict[str, str]:
    """The aliases with ids of units; an error for each unit that they or the zones name and the area has not."""
    asked = [("unit_aliases", k, str(v)) for k, v in spelling.aliases.items()]
    asked += [("within", k, str(v)) for k, holders in spelling.within.items() for v in holders]
    for option, key, unit in asked:
        if unit not in known:
            findings.add(finding("GP-L024", given.file, f"{option}.{key}", unit, **nearest(unit, list(known))))
    found = {clean(str(k)): known.get(str(v)) for k, v in spelling.aliases.items()}
    return {k: v for k, v in found.items() if k and v}


def lost_of(values: Mapping[str, pd.Series], rows: Any) -> dict[str, Any]:
    """The fields `rows`, `lost` and `lost_zh`: how much stands in these rows, and what share of the layer that is."""
    counted = next((c for c in COUNTED if c in values and values[c].notna().any()), None)
    if counted is None:
        return {"rows": len(rows), "lost": "", "lost_zh": ""}
    numbers, word = values[counted].to_numpy(float), COUNTED[counted]
    if np.isnan(numbers[rows]).all():
        return {"rows": len(rows), "lost": f", unknown {word.en}", "lost_zh": "，数量未知"}
    amount, total = np.nansum(numbers[rows]), np.nansum(numbers)
    share = 1.0 if not total else amount / total
    shown = f"{share:.1%}" if not 0 < share < 0.001 else "<0.1%"
    en = f", {amount:,.0f} {word.en}, {shown} of the layer"
    return {"rows": len(rows), "lost": en, "lost_zh": f"，{amount:,.0f}{word.zh}，占该图层的 {shown}"}


def _say_change(
    change: Change,
    given: Given,
    place: str,
    key: str,
    rows: Any,
    values: Mapping[str, pd.Series],
    findings: Findings,
) -> None:
    """A repair if the county is now one unit; an error with its townships if it was divided."""
    fields: dict[str, Any] = {
        "old": change.name,
        "year": change.year,
        "fate": change.fate.en,
        "fate_zh": change.fate.zh,
    }
    fields |= {"source": f"{change.source.en} [{change.mark}]", "source_zh": f"{change.source.zh} [{change.mark}]"}
    fields |= lost_of(values, rows)
    if change.unit_id:
        findings.add(finding("GP-L021", given.file, place, key, severity="repair", count=len(rows), **fields))
    else:
        findings.add(finding("GP-L022", given.file, place, key, count=len(rows), **fields))


def _offer(key: str, area: StudyArea, places: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """The fields `hint`, `spelt` and `unit`: the unit that may be meant, where the rows stand, or all units.

    A code is not compared by its digits with other codes: 130571 is no slip of the pen for 130581.
    """
    names, unit = {str(u): f"{u} {n}" for u, n in area.units["name"].items()}, "<unit_id>"
    stands = pd.Series(dtype=int) if places is None or places.empty else area.unit_of(places).value_counts()
    if re.match("[0-9]{6}", key) and key[:6] in names:
        unit = key[:6]
        hint = {"hint": f"its first six digits are {names[unit]}", "hint_zh": f"前六位为 {names[unit]}"}
    elif len(stands):
        unit = str(stands.index[0])
        where = ", ".join(f"{names[str(u)]} ({n})" for u, n in sorted(stands.items()))
        en = f"its rows stand in {where}: leave the code blank to count them there"
        hint = {"hint": en, "hint_zh": f"其各行位于 {where}：留空编码即按所在位置计入"}
    elif not re.fullmatch("[0-9.]+", key):
        hint = nearest(key, [str(n) for n in area.units["name"]])
    else:
        hint = {"hint": f"there are: {', '.join(names.values())}", "hint_zh": f"现有：{'、'.join(names.values())}"}
    return {**hint, "spelt": key, "unit": unit}
