"""Land use: what the plan takes by phase, planning code and way of supply, taxes and fees, and what the options offered would take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from geoplan.profiles.service import Fee
from geoplan.report import breakdowns, tables
from geoplan.report.model import Table
from geoplan.report.rule_tables import asked
from geoplan.report.rules import as_rule
from geoplan.report.words import Words
from geoplan.result import Result

AREAS = ("land_m2", "farmland_m2", "new_land_m2")
TEXTS = ("land_code", "supply_mode")


def planned(result: Result) -> pd.DataFrame:
    """The options chosen with the phase in which they are carried out; what is not given of their land is missing."""
    frame = pd.DataFrame(result.chosen).reindex(columns=["kind", *TEXTS, *AREAS])
    frame[list(AREAS)] = frame[list(AREAS)].astype(float)
    frame[list(TEXTS)] = frame[list(TEXTS)].fillna("").astype(str)
    return frame.assign(phase=tables.phases(result).to_numpy(), count=1)


def takes_land(frame: pd.DataFrame) -> pd.Series:
    """Whether land is taken, or it is not known whether."""
    return ~(frame["land_m2"] == 0)


def sums(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Options and areas by key; a sum with a part that is not known is not known."""
    columns = ["count", *AREAS]
    grouped: Any = frame.groupby(keys, sort=True)[columns]
    found: pd.DataFrame = grouped.agg(lambda values: values.sum(skipna=False)).reset_index()
    return found


def in_words(result: Result, frame: pd.DataFrame) -> pd.DataFrame:
    """Kinds, codes and ways of supply as the report names them."""
    words = Words.of(result)
    shown = tables.with_titles(result, frame)
    if "land_code" in frame:
        shown["land_code"] = [words.term("land_code", code) for code in frame["land_code"]]
    if "supply_mode" in frame:
        shown["supply_mode"] = [supply_title(result, mode) for mode in frame["supply_mode"]]
    return shown


def supply_title(result: Result, mode: Any) -> str:
    """How land or building is come by, in words."""
    known = result.service.supply_modes.get(mode)
    return result.text(known[0]) if known else str(mode or "")


def by_phase(result: Result) -> Table:
    """The land that the plan takes by phase, kind and planning code: conversion of farmland, and the quota of new construction land."""
    frame = planned(result)
    found = in_words(result, sums(frame[takes_land(frame)], ["phase", "kind", "land_code"]))
    found["phase_name"] = found["phase"].astype(str)
    names = ["phase_name", "kind", "land_code", "count", *AREAS]
    return breakdowns.with_total(result, tables.table(result, "land_by_phase", found, names))


def supply_modes(result: Result) -> Table:
    """The options chosen by way of supply, each with its condition."""
    found = sums(planned(result), ["supply_mode"])
    conditions = {mode: result.text(said[1]) for mode, said in result.service.supply_modes.items()}
    frame = in_words(result, found)
    frame["condition"] = [conditions.get(mode, "") for mode in found["supply_mode"]]
    return tables.table(result, "supply_modes", frame, ["supply_mode", "count", "land_m2", "condition"])


def charged(result: Result) -> frozenset[str]:
    """The taxes and fees that the study counts; the others are taken as relieved."""
    return frozenset((result.settings.get("siting") or {}).get("fees") or ())


def fees(result: Result) -> Table:
    """Each tax and fee: its rate, whether the study counts it, and what the options chosen pay."""
    words, on = Words.of(result), charged(result)
    rows = [
        (result.text(f.title), rate(result, f), words.term("fee_base", f.base), f.id in on, paid(result, f.id) if f.id in on else None, f.clause)
        for f in result.service.fees
    ]  # fmt: skip
    names = ("fee", "rate_asked", "fee_base", "charged", "fee_amount", "relief_clause")
    return Table("land_fees", words("table.land_fees"), words.columns(*names), tuple(rows), words("land.fees_note"))


def rate(result: Result, fee: Fee) -> str:
    """The rate of a fee with its unit, and how sure it is where it may not be cited."""
    rule = as_rule(result, "", fee.rate, ())
    once = Words.of(result)("land.yearly") if fee.yearly else ""
    return asked(rule, result) + once + ("" if fee.rate.cited else f" [{rule.mark}]")


def paid(result: Result, fee: str) -> float | None:
    """What the options chosen pay of a fee; unknown where it is not known of one of them, or no option carries it."""
    column = result.chosen.get(f"fee_{fee}")
    return None if column is None else float(column.astype(float).sum(skipna=False))


def offered(result: Result) -> Table:
    """The land that the options offered would take, by kind, planning code and way of supply; options of one site exclude each other."""
    found = result.land
    keys = ["kind", "land_code", "supply_mode"]
    kept = found[found["of"] == "offered"] if len(found) else pd.DataFrame(columns=["of", *keys, "count", *AREAS])
    kept = kept[takes_land(kept)]
    frame = in_words(result, sums(kept, keys)) if len(kept) else kept
    made = tables.table(result, "land_offered", frame, [*keys, "count", *AREAS])
    return replace(made, note=Words.of(result)("land.offered_note"))


def land(result: Result) -> Table:
    """The land table in full: offered and planned, by kind, phase, planning code and way of supply, with cost and each fee."""
    words = Words.of(result)
    if not len(result.land):
        return Table("land", words("table.land"), (), ())
    found = in_words(result, result.land)
    found["of"] = [words.term("land_of", of) for of in result.land["of"]]
    names = ["of", "kind", "first_phase", *TEXTS, "count", "with_land", *AREAS, "cost", "fees"]
    built = tables.table(result, "land", found, names)
    return with_fees(result, built, found)


def with_fees(result: Result, built: Table, frame: pd.DataFrame) -> Table:
    """The table with one column more for each fee that the frame knows, under its title."""
    words = Words.of(result)
    known = [f for f in result.service.fees if f"fee_{f.id}" in frame]
    columns = tuple(replace(words.column("fees"), title=result.text(f.title), name=f"fee_{f.id}") for f in known)
    more = list(frame[[c.name for c in columns]].itertuples(index=False, name=None)) if known else [()] * len(frame)
    rows = tuple((*row, *extra) for row, extra in zip(built.rows, more, strict=True))
    return replace(built, columns=(*built.columns, *columns), rows=rows)


def sites(result: Result) -> Table:
    """The options chosen that take land, or whose land is unknown."""
    frame = tables.option_words(result, result.chosen)
    frame["land_code"] = (
        result.chosen["land_code"].to_numpy() if "land_code" in result.chosen else ""
    )  # without its name
    frame["phase"] = tables.phases(result).to_numpy()
    taking = takes_land(frame.astype({"land_m2": float})) if "land_m2" in frame else pd.Series(True, index=frame.index)
    kept = frame[taking].sort_values(["phase", "option_id"])
    names = ["phase", "option_id", "name", "unit", "kind", "land_code", "supply_mode", *AREAS]
    return tables.table(result, "land_sites", kept, names)
