"""How wide the columns of a table are, in Chinese characters: the same in Word and PDF; and how high it will be."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

LINE = 50.0  # Chinese characters of table text beside one another on a page …
MANY, SMALLER = 8, 57.0  # … and in the smaller type of a table with more columns than this
WHOLE = 30.0  # lines of a table that stays on one page; a page holds about 55
PADDING = 0.75  # lines of space that a row adds to its text
SHORT = 6.0  # a text that had better not be broken …
ROOMY = 0.8  # … where that takes no more than this share of the line
BROKEN = (30.0, 12.0, 8.0, 6.0, 4.5)  # words longer than this are broken, the first that leaves room
WIDE = 1.12  # letters like w or N are wider than most
EDGE = 1.5  # what the edges of a cell take
STEP = 0.5  # what is given to one column at a time
SHARPNESS = 6.0
WORD = re.compile(r"[^\s/\-\u2e80-\uffff]+")  # what a line cannot break


def widths(columns: Sequence[Sequence[str]]) -> list[float]:
    """The weight of each column's width: its longest word always fits, short texts too if there is room for them all, and what is left
    goes, step by step, to the column that makes the rows least high.
    """
    line = SMALLER if len(columns) > MANY else LINE
    words = longest_words(columns, line)
    whole = [
        max(word, *(width(t) + EDGE for t in column[1:] if width(t) <= SHORT), 0.0)
        for word, column in zip(words, columns, strict=True)
    ]
    least = whole if sum(whole) <= ROOMY * line else words
    texts = np.array([[width(text) for text in column] for column in columns])
    return [float(wide) for wide in spread(texts, np.array(least), line)]


def longest_words(columns: Sequence[Sequence[str]], line: float) -> list[float]:
    """The width of each column's longest word with its edges; where they leave the line no room, the longest are taken as shorter."""
    longest = [WIDE * max((width(w) for text in column for w in WORD.findall(text)), default=0.0) for column in columns]
    for most in BROKEN:
        least = [EDGE + max(2.5, min(most, word)) for word in longest]
        if sum(least) <= ROOMY * line:
            break
    return least


def spread(texts: np.ndarray, least: np.ndarray, line: float) -> np.ndarray:
    """Widths that add up to a `line`: the least ones, and steps that lower Σ over rows of (Σ over columns (text / width)^p)^(1/p) most.

    `texts` are the widths of the texts (columns × rows). For large p the inner sum is the number of lines of a row's highest cell.
    """
    given = least.copy()
    while given.sum() + STEP <= line:
        now, more = ((texts / (wide - EDGE)[:, None]) ** SHARPNESS for wide in (given, given + STEP))
        rows = np.maximum(now.sum(axis=0) - now + more, 0.0) ** (1 / SHARPNESS)
        given[np.argmin(rows.sum(axis=1))] += STEP
    return given


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
    line = SMALLER if len(weights) > MANY else LINE
    room = [max(line * weight / sum(weights) - 1.0, 1.0) for weight in weights]
    lines = [max(math.ceil(width(t) / r) or 1 for t, r in zip(row, room, strict=True)) for row in rows]
    return sum(lines) + PADDING * len(rows)
