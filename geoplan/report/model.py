"""What a report is made of, before it is a Word, PDF or Excel file: sections of blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

Kind = Literal["text", "flag", "year", "count", "amount", "yuan", "share", "metres", "number"]


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a chapter."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text; `small` where a page has much to hold."""

    text: str
    small: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list of short plain texts."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, its unit ("" for none), how its values are shown, and its name in the data."""

    title: str
    unit: str = ""
    kind: Kind = "text"
    name: str = ""

    @property
    def heading(self) -> str:
        """The title with its unit, unless the title names it already.

        >>> Column("reach", "m", "metres").heading, Column("托位", "个").heading, Column("Places wanted", "places").heading
        ('reach (m)', '托位（个）', 'Places wanted')
        """
        if not self.unit or self.unit in self.title.lower().split():
            return self.title
        chinese = any("\u4e00" <= c <= "\u9fff" for c in self.title)
        return f"{self.title}（{self.unit}）" if chinese else f"{self.title} ({self.unit})"


@dataclass(frozen=True)
class Cell:
    """A value that is shown otherwise than its column."""

    value: Any
    kind: Kind


@dataclass(frozen=True)
class Table:
    """A table of raw values, each writer shows them by the kind of their column; `name` is its sheet in a workbook."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        wrong = [len(row) for row in self.rows if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(f"table {self.name}: {len(self.columns)} columns, but rows of {sorted(set(wrong))} values")

    def cells(self) -> Iterator[tuple[Cell, ...]]:
        """The rows with the kind of every value."""
        kinds = [column.kind for column in self.columns]
        for row in self.rows:
            yield tuple(v if isinstance(v, Cell) else Cell(v, k) for v, k in zip(row, kinds, strict=True))

    def only(self, *names: str) -> Table:
        """The table with only those of its columns, in this order; names that it has not are passed over."""
        at = {column.name: place for place, column in enumerate(self.columns)}
        kept = [at[name] for name in names if name in at]
        rows = tuple(tuple(row[i] for i in kept) for row in self.rows)
        return replace(self, columns=tuple(self.columns[i] for i in kept), rows=rows)

    def top(self, rows: int, note: str) -> Table:
        """The first rows, with a note if there are more."""
        return self if len(self.rows) <= rows else replace(self, rows=self.rows[:rows], note=note)


@dataclass(frozen=True)
class Figure:
    """A picture (PNG bytes) with its caption and what it shows, in words."""

    caption: str
    image: bytes
    alt: str


@dataclass(frozen=True)
class PageBreak:
    """What follows starts on a new page."""


Block = Heading | Paragraph | Bullets | Table | Figure | PageBreak


@dataclass(frozen=True)
class Section:
    """One section as it is printed."""

    name: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A whole report: title page, then sections; `notice` stands at the foot of every page ("" for none)."""

    title: str
    subtitle: str
    lines: tuple[str, ...]
    notice: str
    sections: tuple[Section, ...]
