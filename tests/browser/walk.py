"""A walk over a whole map page: every overlay switched on, every dossier opened, and all that they tell read back.

`python -m tests.browser.walk FOLDER …` walks over the maps of finished scenarios in Chromium with the network cut and compares
them with the results.json and layers.gpkg beside them; it ends with an error where a number differs, a request is made or the
console is not empty.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio

BROWSER = next((p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name))), None)
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
READING = "getImageData"  # of which the browser complains when a test reads the pixels
# the layer of the GeoPackage in which a thing's numbers stand; "areas" are those of the service
LAYERS = {"facilities": "facilities", "options": "options", "plan": "plan", "gap_areas": "gap_areas"}
FIGURES = """() => [...document.querySelectorAll("[data-key]")].map((e) => [e.dataset.key, e.dataset.value])"""
SAID = """(name) => { const o = geoplan.page.overlays.find((one) => one.name === name);
  return o.group === "base" ? o.classes.map((c) => c.label).filter((t) => t) : [o.title]; }"""
WALK = """([name, rows]) => rows.map((row) => {
  const layer = geoplan.layers.find((l) => l.overlay.features === name);
  geoplan.select(layer, row, []);
  const told = [...document.querySelectorAll("#dossier [data-name]")].map((e) => [e.dataset.name, e.dataset.value]);
  return { id: layer.features.ids[row], head: document.querySelector("#dossier .name").textContent, name: layer.features.names[row], told };
})"""


@dataclass
class Opened:
    """A page and what it asked for and complained of."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def quiet(self) -> bool:
        """Whether it asked for nothing but itself and complained of nothing, and no text of the data was run."""
        return not self.complaints and len(self.requests) == 1 and self.page.evaluate("window.__pwned") is None


@contextmanager
def opened_in(browser: Any, path: Path, width: int = 1280, height: int = 800) -> Iterator[Opened]:
    """A page opened from the disk with the network cut."""
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True, reduced_motion="reduce")
    found = Opened(context.new_page())
    found.page.on("request", lambda r: found.requests.append(r.url))
    found.page.on("pageerror", lambda e: found.complaints.append(str(e)))
    found.page.on("console", lambda m: None if READING in m.text else found.complaints.append(m.text))
    found.page.goto(path.resolve().as_uri())
    found.page.wait_for_selector("html[data-ready=yes]", state="attached")
    yield found
    context.close()


def show_each_overlay(opened: Opened) -> list[str]:
    """Switch every overlay of the list on, one after the other; those whose title is not in the legend then, or that draw nothing."""
    missing, page = [], opened.page
    boxes = page.locator("#switches input")
    for k in range(boxes.count()):
        box = boxes.nth(k)
        name = box.get_attribute("value")
        box.check()
        if name and not page.evaluate("(n) => geoplan.isShown(geoplan.layers.find((l) => l.overlay.name === n))", name):
            missing.append(name)
        legend = page.locator("#legend").inner_text()
        if name and not any(text in legend for text in page.evaluate(SAID, name)):
            missing.append(f"{name}: not in the legend")
    return missing


def dossiers(opened: Opened, most: int = 400) -> dict[str, list[dict[str, Any]]]:
    """By the name of its features what the dossier of each thing tells; of more than `most`, so many spread over all."""
    counts = opened.page.evaluate(
        "Object.fromEntries([...new Set(geoplan.layers.map((l) => l.overlay.features))].map((n) => [n, geoplan.page.features[n].ids.length]))"
    )
    spread = {
        n: sorted({k * count // most for k in range(most)} if count > most else range(count))
        for n, count in counts.items()
    }
    return {name: opened.page.evaluate(WALK, [name, list(rows)]) for name, rows in spread.items()}


def held(numbers: dict[str, Any], key: str) -> Any:
    """The value under a dotted key of results.json; how many, where it is a list."""
    found: Any = numbers
    for part in key.split("."):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return len(found) if isinstance(found, list) else found


def records(folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """By the map's name of features and id what results.json and the layers hold under each name."""
    numbers = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    found = {
        "units": {r["unit_id"]: dict(r) for r in numbers["units"]},
        "townships": {r["key"]: dict(r) for r in numbers["township_indicators"]},
    }
    for measure, row in numbers["inequality"].items():
        for unit, values in row["by_unit"].items():
            found["units"].setdefault(unit, {}).update({f"inequality.{measure}.{k}": v for k, v in values.items()})
    known = {name for name, _ in pyogrio.list_layers(folder / "layers.gpkg")}
    for name, layer in {**LAYERS, "areas": numbers["demand_layer"]}.items():
        if layer in known:
            table = pyogrio.read_dataframe(folder / "layers.gpkg", layer=layer, read_geometry=False)
            found[name] = {str(row.iloc[0]): row.to_dict() for _, row in table.iterrows()}
    for name, bands in (("areas", ("people", "wanted")), ("facilities", ("places",))):
        for row in found.get(name, {}).values():
            row.update(
                {
                    b: sum(v for c, v in row.items() if c.startswith(f"{b}_") and not isinstance(v, str))
                    for b in bands
                    if b not in row
                }
            )
    if "suitability" in known:
        table = pyogrio.read_dataframe(folder / "layers.gpkg", layer="suitability", read_geometry=False)
        for _, row in table.iterrows():
            found["options"][str(row["option_id"])].update(row.to_dict())
    for row in (numbers["plan"] or {}).get("losses", ()):
        found["plan"][row["id"]].update({f"losses.{k}": v for k, v in row.items()})
    return found


def same(told: str, value: Any) -> bool:
    """Whether a value of the page is that of the results; unknown is empty in both."""
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return told == ""
    if isinstance(value, bool) or told in {"true", "false"}:
        return told in ({"true", "1"} if value else {"false", "0"})
    try:
        return math.isclose(float(told), float(value), rel_tol=1e-6, abs_tol=0.00051)
    except ValueError:
        return told == str(value)


def differing(
    told: dict[str, list[dict[str, Any]]], kept: dict[str, dict[str, dict[str, Any]]]
) -> tuple[int, list[str]]:
    """How many numbers of the dossiers were compared, and those that differ from what the results hold under their name."""
    compared, wrong = 0, []
    for features, things in told.items():
        for thing in things:
            rows = [
                kept.get(features, {}).get(thing["id"]),
                kept.get("options", {}).get(thing["id"]) if features == "plan" else None,
            ]
            for name, value in thing["told"]:
                row = next((r for r in rows if r is not None and name in r), None)
                if row is None:
                    continue
                compared += 1
                if not same(value, row[name]):
                    wrong.append(f"{features} {thing['id']} {name}: {value} on the map, {row[name]} in the results")
    return compared, wrong


def walk(browser: Any, folder: Path) -> list[str]:
    """All that is wrong with the map of a finished scenario."""
    numbers, began = json.loads((folder / "results.json").read_text(encoding="utf-8")), time.perf_counter()
    with opened_in(browser, folder / "map.html") as opened:
        ready = time.perf_counter() - began
        wrong = [
            f"{key}: {value} on the map"
            for key, value in opened.page.evaluate(FIGURES)
            if not same(value, held(numbers, key))
        ]
        wrong += show_each_overlay(opened)
        told = dossiers(opened)
        compared, differ = differing(told, records(folder))
        wrong += differ + [t["id"] for things in told.values() for t in things if t["head"] != t["name"]]
        wrong += [] if opened.quiet() else [*opened.requests[1:], *opened.complaints]
    size = (folder / "map.html").stat().st_size / 1e6
    print(
        f"{folder}: {size:.2f} MB, ready in {ready:.1f} s, {sum(map(len, told.values()))} dossiers, {compared} numbers, {len(wrong)} wrong"
    )
    return wrong


def main(folders: list[str]) -> None:
    """Walk over each folder; exit with what is wrong."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=FLAGS.split())
        wrong = [line for folder in folders for line in walk(browser, Path(folder))]
        browser.close()
    if wrong:
        sys.exit("\n".join(wrong[:40]))


if __name__ == "__main__":
    main(sys.argv[1:])
