"""The report's files open with their own readers and say what the result says, whatever names the data hold."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import docx
import openpyxl
import pypdf
import pytest
import xlsxwriter

from geoplan import plugins
from geoplan.errors import InputError
from geoplan.report import xlsx
from geoplan.report.model import Column, Table
from geoplan.report.numbers import shown
from geoplan.report.words import Words
from geoplan.result import CAUSES, Result
from tests.sample import HOSTILE, sample_result

NAMES = ("report.docx", "report.pdf", "tables.xlsx")


@pytest.fixture(scope="module")
def result() -> Result:
    """The sample in Chinese."""
    return sample_result("zh")


@pytest.fixture(scope="module")
def folder(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every file of the report, written once."""
    out = tmp_path_factory.mktemp("report")
    for name in NAMES:
        plugins.output(name)(result, out / name)
    return out


@pytest.fixture(scope="module")
def texts(folder: Path) -> dict[str, str]:
    """All text of each file, read with its own reader."""
    word = docx.Document(str(folder / "report.docx"))
    said = [p.text for p in word.paragraphs] + [c.text for t in word.tables for r in t.rows for c in r.cells]
    pdf = "\n".join(page.extract_text() for page in pypdf.PdfReader(folder / "report.pdf").pages)
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    cells = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    return {"report.docx": "\n".join(said), "report.pdf": pdf, "tables.xlsx": "\n".join(cells)}


def headline(result: Result) -> dict[str, str]:
    """The numbers that every report has to say, as they are shown."""
    n = result.numbers
    found = {
        "population": shown(n["population_total"], "count"),
        "demand": shown(n["demand_total"], "amount"),
    }
    found |= {cause: shown(n["gap_account"][cause], "amount") for cause in CAUSES}
    return found | {
        "cost": shown(n["plan"]["cost"], "yuan"),
        "more": shown(n["plan"]["served_more"], "amount"),
    }


@pytest.mark.parametrize("name", ["report.docx", "report.pdf"])
def test_the_headline_numbers_are_said(name: str, texts: dict[str, str], result: Result) -> None:
    """Population, demand, the five causes, plan cost and effect stand in the text as the one formatter writes them."""
    said = texts[name].replace("\u200b", "").replace("\n", "")
    assert not [key for key, value in headline(result).items() if value not in said]


def test_the_workbook_holds_the_numbers_in_full(folder: Path, result: Result) -> None:
    """The summary sheet holds the numbers themselves, not rounded."""
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    values = [row[1].value for row in book.worksheets[0].iter_rows(min_row=2)]
    n = result.numbers
    wanted = [n["population_total"], n["demand_total"], n["plan"]["cost"], *n["gap_account"].values()]
    assert not [value for value in wanted if value not in values]


def test_no_cell_computes_and_no_cell_links(folder: Path, result: Result) -> None:
    """Whatever the names are, the workbook has no formula and no link, and a name that looks like one is there as text."""
    with zipfile.ZipFile(folder / "tables.xlsx") as book:
        sheets = [book.read(n).decode() for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
    assert len(sheets) == len(xlsx.sheets(result))
    assert not [sheet for sheet in sheets if re.search("<f[ >/]|<hyperlink", sheet)]
    opened = openpyxl.load_workbook(folder / "tables.xlsx")
    cells = [c for sheet in opened for row in sheet.iter_rows() for c in row if c.value == HOSTILE[3]]
    assert cells
    assert {c.data_type for c in cells} == {"s"}


@pytest.mark.parametrize("name", ["report.docx", "report.pdf", "tables.xlsx"])
def test_hostile_names_are_text(name: str, texts: dict[str, str]) -> None:
    """Markup, template and formula syntax appear as they were given; a control character is replaced where it is seen."""
    said = re.sub(r"\s|\u200b", "", texts[name])
    assert not [given for given in HOSTILE[:4] if given not in said]
    assert ("光明[U+0007]小区" if name == "report.pdf" else "光明\ufffd小区") in said
    assert "\x07" not in texts[name]


def test_the_sheet_lists_every_row(folder: Path, result: Result) -> None:
    """The workbook has each residential area, facility and option."""
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    ids = {cell.value for sheet in book for cell in sheet["A"]}
    assert ids >= {*result.demand.index, *result.facilities.index, *result.options.index}


def test_synthetic_is_said_on_every_page_of_the_pdf(folder: Path) -> None:
    """A page that is copied alone still says that its data are synthetic."""
    pages = pypdf.PdfReader(folder / "report.pdf").pages
    assert all("示意数据（合成）" in page.extract_text() for page in pages)


def test_the_pdf_is_tagged_archival_and_embeds_its_fonts(folder: Path) -> None:
    """PDF/A-2b is claimed, the structure is marked, and each font of each page has its file inside."""
    reader = pypdf.PdfReader(folder / "report.pdf")
    assert b"pdfaid:part>2<" in reader.trailer["/Root"]["/Metadata"].get_data()
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    fonts = [f.get_object() for page in reader.pages for f in page["/Resources"]["/Font"].values()]
    described = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for font in fonts]
    assert described
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(font) for font in described)


def test_the_word_file_has_east_asian_fonts_repeated_headers_and_fields(folder: Path) -> None:
    """Styles name a Chinese font, the language is Chinese, each table repeats its header, captions and pages are fields."""
    with zipfile.ZipFile(folder / "report.docx") as word:
        styles, body = word.read("word/styles.xml").decode(), word.read("word/document.xml").decode()
        foot = word.read("word/footer1.xml").decode()
    assert 'w:eastAsia="仿宋"' in styles
    assert 'w:eastAsia="zh-CN"' in styles
    assert body.count("<w:tblHeader/>") == body.count("<w:tbl>") > 0
    assert "SEQ 表" in body
    assert "TOC " in body
    assert "PAGE" in foot
    assert "示意数据（合成）" in foot


@pytest.mark.parametrize("name", NAMES)
def test_the_same_result_gives_the_same_bytes(name: str, folder: Path, result: Result, tmp_path: Path) -> None:
    """Writing twice gives equal files: no clock, no random id."""
    plugins.output(name)(result, tmp_path / name)
    assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_study_without_a_plan_is_reported(name: str, tmp_path: Path) -> None:
    """Without a plan every file is still written."""
    plugins.output(name)(sample_result("en", planned=False), tmp_path / name)
    assert (tmp_path / name).stat().st_size > 1000


def test_what_excel_cannot_hold_is_refused_not_cut() -> None:
    """A cell of 32,768 characters is an error that names the sheet and the row."""
    long = Table("options", "Options", (Column("Name"),), (("short",), ("x" * 32_768,)))
    findings = xlsx.too_large(long)
    assert [(f.code, f.place) for f in findings] == [("GP-R002", "options, row 3")]
    assert not xlsx.too_large(Table("options", "Options", (Column("Name"),), (("x" * 32_767,),)))


def test_too_large_a_table_stops_the_workbook(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workbook is refused before anything is written."""
    monkeypatch.setattr(xlsx, "MOST_ROWS", 10)
    with pytest.raises(InputError, match="GP-R001"):
        xlsx.write(result, tmp_path / "tables.xlsx")
    assert not (tmp_path / "tables.xlsx").exists()


def test_rows_written_at_once_are_those_that_were_given(tmp_path: Path) -> None:
    """Texts, numbers, shares, years and flags come back as they were, what is missing is empty, and no text computes or breaks the file."""
    texts = ["=1+1", "<b>&amp;", " lead and trail ", "line\nline", "_x0041_", HOSTILE[4], None]
    numbers = [1.5, -0.25, 1e15, float("inf"), float("nan"), 0, None]
    columns = (Column("t"), Column("n", kind="number"), Column("f", kind="flag"), Column("y", kind="year"))
    rows = tuple(zip(texts, numbers, [True, False, None] * 2 + [True], [2026] * 7, strict=True))
    words, path = Words("en"), tmp_path / "rows.xlsx"
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        xlsx.sheet(book, Table("t", "T", columns, rows), xlsx.formats(book), words, "")
    made = openpyxl.load_workbook(path).active
    found = [[c.value for c in row] for row in made.iter_rows(min_row=2)]
    assert [row[0] for row in found] == ["=1+1", *texts[1:5], "光明\ufffd小区", None]
    assert [row[1] for row in found] == [1.5, -0.25, 1e15, "inf", None, 0, None]
    assert [row[2] for row in found] == ["yes", "no", None, "yes", "no", None, "yes"]
    assert {row[3] for row in found} == {2026}
    assert made.dimensions == "A1:D8"
