"""Suitability: options scored by weighted criteria, and how far the ranking hangs on the weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import UsageError
from geoplan.profiles.service import Criterion

PARTS = 1_000_000_000  # shares are whole billionths, so that they add up to the score and ranks do not hang on rounding
Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


def suitability(values: pd.DataFrame, criteria: Sequence[Criterion]) -> pd.DataFrame:
    """The score of each option: the weighted mean of its criteria, each between 0 (worst) and 1 (best).

    s_i = (value_i − worst_i) / (best_i − worst_i), clipped to [0, 1], and 0 where the value is not known;
    share_i = w_i / Σw × s_i in whole billionths; score = Σ share_i (as printed sums: within 1e-12). `values` has a row an option
    and a column a criterion, in its unit. Returned on the index of `values`: score, rank (1 is best, none twice: equal scores
    in the order of the ids), unknown_weight (the share of the weight whose values are not known), value_<id> and share_<id>.
    Without criteria there is nothing to score: an empty table.

    Raises `UsageError` for a weight that is negative or not finite, weights that are all 0, a criterion whose worst is its best,
    and a criterion that `values` has no column for.

    >>> from geoplan.errors import Text
    >>> from geoplan.profiles.standard import Standard
    >>> weight = Standard("w", Text("", ""), 2.0, "", "", Text("", ""), "", "local")
    >>> need, cost = (Criterion(i, Text(i, i), weight, w, b, "") for i, w, b in (("need", 0, 40), ("cost", 30000, 10000)))
    >>> values = pd.DataFrame({"need": [20, 40], "cost": [10000, None]}, index=["a", "b"])
    >>> suitability(values, [need, cost])[["score", "rank", "unknown_weight"]].values.tolist()
    [[0.75, 1.0, 0.0], [0.5, 2.0, 0.5]]
    """
    _check(values, criteria, "")
    if not criteria:
        return pd.DataFrame({c: pd.Series(dtype=float) for c in ("score", "rank", "unknown_weight")})
    weights = _weights(criteria)
    given = values[[c.id for c in criteria]].astype(float)
    shares = _shares(_scaled(given, criteria), weights)
    score = shares.sum(axis=1)
    table = pd.DataFrame({"score": score / PARTS, "rank": _ranks(score, _by_id(values.index))}, index=values.index)
    table["unknown_weight"] = given.isna().to_numpy() @ (weights / weights.sum())
    return table.join(given.add_prefix("value_")).assign(
        **{f"share_{c.id}": shares[:, n] / PARTS for n, c in enumerate(criteria)}
    )


def sensitivity(table: pd.DataFrame, criteria: Sequence[Criterion], top: int = 20, change: float = 0.5) -> pd.DataFrame:
    """How the ranking answers to the weights: times_in_top, variants, best_rank and worst_rank of each option.

    The variants, beside the weights as they are: each weight × (1 + change) and × (1 − change) and left out, one at a time, and all
    equal. A weight of 0 is not varied; a single weight cannot be. `table` is that of `suitability`; `top` is how many count
    as the top. best_rank and worst_rank are over the variants and the weights as they are. Raises `UsageError` for a top below 1, a
    change outside (0, 1), and what `suitability` refuses.

    >>> from geoplan.errors import Text
    >>> from geoplan.profiles.standard import Standard
    >>> weight = Standard("w", Text("", ""), 1.0, "", "", Text("", ""), "", "local")
    >>> need, cost = (Criterion(i, Text(i, i), weight, 0, 1, "") for i in ("need", "cost"))
    >>> table = suitability(pd.DataFrame({"need": [1.0, 0.4], "cost": [0.0, 0.5]}, index=["a", "b"]), [need, cost])
    >>> sensitivity(table, [need, cost], top=1).loc["a"].to_dict()
    {'times_in_top': 4, 'variants': 7, 'best_rank': 1, 'worst_rank': 2}
    """
    if top < 1 or not 0 < change < 1:
        raise UsageError(f"sensitivity: top must be at least 1 and change between 0 and 1, not {top} and {change}")
    _check(table, criteria, "value_")
    ranks = _variant_ranks(table, criteria, change)
    over = np.column_stack([table["rank"].to_numpy(np.int64), ranks])
    columns = {
        "times_in_top": (ranks <= top).sum(axis=1),
        "variants": ranks.shape[1],
        "best_rank": over.min(axis=1),
        "worst_rank": over.max(axis=1),
    }
    return pd.DataFrame(columns, index=table.index)


def stable(table: pd.DataFrame, tested: pd.DataFrame, top: int = 20) -> list[str]:
    """The options among the first `top` that stay there in every variant, in the order of their rank.

    `table` is that of `suitability`, `tested` that of `sensitivity` with the same `top`.

    >>> table = pd.DataFrame({"rank": [2, 1, 3]}, index=["a", "b", "c"])
    >>> stable(table, pd.DataFrame({"times_in_top": [7, 6, 7], "variants": 7}, index=["a", "b", "c"]), top=2)
    ['a']
    """
    stays = tested["times_in_top"].eq(tested["variants"]).reindex(table.index)
    kept = table.loc[stays & table["rank"].le(top), "rank"]
    return list(map(str, kept.sort_values().index))


def _check(table: pd.DataFrame, criteria: Sequence[Criterion], prefix: str) -> None:
    wrong = [f"{c.id} has weight {c.weight.value}" for c in criteria if not 0 <= c.weight.value < np.inf]
    wrong += [f"{c.id} has worst and best {c.best}" for c in criteria if not abs(c.best - c.worst) > 0]
    wrong += [f"no value of {c.id}" for c in criteria if prefix + c.id not in table]
    if criteria and not wrong and not any(c.weight.value > 0 for c in criteria):
        wrong = ["all weights are 0"]
    if wrong:
        raise UsageError(f"suitability: {'; '.join(wrong[:5])}")


def _weights(criteria: Sequence[Criterion]) -> Numbers:
    return np.array([c.weight.value for c in criteria], dtype=float)


def _scaled(given: pd.DataFrame, criteria: Sequence[Criterion]) -> Numbers:
    """The values between worst (0) and best (1); 0 where they are not known."""
    worst, best = (np.array([getattr(c, end) for c in criteria], dtype=float) for end in ("worst", "best"))
    part: Numbers = np.clip((given.to_numpy(float) - worst) / (best - worst), 0.0, 1.0)
    return np.nan_to_num(part, nan=0.0)


def _shares(scaled: Numbers, weights: Numbers) -> Whole:
    shares: Whole = np.rint(scaled * (weights / weights.sum()) * PARTS).astype(np.int64)
    return shares


def _by_id(index: pd.Index) -> Whole:
    """The place of each id in their order as text."""
    place = np.empty(len(index), np.int64)
    place[np.argsort(index.astype(str).to_numpy(), kind="stable")] = np.arange(len(index))
    return place


def _ranks(score: Whole, by_id: Whole) -> Whole:
    """1 for the highest score; equal scores in the order of the ids."""
    rank = np.empty(len(score), np.int64)
    rank[np.lexsort((by_id, -score))] = np.arange(1, len(score) + 1)
    return rank


def _variants(weights: Numbers, change: float) -> Iterator[Numbers]:
    """Each weight raised, lowered and left out, then all equal; those that are 0 stay 0."""
    used = np.flatnonzero(weights)
    for n in used if len(used) > 1 else ():
        for factor in (1 + change, 1 - change, 0.0):
            yield np.where(np.arange(len(weights)) == n, weights * factor, weights)
    yield (weights > 0).astype(float)


def _variant_ranks(table: pd.DataFrame, criteria: Sequence[Criterion], change: float) -> Whole:
    """The rank of each option (rows) in each variant of the weights (columns)."""
    if not criteria:
        return np.empty((len(table), 0), np.int64)
    scaled = _scaled(table[[f"value_{c.id}" for c in criteria]], criteria)
    by_id = _by_id(table.index)
    each = [_ranks(_shares(scaled, w).sum(axis=1), by_id) for w in _variants(_weights(criteria), change)]
    return np.column_stack(each)
