"""How a page of the report looks: a report's own style, and that of official documents (GB/T 9704-2012).

Word gets the fonts by the names that offices have; the PDF carries open fonts in their place: Noto Serif SC stands for
仿宋, 楷体, 宋体 and 小标宋, Noto Sans SC for 黑体.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from geoplan.errors import Language
from geoplan.result import Result

LATIN = "Times New Roman"
SONG, HEI, KAI, FANG = "宋体", "黑体", "楷体", "仿宋"
TITLE_SONG, KAI_GB, FANG_GB = "方正小标宋简体", "楷体_GB2312", "仿宋_GB2312"
# a font that an office may not have: what Word takes in its place
OTHERWISE = {TITLE_SONG: SONG, KAI_GB: KAI, FANG_GB: FANG}
POINTS_PER_MM = 72 / 25.4
PAGE_MM = (210.0, 297.0)
LATIN_SCALE = 0.8  # Latin letters of one size read larger than Chinese characters
LEAST_POINTS = 11  # what is larger is not made smaller than this


@dataclass(frozen=True)
class Letters:
    """The type of one kind of paragraph: font of its Chinese characters, size and space around in points, indent of its first
    line in characters, alignment, and whether it is bold (where letters of other fonts do not tell headings apart).
    """

    font: str
    points: float
    before: float = 0
    after: float = 0
    indent: int = 0
    align: str = "LEFT"
    base: str = "Normal"
    bold: bool = False


@dataclass(frozen=True)
class PageStyle:
    """Margins in millimetres (top, bottom, left, right), type by kind of paragraph, lines on a page and characters in a line (0: as
    the type wants), and whether page numbers stand on the outer side.
    """

    name: str
    margins_mm: tuple[float, float, float, float]
    letters: Mapping[str, Letters]
    lines: int = 0
    characters: int = 0
    outer: bool = False

    @property
    def pitch(self) -> float:
        """Points from one line to the next; 0 where the type decides.

        >>> round(OFFICIAL.pitch, 2), REPORT.pitch
        (28.99, 0.0)
        """
        top, bottom, *_ = self.margins_mm
        return (PAGE_MM[1] - top - bottom) * POINTS_PER_MM / self.lines if self.lines else 0.0

    @property
    def squeeze(self) -> float:
        """Points added between two characters of the text, so that a line holds the characters asked for; 0 where the type decides.

        >>> round(OFFICIAL.squeeze, 3)
        -0.207
        """
        _, _, left, right = self.margins_mm
        width = (PAGE_MM[0] - left - right) * POINTS_PER_MM
        return width / self.characters - self.letters["Body Text"].points if self.characters else 0.0

    def to(self, language: Language) -> PageStyle:
        """The style for a language: English keeps the page, in smaller type and with as many lines as fit that."""
        if language == "zh":
            return self
        letters = {
            name: replace(own, bold=name.startswith("Heading"), points=max(round(own.points * LATIN_SCALE), LEAST_POINTS) if own.points >= 12 else own.points)
            for name, own in self.letters.items()
        }  # fmt: skip
        return replace(self, letters=letters, lines=round(self.lines / LATIN_SCALE), characters=0)


REPORT = PageStyle(
    "report",
    (30, 28, 25, 25),
    {
        "Title": Letters(HEI, 26, after=24, align="CENTER"),
        "Subtitle": Letters(KAI, 18, after=60, align="CENTER"),
        "Cover line": Letters(FANG, 14, 6, 6, align="CENTER"),
        "Contents title": Letters(HEI, 16, after=12, align="CENTER"),
        "toc 1": Letters(FANG, 12, 3, 1),
        "toc 2": Letters(FANG, 12, 0, 0),
        "Heading 1": Letters(HEI, 16, 12, 10),
        "Heading 2": Letters(KAI, 14, 10, 6),
        "Heading 3": Letters(FANG, 12, 8, 6),
        "Heading 4": Letters(FANG, 12, 6, 4),
        "Body Text": Letters(FANG, 12, after=6, indent=2, align="JUSTIFY"),
        "List Bullet": Letters(FANG, 12, after=4),
        "Caption": Letters(HEI, 10.5, 4, 10, align="CENTER"),
        "Table caption": Letters(HEI, 10.5, 10, 4, align="CENTER", base="Caption"),
        "Small text": Letters(SONG, 9, 2, 4, align="JUSTIFY"),
        "Table note": Letters(SONG, 9, 2, 8),
        "Table gap": Letters(SONG, 5),
        "Table text": Letters(SONG, 9, 1, 1),
        "Table text small": Letters(SONG, 7.5, 1, 1),
        "Figure": Letters(SONG, 9, 6, align="CENTER"),
        "Footer": Letters(SONG, 12, align="CENTER"),
    },
)
# GB/T 9704-2012: 5.2.1 margins, 5.2.3 22 lines of 28 characters in 仿宋 of size 3 (16 pt), 7.3.1 title in 小标宋 of size 2 (22 pt),
# 7.3.3 levels 一、（一）1.（1） in 黑体, 楷体, 仿宋, 仿宋, 7.5 page numbers of size 4 (14 pt) between dashes on the outer side
OFFICIAL = PageStyle(
    "gbt9704",
    (37, 35, 28, 26),
    {
        **REPORT.letters,
        "Title": Letters(TITLE_SONG, 22, after=24, align="CENTER"),
        "Subtitle": Letters(KAI_GB, 16, after=60, align="CENTER"),
        "Cover line": Letters(FANG_GB, 16, align="CENTER"),
        "Contents title": Letters(HEI, 16, after=12, align="CENTER"),
        "toc 1": Letters(FANG_GB, 14),
        "toc 2": Letters(FANG_GB, 14),
        "Heading 1": Letters(HEI, 16, indent=2),
        "Heading 2": Letters(KAI_GB, 16, indent=2),
        "Heading 3": Letters(FANG_GB, 16, indent=2),
        "Heading 4": Letters(FANG_GB, 16, indent=2),
        "Body Text": Letters(FANG_GB, 16, indent=2, align="JUSTIFY"),
        "List Bullet": Letters(FANG_GB, 16),
        "Footer": Letters(SONG, 14),
    },
    lines=22,
    characters=28,
    outer=True,
)
STYLES = {style.name: style for style in (REPORT, OFFICIAL)}


def page_style(result: Result) -> PageStyle:
    """The style that a study asks for, for its language."""
    return STYLES[result.report.get("style", "report")].to(result.language)
