"""Laws of the options in the report: what refuses them, what must be built, what suits, what is to be measured, and the land."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from geoplan import plugins
from geoplan.errors import Text
from geoplan.report import breakdowns, land_use, obliged, records, refused, tables, unmeasured, weighed
from geoplan.report.document import document
from geoplan.report.figures import figures
from geoplan.report.model import Paragraph, Table
from geoplan.report.numbers import MISSING, shown
from geoplan.report.sections import land as land_section
from geoplan.report.sections import suitability as suitability_section
from geoplan.report.words import Words
from geoplan.result import Result
from geoplan.study.numbers import numbers
from geoplan.tables import OPTIONS
from tests.sample import sample_result


@pytest.fixture(scope="module")
def result() -> Result:
    """The sample in English."""
    return sample_result("en")


def column(table: Table, name: str) -> list[Any]:
    """The values of one column."""
    place = [c.name for c in table.columns].index(name)
    return [row[place] for row in table.rows]


def said(result: Result, section: str) -> str:
    """All paragraphs of a section."""
    return "\n".join(b.text for b in plugins.find("sections", section)(result) if isinstance(b, Paragraph))


def test_the_counts_of_a_rule_are_those_of_the_verdicts(result: Result) -> None:
    """Counted again verdict by verdict: judged, failed, unknown; refused are those of rules that must hold; alone is never more."""
    table = refused.refusals(result)
    every = Counter[tuple[str, str]]()
    for many in result.options["verdicts"]:
        every.update((result.text(result.service.standards[v.standard].title), v.outcome) for v in many)
    names = ("standard", "force", "judged", "failed", "refused", "refused_only", "unknown")
    for title, force, judged, failed, refuses, only, unknown in zip(*(column(table, n) for n in names), strict=True):
        assert failed == every[title, "fail"]
        assert unknown == every[title, "unknown"]
        assert judged == sum(every[title, o] for o in ("pass", "fail", "unknown"))
        assert refuses == (failed if force == "must" else 0)
        assert only <= refuses


def test_the_rule_that_refuses_most_stands_first(result: Result) -> None:
    """On the page and in the workbook; the page leaves out only rules that nothing fails and that are known of all."""
    assert column(refused.refusals(result), "refused") == sorted(
        column(refused.refusals(result), "refused"), reverse=True
    )
    page = refused.page(result)
    left_out = set(column(refused.refusals(result), "standard")) - set(column(page, "standard"))
    counts = refused.refusals(result)
    rows = zip(*(column(counts, n) for n in ("standard", "failed", "unknown")), strict=True)
    assert left_out == {title for title, failed, unknown in rows if not failed and not unknown}


@pytest.mark.parametrize("table", [refused.refusals, lambda r: records.verdicts(r, r.options)])
def test_a_rule_to_be_verified_names_neither_clause_nor_source(result: Result, table: Any) -> None:
    """Wherever options are judged, a rule marked G or set in the study is printed with its mark alone."""
    made, known = table(result), {result.text(s.title): s for s in result.service.standards.values()}
    for title, clause, source, mark in zip(
        *(column(made, n) for n in ("standard", "clause", "source", "mark")), strict=True
    ):
        assert known[title].cited == bool(clause or source)
        assert known[title].cited or mark in {"to be verified", "set in this study"}
    assert any(not known[title].cited for title in column(made, "standard"))


def test_every_obligation_that_is_not_met_stands_under_its_group(result: Result) -> None:
    """The tables of the groups hold each row that fails or is not known, and no other; the counts by unit are the failures."""
    words, rows = Words.of(result), result.obligations
    for group in obliged.GROUPS:
        own = rows[rows["rule"].map(obliged.group_of) == group]
        wanted = Counter(words.term("obliged", o) for o in own["outcome"] if o != "pass")
        assert Counter(column(obliged.short_of(result, group), "outcome")) == wanted
    by_unit = obliged.by_unit(result)
    assert sum(sum(row[1:]) for row in by_unit.rows) == (rows["outcome"] == "fail").sum()
    assert len(obliged.obligations(result).rows) == len(rows)


def test_the_best_option_is_named_with_its_kind_and_never_made_up(result: Result) -> None:
    """An obligation whose best option is not among the options names none."""
    assert obliged.option_title(result, "nowhere:new_build") == ""
    option = str(result.options.index[0])
    assert obliged.option_title(result, option).endswith("(nursery class in a kindergarten)")


def test_the_shares_of_the_criteria_add_up_to_the_score(result: Result) -> None:
    """In the table of the first options and in the workbook."""
    for table, first in ((weighed.shares(result), 2), (weighed.suitability(result), 0)):
        shares = [column(table, c.name) for c in table.columns[first:] if c.name.startswith("share_")]
        for score, *parts in zip(column(table, "score"), *shares, strict=True):
            assert sum(parts) == pytest.approx(score)
    assert sum(column(weighed.criteria(result), "weight")) == pytest.approx(1.0)


def test_how_many_stay_is_counted_among_the_first_alone(result: Result) -> None:
    """Of the first twenty those that every variant keeps; without variants nothing is said to be tested."""
    frame = result.suitability.assign(times_in_top=6, variants=6)
    frame.loc[frame["rank"] > 3, "times_in_top"] = 5
    assert weighed.staying(replace(result, suitability=frame)) == 3
    untested = replace(result, suitability=result.suitability.drop(columns=["times_in_top", "variants"]))
    assert "not tried" in suitability_section.sensitivity(untested)


def test_what_is_refused_is_not_ranked(result: Result) -> None:
    """Whatever its score, an option that is refused stands in no table of the best."""
    refused_option = result.options.index[result.options["verdict"] == "fail"][0]
    frame = pd.concat([result.suitability, result.suitability.iloc[:1].set_axis([refused_option]).assign(rank=0)])
    more = replace(result, suitability=frame)
    assert weighed.top(more).rows == weighed.top(result).rows
    assert refused_option not in column(weighed.suitability(more), "option_id")


def test_every_value_to_be_measured_is_counted_once(result: Result) -> None:
    """By what it is: the counts add up to all, and each says why it matters."""
    table = unmeasured.by_quantity(result)
    assert sum(column(table, "values_unknown")) == len(result.field_checks)
    assert all(column(table, "why_it_matters"))
    assert len(unmeasured.field_checks(result).rows) == len(result.field_checks)


def test_ids_of_standards_are_turned_to_titles(result: Result) -> None:
    """Whether they come as one text or as a list; what is not known stays as it is."""
    assert (
        unmeasured.why(result, "storeys, reach, own_rule") == "highest storey; reach of a childcare facility; own_rule"
    )
    assert unmeasured.why(result, ("storeys", "storeys")) == "highest storey"


def test_the_land_by_phase_adds_up_to_the_land_of_the_plan(result: Result) -> None:
    """Its total is the sum over the options chosen; an unknown part makes it unknown, not smaller."""
    table = land_use.by_phase(result)
    for name in land_use.AREAS:
        assert column(table, name)[-1] == pytest.approx(result.chosen[name].sum())
    lost = result.chosen.copy()
    lost.loc[lost.index[lost["kind"] == "new_build"][0], "land_m2"] = float("nan")
    unknown = replace(result, chosen=lost)
    assert shown(column(land_use.by_phase(unknown), "land_m2")[-1], "count") == MISSING
    assert f"take {MISSING} m² of land" in land_section.sentence(unknown)


def test_the_land_table_of_the_workbook_holds_offer_and_plan(result: Result) -> None:
    """Every row of the result stands there, with a column for each fee."""
    table = land_use.land(result)
    assert len(table.rows) == len(result.land)
    assert set(column(table, "of")) == {"options offered", "the plan"}
    assert {f"fee_{f.id}" for f in result.service.fees} <= {c.name for c in table.columns}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_relief_of_taxes_is_left_to_the_tax_authority(language: str) -> None:
    """The sentence stands in the section; a fee that the study does not count has no amount, one that it counts has."""
    made = sample_result(language)  # type: ignore[arg-type]
    assert ("合规减免按税务部门认定" if language == "zh" else "for the tax authority to decide") in said(made, "land")
    assert set(column(land_use.fees(made), "charged")) == {False}
    assert set(column(land_use.fees(made), "fee_amount")) == {None}
    counted = replace(made, settings={**made.settings, "siting": {"fees": ["occupation_tax"]}})
    on = dict(zip(column(land_use.fees(counted), "fee"), column(land_use.fees(counted), "fee_amount"), strict=True))
    title = made.text(made.service.standards["occupation_tax"].title)
    assert on[title] == made.chosen["fee_occupation_tax"].sum() > 0
    assert list(on.values()).count(None) == 1


def test_the_catalogue_is_quoted_as_written_and_the_slip_is_named_once(result: Result) -> None:
    """Where the condition quotes the notice, the note stands below; where it explains itself or nothing is allocated, it does not."""
    assert "《划拨用地目录》" in land_section.slip(result)
    modes = dict(result.service.supply_modes)
    title, condition = modes["allocated"]
    explained = Text(condition.en + "; 《划拨用地目录》 is meant", condition.zh + "，应为《划拨用地目录》")
    service = replace(result.service, supply_modes={**modes, "allocated": (title, explained)})
    assert land_section.slip(replace(result, service=service)) == ""
    converted = result.chosen[result.chosen["supply_mode"] != "allocated"]
    assert land_section.slip(replace(result, chosen=converted)) == ""


def test_who_bears_the_cost_adds_up_to_the_cost(result: Result) -> None:
    """Central subsidy and payers together are the cost of the plan."""
    assert column(breakdowns.cost_by_source(result), "cost")[-1] == pytest.approx(result.chosen["cost"].sum())


def test_costs_of_options_leave_out_what_is_refused(result: Result) -> None:
    """Low is at most mid, mid at most high, and the places are those of the options that are not refused."""
    table = breakdowns.option_costs(result)
    for low, mid, high in zip(*(column(table, f"wan_{n}") for n in ("low", "mid", "high")), strict=True):
        assert low <= mid <= high
    kept = result.options[result.options["verdict"] != "fail"]
    assert sum(column(table, "offered")) == len(kept)
    assert sum(column(table, "places")) == kept["places"].sum()


def test_the_workbook_holds_every_column_of_the_options(result: Result) -> None:
    """What the table of options holds stands in the workbook, in words; the verdicts have a sheet of their own."""
    renamed = {"unit_id": "unit", "fte": "fte_per_place", "replaces": "closes_facility"}
    held = {c.name for c in tables.options(result).columns}
    wanted = {renamed.get(c.name, c.name) for c in OPTIONS.columns} - {"geometry", "verdicts"}
    assert not wanted - held


def test_a_cell_names_so_many_options_and_counts_the_rest() -> None:
    """Nothing is cut without saying so."""
    words = Words("en")
    assert tables.listed(words, ["a", "b"]) == "a, b"
    many = tables.listed(words, [f"o{n}" for n in range(tables.MOST_NAMED + 7)])
    assert many.endswith("and 7 more")
    assert tables.listed(words, None) == tables.listed(words, float("nan")) == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_result_without_the_tables_of_siting_is_reported(language: str) -> None:
    """A service or study that has no obligations, scores, field checks or refusals gets no empty chapter and no error."""
    full, empty = sample_result(language, planned=False), pd.DataFrame()  # type: ignore[arg-type]
    service = replace(full.service, fees=(), suitability=(), obligations={}, controls={}, supply_modes={})
    bare = replace(full, service=service, refusals=empty, field_checks=empty, suitability=empty, obligations=empty, land=empty,
                   controls={}, hazards=gpd.GeoDataFrame())  # fmt: skip
    bare = replace(bare, numbers=numbers(replace(bare, refusals=full.refusals)))
    sections = {s.name: s.blocks for s in document(bare).sections}
    assert sections["obligations"] == sections["suitability"] == ()
    assert len(sections["field_checks"]) == 2
    assert not {"refusals", "suitability"} & set(figures(bare))
    assert not [b for b in sections["land"] if isinstance(b, Table)]
