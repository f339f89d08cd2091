"""The checker: reads the finished report back from its three files and compares all that it says with the result.

What stands in `report.docx` and `report.pdf` must be, text by text, what the sections say of the result; every cell of `tables.xlsx` must
hold the value of its table. Each file is read by a library that did not write it.
"""

from __future__ import annotations

import gc
import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from types import NoneType
from typing import Any
from zipfile import ZipFile

from geoplan.errors import CheckFailed
from geoplan.report import xlsx
from geoplan.report.document import document
from geoplan.report.fonts import drawable
from geoplan.report.model import Block, Bullets, Cell, Figure, Heading, Kind, Paragraph, Table
from geoplan.report.numbers import shown
from geoplan.report.words import Words
from geoplan.result import Result
from geoplan.texts import clean

TOLD = 5  # differences that are told of each file
NEAR = 200  # characters behind a difference within which the next text has to come
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# what is set before a heading or a point and is no text of the report
NUMBERING = re.compile(r"[一二三四五六七八九十]+、|\([一二三四五六七八九十]+\)|\d+(\.\d+)*\.?|•")
UNSEEN = re.compile("[\\s\u200b\u00ad\u2010\u2011\ufffe\x02-]+")  # spaces, and hyphens that come and go with the lines
Texts = Sequence[Any]  # of a block: texts, and lists of texts for the rows of a table


def check(result: Result, folder: Path) -> None:
    """Compare the report in a folder with the result it was made of; raises `CheckFailed` with what differs and where."""
    pdf, workbook, word = folder / "report.pdf", folder / "tables.xlsx", folder / "report.docx"
    with (
        ThreadPoolExecutor(2) as pool,
        unswept(),
    ):  # the libraries that read PDF and workbook leave Python to others meanwhile
        pages = pool.submit(in_pdf, pdf) if pdf.exists() else None  # a study may ask for fewer
        sheets = pool.submit(in_workbook, workbook) if workbook.exists() else None
        differ = {
            word.name: docx_differs(result, word) if word.exists() else (),
            pdf.name: pages_differ(result, pages.result()) if pages else (),
            workbook.name: sheets_differ(result, sheets.result()) if sheets else (),
        }
    if found := [f"{name}: {line}" for name, lines in differ.items() for line in lines]:
        raise CheckFailed("the report does not say what the result holds: " + "; ".join(found))


@contextmanager
def unswept() -> Iterator[None]:
    """Without looking for rings of objects: among a million cells there is none, and each look takes as long as reading them."""
    swept = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if swept:
            gc.enable()


def said(result: Result) -> Iterator[Texts]:
    """Every block of the report as the texts that a reader finds, captions with their numbers."""
    words, tables, figures = Words.of(result), 0, 0
    for block in (b for section in document(result).sections for b in section.blocks):
        tables, figures = tables + isinstance(block, Table), figures + isinstance(block, Figure)
        yield texts_of(block, words, tables if isinstance(block, Table) else figures)


def texts_of(block: Block, words: Words, number: int) -> Texts:
    """The texts of one block."""
    match block:
        case Heading(_, text) | Paragraph(text):
            return [text]
        case Bullets(items):
            return list(items)
        case Figure(caption):
            return [f"{words('caption.figure')} {number}　{caption}"]
        case Table():
            rows = [[shown(c.value, c.kind, words.language) for c in row] for row in block.cells()]
            heads = [column.heading for column in block.columns]
            return [f"{words('caption.table')} {number}　{block.caption}", heads, *rows, block.note]
    return []


def docx_differs(result: Result, path: Path) -> list[str]:
    """What a Word file says otherwise; read as XML, after its cover and contents."""
    expected = [text for texts in said(result) for text in formed(texts, clean) if text]
    actual = [text for text in in_word(path) if text]
    return first(unlike(expected, actual[max(len(actual) - len(expected), 0) :]))


def formed(texts: Texts, form: Callable[[str], str]) -> list[Any]:
    """The texts of a block, and those in the rows of a table, as a file holds them."""
    return [[form(t) for t in text] if isinstance(text, list) else form(text) for text in texts]


def in_word(path: Path) -> Iterator[Any]:
    """Paragraphs as texts and rows of tables as lists of texts, in their order."""
    from lxml import etree

    with ZipFile(path) as package:
        body = etree.fromstring(package.read("word/document.xml"), etree.XMLParser(huge_tree=True))[0]
    for part in body:
        if part.tag == f"{W}p":
            yield in_runs(part)
        elif part.tag == f"{W}tbl":
            for row in part.iter(f"{W}tr"):
                yield [in_runs(cell) for cell in row.iter(f"{W}tc")]


def in_runs(part: Any) -> str:
    """The text of the runs of a paragraph or cell."""
    signs = {f"{W}tab": "\t", f"{W}br": "\n"}
    return "".join(
        e.text or "" if e.tag == f"{W}t" else signs[e.tag]
        for e in part.iter(f"{W}t", *signs)
        if e.get(f"{W}type") != "page"
    )


def unlike(expected: Iterable[Any], actual: Iterable[Any]) -> Iterator[str]:
    """Where two lists of texts part, pair by pair."""
    for number, (should, stands) in enumerate(zip_longest(expected, actual), start=1):
        if should == stands:
            continue
        pairs = (
            zip_longest(should, stands) if isinstance(should, list) and isinstance(stands, list) else [(should, stands)]
        )
        yield from (f"text {number}: {short(b)} stands there, not {short(a)}" for a, b in pairs if a != b)


def pdf_differs(result: Result, path: Path) -> list[str]:
    """What a PDF says otherwise; see `pages_differ`."""
    return pages_differ(result, in_pdf(path))


def pages_differ(result: Result, texts: Sequence[str]) -> list[str]:
    """What the pages of a PDF say otherwise: their text must be that of the report without a gap; only page numbers, notices, numbers of headings and
    the repeated heads of tables may stand between.
    """
    made, words = document(result), Words.of(result)
    pages = [plain(text) for text in texts]
    feet = plain(drawable(made.notice))
    pages = [re.sub(rf"(—?\d*—?){re.escape(feet)}$", "", page) for page in pages]
    read = Reader("".join(pages), starts(pages))
    first_said = next((t for texts in said(result) for t in texts if t), "")
    read.begin(printed(first_said), after=plain(words("cover.contents")))
    return first(line for texts in said(result) for line in read.block(formed(texts, printed)))


def in_pdf(path: Path) -> list[str]:
    """The text of every page."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as file:
        return [page.get_textpage().get_text_range() for page in file]


def plain(text: str) -> str:
    """A text without what typesetting adds or takes away: spaces, hyphens at the ends of lines, forms of the same character."""
    return UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def printed(text: str) -> str:
    """A text of the report as it can be read from the PDF."""
    return plain(drawable(text))


def starts(pages: Sequence[str]) -> list[int]:
    """Where each page begins in the text of all."""
    found = [0]
    for page in pages:
        found.append(found[-1] + len(page))
    return found


class Reader:
    """Reads a text from where it stands: each expected text has to come next."""

    def __init__(self, text: str, pages: list[int]) -> None:
        self.text, self.pages, self.at, self.lost = text, pages, 0, 0

    def begin(self, with_text: str, after: str) -> None:
        """Go to the first text of the report: it comes once in the contents, and then after them."""
        listed = self.text.find(with_text, max(self.text.find(after), 0))
        again = self.text.find(with_text, listed + 1) if listed >= 0 else -1
        self.at = max(again if again >= 0 else listed, 0)
        numbered = NUMBERING.search(self.text, max(self.at - 8, 0), self.at)
        if numbered and numbered.end() == self.at:
            self.at = numbered.start()

    def block(self, texts: Texts) -> Iterator[str]:
        """What of a block is not found where it has to stand."""
        heads = next(("".join(t) for t in texts if isinstance(t, list)), "")
        for text in texts:
            whole = "".join(text) if isinstance(text, list) else text
            if whole and not self.takes(whole, heads if isinstance(text, list) else ""):
                yield f"page {self.page()}: {short(self.text[self.at : self.at + len(whole)])} stands there, not {short(whole)}"
                self.lost += len(whole)

    def takes(self, whole: str, heads: str) -> bool:
        """Go past a text if it comes next; a row may be broken over two pages, and the head of its table stand between."""
        if self.lost:
            return self.found(whole)
        for skip in (0, *self.numbered(), len(heads) if heads and self.text.startswith(heads, self.at) else 0):
            if self.text.startswith(whole, self.at + skip):
                self.at += skip + len(whole)
                return True
        end = self.at + len(whole)
        turn = self.pages[bisect_right(self.pages, self.at)] if self.at < len(self.text) else end
        if not self.at < turn < end:
            return False
        head = len(heads) if heads and self.text.startswith(heads, turn) else 0
        chunk = self.text[self.at : turn] + self.text[turn + head : end + head]
        if sorted(chunk) != sorted(whole):
            return False
        self.at = end + head
        return True

    def found(self, whole: str) -> bool:
        """After a difference: go on where the text comes next; what does not come soon is told as lost too."""
        at = self.text.find(whole, self.at, self.at + 2 * self.lost + NEAR + len(whole))
        if at >= 0:
            self.at, self.lost = at + len(whole), 0
        return at >= 0

    def numbered(self) -> Iterator[int]:
        """How long the number of a heading, or the dot of a point, is that stands here; a number may be shorter than what looks like one."""
        if found := NUMBERING.match(self.text, self.at):
            yield from range(found.end() - self.at, 0, -1)

    def page(self) -> int:
        """The page on which it stands."""
        return bisect_right(self.pages, self.at)


def xlsx_differs(result: Result, path: Path) -> list[str]:
    """What a workbook holds otherwise, cell by cell."""
    return sheets_differ(result, in_workbook(path))


def in_workbook(path: Path) -> list[tuple[str, Any]]:
    """The sheets of a workbook, read but not yet made cells."""
    import python_calamine

    with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
        return [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]


def sheets_differ(result: Result, found: Sequence[tuple[str, Any]]) -> list[str]:
    """What the sheets of a workbook hold otherwise, cell by cell."""
    words, tables = Words.of(result), xlsx.sheets(result)
    if len(tables) != len(found):
        return [f"{len(found)} sheets, not {len(tables)}"]
    return first(
        line
        for table, (name, sheet) in zip(tables, found, strict=True)
        for line in sheet_differs(table, sheet.to_python(skip_empty_area=False), words, name)
    )


def sheet_differs(table: Table, rows: Sequence[Sequence[Any]], words: Words, name: str) -> Iterator[str]:
    """What one sheet holds otherwise."""
    heads = [clean(column.heading) for column in table.columns]
    if len(rows) != len(table.rows) + 1 or list(rows[0]) != heads:
        yield f"{name}: {max(len(rows) - 1, 0)} rows under {rows[0] if rows else []}, not {len(table.rows)} under {heads}"
        return
    wrong = []
    for place, (given, stands) in enumerate(
        zip(zip(*table.rows, strict=True), zip(*rows[1:], strict=True), strict=False)
    ):
        expected = column_held(given, table.columns[place].kind, words)
        if expected != list(stands):
            pairs = enumerate(zip(expected, stands, strict=True))
            wrong += [(k, place, a, b) for k, (a, b) in pairs if a != b and not same(b, a)]
    for k, place, should, held in sorted(wrong, key=lambda w: w[:2]):
        yield f"{name}, row {k + 2}, {heads[place]}: {short(held)} stands there, not {short(should)}"


def column_held(given: Sequence[Any], kind: Kind, words: Words) -> list[float | str]:
    """What a reader of the workbook finds in a column, each different text made out once."""
    found, number = set(map(type, given)), kind in xlsx.FORMATS
    if number and found <= {float, int, bool, NoneType}:
        return ["" if value is None or math.isnan(value) else float(value) for value in given]
    if (
        not number and found <= {str, float, int, bool, NoneType} and len(found & {float, int, bool}) < 2
    ):  # 1, 1.0 and True are one key
        said = {value: xlsx.held(Cell(value, kind), words.language) for value in set(given)}
        return [said[value] for value in given]
    cells = (value if isinstance(value, Cell) else Cell(value, kind) for value in given)
    return [xlsx.held(cell, words.language) for cell in cells]


def same(held: Any, should: float | str) -> bool:
    """Whether a cell holds what it should; Excel keeps sixteen digits of a number."""
    if isinstance(held, float) and isinstance(should, float):
        return math.isclose(held, should, rel_tol=1e-12)
    return bool(held == should)


def first(lines: Iterable[str]) -> list[str]:
    """The first differences, with the count of the others."""
    every = list(lines)
    more = [f"and {len(every) - TOLD} more"] if len(every) > TOLD else []
    return every[:TOLD] + more


def short(text: Any) -> str:
    """A text as a message shows it."""
    said_text = "nothing" if text is None else str(text)
    return repr(said_text if len(said_text) <= 60 else said_text[:59] + "…")
