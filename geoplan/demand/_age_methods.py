"""Ways to split bands of ages into single years, by name; every one keeps the total of each band (before negatives are mended)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from geoplan.demand._age_columns import AgeValues, Part, Values
from geoplan.errors import Finding, InputError, Text

FIVE_YEARS = [(0, 4), (5, 9), (10, 14), (15, 19)]
# the end panels of Sprague's multipliers: row = age 0 … 9, column = five-year band (Shryock & Siegel 1976, table C-11)
SPRAGUE = np.array(
    [
        [0.3616, -0.2768, 0.1488, -0.0336],
        [0.2640, -0.0960, 0.0400, -0.0080],
        [0.1840, 0.0400, -0.0320, 0.0080],
        [0.1200, 0.1360, -0.0720, 0.0160],
        [0.0704, 0.1968, -0.0848, 0.0176],
        [0.0336, 0.2272, -0.0752, 0.0144],
        [0.0080, 0.2320, -0.0480, 0.0080],
        [-0.0080, 0.2160, -0.0080, 0.0000],
        [-0.0160, 0.1840, 0.0400, -0.0080],
        [-0.0176, 0.1408, 0.0912, -0.0144],
    ]
)


@dataclass(frozen=True)
class Method:
    """A way to split bands: `split` gives people, shape (rows, years from 0); `fits` says for which parts it can be used."""

    split: Callable[[AgeValues], Values]
    fits: Callable[[Sequence[Part]], bool]
    rule: Text


def flat(values: AgeValues) -> Values:
    """Every year of a band has the same number of people."""
    return np.repeat(values.totals / [p.count for p in values.parts], [p.count for p in values.parts], axis=1)


def linear(values: AgeValues) -> Values:
    """The years of a band stand on a straight line on from the year before it."""
    years = np.zeros((len(values.totals), values.parts[-1].last + 1))
    for total, part in zip(values.totals.T, values.parts, strict=True):
        if part.count == 1:
            years[:, part.first] = total
            continue
        before, n = np.clip(years[:, part.first - 1], 0, None), part.count
        step = (total - n * before) / (n * (n + 1) / 2)
        years[:, part.years] = before[:, None] + step[:, None] * np.arange(1, n + 1)
    return years


def sprague(values: AgeValues) -> Values:
    """The years 0 … 9 by Sprague's multipliers from the first four five-year bands."""
    years: Values = values.totals[:, :4] @ SPRAGUE.T
    return years


def smooth(values: AgeValues) -> Values:
    """The years with the least sum of squared steps that keep every band's total: a linear map of the totals."""
    years, bands = values.parts[-1].last + 1, len(values.parts)
    steps = np.diff(np.eye(years), axis=0)
    belongs = np.zeros((bands, years))
    for row, part in enumerate(values.parts):
        belongs[row, part.years] = 1
    # the conditions of the minimum, with a multiplier for each band's total
    system = np.block([[2 * steps.T @ steps, belongs.T], [belongs, np.zeros((bands, bands))]])
    wanted = np.vstack([np.zeros((years, bands)), np.eye(bands)])
    return values.totals @ np.linalg.solve(system, wanted)[:years].T


METHODS = {
    "single": Method(
        flat, lambda parts: all(p.count == 1 for p in parts), Text("single years as given", "采用给出的分岁人口")
    ),
    "flat": Method(
        flat,
        lambda _: True,
        Text("estimate: every year of a census band is equally large", "估计：普查年龄段内各岁人口相等"),
    ),
    "linear": Method(
        linear,
        lambda parts: parts[0].count == 1,
        Text(
            "estimate: the years of a census band lie on a straight line on from the year before, the band's total kept",
            "估计：普查年龄段内各岁人口自前一岁起按直线变化，年龄段合计不变",
        ),
    ),
    "sprague": Method(
        sprague,
        lambda parts: [(p.first, p.last) for p in parts[:4]] == FIVE_YEARS,
        Text(
            "estimate: Sprague's multipliers on five-year bands, their totals kept",
            "估计：五岁组按斯普拉格系数分解，合计不变",
        ),
    ),
    "smooth": Method(
        smooth,
        lambda _: True,
        Text(
            "estimate: the smoothest single years that keep every band's total",
            "估计：保持各年龄段合计的最平滑分岁人口",
        ),
    ),
}


def choose(method: str | None, parts: Sequence[Part]) -> str:
    """The method asked for, or the one that the parts allow; raises `InputError` if it is not known or does not fit."""
    fitting = [name for name in ("linear", "sprague", "smooth", "flat") if METHODS[name].fits(parts)]
    if method is None:
        return fitting[0]
    if method in fitting:
        return method
    problem = Text(
        "this way to estimate single years is not known or does not fit the ages given",
        "没有该分岁估计方法，或不适用于所给年龄段",
    )
    advice = Text(f"use {', '.join(fitting)}", f"可用：{'、'.join(fitting)}")
    raise InputError(Finding("GP-D023", "", "demand.ages", problem, advice, method))
