"""Laws of how values are shown, of tables, and of text that may not stand in a file."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.report import breakdowns
from geoplan.report.fonts import drawable, glyphs
from geoplan.report.model import Column, Table
from geoplan.report.numbers import MISSING, shown
from geoplan.report.sections.plan import proof
from geoplan.study.numbers import numbers
from geoplan.texts import FORBIDDEN, clean
from tests.sample import sample_result


@given(st.floats(-1e9, 1e9))
@settings(deadline=None)
def test_an_amount_is_shown_to_half_a_tenth(value: float) -> None:
    """Reading an amount back differs by at most 0.05, and a zero has no sign."""
    text = shown(value, "amount")
    assert abs(float(text.replace(",", "")) - value) <= 0.05 + 1e-6
    assert text != "-0.0"


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA, pd.NaT, ""])
@pytest.mark.parametrize("kind", ["text", "count", "amount", "yuan", "share", "flag", "year", "number"])
def test_missing_is_a_dash_never_zero(value: object, kind: str) -> None:
    """What is not known is shown as a dash in every kind of column."""
    assert shown(value, kind) == MISSING  # type: ignore[arg-type]


@given(st.text())
@settings(deadline=None)
def test_clean_text_keeps_its_length_and_holds_nothing_forbidden(text: str) -> None:
    """Each forbidden character is replaced by one visible character, nothing else changes."""
    made = clean(text)
    assert len(made) == len(text)
    assert not FORBIDDEN.search(made)
    assert all(a == b for a, b in zip(text, made, strict=True) if not FORBIDDEN.match(a))


@given(st.text())
@settings(deadline=None)
def test_drawn_text_has_only_glyphs_that_the_fonts_hold(text: str) -> None:
    """Nothing is printed that would come out as a box."""
    assert all(c in "\n\t" or ord(c) in glyphs() for c in drawable(text))


def test_a_table_of_uneven_rows_is_refused() -> None:
    """A row with too few values is a mistake that is found when the table is made."""
    with pytest.raises(ValueError, match="2 columns, but rows of"):
        Table("t", "T", (Column("a"), Column("b")), ((1, 2), (3,)))


def test_the_causes_of_the_account_add_up_to_the_demand() -> None:
    """The printed account sums to the demand, before and with the plan, and so does the account by age band."""
    result = sample_result()
    demand = result.numbers["demand_total"]
    *causes, total = breakdowns.gap_account(result, planned=True).rows
    for place in (1, 3):
        assert sum(row[place] for row in causes) == pytest.approx(demand)
        assert total[place] == pytest.approx(demand)
    bands = breakdowns.gaps_by_band(result).rows
    assert sum(bands[-1][2:]) == pytest.approx(bands[-1][1]) == pytest.approx(demand)


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    """An option chosen whose land is not known makes the land of its kind and the total unknown, not smaller."""
    result = sample_result()
    result.chosen.iloc[-1, result.chosen.columns.get_loc("land_m2")] = float("nan")
    result = replace(result, numbers=numbers(result))
    table = breakdowns.plan_by_kind(result)
    place = [c.name for c in table.columns].index("land_m2")
    assert [shown(row[place], "count") for row in table.rows][-2:] == [MISSING, MISSING]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("status", ["optimal", "feasible", "stopped", "infeasible"])
@pytest.mark.parametrize("bound", [None, 170.0])
def test_a_plan_is_called_optimal_or_proven_only_if_it_is(language: str, status: str, bound: float | None) -> None:
    """The word optimal stands alone only for a proven plan; without a bound nothing is said to be proven."""
    result = sample_result(language)  # type: ignore[arg-type]
    plan = {**result.numbers["plan"], "status": status, "bound": bound}
    said = proof(replace(result, numbers={**result.numbers, "plan": plan}))
    assert ("proven optimal" in said.replace("not proven optimal", "") or "已证明为最优" in said) == (
        status == "optimal"
    )
    if bound is None and status in {"feasible", "stopped"}:
        assert "no bound is known" in said or "没有给出界" in said


def test_a_long_table_says_how_long_it_is() -> None:
    """The annex shows the first rows and says how many there are in all."""
    table = Table("t", "T", (Column("a"),), tuple((i,) for i in range(300)))
    assert len(table.top(100, "300 in all").rows) == 100
    assert table.top(100, "300 in all").note == "300 in all"
    assert table.top(300, "never said").note == ""
