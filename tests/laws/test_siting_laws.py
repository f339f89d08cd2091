"""Laws of compliance, on ground drawn at random: what more rules, more exclusions and less knowledge may never do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box
from shapely.affinity import rotate, translate
from shapely.ops import unary_union

from geoplan.errors import Findings
from geoplan.profiles.load import load_service
from geoplan.siting.compliance import judge, judge_again, overall, refusals
from geoplan.siting.ground import Ground
from geoplan.siting.preference import convert_first, preference_of, straight_pairs
from geoplan.siting.search import search_areas
from tests.laws.examples import tried
from tests.siting_rules import frame, judged, kind, measured, options_on, outcomes, rule, service

few = tried(15)

AT = st.integers(0, 60)
SIZE = st.integers(1, 30)
boxes = st.builds(
    lambda x, y, w, h, turn: rotate(box(x, y, x + w, y + h), turn), AT, AT, SIZE, SIZE, st.integers(0, 89)
)
points = st.builds(Point, AT, AT)
lines = st.builds(lambda a, b, c, d: LineString([(a, b), (c + 0.5, d + 0.5)]), AT, AT, AT, AT)
sites_ = st.lists(st.one_of(boxes, points), min_size=1, max_size=5)
areas_ = st.lists(boxes, max_size=4)
hazards_ = st.lists(st.one_of(boxes, points, lines), max_size=4)

RULES = [rule("plant", "distance_plant", 15, "at_least"), rule("farm", "overlap_farm", 0), rule("city", "outside_city", 0),
         rule("home", "nearest_home_m", 20, "at_most", "should"), rule("storey", "storey", 1)]  # fmt: skip
BY_HAND = service(RULES)
CHILDCARE = load_service()


def ground_of(farm: list[Any], city: list[Any], plants: list[Any], homes: list[Any]) -> Ground:
    """Ground with these areas, hazards and homes."""
    controls = {"farm": frame(farm), "city": frame(city)}
    return Ground(homes=frame(homes), controls=controls, hazards=frame(plants, kind=["plant"] * len(plants)))


grounds = st.builds(ground_of, areas_, areas_, hazards_, hazards_)


def standing(shapes: list[Any], storeys: Any = 1.0) -> Any:
    """Sites of these shapes."""
    return frame({f"s{i}": shape for i, shape in enumerate(shapes)}, storey=storeys)


def worse(before: str, after: str) -> bool:
    """Whether an outcome is no better than before."""
    return not (before == "fail" and after != "fail") and not (after == "pass" and before != "pass")


@few
@given(st.one_of(boxes, points), areas_, hazards_)
def test_what_is_measured_is_what_plain_shapely_finds(site: Any, areas: list[Any], hazards: list[Any]) -> None:
    """Shares and distances are those of a loop over single geometries and one union of everything."""
    ground = ground_of(areas, areas, hazards, hazards)
    whole = unary_union(areas)
    if site.geom_type == "Point":
        inside = float(whole.contains(site))
    else:
        shared = whole.intersection(site).area
        inside = 0 if shared < 0.1 else 1 if site.area - shared < 0.1 else shared / site.area
    assert measured(site, "overlap_farm", ground) == pytest.approx(inside, abs=1e-9)
    assert measured(site, "outside_city", ground) == pytest.approx(1 - inside, abs=1e-9)
    nearest = min((site.distance(hazard) for hazard in hazards), default=None)
    for quantity in ("distance_plant", "nearest_home_m"):
        assert measured(site, quantity, ground) == (None if nearest is None else pytest.approx(nearest, abs=1e-9))


@few
@given(sites_, grounds, st.lists(st.sampled_from([None, -1.0, 1.0, 2.0]), min_size=5, max_size=5))
def test_all_at_once_is_what_each_standard_says_of_each_site(
    shapes: list[Any], ground: Ground, storeys: list[Any]
) -> None:
    """The verdicts of many options are those of one option at a time, by `Standard.judge` of the value measured."""
    sites = standing(shapes, storeys[: len(shapes)])
    for (site, row), many in zip(sites.iterrows(), judge(options_on(sites), sites, BY_HAND, ground), strict=True):
        alone = sites.loc[[site]]
        assert judge(options_on(alone), alone, BY_HAND, ground).iloc[0] == many
        assert many == tuple(BY_HAND.standards[v.standard].judge(v.measured) for v in many)
        assert many[-1].measured == row["storey"] or np.isnan(row["storey"])


@few
@given(sites_, grounds, boxes, st.sampled_from(["farm", "plant"]))
def test_more_of_what_is_forbidden_makes_nothing_better(
    shapes: list[Any], ground: Ground, more: Any, what: str
) -> None:
    """An exclusion or a hazard more never turns a fail into a pass, clause by clause, and never adds an option that passes."""
    if what == "farm":
        wider = replace(ground, controls={**ground.controls, "farm": frame([*ground.controls["farm"].geometry, more])})
    else:
        features = [*ground.hazards.geometry, more]
        wider = replace(ground, hazards=frame(features, kind=["plant"] * len(features)))
    sites = standing(shapes)
    before, after = (outcomes(sites, BY_HAND, g) for g in (ground, wider))
    for site, said in after.items():
        for standard, outcome in said.items():
            unknown_before = before[site][standard] == "unknown"  # a layer that told nothing now tells
            assert unknown_before or worse(before[site][standard], outcome)
    passing = [
        {o for o, v in judge(options_on(sites), sites, BY_HAND, g).map(overall).items() if v == "pass"}
        for g in (ground, wider)
    ]
    assert passing[1] <= passing[0] or ground.hazards.empty


@few
@given(sites_, grounds, st.floats(0, 100), st.floats(0, 100))
def test_a_longer_hazard_distance_makes_nothing_better(
    shapes: list[Any], ground: Ground, one: float, other: float
) -> None:
    """Enlarging the distance that is kept never turns fail into pass."""
    sites = standing(shapes)
    said = [
        outcomes(sites, service([rule("plant", "distance_plant", metres, "at_least")]), ground)
        for metres in sorted((one, other))
    ]
    for site in said[0]:
        assert worse(said[0][site]["plant"], said[1][site]["plant"])


@few
@given(st.one_of(boxes, points), st.integers(-45, 45))
def test_a_metre_inside_an_exclusion_is_refused_and_a_touch_is_not(site: Any, turn: int) -> None:
    """A site that only touches a hard exclusion passes it; moved 1 m inside it fails."""
    west, _, east, _ = site.bounds
    exclusion = box(east, -200, east + 300, 300)
    rules = service([rule("farm", "overlap_farm", 0)])
    for moved, outcome in ((0.0, "pass"), (1.0, "fail"), (-1.0, "pass"), (east - west + 1, "fail")):
        there = translate(site, moved)
        said = outcomes(standing([there]), rules, Ground(controls={"farm": frame([exclusion])}))
        touches_by_a_corner = site.geom_type == "Polygon" and moved == 1.0 and exclusion.intersection(there).area < 0.1
        assert said["s0"]["farm"] == ("pass" if touches_by_a_corner else outcome)


@few
@given(sites_, grounds, st.sets(st.sampled_from([r.id for r in RULES])))
def test_to_make_a_rule_soft_never_refuses_more(shapes: list[Any], ground: Ground, soft: set[str]) -> None:
    """Options refused under softer rules are refused under the harder ones too; what passes goes on passing."""
    sites = standing(shapes, 2.0)
    softer = service([replace(r, force="should") if r.id in soft else r for r in RULES])
    hard, easy = (judge(options_on(sites), sites, profile, ground).map(overall) for profile in (BY_HAND, softer))
    assert ((easy != "fail") | (hard == "fail")).all()
    assert ((hard != "pass") | (easy == "pass")).all()
    counts = [refusals(judged(options_on(sites), sites, p, ground), p) for p in (BY_HAND, softer)]
    assert (counts[1]["refused"] <= counts[0]["refused"]).all()
    assert (counts[1][["failed", "unknown", "judged"]] == counts[0][["failed", "unknown", "judged"]]).all(axis=None)


@few
@given(sites_, grounds, st.sets(st.sampled_from(["farm", "city", "plant", "home", "storey"]), min_size=1))
def test_what_is_not_known_never_passes(shapes: list[Any], ground: Ground, forgotten: set[str]) -> None:
    """Taking a layer or a column away makes its clause unknown, and no option passes."""
    controls = {role: layer for role, layer in ground.controls.items() if role not in forgotten}
    less = replace(
        ground,
        controls=controls,
        hazards=None if "plant" in forgotten else ground.hazards,
        homes=None if "home" in forgotten else ground.homes,
    )
    sites = standing(shapes, np.nan if "storey" in forgotten else 1.0)
    for many in judge(options_on(sites), sites, BY_HAND, less):
        assert {v.standard for v in many if v.outcome == "unknown"} >= forgotten
        assert overall(many) != "pass"


@few
@given(sites_, grounds, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(shapes: list[Any], ground: Ground, order: Any) -> None:
    """Options, sites and layers in another order have the same verdicts."""
    sites = standing(shapes)
    options = options_on(sites)

    def mixed(table: Any) -> Any:
        return table.iloc[order.sample(range(len(table)), len(table))]

    other = Ground(mixed(ground.homes), {r: mixed(c) for r, c in ground.controls.items()}, mixed(ground.hazards))
    before = judge(options, sites, BY_HAND, ground)
    after = judge(mixed(options), mixed(sites), BY_HAND, other)[before.index]
    for one, two in zip(before, after, strict=True):
        assert [(v.standard, v.outcome) for v in one] == [(v.standard, v.outcome) for v in two]
        assert [v.measured for v in one] == pytest.approx([v.measured for v in two], nan_ok=True)


@pytest.mark.parametrize(
    ("column", "village", "city"), [("survey_code", "pass", "fail"), ("planning_code", "fail", "pass")]
)
def test_the_same_code_is_a_homestead_in_the_survey_and_a_service_in_the_plan(
    column: str, village: str, city: str
) -> None:
    """0702 suits a village building where it is a survey code, and planned service land where it is a planning code."""
    sites = frame({"s": box(0, 0, 40, 40)}, **{column: ["0702"]})
    for kind_, expected in (("village_build", village), ("service_land", city)):
        only = replace(CHILDCARE.options[kind_], checks=("land_use",))
        profile = replace(CHILDCARE, options={kind_: only})
        assert outcomes(sites, profile, Ground(), kind_)["s"] == {"land_use": expected}


# --- preference ---------------------------------------------------------------------------------------------------------------

PREFER = service(
    [rule("first", "convertible_in_reach", 0), rule("farm", "overlap_farm", 0), rule("storey", "storey", 3)],
    [kind("new", ["first", "farm"], nature="new_land"), kind("reuse", ["farm", "storey"], nature="convert"),
     kind("rent", ["farm", "storey"], nature="acquire")],
)  # fmt: skip
CLASSES = st.sampled_from(["urban_old", "urban_built", "urban_new", "rural"])
places = st.lists(st.tuples(points, st.sampled_from(["new", "reuse", "rent"]), CLASSES, st.sampled_from([1.0, 9.0, None])), min_size=1, max_size=8)  # fmt: skip


def settled(rows: list[Any], farm: list[Any], reach_m: float) -> tuple[Any, Any]:
    """The options with verdicts and reason after preference, and what it measured."""
    shapes, kinds, classes, storeys = zip(*rows, strict=True)
    sites = frame({f"s{i}": shape for i, shape in enumerate(shapes)}, storey=storeys)
    options = options_on(sites).assign(kind=kinds, **{"class": classes})
    ground = Ground(controls={"farm": frame(farm)})
    options = judged(options, sites, PREFER, ground)
    found = convert_first(options, PREFER, ground, straight_pairs, reach_m, "en")
    verdicts = judge_again(options["verdicts"], found["measured"].dropna(), preference_of(PREFER))
    return options.assign(verdicts=verdicts, verdict=verdicts.map(overall), reason=found["reason"]), found["measured"]


@few
@given(places, areas_, st.integers(0, 80))
def test_no_new_land_in_old_areas_where_a_site_can_be_converted(rows: list[Any], farm: list[Any], reach_m: int) -> None:
    """New land in old and built-up areas is refused exactly where a convertible site passes within reach; each has its reason."""
    options, found = settled(rows, farm, reach_m)
    standing_ = options[options["kind"].isin(["reuse", "rent"]) & (options["verdict"] == "pass")]
    for option, row in options[options["kind"] == "new"].iterrows():
        near = sum(row.geometry.distance(other) <= reach_m for other in standing_.geometry)
        assert row["reason"]
        if row["class"] in {"urban_old", "urban_built"}:
            assert found[option] == near
            assert (row["verdict"] == "fail") == (
                near > 0 or any(v.standard == "farm" and v.outcome == "fail" for v in row["verdicts"])
            )
            assert row["reason"].startswith("not offered" if near else "exception")
        else:
            assert np.isnan(found[option])
            assert "first" not in {v.standard for v in row["verdicts"]}


@few
@given(places, areas_, boxes, st.integers(0, 80))
def test_an_exclusion_opens_new_land_only_by_refusing_what_stood_near_it(
    rows: list[Any], farm: list[Any], more: Any, reach_m: int
) -> None:
    """With an exclusion more no option passes that did not, save new land of which every convertible site near has gone."""
    before, near = settled(rows, farm, reach_m)
    after, left = settled(rows, [*farm, more], reach_m)
    for option in after.index[(after["verdict"] == "pass") & (before["verdict"] != "pass")]:
        assert after.at[option, "kind"] == "new"
        assert near[option] > 0
        assert left[option] == 0


@few
@given(st.lists(st.one_of(boxes, points), min_size=1, max_size=4), areas_, st.lists(boxes, min_size=1, max_size=3), hazards_, st.sampled_from([15, 40]))  # fmt: skip
def test_a_search_area_keeps_the_rules_that_it_was_screened_by(
    homes: list[Any], farm: list[Any], city: list[Any], plants: list[Any], cell_m: int
) -> None:
    """What is left of a cell has land, stands in its cell, and fails none of the hard rules."""
    rules = [*RULES[:3], rule("least", "land_min_m2", 20, "at_least")]
    search = kind("search_area", [r.id for r in rules], hosts=("search_area",))
    profile = service(rules, [search])
    layer = frame(homes, **{"class": "urban_old", "unit_id": "1", "name": "家"})
    ground = ground_of(farm, city, plants, homes)
    found = search_areas(layer, ground, profile, cell_m, Findings())
    assert (found["land_m2"] >= 20).all()
    assert (found["land_m2"] <= cell_m**2 * np.sqrt(3) / 2 + 0.01).all()
    assert found.geometry.is_valid.all()
    if len(found):
        said = outcomes(found, profile, ground, "search_area", land_available_m2=found["land_m2"].to_numpy())
        assert not any("fail" in outcome.values() for outcome in said.values())
    cells = search_areas(layer, Ground(), profile, cell_m, Findings())
    assert set(found.index) <= set(cells.index)
    assert (found.geometry.difference(cells.geometry.reindex(found.index)).area < 0.1).all()
