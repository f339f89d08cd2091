"""What every overlay keeps, whichever file it stands in."""

from __future__ import annotations

import re
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoplan.errors import Language, Text
from geoplan.map.overlay import NOT_DRAWN, Overlay
from geoplan.map.page import overlays
from geoplan.plugins import find, names, title
from geoplan.result import Result
from tests.browser.many import many_options

# what a study may have nothing of
SITED = {"controls", "facilities", "gap_areas", "gaps_after", "hazard_lines", "hazards", "joins", "obligations", "options", "plan",
         "reach", "search_areas", "severed", "suitability"}  # fmt: skip
COLOUR = re.compile(r"#[0-9a-f]{6}([0-9a-f]{2})?")


@pytest.fixture(scope="module", params=["zh", "en"])
def result(request: pytest.FixtureRequest) -> Result:
    """A complete result in each language, with options of every kind, areas to search, and hazards of every sort."""
    language: Language = request.param
    return many_options(language, options=180, farmland=9)


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
        *(text for c in overlay.classes for text in (c.label, c.heading)),
        *(text for f in overlay.facets for text in (f.title, *f.values)),
    ]
    texts += [c.label for c in columns] + [c.unit for c in columns]
    texts += [t for c in columns for r in c.rules for t in (r.title, r.sense, r.unit, r.reference)]
    assert [t for t in texts if bool(t.en) != bool(t.zh)] == []
    assert overlay.title.en
    assert all(c.label.zh for c in columns)


@pytest.mark.parametrize("name", names("overlays"))
def test_every_class_can_be_told(name: str, result: Result) -> None:
    """Each class has a colour, and no two legend entries of an overlay are drawn alike."""
    classes = drawn(name, result).classes
    looks = [(c.fill, c.line, c.width, c.dash, c.shape, c.hatch) for c in classes]
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
    tables = (result.demand, result.facilities, result.options, result.gap_areas, result.units, result.obligations,
              result.hazards, result.suitability, *result.controls.values())  # fmt: skip
    before = [list(f.columns) for f in tables]
    drawn(name, result)
    assert [list(f.columns) for f in tables] == before


@pytest.mark.parametrize("name", names("overlays"))
def test_nothing_to_draw_is_no_overlay(name: str, result: Result) -> None:
    """Where a result holds none of what a file draws, there is no overlay of it; only people, units and land are always there."""
    nothing = replace(
        result, facilities=result.facilities.iloc[:0], options=result.options.iloc[:0], gap_areas=result.gap_areas.iloc[:0], plan=None,
        chosen=result.chosen.iloc[:0], joins=result.joins.iloc[:0], severed=result.severed.iloc[:0], reach=result.reach.iloc[:0],
        suitability=pd.DataFrame(), obligations=pd.DataFrame(), controls={}, hazards=gpd.GeoDataFrame(),
    )  # fmt: skip
    made = find("overlays", name)(nothing)
    assert (made is None) == (name in SITED)


@pytest.mark.parametrize("name", names("overlays"))
def test_what_is_filtered_has_a_value_of_each_facet(name: str, result: Result) -> None:
    """Every feature of an overlay with facets has one of the values, and facets of one name offer the same values everywhere."""
    for facet in drawn(name, result).facets:
        assert int(facet.of.max()) < len(facet.values)
        assert facet.values == next(f.values for f in drawn("options", result).facets if f.name == facet.name)


def test_kinds_of_one_nature_have_one_colour_and_shapes_of_their_own(result: Result) -> None:
    """The 18 kinds look different, and their colour tells their nature."""
    classes = drawn("options", result).classes
    assert len({(c.fill, c.shape, c.line) for c in classes}) == len(classes) == 17  # areas to search are drawn as areas
    assert all(len({c.fill for c in classes if c.heading == head}) == 1 for head in {c.heading for c in classes})


def test_an_area_to_search_is_an_area_and_not_a_site(result: Result) -> None:
    """Each area to search is drawn once, as an area with a dashed outline, named as what it is; the options do not mark it."""
    options, areas = drawn("options", result), drawn("search_areas", result)
    searched = result.options.sort_index()["search_area"].to_numpy()
    assert ((options.of == NOT_DRAWN) == searched).all()
    assert list(areas.features.geometry.index) == list(result.options.sort_index().index[searched])
    assert all(c.dash and c.line for c in areas.classes)
    said = result.text(Text("Area to search", "选址范围"))
    assert all(name.startswith(said) for name in areas.features.names)


def test_an_obligation_without_a_position_is_counted(result: Result) -> None:
    """Rows that cannot be placed are not drawn, and the legend says how many they are."""
    overlay = drawn("obligations", result)
    left = len(result.obligations) - len(overlay.of)
    assert left > 0
    assert str(left) in result.text(overlay.unit)
    placed = result.obligations.assign(geometry=result.area.boundary.centroid)
    everywhere = find("overlays", "obligations")(replace(result, obligations=placed))
    assert len(everywhere.of) == len(result.obligations)
    assert everywhere.unit.en == ""


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
