"""Standards as they are written: each row of a file checked key by key, and what a study sets in place of a value."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, cast, get_args

from geoplan.errors import Text
from geoplan.profiles._blocks import Block, Reader, is_number, nearest
from geoplan.profiles.standard import CHINA, AreaClass, Force, Mark, Sense, Standard
from geoplan.profiles.units import UNITS, unknown_parts

MARKS_WRITTEN = tuple(mark for mark in get_args(Mark) if mark != "local")  # only a study makes a standard local


def read_file(data: Mapping[str, Any], reader: Reader, standards: dict[str, Standard]) -> None:
    """Add the standards of one file to those that are there; a row with a problem gives findings instead."""
    top = Block(data, "", reader)
    top.text("title")
    for row in top.blocks("standards", required=True):
        before = len(reader.findings)
        standard = read_standard(row)
        if standard.id in standards:
            reader.wrong(row.place, Text("this id stands more than once", "编号重复"), standard.id)
        if len(reader.findings) == before:
            standards[standard.id] = standard
    top.close()


def read_standard(row: Block) -> Standard:
    """One standard from its row; whatever is missing, unknown or wrong becomes a finding."""
    unit = row.word("unit")
    for part in unknown_parts(unit) if unit else ():
        problem = Text("this unit is not known", "无法识别的计量单位")
        row.reader.wrong(row.at("unit"), problem, part, advice=nearest(part, UNITS))
    standard = Standard(
        id=row.word("id"),
        title=row.text("title"),
        value=row.number("value"),
        unit=unit,
        sense=cast("Sense", row.choice("sense", get_args(Sense))),
        clause=row.text("clause"),
        source=row.word("source"),
        mark=cast("Mark", row.choice("mark", MARKS_WRITTEN)),
        quantity=row.word("quantity", ""),
        force=cast("Force", row.choice("force", get_args(Force), "must")),
        place=row.text("place") if row.has("place") else CHINA,
        effective=row.word("effective", ""),
        class_=cast("AreaClass", row.choice("class", get_args(AreaClass), "")),
        applied=row.flag("applied", True),
    )
    row.close()
    return standard


def override(
    standards: Mapping[str, Standard], overrides: Mapping[str, float], reader: Reader, compared: Collection[str] = ()
) -> dict[str, Standard]:
    """The standards with the values of the study; each that is replaced is marked local and remembers what it replaces.

    A value that is no finite number >= 0, an id that is not there, and one that is only known for comparison (also those of
    `compared`) give findings, since a value that no rule uses would change nothing.
    """
    changed = dict(standards)
    for id_, value in overrides.items():
        place, known = f"standards.{id_}", standards.get(id_)
        if (known is not None and not known.applied) or (known is None and id_ in compared):
            problem = Text(
                "this figure is known for comparison only; to set it changes nothing", "该数值仅供比较，设定无效"
            )
            reader.wrong(place, problem, id_, "GP-S005", Text("leave it out", "请删去"))
        elif known is None:
            applied = [s.id for s in standards.values() if s.applied]
            reader.wrong(
                place, Text("no standard has this id", "没有该编号的标准"), id_, "GP-S002", nearest(id_, applied)
            )
        elif not (is_number(value) and value >= 0):
            problem = Text("the value must be a finite number, not negative", "数值须为非负有限数")
            reader.wrong(place, problem, value, "GP-S003")
        else:
            changed[id_] = replace(known, value=float(value), mark="local", force="must", replaces=known)
    return changed
