"""People served with less or more money, with the bound that no plan can better: as a table and as a curve."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.errors import Language
from geoplan.files import write_bytes
from geoplan.report.charts import tidy
from geoplan.report.model import Table
from geoplan.report.words import Words
from geoplan.result import Result

SIZE = (6.3, 3.6)
COLUMNS = {"budget": "budget", "sites": "sites", "money": "cost", "served": "served", "objective": "front_objective", "bound": "front_bound",
           "gap": "gap_of_plan", "marginal": "marginal"}  # fmt: skip


def has_front(result: Result) -> bool:
    """Whether the study asked for other budgets."""
    return not result.front.empty


def front(result: Result) -> Table:
    """One row a budget: options, cost, who is served, objective, bound, gap and what one person more costs."""
    words, frame = Words.of(result), result.front.reindex(columns=list(COLUMNS)).astype(object)
    rows = tuple(frame.where(frame.notna(), None).itertuples(index=False, name=None))
    return Table("front", words("table.front"), words.columns(*COLUMNS.values()), rows)


def front_lines(result: Result, canvas: Any) -> None:
    """The curve of a result."""
    draw(result.front, result.language, canvas)


def write(table: pd.DataFrame, path: Path | str, language: Language) -> None:
    """Write a front's table (columns budget, objective, bound) as a PNG; the band between the lines is what is not proven."""
    from geoplan.report.figures import picture

    write_bytes(path, picture(partial(draw, table, language), SIZE))


def draw(table: pd.DataFrame, language: Language, canvas: Any) -> None:
    """The two lines and the band."""
    words, ax = Words(language), canvas.subplots()
    x, y, bound = table["budget"] / 1e6, table["objective"], table["bound"]
    ax.fill_between(x, y, bound, color="#2c7bb6", alpha=0.2, linewidth=0)
    ax.plot(x, bound, ":", color="#2c7bb6", linewidth=1, label=words("figure.front_most"))
    ax.plot(x, y, "-o", color="#222222", linewidth=1.2, markersize=3, label=words("figure.front_served"))
    ax.set_xlabel(words("figure.front_money"))
    ax.set_ylim(bottom=0)
    tidy(ax, ncols=2, fontsize=8)
