"""What every file of standards and every service profile must keep; a new file is tested the moment it exists."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from geoplan.access.gaps import CAUSES
from geoplan.plugins import find, names, title
from geoplan.profiles import source_words
from geoplan.profiles.listing import information, standard_rows
from geoplan.profiles.load import load_service, load_standards
from geoplan.profiles.service import BoundaryRole, ControlRole
from geoplan.profiles.source_words import in_force, source_text
from geoplan.profiles.standard import CHINA, MARKS
from geoplan.profiles.units import unknown_parts
from geoplan.siting.quantities import quantity_of

CHINESE = re.compile("[一-鿿]")
# what a source says of its own weight, and how that is said in Chinese
REMARKS = {
    "to be verified": "核实", "assumption": "假设", "computed": "推算|计算", "weak": "较弱", "superseded": "废止",
    "quoted": "转引", "in the press": "据报刊", "public collection": "公开文库", "restated": "转述", "copied": "转抄",
    "general knowledge": "一般认识", "trial": "试行",
}  # fmt: skip
HOME = {CHINA.zh, "河北", "邢台"}  # where the first case may apply a local figure

# figures as the public documents give them: id, value, mark
FIGURES = [
    ("places_per_1000", 4.5, "F"), ("places_per_1000_2020", 1.8, "F"), ("china_places_per_1000_2021", 2.03, "F"),
    ("china_institutions_2022", 75_000, "F"), ("china_places_2025", 6_660_000, "R"), ("china_inclusive_places_2025", 3_320_000, "R"),
    ("hebei_places_per_1000_2023", 3.81, "F"), ("hebei_institutions_2023", 4_655, "F"), ("hebei_places_2023", 282_600, "F"),
    ("hebei_mean_places_2023", 61, "C"), ("hengshui_places_per_1000_2023", 5.4, "F"), ("hengshui_mean_places_2023", 76, "C"),
    ("congtai_places_2022", 2_596, "F"), ("congtai_mean_places_2022", 84, "C"), ("xiamen_places_new", 10, "F"), ("wuhu_places_new", 10, "F"),
    ("hunan_places_new", 10, "F"), ("anhui_places_new", 10, "F"), ("yuncheng_places_new", 6, "F"), ("xiamen_places_old", 6, "F"),
    ("wuhu_places_old", 8, "F"), ("yuncheng_places_old", 5, "F"), ("hunan_places_old", 10, "F"), ("xiamen_floor", 900, "F"),
    ("xiamen_employer_children", 20, "F"), ("jgj39_1987_nursery_high", 10, "F"), ("changsha_communities", 0.784, "F"),
    ("reach_strict", 300, "F"), ("reach_kindergarten", 300, "R"), ("reach_upper", 500, "R"), ("reach_screening", 1000, "R"),
    ("circle_10_residents_high", 25_000, "F"), ("circle_15_residents_high", 100_000, "R"), ("circle_15_dwellings_low", 17_000, "R"),
    ("circle_5_residents_high", 12_000, "G"), ("critique_15_walk_high", 1_100, "F"), ("walk_prudent", 60, "R"), ("walk_common", 80, "R"),
    ("catchment_high", 2_000, "F"), ("reach_village", 15, "G"), ("reach_village_upper", 20, "G"),
    ("class_size_m06_12", 10, "R"), ("class_size_m12_24", 15, "R"), ("class_size_m24_36", 20, "R"), ("class_size_mixed", 18, "R"),
    ("carer_m06_12", 3, "R"), ("carer_m12_24", 5, "R"), ("carer_m24_36", 7, "R"), ("health_staff_children", 150, "R"),
    ("scale_nursery_small_high", 3, "F"), ("scale_nursery_large_high", 10, "F"), ("scale_kindergarten_medium_low", 5, "F"),
    ("scale_kindergarten_large_high", 12, "F"), ("outdoor_new", 3, "R"), ("outdoor_conversion", 2, "R"),
    ("no_basement", 1, "F"), ("ground_floor", 1, "G"), ("room_feeding", 10, "R"), ("room_kindergarten_unit", 105, "R"),
    ("room_combined_m12_24", 50, "G"), ("shanghai_floor_per_child", 8, "F"), ("shanghai_floor_min", 360, "G"), ("floor_min", 200, "G"),
    ("site_4_classes", 1_200, "F"), ("site_6_classes", 1_400, "F"), ("site_8_classes", 1_600, "F"), ("site_per_place_8_classes", 7, "F"),
    ("home_care_children", 5, "F"), ("home_care_ratio", 3, "F"), ("fire_storey", 3, "F"), ("fire_storey_rating_3", 2, "F"),
    ("hazard_class_a_b_plant", 50, "F"), ("hazard_inflammable_building", 30, "F"), ("hazard_filling_station", 50, "G"), ("corridor_500_high", 75, "G"),
    ("embedded_floor", 600, "F"), ("embedded_floor_better", 800, "F"), ("community_kindergarten_floor", 2_200, "G"),
    ("subsidy_new_place", 10_000, "G"), ("china_budget_2023", 3.6e9, "F"), ("fit_out_high", 3_000, "F"), ("rent_high", 150, "F"),
    ("cost_conversion_low", 16_000, "C"), ("cost_conversion_high", 30_000, "C"), ("cost_new_build_low", 40_000, "G"),
    ("cost_new_build_high", 90_000, "G"), ("uptake_low", 0.06, "F"), ("uptake_mid", 0.15, "G"), ("uptake_high", 0.30, "F"),
    ("china_kindergartens_2024", 253_300, "F"), ("places_per_100_at_plan", 22, "C"), ("room_place_floor", 10_000, "F"),
    ("room_place_visitors", 10_000, "F"), ("room_usable_area", 10, "F"), ("chongqing_usable_area", 6, "F"), ("chongqing_goal_2018", 0.8, "F"),
    ("xingtai_area", 12_432, "C"), ("xingtai_residents_2020", 7_111_106, "R"), ("xingtai_urban_2020", 3_846_965, "R"),
    ("xingtai_households_2020", 2_304_757, "R"), ("xingtai_residents_2023", 6_955_500, "F"), ("xingtai_age_0", 65_201, "R"),
    ("hebei_births_2022", 453_000, "F"), ("xingtai_births_2022", 48_600, "C"), ("xingtai_under_3_2020_low", 238_583, "C"),
    ("xingtai_under_3_2020_high", 267_236, "C"), ("pingxiang_basic_farmland", 329_100, "F"), ("hebei_red_line", 36_000, "F"),
    ("sunlight", 3, "F"), ("second_floor_children", 60, "G"), ("stand_alone_classes", 3, "G"), ("fire_storey_rating_4", 1, "F"),
    ("premises_years", 3, "R"), ("hazard_gas_oil_pipe", 5, "G"), ("hazard_wide_road", 30, "G"), ("city_wide_road", 30, "F"),
    ("employer_children", 20, "G"), ("convert_first", 0, "S"), ("milestones_synchronised", 0, "S"), ("own_entrance", 1, "F"),
    ("control_permanent_farmland", 0, "F"), ("control_ecological_red_line", 0, "F"), ("control_blue_line", 0, "R"),
    ("control_yellow_line", 0, "R"), ("control_geological_hazard", 0, "F"), ("control_flood", 0, "G"), ("control_mining", 0, "G"),
    ("boundary_development_boundary", 0, "F"), ("boundary_village_boundary", 0, "G"), ("land_use", 1, "G"),
    ("tax_income_counted", 0.9, "S"), ("kindergarten_age_from", 24, "S"), ("pilot_brand", 1, "S"), ("goal_b2_year", 2022, "S"),
]  # fmt: skip
ALL = load_standards(names("standards"))


@pytest.mark.parametrize(("name", "value", "mark"), FIGURES)
def test_a_figure_is_what_the_document_gives(name: str, value: float, mark: str) -> None:
    """Value and mark of a figure are those of the public document that it comes from."""
    assert (ALL[name].value, ALL[name].mark) == (value, mark)


def test_computed_figures_follow_from_those_that_they_are_computed_from() -> None:
    """What is marked as computed can be recounted from the figures beside it."""
    of = {id_: standard.value for id_, standard in ALL.items()}
    for name, places, institutions in (
        ("hebei_mean_places_2023", of["hebei_places_2023"], of["hebei_institutions_2023"]),
        ("hengshui_mean_places_2023", of["hengshui_places_2023"], of["hengshui_institutions_2023"]),
        ("congtai_mean_places_2022", of["congtai_places_2022"], of["congtai_institutions_2022"]),
    ):
        assert of[name] == round(places / institutions)
    assert round(of["xingtai_age_0"] / of["hebei_age_0"], 4) == of["xingtai_birth_share"]
    assert round(of["hebei_births_2022"] * of["xingtai_birth_share"], -2) == of["xingtai_births_2022"]
    assert round(1.8 * of["xingtai_age_0"] + 0.3 * of["xingtai_age_1_4"]) == of["xingtai_under_3_2020_low"]
    assert of["xingtai_age_0"] + 0.5 * of["xingtai_age_1_4"] == of["xingtai_under_3_2020_high"]
    assert of["land_per_place"] == of["site_4_classes"] / 60
    assert of["cost_shared_building_high"] == of["floor_conversion_low"] * of["fit_out_high"]
    assert of["cost_conversion"] == (of["cost_conversion_low"] + of["cost_conversion_high"]) / 2
    for kv in (110, 220, 500):
        assert of[f"hazard_power_line_{kv}"] == of[f"corridor_{kv}_high"] / 2


def test_every_lower_value_lies_below_its_upper_one() -> None:
    """Where a document gives a range, its lower value is below its upper one, in the same unit."""
    pairs = [(ALL[name], ALL[name.removesuffix("_low") + "_high"]) for name in ALL
             if name.endswith("_low") and name.removesuffix("_low") + "_high" in ALL]  # fmt: skip
    assert len(pairs) > 20
    for low, high in pairs:
        assert low.value < high.value or low.id.startswith("scale"), low.id
        assert low.unit == high.unit


@pytest.mark.parametrize("name", names("standards"))
def test_a_file_of_standards_holds_what_the_report_prints(name: str) -> None:
    """Each standard has a title and clause in both languages, a unit, a source and a mark."""
    standards = load_standards([name])
    assert standards
    for standard in standards.values():
        for text in (*standard.title, *standard.clause, *standard.place, standard.unit, standard.source):
            assert text.strip()
        assert standard.mark in MARKS
        assert standard.mark != "local"
        assert not unknown_parts(standard.unit)
        assert CHINESE.search(standard.title.zh)
        assert not CHINESE.search(standard.title.en)
        assert not re.search("https?:|www\\.", f"{standard.clause} {standard.source}")


@pytest.mark.parametrize("name", names("standards"))
def test_sources_are_told_in_chinese_too(name: str) -> None:
    """The Chinese text of a standard holds no English word; numbers and signs of documents read the same."""
    for standard in load_standards([name]).values():
        told = (
            standard.title,
            standard.clause,
            standard.place,
            source_text(standard.source),
            in_force(standard.effective),
        )
        for text in told:
            assert not re.search("[a-z]{3,}", text.zh), (standard.id, text)


def test_every_source_in_chinese_is_one_that_a_standard_names() -> None:
    """No line of the Chinese sources is left over, and none gives up a remark on how far a figure is to be trusted."""
    used = {standard.source for standard in ALL.values()} | {
        s.source for service in names("services") for s in load_service(service).standards.values()
    }
    told = source_words._chinese()
    assert set(told) <= used
    for english, chinese in told.items():
        for remark, chinese_remark in REMARKS.items():
            assert bool(re.search(remark, english)) <= bool(re.search(chinese_remark, chinese)), (remark, english)
        assert re.findall("[0-9]{4}", english) == re.findall("[0-9]{4}", chinese), english


@pytest.mark.parametrize("name", names("standards"))
def test_what_is_general_knowledge_is_never_a_citation(name: str) -> None:
    """A standard marked G says in its source that it is an assumption, practice or to be verified."""
    for standard in load_standards([name]).values():
        if standard.mark == "G":
            assert re.search("assumption|practice|verified", standard.source), standard.id


@pytest.mark.parametrize("name", names("standards"))
def test_what_a_standard_bounds_can_be_measured(name: str) -> None:
    """A standard that names a quantity has a sense, and the quantity can be measured of an option in the unit of the standard."""
    for standard in load_standards([name]).values():
        if standard.quantity:
            assert quantity_of(standard).unit in {standard.unit, ""}, standard.id
            assert standard.sense


@pytest.mark.parametrize("kind", ["standards", "services"])
def test_each_data_file_has_a_title(kind: str) -> None:
    """The listing shows a title in English, and the second line gives it in Chinese."""
    for name in names(kind):
        assert title(kind, name)
        second = find(kind, name).read_text(encoding="utf-8").splitlines()[1]
        assert second.startswith("title_zh: ")


def test_all_files_of_standards_can_stand_together() -> None:
    """No id stands in two files."""
    assert len(load_standards(names("standards"))) == sum(len(load_standards([n])) for n in names("standards"))


def test_what_is_to_be_verified_is_never_printed_as_a_citation() -> None:
    """No row of the listing that is marked G carries a clause or a source."""
    unsure = [row for row in standard_rows() if row.mark == "G"]
    assert unsure
    assert all(not (row.clause.en or row.clause.zh or row.source) for row in unsure)


def test_each_standard_is_applied_by_a_service_or_known_for_comparison() -> None:
    """A standard that is applied is used by a rule of some service; each other stands in a file that some service names."""
    services = [load_service(name) for name in names("services")]
    used = {id_ for service in services for id_ in service.uses}
    assert used == {id_ for id_, standard in ALL.items() if standard.applied}
    compared = {id_ for service in services for id_ in information(service)}
    assert compared == {id_ for id_, standard in ALL.items() if not standard.applied}


def test_what_other_cities_do_is_not_applied() -> None:
    """A figure of another city, county or province is labelled with its place and known for comparison only."""
    elsewhere = [standard for standard in ALL.values() if standard.place.zh not in HOME]
    assert {"厦门", "芜湖", "湖南", "安徽", "运城", "上海", "长沙", "重庆", "衡水"} <= {s.place.zh for s in elsewhere}
    assert not [s.id for s in elsewhere if s.applied]


@pytest.mark.parametrize("name", names("services"))
def test_a_service_is_whole(name: str) -> None:
    """Bands follow each other in age; option kinds have a plug-in, hosts, bands, departments and checks that hold."""
    service = load_service(name)
    months = [band.months for band in service.bands if band.months]
    assert len(months) in {0, len(service.bands)}
    assert months == sorted(months)
    assert all(low < high for low, high in months)
    assert list(service.reaches_m) == sorted(service.reaches_m)
    for kind in service.options.values():
        assert kind.id in names("options")
        assert kind.hosts
        assert set(kind.bands) <= set(service.band_ids)
        assert kind.departments
        assert all(d.en and d.zh for d in kind.departments)
        assert kind.max_classes >= 1
        assert kind.checks
        assert all(quantity_of(service.standards[c]).measure for c in kind.checks)


@pytest.mark.parametrize("name", names("services"))
def test_the_cost_of_a_kind_has_a_range(name: str) -> None:
    """Each option kind has a cost above 0 with a lower and an upper value around it, in one unit; a subsidy is for the same thing."""
    for kind in load_service(name).options.values():
        low, high = kind.cost_low, kind.cost_high
        assert low is not None
        assert high is not None
        assert 0 < low.value < kind.cost_yuan.value < high.value, kind.id
        assert low.unit == kind.cost_yuan.unit == high.unit
        assert kind.annual_yuan.unit == f"{kind.cost_yuan.unit}/year"
        assert kind.subsidy is None or kind.subsidy.unit == kind.cost_yuan.unit


@pytest.mark.parametrize("name", names("services"))
def test_a_kind_that_takes_land_says_which(name: str) -> None:
    """New land has suitable roles, a code of a suitable role and mode allocated; only it and new housing take land a place."""
    service = load_service(name)
    for kind in service.options.values():
        assert (kind.land_m2 is not None) == (kind.nature in {"new_land", "with_housing"}), kind.id
        assert bool(kind.land_uses) == ("land_use" in kind.checks) == (kind.nature == "new_land"), kind.id
        if kind.nature == "new_land":
            roles = {service.land_use["planning"][code] for code in kind.land_codes.values()}
            assert roles <= set(kind.land_uses)
            assert kind.supply_mode == "allocated"
            assert set(kind.land_codes) >= {"rural" if area == "rural" else "urban" for area in kind.areas}


@pytest.mark.parametrize("name", names("services"))
def test_every_hazard_and_control_has_a_standard_of_its_own(name: str) -> None:
    """Each class and role has one standard, named after it; whatever is built is checked against all hazards and controls."""
    service = load_service(name)
    for block, prefix in ((service.hazards, "hazard"), (service.controls, "control"), (service.boundaries, "boundary")):
        assert all(id_ == f"{prefix}_{role}" for role, id_ in block.items())
    if not service.hazards:
        return
    assert set(service.controls) == set(get_args(ControlRole))
    assert set(service.boundaries) == set(get_args(BoundaryRole))
    for kind in service.options.values():
        if kind.id != "close_facility":
            assert {*service.hazards.values(), *service.controls.values()} <= set(kind.checks), kind.id


@pytest.mark.parametrize("name", names("services"))
def test_every_payer_and_mode_of_supply_is_used_and_said_in_both_languages(name: str) -> None:
    """Payers, modes of supply, fees and criteria have texts in both languages."""
    service = load_service(name)
    modes = [text for pair in service.supply_modes.values() for text in pair]
    titles = [fee.title for fee in service.fees] + [criterion.title for criterion in service.suitability]
    for text in (*service.payers.values(), *modes, *titles):
        assert text.en.strip()
        assert CHINESE.search(text.zh)
    assert {kind.paid_by for kind in service.options.values()} == set(service.payers)
    assert {kind.supply_mode for kind in service.options.values()} == set(service.supply_modes)


@pytest.mark.parametrize("name", names("services"))
def test_a_service_says_what_would_cure_each_cause_of_the_gap(name: str) -> None:
    """Each cause of the gap account but served has a cure, in both languages, by a clause of the profile."""
    service = load_service(name)
    assert set(CAUSES) - {"served"} <= set(service.cures)
    for cure in service.cures.values():
        assert cure.clause in service.clauses
        assert CHINESE.search(cure.sentence.zh)
        assert not CHINESE.search(cure.sentence.en)


@pytest.mark.parametrize("name", names("services"))
def test_a_service_names_its_people_goals_and_indicators_in_both_languages(name: str) -> None:
    """Whatever of a service is printed has an English and a Chinese text."""
    service = load_service(name)
    parts = [*service.bands, *service.goals, *service.pilots, *service.indicators_at(), *service.clauses.values()]
    texts = [
        service.title,
        service.people,
        service.note,
        *service.demand.kinds.values(),
        *(part.title for part in parts),
    ]
    for text in texts:
        assert text.en.strip()
        assert CHINESE.search(text.zh)
        assert not CHINESE.search(text.en)


@pytest.mark.parametrize("name", names("services"))
def test_urban_and_rural_areas_have_a_journey_of_one_unit(name: str) -> None:
    """Both classes of area have a mode, a limit and reaches that rise, all in metres or all in minutes."""
    service = load_service(name)
    assert set(service.variants) == {"urban", "rural"}
    for variant in service.variants.values():
        assert variant.mode in names("modes")
        assert len({service.standards[id_].unit for id_ in (variant.limit, *variant.reaches)}) == 1
        reaches = [service.value(id_) for id_ in variant.reaches]
        assert reaches == sorted(reaches)


@pytest.mark.parametrize("name", names("services"))
def test_a_profile_repeats_no_number_of_a_standard(name: str) -> None:
    """A profile's own numbers are months and shares of census columns; all others are standards."""
    text = find("services", name).read_text(encoding="utf-8")
    plain = [line for line in text.splitlines() if not re.match(r" *(months|people|note|title|clause)", line)]
    assert not [line for line in plain if re.search(r": *[\d.]+\s*([,}]|$)", line)]
