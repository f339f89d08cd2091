"""The smallest service radius on foot within which a residential area has a facility."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.map.overlay import NOT_DRAWN, Class, Column, Overlay
from geoplan.map.overlays._features import areas, column
from geoplan.map.palette import NEAR_RAMP
from geoplan.map.words import word
from geoplan.result import Result


def overlay(result: Result) -> Overlay | None:
    """Within 300, 500, 1,000 m … of the service's reaches, or beyond all of them."""
    frame = result.demand.sort_index()
    reaches = sorted(int(c[9:]) for c in frame.columns if c.startswith("coverage_") and c[9:].isdigit())
    if not reaches:
        return None
    inside = np.column_stack([frame[f"coverage_{r}"].to_numpy(float) for r in reaches])
    of = np.where((inside > 0).any(axis=1), (inside > 0).argmax(axis=1), len(reaches)).astype(np.uint8)
    of[np.isnan(inside).any(axis=1)] = NOT_DRAWN
    colours = [NEAR_RAMP[min(i, len(NEAR_RAMP) - 1)] for i in range(len(reaches))]
    classes = [Class(word("within", reach=f"{r:,}"), c, "#ffffff", 0.5) for r, c in zip(reaches, colours, strict=True)]
    classes.append(Class(word("beyond", reach=f"{reaches[-1]:,}"), "#d8b2a4", "#ffffff", 0.5))
    told = frame if result.plan is not None else frame.filter(regex="^(?!coverage_.*_after$)")
    columns = tuple(c for r in reaches for c in rows(told, r))
    return Overlay(
        "coverage", word("coverage"), "indicator", 12, areas(result), tuple(classes), of, word("unit.on_foot"), columns
    )


def rows(frame: pd.DataFrame, reach: int) -> list[Column]:
    """Covered now, and with the plan where the result tells."""
    made = [
        column(word("within", reach=f"{reach:,}"), flags(frame[f"coverage_{reach}"]), "flag", name=f"coverage_{reach}")
    ]
    after = f"coverage_{reach}_after"
    if after in frame.columns:
        made.append(column(word("within_after", reach=f"{reach:,}"), flags(frame[after]), "flag", name=after))
    return made


def flags(values: pd.Series) -> list[bool | None]:
    """1 and 0 as yes and no; missing stays missing."""
    return [None if pd.isna(v) else bool(v) for v in values]
