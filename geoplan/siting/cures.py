"""Cures: the option that would be the best one for each obligation that is not kept, and for each pilot that is missing."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from geoplan.errors import Language, Text
from geoplan.profiles.service import Pilot, ServiceProfile
from geoplan.siting._obligation_rows import frame, joined, said, text

BUILT_FROM = {"new_area": "new_residential", "employer": "employers"}  # rule: the layer whose own option cures it
UNCHECKED = Text("the option has clauses that are to be checked first", "所列方案尚有条款待核实")
NO_OPTION = Text("no option that may be offered", "暂无可用方案")
REFUSED = Text(
    "its own option is refused, by the clauses that the table of options names", "自有方案不合规，原因见方案表"
)
NO_PILOT = Text("no option of the unit could be this pilot", "本地暂无可作为该类试点的方案")
TAKEN = Text("the options that could are put forward for other pilots", "可用方案已列为其他试点")


def missing_pilots(
    pilots: pd.DataFrame,
    options: pd.DataFrame,
    score: pd.Series,
    service: ServiceProfile,
    names: pd.Series | None = None,
    language: Language = "zh",
) -> pd.DataFrame:
    """One row a unit and kind of pilot: pass where it is done, fail where it is missing, and the option that would be the best one.

    `pilots` says done, missing or unknown by unit and kind. An option can be a pilot if its kind names that pilot and it is not refused; one
    that passes comes before one with unknown verdicts, then the higher score, then the id. Each pilot is an institution
    of its own: within a unit no site is named twice, and as many pilots as possible have an option. `names` are the units' names.

    >>> from geoplan.profiles.load import load_service
    >>> found = pd.DataFrame({"kindergarten": ["done", "unknown"]}, index=["U", "V"])
    >>> rows = missing_pilots(found, pd.DataFrame(columns=["unit_id", "kind", "site_id", "verdict", "places"]), pd.Series(), load_service())
    >>> rows[["rule", "subject_id", "given", "outcome"]].values.tolist()
    [['pilot_kindergarten', 'U', 1.0, 'pass'], ['pilot_kindergarten', 'V', nan, 'unknown']]
    """
    asked = [p for p in service.pilots if p.kind in pilots and service.value(p.quota) > 0]
    best, rows = _ranked(options, score), []
    for unit in pilots.index:
        own = best[best["unit_id"] == unit]
        open_ = [p for p in asked if pilots.at[unit, p.kind] != "done"]
        able = {p.kind: own[own["kind"].isin(_can_be(p, service))] for p in open_}
        chosen = _one_each(able)
        name = "" if names is None else text(names.get(unit))
        rows += [
            _of_pilot(
                p,
                str(unit),
                name,
                str(pilots.at[unit, p.kind]),
                service,
                able.get(p.kind),
                chosen.get(p.kind),
                language,
            )
            for p in asked
        ]
    return frame(rows)


def cure(
    rows: pd.DataFrame,
    options: pd.DataFrame,
    score: pd.Series,
    pairs: pd.DataFrame,
    language: Language = "zh",
) -> pd.DataFrame:
    """The rows with the best option for each that does not pass: `option_id`, and a note where there is none.

    A new area is cured by the option of that project, an employer by its own, an old area by the best option within reach: `pairs` has
    from_id (demand), to_id (option) and metres. Options that are refused or bring no places cure nothing; one that passes comes
    before one with unknown verdicts, a site before an area to search, then the higher score, then the nearer, then the id. Rows of pilots stay as they are.

    >>> rows = pd.DataFrame({"rule": ["old_area"], "subject_id": ["a"], "outcome": ["fail"], "option_id": [""], "note": [""]})
    >>> options = pd.DataFrame({"verdict": ["pass", "fail"], "places": 20, "built_from": "hosts:H"}, index=["x", "y"])
    >>> pairs = pd.DataFrame({"from_id": ["a", "a"], "to_id": ["x", "y"], "metres": [200.0, 100.0]})
    >>> cure(rows, options, pd.Series({"x": 0.5, "y": 0.9}), pairs)["option_id"].tolist()
    ['x']
    """
    best = _ranked(options, score)
    own = {rule: _of_own(best, layer) for rule, layer in BUILT_FROM.items()} | {"old_area": _nearest(best, pairs)}
    refused = {rule: _of_own(options[options["verdict"] == "fail"], layer) for rule, layer in BUILT_FROM.items()}
    found, notes = [], []
    for rule, subject, outcome, note, given in rows[["rule", "subject_id", "outcome", "note", "option_id"]].itertuples(
        index=False
    ):
        open_ = outcome != "pass" and rule in own
        option = given or own[rule].get(subject, "") if open_ else given
        without = REFUSED if subject in refused.get(rule, {}) else NO_OPTION if outcome == "fail" else None
        found.append(option)
        notes.append(joined([note, said([_about(option, best, without) if open_ else None], language)], language))
    return rows.assign(option_id=found, note=notes)


def _of_own(options: pd.DataFrame, layer: str) -> dict[str, str]:
    """The first of the options that are built from each row of a layer, by the id of the row."""
    built = options["built_from"].astype(str)
    built = built[built.str.startswith(f"{layer}:")].drop_duplicates()
    return {name.removeprefix(f"{layer}:"): str(option) for option, name in built.items()}


def _nearest(best: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, str]:
    """The best option within reach of each demand point, the nearer of those that are as good."""
    near = pairs[pairs["to_id"].isin(best.index)]
    near = near.assign(at=best["rank"].reindex(near["to_id"]).to_numpy()).sort_values(
        ["from_id", "at", "metres", "to_id"]
    )
    first = near.drop_duplicates("from_id")
    return dict(zip(first["from_id"], first["to_id"], strict=True))


def _ranked(options: pd.DataFrame, score: pd.Series) -> pd.DataFrame:
    """The options that bring places and are not refused, the best first: those that pass, sites before areas to search, by score, by id.

    `rank` is the same for those that differ by id alone.
    """
    usable = options[(options["verdict"] != "fail") & (options["places"] > 0)]
    table = pd.DataFrame(usable.drop(columns="geometry", errors="ignore"))
    passes, points = table["verdict"] == "pass", score.reindex(table.index).astype(float).fillna(-np.inf)
    areas = table["search_area"].eq(True) if "search_area" in table else pd.Series(False, table.index)
    by = (table.index.astype(str).to_numpy(), -points.to_numpy(), areas.to_numpy(bool), ~passes.to_numpy(bool))
    table = table.assign(passes=passes, areas=areas, score=points).iloc[np.lexsort(by)]
    keys = table[["passes", "areas", "score"]]
    new = keys.ne(keys.shift()).any(axis=1)
    return table.assign(rank=new.cumsum())


def _can_be(pilot: Pilot, service: ServiceProfile) -> list[str]:
    return [kind.id for kind in service.options.values() if pilot.kind in kind.pilots]


def _one_each(able: dict[str, pd.DataFrame]) -> dict[str, str]:
    """An option for each pilot, none on the site of another: as many pilots as possible, then as many that pass, then the best by rank.

    The best few of each are enough: of as many sites as there are pilots, one is free.
    """
    tops = {kind: rows.drop_duplicates(_ground(rows)).head(len(able)) for kind, rows in able.items()}
    choices = [[None, *rows.index] for rows in tops.values()]
    about = {
        i: {"ground": ground, "passes": passes, "rank": rank}
        for rows in tops.values()
        for i, ground, passes, rank in rows[[_ground(rows), "passes", "rank"]].itertuples(name=None)
    }
    best: tuple[tuple[int, ...], tuple[str | None, ...]] = ((-1,), ())
    for picked in product(*choices):
        some = [about[i] for i in picked if i is not None]
        if len({row["ground"] for row in some}) == len(some):
            worth = (len(some), sum(row["passes"] for row in some), -sum(row["rank"] for row in some))
            best = max(best, (worth, picked), key=lambda pair: pair[0])
    return {kind: option for kind, option in zip(tops, best[1], strict=True) if option is not None} if tops else {}


def _ground(options: pd.DataFrame) -> str:
    """The column that tells which options rule one another out: the group of sites that share their ground, else the site."""
    return "site_group" if "site_group" in options else "site_id"


def _about(option: str, best: pd.DataFrame, without: Text | None) -> Text | None:
    """What is to be said of the option that was found, or that there is none."""
    if not option:
        return without
    return UNCHECKED if option in best.index and best.at[option, "verdict"] == "unknown" else None


def _of_pilot(
    pilot: Pilot,
    unit: str,
    name: str,
    state: str,
    service: ServiceProfile,
    able: pd.DataFrame | None,
    option: str | None,
    language: Language,
) -> dict[str, object]:
    """The row of one pilot of one unit."""
    asked = service.value(pilot.quota)
    given = {"done": asked, "missing": 0.0}.get(state, np.nan)
    note = None if able is None else _about(option or "", able, NO_PILOT if able.empty else TAKEN)
    return {
        "rule": f"pilot_{pilot.kind}", "subject_id": unit, "name": name, "unit_id": unit, "asked": asked, "given": given,
        "short": asked - given, "unit": "pilots", "behind": np.nan, "note": "" if note is None else note.to(language),
        "outcome": {"done": "pass", "missing": "fail"}.get(state, "unknown"), "option_id": option or "", "clause": pilot.clause,
    }  # fmt: skip
