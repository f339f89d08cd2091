"""Full-time equivalents: the share of a place that counts by service mode (full day, half day, hourly, temporary)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from geoplan.errors import CheckFailed, Finding, Findings, InputError, Text, UsageError
from geoplan.supply._columns import note, numbers, shown, texts
from geoplan.supply.places import known_places

JOINED = re.compile(r"[;；,，、/|+]")
FULL_DAY, NOT_STATED = "full_day", "not_stated"
THOUSAND = 1000


def modes_of(facilities: pd.DataFrame) -> pd.Series:
    """The service modes of each facility as a tuple of texts; an empty one where none is stated.

    >>> modes_of(pd.DataFrame({"service_modes": ["full_day；hourly", None]}, index=["a", "b"])).tolist()
    [('full_day', 'hourly'), ()]
    """
    cells = texts(facilities, "service_modes")
    parts = [() if c is None else tuple(p.strip() for p in JOINED.split(str(c)) if p.strip()) for c in cells]
    return pd.Series(parts, facilities.index, dtype=object, name="service_modes")


def fte(facilities: pd.DataFrame, factor: Mapping[str, float], findings: Findings) -> pd.Series:
    """The share of a place that counts, in whole thousandths of 1, by the mode of each facility.

    share = max over its modes of factor[mode]: a facility that also offers full days can take a child all day. No
    mode stated counts as full_day, with a note (GP-P030). `factor` needs full_day and every mode that occurs,
    each from 0 to 1. Raises `InputError` for a mode without a factor (GP-P031), `UsageError` for a factor that is
    none. Clause C3.4; the notice states no factor, so they are parameters.

    >>> frame = pd.DataFrame({"service_modes": ["half_day", "hourly;full_day", None]}, index=["a", "b", "c"])
    >>> fte(frame, {"full_day": 1, "half_day": 0.5, "hourly": 0.3}, Findings()).tolist()
    [0.5, 1.0, 1.0]
    """
    mode = counting_mode(facilities, factor)
    silent = mode.index[mode.eq(NOT_STATED)]
    problem = Text("no service mode is stated: taken as full day", "未填写服务方式，按全日托计")
    note(findings, "GP-P030", "column service_modes", problem, Text("give the mode", "请补充服务方式"), silent)
    shares = {m: round(f * THOUSAND) / THOUSAND for m, f in factor.items()}
    return mode.map({**shares, NOT_STATED: shares[FULL_DAY]}).astype(float).rename("fte")


def counting_mode(facilities: pd.DataFrame, factor: Mapping[str, float]) -> pd.Series:
    """The one mode under which each facility counts: that of its greatest factor (of equal ones the first of
    `factor`), or not_stated. Raises as `fte` does.
    """
    wrong = {m: f for m, f in factor.items() if not 0 <= f <= 1}
    if wrong or FULL_DAY not in factor:
        raise UsageError(f"factors must be from 0 to 1 and give full_day, not {wrong or dict(factor)}")
    offered = modes_of(facilities)
    strange = offered.index[offered.map(lambda some: not set(some) <= set(factor)).astype(bool)]
    if len(strange):
        problem = Text("a service mode without a full-time factor", "该服务方式没有全日折算系数")
        advice = Text(f"the modes are {', '.join(factor)}", f"服务方式为：{'、'.join(factor)}")
        place, count = "column service_modes", len(strange)
        raise InputError(Finding("GP-P031", "facilities", place, problem, advice, shown(strange), count=count))
    ranked = sorted(factor, key=lambda m: -factor[m])  # sorted keeps the order of equals
    counts = offered.map(lambda some: next((m for m in ranked if m in some), NOT_STATED))
    return counts.astype(object).rename("mode")


def fte_places(facilities: pd.DataFrame, bands: Collection[str], share: pd.Series) -> pd.DataFrame:
    """places_<band> × share in whole thousandths of a place, on the index of the facilities; NaN where not known.

    places' = round(places × share × 1,000) / 1,000, to even. Whole places times whole thousandths are exact, so
    nothing is lost. Raises `UsageError` if `share` is not on the same index.

    >>> frame = pd.DataFrame({"places_old": [25.0]}, index=["a"])
    >>> fte_places(frame, ["old"], pd.Series([0.5], index=["a"]))["places_old"].tolist()
    [12.5]
    """
    if not share.index.equals(facilities.index):
        raise UsageError("share must stand on the index of the facilities")
    places = numbers(facilities, "places", bands, Findings()).add_prefix("places_")
    return (places.mul(share, axis=0) * THOUSAND).round() / THOUSAND


def by_mode(facilities: pd.DataFrame, bands: Collection[str], factor: Mapping[str, float]) -> pd.DataFrame:
    """Places by service mode: one row a mode (and not_stated), each facility once, by its `counting_mode`.

    Columns: `facilities` that count under it; `offering` it, where one that offers several stands under each;
    `places_<band>` and `places` known; `unknown`, facilities of which some band is not known; `fte`, the places in
    full-time equivalents (whole thousandths). `facilities`, `places` and `fte` add up to the whole, or
    `CheckFailed` is raised.

    >>> frame = pd.DataFrame({"service_modes": ["half_day", None], "places_old": [20, 40]}, index=["a", "b"])
    >>> by_mode(frame, ["old"], {"full_day": 1, "half_day": 0.5})["fte"].to_dict()
    {'full_day': 0.0, 'half_day': 10.0, 'not_stated': 40.0}
    """
    share, offered = fte(facilities, factor, Findings()), modes_of(facilities)
    known = known_places(facilities, bands).add_prefix("places_")
    unknown = numbers(facilities, "places", bands, Findings()).isna().any(axis=1)
    counts = fte_places(known, bands, share).sum(axis=1)
    rows = known.assign(facilities=1, places=known.sum(axis=1), unknown=unknown.astype(int), fte=counts)
    table = rows.groupby(counting_mode(facilities, factor)).sum().reindex([*factor, NOT_STATED], fill_value=0)
    table["offering"] = [int(offered.map(lambda some, m=m: m in some).sum()) for m in factor] + [
        int(offered.map(len).eq(0).sum())
    ]
    for column, whole in (("facilities", len(facilities)), ("places", rows["places"].sum()), ("fte", counts.sum())):
        if not np.isclose(table[column].sum(), whole, rtol=0, atol=1e-6):
            raise CheckFailed(f"{column} by mode add up to {table[column].sum()}, not to {whole}")
    return table[["facilities", "offering", *known.columns, "places", "unknown", "fte"]]
