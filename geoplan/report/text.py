"""The texts of a document, and how many characters of them may not stand in a file."""

from __future__ import annotations

from collections.abc import Iterator

from geoplan.report.model import Block, Bullets, Document, Figure, Heading, Paragraph, Table
from geoplan.texts import FORBIDDEN


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
