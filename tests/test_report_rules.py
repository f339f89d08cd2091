"""Laws of the rules in the report: every number leads to its rules, what may not be cited is not, and a study's own values show."""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest

from geoplan import plugins
from geoplan.access import gap_sums
from geoplan.access.gaps import REASONS as GAP_REASONS
from geoplan.profiles.load import load_service
from geoplan.report import causes, records, rule_tables, tables, topics, xlsx
from geoplan.report.document import document
from geoplan.report.model import Heading, Table
from geoplan.report.projections import REASONS
from geoplan.report.rules import every_rule
from geoplan.report.sections.standards import section
from geoplan.report.words import Words, catalogue
from geoplan.result import CAUSES, Result
from geoplan.supply.counted import REASONS as COUNTED_REASONS
from geoplan.supply.places import WAYS
from tests.sample import sample_result


@pytest.fixture(scope="module")
def result() -> Result:
    """The sample in English."""
    return sample_result("en")


@pytest.fixture(scope="module")
def made(result: Result) -> list[Table]:
    """Every table of report and workbook."""
    blocks = [block for part in document(result).sections for block in part.blocks]
    return [*(b for b in blocks if isinstance(b, Table)), *xlsx.sheets(result)]


@pytest.mark.parametrize("name", plugins.names("services"))
def test_every_use_of_a_standard_belongs_to_a_topic(name: str) -> None:
    """Wherever a profile uses a standard, the report knows the numbers that rest on it, or says that there are none."""
    uses = {use for places in load_service(name).uses.values() for use in places}
    patterns = [pattern for some in topics.USES.values() for pattern in some]
    assert uses
    assert not {use for use in uses if not any(fnmatchcase(use, pattern) for pattern in patterns)}


def test_every_table_leads_to_its_rules_or_holds_what_was_given(made: list[Table]) -> None:
    """A table that is new in report or workbook must be entered in `topics.BEHIND`, or in `GIVEN` where no rule stands behind it."""
    known = {*topics.BEHIND, *topics.GIVEN}
    own = re.compile("topic_|county_")  # the rules themselves; the sheets of the counties stand together
    assert not {table.name for table in made if table.name not in known and not own.match(table.name)}
    assert not set(topics.BEHIND) & topics.GIVEN


def test_every_name_behind_which_rules_stand_is_there(made: list[Table], result: Result) -> None:
    """No name of a table or number in the list is out of date."""
    there = {table.name for table in made} | {"county_sheets"}
    tabled = {name for name in topics.BEHIND if not name.startswith("key.") and rule_tables.is_there(result, name)}
    assert not tabled - there
    assert not {name for name in topics.BEHIND if name.startswith("key.")} - {
        k.removesuffix("_short") for k in catalogue()
    }
    assert set(topics.NEEDS) <= {*topics.BEHIND, *topics.GIVEN}


def test_every_rule_stands_under_a_topic_of_the_report(result: Result) -> None:
    """The tables by topic hold each rule, so that nobody has to open the workbook to find one."""
    shown = {row[0] for block in section(result) if isinstance(block, Table) for row in block.rows}
    assert {rule.title for rule in every_rule(result)} <= shown


def test_what_may_not_be_cited_names_no_clause_and_no_source(result: Result) -> None:
    """To be verified, or the study's own: neither is printed beside a clause of a document or its source."""
    not_cited = {s.id for s in result.service.standards.values() if not s.cited}
    titles = {result.text(result.service.standards[i].title) for i in not_cited}
    rows = [row for row in rule_tables.standards(result).rows if row[0] in titles]
    assert len(rows) >= 3
    assert all(row[4] == row[5] == "" for row in rows)
    table = records.verdicts(result, result.options)
    at = {column.name: place for place, column in enumerate(table.columns)}
    found = {
        tuple(row[at[c]] for c in ("clause", "source", "mark")) for row in table.rows if row[1] == "highest storey"
    }
    assert found == {("", "", "to be verified")}


def test_a_value_that_the_study_replaced_is_shown_old_and_new(result: Result) -> None:
    """The old value keeps its source; the new one has none."""
    (row,) = rule_tables.overrides(result).rows
    assert (row[1].value, row[2].value, row[5]) == (2.0, 2.5, "JGJ 39")
    (now,) = [r for r in rule_tables.standards(result).rows if r[0] == "room area a child"]
    assert (now[2].value, now[5], now[8], now[9]) == (2.5, "", 2.0, "set in this study")
    headings = [b.text for b in section(result) if isinstance(b, Heading)]
    assert "Values that this study replaced" in headings


def test_figures_for_comparison_stand_in_the_workbook_alone_with_their_place(result: Result) -> None:
    """No section prints them, each says where it is valid, and none is a rule of the profile."""
    real = replace(result, service=load_service())
    rows = rule_tables.comparison(real).rows
    assert ("Xiamen", 10.0) in {(row[3], row[1].value) for row in rows}
    assert all(row[3] for row in rows)
    assert not {row[0] for row in rows} & {rule.title for rule in every_rule(real)}
    assert not [
        b for part in document(result).sections for b in part.blocks if isinstance(b, Table) and b.name == "comparison"
    ]


def test_a_year_has_no_thousands(result: Result) -> None:
    """2,020 is no year."""
    real = replace(result, service=load_service())
    asked = [row[1] for row in rule_tables.behind(real, "targets").rows]
    assert "≤2025 (Xingtai)" in asked
    assert not [text for text in asked if re.search("2,0[0-9]{2}", text)]


@pytest.mark.parametrize(("limit", "own"), [(1000, False), (800, True)])
def test_a_limit_that_the_study_sets_itself_takes_the_place_of_the_standard(
    result: Result, limit: int, own: bool
) -> None:
    """The standard stands behind the account only where the study keeps its value."""
    travel = {**result.settings["travel"], "urban": {"mode": "walk", "limit_m": limit}}
    real = replace(result, service=load_service(), settings={**result.settings, "travel": travel})
    rows = {row[0]: row[1:] for row in rule_tables.behind(real, "journey").rows}
    title = result.text(load_service().standards["reach_screening"].title)
    assert (title in rows) != own
    assert (rows.get("limit of a journey: urban, on foot") == (f"≤{limit:,} m", "", "", "set in this study")) == own


def test_the_catalogue_says_what_the_rooms_say() -> None:
    """Reasons, ways and cures are worded once in their rooms; the report, which reads results only, says the same."""
    for language in ("zh", "en"):
        words = Words(language, load_service())
        for code, text in COUNTED_REASONS.items():
            assert tables.reason_title(words, code) == text.to(language)
        assert {code: words.term("cure", code) for code in gap_sums.CURES} == {
            code: text.to(language) for code, text in gap_sums.CURES.items()
        }
        assert all(f"way.{code}" in catalogue() for code in WAYS)
    assert tuple(GAP_REASONS.values()) == REASONS
    assert {REASONS[i]: code for i, code in enumerate(GAP_REASONS) if code != "not_yet_open"} == causes.CURED_AS


def test_what_cures_a_cause_comes_from_the_profile_where_it_says_it(result: Result) -> None:
    """The profile's sentence with its clause; else what is usual, without a clause."""
    rows = {row[0]: row[3:] for row in causes.causes(result).rows}
    sentence, clause = rows["of which: not filed"]
    assert (sentence, clause.value) == ("help it to file", "C4.2")
    assert rows[CAUSES["full"].en][0] == catalogue()["cure.full"]["en"].replace("{words.places}", "places")
    assert rows[CAUSES["full"].en][1].value is None
