"""What refusing a site of the plan costs, as a table and as bars; and which options would come in its place."""

from __future__ import annotations

from typing import Any

import numpy as np

from geoplan.report import bars
from geoplan.report.fonts import drawable
from geoplan.report.model import Table
from geoplan.report.words import Words
from geoplan.result import Result

DRAWN = 20  # sites in the figure, the dearest to lose; all stand in the workbook
COLUMNS = ("option_id", "name", "unit", "lost_alone", "lost_at_least", "lost_at_most", "comes_in")


def has_losses(result: Result) -> bool:
    """Whether the study asked what each site of the plan is worth."""
    return not result.losses.empty


def losses(result: Result) -> Table:
    """Each site of the plan, the dearest to lose first; a loss is not known where no plan is left."""
    words, frame = Words.of(result), result.losses
    if frame.empty:
        return Table("losses", words("table.losses"), words.columns(*COLUMNS), ())
    frame = frame.rename_axis("option_id").reset_index()
    frame = frame.sort_values(["lost_at_most", "lost_alone", "option_id"], ascending=[False, False, True])
    names, units = result.options["name"].to_dict(), result.units["name"].to_dict()
    unit_of, comma = result.chosen["unit_id"].to_dict(), "、" if result.language == "zh" else ", "
    rows = tuple(
        (i, names.get(i), units.get(unit_of.get(i)), r["lost_alone"], known(r["lost_at_least"]), known(r["lost_at_most"]),
         comma.join(str(names.get(o, o)) for o in r["comes_in"]))
        for i, r in zip(frame["option_id"], frame.to_dict("records"), strict=True)
    )  # fmt: skip
    return Table("losses", words("table.losses"), words.columns(*COLUMNS), rows)


def known(value: float) -> float | None:
    """A loss that is a number; none where no plan is left without the site."""
    return float(value) if np.isfinite(value) else None


def loss_bars(result: Result, canvas: Any) -> None:
    """The sites dearest to lose: who loses their place if nothing replaces it, and the proven range of what is lost if the best does."""
    words, rows = Words.of(result), losses(result).rows[:DRAWN]
    ax = canvas.subplots()
    names = [str(row[1] or row[0]) for row in rows]
    bars.lying(ax, names, [np.array([row[3] for row in rows], float)], [words("figure.lost_alone")])
    for bar in ax.patches:
        bar.set_facecolor("#d9d9d9")  # so that the ranges are seen on them
    least, most = (np.array([np.nan if row[k] is None else row[k] for row in rows], float) for k in (4, 5))
    at = np.arange(len(rows))
    ax.hlines(at, least, most, colors="black", linewidth=1.6, label=drawable(words("figure.lost_range")))
    ax.plot(np.concatenate([least, most]), np.concatenate([at, at]), "|", color="black", markersize=6)
    reach = np.nanmax([*(row[3] for row in rows), *most, 1.0])
    bars.finish(ax, words("figure.people_axis"), float(reach) * 1.05, columns=2)
