"""The table of options: sites, money, land, phases, exclusions, verdicts and reasons."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geoplan.errors import Findings, InputError, UsageError
from geoplan.profiles.load import load_service
from geoplan.siting.compliance import judge
from geoplan.siting.ground import Ground
from geoplan.siting.land import NOT_BUILT, land_role
from geoplan.siting.money import by_source
from geoplan.siting.options import propose_options, sites_of
from geoplan.siting.sites import gather_sites
from geoplan.supply.class_mix import mix_classes
from tests.siting_layers import CRS, GOOD, X, Y, clear, homes, layer, together

SERVICE = load_service()
SIZES = {"m24_36": 20, "m12_24": 15, "m06_12": 10}
UNKNOWN = float("nan")
EVERYTHING = {role: layer(role) for role in GOOD if role not in ("public_places", "search_areas")}


def options_of(layers: dict[str, gpd.GeoDataFrame], class_: str = "urban_new", **more: object) -> gpd.GeoDataFrame:
    """The options of layers on clear ground."""
    return propose_options(layers, SERVICE, clear(SERVICE, class_), year=2026, **more)[0]  # type: ignore[arg-type]


def one(role: str, kind: str, class_: str = "urban_new", service: object = SERVICE, **columns: object) -> pd.Series:
    """The one option of a kind of one site."""
    layers = {role: layer(role, **columns)}
    options = propose_options(layers, service, clear(SERVICE, class_), kinds=[kind], year=2026)[0]  # type: ignore[arg-type]
    assert len(options) == 1
    return options.iloc[0]


def outcomes(option: pd.Series) -> dict[str, str]:
    """The outcome of each standard that was judged."""
    return {v.standard: v.outcome for v in option["verdicts"]}


# --- sites ------------------------------------------------------------------------------------------------------------------------


def test_a_site_keeps_its_id_unless_two_layers_have_it() -> None:
    """Ids that two layers share are named after their layer, with a note; facilities and villages always are."""
    layers = {"hosts": layer("hosts", "A"), "idle": together(layer("idle", "A"), layer("idle", "B")),
              "facilities": layer("facilities", "F"), "villages": layer("villages", "B")}  # fmt: skip
    findings = Findings()
    sites = gather_sites(layers, SERVICE, Ground(), findings)
    assert sites.index.tolist() == ["facilities:F", "hosts:A", "idle:A", "idle:B", "villages:B"]
    assert sites["built_from"].tolist() == sites.index.tolist()
    assert [(f.value, f.severity) for f in findings if f.code == "GP-O005"] == [("A, B", "note")]
    alone = gather_sites({"idle": layer("idle", "B")}, SERVICE, Ground(), Findings())
    assert (alone.index[0], alone["built_from"].iloc[0]) == ("B", "idle:B")


def test_an_id_stands_once_in_a_layer() -> None:
    """The same id twice in one layer is refused, because options are named after it."""
    twice = together(layer("idle", "A"), layer("idle", "A"))
    with pytest.raises(InputError, match="more than once"):
        propose_options({"idle": twice}, SERVICE, year=2026)


def test_the_class_of_a_site_is_that_of_the_nearest_home() -> None:
    """The nearest home gives the class, the first by id where two are as near; without homes it is not known."""
    near = gpd.GeoDataFrame(
        {"class": ["urban_old", "rural", "urban_new"]},
        index=["b", "c", "a"],
        geometry=[Point(X + 5, Y), Point(X + 90, Y), Point(X - 5, Y)],
        crs=CRS,
    )
    layers = {"hosts": layer("hosts"), "villages": layer("villages")}
    sites = gather_sites(layers, SERVICE, Ground(homes=near), Findings())
    assert sites["class"].tolist() == ["urban_new", "rural"], "a village is rural by its own column"
    assert gather_sites({"hosts": layer("hosts")}, SERVICE, Ground(), Findings())["class"].isna().all()


def test_missing_columns_are_one_note_a_layer_and_missing_values_stay_missing() -> None:
    """A layer without columns is noted once with all of them; what it does not say is never 0."""
    findings = Findings()
    bare = layer("hosts")[["name", "kind", "unit_id", "storey", "geometry"]]
    sites = gather_sites({"hosts": bare}, SERVICE, Ground(), findings)
    found = [f for f in findings if f.code == "GP-O002"]
    assert [(f.file, f.severity, f.count) for f in found] == [("hosts", "note", 1)]
    assert "spare_floor_m2" in found[0].place
    assert sites[["spare_floor_m2", "capacity", "outdoor_m2", "distance_filling_station"]].isna().all(axis=None)


def test_totals_over_bands_are_missing_where_a_band_is() -> None:
    """Places of a facility and children of a village are sums over the bands; one that is not known leaves them not known."""
    layers = {"facilities": layer("facilities"), "villages": layer("villages", people_m06_12=UNKNOWN)}
    sites = gather_sites(layers, SERVICE, Ground(), Findings())
    assert sites.loc["facilities:S", "places"] == 35
    assert np.isnan(sites.loc["villages:S", "children_under_3"])


def test_a_parcel_without_a_stated_area_has_that_of_its_outline() -> None:
    """The outline of a parcel is its land; that of an idle building is not."""
    drawn = layer("idle", kind="idle_land", land_m2=UNKNOWN)
    sites = gather_sites(
        {"parcels": layer("parcels", "P", land_m2=UNKNOWN), "idle": drawn}, SERVICE, Ground(), Findings()
    )
    assert sites.loc["P", "land_m2"] == 36 * 36
    assert np.isnan(sites.loc["S", "land_m2"])


@pytest.mark.parametrize("bad", [-5, "many", float("inf")])
def test_raw_values_that_are_no_number_are_refused(bad: object) -> None:
    """A negative, endless or textual number names its column and id; a basement's storey may be below 0."""
    with pytest.raises(InputError, match="column outdoor_m2, id S"):
        propose_options({"hosts": layer("hosts", outdoor_m2=bad)}, SERVICE, year=2026)
    assert len(options_of({"hosts": layer("hosts", storey=-1)})) == 1


@pytest.mark.parametrize(("given_", "known"), [(True, 1.0), (False, 0.0), (None, UNKNOWN), (1, 1.0)])
def test_a_flag_of_a_site_is_a_number_and_missing_where_it_is_not_said(given_: object, known: float) -> None:
    """Whether there is an entrance of its own is 1, 0 or not known."""
    frame = layer("hosts", own_entrance=given_).astype({"own_entrance": object})
    found = gather_sites({"hosts": frame}, SERVICE, Ground(), Findings())["own_entrance"].iloc[0]
    assert found == known or (np.isnan(found) and np.isnan(known))


def test_hosts_that_no_option_can_use_are_counted() -> None:
    """Hosts of another kind, and those of unknown kind, are left out and counted by kind."""
    hosts = together(
        layer("hosts", "t", kind="temple"), layer("hosts", "u", kind="temple"), layer("hosts", "v", kind=None)
    )
    options, notes = propose_options({"hosts": hosts}, SERVICE, year=2026)
    assert len(options) == 0
    assert sorted(n.count for n in notes if n.code == "GP-O004") == [1, 2]


def test_an_unknown_class_of_area_is_no_reason_to_leave_a_site_out_but_is_noted() -> None:
    """Premises are for urban areas: a rural one gives nothing, one of unknown class does, with a note."""
    layers = {"premises": layer("premises")}
    assert len(options_of(layers, "rural")) == 0
    options, notes = propose_options(layers, SERVICE, year=2026)
    assert options["kind"].tolist() == ["lease_premises", "purchase_premises", "swap_premises"]
    assert [n.count for n in notes if n.code == "GP-O006"] == [1, 1, 1]


# --- verdicts ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "standard", "outcome", "verdict"),
    [({"storey": -1}, "no_basement", "fail", "fail"), ({"storey": 4}, "fire_storey", "fail", "fail"),
     ({"storey": 2}, "ground_floor", "fail", "pass"), ({"storey": UNKNOWN}, "no_basement", "unknown", "unknown"),
     ({"spare_floor_m2": 199}, "floor_min", "fail", "pass"), ({"spare_floor_m2": 200}, "floor_min", "pass", "pass"),
     ({"outdoor_m2": 19}, "outdoor_conversion", "fail", "fail"), ({"own_entrance": 0}, "own_entrance", "fail", "fail"),
     ({"outdoor_m2": UNKNOWN}, "outdoor_conversion", "unknown", "unknown"),
     ({"spare_floor_m2": UNKNOWN, "floor_area_m2": 900}, "floor_min", "unknown", "unknown"),
     ({"outdoor_m2": UNKNOWN, "storey": 0}, "outdoor_conversion", "unknown", "fail")],
)  # fmt: skip
def test_each_clause_is_judged_by_what_is_measured(
    columns: dict[str, float], standard: str, outcome: str, verdict: str
) -> None:
    """What must hold and fails, fails the option; what only should hold does not; what is unknown is no pass."""
    option = one("hosts", "shared_building", **columns)
    assert outcomes(option)[standard] == outcome
    assert option["verdict"] == verdict


def test_a_verdict_says_what_was_measured_and_asked_and_where_it_stands() -> None:
    """A verdict holds the value measured, the value asked, the unit and the clause in both languages."""
    verdict = next(v for v in one("hosts", "shared_building")["verdicts"] if v.standard == "outdoor_conversion")
    assert (verdict.measured, verdict.asked, verdict.unit) == (20.0, 2.0, "m²/place")
    assert "3.2.3" in verdict.clause.en
    assert "3.2.3" in verdict.clause.zh


def test_an_override_of_a_standard_changes_the_verdict_and_the_cost() -> None:
    """A study that asks for 500 m² fails what 480 m² passed, and costs follow as well."""
    costs = dict.fromkeys(("cost_shared_building_low", "cost_shared_building", "cost_shared_building_high"), 1)
    strict = load_service(overrides={"floor_min": 500, **costs})
    option = one("hosts", "shared_building", service=strict)
    assert (option["verdict"], option["cost"]) == ("fail", 45)
    assert "不合规" in option["reason"]


def test_a_check_that_nobody_can_measure_is_refused() -> None:
    """A standard without a quantity in the list of checks is a fault of the profile, never a pass."""
    kind = replace(SERVICE.options["shared_building"], checks=("uptake_mid",))
    service = replace(SERVICE, options={**SERVICE.options, "shared_building": kind})
    with pytest.raises(UsageError, match="uptake_mid"):
        propose_options({"hosts": layer("hosts")}, service, year=2026)


def test_judging_again_gives_the_same() -> None:
    """The verdicts follow from the table, its sites and the ground alone."""
    ground = clear(SERVICE)
    options, _ = propose_options(EVERYTHING, SERVICE, ground, year=2026)
    new_land = [
        k for k in SERVICE.options if SERVICE.options[k].nature == "new_land"
    ]  # judged twice, by what can be converted
    options = options[~options["kind"].isin(new_land)]
    assert len(options) > 10
    assert judge(options, sites_of(options, SERVICE), SERVICE, ground).tolist() == options["verdicts"].tolist()


def test_field_checks_are_filled_in_before_anything_is_proposed() -> None:
    """A spare floor that was found on the spot makes the classes that it holds, and its verdict known."""
    frame = layer("hosts", spare_floor_m2=UNKNOWN)
    found = pd.DataFrame({"site_id": ["S"], "quantity": ["spare_floor_m2"], "value": ["480"]})
    before, after = options_of({"hosts": frame}), options_of({"hosts": frame}, checks=found)
    assert before["places"].tolist() == [20]
    assert after["places"].tolist() == [45]
    assert outcomes(after.iloc[0])["floor_min"] == "pass"


def test_the_sites_of_options_are_those_that_were_judged() -> None:
    """From the options alone the sites come back as they were gathered, one row each."""
    ground = clear(SERVICE)
    options, _ = propose_options(EVERYTHING, SERVICE, ground, year=2026)
    sites, before = sites_of(options, SERVICE), gather_sites(EVERYTHING, SERVICE, ground, Findings())
    before = before.loc[sites.index, [c for c in sites.columns if c in before.columns]]
    assert {"classes", "places", "farmland_m2", "storey", "kind", "role"} <= set(before.columns)
    pd.testing.assert_frame_equal(
        pd.DataFrame(sites[before.columns]), pd.DataFrame(before), check_names=False, check_dtype=False
    )


# --- money ------------------------------------------------------------------------------------------------------------------------


def test_rent_is_in_the_cost_a_year_and_a_price_in_the_cost() -> None:
    """450 m² at 300 yuan a year on lease, at 5,000 yuan to buy; neither where the premises are swapped."""
    kinds = SERVICE.options
    lease, bought, swapped = (one("premises", f"{k}_premises") for k in ("lease", "purchase", "swap"))
    assert lease["floor_area_m2"] == 450
    assert lease["annual_cost"] == 45 * kinds["lease_premises"].annual_yuan.value + 450 * 300
    assert lease["cost"] == 45 * kinds["lease_premises"].cost_yuan.value
    assert bought["cost"] == 45 * kinds["purchase_premises"].cost_yuan.value + 450 * 5000
    assert swapped["cost"] == 45 * kinds["swap_premises"].cost_yuan.value


def test_a_price_that_premises_do_not_state_is_that_of_the_service_with_a_note() -> None:
    """Where the layer gives no price, the standard's is used and the premises are counted."""
    layers = {"premises": together(layer("premises", price_yuan_m2=UNKNOWN), layer("premises", "T"))}
    options, notes = propose_options(layers, SERVICE, clear(SERVICE), kinds=["purchase_premises"], year=2026)
    price = SERVICE.options["purchase_premises"].price_yuan
    assert price is not None
    assert options["cost"].diff().iloc[1] == 450 * (5000 - price.value)
    assert [(n.count, n.place) for n in notes if n.code == "GP-O020"] == [(1, "column price_yuan_m2")]


def test_fees_are_relieved_unless_they_are_set_on() -> None:
    """A fee that is not set on is 0; one that is adds rate × base to the cost once, or to the cost a year if it is yearly."""
    layers = {"parcels": layer("parcels")}
    relieved, charged = (
        options_of(layers, kinds=["service_land"], fees_on=on).iloc[0]
        for on in ((), ("infrastructure_fee", "urban_land_tax"))
    )
    fees = {fee.id: fee for fee in SERVICE.fees}
    assert (relieved["fees"], relieved["fee_infrastructure_fee"], relieved["fee_urban_land_tax"]) == (0, 0, 0)
    once = round(relieved["floor_area_m2"] * fees["infrastructure_fee"].rate.value)
    yearly = round(relieved["land_m2"] * fees["urban_land_tax"].rate.value)
    assert (charged["fees"], charged["fee_urban_land_tax"]) == (once, yearly)
    assert charged["cost"] - relieved["cost"] == once
    assert charged["annual_cost"] - relieved["annual_cost"] == yearly
    with pytest.raises(UsageError, match="there are: deed_tax"):
        options_of(layers, fees_on=["window_tax"])


def test_a_fee_whose_base_is_not_known_is_missing_and_noted() -> None:
    """Land of a new development is not known without a standard for it: the land tax is missing, never 0, and the cost stays a number."""
    layers = {"new_residential": layer("new_residential")}
    kind = replace(SERVICE.options["new_development"], land_m2=None)
    service = replace(SERVICE, options={**SERVICE.options, "new_development": kind})
    options, notes = propose_options(layers, service, clear(SERVICE), year=2026, fees_on=["urban_land_tax"])
    assert options[["fee_urban_land_tax", "land_m2"]].isna().all(axis=None)
    assert (options[["farmland_m2", "new_land_m2"]] == 0).all(axis=None)  # counted with the housing
    assert options["annual_cost"].notna().all()
    assert [n.count for n in notes if n.code == "GP-O021"] == [1]


def test_what_each_source_pays_adds_up_to_the_cost() -> None:
    """Subsidy and the rest are the cost, to the yuan; the subsidy is never above the cost."""
    options = options_of(EVERYTHING, fees_on=[fee.id for fee in SERVICE.fees])
    assert (by_source(options).sum(axis=1) == options["cost"]).all()
    assert (options["subsidy"] <= options["cost"]).all()
    assert set(options["paid_by"]) == {"public", "provider", "employer", "developer"}


# --- land -------------------------------------------------------------------------------------------------------------------------


def test_the_same_code_means_different_land_in_survey_and_plan() -> None:
    """0702 is a village homestead in the survey and community services in the plan: only the latter is service land."""
    assert land_role(pd.Series(["0702"]), "survey", SERVICE).tolist() == ["residential_rural"]
    assert land_role(pd.Series(["0702"]), "planning", SERVICE).tolist() == ["service"]
    surveyed = {"parcels": layer("parcels", planning_code=None, land_status="new")}
    planned = {"parcels": layer("parcels", survey_code=None, land_status="new")}
    assert "service_land" not in options_of(surveyed, kinds=["service_land"])["kind"].tolist()
    assert options_of(planned, kinds=["service_land"])["kind"].tolist() == ["service_land"]


@pytest.mark.parametrize(
    ("survey", "farmland", "taken", "new"),
    [("0103", 0, 0, 1300), ("0103", UNKNOWN, 1300, 1300), ("0201", UNKNOWN, 0, 1300), ("1201", UNKNOWN, 0, 0), ("0601", 200, 200, 200),
     ("0702", 5000, 1300, 1300), (None, 300, 300, UNKNOWN), (None, UNKNOWN, UNKNOWN, UNKNOWN), ("99X", UNKNOWN, UNKNOWN, UNKNOWN)],
)  # fmt: skip
def test_new_construction_land_follows_from_the_survey_class(
    survey: str | None, farmland: float, taken: float, new: float
) -> None:
    """Farmland taken is at most the land taken; land is new where its survey class is not built on yet; an unknown code leaves it unknown."""
    option = one("parcels", "service_land", survey_code=survey, farmland_m2=farmland)
    assert option["land_m2"] == 1300
    np.testing.assert_array_equal(option[["farmland_m2", "new_land_m2"]].astype(float), [taken, new])


def test_vacant_land_inside_a_town_is_construction_land_already() -> None:
    """Of the survey's classes farmland to wetland and farm buildings' ground are not built on; vacant and residential land is."""
    codes = pd.Series(["0101", "0202", "0301", "0404", "1107", "1202", "1201", "0701", "05H1"])
    assert land_role(codes, "survey", SERVICE).isin(NOT_BUILT).tolist() == [True] * 6 + [False] * 3


def test_what_takes_no_land_takes_no_farmland() -> None:
    """Buildings take 0 land, 0 farmland and 0 new construction land, whatever their site's codes."""
    option = one("idle", "idle_building", survey_code=None, farmland_m2=UNKNOWN)
    assert option[["land_m2", "farmland_m2", "new_land_m2"]].tolist() == [0, 0, 0]


def test_the_code_of_the_land_is_that_of_the_parcel_where_it_suits() -> None:
    """A parcel planned for a kindergarten keeps 080404; one planned for shops takes the kind's code, of town or village by its area."""
    assert one("parcels", "idle_land", planning_code="080404")["land_code"] == "080404"
    assert one("parcels", "idle_land", planning_code="0901")["land_code"] == "0702"
    assert one("parcels", "idle_land", "rural", planning_code="0901")["land_code"] == "0704"
    unknown, _ = propose_options(
        {"parcels": layer("parcels", planning_code=None)}, SERVICE, kinds=["idle_land"], year=2026
    )
    assert unknown["land_code"].isna().all(), "town or village is not known"


# --- phases, words, exclusions ------------------------------------------------------------------------------------------------------


def test_the_first_phase_is_after_the_lead_time_or_with_the_project() -> None:
    """Year + lead time; a renewal in its own year, and never before the planned year."""
    kinds = SERVICE.options
    assert one("parcels", "idle_land")["first_phase"] == 2026 + kinds["idle_land"].lead_time_years
    assert one("renewal", "renewal_project", year=2029)["first_phase"] == 2029
    assert one("renewal", "renewal_project", year=2024)["first_phase"] == 2026
    assert (
        one("renewal", "renewal_project", year=UNKNOWN)["first_phase"]
        == 2026 + kinds["renewal_project"].lead_time_years
    )


def test_kinds_can_be_chosen_and_must_be_known() -> None:
    """Only the kinds asked for are proposed; an unknown one is refused."""
    hosts = {"hosts": together(layer("hosts", "K", kind="kindergarten"), layer("hosts", "C"))}
    assert options_of(hosts, kinds=["shared_building"]).index.tolist() == ["C:shared_building"]
    assert len(options_of(hosts, kinds=[])) == 0
    with pytest.raises(UsageError, match="there are: kindergarten_class"):
        options_of(hosts, kinds=["castle"])


def test_the_order_of_rows_and_layers_changes_nothing() -> None:
    """Options stand in the order of their ids, whatever the order of rows and layers."""
    parts = [
        layer("hosts", s, kind=k) for s, k in (("b", "kindergarten"), ("a", "primary_school"), ("c", "childrens_home"))
    ]
    layers = {**EVERYTHING, "hosts": together(*parts)}
    turned = {role: layers[role].iloc[::-1] for role in reversed(layers)}
    one_, other = options_of(layers), options_of(turned)
    assert one_.index.is_monotonic_increasing
    assert len(one_) > 12
    pd.testing.assert_frame_equal(pd.DataFrame(one_), pd.DataFrame(other))


def test_the_language_of_texts_can_be_chosen() -> None:
    """In an English study clause, departments and reason are English, the lead department first."""
    options = options_of({"idle": layer("idle", kind="idle_land")}, language="en")
    assert options["departments"].iloc[0].startswith("Natural Resources and Planning Bureau, ")
    assert options[["clause", "reason"]].apply(lambda column: column.str.isascii()).all(axis=None)


def test_options_that_cannot_both_be_carried_out_exclude_each_other() -> None:
    """Those of one site, and of sites whose outlines overlap by more than half of the smaller; not those that merely touch."""
    parcels = together(
        layer("parcels", "P"),
        layer("parcels", "Q", box(X + 36, Y, X + 72, Y + 36)),
        layer("parcels", "R", box(X + 50, Y, X + 90, Y + 36)),
    )
    idle = layer("idle", "S", box(X, Y, X + 36, Y + 30), kind="idle_land")
    options = options_of({"parcels": parcels, "idle": idle}, kinds=["idle_land", "service_land"])
    assert options["excludes"].to_dict() == {
        "P:idle_land": ("P:service_land", "S:idle_land"),
        "P:service_land": ("P:idle_land", "S:idle_land"),
        "Q:idle_land": ("Q:service_land", "R:idle_land", "R:service_land"),
        "Q:service_land": ("Q:idle_land", "R:idle_land", "R:service_land"),
        "R:idle_land": ("Q:idle_land", "Q:service_land", "R:service_land"),
        "R:service_land": ("Q:idle_land", "Q:service_land", "R:idle_land"),
        "S:idle_land": ("P:idle_land", "P:service_land"),
    }
    assert options["site_group"].tolist() == ["P", "P", "Q", "Q", "Q", "Q", "P"]


def test_options_that_change_one_facility_exclude_each_other() -> None:
    """A facility is expanded, moved or closed; what takes the building that it would move to is excluded with the move."""
    small = layer("facilities", "F", floor_area_m2=150, places_m12_24=0, places_m24_36=10, enrolled=2)
    other = layer("facilities", "G", Point(X + 5000, Y))
    options = options_of({"facilities": together(small, other), "idle": layer("idle", "B", Point(X + 100, Y))})
    assert options.loc["B:move_facility", "excludes"] == ("B:idle_building", "facilities:F:close_facility")
    assert options.loc["facilities:F:close_facility", "excludes"] == ("B:move_facility",)
    assert options.loc["facilities:F:close_facility", "replaces"] == "F"


def test_in_an_old_area_new_land_is_held_back_where_a_building_passes() -> None:
    """Within the reach of an idle building that passes, new land fails and says so; beyond the reach it is an exception with its reason."""
    near = {"parcels": layer("parcels", "P"), "idle": layer("idle", "B", Point(X + 200, Y))}
    held = options_of(near, "urban_old", kinds=["idle_building", "service_land"], reach_m=300)
    assert held["verdict"].to_dict() == {"B:idle_building": "pass", "P:service_land": "fail"}
    assert "点B" in held.loc["P:service_land", "reason"]
    free = options_of(near, "urban_old", kinds=["idle_building", "service_land"], reach_m=100)
    assert outcomes(free.loc["P:service_land"])["convert_first"] == "pass"
    assert free.loc["P:service_land", "reason"].startswith("例外")


@given(st.floats(0, 500), st.integers(1, 9))
def test_a_mix_of_classes_fits_and_leaves_no_room_for_another(room: float, most: int) -> None:
    """Classes fit the room, are at most as many as allowed, and stop only when full; the eldest come first."""
    classes = mix_classes(room, SIZES, most)
    used = sum(SIZES[b] * n for b, n in classes.items())
    assert used <= room + 1e-6
    assert sum(classes.values()) <= most
    assert sum(classes.values()) == most or room - used < min(SIZES.values())
    assert classes["m24_36"] >= classes["m06_12"] or room - used + SIZES["m06_12"] < SIZES["m24_36"]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(10, 60)), min_size=1, max_size=6))
@settings(deadline=None, max_examples=8)
def test_exclusions_are_mutual_and_a_group_holds_them(squares: list[tuple[int, int, int]]) -> None:
    """If one option rules out another, that rules it out too, and both are of one group; no option rules out itself."""
    parts = [
        layer("parcels", f"P{i}", box(X + x, Y + y, X + x + d, Y + y + d), land_m2=1300)
        for i, (x, y, d) in enumerate(squares)
    ]
    options = options_of({"parcels": together(*parts)}, kinds=["idle_land", "service_land"])
    for option, excluded in options["excludes"].items():
        assert option not in excluded
        assert all(option in options.loc[other, "excludes"] for other in excluded)
        assert {options.loc[other, "site_group"] for other in excluded} <= {options.loc[option, "site_group"]}


def test_no_layers_give_no_options() -> None:
    """Without sites there is an empty table with all its columns, and nothing to note."""
    options, notes = propose_options({}, SERVICE, Ground(homes=homes()), year=2026)
    assert len(options) == 0
    assert {"places_m24_36", "excludes", "reason", "site_group"} <= set(options.columns)
    assert notes == []
