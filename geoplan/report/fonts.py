"""The bundled Chinese fonts (Noto, OFL) and the guard that nothing is printed which they cannot draw."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

SANS, SERIF = "Noto Sans SC", "Noto Serif SC"


@cache
def font_files() -> tuple[Path, Path]:
    """The font files: sans for headings and figures, serif for text."""
    import pylopdf_fonts_zh_cn

    return pylopdf_fonts_zh_cn.sans_path(), pylopdf_fonts_zh_cn.serif_path()


@cache
def glyphs() -> frozenset[int]:
    """The code points that both fonts can draw."""
    from matplotlib.ft2font import FT2Font

    sans, serif = (frozenset(FT2Font(str(path)).get_charmap()) for path in font_files())
    return sans & serif


def drawable(text: str) -> str:
    r"""The text with each character that the fonts cannot draw written as its code point, so that no box is printed.

    >>> drawable("光明\x07小区")
    '光明[U+0007]小区'
    """
    known = glyphs()

    def shown(c: str) -> bool:
        return c in "\n\t" or (ord(c) in known and not unicodedata.combining(c))  # a loose accent is drawn anywhere

    return "".join(c if shown(c) else f"[U+{ord(c):04X}]" for c in unicodedata.normalize("NFC", text))
