"""Compliance: each option judged clause by clause, with the value measured; unknown is never a pass.

`judge` gives the verdicts and `judge_again` those of one standard on new values; `overall` and `soft_score` sum up the verdicts of one option;
`verdict_rows`, `refusals`, `failed` and `why_refused` are what tables, reports and sentences are made from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import Finding, Findings, Language, Text
from geoplan.profiles.service import ServiceProfile
from geoplan.profiles.standard import Outcome, Standard, Verdict
from geoplan.profiles.units import unit_text
from geoplan.siting.ground import Ground
from geoplan.siting.quantities import measure

OWN = "site_"  # stands before the name of a site's column where the option has a column of that name
COUNTED = ("failed", "refused", "only", "unknown", "judged")
SENSES = {
    "at_most": Text("at most", "不超过"),
    "at_least": Text("at least", "不低于"),
    "equal": Text("exactly", "应为"),
}


def judge(
    options: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    service: ServiceProfile,
    ground: Ground,
    findings: Findings | None = None,
) -> pd.Series:
    """The verdicts of each option, a tuple in the order of its kind's `checks`, on the index of `options`.

    What an option has no column for is taken from its site (`site_id` in the index of `sites`), and so is the geometry: the whole
    site is judged. A standard whose quantity does not apply to an option gives no verdict on it. How many options are not judged
    because the study says that there is none of a hazard or exclusion is counted in `findings`. Raises `UsageError` if a standard that is to
    be checked names no quantity that can be measured, or if layers stand in another CRS.
    """
    checks = {kind: service.options[kind].checks for kind in options["kind"].unique()}
    rules = dict.fromkeys(check for mine in checks.values() for check in mine)
    standards = {check: service.standards[check] for check in rules}
    known = with_sites(options, sites)
    said: dict[str, dict[Hashable, Verdict]] = {}
    for check, standard in standards.items():
        rows = known[known["kind"].isin([kind for kind, mine in checks.items() if check in mine])]
        said[check] = _by_option(rows, standard, ground, service)
        _note_absent(standard, len(rows) - len(said[check]), ground, findings)
    judged = [
        tuple(said[check][option] for check in checks[kind] if option in said[check])
        for option, kind in zip(options.index.tolist(), options["kind"].tolist(), strict=True)
    ]
    return pd.Series(judged, index=options.index, dtype=object, name="verdicts")


def judge_again(verdicts: pd.Series, measured: pd.Series, standard: Standard) -> pd.Series:
    """The verdicts with those of one standard replaced by what the new values give; a missing value is unknown.

    `measured` is by option; an option without a verdict by that standard, or without a row in `measured`, stays as it is.

    >>> rule = Standard("convert_first", Text("", ""), 0, "sites", "at_most", Text("", ""), "", "S")
    >>> before = pd.Series([(rule.judge(None),), ()], index=["a", "b"])
    >>> [[v.outcome for v in many] for many in judge_again(before, pd.Series({"a": 2.0, "b": 2.0}), rule)]
    [['fail'], []]
    """
    new = {option: standard.judge(float(value)) for option, value in measured.items()}
    changed = [
        tuple(new.get(option, v) if v.standard == standard.id else v for v in many) for option, many in verdicts.items()
    ]
    return pd.Series(changed, index=verdicts.index, dtype=object, name="verdicts")


def overall(verdicts: Iterable[Verdict]) -> Outcome:
    """`fail` if anything that must hold fails, else `unknown` if anything is unknown, else `pass`.

    Nothing judged is unknown. A standard that only should hold (宜) cannot fail an option, but its unknown shows.

    >>> held = Verdict("no_basement", "pass", 1.0, 1.0, "storey", Text("", ""))
    >>> unknown = Verdict("outdoor", "unknown", None, 2.0, "m²", Text("", ""))
    >>> overall([held]), overall([held, unknown]), overall([])
    ('pass', 'unknown', 'unknown')
    """
    verdicts = list(verdicts)
    if any(v.outcome == "fail" and v.force == "must" for v in verdicts):
        return "fail"
    return "unknown" if not verdicts or any(v.outcome == "unknown" for v in verdicts) else "pass"


def soft_score(verdicts: Iterable[Verdict]) -> float:
    """Advisory clauses (宜) that hold ÷ advisory clauses known, from 0 to 1; missing (NaN) where none is known.

    >>> said = [Verdict("a", "pass", 1.0, 1.0, "", Text("", ""), "should"), Verdict("b", "fail", 0.0, 1.0, "", Text("", ""), "should")]
    >>> soft_score(said), soft_score([])
    (0.5, nan)
    """
    known = [v.outcome == "pass" for v in verdicts if v.force == "should" and v.outcome != "unknown"]
    return sum(known) / len(known) if known else float("nan")


def verdict_rows(options: pd.DataFrame) -> pd.DataFrame:
    """One row a verdict: option_id, site_id, kind, standard, outcome, measured, asked, unit, force; in the order of the options.

    >>> rule = Standard("storey", Text("", ""), 1, "storey", "at_most", Text("", ""), "", "F")
    >>> one = pd.DataFrame({"site_id": ["s"], "kind": ["k"], "verdicts": [(rule.judge(2),)]}, index=["s:k"])
    >>> verdict_rows(one)[["option_id", "standard", "outcome", "measured"]].values.tolist()
    [['s:k', 'storey', 'fail', 2.0]]
    """
    columns = ["option_id", "site_id", "kind", "standard", "outcome", "measured", "asked", "unit", "force"]
    said = zip(options.index, options["site_id"], options["kind"], options["verdicts"], strict=True)
    rows = [
        (option, site, kind, v.standard, v.outcome, v.measured, v.asked, v.unit, v.force)
        for option, site, kind, many in said
        for v in many
    ]
    return pd.DataFrame(rows, columns=columns).astype({"measured": float, "asked": float})


def failed(options: pd.DataFrame) -> pd.Series:
    """The ids of the standards that refuse each option (it fails them and they must hold), in the order judged; () where none does.

    >>> rule = Standard("storey", Text("", ""), 1, "storey", "at_most", Text("", ""), "", "F")
    >>> failed(pd.DataFrame({"verdicts": [(rule.judge(2),), (rule.judge(1),)]}, index=["a", "b"])).to_dict()
    {'a': ('storey',), 'b': ()}
    """
    refusing = [
        tuple(v.standard for v in many if v.outcome == "fail" and v.force == "must") for many in options["verdicts"]
    ]
    return pd.Series(refusing, index=options.index, dtype=object, name="failed")


def refusals(options: pd.DataFrame, service: ServiceProfile) -> pd.DataFrame:
    """How many options each standard judges, by the id of the standard: every one that the kinds present are checked by, in order.

    `failed` those that fail it, `refused` those that fail it where it must hold, `only` those that it alone refuses, `unknown` those of
    which it is not known, `judged` those to which it applies.
    """
    counts: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
    for many, refusing in zip(options["verdicts"], failed(options), strict=True):
        counts["judged"].update(v.standard for v in many)
        counts["failed"].update(v.standard for v in many if v.outcome == "fail")
        counts["unknown"].update(v.standard for v in many if v.outcome == "unknown")
        counts["refused"].update(refusing)
        counts["only"].update(refusing if len(refusing) == 1 else ())
    kinds = [kind for kind in service.options if kind in set(options["kind"])]
    rules = pd.Index(dict.fromkeys(check for kind in kinds for check in service.options[kind].checks), dtype=object)
    table = pd.DataFrame({name: [counts[name][rule] for rule in rules] for name in COUNTED}, index=rules, dtype="int64")
    return table.rename_axis("standard")


def why_refused(verdicts: Iterable[Verdict], service: ServiceProfile, language: Language) -> str:
    """Why an option is refused: each standard that it fails and that must hold, with the value measured and asked; "" if none does."""
    parts = [
        f"{standard.title.to(language)}{_colon(language)}{_measured(v, standard, language)}"
        for v in verdicts
        if v.outcome == "fail" and v.force == "must" and (standard := service.standards[v.standard])
    ]
    return ("；" if language == "zh" else "; ").join(parts)


def with_sites(options: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The options with the columns of their sites that they do not have, and the site's geometry where it is known.

    A site's column of a name that the option has already is added as `site_<name>`.
    """
    geometry = sites.geometry.name
    here = sites.reindex(options["site_id"]).set_axis(options.index)
    names = {name: name if name not in options.columns else OWN + name for name in here.columns if name != geometry}
    added = {new: here[name] for name, new in names.items() if new not in options.columns}
    theirs, own = here[geometry].to_numpy(), options.geometry.to_numpy()
    shape = np.where(shapely.is_missing(theirs), own, theirs)
    plain = pd.DataFrame(options.drop(columns=options.geometry.name))
    joined = pd.concat([plain, pd.DataFrame(added, index=options.index)], axis=1)
    return gpd.GeoDataFrame(joined, geometry=shape, crs=options.crs or sites.crs)


def _by_option(
    options: gpd.GeoDataFrame, standard: Standard, ground: Ground, service: ServiceProfile
) -> dict[Hashable, Verdict]:
    """The verdicts of one standard on the options to which it applies; each value is judged once."""
    measured = measure(standard, options, ground, service)
    values = measured.values[measured.applies].replace([np.inf, -np.inf], np.nan)
    said = {value: standard.judge(value) for value in values.dropna().unique().tolist()}
    unknown = standard.judge(None)
    return {
        option: said.get(value, unknown) for option, value in zip(values.index.tolist(), values.tolist(), strict=True)
    }


def _note_absent(standard: Standard, count: int, ground: Ground, findings: Findings | None) -> None:
    name = standard.quantity.removeprefix("distance_").removeprefix("overlap_")
    if findings is None or not count or name == standard.quantity or name not in ground.absent:
        return
    problem = Text(
        f"{standard.title.en}: the study says that there is none, so options are not judged by it",
        f"{standard.title.zh}：研究声明区内没有，方案不作此项判定",
    )
    advice = Text("make sure of it before the options are used", "使用方案前请予核实")
    findings.add(Finding("GP-O060", "siting.absent", name, problem, advice, severity="note", count=count))


def _colon(language: Language) -> str:
    return "：" if language == "zh" else ": "


def _measured(verdict: Verdict, standard: Standard, language: Language) -> str:
    """Value measured, sense and value asked, with the unit."""
    comma, space = ("，", "") if language == "zh" else (", ", " ")
    named = unit_text(verdict.unit).to(language)
    unit = space + named if named else ""
    sense = SENSES[standard.sense].to(language) if standard.sense else ""
    return f"{_figure(verdict.measured)}{unit}{comma}{sense}{space}{_figure(verdict.asked)}{unit}"


def _figure(value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
