"""The gap account summed and shared out: by township, county or class, and what would cure each cause."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.access.gaps import CAUSES, REASONS, THOUSAND
from geoplan.errors import CheckFailed, Text, UsageError

ALL = "all"

CURES: dict[str, Text] = {
    "too_far": Text("a place to go to within reach: open, convert or build one", "在服务半径内开设、改建或新建设施"),
    "full": Text("more places at the facilities within reach, or another one", "扩大可达设施的托位，或增设设施"),
    "wrong_kind": Text("make the facilities within reach count", "使可达设施符合计入条件"),
    "not_joined": Text(
        "a way to the streets: check the position, or the street layer", "核对位置与道路图层，补齐道路连接"
    ),
    "wrong_not_open": Text("nothing but time: it opens in a later year", "无须措施：该设施将于以后年份开办"),
    "wrong_filed": Text("file the facility with the authority", "办理设施备案"),
    "wrong_inclusive": Text("agree on a limited price with the operator", "与举办者约定普惠价格"),
    "wrong_hours": Text("open for the hours that the study asks", "延长服务时间至要求的形式"),
    "wrong_small": Text("enlarge the facility to the least size", "扩大设施至最小规模"),
    "wrong_age": Text("open a class for the age band", "开设该月龄段班"),
}


def by_group(account: pd.DataFrame, group: pd.Series | None = None, bands: Sequence[str] | None = None) -> pd.DataFrame:
    """The gap account summed by group (township, county, class …) and band, one row each, and a row "all" for both.

    Columns: group, band, wanted, the five causes, and the reasons where the account has them; people, exact to the
    thousandth. `group` gives the label of each demand point (None: the whole alone); points without one stand under None,
    after the others; the whole stands last under "all". `bands` orders the bands (default: as they come). Raises
    `UsageError` if a demand point has no entry in `group`, a band is missing or something is called "all"; `CheckFailed`
    if the groups do not add up to the whole.

    >>> account = pd.DataFrame({"demand_id": ["a", "b"], "band": "m24_36", "served": [3.0, 0.0], "too_far": [0.0, 2.0]})
    >>> account = account.assign(full=1.0, wrong_kind=0.0, not_joined=0.0)
    >>> by_group(account, pd.Series({"a": "U", "b": "V"}))[["group", "band", "wanted", "too_far"]].values.tolist()[1::2]
    [['U', 'all', 4.0, 0.0], ['V', 'all', 3.0, 2.0], ['all', 'all', 7.0, 2.0]]
    """
    columns = [*CAUSES, *(c for c in REASONS.values() if c in account)]
    whole = np.rint(account[columns].to_numpy(float) * THOUSAND).astype(np.int64)
    bands = list(dict.fromkeys(account["band"])) if bands is None else list(bands)
    labels, row = _labels(account, group)
    band = pd.Index(bands, dtype=object).get_indexer(pd.Index(account["band"]))
    if (band < 0).any() or ALL in {*bands, *labels}:
        raise UsageError(f"by_group: bands {', '.join(bands)} miss one of the account, or a label is {ALL!r}")
    sums = np.zeros((len(labels) + 1, len(bands) + 1, len(columns)), np.int64)
    if labels:
        np.add.at(sums, (row, band), whole)
    np.add.at(sums[-1], band, whole)
    sums[:, -1] = sums[:, :-1].sum(axis=1)
    if (labels and not (sums[:-1].sum(axis=0) == sums[-1]).all()) or (sums[-1, -1] != whole.sum(axis=0)).any():
        raise CheckFailed("by_group: the groups do not add up to the whole")
    wanted = sums[:, :, : len(CAUSES)].sum(axis=2).ravel()
    names = {
        "group": pd.Series(np.repeat(np.array([*labels, ALL], object), len(bands) + 1), dtype=object),
        "band": [*bands, ALL] * (len(labels) + 1),
        "wanted": wanted / THOUSAND,
    }
    return pd.DataFrame(names | {c: sums[:, :, n].ravel() / THOUSAND for n, c in enumerate(columns)})


def _labels(account: pd.DataFrame, group: pd.Series | None) -> tuple[list[object], npt.NDArray[np.int64]]:
    """The labels in order, None last, and the row of each line of the account; without groups the whole alone, row −1."""
    if group is None:
        return [], np.full(len(account), -1)
    if not group.index.is_unique or (lost := sorted(set(account["demand_id"]) - set(group.index))):
        shown = ", ".join(map(str, lost[:5])) if group.index.is_unique else "ids stand twice"
        raise UsageError(f"by_group: demand points without an entry in the groups: {shown}")
    own = group.reindex(account["demand_id"])
    found: list[object] = sorted(own.dropna().unique())
    row = pd.Index(found, dtype=object).get_indexer(pd.Index(own, dtype=object))
    is_lost = own.isna().to_numpy()
    row[is_lost] = len(found)
    return ([*found, None] if is_lost.any() else found), row


def shares(account: pd.DataFrame) -> pd.DataFrame:
    """The share of each cause and reason in what is wanted, row by row: cause / Σ causes; missing where nothing is wanted.

    Takes an account or the sums of `by_group`; keeps its rows and labels. Range: [0, 1]; the five causes add up to 1.

    >>> shares(pd.DataFrame({"served": [3.0], "too_far": [1.0], "full": 0.0, "wrong_kind": 0.0, "not_joined": 0.0})).iloc[0].tolist()
    [0.75, 0.25, 0.0, 0.0, 0.0]
    """
    columns = [*CAUSES, *(c for c in REASONS.values() if c in account)]
    wanted = account[list(CAUSES)].sum(axis=1)
    return account[columns].div(wanted.where(wanted > 0), axis=0)
