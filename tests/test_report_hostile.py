"""Whatever stands in the names of a result, the report's files open with their own readers and hold it as text."""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
import zipfile
from pathlib import Path

import docx
import openpyxl
import pypdfium2
import pytest

from geoplan import plugins
from geoplan.result import Result
from geoplan.texts import clean
from tests.browser.hostile import hostile
from tests.sample import sample_result

LONG = "长" * 400 + "名" * 599 + "…"  # the longest that reading lets pass
NAMES = (
    '=HYPERLINK("http://x","y")', "+1+1|cmd", "@SUM(A1)", "-2+3", "\tTab", "<b>粗</b>&amp;", "#panic() #import \"x\": *",
    "$x^2$ *粗* _斜_ [a](b) `code` \\cmd{a} ~ @ref <label>", "{{ 7*7 }} {% raw %} ${7*7}", "甲\x00\x0b\x1f\x7f\ufffe乙",
    "行\u2028段\u2029末", "零\u200b宽\u200d\ufeff", "东\u202e123\u202c西", "روضة الأطفال 12", "גן ילדים (3)", "e\u0301\u0323ậ̈̈̈", "👨‍👩‍👧𠮷",
    "W" * 200, LONG,
)  # fmt: skip
FILES = ("report.docx", "report.pdf", "tables.xlsx")


@pytest.fixture(scope="module")
def harmed() -> Result:
    """The sample with each of the names somewhere."""
    return hostile(sample_result("zh"), NAMES)


@pytest.fixture(scope="module")
def folder(harmed: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its report, written and read back by the checker."""
    out = tmp_path_factory.mktemp("hostile")
    for name in FILES:
        plugins.output(name)(harmed, out / name)
    plugins.check_report(harmed, out)
    return out


def held(name: str, said: str) -> bool:
    """Whether a text holds a name, apart from space and from what cleaning replaces."""
    bare = re.sub(r"[\s\u200b\u2028\u2029]", "", clean(name))
    return bare in re.sub(r"[\s\u200b\u2028\u2029]", "", said)


def test_word_holds_every_name_as_text(folder: Path) -> None:
    """Each name stands in the Word file, with a sign in place of what XML cannot hold, and the file has no field that computes it."""
    opened = docx.Document(str(folder / "report.docx"))
    said = "\n".join(
        [p.text for p in opened.paragraphs] + [c.text for t in opened.tables for r in t.rows for c in r.cells]
    )
    assert not [name for name in NAMES if not held(name, said)]
    with zipfile.ZipFile(folder / "report.docx") as package:
        body = package.read("word/document.xml").decode("utf-8")
    orders = set(re.findall(r"<w:instrText[^>]*>\s*(\w+)", body))
    assert orders <= {"SEQ", "PAGEREF", "TOC", "PAGE"}


def test_the_workbook_holds_every_name_as_text(folder: Path) -> None:
    """Each name is a string of the workbook; no cell is a formula, a link or an error."""
    with zipfile.ZipFile(folder / "tables.xlsx") as book:
        sheets = [book.read(n).decode() for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
    assert not [sheet for sheet in sheets if re.search("<f[ >/]|<hyperlink", sheet)]
    opened = openpyxl.load_workbook(folder / "tables.xlsx", read_only=True)
    cells = {c.value for sheet in opened for row in sheet.iter_rows() for c in row if isinstance(c.value, str)}
    said = "\n".join(cells)
    assert not [name for name in NAMES if not held(name, said)]


def test_the_pdf_stays_within_its_pages(folder: Path) -> None:
    """No character of any page lies outside the paper, however long a name is."""
    opened = pypdfium2.PdfDocument(folder / "report.pdf")
    for page in opened:
        width, height = page.get_size()
        text = page.get_textpage()
        for index in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(index)
            assert -1 <= left <= right <= width + 1, page
            assert -1 <= bottom <= top <= height + 1, page


def test_no_output_shows_numbers_in_another_order(folder: Path) -> None:
    """No mark that turns the direction of what follows is left in Word, workbook or PDF."""
    opened = docx.Document(str(folder / "report.docx"))
    said = "".join(p.text for p in opened.paragraphs) + "".join(
        c.text for t in opened.tables for r in t.rows for c in r.cells
    )
    said += "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(folder / "report.pdf"))
    assert not [
        c
        for c in set(said)
        if unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    ]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_another_office_opens_the_word_file(folder: Path, tmp_path: Path) -> None:
    """LibreOffice makes a PDF of the Word file, with pages and the names on them."""
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    order = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(folder / "report.docx"),
    ]
    subprocess.run(order, check=True, capture_output=True, timeout=180)
    pages = pypdfium2.PdfDocument(tmp_path / "report.pdf")
    said = "".join(page.get_textpage().get_text_range() for page in pages)
    assert len(pages) > 5
    assert held("W" * 60, said)


def test_every_replaced_character_is_told(harmed: Result) -> None:
    """The last paragraph of the report says that characters were replaced."""
    from geoplan.report.document import document

    last = [b for s in document(harmed).sections for b in s.blocks][-1]
    assert "替代符" in getattr(last, "text", "")
