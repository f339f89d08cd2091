"""The curve of a front: people served against money, with the bound that no plan can better."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.errors import Language, Text
from geoplan.report.charts import tidy
from geoplan.report.figures import picture

SIZE = (6.3, 3.6)
AXES = (
    Text("served with the plan", "计划可满足"),
    Text("no plan serves more", "任何计划不超过"),
    Text("million yuan", "投资（百万元）"),
)


def write(table: pd.DataFrame, path: Path | str, language: Language) -> None:
    """Write a front's table (columns budget, objective, bound) as a PNG; the band between the lines is what is not proven."""
    Path(path).write_bytes(picture(partial(draw, table, language), SIZE))


def draw(table: pd.DataFrame, language: Language, canvas: Any) -> None:
    """The two lines and the band."""
    ax, (served, most, money) = canvas.subplots(), (text.to(language) for text in AXES)
    x, y, bound = table["budget"] / 1e6, table["objective"], table["bound"]
    ax.fill_between(x, y, bound, color="#2c7bb6", alpha=0.2, linewidth=0)
    ax.plot(x, bound, ":", color="#2c7bb6", linewidth=1, label=most)
    ax.plot(x, y, "-o", color="#222222", linewidth=1.2, markersize=3, label=served)
    ax.set_xlabel(money)
    ax.set_ylim(bottom=0)
    tidy(ax, ncols=2, fontsize=8)
