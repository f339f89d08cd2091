"""The children by single year of age: the base year to the left, the last planning year to the right."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from geoplan.report.words import Words
from geoplan.result import Result

AGE = re.compile(r"age_(\d+)$")
SIDES = (("#8c8c8c", ""), ("#9ecae1", "///"))  # they differ in black and white, too


def ages(result: Result) -> list[str]:
    """The single years of age that the cohorts hold, the youngest first."""
    rows = result.numbers["cohorts"]
    return sorted((name for name in (rows[0] if rows else ()) if AGE.match(name)), key=lambda name: int(name[4:]))


def has_ages(result: Result) -> bool:
    """Whether two years are known by single years of age."""
    return len(result.numbers["cohorts"]) > 1 and len(ages(result)) > 1


def pyramid(result: Result, canvas: Any) -> None:
    """One bar an age and side, as long as there are children of that age, with their number at its end."""
    words, rows, names = Words.of(result), result.numbers["cohorts"], ages(result)
    ax, at = canvas.subplots(), np.arange(len(names))
    sides = [np.array([row[name] or 0.0 for name in names], float) for row in (rows[0], rows[-1])]
    widest = max(float(side.max()) for side in sides) or 1.0
    for sign, side, row, (colour, hatch) in zip((-1, 1), sides, (rows[0], rows[-1]), SIDES, strict=True):
        style = {"color": colour, "hatch": hatch, "edgecolor": "black", "linewidth": 0.5}
        ax.barh(at, sign * side, 0.72, label=str(row["year"]), **style)
        for y, value in zip(at, side, strict=True):
            where = {"ha": "right" if sign < 0 else "left", "va": "center", "fontsize": 8}
            ax.text(sign * (value + 0.015 * widest), y, words.number(value, "count"), **where)
    ax.axvline(0, color="black", linewidth=0.6)
    ax.set_xlim(-1.25 * widest, 1.25 * widest)
    ax.set_yticks(at, [words("figure.age", age=name[4:]) for name in names])
    ax.xaxis.set_major_formatter(lambda x, _: f"{abs(x):,.0f}")
    ax.set_xlabel(words("figure.children_axis"))
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=8)
