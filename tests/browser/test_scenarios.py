"""Several scenarios on one page in a real browser: the switch, gains and losses, the swipe, and measuring."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from geoplan.map.page import draw
from geoplan.result import Result
from tests.browser.walk import BROWSER, FLAGS
from tests.sample import HOSTILE, sample_result

pytest.importorskip("playwright")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
FIGURES = "() => Object.fromEntries([...document.querySelectorAll('[data-key]')].map((e) => [e.dataset.key, e.dataset.value]))"


def scenarios() -> list[Result]:
    """The sample, the sample with half of the people served by the plan, and one with a name that would do harm."""
    full = sample_result("en")
    less = full.gaps_after.assign(served=full.gaps_after["served"] / 2, full=full.gaps_after["served"] / 2)
    numbers = {**full.numbers, "population_total": full.numbers["population_total"] + 1}
    return [
        full,
        replace(full, scenario="less", gaps_after=less, numbers=numbers),
        replace(full, scenario=HOSTILE[0]),
    ]


@pytest.fixture(scope="module")
def results() -> list[Result]:
    """The scenarios of the page."""
    return scenarios()


@pytest.fixture(scope="module")
def opened(results: list[Result], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The page of all scenarios with the network cut; at the end it has asked for nothing and complained of nothing."""
    from playwright.sync_api import sync_playwright

    path = tmp_path_factory.mktemp("map") / "map.html"
    draw(*results).write(path)
    complaints: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=FLAGS.split())
        page = browser.new_context(
            viewport={"width": 1280, "height": 800}, offline=True, reduced_motion="reduce"
        ).new_page()
        page.on("pageerror", lambda e: complaints.append(str(e)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("request", lambda r: complaints.append(r.url) if r.url != path.as_uri() else None)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready=yes]", state="attached")
        yield page
        assert page.evaluate("window.__pwned") is None
        browser.close()
    assert complaints == []


def test_each_scenario_shows_its_own_numbers(opened: Any, results: list[Result]) -> None:
    """Every number of the panel that names a key of results.json has the value that stands there, in each scenario."""
    assert opened.locator("#scenario option").all_inner_texts() == [r.scenario_title for r in results]
    for k, result in enumerate(results):
        opened.select_option("#scenario", str(k))
        told = opened.evaluate(FIGURES)
        assert "population_total" in told
        assert result.scenario_title in opened.locator("#subtitle").inner_text()
        for key, value in told.items():
            held: Any = result.numbers
            for part in key.split("."):
                held = held[int(part)] if isinstance(held, (list, tuple)) else held[part]
            assert float(value) == pytest.approx(len(held) if isinstance(held, (list, tuple)) else held), key


def test_gains_less_losses_are_the_difference_of_the_people_served(opened: Any, results: list[Result]) -> None:
    """What one plan gains and loses against another adds up to the difference of what both serve."""
    opened.select_option("#scenario", "1")
    told = opened.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('[data-sum]')].map((e) => [e.dataset.sum, e.dataset.value]))"
    )
    served = [float(r.gaps_after["served"].sum()) for r in results[:2]]
    assert float(told["gained"]) + float(told["lost"]) == pytest.approx(served[1] - served[0], abs=0.01)
    assert float(told["lost"]) < 0
    opened.check('#switches input[value="against"]')
    assert "base" in opened.locator("#legend").inner_text()
    opened.select_option("#scenario", "0")


def test_the_open_dossier_stays_over_a_switch(opened: Any) -> None:
    """A dossier that is open tells of the same thing in the next scenario, with that scenario's numbers."""
    opened.select_option("#scenario", "0")
    opened.evaluate("geoplan.go('areas', 0)")
    name = opened.locator("#dossier .name").inner_text()
    opened.evaluate("geoplan.switchScenario(1)")
    assert opened.locator("#dossier .name").inner_text() == name
    opened.evaluate("geoplan.switchScenario(0)")
    opened.keyboard.press("Escape")


def test_the_swipe_shows_another_map_on_the_right(opened: Any) -> None:
    """With the swipe on a second layer is drawn right of a divider that keys move; off, all is as before."""
    opened.check('#switches input[value="gaps"]')
    opened.click("#swipe")
    assert opened.evaluate("geoplan.swipe.layers.length") >= 1
    before = opened.locator("#divider").bounding_box()["x"]
    opened.locator("#divider").focus()
    opened.keyboard.press("ArrowLeft")
    assert opened.locator("#divider").bounding_box()["x"] < before
    clips = opened.evaluate(
        "['tilePane', 'right'].map((n) => geoplan.map.getPane(n).style.clip.match(/-?[\\d.]+(?=px)/g).map(Number))"
    )
    assert clips[0][1] == clips[1][3]  # where the left side ends the right begins
    opened.click("#swipe")
    assert opened.evaluate("geoplan.swipe.layers.length") == 0
    assert not opened.locator("#divider").is_visible()


def test_a_measured_square_has_its_length_and_surface(opened: Any) -> None:
    """The way round three sides of a square of a kilometre, and the land in it, within half a percent of the sphere's."""
    lat, lng = opened.evaluate("[geoplan.map.getCenter().lat, geoplan.map.getCenter().lng]")
    high = 1000 / 111195
    wide = high / math.cos(math.radians(lat))
    opened.click("#measure")
    for y, x in ((0, 0), (0, wide), (high, wide), (high, 0)):
        opened.evaluate(f"geoplan.measureAt(L.latLng({lat + y}, {lng + x}))")
    opened.keyboard.press("Enter")
    found = opened.evaluate("({ ...geoplan.byId('measured').dataset })")
    assert float(found["metres"]) == pytest.approx(3000, rel=0.005)
    assert float(found["squareMetres"]) == pytest.approx(1e6, rel=0.005)
    opened.click("#measure")
    assert not opened.locator("#measured").is_visible()


def test_printing_draws_the_map_at_the_size_of_the_sheet(opened: Any) -> None:
    """When the browser is told to print, the map is as large as an A3 sheet leaves room for; afterwards all is as before."""
    opened.evaluate("""() => { window.print = () => {
      const box = geoplan.map.getContainer().getBoundingClientRect(), size = geoplan.map.getSize();
      window.sheet = [box.width, box.height, size.x, size.y];
      window.day = geoplan.byId("printed").innerText;
    }; }""")
    before = opened.evaluate("[geoplan.map.getSize().x, geoplan.map.getSize().y, geoplan.map.getZoom()]")
    opened.click("#print")
    opened.wait_for_selector("body.sheet")
    opened.wait_for_selector("body:not(.sheet)")
    assert str(datetime.now(tz=UTC).year) in opened.evaluate("window.day")
    width, height, *drawn = opened.evaluate("window.sheet")
    assert [width, height] == drawn  # Leaflet knows the size
    assert height == 1046
    assert width > before[0]
    assert opened.evaluate("[geoplan.map.getSize().x, geoplan.map.getSize().y, geoplan.map.getZoom()]") == before
