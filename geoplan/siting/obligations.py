"""Obligations: what must be built with new housing, in old areas, by employers and as pilots; what is short, and what would cure it.

    new_areas(projects, service, year)      old_areas(demand, reached, service)      employers(layer, service, own)
    missing_pilots(pilots, options, score, service)      cure(rows, options, score, pairs)      counts(rows)

Rows of all rules share `COLUMNS`. An outcome is pass only where all that it rests on is known and holds.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import STRtree

from geoplan.errors import Language, Text, UsageError
from geoplan.profiles.service import ServiceProfile
from geoplan.siting._obligation_rows import COLUMNS, frame, said, text
from geoplan.siting.cures import cure, missing_pilots
from geoplan.siting.quantities import DONE, OLD_AREAS, STATES, milestones_behind

__all__ = ["COLUMNS", "counts", "cure", "employers", "gather", "missing_pilots", "near_work", "new_areas", "old_areas"]

OUTCOMES = ("pass", "fail", "unknown")
# the clause of the notice that asks for it, printed where the service knows that clause
CLAUSES = {"new_area": "C4.1b", "old_area": "C4.1c", "employer": "C3.1"}
MILESTONES = {
    "planned": Text("planning", "同步规划"),
    "built": Text("construction", "同步建设"),
    "accepted": Text("acceptance", "同步验收"),
    "delivered": Text("delivery", "同步交付"),
}


def gather(*parts: pd.DataFrame) -> pd.DataFrame:
    """The rows of several rules in one frame, in the order given."""
    rows = [part for part in parts if len(part)]
    return pd.concat(rows, ignore_index=True) if rows else frame()


def counts(rows: pd.DataFrame) -> pd.DataFrame:
    """How many rows of each rule pass, fail and are unknown, and how many there are; index rule, in the order of the rows.

    >>> counts(pd.DataFrame({"rule": ["old_area", "old_area"], "outcome": ["fail", "pass"]})).loc["old_area"].to_dict()
    {'pass': 1, 'fail': 1, 'unknown': 0, 'all': 2}
    """
    table = pd.crosstab(rows["rule"], rows["outcome"]).reindex(columns=list(OUTCOMES), fill_value=0)
    table = table.reindex(rows["rule"].unique()).rename_axis(index="rule", columns=None)
    return table.assign(all=table.sum(axis=1))


def new_areas(projects: pd.DataFrame, service: ServiceProfile, year: int, language: Language = "zh") -> pd.DataFrame:
    """One row a new residential project: the places that come with it, and whether they keep up with the housing (C4.1b).

    asked = ⌈k × residents / 1000⌉ places, k the standard `new_area` of the service's obligations: it asks for k at least, and there
    is no part of a place, so the number is rounded up. given = places_planned, short = max(asked − given, 0). behind = the
    milestones that the housing (`housing_state`) has passed and the facility (`<milestone>_state`) has not. It fails where it is short or any
    milestone is known to be behind, passes where everything is known and holds, and is unknown else. `year` is the planned year:
    what is delivered by then must be made up, what comes later can still be asked of the housing. No rows if the service has no such rule.

    >>> from geoplan.profiles.load import load_service
    >>> service = load_service()
    >>> done = {f"{m}_state": "done" for m in MILESTONES} | {"housing_state": "built"}
    >>> project = pd.DataFrame([{"name": "A", "unit_id": "U", "population": 1501, "places_planned": 15, **done}], index=["N-1"])
    >>> new_areas(project, service, 2026)[["asked", "given", "short", "outcome"]].values.tolist()
    [[16.0, 15.0, 1.0, 'fail']]
    """
    if "new_area" not in service.obligations:
        return frame()
    k = service.value(service.obligations["new_area"])
    asked = np.ceil((k * _number(projects, "population") / 1000).round(9))
    given = _number(projects, "places_planned")
    late, open_ = _milestones(projects)
    short = (asked - given).clip(lower=0)
    holds = (short == 0) & ~open_.any(axis=1)
    outcome = _outcome((short > 0) | late.any(axis=1), holds)
    notes = [
        _of_project(projects.loc[i], asked[i], given[i], late.loc[i], open_.loc[i], year, service)
        for i in projects.index
    ]
    table = _rows("new_area", projects, service, asked=asked, given=given, short=short, unit="places", outcome=outcome)
    return table.assign(behind=milestones_behind(projects).to_numpy(), note=[said(note, language) for note in notes])


def old_areas(
    demand: pd.DataFrame, reached: pd.Series, service: ServiceProfile, language: Language = "zh"
) -> pd.DataFrame:
    """One row an old or built-up area in which children live: whether a facility stands within the standard reach (C4.1c).

    `reached` says so by demand id: true, false, or missing where it is not known. asked = 1 facility, given = 1 or 0. It fails where there is
    none, and is unknown where that is not known, or where there is none and it is not known whether children live there. Rows
    that pass stand in the table too, so that it says of how many areas. No rows if the service has no such rule. Raises `UsageError` if an area is not in `reached`.

    >>> from geoplan.profiles.load import load_service
    >>> service = load_service()
    >>> children = {f"people_{band}": [2.0, 0.0] for band in service.band_ids}
    >>> homes = pd.DataFrame({"unit_id": "U", "class": "urban_old", **children}, index=["a", "b"])
    >>> old_areas(homes, pd.Series(False, ["a", "b"]), service)[["subject_id", "short", "outcome"]].values.tolist()
    [['a', 1.0, 'fail']]
    """
    if "old_area" not in service.obligations:
        return frame()
    children = demand[[f"people_{band}" for band in service.band_ids]].astype(float).sum(axis=1, skipna=False)
    asked = demand["class"].isin(OLD_AREAS) & ~(children == 0)
    areas, children = demand[asked], children[asked]
    if len(lost := areas.index.difference(reached.index)):
        raise UsageError(f"old_areas: reached says nothing of {len(lost)} areas: {', '.join(map(str, lost[:5]))}")
    given = reached.reindex(areas.index).astype(float)
    outcome = _outcome((given == 0) & (children > 0), given == 1)
    table = _rows(
        "old_area", areas, service, asked=1.0, given=given, short=1 - given, unit="institutions", outcome=outcome
    )
    return table.assign(note=[said([_people(n, service)], language) for n in children])


def employers(
    layer: pd.DataFrame, service: ServiceProfile, own: pd.Series | None = None, language: Language = "zh"
) -> pd.DataFrame:
    """One row an employer with as many children under three as the standard `employer` of the service's obligations, or more (C3.1).

    `own` says by employer whether it has a facility of its own: true, false, or missing where it is not known; without it the column
    `own_places` of the layer does (more than 0), and where that is not there it is not known. asked = 1 facility. An employer whose
    children are not known has a row with the outcome unknown; one below the number has none. No rows if the service has no such rule.

    >>> from geoplan.profiles.load import load_service
    >>> layer = pd.DataFrame({"unit_id": "U", "children_under_3": [44, 20, 19, None]}, index=["a", "b", "c", "d"])
    >>> own = pd.Series([True, False, False, False], index=layer.index)
    >>> employers(layer, load_service(), own)[["subject_id", "outcome"]].values.tolist()
    [['a', 'pass'], ['b', 'fail'], ['d', 'unknown']]
    """
    if "employer" not in service.obligations:
        return frame()
    children = _number(layer, "children_under_3")
    some = ~(children < service.value(service.obligations["employer"]))
    firms, children = layer[some], children[some]
    own = (_number(layer, "own_places") > 0).where(_number(layer, "own_places").notna()) if own is None else own
    given = own.reindex(firms.index).astype(float)
    asked = pd.Series(1.0, firms.index).where(children.notna())
    short = (asked - given).clip(lower=0)
    table = _rows(
        "employer", firms, service, asked=asked, given=given, short=short, unit="institutions",
        outcome=_outcome(short == 1, (given == 1) & children.notna()),
    )  # fmt: skip
    unsaid = Text("whether it has a facility of its own is not known", "是否已有自办照护设施未知")
    notes = [[_people(n, service), *([unsaid] if pd.isna(g) else [])] for n, g in zip(children, given, strict=True)]
    return table.assign(note=[said(note, language) for note in notes])


def near_work(layer: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, reach_m: float) -> pd.Series:
    """Whether one of the facilities stands within a straight `reach_m` of each employer: at its place of work or near it.

    >>> from shapely import Point
    >>> work = gpd.GeoDataFrame(geometry=[Point(0, 0), Point(900, 0)], index=["a", "b"])
    >>> near_work(work, gpd.GeoDataFrame(geometry=[Point(0, 300)], index=["F"]), 300).to_dict()
    {'a': True, 'b': False}
    """
    near = STRtree(facilities.geometry.array).query(layer.geometry.array, predicate="dwithin", distance=reach_m)[0]
    return pd.Series(np.isin(np.arange(len(layer)), near), index=layer.index)


# --- rows ------------------------------------------------------------------------------------------------------------------------


def _rows(rule: str, subjects: pd.DataFrame, service: ServiceProfile, **more: Any) -> pd.DataFrame:
    """Rows of one rule: who, where and by which clause, with more columns on the index of the subjects."""
    clause = CLAUSES[rule] if CLAUSES[rule] in service.clauses else ""
    table = pd.DataFrame({"rule": rule, "subject_id": subjects.index.astype(str)}, index=subjects.index)
    for column in ("name", "unit_id"):
        given = subjects[column] if column in subjects else pd.Series(None, subjects.index, dtype=object)
        table[column] = given.map(text)
    table = table.assign(behind=np.nan, note="", option_id="", clause=clause, **more)
    return table[list(COLUMNS)].reset_index(drop=True)


def _number(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column as numbers, all missing where there is none."""
    if column not in frame:
        return pd.Series(np.nan, frame.index)
    return pd.to_numeric(frame[column], errors="coerce").astype(float)


def _outcome(fails: pd.Series, holds: pd.Series) -> pd.Series:
    return pd.Series(np.select([fails, holds], ["fail", "pass"], "unknown"), fails.index, dtype=object)


def _people(number: float, service: ServiceProfile) -> Text:
    people, unit = service.words["people"], service.words["person_unit"]
    if pd.isna(number):
        return Text(f"number of {people.en} not known", f"{people.zh}人数未知")
    return Text(f"{number:.0f} {people.en}", f"{people.zh}{number:.0f}{unit.zh}")


# --- new areas -------------------------------------------------------------------------------------------------------------------


def _milestones(projects: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By project and milestone: whether it is known to be behind the housing, and whether that is not known."""
    columns = {name: projects[name] if name in projects else pd.Series(None, projects.index) for name in
               ("housing_state", *(f"{m}_state" for m in MILESTONES))}  # fmt: skip
    housing = columns["housing_state"].map(STATES).astype(float)
    late, open_ = {}, {}
    for milestone, number in STATES.items():
        done = columns[f"{milestone}_state"].map(DONE).astype(float)
        late[milestone] = (housing >= number) & (done == 0)
        open_[milestone] = housing.isna() | ((housing >= number) & done.isna())
    return pd.DataFrame(late, projects.index), pd.DataFrame(open_, projects.index)


def _of_project(
    project: pd.Series,
    asked: float,
    given: float,
    late: pd.Series,
    open_: pd.Series,
    year: int,
    service: ServiceProfile,
) -> list[Text]:
    """What there is to say of a project: what is not known, what is short and how it can be had, which milestones are behind."""
    places, notes = service.words["places"], []
    if pd.isna(asked):
        notes.append(Text("planned residents not known", "规划人口未知"))
    if pd.isna(given):
        notes.append(Text(f"{places.en} planned not known", f"配建{places.zh}数未知"))
    if asked > given:
        notes += _in_time(project.get("delivery_year", project.get("year")), year)
    for which, title in ((late, Text("behind the housing", "滞后于住宅")), (open_, Text("not known", "状态未知"))):
        names = [text for milestone, text in MILESTONES.items() if which[milestone]]
        if names:
            notes.append(
                Text(f"{title.en}: {', '.join(t.en for t in names)}", f"{title.zh}：{'、'.join(t.zh for t in names)}")
            )
    return notes


def _in_time(delivery: Any, year: int) -> list[Text]:
    """Whether what is short can still be asked of the housing; nothing where its delivery is not known."""
    if pd.isna(delivery):
        return []
    when = f"{float(delivery):.0f}"
    if float(delivery) <= year:
        return [Text(f"delivered by {when}: to be made up", f"{when}年交付，须补建")]
    return [Text(f"delivered in {when}: still to be asked of the housing", f"{when}年交付，可在规划条件中落实")]
