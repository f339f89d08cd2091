"""Text as data: what may not stand in a file, or would turn what is written beside it, is replaced by a sign that is seen."""

from __future__ import annotations

import re

UNREADABLE = "\ufffd"
# what XML 1.0 forbids (control characters but tab and line feed, halves of surrogate pairs, two non-characters), and marks of
# writing direction, which would show the numbers that follow a name in another order
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    r"""The text with each forbidden character replaced by U+FFFD.

    >>> clean("A\x07B\tC"), clean("东\u202e12")
    ('A\ufffdB\tC', '东\ufffd12')
    """
    return FORBIDDEN.sub(UNREADABLE, text)
