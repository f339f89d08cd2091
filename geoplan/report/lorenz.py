"""Lorenz curves: which share of all access the people with least access have."""

from __future__ import annotations

from typing import Any

from geoplan.report.inequality import SAID
from geoplan.report.words import Words
from geoplan.result import Result

LINES = {"nearest": ("#2c7bb6", "--", "s"), "two_step_fca": ("#222222", "-", "o")}  # colour, line, marker


def curves(result: Result) -> dict[str, list[list[float]]]:
    """The curves that are drawn, by measure: points (share of the people, share of what they have)."""
    found = result.numbers["inequality"]
    return {name: found[name]["lorenz"] for name in SAID if found.get(name, {}).get("lorenz")}


def has_curves(result: Result) -> bool:
    """Whether any measure has a curve."""
    return bool(curves(result))


def lorenz(result: Result, canvas: Any) -> None:
    """The curve of each measure with its Gini coefficient, and the line of equality."""
    words, ax = Words.of(result), canvas.subplots()
    ax.plot([0, 1], [0, 1], color="#999999", linewidth=0.9, label=words("figure.equality"))
    for name, points in curves(result).items():
        colour, line, marker = LINES[name]
        gini = words.number(round(result.numbers["inequality"][name]["all"]["gini"], 3), "number")
        label = words("figure.lorenz_line", measure=words.column(name).title, gini=gini)
        x, y = zip(*points, strict=True)
        ax.plot(x, y, line, color=colour, marker=marker, markersize=3, markevery=2, linewidth=1.2, label=label)
    for axis, title in ((ax.xaxis, "figure.lorenz_people"), (ax.yaxis, "figure.lorenz_share")):
        axis.set_major_formatter(lambda v, _: f"{v:.0%}")
        axis.set_label_text(words(title))
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    ax.set_aspect("equal")
    ax.grid(linewidth=0.3, color="#999999")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False, fontsize=8)
