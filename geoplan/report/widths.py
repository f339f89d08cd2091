"""How wide the columns of a table are, in Chinese characters: the same in Word and PDF."""

from __future__ import annotations

import re
from collections.abc import Sequence

LINE = 50.0  # Chinese characters of table text beside one another on a page
WORD = re.compile(r"[^\s:/_\-\u2e80-\uffff]+")  # what a line cannot break


def widths(columns: Sequence[Sequence[str]]) -> list[float]:
    """The weight of each column's width: its longest word always fits, and what is left goes to those with long texts."""
    words = [
        max(2.5, 0.0, *(width(word) for text in column for word in WORD.findall(text))) + 1.5 for column in columns
    ]
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
