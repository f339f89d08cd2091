"""Each option kind by itself: from which sites, how many classes, in which year, and what it counts instead of an option."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geoplan.errors import Finding
from geoplan.profiles.load import load_service
from geoplan.siting.options import propose_options
from tests.siting_layers import CRS, X, Y, clear, layer, together

SERVICE = load_service()
KINDS = SERVICE.options
UNKNOWN = float("nan")


def propose(
    kind: str, layers: dict[str, gpd.GeoDataFrame], class_: str = "urban_new"
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """The options of one kind on clear ground, and the notes on sites that gave none."""
    options, notes = propose_options(layers, SERVICE, clear(SERVICE, class_), kinds=[kind], year=2026)
    return options, [n for n in notes if n.code == "GP-O010"]


def one(kind: str, role: str, class_: str = "urban_new", /, **columns: object) -> pd.Series:
    """The one option of one site."""
    options, _ = propose(kind, {role: layer(role, **columns)}, class_)
    assert len(options) == 1
    return options.iloc[0]


def none(kind: str, role: str, class_: str = "urban_new", /, **columns: object) -> list[int]:
    """How many sites the notes count, where one site gives no option."""
    options, notes = propose(kind, {role: layer(role, **columns)}, class_)
    assert len(options) == 0
    assert all(n.severity == "note" and n.file == role for n in notes)
    return [n.count for n in notes]


def bands(option: pd.Series) -> list[int]:
    """Places by band, the youngest first."""
    return [int(option[f"places_{b}"]) for b in SERVICE.band_ids]


# --- kindergartens, shared and idle buildings, premises ------------------------------------------------------------------------------


def test_a_kindergarten_opens_as_many_classes_as_stand_empty() -> None:
    """270 for 9 classes are 30 a class; 70 free are two classes of 20 for ages two to three; the yard is shared by heads."""
    option = one("kindergarten_class", "hosts", kind="kindergarten")
    assert bands(option) == [0, 0, 40]
    assert option["cost"] == 40 * KINDS["kindergarten_class"].cost_yuan.value
    assert (option["first_phase"], option["verdict"]) == (2026, "pass")
    assert option["outdoor_m2"] == pytest.approx(900 * 40 / 240)
    assert option["clause"].startswith("C3.2")


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 600), st.integers(0, 600)), min_size=5, max_size=20))
@settings(deadline=None, max_examples=5)
def test_spare_classes_are_the_floor_of_the_formula(schools: list[tuple[int, int, int]]) -> None:
    """Spare classes are as many rooms as stand free and no more than the free places fill, in whole numbers, capped, never below 0."""
    rows = [
        layer("hosts", f"K{i}", kind="kindergarten", classes=c, capacity=m, enrolment=e)
        for i, (c, m, e) in enumerate(schools)
    ]
    options, _ = propose("kindergarten_class", {"hosts": together(*rows)})
    free = [max(0, m - e) for _, m, e in schools]
    spare = [min(f * c // m, f // 20) if m else 0 for f, (c, m, _) in zip(free, schools, strict=True)]
    places = options.set_index("site_id")["places"].reindex([f"K{i}" for i in range(len(schools))], fill_value=0)
    assert places.tolist() == [20 * min(s, KINDS["kindergarten_class"].max_classes) for s in spare]


@pytest.mark.parametrize("column", ["capacity", "enrolment", "classes"])
def test_a_kindergarten_that_is_not_known_gives_no_option_but_is_counted(column: str) -> None:
    """Without capacity, enrolment or classes no option is made, and a note counts the kindergarten."""
    assert none("kindergarten_class", "hosts", kind="kindergarten", **{column: UNKNOWN}) == [1]


@pytest.mark.parametrize(
    ("kind", "role", "floor"),
    [("shared_building", "hosts", "spare_floor_m2"), ("idle_building", "idle", "floor_area_m2"),
     ("lease_premises", "premises", "floor_area_m2")],
)  # fmt: skip
def test_a_building_is_filled_from_the_eldest_band_down(kind: str, role: str, floor: str) -> None:
    """480 m² at 10 m² are 48 places: a class of 20, one of 15 and one of 10; with 60 m² of yard at 2 m² a child 20 and 10."""
    option = one(kind, role, **{floor: 480})
    assert bands(option) == [10, 15, 20]
    assert (option["floor_area_m2"], option["verdict"]) == (450, "pass")
    assert bands(one(kind, role, outdoor_m2=60, **{floor: 480})) == [10, 0, 20]


@pytest.mark.parametrize(
    ("kind", "role", "floor"),
    [("shared_building", "hosts", "spare_floor_m2"), ("idle_building", "idle", "floor_area_m2"),
     ("purchase_premises", "premises", "floor_area_m2")],
)  # fmt: skip
def test_a_floor_that_is_not_known_gives_the_smallest_size_and_one_too_small_none(
    kind: str, role: str, floor: str
) -> None:
    """One class of the eldest, verdict unknown, and a note; 90 m² hold no class: no option, and a note."""
    option = one(kind, role, **{floor: UNKNOWN})
    assert (bands(option), option["verdict"]) == ([0, 0, 20], "unknown")
    assert none(kind, role, **{floor: 90}) == [1]


def test_the_size_of_a_building_in_use_is_not_floor_to_spare() -> None:
    """A host of 3,000 m² whose spare floor is not known gives the smallest size, not what 3,000 m² would hold, and does not pass."""
    option = one("shared_building", "hosts", spare_floor_m2=UNKNOWN, floor_area_m2=3000)
    assert (option["places"], option["verdict"]) == (20, "unknown")


@pytest.mark.parametrize(("tenure", "kinds"), [
    ("lease", ["lease"]), ("lease, swap", ["lease", "swap"]), ("sale", ["purchase"]), ("swap", ["swap"]), (None, []),
])  # fmt: skip
def test_premises_are_used_only_in_the_way_in_which_they_are_offered(tenure: str | None, kinds: list[str]) -> None:
    """What is to let is leased, what is for sale bought; where it is not said nothing is proposed, and counted."""
    found = {
        k: propose(f"{k}_premises", {"premises": layer("premises", tenure=tenure)})
        for k in ("lease", "purchase", "swap")
    }
    assert [k for k, (options, _) in found.items() if len(options)] == kinds
    assert all([n.count for n in notes] == ([] if tenure else [1]) for _, notes in found.values())


def test_a_short_lease_fails() -> None:
    """A lease of less than the years that the setting standard asks is refused; one of unknown length does not pass."""
    assert one("lease_premises", "premises", lease_years=2)["verdict"] == "fail"
    assert one("lease_premises", "premises", lease_years=UNKNOWN)["verdict"] == "unknown"
    assert one("purchase_premises", "premises", lease_years=UNKNOWN)["verdict"] == "pass"


# --- employers, developments, renewal --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("children", "floor", "places"), [(48, 480, 45), (20, 480, 20), (48, 250, 20), (48, UNKNOWN, 45), (90, 900, 45)]
)
def test_an_employer_nursery_has_whole_classes_up_to_its_children(children: int, floor: float, places: int) -> None:
    """As many classes as the children fill and the spare floor holds, and no more than the most; its payer is the employer."""
    option = one("employer_nursery", "employers", children_under_3=children, spare_floor_m2=floor)
    assert option["places"] == places
    assert option["paid_by"] == "employer"


@pytest.mark.parametrize(("children", "floor"), [(UNKNOWN, 480), (19, 480), (48, 90)])
def test_an_employer_with_too_few_or_unknown_children_is_counted(children: float, floor: float) -> None:
    """Below the least number of children, without a number, or without room for a class there is no option, and a note."""
    assert none("employer_nursery", "employers", children_under_3=children, spare_floor_m2=floor) == [1]


@given(st.lists(st.integers(0, 30_000), min_size=5, max_size=30))
@settings(deadline=None, max_examples=5)
def test_a_new_development_gets_the_whole_classes_that_reach_its_places(residents: list[int]) -> None:
    """Places are at least the rate of the residents and less than one smallest class above, unless the most classes are reached."""
    rows = [layer("new_residential", f"N{i}", population=n) for i, n in enumerate(residents)]
    options, notes = propose("new_development", {"new_residential": together(*rows)})
    need = pd.Series(residents, [f"N{i}" for i in range(len(rows))]) * SERVICE.value("places_per_1000_new") / 1000
    places = options.set_index("site_id")["places"].reindex(need.index, fill_value=0)
    full = (
        options.set_index("site_id")["classes"].reindex(need.index, fill_value=0)
        == KINDS["new_development"].max_classes
    )
    assert ((places >= need) | full).all()
    assert (places < need + 10).all()
    assert sum(n.count for n in notes) == int((places < need).sum()), "fewer than asked is never silent"


def test_a_new_development_comes_with_the_housing_at_the_cost_of_the_developer() -> None:
    """2,766 residents are 27.66 places: 20 and 10; floor and outdoor ground by the standard; in the year of delivery."""
    option = one("new_development", "new_residential")
    kind = KINDS["new_development"]
    assert (bands(option), option["first_phase"], option["paid_by"]) == ([10, 0, 20], 2030, "developer")
    assert option["floor_area_m2"] == 30 * kind.floor_m2.value
    assert option["outdoor_m2"] == 30 * kind.outdoor_m2.value
    assert option["subsidy"] + option["cost"] == option["cost"], "the public budget bears nothing of it"


@pytest.mark.parametrize(
    ("delivered", "housing", "planned", "phase"),
    [(2027, "planned", "done", 2029), (2027, "built", "done", 2027), (2027, "built", "not_done", 2029), (2024, "delivered", "done", 2026),
     (UNKNOWN, "built", "done", 2029), (2027, None, None, 2029)],
)  # fmt: skip
def test_a_development_is_not_sooner_than_its_lead_time_unless_under_way(
    delivered: float, housing: str | None, planned: str | None, phase: int
) -> None:
    """Three years from 2026 on, unless the housing has begun with the facility in its plan; never before the planned year."""
    option = one(
        "new_development", "new_residential", delivery_year=delivered, housing_state=housing, planned_state=planned
    )
    assert KINDS["new_development"].lead_time_years == 3
    assert option["first_phase"] == phase


def test_a_development_behind_its_housing_fails_the_milestones_and_stays_open() -> None:
    """Housing that is delivered while the facility is only planned is three milestones ahead; what is missing may still be built."""
    option = one("new_development", "new_residential", housing_state="delivered")
    late = next(v for v in option["verdicts"] if v.standard == "milestones_synchronised")
    assert (late.outcome, late.measured, late.force) == ("fail", 3, "should")
    assert option["verdict"] != "fail"
    assert option["soft_score"] < 1
    assert one("new_development", "new_residential", housing_state=None)["verdict"] == "unknown"


def test_projects_whose_residents_are_not_known_are_counted() -> None:
    """Neither a development nor a renewal of unknown residents gives an option; both are counted."""
    assert none("new_development", "new_residential", population=UNKNOWN) == [1]
    assert none("renewal_project", "renewal", residents=UNKNOWN) == [1]


def test_a_renewal_reaches_the_places_of_old_areas_as_far_as_its_floor_goes() -> None:
    """2,000 residents at 6 a thousand are 12 places: one class of 10 and one more; with 100 m² one class of 10; unknown floor is no pass."""
    assert SERVICE.value(SERVICE.places_per_1000["urban_old"]) == 6
    assert bands(one("renewal_project", "renewal", residents=2000)) == [20, 0, 0]
    assert bands(one("renewal_project", "renewal", residents=5000)) == [10, 0, 20]
    assert bands(one("renewal_project", "renewal", residents=5362, floor_area_m2=390)) == [0, 15, 20]
    assert none("renewal_project", "renewal", residents=5362, floor_area_m2=90) == [1]
    assert one("renewal_project", "renewal", residents=2000, floor_area_m2=100)["places"] == 10
    assert one("renewal_project", "renewal", residents=2000, floor_area_m2=UNKNOWN)["verdict"] == "unknown"


# --- land ----------------------------------------------------------------------------------------------------------------------------


def test_a_new_building_takes_land_and_leaves_the_rest_as_outdoor_ground() -> None:
    """1,300 m² at 20 m² are 65 places in four classes; what a building of one storey leaves is the outdoor ground."""
    option, kind = one("idle_land", "idle", kind="idle_land"), KINDS["idle_land"]
    assert (option["places"], option["land_m2"]) == (65, 1300)
    assert option["outdoor_m2"] == 1300 - 65 * kind.floor_m2.value
    assert (option["cost"], option["first_phase"]) == (65 * kind.cost_yuan.value, 2026 + kind.lead_time_years)


@pytest.mark.parametrize(("status", "kinds"), [
    ("idle", ["idle_land"]), ("low_efficiency", ["idle_land"]), ("stock", ["idle_land"]), ("new", []), (None, []),
])  # fmt: skip
def test_only_parcels_out_of_use_are_idle_land(status: str | None, kinds: list[str]) -> None:
    """A parcel is idle land where its state says so; new land and land of unknown state is not."""
    options, _ = propose("idle_land", {"parcels": layer("parcels", land_status=status)})
    assert options["kind"].tolist() == kinds


@pytest.mark.parametrize(
    ("code", "offered"), [("0702", True), ("0704", True), ("080404", True), ("0701", False), (None, False)]
)
def test_service_land_is_what_the_plan_keeps_for_services(code: str | None, offered: bool) -> None:
    """Land planned for services of town or village, or for education."""
    options, _ = propose("service_land", {"parcels": layer("parcels", planning_code=code, land_status="new")})
    assert bool(len(options)) == offered


@pytest.mark.parametrize(
    ("class_", "survey", "planning", "status", "offered"),
    [("rural", "0702", None, None, True), ("rural", None, "0704", None, True), ("rural", None, None, "new", True),
     ("rural", "0103", None, "stock", True), ("rural", "0103", None, "idle", False), ("urban_old", "0702", "0704", "new", False)],
)  # fmt: skip
def test_a_village_builds_on_its_own_or_on_free_land(
    class_: str, survey: str | None, planning: str | None, status: str | None, offered: bool
) -> None:
    """In rural areas on land of the village by survey or plan, or on new and stock land; never in a town."""
    parcel = layer("parcels", survey_code=survey, planning_code=planning, land_status=status)
    options, _ = propose("village_build", {"parcels": parcel}, class_)
    assert bool(len(options)) == offered


def test_land_that_is_too_small_or_not_known_is_counted() -> None:
    """190 m² hold no class of ten; land of unknown size is taken as the smallest and does not pass."""
    assert none("idle_land", "idle", kind="idle_land", land_m2=190) == [1]
    option = one("idle_land", "idle", kind="idle_land", land_m2=UNKNOWN)
    assert (bands(option), option["verdict"]) == ([0, 0, 20], "unknown")


def test_a_search_area_is_marked_and_is_no_site() -> None:
    """Its outline holds 1,296 m²: 60 places at most; it is flagged, and its land use is not known."""
    option = one("search_area", "search_areas")
    assert (option["search_area"], option["land_m2"], option["verdict"]) == (True, 1200, "unknown")
    assert not one("idle_land", "parcels")["search_area"]


# --- villages and facilities ---------------------------------------------------------------------------------------------------------


def test_a_village_with_enough_children_gets_a_part_time_point() -> None:
    """One class of the eldest band, its places count half; below five children there is none, unknown ones are counted."""
    option = one("rural_point", "villages")
    assert (bands(option), option["classes"], option["fte"]) == ([0, 0, 20], 1, 0.5)
    few = dict.fromkeys(("people_m06_12", "people_m12_24"), 1) | {"people_m24_36": 2}
    assert none("rural_point", "villages", **few) == []
    assert none("rural_point", "villages", people_m12_24=UNKNOWN) == [1]


def test_a_facility_is_extended_by_what_its_floor_leaves() -> None:
    """700 m² less 35 places at 10 m² are 350: a class of 20 and one of 15 more; its yard is shared by heads; it keeps its id."""
    option = one("expand_facility", "facilities")
    assert (bands(option), option["replaces"], option["site_id"]) == ([0, 15, 20], "", "facilities:S")
    assert option["outdoor_m2"] == 900 * 35 / 70
    assert none("expand_facility", "facilities", floor_area_m2=440) == []
    assert none("expand_facility", "facilities", floor_area_m2=UNKNOWN) == [1]
    assert none("expand_facility", "facilities", places_m24_36=UNKNOWN) == [1]


def moves(facility: dict[str, Any], *buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The moves of one facility of 35 places to buildings."""
    layers = {"facilities": layer("facilities", "F", **facility), "idle": together(*buildings)}
    return propose("move_facility", layers)[0]


def at(metres: float, site: str, **columns: object) -> gpd.GeoDataFrame:
    """An idle building so many metres from the facility."""
    return layer("idle", site, Point(X + metres, Y), **columns)


def test_a_facility_that_is_too_small_moves_to_the_nearest_building_that_holds_it() -> None:
    """Not to one that is too small for its places, nor beyond the largest reach; it stands at the building and replaces the facility."""
    small = {"floor_area_m2": 150}
    options = moves(small, at(100, "little", floor_area_m2=340), at(400, "good"), at(900, "farther"))
    assert options.index.tolist() == ["good:move_facility"]
    option = options.iloc[0]
    assert (option["replaces"], option["built_from"], option["places"]) == ("F", "idle:good", 45)
    assert option["places"] >= 35
    assert len(moves(small, at(1001, "good"))) == 0
    assert len(moves({"floor_area_m2": 700}, at(400, "good"))) == 0, "one that is large enough stays"
    assert len(moves({**small, "places_m24_36": UNKNOWN}, at(400, "good"))) == 0


def test_a_facility_near_a_hazard_moves() -> None:
    """A facility nearer to a filling station than it must be moves, however large it is."""
    ground = clear(SERVICE)
    assert ground.hazards is not None
    station = gpd.GeoDataFrame({"kind": ["filling_station"]}, geometry=[Point(X, Y + 20)], crs=CRS)
    hazards = gpd.GeoDataFrame(pd.concat([ground.hazards, station]), crs=CRS)
    near = type(ground)(ground.homes, ground.controls, hazards, ground.absent, ground.streets)
    layers = {"facilities": layer("facilities", "F"), "idle": at(600, "B")}
    moved, stays = (
        propose_options(layers, SERVICE, g, kinds=["move_facility"], year=2026)[0]["replaces"].tolist()
        for g in (near, ground)
    )
    assert (moved, stays) == (["F"], [])


def test_a_building_takes_one_facility_the_nearest_first() -> None:
    """Of two facilities that would move to one building the nearer has it; the other goes to the next."""
    facilities = together(
        layer("facilities", "F", floor_area_m2=150), layer("facilities", "G", Point(X + 300, Y), floor_area_m2=150)
    )
    layers = {"facilities": facilities, "idle": together(at(200, "B"), at(950, "C"))}
    options, _ = propose("move_facility", layers)
    assert options["replaces"].to_dict() == {"B:move_facility": "G", "C:move_facility": "F"}


@pytest.mark.parametrize(("enrolled", "closed"), [(0, True), (10, True), (11, False), (35, False)])
def test_a_facility_closes_where_few_places_are_taken(enrolled: int, closed: bool) -> None:
    """Up to 30 % of 35 places are ten children; closing has no places, no classes and no cost."""
    options, notes = propose("close_facility", {"facilities": layer("facilities", "F", enrolled=enrolled)})
    assert options["replaces"].tolist() == (["F"] if closed else [])
    assert (options[["places", "classes", "cost", "annual_cost", "land_m2"]] == 0).all(axis=None)
    assert (options["verdict"] == "pass").all()
    assert notes == []


def test_a_facility_of_unknown_occupancy_is_counted() -> None:
    """Without its children or its places it is not known whether it may close."""
    assert none("close_facility", "facilities", enrolled=UNKNOWN) == [1]
    assert none("close_facility", "facilities", places_m12_24=UNKNOWN) == [1]


def test_a_public_place_without_a_room_gets_one_of_the_size_asked() -> None:
    """One room a place, at the usable area of the standard, which it therefore keeps."""
    service = load_service("nursing_room_cn")
    options, _ = propose_options({"public_places": layer("public_places", "P")}, service, clear(service), year=2026)
    option = options.iloc[0]
    assert (option.name, option["places"], option["floor_area_m2"]) == (
        "public_places:P:fitted_room",
        1,
        service.value("room_usable_area"),
    )
    assert option["verdict"] == "pass"
    assert np.isfinite(option["cost"])
