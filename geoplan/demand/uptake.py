"""Places wanted: people × uptake, in whole thousandths of a place, without loss by rounding."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Finding, Findings, InputError, Text
from geoplan.profiles.service import ServiceProfile
from geoplan.tables import number_column

THOUSAND = 1000
ESTIMATE = Text("estimate the people of each age band first", "请先估算各月龄段人口")


def places_wanted(
    demand: pd.DataFrame, service: ServiceProfile, uptake: str | float | Mapping[str, float]
) -> pd.DataFrame:
    """The columns `wanted_<band>` (places, in whole thousandths) on the index of `demand`.

    wanted = people × uptake, rounded by the largest remainder, so that the total of a band in thousandths is
    exactly that of round(total people × uptake, 3); ties go to the lowest id, whatever the order of the
    rows. `uptake` is a level of the profile (low, mid, high), a share for all bands, or a share for each
    band. Raises `InputError` if the level is not known, a share is missing or not between 0 and 1, or people
    are missing.

    >>> from geoplan.profiles.load import load_service
    >>> people = {f"people_{band}": [1, 1, 1] for band in load_service().band_ids}
    >>> demand = pd.DataFrame(people, index=["a", "b", "c"])
    >>> places_wanted(demand, load_service(), 1 / 3)["wanted_m24_36"].tolist()
    [0.334, 0.333, 0.333]
    """
    rates = uptake_rates(service, uptake)
    findings = Findings()
    codes = "GP-D001", "GP-D002"
    columns = {b: number_column(demand, f"people_{b}", "demand", ESTIMATE, findings, codes) for b in service.band_ids}
    findings.raise_errors()
    rank = rank_of(demand.index)
    wanted = {
        f"wanted_{b}": by_largest_remainder(columns[b].to_numpy(), rates[b], rank) / THOUSAND for b in service.band_ids
    }
    return pd.DataFrame(wanted, index=demand.index)


def places_wanted_by_class(
    demand: pd.DataFrame, service: ServiceProfile, uptake: Mapping[str, str | float | Mapping[str, float]]
) -> pd.DataFrame:
    """`places_wanted` with an uptake of its own for each `class` of demand (urban_new, urban_built, urban_old, rural).

    Every class of `demand` needs one. Rounded class by class, so the total of each class and band is exact. Raises
    `InputError` as `places_wanted`, and for a class without uptake.

    >>> from geoplan.profiles.load import load_service
    >>> people = {f"people_{band}": [10, 10] for band in load_service().band_ids}
    >>> demand = pd.DataFrame({"class": ["urban_new", "rural"], **people}, index=["a", "b"])
    >>> places_wanted_by_class(demand, load_service(), {"urban_new": 0.3, "rural": "low"})["wanted_m24_36"].tolist()
    [3.0, 0.6]
    """
    classes = demand["class"].astype(object)
    absent = sorted(map(str, set(classes) - set(uptake)))
    if absent:
        problem = Text("this class of demand has no uptake", "该类居住区没有入托水平")
        advice = Text("give a level or a share for every class", "请为每一类给出水平或比例")
        raise InputError(Finding("GP-D012", "", "demand.uptake", problem, advice, ", ".join(absent)))
    parts = [places_wanted(demand[classes == c], service, uptake[c]) for c in classes.unique()]
    joined = pd.concat(parts) if parts else places_wanted(demand, service, 0.0)
    return joined.loc[demand.index]


def wanted_by_level(
    demand_by_year: Mapping[int, pd.DataFrame], service: ServiceProfile, levels: Sequence[str] | None = None
) -> pd.DataFrame:
    """Places wanted in all by year, band and level: index (year, band), one column for each level of uptake.

    `demand_by_year` has for each year a table with columns `people_<band>`. A number is the sum of `places_wanted`
    over its points, exact in thousandths. `levels` are those of the profile if not given. Raises as `places_wanted`.

    >>> from geoplan.profiles.load import load_service
    >>> service = load_service()
    >>> people = lambda n: pd.DataFrame({f"people_{b}": [n] for b in service.band_ids}, index=["a"])
    >>> wanted_by_level({2026: people(1000), 2030: people(700)}, service)["mid"].unstack("band")["m24_36"].to_dict()
    {2026: 150.0, 2030: 105.0}
    """
    rows = {}
    for year, demand in demand_by_year.items():
        wanted = {level: places_wanted(demand, service, level) for level in (levels or list(service.uptake))}
        for band in service.band_ids:
            thousandths = {k: np.rint(w[f"wanted_{band}"].to_numpy() * THOUSAND).sum() for k, w in wanted.items()}
            rows[year, band] = {level: float(total) / THOUSAND for level, total in thousandths.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["year", "band"])


def uptake_rates(service: ServiceProfile, uptake: str | float | Mapping[str, float]) -> dict[str, float]:
    """The share of the children of each age band for whom a place is wanted; raises as `places_wanted` does.

    >>> from geoplan.profiles.load import load_service
    >>> uptake_rates(load_service(), "low")
    {'m06_12': 0.06, 'm12_24': 0.06, 'm24_36': 0.06}
    """
    if isinstance(uptake, str):
        uptake = _level(service, uptake)
    if not isinstance(uptake, Mapping):
        uptake = dict.fromkeys(service.band_ids, uptake)
    findings = Findings()
    bands = ", ".join(service.band_ids)
    for band in sorted(set(uptake) | set(service.band_ids)):
        rate = uptake.get(band, math.nan)
        if band not in service.band_ids or not 0 <= rate <= 1:
            problem = Text("each age band needs an uptake between 0 and 1", "每个月龄段须有0至1之间的入托比例")
            advice = Text(f"the age bands are {bands}", f"月龄段为：{bands}")
            findings.add(Finding("GP-D010", "", f"demand.uptake.{band}", problem, advice, str(rate)))
    findings.raise_errors()
    return {band: float(uptake[band]) for band in service.band_ids}


def _level(service: ServiceProfile, level: str) -> float:
    if level in service.uptake:
        return service.uptake[level]
    near = get_close_matches(level, service.uptake, n=1) or list(service.uptake)
    problem = Text("not a level of uptake", "没有该入托水平")
    advice = Text(f"use {' or '.join(near)}, or a share", f"请使用 {'、'.join(near)}，或直接给出比例")
    raise InputError(Finding("GP-D011", "", "demand.uptake", problem, advice, level))


def rank_of(index: pd.Index) -> npt.NDArray[np.int64]:
    """The place of each row in the order of the ids."""
    rank = np.empty(len(index), np.int64)
    rank[np.argsort(index.astype(str).to_numpy(object), kind="stable")] = np.arange(len(index))
    return rank


def by_largest_remainder(
    people: npt.NDArray[np.float64], rate: float, rank: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Whole thousandths that add up to round(total × rate, 3); the rest goes to the largest remainders, ties by `rank`."""
    exact = people * rate * THOUSAND
    whole = np.floor(exact).astype(np.int64)
    left = round(round(math.fsum(people) * rate, 3) * THOUSAND) - int(whole.sum())
    whole[np.lexsort((rank, whole - exact))[:left]] += 1
    return whole
