"""Laws of the packing of verdicts, and of what the page tells of options."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import Text
from geoplan.map import packed, page
from geoplan.map.document import scenario
from geoplan.map.overlay import Rule
from geoplan.map.overlays._verdicts import cited, verdict_column
from geoplan.map.verdicts import pack
from geoplan.result import Result
from tests.browser.many import many_options
from tests.sample import HOSTILE, sample_result

LETTERS = {"p": "pass", "f": "fail", "u": "unknown"}
RULES = [
    Rule(f"r{n}", Text(str(n), str(n)), Text("", ""), 50.0, Text("m", "米"), "number", Text("", ""), True)
    for n in range(4)
]
verdict = st.tuples(
    st.integers(0, 3), st.sampled_from(list(LETTERS.values())), st.one_of(st.none(), st.integers(-500, 9999).map(float))
)
rows = st.lists(st.lists(verdict, max_size=4, unique_by=lambda v: v[0]), max_size=12)


def unpacked(packed: dict[str, Any]) -> list[list[tuple[int, str, float | None]]]:
    """The verdicts by feature, read as the page's script reads them."""
    members: list[list[int]] = [[i for i, s in enumerate(packed["set"]) if s == n] for n in range(len(packed["sets"]))]
    made: list[list[tuple[int, str, float | None]]] = [[] for _ in packed["set"]]
    values = iter(zip(packed["outcomes"], packed["measured"], strict=True))
    for rules, mine in zip(packed["sets"], members, strict=True):
        for rule in rules:
            for i in mine:
                letter, measured = next(values)
                made[i].append((rule, LETTERS[letter], measured))
    return made


@pytest.fixture(scope="module")
def many() -> Result:
    """As many verdicts as a prefecture has."""
    return many_options(options=3000)


@settings(deadline=None, max_examples=60)
@given(rows)
def test_packed_verdicts_come_back(given_rows: list[list[tuple[int, str, float | None]]]) -> None:
    """Each feature gets back its rules in order, with outcome and value, whatever the others have."""
    assert unpacked(pack(given_rows, RULES, lambda text: text.en)) == given_rows


def test_each_rule_stands_once(many: Result) -> None:
    """The page holds as many rules as are asked, not as many as verdicts."""
    column = verdict_column(many.service, many.options["verdicts"])
    assert len(column.rules) == len({v.standard for verdicts in many.options["verdicts"] for v in verdicts}) == 35
    assert sum(map(len, column.values)) > 99_000


def test_the_verdicts_of_a_prefecture_add_less_than_two_megabytes(many: Result) -> None:
    """About 100,000 verdicts make the page at most 2 MB larger."""
    whole = scenario(many, page.overlays(many))
    options = whole["features"]["options"]
    bare = {**options, "columns": [c for c in options["columns"] if c["kind"] != "verdicts"]}
    without = {**whole, "features": {**whole["features"], "options": bare}}
    assert 0 < len(page.pack(whole)) - len(page.pack(without)) < 2_000_000


def test_the_exclusion_areas_of_a_prefecture_stay_small() -> None:
    """2,000 areas of farmland make the page at most half a megabyte larger, and none is left out."""
    many = many_options(options=60, farmland=2000)
    whole = scenario(many, page.overlays(many))
    without = {**whole, "features": {k: v for k, v in whole["features"].items() if k != "controls"}}
    assert sum(i.startswith("permanent_farmland") for i in whole["features"]["controls"]["ids"]) == 2000
    assert len(page.pack(whole)) - len(page.pack(without)) < 500_000


def test_the_list_of_refusals_is_that_of_the_result() -> None:
    """Each clause that options fail or that is not known stands there with the counts of the result, what refuses most first."""
    result = sample_result()
    shown = scenario(result, [])["refusals"]
    table = result.refusals[(result.refusals["failed"] > 0) | (result.refusals["unknown"] > 0)]
    assert {r["id"] for r in shown} == set(table.index)
    assert all(r[c] == table.loc[r["id"], c] for r in shown for c in ("failed", "refused", "only", "unknown", "judged"))
    assert [r["refused"] for r in shown] == sorted((r["refused"] for r in shown), reverse=True)
    assert scenario(replace(result, refusals=pd.DataFrame()), [])["refusals"] == []


def test_a_clause_is_printed_only_where_it_may_be_cited(many: Result) -> None:
    """What is to be verified, or set by the study, says so instead of a clause."""
    for standard in many.service.standards.values():
        assert (
            (standard.clause.en in cited(standard).en and bool(standard.clause.en))
            or not standard.cited
            or not standard.clause.en
        )
        assert standard.cited or cited(standard).zh in {"数值待核实", "本研究设定"}


def test_what_an_option_does_not_know_is_null(many: Result) -> None:
    """A missing sum, area or score is no number in the page, and an empty text is no text."""
    options = many.options.assign(cost_low=np.nan, land_m2=np.nan, reason="", soft_score=np.nan)
    result = replace(
        many, options=options.iloc[:40], suitability=pd.DataFrame(), chosen=many.chosen.iloc[:0], plan=None
    )
    columns = {c["label"]: c for c in scenario(result, page.overlays(result))["features"]["options"]["columns"]}
    assert {v[0] for v in packed.listed(columns["一次性投资（低/中/高）"]["values"])} == {None}
    assert (
        set(packed.listed(columns["用地"]["values"]))
        == set(packed.listed(columns["宜执行条款符合率"]["values"]))
        == {None}
    )
    assert "说明" not in columns


def test_no_hostile_text_stands_outside_the_packed_data(many: Result) -> None:
    """Titles of standards, names of hazards and reasons reach the page as data only."""
    text = page.draw(many_options(options=60, farmland=4)).text
    bare = text.split('id="geoplan-data">')[0] + text.split('id="geoplan-data">')[1].split("</script>", 1)[1]
    assert [h for h in (HOSTILE[0], "alert(1)", HOSTILE[3], "核对内容") if h in bare] == []


def test_rows_in_another_order_give_the_same_data(many: Result) -> None:
    """Options, scores, hazards and obligations in another row order give the same page."""
    few = many_options(options=60, farmland=4)
    turned = replace(few, options=few.options.iloc[::-1], suitability=few.suitability.iloc[::-1], hazards=few.hazards.iloc[::-1],
                     obligations=few.obligations.iloc[::-1], refusals=few.refusals.iloc[::-1])  # fmt: skip
    first, second = (packed.pack(scenario(r, page.overlays(r))) for r in (few, turned))
    assert first == second
