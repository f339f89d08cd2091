"""The gap account: every child who wants a place, put into exactly one cause."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import CheckFailed, Finding, InputError, Text
from geoplan.network.cost import CostMatrix

CAUSES = ("served", "too_far", "full", "wrong_kind", "not_joined")
# why a place does not count, the easiest to cure first, and its column: wait for the opening, file, agree on a price, longer hours,
# enlarge, open a class of another age
REASONS = {
    "not_yet_open": "wrong_not_open",
    "filed": "wrong_filed",
    "inclusive": "wrong_inclusive",
    "hours": "wrong_hours",
    "too_small": "wrong_small",
    "age": "wrong_age",
}
COUNTS = ""
THOUSAND = 1000

Table = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def gap_account(
    cost: CostMatrix,
    wanted: pd.DataFrame,
    capacity: pd.DataFrame,
    assignment: pd.DataFrame,
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row a demand point and band: demand_id, band, and people (whole thousandths) by cause.

    `cost`: the pairs within reach; `wanted`: demand × band; `capacity`: place × band, the places that count
    (a place of `cost` without a row has none); `assignment`: demand_id, place_id, band, amount. Served are
    those assigned. The rest of a point and band has one cause: `not_joined` if the point does not join the
    network and reaches nothing; `too_far` if no facility is within reach; `wrong_kind` if none within reach
    has places that count for the band; `full` otherwise. In whole thousandths the five add up to `wanted`.

    `reasons` (place × band, text) says why a place does not count for a band: "" where it does, else one of `REASONS`
    ("age" where it has no places for the band). It adds a column for each reason; they add up to `wrong_kind`. The people of
    a point have the reason that is easiest to cure among the places within reach, in the order of `REASONS`. A place
    without a row counts where it has capacity, else its reason is "age". The five causes stay as they are without reasons.

    Raises `InputError` if labels differ, `wanted` is not in whole thousandths, or a reason is not known or contradicts
    the capacity; `CheckFailed` if the
    assignment serves more than is wanted, more than a place has, or over a pair beyond reach, or the parts
    do not add up.

    >>> cost = CostMatrix.from_pairs([("a", "F", 300.0)], demand_ids=["a", "b"], place_ids=["F"])
    >>> wanted = pd.DataFrame({"m24_36": [5.0, 2.0]}, ["a", "b"])
    >>> capacity = pd.DataFrame({"m24_36": [3]}, ["F"])
    >>> columns = ["demand_id", "place_id", "band", "amount"]
    >>> assignment = pd.DataFrame([("a", "F", "m24_36", 3.0)], columns=columns)
    >>> account = gap_account(cost, wanted, capacity, assignment)
    >>> account[["demand_id", "served", "too_far", "full"]].values.tolist()
    [['a', 3.0, 0.0, 2.0], ['b', 0.0, 2.0, 0.0]]
    """
    bands = list(wanted.columns)
    _check_labels(cost, wanted, capacity, assignment)
    asked = _whole(wanted.reindex(cost.demand_ids).to_numpy(float), "wanted")
    supply = _supply(cost, capacity[bands])
    served = _served(cost, asked, supply, assignment, bands)
    causes = _causes(cost, supply > 0)
    parts = {"served": served} | {c: np.where(causes[c], asked - served, 0) for c in CAUSES[1:]}
    check_parts(parts, asked)
    labels = {
        "demand_id": np.repeat(cost.demand_ids.to_numpy(), len(bands)),
        "band": bands * len(cost.demand_ids),
    }
    if reasons is not None:
        kinds = _kinds(cost, supply > 0, reasons, bands)
        parts |= _reasons(cost, kinds, parts["wrong_kind"])
    return pd.DataFrame(labels | {c: part.ravel() / THOUSAND for c, part in parts.items()})


def check_parts(parts: Mapping[str, Table], asked: Table) -> None:
    """Nobody is lost or counted twice: the parts add up to the places wanted, each point and band by itself; raises `CheckFailed`."""
    if not np.array_equal(np.sum(list(parts.values()), axis=0), asked):
        raise CheckFailed("gap account: the causes do not add up to the places wanted")


def _check_labels(cost: CostMatrix, wanted: pd.DataFrame, capacity: pd.DataFrame, assignment: pd.DataFrame) -> None:
    unknown = {
        "wanted": set(wanted.index) ^ set(cost.demand_ids),
        "capacity": set(capacity.index) - set(cost.place_ids),
        "assignment.demand_id": set(assignment["demand_id"]) - set(cost.demand_ids),
        "assignment.place_id": set(assignment["place_id"]) - set(cost.place_ids),
        "assignment.band": set(assignment["band"]) - set(wanted.columns),
        "capacity.band": set(capacity.columns) ^ set(wanted.columns),
    }
    problem = Text("labels differ from those of the cost matrix or bands", "编号与成本矩阵或月龄段不一致")
    advice = Text("join by the same ids", "请统一编号")
    shown = {place: ", ".join(sorted(map(str, ids))[:5]) for place, ids in unknown.items() if ids}
    if shown:
        raise InputError([Finding("GP-M010", "", at, problem, advice, value) for at, value in shown.items()])


def _whole(values: Values, name: str) -> Table:
    """The values in whole thousandths; raises `InputError` if they are none."""
    whole = np.rint(values * THOUSAND)
    if not (np.isfinite(values).all() and (values >= 0).all() and (abs(whole / THOUSAND - values) < 1e-9).all()):
        problem = Text("must be whole thousandths, not negative and not missing", "须为非负的千分位数值且不得缺失")
        advice = Text("use places_wanted, which rounds without loss", "请使用 places_wanted，其舍入不丢失总量")
        raise InputError(Finding("GP-M011", "", name, problem, advice))
    return whole.astype(np.int64)


def _supply(cost: CostMatrix, capacity: pd.DataFrame) -> Values:
    """Places by place × band in the order of `cost`; a place without a row has none that count."""
    values = capacity.to_numpy(float)
    if not (np.isfinite(values).all() and (values >= 0).all()):
        problem = Text("places must be finite and not negative", "托位须为非负有限数")
        advice = Text("leave out the places that are not known", "托位数未知的设施请勿计入")
        raise InputError(Finding("GP-M012", "", "capacity", problem, advice))
    row = cost.place_ids.get_indexer(capacity.index)
    supply = np.zeros((len(cost.place_ids), capacity.shape[1]))
    supply[row] = values
    return supply


def _served(cost: CostMatrix, asked: Table, supply: Values, assignment: pd.DataFrame, bands: list[str]) -> Table:
    """Thousandths assigned, demand × band; raises `CheckFailed` if the assignment cannot be carried out."""
    row = cost.demand_ids.get_indexer(pd.Index(assignment["demand_id"]))
    place = cost.place_ids.get_indexer(pd.Index(assignment["place_id"]))
    band = pd.Index(bands).get_indexer(pd.Index(assignment["band"]))
    amount = np.rint(assignment["amount"].to_numpy(float) * THOUSAND).astype(np.int64)
    if (abs(amount / THOUSAND - assignment["amount"].to_numpy(float)) > 1e-6).any() or (amount < 0).any():
        raise CheckFailed("gap account: an amount assigned is negative or no whole thousandth")
    pairs = np.unique(cost.place * len(cost.demand_ids) + cost.demand)
    if not np.isin((place * len(cost.demand_ids) + row)[amount > 0], pairs).all():
        raise CheckFailed("gap account: people are assigned to a place beyond reach")
    served, used = np.zeros_like(asked), np.zeros((len(cost.place_ids), len(bands)), np.int64)
    np.add.at(served, (row, band), amount)
    np.add.at(used, (place, band), amount)
    if (served > asked).any():
        raise CheckFailed("gap account: more people are assigned than want a place")
    if (used > np.floor(supply * THOUSAND + 1e-6)).any():
        raise CheckFailed("gap account: more people are assigned than a place can take")
    return served


def _causes(cost: CostMatrix, counts: Flags) -> dict[str, Flags]:
    """The cause of what is not served, demand × band: exactly one of the four holds everywhere."""
    reaches = np.bincount(cost.demand, minlength=len(cost.demand_ids)) > 0
    unjoined = np.isin(cost.demand_ids.to_numpy(), cost.unjoined.to_numpy())
    kind = np.zeros((len(cost.demand_ids), counts.shape[1]), bool)
    place = cost.place
    for band in range(counts.shape[1]):
        kind[cost.demand[counts[place, band]], band] = True
    return {
        "not_joined": (~reaches & unjoined)[:, None] & np.ones_like(kind),
        "too_far": (~reaches & ~unjoined)[:, None] & np.ones_like(kind),
        "wrong_kind": reaches[:, None] & ~kind,
        "full": kind,
    }


def _kinds(cost: CostMatrix, counts: Flags, reasons: pd.DataFrame, bands: list[str]) -> npt.NDArray[np.int8]:
    """Place × band in the order of `cost`: the number of the reason in `REASONS`, or one more where the place counts."""
    known = [*REASONS, COUNTS]
    table = pd.DataFrame(np.where(counts, COUNTS, "age"), cost.place_ids, bands, dtype=object)
    strange = sorted(map(str, set(reasons.index) - set(cost.place_ids) | (set(bands) ^ set(reasons.columns))))
    if strange or not reasons.index.is_unique:
        problem = Text(
            "reasons have other places or bands than the cost matrix", "原因表的设施或月龄段与成本矩阵不一致"
        )
        advice = Text("one row a place, one column a band", "每个设施一行，每个月龄段一列")
        raise InputError(Finding("GP-M013", "", "reasons", problem, advice, ", ".join(strange[:5])))
    table.loc[reasons.index, bands] = reasons[bands].to_numpy(object)
    number = (
        pd.Index(known, dtype=object)
        .get_indexer(pd.Index(table.to_numpy(object).ravel(), dtype=object))
        .reshape(counts.shape)
    )
    wrong = (number < 0) | ((number == len(REASONS)) != counts)
    if wrong.any():
        problem = Text("this reason is not known, or says another thing than the capacity", "原因未知，或与托位数矛盾")
        advice = Text(
            f"empty where there are places that count, else {', '.join(REASONS)}", "计入托位时留空，否则填写原因"
        )
        place, band = np.argwhere(wrong)[0]
        at = f"reasons, {cost.place_ids[place]}, {bands[band]}"
        value, count = str(table.iat[place, band]), int(wrong.sum())
        raise InputError(Finding("GP-M014", "", at, problem, advice, value, count=count))
    return number.astype(np.int8)


def _reasons(cost: CostMatrix, kinds: npt.NDArray[np.int8], wrong: Table) -> dict[str, Table]:
    """The people of the wrong kind by reason: each point and band has the easiest reason among the places within reach."""
    easiest = np.full(wrong.shape, len(REASONS), np.int8)
    place = cost.place
    for band in range(wrong.shape[1]):
        np.minimum.at(easiest[:, band], cost.demand, kinds[place, band])
    parts = {column: np.where(easiest == n, wrong, 0) for n, column in enumerate(REASONS.values())}
    if not np.array_equal(np.sum(list(parts.values()), axis=0), wrong):
        raise CheckFailed("gap account: the reasons do not add up to the wrong kind")
    return parts
