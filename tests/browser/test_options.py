"""Options, exclusion areas and hazards in a real browser with the network cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geoplan.map.page import write
from geoplan.result import Result
from tests.browser.many import many_options
from tests.browser.test_map import browser, colours, fills
from tests.browser.walk import BROWSER, Opened, opened_in
from tests.sample import HOSTILE

__all__ = ["browser"]
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
SIZE = {"width": 1366, "height": 768}


@pytest.fixture(scope="module", params=["zh", "en"])
def result(request: pytest.FixtureRequest) -> Result:
    """Options of 18 kinds, with hostile names of sites, hazards and standards."""
    return many_options(request.param, options=360, farmland=16)


@pytest.fixture(scope="module")
def path(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its page."""
    made = tmp_path_factory.mktemp("map") / "map.html"
    write(result, made)
    return made


@pytest.fixture
def opened(browser: Any, path: Path) -> Iterator[Opened]:
    """The page on the screen of an office computer, opened from the disk; it asked for nothing else and complained of nothing."""
    with opened_in(browser, path, **SIZE) as found:
        yield found
        assert found.complaints == []
        assert found.requests == [path.as_uri()]
        assert found.page.evaluate("window.__pwned") is None


def show(opened: Opened, *names: str) -> None:
    """Tick overlays in the list."""
    for name in names:
        opened.page.check(f'#switches input[value="{name}"]')


def shown(opened: Opened) -> int:
    """How many options the filter leaves."""
    return int(
        opened.page.evaluate(
            "geoplan.filtered().features.ids.filter((_, i) => geoplan.passes(geoplan.filtered(), i)).length"
        )
    )


def test_every_verdict_is_decoded(opened: Opened, result: Result) -> None:
    """The page's script reads the verdicts that the options have: standard, outcome and value."""
    found = opened.page.evaluate("""() => {
      const f = geoplan.page.features.options, column = f.columns.find((c) => c.kind === "verdicts");
      return f.ids.map((_, i) => geoplan.verdicts(column, i).map((v) => [v.id, v.outcome, v.measured]));
    }""")
    for told, verdicts in zip(found, result.options.sort_index()["verdicts"], strict=True):
        assert [(i, o) for i, o, _ in told] == [(v.standard, v.outcome) for v in verdicts]
        expected = [v.measured for v in verdicts]
        assert [m for _, _, m in told] == [None if m is None else pytest.approx(m, abs=0.0051) for m in expected]


def test_the_dossier_of_an_option_groups_its_clauses(opened: Opened, result: Result) -> None:
    """What fails, what is not known and what holds are tables of their own, as long as the verdicts; hostile titles are text."""
    hostile = [any(v.standard == "rule_0" for v in many) for many in result.options["verdicts"]]
    option = result.options.index[np.array(hostile) & ~result.options["search_area"]][0]
    opened.page.evaluate("(id) => geoplan.go('options', geoplan.rowOf(geoplan.page.features.options, id))", option)
    for outcome in ("fail", "unknown", "pass"):
        expected = sum(v.outcome == outcome for v in result.options.loc[option, "verdicts"])
        assert opened.page.locator(f"#dossier .outcome.{outcome} tr").count() == expected + (expected > 0)
    assert HOSTILE[0] in opened.page.locator("#dossier .checks").text_content()
    assert opened.page.locator("#dossier script").count() == 0


def test_verdict_and_kind_filter_the_marks(opened: Opened, result: Result) -> None:
    """Without a verdict, or a kind, its options are neither counted nor drawn nor clicked; with all of them all are back."""
    show(opened, "options")
    opened.page.locator("#filter summary").first.click()
    options = result.options
    opened.page.uncheck('#filter input[value="verdict:0"]')
    assert shown(opened) == (options["verdict"] != "pass").sum()
    opened.page.check('#filter input[value="verdict:0"]')
    opened.page.locator("#filter .small").nth(1).click()
    assert shown(opened) == 0
    assert opened.page.evaluate("geoplan.filtered().visible.some((v) => v)") is False
    opened.page.check('#filter input[value="kind:0"]')
    assert shown(opened) == (options["kind"] == "kindergarten_class").sum()
    opened.page.locator("#filter .small").nth(0).click()
    assert shown(opened) == len(options)


def test_a_clause_that_is_pressed_leaves_the_options_that_fail_it(opened: Opened, result: Result) -> None:
    """The list of refusals filters by clause, with the keyboard too, and lets go when it is pressed again."""
    opened.page.locator("#filter summary").nth(1).click()
    button = opened.page.locator("#filter .rule").first
    button.focus()
    opened.page.keyboard.press("Enter")
    failed = max(result.refusals["refused"])
    assert shown(opened) == failed
    assert button.get_attribute("aria-pressed") == "true"
    assert opened.page.is_checked('#switches input[value="options"]')
    opened.page.keyboard.press("Enter")
    assert shown(opened) == len(result.options)


def test_areas_to_search_say_that_they_are_no_sites(opened: Opened, result: Result) -> None:
    """Found by its name, an area to search opens as an area, with the words, and tells all that an option tells."""
    option = result.options.index[result.options["search_area"]][0]
    opened.page.evaluate("(id) => geoplan.go('options', geoplan.rowOf(geoplan.page.features.options, id))", option)
    said = "选址范围" if result.language == "zh" else "Area to search"
    assert opened.page.locator("#dossier .name").inner_text().startswith(said)
    assert option in opened.page.locator("#dossier").inner_text()
    assert opened.page.locator("#dossier .checks tr").count() > 20
    assert opened.page.is_checked('#switches input[value="search_areas"]')


def test_options_of_one_site_stand_apart_as_the_map_comes_near(opened: Opened) -> None:
    """Near enough, the marks of one place do not hide one another, and each answers a click of its own."""
    show(opened, "options")
    apart = opened.page.evaluate("""() => {
      const layer = geoplan.filtered(), f = layer.features, zoom = 16, [a, b] = f.ids.map((_, i) => i)
        .filter((i) => layer.visible[i] && f.x[i] === f.x[0] && f.y[i] === f.y[0]);
      const [p, q] = [layer.at(a, zoom), layer.at(b, zoom)], at = p.map((v) => v / 2 ** zoom);
      const hit = geoplan.under([layer], geoplan.latlng(...at), zoom)[0];
      return [Math.hypot(p[0] - q[0], p[1] - q[1]), layer.radius(a, zoom), hit[1] === a];
    }""")
    assert apart[0] >= 1.9 * apart[1]
    assert apart[2] is True


def test_exclusion_areas_and_hazards_are_drawn_and_answer(opened: Opened, result: Result) -> None:
    """Hatched areas leave pixels of their colour; a power line answers a click on it with its name as text."""
    show(opened, "controls", "hazards", "hazard_lines", "obligations")
    opened.page.check('#switches input[name=indicator][value=""]')
    assert opened.page.evaluate("geoplan.layers.filter((l) => geoplan.isShown(l)).length") >= 7
    found = opened.page.evaluate("""() => {
      const layer = geoplan.layers.find((l) => l.overlay.name === "hazard_lines"), f = layer.features;
      const at = geoplan.latlng((f.x[0] + f.x[1]) / 2, (f.y[0] + f.y[1]) / 2);
      return geoplan.under([layer], at, geoplan.map.getZoom()).map(([l, i]) => l.features.names[i]);
    }""")
    assert found == [HOSTILE[0]]
    assert sum(colours(opened).get(c, 0) for c in fills(opened, "hazards")) > 30


def test_suitability_tells_the_share_of_each_criterion(opened: Opened, result: Result) -> None:
    """The dossier of a scored option has its score and a part for each criterion."""
    best = result.suitability["score"].idxmax()
    opened.page.evaluate("(id) => geoplan.go('options', geoplan.rowOf(geoplan.page.features.options, id))", best)
    text = opened.page.locator("#dossier").inner_text()
    for criterion in result.service.suitability:
        assert result.text(criterion.title) in text
    assert opened.page.locator("#dossier .meter").count() == len(result.service.suitability)


def test_nothing_is_covered_by_the_legend(opened: Opened) -> None:
    """With every overlay ticked the legend leaves tools, scale, panel and most of the map free, and scrolls by keyboard."""
    for box in opened.page.locator("#switches input[type=checkbox]").all():
        box.check()
    legend = opened.page.locator("#legend").bounding_box()
    for other in (".leaflet-control-zoom", "#tools", ".leaflet-control-scale", "#panel", "#north"):
        at = opened.page.locator(other).bounding_box()
        apart = (
            at["x"] >= legend["x"] + legend["width"]
            or at["y"] + at["height"] <= legend["y"]
            or at["y"] >= legend["y"] + legend["height"]
        )
        assert apart, other
    assert legend["y"] + legend["height"] <= SIZE["height"]
    assert legend["width"] * legend["height"] < 0.2 * SIZE["width"] * SIZE["height"]
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"]
    opened.page.locator("#legend").focus()
    opened.page.keyboard.press("End")
    opened.page.wait_for_timeout(500)
    assert opened.page.evaluate("document.getElementById('legend').scrollTop") > 0


def test_every_control_has_a_name_and_is_reached_by_keyboard(opened: Opened) -> None:
    """Each box and button of the filter has a text, and the headings of its tables say what they head."""
    opened.page.evaluate("document.querySelectorAll('#filter details').forEach((d) => { d.open = true; })")
    nameless = opened.page.evaluate(
        "[...document.querySelectorAll('#filter input')].filter((i) => !i.labels.length || !i.labels[0].innerText.trim()).length"
    )
    assert nameless == 0
    assert opened.page.evaluate(
        "[...document.querySelectorAll('#filter button')].every((b) => b.innerText.trim() && b.tabIndex === 0)"
    )
    assert opened.page.locator("#filter th:not([scope])").count() == 0
    assert opened.page.locator("#filtered[aria-live=polite]").count() == 1


def test_thousands_of_options_open_at_once(browser: Any, tmp_path: Path) -> None:
    """With 3,000 options of 35 verdicts the page is ready, and draws its options, within seconds."""
    write(many_options(options=3000), tmp_path / "map.html")
    page = browser.new_page(viewport=SIZE)
    page.goto((tmp_path / "map.html").as_uri())
    page.wait_for_selector("html[data-ready=yes]", state="attached", timeout=20_000)
    page.check('#switches input[value="options"]')
    assert page.evaluate("geoplan.isShown(geoplan.filtered())")
    assert page.evaluate("performance.now()") < 20_000
    page.close()
