"""Tables of a result in plain texts and numbers: options, and what the clauses say of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import Text
from geoplan.result import Result

COMPLIANCE = ("option_id", "standard", "title", "outcome", "measured", "asked", "unit", "clause", "force")
SEPARATOR = "; "


def options(result: Result, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Options with texts for lists: `excludes` by id, and the titles of the standards that are `failed` and `unknown`.

    Titles of kind, payer and way of supply stand beside their ids; geometries other than where the option stands are left out.
    """
    made = frame.drop(columns=[*frame.columns[frame.dtypes == "geometry"].drop(frame.geometry.name)])
    for name, titles in named(result).items():
        if name in made.columns:
            made[f"{name}_title"] = [None if pd.isna(v) else titles.get(v, v) for v in made[name]]
    if "excludes" in made.columns:
        made["excludes"] = [joined(v) for v in made["excludes"]]
    if "verdicts" in made.columns:
        titles = {s.id: result.text(s.title) for s in result.service.standards.values()}
        for outcome, name in (("fail", "failed"), ("unknown", "unknown")):
            made[name] = [
                joined(titles.get(v.standard, v.standard) for v in listed(many) if v.outcome == outcome)
                for many in made["verdicts"]
            ]
        made = made.drop(columns="verdicts")
    return made


def named(result: Result) -> dict[str, dict[str, str]]:
    """The titles of what options name by id, by column."""
    service = result.service
    return {
        "kind": {k.id: result.text(k.title) for k in service.options.values()},
        "paid_by": {i: result.text(t) for i, t in service.payers.items()},
        "supply_mode": {i: result.text(t) for i, (t, _) in service.supply_modes.items()},
    }


def compliance(result: Result) -> pd.DataFrame:
    """One row a verdict: option, standard with its title, outcome, the value measured (missing if not known) and asked, unit,
    clause (empty where the standard may not be cited) and force.
    """
    many = [listed(v) for v in result.options["verdicts"]] if "verdicts" in result.options.columns else []
    flat = [verdict for some in many for verdict in some]
    if not flat:
        return pd.DataFrame(columns=list(COMPLIANCE))
    standards = result.service.standards
    texts = {s.id: (result.text(s.title), result.text(s.clause) if s.cited else "") for s in standards.values()}
    own = [texts.get(v.standard, (v.standard, "")) for v in flat]
    columns = {
        "option_id": np.repeat(result.options.index.to_numpy(object), [len(v) for v in many]),
        "standard": [v.standard for v in flat],
        "title": [title for title, _ in own],
        "outcome": [v.outcome for v in flat],
        "measured": np.array([v.measured for v in flat], float),
        "asked": np.array([v.asked for v in flat], float),
        "unit": [v.unit for v in flat],
        "clause": [clause for _, clause in own],
        "force": [v.force for v in flat],
    }
    return pd.DataFrame(columns, columns=list(COMPLIANCE))


def attributes(result: Result) -> dict[str, pd.DataFrame]:
    """The tables without a place, by name; empty ones too."""
    return {
        "compliance": compliance(result),
        "refusals": told(result, result.refusals.rename_axis("standard").reset_index()),
        "suitability": told(result, result.suitability.rename_axis("option_id").reset_index()),
        "obligations": told(result, result.obligations),
        "field_checks": told(result, result.field_checks),
        "land": told(
            result, result.land.reset_index(names=index_names(result.land)) if named_index(result.land) else result.land
        ),
    }


def told(result: Result, table: pd.DataFrame) -> pd.DataFrame:
    """A table whose texts are in the language of the study and whose lists are texts; without geometry."""
    made = pd.DataFrame(table.drop(columns="geometry", errors="ignore")).reset_index(drop=True)
    for name, kind in made.dtypes.items():
        if pd.api.types.is_object_dtype(kind):
            made[name] = typed([plain(result, v) for v in made[name]])
    return made.rename(columns=str)


def typed(values: list[Any]) -> Any:
    """Values as numbers where all that are known are numbers, else as texts; missing stays missing.

    >>> typed([1, None, 2.5]).tolist(), typed(["a", None]).tolist()
    ([1.0, nan, 2.5], ['a', <NA>])
    """
    known = [v for v in values if v is not None]
    if known and all(isinstance(v, (int, float, np.number)) and not isinstance(v, bool) for v in known):
        return np.array(values, float)
    return pd.array([None if v is None else str(v) for v in values], dtype="string")


def plain(result: Result, value: Any) -> Any:
    """A text as the study says it, a list joined, a missing value as None, else the value itself."""
    if isinstance(value, Text):
        return result.text(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return joined(plain(result, v) for v in value)
    return None if value is None or value is pd.NA or value != value else value  # noqa: PLR0124 - NaN is unequal to itself


def named_index(table: pd.DataFrame) -> bool:
    """Whether the index of a table says something."""
    return any(name is not None for name in table.index.names)


def index_names(table: pd.DataFrame) -> list[str]:
    """The names of an index, a number where it has none."""
    return [str(n) if name is None else str(name) for n, name in enumerate(table.index.names)]


def listed(value: Any) -> tuple[Any, ...]:
    """What a cell lists; nothing where it is missing."""
    return tuple(value) if isinstance(value, (list, tuple)) else ()


def joined(values: Any) -> str:
    """A list as one text.

    >>> joined(["a", "b"]), joined(None)
    ('a; b', '')
    """
    return SEPARATOR.join(map(str, values)) if isinstance(values, Iterable) and not isinstance(values, str) else ""
