"""Supply: the facilities and their places by filing, by why they do not count, by service mode, by how places are known; and staff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from geoplan.report.breakdowns import with_total
from geoplan.report.model import Table
from geoplan.report.projections import band_title
from geoplan.report.tables import band_columns, named_bands, reason_title, table
from geoplan.report.words import Words
from geoplan.result import Result
from geoplan.tables import capacity

NOT_OPEN = ("closed", "not_yet_open", "unknown_status", "unknown_opening")
ATTRIBUTES = ("inclusive", "operation_mode", "ownership")
FLAGS = {True: "yes", False: "no"}


def places(result: Result, facilities: pd.DataFrame) -> pd.Series:
    """The places of each facility that are known, all age bands together."""
    known: pd.Series = facilities[band_columns(result, "places")].fillna(0.0).sum(axis=1)
    return known


def sums(result: Result, facilities: pd.DataFrame, key: pd.Series, order: Sequence[Any]) -> pd.DataFrame:
    """Number, places and full-time places of the facilities by a key: those of `order` that occur, then the others."""
    full_time = capacity(facilities, result.service.band_ids).sum(axis=1)
    parts = pd.DataFrame({"facility_count": 1, "places": places(result, facilities), "fte": full_time})
    made = parts.groupby(key).sum()
    others = sorted(set(made.index) - set(order), key=lambda k: (k == "unknown", str(k)))  # what is not known last
    return made.loc[[*(k for k in order if k in made.index), *others]]


def flag(values: pd.Series) -> pd.Series:
    """Yes, no or unknown."""
    return values.astype(object).map(lambda v: "unknown" if pd.isna(v) else FLAGS[bool(v)])


def standing(result: Result) -> pd.DataFrame:
    """The facilities that are open in the planned year, whether they count or not."""
    return pd.DataFrame(result.facilities[~result.facilities["reason"].isin(NOT_OPEN)])


def by_filing(result: Result) -> pd.DataFrame:
    """Facilities, places and full-time places of those open in the planned year: filed, not filed, not known."""
    open_ones = standing(result)
    filed = open_ones["filed"] if "filed" in open_ones else pd.Series(pd.NA, open_ones.index)
    return sums(result, open_ones, flag(filed), ()).reindex(["yes", "no", "unknown"], fill_value=0.0)


def filing(result: Result) -> Table:
    """The open facilities, filed only and all of them: both figures of the clause on filing."""
    words, frame = Words.of(result), by_filing(result)
    frame.insert(0, "filing", [words.term("filing", code) for code in frame.index])
    return with_total(result, table(result, "supply_filed", frame, map(str, frame.columns)), also=["fte"])


def found(result: Result, name: str) -> pd.DataFrame:
    """A table of the numbers of supply, by its key; those rows that hold a facility."""
    frame = pd.DataFrame(result.numbers["supply"][name])
    if frame.empty:
        return frame
    some = frame[["facilities", *(c for c in ["offering"] if c in frame)]].sum(axis=1) > 0
    return frame[some].rename(columns={"facilities": "facility_count"}).reset_index(drop=True)


def each_band(result: Result) -> list[str]:
    """The columns of places by age band; none for a service with one band, whose places are all of it."""
    return band_columns(result, "places") if len(result.service.bands) > 1 else []


def by_reason(result: Result) -> Table:
    """Facilities and places that count, and those that do not by the first reason why."""
    words, frame = Words.of(result), found(result, "by_reason")
    frame["why"] = [reason_title(words, code) for code in frame.get("key", ())]
    return with_total(result, table(result, "supply_by_reason", frame, ["why", "facility_count", "places"]))


def by_mode(result: Result) -> Table:
    """Facilities, places and full-time places by the service mode under which each counts."""
    words, frame, bands = Words.of(result), found(result, "by_mode"), each_band(result)
    frame["mode"] = [words.term("service_mode", code) for code in frame.get("key", ())]
    names = ["mode", "offering", "facility_count", *bands, "places", "fte"]
    built = named_bands(result, table(result, "supply_by_mode", frame, names, words("supply.mode_note")))
    return with_total(result, built, also=[*bands, "fte"], but=["offering"])


def places_from(result: Result) -> Table:
    """How the places of the facilities are known: as stated, from classes, from floor area, or not."""
    words, frame, bands = Words.of(result), found(result, "places_from"), each_band(result)
    frame["way"] = [words.term("way", code) for code in frame.get("key", ())]
    built = table(result, "supply_places_from", frame, ["way", "facility_count", *bands, "places"])
    return with_total(result, named_bands(result, built), also=bands)


def carers(result: Result) -> Table:
    """Carers that the facilities which count need, by age band and in all."""
    words, rows = Words.of(result), result.numbers["supply"]["carers"]
    ratios = {b.id: b.children_per_carer for b in result.service.bands}
    made = []
    for row in rows:
        band = str(row["key"]).removeprefix("carers").removeprefix("_") or "all"
        made.append((band_title(result, band), ratios.get(band), row["persons"], row["known"], row["unknown"]))
    columns = words.columns("band", "children_per_carer", "carers", "known", "not_known")
    return Table("supply_carers", words("table.supply_carers"), columns, tuple(made), words("supply.carers_note"))


def attributes(result: Result) -> Table:
    """The facilities that count: inclusive or not, how they are run and who owns them, with the share of the places."""
    words, rows = Words.of(result), []
    counted = pd.DataFrame(result.facilities[result.facilities["counted"].astype(bool)])
    total = places(result, counted).sum()
    for name in (a for a in ATTRIBUTES if a in counted):
        given = counted[name].astype(object)
        key = flag(given) if name == "inclusive" else given.where(given.notna(), "unknown").astype(str)
        for value, row in sums(result, counted, key, ("yes", "no")).iterrows():
            share = row["places"] / total if total else None
            titles = (words(f"attribute.{name}"), words.term("attribute_value", value))
            rows.append((*titles, row["facility_count"], row["places"], share))
    columns = words.columns("attribute", "attribute_value", "facility_count", "places", "share_of_places")
    note = words("supply.attributes_note")
    return Table("supply_attributes", words("table.supply_attributes"), columns, tuple(rows), note)


def by_year(result: Result) -> Table:
    """Every planning year: facilities and places that count, full-time places, and those not yet open and closed by then."""
    rows = []
    for year, own in result.years.items():
        care, n = own.facilities, result.numbers["years"][str(year)]
        known = places(result, care)
        counted = {name: n[name] for name in ("facilities_counted", "places_counted")}
        row = {"year": year, **counted, "fte": n["capacity_total"]}
        for state in ("not_yet_open", "closed"):
            hit = care["reason"].eq(state)
            row |= {state: int(hit.sum()), f"{state}_places": known[hit].sum()}
        rows.append(row)
    full_time = ["fte"] if result.service.supply.modes else []  # without modes it is what counts, again
    names = ["year", "facilities_counted", "places_counted", *full_time, "not_yet_open", "not_yet_open_places"]
    frame, note = pd.DataFrame(rows), Words.of(result)("supply.years_note")
    return table(result, "supply_years", frame, [*names, "closed", "closed_places"], note)
