"""Where figures come from, in both languages."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from geoplan.errors import Text


def source_text(source: str) -> Text:
    """A source as the data files write it, and in Chinese; one that reads the same in both stays as it is.

    >>> source_text("news report, 2022-12-13").zh, source_text("JGJ 39-2016 (2019), 4.1.3").zh
    ('新闻报道，2022年12月13日', 'JGJ 39-2016 (2019), 4.1.3')
    """
    return Text(source, _chinese().get(source, source))


def in_force(effective: str) -> Text:
    """Since when a standard holds, as the data files write it, and in Chinese; a draft stays a draft in both.

    >>> in_force("2025 (draft)").zh, in_force("2019-10-08").zh
    ('2025（征求意见稿）', '2019-10-08')
    """
    return Text(effective, effective.replace(" (draft)", "（征求意见稿）"))


@cache
def _chinese() -> dict[str, str]:
    from ruamel.yaml import YAML

    text = files("geoplan.profiles").joinpath("sources_zh.yaml").read_text(encoding="utf-8")
    return {str(k): str(v) for k, v in YAML(typ="safe", pure=True).load(text).items()}
