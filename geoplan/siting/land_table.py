"""The land table: what options take of land, farmland and new construction land, for which money and fees, by kind and phase."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from geoplan.errors import UsageError

KEYS = ("kind", "first_phase", "land_code", "supply_mode")
AMOUNTS = ("land_m2", "farmland_m2", "new_land_m2", "cost", "fees")
OF_LAND = ("farmland_m2", "new_land_m2")  # parts of the land: none where no land is taken
COUNTS = ("count", "with_land")
ALL = "all"


def land_table(options: pd.DataFrame, chosen: Collection[str]) -> pd.DataFrame:
    """One row a kind, phase, land code and supply mode, of all options offered and of those of the plan.

    Column `of` is "offered" (every option that is not refused) or "plan" (those of `chosen`, ids of options); then the keys, `count`
    (options), `with_land` (those that take some), land_m2, farmland_m2 (farmland conversion), new_land_m2 (new construction land: the
    quota used), cost, fees and each fee_<id> of the options (yuan). A sum with a part that is not known is missing, and
    unknown_<column> counts the options that miss. An option that takes no land takes no farmland and no new construction land. The rows of
    the plan add up; the kinds that are offered do not, because they may stand on the same sites: see `land_totals`.

    Raises `UsageError` for a chosen id that is no option, and for two of one site, whose land would be counted twice.

    >>> options = pd.DataFrame({"site_id": ["s", "t"], "kind": "new_build", "first_phase": 2026, "land_code": "0702",
    ...     "supply_mode": "allocated", "verdict": "pass", "land_m2": [900.0, 600.0], "farmland_m2": [None, 0.0],
    ...     "new_land_m2": 0.0, "cost": 1e6, "fees": 0.0}, index=["a", "b"])
    >>> land_table(options, ["b"])[["of", "count", "land_m2", "farmland_m2", "unknown_farmland_m2"]].values.tolist()
    [['offered', 2, 1500.0, nan, 1], ['plan', 1, 600.0, 0.0, 0]]
    """
    plan = _chosen(options, chosen)
    offered = options[options["verdict"] != "fail"]
    names = amounts(options)
    parts = [
        _sums(_amounts(rows, names), list(KEYS)).assign(of=of) for of, rows in (("offered", offered), ("plan", plan))
    ]
    table = pd.concat(parts, ignore_index=True)
    return table[["of", *KEYS, *COUNTS, *names, *_unknown(names)]]


def land_totals(table: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """The land table added up: one row a value of `by` (some of its keys), or one in all; column `of` first.

    What is offered is added up within a kind only, since options of several kinds may stand on one site: without "kind" in
    `by`, the rows of the plan alone. A sum with a part that is not known stays missing.

    >>> keys = {"of": "plan", "kind": ["x", "y"], "first_phase": 2026, "land_code": "", "supply_mode": ""}
    >>> table = pd.DataFrame({**keys, "count": 1, "with_land": 1, "land_m2": [900.0, 600.0], "unknown_land_m2": 0})
    >>> land_totals(table, ["first_phase"])[["first_phase", "count", "land_m2"]].values.tolist()
    [[2026.0, 2.0, 1500.0]]
    """
    if strange := [key for key in by if key not in KEYS]:
        raise UsageError(f"land_totals: by {', '.join(strange)}; the keys are {', '.join(KEYS)}")
    rows = table if "kind" in by else table[table["of"] == "plan"]
    numbers = [c for c in table.columns if c not in ("of", *KEYS)]
    return _missing(rows.groupby(["of", *by], dropna=False, sort=True)[numbers].sum().reset_index())


def annual_land_plan(options: pd.DataFrame, chosen: Collection[str]) -> pd.DataFrame:
    """The annual land plan: one row a phase in which an option of the plan is carried out, then "all"; index `phase`.

    Columns as in `land_table`, and land_<supply mode>_m2: the land by how it is supplied. The phase is the option's column `phase` where the
    plan gives one, else its first phase. Raises `UsageError` as `land_table` does.

    >>> options = pd.DataFrame({"site_id": ["s", "t"], "kind": "new_build", "first_phase": [2026, 2028], "supply_mode": "allocated",
    ...     "verdict": "pass", "land_m2": [900.0, 600.0], "farmland_m2": 0.0, "new_land_m2": [900.0, 0.0]}, index=["a", "b"])
    >>> annual_land_plan(options, ["a", "b"])[["land_m2", "new_land_m2", "land_allocated_m2"]].to_dict("index")[2028]
    {'land_m2': 600.0, 'new_land_m2': 0.0, 'land_allocated_m2': 600.0}
    """
    plan, names = _chosen(options, chosen), amounts(options)
    phase = plan["phase"] if "phase" in plan else plan["first_phase"]
    rows = _amounts(plan, names).assign(phase=phase.astype("Int64").astype(object), every=ALL)
    modes = [str(mode) for mode in sorted(set(rows["supply_mode"]) - {""})]
    for mode in modes:
        rows[f"land_{mode}_m2"] = rows["land_m2"].where(rows["supply_mode"] == mode, 0.0)
    names = [*names, *(f"land_{mode}_m2" for mode in modes)]
    years, every = (
        _sums(rows, [key], names).set_axis(["phase", *COUNTS, *names, *_unknown(names)], axis=1)
        for key in ("phase", "every")
    )
    if every.empty:
        every = pd.DataFrame({"phase": [ALL], **{c: [0] for c in every.columns[1:]}})
    return pd.concat([years, every]).set_index("phase")


def amounts(options: pd.DataFrame) -> list[str]:
    """The columns of options that are added up: land, money, and each fee by its item.

    >>> amounts(pd.DataFrame(columns=["cost", "fee_deed_tax"]))
    ['land_m2', 'farmland_m2', 'new_land_m2', 'cost', 'fees', 'fee_deed_tax']
    """
    return [*AMOUNTS, *(str(c) for c in options.columns if str(c).startswith("fee_"))]


def _unknown(names: Sequence[str]) -> list[str]:
    return [f"unknown_{name}" for name in names]


def _chosen(options: pd.DataFrame, chosen: Collection[str]) -> pd.DataFrame:
    """The options of the plan, at most one a site."""
    ids = list(dict.fromkeys(map(str, chosen)))
    if strange := [i for i in ids if i not in options.index]:
        raise UsageError(f"land table: {len(strange)} chosen ids are no options: {', '.join(strange[:5])}")
    plan = options.loc[ids]
    if len(twice := plan.loc[plan["site_id"].duplicated(keep=False)].index):
        raise UsageError(f"land table: chosen options that stand on one site: {', '.join(map(str, twice[:5]))}")
    return plan


def _amounts(options: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Keys and amounts of the options; a key that is not given is an empty text, an amount that is not there is missing."""
    rows = pd.DataFrame(options.reindex(columns=[*KEYS, *names]))
    rows[list(names)] = rows[list(names)].astype(float)
    for column in OF_LAND:
        rows[column] = rows[column].mask(rows["land_m2"] == 0, 0.0)
    for key in ("land_code", "supply_mode"):
        rows[key] = rows[key].astype(object).where(rows[key].notna(), "")
    return rows


def _sums(rows: pd.DataFrame, keys: list[str], names: Sequence[str] | None = None) -> pd.DataFrame:
    """The amounts by key, with the count of options whose amount is not known."""
    names = [c for c in rows.columns if c not in KEYS] if names is None else list(names)
    lost = rows[names].isna().add_prefix("unknown_").astype("int64")
    counts = pd.DataFrame({"count": 1, "with_land": (rows["land_m2"] > 0).astype("int64")}, index=rows.index)
    table = pd.concat([rows[keys], counts, rows[names], lost], axis=1)
    return _missing(table.groupby(keys, dropna=False, sort=True).sum().reset_index())


def _missing(table: pd.DataFrame) -> pd.DataFrame:
    """A sum of which a part is not known is not known."""
    for column in [c for c in table.columns if f"unknown_{c}" in table.columns]:
        table[column] = table[column].astype(float).mask(table[f"unknown_{column}"] > 0, np.nan)
    return table
