"""What is listed of the standards: value, unit, clause, source, mark and place, and who applies them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from geoplan.errors import Text
from geoplan.plugins import names
from geoplan.profiles.load import load_service, load_standards
from geoplan.profiles.service import ServiceProfile
from geoplan.profiles.standard import MARKS, Mark, Standard
from geoplan.profiles.units import unit_text

NOTHING = Text("", "")


@dataclass(frozen=True)
class StandardRow:
    """One standard as it may be printed.

    `clause` and `source` are empty where they may not be cited; `mark_title` then says why. `services` are the services of which a rule
    applies it, none where it is known for comparison only. `replaces` is the value that a study has replaced.
    """

    file: str
    id: str
    title: Text
    value: float
    unit: Text
    clause: Text
    source: str
    mark: Mark
    mark_title: Text
    place: Text
    effective: str
    area_class: str
    services: tuple[str, ...]
    replaces: float | None


def standard_rows(files: Iterable[str] | None = None) -> list[StandardRow]:
    """The standards of these data files (None: of all) in the order of the files, each as it may be printed.

    Raises `InputError` if a data file is badly written, `UsageError` if there is no such file.

    >>> [(row.value, row.clause.en, row.source, row.mark) for row in standard_rows(["village_reach"])]
    [(15.0, '', '', 'G'), (20.0, '', '', 'G')]
    """
    services = [load_service(name) for name in names("services")]
    rows = []
    for file in names("standards") if files is None else files:
        for standard in load_standards([file]).values():
            users = tuple(service.id for service in services if standard.id in service.uses)
            rows.append(row_of(standard, file, users))
    return rows


def row_of(standard: Standard, file: str = "", services: tuple[str, ...] = ()) -> StandardRow:
    """One standard as it may be printed; what is to be verified, or set in a study, is not cited.

    >>> rule = load_service(overrides={"reach_upper": 600}).standards["reach_upper"]
    >>> row = row_of(rule)
    >>> row.value, row.replaces, row.mark_title.en, row.source
    (600.0, 500.0, 'set in this study', '')
    """
    return StandardRow(
        file=file,
        id=standard.id,
        title=standard.title,
        value=standard.value,
        unit=unit_text(standard.unit),
        clause=standard.clause if standard.cited else NOTHING,
        source=standard.source if standard.cited else "",
        mark=standard.mark,
        mark_title=MARKS[standard.mark],
        place=standard.place,
        effective=standard.effective,
        area_class=standard.class_,
        services=services,
        replaces=standard.replaces.value if standard.replaces else None,
    )


def information(service: ServiceProfile) -> dict[str, Standard]:
    """The figures that a service knows for comparison and applies nowhere, by id.

    >>> figures = information(load_service())
    >>> figures["xiamen_places_new"].value, figures["xiamen_places_new"].place.zh
    (10.0, '厦门')
    """
    return {id_: standard for id_, standard in load_standards(service.files).items() if not standard.applied}
