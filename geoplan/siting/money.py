"""Money: what an option costs, in three values, by who pays it, and with which taxes and fees."""

from __future__ import annotations

from collections.abc import Callable, Collection

import geopandas as gpd
import pandas as pd

from geoplan.errors import Finding, Findings, Text, UsageError
from geoplan.profiles.service import Fee, OptionKind, ServiceProfile
from geoplan.profiles.standard import Standard

SHOWN = 5
CENTRAL = "central"  # who bears the subsidy


def add_money(options: gpd.GeoDataFrame, service: ServiceProfile, fees_on: Collection[str], findings: Findings) -> None:
    """Adds cost, cost_low, cost_high, annual_cost, fees, fee_<id>, subsidy (whole yuan), paid_by and fte to options.

    cost = places × cost a place + price × floor + fees that come once; annual_cost = places × cost a year + rent × floor + yearly fees.
    The lower and the upper value take their own cost a place, and never cross the cost. A price or rent that
    the site does not state is that of the service, with a note. A fee is 0 where it is relieved (its id is not in `fees_on`) and missing,
    with a note, where its base is not known; cost then lacks it. The subsidy is per place, at most the cost, so
    that subsidy + the rest = cost. Raises `UsageError` for a fee that the service does not have.
    """
    kinds = service.options
    _check_fees(service, fees_on)
    price = options["floor_area_m2"] * _of_site(options, "price_yuan_m2", lambda k: k.price_yuan, service, findings)
    rent = options["floor_area_m2"] * _of_site(options, "rent_yuan_m2", lambda k: k.rent_yuan, service, findings)
    once = (options["places"] * _rate(options, lambda k: k.cost_yuan, service) + price).round()
    low = (options["places"] * _rate(options, lambda k: k.cost_low or k.cost_yuan, service) + price).round()
    high = (options["places"] * _rate(options, lambda k: k.cost_high or k.cost_yuan, service) + price).round()
    fees = {fee.id: _fee(options, fee, once, fee.id in fees_on, findings) for fee in service.fees}
    one_off = pd.DataFrame({f.id: fees[f.id] for f in service.fees if not f.yearly}, index=options.index)
    yearly = pd.DataFrame({f.id: fees[f.id] for f in service.fees if f.yearly}, index=options.index)
    options["cost"] = once + one_off.sum(axis=1)
    options["cost_low"] = low.clip(upper=once) + one_off.sum(axis=1)
    options["cost_high"] = high.clip(lower=once) + one_off.sum(axis=1)
    options["annual_cost"] = (options["places"] * _rate(options, lambda k: k.annual_yuan, service) + rent).round()
    options["annual_cost"] += yearly.sum(axis=1)
    options["fees"] = one_off.sum(axis=1, skipna=False)
    for name, amount in fees.items():
        options[f"fee_{name}"] = amount
    subsidy = (options["places"] * _rate(options, lambda k: k.subsidy, service)).round()
    options["subsidy"] = subsidy.clip(upper=options["cost"])
    options["paid_by"] = options["kind"].map({k.id: k.paid_by for k in kinds.values()})
    options["fte"] = options["kind"].map({k.id: k.fte.value if k.fte else 1.0 for k in kinds.values()})


def by_source(options: pd.DataFrame) -> pd.DataFrame:
    """What each source pays of each option's cost, yuan: `central` the subsidy, and who `paid_by` names the rest.

    >>> options = pd.DataFrame({"cost": [500.0], "subsidy": [200.0], "paid_by": ["public"]}, index=["a"])
    >>> by_source(options).loc["a"].to_dict()
    {'central': 200.0, 'public': 300.0}
    """
    rest = options["cost"] - options["subsidy"]
    payers = {str(p): rest.where(options["paid_by"] == p, 0.0) for p in sorted(options["paid_by"].unique())}
    shares = pd.DataFrame(payers, index=options.index, dtype=float)
    shares[CENTRAL] = options["subsidy"] + shares.get(CENTRAL, 0.0)
    return shares[[CENTRAL, *(p for p in shares.columns if p != CENTRAL)]]


def _check_fees(service: ServiceProfile, fees_on: Collection[str]) -> None:
    known = [fee.id for fee in service.fees]
    if unknown := sorted(set(fees_on) - set(known)):
        raise UsageError(
            f"service {service.id} has no fee {', '.join(unknown)}; there are: {', '.join(known) or 'none'}"
        )


def _rate(options: pd.DataFrame, of: Callable[[OptionKind], Standard | None], service: ServiceProfile) -> pd.Series:
    """A rate of each option's kind; 0 where the kind has none."""
    rates = {kind.id: (found.value if (found := of(kind)) else 0.0) for kind in service.options.values()}
    return options["kind"].map(rates).astype(float)


def _of_site(
    options: pd.DataFrame,
    column: str,
    of: Callable[[OptionKind], Standard | None],
    service: ServiceProfile,
    findings: Findings,
) -> pd.Series:
    """The price of a site for the kinds that pay one: its own, or that of the service where it states none."""
    standard = _rate(options, of, service)
    pays = options["kind"].isin([k.id for k in service.options.values() if of(k)])
    silent = options.index[pays & options[column].isna()]
    if len(silent):
        problem = Text("not stated: that of the service is used", "未填写，按服务标准测算")
        advice = Text("state it to have the cost of the site", "请补充以测算实际费用")
        shown = ", ".join(silent[:SHOWN])
        findings.add(Finding("GP-O020", "premises", f"column {column}", problem, advice, shown, "note", len(silent)))
    return options[column].fillna(standard).where(pays, 0.0)


def _fee(options: pd.DataFrame, fee: Fee, once: pd.Series, is_on: bool, findings: Findings) -> pd.Series:
    """The amount of a fee by option, whole yuan: rate × base where it is on and the kind pays it; missing where the base is."""
    pays = options["kind"].isin(fee.kinds) & is_on
    base = {"cost": once, "one": pd.Series(1.0, index=options.index)}.get(fee.base)
    base = options[fee.base] if base is None else base
    amount = (base * fee.rate.value).round().where(pays, 0.0)
    lost = options.index[amount.isna()]
    if len(lost):
        problem = Text(f"{fee.title.en}: what it is raised on is not known", f"{fee.title.zh}：计费基数未知")
        advice = Text("the cost does not hold it; complete the layer", "投资中未计入该项，请补充数据")
        shown = ", ".join(lost[:SHOWN])
        findings.add(Finding("GP-O021", "", f"column {fee.base}", problem, advice, shown, "note", len(lost)))
    return amount.astype(float)
