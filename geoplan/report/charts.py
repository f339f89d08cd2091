"""Charts of the years: births and children under three, and the places wanted at each uptake with the range of the births."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geoplan.report.projections import ALL, LEVELS, births_level
from geoplan.report.words import Words
from geoplan.result import Result

LINES: Mapping[str, tuple[str, str, str]] = {  # colour, line, marker: they differ in black and white, too
    "under_three": ("#222222", "-", "o"), "births": ("#2c7bb6", "--", "s"),
    "low": ("#2c7bb6", ":", "v"), "mid": ("#222222", "-", "o"), "high": ("#d7191c", "--", "^"),
}  # fmt: skip


def has_years(result: Result) -> bool:
    """Whether there are years to draw: cohorts, and places wanted by level."""
    return bool(result.numbers["cohorts"] and result.numbers["demand_levels"])


def tidy(ax: Any, **legend: Any) -> None:
    """Whole numbers on a light grid, no frame, and the legend above, as all charts of the report have them."""
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.grid(axis="y", linewidth=0.3, color="#999999")
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False, **legend)


def year_lines(result: Result, canvas: Any) -> None:
    """Children by year on the left, places wanted by planning year on the right."""
    left, right = canvas.subplots(1, 2)
    children(result, left)
    wanted(result, right)
    for ax in (left, right):
        ax.set_ylim(bottom=0)
        tidy(ax, ncols=3, fontsize=7, columnspacing=0.8, handlelength=1.8, borderaxespad=0.1)


def children(result: Result, ax: Any) -> None:
    """Births and children under three of every year from the base year on."""
    words, rows = Words.of(result), result.numbers["cohorts"]
    for name in ("under_three", "births"):
        known = [(row["year"], row[name]) for row in rows if row.get(name) is not None]
        draw(ax, name, known, words(f"figure.line_{name}"))
    years = [row["year"] for row in rows]
    ax.set_xticks(years if len(years) <= 6 else years[::2])
    ax.set_ylabel(words("figure.children_axis"))


def wanted(result: Result, ax: Any) -> None:
    """Places wanted at low, mid and high uptake; the band is the range between low and high births."""
    words, used = Words.of(result), births_level(result)
    rows = [row for row in result.numbers["demand_levels"] if row["band"] == ALL]
    years = sorted({row["year"] for row in rows})
    for level in reversed(LEVELS):
        by = {(row["births"], row["year"]): row[level] for row in rows}
        draw(
            ax, level, [(y, by[used, y]) for y in years], words("figure.line_uptake", level=words.term("uptake", level))
        )
        ends = [[by.get((births, y), by[used, y]) for y in years] for births in ("low", "high")]
        ax.fill_between(years, *ends, color=LINES[level][0], alpha=0.2, linewidth=0)
    ax.set_xticks(years)
    ax.set_ylabel(words("figure.wanted_axis"))


def draw(ax: Any, name: str, points: list[tuple[int, float]], label: str) -> None:
    """One line with its marks."""
    colour, line, marker = LINES[name]
    x, y = zip(*points, strict=True) if points else ((), ())
    ax.plot(x, y, line, color=colour, marker=marker, markersize=3.5, linewidth=1.2, label=label)
