"""The loader of service profiles: what it makes of the data file, and how it refuses one that is badly written."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import pytest

from geoplan.errors import InputError, UsageError
from geoplan.profiles import load
from geoplan.profiles.load import load_service

Data = dict[str, Any]
SERVICE = load_service()


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Data], object]], list[str]]:
    """Loads childcare after a change to its data; gives the findings as sentences."""
    read = load._read

    def attempt(change: Callable[[Data], object]) -> list[str]:
        data = copy.deepcopy(read("services", "childcare_cn"))
        change(data)
        monkeypatch.setattr(load, "_read", lambda kind, name: data if kind == "services" else read(kind, name))
        try:
            load_service()
        except InputError as error:
            return [f.sentence() for f in error.findings]
        return []

    return attempt


def test_the_data_as_they_are_have_no_findings(loaded: Callable[..., list[str]]) -> None:
    """Childcare loads without findings when nothing is changed, so that each refusal below has one cause."""
    assert loaded(dict) == []


def block(key: str, at: int = 0, **values: Any) -> Callable[[Data], object]:
    """A change of one row of a list."""
    return lambda data: data[key][at].update(values)


BAD: list[tuple[Callable[[Data], object], str]] = [
    (lambda d: d.pop("title_zh"), "title_zh: this key is missing"),
    (lambda d: d.update(reeches=d.pop("reaches")), "did you mean reaches"),
    (lambda d: d.update(bands=3), "bands: must be a list"),
    (lambda d: d["standards"].remove("survival"), "survival: no standard has this id"),
    (lambda d: d["standards"].append("jgj93"), "did you mean jgj39"),
    (lambda d: d["information"].append("lande"), "did you mean land"),
    (lambda d: d["uptake"].pop("high"), "this level of uptake is missing"),
    (lambda d: d["uptake"].update(high="reach_strict"), "must be between 0 and 1"),
    (lambda d: d["reaches"].append("fte_half_day"), "must be a whole number of at least 1"),
    (lambda d: d["survival"].append("reach_strict"), "must be between 0 and 1"),
    (lambda d: d["places_per_1000"].update(all="reach_strict"), "must be in places/1,000 residents"),
    (lambda d: d["hazards"].update(refuse="uptake_mid"), "must be in m"),
    (lambda d: d["hazards"].update(substation="hazard_substatoin"), "did you mean hazard_substation"),
    (lambda d: d["hazards"].update(substation="hazard_filling_station"), "must bound distance_substation"),
    (lambda d: d["hazards"].update(refuse="hazard_nuisance_low"), "for comparison only"),
    (lambda d: d.update(kindergarten_class_size="fte_half_day"), "must be a whole number of at least 1"),
    (lambda d: d.update(daytime_share="reach_strict"), "must be in share"),
    (block("bands", class_size="lead_kindergarten_class"), "must be a whole number of at least 1"),
    (block("bands", children_per_carer="lead_kindergarten_class"), "must be above 0"),
    (block("bands", months=[12, 6]), "two whole numbers that rise"),
    (block("bands", months=[6, 12, 24]), "two whole numbers that rise"),
    (block("bands", people={"age_0": 1.5}), "must be a share above 0"),
    (block("bands", people={}), "a band of ages needs census columns"),
    (block("bands", id="m12_24"), "this id stands more than once"),
    (block("options", bands=["m24_63"]), "did you mean m24_36"),
    (block("options", id="kindergarden_class"), "did you mean kindergarten_class"),
    (block("options", floor="lead_kindergarten_class"), "must be above 0"),
    (block("options", checks=["no_basemant"]), "did you mean no_basement"),
    (block("options", checks=["no_basement", "no_basement"]), "this standard is named more than once"),
    (block("options", checks=["hazards", "hazard_substation"]), "this standard is named more than once"),
    (block("options", checks=["cost_conversion"]), "bounds nothing that is measured"),
    (lambda d: d.pop("boundaries"), "the profile has no block boundaries"),
    (block("options", clause="C3.9, kindergartens"), "the service has no such clause"),
    (block("options", pilots=["kindergarden"]), "did you mean kindergarten"),
    (block("options", paid_by="pubic"), "did you mean public"),
    (block("options", supply_mode="alocated"), "did you mean allocated"),
    (block("options", nature="conversion"), "did you mean convert"),
    (block("options", areas=["urban_old", "rual"]), "did you mean rural"),
    (block("options", land_uses=["servise"]), "did you mean service"),
    (block("options", land_codes={"urban": "2999"}), "no planning code of land begins so"),
    (block("options", land_codes={"urban": 702}), "a land code is a text"),
    (block("options", land_codes={"urbane": "0702"}), "did you mean urban"),
    (block("options", price="rent_premises"), "must be in yuan/m²"),
    (block("options", rent="price_premises"), "must be in yuan/m²/year"),
    (block("options", fte="uptake_mid"), "must be in full-time places/place"),
    (block("options", cost_low="cost_new_build"), "cost_new_build must not be above cost_kindergarten_class"),
    (block("options", subsidy="subsidy_new_plase"), "did you mean subsidy_new_place"),
    (lambda d: d["controls"].update(green_belt="control_green_line"), "did you mean green_line"),
    (lambda d: d["controls"].update(flood="control_mining"), "must bound overlap_flood"),
    (lambda d: d["boundaries"].update(village_boundry="boundary_village_boundary"), "did you mean village_boundary"),
    (lambda d: d["boundaries"].update(village_boundary="reach_strict"), "must be in share"),
    (lambda d: d["land_use"].update(plan={}), "did you mean planning"),
    (lambda d: d["land_use"]["planning"].update({"0702": "servise"}), "did you mean service"),
    (lambda d: d["land_use"]["survey"].update({702: "residential_rural"}), "a land code is a text"),
    (block("payers", title=""), "payers.public.title: must be a text"),
    (block("supply_modes", condition=3), "supply_modes.allocated.condition: must be a text"),
    (block("fees", base="costs"), "did you mean cost"),
    (block("fees", rate="fee_infrastructure"), "must be in share"),
    (block("fees", at=1, yearly=False), "must be in share"),
    (block("fees", kinds=["purchase_premise"]), "did you mean purchase_premises"),
    (block("fees", clause="D9"), "the service has no such clause"),
    (block("suitability", weight="reach_strict"), "must be in share"),
    (block("suitability", best="best_new_land"), "must be in places"),
    (block("suitability", best="worst_unmet_in_reach"), "must differ"),
    (block("suitability", id="new_land"), "this id stands more than once"),
    (lambda d: d["obligations"].update(employers="employer_children"), "did you mean employer"),
    (lambda d: d["obligations"].update(employer="reach_strict"), "must be in children"),
    (block("options", departments=[{"en": "Education Bureau"}]), "zh: this key is missing"),
    (lambda d: d["demand"].update(kind="age"), "did you mean ages"),
    (lambda d: d["demand"].update(kind="thresholds"), "needs columns with standards"),
    (lambda d: d["supply"]["modes"].update(full_day="uptake_mid"), "must be in full-time places/place"),
    (lambda d: d["supply"].update(only_filed="yes"), "must be true or false"),
    (lambda d: d["supply"].update(floor_m2_per_place="floor_min"), "must be in m²/place"),
    (lambda d: d["supply"].update(minimum={"floor_m2": "floor_mim"}), "did you mean floor_min"),
    (lambda d: d["variants"]["urban"].update(mode="walking"), "did you mean walk"),
    (lambda d: d["variants"]["urban"].update(limit="uptake_mid"), "limited in m or min"),
    (lambda d: d["variants"].update(suburban=d["variants"]["urban"]), "did you mean urban"),
    (block("clauses", scope="inn"), "did you mean in"),
    (block("goals", indicator="demonstration"), "did you mean demonstrations"),
    (block("goals", indicator="coverage_areas_{reach_scren}"), "did you mean reach_screening"),
    (block("goals", standard="uptake_mid"), "at_least or at_most"),
    (block("goals", year="fte_half_day"), "must be a whole number"),
    (block("goals", clause="B9"), "the service has no such clause"),
    (block("pilots", quota="fte_half_day"), "must be a whole number"),
    (block("pilots", clause="E2.5"), "the service has no such clause"),
    (block("cures", clause="C4.9"), "the service has no such clause"),
    (block("cures", sentence=""), "must be a text"),
    (block("indicators", unit="places/1,000 resident"), "did you mean 1,000 residents"),
    (block("indicators", clause="B9"), "the service has no such clause"),
    (block("indicators", at=1, id="places_per_1000"), "this id stands more than once"),
]


@pytest.mark.parametrize(("change", "said"), BAD, ids=[said for _, said in BAD])
def test_a_profile_that_is_badly_written_is_refused(
    loaded: Callable[..., list[str]], change: Callable[[Data], object], said: str
) -> None:
    """Whatever is missing, misspelt, of the wrong kind or refers to nothing is refused, with the nearest name where there is one."""
    assert any(said in sentence for sentence in loaded(change))


def test_all_problems_of_a_profile_are_shown_at_once(loaded: Callable[..., list[str]]) -> None:
    """Problems of ten parts of a profile come in one refusal."""

    def change(data: Data) -> None:
        data.pop("note")
        data["uptake"]["mid"] = "uptake_mdi"
        data["bands"][0]["months"] = "6-12"
        data["goals"][0]["indicator"] = "demonstration"
        data["variants"]["rural"]["mode"] = "car"
        data["clauses"][0]["scop"] = data["clauses"][0].pop("scope")
        data["controls"]["flod"] = data["controls"].pop("flood")
        data["fees"][0]["base"] = "price"
        data["land_use"]["survey"]["01"] = "farmlnd"
        data["options"][1]["paid_by"] = "publik"

    found = loaded(change)
    for said in (
        "note",
        "uptake_mid",
        "months",
        "demonstrations",
        "mode",
        "scope",
        "mean flood",
        "base",
        "farmland",
        "public",
    ):
        assert any(said in sentence for sentence in found), said


def test_a_reference_to_a_file_that_is_not_loaded_is_refused(loaded: Callable[..., list[str]]) -> None:
    """A reference to a standard that the profile does not load is refused by name, at the place that refers to it."""
    found = loaded(lambda data: data["standards"].remove("costs"))
    assert any("options.idle_land.cost" in sentence and "cost_new_build" in sentence for sentence in found)


def test_goals_follow_the_standards_that_they_name() -> None:
    """A goal has the sense of its standard, the year of another, and an indicator at the reach that a third gives."""
    goals = {goal.id: goal for goal in load_service(overrides={"reach_screening": 900, "goal_b3_year": 2030}).goals}
    assert goals["B2_areas"].indicator == "coverage_areas_900"
    assert (goals["B3_places"].year, goals["B3_places"].sense) == (2030, "at_least")
    assert goals["B3_unmet"].sense == "at_most"
    assert {goal.phase: goal.year for goal in SERVICE.goals} == {"B1": 2020, "B2": 2022, "B3": 2025}


def test_each_county_owes_four_pilots() -> None:
    """E2 asks each county for one pilot of four kinds by the end of 2020: 72 in 18 counties."""
    assert [p.kind for p in SERVICE.pilots] == ["brand_chain", "community", "kindergarten", "employer"]
    assert sum(SERVICE.value(p.quota) for p in SERVICE.pilots) * 18 == 72
    assert {p.year for p in SERVICE.pilots} == {2020}


def test_urban_and_rural_areas_travel_each_by_their_own_rule() -> None:
    """Towns walk metres, villages drive minutes."""
    urban, rural = SERVICE.variants["urban"], SERVICE.variants["rural"]
    assert (urban.mode, SERVICE.value(urban.limit), SERVICE.standards[urban.limit].unit) == ("walk", 1000, "m")
    assert (rural.mode, SERVICE.value(rural.limit), SERVICE.standards[rural.limit].unit) == ("drive", 15, "min")


def test_each_finer_cause_of_the_wrong_kind_has_its_own_cure() -> None:
    """Age, filing, price, hours and size are cured each in its own way."""
    finer = [SERVICE.cures[cause].sentence for cause in ("age", "filed", "inclusive", "hours", "too_small")]
    assert len({text.zh for text in finer}) == len({text.en for text in finer}) == 5


def test_survival_and_equivalents_are_shares_that_fall() -> None:
    """Each year fewer die than in the year before, and a part-time place is at most a full-time one."""
    kept = [SERVICE.value(id_) for id_ in SERVICE.survival]
    assert len(kept) == 6
    assert kept == sorted(kept)
    assert 0.99 < math.prod(kept) < 1
    modes = {mode: SERVICE.value(id_) for mode, id_ in SERVICE.supply.modes.items()}
    assert modes["full_day"] == 1
    assert all(0 < value <= 1 for value in modes.values())


def test_indicators_with_a_reach_stand_once_for_each() -> None:
    """The table has each coverage at each reach, in the order of the profile, with the metres in name and title."""
    rows = {i.id: i for i in SERVICE.indicators_at()}
    assert len(rows) == len(SERVICE.indicators) + 6 * (len(SERVICE.reaches_m) - 1)
    assert rows["straight_infants_500"].title.zh.startswith("500米")
    assert rows["unserved_areas"].title.zh == "未达标配建的婴幼儿照护服务设施数量"
    assert {f"coverage_areas_{r}" for r in (200, 400)} <= {i.id for i in SERVICE.indicators_at([200, 400])}


def test_a_value_that_is_not_applied_is_refused_with_the_nearest() -> None:
    """To ask for a standard that the service does not apply is a usage error."""
    with pytest.raises(UsageError, match="did you mean uptake_mid"):
        SERVICE.value("uptake_mdi")


def test_each_use_names_a_standard_of_the_profile() -> None:
    """The profile knows where each of its standards is used, and each of them is used."""
    assert set(SERVICE.uses) == set(SERVICE.standards)
    assert "bands.m24_36.class_size" in SERVICE.uses["class_size_m24_36"]


def test_groups_of_checks_stand_for_the_standards_of_their_blocks() -> None:
    """`hazards`, `controls` and `boundaries` in checks give the standards of those blocks, in their order and place."""
    checks = SERVICE.options["new_development"].checks
    blocks = [*SERVICE.hazards.values(), *SERVICE.controls.values(), *SERVICE.boundaries.values()]
    assert list(checks[-len(blocks) :]) == blocks
    assert not {"hazards", "controls", "boundaries"} & {c for kind in SERVICE.options.values() for c in kind.checks}
    assert "options.rural_point.checks" in SERVICE.uses["hazard_wide_road"]


def test_a_force_can_be_hardened_or_softened() -> None:
    """`with_force` changes the force of the standards named and nothing else; the profile that it is asked of stays as it is."""
    changed = SERVICE.with_force({"ground_floor": "must", "control_flood": "must", "slope_max": "should"})
    forces = {id_: (s.force, changed.standards[id_].force) for id_, s in SERVICE.standards.items()}
    assert {id_ for id_, (before, after) in forces.items() if before != after} == {
        "ground_floor",
        "control_flood",
        "slope_max",
    }
    assert changed.standards["slope_max"].judge(40).force == "should"
    assert changed.standards["ground_floor"].value == SERVICE.value("ground_floor")
    assert changed.with_force({"ground_floor": "should", "control_flood": "should", "slope_max": "must"}) == SERVICE
    assert SERVICE.with_force({}) == SERVICE


def test_a_force_reaches_the_option_kinds() -> None:
    """The standards that an option kind carries have the force of the profile's."""
    changed = SERVICE.with_force({"outdoor_conversion": "should"})
    assert changed.options["idle_building"].outdoor_m2 is changed.standards["outdoor_conversion"]
    assert changed.options["idle_building"].outdoor_m2.force == "should"


def test_forces_that_change_nothing_are_refused_all_at_once() -> None:
    """A standard that no option is checked against, an unknown one and an unknown force are refused together, with the nearest id."""
    with pytest.raises(UsageError) as caught:
        SERVICE.with_force({"uptake_mid": "must", "ground_flor": "must", "no_basement": "shall"})  # type: ignore[dict-item]
    for said in ("uptake_mid", "did you mean ground_floor", "no_basement: 'shall' is neither"):
        assert said in str(caught.value)


def test_the_same_code_means_different_things_in_survey_and_plan() -> None:
    """0702 is village homestead in the survey and community service in the plan, and new land on it is judged the opposite way."""
    survey, planning = SERVICE.land_use["survey"]["0702"], SERVICE.land_use["planning"]["0702"]
    assert (survey, planning) == ("residential_rural", "service")
    suits = {id_: (survey in SERVICE.options[id_].land_uses, planning in SERVICE.options[id_].land_uses)
             for id_ in ("idle_land", "service_land", "village_build")}  # fmt: skip
    assert suits == {"idle_land": (False, True), "service_land": (False, True), "village_build": (True, False)}


def test_the_slip_of_the_notice_is_quoted_as_written() -> None:
    """The condition of allocated land names the catalogue, quotes the notice's name for it, and asks for a non-profit."""
    _, condition = SERVICE.supply_modes["allocated"]
    assert all(words in condition.zh for words in ("非营利", "划拨用地目录", "规划用地目录"))
    assert "non-profit" in condition.en


def test_a_fee_is_counted_in_the_unit_of_what_it_is_taken_of() -> None:
    """D1 lists five taxes and fees; those that come every year have a rate a year."""
    assert [fee.id for fee in SERVICE.fees] == [
        "deed_tax", "property_tax", "urban_land_tax", "infrastructure_fee", "registration_fee",
    ]  # fmt: skip
    assert {fee.clause for fee in SERVICE.fees} == {"D1"}
    for fee in SERVICE.fees:
        assert fee.rate.unit.endswith("/year") == fee.yearly


def test_the_weights_of_suitability_add_to_one() -> None:
    """The weights of the profile are shares of the score; a study's weight is its own."""
    assert math.isclose(sum(c.weight.value for c in SERVICE.suitability), 1)
    assert load_service(overrides={"weight_new_land": 0.5}).suitability[5].weight.value == 0.5
    less = {c.id for c in SERVICE.suitability if c.worst > c.best}
    assert less == {"cost_per_place", "lead_time_years", "new_land"}


def test_built_areas_are_offered_premises_and_villages_their_own_kinds() -> None:
    """C4.1c: lease, purchase and swap are for urban areas; C4.1d and C2.2: village building and part-time points are for villages."""
    areas = {id_: set(kind.areas) for id_, kind in SERVICE.options.items()}
    for id_ in ("lease_premises", "purchase_premises", "swap_premises"):
        assert SERVICE.options[id_].nature == "acquire"
        assert areas[id_] == {"urban_new", "urban_built", "urban_old"}
    assert areas["village_build"] == areas["rural_point"] == {"rural"}
    assert SERVICE.options["new_development"].nature == "with_housing"


def test_new_land_in_built_areas_is_judged_by_what_could_be_converted() -> None:
    """Each kind that takes new land where it may be urban is checked against C4.1c, the words of the notice itself."""
    rule = SERVICE.standards["convert_first"]
    assert (rule.mark, rule.value, rule.force, rule.clause.en[:5]) == ("S", 0, "must", "C4.1c")
    for kind in SERVICE.options.values():
        urban_land = kind.nature == "new_land" and set(kind.areas) != {"rural"}
        assert ("convert_first" in kind.checks) == urban_land, kind.id
