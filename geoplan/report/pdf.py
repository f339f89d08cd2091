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

from geoplan.report.document import document
from geoplan.report.fonts import SANS, SERIF, drawable, font_files
from geoplan.report.model import Block, Bullets, Document, Figure, Heading, PageBreak, Paragraph, Table
from geoplan.report.numbers import shown
from geoplan.report.words import Words
from geoplan.result import Result

FIXED_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # the same result gives the same file

LINE = 50.0  # Chinese characters of table text beside one another on a page
WORD = re.compile(r"[^\s:/_\-\u2e80-\uffff]+")  # what a line cannot break


def write(result: Result, path: Path | str) -> None:
    """Write the report of a result as .pdf; a character that the fonts cannot draw is written as its code point."""
    import typst

    made, words = document(result), Words(result.language)
    images: dict[str, bytes] = {}
    data = json.dumps(page_data(made, words, images), ensure_ascii=False)
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
    Path(path).write_bytes(pdf)


def page_data(made: Document, words: Words, images: dict[str, bytes]) -> dict[str, Any]:
    """The document as plain data for the template; its pictures are added to `images` by file name."""
    blocks = [block_data(b, words, images) for section in made.sections for b in section.blocks]
    table, figure = words("caption.table"), words("caption.figure")
    names = {"contents": words("cover.contents"), "table": table, "figure": figure, "lang": words.language}
    cover = {k: v for k, v in asdict(made).items() if k != "sections"}
    page: dict[str, Any] = drawn({**cover, **names, "blocks": blocks, "sans": SANS, "serif": SERIF})
    return page


def block_data(block: Block, words: Words, images: dict[str, bytes]) -> dict[str, Any]:
    """One block as plain data."""
    match block:
        case Heading(level, text):
            return {"is": "heading", "level": level, "text": text}
        case Paragraph(text):
            return {"is": "paragraph", "text": text}
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
    return {
        "is": "table",
        "caption": table.caption,
        "note": table.note,
        "heads": heads,
        "rows": rows,
        "align": ["left" if c.kind in {"text", "flag"} else "right" for c in table.columns],
        "widths": widths(columns),
    }


def widths(columns: list[tuple[str, ...]]) -> list[float]:
    """The weight of each column's width: its longest word always fits, and what is left goes to those with long texts."""
    words = [max(width(word) for text in column for word in WORD.findall(text) or [""]) + 1.5 for column in columns]
    wanted = [max(width(column[0]) / 2 + 1, *map(width, column[1:]), 3.0) for column in columns]
    longer = [max(min(want, 22) - word, 0.0) for want, word in zip(wanted, words, strict=True)]
    share = min(1.0, max(LINE - sum(words), 0.0) / max(sum(longer), 1.0))
    return [word + more * share for word, more in zip(words, longer, strict=True)]


def width(text: str) -> float:
    """The width of a text in Chinese characters: a letter or digit takes half of one.

    >>> width("托位 60")
    3.5
    """
    return sum(1 if ord(c) > 0x2E7F else 0.5 for c in text)


def drawn(data: Any) -> Any:
    """The same data with every text drawable."""
    if isinstance(data, str):
        return drawable(data)
    if isinstance(data, dict):
        return {key: drawn(value) for key, value in data.items()}
    return [drawn(value) for value in data] if isinstance(data, (list, tuple)) else data
