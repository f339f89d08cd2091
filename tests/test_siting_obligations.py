"""Obligations: what must be built, what is short, and what would cure it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geoplan.errors import UsageError
from geoplan.profiles.load import load_service
from geoplan.profiles.units import unknown_parts
from geoplan.siting.obligations import (
    COLUMNS,
    counts,
    cure,
    employers,
    gather,
    missing_pilots,
    near_work,
    new_areas,
    old_areas,
)

LOADED = load_service()
# what each kind could be a pilot of is set here, so that the answers follow from this file
PILOTS = {
    "kindergarten_class": ("kindergarten",),
    "shared_building": ("community", "brand_chain"),
    "idle_building": ("brand_chain",),
}
SERVICE = replace(LOADED, options={k: replace(LOADED.options[k], pilots=p) for k, p in PILOTS.items()})
K = SERVICE.value("places_per_1000_new")
STEPS = ("planned", "built", "accepted", "delivered")
NO_PAIRS = pd.DataFrame({"from_id": [], "to_id": [], "metres": []})


def project(**columns: Any) -> pd.DataFrame:
    """One new residential project; it keeps every rule unless a column says otherwise."""
    good = {"name": "新城", "unit_id": "130502", "population": 1600, "places_planned": 16, "delivery_year": 2028, "housing_state": "built",
            **{f"{s}_state": "done" for s in STEPS}}  # fmt: skip
    return pd.DataFrame([good | columns], index=["N-1"])


def one(**columns: Any) -> pd.Series:
    """The one row of one project."""
    return new_areas(project(**columns), SERVICE, 2026).iloc[0]


def option_table(rows: dict[str, tuple[str, str, str, float]]) -> tuple[pd.DataFrame, pd.Series]:
    """Options by id (site:kind), each with unit, verdict, layer that it is built from, and score."""
    frame = pd.DataFrame(
        [(i.split(":")[0], i.split(":")[1], unit, verdict, built, 20) for i, (unit, verdict, built, _) in rows.items()],
        index=pd.Index(list(rows), dtype=object), columns=["site_id", "kind", "unit_id", "verdict", "built_from", "places"],
    )  # fmt: skip
    return frame, pd.Series({i: score for i, (*_, score) in rows.items()}, dtype=float)


def homes(classes: list[str], children: list[float]) -> pd.DataFrame:
    """Homes h0, h1, … with children of the eldest band."""
    bands = {f"people_{b}": 0.0 for b in SERVICE.band_ids[:-1]} | {f"people_{SERVICE.band_ids[-1]}": children}
    return pd.DataFrame(
        {"name": "小区", "unit_id": "130502", "class": classes, **bands}, index=[f"h{n}" for n in range(len(classes))]
    )


def test_a_project_that_gives_its_places_in_time_passes() -> None:
    """10 places for 1,000 residents are 16 for 1,600; planned and built are done, the later milestones are not due."""
    row = one(accepted_state="not_done", delivered_state=None)
    assert (row["asked"], row["given"], row["short"], row["behind"], row["outcome"]) == (16, 16, 0, 0, "pass")
    assert (row["note"], row["unit"], row["clause"], row["option_id"]) == ("", "places", "C4.1b", "")


def test_a_short_project_fails_and_says_when_it_can_be_had() -> None:
    """What is delivered by the planned year is to be made up; what comes later can be asked of the housing."""
    late, early = one(places_planned=10), one(places_planned=10, delivery_year=2025)
    assert (late["short"], late["outcome"], early["outcome"]) == (6, "fail", "fail")
    assert "规划条件" in late["note"]
    assert "补建" in early["note"]


def test_a_milestone_that_the_housing_has_passed_and_the_facility_not_fails() -> None:
    """The note names the milestone; one known to be behind fails whatever else is not known."""
    row = one(built_state="not_done")
    assert (row["behind"], row["outcome"]) == (1, "fail")
    assert row["note"] == "滞后于住宅：同步建设"
    row = one(built_state="not_done", planned_state=None)
    assert math.isnan(row["behind"])
    assert row["outcome"] == "fail"
    assert row["note"] == "滞后于住宅：同步建设；状态未知：同步规划"


@pytest.mark.parametrize("column", ["population", "places_planned", "housing_state", "planned_state", "built_state"])
def test_what_is_not_known_is_never_a_pass(column: str) -> None:
    """A project that would pass is unknown when one thing that it rests on is, whether the cell or the column is missing."""
    assert one(**{column: None})["outcome"] == "unknown"
    assert new_areas(project().drop(columns=column), SERVICE, 2026)["outcome"].tolist() == ["unknown"]
    assert one(**{column: None})["note"]


STATE = st.sampled_from(["done", "not_done", None])
PROJECT = st.fixed_dictionaries({
    "population": st.none() | st.integers(0, 9000), "places_planned": st.none() | st.integers(0, 100),
    "housing_state": st.none() | st.sampled_from(STEPS), **{f"{s}_state": STATE for s in STEPS},
})  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(PROJECT)
def test_the_outcome_of_a_project_follows_from_its_parts(columns: dict[str, Any]) -> None:
    """asked is the least whole number that keeps the rule; fail, pass and unknown are as the rule says, written out once more."""
    row = one(**columns)
    people, given_ = columns["population"], columns["places_planned"]
    due = None if columns["housing_state"] is None else STEPS[: STEPS.index(columns["housing_state"]) + 1]
    states = None if due is None else [columns[f"{s}_state"] for s in due]
    if people is not None:
        assert row["asked"] >= K * people / 1000 > row["asked"] - 1
    short = people is not None and given_ is not None and given_ * 1000 < K * people
    known = None not in (people, given_, states) and None not in (states or [])
    failed = short or "not_done" in (states or [])
    assert row["outcome"] == ("fail" if failed else "pass" if known else "unknown")


def test_old_areas_count_where_children_live() -> None:
    """Old and built-up areas with children stand in the table; one within reach passes; new, rural and childless ones are not asked."""
    demand = homes(["urban_old", "urban_built", "urban_old", "urban_new", "rural", "urban_old"], [3, 2, 0, 9, 9, 4])
    rows = old_areas(demand, pd.Series([False, True, False, False, False, None], demand.index, dtype=object), SERVICE)
    assert rows[["subject_id", "short", "outcome"]].fillna(-1).values.tolist() == [
        ["h0", 1, "fail"],
        ["h1", 0, "pass"],
        ["h5", -1, "unknown"],
    ]
    assert rows["note"].iloc[0] == "婴幼儿3人"
    assert set(rows["clause"]) == {"C4.1c"}


def test_an_area_of_unknown_children_is_unknown_where_nothing_is_in_reach() -> None:
    """It is not known whether a facility is owed there; within reach of one there is nothing to ask."""
    demand = homes(["urban_old", "urban_old"], [float("nan")] * 2)
    assert old_areas(demand, pd.Series([False, True], demand.index), SERVICE)["outcome"].tolist() == ["unknown", "pass"]


def test_an_area_that_reached_does_not_name_is_refused() -> None:
    """Tables are joined by label."""
    with pytest.raises(UsageError, match="nothing of 1 areas: h0"):
        old_areas(homes(["urban_old"], [1]), pd.Series({"other": True}), SERVICE)


def test_employers_from_the_trigger_on_owe_a_facility() -> None:
    """From 20 children on; with one of their own they pass; where children or facility are not known, unknown."""
    layer = pd.DataFrame({"unit_id": "U", "children_under_3": [20, 19, None, 30, 30]}, index=list("abcde"))
    rows = employers(layer, SERVICE, pd.Series([False, False, False, True, None], layer.index, dtype=object))
    assert dict(zip(rows["subject_id"], rows["outcome"], strict=True)) == {
        "a": "fail",
        "c": "unknown",
        "d": "pass",
        "e": "unknown",
    }
    assert employers(layer, SERVICE)["outcome"].tolist() == ["unknown"] * 4
    own = employers(layer.assign(own_places=[0, 0, 0, 15, None]), SERVICE)
    assert own["outcome"].tolist() == ["fail", "unknown", "pass", "unknown"]


def test_a_facility_near_work_counts_to_the_metre() -> None:
    """The reach is inclusive."""
    work = gpd.GeoDataFrame(geometry=[Point(0, 0), Point(601, 0)], index=["a", "b"])
    care = gpd.GeoDataFrame(geometry=[Point(300, 0)], index=["F"])
    assert near_work(work, care, 300).tolist() == [True, False]
    assert near_work(work, care.iloc[:0], 300).tolist() == [False, False]


def test_a_service_without_the_rule_has_no_rows() -> None:
    """What a service does not ask for is no obligation."""
    none = replace(SERVICE, obligations={})
    demand = homes(["urban_old"], [1])
    parts = (
        new_areas(project(), none, 2026),
        old_areas(demand, pd.Series(False, demand.index), none),
        employers(demand, none),
    )
    assert [len(part) for part in parts] == [0, 0, 0]
    assert list(gather(*parts).columns) == list(COLUMNS)
    assert counts(gather(*parts)).empty


def test_the_best_option_for_a_missing_pilot_passes_then_scores() -> None:
    """One that passes comes before a better one that is to be checked; refused ones, other kinds and other units never come."""
    found = pd.DataFrame({"kindergarten": ["missing", "done"]}, index=["U", "V"])
    options, score = option_table({
        "a:kindergarten_class": ("U", "unknown", "hosts:a", 0.9), "b:kindergarten_class": ("U", "pass", "hosts:b", 0.2),
        "c:kindergarten_class": ("U", "pass", "hosts:c", 0.4), "d:kindergarten_class": ("U", "fail", "hosts:d", 1.0),
        "e:kindergarten_class": ("V", "pass", "hosts:e", 1.0), "f:shared_building": ("U", "pass", "hosts:f", 1.0),
    })  # fmt: skip
    rows = missing_pilots(found, options, score, SERVICE, pd.Series({"U": "襄都区", "V": "信都区"}))
    assert rows[["subject_id", "name", "outcome", "option_id", "short"]].values.tolist() == [
        ["U", "襄都区", "fail", "c:kindergarten_class", 1.0], ["V", "信都区", "pass", "", 0.0],
    ]  # fmt: skip
    assert rows["clause"].unique().tolist() == ["E2.3"]
    unchecked = missing_pilots(found, options.loc[["a:kindergarten_class"]], score, SERVICE)
    assert unchecked[["option_id", "note"]].iloc[0].tolist() == ["a:kindergarten_class", "所列方案尚有条款待核实"]


def test_each_pilot_has_a_site_of_its_own() -> None:
    """The shared building could be both; the brand chain takes the idle one, so that both pilots have an option."""
    found = pd.DataFrame({"brand_chain": ["missing"], "community": ["missing"], "employer": ["missing"]}, index=["U"])
    options, score = option_table({
        "a:shared_building": ("U", "pass", "hosts:a", 0.9), "b:idle_building": ("U", "unknown", "idle:b", 0.1),
    })  # fmt: skip
    rows = missing_pilots(found, options, score, SERVICE).set_index("rule")
    assert rows["option_id"].to_dict() == {
        "pilot_brand_chain": "b:idle_building", "pilot_community": "a:shared_building", "pilot_employer": "",
    }  # fmt: skip
    shared = missing_pilots(found, options.assign(site_group="a"), score, SERVICE)
    assert sorted(shared["option_id"]) == ["", "", "a:shared_building"]
    alone = missing_pilots(found, options.iloc[:1], score, SERVICE).set_index("rule")
    assert sorted(alone["option_id"]) == ["", "", "a:shared_building"]
    assert alone.loc["pilot_employer", "note"] == "本地暂无可作为该类试点的方案"
    assert "可用方案已列为其他试点" in set(alone["note"])


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_as_many_pilots_as_possible_have_an_option(data: st.DataObject) -> None:
    """No site stands twice in a unit; no exchange of one option for another would be better; the order of the options is nothing."""
    kinds = data.draw(st.lists(st.sampled_from(list(PILOTS)), min_size=1, max_size=5))
    verdicts = [data.draw(st.sampled_from(["pass", "unknown", "fail"])) for _ in kinds]
    options, score = option_table(
        {f"s{n}:{k}": ("U", v, "", n / 8) for n, (k, v) in enumerate(zip(kinds, verdicts, strict=True))}
    )
    found = pd.DataFrame({k: ["missing"] for k in ("brand_chain", "community", "kindergarten")}, index=["U"])
    rows = missing_pilots(found, options, score, SERVICE)
    used = [o for o in rows["option_id"] if o]
    assert len(set(used)) == len(used)
    assert set(used) <= set(options.index[options["verdict"] != "fail"])
    for rule, option in zip(rows["rule"], rows["option_id"], strict=True):
        able = [
            o
            for o in options.index
            if rule.removeprefix("pilot_") in PILOTS[o.split(":")[1]] and options.at[o, "verdict"] != "fail"
        ]
        worth = {o: (options.at[o, "verdict"] == "pass", score[o]) for o in able}
        assert option or set(able) <= set(used)
        assert all(worth[o] <= worth[option] for o in able if option and o not in used)
    shuffled = options.loc[data.draw(st.permutations(list(options.index)))]
    pd.testing.assert_frame_equal(missing_pilots(found, shuffled, score, SERVICE), rows)


def test_each_row_is_cured_by_the_option_that_serves_it() -> None:
    """A project by its own option, an employer by its own, an old area by the best within reach, the nearer of equals; a pass by none."""
    demand = homes(["urban_old"] * 4, [5] * 4)
    layer = pd.DataFrame({"unit_id": "U", "children_under_3": [40]}, index=["E-1"])
    rows = gather(
        new_areas(project(places_planned=0), SERVICE, 2026),
        old_areas(demand, pd.Series([False, False, False, True], demand.index), SERVICE),
        employers(layer, SERVICE, pd.Series({"E-1": False})),
    )
    options, score = option_table({
        "N-1:new_development": ("U", "pass", "new_residential:N-1", 0.1), "E-1:employer_nursery": ("U", "unknown", "employers:E-1", 0.1),
        "a:x": ("U", "pass", "hosts:a", 0.5), "b:x": ("U", "pass", "hosts:b", 0.5), "c:x": ("U", "unknown", "hosts:c", 0.9),
        "d:x": ("U", "fail", "hosts:d", 1.0),
    })  # fmt: skip
    pairs = pd.DataFrame(
        [
            ("h0", "a:x", 200.0),
            ("h0", "b:x", 100.0),
            ("h0", "c:x", 10.0),
            ("h1", "c:x", 50.0),
            ("h2", "d:x", 5.0),
            ("h3", "a:x", 5.0),
        ],
        columns=["from_id", "to_id", "metres"],
    )
    cured = cure(rows, options, score, pairs).set_index("subject_id")
    assert cured["option_id"].to_dict() == {
        "N-1": "N-1:new_development", "h0": "b:x", "h1": "c:x", "h2": "", "h3": "", "E-1": "E-1:employer_nursery",
    }  # fmt: skip
    assert cured.loc["h2", "note"] == "婴幼儿5人；暂无可用方案"
    assert cured.loc["h1", "note"] == "婴幼儿5人；所列方案尚有条款待核实"
    assert cured.loc["h3", "note"] == "婴幼儿5人"


def test_a_refused_option_of_its_own_is_named_and_a_site_comes_before_an_area_to_search() -> None:
    """A project whose own option fails a clause is not told that there is none; a search area is put forward only where no site is."""
    rows = gather(
        new_areas(project(places_planned=0), SERVICE, 2026),
        old_areas(homes(["urban_old"], [5]), pd.Series({"h0": False}), SERVICE),
    )
    options, score = option_table({
        "N-1:new_development": ("U", "fail", "new_residential:N-1", 0.1), "s:search_area": ("U", "unknown", "search_areas:s", 0.9),
        "a:x": ("U", "unknown", "hosts:a", 0.2),
    })  # fmt: skip
    options["search_area"] = options.index == "s:search_area"
    pairs = pd.DataFrame({"from_id": "h0", "to_id": ["s:search_area", "a:x"], "metres": [1.0, 9.0]})
    cured = cure(rows, options, score, pairs)
    assert cured["option_id"].tolist() == ["", "a:x"]
    assert cured["note"].iloc[0].endswith("自有方案不合规，原因见方案表")
    assert cure(rows, options, score, pairs.iloc[:1])["option_id"].tolist() == ["", "s:search_area"]


def test_cures_never_serve_with_what_brings_no_places() -> None:
    """An option that closes a facility cures nothing; curing twice is curing once; no option at all leaves every row with its reason."""
    rows = old_areas(homes(["urban_old"], [5]), pd.Series({"h0": False}), SERVICE)
    options, score = option_table({"F:close_facility": ("U", "pass", "facilities:F", 1.0)})
    pairs = pd.DataFrame({"from_id": ["h0"], "to_id": ["F:close_facility"], "metres": [1.0]})
    once = cure(rows, options.assign(places=0), score, pairs)
    assert once["option_id"].tolist() == [""]
    pd.testing.assert_frame_equal(cure(once, options.assign(places=0), score, pairs), once)
    pd.testing.assert_frame_equal(cure(rows, options.iloc[:0], score, NO_PAIRS), once)


def test_all_rules_stand_in_one_table_that_counts_itself() -> None:
    """Rows of all rules share their columns, units that can be read, and add up by outcome."""
    demand = homes(["urban_old", "urban_built"], [5, 5])
    found = pd.DataFrame({"kindergarten": ["missing", "unknown"]}, index=["U", "V"])
    options, score = option_table({"a:kindergarten_class": ("U", "pass", "hosts:a", 0.9)})
    rows = gather(
        new_areas(project(), SERVICE, 2026, "en"), old_areas(demand, pd.Series([False, True], demand.index), SERVICE, "en"),
        missing_pilots(found, options, score, SERVICE, language="en"),
    )  # fmt: skip
    assert list(rows.columns) == list(COLUMNS)
    assert [u for u in rows["unit"].unique() if unknown_parts(u)] == []
    table = counts(rows)
    assert table["all"].to_dict() == {"new_area": 1, "old_area": 2, "pilot_kindergarten": 2}
    assert table.loc["pilot_kindergarten", ["pass", "fail", "unknown"]].tolist() == [0, 1, 1]
    assert np.isnan(rows["behind"].iloc[-1])
    assert rows["note"].iloc[1] == "5 children"
