"""The things that overlays draw, each with its id, name and what stands in its own table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import Text
from geoplan.map.overlay import Column, Features, Kind
from geoplan.map.words import term, word
from geoplan.result import CAUSES, Result

POLYGONAL = ("Polygon", "MultiPolygon")
BORDER_M = 5.0  # tolerance of unit outlines; a pixel at zoom 15


def column(
    label: Text, values: Iterable[Any], kind: Kind = "text", unit: str = "", colour: str = "", name: str = ""
) -> Column:
    """A row of a dossier; `unit` is a key of the catalogue."""
    return Column(label, list(values), kind, word(f"unit.{unit}") if unit else Text("", ""), colour, name=name)


def from_table(frame: pd.DataFrame, names: Iterable[tuple[str, Kind, str]]) -> list[Column]:
    """The columns of a table that it has, as rows of a dossier: (name, kind, unit)."""
    return [column(word(f"column.{n}"), frame[n], kind, unit, name=n) for n, kind, unit in names if n in frame.columns]


def by_band(result: Result, frame: pd.DataFrame, prefix: str, unit: str) -> list[Column]:
    """The columns `<prefix>_<band>`, labelled by band where there are several, then their sum."""
    bands = [b for b in result.service.bands if f"{prefix}_{b.id}" in frame.columns]
    label = word(f"column.{prefix}")
    made = [
        column(
            Text(f"{label.en}, {b.title.en}", f"{label.zh}：{b.title.zh}"),
            frame[f"{prefix}_{b.id}"],
            "amount",
            unit,
            name=f"{prefix}_{b.id}",
        )
        for b in bands
        if len(result.service.bands) > 1
    ]
    total = frame[[f"{prefix}_{b.id}" for b in bands]].sum(axis=1, skipna=False)
    return [*made, column(label, total, "amount", unit, name=prefix)] if bands else []


def residents(result: Result, frame: pd.DataFrame) -> list[Column]:
    """The residents, where demand points are where people live."""
    return from_table(frame, [("population", "count", "persons")]) if result.service.of_residents else []


def kinds_of_place(result: Result, frame: pd.DataFrame) -> list[Column]:
    """The kind of each demand point, where the service tells kinds apart; the value itself where the profile has no title."""
    titles = result.service.demand.kinds
    if not titles or "kind" not in frame.columns:
        return []
    return [
        column(word("column.kind_of_place"), [None if pd.isna(k) else titles.get(k, str(k)) for k in frame["kind"]])
    ]


def named(frame: pd.DataFrame) -> list[str]:
    """The names, or the ids where there is no name."""
    names = frame["name"] if "name" in frame.columns else pd.Series(None, index=frame.index, dtype=object)
    return [str(i) if pd.isna(n) or not str(n).strip() else str(n) for i, n in names.items()]


def unit_names(result: Result, frame: pd.DataFrame) -> Column:
    """The name of the county-level unit of each row."""
    units = result.units["name"].to_dict() if "name" in result.units.columns else {}
    return column(word("column.unit_id"), [None if pd.isna(u) else str(units.get(u, u)) for u in frame["unit_id"]])


def township_names(result: Result, frame: pd.DataFrame) -> Column:
    """The name of the township of each row, or what the table holds where the study area does not know it."""
    towns = result.area.townships
    known = {} if towns is None or "name" not in towns.columns else towns["name"].to_dict()
    return column(word("column.township"), [None if pd.isna(t) else str(known.get(t, t)) for t in frame["township"]])


def terms(group: str, values: Iterable[Any]) -> list[Text | None]:
    """Each value as a term of the catalogue; missing stays missing."""
    return [None if pd.isna(v) else term(group, v) for v in values]


def points(frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """One point for each row."""
    return frame.geometry.representative_point()


def areas(result: Result) -> Features:
    """Demand points, such as residential areas and villages, as polygons where all are."""
    frame = result.demand.sort_index()
    areal = bool(len(frame)) and bool(frame.geom_type.isin(POLYGONAL).all())
    columns = [column(word("column.id"), frame.index), unit_names(result, frame)]
    columns += [township_names(result, frame)] if "township" in frame.columns else []
    columns += [
        *kinds_of_place(result, frame),
        column(word("column.class"), terms("class", frame["class"])),
        *residents(result, frame),
    ]
    geometry = frame.geometry if areal else points(frame)
    return Features(
        "areas", word("areas"), "polygon" if areal else "point", geometry, named(frame), tuple(columns), 15, True
    )


def units(result: Result) -> Features:
    """County-level units with their indicators."""
    frame = result.area.units.sort_index()
    table = result.units.reindex(frame.index)
    names = named(table if "name" in table.columns else frame)
    outline = frame.geometry.copy()
    outline[:] = shapely.coverage_simplify(frame.geometry.to_numpy(), BORDER_M)
    return Features("units", word("units"), "polygon", outline, names, tuple(unit_columns(result, table)), 0, True)


def unit_columns(result: Result, table: pd.DataFrame) -> list[Column]:
    """The indicators of the units."""
    made = [column(word("column.id"), table.index), *residents(result, table)]
    made += from_table(table, [("people", "count", "persons"), ("wanted", "amount", "places"), ("facilities", "count", ""),
                               ("places", "count", "places")])  # fmt: skip
    made += from_table(table, [("places_per_1000", "amount", "places")]) if result.service.of_residents else []
    reaches = sorted(
        {int(c.split("_")[1]) for c in table.columns if c.startswith("coverage_") and c.split("_")[1].isdigit()}
    )
    made += [
        column(word("coverage_share", reach=r), table[f"coverage_{r}"], "share", name=f"coverage_{r}")
        for r in reaches
        if f"coverage_{r}" in table
    ]
    return made + from_table(table, [("served_after", "amount", "persons"), ("sites", "count", ""), ("new_places", "count", "places"),
                                     ("cost", "yuan", "yuan")])  # fmt: skip


def facilities(result: Result) -> Features:
    """Facilities that serve now; a column that nobody filled says nothing."""
    frame = result.facilities.sort_index()
    told = [c for c in ("filed", "inclusive", "service_modes", "opened") if c in frame and frame[c].notna().any()]
    columns = [
        column(word("column.id"), frame.index),
        column(word("column.kind"), kinds(result, frame["kind"])),
        unit_names(result, frame),
    ]
    columns += [column(word("column.status"), terms("status", frame["status"]))] if "status" in frame.columns else []
    flags: list[tuple[str, Kind, str]] = [("filed", "flag", ""), ("counted", "flag", ""), ("inclusive", "flag", "")]
    columns += from_table(frame, [f for f in flags if f[0] in {"counted", *told}])
    if "service_modes" in told:
        columns.append(column(word("column.service_modes"), terms("service_mode", frame["service_modes"])))
    columns += from_table(frame, [("opened", "year", "")]) if "opened" in told else []
    columns += by_band(result, frame, "places", "places")
    return Features("facilities", word("facilities"), "point", points(frame), named(frame), tuple(columns), 14, True)


def townships(result: Result) -> Features | None:
    """Townships with the indicators of target assessment; None where the area does not hold them."""
    frame = result.area.townships
    if frame is None or frame.empty:
        return None
    frame = frame.sort_index()
    outline = frame.geometry.copy()
    outline[:] = shapely.coverage_simplify(frame.geometry.to_numpy(), BORDER_M)
    columns = [column(word("column.id"), frame.index)]
    columns += [unit_names(result, frame)] if "unit_id" in frame.columns else []
    return Features(
        "townships",
        word("townships"),
        "polygon",
        outline,
        named(frame),
        (*columns, *assessed(result, frame.index)),
        11,
        True,
    )


def assessed(result: Result, index: pd.Index) -> list[Column]:
    """The indicators of townships, as far as they are numbers that are known for any."""
    table = result.township_indicators
    if table.empty:
        return []
    rows = table.reindex(index)
    said = {i.id: i for i in result.service.indicators_at(reaches_of(result))}
    return [
        Column(said[c].title, list(rows[c]), "share" if said[c].unit == "share" else "amount", name=c)
        for c in rows.columns
        if c in said and pd.api.types.is_numeric_dtype(rows[c]) and rows[c].notna().any()
    ]


def reaches_of(result: Result) -> list[int]:
    """The service reaches for which coverage is known, rising."""
    return sorted(int(c[9:]) for c in result.demand.columns if c.startswith("coverage_") and c[9:].isdigit())


def kinds(result: Result, values: Iterable[Any]) -> list[Text | None]:
    """Kinds of facility or option by title."""
    known = {k.id: k.title for k in result.service.options.values()}
    return [None if pd.isna(v) else known.get(v) or term("kind", v) for v in values]


def in_minutes(result: Result) -> bool:
    """Whether travel cost is in minutes; a study travels in minutes unless its numbers say metres."""
    nearest = result.numbers.get("nearest") or {}
    return bool(nearest.get("unit", "min") == "min")


def by_cause(gaps: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """The gap account summed over age bands, one row a demand point."""
    made: pd.DataFrame = gaps.groupby("demand_id")[list(CAUSES)].sum().reindex(index)
    return made


def codes(values: Iterable[Any]) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], list[Any]]:
    """The rank of each value among the different values, the most frequent first (ties by text), and these values."""
    series = pd.Series(list(values), dtype=object)
    counts = series.value_counts()
    order = sorted(counts.index, key=lambda v: (-counts[v], str(v)))[:254]
    rank = {v: i for i, v in enumerate(order)}
    return np.array([rank.get(v, 255) for v in series], np.uint8), order
