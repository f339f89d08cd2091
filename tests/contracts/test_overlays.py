"""What every overlay keeps, whichever file it stands in."""

from __future__ import annotations

import re

import numpy as np
import pytest

from geoplan.errors import Language, Text
from geoplan.map.overlay import NOT_DRAWN, Overlay
from geoplan.map.page import overlays
from geoplan.plugins import find, names, title
from geoplan.result import Result
from tests.sample import sample_result

COLOUR = re.compile(r"#[0-9a-f]{6}([0-9a-f]{2})?")


@pytest.fixture(scope="module", params=["zh", "en"])
def result(request: pytest.FixtureRequest) -> Result:
    """A complete result in each language."""
    language: Language = request.param
    return sample_result(language)


def drawn(name: str, result: Result) -> Overlay:
    """The overlay of a file; the sample has something for each."""
    made = find("overlays", name)(result)
    assert isinstance(made, Overlay), name
    return made


@pytest.mark.parametrize("name", names("overlays"))
def test_it_is_named_as_its_file(name: str, result: Result) -> None:
    """An overlay bears the name of its file, and its file says what it draws."""
    assert drawn(name, result).name == name
    assert title("overlays", name).endswith(".")


@pytest.mark.parametrize("name", names("overlays"))
def test_every_text_is_in_both_languages(name: str, result: Result) -> None:
    """Titles, legends and labels are written in both languages, or in none."""
    overlay = drawn(name, result)
    columns = [*overlay.columns, *overlay.features.columns]
    texts: list[Text] = [
        overlay.title,
        overlay.features.title,
        overlay.unit,
        *overlay.marks,
        *(c.label for c in overlay.classes),
    ]
    texts += [c.label for c in columns] + [c.unit for c in columns]
    assert [t for t in texts if bool(t.en) != bool(t.zh)] == []
    assert overlay.title.en
    assert all(c.label.zh for c in columns)


@pytest.mark.parametrize("name", names("overlays"))
def test_every_class_can_be_told(name: str, result: Result) -> None:
    """Each class has a colour, and no two legend entries of an overlay are drawn alike."""
    classes = drawn(name, result).classes
    looks = [(c.fill, c.line, c.width, c.dash) for c in classes]
    assert all(c.fill or c.line for c in classes)
    assert all(COLOUR.fullmatch(colour) for c in classes for colour in (c.fill, c.line) if colour)
    assert len(set(looks)) == len(looks)


@pytest.mark.parametrize("name", names("overlays"))
def test_something_is_drawn(name: str, result: Result) -> None:
    """On a complete result every overlay draws at least one feature."""
    assert (drawn(name, result).of != NOT_DRAWN).any()


@pytest.mark.parametrize("name", names("overlays"))
def test_it_leaves_the_result_alone(name: str, result: Result) -> None:
    """Drawing changes no table of the result."""
    before = [
        list(f.columns) for f in (result.demand, result.facilities, result.options, result.gap_areas, result.units)
    ]
    drawn(name, result)
    assert [
        list(f.columns) for f in (result.demand, result.facilities, result.options, result.gap_areas, result.units)
    ] == before


def test_shared_features_are_the_same(result: Result) -> None:
    """Overlays that name the same features mean the same geometry and names, as the page holds it once."""
    by_name: dict[str, Overlay] = {}
    for overlay in overlays(result):
        first = by_name.setdefault(overlay.features.name, overlay)
        assert list(overlay.features.names) == list(first.features.names)
        assert overlay.features.geometry.index.equals(first.features.geometry.index)
        assert np.array_equal(overlay.features.geometry.to_wkb(), first.features.geometry.to_wkb())


def test_one_indicator_is_shown_at_first(result: Result) -> None:
    """Of the indicators, which exclude one another, exactly one is shown when the page opens."""
    assert sum(o.shown for o in overlays(result) if o.group == "indicator") == 1
