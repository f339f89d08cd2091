"""propose_options: everything that could be done, at every site, with its money and land, checked clause by clause."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import geopandas as gpd
import pandas as pd

from geoplan.errors import Finding, Findings, Language, Text, UsageError
from geoplan.plugins import find
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.profiles.standard import Standard
from geoplan.siting.compliance import OWN, judge, judge_again, overall, soft_score, why_refused, with_sites
from geoplan.siting.exclusions import exclusions, overlapping, site_groups
from geoplan.siting.field_checks import fill
from geoplan.siting.ground import Ground
from geoplan.siting.land import add_land
from geoplan.siting.money import add_money
from geoplan.siting.preference import Apart, convert_first, preference_of, straight_pairs
from geoplan.siting.quantities import quantity_of
from geoplan.siting.sites import gather_sites
from geoplan.tables import OPTIONS, check

NOTHING_KNOWN = Ground()
REFUSED = Text("refused: {why}", "不合规：{why}")
COMMON = ("name", "unit_id", "class", "built_from")  # columns of the table that are those of the site
JUDGED = ("floor_available_m2", "land_available_m2", "storey", "occupancy")  # what an option offers to be judged
INTERNAL = ["facility", "project_year", "under_way", "near_hazard"]  # what only the steps here ask for


def propose_options(
    layers: Mapping[str, gpd.GeoDataFrame],
    service: ServiceProfile,
    ground: Ground = NOTHING_KNOWN,
    *,
    kinds: Sequence[str] | None = None,
    year: int,
    language: Language = "zh",
    checks: pd.DataFrame | None = None,
    fees_on: Collection[str] = (),
    apart: Apart = straight_pairs,
    reach_m: float | None = None,
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """The table of options, and notes on what was left out or is not known.

    `layers` are by role (`sites.NUMBERS`), `ground` is what lies around them, `checks` the field checks that were read back, `kinds` the
    option kinds to use (None: all of the service); `year` is the first in which work can start, so that first_phase = year + lead time
    unless a project sets its year; `language` is that of texts; `fees_on` the fees that are not relieved. `apart` and `reach_m` (default: the
    urban limit of the service) say within which way what can be converted comes before new land.

    Ids are "<site>:<kind>", in order. Several options may stand on one site: those that rule each other out are in `excludes`, and
    share a `site_group`, of which a plan takes at most one. The columns of the sites follow those of the table. Options with the verdict
    "fail" stay in the table and are not to be offered to a plan. Raises `InputError` for data that cannot be used, `UsageError` for
    a kind or fee that the service does not have.
    """
    findings = Findings()
    chosen = _kinds(service, kinds)
    sites = gather_sites(layers, service, ground, findings)
    if checks is not None:
        sites = fill(sites, checks, findings, service)
        findings.raise_errors()
    sites["near_hazard"] = _near_hazard(sites, ground, service)
    there = [kind for kind in chosen if sites["kind"].isin(kind.hosts).any()]
    parts = [part for kind in there if len(part := _propose(sites, kind, service, findings))]
    if not parts:
        return _empty(sites, service), list(findings)
    options = with_sites(gpd.GeoDataFrame(pd.concat(parts), crs=sites.crs).sort_index(), sites)
    options = options.rename(columns={"farmland_m2": "site_farmland_m2"})
    add_land(options, service)
    add_money(options, service, fees_on, findings)
    _add_words(options, chosen, year, language)
    options["verdicts"] = judge(options, sites, service, ground, findings)
    _prefer(options, service, ground, apart, reach_m, language)
    options["soft_score"] = options["verdicts"].map(soft_score).astype(float)
    options["excludes"] = exclusions(options, overlapping(sites.loc[options["site_id"].unique()]))
    options["site_group"] = site_groups(options, options["excludes"])
    check(options, OPTIONS, service.band_ids)
    return _in_order(options, service), list(findings)


def sites_of(options: gpd.GeoDataFrame, service: ServiceProfile) -> gpd.GeoDataFrame:
    """The sites on which options stand, by site id, with what was known of them when the options were made (field checks filled in)."""
    first = options.drop_duplicates("site_id").set_index("site_id").sort_index()
    made = {*OPTIONS.names(service.band_ids), *JUDGED} - set(COMMON)
    held = {c: c for c in first.columns if c not in made and not c.startswith(("fee_", OWN))}
    held |= {c.removeprefix(OWN): c for c in first.columns if c.startswith(OWN) and c != "site_group"}
    return gpd.GeoDataFrame({name: first[c] for name, c in held.items()}, geometry=first.geometry, crs=options.crs)


def _kinds(service: ServiceProfile, kinds: Sequence[str] | None) -> list[OptionKind]:
    unknown = sorted(set(kinds or ()) - set(service.options))
    if unknown:
        known = ", ".join(service.options)
        raise UsageError(f"service {service.id} has no option kind {', '.join(unknown)}; there are: {known}")
    return [kind for kind in service.options.values() if kinds is None or kind.id in kinds]


def _near_hazard(sites: gpd.GeoDataFrame, ground: Ground, service: ServiceProfile) -> pd.Series:
    """1 for a facility that stands nearer to a hazard than it must, 0 for one that does not, missing where that is not known."""
    rows = sites[sites["role"] == "facilities"]
    rows = rows.assign(site_id=rows.index)
    rules = [s for i in service.hazards.values() if (s := service.standards[i]).force == "must"]
    near = pd.DataFrame(index=rows.index)
    for rule in rules if len(rows) else ():
        measure = quantity_of(rule).measure(rows, ground, service)
        near[rule.id] = (measure.values < rule.value).astype(float).where(measure.values.notna() | ~measure.applies)
    found = near.max(axis=1).where((near == 1).any(axis=1) | near.notna().all(axis=1))
    return found.reindex(sites.index).astype(float)


def _propose(
    sites: gpd.GeoDataFrame, kind: OptionKind, service: ServiceProfile, findings: Findings
) -> gpd.GeoDataFrame:
    options = find("options", kind.id)(sites, kind, service, findings)
    ids = [f"{site}:{kind.id}" for site in options["site_id"]]
    return options.set_axis(pd.Index(ids, name="option_id", dtype=object))


def _add_words(options: gpd.GeoDataFrame, kinds: Sequence[OptionKind], year: int, language: Language) -> None:
    """Adds lead time and first phase, clause, departments, and whether it is a search area."""
    options["lead_time_years"] = options["kind"].map({k.id: k.lead_time_years for k in kinds})
    options["first_phase"] = _first_phase(options, year)
    options["clause"] = options["kind"].map({k.id: k.clause.to(language) for k in kinds})
    options["departments"] = options["kind"].map({k.id: _departments(k, language) for k in kinds})
    options["search_area"] = options["role"] == "search_areas"


def _first_phase(options: pd.DataFrame, year: int) -> pd.Series:
    """The year from which an option may open: after its lead time, or with its project, sooner only if that is under way."""
    ready = year + options["lead_time_years"].astype(float)
    soonest = ready.where(~options["under_way"].astype(bool), float(year))
    with_project = options["project_year"].where(options["project_year"] > soonest, soonest)
    phase: pd.Series = with_project.where(options["project_year"].notna(), ready).astype("int64")
    return phase


def _departments(kind: OptionKind, language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(d.to(language) for d in kind.departments)


def _prefer(
    options: gpd.GeoDataFrame,
    service: ServiceProfile,
    ground: Ground,
    apart: Apart,
    reach_m: float | None,
    language: Language,
) -> None:
    """Judges new land once more, now that it is known what can be converted near it; adds verdict and reason."""
    options["verdict"] = options["verdicts"].map(overall)
    preferred = convert_first(
        options, service, ground, apart, _reach(service) if reach_m is None else reach_m, language
    )
    rule = preference_of(service)
    if rule is not None:
        options["verdicts"] = judge_again(options["verdicts"], preferred["measured"].dropna(), rule)
        options["verdict"] = options["verdicts"].map(overall)
    reasons = {text: service.worded(text).to(language) for text in set(options["reason"])}
    options["reason"] = preferred["reason"].where(preferred["reason"] != "", options["reason"].map(reasons))
    _say_refusals(options, set(preferred.index[preferred["measured"] > 0]), rule, service, language)


def _say_refusals(
    options: gpd.GeoDataFrame,
    held_back: Collection[str],
    rule: Standard | None,
    service: ServiceProfile,
    language: Language,
) -> None:
    """Says in `reason` which clauses refuse an option; of those held back for what can be converted that is said already."""
    stop = "；" if language == "zh" else "; "
    for option in options.index[options["verdict"] == "fail"]:
        others = [v for v in options.at[option, "verdicts"] if rule is None or v.standard != rule.id]
        if why := why_refused(others, service, language):
            before = [options.at[option, "reason"]] if option in held_back else []
            options.at[option, "reason"] = stop.join([*before, REFUSED.to(language).format(why=why)])


def _reach(service: ServiceProfile) -> float:
    variant = service.variants.get("urban")
    return service.value(variant.limit) if variant else float(max(service.reaches_m))


def _in_order(options: gpd.GeoDataFrame, service: ServiceProfile) -> gpd.GeoDataFrame:
    """The columns of the table first, then what else is known of the sites."""
    own = [c for c in OPTIONS.names(service.band_ids) if c in options.columns]
    rest = [c for c in options.columns if c not in own and c not in INTERNAL]
    return options[[*own, *rest]]


def _empty(sites: gpd.GeoDataFrame, service: ServiceProfile) -> gpd.GeoDataFrame:
    index = pd.Index([], name="option_id", dtype=object)
    columns = OPTIONS.names(service.band_ids)
    return gpd.GeoDataFrame(columns=columns, index=index, geometry="geometry", crs=sites.crs)
