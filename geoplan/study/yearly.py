"""The numbers of every planning year: people, places wanted, supply and the gap account, with the projections behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from geoplan import tables
from geoplan.access.gap_sums import ALL, by_group
from geoplan.access.gaps import REASONS
from geoplan.errors import CheckFailed
from geoplan.result import CAUSES, Result, Year
from geoplan.supply.counted import by_reason
from geoplan.supply.modes import by_mode
from geoplan.supply.places import by_way
from geoplan.supply.staff import carers, in_total

YOUNG = ["age_0", "age_1", "age_2"]


def years(result: Result) -> dict[str, Any]:
    """Of each planning year: people and places wanted by band, supply, the gap account by band, unit and township, and its reasons."""
    return {str(year): of_year(result, table) for year, table in result.years.items()}


def of_year(result: Result, year: Year) -> dict[str, Any]:
    """One planning year."""
    bands, counted = list(result.service.band_ids), year.facilities[year.facilities["counted"]]
    people, wanted = (tables.places(year.demand, bands, name).sum() for name in ("people", "wanted"))
    capacity = tables.capacity(counted, bands).sum()
    whole = by_group(year.gaps, bands=bands).set_index("band")
    return {
        "people": people.to_dict(),
        "people_total": people.sum(),
        "wanted": wanted.to_dict(),
        "wanted_total": whole.loc[ALL, "wanted"],
        "facilities_counted": len(counted),
        "places_counted": tables.places(counted, bands).sum().sum(),
        "capacity": capacity.to_dict(),
        "capacity_total": capacity.sum(),
        "gap_account": whole.loc[ALL, list(CAUSES)].to_dict(),
        "reasons": whole.loc[ALL, [c for c in REASONS.values() if c in whole]].to_dict(),
        "by_band": whole.drop(index=ALL).to_dict("index"),
        "units": _by(result, year, "unit_id"),
        "townships": _by(result, year, "township") if "township" in result.demand else {},
    }


def _by(result: Result, year: Year, column: str) -> dict[str, Any]:
    """The gap account by a column of the demand table, all bands together."""
    group = result.demand[column].astype(object)
    table = by_group(year.gaps, group.where(group.notna(), None))
    table = table[(table["band"] == ALL) & (table["group"] != ALL)].drop(columns="band")
    return {str(k) if k is not None else "": row for k, row in table.set_index("group").to_dict("index").items()}


def levels(result: Result) -> list[dict[str, Any]]:
    """Places wanted by births, year and band (and all bands together) at each level of uptake."""
    if result.levels.empty:
        return []
    total = result.levels.groupby(level=["births", "year"]).sum()
    total.index = pd.MultiIndex.from_tuples([(*k, ALL) for k in total.index], names=result.levels.index.names)
    order = {name: n for n, name in enumerate([*result.service.band_ids, ALL])}
    rows: Any = pd.concat([result.levels, total]).reset_index().to_dict("records")
    return sorted(rows, key=lambda r: (r["births"], r["year"], order[r["band"]]))


def cohorts(result: Result) -> list[dict[str, Any]]:
    """Children by single age of every year from the census on, with what came and went; the whole study area."""
    if result.cohorts.empty:
        return []
    ages = result.cohorts.groupby(level="year").sum()
    ages["under_three"] = ages[[c for c in YOUNG if c in ages]].sum(axis=1)
    account = result.cohort_account.groupby(level="year").sum() if len(result.cohort_account) else pd.DataFrame()
    rows: Any = ages.join(account.drop(columns=["before", "after"], errors="ignore")).reset_index().to_dict("records")
    return list(rows)


def basis(result: Result) -> dict[str, Any]:
    """How the people under three of the base year were found, and what the other methods would have given."""
    found = dict(result.basis)
    for key in ("rule", "spread"):
        found[key] = result.text(found[key]) if found.get(key) else None
    return found


def supply(result: Result) -> dict[str, Any]:
    """The facilities of the planned year by service mode, by why they do not count, by how their places are known; and staff."""
    bands, care = result.service.band_ids, result.facilities
    factors = {mode: result.service.value(name) for mode, name in result.service.supply.modes.items()}
    ratios = {b.id: b.children_per_carer for b in result.service.bands if b.children_per_carer}
    needed = in_total(carers(tables.places(care[care["counted"]], list(ratios)), ratios)) if ratios else pd.DataFrame()
    return {
        "by_mode": _rows(by_mode(care, bands, factors)) if factors else [],
        "by_reason": _rows(by_reason(care, care, bands)),
        "places_from": _rows(by_way(care, bands)),
        "carers": _rows(needed),
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows: Any = pd.DataFrame(table).reset_index(names="key").to_dict("records") if len(table) else []
    return list(rows)


def targets(result: Result) -> dict[str, Any]:
    """The indicators by unit and township with the goals and the pilots of each unit; nothing for a service without indicators."""
    return {
        "indicators": _rows(result.indicators),
        "township_indicators": _rows(result.township_indicators),
        "goals": _rows(result.goals),
        "pilots": _rows(result.pilots),
    }


def check_years(found: Mapping[str, Any]) -> None:
    """Recount every planning year: its causes, its bands and its units add up to the places wanted; raises `CheckFailed`."""
    for year, row in found["years"].items():
        whole = round(row["wanted_total"] * 1000)
        sums = {
            "causes": sum(round(v * 1000) for v in row["gap_account"].values()),
            "bands": sum(round(b["wanted"] * 1000) for b in row["by_band"].values()),
            "units": sum(round(u["wanted"] * 1000) for u in row["units"].values()),
            "townships": sum(round(t["wanted"] * 1000) for t in row["townships"].values())
            if row["townships"]
            else whole,
            "wanted": round(sum(row["wanted"].values()) * 1000),
        }
        if wrong := {name: n / 1000 for name, n in sums.items() if n != whole}:
            raise CheckFailed(f"{year}: {wrong} do not add up to the places wanted, {whole / 1000}")
        kinds = sum(round(v * 1000) for v in row["reasons"].values())
        if row["reasons"] and kinds != round(row["gap_account"]["wrong_kind"] * 1000):
            raise CheckFailed(f"{year}: the reasons add up to {kinds / 1000}, not to wrong_kind")


def falls(result: Result) -> float | None:
    """How places wanted change from the first planning year to the last, as a share of the first; None with one year."""
    wanted = [
        tables.places(t.demand, result.service.band_ids, "wanted").to_numpy().sum() for t in result.years.values()
    ]
    return float(np.round(wanted[-1] / wanted[0] - 1, 6)) if len(wanted) > 1 and wanted[0] else None
