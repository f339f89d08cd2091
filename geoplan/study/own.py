"""Own: a facility that stands in a demand point, such as a room in a public place, is no way off from there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from geoplan.errors import Finding, Text
from geoplan.network.cost import CostMatrix


def with_own(cost: CostMatrix, facilities: pd.DataFrame, column: str | None) -> CostMatrix:
    """The costs with 0 between a facility and the demand point that its `column` names, whatever the way along the streets.

    A point and a facility in one building may each stand far from the street: there and back would be counted twice. A demand point
    with a facility of its own is reached though it joins no street. Without a column, or where it names no demand point, nothing changes.

    >>> streets = CostMatrix.from_pairs([("a", "F", 120.0), ("b", "F", 80.0)], unit="m", limit=150)
    >>> with_own(streets, pd.DataFrame({"place_id": ["a"]}, index=["F"]), "place_id").to_frame()["cost"].tolist()
    [0.0, 80.0]
    """
    if column is None or column not in facilities.columns:
        return cost
    inside = facilities.index[facilities.index.isin(cost.place_ids)]
    place = cost.place_ids.get_indexer(inside)
    point = cost.demand_ids.get_indexer(pd.Index(facilities.loc[inside, column].astype(object)))
    place, point = place[point >= 0], point[point >= 0]
    size = len(cost.demand_ids)
    kept = ~np.isin(cost.place * size + cost.demand, place.astype(np.int64) * size + point)
    return CostMatrix.from_arrays(
        cost.demand_ids,
        cost.place_ids,
        np.concatenate([cost.demand[kept], point]),
        np.concatenate([cost.place[kept], place]),
        np.concatenate([cost.cost[kept], np.zeros(len(point), cost.cost.dtype)]),
        unit=cost.unit,
        scale=cost.scale,
        limit=cost.limit,
        unjoined=cost.unjoined[~cost.unjoined.isin(cost.demand_ids[point])],
        unjoined_places=cost.unjoined_places,
    )


def strangers(facilities: pd.DataFrame, demand: pd.DataFrame, column: str | None) -> Iterator[Finding]:
    """A note on the facilities that name a demand point which the layer does not hold."""
    if column is None or column not in facilities.columns:
        return
    named = facilities[column].dropna()
    lost = named[~named.isin(demand.index)]
    if len(lost):
        problem = Text("these stand in a place that the layer of places does not hold", "所在场所不在场所图层中")
        advice = Text("check the id; they are reached along the streets only", "请核对场所编号；现仅按路网可达计")
        shown = ", ".join(map(str, lost[:5]))
        yield Finding("GP-S028", "layers.facilities", f"column {column}", problem, advice, shown, "note", len(lost))
