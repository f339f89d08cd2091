"""Kinds of place: how many of those that are to have a facility of their own have one, by kind and by unit."""

from __future__ import annotations

from typing import Any

from geoplan.report.breakdowns import with_total
from geoplan.report.model import Block, Column, Heading, Paragraph, Table
from geoplan.report.words import Words
from geoplan.result import Result


def blocks(result: Result) -> list[Block]:
    """The rates by kind of place and by unit; nothing for a service that tells no kinds apart."""
    if not result.numbers["by_kind_of_place"]:
        return []
    words = Words.of(result)
    heading, sentence = Heading(2, words("kinds.title")), Paragraph(words("kinds.sentence"))
    return [heading, sentence, by_kind(result), by_unit(result)]


def title(result: Result, kind: str) -> str:
    """A kind of place as the profile calls it; what the layer says where the profile does not know it."""
    known = result.service.demand.kinds.get(kind)
    return result.text(known) if known else kind or Words.of(result)("kinds.missing")


def by_kind(result: Result) -> Table:
    """Each kind of place: how many there are, are to have a facility, have one, and the rate."""
    words, rows = Words.of(result), []
    for kind, found in result.numbers["by_kind_of_place"].items():
        without = found["wanted"] - found["served"]
        counts = found["demand_points"], found["unknown"], found["wanted"], found["served"], without
        rows.append((title(result, kind), *counts, found["rate"]))
    names = ("kind_of_place", "demand_points", "unknown_points", "must_have", "have_one", "have_none", "rate")
    made = Table("by_kind_of_place", words("table.by_kind_of_place"), words.columns(*names), tuple(rows))
    return with_rate(result, with_total(result, made))


def with_rate(result: Result, table: Table) -> Table:
    """The table with the rate of the whole in its last row."""
    account = result.numbers["gap_account"]
    wanted = sum(account.values())
    if not table.rows:
        return table
    *rows, total = table.rows
    last = (*total[:-1], account["served"] / wanted if wanted else None)
    return Table(table.name, table.caption, table.columns, (*rows, last), table.note)


def by_unit(result: Result) -> Table:
    """Each unit: the rate of each kind of place of which any is to have a facility, and of all kinds together."""
    words, kinds = Words.of(result), result.numbers["by_kind_of_place"]
    asked = {kind: found["units"] for kind, found in kinds.items() if found["wanted"]}
    columns = [Column(title(result, kind), "", "share", f"rate_{kind}") for kind in asked]
    rows = []
    for unit, name in result.units["name"].items():
        here = [units.get(unit, {}) for units in asked.values()]
        wanted, served = (sum(one.get(part, 0) for one in here) for part in ("wanted", "served"))
        whole: tuple[Any, ...] = (wanted, served, served / wanted if wanted else None)
        rows.append((str(name), *whole, *(one.get("rate") for one in here)))
    head = words.columns("unit", "must_have", "have_one", "rate")
    note = words("kinds.note")
    return Table("kinds_by_unit", words("table.kinds_by_unit"), (*head, *columns), tuple(rows), note)
