"""Lying bars: which rules refuse how many options, and what each criterion adds to the score of the best ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.report import refused, weighed
from geoplan.report.fonts import drawable
from geoplan.report.widths import width
from geoplan.report.words import Words
from geoplan.result import Result

RULES = 15  # rules that are drawn; all stand in the table
FEWEST = 6  # bars for which there is room at least
LONGEST, LINES = 17.0, 2  # Chinese characters of a line of a label, and its lines
# colour and hatch of one part of a bar after another: they differ in black and white, too
PARTS = (
    ("#4d4d4d", ""), ("#92c5de", "///"), ("#f4a582", "..."), ("#d9d9d9", ""), ("#2166ac", "\\\\\\"), ("#b2182b", "xx"),
    ("#ffffff", "---"), ("#1b7837", "++"), ("#c2a5cf", "oo"),
)  # fmt: skip
Numbers = npt.NDArray[np.float64]


def has_refusals(result: Result) -> bool:
    """Whether some option fails some rule."""
    return bool(len(result.refusals)) and bool(result.refusals["failed"].sum())


def has_scores(result: Result) -> bool:
    """Whether the options were weighed."""
    return bool(len(result.suitability) and result.service.suitability)


def refusal_bars(result: Result, canvas: Any) -> None:
    """Options that each rule refuses alone, with others, or only advises against: the rules that refuse most, from the top down."""
    words, found = Words.of(result), refused.counts(result)
    found = found[found["failed"] > 0].head(RULES)
    known = result.service.standards
    names = [result.text(known[str(i)].title) if str(i) in known else str(i) for i in found.index]
    parts = [found["only"], found["refused"] - found["only"], found["failed"] - found["refused"]]
    labels = [words(f"figure.refused_{part}") for part in ("alone", "together", "advised")]
    ax = canvas.subplots()
    lying(ax, names, [p.to_numpy(float) for p in parts], labels)
    for row, (whole, alone) in enumerate(zip(found["failed"], found["only"], strict=True)):
        note = words("figure.refused_note", all=words.number(whole, "count"), alone=words.number(alone, "count"))
        ax.annotate(note, (whole, row), xytext=(3, 0), textcoords="offset points", va="center", fontsize=7)
    finish(ax, words("figure.refused_axis"), float(found["failed"].max()) * 1.12, columns=3)


def suitability_bars(result: Result, canvas: Any) -> None:
    """The options with the highest scores, each bar made of the shares of its criteria."""
    words, frame = Words.of(result), weighed.ranked(result).head(weighed.TOP)
    known = [c for c in result.service.suitability if f"share_{c.id}" in frame]
    names = [f"{rank} {name}" for rank, name in frame[["rank", "name"]].itertuples(index=False, name=None)]
    ax = canvas.subplots()
    shares = [100 * frame[f"share_{c.id}"].to_numpy(float) for c in known]
    lying(ax, names, shares, [result.text(c.title) for c in known])
    finish(ax, words("figure.score_axis"), 100.0, columns=3)


def lying(
    ax: Any, names: Sequence[str], parts: Sequence[Numbers], labels: Sequence[str], start: Numbers | None = None
) -> None:
    """Stacked bars from left to right, from 0 or from where each has its `start`; the first at the top."""
    at, left = np.arange(len(names)), np.zeros(len(names)) if start is None else start
    for n, (values, label) in enumerate(zip(parts, labels, strict=True)):
        colour, hatch = PARTS[n % len(PARTS)]
        bar = {"color": colour, "hatch": hatch, "edgecolor": "black", "linewidth": 0.4}
        ax.barh(at, values, 0.7, left=left, label=drawable(in_lines(label)), **bar)
        left = left + values
    ax.set_yticks(at, [drawable(in_lines(name)) for name in names], fontsize=7.5)
    ax.set_ylim(
        max(len(names), FEWEST) - 0.5, -0.5
    )  # the first at the top; a single bar is no thicker than one of several


def in_lines(text: str) -> str:
    r"""A label in lines of at most 17 Chinese characters in width, at most two; three dots where that is not all of it.

    >>> in_lines("storey"), in_lines("与甲、乙类厂房及仓库的距离不小于五十米")
    ('storey', '与甲、乙类厂房及仓库的距离不小于五\n十米')
    """
    lines, rest = list[str](), text
    while rest and len(lines) < LINES:
        end = next((n for n in range(1, len(rest) + 1) if width(rest[:n]) > LONGEST), len(rest) + 1) - 1
        space = rest.rfind(" ", 0, end + 1) if end < len(rest) else -1
        end = space if space > 0 else end
        lines.append(rest[:end])
        rest = rest[end:].lstrip(" ")
    return "\n".join(lines) + ("…" if rest else "")


def finish(ax: Any, unit: str, most: float, columns: int) -> None:
    """The axis below with its unit, a light grid, and the legend above the bars."""
    ax.set_xlabel(unit, fontsize=8)
    ax.set_xlim(0, most)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.tick_params(axis="x", labelsize=7.5)
    ax.grid(axis="x", linewidth=0.3, color="#999999")
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.figure.legend(loc="outside upper left", frameon=False, ncols=columns, fontsize=7.5, columnspacing=1.2)
