"""Equity: how unevenly access is shared, among people and among units.

Every function takes `values` (one a demand point) and `people` (persons there): a point stands for its people, each with
the same value. Raises `UsageError` if labels differ, or a value or a number of people is missing or negative. NaN where
there are no people, or nothing to share.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import CheckFailed, UsageError

Values = npt.NDArray[np.float64]
Sense = Literal["good", "bad"]

EPSILON: dict[Sense, float] = {
    "good": 0.5,
    "bad": -0.5,
}  # a moderate aversion to inequality; a choice, so it is printed
COLUMNS = ("people", "unknown", "mean", "gini", "palma", "theil", "ede", "kolm_pollak")


def lorenz(values: pd.Series, people: pd.Series) -> pd.DataFrame:
    """The Lorenz curve: columns `people` and `share`, both cumulated from 0 to 1, one row a distinct value from the lowest up.

    share_k = Σ_{i<=k} w_i x_i / Σ w x over the values in rising order. It is convex and never above the diagonal. Without
    people or anything to share, no row. Source: Lorenz 1905, Publications of the American Statistical Association 9(70).

    >>> lorenz(pd.Series({"a": 0.0, "b": 1.0}), pd.Series({"a": 50, "b": 50})).values.tolist()
    [[0.0, 0.0], [0.5, 0.0], [1.0, 1.0]]
    """
    share, held = _curve(*_checked("lorenz", values, people))
    return pd.DataFrame({"people": share, "share": held})


def gini(values: pd.Series, weight: pd.Series) -> float:
    """The Gini coefficient of `values` among people (`weight`): 0 if equal, towards 1 if one has all.

    G = 1 − Σ (F_k − F_{k−1}) (L_k + L_{k−1}) over the Lorenz curve L, F the share of people. It does not change if all
    values are scaled. Source: Gini 1912; the form for groups is Brown 1994, Social Science & Medicine 38(9).

    >>> gini(pd.Series({"a": 0.0, "b": 1.0}), pd.Series({"a": 50, "b": 50}))
    0.5
    """
    return _gini(*_checked("gini", values, weight))


def palma(values: pd.Series, people: pd.Series) -> float:
    """The Palma ratio: what the tenth of people with most has, over what the 40 % with least have.

    (1 − L(0.9)) / L(0.4) on the Lorenz curve L, which is straight within a point. It is ¼ if all have the same, and NaN
    where the 40 % have nothing. Source: Palma 2011, Development and Change 42(1).

    >>> round(palma(pd.Series({"a": 1.0, "b": 3.0}), pd.Series({"a": 60, "b": 40})), 6)
    0.75
    """
    return _palma(*_checked("palma", values, people))


def theil(values: pd.Series, people: pd.Series) -> float:
    """Theil's T = Σ w_i / W · x_i / μ · ln(x_i / μ), μ the mean: 0 if equal, ln(W / w) if the people w have all.

    0 · ln 0 is 0. It does not change if all values are scaled. Source: Theil 1967, Economics and Information Theory.

    >>> round(theil(pd.Series({"a": 0.0, "b": 1.0}), pd.Series({"a": 50, "b": 50})), 6)
    0.693147
    """
    return _theil(*_checked("theil", values, people))


def theil_by_group(values: pd.Series, people: pd.Series, group: pd.Series) -> dict[str, float]:
    """Theil's T of the whole, split into what lies between groups and within them: total = between + within.

    between = Σ_g s_g ln(μ_g / μ), within = Σ_g s_g T_g, where s_g is the group's share of the whole sum, μ_g its mean.
    Points in no group (missing) make a group of their own. Raises `CheckFailed` if the parts do not add up.
    Source: Shorrocks 1980, Econometrica 48(3).

    >>> ids = ["a", "b", "c"]
    >>> parts = theil_by_group(pd.Series([1, 1, 4], ids), pd.Series([1, 1, 1], ids), pd.Series(["U", "U", "V"], ids))
    >>> parts["within"], parts["total"] == parts["between"]
    (0.0, True)
    """
    _same_labels(values, group)
    value, weight = _checked("theil_by_group", values, people)
    mean, whole = _mean(value, weight), float(weight @ value)
    between = within = 0.0
    for rows in _groups(group.reindex(values.index)).values():
        own = _mean(value[rows], weight[rows])
        share = float(weight[rows] @ value[rows]) / whole if whole > 0 else 0.0
        if share > 0:
            between += share * math.log(own / mean)
            within += share * _theil(value[rows], weight[rows])
    total = _theil(value, weight)
    if np.isnan(total):
        return dict.fromkeys(("total", "between", "within"), total)
    if abs(total - between - within) > 1e-9 * max(1.0, total):
        raise CheckFailed(f"theil_by_group: {between} between and {within} within do not make {total}")
    return {"total": total, "between": between, "within": within}


def concentration(values: pd.Series, people: pd.Series, rank_by: pd.Series) -> float:
    """The concentration index: who has most, ranked by another variable such as income. Range: −1 to 1.

    C = 2 cov(x, R) / μ, R the mid-rank of a person in the order of `rank_by` (the same for ties). Below 0 if those who
    rank low have more, above 0 if those who rank high do; ranked by the values themselves it is Gini.
    Source: Kakwani, Wagstaff & van Doorslaer 1997, Journal of Econometrics 77(1).

    >>> ids = ["poor", "rich"]
    >>> concentration(pd.Series([0.0, 1.0], ids), pd.Series([50, 50], ids), pd.Series([900, 4000], ids))
    0.5
    """
    _same_labels(values, rank_by)
    value, weight = _checked("concentration", values, people)
    order = rank_by.reindex(values.index).to_numpy(float)
    if not np.isfinite(order).all():
        raise UsageError("concentration: rank_by must be finite")
    total, mean = weight.sum(), _mean(value, weight)
    if not mean > 0:
        return float("nan")
    tie = np.unique(order, return_inverse=True)[1]
    size = np.bincount(tie, weight)
    rank = ((np.cumsum(size) - size / 2) / total)[tie]
    return float(2 * (weight @ ((value - mean) * (rank - 0.5))) / total / mean)


def kappa(values: pd.Series, people: pd.Series, epsilon: float) -> float:
    """The Kolm-Pollak parameter that stands for an aversion `epsilon`: κ = ε Σ w x / Σ w x²; below 0 for a bad.

    Taken from the whole, it is the one by which its groups are compared. Source: Logan et al. 2021, see `ede`.

    >>> kappa(pd.Series({"a": 100.0, "b": 100.0}), pd.Series({"a": 1, "b": 1}), -0.5)
    -0.005
    """
    value, weight = _checked("kappa", values, people)
    squares = weight @ value**2
    return float(epsilon * (weight @ value) / squares) if squares > 0 else float("nan")


def ede(values: pd.Series, people: pd.Series, kappa: float) -> float:
    """The Kolm-Pollak equally-distributed equivalent: the value that is as good, had everybody the same.

    EDE = −(1 / κ) ln(Σ w_i exp(−κ x_i) / Σ w_i), in the unit of the values; κ > 0 for a good such as access (EDE <= mean),
    κ < 0 for a bad such as distance (EDE >= mean). |EDE − mean| is the Kolm-Pollak index: what inequality costs a person.
    It does not change if a constant is added to all. Raises `UsageError` if `kappa` is 0 or not finite. Source: Logan,
    Anderson, Williams & Conrow 2021, Computers, Environment and Urban Systems 86, 101590.

    >>> homes = pd.Series({"a": 100.0, "b": 900.0}), pd.Series({"a": 50, "b": 50})
    >>> round(ede(*homes, kappa=-0.001), 1)
    578.0
    """
    if not (np.isfinite(kappa) and kappa != 0):
        raise UsageError(f"ede: kappa must be finite and not 0, not {kappa}")
    return _ede(*_checked("ede", values, people), kappa)


def inequality(
    values: pd.Series,
    people: pd.Series,
    group: pd.Series | None = None,
    *,
    sense: Sense = "good",
    epsilon: float | None = None,
) -> pd.DataFrame:
    """All of it in one table: a row for the whole (`all`), then one for each group in order, if `group` is given.

    Columns: people (with a known value) and unknown (people whose value is missing, who are left out), mean, gini, palma,
    theil, ede and kolm_pollak (= |ede − mean|). `sense` says whether more is better (good) or worse (bad); `epsilon` is
    the aversion to inequality for κ, ½ by default (−½ for a bad); κ is that of the whole for all groups, and stands in
    `attrs`. Where all have 0 the shares are unknown (NaN) and the equivalent is 0.

    >>> ids = ["a", "b", "c"]
    >>> table = inequality(pd.Series([100.0, 900.0, None], ids), pd.Series([5, 5, 2], ids), sense="bad")
    >>> table[["people", "unknown", "mean", "gini"]].round(6).values.tolist()
    [[10.0, 2.0, 500.0, 0.4]]
    """
    if sense not in EPSILON:
        raise UsageError(f"inequality: sense must be good or bad, not {sense!r}")
    epsilon = EPSILON[sense] if epsilon is None else epsilon
    if not np.isfinite(epsilon) or epsilon * EPSILON[sense] <= 0:
        raise UsageError(f"inequality: epsilon must be {'above' if sense == 'good' else 'below'} 0, not {epsilon}")
    _same_labels(values, people)
    parts: dict[object, npt.NDArray[np.intp]] = {"all": np.arange(len(values))}
    if group is not None:
        _same_labels(values, group)
        if "all" in set(group.dropna()):
            raise UsageError("inequality: a group is called 'all', which is the name of the row for the whole")
        parts |= {label: rows for label, rows in _groups(group.reindex(values.index)).items() if label is not None}
    known = values.notna()
    factor = kappa(values[known], people[known.reindex(people.index)], epsilon)
    value, weight = values.to_numpy(float), people.reindex(values.index).to_numpy(float)
    rows = [_row(value[part], weight[part], factor) for part in parts.values()]
    table = pd.DataFrame(rows, columns=list(COLUMNS), index=pd.Index(list(parts), name="group", dtype=object))
    table.attrs.update(kappa=factor, epsilon=epsilon, sense=sense)
    return table


def share_by_unit(flag: pd.Series, weight: pd.Series, group: pd.Series) -> pd.Series:
    """The share of people (`weight`) for whom `flag` holds (1 or 0), by group, in order of the groups.

    share_g = Σ w_i flag_i / Σ w_i over i in g; NaN for a group without people. Points that are in no group
    (missing) are left out. Raises `UsageError` if labels differ or a flag or weight is missing.

    >>> ids = ["a", "b", "c"]
    >>> flag, weight = pd.Series([1, 0, 1], ids), pd.Series([30, 10, 5], ids)
    >>> share_by_unit(flag, weight, pd.Series(["U1", "U1", "U2"], ids)).to_dict()
    {'U1': 0.75, 'U2': 1.0}
    """
    _same_labels(flag, weight)
    _same_labels(flag, group)
    people = weight.reindex(flag.index).astype(float)
    if flag.isna().any() or people.isna().any():
        raise UsageError("share_by_unit: a flag or weight is missing")
    unit = group.reindex(flag.index)
    total = people.groupby(unit).sum().sort_index()
    held = (people * flag.astype(float)).groupby(unit).sum().sort_index()
    return (held / total.where(total > 0)).rename("share")


def _row(value: Values, weight: Values, factor: float) -> tuple[float, ...]:
    """The columns of `inequality` for some points."""
    known = ~np.isnan(value)
    unknown, value, weight = weight[~known].sum(), value[known], weight[known]
    mean = _mean(value, weight)
    equivalent = mean if mean == 0 or np.isnan(mean) or np.isnan(factor) else _ede(value, weight, factor)
    measures = _gini(value, weight), _palma(value, weight), _theil(value, weight)
    return float(weight.sum()), float(unknown), mean, *measures, equivalent, abs(equivalent - mean)


def _mean(value: Values, weight: Values) -> float:
    return float(weight @ value / weight.sum()) if weight.sum() > 0 else float("nan")


def _curve(value: Values, weight: Values) -> tuple[Values, Values]:
    """The Lorenz curve as cumulated shares of people and of values; empty where there is nothing to share."""
    if not weight @ value > 0:
        return np.empty(0), np.empty(0)
    rising, at = np.unique(value, return_inverse=True)
    size = np.bincount(at, weight)
    people, held = np.cumsum(size), np.cumsum(size * rising)
    return np.append(0.0, people / people[-1]), np.append(0.0, held / held[-1])


def _gini(value: Values, weight: Values) -> float:
    share, held = _curve(value, weight)
    if not len(share):
        return float("nan")
    return float(np.clip(1.0 - np.sum(np.diff(share) * (held[1:] + held[:-1])), 0.0, 1.0))


def _palma(value: Values, weight: Values) -> float:
    share, held = _curve(value, weight)
    if not len(share):
        return float("nan")
    least, most = np.interp([0.4, 0.9], share, held)
    return float((1.0 - most) / least) if least > 0 else float("nan")


def _theil(value: Values, weight: Values) -> float:
    mean = _mean(value, weight)
    if not mean > 0:
        return float("nan")
    part = value / mean
    logarithm = np.log(part, out=np.zeros(len(part)), where=part > 0)
    return max(float(weight @ (part * logarithm) / weight.sum()), 0.0)  # rounding alone can make it less than 0


def _ede(value: Values, weight: Values, factor: float) -> float:
    if not weight.sum() > 0:
        return float("nan")
    exponent = -factor * value[weight > 0]
    top = exponent.max()  # taken out of the sum, so that no power overflows
    return float(-(top + np.log(weight[weight > 0] @ np.exp(exponent - top) / weight.sum())) / factor)


def _groups(group: pd.Series) -> dict[object, npt.NDArray[np.intp]]:
    """The rows of each group, in order of the groups; those of no group under None, last."""
    rows = {label: np.asarray(found) for label, found in group.groupby(group, sort=True).indices.items()}
    lost = np.flatnonzero(group.isna().to_numpy())
    return rows | ({None: lost} if len(lost) else {})


def _checked(name: str, values: pd.Series, people: pd.Series) -> tuple[Values, Values]:
    """Both as arrays in one order."""
    _same_labels(values, people)
    value, weight = values.to_numpy(float), people.reindex(values.index).to_numpy(float)
    if not all((np.isfinite(v) & (v >= 0)).all() for v in (value, weight)):
        raise UsageError(f"{name}: values and people must be finite and not negative")
    return value, weight


def _same_labels(first: pd.Series, second: pd.Series) -> None:
    if not (first.index.is_unique and second.index.is_unique and set(first.index) == set(second.index)):
        other = sorted(map(str, set(first.index) ^ set(second.index)))[:5]
        raise UsageError(f"labels differ or stand more than once: {', '.join(other)}")
