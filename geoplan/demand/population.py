"""People by age band, from census columns or from a share of the residents."""

from __future__ import annotations

import math
from collections.abc import Mapping

import geopandas as gpd
import numpy as np

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
