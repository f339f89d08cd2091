"""The report as a Word file in the style of a Chinese bureau: editable, with contents, captions and page numbers."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

from geoplan import files
from geoplan.errors import Finding, InputError, Text
from geoplan.report import _docx
from geoplan.report.document import document
from geoplan.report.model import Block, Bullets, Document, Figure, Heading, PageBreak, Paragraph, Table
from geoplan.report.page_style import page_style
from geoplan.report.words import Words
from geoplan.result import Result
from geoplan.texts import clean

FIXED_DATE = datetime(2000, 1, 1)  # the same result gives the same file
NO_WORD_FILE = (
    Text("this is no Word file", "不是 Word 文件"),
    Text("save it as .docx in Word or WPS", "请在 Word 或 WPS 中另存为 .docx"),
)
LISTED = 2  # levels of headings in the contents


def write(result: Result, path: Path | str) -> None:
    """Write the report of a result as .docx; control characters become U+FFFD and are counted at the end."""
    from docx import Document as NewFile

    made, words, look = document(result), Words.of(result), page_style(result)
    file: Any = NewFile() if result.template is None else template(result.template)
    _docx.prepare(file, look, words, own=result.template is not None)
    properties = file.core_properties
    properties.title, properties.author, properties.comments = (
        clean(made.title),
        "geoplan",
        clean(made.notice),
    )
    properties.created = properties.modified = FIXED_DATE
    properties.language = "zh-CN" if words.language == "zh" else "en"
    cover(file, made, words)
    writer = Writer(file, words)
    writer.add(PageBreak())
    for section in made.sections:
        for block in section.blocks:
            writer.add(block)
    writer.end()
    if result.template is None:
        _docx.footer(file, clean(made.notice), look)
    elif made.notice:
        _docx.say(file.sections[-1].footer, clean(made.notice))
    out = BytesIO()
    file.save(out)
    files.write_bytes(path, _docx.undated(out.getvalue()))


def template(path: Path) -> Any:
    """A Word file of the bureau's own, with its styles, page, headers and footers, and without its text."""
    from docx import Document as OpenFile
    from docx.opc.exceptions import PackageNotFoundError

    try:
        file: Any = OpenFile(str(path))
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise InputError(Finding("GP-R003", path.name, "report.template", *NO_WORD_FILE)) from error
    for part in list(file.element.body)[:-1]:  # the last is the page setup
        file.element.body.remove(part)
    return file


def cover(file: Any, made: Document, words: Words) -> None:
    """Title page and table of contents."""
    for _ in range(5):
        file.add_paragraph(style="Cover line")
    file.add_paragraph(clean(made.title), style="Title")
    file.add_paragraph(clean(made.subtitle), style="Subtitle")
    for line in (*made.lines, made.notice):
        file.add_paragraph(clean(line), style="Cover line")
    file.add_page_break()
    file.add_paragraph(words("cover.contents"), style="Contents title")
    blocks = (block for section in made.sections for block in section.blocks)
    headings = [(b.level, clean(b.text)) for b in blocks if isinstance(b, Heading) and b.level <= LISTED]
    _docx.contents(file, _docx.numbered(headings, words.language))


class Writer:
    """Puts one block after the other into a Word file, numbers tables and figures, and marks what the contents list."""

    def __init__(self, file: Any, words: Words) -> None:
        self.file, self.words = file, words
        self.tables, self.figures, self.listed = count(1), count(1), count(1)
        self.twips, self.breaks, self.gap = _docx.text_twips(file.sections[-1]), False, False

    def add(self, block: Block) -> None:
        """One block, on a new page where a page break stands before it: a break of its own could fall on an empty page."""
        if isinstance(block, PageBreak):
            self.breaks = True
            return
        if not self.breaks:
            self.space()
        before, self.gap = len(self.file.paragraphs) if self.breaks else 0, False
        self.put(block)
        if self.breaks:
            self.file.paragraphs[before].paragraph_format.page_break_before = True
            self.breaks = False

    def put(self, block: Block) -> None:
        """One block where the text ends."""
        match block:
            case Heading(level, text):
                heading = self.file.add_heading(clean(text), level)
                if level <= LISTED:
                    _docx.marked(heading, next(self.listed))
            case Paragraph(text, small):
                self.file.add_paragraph(clean(text), style="Small text" if small else "Body Text")
            case Bullets(items):
                for item in items:
                    self.file.add_paragraph(clean(item), style="List Bullet")
            case Table():
                self.table(block)
            case Figure():
                self.figure(block)

    def table(self, table: Table) -> None:
        """Caption above, the header row repeated on each page, the note below."""
        self.caption("table", next(self.tables), table.caption)
        self.file.element.body.insert(
            -1, _docx.table(table, self.words.language, self.twips)
        )  # the last child is the page setup
        if table.note:
            self.file.add_paragraph(clean(table.note), style="Table note")
        self.gap = not table.note

    def space(self) -> None:
        """A little space after a table without a note; at the end of a full page it would make an empty one."""
        if self.gap:
            self.file.add_paragraph(style="Table gap")

    def end(self) -> None:
        """The line that Word wants after a table at the end, of one point: below a full page it would make an empty one."""
        from docx.shared import Pt

        if self.gap:
            form = self.file.add_paragraph(style="Table gap").paragraph_format
            form.line_spacing, form.space_before, form.space_after = Pt(1), Pt(0), Pt(0)

    def figure(self, figure: Figure) -> None:
        """The picture over the width of the text, its caption below."""
        from docx.shared import Mm

        paragraph = self.file.add_paragraph(style="Figure")
        shape = paragraph.add_run().add_picture(BytesIO(figure.image), width=Mm(150))
        shape._inline.docPr.set("descr", clean(figure.alt))
        self.caption("figure", next(self.figures), figure.caption)

    def caption(self, kind: str, number: int, text: str) -> None:
        """A caption with a number that Word counts on by itself: 表 1, 图 1."""
        word = self.words(f"caption.{kind}")
        paragraph = self.file.add_paragraph(f"{word} ", style="Table caption" if kind == "table" else "Caption")
        _docx.field(paragraph, f"SEQ {word} \\* ARABIC", str(number))
        paragraph.add_run(f"　{clean(text)}")
