"""Laws of the tables by year, of supply and of the causes: their parts add up, and what is not known is not said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoplan.report import breakdowns, causes, projections, supplies, tables
from geoplan.report.figures import figures
from geoplan.report.sections import demand, gaps, summary
from geoplan.report.sections import supply as supply_section
from geoplan.report.widths import LINE, WHOLE, height, width, widths
from geoplan.report.words import Words
from geoplan.result import Result
from tests.sample import sample_result


@pytest.fixture(scope="module")
def result() -> Result:
    """The sample in English."""
    return sample_result("en")


def with_numbers(result: Result, **changed: Any) -> Result:
    """The result with some of its numbers changed."""
    numbers: Mapping[str, Any] = {**result.numbers, **changed}
    return replace(result, numbers=numbers)


def test_the_account_of_every_year_adds_up(result: Result) -> None:
    """Side by side, the causes of each year add up to its last row, which is what is wanted in that year; shares to one."""
    *rows, total = causes.account_by_year(result).rows
    years = list(result.numbers["years"])
    assert len(total) == 1 + 2 * len(years)
    for at, year in enumerate(years):
        people, share = 1 + 2 * at, 2 + 2 * at
        assert sum(row[people] for row in rows) == pytest.approx(total[people])
        assert total[people] == pytest.approx(result.numbers["years"][year]["wanted_total"])
        assert sum(row[share] for row in rows) == pytest.approx(1.0)


def test_the_reasons_add_up_to_the_wrong_kind(result: Result) -> None:
    """The rows `of which` are the whole of the cause above them."""
    rows = causes.causes(result).rows
    parts = [row[1] for row in rows if str(row[0]).startswith("of which")]
    assert len(parts) == 2
    assert sum(parts) == pytest.approx(result.numbers["gap_account"]["wrong_kind"])


def test_every_facility_stands_once_in_each_table_of_supply(result: Result) -> None:
    """By reason, by mode, by how places are known: all facilities and all places; by filing those that are open."""
    places = result.numbers["capacity_total"]
    for table in (supplies.by_reason(result), supplies.by_mode(result), supplies.places_from(result)):
        column = {c.name: i for i, c in enumerate(table.columns)}
        rows = table.rows[:-1] if len(table.rows) > 1 else table.rows
        assert sum(row[column["facility_count"]] for row in rows) == len(result.facilities)
        assert sum(row[column["places"]] for row in rows) == pytest.approx(places)
    assert supplies.by_filing(result)["facility_count"].sum() == len(supplies.standing(result))


def test_a_facility_that_offers_two_modes_is_not_summed_twice(result: Result) -> None:
    """The column of those that offer a mode has no total; the one of full-time places has."""
    table = supplies.by_mode(result)
    total = dict(zip([c.name for c in table.columns], table.rows[-1], strict=True))
    assert total["offering"] is None
    assert total["fte"] == pytest.approx(sum(row["fte"] for row in result.numbers["supply"]["by_mode"]))


def test_filed_and_all_are_both_said(result: Result) -> None:
    """Both figures of the clause on filing stand in the sentence, with the clause."""
    said, frame = supply_section.filing_sentence(result), supplies.by_filing(result)
    words = Words.of(result)
    assert "clause C4.2" in said
    assert words.number(frame["places"].sum(), "number") in said
    assert words.number(frame.loc["yes", "places"], "number") in said


def test_levels_show_the_births_used_and_their_range(result: Result) -> None:
    """One row a year and band with the births of the study; low and high births are those of the numbers."""
    table = projections.levels(result)
    found = {(r["births"], r["year"], r["band"]): r for r in result.numbers["demand_levels"]}
    used = [key for key in found if key[0] == "mid"]
    assert len(table.rows) == len(used)
    for row, (_, year, band) in zip(table.rows, used, strict=True):
        ends = (found["low", year, band]["mid"], found["high", year, band]["mid"])
        assert row[2:] == (*(found["mid", year, band][v] for v in projections.LEVELS), *ends)


@pytest.mark.parametrize(
    ("share", "said"), [(-0.121815, "12.2% fewer"), (0.05, "5.0% more"), (0.0, "as many"), (None, "")]
)
def test_falling_demand_is_said_in_one_sentence(result: Result, share: float | None, said: str) -> None:
    """Fewer places later: what to prefer; more: for which year to size; one year alone: nothing."""
    text = demand.change(with_numbers(result, change_of_demand=share))
    assert (said in text) if said else text == ""
    assert ("turned back" in text) == (share is not None and share < -0.001)


def test_people_are_those_of_the_age_bands_and_all_under_three_stand_beside_them(result: Result) -> None:
    """The label names the months; the number of all children under three is another one."""
    rows = {row[0]: row[1].value for row in breakdowns.key_numbers(result).rows}
    assert rows["To be served: children under three aged 6–36 months"] == result.numbers["people_total"]
    assert rows["All children under three (2026)"] == projections.under_three(result, 2026)
    titles = [column.title for column in breakdowns.unit_gaps(result).columns]
    assert "Children of 6–36 months" in titles
    assert "children under three aged 6–36 months" in summary.demand_sentence(result)


def test_without_ages_no_projection_is_told(result: Result) -> None:
    """A study whose layers have no ages gets no cohorts, no figure and no levels, and says that it has none."""
    bare = with_numbers(
        result, cohorts=[], demand_levels=[], basis={"rule": None, "spread": None}, change_of_demand=None
    )
    texts = [getattr(block, "text", "") for block in demand.section(bare)]
    names = [getattr(block, "name", "") for block in demand.section(bare)]
    assert Words.of(bare)("demand.no_basis") in texts
    assert not {"cohorts", "levels", "age_methods"} & set(names)
    assert "years" in names
    assert "years" not in figures(bare)
    assert "years" in figures(result)


@pytest.mark.parametrize("known", [(), ("confidence",), ("stability", "confidence")])
def test_gap_areas_show_confidence_and_stability_only_where_they_are_known(
    result: Result, known: tuple[str, ...]
) -> None:
    """No empty column and no sentence about a column that is not there."""
    areas = result.gap_areas.drop(columns=["confidence", "stability"], errors="ignore")
    other = replace(result, gap_areas=areas.assign(**dict.fromkeys(known, 0.5)))
    names = [column.name for column in tables.gap_areas(other).columns]
    assert {"confidence", "stability"} & set(names) == set(known)
    assert bool(gaps.confidence(other)) == bool(known)


CELLS = st.lists(st.text(alphabet="abc 托位0123", max_size=40), min_size=3, max_size=3)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CELLS, min_size=1, max_size=40))
def test_a_table_is_higher_the_more_rows_it_has(rows: list[list[str]]) -> None:
    """Each row adds at least a line and its space, and at most what its longest text takes in the narrowest column."""
    weights = widths(list(zip(*rows, strict=True)))
    total = height(rows, weights)
    assert total >= 1.75 * len(rows)
    assert total == pytest.approx(sum(height([row], weights) for row in rows))
    assert height([["托" * 100] * 3] * 20, [1.0, 1.0, 1.0]) > WHOLE


@given(st.lists(CELLS, min_size=1, max_size=10))
def test_a_column_holds_its_longest_word(rows: list[list[str]]) -> None:
    """What a line cannot break fits the width of its column, where the page has the room."""
    columns = list(zip(*rows, strict=True))
    weights = widths(columns)
    longest = [
        max(width(word) for text in column for word in text.replace("托", " ").replace("位", " ").split() or [""])
        for column in columns
    ]
    assert all(weight >= word for weight, word in zip(weights, longest, strict=True))
    assert sum(weights) <= max(LINE, sum(word + 4 for word in longest)) + 1e-9
