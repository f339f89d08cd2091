"""Grades: classes of a number by its size, with the labels of a legend."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.errors import Text
from geoplan.map.overlay import NOT_DRAWN, Class
from geoplan.map.palette import UNKNOWN
from geoplan.map.words import word


def grades(
    values: Any, breaks: Sequence[float], ramp: Sequence[str], missing: Text | None = None, scale: float = 1.0
) -> tuple[npt.NDArray[np.uint8], tuple[Class, ...]]:
    """The class of each value, and the classes: at most the first break, …, more than the last.

    Missing values get a class of their own called `missing`, or are not drawn. `scale` multiplies the breaks in the labels.

    >>> of, classes = grades([1.0, 5.0, 6.0], [5.0], ["#fff", "#000"])
    >>> of.tolist(), [c.label.en for c in classes]
    ([0, 0, 1], ['up to 5', 'more than 5'])
    """
    numbers = np.asarray(values, float)
    of = np.searchsorted(np.asarray(breaks), numbers, side="left").astype(np.uint8)
    texts = labels(breaks, scale)
    classes = [Class(t, spread(ramp, i, len(texts)), "#ffffff", 0.5) for i, t in enumerate(texts)]
    unknown = np.isnan(numbers)
    of[unknown] = NOT_DRAWN if missing is None else len(classes)
    if missing is not None and unknown.any():
        classes.append(Class(missing, UNKNOWN, "#ffffff", 0.5))
    return of, tuple(classes)


def spread(ramp: Sequence[str], rank: int, count: int) -> str:
    """The colour of a rank among `count`, so that few classes still go from the lightest to the darkest."""
    return ramp[round(rank * (len(ramp) - 1) / max(count - 1, 1))]


def labels(breaks: Sequence[float], scale: float) -> list[Text]:
    """The legend of classes with these breaks."""
    shown = [f"{b * scale:,.10g}" for b in breaks]
    middle = [word("between", low=low, high=high) for low, high in pairwise(shown)]
    return [word("up_to", high=shown[0]), *middle, word("more_than", low=shown[-1])]


def round_breaks(values: Any, count: int) -> list[float]:
    """At most `count` rising round numbers (1, 2 or 5 times a power of ten) near the quantiles of the values above 0.

    >>> round_breaks([1, 2, 3, 4, 5, 60, 700], 3)
    [2.0, 5.0, 50.0]
    """
    numbers = np.asarray(values, float)
    numbers = numbers[np.isfinite(numbers) & (numbers > 0)]
    if not len(numbers):
        return [1.0]
    quantiles = np.quantile(numbers, np.arange(1, count + 1) / (count + 1))
    return sorted({rounded(float(q)) for q in quantiles})


def rounded(value: float) -> float:
    """The number among 1, 2, 5 times a power of ten that is nearest by ratio."""
    power = 10.0 ** np.floor(np.log10(value))
    steps = [1 * power, 2 * power, 5 * power, 10 * power]
    return float(f"{min(steps, key=lambda s: abs(np.log(value / s))):.10g}")
