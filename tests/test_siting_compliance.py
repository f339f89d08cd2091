"""Options judged clause by clause: what is measured, what is unknown, what does not apply, and what it adds up to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from shapely import LineString, MultiPolygon, Point, Polygon, box

from geoplan.errors import Findings, UsageError
from geoplan.plugins import names
from geoplan.profiles.load import load_service
from geoplan.siting.compliance import (
    failed,
    judge,
    judge_again,
    overall,
    refusals,
    soft_score,
    verdict_rows,
    why_refused,
)
from geoplan.siting.ground import Ground
from geoplan.siting.preference import convert_first, preference_of, straight_pairs
from geoplan.siting.quantities import QUANTITIES, milestones_behind, quantity_of
from geoplan.siting.search import search_areas
from tests.siting_rules import CRS, frame, judged, kind, measured, options_on, outcomes, rule, service

FARM = box(0, 0, 100, 100)
SQUARE = box(0, 0, 10, 10)
NOWHERE = Ground()


def near(**hazards: Any) -> Ground:
    """Ground with one feature of each hazard class."""
    return Ground(hazards=frame(list(hazards.values()), kind=list(hazards)))


# --- what lies around ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("site", "share"),
    [(box(90, 0, 110, 10), 0.5), (box(10, 10, 20, 20), 1), (box(100, 0, 110, 10), 0), (box(200, 0, 210, 10), 0),
     (box(99.995, 0, 110, 10), 0), (box(99.98, 0, 110, 10), 0.2 / 100.2), (box(-0.005, 0, 10, 10), 1),
     (Point(100, 50), 0), (Point(99.9, 50), 1), (Point(101, 50), 0), (Point(0, 0), 0),
     (LineString([(90, 50), (110, 50)]), 0.5), (box(50, 50, 50.1, 50.1), 1), (Polygon([(5, 5), (6, 6), (5, 5)]), 1),
     (MultiPolygon([box(90, 0, 110, 10), box(300, 0, 320, 10)]), 0.25)],
)  # fmt: skip
def test_the_share_of_a_site_inside_a_control_follows_from_its_area(site: Any, share: float) -> None:
    """Area inside ÷ area; an edge in common and less than 0.1 m² is nothing; a point on the edge is outside."""
    ground = Ground(controls={"flood": frame([FARM])})
    assert measured(site, "overlap_flood", ground) == pytest.approx(share)
    assert measured(site, "outside_flood", ground) == pytest.approx(1 - share)


def test_areas_that_overlap_count_once_and_a_common_edge_is_inside() -> None:
    """Two areas over the same half give a half, and a point on the edge between two neighbours is inside of them together."""
    twice = Ground(controls={"flood": frame([box(0, 0, 5, 10), box(0, 0, 5, 10), box(4, 0, 5, 20)])})
    assert measured(SQUARE, "overlap_flood", twice) == 0.5
    beside = Ground(controls={"flood": frame([box(0, 0, 5, 10), box(5, 0, 10, 10)])})
    assert measured(Point(5, 5), "overlap_flood", beside) == 1
    assert measured(Point(5, 10), "overlap_flood", beside) == 0
    assert measured(box(2, 2, 8, 8), "outside_flood", beside) == 0


@pytest.mark.parametrize(
    ("hazard", "metres"),
    [(Point(13, 4), 3), (LineString([(0, 12), (9, 12)]), 2), (box(5, 5, 6, 6), 0), (Point(10, 10), 0), (Point(13, 14), 5)],
)  # fmt: skip
def test_a_hazard_is_as_far_as_the_nearest_edge_of_the_whole_site(hazard: Any, metres: float) -> None:
    """Distance runs from the site's outline, not from its middle, and is 0 inside."""
    assert measured(SQUARE, "distance_plant", near(plant=hazard, other=Point(10, 11))) == metres


@pytest.mark.parametrize(
    ("ground", "column", "outcome"),
    [(NOWHERE, None, "unknown"), (near(other=Point(0, 0)), None, "unknown"), (near(plant=Point(0, 0)), None, "fail"),
     (NOWHERE, 60, "pass"), (near(other=Point(0, 0)), 60, "pass"), (near(other=Point(0, 0)), 40, "fail"),
     (near(plant=Point(0, 0)), 60, "pass"), (replace(near(other=Point(0, 0)), absent=frozenset({"plant"})), None, None),
     (replace(near(other=Point(0, 0)), absent=frozenset({"plant"})), 40, "fail"),
     (replace(near(plant=Point(0, 0)), absent=frozenset({"plant"})), None, "fail"),
     (Ground(absent=frozenset({"plant"})), None, None), (Ground(hazards=frame([], kind=[])), None, "unknown")],
)  # fmt: skip
def test_a_hazard_that_no_layer_tells_of_is_unknown(ground: Ground, column: float | None, outcome: str | None) -> None:
    """Without a layer or the class it is unknown; what was measured on the ground goes first; one said to be absent gives no verdict."""
    sites = frame({"s": Point(0, 10)}, distance_plant=[column])
    said = outcomes(sites, service([rule("r", "distance_plant", 50, "at_least")]), ground)["s"]
    assert said == ({} if outcome is None else {"r": outcome})


@pytest.mark.parametrize(("absent", "outcome"), [(frozenset(), "unknown"), (frozenset({"flood"}), None)])
def test_an_exclusion_layer_that_is_not_given_is_unknown_unless_the_study_says_there_is_none(
    absent: frozenset[str], outcome: str | None
) -> None:
    """Without the layer an overlap is unknown; said to be absent in the area, it gives no verdict."""
    said = outcomes(frame({"s": SQUARE}), service([rule("r", "overlap_flood", 0, "at_most")]), Ground(absent=absent))[
        "s"
    ]
    assert said == ({} if outcome is None else {"r": outcome})


def test_what_a_study_says_is_absent_is_counted() -> None:
    """Options that are not judged by a hazard because there is none are counted in one note."""
    sites = frame({"a": Point(0, 0), "b": Point(9, 9)})
    ground = replace(near(other=Point(0, 0)), absent=frozenset({"plant"}))
    rules = service([rule("r", "distance_plant", 50, "at_least"), rule("q", "distance_other", 5, "at_least")])
    notes = Findings()
    judge(options_on(sites), sites, rules, ground, notes)
    assert [(n.code, n.place, n.count, n.severity) for n in notes] == [("GP-O060", "plant", 2, "note")]


@pytest.mark.parametrize("quantity", ["overlap_flood", "outside_flood"])
def test_a_control_that_is_not_given_is_unknown_and_an_empty_one_is_known(quantity: str) -> None:
    """No layer: unknown, or what was checked; a layer without areas holds nothing."""
    assert measured(SQUARE, quantity, NOWHERE) is None
    assert measured(SQUARE, quantity, NOWHERE, **{quantity: 0.25}) == 0.25
    empty = Ground(controls={"flood": frame([])})
    assert measured(SQUARE, quantity, empty) == (0 if quantity == "overlap_flood" else 1)


def test_a_site_without_geometry_is_unknown() -> None:
    """Nothing can be measured of what stands nowhere."""
    ground = replace(near(plant=Point(0, 0)), controls={"flood": frame([FARM])}, streets=frame([FARM.boundary]))
    for quantity in ("distance_plant", "overlap_flood", "outside_flood", "frontage_m", "land_width_m"):
        assert measured(Point(), quantity, ground) is None
        assert measured(None, quantity, ground) is None


def test_layers_in_another_crs_are_refused() -> None:
    """Metres are not compared with degrees."""
    sites, layer = frame({"s": SQUARE}), frame([FARM]).to_crs(4490)
    with pytest.raises(UsageError, match="CGCS2000"):
        outcomes(sites, service([rule("r", "overlap_flood", 0)]), Ground(controls={"flood": layer}))


# --- buildings, land, housing -------------------------------------------------------------------------------------------------

RATINGS = [rule("I", "storey_rating_1_2", 3), rule("III", "storey_rating_3", 2), rule("IV", "storey_rating_4", 1)]


@pytest.mark.parametrize(
    ("storey", "rating", "expected"),
    [(3, 1, {"I": "pass"}), (3, 2, {"I": "pass"}), (4, 2, {"I": "fail"}), (3, 3, {"III": "fail"}), (2, 3, {"III": "pass"}),
     (2, 4, {"IV": "fail"}), (1, 4, {"IV": "pass"}), (None, 3, {"III": "unknown"}),
     (2, None, {"I": "unknown", "III": "unknown", "IV": "unknown"}), (1, None, {"I": "pass", "III": "pass", "IV": "pass"}),
     (None, None, {"I": "unknown", "III": "unknown", "IV": "unknown"}),
     (2, 7, {"I": "unknown", "III": "unknown", "IV": "unknown"})],
)  # fmt: skip
def test_only_the_rule_of_a_buildings_fire_rating_applies(
    storey: float | None, rating: float | None, expected: dict[str, str]
) -> None:
    """The storey is judged by its own rating; without one it is unknown unless no rating could matter."""
    sites = frame({"s": SQUARE}, storey=[storey], fire_rating=[rating])
    assert outcomes(sites, service(RATINGS), NOWHERE)["s"] == expected


@pytest.mark.parametrize(
    ("quantity", "columns", "value"),
    [("children_on_second_floor", {"storey": 2}, 20), ("children_on_second_floor", {"storey": 1}, "none"),
     ("children_on_second_floor", {"storey": np.nan}, None), ("sunlight_h", {"sunlight_h": 2}, 2),
     ("sunlight_h", {"sunlight_h": np.nan}, "none"), ("sunlight_h", {}, "none"), ("slope_percent", {"slope_percent": 9}, 9),
     ("slope_percent", {}, "none"), ("own_entrance", {"own_entrance": 1}, 1), ("own_entrance", {}, None),
     ("floor_m2", {"floor_available_m2": 300}, 300), ("outdoor_m2_per_place", {"outdoor_m2": 50}, 2.5),
     ("outdoor_m2_per_place", {}, None), ("land_m2_per_place", {"land_available_m2": 300}, 15),
     ("land_min_m2", {"land_available_m2": 300}, 300), ("farmland_m2", {"farmland_m2": 0}, 0), ("farmland_m2", {}, None),
     ("classes", {"classes": 3}, 3), ("shared_classes", {"classes": 4}, 4), ("lease_years", {"lease_years": 3}, 3),
     ("least_children", {"children_under_3": 20}, 20), ("room_m2", {"floor_area_m2": 10}, 10),
     ("places_per_1000_new", {"population": 2000}, 10), ("places_per_1000_new", {"population": 0}, None),
     ("land_width_m", {}, 10), ("frontage_m", {}, None), ("frontage_m", {"frontage_m": 12}, 12),
     ("nearest_home_m", {}, None), ("storey", {"storey": -1}, -1), ("storey", {"storey": "ground"}, None)],
)  # fmt: skip
def test_each_quantity_is_what_its_columns_say(quantity: str, columns: dict[str, Any], value: Any) -> None:
    """The value measured; None is unknown, "none" is no verdict at all."""
    sites = frame({"s": SQUARE}, **{name: [v] for name, v in columns.items()})
    verdicts = judge(options_on(sites), sites, service([rule("r", quantity, 0)]), NOWHERE).iloc[0]
    assert [v.measured for v in verdicts] == ([] if value == "none" else [value])


def test_a_turned_parcel_is_as_wide_as_its_shorter_side() -> None:
    """Width is measured along the parcel, not along the axes; a point has none unless it was checked."""
    turned = Polygon([(0, 0), (30, 40), (22, 46), (-8, 6)])
    assert measured(turned, "land_width_m", NOWHERE) == pytest.approx(10)
    assert measured(Point(0, 0), "land_width_m", NOWHERE) is None
    assert measured(Point(0, 0), "land_width_m", NOWHERE, land_width_m=18) == 18


def test_streets_and_homes_are_measured_from_the_whole_site() -> None:
    """Frontage and the nearest home run from the outline."""
    ground = Ground(streets=frame([LineString([(0, 15), (99, 15)])]), homes=frame([box(40, 0, 50, 10), Point(99, 99)]))
    assert measured(SQUARE, "frontage_m", ground) == 5
    assert measured(SQUARE, "nearest_home_m", ground) == 30


@pytest.mark.parametrize(
    ("class_", "expected"),
    [("urban_old", {"city": "fail"}), ("urban_new", {"city": "fail"}), ("rural", {"village": "fail"}),
     (None, {"city": "unknown", "village": "unknown"})],
)  # fmt: skip
def test_a_standard_of_a_class_of_area_applies_there_alone(class_: str | None, expected: dict[str, str]) -> None:
    """Urban and rural boundaries each hold in their own areas; where the class is not known, neither is known."""
    rules = [rule("city", "overlap_flood", 0, class_="urban"), rule("village", "overlap_flood", 0, class_="rural")]
    sites = frame({"s": SQUARE}, **{"class": [class_]})
    assert outcomes(sites, service(rules), Ground(controls={"flood": frame([FARM])}))["s"] == expected


@pytest.mark.parametrize(
    ("planning", "survey", "value"),
    [("0702", None, 1), ("070201", None, 1), (None, "0702", 0), ("0703", "0702", 0), ("0702", "0101", 1), ("1401", None, 0),
     (None, "0101", 0), ("0901", None, None), ("1001", None, None), ("16", None, None), (None, "05H1", None),
     ("99", "0702", None), ("7", None, None), (None, None, None), (" 0702 ", None, 1), ("", "0702", 0), ("07", None, 0)],
)  # fmt: skip
def test_the_role_of_the_land_decides_by_plan_before_survey(
    planning: str | None, survey: str | None, value: float | None
) -> None:
    """The longest prefix holds; a code that nobody knows, and a change of use that somebody must decide, are unknown."""
    sites = frame({"s": SQUARE}, planning_code=[planning], survey_code=[survey])
    rules = service([rule("r", "land_use", 1, "at_least")], [kind("build", ["r"], land_uses=("service",))])
    assert judge(options_on(sites), sites, rules, NOWHERE).iloc[0][0].measured == value


def test_a_role_that_a_kind_names_needs_no_confirmation() -> None:
    """Reserve land is unknown unless the kind is said to suit it."""
    sites = frame({"s": SQUARE}, planning_code=["16"])
    rules = service([rule("r", "land_use", 1, "at_least")], [kind("build", ["r"], land_uses=("reserve",))])
    assert outcomes(sites, rules, NOWHERE)["s"] == {"r": "pass"}


@pytest.mark.parametrize(
    ("states", "behind"),
    [(("planned", "done", None, None, None), 0), (("planned", "not_done", None, None, None), 1),
     (("delivered", "done", "done", "not_done", "not_done"), 2), (("delivered", "not_done", "not_done", "not_done", "not_done"), 4),
     (("built", "done", None, None, None), None), ((None, "done", "done", "done", "done"), None),
     (("demolished", "done", "done", "done", "done"), None), (("accepted", "done", "done", "done", "not_done"), 0)],
)  # fmt: skip
def test_milestones_count_only_as_far_as_the_housing_is(states: tuple[str | None, ...], behind: float | None) -> None:
    """A milestone that the housing has passed and the facility has not is behind; a state that matters must be known."""
    columns = ["housing_state", "planned_state", "built_state", "accepted_state", "delivered_state"]
    found = milestones_behind(pd.DataFrame([states], columns=columns)).iloc[0]
    assert found == behind or (behind is None and np.isnan(found))


def test_a_facility_is_as_full_as_its_own_places_say() -> None:
    """Closing is judged by the places that stand there, not by those of the option (none)."""
    sites = frame({"s": Point(0, 0), "t": Point(1, 1), "u": Point(2, 2)}, places=[40, 40, 0], enrolled=[10, np.nan, 0])
    options = options_on(sites).assign(places=0)
    verdicts = judge(options, sites, service([rule("r", "occupancy", 0.3)]), NOWHERE)
    assert [many[0].measured for many in verdicts] == [0.25, None, None]


def test_an_options_own_column_comes_before_its_sites() -> None:
    """What an option would be (built on the ground floor) is judged, not what stands there now."""
    sites = frame({"s": SQUARE}, storey=[5])
    rules = service([rule("r", "storey", 1)])
    assert outcomes(sites, rules, NOWHERE)["s"] == {"r": "fail"}
    assert outcomes(sites, rules, NOWHERE, storey=1)["s"] == {"r": "pass"}


def test_the_whole_site_is_judged_wherever_its_option_is_drawn() -> None:
    """An option drawn as a point is measured by the outline of its site."""
    sites = frame({"s": SQUARE})
    options = options_on(sites).set_geometry([Point(5, 5)], crs=CRS)
    verdicts = judge(
        options, sites, service([rule("r", "overlap_flood", 0)]), Ground(controls={"flood": frame([box(8, 0, 99, 10)])})
    )
    assert verdicts.iloc[0][0].measured == pytest.approx(0.2)


# --- what verdicts add up to --------------------------------------------------------------------------------------------------

SUMMED = service([rule("floor", "storey", 1), rule("area", "floor_m2", 200, "at_least"), rule("sun", "sunlight_h", 3, "at_least", "should"),
                  rule("door", "own_entrance", 1, "at_least", "should")])  # fmt: skip
SITES = frame(
    {"a": Point(0, 0), "b": Point(1, 0), "c": Point(2, 0), "d": Point(3, 0)},
    storey=[1, 2, 2, 1], floor_available_m2=[300, 300, 100, 300], sunlight_h=[3, 3, None, 1], own_entrance=[1, None, None, 0],
)  # fmt: skip


def test_refusals_are_counted_by_rule() -> None:
    """Each option is counted once under every rule: failed, refused, refused by it alone, unknown, judged."""
    options = judged(options_on(SITES), SITES, SUMMED, NOWHERE)
    assert options["verdict"].tolist() == ["pass", "fail", "fail", "pass"]
    assert refusals(options, SUMMED).T.to_dict("list") == {
        "floor": [2, 2, 1, 0, 4], "area": [1, 1, 0, 0, 4], "sun": [1, 0, 0, 0, 3], "door": [1, 0, 0, 2, 4],
    }  # fmt: skip
    assert failed(options).tolist() == [(), ("floor",), ("floor", "area"), ()]
    assert len(refusals(options.iloc[:0], SUMMED)) == 0


def test_a_rule_that_refuses_nobody_stands_in_the_table() -> None:
    """Every rule that the kinds are checked by has its row, in the order of the profile."""
    rules = service(list(SUMMED.standards.values()), [kind("build", ["sun"]), kind("other", ["door"])])
    options = judged(options_on(SITES), SITES, rules, NOWHERE)
    assert refusals(options, rules).index.tolist() == ["sun"]
    assert refusals(options.assign(verdicts=[()] * 4), rules).loc["sun"].tolist() == [0] * 5


def test_advisory_clauses_make_the_score() -> None:
    """The score is the share of those known that hold; without any it is missing."""
    scores = judge(options_on(SITES), SITES, SUMMED, NOWHERE).map(soft_score)
    assert scores.tolist()[:2] == [1, 1]
    assert np.isnan(scores.iloc[2])
    assert scores.iloc[3] == 0


def test_verdicts_are_said_in_rows_and_in_a_sentence() -> None:
    """A row a verdict with what was measured and asked; why an option is refused, in both languages."""
    options = judged(options_on(SITES), SITES, SUMMED, NOWHERE)
    rows = verdict_rows(options)
    assert len(rows) == 15
    row = rows[(rows["option_id"] == "c:build") & (rows["standard"] == "area")].iloc[0]
    assert (row["outcome"], row["measured"], row["asked"], row["force"]) == ("fail", 100, 200, "must")
    verdicts = options.loc["c:build", "verdicts"]
    assert why_refused(verdicts, SUMMED, "en") == "rule floor: 2 m, at most 1 m; rule area: 100 m, at least 200 m"
    assert why_refused(verdicts, SUMMED, "zh") == "规则floor：2米，不超过1米；规则area：100米，不低于200米"
    assert why_refused(options.loc["a:build", "verdicts"], SUMMED, "en") == ""
    assert len(verdict_rows(options.iloc[:0])) == 0


def test_a_rule_judged_again_changes_alone() -> None:
    """Other verdicts stay, an option that the rule does not judge stays, and a missing value is unknown."""
    before = judge(options_on(SITES), SITES, SUMMED, NOWHERE)
    after = judge_again(before, pd.Series({"a:build": 2.0, "c:build": 5.0, "d:build": np.nan}), SUMMED.standards["sun"])
    said = [{v.standard: v.outcome for v in many} for many in after]
    assert [one.get("sun") for one in said] == ["fail", "pass", None, "unknown"]
    assert [one["floor"] for one in said] == ["pass", "fail", "fail", "pass"]


def test_a_standard_without_a_quantity_is_refused() -> None:
    """What nobody can measure is a fault of the profile, never a pass."""
    for quantity in ("", "distance_", "height"):
        with pytest.raises(UsageError, match="standard r bounds"):
            outcomes(SITES, service([rule("r", quantity, 1)]), NOWHERE)


@pytest.mark.parametrize("name", names("services"))
def test_every_check_of_a_service_can_be_measured_in_its_unit(name: str) -> None:
    """Each standard that an option kind is checked by bounds a quantity of the same unit, titled in both languages."""
    profile = load_service(name)
    checks = {check for kind_ in profile.options.values() for check in kind_.checks}
    assert checks
    for standard in (profile.standards[check] for check in checks):
        quantity = quantity_of(standard)
        assert quantity.unit == standard.unit, standard.id
        assert quantity.title.en
        assert quantity.title.zh


def test_every_quantity_is_used_by_a_service() -> None:
    """No quantity stands about that no standard bounds."""
    bounded = {s.quantity for name in names("services") for s in load_service(name).standards.values()}
    assert set(QUANTITIES) <= bounded


# --- preference by place ------------------------------------------------------------------------------------------------------

PREFER = rule("first", "convertible_in_reach", 0)
PLACES = service(
    [PREFER, rule("floor", "storey", 1)],
    [kind("new", ["first", "floor"], nature="new_land"), kind("reuse", ["floor"], nature="convert"),
     kind("buy", ["floor"], nature="acquire"), kind("visit", ["floor"], nature="mobile")],
)  # fmt: skip


def town(class_: Any, *standing: tuple[str, float, float | None]) -> Any:
    """New land at 0 m in a class of area, and other sites (kind, metres away, storey); judged."""
    shapes = {"n": Point(0, 0), **{f"s{i}": Point(x, 0) for i, (_, x, _) in enumerate(standing)}}
    storeys = [1, *(s for *_, s in standing)]
    sites = frame(shapes, storey=storeys, name=["地", *(f"站{i}" for i in range(len(standing)))])
    kinds = ["new", *(k for k, *_ in standing)]
    options = options_on(sites).assign(kind=kinds, name=sites["name"].to_numpy())
    return judged(options.assign(**{"class": class_}), sites, PLACES, NOWHERE)


def preferred(options: Any, reach_m: float = 500, language: Any = "en", apart: Any = straight_pairs) -> tuple[Any, str]:
    """What was measured of the new land, and the reason."""
    found = convert_first(options, PLACES, NOWHERE, apart, reach_m, language)
    assert (found["reason"].iloc[1:] == "").all()
    assert found["measured"].iloc[1:].isna().all()
    return found["measured"].iloc[0], found["reason"].iloc[0]


@pytest.mark.parametrize("class_", ["urban_old", "urban_built"])
def test_new_land_waits_where_a_site_can_be_converted(class_: str) -> None:
    """In old and built-up areas the sites that pass within reach are counted, the nearest is named, and new land fails."""
    options = town(class_, ("reuse", 400, 1), ("buy", 500, 1), ("reuse", 501, 1), ("visit", 10, 1), ("reuse", 20, 2))
    measured_, reason = preferred(options)
    assert measured_ == 2
    assert reason == "not offered: 2 convertible site(s) within 500 m pass, the nearest is 站0 at 400 m"
    assert "500米内有2处" in preferred(options, language="zh")[1]
    assert "站0（400米）" in preferred(options, language="zh")[1]
    before = options["verdicts"]
    assert [v.outcome for v in before.iloc[0]] == ["unknown", "pass"]
    after = judge_again(before, pd.Series({"n:build": measured_}), preference_of(PLACES))
    assert overall(after.iloc[0]) == "fail"


def test_an_exception_says_what_was_found() -> None:
    """Where no convertible site passes, new land is open, and those to be checked and those that fail are counted."""
    options = town("urban_old", ("reuse", 100, 2), ("buy", 200, None), ("reuse", 300, None), ("reuse", 900, 1))
    measured_, reason = preferred(options)
    assert measured_ == 0
    assert reason.startswith("exception, new land is open")
    assert reason.endswith("within 500 m; 2 to be checked on the ground, 1 fail")
    assert preferred(options, language="zh")[1].endswith("其中待核查2处、不合规1处")
    assert preferred(town("urban_old", ("reuse", 900, 1)))[1].endswith("there is no convertible site within 500 m")
    assert preferred(town("urban_old"))[0] == 0


@pytest.mark.parametrize(
    ("class_", "words"), [("rural", "village"), ("urban_new", "with the housing"), (None, "not known")]
)
def test_the_order_of_the_notice_is_said_elsewhere(class_: str | None, words: str) -> None:
    """In villages and new areas new land needs no exception; without a class it cannot be said, and stays unknown."""
    options = town(class_, ("reuse", 100, 1))
    measured_, reason = preferred(options)
    assert np.isnan(measured_)
    assert words in reason
    assert ("first" in [v.standard for v in options["verdicts"].iloc[0]]) == (class_ is None)
    assert options["verdict"].iloc[0] == ("unknown" if class_ is None else "pass")


def test_sites_are_counted_and_not_their_options() -> None:
    """Two options on one site are one site; it passes if either does."""
    options = town("urban_old", ("reuse", 100, 2), ("buy", 100, 1))
    options["site_id"] = ["n", "s", "s"]
    assert preferred(options)[0] == 1


def test_pairs_come_from_whoever_measures_the_way() -> None:
    """A way along streets that is longer than the reach leaves new land open."""
    options = town("urban_old", ("reuse", 100, 1))
    seen = []

    def along(starts: Any, ends: Any, reach_m: float) -> pd.DataFrame:
        seen.append((starts.index.tolist(), ends.index.tolist(), reach_m))
        return pd.DataFrame({"from_id": [], "to_id": [], "metres": []})

    assert preferred(options, apart=along)[0] == 0
    assert seen == [(["n"], ["s0"], 500)]


# --- areas to search ----------------------------------------------------------------------------------------------------------

SEARCH = service(
    [rule("plant", "distance_plant", 50, "at_least"), rule("farm", "overlap_farm", 0),
     rule("city", "outside_city", 0, class_="urban"), rule("land_min", "land_min_m2", 600, "at_least"),
     rule("noise", "distance_road", 5000, "at_least", "should")],
    [kind("search_area", ["plant", "farm", "city", "land_min", "noise"], hosts=("search_area",), areas=("urban_old", "rural"))],
)  # fmt: skip
HOMES = frame(
    {"h1": Point(0, 0), "h2": Point(20, 0), "h3": Point(2000, 0), "h4": Point(5000, 0)},
    name=["甲", "乙", "丙", "丁"], unit_id=["1", "2", "3", "4"], **{"class": ["urban_old", "rural", "rural", "urban_new"]},
)  # fmt: skip


def search(ground: Ground, homes: Any = HOMES, cell_m: float = 200.0) -> tuple[Any, Findings]:
    """The areas and what was noted."""
    notes = Findings()
    return search_areas(homes, ground, SEARCH, cell_m, notes), notes


def test_homes_are_covered_by_hexagons_of_the_width_asked() -> None:
    """One cell of 200 m from side to side for each place where homes of the kind's classes lie, named after the nearest."""
    areas, notes = search(NOWHERE)
    assert areas["name"].tolist() == ["甲周边选址范围", "丙周边选址范围"]
    assert areas[["class", "unit_id"]].to_numpy().tolist() == [["urban_old", "1"], ["rural", "3"]]
    assert areas["land_m2"].to_numpy() == pytest.approx(200**2 * np.sqrt(3) / 2)
    assert areas["search_area"].all()
    assert {n.code for n in notes} == {"GP-O062", "GP-O063"}


def test_what_is_out_of_the_question_is_cut_away_and_counted() -> None:
    """Cells in a hard control or outside a boundary go, with the reason; others keep the part that is left."""
    ground = Ground(
        controls={
            "farm": frame([box(1000, -500, 3000, 500), box(-500, 0, 500, 500)]),
            "city": frame([box(-50, -500, 500, 500)]),
        },
        hazards=frame([Point(0, -80)], kind=["plant"]),
    )
    areas, notes = search(ground)
    assert areas.index.tolist() == ["search_area_0_0"]
    assert [(n.problem.en, n.count) for n in notes if n.code == "GP-O061"] == [
        ("too little land is left by the rule: rule farm", 1)
    ]
    assert 600 < areas["land_m2"].iloc[0] < 150 * 115
    assert areas.geometry.iloc[0].geom_type == "Polygon"
    said = outcomes(areas, SEARCH, ground, "search_area", land_available_m2=areas["land_m2"].to_numpy())
    assert said["search_area_0_0"] == {
        "plant": "pass",
        "farm": "pass",
        "city": "pass",
        "land_min": "pass",
        "noise": "unknown",
    }


def test_a_boundary_holds_in_its_own_class_of_area() -> None:
    """A rural cell is not cut by the boundary of the city."""
    areas, notes = search(Ground(controls={"city": frame([box(9000, 9000, 9100, 9100)])}))
    assert areas["class"].tolist() == ["rural"]
    assert [n.count for n in notes if n.code == "GP-O061"] == [1]


def test_the_grid_does_not_depend_on_the_rows() -> None:
    """The same homes in another order, or fewer of them, give the same cells."""
    areas, _ = search(NOWHERE)
    other, _ = search(NOWHERE, HOMES.iloc[::-1])
    pd.testing.assert_frame_equal(pd.DataFrame(areas), pd.DataFrame(other))
    fewer, _ = search(NOWHERE, HOMES.loc[["h3"]])
    assert fewer.geometry.iloc[0].equals(areas.geometry.iloc[1])
    none, _ = search(NOWHERE, HOMES.iloc[:0])
    assert len(none) == 0


def test_pieces_that_are_all_too_small_are_no_area() -> None:
    """Enough land in all, but in slivers, is nowhere to build."""
    strips = frame([box(x + 2, -500, x + 10, 500) for x in range(-110, 110, 10)])
    areas, notes = search(Ground(controls={"farm": strips}), HOMES.loc[["h1"]])
    assert len(areas) == 0
    assert [n.problem.en for n in notes if n.code == "GP-O061"] == ["what is left lies in pieces that are too small"]


def test_a_cell_without_width_is_refused() -> None:
    """The width of a cell must be above 0."""
    with pytest.raises(UsageError, match="wider than 0 m"):
        search(NOWHERE, cell_m=0)
