"""Field checks: what is asked for, and what a filled form changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geoplan.errors import Findings, InputError, Text, UsageError
from geoplan.profiles.load import load_service
from geoplan.siting.compliance import judge
from geoplan.siting.field_checks import COLUMNS, fill, to_check
from geoplan.siting.ground import Ground
from geoplan.siting.quantities import quantity_of

CHECKS = ("no_basement", "fire_storey", "fire_storey_rating_3", "fire_storey_rating_4", "own_entrance", "premises_years",
          "hazard_filling_station")  # fmt: skip
PROFILE = load_service()
KIND = replace(PROFILE.options["lease_premises"], checks=CHECKS)
SERVICE = replace(PROFILE, options={**PROFILE.options, "lease_premises": KIND})
MEASURED = {
    "storey": st.sampled_from([-1.0, 1.0, 2.0, 3.0]),
    "fire_rating": st.sampled_from([1.0, 2.0, 3.0, 4.0]),
    "own_entrance": st.sampled_from([0.0, 1.0]),
    "lease_years": st.integers(1, 30).map(float),
    "distance_filling_station": st.integers(0, 400).map(float),
}
CELLS = st.fixed_dictionaries({name: st.none() | values for name, values in MEASURED.items()})
SITES = st.lists(CELLS, min_size=1, max_size=4)


def sites_of(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Sites s0, s1, … with these values."""
    frame = pd.DataFrame(rows, index=pd.Index([f"s{n}" for n in range(len(rows))], dtype=object))
    frame = frame.astype({c: float for c in frame.columns if c in MEASURED})
    more = {
        "name": "场所",
        "unit_id": "130502",
        "class": "urban_old",
        "planning_code": pd.Series(None, frame.index, dtype=object),
    }
    points = [Point(500_000 + 50 * n, 4_100_000) for n in range(len(rows))]
    return gpd.GeoDataFrame(frame.assign(**more), geometry=points, crs=4547)


def options_of(sites: gpd.GeoDataFrame, places: int = 36) -> gpd.GeoDataFrame:
    """One judged option a site; none counts as refused, so that all of them ask."""
    columns = {"site_id": sites.index, "kind": "lease_premises", "places": places, "verdict": "unknown"}
    options = gpd.GeoDataFrame(
        columns, index=[f"{s}:lease_premises" for s in sites.index], geometry=sites.geometry.to_numpy(), crs=4547
    )
    return options.assign(verdicts=judge(options, sites, SERVICE, Ground()))


def form_of(values: dict[tuple[str, str], object]) -> pd.DataFrame:
    """A filled form."""
    rows = [(site, quantity, value) for (site, quantity), value in values.items()]
    return pd.DataFrame(rows, columns=["site_id", "quantity", "value"], index=pd.RangeIndex(2, len(rows) + 2))


def unknowns(options: gpd.GeoDataFrame) -> set[tuple[str, str]]:
    """Site and standard of each verdict that is not known."""
    return {
        (s, v.standard)
        for s, many in zip(options["site_id"], options["verdicts"], strict=True)
        for v in many
        if v.outcome == "unknown"
    }


def test_the_form_asks_for_what_is_missing_and_says_why() -> None:
    """A storey that is not known is asked for once a site, with the clauses and places that hang on it and where the site is."""
    sites = sites_of(
        [{"storey": None, "fire_rating": 2, "own_entrance": 1, "lease_years": 5, "distance_filling_station": 90}]
    )
    form = to_check(options_of(sites), sites, SERVICE)
    assert list(form.columns) == list(COLUMNS)
    row = form.iloc[0]
    assert (len(form), row["site_id"], row["quantity"], row["unit"], row["places"]) == (1, "s0", "storey", "storey", 36)
    assert row["standards"] == "no_basement, fire_storey"
    assert isinstance(row["title"], Text)
    assert row["why"].zh.startswith("36个托位取决于此项，用于判定：")
    assert SERVICE.standards["no_basement"].title.zh in row["why"].zh
    assert SERVICE.standards["fire_storey"].title.en in row["why"].en
    assert (row["lon"], row["lat"]) == pytest.approx((114.0, 37.03), abs=0.05)


def test_a_layer_without_the_column_is_a_layer_in_which_it_is_missing() -> None:
    """Every site is asked for a distance that no layer knows."""
    sites = sites_of([{"storey": 1, "fire_rating": 1, "own_entrance": 1, "lease_years": 5}] * 2)
    form = to_check(options_of(sites), sites, SERVICE)
    assert form[["site_id", "quantity"]].values.tolist() == [
        ["s0", "distance_filling_station"],
        ["s1", "distance_filling_station"],
    ]
    assert form["title"].iloc[0] == SERVICE.standards["hazard_filling_station"].title


def test_the_most_places_come_first() -> None:
    """The form is sorted by places at stake, then by site and column; of a site's options the largest counts."""
    sites = sites_of([{"storey": None}, {"storey": None}])
    few, many = options_of(sites), options_of(sites, 60)
    both = pd.concat([few, many.iloc[[1]].rename(index=lambda i: i + "2")])
    form = to_check(both, sites, SERVICE)
    assert form["places"].tolist() == [60.0] * 5 + [36.0] * 5
    assert form["site_id"].tolist() == ["s1"] * 5 + ["s0"] * 5
    assert form["quantity"].tolist()[:5] == sorted(form["quantity"].tolist()[:5])


def test_refused_options_and_areas_to_search_ask_for_nothing() -> None:
    """Nothing that is measured brings a refused option back, and a search area is no site yet."""
    sites = sites_of([{"storey": None}, {"storey": None}])
    options = options_of(sites)
    assert to_check(options.assign(verdict=["fail", "unknown"]), sites, SERVICE)["site_id"].unique().tolist() == ["s1"]
    assert to_check(options.assign(search_area=[True, False]), sites, SERVICE)["site_id"].unique().tolist() == ["s1"]


def test_an_option_without_its_site_is_refused() -> None:
    """Sites and options are joined by label."""
    sites = sites_of([{"storey": None}, {"storey": None}])
    with pytest.raises(UsageError, match="1 sites of options are not known: s1"):
        to_check(options_of(sites), sites.iloc[:1], SERVICE)


@settings(max_examples=25, deadline=None)
@given(SITES, st.data())
def test_filling_takes_away_exactly_the_unknowns_that_only_needed_it(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Of the unknown verdicts those go whose missing columns were all filled; those that needed nothing of it stay."""
    sites = sites_of(rows)
    options = options_of(sites)
    form = to_check(options, sites, SERVICE)
    asked = list(zip(form["site_id"], form["quantity"], strict=True))
    values = {pair: data.draw(MEASURED[pair[1]]) for pair in asked if data.draw(st.booleans())}
    after = options_of(fill(sites, form_of(values), Findings()))
    left = unknowns(after)
    for site, standard in unknowns(options):
        lacking = {c for c in quantity_of(SERVICE.standards[standard]).columns if pd.isna(sites.at[site, c])}
        written = {c for c in lacking if (site, c) in values}
        if lacking <= written:
            assert (site, standard) not in left
        elif not written:
            assert (site, standard) in left
    assert left <= unknowns(options)


@settings(max_examples=25, deadline=None)
@given(SITES, st.data())
def test_a_form_changes_only_what_it_fills_and_only_once(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    """Every other cell stays, filling again changes and reports nothing, and the sites that came in are as they were."""
    sites = sites_of(rows)
    before = sites.copy()
    names = st.tuples(st.sampled_from(list(sites.index)), st.sampled_from(list(MEASURED)))
    pairs = data.draw(st.lists(names, unique=True))
    values = {pair: data.draw(st.none() | MEASURED[pair[1]]) for pair in pairs}
    filled = fill(sites, form_of(values), Findings())
    pd.testing.assert_frame_equal(sites, before)
    for site in sites.index:
        for column in sites.columns:
            expected = values.get((site, column))
            old = sites.at[site, column]
            now = filled.at[site, column]
            assert now == (old if expected is None else expected) or (
                pd.isna(old) and expected is None and pd.isna(now)
            )
    again = Findings()
    pd.testing.assert_frame_equal(fill(filled, form_of(values), again), filled)
    assert not len(again)


@settings(max_examples=25, deadline=None)
@given(SITES)
def test_an_empty_form_changes_nothing(rows: list[dict[str, Any]]) -> None:
    """A form without values, or without rows, gives the same sites and no finding."""
    sites, findings = sites_of(rows), Findings()
    blank = form_of({("s0", "storey"): None, ("nowhere", "nothing"): " "})
    for form in (blank, blank.iloc[:0]):
        pd.testing.assert_frame_equal(fill(sites, form, findings), sites)
    assert not len(findings)


def test_what_is_replaced_is_a_repair_and_what_was_missing_is_counted() -> None:
    """The repair names site, column, old and new value; the same value again is none."""
    sites, findings = sites_of([{"storey": 2.0}, {"storey": None}, {"storey": 1.0}]), Findings()
    form = form_of({("s0", "storey"): "1", ("s1", "storey"): 1, ("s2", "storey"): 1.0, ("s0", "planning_code"): "0702"})
    filled = fill(sites, form, findings)
    assert filled["storey"].tolist() == [1.0, 1.0, 1.0]
    assert filled.at["s0", "planning_code"] == "0702"
    assert filled["planning_code"].isna().tolist() == [False, True, True]
    repair, note = findings
    assert (repair.code, repair.severity, repair.place, repair.value, repair.count) == (
        "GP-O034",
        "repair",
        "s0 storey",
        "1",
        1,
    )
    assert "图层数值 2 " in repair.problem.zh
    assert (note.code, note.severity, note.count) == ("GP-O035", "note", 2)


def test_all_that_is_wrong_with_a_form_is_told_at_once() -> None:
    """Unknown sites and quantities and values that do not fit are errors with their row; the good rows are filled still."""
    sites, findings = sites_of([{"storey": None}]), Findings()
    form = form_of({
        ("s9", "storey"): 1, ("s0", "storye"): 1, ("s0", "fire_rating"): "2.5", ("s0", "lease_years"): "-3",
        ("s0", "distance_filling_station"): "inf", ("s0", "name"): "x", ("s0", "storey"): 1,
    })  # fmt: skip
    filled = fill(sites, form, findings, SERVICE)
    assert [(f.code, f.place.split(",")[0]) for f in findings.errors()] == [
        ("GP-O030", "row 2"), ("GP-O031", "row 3"), ("GP-O032", "row 4"), ("GP-O032", "row 5"), ("GP-O032", "row 6"),
        ("GP-O031", "row 7"),
    ]  # fmt: skip
    assert findings.errors()[1].advice.en == "did you mean storey?"
    assert filled["storey"].tolist() == [1.0]
    with pytest.raises(InputError):
        findings.raise_errors()


def test_two_values_for_one_are_an_error_and_one_value_twice_is_none() -> None:
    """A form must not contradict itself."""
    sites, findings = sites_of([{"storey": None}]), Findings()
    form = pd.DataFrame({"site_id": "s0", "quantity": "storey", "value": ["1", "1.0", "2"]})
    assert fill(sites, form, findings)["storey"].tolist() == [1.0]
    assert [f.code for f in findings.errors()] == ["GP-O033"]


def test_a_table_that_is_no_form_is_refused() -> None:
    """The columns of the form must be there."""
    findings = Findings()
    fill(sites_of([{}]), pd.DataFrame({"site_id": ["s0"], "value": [1]}), findings)
    assert [(f.code, f.place) for f in findings.errors()] == [("GP-O036", "column quantity")]


def test_names_of_layers_are_checked_where_the_service_is_given() -> None:
    """A share inside a layer that no rule knows is an error; the one that a rule bounds is filled as a new column."""
    sites, findings = sites_of([{"storey": 1}]), Findings()
    form = form_of({("s0", "overlap_flood"): 0, ("s0", "overlap_floood"): 0})
    filled = fill(sites, form, findings, SERVICE)
    assert [f.code for f in findings.errors()] == ["GP-O031"]
    assert filled["overlap_flood"].tolist() == [0.0]
    assert "overlap_floood" not in filled
