"""Which facilities count as supply in a year, and why the others do not: unknown never counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from geoplan.errors import CheckFailed, Finding, Findings, Text
from geoplan.supply._columns import flags, note, number, texts
from geoplan.supply.modes import modes_of
from geoplan.supply.places import known_places

Masks = dict[str, pd.Series]

REASONS: Mapping[str, Text] = {
    "": Text("counts", "计入"),
    "closed": Text("closed", "已停办"),
    "not_yet_open": Text("not yet open", "尚未开办"),
    "not_filed": Text("not filed", "未备案"),
    "not_inclusive": Text("not inclusive", "非普惠"),
    "hours": Text("other hours than asked for", "服务方式不符"),
    "too_small": Text("below the minimum", "低于最低要求"),
    "unknown_status": Text("not known whether it is open", "运营状态未知"),
    "unknown_opening": Text("planned, opening year not known", "规划设施，开办年份未知"),
    "unknown_filed": Text("not known whether it is filed", "备案情况未知"),
    "unknown_inclusive": Text("not known whether it is inclusive", "普惠情况未知"),
    "unknown_hours": Text("hours not known", "服务方式未知"),
    "unknown_places": Text("places not known", "容量未知"),
}
NOT_COUNTED = Text(
    "{en}, and only what is known counts, so they do not count as supply", "{zh}，仅计入已知情况者，故不计入供给"
)


def counted(
    facilities: pd.DataFrame,
    year: int,
    findings: Findings,
    *,
    only_filed: bool = True,
    only_inclusive: bool = False,
    modes: Collection[str] | None = None,
    minimum: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """On the index of the facilities: the flag `counted`, and `reason`, the code why not ("" where it counts).

    The first of these that holds is the reason. What is certain comes before what is not known, so that the
    number of unknowns is the number that an answer could still change:

    1. closed: status closed, or `closes` <= year; 2. not_yet_open: `opened` > year; 3. not_filed;
    4. not_inclusive; 5. hours: it offers none of `modes`; 6. too_small: a column of `minimum` is below its value;
    7. unknown_status, unknown_opening (planned, without a year), unknown_filed, unknown_inclusive, unknown_hours,
    unknown_<column of `minimum`>, unknown_places (`places_from` is unknown).

    So a planned facility counts from its opening year on. Only what is asked for is judged: filing with
    `only_filed`, inclusive with `only_inclusive`, hours with `modes` (any one of them will do). Errors, for
    the caller to raise: what is asked for has no column (GP-S021 filed, GP-P020 others). Notes: how many are not
    known (GP-S022 filed, GP-P021 others). Clause C4.2: only filed places count as supply; print both.

    >>> frame = pd.DataFrame({"status": ["open", "planned", "open"], "opened": [None, 2028, 2019],
    ...     "filed": [True, True, None]}, index=["a", "b", "c"])
    >>> counted(frame, 2026, Findings())["reason"].tolist()
    ['', 'not_yet_open', 'unknown_filed']
    >>> counted(frame, 2028, Findings(), only_filed=False)["counted"].tolist()
    [True, True, True]
    """
    least = dict(minimum or {})
    absent = _absent(facilities, only_filed, only_inclusive, modes, least, findings)
    fails, unknown = _open(facilities, year, findings)
    for column, asked, no in (("filed", only_filed, "not_filed"), ("inclusive", only_inclusive, "not_inclusive")):
        if asked:
            flag = flags(facilities, column)
            fails[no], unknown[f"unknown_{column}"] = ~flag.fillna(True), flag.isna()
    if modes is not None:
        offered = modes_of(facilities)
        fails["hours"] = offered.map(lambda some: bool(some) and not set(some) & set(modes)).astype(bool)
        unknown["unknown_hours"] = offered.map(len).eq(0)
    values = {c: number(facilities, c, findings) for c in least}
    fails["too_small"] = _any([values[c] < least[c] for c in least], facilities.index)
    unknown |= {f"unknown_{c}": values[c].isna() for c in least}
    unknown["unknown_places"] = texts(facilities, "places_from").eq("unknown")
    reasons = fails | unknown
    reason = np.select([m.to_numpy(bool) for m in reasons.values()], list(reasons), "")
    result = pd.DataFrame({"counted": reason == "", "reason": reason.astype(object)}, index=facilities.index)
    _note_unknown(facilities, unknown, result["reason"], absent, findings)
    return result


def reason_text(code: str) -> Text:
    """A reason in both languages.

    >>> reason_text("unknown_floor_area_m2").en
    'floor_area_m2 not known'
    """
    column = code.removeprefix("unknown_")
    return REASONS.get(code, Text(f"{column} not known", f"{column} 未知"))


def by_reason(facilities: pd.DataFrame, result: pd.DataFrame, bands: Collection[str]) -> pd.DataFrame:
    """What counts and what does not: one row a reason that occurs ("" first), with `facilities` and known `places`.

    The rows add up to all facilities and all known places, or `CheckFailed` is raised.

    >>> frame = pd.DataFrame({"status": ["open", "closed"], "places_old": [20, 40]}, index=["a", "b"])
    >>> by_reason(frame, counted(frame, 2026, Findings(), only_filed=False), ["old"])["places"].to_dict()
    {'': 20.0, 'closed': 40.0}
    """
    places = known_places(facilities, bands).sum(axis=1)
    table = pd.DataFrame({"facilities": 1, "places": places}).groupby(result["reason"]).sum()
    order = [c for c in REASONS if c in table.index] + sorted(set(table.index) - set(REASONS))
    table = table.loc[order]
    if table["facilities"].sum() != len(facilities) or not np.isclose(table["places"].sum(), places.sum()):
        raise CheckFailed(f"reasons: {table.sum().to_dict()} do not add up to {len(facilities)} facilities")
    return table


def _open(facilities: pd.DataFrame, year: int, findings: Findings) -> tuple[Masks, Masks]:
    """Whether each is open in the year: what is certain, and what is not known."""
    status = texts(facilities, "status")
    opened, closes = (number(facilities, c, findings) for c in ("opened", "closes"))
    fails = {"closed": status.eq("closed") | (closes <= year), "not_yet_open": opened > year}
    unknown = {
        "unknown_status": ~status.isin(["open", "planned", "closed"]),
        "unknown_opening": status.eq("planned") & opened.isna(),
    }
    return fails, unknown


def _any(masks: list[pd.Series], index: pd.Index) -> pd.Series:
    found = pd.Series(False, index)
    for mask in masks:
        found |= mask
    return found


def _absent(
    facilities: pd.DataFrame,
    only_filed: bool,
    only_inclusive: bool,
    modes: Collection[str] | None,
    minimum: Mapping[str, float],
    findings: Findings,
) -> list[str]:
    """The columns that are asked for and are not there, each an error."""
    asked = {"filed": only_filed, "inclusive": only_inclusive, "service_modes": modes is not None}
    asked |= dict.fromkeys(minimum, True)
    absent = [c for c, needed in asked.items() if needed and c not in facilities.columns]
    for column in absent:
        findings.add(_no_column(column))
    return absent


def _no_column(column: str) -> Finding:
    if column == "filed":
        problem = Text(
            "only filed facilities count, but the layer has no column filed",
            "仅计入已备案设施，但图层没有 filed（备案）列",
        )
        advice = Text("name the column, or set supply.only_filed: false", "请指明该列，或设 supply.only_filed: false")
        return Finding("GP-S021", "", "layers.facilities", problem, advice)
    problem = Text(
        "what counts as supply depends on this column, but the layer does not have it",
        "供给口径取决于该列，但图层没有该列",
    )
    advice = Text("name the column, or take the condition out of `supply`", "请指明该列，或在 supply 中去掉该条件")
    return Finding("GP-P020", "", "layers.facilities", problem, advice, column)


def _note_unknown(
    facilities: pd.DataFrame, unknown: Masks, reason: pd.Series, absent: list[str], findings: Findings
) -> None:
    """How many are not known: of filing all of them, of the rest those that do not count for that reason alone."""
    if "unknown_filed" in unknown and "filed" not in absent and unknown["unknown_filed"].any():
        problem = Text(
            "it is not known whether these are filed, so they do not count as supply", "备案情况未知，故不计入供给"
        )
        advice, count = Text("ask for the filing list", "请核对备案名单"), int(unknown["unknown_filed"].sum())
        findings.add(Finding("GP-S022", "", "layers.facilities", problem, advice, severity="note", count=count))
    for code in unknown:
        if code != "unknown_filed":
            title = reason_text(code)
            problem = Text(NOT_COUNTED.en.format(en=title.en), NOT_COUNTED.zh.format(zh=title.zh))
            advice = Text("complete the column", "请补全该列")
            note(findings, "GP-P021", code, problem, advice, facilities.index[reason.eq(code)])
