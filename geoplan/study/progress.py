"""Progress: two dated runs of a scenario held side by side, one row a county-level unit, the whole area last."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.errors import Finding, Findings, InputError, Text
from geoplan.sources.provenance import sha256
from geoplan.study.manifest import RESULTS, read_manifest
from geoplan.study.numbers import check_numbers

WHOLE = "all"
SIDES = ("before", "after")
INDICATORS: dict[str, Text] = {
    "population": Text("residents", "常住人口"),
    "people": Text("people of the age bands", "服务对象人数"),
    "wanted": Text("places wanted", "需求托位"),
    "facilities": Text("facilities that count", "计入的设施"),
    "places": Text("places that count", "计入的托位"),
    "places_per_1000": Text("places per 1,000 residents", "每千人口托位"),
    "served": Text("served", "已有托位"),
    "unserved": Text("without a place", "缺口"),
    "enrolled": Text("enrolled", "在托人数"),
    "enrolment_rate": Text("enrolled of the people of the age bands", "入托率"),
}  # and coverage_<reach> for each reach in metres; what neither run knows is left out

OUTWARD = {"name", "path", "language", "report"}  # settings that change no number
SHOWN = 5
NOTES = {
    "GP-C003": (
        Text("these units stand in one run only, so their change is not known", "这些单元只见于一次运行，变化未知"),
        Text("use the same division of units for both", "请统一行政区划"),
    ),
    "GP-C004": (
        Text("these layers differ between the runs", "两次运行的这些图层不同"),
        Text("numbers may differ because the data do", "数值差异可能来自数据变化"),
    ),
    "GP-C005": (
        Text("the runs were made with different settings", "两次运行的设置不同"),
        Text("run both with the same settings to see progress alone", "以相同设置重算，方可只看进展"),
    ),
    "GP-C006": (
        Text("the run given first is of the later year", "先给出的运行年份较晚"),
        Text("give the earlier folder first", "请先给出较早的文件夹"),
    ),
    "GP-C007": (
        Text("the runs were made by different versions of geoplan", "两次运行的 geoplan 版本不同"),
        Text("run both again with one version", "请以同一版本重算"),
    ),
}


def progress(before: str | Path, after: str | Path) -> pd.DataFrame:
    """What changed from one run to a later one, by county-level unit (index unit_id); the whole area is the last row, `all`.

    `before` and `after` are folders of one scenario each. Columns: name, stands_in (both, before or after), and of each of
    `INDICATORS` and each coverage_<reach> (share of the places wanted) three: <indicator>_before, _after and _change (after − before).
    unserved = wanted − served. What a run does not know, and a unit that it does not have, is missing, and so is its change. The
    last row is the whole of each run: units and what lies outside them. `inputs_changed` and `settings_changed` say why numbers
    may differ: the roles of layers with other bytes, and the keys of the study with other values; notes on them stand in
    `.attrs["findings"]` (a list of `Finding`), the years of the runs in `.attrs["years"]`.

    Raises `InputError` if a folder holds no whole run or the services differ; `CheckFailed` if the numbers of a run do not add up.
    """
    runs = _read_both(Path(before), Path(after))
    old, new = (run.units for run in runs)
    ids = [*dict.fromkeys(i for i in (*new.index, *old.index) if i != WHOLE), WHOLE]
    table = pd.DataFrame({"name": new["name"].reindex(ids).fillna(old["name"])}, index=pd.Index(ids, name="unit_id"))
    table["stands_in"] = [_stands_in(i, old, new) for i in ids]
    for name in dict.fromkeys(c for c in (*old.columns, *new.columns) if c != "name"):
        for side, units in zip(SIDES, (old, new), strict=True):
            table[f"{name}_{side}"] = units[name].reindex(ids) if name in units else float("nan")
        table[f"{name}_change"] = (table[f"{name}_after"] - table[f"{name}_before"]).round(6)
    inputs, settings = _changed_inputs(*runs), _changed_settings(*runs)
    table["inputs_changed"], table["settings_changed"] = ", ".join(inputs), "; ".join(settings)
    table.attrs["findings"] = list(_notes(table, runs, inputs, settings))
    table.attrs["years"] = [run.year for run in runs]
    return table


@dataclass(frozen=True, eq=False)
class Run:
    """What progress needs of one run: the indicators by unit with the whole area last, role and hash of each input."""

    units: pd.DataFrame
    inputs: frozenset[tuple[str, str]]
    settings: Mapping[str, Any]
    service: str
    year: int
    version: str


def _read_both(*folders: Path) -> list[Run]:
    """Both runs; all that is wrong with the folders in one `InputError`."""
    findings, runs = Findings(), []
    for folder in folders:
        try:
            runs.append(_read(folder))
        except InputError as error:
            findings.merge(error.findings)
    findings.raise_errors()
    if len({run.service for run in runs}) > 1:
        both, services = ", ".join(map(str, folders)), ", ".join(run.service for run in runs)
        problem = Text("these runs are of different services and are not compared", "两次运行的服务类型不同，不作比较")
        advice = Text("give two runs of the same service", "请给出同一服务类型的两次运行")
        raise InputError(Finding("GP-C002", both, "service", problem, advice, services))
    return runs


def _read(folder: Path) -> Run:
    """One run, whose `results.json` must be as it was written and add up."""
    record, path = read_manifest(folder), folder / RESULTS
    try:
        stated, version = record["files"][RESULTS]["sha256"], record["geoplan"]["geoplan"]
        inputs = frozenset((i["role"], i["sha256"]) for i in record["inputs"])
    except (KeyError, TypeError):
        raise _damaged(folder, Text("manifest.json is not complete", "manifest.json 不完整")) from None
    if not path.is_file() or sha256(path) != stated:
        changed = Text("results.json is missing or was changed after the run", "results.json 缺失或在运行后被改动")
        raise _damaged(folder, changed)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        check_numbers(found)
        return Run(_units(found), inputs, found["settings"], found["service"], found["year"], version)
    except (KeyError, TypeError, ValueError):
        raise _damaged(folder, Text("results.json lacks numbers", "results.json 缺少数据")) from None


def _damaged(folder: Path, problem: Text) -> InputError:
    return InputError(Finding("GP-C001", str(folder), "", problem, Text("run the study again", "请重新运行该研究")))


def _units(numbers: Mapping[str, Any]) -> pd.DataFrame:
    """The indicators of one run by unit, and of the whole area in the last row."""
    units = pd.DataFrame(numbers["units"]).set_index("unit_id")
    reaches = [c for c in map(str, units) if c.startswith("coverage_") and not c.endswith("_after")]
    whole = _whole(numbers)
    if "enrolled" in units:
        whole["enrolled"] = units["enrolled"].sum(skipna=False)
    units.loc[WHOLE] = pd.Series(whole, dtype=object).reindex(units.columns)
    numeric = units.drop(columns="name").apply(pd.to_numeric, errors="coerce").astype(float)
    numeric["unserved"] = (numeric["wanted"] - numeric["served"]).round(6)
    if "enrolled" in units:
        numeric["enrolment_rate"] = numeric["enrolled"] / numeric["people"].where(numeric["people"] > 0)
    known = [c for c in (*INDICATORS, *reaches) if c in numeric]
    return pd.DataFrame({"name": units["name"]}).join(numeric[known])


def _whole(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The indicators of the whole area, as the run states them."""
    residents = numbers["population_total"]
    return {
        "name": "",
        "population": residents,
        "people": numbers["people_total"],
        "wanted": numbers["demand_total"],
        "facilities": numbers["facilities_counted"],
        "places": numbers["capacity_counted"],
        "places_per_1000": numbers["capacity_counted"] / residents * 1000 if residents else None,
        "served": numbers["gap_account"]["served"],
        **{f"coverage_{reach}": share for reach, share in numbers["coverage"].items()},
    }


def _stands_in(unit: str, old: pd.DataFrame, new: pd.DataFrame) -> str:
    return "both" if unit in old.index and unit in new.index else SIDES[unit in new.index]


def _changed_inputs(old: Run, new: Run) -> list[str]:
    """The roles whose files have other bytes, or that one run alone has; in the order of their names."""
    return sorted({role for role, _ in old.inputs ^ new.inputs})


def _changed_settings(old: Run, new: Run) -> list[str]:
    """`key: old → new` of each setting that differs, apart from names, paths and the looks of the outputs."""
    found = _differences(old.settings, new.settings)
    return [f"{key}: {a} → {b}" for key, a, b in found if not OUTWARD & {*key.split(".")}]


def _differences(old: Any, new: Any, at: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}, key=str):
            yield from _differences(old.get(key), new.get(key), f"{at}.{key}" if at else str(key))
    elif old != new:
        yield at, old, new


def _notes(table: pd.DataFrame, runs: list[Run], inputs: list[str], settings: list[str]) -> Iterator[Finding]:
    """What makes two runs differ in more than progress."""
    old, new = runs
    alone = [*table.index[table["stands_in"] != "both"]]
    versions = [] if old.version == new.version else [old.version, new.version]
    turned = [str(old.year), str(new.year)] if old.year > new.year else []
    for code, place, values in (
        ("GP-C003", "unit_id", alone),
        ("GP-C004", "inputs", inputs),
        ("GP-C005", "settings", settings),
        ("GP-C006", "year", turned),
        ("GP-C007", "geoplan", versions),
    ):
        if values:
            yield Finding(code, "", place, *NOTES[code], ", ".join(values[:SHOWN]), "note", len(values))
