"""The pictures of `maps/`: what the demonstration draws, opened in Chromium without a network and photographed.

    python scripts/gallery.py [maps/xingtai]

Run the study first (`bash scripts/demo`). Each picture is cut to 256 colours, so that it stays small enough for the README.
Needs playwright (in the `dev` extra) and Chromium.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).parents[1]
LARGE, PHONE = (1280, 800), (390, 800)
MOST_KB = 240


def gaps(page: Any) -> None:
    """The page as it opens."""


def site(page: Any) -> None:
    """The dossier of the largest site of the plan, with the areas that it serves."""
    page.evaluate("""() => {
      const f = geoplan.page.features.plan, served = (i) => geoplan.linksOf("plan", i).length;
      return geoplan.go("plan", f.ids.map((_, i) => i).sort((a, b) => served(b) - served(a))[0]);
    }""")


def options(page: Any) -> None:
    """What could be done near the middle of the largest town, by kind and verdict."""
    page.check('#switches input[value="options"]')
    site(page)
    page.evaluate("geoplan.clear()")


def swiped(page: Any) -> None:
    """Left the gap account today, right with the plan."""
    site(page)
    page.evaluate("geoplan.clear(); geoplan.map.setZoom(12, { animate: false })")
    page.click("#swipe")


def phases(page: Any) -> None:
    """The phased plan as it stands in the second phase."""
    page.locator("#phases button").nth(1).click()
    page.check('#switches input[value="gaps_after"]')


PICTURES: dict[str, tuple[str, tuple[int, int], Callable[[Any], None]]] = {
    "gaps": ("base", LARGE, gaps),
    "site": ("base", LARGE, site),
    "options": ("base", LARGE, options),
    "swipe": ("base", LARGE, swiped),
    "phases": ("phased", LARGE, phases),
    "phone": ("base", PHONE, site),
}


def small(shot: bytes) -> bytes:
    """A screenshot with so many colours that it stays below the size of a picture in a README."""
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    for colours in (256, 192, 128, 96, 64):
        out = io.BytesIO()
        image.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if len(out.getvalue()) <= MOST_KB * 1000:
            break
    return out.getvalue()


def main(run: Path) -> None:
    """Photograph every picture of a finished run."""
    sys.path.insert(0, str(ROOT))
    from playwright.sync_api import sync_playwright

    from tests.browser.walk import BROWSER, FLAGS, opened_in

    if missing := [s for s, _, _ in PICTURES.values() if not (run / s / "map.html").is_file()]:
        sys.exit(f"{run}/{missing[0]}/map.html is not there: run `bash scripts/demo` first")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=FLAGS.split())
        for name, (scenario, size, do) in PICTURES.items():
            with opened_in(browser, run / scenario / "map.html", *size) as opened:
                do(opened.page)
                opened.page.wait_for_timeout(1200)
                picture = small(opened.page.screenshot())
            (ROOT / "maps" / f"{run.name}_{name}.png").write_bytes(picture)
            print(f"maps/{run.name}_{name}.png  {len(picture) / 1000:.0f} KB")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "maps" / "xingtai")
