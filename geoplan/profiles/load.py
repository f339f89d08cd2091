"""Loads what is known: standards and service profiles, from the data files beside this module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from geoplan.errors import Text
from geoplan.plugins import find, names
from geoplan.profiles import _parts, _siting_parts
from geoplan.profiles._blocks import Block, Reader
from geoplan.profiles._standards import override, read_file
from geoplan.profiles.service import ServiceProfile
from geoplan.profiles.standard import Standard

LEVELS = ("low", "mid", "high")


def load_standards(files: Iterable[str]) -> dict[str, Standard]:
    """The standards of these data files by id, in the order of the files, also those that are known for comparison only.

    Raises `InputError` with all problems at once: a key that is missing or unknown (with the nearest), a value that is
    not a finite number, a unit, sense or mark that is not known, an id that stands twice; `UsageError` if there is no such file.

    >>> load_standards(["jgj39"])["reach_upper"].value
    500.0
    """
    standards, readers = _standards(files)
    _raise_all(readers)
    return standards


def load_service(name: str = "childcare_cn", overrides: Mapping[str, float] | None = None) -> ServiceProfile:
    """A service profile with its standards; `overrides` replaces values by id: marked "local", and they must hold.

    Raises `InputError` with all problems at once: an override of an id that no rule of the profile applies (with the nearest
    id), or by a value that is not a finite number >= 0 (a whole one, a share or above 0 where the standard is used
    as such); and whatever does not hold in the data files themselves. `UsageError` if there is no such profile.

    >>> service = load_service(overrides={"uptake_mid": 0.2})
    >>> service.uptake["mid"], service.standards["uptake_mid"].mark, service.standards["uptake_mid"].replaces.value
    (0.2, 'local', 0.15)
    """
    reader = Reader(f"services/{name}.yaml")
    top = Block(_read("services", name), "", reader)
    applied, compared = _files(top, "standards"), _files(top, "information")
    known, readers = _standards(applied)
    study = Reader("")
    changed = set(overrides or ()) - set(known)
    reader.standards = override(known, overrides or {}, study, _standards(compared)[0] if changed else ())
    service = _service(name, top, applied + compared)
    _check_names(service, reader)
    _raise_all([*readers, study, reader])
    return service


def _service(name: str, top: Block, files: tuple[str, ...]) -> ServiceProfile:
    """The profile from its file; every problem goes to the reader."""
    reader = top.reader
    uptake = top.mapping("uptake")
    made = ServiceProfile(
        id=name,
        title=top.text("title"),
        people=top.text("people"),
        bands=tuple(_parts.band(row) for row in top.blocks("bands", required=True)),
        uptake={level: reader.share(str(id_), f"uptake.{level}") for level, id_ in uptake.items()},
        reaches_m=tuple(reader.whole(id_, "reaches", least=1) for id_ in top.words("reaches")),
        standards={id_: s for id_, s in reader.standards.items() if s.applied},
        note=top.text("note"),
        demand=_parts.demand(top.block("demand")),
        supply=_parts.supply(top.block("supply")),
        survival=_shares(top, "survival"),
        kindergarten_class_size=_whole(top, "kindergarten_class_size"),
        daytime_share=top.reference("daytime_share", "share") if top.has("daytime_share") else None,
        places_per_1000=top.references("places_per_1000", "places/1,000 residents"),
        variants=_parts.variants(top),
        clauses={clause.id: clause for clause in map(_parts.clause, top.blocks("clauses"))},
        goals=tuple(map(_parts.goal, top.blocks("goals"))),
        pilots=tuple(map(_parts.pilot, top.blocks("pilots"))),
        cures={cure.cause: cure for cure in map(_parts.cure, top.blocks("cures", by="cause"))},
        indicators=tuple(map(_parts.indicator, top.blocks("indicators"))),
        **_siting_parts.siting(top),
        files=files,
        uses=reader.uses,
        words=_parts.words(top.block("words")),
    )
    top.close()
    return made


def _shares(top: Block, key: str) -> tuple[str, ...]:
    ids = top.words(key) if top.has(key) else ()
    for id_ in ids:
        top.reader.share(id_, top.at(key))
    return ids


def _whole(top: Block, key: str) -> str | None:
    if not top.has(key):
        return None
    top.whole(key, least=1)
    return top.word(key)


def _check_names(service: ServiceProfile, reader: Reader) -> None:
    """Every name that one part of a profile takes from another must be there, and each part must be whole."""
    for level in LEVELS:
        reader.one_of(level, service.uptake, "uptake", Text("this level of uptake is missing", "缺少该入托水平"))
    for band in service.bands:
        if service.demand.kind == "ages" and not band.people:
            problem = Text("a band of ages needs census columns", "按月龄需求须给出人口列")
            reader.wrong(f"bands.{band.id}.people", problem, band.id)
    for name, known, place, there in _siting_parts.names_taken(service):
        reader.one_of(name, known, place, there)
    indicators = [i.id for i in service.indicators_at()]
    for goal in service.goals:
        there = Text("the service has no such indicator", "该服务没有此指标")
        reader.one_of(goal.indicator, indicators, f"goals.{goal.id}.indicator", there)
    for place, clause in _clauses(service):
        reader.one_of(clause, service.clauses, place, Text("the service has no such clause", "该服务没有此条款"))


def _clauses(service: ServiceProfile) -> list[tuple[str, str]]:
    """Where the profile names a clause, and which."""
    found = [(f"goals.{goal.id}.clause", goal.clause) for goal in service.goals]
    found += [(f"pilots.{pilot.kind}.clause", pilot.clause) for pilot in service.pilots]
    found += [(f"fees.{fee.id}.clause", fee.clause) for fee in service.fees]
    found += [(f"options.{kind.id}.clause", kind.clause.en.partition(",")[0]) for kind in service.options.values()]
    found += [(f"cures.{cure.cause}.clause", cure.clause) for cure in service.cures.values()]
    return found + [(f"indicators.{i.id}.clause", i.clause) for i in service.indicators]


def _files(top: Block, key: str) -> tuple[str, ...]:
    """The files of standards that a profile names; one that is not there is a finding."""
    given = top.words(key) if key == "standards" or top.has(key) else ()
    for file in given:
        problem = Text("there is no such file of standards", "没有该标准文件")
        top.reader.one_of(file, names("standards"), top.at(key), problem)
    return tuple(file for file in given if file in names("standards"))


def _standards(files: Iterable[str]) -> tuple[dict[str, Standard], list[Reader]]:
    """The standards of these files, and what was found in each."""
    standards: dict[str, Standard] = {}
    readers = []
    for file in files:
        readers.append(Reader(f"standards/{file}.yaml"))
        read_file(_read("standards", file), readers[-1], standards)
    return standards, readers


def _raise_all(readers: Iterable[Reader]) -> None:
    """Raise one `InputError` with what all readers found; do nothing if that is nothing."""
    together = Reader("")
    for reader in readers:
        together.findings.merge(reader.findings)
    together.findings.raise_errors()


def _read(kind: str, name: str) -> dict[str, Any]:
    return _parse(find(kind, name).read_text(encoding="utf-8"))


@cache
def _parse(text: str) -> dict[str, Any]:
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return data
