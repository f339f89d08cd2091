"""Blanks: what `geoplan init` could not know and left as ??? in a study, to be filled before it can run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from geoplan.errors import Text

BLANK = "???"
# what to write, by the last key of a blank
ADVICE = {
    "datum": Text(
        "write cgcs2000, wgs84, gcj02 (Amap, Tencent) or bd09 (Baidu); ask whoever made the layer",
        "请填 cgcs2000、wgs84、gcj02（高德、腾讯）或 bd09（百度）；不清楚请询问数据提供者",
    ),
    "base": Text("write the year of the people, such as 2020", "请填人口数据的年份，如 2020"),
    "crs": Text("write the CRS, such as EPSG:4547", "请填坐标系，如 EPSG:4547"),
    "path": Text("write the path of the file, relative to the study", "请填文件路径（相对于研究文件）"),
}
COLUMN = Text(
    "write the name of the column in the file, or delete the line", "请填文件中的列名；确无此列且非必需时可删去该行"
)
OTHER = Text("write the value; see geoplan schema", "请填写；见 geoplan schema")
PROBLEM = Text("this blank is to be filled in", "此处留空待填")


def blanks(raw: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The keys of a study's data whose value is left blank, in their order.

    >>> list(blanks({"years": {"base": "???"}, "layers": {"hosts": {"path": "a.gpkg"}}}))
    [('years', 'base')]
    """
    if raw == BLANK:
        yield at
    children = raw.items() if isinstance(raw, Mapping) else enumerate(raw) if isinstance(raw, list) else ()
    for key, value in children:
        yield from blanks(value, (*at, key))


def what_to_write(key: tuple[str | int, ...]) -> Text:
    """What to write into a blank."""
    return COLUMN if "columns" in key else ADVICE.get(str(key[-1]), OTHER)
