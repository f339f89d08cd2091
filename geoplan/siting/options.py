"""propose_options: everything that could be done, at every site, checked clause by clause."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd

from geoplan.errors import Finding, Findings, Language, UsageError
from geoplan.plugins import find
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.compliance import judge, overall
from geoplan.siting.sites import gather_sites
from geoplan.tables import OPTIONS, check


def propose_options(
    hosts: gpd.GeoDataFrame | None,
    idle: gpd.GeoDataFrame | None,
    service: ServiceProfile,
    *,
    kinds: Sequence[str] | None = None,
    year: int,
    language: Language = "zh",
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """The table of options, and notes on what was left out or is not known.

    Ids are "<site>:<kind>", in order; several options may stand on one site. `hosts` and `idle` are the raw
    layers; `kinds` the option kinds to use (None: all of the service); `year` is the first in which work can
    start, so that first_phase = year + lead time; `language` is that of clause and departments. Options with
    the verdict "fail" stay in the table and are not to be offered to a plan. Raises `InputError` for data
    that cannot be used, `UsageError` for a kind that the service does not have.
    """
    findings = Findings()
    chosen = _kinds(service, kinds)
    sites = gather_sites(hosts, idle, service, findings)
    parts = [_propose(sites, kind, service, findings) for kind in chosen]
    parts = [part for part in parts if len(part)]
    if not parts:
        return _empty(sites, service), list(findings)
    options = gpd.GeoDataFrame(pd.concat(parts), crs=sites.crs).sort_index()
    options["first_phase"] = year + options["lead_time_years"]
    options["clause"] = options["kind"].map({k.id: k.clause.to(language) for k in chosen})
    options["departments"] = options["kind"].map({k.id: _departments(k, language) for k in chosen})
    options["verdicts"] = judge(options, service)
    options["verdict"] = options["verdicts"].map(overall)
    check(options, OPTIONS, service.band_ids)
    return options, list(findings)


def _kinds(service: ServiceProfile, kinds: Sequence[str] | None) -> list[OptionKind]:
    unknown = sorted(set(kinds or ()) - set(service.options))
    if unknown:
        known = ", ".join(service.options)
        raise UsageError(f"service {service.id} has no option kind {', '.join(unknown)}; there are: {known}")
    return [kind for kind in service.options.values() if kinds is None or kind.id in kinds]


def _propose(
    sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings
) -> gpd.GeoDataFrame:
    usable = sites[sites["kind"].isin(kind.hosts)]
    options = find("options", kind.id)(usable, kind, service, findings)
    ids = [f"{site}:{kind.id}" for site in options["site_id"]]
    return options.set_axis(pd.Index(ids, name="option_id", dtype=object))


def _departments(kind: OptionKind, language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(d.to(language) for d in kind.departments)


def _empty(sites: gpd.GeoDataFrame, service: ServiceProfile) -> gpd.GeoDataFrame:
    index = pd.Index([], name="option_id", dtype=object)
    columns = OPTIONS.names(service.band_ids)
    return gpd.GeoDataFrame(columns=columns, index=index, geometry="geometry", crs=sites.crs)
