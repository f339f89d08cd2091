"""The checker finds every number of the report that is not the result's, in each of the three files."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoplan.errors import CheckFailed
from geoplan.report import checker, docx, pdf, xlsx
from geoplan.report import document as documents
from geoplan.report.model import Block, Bullets, Document, Paragraph, Section, Table
from geoplan.result import Result
from geoplan.study.numbers import numbers
from tests.sample import sample_result

FILES = {"report.docx": docx, "report.pdf": pdf, "tables.xlsx": xlsx}
DIFFER = {"report.docx": checker.docx_differs, "report.pdf": checker.pdf_differs}


def made(language: Any) -> Result:
    """The sample with its own numbers."""
    result = sample_result(language)
    return replace(result, numbers=numbers(result))


@pytest.fixture(scope="module", params=["zh", "en"])
def result(request: pytest.FixtureRequest) -> Result:
    """The sample in both languages."""
    return made(request.param)


@pytest.fixture(scope="module")
def folder(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its report."""
    out = tmp_path_factory.mktemp("report")
    for name, writer in FILES.items():
        writer.write(result, out / name)
    return out


def test_a_report_as_written_passes(result: Result, folder: Path) -> None:
    """Word, PDF and workbook of a result, its hostile names among them, say what it holds."""
    checker.check(result, folder)


def numbered(document: Document) -> list[tuple[int, int, int]]:
    """Where numbers stand in a document: section, block, and the row of a table (-1 for a text)."""
    found = []
    for s, section in enumerate(document.sections):
        for b, block in enumerate(section.blocks):
            if isinstance(block, Table):
                found += [(s, b, r) for r, row in enumerate(block.rows) if any(isinstance(v, float) for v in row)]
            elif isinstance(block, Paragraph | Bullets) and re.search(r"\d", str(block)):
                found.append((s, b, -1))
    return found


def wrong(block: Block, row: int) -> Block:
    """The block with one number that is another."""
    if isinstance(block, Table):
        place = next(i for i, v in enumerate(block.rows[row]) if isinstance(v, float))
        other = tuple(1234567.5 if i == place else v for i, v in enumerate(block.rows[row]))
        return replace(block, rows=(*block.rows[:row], other, *block.rows[row + 1 :]))
    if isinstance(block, Paragraph):
        return Paragraph(re.sub(r"\d", lambda m: str((int(m[0]) + 1) % 10), block.text, count=1))
    assert isinstance(block, Bullets)
    at = next(i for i, t in enumerate(block.items) if re.search(r"\d", t))
    items = [
        re.sub(r"\d", lambda m: str((int(m[0]) + 1) % 10), t, count=1) if i == at else t
        for i, t in enumerate(block.items)
    ]
    return Bullets(tuple(items))


RESULT = made("zh")
WHOLE = documents.document(RESULT)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(numbered(WHOLE)))
def test_any_wrong_number_is_found_in_word_and_pdf(tmp_path: Path, where: tuple[int, int, int]) -> None:
    """Whichever sentence or cell holds a number that is not the result's, the checker tells of it in both files, and of it alone."""
    section, block, row = where
    blocks = list(WHOLE.sections[section].blocks)
    blocks[block] = wrong(blocks[block], row)
    sections = list(WHOLE.sections)
    sections[section] = Section(sections[section].name, tuple(blocks))
    lie = replace(WHOLE, sections=tuple(sections))
    for name, differ in DIFFER.items():
        with patch.object(FILES[name], "document", return_value=lie):
            FILES[name].write(RESULT, tmp_path / name)
        found = differ(RESULT, tmp_path / name)
        assert len(found) == 1, (name, where, found)


def test_a_number_changed_in_word_is_found(result: Result, folder: Path, tmp_path: Path) -> None:
    """One digit changed by hand in a table of the Word file fails the check, which names file, what stands there and what should."""
    shutil.copytree(folder, tmp_path / "r")
    path = tmp_path / "r" / "report.docx"
    with ZipFile(path) as package:
        parts = {i.filename: package.read(i) for i in package.infolist()}
    text = parts["word/document.xml"].decode()
    at = text.index(">", text.index("<w:t ", text.index("<w:tbl>") + 8000)) + 1
    digit = re.compile(r"\d(?=[\d,.]*</w:t>)").search(text, at)
    assert digit is not None
    changed = text[: digit.start()] + str((int(digit[0]) + 1) % 10) + text[digit.end() :]
    parts["word/document.xml"] = changed.encode()
    with ZipFile(path, "w", ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    with pytest.raises(CheckFailed, match=r"report\.docx: text \d+: .* stands there, not "):
        checker.check(result, tmp_path / "r")


def test_a_number_changed_in_the_workbook_is_found(result: Result, folder: Path, tmp_path: Path) -> None:
    """One cell changed by hand in the workbook fails the check, which names sheet, row and column."""
    shutil.copytree(folder, tmp_path / "r")
    path = tmp_path / "r" / "tables.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    cell = next(c for row in sheet.iter_rows(min_row=2) for c in row if isinstance(c.value, (int, float)))
    cell.value += 1
    book.save(path)
    with pytest.raises(CheckFailed, match=rf"tables\.xlsx: {re.escape(sheet.title)}, row {cell.row}"):
        checker.check(result, tmp_path / "r")


def test_a_report_with_too_little_is_found(result: Result, folder: Path, tmp_path: Path) -> None:
    """A report that leaves a section out, or a workbook that leaves a sheet out, is not that of the result."""
    shutil.copytree(folder, tmp_path / "r")
    short = replace(result, sections=("summary", "gaps"))
    for name, writer in FILES.items():
        writer.write(short, tmp_path / "r" / name)
    assert checker.docx_differs(result, tmp_path / "r" / "report.docx")
    assert checker.pdf_differs(result, tmp_path / "r" / "report.pdf")
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    book.remove(book.worksheets[0])
    book.save(tmp_path / "r" / "tables.xlsx")
    assert checker.xlsx_differs(result, tmp_path / "r" / "tables.xlsx")
