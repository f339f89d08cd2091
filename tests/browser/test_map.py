"""The map page in a real browser with the network cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geoplan.map.page import write
from tests.browser.walk import BROWSER, FLAGS, Opened
from tests.sample import HOSTILE, sample_result

pytest.importorskip("playwright")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")

HOSTILE_AREAS = (*HOSTILE[:3], "<img src=x onerror=window.__pwned=1>", "</script><script>window.__pwned=1</script>")
COUNT_PIXELS = """() => [...document.querySelectorAll(".leaflet-tile-pane canvas")].reduce((all, canvas) => {
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3]) { const key = data[i] + "," + data[i + 1] + "," + data[i + 2]; all[key] = (all[key] || 0) + 1; }
  }
  return all;
}, {})"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the sample, with names that would do harm."""
    result = sample_result("zh")
    result.demand.loc[result.demand.index[: len(HOSTILE_AREAS)], "name"] = list(HOSTILE_AREAS)
    result.facilities.loc[result.facilities.index[0], "name"] = HOSTILE_AREAS[3]
    made = tmp_path_factory.mktemp("map") / "map.html"
    write(result, made)
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=BROWSER, args=FLAGS.split())
        yield opened
        opened.close()


@pytest.fixture
def opened(browser: Any, path: Path) -> Iterator[Opened]:
    """The page, opened from the disk with the network cut."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True, reduced_motion="reduce")
    found = Opened(context.new_page())
    found.page.on("request", lambda r: found.requests.append(r.url))
    found.page.on("pageerror", lambda e: found.complaints.append(str(e)))
    found.page.on("console", lambda m: found.complaints.append(m.text) if m.type in {"error", "warning"} else None)
    found.page.goto(path.as_uri())
    found.page.wait_for_selector("html[data-ready=yes]", state="attached")
    yield found
    context.close()


def type_name(opened: Opened, text: str) -> Any:
    """Write into the search box; the rows that it offers."""
    opened.page.fill("#search", text)
    return opened.page.locator("#hits li")


def colours(opened: Opened) -> dict[str, int]:
    """How many pixels of each colour the tiles show."""
    found: dict[str, int] = opened.page.evaluate(COUNT_PIXELS)
    return found


def fills(opened: Opened, overlay: str) -> list[str]:
    """The fill colours of an overlay's classes, as `colours` names them."""
    found = opened.page.evaluate(
        "(name) => geoplan.page.overlays.find((o) => o.name === name).classes.map((c) => c.fill)", overlay
    )
    return [",".join(str(int(c[k : k + 2], 16)) for k in (1, 3, 5)) for c in found]


def click_area(opened: Opened, row: int) -> None:
    """Click on the map where a residential area lies."""
    at = opened.page.evaluate(
        """(row) => {
          const at = geoplan.map.latLngToContainerPoint(geoplan.latlng(...geoplan.middle(geoplan.page.features.areas, row)));
          return [at.x, at.y];
        }""",
        row,
    )
    opened.page.locator(".folium-map").click(position={"x": at[0], "y": at[1]})


def test_it_asks_for_nothing_and_complains_of_nothing(opened: Opened) -> None:
    """Opening the page makes no request beside the file itself, no error and no warning."""
    assert [r for r in opened.requests if not r.startswith("file:")] == []
    assert len(opened.requests) == 1
    assert opened.complaints == []


def test_the_areas_are_drawn_in_the_colours_of_the_legend(opened: Opened) -> None:
    """Thousands of pixels bear the colour of each cause that the sample has."""
    shown = colours(opened)
    for colour in fills(opened, "gaps"):
        assert shown.get(colour, 0) > 500, colour


def test_another_indicator_colours_the_same_areas_anew(opened: Opened) -> None:
    """After a switch of indicator the colours of the old one are gone and others are there."""
    gap, people = fills(opened, "gaps"), fills(opened, "people")
    opened.page.check('input[name=indicator][value="people"]')
    after = colours(opened)
    assert sum(after.get(c, 0) for c in people) > 5000
    assert max(after.get(c, 0) for c in gap) < 500
    opened.page.check('input[name=indicator][value=""]')
    assert max(colours(opened).get(c, 0) for c in people) < 500


def test_names_are_text_and_never_run(opened: Opened) -> None:
    """Hostile names appear letter by letter in search results and dossier, and no script of theirs has run."""
    for row, name in enumerate(HOSTILE_AREAS):
        assert name in type_name(opened, name).first.inner_text()
        opened.page.keyboard.press("Escape")
        opened.page.evaluate("(row) => geoplan.go('areas', row)", row)
        assert opened.page.locator("#dossier .name").inner_text() == name
    assert opened.page.evaluate("window.__pwned") is None
    assert opened.page.evaluate("document.querySelectorAll('img, #dossier script, #hits script').length") == 0
    assert opened.complaints == []


def test_a_click_on_an_area_fills_the_dossier(opened: Opened) -> None:
    """The dossier of a clicked area shows its id, its children and its causes, and closes again."""
    click_area(opened, 34)
    text = opened.page.locator("#dossier").inner_text()
    assert "R00034" in text
    assert "幸福里34号小区" in text
    assert "需求托位" in text
    assert "超出服务半径" in text
    opened.page.locator("#dossier .close").click()
    assert opened.page.locator("#overview").is_visible()


def test_search_finds_a_facility_by_keyboard(opened: Opened) -> None:
    """Arrow and Enter take the facility that was searched; its dossier opens and the map goes there."""
    rows = type_name(opened, "启蒙托育园4")
    assert "启蒙托育园4" in rows.first.inner_text()
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("#dossier .name").inner_text() == "启蒙托育园4"
    at = opened.page.evaluate("(() => { const c = geoplan.map.getCenter(); return [c.lat, c.lng]; })()")
    point = opened.page.evaluate(
        "(() => { const p = geoplan.latlng(...geoplan.middle(geoplan.page.features.facilities, 4)); return [p.lat, p.lng]; })()"
    )
    assert at == pytest.approx(point, abs=0.01)


def test_full_width_letters_and_townships_are_found(opened: Opened) -> None:
    """A name typed with full-width digits is found, and so is a township, by its name."""
    assert "启蒙托育园4" in type_name(opened, "启蒙托育园４").first.inner_text()
    names = opened.page.evaluate("geoplan.page.features.townships.names")
    assert names[0] in type_name(opened, names[0]).first.inner_text()
    opened.page.keyboard.press("Enter")
    assert opened.page.locator("#dossier .name").inner_text() == names[0]


def test_a_chosen_site_shows_whom_it_serves(opened: Opened) -> None:
    """The dossier of a site of the plan lists the areas that it serves, draws a line to each, and judges clause by clause."""
    row = opened.page.evaluate("geoplan.page.links.find((t) => t.layer === 'plan').place[0]")
    opened.page.evaluate("(row) => geoplan.go('plan', row)", row)
    served = opened.page.evaluate("(row) => geoplan.linksOf('plan', row).length", row)
    lines = opened.page.evaluate(
        "geoplan.chosen.getLayers().filter((l) => l instanceof L.Polyline && !(l instanceof L.Polygon)).length"
    )
    assert lines == served > 0
    assert "托育机构服务半径" in opened.page.locator("#dossier .checks").text_content()


def test_the_page_declares_synthetic_data(opened: Opened) -> None:
    """The banner stands in sight."""
    assert opened.page.locator("#banner").is_visible()
    assert "非真实情况" in opened.page.locator("#banner").inner_text()


def test_it_is_usable_on_a_phone(browser: Any, path: Path) -> None:
    """On a narrow screen the page does not scroll sideways, and map and search are in sight."""
    context = browser.new_context(viewport={"width": 390, "height": 800}, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready=yes]", state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#search").is_visible()
    box = page.locator(".folium-map").bounding_box()
    assert box["width"] == 390
    assert box["height"] > 400
    context.close()
