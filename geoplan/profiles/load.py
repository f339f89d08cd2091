"""Loads what is known: standards and service profiles, from the data files beside this module."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args

from ruamel.yaml import YAML

from geoplan.errors import Finding, Findings, Text
from geoplan.plugins import find
from geoplan.profiles.service import AgeBand, OptionKind, ServiceProfile
from geoplan.profiles.standard import Force, Mark, Sense, Standard

TEXTS = ("title", "clause")
REQUIRED = ("id", "title", "title_zh", "value", "unit", "sense", "clause", "clause_zh", "source", "mark")
OPTIONAL = ("quantity", "force")
ALLOWED = {"sense": get_args(Sense), "mark": get_args(Mark), "force": get_args(Force)}


def load_standards(names: Iterable[str]) -> dict[str, Standard]:
    """The standards of these data files by id, in the order of the files.

    Raises `InputError` with all problems at once: a key that is missing or unknown, a value that is not a
    finite number, an id that stands twice; `UsageError` if there is no such file.

    >>> load_standards(["jgj39"])["reach_upper"].value
    500.0
    """
    findings = Findings()
    standards: dict[str, Standard] = {}
    for name in names:
        for row in _read("standards", name).get("standards") or []:
            problem = _problem(row, standards)
            if problem:
                findings.add(_finding("GP-S001", f"standards/{name}.yaml", str(row.get("id", "?")), problem))
            else:
                standards[row["id"]] = _standard(row)
    findings.raise_errors()
    return standards


def load_service(name: str = "childcare_cn", overrides: Mapping[str, float] | None = None) -> ServiceProfile:
    """A service profile with its standards; `overrides` replaces values by id: marked "local", and they must hold.

    Raises `InputError` for an override of an id that the profile does not have (with the nearest id), or by
    a value that is not a finite number >= 0 (a whole one, a share or above 0 where the standard is used as
    such); `UsageError` if there is no such profile.

    >>> service = load_service(overrides={"uptake_mid": 0.2})
    >>> service.uptake["mid"], service.standards["uptake_mid"].mark
    (0.2, 'local')
    """
    data = _read("services", name)
    standards = _override(load_standards(data["standards"]), overrides or {})
    known = _Known(standards, f"services/{name}.yaml")
    service = ServiceProfile(
        id=name,
        title=_text(data, "title"),
        people=_text(data, "people"),
        bands=tuple(_band(row, known) for row in data["bands"]),
        uptake={level: known.share(id_) for level, id_ in data["uptake"].items()},
        reaches_m=tuple(known.whole(id_) for id_ in data["reaches"]),
        standards=standards,
        options={row["id"]: _option(row, known) for row in data["options"]},
        note=_text(data, "note"),
    )
    known.findings.raise_errors()
    return service


class _Known:
    """The standards that a profile may refer to; collects references that do not hold."""

    def __init__(self, standards: Mapping[str, Standard], file: str) -> None:
        self.standards, self.file, self.findings = standards, file, Findings()

    def standard(self, id_: str) -> Standard:
        """The standard of this id; a stand-in, and a finding, where there is none."""
        if id_ in self.standards:
            return self.standards[id_]
        self.findings.add(_unknown(id_, self.standards, self.file))
        return Standard(id_, Text(id_, id_), math.nan, "", "", Text("", ""), "", "G")

    def whole(self, id_: str) -> int:
        """Its value as a whole number >= 0."""
        return int(self._number(id_, lambda v: v == int(v), Text("must be a whole number", "须为整数")))

    def share(self, id_: str) -> float:
        """Its value as a share between 0 and 1."""
        return self._number(id_, lambda v: 0 <= v <= 1, Text("must be between 0 and 1", "须在0与1之间"))

    def positive(self, id_: str) -> float:
        """Its value, which must be above 0 because something is divided by it."""
        return self._number(id_, lambda v: v > 0, Text("must be above 0", "须大于0"))

    def _number(self, id_: str, holds: Any, problem: Text) -> float:
        value = self.standard(id_).value
        if math.isnan(value):
            return 0.0
        if not holds(value):
            self.findings.add(_finding("GP-S004", self.file, id_, problem, f"{value:g}"))
            return 0.0
        return value


def _read(kind: str, name: str) -> dict[str, Any]:
    return _parse(find(kind, name).read_text(encoding="utf-8"))


@cache
def _parse(text: str) -> dict[str, Any]:
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return data


def _text(row: Mapping[str, Any], key: str) -> Text:
    return Text(str(row[key]), str(row[f"{key}_zh"]))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _problem(row: Mapping[str, Any], standards: Mapping[str, Standard]) -> Text | None:
    """What is wrong with a standard as it is written; None if nothing is."""
    missing = [key for key in REQUIRED if key not in row]
    unknown = [key for key in row if key not in REQUIRED + OPTIONAL]
    if missing or unknown:
        wrong = ", ".join(missing + unknown)
        return Text(f"keys missing or not known: {wrong}", f"缺少或无法识别的键：{wrong}")
    if row["id"] in standards:
        return Text("this id stands more than once", "编号重复")
    if not _is_number(row["value"]):
        return Text("the value must be a finite number", "数值须为有限数")
    wrong = ", ".join(key for key, allowed in ALLOWED.items() if key in row and row[key] not in allowed)
    return Text(f"not one of the values allowed: {wrong}", f"取值不在允许范围：{wrong}") if wrong else None


def _standard(row: Mapping[str, Any]) -> Standard:
    values = {f.name: row[f.name] for f in fields(Standard) if f.name in row and f.name not in TEXTS}
    values |= {key: _text(row, key) for key in TEXTS}
    return Standard(**values | {"value": float(row["value"])})


def _override(standards: dict[str, Standard], overrides: Mapping[str, float]) -> dict[str, Standard]:
    findings = Findings()
    changed = dict(standards)
    for id_, value in overrides.items():
        if id_ not in standards:
            findings.add(_unknown(id_, standards, ""))
        elif not (_is_number(value) and value >= 0):
            problem = Text("the value must be a finite number, not negative", "数值须为非负有限数")
            findings.add(_finding("GP-S003", "", f"standards.{id_}", problem, str(value)))
        else:
            changed[id_] = replace(standards[id_], value=float(value), mark="local", force="must")
    findings.raise_errors()
    return changed


def _band(row: Mapping[str, Any], known: _Known) -> AgeBand:
    known.positive(row["class_size"])
    return AgeBand(
        id=row["id"],
        title=_text(row, "title"),
        months=(row["months"][0], row["months"][1]),
        people=row["people"],
        class_size=known.whole(row["class_size"]),
        children_per_carer=known.positive(row["children_per_carer"]),
    )


def _option(row: Mapping[str, Any], known: _Known) -> OptionKind:
    known.positive(row["floor"])
    return OptionKind(
        id=row["id"],
        title=_text(row, "title"),
        hosts=tuple(row["hosts"]),
        bands=tuple(row["bands"]),
        cost_yuan=known.standard(row["cost"]),
        annual_yuan=known.standard(row["annual_cost"]),
        floor_m2=known.standard(row["floor"]),
        outdoor_m2=known.standard(row["outdoor"]),
        land_m2=known.standard(row["land"]) if "land" in row else None,
        lead_time_years=known.whole(row["lead_time"]),
        max_classes=known.whole(row["max_classes"]),
        clause=_text(row, "clause"),
        departments=tuple(Text(d["en"], d["zh"]) for d in row["departments"]),
        checks=tuple(known.standard(id_).id for id_ in row["checks"]),
    )


def _unknown(id_: str, standards: Mapping[str, Standard], file: str) -> Finding:
    near = get_close_matches(id_, standards, n=1)
    problem = Text("no standard has this id", "没有该编号的标准")
    advice = (
        Text(f"did you mean {near[0]}?", f"是否为 {near[0]}？")
        if near
        else Text(f"there are: {', '.join(standards)}", f"可用编号：{'、'.join(standards)}")
    )
    return Finding("GP-S002", file, f"standards.{id_}", problem, advice, id_)


def _finding(code: str, file: str, place: str, problem: Text, value: str = "") -> Finding:
    return Finding(code, file, place, problem, Text("mend the value", "请修正"), value)
