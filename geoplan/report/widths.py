"""How wide the columns of a table are, in Chinese characters: the same in Word and PDF; and how high it will be."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

LINE = 50.0  # Chinese characters of table text beside one another on a page
WHOLE = 45.0  # lines of a table that stays on one page; a page holds about 55
PADDING = 0.75  # lines of space that a row adds to its text
SHORT = 6.0  # a text that had better not be broken …
ROOMY = 0.8  # … where that takes no more than this share of the line
WORD = re.compile(r"[^\s:/_\-\u2e80-\uffff]+")  # what a line cannot break


def widths(columns: Sequence[Sequence[str]]) -> list[float]:
    """The weight of each column's width: its longest word always fits, short texts too if there is room for them all, and what is left
    goes to those with long texts.
    """
    words = [
        max(2.5, *(width(word) for text in column for word in WORD.findall(text)), 0.0) + 1.5 for column in columns
    ]
    whole = [
        max(word, *(width(t) + 1.5 for t in column[1:] if width(t) <= SHORT), 0.0)
        for word, column in zip(words, columns, strict=True)
    ]
    least = whole if sum(whole) <= ROOMY * LINE else words
    wanted = [max(width(column[0]) / 2 + 1, *map(width, column[1:]), 3.0) for column in columns]
    longer = [max(min(want, 22) - word, 0.0) for want, word in zip(wanted, least, strict=True)]
    share = min(1.0, max(LINE - sum(least), 0.0) / max(sum(longer), 1.0))
    return [word + more * share for word, more in zip(least, longer, strict=True)]


def width(text: str) -> float:
    """The width of a text in Chinese characters: a letter or digit takes half of one.

    >>> width("托位 60")
    3.5
    """
    return sum(1 if ord(c) > 0x2E7F else 0.5 for c in text)


def height(rows: Sequence[Sequence[str]], weights: Sequence[float]) -> float:
    """About how many lines of text a table is high, with the space between its rows, for columns of these weights.

    >>> height([["托位"], ["60"]], [1.0]), height([["托" * 70]], [1.0])
    (3.5, 2.75)
    """
    room = [max(LINE * weight / sum(weights) - 1.0, 1.0) for weight in weights]
    lines = [max(math.ceil(width(t) / r) or 1 for t, r in zip(row, room, strict=True)) for row in rows]
    return sum(lines) + PADDING * len(rows)
