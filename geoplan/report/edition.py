"""The public edition: what may be shown to everyone. Small numbers of people are not told, and sites under negotiation have no name.

A site is under negotiation where it would be leased, bought or swapped: its owner is not to learn from a report that it is wanted. In tables
whose rows are places, a number of persons above 0 and below 5 is shown as fewer than 5. Totals stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import Any

from geoplan.report.model import Block, Bullets, Cell, Document, Figure, Heading, Paragraph, Section, Table
from geoplan.report.numbers import missing
from geoplan.report.words import COLUMNS, Words
from geoplan.result import Result

FEW = 5
NEGOTIATED = "acquire"  # the nature of kinds that lease, buy or swap
OF_PLACES = frozenset(
    {"unit", "name", "demand_id", "option_id", "township", "facility_id"}
)  # columns by which rows are places
WHERE = frozenset({"lon", "lat"})
LEFT_OUT = frozenset({"site_sheets"})  # sections with a map on which a site could be found


def of_edition(result: Result, document: Document) -> Document:
    """The document as the edition of the result may tell it."""
    if result.edition == "internal":
        return document
    words = Words.of(result)
    sections = tuple(
        Section(s.name, tuple(masked(result, b) for b in s.blocks)) for s in document.sections if s.name not in LEFT_OUT
    )
    lines = (*document.lines, words("cover.public", few=str(FEW)))
    return replace(document, lines=lines, sections=sections)


def masked(result: Result, block: Block) -> Block:
    """One block without names of sites under negotiation and without small numbers of persons."""
    say = partial(hidden, aliases(result))
    match block:
        case Heading(level, text):
            return Heading(level, say(text))
        case Paragraph(text):
            return Paragraph(say(text))
        case Bullets(items):
            return Bullets(tuple(map(say, items)))
        case Figure(caption, image, alt):
            return Figure(say(caption), image, say(alt))
        case Table():
            return masked_table(result, block)
    return block


def masked_table(result: Result, table: Table) -> Table:
    """A table of the public edition."""
    if result.edition == "internal":
        return table
    known, few = aliases(result), Cell(Words.of(result)("edition.few", few=str(FEW)), "text")
    names = [column.name for column in table.columns]
    say = cache(partial(hidden, known))  # the same texts over and over
    places = bool(OF_PLACES & set(names))
    people = [places and COLUMNS.get(name, ("text", ""))[1] == "persons" for name in names]
    made = []
    for row in table.rows:
        told = [say(v) if isinstance(v, str) else v for v in row]
        wanted = any(isinstance(a, str) and a != b for a, b in zip(told, row, strict=True))
        made.append(tuple(
            None if wanted and name in WHERE else few if small and is_few(v) else v
            for v, name, small in zip(told, names, people, strict=True)
        ))  # fmt: skip
    return replace(table, caption=hidden(known, table.caption), note=hidden(known, table.note), rows=tuple(made))


def is_few(value: Any) -> bool:
    """Whether a number of persons is above 0 and too small to be told.

    >>> is_few(3.2), is_few(0.0), is_few(5), is_few(None)
    (True, False, False, False)
    """
    return not missing(value) and not isinstance(value, (str, Cell)) and 0 < float(value) < FEW


@lru_cache(2)
def aliases(result: Result) -> dict[str, str]:
    """What the ids and names of options and sites under negotiation are called instead: by number, in the order of their ids."""
    kinds = {k.id for k in result.service.options.values() if k.nature == NEGOTIATED}
    frame, words = result.options[result.options["kind"].isin(kinds)].sort_index(), Words.of(result)
    made: dict[str, str] = {}
    for number, (option, row) in enumerate(frame.iterrows(), start=1):
        alias = words("edition.site", number=str(number))
        texts = (option, row.get("site_id"), row.get("name"))
        made |= {str(t): made.get(str(t), alias) for t in texts if isinstance(t, str) and len(t) > 1}
    return made


def hidden(known: Mapping[str, str], text: str) -> str:
    """A text in which every id and name under negotiation is replaced, the longest first.

    >>> hidden({"P-1:lease": "site 1", "P-1": "site 1", "光明大厦": "site 1"}, "P-1:lease 光明大厦二层, P-2")
    'site 1 site 1二层, P-2'
    """
    if not known or not text:
        return text
    starts, said, at = _starts(tuple(known)), list[str](), 0
    while at < len(text):  # a pattern of thousands of names would look each up at each place
        name = next((n for n in starts.get(text[at : at + 2], ()) if text.startswith(n, at)), None)
        said.append(text[at] if name is None else known[name])
        at += 1 if name is None else len(name)
    return "".join(said)


@lru_cache(4)
def _starts(names: tuple[str, ...]) -> dict[str, list[str]]:
    """The names by their first two characters, the longest first."""
    found: dict[str, list[str]] = {}
    for name in sorted(names, key=len, reverse=True):
        found.setdefault(name[:2], []).append(name)
    return found
