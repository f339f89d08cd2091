"""What a back-test found: uptake and decay, the errors by facility, and how it says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geoplan.errors import Finding, Language, Text

Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class BackTest:
    """Uptake and decay as last year's enrolment shows them.

    `uptake`: of the people who reach a place of their band, the share who look for one; a lower bound if `lower_bound`.
    `decay_form` and `half_cost`: the weight of a facility falls by this form and halves at this cost, in `unit` ("min", "m", or ""
    as given); infinite where distance has no visible effect, NaN where it cannot be told. The intervals hold 95 % of the
    draws (None without draws). `deviance`: Poisson deviance of the chosen form, `deviances` of each form. `expected`: people by
    facility that the estimate expects, within its places; missing where the places are not known. `turned_away`: those who find
    all places within reach full. Σ expected + turned_away = uptake · reached, those of `people` who reach something.
    `error`: by facility enrolled, places, full, forecast, expected, forecast_difference (forecast − enrolled), difference
    (expected − enrolled). `measures`: accuracy (rows forecast, expected) over facilities of known enrolment, in people and shares.
    The estimate is fitted to the same year, so its accuracy says how well the model can fit, not how well it will forecast.
    """

    uptake: float
    uptake_interval: Interval | None
    lower_bound: bool
    decay_form: str
    half_cost: float
    half_cost_interval: Interval | None
    unit: str
    deviance: float
    deviances: Mapping[str, float]
    people: float
    reached: float
    turned_away: float
    expected: pd.Series
    error: pd.DataFrame
    measures: pd.DataFrame
    findings: tuple[Finding, ...]

    def plain(self, language: Language = "en") -> dict[str, Any]:
        """Everything as plain data: tables as lists of rows, findings as sentences."""
        tables = {"error": self.error.reset_index(), "measures": self.measures.reset_index()}
        rows = {name: table.to_dict("records") for name, table in tables.items()}
        scalars = {k: v for k, v in vars(self).items() if k not in {"expected", "findings", *tables}}
        return {**scalars, **rows, "findings": [f.sentence(language) for f in self.findings]}

    def summary(self, language: Language = "en") -> str:
        """The estimate and the errors in a few lines."""
        return "\n".join(line.to(language) for line in (*self._estimate(), *self._errors()))

    def _estimate(self) -> list[Text]:
        least = Text("at least ", "不低于 ") if self.lower_bound else Text("", "")
        low, high = self.uptake_interval or (np.nan, np.nan)
        between = f" ({low:.2%} – {'∞' if np.isinf(high) else f'{high:.2%}'})" if self.uptake_interval else ""
        share = f"{self.uptake:.2%}{between}"
        known = int(self.error["enrolled"].notna().sum())
        return [
            Text(
                f"uptake {least.en}{share} of {self.reached:,.0f} people who reach a place, from {known} facilities",
                f"入托意愿{least.zh}{share}（可达托位的服务对象 {self.reached:,.0f} 人；依据 {known} 处设施）",
            ),
            self._decay(),
        ]

    def _decay(self) -> Text:
        if np.isnan(self.half_cost):
            return Text("distance decay: cannot be told", "距离衰减：无法估计")
        if np.isinf(self.half_cost):
            return Text("distance decay: none visible within the limit", "距离衰减：出行上限内不明显")
        low, high = self.half_cost_interval or (np.nan, np.nan)
        between = f" ({_short(low)} – {_short(high)})" if self.half_cost_interval else ""
        half = f"{_short(self.half_cost)}{between} {self.unit}".rstrip()
        form = {"exponential": "指数", "gaussian": "高斯"}[self.decay_form]
        return Text(
            f"distance decay: {self.decay_form}, halves at {half}; deviance {self.deviance:,.1f}",
            f"距离衰减：{form}型，半衰于 {half}；偏差 {self.deviance:,.1f}",
        )

    def _errors(self) -> list[Text]:
        names = {"forecast": Text("last forecast", "上次预测"), "expected": Text("estimated again", "重新估计")}
        shown: dict[Any, Any] = self.measures[self.measures["facilities"] > 0].to_dict("index")
        text = Text(
            "{name}: off by {mean_absolute_error:,.1f} people a facility, {weighted_absolute_percentage_error:.1%} of the "
            "enrolment; bias {bias:+z.1%} ({facilities:.0f} facilities)",
            "{name}：每处平均偏差 {mean_absolute_error:,.1f} 人，占在托人数 {weighted_absolute_percentage_error:.1%}；"
            "总体偏差 {bias:+z.1%}（{facilities:.0f} 处）",
        )
        return [
            Text(text.en.format(name=name.en, **shown[row]), text.zh.format(name=name.zh, **shown[row]))
            for row, name in names.items()
            if row in shown and not (row == "expected" and self.lower_bound)  # what follows from a bound is no estimate
        ]


def _short(cost: float) -> str:
    """A cost in at most three digits, or whole."""
    if np.isinf(cost):
        return "∞"
    return f"{cost:,.0f}" if cost >= 100 else f"{cost:.3g}"


def accuracy(stated: pd.Series, enrolled: pd.Series) -> dict[str, float]:
    """How far numbers by facility are from the enrolment, over the facilities for which both are known.

    mean_absolute_error = Σ |stated − enrolled| / n (people); weighted_absolute_percentage_error = Σ |stated − enrolled| / Σ
    enrolled (a share); bias = Σ (stated − enrolled) / Σ enrolled (a share; above 0: too much was stated). NaN where nothing is known.

    >>> accuracy(pd.Series([12.0, 6.0, 9.0]), pd.Series([10.0, 10.0, np.nan]))
    {'facilities': 2, 'mean_absolute_error': 3.0, 'weighted_absolute_percentage_error': 0.3, 'bias': -0.1}
    """
    off = (stated - enrolled).dropna()
    total = float(enrolled[off.index].sum())
    return {
        "facilities": len(off),
        "mean_absolute_error": float(off.abs().mean()),
        "weighted_absolute_percentage_error": float(off.abs().sum() / total) if total else np.nan,
        "bias": float(off.sum() / total) if total else np.nan,
    }
