"""A walk over the whole page in a real browser: all overlays, all dossiers, every number, with harm in every text field."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geoplan.exports import gpkg
from geoplan.map.page import write
from geoplan.result import Result
from geoplan.study.numbers import numbers, to_json
from tests.browser.city import city
from tests.browser.hostile import NAMES, hostile
from tests.browser.many import many_options
from tests.browser.test_map import browser
from tests.browser.walk import (
    BROWSER,
    FIGURES,
    Opened,
    differing,
    dossiers,
    held,
    opened_in,
    records,
    same,
    show_each_overlay,
)  # fmt: skip
from tests.sample import sample_result

__all__ = ["browser"]
pytest.importorskip("playwright")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
SCREENS = ((1280, 800), (1920, 1080), (390, 800))
# what of the page may not lie over another on any screen
APART = ("#legend", "#tools", ".leaflet-control-zoom", "#north", ".leaflet-control-scale", "#panel")
OVERLAPS = """(names) => {
  const boxes = names.map((n) => document.querySelector(n)).filter((e) => e && e.offsetParent !== null || e && getComputedStyle(e).position === "fixed")
    .map((e) => [e.id || e.className, e.getBoundingClientRect()]).filter(([, b]) => b.width > 0 && b.height > 0), found = [];
  boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
    if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1) found.push(a + " over " + b);
  }));
  return found;
}"""
CUT = """() => [...document.querySelectorAll("#panel *")].filter((e) => e.children.length === 0 && e.offsetParent !== null && e.textContent.trim()
  && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow !== "visible" && getComputedStyle(e).display !== "inline").map((e) => e.textContent)"""


def made(name: str) -> Result:
    """The sample in Chinese, or many options in English."""
    result = sample_result("zh") if name == "sample" else many_options("en", options=180, farmland=9)
    return replace(result, numbers=numbers(result))


@pytest.fixture(scope="module", params=["sample", "options"])
def result(request: pytest.FixtureRequest) -> Result:
    """A result with all that a map may show."""
    return made(request.param)


@pytest.fixture(scope="module")
def folder(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its map, its layers and its numbers."""
    out = tmp_path_factory.mktemp("walk")
    write(result, out / "map.html")
    gpkg.write(result, out / "layers.gpkg")
    (out / "results.json").write_text(to_json(result.numbers), encoding="utf-8")
    return out


@pytest.fixture
def opened(browser: Any, folder: Path) -> Iterator[Opened]:
    """The page, which at the end has asked for nothing else, complained of nothing and run no text."""
    with opened_in(browser, folder / "map.html") as found:
        yield found
        assert found.quiet(), (found.requests, found.complaints)


def test_every_overlay_can_be_switched_on(opened: Opened) -> None:
    """Each overlay of the list is drawn when it is switched on, with its title in the legend; with all on nothing fails."""
    assert show_each_overlay(opened) == []


def test_every_dossier_tells_the_numbers_of_the_results(opened: Opened, folder: Path) -> None:
    """Every number of every dossier that has a name is the one in results.json or in the layers, and the panel's are those of results.json."""
    compared, wrong = differing(dossiers(opened, most=10_000), records(folder))
    assert wrong == []
    assert compared > 500


def test_the_reading_back_sees_a_wrong_number(folder: Path, opened: Opened) -> None:
    """A number that is changed in the records is found to differ: the law above can fail."""
    kept = records(folder)
    row = next(iter(kept["units"].values()))
    row["people"] += 1
    _, wrong = differing(dossiers(opened), kept)
    assert len(wrong) == 1
    assert "people" in wrong[0]


def test_the_panel_tells_the_numbers_of_the_results(opened: Opened, result: Result) -> None:
    """Every number of the panel with a key is the one that stands there in results.json."""
    told = opened.page.evaluate(FIGURES)
    assert len(told) > 10
    assert [key for key, value in told if not same(value, held(result.numbers, key))] == []


@pytest.fixture(scope="module")
def harmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a result with harm in every text field."""
    path = tmp_path_factory.mktemp("hostile") / "map.html"
    write(hostile(made("options")), path)
    return path


def test_no_text_of_the_data_is_ever_more_than_text(browser: Any, harmed: Path) -> None:
    """Before and after all overlays are on and all dossiers were opened, names are shown letter by letter and nothing of them has run."""
    with opened_in(browser, harmed) as found:
        count = "document.querySelectorAll('img, svg [onload], #panel script, #legend script, iframe').length"
        before = found.page.evaluate(count)
        assert show_each_overlay(found) == []
        told = dossiers(found, most=10_000)
        heads = {t["head"] for things in told.values() for t in things}
        assert {name for name in NAMES if any(name in head for head in heads)} == set(NAMES)
        assert all(t["head"] == t["name"] for things in told.values() for t in things)
        for name in NAMES:
            found.page.fill("#search", name)
            assert name in found.page.locator("#hits li").first.inner_text()
        assert NAMES[0] in found.page.locator("#title").inner_text()
        assert NAMES[1] in found.page.locator("#subtitle").inner_text()
        assert found.page.evaluate(count) == before == 0
        assert found.quiet(), (found.requests, found.complaints)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("screen", SCREENS, ids=lambda s: f"{s[0]}x{s[1]}")
def test_nothing_overlaps_and_nothing_is_cut(
    browser: Any, language: Any, screen: tuple[int, int], tmp_path: Path
) -> None:
    """On a laptop, on a large screen and on a phone the controls stand apart and no text of the panel is cut, in both languages."""
    write(sample_result(language), tmp_path / "map.html")
    with opened_in(browser, tmp_path / "map.html", *screen) as found:
        assert found.page.evaluate(OVERLAPS, list(APART[:5] if screen[0] < 720 else APART)) == []
        assert found.page.evaluate(CUT) == []
        assert found.page.evaluate("document.documentElement.scrollWidth") <= screen[0]


def test_a_city_of_cells_opens_and_is_coloured(browser: Any, tmp_path: Path) -> None:
    """Cells with holes and parts open without a request or a complaint: thirty thousand, as a long law three hundred thousand."""
    write(city(300_000 if os.environ.get("GEOPLAN_LONG_LAWS") else 30_000, corners=4), tmp_path / "map.html")
    with opened_in(browser, tmp_path / "map.html") as found:
        drawn = found.page.evaluate("""() => [...document.querySelectorAll(".leaflet-tile-pane canvas")].reduce((n, c) => {
          const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
          for (let i = 3; i < d.length; i += 4) n += d[i] > 0;
          return n;
        }, 0)""")
        assert drawn > 50_000
        assert found.quiet(), (found.requests, found.complaints)
