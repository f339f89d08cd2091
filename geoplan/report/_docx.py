"""What python-docx has no words for: East Asian fonts, heading numbers, fields, tables in one piece."""

from __future__ import annotations

import math
from collections.abc import Iterable
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from geoplan.errors import Language
from geoplan.report.model import Table
from geoplan.report.numbers import shown
from geoplan.report.page_style import LATIN, OTHERWISE, PAGE_MM, Letters, PageStyle
from geoplan.report.widths import MANY, WHOLE, height, widths
from geoplan.report.words import Words
from geoplan.texts import clean

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
# what only Word reads: its table of contents. Other programs take the lines in it as they are, with page numbers that they work out.
ONLY_WORD = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml"'
)
SIDES = {"text": "left", "flag": "center"}
DIGITS = "零一二三四五六七八九十"
KEPT = {
    "Heading 1",
    "Heading 2",
    "Heading 3",
    "Heading 4",
    "Table caption",
    "Figure",
}  # stay on the page of what follows
GRID = {
    "Body Text",
    "Heading 1",
    "Heading 2",
    "Heading 3",
    "Heading 4",
    "List Bullet",
    "toc 1",
    "toc 2",
    "Cover line",
}  # on the lines
CONTENTS_INDENT = 2  # characters


def prepare(file: Any, look: PageStyle, words: Words, own: bool = False) -> None:
    """Page, language, styles and heading numbers; a template's `own` page and styles stay as they are."""
    if not own:
        page(file, look)
    for name, letters in look.letters.items():
        if not own or not known(file, name):
            style(file, name, letters, look)
    contents_styles(file)
    number_headings(file, words.language)
    number_bullets(file)
    name_fonts(file)


def page(file: Any, look: PageStyle) -> None:
    """Paper, margins, lines on a page and the language of the text."""
    from docx.oxml import parse_xml
    from docx.shared import Mm

    paper, body = file.sections[0], look.letters["Body Text"]
    paper.page_width, paper.page_height = (Mm(side) for side in PAGE_MM)
    sides = (Mm(margin) for margin in look.margins_mm)
    paper.top_margin, paper.bottom_margin, paper.left_margin, paper.right_margin = sides
    paper.footer_distance = Mm(look.margins_mm[1] - 12)  # the number stands 7 mm below the text, and is about 5 mm high
    languages = file.styles.element.find(".//" + qualified("w:lang"))
    languages.set(qualified("w:eastAsia"), "zh-CN")
    languages.set(qualified("w:val"), "en-GB")  # of Latin letters and digits: as Chinese they would be broken anywhere
    east_asian(file.styles["Normal"], body.font)
    if look.lines:
        for grid in paper._sectPr.findall(qualified("w:docGrid")):
            paper._sectPr.remove(grid)
        paper._sectPr.append(parse_xml(f'<w:docGrid {W} w:type="lines" w:linePitch="{round(look.pitch * 20)}"/>'))


def known(file: Any, name: str) -> bool:
    """Whether a Word file has a style of this name."""
    return name in {s.name for s in file.styles}


def qualified(name: str) -> str:
    """The name of an XML element with its namespace."""
    from docx.oxml.ns import qn

    return str(qn(name))


def style(file: Any, name: str, letters: Letters, look: PageStyle) -> None:
    """One paragraph style, made if it is not there."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import parse_xml
    from docx.shared import Pt, RGBColor

    made = file.styles[name] if known(file, name) else file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    made.base_style = file.styles[letters.base]
    made.font.size, made.font.bold, made.font.italic = Pt(letters.points), letters.bold, False
    made.font.color.rgb = RGBColor(0, 0, 0)
    east_asian(made, letters.font)
    form = made.paragraph_format
    form.space_before, form.space_after = Pt(letters.before), Pt(letters.after)
    form.line_spacing = (
        Pt(round(look.pitch, 1)) if look.pitch and name in GRID else 1.35 if letters.points >= 11 else 1.0
    )
    if name == "Figure":
        form.line_spacing = 1.0
    form.first_line_indent = Pt(letters.points * letters.indent) if letters.indent else None
    form.alignment, form.keep_with_next = getattr(WD_ALIGN_PARAGRAPH, letters.align), name in KEPT
    if look.lines and name not in GRID:
        made.element.get_or_add_pPr().insert_element_before(
            parse_xml(f'<w:snapToGrid {W} w:val="0"/>'), "w:spacing", "w:ind", "w:jc", "w:outlineLvl"
        )
    if look.characters and name == "Body Text":
        closer = parse_xml(f'<w:spacing {W} w:val="{math.floor(look.squeeze * 20)}"/>')
        made.element.get_or_add_rPr().insert_element_before(
            closer, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:lang"
        )
    for border in made.element.findall(".//" + qualified("w:pBdr")):
        border.getparent().remove(border)


def contents_styles(file: Any) -> None:
    """The lines of the contents: page numbers at the right edge after dots, sections set in."""
    from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.shared import Pt, Twips

    for name in ("toc 1", "toc 2"):
        form = file.styles[name].paragraph_format
        if not len(form.tab_stops):
            form.tab_stops.add_tab_stop(
                Twips(text_twips(file.sections[-1])), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS
            )
    if file.styles["toc 2"].paragraph_format.left_indent is None:
        points = file.styles["toc 2"].font.size
        file.styles["toc 2"].paragraph_format.left_indent = CONTENTS_INDENT * (points or Pt(12))


def text_twips(section: Any) -> int:
    """The width of the text of a section of a Word file, in twentieths of a point."""
    wide = section.page_width - section.left_margin - section.right_margin
    twips: int = round(wide / 635)
    return twips


def name_fonts(file: Any) -> None:
    """Say in the font table which font stands for one that an office may not have."""
    part = next((r.target_part for r in file.part.rels.values() if r.reltype.endswith("/fontTable")), None)
    if part is None:
        return
    table = part.blob.decode("utf-8")
    new = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in OTHERWISE.items()
        if f'w:name="{name}"' not in table
    )
    part._blob = table.replace("</w:fonts>", new + "</w:fonts>").encode("utf-8")


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
    """Let Word number the headings: 一、（一）1.（1） in Chinese, 1, 1.1, 1.1.1 in English; a template that numbers its own stays."""
    levels = {
        "zh": (("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3."), ("decimal", "（%4）")),
        "en": (("decimal", "%1"), ("decimal", "%1.%2"), ("decimal", "%1.%2.%3"), ("decimal", "%1.%2.%3.%4")),
    }[language]
    styles = [file.styles[f"Heading {level + 1}"] for level in range(len(levels))]
    if any(s.element.find(".//" + qualified("w:numPr")) is not None for s in styles):
        return
    parts = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:pStyle w:val="{styles[i].style_id}"/>'
        f'<w:suff w:val="{"nothing" if language == "zh" else "space"}"/><w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/></w:lvl>'
        for i, (form, text) in enumerate(levels)
    )
    number = numbering(file, parts)
    for level, made in enumerate(styles):
        own = made.element.get_or_add_pPr().get_or_add_numPr()
        own.get_or_add_ilvl().val, own.get_or_add_numId().val = level, number


def number_bullets(file: Any) -> None:
    """Let Word set a dot before each point of a list, where its style has none."""
    made = file.styles["List Bullet"]
    if made.element.find(".//" + qualified("w:numPr")) is None:
        level = (
            '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/>'
            '<w:pPr><w:ind w:left="420" w:hanging="420"/></w:pPr></w:lvl>'
        )
        own = made.element.get_or_add_pPr().get_or_add_numPr()
        own.get_or_add_ilvl().val, own.get_or_add_numId().val = 0, numbering(file, level)


def numbering(file: Any, levels: str) -> int:
    """Add a numbering of these levels to a Word file, and say its number."""
    from docx.oxml import parse_xml

    known = numbering_part(file).element
    taken = [
        int(e.get(qualified(f"w:{n}"))) for n in ("abstractNumId", "numId") for e in known if e.get(qualified(f"w:{n}"))
    ]
    number = max([*taken, 0]) + 1
    abstract = parse_xml(
        f'<w:abstractNum {W} w:abstractNumId="{number}"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
    )
    first = next((e for e in known if e.tag in (qualified("w:abstractNum"), qualified("w:num"))), None)
    known.append(abstract) if first is None else first.addprevious(abstract)
    known.append(parse_xml(f'<w:num {W} w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'))
    return number


def numbering_part(file: Any) -> Any:
    """The part of a Word file that holds its numberings, made if a template has none."""
    from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.oxml import parse_xml
    from docx.parts.numbering import NumberingPart

    for relation in file.part.rels.values():
        if relation.reltype == RELATIONSHIP_TYPE.NUMBERING:
            return relation.target_part
    empty = parse_xml(f"<w:numbering {W}/>")
    made = NumberingPart(PackURI("/word/numbering.xml"), CONTENT_TYPE.WML_NUMBERING, empty, file.part.package)
    file.part.relate_to(made, RELATIONSHIP_TYPE.NUMBERING)
    return made


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


def mark(kind: str) -> Any:
    """The begin, separator or end of a field."""
    from docx.oxml import parse_xml

    return parse_xml(f'<w:r {W}><w:fldChar w:fldCharType="{kind}"/></w:r>')


def for_word(content: str) -> Any:
    """A run whose content only Word reads."""
    from docx.oxml import parse_xml

    choice = f'<mc:Choice Requires="w15">{content}</mc:Choice>'
    return parse_xml(f"<w:r {W} {ONLY_WORD}><mc:AlternateContent>{choice}</mc:AlternateContent></w:r>")


def order(instruction: str) -> Any:
    """What a field computes."""
    from docx.oxml import parse_xml

    return parse_xml(f'<w:r {W}><w:instrText xml:space="preserve">{escape(instruction)}</w:instrText></w:r>')


def contents(file: Any, lines: list[tuple[int, str]]) -> None:
    """A table of contents that lists the headings at once; each line knows its page by the mark at its heading."""
    made = [file.add_paragraph(style=f"toc {level}") for level, _ in lines]
    for number, (paragraph, (_, text)) in enumerate(zip(made, lines, strict=True), start=1):
        paragraph._p.append(link(text, heading_mark(number)))
        paragraph.add_run("\t")
        field(paragraph, f"PAGEREF {heading_mark(number)} \\h", "")
    if not made:
        return
    head = ('<w:fldChar w:fldCharType="begin" w:dirty="true"/>',
            '<w:instrText xml:space="preserve">TOC \\o "1-2" \\h \\z \\u</w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>')  # fmt: skip
    for place, content in enumerate(head, start=1):  # after the paragraph's properties
        made[0]._p.insert(place, for_word(content))
    made[-1]._p.append(for_word('<w:fldChar w:fldCharType="end"/>'))


def heading_mark(number: int) -> str:
    """The name of the mark at a heading, as Word names those of its contents."""
    return f"_Toc{number:08d}"


def link(text: str, to: str) -> Any:
    """A text that leads to a mark."""
    from docx.oxml import parse_xml

    words = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
    return parse_xml(f'<w:hyperlink {W} w:anchor="{to}" w:history="1">{words}</w:hyperlink>')


def marked(paragraph: Any, number: int) -> None:
    """Put a mark around a heading, where the contents find it."""
    from docx.oxml import parse_xml

    start = parse_xml(f'<w:bookmarkStart {W} w:id="{number}" w:name="{heading_mark(number)}"/>')
    paragraph._p.insert(1, start)  # after the paragraph's properties
    paragraph._p.append(parse_xml(f'<w:bookmarkEnd {W} w:id="{number}"/>'))


def footer(file: Any, notice: str, look: PageStyle) -> None:
    """Page numbers — 1 —, on the outer side where the style asks for it, not on the title page; below them what every page has to say."""
    page = file.sections[0]
    page.different_first_page_header_footer = True
    file.settings.odd_and_even_pages_header_footer = look.outer
    for feet, align in [(page.footer, "RIGHT"), *([(page.even_page_footer, "LEFT")] if look.outer else [])]:
        page_number(feet.paragraphs[0], align if look.outer else "CENTER", look)
        say(feet, notice)
    say(page.first_page_footer, notice)


def page_number(paragraph: Any, align: str, look: PageStyle) -> None:
    """One footer line with the number of the page, one character from the edge."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph.style, form = "Footer", paragraph.paragraph_format
    form.alignment = getattr(WD_ALIGN_PARAGRAPH, align)
    form.left_indent = form.right_indent = Pt(look.letters["Footer"].points) if look.outer else None
    paragraph.add_run("— ")
    field(paragraph, "PAGE", "1")
    paragraph.add_run(" —")


def say(feet: Any, notice: str) -> None:
    """A line in the middle at the foot of a page; nothing where there is nothing to say."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    if notice:
        feet.add_paragraph(notice, style="Footer").alignment = WD_ALIGN_PARAGRAPH.CENTER


def table(content: Table, language: Language, twips: int) -> Any:
    """A table as one XML element, so many twips wide: borders, repeated header row, numbers to the right; a small one stays on one page."""
    from docx.oxml import parse_xml

    texts = [[shown(c.value, c.kind, language) for c in row] for row in content.cells()]
    heads = [column.heading for column in content.columns]
    weights = widths(list(zip(heads, *texts, strict=True)))
    whole = height([heads, *texts], weights) <= WHOLE
    kind = "Tabletextsmall" if len(heads) > MANY else "Tabletext"
    header = "".join(cell(head, "center", whole, kind, shade=True) for head in heads)
    rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{header}</w:tr>"]
    sides = [SIDES.get(column.kind, "right") for column in content.columns]
    for number, row in enumerate(texts, start=1):
        keep = whole and number < len(texts)
        cells = (cell(text, side, keep, kind) for side, text in zip(sides, row, strict=True))
        rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>")
    line = 'w:val="single" w:sz="4" w:space="0" w:color="808080"'
    borders = "".join(f"<w:{side} {line}/>" for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    look = (
        f'<w:tblW w:w="5000" w:type="pct"/><w:jc w:val="center"/><w:tblBorders>{borders}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/>'
    )
    grid = "".join(f'<w:gridCol w:w="{round(twips * w / sum(weights))}"/>' for w in weights)
    return parse_xml(f"<w:tbl {W}><w:tblPr>{look}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>")


def cell(text: str, align: str, keep: bool, kind: str, shade: bool = False) -> str:
    """One cell as XML in a style of this id, `keep` on the page of the next row; its text is data."""
    fill = '<w:shd w:val="clear" w:color="auto" w:fill="E7E6E6"/>' if shade else ""
    words = f'<w:r><w:t xml:space="preserve">{escape(clean(text))}</w:t></w:r>'
    form = f'<w:pStyle w:val="{kind}"/>{"<w:keepNext/>" * keep}<w:jc w:val="{align}"/>'
    return f'<w:tc><w:tcPr>{fill}<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr>{form}</w:pPr>{words}</w:p></w:tc>'


def undated(data: bytes) -> bytes:
    """The same package with one fixed date on every part, so that equal content gives equal bytes."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as given, ZipFile(out, "w", ZIP_DEFLATED) as made:
        for part in given.infolist():
            made.writestr(ZipInfo(part.filename, (2000, 1, 1, 0, 0, 0)), given.read(part), ZIP_DEFLATED)
    return out.getvalue()
