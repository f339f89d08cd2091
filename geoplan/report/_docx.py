"""What python-docx has no words for: East Asian fonts, heading numbers, fields, tables in one piece."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from geoplan.errors import Language
from geoplan.report.model import Table
from geoplan.report.numbers import shown
from geoplan.report.text import clean
from geoplan.report.widths import widths
from geoplan.report.words import Words

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LATIN, SONG, HEI, KAI, FANG = "Times New Roman", "宋体", "黑体", "楷体", "仿宋"
SIDES = {"text": "left", "flag": "center"}
WHOLE_ROWS = 24
TABLE_TWIPS = 8845  # 156 mm, the width of the text
DIGITS = "零一二三四五六七八九十"
# style: (base style, East Asian font, points, space before, space after, first-line indent in characters, alignment)
STYLES: dict[str, tuple[str, str, float, float, float, int, str]] = {
    "Title": ("Normal", HEI, 26, 0, 24, 0, "CENTER"),
    "Subtitle": ("Normal", KAI, 18, 0, 60, 0, "CENTER"),
    "Cover line": ("Normal", FANG, 14, 6, 6, 0, "CENTER"),
    "Contents title": ("Normal", HEI, 16, 0, 12, 0, "CENTER"),
    "Contents 1": ("Normal", FANG, 12, 3, 3, 0, "LEFT"),
    "Heading 1": ("Normal", HEI, 16, 12, 12, 0, "LEFT"),
    "Heading 2": ("Normal", KAI, 15, 10, 6, 0, "LEFT"),
    "Heading 3": ("Normal", FANG, 14, 8, 6, 0, "LEFT"),
    "Body Text": ("Normal", FANG, 14, 0, 6, 2, "JUSTIFY"),
    "List Bullet": ("Normal", FANG, 12, 0, 4, 0, "LEFT"),
    "Caption": ("Normal", HEI, 10.5, 4, 10, 0, "CENTER"),
    "Table caption": ("Caption", HEI, 10.5, 10, 4, 0, "CENTER"),
    "Table note": ("Normal", SONG, 9, 2, 8, 0, "LEFT"),
    "Table text": ("Normal", SONG, 9, 1, 1, 0, "LEFT"),
    "Figure": ("Normal", SONG, 9, 6, 0, 0, "CENTER"),
    "Footer": ("Normal", SONG, 12, 0, 0, 0, "CENTER"),
}
KEPT = {"Heading 1", "Heading 2", "Heading 3", "Table caption", "Figure"}  # stay on the page of what follows


def prepare(file: Any, words: Words) -> None:
    """Page, language, styles and heading numbers of a bureau's report (A4; margins after GB/T 9704)."""
    from docx.shared import Mm

    page = file.sections[0]
    page.page_height, page.page_width = Mm(297), Mm(210)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    languages = file.styles.element.find(".//" + qualified("w:lang"))
    languages.set(qualified("w:eastAsia"), "zh-CN")
    languages.set(qualified("w:val"), "zh-CN" if words.language == "zh" else "en-GB")
    east_asian(file.styles["Normal"], FANG)
    for name, values in STYLES.items():
        style(file, name, *values, scale=1.0 if words.language == "zh" else 0.8)
    number_headings(file, words.language)


def qualified(name: str) -> str:
    """The name of an XML element with its namespace."""
    from docx.oxml.ns import qn

    return str(qn(name))


def style(
    file: Any,
    name: str,
    base: str,
    font: str,
    points: float,
    before: float,
    after: float,
    indent: int,
    align: str,
    scale: float,
) -> None:
    """One paragraph style, made if it is not there; Latin letters of one size read larger than Chinese characters."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt, RGBColor

    points = max(round(points * scale), 11) if points >= 12 else points
    known = {s.name for s in file.styles}
    made = file.styles[name] if name in known else file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    made.base_style = file.styles[base]
    made.font.size, made.font.bold, made.font.italic = Pt(points), False, False
    made.font.color.rgb = RGBColor(0, 0, 0)
    east_asian(made, font)
    form = made.paragraph_format
    form.space_before, form.space_after, form.line_spacing = (
        Pt(before),
        Pt(after),
        1.0 if points < 11 else 1.35,
    )
    form.first_line_indent = Pt(points * indent) if indent else None
    form.alignment, form.keep_with_next = getattr(WD_ALIGN_PARAGRAPH, align), name in KEPT
    for border in made.element.findall(".//" + qualified("w:pBdr")):
        border.getparent().remove(border)


def east_asian(style: Any, font: str) -> None:
    """Set the fonts of a style: Latin letters and Chinese characters apart; themes, which would win, are taken out."""
    style.font.name = LATIN
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    fonts.set(qualified("w:eastAsia"), font)
    fonts.set(qualified("w:cs"), LATIN)


def number_headings(file: Any, language: Language) -> None:
    """Let Word number the headings: 一、（一）1. in Chinese, 1, 1.1, 1.1.1 in English."""
    from docx.oxml import parse_xml

    levels = {"zh": (("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3.")),
              "en": (("decimal", "%1"), ("decimal", "%1.%2"), ("decimal", "%1.%2.%3"))}[language]  # fmt: skip
    parts = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:pStyle w:val="Heading{i + 1}"/>'
        f'<w:suff w:val="{"nothing" if language == "zh" else "space"}"/><w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/></w:lvl>'
        for i, (form, text) in enumerate(levels)
    )
    numbering = file.part.numbering_part.element
    abstract = parse_xml(
        f'<w:abstractNum {W} w:abstractNumId="90"><w:multiLevelType w:val="multilevel"/>{parts}</w:abstractNum>'
    )
    numbering.insert(0, abstract)
    numbering.append(parse_xml(f'<w:num {W} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    for level in range(3):
        number = file.styles[f"Heading {level + 1}"].element.get_or_add_pPr().get_or_add_numPr()
        number.get_or_add_ilvl().val, number.get_or_add_numId().val = level, 90


def numbered(headings: Iterable[tuple[int, str]], language: Language) -> list[tuple[int, str]]:
    """Chapters and sections with their numbers, as the contents list them.

    >>> numbered([(1, "摘要"), (1, "现状"), (2, "设施")], "zh")
    [(1, '一、摘要'), (1, '二、现状'), (2, '（一）设施')]
    """
    chapter = part = 0
    lines = []
    for level, text in headings:
        chapter, part = (chapter + 1, 0) if level == 1 else (chapter, part + 1)
        if language == "zh":
            number = f"{chinese(chapter)}、" if level == 1 else f"（{chinese(part)}）"
        else:
            number = f"{chapter} " if level == 1 else f"{chapter}.{part} "
        lines.append((level, number + text))
    return lines


def chinese(number: int) -> str:
    """A number below 100 in Chinese.

    >>> chinese(7), chinese(13), chinese(20), chinese(21)
    ('七', '十三', '二十', '二十一')
    """
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else DIGITS[tens] + "十"
    return head + (DIGITS[ones] if ones or not tens else "")


def field(paragraph: Any, instruction: str, text: str) -> None:
    """A field with the text that it shows until Word computes it anew."""
    for run in (mark("begin"), order(instruction), mark("separate")):
        paragraph._p.append(run)
    paragraph.add_run(text)
    paragraph._p.append(mark("end"))


def mark(kind: str, dirty: bool = False) -> Any:
    """The begin, separator or end of a field; a dirty one is computed when the file is opened."""
    from docx.oxml import parse_xml

    return parse_xml(f'<w:r {W}><w:fldChar w:fldCharType="{kind}" w:dirty="{str(dirty).lower()}"/></w:r>')


def order(instruction: str) -> Any:
    """What a field computes."""
    from docx.oxml import parse_xml

    return parse_xml(f'<w:r {W}><w:instrText xml:space="preserve">{escape(instruction)}</w:instrText></w:r>')


def contents(file: Any, lines: list[tuple[int, str]]) -> None:
    """A table of contents that lists the headings at once and gets its page numbers when Word updates it."""
    paragraphs = [file.add_paragraph(("　　" if level > 1 else "") + text, style="Contents 1") for level, text in lines]
    if not paragraphs:
        return
    head = (mark("begin", dirty=True), order('TOC \\o "1-2" \\h \\z \\u'), mark("separate"))
    for place, run in enumerate(head, start=1):  # after the paragraph's properties
        paragraphs[0]._p.insert(place, run)
    paragraphs[-1]._p.append(mark("end"))


def footer(file: Any, notice: str) -> None:
    """Page numbers — 1 — and below them what every page has to say."""
    feet = file.sections[0].footer
    line = feet.paragraphs[0]
    line.add_run("— ")
    field(line, "PAGE", "1")
    line.add_run(" —")
    if notice:
        feet.add_paragraph(notice, style="Footer")


def table(content: Table, language: Language) -> Any:
    """A table as one XML element: borders, repeated header row, numbers to the right; a small one stays on one page."""
    from docx.oxml import parse_xml

    whole = len(content.rows) <= WHOLE_ROWS
    header = "".join(cell(column.heading, "center", whole, shade=True) for column in content.columns)
    rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{header}</w:tr>"]
    texts = [[shown(c.value, c.kind, language) for c in row] for row in content.cells()]
    for number, (row, words) in enumerate(zip(content.cells(), texts, strict=True), start=1):
        keep = whole and number < len(content.rows)
        cells = (cell(text, SIDES.get(c.kind, "right"), keep) for c, text in zip(row, words, strict=True))
        rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>")
    line = 'w:val="single" w:sz="4" w:space="0" w:color="808080"'
    borders = "".join(f"<w:{side} {line}/>" for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    look = (
        f'<w:tblW w:w="5000" w:type="pct"/><w:jc w:val="center"/><w:tblBorders>{borders}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/>'
    )
    weights = widths(list(zip([column.heading for column in content.columns], *texts, strict=True)))
    grid = "".join(f'<w:gridCol w:w="{round(TABLE_TWIPS * w / sum(weights))}"/>' for w in weights)
    return parse_xml(f"<w:tbl {W}><w:tblPr>{look}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>")


def cell(text: str, align: str, keep: bool, shade: bool = False) -> str:
    """One cell as XML, `keep` on the page of the next row; its text is data."""
    fill = '<w:shd w:val="clear" w:color="auto" w:fill="E7E6E6"/>' if shade else ""
    words = f'<w:r><w:t xml:space="preserve">{escape(clean(text))}</w:t></w:r>'
    form = f'<w:pStyle w:val="Tabletext"/>{"<w:keepNext/>" * keep}<w:jc w:val="{align}"/>'
    return f'<w:tc><w:tcPr>{fill}<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr>{form}</w:pPr>{words}</w:p></w:tc>'


def undated(data: bytes) -> bytes:
    """The same package with one fixed date on every part, so that equal content gives equal bytes."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as given, ZipFile(out, "w", ZIP_DEFLATED) as made:
        for part in given.infolist():
            made.writestr(ZipInfo(part.filename, (2000, 1, 1, 0, 0, 0)), given.read(part), ZIP_DEFLATED)
    return out.getvalue()
