"""The land table: sums of land and money by kind and phase."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import UsageError
from geoplan.siting.land_table import AMOUNTS, KEYS, amounts, annual_land_plan, land_table, land_totals

FEES = ("fee_deed_tax", "fee_occupation_tax")
AREA = st.none() | st.sampled_from([0.0, 600.0, 900.0, 1333.25])


@st.composite
def option_tables(draw: st.DrawFn) -> tuple[pd.DataFrame, list[str]]:
    """Up to eight options on sites of their own, some that take no land, some of which something is not known; and a plan."""
    rows = [
        {
            "kind": draw(st.sampled_from(["new_build", "lease"])),
            "first_phase": draw(st.sampled_from([2026, 2028])),
            "land_code": draw(st.sampled_from(["0702", "080404", None])),
            "supply_mode": draw(st.sampled_from(["allocated", "leased", None])),
            "verdict": draw(st.sampled_from(["pass", "unknown", "fail"])),
            **{column: draw(AREA) for column in (*AMOUNTS, *FEES)},
        }
        for _ in range(draw(st.integers(1, 8)))
    ]
    options = pd.DataFrame(rows, index=[f"o{n}" for n in range(len(rows))]).astype(
        dict.fromkeys((*AMOUNTS, *FEES), float)
    )
    chosen = draw(st.lists(st.sampled_from(list(options.index)), unique=True))
    return options.assign(site_id=[f"s{n}" for n in range(len(rows))]), chosen


def known_sum(values: pd.Series) -> float | None:
    """The sum; None where a part is not known."""
    return None if values.isna().any() else float(values.sum())


def of_land(rows: pd.DataFrame, column: str) -> pd.Series:
    """What options take of a part of the land: none where they take no land."""
    return rows[column].mask((rows["land_m2"] == 0) & (column in ("farmland_m2", "new_land_m2")), 0.0)


@settings(max_examples=25, deadline=None)
@given(option_tables())
def test_the_totals_are_the_sums_over_the_options(case: tuple[pd.DataFrame, list[str]]) -> None:
    """Every amount of the plan adds up to that of its options, in all and by any keys; what is not known is not known and counted."""
    options, chosen = case
    plan, table = options.loc[chosen], land_table(options, chosen)
    for by in ([], ["first_phase"], ["kind", "land_code"], list(KEYS)):
        totals = land_totals(table, by)
        planned = totals[totals["of"] == "plan"]
        assert planned["count"].sum() == len(chosen)
        assert planned["with_land"].sum() == (plan["land_m2"] > 0).sum()
    totals = land_totals(table)
    for column in (*AMOUNTS, *FEES) if chosen else ():
        expected = known_sum(of_land(plan, column))
        assert totals[column].isna().item() if expected is None else totals[column].item() == pytest.approx(expected)
        assert totals[f"unknown_{column}"].item() == of_land(plan, column).isna().sum()


@settings(max_examples=25, deadline=None)
@given(option_tables())
def test_every_option_offered_stands_in_one_row(case: tuple[pd.DataFrame, list[str]]) -> None:
    """Rows are keyed once, hold every option that is not refused and none that is, and add up within each kind."""
    options, chosen = case
    table = land_table(options, chosen)
    assert not table.duplicated(["of", *KEYS]).any()
    offered = options[options["verdict"] != "fail"]
    totals = land_totals(table, ["kind"])
    counted = totals[totals["of"] == "offered"].set_index("kind")["count"]
    assert counted.to_dict() == offered["kind"].value_counts().to_dict()


@settings(max_examples=25, deadline=None)
@given(option_tables())
def test_an_option_without_land_adds_none(case: tuple[pd.DataFrame, list[str]]) -> None:
    """A plan with one more option that takes no land has the same land, farmland and new construction land."""
    options, chosen = case
    more = {"site_id": "s_more", "kind": "lease", "first_phase": 2026, "verdict": "pass", "land_m2": 0.0, "cost": 1e6}
    wider = pd.concat([options, pd.DataFrame([more], index=["more"]).reindex(columns=options.columns)])
    land = ["land_m2", "farmland_m2", "new_land_m2", "with_land"]
    before, after = annual_land_plan(options, chosen).loc["all"], annual_land_plan(wider, [*chosen, "more"]).loc["all"]
    pd.testing.assert_series_equal(after[land].astype(float), before[land].astype(float))
    assert after["count"] == before["count"] + 1


@settings(max_examples=25, deadline=None)
@given(option_tables())
def test_the_annual_plan_adds_up(case: tuple[pd.DataFrame, list[str]]) -> None:
    """The phases add up to "all" wherever they are known, and the ways of supply to the land where each option has one."""
    options, chosen = case
    options["supply_mode"] = options["supply_mode"].fillna("granted")
    table = annual_land_plan(options, chosen)
    phases, every = table.drop(index="all"), table.loc["all"]
    assert list(phases.index) == sorted(set(options.loc[chosen, "first_phase"]))
    for column in table.columns:
        expected = known_sum(phases[column])
        assert pd.isna(every[column]) if expected is None else every[column] == pytest.approx(expected)
    modes = [c for c in table.columns if c in ("land_allocated_m2", "land_leased_m2", "land_granted_m2")]
    if not pd.isna(every["land_m2"]):
        assert every[modes].sum() == pytest.approx(every["land_m2"])


def test_two_options_of_one_site_are_not_offered_twice_in_the_total() -> None:
    """What is offered adds up within a kind alone: the same ground could be built on in two ways, not at once."""
    both = pd.DataFrame(
        {"site_id": "s", "kind": ["a", "b"], "first_phase": 2026, "verdict": "pass", "land_m2": 900.0}, index=["x", "y"]
    )
    table = land_table(both, ["x"])
    assert land_totals(table)["of"].tolist() == ["plan"]
    assert land_totals(table)["land_m2"].tolist() == [900.0]
    assert land_totals(table, ["kind"])[["of", "land_m2"]].values.tolist() == [
        ["offered", 900.0],
        ["offered", 900.0],
        ["plan", 900.0],
    ]


@pytest.mark.parametrize(
    ("chosen", "said"), [(["x", "y"], "on one site: x, y"), (["z"], "1 chosen ids are no options: z")]
)
def test_a_plan_that_counts_land_twice_or_none_is_refused(chosen: list[str], said: str) -> None:
    """Two options of one site, and ids that are no options, are refused by name."""
    both = pd.DataFrame(
        {"site_id": "s", "kind": ["a", "b"], "first_phase": 2026, "verdict": "pass", "land_m2": 900.0}, index=["x", "y"]
    )
    for table in (land_table, annual_land_plan):
        with pytest.raises(UsageError, match=said):
            table(both, chosen)


def test_a_key_that_is_none_is_refused() -> None:
    """Totals are by keys of the table."""
    with pytest.raises(UsageError, match="by township"):
        land_totals(pd.DataFrame(), ["township"])


def test_the_phase_of_the_plan_goes_before_the_first_possible_one() -> None:
    """An option that could start in 2026 and is carried out in 2028 takes its land in 2028."""
    row: dict[str, Any] = {
        "site_id": "s",
        "kind": "a",
        "first_phase": 2026,
        "phase": 2028,
        "supply_mode": "allocated",
        "verdict": "pass",
    }
    options = pd.DataFrame([row | {"land_m2": 900.0, "fee_deed_tax": 10.0}], index=["x"])
    table = annual_land_plan(options, ["x"])
    assert list(table.index) == [2028, "all"]
    assert table["land_allocated_m2"].tolist() == [900.0, 900.0]
    assert amounts(options)[-1] == "fee_deed_tax"


def test_a_plan_of_nothing_takes_nothing() -> None:
    """Without an option chosen there is the row "all", with zeros; and no land row of a plan."""
    options = pd.DataFrame(
        {"site_id": "s", "kind": ["a"], "first_phase": 2026, "verdict": "pass", "land_m2": 900.0}, index=["x"]
    )
    table = annual_land_plan(options, [])
    assert list(table.index) == ["all"]
    assert (table == 0).all(axis=None)
    assert land_table(options, [])["of"].tolist() == ["offered"]
