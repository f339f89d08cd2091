"""Pages of the same 20,000 outlines by geopandas' explore(), by folium and by geoplan: how large, how long until they are drawn."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd

from bench.table import Row, skipped

ROOT = Path(__file__).parents[2]
OUTLINES = 20_000
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))"
LARGE = ((100_000, 12, "asked: 8 MB, 3 s, 30 ms"), (300_000, 4, "asked: 20 MB, 6 s"))
MOVED = """async () => {
  const frames = [];
  for (let k = 0, last = performance.now(); k < 90; k++) {
    geoplan.map.panBy([k < 45 ? 6 : -6, 2], { animate: false });
    await new Promise((done) => requestAnimationFrame(done));
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  return frames;
}"""
COUNT = "typeof geoplan === 'object' ? geoplan.page.features.areas.ids.length : document.querySelectorAll('path.leaflet-interactive').length"


def maps() -> Iterator[Row]:
    """Seconds from opening a page in Chromium with the network cut until its outlines are drawn.

    The peers' pages fetch Leaflet from elsewhere; here they are given geoplan's copy of it, and nothing else that they ask for.
    """
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        browser = None
    if browser is None:
        yield skipped("map page", "no Chromium or no Playwright")
        return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        pages = written(Path(folder))
        opened = driver.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        found = {name: seconds_until_drawn(opened, path) for name, path in pages.items()}
        ours_s, ours = found.pop("geoplan")
        ours_mb = megabytes(pages["geoplan"])
        for name, (theirs_s, theirs) in found.items():
            size = f"{OUTLINES:,} outlines; {megabytes(pages[name]):.1f} MB against {ours_mb:.1f} MB"
            yield Row("map page until drawn", size, name, theirs_s, ours_s, ours == theirs == OUTLINES)
        if len(found) < 2:
            yield skipped("map page, geopandas explore()", "mapclassify is not installed")
        for cells, corners, asked in LARGE:
            yield large(opened, Path(folder), cells, corners, asked)
        opened.close()


def large(browser: Any, folder: Path, cells: int, corners: int, asked: str) -> Row:
    """A page of very many outlines: how large, how long until its pixels are coloured, and how long a frame takes while it is moved."""
    from geoplan.map.page import write
    from tests.browser.city import city

    write(city(cells, corners), folder / "geoplan.html")
    seconds, count = seconds_until_drawn(browser, folder / "geoplan.html")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto((folder / "geoplan.html").as_uri(), timeout=180_000)
    page.wait_for_selector("html[data-ready=yes]", state="attached", timeout=180_000)
    page.evaluate("geoplan.map.setZoom(geoplan.map.getZoom() + 1, { animate: false })")
    frames = page.evaluate(MOVED)
    page.close()
    size = f"{cells:,} outlines of {corners} corners, {megabytes(folder / 'geoplan.html'):.1f} MB; {sorted(frames)[len(frames) // 2]:.0f} ms a frame"
    return Row("map page until drawn", size, asked, None, seconds, count == cells)


def written(folder: Path) -> dict[str, Path]:
    """A page of each contender: each outline with its id, name and the people in it, coloured by class."""
    sys.path.insert(0, str(ROOT))
    from geoplan.map.page import write
    from tests.browser.city import city

    result = city(OUTLINES)
    write(result, folder / "geoplan.html")
    people = result.demand[[c for c in result.demand if c.startswith("people_")]].sum(axis=1).round(3)
    frame = gpd.GeoDataFrame({"name": result.demand["name"], "people": people}, geometry=result.demand.geometry).to_crs(
        4326
    )
    pages = {"geoplan": folder / "geoplan.html", "folium GeoJson": folder / "folium.html"}
    if find_spec("mapclassify"):  # without which explore() colours nothing
        pages["geopandas explore()"] = folder / "explore.html"
        frame.explore("people", tiles=None).save(pages["geopandas explore()"])
    plain = folium.Map([37.0, 114.5], tiles=None)
    colour = folium.LinearColormap(["#f2f0f7", "#54278f"], vmin=0, vmax=float(people.max()))
    style = {i: {"fillColor": colour(v), "weight": 0.5} for i, v in enumerate(people)}
    shapes = frame.reset_index(drop=True)
    folium.GeoJson(
        shapes.assign(row=range(len(shapes))).to_json(),
        style_function=lambda f: style[f["properties"]["row"]],
        tooltip=folium.GeoJsonTooltip(["name", "people"]),
    ).add_to(plain)
    west, south, east, north = frame.total_bounds
    plain.fit_bounds([[south, west], [north, east]])
    plain.save(folder / "folium.html")
    return pages


def seconds_until_drawn(browser: Any, path: Path) -> tuple[float, int]:
    """Seconds until two frames after everything is drawn (the best of three), and how many outlines there are."""
    from geoplan.map.offline import own

    best, count = float("inf"), 0
    for _ in range(3):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.route("http*://**", lambda r: r.abort())
        page.route("http*://**/leaflet.js", lambda r: r.fulfill(body=own("leaflet.js"), content_type="text/javascript"))
        page.route("http*://**/leaflet.css", lambda r: r.fulfill(body=own("leaflet.css"), content_type="text/css"))
        start = time.perf_counter()
        page.goto(path.as_uri(), timeout=180_000)
        if path.stem == "geoplan":
            page.wait_for_selector("html[data-ready=yes]", state="attached", timeout=180_000)
        page.evaluate(DRAWN)
        best, count = min(best, time.perf_counter() - start), int(page.evaluate(COUNT))
        page.close()
    return best, count


def megabytes(path: Path) -> float:
    """The size of a file."""
    return path.stat().st_size / 1e6
