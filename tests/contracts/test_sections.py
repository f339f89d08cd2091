"""Contract of report sections: every file in the folder, in both languages, with and without a plan."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from geoplan import plugins
from geoplan.report.document import ORDER, document
from geoplan.report.figures import figures
from geoplan.report.model import Block, Bullets, Figure, Heading, Paragraph, Table
from geoplan.report.text import texts
from geoplan.report.words import catalogue
from geoplan.result import Result
from tests.sample import sample_result

# sections that are left out where there is nothing to say: no plan, the base itself, no decision
ABSENT = {"comparison", "decisions", "projects", "site_sheets"}
SAMPLES: dict[tuple[str, bool], Result] = {}
PLACEHOLDER = re.compile(r"\{[a-z_]*\}")


def sample(language: str, planned: bool) -> Result:
    """One sample a case, so that its figures are drawn once."""
    if (language, planned) not in SAMPLES:
        SAMPLES[language, planned] = sample_result(language, planned=planned)  # type: ignore[arg-type]
    return SAMPLES[language, planned]


def blocks_of(name: str, language: str, planned: bool) -> list[Block]:
    """The blocks of a section; a plan comes with a decision and is compared with a base, for the two sections that tell of these."""
    result = sample(language, planned)
    if planned and name in {"comparison", "decisions"}:
        row = {"pin": "S-1", "ban": None, "reason": "x", "lost_at_least": 0.0, "lost_at_most": 1.0}
        told = {**result.numbers, "plan": {**result.numbers["plan"], "decisions": [row]}}
        result = replace(result, numbers=told, beside=result.numbers)
    return list(plugins.find("sections", name)(result))


@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", plugins.names("sections"))
def test_a_section_begins_with_a_chapter_and_says_something(name: str, language: str, planned: bool) -> None:
    """A section has one chapter heading, at least one other block, no empty text and no placeholder left; some need a plan to be there."""
    blocks = blocks_of(name, language, planned)
    if not planned and name in ABSENT:
        assert blocks == []
        return
    chapters = [b for b in blocks if isinstance(b, Heading) and b.level == 1]
    assert len(chapters) == 1
    assert any(isinstance(b, (Paragraph, Table, Bullets)) for b in blocks)
    assert not [b for b in blocks if isinstance(b, (Heading, Paragraph)) and not b.text.strip()]
    assert not [text for block in blocks for text in texts(block) if PLACEHOLDER.search(text)]


@pytest.mark.parametrize("name", plugins.names("sections"))
def test_an_english_section_has_english_headings(name: str) -> None:
    """No heading, caption or column of an English report is left in Chinese."""
    blocks = blocks_of(name, "en", True)
    said = [b.text for b in blocks if isinstance(b, Heading)]
    said += [b.caption for b in blocks if isinstance(b, (Table, Figure))]
    said += [c.heading for b in blocks if isinstance(b, Table) for c in b.columns]
    result = sample("en", True)
    names = "|".join(
        map(re.escape, [*result.units["name"], *result.chosen["name"]])
    )  # places and sites keep their own names
    assert not [text for text in said if re.search("[\u4e00-\u9fff]", re.sub(names, "", text))]


def test_the_usual_order_names_every_section() -> None:
    """A study that names no section gets each one exactly once."""
    assert sorted(ORDER) == list(plugins.names("sections"))


def test_every_message_has_both_languages_and_the_same_placeholders() -> None:
    """The two wordings of a message ask for the same values."""
    for key, wording in catalogue().items():
        assert set(wording) == {"zh", "en"}, key
        assert sorted(PLACEHOLDER.findall(wording["zh"])) == sorted(PLACEHOLDER.findall(wording["en"])), key
        assert all(wording.values()), key


def test_synthetic_data_are_named_on_the_title_page_and_at_the_foot() -> None:
    """The notice of a report with a synthetic layer is not empty."""
    assert document(sample("zh", True)).notice == "示意数据（合成）"
    assert document(sample("en", True)).notice == "synthetic demonstration data"


def test_figures_are_drawn_once() -> None:
    """The second call gives the very same pictures."""
    result = sample("zh", True)
    assert figures(result)["gaps"] is figures(result)["gaps"]
