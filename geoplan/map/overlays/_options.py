"""Options as the map draws and tells them: marks by nature and kind, and all that is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Text
from geoplan.map.overlay import NOT_DRAWN, Class, Column, Facet, Features, Kind, Shape
from geoplan.map.overlays._features import (
    by_band,
    column,
    from_table,
    in_minutes,
    kinds,
    named,
    points,
    terms,
    unit_names,
)
from geoplan.map.overlays._verdicts import verdict_column
from geoplan.map.palette import NATURE_COLOURS
from geoplan.map.words import term, word
from geoplan.result import Result

OUTCOMES = ("pass", "unknown", "fail")
SHAPES: tuple[Shape, ...] = ("circle", "square", "triangle", "diamond", "wedge", "pentagon", "plus", "star")
RINGS = ("", "#1f2933", "#ffffff")  # round a shape that comes again within a nature
MONEY: tuple[tuple[str, Kind, str], ...] = (
    ("subsidy", "yuan", "yuan"),
    ("fees", "yuan", "yuan"),
    ("annual_cost", "yuan", "yuan_year"),
)
SPACE: tuple[tuple[str, Kind, str], ...] = (
    ("floor_area_m2", "count", "m2"),
    ("outdoor_m2", "count", "m2"),
    ("land_m2", "count", "m2"),
    ("farmland_m2", "count", "m2"),
    ("new_land_m2", "count", "m2"),
    ("land_code", "text", ""),
)
TIME: tuple[tuple[str, Kind, str], ...] = (
    ("lead_time_years", "amount", "years"),
    ("first_phase", "year", ""),
    ("departments", "text", ""),
    ("clause", "text", ""),
    ("built_from", "text", ""),
    ("replaces", "text", ""),
)


def options(result: Result) -> Features:
    """What could be done, at every site."""
    frame = result.options.sort_index()
    columns = tuple(option_columns(result, frame))
    return Features("options", word("options"), "point", points(frame), named(frame), columns, None, True)


def chosen(result: Result) -> Features:
    """The options of the plan; the verdicts stand with the options."""
    frame = result.chosen.sort_index()
    minutes = "min" if in_minutes(result) else "m"
    columns = from_table(frame, [("served", "amount", "persons"), ("travel", "amount", minutes)])
    columns += [] if "phase" not in frame.columns else from_table(frame, [("phase", "year", "")])
    columns += [column(word("column.kind"), kinds(result, frame["kind"])), unit_names(result, frame)]
    columns += losses(result, frame.index)
    return Features("plan", word("chosen"), "point", points(frame), named(frame), tuple(columns), 11, True, "options")


def losses(result: Result, index: pd.Index) -> list[Column]:
    """What is lost if each is refused, and what then comes in its place, where the study asks for it."""
    if result.losses.empty:
        return []
    table = result.losses.reindex(index)
    made = [
        column(word(f"column.{n}"), finite(table[n]), "amount", "persons", name=f"losses.{n}")
        for n in ("lost_alone", "lost_at_least", "lost_at_most")
    ]
    made.append(column(word("column.places_more"), table["places"], "amount", "places", name="losses.places"))
    made.append(column(word("column.money_more"), table["money"], "yuan", "yuan", name="losses.money"))
    units = result.units["name"].to_dict() if "name" in result.units.columns else {}
    worst = [units.get(u, u) if isinstance(u, str) and u else None for u in table["worst_unit"]]
    made.append(column(word("column.worst_unit"), worst))
    lists = [list(v) if isinstance(v, (list, tuple)) else [] for v in table["comes_in"]]
    return [*made, column(word("column.comes_in"), lists, "options")]


def finite(values: pd.Series) -> list[float | None]:
    """The values; None where no plan is left, or where it is unknown."""
    return [float(v) if np.isfinite(v) else None for v in values.astype(float)]


def option_columns(result: Result, frame: pd.DataFrame) -> list[Column]:
    """Kind, places, money, land, time, the reason, and the verdicts clause by clause."""
    made = [
        column(word("column.id"), frame.index),
        column(word("column.kind"), kinds(result, frame["kind"])),
        unit_names(result, frame),
    ]
    made += [column(word("column.class"), terms("class", frame["class"]))] if "class" in frame.columns else []
    made += [*by_band(result, frame, "places", "places"), *from_table(frame, [("classes", "count", "")])]
    made += money(result, frame) + land(result, frame) + from_table(filled(frame), TIME)
    made += exclusions(frame) + from_table(frame, [("soft_score", "share", "")])
    made.append(column(word("column.verdict"), terms("outcome", frame["verdict"])))
    made += from_table(filled(frame), [("reason", "note", "")])
    return [*made, verdict_column(result.service, frame["verdicts"])] if "verdicts" in frame.columns else made


def money(result: Result, frame: pd.DataFrame) -> list[Column]:
    """The one-off cost from low to high, who bears it, and the cost a year."""
    if {"cost_low", "cost_high"} <= set(frame.columns):
        ranges = frame[["cost_low", "cost", "cost_high"]].astype(float).to_numpy().tolist()
        made = [column(word("column.cost_range"), ranges, "yuan_range", "yuan")]
    else:
        made = from_table(frame, [("cost", "yuan", "yuan")])
    if "paid_by" in frame.columns:
        made.append(column(word("column.paid_by"), titled(frame["paid_by"], result.service.payers)))
    return made + from_table(frame, MONEY)


def land(result: Result, frame: pd.DataFrame) -> list[Column]:
    """Floor, ground and land, and on which condition it is come by."""
    made = from_table(filled(frame), SPACE)
    if "supply_mode" in frame.columns:
        modes = {mode: joined(*texts) for mode, texts in result.service.supply_modes.items()}
        made.append(column(word("column.supply_mode"), titled(frame["supply_mode"], modes)))
    return made


def joined(title: Text, condition: Text) -> Text:
    """A way of supply with its condition in brackets, where it has one."""
    return Text(f"{title.en} ({condition.en})", f"{title.zh}（{condition.zh}）") if condition.en else title


def titled(values: Iterable[Any], titles: Mapping[str, Text]) -> list[Text | str | None]:
    """The title of each value; the value itself where it has none; missing stays missing."""
    return [None if pd.isna(v) or v == "" else titles.get(v, str(v)) for v in values]


def filled(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame in which an empty text is missing, without columns that nobody filled."""
    texts = [
        c for c in frame.columns if c in {"land_code", "built_from", "replaces", "reason", "clause", "departments"}
    ]
    made = frame.assign(**{c: frame[c].where(frame[c].astype(object) != "", None) for c in texts})
    return made.drop(columns=[c for c in texts if made[c].isna().all()])


def exclusions(frame: pd.DataFrame) -> list[Column]:
    """How many options each rules out."""
    if "excludes" not in frame.columns:
        return []
    counts = [len(v) if isinstance(v, (list, tuple, set, frozenset)) else None for v in frame["excludes"]]
    return [column(word("column.excludes"), counts, "count", "options")]


def kind_classes(
    result: Result, present: Iterable[Any], line: str = "", width: float = 1.0
) -> tuple[tuple[Class, ...], dict[str, int]]:
    """A class for each kind that is present, in order of nature, and its number; the look of a kind does not depend on the others."""
    found, here = look(result), set(present)
    known = [k for nature in NATURE_COLOURS for k in result.service.options.values() if k.nature == nature]
    shown = [k for k in known if k.id in here]
    heads = {k.id: term("nature", k.nature) for k in shown}
    classes = tuple(
        Class(
            k.title, NATURE_COLOURS[k.nature], line or found[k.id][1], width, shape=found[k.id][0], heading=heads[k.id]
        )
        for k in shown
    )
    return classes, {k.id: n for n, k in enumerate(shown)}


def look(result: Result) -> dict[str, tuple[Shape, str]]:
    """The shape of each kind of the service, and the ring round it where a nature has more kinds than there are shapes."""
    options = result.options
    sites = set(options.loc[~searching(options), "kind"])
    made: dict[str, tuple[Shape, str]] = dict.fromkeys(
        set(options["kind"]) - sites, ("ring", "")
    )  # areas to search only
    for nature in NATURE_COLOURS:
        own = [k for k in result.service.options.values() if k.nature == nature and k.id not in made]
        made |= {k.id: (SHAPES[i % len(SHAPES)], RINGS[i // len(SHAPES) % len(RINGS)]) for i, k in enumerate(own)}
    return made


def searching(frame: pd.DataFrame) -> pd.Series:
    """Which options are areas to search, not sites yet."""
    if "search_area" not in frame.columns:
        return pd.Series(False, index=frame.index)
    return frame["search_area"].eq(True) & frame["search_area"].notna()  # missing is not a search area


def outlines(frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """The area of each option: its geometry, or another geometry that the table carries; empty where neither is an area."""
    own = frame.geometry
    for name in frame.columns[frame.dtypes == "geometry"]:
        other = gpd.GeoSeries(frame[name], crs=own.crs)
        own = own.where(own.geom_type.isin(["Polygon", "MultiPolygon"]) | other.isna(), other)
    return own.where(own.geom_type.isin(["Polygon", "MultiPolygon"]), None)


def facets(result: Result, frame: pd.DataFrame) -> tuple[Facet, ...]:
    """The kind and the verdict of options, as they are filtered in every overlay of options."""
    classes, rank = kind_classes(result, result.options["kind"])
    kind: npt.NDArray[np.uint8] = np.array([rank.get(k, NOT_DRAWN) for k in frame["kind"]], np.uint8)
    return (
        Facet("verdict", word("column.verdict"), tuple(term("outcome", o) for o in OUTCOMES), outcomes(frame)),
        Facet("kind", word("column.kind"), tuple(c.label for c in classes), kind),
    )


def outcomes(frame: pd.DataFrame) -> npt.NDArray[np.uint8]:
    """The number of each option's verdict."""
    return np.array([OUTCOMES.index(v) for v in frame["verdict"]], np.uint8)
