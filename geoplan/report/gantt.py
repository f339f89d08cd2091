"""The plan as bars over the years: when the options of each kind are prepared, and from when on they serve."""

from __future__ import annotations

from typing import Any

import numpy as np

from geoplan.report import bars
from geoplan.report.tables import phases
from geoplan.report.words import Words, option_kind
from geoplan.result import Result


def has_phases(result: Result) -> bool:
    """Whether a plan opens options in more than one year."""
    return bool(len(result.chosen)) and phases(result).nunique() > 1


def gantt(result: Result, canvas: Any) -> None:
    """One bar for the options of a kind that open in a phase: hatched while they are prepared (the longest lead time), then solid."""
    words, frame = Words.of(result), result.chosen.assign(opens=phases(result).astype(int))
    groups = frame.groupby(["opens", "kind"])
    rows = [
        (opens, opens - float(own["lead_time_years"].max(skipna=True)), f"{option_kind(result, kind)} × {len(own)}")
        for (opens, kind), own in groups
    ]
    last = max(opens for opens, *_ in rows) + 2
    starts = np.array([opens if np.isnan(start) else start for opens, start, _ in rows], float)
    opens = np.array([row[0] for row in rows], float)
    ax = canvas.subplots()
    bars.lying(ax, [row[2] for row in rows], [opens - starts, last - opens],
               [words("figure.prepared"), words("figure.serving")], start=starts)  # fmt: skip
    bars.finish(ax, "", last, columns=2)
    ax.set_xlim(min(float(starts.min()), float(opens.min()) - 1), last)
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.xaxis.get_major_locator().set_params(integer=True)
