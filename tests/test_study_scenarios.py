"""The study file: read with line and column, patched, checked all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.study.scenarios import load_study
from geoplan.study.schema import StudyFile
from tests import town

TEXT = town.STUDY.replace("LON", "114.5").replace("LAT", "37.0")


def problems(text: str) -> list[str]:
    """What a study says is wrong with it, one line each."""
    with pytest.raises(InputError) as caught:
        load_study("study.yaml", text)
    return [f.sentence() for f in caught.value.findings]


def test_a_good_study_has_its_base_first_and_its_scenarios_after() -> None:
    """Scenarios keep the order of the file, with the base before them."""
    study = load_study("study.yaml", TEXT)
    assert list(study.scenarios) == ["base", "poor", "closed", "opened", "refused"]


def test_a_scenario_is_the_base_with_its_patch_and_logs_each_change() -> None:
    """A patch changes its own keys only, and each is logged old to new."""
    study = load_study("study.yaml", TEXT)
    base, poor = study.scenarios["base"], study.scenarios["poor"]
    assert poor.settings.plan is not None
    assert poor.settings.plan.budget == {2026: 1}
    assert poor.settings.model_copy(update={"plan": base.settings.plan}) == base.settings
    assert poor.changes == (("plan.budget.2026", 10000000, 1),)


def test_an_empty_scenario_equals_the_base() -> None:
    """A scenario that patches nothing has the settings of the base and no changes."""
    study = load_study("study.yaml", TEXT + "  same: {}\n")
    assert study.scenarios["same"].settings == study.scenarios["base"].settings
    assert study.scenarios["same"].changes == ()


@pytest.mark.parametrize(
    ("right", "wrong", "where", "what"),
    [
        ("language: en", "langauge: en", ":4:1", "did you mean language?"),
        ("mode: walk", "mode: walking", ":21:16", "must be one of"),
        ("limit_m: 700", "limit_m: far", ":21:31", "number"),
        ("datum: wgs84", "datum: wgs85", ":13:12", "wgs84"),
        ("years: { base: 2020,", "years: { base: twenty,", ":6:16", "integer"),
        ("gap: 0\n", "gap: -1\n", ":24:8", "greater than or equal"),
        ("service: childcare_cn", "service: childcare", ":3:10", "must be one of"),
        ("uptake: 1.0", "uptake: most", ":19:11", "low"),
        ("- close: F1", "- closed: F1", ":30:9", "did you mean close?"),
        ("limit_m: 700 }", "limit_m: 700, limit_min: 4 }", ":21:8", "exactly one"),
        ("budget: { 2026: 1 }", "budget: { 2027: 0 }", "", "2027"),
        ("version: 1\n", "version: 1\nversion: 1\n", ":2:1", "YAML"),
        ("version: 1\n", "version: 7\n", ":1:10", "1"),
    ],
)
def test_each_mistake_is_named_with_line_and_column(right: str, wrong: str, where: str, what: str) -> None:
    """A mistake is told where it stands and what would be right."""
    assert right in TEXT
    told = problems(TEXT.replace(right, wrong, 1))
    assert any(f"study.yaml{where}" in t and what in t for t in told), told


def test_five_mistakes_are_all_told_at_once() -> None:
    """Every mistake of a study is told in one go, each once."""
    wrong = TEXT
    for right, mistake in [
        ("language: en", "langauge: en"),
        ("mode: walk", "mode: walking"),
        ("datum: wgs84", "datum: wgs85"),
        ("limit_m: 700", "limit_m: far"),
        ("gap: 0\n", "gap: -1\n"),
    ]:
        wrong = wrong.replace(right, mistake, 1)
    told = problems(wrong)
    assert len(told) == len(set(told)) == 5


def test_a_mistake_in_a_scenario_is_told_in_its_own_line() -> None:
    """A wrong value in a patch is told where the patch stands, not where the base does."""
    told = problems(TEXT.replace("budget: { 2026: 1 }", "budget: { 2026: -5 }"))
    assert told == [t for t in told if "study.yaml:27:29" in t]
    assert len(told) == 1


@pytest.mark.parametrize(
    "text",
    ["", "- 1\n- 2\n", "a: [", "\t", "&a [*a, *a]", "x: " + "[" * 200 + "]" * 200, "a: !!python/object:os.system x"],
)
def test_what_is_no_study_is_refused_in_one_message(text: str) -> None:
    """Text that is not a study is refused, never a traceback."""
    assert len(problems(text)) >= 1


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever stands in a study file, the only error is an InputError."""
    with pytest.raises(InputError):
        load_study("study.yaml", text)


def test_yaml_words_keep_their_meaning() -> None:
    """YAML 1.2: a facility called NO stays text, 010 is ten."""
    study = load_study("study.yaml", TEXT.replace("close: F1", "close: NO"))
    assert study.scenarios["closed"].settings.changes[0].close == "NO"


def test_every_key_of_the_study_file_is_described() -> None:
    """The JSON Schema describes every key, so that it can serve as the reference."""
    schema = StudyFile.model_json_schema()
    for name, block in schema["$defs"].items():
        assert block.get("description"), name


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    """A path that does not exist is told as such."""
    with pytest.raises(InputError, match="no such file"):
        load_study(tmp_path / "none.yaml")
