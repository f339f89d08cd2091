"""A table as CSV that Excel opens rightly: UTF-8 with a byte order mark, and no cell that computes."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoplan.exports.words import aliases
from geoplan.files import write_text
from geoplan.result import Result

STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_layers(result: Result, folder: Path) -> None:
    """Write each layer and table as `<name>.csv` with titles in the language of the study; a layer's outline is left out.

    The place of a feature is its longitude and latitude (WGS 84) in the last two columns, of a point inside it where it is an area.
    """
    from geoplan.exports import gpkg  # which writes the recommended sites, and they are a CSV too

    for name, frame in gpkg.drawn(result).items():
        inside = frame.geometry.representative_point().to_crs(4326)
        table = pd.DataFrame(frame.drop(columns="geometry"))
        if not {"lon", "lat"} & set(table.columns):
            table = table.assign(lon=inside.x.round(6), lat=inside.y.round(6))
        write(titled(result, name, table), folder / f"{name}.csv", index=False)
    for name, table in gpkg.listed(result).items():
        write(titled(result, name, table), folder / f"{name}.csv", index=False)


def titled(result: Result, name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A table under the titles of its columns."""
    return table.rename(columns=aliases(result, name, table.columns))


def write(table: pd.DataFrame, path: Path | str, *, index: bool = True) -> None:
    """Write a table, with its index; geometry becomes WKT; a text that a spreadsheet would compute gets a ' before it."""
    frame = table.reset_index() if index else table
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([guarded(str(name)) for name in frame.columns])
    for row in frame.itertuples(index=False, name=None):
        writer.writerow([field(value) for value in row])
    write_text(path, out.getvalue(), "utf-8-sig")


def field(value: Any) -> Any:
    """A number as it is, a missing value as nothing, all else as guarded text."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):  # noqa: PLR0124
        return ""
    if hasattr(value, "wkt"):
        return value.wkt
    return value if isinstance(value, (int, float, np.number)) else guarded(str(value))


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> guarded('=HYPERLINK("http://x")'), guarded("-5 号楼"), guarded("幸福里")
    ('\\'=HYPERLINK("http://x")', "'-5 号楼", '幸福里')
    """
    return "'" + text if text.startswith(STARTS_FORMULA) else text
