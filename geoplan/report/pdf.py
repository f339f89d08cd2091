"""The report as PDF, set by typst: PDF/A-2b, tagged, every font embedded; all text reaches the template as data."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from geoplan.files import write_bytes
from geoplan.report.document import document
from geoplan.report.fonts import SANS, SERIF, drawable, font_files
from geoplan.report.model import Block, Bullets, Document, Figure, Heading, PageBreak, Paragraph, Table
from geoplan.report.numbers import shown
from geoplan.report.page_style import PageStyle, page_style
from geoplan.report.widths import MANY, WHOLE, height, widths
from geoplan.report.words import Words
from geoplan.result import Result

TOO_LONG = re.compile(r"[^\s\u200b\u2e80-\uffff]{25,}")  # a word that the page's narrow columns may not hold
FIXED_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # the same result gives the same file


def write(result: Result, path: Path | str) -> None:
    """Write the report of a result as .pdf; a character that the fonts cannot draw is written as its code point."""
    import typst

    made, words = document(result), Words.of(result)
    images: dict[str, bytes] = {}
    data = json.dumps(page_data(made, words, page_style(result), images), ensure_ascii=False)
    images["main.typ"] = files("geoplan.report").joinpath("report.typ").read_bytes()
    with TemporaryDirectory() as folder:
        for name, content in images.items():
            Path(folder, name).write_bytes(content)
        pdf = typst.compile(
            Path(folder, "main.typ"),
            root=Path(folder),
            font_paths=[font_files()[0].parent],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"data": data},
            pdf_standards=["a-2b"],
            timestamp=FIXED_DATE,
        )
    write_bytes(path, pdf)


def page_data(made: Document, words: Words, look: PageStyle, images: dict[str, bytes]) -> dict[str, Any]:
    """The document as plain data for the template; its pictures are added to `images` by file name."""
    every = [block for section in made.sections for block in section.blocks]
    blocks = [block_data(b, words, images) for b in every]
    for block, following in zip(blocks, [*every[1:], None], strict=True):
        if block["is"] == "paragraph":
            block["leads"] = isinstance(following, Table)  # it stays on the page of the table that it introduces
    table, figure = words("caption.table"), words("caption.figure")
    names = {
        "contents": words("cover.contents"),
        "table": table,
        "figure": figure,
        "lang": words.language,
        "many": MANY,
    }
    cover = {k: v for k, v in asdict(made).items() if k != "sections"}
    cover["look"] = typed(look) if look.lines else None
    page: dict[str, Any] = drawn({**cover, **names, "blocks": blocks, "sans": SANS, "serif": SERIF})
    return page


def typed(look: PageStyle) -> dict[str, Any]:
    """A page style as the template reads it: margins in millimetres, type, lines and the space between characters in points."""
    letters = look.letters
    return {
        "margins": list(look.margins_mm),
        "points": letters["Body Text"].points,
        "title": letters["Title"].points,
        "foot": letters["Footer"].points,
        "gap": look.pitch - letters["Body Text"].points,
        "closer": look.squeeze,
    }


def block_data(block: Block, words: Words, images: dict[str, bytes]) -> dict[str, Any]:
    """One block as plain data."""
    match block:
        case Heading(level, text):
            return {"is": "heading", "level": level, "text": text}
        case Paragraph(text, small):
            return {"is": "paragraph", "text": text, "small": small}
        case Bullets(items):
            return {"is": "bullets", "items": list(items)}
        case PageBreak():
            return {"is": "pagebreak"}
        case Figure():
            name = f"figure-{len(images) + 1}.png"
            images[name] = block.image
            return {"is": "figure", "file": name, "caption": block.caption, "alt": block.alt}
        case Table():
            return table_data(block, words)


def table_data(table: Table, words: Words) -> dict[str, Any]:
    """A table as texts, with the alignment and the weight of each column's width."""
    rows = [[shown(c.value, c.kind, words.language) for c in row] for row in table.cells()]
    heads = [column.heading for column in table.columns]
    columns = list(zip(heads, *rows, strict=True))
    weights = widths(columns)
    return {
        "is": "table",
        "caption": table.caption,
        "note": table.note,
        "heads": heads,
        "rows": rows,
        "align": ["left" if c.kind in {"text", "flag"} else "right" for c in table.columns],
        "widths": weights,
        "whole": height([heads, *rows], weights) <= WHOLE,
    }


def drawn(data: Any) -> Any:
    """The same data with every text drawable and words that no column holds breakable anywhere."""
    if isinstance(data, str):
        return TOO_LONG.sub(lambda word: "\u200b".join(word[0]), drawable(data))
    if isinstance(data, dict):
        return {key: drawn(value) for key, value in data.items()}
    return [drawn(value) for value in data] if isinstance(data, (list, tuple)) else data
