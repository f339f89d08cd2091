"""Suitability: the options by their score, and what each criterion gives to it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Text
from geoplan.map.overlay import NO_TEXT, NOT_DRAWN, Class, Column, Overlay
from geoplan.map.overlays._features import column, from_table
from geoplan.map.overlays._grades import spread
from geoplan.map.overlays._options import facets, options
from geoplan.map.palette import SCORE_RAMP
from geoplan.map.words import word
from geoplan.profiles.service import Criterion
from geoplan.profiles.units import unit_text
from geoplan.result import Result


def overlay(result: Result) -> Overlay | None:
    """A circle an option that is scored, in five classes of equal number, the best darkest and on top."""
    frame = result.options.sort_index()
    table = result.suitability.reindex(frame.index)
    if "score" not in table.columns or table["score"].isna().all():
        return None
    of, classes = quantiles(table["score"])
    size = np.full(len(frame), 4.2)
    return Overlay("suitability", word("suitability"), "options", 34, options(result), classes, of, word("unit.by_quantile"),
                   tuple(rows(result, table)), size=size, facets=facets(result, frame), fanned=True)  # fmt: skip


def quantiles(scores: pd.Series) -> tuple[npt.NDArray[np.uint8], tuple[Class, ...]]:
    """The class of each score among classes of about equal number, from the lowest; fewer where scores are equal.

    >>> of, classes = quantiles(pd.Series([0.1, 0.2, 0.3, 0.4, None]))
    >>> of.tolist(), [c.label.en for c in classes]
    ([0, 1, 2, 3, 255], ['0.100–0.100', '0.200–0.200', '0.300–0.300', '0.400–0.400'])
    """
    values = scores.to_numpy(float)
    known = np.isfinite(values)
    breaks = np.unique(np.quantile(values[known], np.linspace(0, 1, len(SCORE_RAMP) + 1)[1:-1]))
    steps = np.searchsorted(breaks, values[known], side="left")
    used, rank = np.unique(steps, return_inverse=True)
    parts = [values[known][steps == step] for step in used]
    labels = [word("between", low=f"{part.min():.3f}", high=f"{part.max():.3f}") for part in parts]
    classes = tuple(Class(t, spread(SCORE_RAMP, n, len(used)), "#33413a", 0.8) for n, t in enumerate(labels))
    of = np.full(len(values), NOT_DRAWN, np.uint8)
    of[known] = rank
    return of, classes


def rows(result: Result, table: pd.DataFrame) -> list[Column]:
    """Score and rank, the part of each criterion in the score, the weight of what is not known, and the value of each criterion."""
    made = from_table(table, [("score", "number", ""), ("rank", "count", "")])
    criteria = result.service.suitability
    for criterion in criteria:
        if f"share_{criterion.id}" in table.columns:
            label = named("scored_share", criterion)
            made.append(
                column(label, table[f"share_{criterion.id}"], "number", "", SCORE_RAMP[2], f"share_{criterion.id}")
            )
    made += from_table(table, [("unknown_weight", "share", "")])
    for criterion in criteria:
        if f"value_{criterion.id}" in table.columns:
            share = criterion.unit == "share"
            unit = NO_TEXT if share else unit_text(criterion.unit)
            values = list(table[f"value_{criterion.id}"])
            made.append(
                Column(
                    named("scored_value", criterion),
                    values,
                    "share" if share else "amount",
                    unit,
                    name=f"value_{criterion.id}",
                )
            )
    return made


def named(key: str, criterion: Criterion) -> Text:
    """A message about a criterion."""
    return Text(word(key, name=criterion.title.en).en, word(key, name=criterion.title.zh).zh)
