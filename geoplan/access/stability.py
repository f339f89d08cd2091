"""Stability: in how many variants of reach and uptake a demand point is a gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from geoplan.access.assignment import served
from geoplan.errors import UsageError
from geoplan.network.cost import CostMatrix

SHARE = 0.5
NEARLY = 1e-9


def stability(
    cost_walk: CostMatrix,
    wanted_by_level: Mapping[str, pd.DataFrame],
    capacity: pd.DataFrame,
    reaches: Sequence[float],
    *,
    share: float = SHARE,
) -> pd.DataFrame:
    """In how many variants, reaches × levels of uptake, each demand point is a gap.

    Index demand_id; columns `gap_in` (variants in which it is a gap), `variants` (in which it wants a place at all) and
    `stability` = gap_in / variants, in [0, 1], missing where it never wants one. A point is a gap in a variant if more than
    `share` of the places it wants, all age bands together, are not to be had. Each variant is an assignment of its
    own (`geoplan.access.assignment`) on the pairs of `cost_walk` within the reach, with the same `capacity` (place × band,
    the places that count; a place of `cost_walk` without a row has none). `reaches` are in the unit of `cost_walk`; the
    tables of `wanted_by_level` are demand × band in whole thousandths. Raises `UsageError` if there is no variant, a reach lies
    beyond the limit of `cost_walk`, or the share outside [0, 1); `InputError` as the assignment does.

    Source: one-at-a-time and full factorial variants, Saltelli et al. 2008, Global Sensitivity Analysis: The Primer, ch. 2.

    >>> cost = CostMatrix.from_pairs([("a", "F", 250.0), ("b", "F", 800.0)], unit="m")
    >>> wanted = {"low": pd.DataFrame({"all": [2.0, 2.0]}, ["a", "b"]), "high": pd.DataFrame({"all": [4.0, 4.0]}, ["a", "b"])}
    >>> stability(cost, wanted, pd.DataFrame({"all": [4.0]}, ["F"]), [300, 1000]).loc["b"].tolist()
    [3.0, 4.0, 0.75]
    """
    table = variants(cost_walk, wanted_by_level, capacity, reaches, share=share)
    gap_in, count = table.eq(1.0).sum(axis=1), table.notna().sum(axis=1)
    return pd.DataFrame({"gap_in": gap_in, "variants": count, "stability": gap_in / count.where(count > 0)})


def variants(
    cost_walk: CostMatrix,
    wanted_by_level: Mapping[str, pd.DataFrame],
    capacity: pd.DataFrame,
    reaches: Sequence[float],
    *,
    share: float = SHARE,
) -> pd.DataFrame:
    """1 where a demand point is a gap, 0 where it is none, missing where it wants no place: one column (reach, level) a variant.

    Arguments, rule and errors as for `stability`.

    >>> cost = CostMatrix.from_pairs([("a", "F", 250.0)], unit="m")
    >>> wanted = {"mid": pd.DataFrame({"all": [2.0]}, ["a"])}
    >>> variants(cost, wanted, pd.DataFrame({"all": [4.0]}, ["F"]), [200, 300]).to_dict("list")
    {(200, 'mid'): [1.0], (300, 'mid'): [0.0]}
    """
    if not (reaches and wanted_by_level and 0 <= share < 1):
        raise UsageError(f"stability: there must be a reach, a level and a share in [0, 1), not {share}")
    if max(reaches) > cost_walk.limit or min(reaches) < 0:
        raise UsageError(f"stability: the reaches must lie between 0 and the limit of the cost, {cost_walk.limit:g}")
    near = cost_walk.select(capacity.index)
    found = {}
    for reach in reaches:
        within = near.within(reach)
        for level, wanted in wanted_by_level.items():
            asked = wanted.sum(axis=1).to_numpy(float)
            given = served(within, wanted, capacity).sum(axis=1).to_numpy(float)
            is_gap = asked - given > share * asked + NEARLY
            found[reach, level] = pd.Series(np.where(asked > 0, is_gap, np.nan), wanted.index)
    table = pd.DataFrame(found).reindex(cost_walk.demand_ids)
    table.columns.names = ["reach", "level"]
    return table
