"""Field checks: the values that a verdict needs and nobody knows, as a form; and the form read back into the sites."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import Finding, Findings, Language, Text, UsageError
from geoplan.profiles._blocks import nearest
from geoplan.profiles.service import ServiceProfile
from geoplan.siting.quantities import PREFIXES, QUANTITIES, quantity_of

COLUMNS = ("site_id", "name", "unit_id", "quantity", "title", "unit", "standards", "places", "why", "lon", "lat")
NEEDED = ("site_id", "quantity", "value")
FORM = "field_checks"
LANGUAGES: tuple[Language, Language] = ("en", "zh")
DEGREES = 4490  # CGCS2000, longitude and latitude

# what is written into a column of sites, where the quantity that needs it does not say it: title, unit
ASKED: dict[str, tuple[Text, str]] = {
    "spare_floor_m2": (Text("floor area that can be used", "可用建筑面积"), "m²"),
    "outdoor_m2": (Text("outdoor ground", "室外场地面积"), "m²"),
    "land_m2": (Text("land", "用地面积"), "m²"),
    "farmland_m2": (Text("farmland in it", "其中耕地面积"), "m²"),
    "planning_code": (Text("planning code of the land", "规划用地代码"), ""),
    "storey": (Text("storey that would be used (basement: -1)", "拟用楼层（地下室填-1）"), "storey"),
    "fire_rating": (Text("fire rating (1 to 4)", "耐火等级（填1至4）"), ""),
    "own_entrance": (Text("entrance of its own (1 yes, 0 no)", "独立出入口（有填1，无填0）"), ""),
    "lease_years": (Text("years of lease to be had", "可租赁年限"), "years"),
    "population": (Text("planned residents", "规划人口"), "persons"),
    "enrolled": (Text("children enrolled", "在托人数"), "persons"),
}
# columns of sites that may be filled though no quantity asks for them: office records, and what options are made from
RECORDS = (
    "classes", "capacity", "enrolment", "floor_area_m2", "sunlight_h", "price_yuan_m2", "rent_yuan_m2", "places_planned", "year",
    "workers", "places", "survey_code", "land_status", "tenure", "housing_state", "planned_state", "built_state", "accepted_state",
    "delivered_state",
)  # fmt: skip
TEXTS = ("survey_code", "planning_code", "land_status", "tenure", "housing_state", "planned_state", "built_state",
         "accepted_state", "delivered_state")  # fmt: skip
# least and most that a number may be, where that is not 0 and anything
LIMITS = {"storey": (-np.inf, np.inf), "own_entrance": (0, 1), "fire_rating": (1, 4)}
WHOLE = ("own_entrance", "fire_rating")
SHARES = ("overlap_", "outside_")


def to_check(options: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, service: ServiceProfile) -> pd.DataFrame:
    """The form: one row a site and column of sites that is missing and that a verdict needs; most places first, then by site and column.

    Asked for are the missing columns of each quantity (`quantities.Quantity.columns`) that an option's verdict does not know; it is
    counted whether they are measured on the ground or stand in an office's records. Options that are refused ask for nothing, since
    nothing that is found would bring them back, nor do areas to search, which are no sites yet. `places` is the
    most that an option of the site which hangs on the value would bring; `standards` the ids of those that need it, joined; title
    and why are `Text`; lon and lat (degrees, CGCS2000) a point in the site. Raises `UsageError` for an option whose site is not in `sites`.
    """
    lost = pd.Index(options["site_id"]).difference(sites.index)
    if len(lost):
        raise UsageError(f"field checks: {len(lost)} sites of options are not known: {', '.join(map(str, lost[:5]))}")
    needs = pd.DataFrame(_needs(options, service), columns=["site_id", "quantity", "standard", "places"])
    needs = needs[_missing(needs, sites)]
    if needs.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    order = {name: n for n, name in enumerate(service.standards)}
    needs = needs.sort_values("standard", key=lambda ids: ids.map(order), kind="stable")
    rows = needs.groupby(["site_id", "quantity"], sort=True).agg(
        standards=("standard", lambda ids: tuple(dict.fromkeys(ids))), places=("places", "max")
    )
    rows = rows.reset_index().sort_values(
        ["places", "site_id", "quantity"], ascending=[False, True, True], ignore_index=True
    )
    return _worded(rows, sites, service)


def fill(
    sites: gpd.GeoDataFrame, checks: pd.DataFrame, findings: Findings, service: ServiceProfile | None = None
) -> gpd.GeoDataFrame:
    """The sites with the values of a form written into them; nothing else is changed, and filling twice is filling once.

    `checks` has the columns site_id, quantity (a column of sites) and value; blank values change nothing. A value that replaces another one
    is a repair (GP-O034) that names the site, the old value and the new one; the values that were missing are counted in a note
    (GP-O035). Errors are added, not raised, and their rows are left out: a site (GP-O030) or quantity (GP-O031) that is not
    known, a value that does not fit its column (GP-O032), two values for one (GP-O033: the first stays), a column that the form lacks (GP-O036). With
    `service`, layers and classes of hazard are known by its names; without it `overlap_` and `outside_` any layer are taken.

    >>> sites = gpd.GeoDataFrame({"storey": [None, 2.0]}, index=["a", "b"], geometry=[None, None])
    >>> form = pd.DataFrame({"site_id": ["a", "b"], "quantity": "storey", "value": ["1", ""]})
    >>> fill(sites, form, Findings())["storey"].tolist()
    [1.0, 2.0]
    """
    absent = [name for name in NEEDED if name not in checks]
    for name in absent:
        problem = Text("this column is missing", "缺少该列")
        advice = Text("keep the columns of the form as it was printed", "请保留表单原有各列")
        findings.add(Finding("GP-O036", FORM, f"column {name}", problem, advice))
    if absent:
        return sites.copy()
    given = checks[checks["value"].map(_known).astype(bool)]
    values = _values(given, sites, _fillable(sites, service), findings)
    return _written(sites, values, findings)


# --- what is asked -------------------------------------------------------------------------------------------------------------------


def _needs(options: pd.DataFrame, service: ServiceProfile) -> list[tuple[str, str, str, float]]:
    """Site, column, standard and places, for each column behind each verdict that is not known."""
    columns = cache(lambda name: quantity_of(service.standards[name]).columns)
    real = options[options["verdict"] != "fail"]
    if "search_area" in real:
        real = real[~real["search_area"].eq(True)]
    return [
        (site, column, verdict.standard, float(places))
        for site, verdicts, places in zip(real["site_id"], real["verdicts"], real["places"], strict=True)
        for verdict in verdicts
        if verdict.outcome == "unknown"
        for column in columns(verdict.standard)
    ]


def _missing(needs: pd.DataFrame, sites: pd.DataFrame) -> pd.Series:
    """Which of the needed values the sites do not have."""
    missing = pd.Series(True, index=needs.index)
    for column, rows in needs.groupby("quantity"):
        if column in sites:
            missing[rows.index] = sites[column].reindex(rows["site_id"]).map(_known).to_numpy() == False  # noqa: E712
    return missing


def _known(value: Any) -> bool:
    """Whether a cell holds something."""
    return bool(pd.notna(value)) and str(value).strip() != ""


def _worded(rows: pd.DataFrame, sites: gpd.GeoDataFrame, service: ServiceProfile) -> pd.DataFrame:
    """The rows with names, titles, reasons and places on the ground."""
    at = sites.geometry.reindex(rows["site_id"])
    at = at.representative_point().to_crs(DEGREES) if at.crs is not None else at.map(lambda _: None)
    pairs = list(zip(rows["quantity"], rows["standards"], rows["places"], strict=True))
    titles = [_title(column, ids, service) for column, ids, _ in pairs]
    cells: dict[str, list[Any]] = {
        "title": [title for title, _ in titles],
        "unit": [unit for _, unit in titles],
        "why": [_why(ids, places, service) for _, ids, places in pairs],
        "standards": [", ".join(ids) for _, ids, _ in pairs],
        "lon": [np.nan if p is None else round(p.x, 6) for p in at],
        "lat": [np.nan if p is None else round(p.y, 6) for p in at],
    }
    table = rows.assign(**cells)
    for column in ("name", "unit_id"):
        table[column] = sites[column].reindex(rows["site_id"]).to_numpy() if column in sites else None
    return table[list(COLUMNS)]


def _title(column: str, standards: Sequence[str], service: ServiceProfile) -> tuple[Text, str]:
    """What is to be written into a column, and its unit."""
    if column in ASKED:
        return ASKED[column]
    quantity = quantity_of(service.standards[standards[0]])
    return quantity.title, quantity.unit


def _why(standards: Sequence[str], places: float, service: ServiceProfile) -> Text:
    """How many places hang on a value, and the clauses for which it is needed, in words."""
    titles = [service.standards[name].title for name in standards]
    en, zh = (dict.fromkeys(title.to(of) for title in titles) for of in LANGUAGES)
    what, unit = service.words["places"], service.words["place_unit"]
    return Text(
        f"{places:g} {what.en} hang on it: {', '.join(en)}",
        f"{places:g}{unit.zh}{what.zh}取决于此项，用于判定：{'、'.join(zh)}",
    )


# --- what was found ------------------------------------------------------------------------------------------------------------------


def _fillable(sites: pd.DataFrame, service: ServiceProfile | None) -> set[str]:
    """The columns that a form may fill."""
    asked = {column for quantity in QUANTITIES.values() for column in quantity.columns}
    shown = {str(c) for c in sites.columns if str(c).startswith(tuple(PREFIXES))}
    if service is not None:
        shown |= {rule.quantity for rule in service.standards.values() if rule.quantity.startswith(tuple(PREFIXES))}
    return {*ASKED, *RECORDS, *asked, *shown}


def _values(
    given: pd.DataFrame, sites: pd.DataFrame, fillable: Collection[str], findings: Findings
) -> dict[tuple[str, str], float | str]:
    """The values by site and column, each once; adds an error for each row that cannot be used."""
    values: dict[tuple[str, str], float | str] = {}
    for row, site, quantity, said in _texts(given):
        value = _parsed(quantity, said)
        error = _wrong(site, quantity, value, sites.index, fillable)
        if error is None and value is not None and values.setdefault((site, quantity), value) != value:
            problem = Text("this value differs from another one of the form", "与表中同一项的另一数值不一致")
            error = "GP-O033", problem, Text("keep the right one of them", "请保留正确的一项"), said
        if error is not None:
            code, problem, advice, shown = error
            findings.add(Finding(code, FORM, f"row {row}, {site} {quantity}", problem, advice, shown or said))
    return values


def _texts(given: pd.DataFrame) -> Iterator[tuple[Any, str, str, str]]:
    """Row, site, quantity and value of a form as text without blanks round it."""
    cells = (given[name].map(lambda cell: str(cell).strip() if _known(cell) else "") for name in NEEDED)
    yield from zip(given.index, *cells, strict=True)


def _parsed(quantity: str, said: str) -> float | str | None:
    """The value as its column holds it; None where it does not fit."""
    if quantity in TEXTS:
        return said
    number = pd.to_numeric(said, errors="coerce")
    least, most = LIMITS.get(quantity, (0, 1 if quantity.startswith(SHARES) else np.inf))
    fits = np.isfinite(number) and least <= number <= most and (quantity not in WHOLE or float(number).is_integer())
    return float(number) if fits else None


def _wrong(
    site: str, quantity: str, value: float | str | None, known: pd.Index, fillable: Collection[str]
) -> tuple[str, Text, Text, str] | None:
    """Code, problem, advice and value of what is wrong with a row; None if nothing is."""
    if site not in known:
        problem = Text("no site has this id", "没有该编号的备选点")
        advice = Text(
            "write the id as the printed form has it, or leave the row out", "请按表单所列编号填写，或删除该行"
        )
        return "GP-O030", problem, advice, site
    if quantity not in fillable:
        problem = Text("this is no value that is measured at sites", "不是备选点的核查项")
        return "GP-O031", problem, nearest(quantity, sorted(fillable)), quantity
    if value is None:
        least, most = LIMITS.get(quantity, (0, 1 if quantity.startswith(SHARES) else np.inf))
        range_ = f"{least:g}–{most:g}" if np.isfinite(most) else "≥ 0" if least == 0 else ""
        problem = Text(f"must be a number {range_}".strip(), f"须为数值 {range_}".strip())
        return "GP-O032", problem, Text("correct it, or leave it blank", "请更正；未知则留空"), ""
    return None


def _written(
    sites: gpd.GeoDataFrame, values: dict[tuple[str, str], float | str], findings: Findings
) -> gpd.GeoDataFrame:
    """The sites with the values; adds what was replaced and how many were missing."""
    filled, new = sites.copy(), 0
    by_column: dict[str, dict[str, Any]] = {}
    for (site, quantity), value in values.items():
        by_column.setdefault(quantity, {})[site] = value
    for column, found in by_column.items():
        kind = object if column in TEXTS else float
        held = (sites[column] if column in sites else pd.Series(None, index=sites.index)).astype(kind)
        old = held[list(found)]
        new += int((~old.map(_known)).sum())
        changed = (s for s, value in found.items() if _known(old[s]) and old[s] != value)
        findings.add(*(_replaced(s, column, old[s], found[s]) for s in changed))
        filled[column] = pd.Series([found.get(str(s), v) for s, v in held.items()], index=held.index, dtype=kind)
    if new:
        problem = Text("values found on the spot were written into the sites", "已将实地核查值写入备选点")
        findings.add(Finding("GP-O035", FORM, "", problem, Text("none needed", "无需处理"), severity="note", count=new))
    return filled


def _replaced(site: str, column: str, old: Any, value: float | str) -> Finding:
    shown = tuple(f"{v:g}" if isinstance(v, float) else str(v) for v in (old, value))
    problem = Text(
        f"the value {shown[0]} of the layer was replaced by the one checked", f"图层数值 {shown[0]} 已由核查值替换"
    )
    advice = Text("correct the layer, so that both agree", "请更正图层，使两者一致")
    return Finding("GP-O034", FORM, f"{site} {column}", problem, advice, shown[1], "repair")
