"""Given: what a file gave before anything was made of it; and its cells as text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pyproj

from geoplan.texts import UNREADABLE

HALF_PAIR = re.compile("[\ud800-\udfff]")  # no text: no file can hold it
BLANK = " \t\r\n\v\f\u00a0\u3000\u200b\u200e\u200f\ufeff"


def as_text(value: object) -> str | None:
    """A cell as text: stripped, in normal form C; whole numbers without ".0"; blank and missing are None.

    >>> as_text("　001 "), as_text(12.0), as_text(float("nan")), as_text(" ")
    ('001', '12', None, None)
    """
    if isinstance(value, str):
        return unicodedata.normalize("NFC", HALF_PAIR.sub(UNREADABLE, value).strip(BLANK)) or None
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN alone is unequal to itself
        return None
    if isinstance(value, bytes):
        return as_text(value.decode("utf-8", "backslashreplace"))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    return str(value)


@dataclass(frozen=True)
class Given:
    """A table as given, indexed by the row as the file's own program shows it.

    `word` is what a row is called in messages (row or feature); `crs` is what the file declares, if anything.
    """

    file: str
    frame: pd.DataFrame
    word: str = "row"
    crs: pyproj.CRS | None = None

    @property
    def names(self) -> list[str]:
        """The columns but the geometry."""
        return [c for c in self.frame.columns if c != "geometry"]

    def texts(self, column: str) -> list[str | None]:
        """The cells of a column as text."""
        return [as_text(v) for v in self.frame[column].tolist()]

    def place(self, position: int, column: str = "") -> str:
        """Where a cell stands, as a person would look for it: "row 12, column 托位"."""
        row = f"{self.word} {self.frame.index[position]}"
        return f"{row}, column {column}" if column else row

    def only(self, keep: Any) -> Given:
        """The rows of a mask."""
        return replace(self, frame=self.frame.loc[keep])
