"""The full tables of a result, one row a thing: the sheets of the workbook, of which the annex shows the first rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pandas as pd

from geoplan.report.model import Table
from geoplan.report.numbers import missing
from geoplan.report.words import Words, catalogue, option_kind
from geoplan.result import CAUSES, Result
from geoplan.tables import capacity

MEASURES = ("two_step_fca", "three_step_fca", "balanced_fca", "spatial_availability", "cumulative", "gravity")
OF_RESIDENTS = frozenset({"population", "places_per_1000"})
UNSERVED = [cause for cause in CAUSES if cause != "served"]


def table(result: Result, name: str, frame: pd.DataFrame, columns: Iterable[str], note: str = "") -> Table:
    """A frame as a table: those of `columns` that it has, in that order; captions stand in the catalogue as table.<name>.

    Residents are left out where demand points are not where people live.
    """
    words = Words.of(result)
    unknown = frozenset() if result.service.of_residents else OF_RESIDENTS
    kept = [c for c in columns if c in frame.columns and c not in unknown]
    rows = tuple(frame[kept].itertuples(index=False, name=None))
    return Table(name, words(f"table.{name}"), words.columns(*kept), rows, note)


def with_titles(result: Result, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with codes turned to words: units, kinds, classes, states, verdicts; the index becomes a column."""
    words = Words.of(result)
    shown = pd.DataFrame(frame.drop(columns="geometry", errors="ignore")).reset_index()
    turns: dict[str, Callable[[Any], Any]] = {
        "class": lambda v: words.term("class", v),
        "kind": lambda v: option_kind(result, v),
        "status": lambda v: words.term("status", v),
        "operation_mode": lambda v: None if pd.isna(v) else words.term("attribute_value", v),
        "verdict": lambda v: words.term("outcome", v),
        "places_from": lambda v: words.term("way", v),
        "service_modes": lambda v: "、".join(words.term("service_mode", m) for m in modes(v)),
    }
    for name, turn in turns.items():
        if name in shown.columns:
            shown[name] = shown[name].astype(object).map(turn)
    if "unit_id" in shown.columns and "name" in result.units.columns:
        shown["unit"] = shown["unit_id"].map(result.units["name"]).fillna(shown["unit_id"])
    return shown


def modes(value: Any) -> list[str]:
    """The service modes of a facility, given as text with commas or as a list."""
    if isinstance(value, str):
        return [part.strip() for part in value.replace("、", ",").replace(";", ",").split(",") if part.strip()]
    return [str(part) for part in value] if isinstance(value, (list, tuple)) else []


def band_columns(result: Result, prefix: str) -> list[str]:
    """The columns of a prefix, one for each age band."""
    return [f"{prefix}_{band}" for band in result.service.band_ids]


def named_bands(result: Result, built: Table) -> Table:
    """The table with its age bands named by their titles instead of their ids."""
    titles = {band.id: result.text(band.title) for band in result.service.bands}
    columns = []
    for column in built.columns:
        head, _, last = column.title.rpartition(" ")
        columns.append(replace(column, title=f"{head} {titles[last]}" if last in titles else column.title))
    return replace(built, columns=tuple(columns))


def units(result: Result) -> Table:
    """The indicators of each unit."""
    frame = with_titles(result, result.units)
    frame["unserved"] = frame[UNSERVED].sum(axis=1)
    frame["share"] = frame["served"] / frame["wanted"].where(frame["wanted"] > 0)
    reaches = [str(c) for c in frame if str(c).startswith("coverage_")]
    head = ["unit_id", "unit", "population", "people", "wanted", "facilities", "places", "places_per_1000"]
    causes = [*CAUSES, "unserved", "share", *reaches]
    return table(result, "units", frame, [*head, *causes, "served_after", "new_places", "cost", "sites"])


def residential(result: Result) -> Table:
    """Each residential area with its people, places wanted and causes of the gap, the largest gap first."""
    sums = result.gaps.groupby("demand_id", sort=True)[list(CAUSES)].sum().reindex(result.demand.index)
    after = result.gaps_after.groupby("demand_id", sort=True)["served"].sum().reindex(result.demand.index)
    frame = with_titles(result, result.demand.join(sums))
    frame["people"] = frame[band_columns(result, "people")].sum(axis=1)
    frame["wanted"] = frame[band_columns(result, "wanted")].sum(axis=1)
    frame["unserved"] = frame[UNSERVED].sum(axis=1)
    frame["served_after"] = after.to_numpy()
    frame = frame.sort_values(["unserved", "demand_id"], ascending=[False, True], kind="stable")
    names = [
        "demand_id",
        "name",
        "unit",
        "township",
        "class",
        "population",
        "people",
        "wanted",
        *CAUSES,
        "unserved",
    ]
    return table(result, "residential", frame, [*names, "served_after", "nearest", *MEASURES])


def gap_areas(result: Result) -> Table:
    """The gap areas in order of rank, with the people without a place by cause."""
    frame = with_titles(result, result.gap_areas)
    frame["rank"], frame["unserved"] = range(1, len(frame) + 1), frame["people"]
    names = ["rank", "name", "unit", "members", "unserved", *UNSERVED, "stability", "confidence"]
    return table(result, "gap_areas", frame, names)


def cause_title(words: Words, cause: str) -> str:
    """The name of one of the five causes; any other text stays as it is."""
    return CAUSES[cause].to(words.language) if cause in CAUSES else str(cause)


def reason_title(words: Words, code: str) -> str:
    """Why a facility does not count, in words; a reason made of a column's name says that column.

    >>> reason_title(Words("en"), ""), reason_title(Words("en"), "unknown_floor_area_m2")
    ('counts', 'not known: Floor area')
    """
    column = code.removeprefix("unknown_")
    if f"why.{code or 'counts'}" in catalogue():
        return words.term("why", code or "counts")
    return words("why.unknown_column", column=words.column(column).title)


def facilities(result: Result) -> Table:
    """The facilities, those with most places first."""
    frame = with_titles(result, result.facilities)
    frame["places"] = frame[band_columns(result, "places")].sum(axis=1)
    frame["fte"] = capacity(frame, result.service.band_ids).sum(axis=1)
    frame["why"] = [reason_title(Words.of(result), code) for code in frame["reason"]]
    frame = frame.sort_values(["places", "facility_id"], ascending=[False, True], kind="stable")
    names = [
        "facility_id",
        "name",
        "unit",
        "kind",
        "status",
        "filed",
        "inclusive",
        "service_modes",
        "opened",
        "closes",
        "operation_mode",
        "ownership",
        "counted",
        "why",
        "places_from",
        "places",
        "fte",
    ]
    return named_bands(result, table(result, "facilities", frame, [*names, *band_columns(result, "places")]))


OPTION_COLUMNS = (
    "option_id", "site_id", "site_group", "name", "unit", "class", "kind", "search_area", "built_from", "places", "classes", "fte_per_place", "cost",
    "cost_low", "cost_high", "subsidy", "paid_by", "fees", "annual_cost", "floor_area_m2", "outdoor_m2", "land_m2", "farmland_m2",
    "new_land_m2", "land_code", "supply_mode", "lead_time_years", "first_phase", "clause", "departments", "excludes", "closes_facility",
    "reason", "soft_score", "verdict",
)  # fmt: skip
MOST_NAMED = 50  # options that a cell names; more are counted


def options(result: Result) -> Table:
    """The options, those that pass first, then by id."""
    frame = option_words(result, result.options)
    order = result.options["verdict"].map({"pass": 0, "unknown": 1, "fail": 2}).to_numpy()
    frame = frame.assign(order=order).sort_values(["order", "option_id"], kind="stable")
    return named_bands(result, table(result, "options", frame, [*OPTION_COLUMNS, *band_columns(result, "places")]))


def option_words(result: Result, frame: pd.DataFrame) -> pd.DataFrame:
    """Options as the report words them: clause and departments of their kind, how land comes, who pays, what they are built from."""
    shown = with_titles(result, frame)
    profile = {name: result.service.options.get(name) for name in frame["kind"].unique()}
    for column in ("clause", "departments"):
        given = shown[column] if column in shown else [""] * len(shown)
        pairs = zip(frame["kind"], given, strict=True)
        worded = {name: option_text(result, kind, column) for name, kind in profile.items() if kind}
        shown[column] = [worded.get(k, v) for k, v in pairs]
    for column, turn in option_turns(result).items():
        if column in shown.columns:
            shown[column] = shown[column].astype(object).map(turn)
    return shown.rename(columns={"fte": "fte_per_place", "replaces": "closes_facility"})


def option_turns(result: Result) -> dict[str, Callable[[Any], Any]]:
    """How the codes of an option's columns are turned to words; what is missing stays missing."""
    words, service = Words.of(result), result.service
    modes_known = {mode: result.text(said[0]) for mode, said in service.supply_modes.items()}
    payers = {payer: result.text(title) for payer, title in service.payers.items()}
    return {
        "supply_mode": lambda v: modes_known.get(v, v),
        "paid_by": lambda v: payers.get(v, v),
        "land_code": lambda v: words.term("land_code", v) if v else v,
        "built_from": lambda v: built_from(words, v),
        "excludes": lambda v: listed(words, v),
        "search_area": lambda v: None if missing(v) else bool(v),
    }


def built_from(words: Words, given: Any) -> Any:
    """The layer in words and the id in it, of "<role>:<id>"; anything else stays as it is."""
    role, colon, name = str(given).partition(":")
    return words("options.built_from", role=words.term("role", role), id=name) if colon else given


def listed(words: Words, ids: Any) -> str:
    """The options that a cell names, and how many more there are."""
    if isinstance(ids, str) or ids is None or isinstance(ids, float):
        return "" if ids is None or isinstance(ids, float) else ids
    found = list(map(str, ids))
    more = len(found) - MOST_NAMED
    rest = words("options.more", count=words.number(more, "count")) if more > 0 else ""
    return ", ".join(found[:MOST_NAMED]) + rest


def option_text(result: Result, kind: Any, column: str) -> str:
    """The clause of an option kind, or its departments, the lead first."""
    if column == "clause":
        return result.text(kind.clause)
    return ("、" if result.language == "zh" else ", ").join(result.text(d) for d in kind.departments)


def programme(result: Result) -> Table:
    """The options chosen, by phase and id."""
    frame = option_words(result, result.chosen)
    frame["phase"] = phases(result).to_numpy()
    frame = frame.sort_values(["phase", "option_id"], kind="stable")
    names = ["phase", "option_id", "site_id", "name", "unit", "kind", "places", "served", "travel", "cost", "cost_low", "cost_high", "subsidy",
             "paid_by", "fees", "annual_cost", "land_m2", "farmland_m2", "new_land_m2", "land_code", "supply_mode", "verdict", "clause",
             "departments"]  # fmt: skip
    return table(result, "plan", frame, names)


def renamed(result: Result, built: Table, name: str) -> Table:
    """The same rows as a table of another name, with the caption of that name."""
    return replace(built, name=name, caption=Words.of(result)(f"table.{name}"))


def phases(result: Result) -> pd.Series:
    """The phase in which each option chosen is carried out: `phase` where the model gives one, else the first possible."""
    chosen = pd.DataFrame(result.chosen)
    given = next((chosen[c] for c in ("phase", "first_phase") if c in chosen), None)
    return pd.Series(result.year, index=chosen.index) if given is None else given
