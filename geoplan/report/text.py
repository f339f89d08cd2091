"""Text as data: what may not stand in a file is replaced where it can be seen, and counted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from geoplan.report.model import Block, Bullets, Document, Figure, Heading, Paragraph, Table

# what XML 1.0 forbids: control characters but tab and line feed, halves of surrogate pairs, two non-characters
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    r"""The text with each forbidden character replaced by U+FFFD.

    >>> clean("A\x07B\tC")
    'A\ufffdB\tC'
    """
    return FORBIDDEN.sub("\ufffd", text)


def texts(block: Block) -> Iterator[str]:
    """Every text of a block."""
    match block:
        case Heading(_, text) | Paragraph(text):
            yield text
        case Bullets(items):
            yield from items
        case Figure(caption, _, alt):
            yield from (caption, alt)
        case Table():
            yield from (block.caption, block.note, *(c.heading for c in block.columns))
            yield from (value for row in block.rows for value in row if isinstance(value, str))


def forbidden(document: Document) -> int:
    """How many characters of a document are to be replaced."""
    blocks = (block for section in document.sections for block in section.blocks)
    return sum(len(FORBIDDEN.findall(text)) for block in blocks for text in texts(block))
