"""The loader of standards and service profiles."""

from __future__ import annotations

import pytest

from geoplan.errors import InputError, UsageError
from geoplan.profiles import load
from geoplan.profiles.load import load_service, load_standards

SERVICE = load_service()


def test_childcare_is_what_the_setting_standard_says() -> None:
    """The bands of childcare have classes of 10, 15 and 20, and 3, 5 and 7 children a carer."""
    assert [(b.id, b.class_size, b.children_per_carer) for b in SERVICE.bands] == [
        ("m06_12", 10, 3.0), ("m12_24", 15, 5.0), ("m24_36", 20, 7.0),
    ]  # fmt: skip
    assert [dict(b.people) for b in SERVICE.bands] == [{"age_0": 0.5}, {"age_1_4": 0.25}, {"age_1_4": 0.25}]
    assert SERVICE.uptake == {"low": 0.06, "mid": 0.15, "high": 0.30}
    assert SERVICE.reaches_m == (300, 500, 1000)


@pytest.mark.parametrize("name", sorted(SERVICE.standards))
def test_an_override_changes_one_standard_and_says_so(name: str) -> None:
    """An override replaces the value of one standard, marks it "local", remembers the old one, and leaves all others as they are."""
    value = (
        0.9
        if name.startswith(("worst_", "best_"))
        else 1e6
        if name.startswith("cost_") and name.endswith("_high")
        else 1
    )
    changed = load_service(overrides={name: value}).standards
    assert (changed[name].value, changed[name].mark, changed[name].cited) == (value, "local", False)
    assert changed[name].replaces == SERVICE.standards[name]
    assert {k: v for k, v in changed.items() if k != name} == {k: v for k, v in SERVICE.standards.items() if k != name}


def test_an_override_reaches_what_is_made_from_the_standard() -> None:
    """Uptake, reach, class size, cost and lead time follow the standard that they refer to."""
    overrides = {
        "uptake_mid": 0.2,
        "reach_upper": 600,
        "class_size_m24_36": 18,
        "cost_new_build": 5e4,
        "lead_new_build": 3,
    }
    service = load_service(overrides=overrides)
    assert service.uptake["mid"] == 0.2
    assert service.reaches_m == (300, 600, 1000)
    assert service.bands[2].class_size == 18
    assert service.options["idle_land"].cost_yuan.value == 5e4
    assert service.options["idle_land"].lead_time_years == 3


def test_the_range_of_a_cost_reaches_to_what_a_study_sets() -> None:
    """A study's own cost outside the range of the profile widens the range; inside, the range stays; with a range of its own, that holds."""
    dear = load_service(overrides={"cost_new_build": 120_000}).options["idle_land"]
    cheap = load_service(overrides={"cost_new_build": 20_000}).options["idle_land"]
    inside = load_service(overrides={"cost_new_build": 50_000}).options["idle_land"]
    own = load_service(overrides={"cost_new_build": 9, "cost_new_build_low": 8, "cost_new_build_high": 10}).options[
        "idle_land"
    ]
    ranges = [[s.value for s in (k.cost_low, k.cost_yuan, k.cost_high) if s] for k in (dear, cheap, inside, own)]
    assert ranges == [[4e4, 12e4, 12e4], [2e4, 2e4, 9e4], [4e4, 5e4, 9e4], [8, 9, 10]]


@pytest.mark.parametrize(
    "overrides",
    [{"cost_new_build_low": 70_000}, {"cost_new_build_high": 60_000}, {"cost_new_build": 9, "cost_new_build_low": 10}],
)
def test_a_study_whose_range_leaves_out_the_cost_is_refused(overrides: dict[str, float]) -> None:
    """A lower value above the cost, or an upper one below it, is refused by name."""
    with pytest.raises(InputError, match="must not be above"):
        load_service(overrides=overrides)


def test_a_criterion_keeps_a_range() -> None:
    """A study that makes the worst value of a criterion its best one is refused: nothing could be scored between them."""
    with pytest.raises(InputError, match="must differ"):
        load_service(overrides={"worst_new_land": 0})


def test_an_unknown_override_names_the_nearest_standard() -> None:
    """An override of an id that the profile does not have is refused with the nearest id, in both languages."""
    with pytest.raises(InputError, match="did you mean uptake_mid") as caught:
        load_service(overrides={"uptake_mdi": 0.2})
    assert "uptake_mid" in caught.value.findings[0].sentence("zh")


@pytest.mark.parametrize(
    ("name", "value"),
    [("uptake_mid", 1.5), ("uptake_mid", float("nan")), ("reach_strict", -1), ("reach_strict", 300.5), ("class_size_m06_12", 0),
     ("class_size_m06_12", True), ("carer_m06_12", 0), ("floor_per_place_new", 0), ("annual_cost", float("inf")), ("annual_cost", "9")],
)  # fmt: skip
def test_an_override_that_makes_no_sense_is_refused(name: str, value: float) -> None:
    """A share above 1, a broken class, a division by 0, and what is no finite number >= 0 are refused by name."""
    with pytest.raises(InputError, match=name):
        load_service(overrides={name: value})


@pytest.mark.parametrize("name", ["reach_lower", "xiamen_places_new"])
def test_a_figure_for_comparison_cannot_be_overridden(name: str) -> None:
    """To set a figure that no rule applies would change nothing, so it is refused, in a file of the profile or beside it."""
    with pytest.raises(InputError, match="for comparison only") as caught:
        load_service(overrides={name: 1})
    assert [f.code for f in caught.value.findings] == ["GP-S005"]


def test_all_wrong_overrides_are_shown_at_once() -> None:
    """Each wrong override gives one finding."""
    with pytest.raises(InputError) as caught:
        load_service(overrides={"a": 1, "b": 2, "reach_strict": -1})
    assert len(caught.value.findings) == 3


def test_files_that_are_not_there_are_refused() -> None:
    """An unknown service or file of standards is a usage error with the nearest name."""
    with pytest.raises(UsageError, match="did you mean childcare_cn"):
        load_service("childcare")
    with pytest.raises(UsageError, match="did you mean jgj39"):
        load_standards(["jgj93"])


GOOD = """\
title: t
title_zh: 题
standards:
  - {id: a, title: t, title_zh: t, value: 1, unit: m, sense: at_most, clause: c, clause_zh: c, source: s, mark: F}
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("unit: m, ", "", "unit: this key is missing"), ("unit: m", "unti: m", "did you mean unit"), ("unit: m", "unit: mile", "unit is not known"),
     ("unit: m", "unit: m²/plase", "did you mean place"), ("value: 1", "value: '1'", "finite number"), ("value: 1", "value: .inf", "finite number"),
     ("value: 1", "value: true", "finite number"), ("at_most", "below", "sense"), ("mark: F", "mark: Z", "mark"),
     ("mark: F", "mark: local", "mark"), ("source: s", "source: ''", "source"), ("title: t, title_zh: t,", "title: t,", "title_zh"),
     ("mark: F", "mark: F, place: Xiamen", "place_zh"), ("mark: F", "mark: F, class: city", "class"), ("mark: F", "mark: F, applied: 0", "applied"),
     ("mark: F", "mark: F, effective: 2020", "effective"), ("  - {", "  - 7\n  - {", "keys with values"), ("standards:", "standard:", "standards: this key")],
)  # fmt: skip
def test_a_standard_that_is_badly_written_is_refused(
    monkeypatch: pytest.MonkeyPatch, old: str, new: str, said: str
) -> None:
    """A key missing or misspelt, a value that is no number, an unknown unit, sense, class or mark: refused, and named."""
    assert old in GOOD
    data = load._parse(GOOD.replace(old, new, 1) if new else GOOD.replace(old, ""))
    monkeypatch.setattr(load, "_read", lambda *_: data)
    with pytest.raises(InputError, match=said):
        load_standards(["x"])


def test_all_problems_of_all_standards_are_shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows with five problems give five findings, each with its row."""
    row = "  - {id: b, title: t, title_zh: t, value: x, unit: m, sense: below, clause: c, clause_zh: c, source: s}\n"
    monkeypatch.setattr(load, "_read", lambda *_: load._parse(GOOD.replace("unit: m, sense", "unti: m, sense") + row))
    with pytest.raises(InputError) as caught:
        load_standards(["x"])
    places = sorted(f.place for f in caught.value.findings)
    assert places == [
        "standards.a.unit",
        "standards.a.unti",
        "standards.b.mark",
        "standards.b.sense",
        "standards.b.value",
    ]


def test_an_id_stands_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same id in two files is refused, so that no number depends on the order of files."""
    monkeypatch.setattr(load, "_read", lambda *_: load._parse(GOOD))
    assert list(load_standards(["x"])) == ["a"]
    with pytest.raises(InputError, match="more than once"):
        load_standards(["x", "y"])
