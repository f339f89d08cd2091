"""People by age band: from single years of age, census columns or a share of the residents; and who counts as a resident."""

from __future__ import annotations

import math
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.demand.ages import by_month
from geoplan.errors import CheckFailed, Finding, Findings, Text
from geoplan.profiles.service import ServiceProfile
from geoplan.tables import number_column

CENSUS = Text(
    "give the census column, or state each age band's share of the residents",
    "请提供普查分年龄列，或给出各月龄段占常住人口的比例",
)


def people_by_band(
    residents: gpd.GeoDataFrame, service: ServiceProfile, share: Mapping[str, float] | None = None
) -> gpd.GeoDataFrame:
    """The residents with a column `people_<band>` (persons) for each age band of the service.

    people = Σ coefficient × census column, by the coefficients of the band; or, where a study states it,
    people = population × share of the band. No one is lost: the total of a band equals the same sum over the
    totals of the columns, or `CheckFailed` is raised. Raises `InputError` with everything that is missing:
    columns, values, bands without a share.

    >>> from geoplan.profiles.load import load_service
    >>> homes = gpd.GeoDataFrame({"age_0": [10], "age_1_4": [40]}, index=["A"])
    >>> people_by_band(homes, load_service())[["people_m06_12", "people_m24_36"]].values.tolist()
    [[5.0, 10.0]]
    """
    findings = Findings()
    parts = {b.id: b.people for b in service.bands} if share is None else _stated(share, service, findings)
    columns = sorted({column for part in parts.values() for column in part})
    codes = "GP-D001", "GP-D002"
    given = {c: number_column(residents, c, "residents", CENSUS, findings, codes).to_numpy() for c in columns}
    findings.raise_errors()
    result = residents.copy()
    for band, part in parts.items():
        people = np.zeros(len(residents))
        for column, coefficient in part.items():
            people += given[column] * coefficient
        total = math.fsum(math.fsum(given[column]) * coefficient for column, coefficient in part.items())
        if not math.isclose(math.fsum(people), total, rel_tol=1e-9, abs_tol=1e-9):
            raise CheckFailed(f"people_{band}: the rows add up to {math.fsum(people)}, the columns to {total}")
        result[f"people_{band}"] = people
    return result


def people_of_ages(ages: pd.DataFrame, service: ServiceProfile) -> pd.DataFrame:
    """The columns `people_<band>` (persons) of the service's age bands, by their months, from single years of age.

    On the index of `ages`, which may be those of any year; formula, checks and refusals are those of `ages.by_month`.

    >>> from geoplan.profiles.load import load_service
    >>> ages = pd.DataFrame({"age_0": [10.0], "age_1": [12.0], "age_2": [14.0]}, index=["A"])
    >>> people_of_ages(ages, load_service()).loc["A"].tolist()
    [5.0, 12.0, 14.0]
    """
    return by_month(ages, {b.id: b.months for b in service.bands if b.months is not None})


def note_registered(frame: pd.DataFrame, findings: Findings, table: str = "residents") -> None:
    """Adds a note for rows that give only the registered population (户籍): standards count residents (常住).

    The registered population never takes the place of residents: `population` stays missing, and what needs it refuses.

    >>> findings = Findings()
    >>> note_registered(pd.DataFrame({"registered": [900, 800], "population": [850, None]}, ["a", "b"]), findings)
    >>> [(f.severity, f.value, f.count) for f in findings]
    [('note', 'b', 1)]
    """
    given = frame.reindex(columns=["population", "registered"])
    only = frame.index[given["population"].isna() & given["registered"].notna()]
    if len(only):
        problem = Text(
            "only the registered population is given; it is not used, places are planned for residents",
            "仅有户籍人口，未予采用：托位按常住人口配置",
        )
        advice = Text("give the residents in column population", "请在 population 列提供常住人口")
        value = ", ".join(map(str, only[:5]))
        findings.add(Finding("GP-D070", table, "column registered", problem, advice, value, "note", len(only)))


def migrants_apart(frame: pd.DataFrame, under_three: pd.Series, findings: Findings) -> pd.DataFrame:
    """The children under three of each row with the migrant infants among them: local + migrant = under_three (persons).

    Migrant infants live here, so they are residents and part of `under_three`: they are told apart and never added. Where
    `migrant_under_3` is not given, both parts are missing. Adds an error for the rows with more migrants than children.

    >>> homes = pd.DataFrame({"migrant_under_3": [4, None]}, index=["a", "b"])
    >>> migrants_apart(homes, pd.Series([10.0, 8.0], index=["a", "b"]), Findings()).loc["a"].to_dict()
    {'under_three': 10.0, 'migrant': 4.0, 'local': 6.0}
    """
    migrant = pd.to_numeric(frame.reindex(columns=["migrant_under_3"])["migrant_under_3"], errors="coerce").astype(
        float
    )
    children = under_three.reindex(frame.index)
    wrong = frame.index[(migrant < 0) | (migrant > children + 1e-6)]
    if len(wrong):
        problem = Text(
            "migrant infants are part of the residents' children, but there are more of them, or fewer than none",
            "流动婴幼儿是常住婴幼儿的一部分，但人数更多或为负",
        )
        advice = Text("correct migrant_under_3 or the ages", "请核对 migrant_under_3 与分年龄人口")
        value = ", ".join(map(str, wrong[:5]))
        findings.add(
            Finding("GP-D075", "residents", "column migrant_under_3", problem, advice, value, count=len(wrong))
        )
    return pd.DataFrame({"under_three": children, "migrant": migrant, "local": children - migrant})


def _stated(share: Mapping[str, float], service: ServiceProfile, findings: Findings) -> dict[str, dict[str, float]]:
    """The shares as coefficients of `population`; adds a finding for each band without a share of [0, 1]."""
    bands = ", ".join(service.band_ids)
    advice = Text(f"give a share of the residents for each of {bands}", f"请给出各月龄段占常住人口的比例：{bands}")
    for band in sorted(set(share) | set(service.band_ids)):
        value = share.get(band, math.nan)
        if band not in service.band_ids or not 0 <= value <= 1:
            problem = Text("each age band needs a share between 0 and 1", "每个月龄段须有0至1之间的比例")
            findings.add(Finding("GP-D003", "", f"share.{band}", problem, advice, str(value)))
    return {band: {"population": share.get(band, math.nan)} for band in service.band_ids}
