"""Rules: every standard and study parameter with value, clause, source and mark, each with the topics that it stands behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from geoplan.profiles.source_words import in_force, source_text
from geoplan.profiles.standard import MARKS, Standard
from geoplan.profiles.units import unit_text
from geoplan.report.model import Cell
from geoplan.report.projections import band_title
from geoplan.report.records import flat
from geoplan.report.topics import topics_of
from geoplan.report.words import Words
from geoplan.result import Result

# a parameter that the study itself sets (the head of its key): the topic that it belongs to, its unit, its name in the catalogue
OWN: dict[str, tuple[str, str, str]] = {
    "demand.uptake": ("uptake", "share", "uptake"),
    "demand.share": ("people", "share", "share"),
    "demand.at_work": ("uptake", "share", "at_work"),
    "demand.from_outside": ("people", "share", "from_outside"),
    "demand.persons_per_dwelling": ("people", "persons", "persons_per_dwelling"),
    "access.reaches_m": ("reaches", "m", "reaches"),
}


@dataclass(frozen=True)
class Rule:
    """One rule as it is printed: clause and source are empty where they may not be cited; `was` is the value that the study replaced."""

    title: str
    sense: str
    value: Any
    unit: str
    clause: str
    source: str
    mark: str
    place: str
    topics: tuple[str, ...]
    effective: str = ""
    was: float | None = None


_known: WeakKeyDictionary[Result, tuple[Rule, ...]] = WeakKeyDictionary()  # asked for by each topic and table


def every_rule(result: Result) -> tuple[Rule, ...]:
    """The rules of the profile, the unit values of its option kinds, and what the study itself sets; found once for each result."""
    if result not in _known:
        _known[result] = (*(as_rule(result, *given) for given in profile_rules(result)), *own_rules(result))
    return _known[result]


def profile_rules(result: Result) -> list[tuple[str, Standard, tuple[str, ...]]]:
    """Every standard with its title and topics: those of the service, then the unit values of each kind of option that it has not."""
    words, own = Words.of(result), result.service.standards
    found = [(result.text(s.title), s, topics(result, s)) for s in own.values()]
    for kind in result.service.options.values():
        costs = (
            kind.cost_yuan,
            kind.cost_low,
            kind.cost_high,
            kind.annual_yuan,
            kind.price_yuan,
            kind.rent_yuan,
            kind.subsidy,
        )
        sizes = (kind.floor_m2, kind.outdoor_m2, kind.land_m2)
        for topic, values in (("costs", costs), ("sizes", sizes), ("counts", (kind.fte,))):
            for rule in (v for v in values if v and v.id not in own):
                title = words("standards.of_kind", kind=result.text(kind.title), title=result.text(rule.title))
                found.append((title, rule, (topic,)))
    return found


def topics(result: Result, rule: Standard) -> tuple[str, ...]:
    """The topics of a standard in this study: a limit or reach that the study sets otherwise stands behind no number."""
    uses = result.service.uses.get(rule.id, ())
    return topics_of(use for use in uses if applies(result, rule, use))


def applies(result: Result, rule: Standard, use: str) -> bool:
    """Whether the study keeps the value of the profile there."""
    if use == "reaches":
        return not (result.settings.get("access") or {}).get("reaches_m")
    _, _, rest = use.partition("variants.")
    group, _, what = rest.partition(".")
    return what != "limit" or limit_of(result, group) in {(rule.value, rule.unit), None}


def limit_of(result: Result, group: str) -> tuple[float, str] | None:
    """The limit of the journeys of a group of demand points as the study sets it, with its unit."""
    journey = (result.settings.get("travel") or {}).get(group) or {}
    for key, unit in (("limit_m", "m"), ("limit_min", "min")):
        if journey.get(key) is not None:
            return float(journey[key]), unit
    return None


def as_rule(result: Result, title: str, rule: Standard, topics: tuple[str, ...]) -> Rule:
    """A standard as it is printed; what may not be cited names no clause and no source."""
    clause, source = (result.text(rule.clause), result.text(source_text(rule.source))) if rule.cited else ("", "")
    was = rule.replaces.value if rule.replaces else None
    told = (unit_text(rule.unit), MARKS[rule.mark], rule.place, in_force(rule.effective))
    unit, mark, place, effective = (result.text(t) for t in told)
    return Rule(
        title, rule.sense, valued(rule.value, rule.unit), unit, clause, source, mark, place, topics, effective, was
    )


def valued(value: float, unit: str) -> Cell:
    """A value as its unit asks: a year has no thousands."""
    return Cell(value, "year" if unit == "year" else "number")


def own_rules(result: Result) -> Iterator[Rule]:
    """What the study sets itself and no standard of the profile gives: journeys, uptake, shares, reaches; which places count."""
    words, local = Words.of(result), result.text(MARKS["local"])
    for key, value in flat({k: v for k, v in result.settings.items() if k in {"demand", "access"}}):
        head = next((h for h in OWN if key == h or key.startswith(h + ".")), None)
        if head and value not in {"0", "0.0", *result.service.uptake}:
            topic, unit, name = OWN[head]
            band = band_title(result, key.removeprefix(head + ".")) if key != head else ""
            title = words(f"own.{name}") + (f" {band}" if band else "")
            yield Rule(title, "", as_cell(value), result.text(unit_text(unit)), "", "", local, "", (topic,))
    yield from journeys(result)
    yield filing(result)


def as_cell(value: str) -> Cell:
    """A setting as a number where it is one.

    >>> as_cell("0.2").kind, as_cell("300, 500").kind
    ('number', 'text')
    """
    try:
        return Cell(float(value), "number")
    except ValueError:
        return Cell(value, "text")


def journeys(result: Result) -> Iterator[Rule]:
    """The limits of the journeys that differ from those of the profile, by group of demand points."""
    words, service = Words.of(result), result.service
    for group in result.settings.get("travel") or {}:
        found, variant = limit_of(result, group), service.variants.get(group)
        kept = variant and variant.limit in service.standards and service.standards[variant.limit]
        if found and not (kept and (kept.value, kept.unit) == found):
            mode = words.term("mode", result.settings["travel"][group].get("mode"))
            title = words("own.journey", group=words.term("travel_group", group), mode=mode)
            unit, local = result.text(unit_text(found[1])), result.text(MARKS["local"])
            yield Rule(title, "at_most", Cell(found[0], "number"), unit, "", "", local, "", ("journey",))


def filing(result: Result) -> Rule:
    """Whether only filed facilities count: a setting of the study, with the clause that asks for filing."""
    words, cure = Words.of(result), result.service.cures.get("filed")
    only = only_filed(result)
    named = result.service.clauses.get(cure.clause) if cure else None
    clause = f"{named.id} {result.text(named.title)}" if named else ""
    return Rule(
        words("own.only_filed"), "", Cell(only, "flag"), "", clause, "", result.text(MARKS["local"]), "", ("counts",)
    )


def only_filed(result: Result) -> bool:
    """Whether only filed facilities count in this study."""
    return bool(result.service.supply.only_filed and (result.settings.get("supply") or {}).get("only_filed", True))
