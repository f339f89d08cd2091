"""The figures of the report, drawn once for each result and shared by the writers; they read in black and white too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import BytesIO
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from geoplan.report.bars import has_refusals, has_scores, refusal_bars, suitability_bars
from geoplan.report.charts import has_years, tidy, year_lines
from geoplan.report.fonts import SANS, drawable, font_files
from geoplan.report.fronts import front_lines, has_front
from geoplan.report.gantt import gantt, has_phases
from geoplan.report.lorenz import has_curves, lorenz
from geoplan.report.losses import has_losses, loss_bars
from geoplan.report.maps import gap_map, plan_map
from geoplan.report.model import Figure
from geoplan.report.palette import CAUSE_STYLES
from geoplan.report.pyramid import has_ages, pyramid
from geoplan.report.tables import UNSERVED, cause_title
from geoplan.report.words import Words
from geoplan.result import Result

DPI = 200
FEWEST_BARS = 6  # for which there is room at least
STYLE: dict[Any, Any] = {
    "font.family": SANS,
    "font.size": 9,
    "axes.unicode_minus": False,
    "text.parse_math": False,
}
_drawn: WeakKeyDictionary[Result, dict[str, Figure]] = WeakKeyDictionary()


class Figures(Mapping[str, Figure]):
    """The figures that a result can have, by name; each is drawn when it is first asked for."""

    def __init__(self, result: Result) -> None:
        self._result, self._drawn = result, _drawn.setdefault(result, {})
        self._names = [name for name in DRAWINGS if name not in NEEDED or NEEDED[name](result)]

    def __getitem__(self, name: str) -> Figure:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._drawn:
            words, (draw, size) = Words.of(self._result), DRAWINGS[name]
            drawn = picture(partial(draw, self._result), size)
            self._drawn[name] = Figure(words(f"figure.{name}"), drawn, words(f"figure.{name}_alt"))
        return self._drawn[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def figures(result: Result) -> Figures:
    """The figures by name: gaps, plan and supply; the others where there is something to draw."""
    return Figures(result)


def picture(draw: Callable[[Any], None], size: tuple[float, float], trim: bool = True) -> bytes:
    """One figure as PNG bytes, the same bytes for the same drawing; `size` in inches, without its empty edges if it may be trimmed."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas
    from matplotlib.font_manager import fontManager

    if SANS not in fontManager.get_font_names():
        fontManager.addfont(font_files()[0])
    with mpl.rc_context(STYLE):
        canvas = Canvas(figsize=size, dpi=DPI, layout="constrained")
        FigureCanvasAgg(canvas)
        draw(canvas)
        out = BytesIO()
        canvas.savefig(out, format="png", bbox_inches="tight" if trim else None, pad_inches=0.05)
    return opaque(out)


def opaque(drawn: BytesIO) -> bytes:
    """The picture without transparency (a third smaller, and what PDF/A likes best) and without date or program."""
    from PIL import Image

    out = BytesIO()
    with Image.open(drawn) as picture:
        picture.convert("RGB").save(out, format="png", dpi=(DPI, DPI))
    return out.getvalue()


def unit_names(result: Result) -> list[str]:
    """The names of the units, as the axis shows them."""
    return [drawable(str(name)) for name in result.units["name"]]


def supply_bars(result: Result, canvas: Any) -> None:
    """Places wanted, places there are and places with the plan, by unit."""
    words, units = Words.of(result), result.units
    more = result.chosen.groupby("unit_id")["places"].sum().reindex(units.index).fillna(0.0)
    series = [("wanted", units["wanted"], "#d9d9d9", ""), ("there", units["places"], "#4d4d4d", "")]
    if len(result.chosen):
        series.append(("with_plan", units["places"] + more, "#6baed6", "///"))
    ax, at, width = canvas.subplots(), np.arange(len(units)), 0.8 / len(series)
    for i, (name, values, colour, hatch) in enumerate(series):
        x = at + (i - (len(series) - 1) / 2) * width
        ax.bar(
            x,
            values,
            width,
            label=words(f"figure.{name}"),
            color=colour,
            hatch=hatch,
            edgecolor="black",
            linewidth=0.4,
        )
    finish(ax, unit_names(result), words("figure.places_axis"))


def has_gap(result: Result) -> bool:
    """Whether anyone has no place."""
    return any(result.numbers["gap_account"][cause] for cause in UNSERVED)


def cause_bars(result: Result, canvas: Any) -> None:
    """Persons without a place by unit, stacked by cause."""
    words, ax, at = Words.of(result), canvas.subplots(), np.arange(len(result.units))
    below = np.zeros(len(at))
    for cause in UNSERVED:
        style, values = CAUSE_STYLES[cause], result.units[cause].to_numpy(float)
        bar = {"color": style.colour, "hatch": style.hatch, "edgecolor": "black", "linewidth": 0.4}
        ax.bar(at, values, 0.7, bottom=below, label=cause_title(words, cause), **bar)
        below += values
    finish(ax, unit_names(result), words("figure.people_axis"))


def finish(ax: Any, names: list[str], unit: str) -> None:
    """Axis labels, a light grid and a legend above the bars."""
    turned = len(names) > 8
    ax.set_xticks(range(len(names)), names, rotation=55 if turned else 0, ha="right" if turned else "center")
    ax.set_ylabel(unit)
    beside = max(FEWEST_BARS - len(names), 0) / 2
    ax.set_xlim(-0.6 - beside, len(names) - 0.4 + beside)  # few bars are not made broad
    tidy(ax, ncols=4, fontsize=7.5, columnspacing=1.2, borderaxespad=0.2)


DRAWINGS: dict[str, tuple[Callable[[Result, Any], None], tuple[float, float]]] = {
    "gaps": (gap_map, (6.3, 6.3)),
    "plan": (plan_map, (6.3, 6.3)),
    "supply": (supply_bars, (6.3, 3.3)),
    "causes": (cause_bars, (6.3, 3.3)),
    "years": (year_lines, (6.3, 2.9)),
    "refusals": (refusal_bars, (6.3, 4.6)),
    "suitability": (suitability_bars, (6.3, 4.9)),
    "phases": (gantt, (6.3, 3.9)),
    "losses": (loss_bars, (6.3, 4.4)),
    "pyramid": (pyramid, (6.3, 2.3)),
    "lorenz": (lorenz, (6.3, 3.2)),
    "front": (front_lines, (6.3, 3.4)),
}
NEEDED: dict[str, Callable[[Result], bool]] = {"causes": has_gap, "years": has_years, "refusals": has_refusals, "suitability": has_scores,
    "phases": has_phases, "losses": has_losses, "pyramid": has_ages, "lorenz": has_curves, "front": has_front,
}  # fmt: skip
